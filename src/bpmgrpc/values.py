"""Variables are JSON text; this file is the only place that reads or writes it.

Three rules. A value that nobody computes with keeps its source text byte for byte: an object is split into its
top-level members by their text, so ``1.10``, ``1E5`` and 64 bit ids survive. A number that is computed with becomes an
int or a Decimal, never a float. Whatever comes in ends in a value or in `InvalidArgument` that names the field and the
place, in linear time: no input ends in RecursionError.

JSON is read strictly by RFC 8259, and these are refused besides: two members of one name in one object (at any depth),
lone surrogates, NaN and infinities, numbers of more than 1,000 digits when written out, nesting over 100 levels (the
outermost object is level 1). The standard library's scanner, written in C, does the work; its hooks hold the rules.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from json import JSONDecodeError
from json.decoder import JSONDecoder
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from bpmgrpc.errors import FieldViolation, InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_NAME_LENGTH",
    "Value",
    "check_name",
    "join_members",
    "parse",
    "serialize",
    "split_members",
]

Value: TypeAlias = "bool | int | Decimal | str | list[Value] | dict[str, Value] | None"
"""A JSON value in Python: numbers are int or Decimal, objects keep their order."""

MAX_DEPTH: Final = 100  # levels of objects and arrays
MAX_DIGITS: Final = 1000  # decimal digits of a number written without exponent
MAX_NAME_LENGTH: Final = 255  # characters of a name: of a variable, a process, a person, whatever is named
_MAX_BITS: Final = 3322  # no number of 1,000 digits has more: 10**1000 < 2**3322

_PLAIN_PLACES: Final = 40  # zeros that are still easier to read than an exponent
_BLANKS: Final = frozenset(" \t\n\r")
# Brackets outside strings. The closing quote is optional so that an unterminated string is passed over once, not once
# per quote in it; possessive quantifiers keep the scan linear and free of backtracking memory.
_BRACKETS: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|([\[{])|[\]}]', re.DOTALL)
_ESCAPES: Final = re.compile(
    r"\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)
_RAW_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class _Refused(Exception):
    """A hook's refusal, on its way out of the scanner; the caller adds the field and the place."""


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS and len(text.lstrip("-")) > MAX_DIGITS:
        raise _too_long()
    return int(text)


def _decimal(text: str) -> Decimal:
    # An exponent counts as the digits it stands for: 1E1000000 is a short text, but a number of a million digits.
    mantissa, _, power = text.replace("E", "e").partition("e")
    if len(text) > MAX_DIGITS + len("-.e+9999") or len(power) > len("+9999"):
        raise _too_long()
    value = Decimal(text)
    if power or len(mantissa) > MAX_DIGITS:
        exponent = value.as_tuple().exponent
        assert isinstance(exponent, int)  # noqa: S101 - the others are NaN and infinity
        if _places(value, exponent) > MAX_DIGITS:
            raise _too_long()
    return value


def _constant(text: str) -> NoReturn:
    raise _Refused(f"holds {text}, which is not a JSON number")


def _members(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    members = dict(pairs)
    if len(members) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        name = next(name for name, count in counts.items() if count > 1)
        raise _Refused(f"holds an object with two members {_shown(name)}")
    return members


_scan_value: Final = JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
).raw_decode


def split_members(text: str, *, field: str = "variables") -> dict[str, str]:
    """Splits a JSON object into its top-level members, each value by its source text.

    Args:
        text: A JSON object; empty (or blank) text means ``{}``.
        field: Name of the request field, for the error.

    Returns:
        The members in their order: decoded name to the text of the value, unchanged but for the white space around it.

    Raises:
        InvalidArgument: The text is no JSON object, or breaks one of the rules at the top of this file, or a name is
            empty, holds NUL or is longer than 255 characters. Nothing of it was used.
    """
    _check_text(text, field)
    position = _skip(text, 0)
    if position == len(text):
        return {}
    if text[position] != "{":
        _refuse(field, "is not a JSON object", text, position)
    members: dict[str, str] = {}
    position = _skip(text, position + 1)
    if text[position : position + 1] == "}":
        position += 1
    else:
        while True:
            position = _member(text, position, field, members)
            mark = text[position : position + 1]
            position += 1
            if mark == "}":
                break
            if mark != ",":
                _refuse(field, "is not JSON: expected ',' or '}'", text, position - 1)
            position = _skip(text, position)
    position = _skip(text, position)
    if position != len(text):
        _refuse(field, "is not JSON: expected nothing more after the object", text, position)
    return members


