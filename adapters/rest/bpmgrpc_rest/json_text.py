"""JSON read and written as text: what nobody computes with keeps its source characters, digit by digit.

A caller's business objects pass through the adapter as slices of the text they came in, so that 12345678901234567890123
and 1.10 stay what they were. The standard library's scanner, written in C, finds where each value ends; its number
hooks make sure that no number ever becomes a float. Depth needs no count here: the scanner refuses what would exhaust
the stack, and the upstream has the contract's own limit.
"""

from __future__ import annotations

import re
from json import JSONDecodeError
from json.decoder import JSONDecoder
from json.encoder import JSONEncoder, encode_basestring
from typing import Any, Final, NamedTuple, NoReturn

__all__ = ["JsonError", "Number", "Part", "check_end", "elements", "first", "members", "quote", "to_json", "value_at"]

_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_ENCODER: Final = JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Part(NamedTuple):
    """A member of an object or an element of an array, and where in the text its value stands."""

    name: str  # empty for an element
    value: Any
    start: int
    end: int


class Number(str):
    """A JSON number by its source text."""

    __slots__ = ()


class JsonError(ValueError):
    """The text is not JSON as RFC 8259 has it; the message says where and why, in the caller's lines and columns."""


def _refuse(constant: str) -> NoReturn:
    raise JsonError(f"{constant} is not a JSON number")


_SCANNER: Final = JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=_refuse)

quote = encode_basestring
"""Writes a string as JSON, with its letters as they are."""


def to_json(value: object) -> str:
    """Writes a value made of dict, list, str, int, bool and None as compact JSON."""
    return _ENCODER.encode(value)


def first(text: str, position: int = 0) -> int:
    """Returns the position of the next character that is not blank; the length of the text where there is none."""
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def value_at(text: str, position: int) -> tuple[Any, int]:
    """Reads the value that starts at a position.

    Returns:
        The value, its numbers as `Number`, and the position behind it.

    Raises:
        JsonError: There is no JSON value there, or it is nested too deep to be read.
    """
    try:
        return _SCANNER.raw_decode(text, position)
    except JSONDecodeError as error:
        raise JsonError(f"{error.msg} at line {error.lineno} column {error.colno}") from error
    except RecursionError as error:
        raise JsonError("it is nested too deep") from error


def members(text: str, position: int = 0) -> tuple[list[Part], int]:
    """Splits the object that starts at a position into its members.

    Returns:
        The members in their order, doubled names included, and the position behind the object.

    Raises:
        JsonError: There is no object there, or it is not well-formed.
    """
    found: list[Part] = []
    position = _after(text, position, "{")
    if text[position : position + 1] == "}":
        return found, position + 1
    while True:
        if text[position : position + 1] != '"':
            raise _unexpected(text, position, "a member's name in double quotes")
        name, position = value_at(text, position)
        start = _after(text, position, ":")
        value, end = value_at(text, start)
        found.append(Part(name, value, start, end))
        position = first(text, end)
        if text[position : position + 1] == "}":
            return found, position + 1
        position = _after(text, position, ",")


def elements(text: str, position: int = 0) -> tuple[list[Part], int]:
    """Splits the array that starts at a position into its elements; the rest is as with `members`."""
    found: list[Part] = []
    position = _after(text, position, "[")
    if text[position : position + 1] == "]":
        return found, position + 1
    while True:
        value, end = value_at(text, position)
        found.append(Part("", value, position, end))
        position = first(text, end)
        if text[position : position + 1] == "]":
            return found, position + 1
        position = _after(text, position, ",")


def check_end(text: str, position: int) -> None:
    """Checks that only blanks follow.

    Raises:
        JsonError: Something else does.
    """
    position = first(text, position)
    if position < len(text):
        raise _unexpected(text, position, "the end of the text")


def _after(text: str, position: int, sign: str) -> int:
    """Steps over blanks, one sign, and blanks again."""
    position = first(text, position)
    if text[position : position + 1] != sign:
        raise _unexpected(text, position, f"'{sign}'")
    return first(text, position + 1)


def _unexpected(text: str, position: int, wanted: str) -> JsonError:
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return JsonError(f"Expecting {wanted} at line {line} column {column}")
