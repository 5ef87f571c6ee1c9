"""Tables and messages for people. Data goes to standard output, everything else to standard error."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from google.protobuf.message import Message
    from google.protobuf.timestamp_pb2 import Timestamp

__all__ = ["Column", "local_time", "print_json", "print_table", "short_state", "tell", "utf8_output", "working"]

_PIPE_WIDTH: Final = 10_000  # characters; a program that reads a table wants one line a row, whatever its length


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: Its title.
        text: Makes the text of a row's cell.
        whole: Whether the text must never be cut or broken, as ids, which people copy.
    """

    title: str
    text: Callable[[Any], str]
    whole: bool = False


def utf8_output() -> None:
    """Makes standard output and error write UTF-8, whatever the locale: names here are Thai as often as English."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def print_table(columns: Sequence[Column], rows: Iterable[Any], *, err: bool = False) -> None:
    """Prints rows as a table; on a terminal it fits the width, elsewhere each row is one line.

    Args:
        columns: The columns.
        rows: What the columns make their texts from.
        err: Print to standard error.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(stderr=err)
    if not console.is_terminal:
        console = Console(stderr=err, width=_PIPE_WIDTH)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column.title, no_wrap=column.whole, overflow="fold")
    for row in rows:
        # Text, not str: names of processes may hold what rich reads as markup.
        table.add_row(*(Text(column.text(row)) for column in columns))
    # Written by ourselves: rich would end the program when the reader of a pipe has gone.
    with console.capture() as written:
        console.print(table)
    typer.echo(written.get(), err=err, nl=False)


def print_json(value: Any) -> None:
    """Prints a message, or a document of messages' documents, as JSON.

    Args:
        value: A protobuf message or a document for `json_output.write_document`.
    """
    from google.protobuf.message import Message

    from bpmgrpc.cli.json_output import message_document, write_document

    typer.echo(write_document(message_document(value) if isinstance(value, Message) else value))


def tell(text: str) -> None:
    """Says something about the work, on standard error.

    Args:
        text: What.
    """
    typer.echo(text, err=True)


@contextlib.contextmanager
def working(text: str) -> Iterator[Callable[[str], None]]:
    """Shows that something takes time, while the block runs; on a terminal only.

    Args:
        text: What is being done.

    Yields:
        A function that shows another text.
    """
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    from rich.console import Console

    with Console(stderr=True).status(text) as status:
        yield status.update


def short_state(message: Message, field: str = "state") -> str:
    """Returns an enum field's value without the name of its enum: CLAIMED for STATE_CLAIMED.

    Args:
        message: The message.
        field: Name of the field.
    """
    kind: Any = message.DESCRIPTOR.fields_by_name[field].enum_type
    name: str = kind.values_by_number[getattr(message, field)].name
    return name.removeprefix("STATE_").removeprefix("VERDICT_")


def local_time(message: Message, field: str) -> str:
    """Returns a timestamp field in this machine's time zone, to the second; empty where it is absent.

    Args:
        message: The message.
        field: Name of the field.
    """
    if not message.HasField(field):
        return ""
    from datetime import UTC

    value: Timestamp = getattr(message, field)
    return value.ToDatetime(UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
