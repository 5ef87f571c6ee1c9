"""JSON text to messages, by the proto3 JSON mapping; the fields decide how the text is read.

A string field that holds a JSON object takes the object's source text. Unknown members, doubled members and values
that do not fit are refused with the member's path, as the caller wrote it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from bpmgrpc_rest.contract import is_json_object, map_entry
from bpmgrpc_rest.errors import Problem, invalid, shown
from bpmgrpc_rest.json_text import JsonError, Part, check_end, elements, first, members, value_at
from bpmgrpc_rest.scalars import TIME_TYPES, checked_text, from_json, time_from_text

__all__ = ["field_named", "merge_field", "merge_message", "not_json"]


def merge_message(text: str, message: Any) -> None:
    """Reads a JSON object into a message.

    Args:
        text: The object; blank text stands for `{}`.
        message: Where to put it.

    Raises:
        Problem: INVALID_ARGUMENT; not JSON, not an object, or a member that does not fit.
    """
    start = first(text)
    if start == len(text):
        return
    if text[start] != "{":
        raise invalid("body", "The body must be a JSON object.")
    _guarded(lambda: check_end(text, _merge_members(text, start, message, "")))


def merge_field(text: str, message: Any, field: FieldDescriptor) -> None:
    """Reads a JSON text that is the value of one field; otherwise as `merge_message`."""

    def merge() -> None:
        start = first(text)
        value, end = value_at(text, start)
        check_end(text, end)
        if value is not None:
            _merge_value(text, Part("", value, start, end), message, field, field.json_name)

    if first(text) < len(text):
        _guarded(merge)


def field_named(descriptor: Descriptor, name: str) -> FieldDescriptor | None:
    """Finds a field by its lowerCamel or its original name."""
    return _fields(descriptor).get(name)


def not_json(reason: object) -> Problem:
    """Makes the problem of a body that is not JSON."""
    return invalid("body", f"The body is not JSON: {reason}.")


def _guarded(read: Callable[[], None]) -> None:
    try:
        read()
    except JsonError as error:
        raise not_json(error) from error


@cache
def _fields(descriptor: Descriptor) -> dict[str, FieldDescriptor]:
    return {name: field for field in descriptor.fields for name in (field.name, field.json_name)}


def _merge_members(text: str, start: int, message: Any, path: str) -> int:
    fields = _fields(message.DESCRIPTOR)
    seen = set()
    parts, end = members(text, start)
    for part in parts:
        name = path + part.name
        field = fields.get(part.name)
        if field is None:
            raise invalid(name, f"{shown(name)} is no member of {message.DESCRIPTOR.name}.")
        if field.name in seen:
            raise invalid(name, f"{name} is there twice.")
        seen.add(field.name)
        if part.value is not None:  # null leaves a field unset
            if field.containing_oneof and message.WhichOneof(field.containing_oneof.name):
                raise invalid(name, f"{name} and {message.WhichOneof(field.containing_oneof.name)} exclude each other.")
            _merge_value(text, part, message, field, name)
    return end


def _merge_value(text: str, part: Part, message: Any, field: FieldDescriptor, name: str) -> None:
    entry = map_entry(field)
    if entry is not None:
        _merge_map(text, part, getattr(message, field.name), entry, name)
    elif field.is_repeated:
        if not isinstance(part.value, list):
            raise invalid(name, f"{name} must be an array.")
        items = getattr(message, field.name)
        for index, item in enumerate(elements(text, part.start)[0]):
            place = f"{name}[{index}]"
            if item.value is None:
                raise invalid(place, f"{place} must not be null.")
            if field.message_type is not None:
                _merge_nested(text, item, items.add(), place)
            else:
                items.append(_single(text, item, field, place))
    elif field.message_type is not None:
        nested = getattr(message, field.name)
        nested.SetInParent()
        _merge_nested(text, part, nested, name)
    else:
        setattr(message, field.name, _single(text, part, field, name))


def _merge_map(text: str, part: Part, entries: Any, entry_type: Descriptor, name: str) -> None:
    if not isinstance(part.value, dict):
        raise invalid(name, f"{name} must be an object.")
    value_field = entry_type.fields_by_name["value"]
    key_field = entry_type.fields_by_name["key"]
    for entry in members(text, part.start)[0]:
        place = f"{name}.{entry.name}"
        if entry.value is None:
            raise invalid(place, f"{place} must not be null.")
        if key_field.type == FieldDescriptor.TYPE_BOOL:
            key: Any = entry.name == "true"
        else:
            key = from_json(key_field, entry.name, place)
        if key in entries:
            raise invalid(place, f"{place} is there twice.")
        if value_field.message_type is not None:
            _merge_nested(text, entry, entries[key], place)
        else:
            entries[key] = _single(text, entry, value_field, place)


def _merge_nested(text: str, part: Part, message: Any, name: str) -> None:
    full_name = message.DESCRIPTOR.full_name
    if full_name in TIME_TYPES:
        message.CopyFrom(time_from_text(full_name, part.value, name))
    elif full_name.startswith("google.protobuf."):
        try:
            json_format.Parse(text[part.start : part.end], message)
        except json_format.ParseError as error:
            raise invalid(name, f"{name} cannot be read: {error}.") from error
    elif not isinstance(part.value, dict):
        raise invalid(name, f"{name} must be an object.")
    else:
        _merge_members(text, part.start, message, f"{name}.")


def _single(text: str, part: Part, field: FieldDescriptor, name: str) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING and is_json_object(field):
        if not isinstance(part.value, dict):
            raise invalid(name, f"{name} must be a JSON object.")
        return checked_text(name, text[part.start : part.end])
    return from_json(field, part.value, name)
