"""Arithmetic of FEEL: decimal128, 34 digits, half even; what has no result is null (DMN 1.5, tables 53 to 57)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.feel.temporal import (
    Date,
    DateTime,
    DaysDuration,
    Duration,
    Temporal,
    Time,
    YearsDuration,
    days_duration,
    years_duration,
)
from bpmgrpc.engine.expressions.feel.temporal import (
    add as add_duration,
)
from bpmgrpc.engine.expressions.feel.temporal import (
    subtract as subtract_times,
)
from bpmgrpc.engine.expressions.semantics import is_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from bpmgrpc.engine.expressions.frame import Frame

__all__ = ["DECIMAL128", "add", "divide", "multiply", "negate", "power", "subtract", "whole"]

DECIMAL128: Final = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[DivisionByZero, InvalidOperation, Overflow]
)

_TEMPORAL: Final = (Date, Time, DateTime)
_DURATION: Final = (DaysDuration, YearsDuration)


def whole(value: Any) -> int | None:
    """Reads a number without fraction; None for any other value.

    Args:
        value: Any value of FEEL.
    """
    if not is_number(value) or (
        isinstance(value, Decimal) and (value.adjusted() > 18 or value != value.to_integral_value())
    ):
        return None
    return int(value)


def _numbers(compute: Callable[[Any, Any], Decimal], left: Any, right: Any) -> Decimal | None:
    try:
        return compute(left, right)
    except ArithmeticError:
        return None


def add(left: Any, right: Any, frame: Frame) -> Any:
    """``+``: numbers, texts, durations of one kind, and a duration with what it moves."""
    if is_number(left) and is_number(right):
        return _numbers(DECIMAL128.add, left, right)
    if isinstance(left, str) and isinstance(right, str):
        frame.budget.text(len(left) + len(right))
        return left + right
    if isinstance(left, _DURATION):
        if isinstance(right, _DURATION):
            return _add_durations(left, right, 1)
        left, right = right, left
    if isinstance(left, _TEMPORAL) and isinstance(right, _DURATION):
        return add_duration(left, right)
    return None


def subtract(left: Any, right: Any, frame: Frame) -> Any:
    """``-``: numbers, durations of one kind, two points in time, and a duration off a point in time."""
    del frame
    if is_number(left) and is_number(right):
        return _numbers(DECIMAL128.subtract, left, right)
    if isinstance(left, _DURATION) and isinstance(right, _DURATION):
        return _add_durations(left, right, -1)
    if isinstance(left, _TEMPORAL):
        if isinstance(right, _TEMPORAL):
            return subtract_times(left, right)
        if isinstance(right, _DURATION):
            return _shift_back(left, right)
    return None


def _shift_back(value: Temporal, duration: Duration) -> Temporal | None:
    return add_duration(value, negate(duration))


def _add_durations(left: Duration, right: Duration, sign: int) -> Duration | None:
    if isinstance(left, DaysDuration) and isinstance(right, DaysDuration):
        return days_duration(left.nanoseconds + sign * right.nanoseconds)
    if isinstance(left, YearsDuration) and isinstance(right, YearsDuration):
        return years_duration(left.months + sign * right.months)
    return None


def multiply(left: Any, right: Any, frame: Frame) -> Any:
    """``*``: numbers, and a duration with a number."""
    del frame
    if is_number(left) and is_number(right):
        return _numbers(DECIMAL128.multiply, left, right)
    if isinstance(right, _DURATION):
        left, right = right, left
    if isinstance(left, _DURATION) and is_number(right):
        return _scale(left, DECIMAL128.multiply, right)
    return None


def divide(left: Any, right: Any, frame: Frame) -> Any:
    """``/``: numbers, a duration by a number, and two durations of one kind."""
    del frame
    if is_number(left) and is_number(right):
        return _numbers(DECIMAL128.divide, left, right)
    if isinstance(left, DaysDuration) and isinstance(right, DaysDuration):
        return _numbers(DECIMAL128.divide, left.nanoseconds, right.nanoseconds)
    if isinstance(left, YearsDuration) and isinstance(right, YearsDuration):
        return _numbers(DECIMAL128.divide, left.months, right.months)
    if isinstance(left, _DURATION) and is_number(right):
        return _scale(left, DECIMAL128.divide, right)
    return None


def _scale(duration: Duration, compute: Callable[[Any, Any], Decimal], factor: Any) -> Duration | None:
    amount = duration.nanoseconds if isinstance(duration, DaysDuration) else duration.months
    scaled = _numbers(compute, amount, factor)
    if scaled is None or scaled.adjusted() > 33:
        return None
    return days_duration(int(scaled)) if isinstance(duration, DaysDuration) else years_duration(int(scaled))


def power(left: Any, right: Any, frame: Frame) -> Any:
    """``**``: numbers; beyond decimal128 the result is null, at no cost."""
    del frame
    if is_number(left) and is_number(right):
        return _numbers(DECIMAL128.power, left, right)
    return None


def negate(value: Any) -> Any:
    """``-``: numbers and durations."""
    if isinstance(value, Decimal):
        return DECIMAL128.minus(value)
    if is_number(value):
        return -value
    if isinstance(value, DaysDuration):
        return DaysDuration(-value.nanoseconds)
    if isinstance(value, YearsDuration):
        return YearsDuration(-value.months)
    return None
