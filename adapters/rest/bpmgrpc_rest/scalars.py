"""One value of one field, out of JSON, a path segment or a query: the same rules wherever it stands.

JSON gives a string, a `Number` (a number's source text), a bool, None, a list or a dict; paths and queries give text
alone. What does not fit the field's type is refused with the field's name; nothing is rounded, cut or guessed.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from google.protobuf.descriptor import EnumValueDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from bpmgrpc_rest.errors import Problem, invalid, shown
from bpmgrpc_rest.json_text import Number

__all__ = ["TIME_TYPES", "checked_text", "from_json", "from_text", "time_from_text"]

TIME_TYPES: Final[dict[str, tuple[type, str]]] = {
    "google.protobuf.Timestamp": (Timestamp, 'a time of RFC 3339 such as "2026-11-23T10:00:00Z"'),
    "google.protobuf.Duration": (Duration, 'seconds with an s, such as "1.5s"'),
}

_INTEGER: Final = re.compile(r"-?[0-9]{1,20}")
_LONGEST_NUMBER: Final = 40  # characters: more than any integer or sensible float needs
_INTEGER_BITS: Final = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_NOT_FINITE: Final = ("NaN", "Infinity", "-Infinity")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def checked_text(name: str, text: str) -> str:
    """Returns a text that may go into a string field.

    Raises:
        Problem: INVALID_ARGUMENT; it holds half of a surrogate pair, which has no UTF-8.
    """
    if not text.isascii() and _SURROGATE.search(text):
        raise invalid(name, f"{name} holds half of a surrogate pair, which is no character.")
    return text


def from_json(field: FieldDescriptor, value: object, name: str) -> Any:
    """Converts a JSON value for a field that is neither message nor map, or for one element of it.

    Args:
        field: The field.
        value: The JSON value.
        name: The field's name in messages.

    Raises:
        Problem: INVALID_ARGUMENT; the value does not fit.
    """
    return _READERS[field.type](field, value, name)


def from_text(field: FieldDescriptor, text: str, name: str) -> Any:
    """Converts a path segment or a query's value; otherwise as `from_json`."""
    if field.type == FieldDescriptor.TYPE_BOOL:
        if text not in ("true", "false"):
            raise _misfit(name, "true or false", text)
        return text == "true"
    if field.enum_type is not None and _INTEGER.fullmatch(text):
        return _enum(field, Number(text), name)
    return from_json(field, text, name)


def time_from_text(type_name: str, value: object, name: str) -> Any:
    """Converts a Timestamp or Duration."""
    kind, form = TIME_TYPES[type_name]
    if not isinstance(value, str) or isinstance(value, Number):
        raise _misfit(name, form, value)
    message = kind()
    try:
        message.FromJsonString(value)
    except (ValueError, OverflowError) as error:
        raise _misfit(name, form, value) from error
    return message


def _text(_: FieldDescriptor, value: object, name: str) -> str:
    if not isinstance(value, str) or isinstance(value, Number):
        raise _misfit(name, "a string", value)
    return checked_text(name, value)


def _bytes(_: FieldDescriptor, value: object, name: str) -> bytes:
    if not isinstance(value, str) or isinstance(value, Number):
        raise _misfit(name, "base64 in a string", value)
    # The mapping takes the standard and the URL alphabet, padded or not.
    standard = value.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(name, f"{name} must be base64: {error}.") from error


def _bool(_: FieldDescriptor, value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise _misfit(name, "true or false", value)
    return value


def _integer(field: FieldDescriptor, value: object, name: str) -> int:
    lowest, highest = _INTEGER_BITS[field.cpp_type]
    wanted = f"an integer from {lowest} to {highest}"
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        raise _misfit(name, wanted, value)
    if _INTEGER.fullmatch(value):
        number: int | None = int(value)
    else:
        number = _integral(value) if isinstance(value, Number) else None
    if number is None or not lowest <= number <= highest:
        raise _misfit(name, wanted, value)
    return number


def _integral(value: Number) -> int | None:
    """1.0 and 1e3 are integers too, as the mapping has it; None for other numbers and for sizes that no field has."""
    try:
        exact = Decimal(value)
    except InvalidOperation:  # an exponent of twenty digits
        return None
    fits = abs(exact.adjusted()) < _LONGEST_NUMBER and exact == exact.to_integral_value()
    return int(exact) if fits else None


def _float(_: FieldDescriptor, value: object, name: str) -> float:
    if isinstance(value, str) and (isinstance(value, Number) or value in _NOT_FINITE or _is_number(value)):
        return float(value)
    raise _misfit(name, "a number", value)


def _enum(field: FieldDescriptor, value: object, name: str) -> int:
    values: Mapping[str, EnumValueDescriptor] = field.enum_type.values_by_name if field.enum_type else {}
    if isinstance(value, Number):
        if not _INTEGER.fullmatch(value) or not -(2**31) <= int(value) < 2**31:
            raise _misfit(name, "the number of an enum value", value)
        return int(value)
    if not isinstance(value, str) or value not in values:
        raise _misfit(name, "one of " + ", ".join(values), value)
    number: int = values[value].number
    return number


def _is_number(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text) is not None


def _misfit(name: str, wanted: str, found: object) -> Problem:
    return invalid(name, f"{name} must be {wanted}, not {_described(found)}.")


def _described(value: object) -> str:
    if isinstance(value, Number):
        return value if len(value) <= _LONGEST_NUMBER else "a longer number"
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "an array"
    return "an object" if isinstance(value, dict) else "null"


_READERS: Final[dict[int, Callable[[FieldDescriptor, object, str], Any]]] = {
    FieldDescriptor.TYPE_STRING: _text,
    FieldDescriptor.TYPE_BYTES: _bytes,
    FieldDescriptor.TYPE_BOOL: _bool,
    FieldDescriptor.TYPE_ENUM: _enum,
    FieldDescriptor.TYPE_FLOAT: _float,
    FieldDescriptor.TYPE_DOUBLE: _float,
    **dict.fromkeys(
        (
            FieldDescriptor.TYPE_INT32,
            FieldDescriptor.TYPE_SINT32,
            FieldDescriptor.TYPE_SFIXED32,
            FieldDescriptor.TYPE_UINT32,
            FieldDescriptor.TYPE_FIXED32,
            FieldDescriptor.TYPE_INT64,
            FieldDescriptor.TYPE_SINT64,
            FieldDescriptor.TYPE_SFIXED64,
            FieldDescriptor.TYPE_UINT64,
            FieldDescriptor.TYPE_FIXED64,
        ),
        _integer,
    ),
}