def _member(text: str, position: int, field: str, members: dict[str, str]) -> int:
    """Reads one ``"name": value`` into `members`; returns the position of what follows it."""
    if text[position : position + 1] != '"':
        _refuse(field, "is not JSON: expected a member's name in double quotes", text, position)
    start = position
    name, position = _scan(text, position, field, None)
    assert isinstance(name, str)  # noqa: S101 - it began with a quote
    position = _skip(text, position)
    if text[position : position + 1] != ":":
        _refuse(field, "is not JSON: expected ':'", text, position)
    position = _skip(text, position + 1)
    problem = _name_problem(name)
    if problem:
        _refuse(field, problem, text, start)
    if name in members:
        _refuse(field, f"has two members {_shown(name)}", text, start)
    _, end = _scan(text, position, field, name)
    members[name] = text[position:end]
    return _skip(text, end)


def parse(text: str, *, field: str = "value") -> Value:
    """Reads one JSON value.

    Args:
        text: JSON text.
        field: Name of what is read, for the error.

    Returns:
        The value; numbers with a fraction or an exponent as Decimal, others as int.

    Raises:
        InvalidArgument: The text is not JSON or breaks one of the rules at the top of this file.
    """
    _check_text(text, field)
    value, end = _scan(text, _skip(text, 0), field, None)
    end = _skip(text, end)
    if end != len(text):
        _refuse(field, "is not JSON: expected nothing more after the value", text, end)
    return value


def serialize(value: Value, *, field: str = "value") -> str:
    """Writes a value as compact JSON text; the same value always gives the same text.

    Decimals are written exactly: plain notation where the number has at most 40 places before or after the point, so
    that ``0.00001`` stays what it was, scientific notation beyond.

    Args:
        value: The value.
        field: Name of what is written, for the error.

    Returns:
        JSON text; characters beyond ASCII are not escaped.

    Raises:
        InvalidArgument: The value breaks a limit: deeper than 99 levels (it must fit into the variables' object), a
            number of more than 1,000 digits, a decimal that is no finite number, a lone surrogate.
        TypeError: The value is not a `Value`, a float for example.
    """
    parts: list[str] = []
    try:
        _write(value, parts.append, MAX_DEPTH - 1)
    except _Refused as refusal:
        raise _invalid(field, str(refusal)) from None
    text = "".join(parts)
    if not text.isascii() and _RAW_SURROGATE.search(text):
        raise _invalid(field, "holds a lone surrogate, which is not a character")
    return text


def join_members(members: Mapping[str, str]) -> str:
    """Writes a JSON object from its members' source texts: the inverse of `split_members`.

    Args:
        members: Name to JSON text. The texts are trusted; they come from `split_members` or `serialize`.

    Returns:
        The object, without white space between members.
    """
    return "{" + ",".join([f"{encode_basestring(name)}:{text}" for name, text in members.items()]) + "}"


def check_name(name: str, *, field: str = "variables") -> None:
    """Checks a variable's name.

    Args:
        name: The name.
        field: Name of the request field, for the error.

    Raises:
        InvalidArgument: The name is empty, longer than 255 characters, or holds NUL or a lone surrogate.
    """
    problem = _name_problem(name)
    if problem is None and not name.isascii() and _RAW_SURROGATE.search(name):
        problem = "has a member whose name holds a lone surrogate"
    if problem:
        raise _invalid(field, problem)


