"""Date and time functions (DMN 1.5, 10.3.4.6 and 10.3.4.7). ``now()`` is the time of the command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.feel.functions.registry import builtin
from bpmgrpc.engine.expressions.feel.temporal import (
    Date,
    DateTime,
    Time,
    date_from_days,
    from_microseconds,
    make_date,
)
from bpmgrpc.engine.expressions.feel.values import equal, kind

if TYPE_CHECKING:
    from bpmgrpc.engine.expressions.frame import Frame

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAY: Final = "date: date | date and time"


def _day(value: Date | DateTime) -> Date:
    return value if isinstance(value, Date) else value.date


@builtin("now", "")
def _now(frame: Frame) -> DateTime:
    return from_microseconds(frame.scope.now_us)


@builtin("today", "")
def _today(frame: Frame) -> Date:
    return from_microseconds(frame.scope.now_us).date


@builtin("day of week", _DAY)
def _day_of_week(_: Frame, value: Date | DateTime) -> str:
    return _DAYS[_day(value).weekday - 1]


@builtin("day of year", _DAY)
def _day_of_year(_: Frame, value: Date | DateTime) -> int:
    day = _day(value)
    return day.days - Date(day.year, 1, 1).days + 1


@builtin("month of year", _DAY)
def _month_of_year(_: Frame, value: Date | DateTime) -> str:
    return _MONTHS[_day(value).month - 1]


@builtin("week of year", _DAY)
def _week_of_year(_: Frame, value: Date | DateTime) -> int | None:
    # ISO 8601: a week belongs to the year of its Thursday.
    day = _day(value)
    thursday = date_from_days(day.days - day.weekday + 4)
    return None if thursday is None else (thursday.days - Date(thursday.year, 1, 1).days) // 7 + 1


@builtin("last day of month", _DAY)
def _last_day_of_month(_: Frame, value: Date | DateTime) -> Date | None:
    day = _day(value)
    following = make_date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following and date_from_days(following.days - 1)


@builtin("is", "value1?, value2?")
def _is(frame: Frame, left: Any = None, right: Any = None) -> bool:
    """Tells whether two values are the same element of the domain: for times, with the same offset and zone."""
    if left is None or right is None:
        return left is right
    if kind(left) != kind(right):
        return False
    if isinstance(left, Time | DateTime):
        return bool(left == right)
    return equal(left, right, frame) is True
