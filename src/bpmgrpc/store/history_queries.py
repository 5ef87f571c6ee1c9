"""The history, event by event, out of rows that hold the events of one command each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_, select

from bpmgrpc.store import tables
from bpmgrpc.store.history import attributes_text, read_events
from bpmgrpc.store.history_filter import ALL_EVENTS, HistoryEventFilter
from bpmgrpc.store.paging import Page, PageRequest, Position, limits
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, number, word
from bpmgrpc.store.views import HistoryEventView

if TYPE_CHECKING:
    from bpmgrpc.store.connection import Connection, Row

__all__ = ["event_view", "list_history"]

_BATCH: Final = 100  # commands that are read at a time; each has several events

_history: Final = table_of(tables.History)
_KEYS: Final = (_history.c.version, _history.c.create_us, _history.c.seq, _history.c.task_version)
_NAMES: Final = ("version", "create_us", "seq", "task_version")


def _statement(*, after: bool) -> Statement:
    found = select(*_KEYS, _history.c.actor, _history.c.events).where(_history.c.root_id == word("root_id"))
    if after:
        values = [number(f"after_{name}") for name in _NAMES]
        ways = [
            and_(*(_KEYS[before] == values[before] for before in range(index)), _KEYS[index] > values[index])
            for index in range(len(_KEYS))
        ]
        found = found.where(_KEYS[0] >= values[0], or_(*ways))
    return Statement(found.order_by(*_KEYS).limit(number("room")))


_FIRST: Final = _statement(after=False)
_NEXT: Final = _statement(after=True)
_ROW: Final = Statement(
    select(*_KEYS, _history.c.actor, _history.c.events).where(
        _history.c.root_id == word("root_id"),
        *(key == number(f"after_{name}") for key, name in zip(_KEYS, _NAMES, strict=True)),
    )
)


def list_history(
    db: Connection, root_id: str, request: PageRequest, wanted: HistoryEventFilter = ALL_EVENTS
) -> Page[HistoryEventView]:
    """Returns a page of events, the oldest first.

    Args:
        db: The connection.
        root_id: Id of the root instance.
        request: Which page; the order is always the same.
        wanted: Which events.

    Raises:
        InvalidArgument: ``page_size``, ``page_token`` or ``skip`` is wrong.
    """
    size, skip = limits(request)
    position = Position("history", root_id, *wanted)
    seen: tuple[list[Any], int] = ([], -1)  # where the last page ended
    if request.page_token:
        *key, index = position.values(request.page_token)
        seen = (key, index)
        # The command at which the last page ended may have more events than fitted on it.
        commands: Iterator[Row] = chain(
            db.fetch(_ROW, {"root_id": root_id, **_named(key)}), _commands(db, root_id, key)
        )
    else:
        commands = _commands(db, root_id, None)
    events = (
        (row, index, event)
        for row in commands
        if wanted.fits_command(row[1], row[4])
        for index, event in enumerate(read_events(row[5]))
        if (not wanted.seq or event[2] == wanted.seq)
        and wanted.fits_event(event[0], event[1], event[3])
        and (index > seen[1] or list(row[:4]) != seen[0])
    )
    found = list(islice(events, skip, skip + size + 1))
    items = [event_view(root_id, row, index, event) for row, index, event in found[:size]]
    if len(found) <= size:
        return Page(items)
    last, index, _ = found[size - 1]
    return Page(items, position.token([*last[: len(_KEYS)], index]))


def _commands(db: Connection, root_id: str, key: Sequence[int] | None) -> Iterator[Row]:
    """Rows after a key, as they are wanted."""
    while True:
        values = {"root_id": root_id, "room": _BATCH}
        found = db.fetch(_FIRST, values) if key is None else db.fetch(_NEXT, values | _named(key))
        yield from found
        if len(found) < _BATCH:
            return
        key = found[-1][: len(_KEYS)]


def _named(key: Sequence[int]) -> dict[str, Any]:
    return {f"after_{name}": value for name, value in zip(_NAMES, key, strict=True)}


def event_view(root_id: str, row: Row, index: int, event: tuple[str, str, int, dict[str, Any]]) -> HistoryEventView:
    """Makes an event of a command's row.

    Args:
        root_id: Id of the root instance.
        row: Key of the row without its root, then actor and events.
        index: Which of the row's events.
        event: The event.
    """
    version, create_us, seq, task_version, actor, _ = row
    type_, element_id, element_seq, attributes = event
    # Widths that keep the order as text and stay within 64 characters.
    place = f"{version:08x}{create_us:013x}{seq:08x}{task_version:04x}{index:05x}"
    return HistoryEventView(
        f"{root_id}-{place}",
        root_id,
        create_us,
        type_,
        element_id,
        element_seq,
        actor,
        attributes_text(attributes),
    )
