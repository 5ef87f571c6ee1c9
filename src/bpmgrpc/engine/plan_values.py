"""Reads the values that a model's properties evaluate to.

Rule of this file: a property takes what a modeler would expect it to take, and what it cannot take becomes an
incident that names the property and the value's kind.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from bpmgrpc import values
from bpmgrpc.engine import schedule
from bpmgrpc.engine.steps import StepFailure
from bpmgrpc.errors import InvalidArgument

if TYPE_CHECKING:
    from bpmgrpc.values import Value

_MAX_INTEGER_DIGITS: Final = 40  # more than any property can use; 1E999 is a short text and a long number
_INTEGER: Final = re.compile(rf"\s*[+-]?[0-9]{{1,{_MAX_INTEGER_DIGITS}}}\s*")


def as_text(value: Value, name: str) -> str:
    """Returns a text; empty where the value is null. Numbers are written out.

    Raises:
        StepFailure: The value is a list, an object or a boolean, a number too long to write out, or a text with NUL.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        if "\0" in value:
            raise StepFailure("EXPRESSION_ERROR", f"{name} must not hold NUL")
        return value
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        try:
            return values.serialize(value)
        except InvalidArgument as error:
            raise StepFailure("EXPRESSION_ERROR", f"{name}: {error}") from error
    raise _unfit(value, name, "a text")


def as_names(value: Value, name: str) -> tuple[str, ...]:
    """Returns names: of a list its members, of a text what stands between its commas; each once, empty ones left out.

    Raises:
        StepFailure: The value, or a member, is no text.
    """
    if value is None:
        return ()
    members = value if isinstance(value, list) else list(as_text(value, name).split(","))
    names = (as_text(member, name).strip() for member in members)
    return tuple(dict.fromkeys(filter(None, names)))


def as_integer(value: Value, name: str) -> int | None:
    """Returns a whole number; None where the value is null or empty.

    Raises:
        StepFailure: The value is no whole number.
    """
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and value.adjusted() < _MAX_INTEGER_DIGITS and value == value.to_integral_value():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise _unfit(value, name, "a whole number")


def as_time(value: Value, name: str, now_us: int) -> int | None:
    """Returns a time in microseconds since the epoch, of an ISO 8601 date, date and time, or duration from now; None
    where the value is null or empty.

    Raises:
        StepFailure: The value is nothing of this.
    """
    if value is None or value == "":
        return None
    text = as_text(value, name).strip()
    try:
        if text[:1] in ("P", "-"):
            return schedule.parse_duration(text).after(now_us)
        return schedule.parse_date(text)
    except schedule.ScheduleError as error:
        raise StepFailure("EXPRESSION_ERROR", f"{name}: {error}") from error


def _unfit(value: Value, name: str, wanted: str) -> StepFailure:
    kinds = {bool: "a boolean", list: "a list", dict: "an object", str: "a text"}
    return StepFailure("EXPRESSION_ERROR", f"{name} has to be {wanted}, not {kinds.get(type(value), 'a number')}")
