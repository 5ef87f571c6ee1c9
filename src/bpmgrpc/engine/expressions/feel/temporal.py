"""Dates, times and durations of FEEL (DMN 1.5, 10.3.2.3): exact to the nanosecond, years from -999,999,999 on.

The standard library's types end at the year 9999 and at the microsecond, so these are our own: a date is year, month,
day in the proleptic Gregorian calendar; a time counts nanoseconds of its day and may have an offset or the name of a
zone; durations are whole nanoseconds, or whole months, and never both. Values are frozen; what cannot be is None,
FEEL's null.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "SECOND",
    "Date",
    "DateTime",
    "DaysDuration",
    "Duration",
    "Temporal",
    "Time",
    "YearsDuration",
    "add",
    "date_from_days",
    "from_microseconds",
    "instant",
    "make_date",
    "make_time",
    "months_between",
    "parse_date",
    "parse_date_time",
    "parse_duration",
    "parse_time",
    "subtract",
]

SECOND: Final = 1_000_000_000  # nanoseconds
_MINUTE: Final = 60 * SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_MAX_YEAR: Final = 999_999_999
_MAX_OFFSET: Final = 18 * 3600  # seconds, as java.time has it; XSD would stop at 14 hours
_MAX_DURATION: Final = _DAY * 366 * _MAX_YEAR
_EPOCH_DAYS: Final = 719_468  # days from 0000-03-01 to 1970-01-01

_DATE: Final = r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)"
_ZONE: Final = r"[A-Za-z0-9_+\-]+(?:/[A-Za-z0-9_+\-]+)*"
_TIME: Final = rf"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z)|([+-])(\d\d):(\d\d)(?::(\d\d))?|@({_ZONE}))?"
_DATE_PATTERN: Final = re.compile(_DATE, re.ASCII)
_TIME_PATTERN: Final = re.compile(_TIME, re.ASCII)
_DATE_TIME_PATTERN: Final = re.compile(f"{_DATE}T{_TIME}", re.ASCII)
_YEARS_PATTERN: Final = re.compile(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?", re.ASCII)
_DAYS_PATTERN: Final = re.compile(r"(-?)P(?:(\d+)D)?(?:(T)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the calendar."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04}-{self.month:02}-{self.day:02}"

    @property
    def days(self) -> int:
        """Days since 1970-01-01."""
        # The year begins in March, so that the leap day is its last; eras of 400 years all have the same length.
        year = self.year - (self.month <= 2)
        era, of_era = divmod(year, 400)
        of_year = (153 * (self.month + (-3 if self.month > 2 else 9)) + 2) // 5 + self.day - 1
        return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _EPOCH_DAYS

    @property
    def weekday(self) -> int:
        """1 for Monday to 7 for Sunday."""
        return (self.days + 3) % 7 + 1


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day; with an offset in seconds, or a zone's name, or neither (local)."""

    nanoseconds: int
    offset: int | None = None
    zone: str | None = None

    def __str__(self) -> str:
        seconds, fraction = divmod(self.nanoseconds, SECOND)
        text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        if fraction:
            text += f".{fraction:09}".rstrip("0")
        if self.zone is not None:
            return f"{text}@{self.zone}"
        return text if self.offset is None else text + _offset_text(self.offset)


@dataclass(frozen=True, slots=True)
class DateTime:
    """A day and a time of it."""

    date: Date
    time: Time

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


@dataclass(frozen=True, slots=True)
class DaysDuration:
    """A days and time duration."""

    nanoseconds: int

    def __str__(self) -> str:
        sign, rest = ("-", -self.nanoseconds) if self.nanoseconds < 0 else ("", self.nanoseconds)
        days, rest = divmod(rest, _DAY)
        hours, rest = divmod(rest, _HOUR)
        minutes, rest = divmod(rest, _MINUTE)
        seconds, fraction = divmod(rest, SECOND)
        second = f"{seconds}.{fraction:09}".rstrip("0") if fraction else str(seconds)
        clock = "".join([f"{hours}H" if hours else "", f"{minutes}M" if minutes else "", f"{second}S" if rest else ""])
        if not days and not clock:
            return "PT0S"
        return f"{sign}P{f'{days}D' if days else ''}{'T' if clock else ''}{clock}"


@dataclass(frozen=True, slots=True)
class YearsDuration:
    """A years and months duration."""

    months: int

    def __str__(self) -> str:
        if not self.months:
            return "P0M"
        years, months = divmod(abs(self.months), 12)
        sign = "-" if self.months < 0 else ""
        return f"{sign}P{f'{years}Y' if years else ''}{f'{months}M' if months else ''}"


