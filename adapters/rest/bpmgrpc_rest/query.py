"""Path variables and query parameters of /v1: texts that fill fields of a request by dotted field path.

Each segment of a field path may be written in lowerCamel or as in the proto. What cannot be told by text (maps, lists
of messages) and what does not exist is refused, not passed over: a filter with a typing error must not list everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from bpmgrpc_rest.errors import invalid, shown
from bpmgrpc_rest.json_reader import field_named
from bpmgrpc_rest.json_text import quote
from bpmgrpc_rest.scalars import TIME_TYPES, from_text, time_from_text

__all__ = ["FieldPath", "merge_query", "resolve", "set_field"]

FieldPath = tuple[FieldDescriptor, ...]


def resolve(descriptor: Descriptor, dotted: str) -> FieldPath | None:
    """Follows a dotted field path from a message type; None where it leads nowhere or through something repeated."""
    path: list[FieldDescriptor] = []
    for name in dotted.split("."):
        within = path[-1].message_type if path else descriptor
        if within is None or (path and path[-1].is_repeated):
            return None
        field = field_named(within, name)
        if field is None:
            return None
        path.append(field)
    return tuple(path)


def merge_query(query: Mapping[str, Sequence[str]], message: Any, bound: frozenset[str]) -> None:
    """Puts query parameters into a request.

    Args:
        query: Values by name.
        message: The request.
        bound: Dotted proto field paths that the path or the body fills; they are not taken from the query.

    Raises:
        Problem: INVALID_ARGUMENT; an unknown name, a value that does not fit, or a single value given twice.
    """
    for name, values in query.items():
        path = resolve(message.DESCRIPTOR, name)
        if path is None or not _tellable(path[-1]) or _is_bound(path, bound):
            raise invalid(name, f"{shown(name)} is no query parameter of this method.")
        field = path[-1]
        if field.is_repeated:
            target = _holder(message, path)
            for value in values:
                getattr(target, field.name).append(from_text(field, value, name))
        elif len(values) > 1:
            raise invalid(name, f"{name} is there {len(values)} times; it takes one value.")
        elif values[0]:  # an empty text is the same as none
            set_field(message, path, values[0], name)


def set_field(message: Any, path: FieldPath, text: str, name: str) -> None:
    """Sets the single field at the end of a path, making the messages on the way.

    Raises:
        Problem: INVALID_ARGUMENT; the text does not fit.
    """
    target, field = _holder(message, path), path[-1]
    if field.message_type is None:
        setattr(target, field.name, from_text(field, text, name))
    elif field.message_type.full_name in TIME_TYPES:
        getattr(target, field.name).CopyFrom(time_from_text(field.message_type.full_name, text, name))
    else:
        _parse_wrapped(getattr(target, field.name), text, name)


def _parse_wrapped(message: Any, text: str, name: str) -> None:
    """Wrappers and field masks: their JSON is the text itself, or the text as a string."""
    for candidate in (quote(text), text):
        try:
            json_format.Parse(candidate, message)
        except json_format.ParseError:
            message.Clear()
        else:
            message.SetInParent()
            return
    raise invalid(name, f"{name} cannot be {shown(text)}.")


def _holder(message: Any, path: FieldPath) -> Any:
    for field in path[:-1]:
        message = getattr(message, field.name)
    return message


def _tellable(field: FieldDescriptor) -> bool:
    if field.message_type is None:
        return True
    name: str = field.message_type.full_name
    single_text = name in TIME_TYPES or name == "google.protobuf.FieldMask" or name.endswith("Value")
    return not field.is_repeated and name.startswith("google.protobuf.") and single_text


def _is_bound(path: FieldPath, bound: frozenset[str]) -> bool:
    names = [field.name for field in path]
    return any(".".join(names[:length]) in bound for length in range(1, len(names) + 1))