def _name_problem(name: str) -> str | None:
    if not name:
        return "has a member with an empty name"
    if len(name) > MAX_NAME_LENGTH:
        return f"has a member whose name is longer than {MAX_NAME_LENGTH} characters"
    if "\0" in name:
        return "has a member whose name holds NUL"
    return None


def _check_text(text: str, field: str) -> None:
    """Checks what the scanner does not: depth, before it recurses, and surrogates."""
    if text.count("{") + text.count("[") > MAX_DEPTH:
        depth = 0
        for match in _BRACKETS.finditer(text):
            if match[1]:
                depth += 1
                if depth > MAX_DEPTH:
                    _refuse(field, f"is nested deeper than {MAX_DEPTH} levels", text, match.start())
            elif match[0] in "]}":
                depth -= 1
    if not text.isascii() and (raw := _RAW_SURROGATE.search(text)):
        _refuse(field, "holds a lone surrogate, which is not a character", text, raw.start())
    if "\\u" in text:
        for match in _ESCAPES.finditer(text):
            if match[1]:
                _refuse(field, "holds an escaped lone surrogate, which is not a character", text, match.start())


def _scan(text: str, position: int, field: str, name: str | None) -> tuple[Value, int]:
    try:
        return _scan_value(text, position)
    except JSONDecodeError as error:
        _refuse(field, f"is not JSON: {error.msg.lower().removesuffix(' at')}", text, error.pos)
    except _Refused as refusal:
        where = "" if name is None else f" in member {_shown(name)}"
        _refuse(field, f"{refusal}{where}, which begins", text, position)


def _write(value: object, write: Callable[[str], None], levels: int) -> None:
    if isinstance(value, str):
        write(encode_basestring(value))
    elif value is None:
        write("null")
    elif isinstance(value, bool):
        write("true" if value else "false")
    elif isinstance(value, int):
        write(_integer_text(value))
    elif isinstance(value, Decimal):
        write(_decimal_text(value))
    elif isinstance(value, dict | list):
        if not levels:
            raise _Refused(f"is nested deeper than {MAX_DEPTH - 1} levels")
        if isinstance(value, dict):
            mark = "{"
            for name, member in value.items():
                write(f"{mark}{encode_basestring(name)}:")
                _write(member, write, levels - 1)
                mark = ","
            write("}" if value else "{}")
        else:
            mark = "["
            for item in value:
                write(mark)
                _write(item, write, levels - 1)
                mark = ","
            write("]" if value else "[]")
    else:
        raise TypeError(f"a value is JSON, with int and Decimal for numbers; {type(value).__name__} is not")


def _integer_text(value: int) -> str:
    # The bits first: the decimal text of a huge number costs quadratic time, and the interpreter refuses it.
    if value.bit_length() > _MAX_BITS or len(text := str(value)) > MAX_DIGITS + (value < 0):
        raise _too_long()
    return text


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        raise _Refused("holds a number that is not finite")
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - the others are NaN and infinity
    if _places(value, exponent) > MAX_DIGITS:
        raise _too_long()
    if -_PLAIN_PLACES <= exponent <= _PLAIN_PLACES:
        return format(value, "f")
    return str(value)


def _places(value: Decimal, exponent: int) -> int:
    """Counts the digits of a number written without exponent."""
    return max(value.adjusted() + 1, 1) + max(-exponent, 0)


def _too_long() -> _Refused:
    return _Refused(f"holds a number of more than {MAX_DIGITS:,} digits")


def _skip(text: str, position: int) -> int:
    while text[position : position + 1] in _BLANKS:
        position += 1
    return position


def _shown(name: str) -> str:
    return repr(name if len(name) <= 80 else name[:80] + "…")


def _refuse(field: str, problem: str, text: str, position: int) -> NoReturn:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    raise _invalid(field, f"{problem} at line {line}, column {column}") from None


def _invalid(field: str, problem: str) -> InvalidArgument:
    return InvalidArgument(
        f"{field} {problem}", reason="INVALID_VARIABLES", violations=[FieldViolation(field, problem)]
    )
