"""Typed input: the variables of a job as the dataclass or TypedDict that a handler asks for.

Rule of this file: what does not fit is refused with the path and what was found; nothing is converted that would lose
anything. The members of the type are the variables that the worker asks for, and the others do not travel.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

__all__ = ["InputError", "is_input", "names_of", "read"]

_SHOWN: Final = 80  # characters of a value in a message


class InputError(Exception):
    """A variable is missing, or not of the type that the handler asks for."""


def is_input(type_: object) -> bool:
    """Whether a handler that asks for this type gets its input in it."""
    return isinstance(type_, type) and (dataclasses.is_dataclass(type_) or is_typeddict(type_))


def names_of(type_: Any) -> tuple[str, ...]:
    """Returns the names of the variables that a type has."""
    return tuple(_hints(type_))


def _hints(type_: Any) -> dict[str, Any]:
    """What each member has to be. Fields that a dataclass fills in itself, and class variables, are no members."""
    hints = get_type_hints(type_, include_extras=True)
    if is_typeddict(type_):
        return hints
    return {field.name: hints[field.name] for field in dataclasses.fields(type_) if field.init}


def read(type_: Any, value: Any, path: str = "") -> Any:
    """Reads a value as a type.

    Args:
        type_: A dataclass, TypedDict, enum, str, int, float, bool, Decimal, date, datetime, list, dict, literal, or a
            union of these.
        value: What JSON gave: numbers are int or Decimal.
        path: Where the value stands.

    Raises:
        InputError: The value is none of the type.
    """
    origin = get_origin(type_)
    if type_ is Any or type_ is object:
        return value
    if origin in (Required, NotRequired, Annotated):
        return read(get_args(type_)[0], value, path)
    if origin is Literal:
        return _read_literal(type_, value, path)
    if origin in (Union, types.UnionType):
        return _read_union(type_, value, path)
    if is_input(type_):
        return _read_members(type_, value, path)
    reader = _READERS.get(origin or type_)
    if reader is not None:
        return reader(type_, value, path)
    if isinstance(type_, type) and issubclass(type_, Enum):
        try:
            return type_(value)
        except ValueError:
            raise _unfit(path, f"one of {', '.join(repr(one.value) for one in type_)}", value) from None
    raise TypeError(f"{path or 'the input'}: {type_!r} is no type of a variable")


def _read_union(type_: Any, value: Any, path: str) -> Any:
    found: InputError | None = None
    for one in get_args(type_):
        if one is type(None):
            if value is None:
                return None
            continue
        try:
            return read(one, value, path)
        except InputError as error:
            found = error
    raise found if found is not None else _unfit(path, "null", value)


def _read_literal(type_: Any, value: Any, path: str) -> Any:
    for one in get_args(type_):
        if type(one) is type(value) and one == value:
            return value
    raise _unfit(path, f"one of {', '.join(map(repr, get_args(type_)))}", value)


def _read_members(type_: Any, value: Any, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise _unfit(path, "an object", value)
    if is_typeddict(type_):
        optional = type_.__optional_keys__
    else:
        fields = dataclasses.fields(type_)
        optional = {
            field.name
            for field in fields
            if field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        }
    members = {}
    for name, hint in _hints(type_).items():
        where = f"{path}.{name}" if path else name
        if name in value:
            members[name] = read(hint, value[name], where)
        elif name not in optional:
            raise InputError(f"variable {where!r} is missing")
    return type_(**members)


def _plain(kind: type, words: str) -> Callable[[Any, Any, str], Any]:
    def read_plain(_type: Any, value: Any, path: str) -> Any:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise _unfit(path, words, value)
        return value

    return read_plain


def _decimal(_type: Any, value: Any, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _unfit(path, "a number", value)
    return Decimal(value)


def _integer(_type: Any, value: Any, path: str) -> int:
    found = _decimal(_type, value, path)
    if found != found.to_integral_value():
        raise _unfit(path, "a whole number", value)
    return int(found)


def _float(_type: Any, value: Any, path: str) -> float:
    return float(_decimal(_type, value, path))


def _date(type_: Any, value: Any, path: str) -> Any:
    try:
        return type_.fromisoformat(value)
    except (TypeError, ValueError):
        raise _unfit(path, f"a {type_.__name__} of ISO 8601", value) from None


def _list(type_: Any, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _unfit(path, "a list", value)
    of = (*get_args(type_), Any)[0]
    return [read(of, item, f"{path}[{index}]") for index, item in enumerate(value)]


def _dict(type_: Any, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _unfit(path, "an object", value)
    of = (*get_args(type_), Any, Any)[1]
    return {name: read(of, item, f"{path}.{name}") for name, item in value.items()}


def _unfit(path: str, wanted: str, value: Any) -> InputError:
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
    return InputError(f"variable {path!r} has to be {wanted}, not {shown}" if path else f"it has to be {wanted}")


_READERS: Final[Mapping[Any, Callable[[Any, Any, str], Any]]] = {
    str: _plain(str, "a text"),
    bool: _plain(bool, "a boolean"),
    type(None): _plain(type(None), "null"),
    int: _integer,
    float: _float,
    Decimal: _decimal,
    date: _date,
    datetime: _date,
    list: _list,
    dict: _dict,
}
