"""Messages to JSON text, by the proto3 JSON mapping.

Two rules go beyond the mapping. Every field without presence is printed, set or not, so that an answer always has the
same members. A string that is the text of a JSON object is put in as it is, never read: its numbers keep their digits.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from bpmgrpc_rest.contract import is_json_object, map_entry
from bpmgrpc_rest.json_text import quote

__all__ = ["field_json", "message_json"]

Writer = Callable[[Any], str]


def message_json(message: Any) -> str:
    """Writes a message as JSON."""
    return _message_writer(message.DESCRIPTOR)(message)


def field_json(message: Any, field: FieldDescriptor) -> str:
    """Writes one field of a message as JSON; null where the field has presence and is not set."""
    if field.has_presence and not message.HasField(field.name):
        return "null"
    return _field_writer(field)(getattr(message, field.name))


@cache
def _message_writer(descriptor: Descriptor) -> Writer:
    """Makes the writer of a message type, once."""
    full_name = descriptor.full_name
    if full_name in _WELL_KNOWN:
        return _WELL_KNOWN[full_name]
    if full_name.startswith("google.protobuf."):
        # Struct, wrappers, FieldMask, Any: the contract has none of them on a busy path.
        return lambda message: json_format.MessageToJson(message, indent=None)
    fields: list[tuple[str, str, bool, Writer]] = []

    def write(message: Any) -> str:
        parts = []
        for prefix, name, has_presence, write_value in fields:
            if not has_presence or message.HasField(name):
                parts.append(prefix + write_value(getattr(message, name)))
        return "{" + ",".join(parts) + "}"

    fields.extend(
        (f"{quote(field.json_name)}:", field.name, field.has_presence, _field_writer(field))
        for field in descriptor.fields
    )
    return write


@cache
def _field_writer(field: FieldDescriptor) -> Writer:
    entry = map_entry(field)
    if entry is not None:
        return _map_writer(entry.fields_by_name["value"])
    write = _value_writer(field)
    if field.is_repeated:
        return lambda values: "[" + ",".join([write(value) for value in values]) + "]"
    return write


def _map_writer(value_field: FieldDescriptor) -> Writer:
    write = _value_writer(value_field)

    def write_map(values: Any) -> str:
        return "{" + ",".join([f"{quote(_key(key))}:{write(values[key])}" for key in values]) + "}"

    return write_map


def _value_writer(field: FieldDescriptor) -> Writer:
    if field.message_type is not None:
        # Looked up at the first value: a message may hold itself.
        return lambda message: _message_writer(message.DESCRIPTOR)(message)
    if field.enum_type is not None:
        names = {number: quote(value.name) for number, value in field.enum_type.values_by_number.items()}
        return lambda number: names.get(number) or str(number)
    if field.type == FieldDescriptor.TYPE_STRING and is_json_object(field):
        return lambda text: text or "{}"
    return _SCALARS[field.cpp_type] if field.type != FieldDescriptor.TYPE_BYTES else _bytes_json


def _key(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _bytes_json(value: bytes) -> str:
    return f'"{base64.b64encode(value).decode()}"'


def _bool_json(value: bool) -> str:
    return "true" if value else "false"


def _float_json(value: float) -> str:
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    return repr(value)


def _wide_json(value: int) -> str:
    return f'"{value}"'


def _time_json(value: Any) -> str:
    return f'"{value.ToJsonString()}"'


# 64 bits go as strings: a JavaScript reader would round them.
_SCALARS: Final[dict[int, Writer]] = {
    FieldDescriptor.CPPTYPE_STRING: quote,
    FieldDescriptor.CPPTYPE_BOOL: _bool_json,
    FieldDescriptor.CPPTYPE_INT32: str,
    FieldDescriptor.CPPTYPE_UINT32: str,
    FieldDescriptor.CPPTYPE_INT64: _wide_json,
    FieldDescriptor.CPPTYPE_UINT64: _wide_json,
    FieldDescriptor.CPPTYPE_FLOAT: _float_json,
    FieldDescriptor.CPPTYPE_DOUBLE: _float_json,
}

_WELL_KNOWN: Final[dict[str, Writer]] = {
    "google.protobuf.Timestamp": _time_json,
    "google.protobuf.Duration": _time_json,
}
