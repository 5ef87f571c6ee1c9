"""Answers as JSON for programs: the protobuf JSON mapping, with JSON text embedded as the document that it is.

A field marked ``json_kind`` holds a JSON object as text; it is written as that object with the source text of every
value kept, so numbers of any size arrive as the process has them. Every field is written, set or not, so that programs
need not guess; absent messages and timestamps are left out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from google.protobuf import json_format

from bpmgrpc.v1 import options_pb2

if TYPE_CHECKING:
    from google.protobuf.message import Message

__all__ = ["RawJson", "message_document", "write_document"]

_JSON_KIND: Final[Any] = options_pb2.json_kind  # the two stubs do not agree on the type of an extension


class RawJson(str):
    """Text that is JSON already and is written as it is."""

    __slots__ = ()


def message_document(message: Message) -> dict[str, Any]:
    """Returns a message as a JSON document, for `write_document`.

    Args:
        message: The message.
    """
    document: dict[str, Any] = json_format.MessageToDict(message, always_print_fields_with_no_presence=True)
    _embed(message.DESCRIPTOR, document)
    return document


def write_document(value: Any, indent: int = 0) -> str:
    """Writes a document as JSON text, two blanks a level.

    Args:
        value: Dictionaries, lists, plain values and `RawJson`.
        indent: The level to begin with.
    """
    inner, outer = "\n" + "  " * (indent + 1), "\n" + "  " * indent
    if isinstance(value, RawJson):
        return value
    if isinstance(value, dict) and value:
        members = [
            f"{json.dumps(name, ensure_ascii=False)}: {write_document(item, indent + 1)}"
            for name, item in value.items()
        ]
        return "{" + inner + ("," + inner).join(members) + outer + "}"
    if isinstance(value, list) and value:
        return "[" + inner + ("," + inner).join(write_document(item, indent + 1) for item in value) + outer + "]"
    return json.dumps(value, ensure_ascii=False)


def _embed(descriptor: Any, document: dict[str, Any]) -> None:
    for field in descriptor.fields:
        value = document.get(field.json_name)
        if value is None:
            continue
        items = value if isinstance(value, list) else [value]
        if field.message_type is not None:
            for item in items:
                if isinstance(item, dict) and not field.message_type.GetOptions().map_entry:
                    _embed(field.message_type, item)
        elif field.GetOptions().Extensions[_JSON_KIND] == options_pb2.JSON_KIND_OBJECT:
            raw = [RawJson(item or "{}") for item in items]
            document[field.json_name] = raw if isinstance(value, list) else raw[0]
