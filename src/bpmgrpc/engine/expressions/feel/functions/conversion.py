"""Conversion functions (DMN 1.5, 10.3.4.1): texts to numbers, dates, times and durations, and back."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.feel import values
from bpmgrpc.engine.expressions.feel.functions.registry import builtin
from bpmgrpc.engine.expressions.feel.numbers import whole
from bpmgrpc.engine.expressions.feel.temporal import (
    SECOND,
    Date,
    DateTime,
    DaysDuration,
    Duration,
    Time,
    YearsDuration,
    make_date,
    make_time,
    months_between,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bpmgrpc.engine.expressions.frame import Frame

__all__ = ["at_literal"]

_NUMBER: Final = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_MAX_NUMBER: Final = 1000  # characters

_END: Final = r'-?[\d.]+|(?:@|(?:date and time|date|time|duration)\s*+\(\s*+)?"[^"\\]*+"(?:\s*+\))?|'
_RANGE: Final = re.compile(rf"\s*+([\[(\]])\s*+({_END})\s*+\.\.\s*+({_END})\s*+([\])\[])\s*+", re.ASCII)


def at_literal(text: str) -> Any:
    """Reads what stands in ``@"…"``; null where it is no date, time or duration.

    Args:
        text: The text between the quotes.
    """
    if "T" in text and not text.lstrip("-").startswith("P"):
        return parse_date_time(text)
    return parse_date(text) or parse_time(text) or parse_duration(text)


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "@": at_literal,
    "date and time": parse_date_time,
    "date": parse_date,
    "time": parse_time,
    "duration": parse_duration,
}


@builtin("number", "from: string, grouping separator?: string, decimal separator?: string", "from: number")
def _number(_: Frame, text: str | int | Decimal, grouping: str | None = None, point: str | None = None) -> Any:
    if not isinstance(text, str):
        return text
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (point and grouping == point):
        return None
    if grouping:
        text = text.replace(grouping, "")
    if point:
        text = text.replace(".", "x").replace(point, ".") if point != "." else text
    return Decimal(text) if len(text) <= _MAX_NUMBER and _NUMBER.fullmatch(text) else None


@builtin("string", "from")
def _string(frame: Frame, value: Any) -> str | None:
    return None if value is None else values.text(value, frame.budget)


@builtin("date", "from: string | date | date and time", "year: number, month: number, day: number")
def _date(_: Frame, *parts: Any) -> Date | None:
    if len(parts) == 3:
        year, month, day = (whole(part) for part in parts)
        return None if year is None or month is None or day is None else make_date(year, month, day)
    value = parts[0]
    if isinstance(value, str):
        return parse_date(value)
    return value.date if isinstance(value, DateTime) else value


@builtin(
    "date and time",
    "from: string | date | date and time",
    "date: date | date and time, time: time",
    "date: date and time, timezone: string",
)
def _date_and_time(_: Frame, value: Any, clock: Time | str | None = None) -> DateTime | None:
    if isinstance(clock, Time):
        return DateTime(value if isinstance(value, Date) else value.date, clock)
    if isinstance(clock, str):
        return None
    if isinstance(value, str):
        return parse_date_time(value)
    return DateTime(value, Time(0)) if isinstance(value, Date) else value


@builtin(
    "time",
    "from: string | time | date and time | date",
    "hour: number, minute: number, second: number, offset?: days and time duration",
)
def _time(_: Frame, *parts: Any) -> Time | None:
    if len(parts) >= 3:
        return _time_of_parts(*parts)
    value = parts[0]
    if isinstance(value, str):
        return parse_time(value)
    if isinstance(value, Date):
        return Time(0, 0)
    return value.time if isinstance(value, DateTime) else value


def _time_of_parts(hour: Any, minute: Any, second: Any, offset: DaysDuration | None = None) -> Time | None:
    hours, minutes = whole(hour), whole(minute)
    if hours is None or minutes is None or not 0 <= second < 60:
        return None
    nanoseconds = int(Decimal(second) * SECOND)
    seconds = None
    if offset is not None:
        seconds = offset.nanoseconds // SECOND
    return make_time(hours, minutes, nanoseconds // SECOND, nanoseconds % SECOND, seconds)


@builtin("range", "from: string")
def _range(_: Frame, text: str) -> values.FeelRange | None:
    match = _RANGE.fullmatch(text) if len(text) <= _MAX_NUMBER else None
    if match is None:
        return None
    opening, low_text, high_text, closing = match.groups()
    low, high = _end(low_text), _end(high_text)
    # An end that is left out is open for ever, and then not included; one that is no value makes no range.
    if low is None and (low_text or high is None or opening == "["):
        return None
    if high is None and (high_text or closing == "]"):
        return None
    if low is not None and high is not None:
        order = values.compare(low, high)
        if order is None or order > 0:
            return None
    return values.FeelRange(low, high, opening == "[", closing == "]")


def _end(text: str) -> Any:
    """Reads an end of a range: a number, a text, or a date, time or duration in either of its notations."""
    function, _, quoted = text.partition('"')
    if not quoted:
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    body = quoted.rpartition('"')[0]
    return body if not function else _READERS[function.rstrip("( ")](body)


@builtin("duration", "from: string | days and time duration | years and months duration")
def _duration(_: Frame, value: str | Duration) -> Duration | None:
    return parse_duration(value) if isinstance(value, str) else value


@builtin("years and months duration", "from: date | date and time, to: date | date and time")
def _years_and_months(_: Frame, begin: Date | DateTime, end: Date | DateTime) -> YearsDuration | None:
    return months_between(begin, end)
