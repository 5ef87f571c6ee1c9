"""The values that FEEL adds to JSON, and what equal, ordered and of-a-type mean among them (DMN 1.5, 10.3.2).

Null is an answer, not an accident: whatever does not go together gives null. Numbers are int or Decimal and equal by
value; arithmetic has 34 digits (IEEE 754 decimal128). Text orders by code points.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.errors import ExpressionBudgetExceeded
from bpmgrpc.engine.expressions.feel.temporal import (
    Date,
    DateTime,
    DaysDuration,
    Time,
    YearsDuration,
    instant,
)
from bpmgrpc.engine.expressions.semantics import is_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from bpmgrpc.engine.expressions.ast import TypeName
    from bpmgrpc.engine.expressions.budget import Budget
    from bpmgrpc.engine.expressions.frame import Frame

__all__ = ["FeelFunction", "FeelRange", "compare", "equal", "kind", "number_text", "text", "within"]

_MAX_LEVELS: Final = 100


@dataclass(frozen=True, slots=True, eq=False)
class FeelFunction:
    """A function as a value: one that the expression makes, or a built-in by its name.

    Attributes:
        parameters: Names of the parameters, in order.
        types: Types of the parameters, where given.
        call: Runs it: frame of the caller (for its budget) and the arguments in order.
        flexible: Whether it counts its arguments itself, as built-in functions do.
    """

    parameters: tuple[str, ...]
    types: tuple[TypeName | None, ...]
    call: Callable[[Frame, list[Any]], Any]
    flexible: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FeelRange:
    """A range; an end of None is open for ever. Written as ``(> 5)`` the missing end is never included."""

    low: Any
    high: Any
    low_included: bool
    high_included: bool


_KINDS: Final = {
    str: "string",
    list: "list",
    dict: "context",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DaysDuration: "days and time duration",
    YearsDuration: "years and months duration",
    FeelFunction: "function",
    FeelRange: "range",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    type(None): "null",
}


def kind(value: Any) -> str:
    """Names the FEEL type of a value.

    Args:
        value: Any value of FEEL.
    """
    return _KINDS[type(value)]


def equal(left: Any, right: Any, frame: Frame, levels: int = _MAX_LEVELS) -> bool | None:
    """``=``: null only equals null; values of two types do not compare (table 42).

    A built-in function equals null: nobody compares one, but many ask whether a variable such as ``date`` is set.

    Args:
        left: One value.
        right: The other.
        frame: Pays for what is compared.
        levels: Levels of nesting that are still allowed.

    Returns:
        True, false, or null where the two are of different types.
    """
    if left is None or right is None:
        return _is_unset(left) and _is_unset(right)
    left_kind = kind(left)
    if left_kind != kind(right):
        return None
    if left_kind in ("list", "context", "range"):
        if not levels:
            raise ExpressionBudgetExceeded("the expression compares values that are nested too deeply")
        return _equal_parts(left, right, frame, levels - 1)
    if left_kind == "function":
        return left is right
    if left_kind in ("time", "date and time"):
        return _equal_times(left, right)
    return bool(left == right)


def _is_unset(value: Any) -> bool:
    return value is None or (isinstance(value, FeelFunction) and value.flexible)


def _equal_parts(left: Any, right: Any, frame: Frame, levels: int) -> bool | None:
    if isinstance(left, FeelRange):
        if left.low_included is not right.low_included or left.high_included is not right.high_included:
            return False
        pairs = [(left.low, right.low), (left.high, right.high)]
    elif isinstance(left, list):
        if len(left) != len(right):
            return False
        pairs = list(zip(left, right, strict=True))
    else:
        if left.keys() != right.keys():
            return False
        pairs = [(left[name], right[name]) for name in left]
    frame.budget.charge(len(pairs))
    return all(equal(a, b, frame, levels) is True for a, b in pairs)


def _equal_times(left: Time | DateTime, right: Time | DateTime) -> bool:
    (left_zoned, begin), (right_zoned, end) = instant(left), instant(right)
    return left_zoned is right_zoned and begin == end


def compare(left: Any, right: Any) -> int | None:
    """Orders two values: negative, zero or positive; null where they have no order (table 43).

    Args:
        left: One value.
        right: The other.
    """
    if is_number(left) and is_number(right):
        return int(left > right) - int(left < right)
    left_kind = type(left)
    if left_kind is not type(right):
        return None
    if left_kind is str:
        return int(left > right) - int(left < right)
    if left_kind is DaysDuration:
        return int(left.nanoseconds > right.nanoseconds) - int(left.nanoseconds < right.nanoseconds)
    if left_kind is YearsDuration:
        return int(left.months > right.months) - int(left.months < right.months)
    if left_kind in (Date, Time, DateTime):
        (left_zoned, begin), (right_zoned, end) = instant(left), instant(right)
        return int(begin > end) - int(begin < end) if left_zoned is right_zoned else None
    return None


def within(value: Any, ends: FeelRange) -> bool | None:
    """Tells whether a value lies in a range; null where it has no order with the ends.

    Args:
        value: The value.
        ends: The range.
    """
    if ends.low is not None:
        order = compare(value, ends.low)
        if order is None:
            return None
        if order < 0 or (order == 0 and not ends.low_included):
            return False
    if ends.high is not None:
        order = compare(value, ends.high)
        if order is None:
            return None
        if order > 0 or (order == 0 and not ends.high_included):
            return False
    return True


def number_text(value: int | Decimal) -> str:
    """Writes a number as FEEL's ``string()`` does: no exponent within 34 digits, no zeros at the end of a fraction.

    Args:
        value: The number.
    """
    if isinstance(value, int):
        return str(value)
    exponent = value.as_tuple().exponent
    written = format(value, "f") if isinstance(exponent, int) and -40 <= exponent <= 40 else str(value)
    return written.rstrip("0").rstrip(".") if "." in written and "E" not in written else written


def text(value: Any, budget: Budget, levels: int = _MAX_LEVELS, *, quoted: bool = False) -> str:
    """Writes a value as FEEL's ``string()`` does; texts within lists and contexts in quotes.

    Args:
        value: Any value.
        budget: Pays for the text.
        levels: Levels of nesting that are still allowed.
        quoted: Whether a text is written with its quotes.
    """
    if isinstance(value, str):
        budget.text(len(value))
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if quoted else value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return number_text(value)
    if isinstance(value, FeelFunction):
        return f"function({', '.join(value.parameters)})"
    if not isinstance(value, list | dict | FeelRange):
        return str(value)
    if not levels:
        raise ExpressionBudgetExceeded("the expression writes a value that is nested too deeply")
    if isinstance(value, FeelRange):
        ends = [text(end, budget, levels - 1, quoted=True) for end in (value.low, value.high)]
        return f"{'[' if value.low_included else '('}{ends[0]}..{ends[1]}{']' if value.high_included else ')'}"
    budget.charge(len(value))
    if isinstance(value, list):
        return "[" + ", ".join([text(item, budget, levels - 1, quoted=True) for item in value]) + "]"
    entries = [f"{name}: {text(item, budget, levels - 1, quoted=True)}" for name, item in value.items()]
    return "{" + ", ".join(entries) + "}"
