"""Moments of JUEL and bare conditions: what ``now()`` and ``dateTime()`` give, and the methods they have.

``dateTime()`` stands for the Joda ``DateTime`` of the Java engines, with the methods that models call on it:
``dateTime().plusDays(3).toDate()``. A moment is the time of the command in UTC; it leaves the expression as its ISO
8601 text, which timers, due dates and FEEL read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.errors import ExpressionError
from bpmgrpc.engine.expressions.feel.temporal import (
    SECOND,
    DateTime,
    Duration,
    Time,
    add,
    days_duration,
    from_microseconds,
    instant,
    parse_date_time,
    years_duration,
)
from bpmgrpc.engine.expressions.semantics import is_number, kind_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bpmgrpc.engine.expressions.budget import Budget
    from bpmgrpc.engine.expressions.frame import Frame

__all__ = ["GETTERS", "SHIFTS", "DateTime", "moment_of", "now", "order_of"]

_MINUTE: Final = 60 * SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_MILLISECOND: Final = SECOND // 1000


def now(frame: Frame) -> DateTime:
    """Gives the time of the command.

    Args:
        frame: Where the expression runs.
    """
    return from_microseconds(frame.scope.now_us)


def moment_of(value: Any) -> DateTime:
    """Reads a value as a moment.

    Args:
        value: A moment, or the ISO 8601 text of one.

    Raises:
        ExpressionError: It is none.
    """
    found = parse_date_time(value) if isinstance(value, str) else value
    if not isinstance(found, DateTime):
        raise ExpressionError(f"expected a date and time, found {kind_name(value)}")
    return found


def order_of(left: Any, right: Any) -> int:
    """Says how far a moment lies after another, in nanoseconds; negative where it lies before.

    Args:
        left: One moment, or its text; without an offset it is UTC.
        right: The other.

    Raises:
        ExpressionError: One of them is no moment.
    """
    return instant(moment_of(left))[1] - instant(moment_of(right))[1]


def _start_of_day(_: Budget, base: DateTime) -> DateTime:
    """Gives the midnight at which the day of a moment began."""
    return DateTime(base.date, Time(0, base.time.offset, base.time.zone))


def _shift(length: Callable[[int], Duration | None], sign: int) -> Callable[[Budget, DateTime, Any], DateTime]:
    def shift(_: Budget, base: DateTime, count: Any) -> DateTime:
        if not is_number(count) or count != int(count):
            raise ExpressionError(f"expected a whole number, found {kind_name(count)}")
        duration = length(sign * int(count))
        moved = None if duration is None else add(base, duration)
        if not isinstance(moved, DateTime):
            raise ExpressionError("the date and time lies beyond all calendars")
        return moved

    return shift


def _days(unit: int) -> Callable[[int], Duration | None]:
    return lambda count: days_duration(count * unit)


def _months(unit: int) -> Callable[[int], Duration | None]:
    return lambda count: years_duration(count * unit)


_UNITS: Final[Mapping[str, Callable[[int], Duration | None]]] = {
    "Years": _months(12),
    "Months": _months(1),
    "Weeks": _days(7 * _DAY),
    "Days": _days(_DAY),
    "Hours": _days(_HOUR),
    "Minutes": _days(_MINUTE),
    "Seconds": _days(SECOND),
    "Millis": _days(_MILLISECOND),
}
SHIFTS: Final[Mapping[str, Callable[[Budget, DateTime, Any], DateTime]]] = {
    f"{word}{unit}": _shift(length, sign)
    for unit, length in _UNITS.items()
    for word, sign in (("plus", 1), ("minus", -1))
}
"""``plusDays``, ``minusHours`` and so on."""


def _milliseconds(_: Budget, base: DateTime) -> int:
    return instant(base)[1] // _MILLISECOND


GETTERS: Final[Mapping[str, Callable[[Budget, DateTime], Any]]] = {
    "getMillis": _milliseconds,
    "getTime": _milliseconds,
    "getYear": lambda _, base: base.date.year,
    "getMonthOfYear": lambda _, base: base.date.month,
    "getDayOfMonth": lambda _, base: base.date.day,
    "getDayOfWeek": lambda _, base: base.date.weekday,
    "getHourOfDay": lambda _, base: base.time.nanoseconds // _HOUR,
    "getMinuteOfHour": lambda _, base: base.time.nanoseconds % _HOUR // _MINUTE,
    "toDate": lambda _, base: base,
    "toDateTime": lambda _, base: base,
    "withTimeAtStartOfDay": _start_of_day,
}
"""What is read from a moment without arguments."""