Duration: TypeAlias = "DaysDuration | YearsDuration"
Temporal: TypeAlias = "Date | Time | DateTime"


def _offset_text(offset: int) -> str:
    if not offset:
        return "Z"
    sign = "-" if offset < 0 else "+"
    hours, rest = divmod(abs(offset), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{sign}{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_in_month(year: int, month: int) -> int:
    return (31, 29 if _is_leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def make_date(year: int, month: int, day: int) -> Date | None:
    """Makes a date, if there is such a day."""
    if abs(year) > _MAX_YEAR or not 1 <= month <= 12 or not 1 <= day <= _days_in_month(year, month):
        return None
    return Date(year, month, day)


def date_from_days(days: int) -> Date | None:
    """Finds the date that lies so many days after 1970-01-01."""
    era, of_era = divmod(days + _EPOCH_DAYS, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return make_date(year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1)


def make_time(
    hour: int, minute: int, second: int, nanoseconds: int = 0, offset: int | None = None, zone: str | None = None
) -> Time | None:
    """Makes a time of day, if there is such a time, offset and zone."""
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60 and 0 <= nanoseconds < SECOND):
        return None
    if (offset is not None and abs(offset) > _MAX_OFFSET) or (zone is not None and _zone(zone) is None):
        return None
    return Time(hour * _HOUR + minute * _MINUTE + second * SECOND + nanoseconds, offset, zone)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown; a folder of the database; not a name at all
        return None


def offset_of(time: Time, date: Date | None) -> int | None:
    """Finds the offset from UTC, in seconds; None for a local time. A zone's depends on the day."""
    if time.zone is None:
        return time.offset
    zone = _zone(time.zone)
    day = date if date is not None and 1 <= date.year <= 9999 else Date(1970, 1, 1)
    seconds = time.nanoseconds // SECOND
    local = datetime(day.year, day.month, day.day, seconds // 3600, seconds // 60 % 60, seconds % 60, tzinfo=zone)
    delta = local.utcoffset()
    return None if delta is None else int(delta.total_seconds())


def instant(value: Temporal) -> tuple[bool, int]:
    """Places a value on a line: whether it knows its offset, and nanoseconds (in UTC, where it does)."""
    if isinstance(value, Date):
        return True, value.days * _DAY
    date, time = (value.date, value.time) if isinstance(value, DateTime) else (None, value)
    offset = offset_of(time, date)
    days = date.days if date is not None else 0
    return offset is not None, days * _DAY + time.nanoseconds - (offset or 0) * SECOND


def parse_date(text: str) -> Date | None:
    """Reads ``2024-02-29``."""
    match = _DATE_PATTERN.fullmatch(text)
    return match and make_date(int(match[1]), int(match[2]), int(match[3]))


def parse_time(text: str) -> Time | None:
    """Reads ``10:30:00``, with ``Z``, an offset or ``@zone``."""
    match = _TIME_PATTERN.fullmatch(text)
    return match and _time_of(match.groups())


def parse_date_time(text: str) -> DateTime | None:
    """Reads ``2024-02-29T10:30:00``, with ``Z``, an offset or ``@zone``; a date alone is its midnight."""
    match = _DATE_TIME_PATTERN.fullmatch(text)
    if match is None:
        day = parse_date(text)
        return None if day is None else DateTime(day, Time(0))
    date = make_date(int(match[1]), int(match[2]), int(match[3]))
    parts = match.groups()[3:]
    if date is not None and parts[:3] == ("24", "00", "00") and not (parts[3] or "").strip("0"):
        # The end of a day is the beginning of the next, in XML Schema and so here.
        date, parts = date_from_days(date.days + 1), ("00", *parts[1:])
    time = _time_of(parts)
    return DateTime(date, time) if date is not None and time is not None else None


def _time_of(parts: tuple[str | None, ...]) -> Time | None:
    hour, minute, second, fraction, utc, sign, hours, minutes, seconds, zone = parts
    offset: int | None = 0 if utc else None
    if sign:
        if int(minutes or 0) > 59 or int(seconds or 0) > 59:
            return None
        offset = (int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)) * (-1 if sign == "-" else 1)
    return make_time(int(hour or 0), int(minute or 0), int(second or 0), _fraction(fraction), offset, zone)


def _fraction(digits: str | None) -> int:
    return int((digits or "0")[:9].ljust(9, "0"))


def parse_duration(text: str) -> Duration | None:
    """Reads ``P1Y2M`` or ``P1DT2H3M4.5S``; a mixture of both is none."""
    if len(text) > 100:
        return None
    match = _YEARS_PATTERN.fullmatch(text)
    if match is not None and (match[2] or match[3]):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return _years(-months if match[1] else months)
    match = _DAYS_PATTERN.fullmatch(text)
    if match is None or not any(match.group(2, 4, 5, 6)) or (match[3] and not any(match.group(4, 5, 6))):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.group(2, 4, 5, 6))
    total = days * _DAY + hours * _HOUR + minutes * _MINUTE + seconds * SECOND + _fraction(match[7])
    return days_duration(-total if match[1] else total)


def days_duration(nanoseconds: int) -> DaysDuration | None:
    """Makes a days and time duration, unless it is beyond all dates."""
    return DaysDuration(nanoseconds) if abs(nanoseconds) <= _MAX_DURATION else None


def _years(months: int) -> YearsDuration | None:
    return YearsDuration(months) if abs(months) <= _MAX_YEAR * 12 else None


def years_duration(months: int) -> YearsDuration | None:
    """Makes a years and months duration, unless it is beyond all dates."""
    return _years(months)


def from_microseconds(now_us: int) -> DateTime:
    """Gives the date and time in UTC of a number of microseconds since the epoch."""
    days, rest = divmod(now_us * 1000, _DAY)
    date = date_from_days(days)
    assert date is not None  # noqa: S101 - clocks stay within the calendar
    return DateTime(date, Time(rest, 0))


def add(value: Temporal, duration: Duration) -> Temporal | None:
    """Adds a duration: months by the calendar (the day is cut to the month's last), days and time exactly.

    A date stays a date: hours that do not make a day are lost (DMN 1.5, table 55). A time turns within its day.
    """
    if isinstance(duration, YearsDuration):
        if isinstance(value, Time):
            return None
        date = _add_months(value if isinstance(value, Date) else value.date, duration.months)
        return date if date is None or isinstance(value, Date) else DateTime(date, value.time)
    if isinstance(value, Time):
        return Time((value.nanoseconds + duration.nanoseconds) % _DAY, value.offset, value.zone)
    if isinstance(value, Date):
        return date_from_days((value.days * _DAY + duration.nanoseconds) // _DAY)
    days, rest = divmod(value.date.days * _DAY + value.time.nanoseconds + duration.nanoseconds, _DAY)
    date = date_from_days(days)
    return date and DateTime(date, Time(rest, value.time.offset, value.time.zone))


def _add_months(date: Date, months: int) -> Date | None:
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return make_date(year, month + 1, min(date.day, _days_in_month(year, month + 1)))


def subtract(left: Temporal, right: Temporal) -> DaysDuration | None:
    """Gives the exact time between two values; None where one of them knows its offset and the other does not."""
    if isinstance(left, Time) is not isinstance(right, Time):
        return None
    (left_zoned, begin), (right_zoned, end) = instant(left), instant(right)
    if left_zoned is not right_zoned:
        return None
    return days_duration(begin - end)


def months_between(begin: Date | DateTime, end: Date | DateTime) -> YearsDuration | None:
    """Gives the whole months from one date to another, negative where the second is earlier; times do not count."""
    first, last = (value if isinstance(value, Date) else value.date for value in (begin, end))
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return _years(months)


def _offset_duration(value: Time, date: Date | None) -> DaysDuration | None:
    offset = offset_of(value, date)
    return None if offset is None else DaysDuration(offset * SECOND)


def member(value: Temporal | Duration, name: str) -> object:
    """Gives a property of a value by its name in FEEL (table 65); None where it has none of that name."""
    return _properties(value).get(name)


def _properties(value: Temporal | Duration) -> Mapping[str, object]:
    if isinstance(value, YearsDuration):
        years, months = divmod(abs(value.months), 12)
        sign = -1 if value.months < 0 else 1
        return {"years": sign * years, "months": sign * months}
    if isinstance(value, DaysDuration):
        sign, rest = (-1, -value.nanoseconds) if value.nanoseconds < 0 else (1, value.nanoseconds)
        return {
            "days": sign * (rest // _DAY),
            "hours": sign * (rest // _HOUR % 24),
            "minutes": sign * (rest // _MINUTE % 60),
            "seconds": sign * (rest // SECOND % 60),
        }
    if isinstance(value, Date):
        return {"year": value.year, "month": value.month, "day": value.day, "weekday": value.weekday}
    date, time = (value.date, value.time) if isinstance(value, DateTime) else (None, value)
    clock: dict[str, object] = {
        "hour": time.nanoseconds // _HOUR,
        "minute": time.nanoseconds // _MINUTE % 60,
        "second": time.nanoseconds // SECOND % 60,
        "time offset": _offset_duration(time, date),
        "timezone": time.zone,
    }
    return clock if date is None else {**_properties(date), **clock}
