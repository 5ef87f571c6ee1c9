"""ISO 8601 dates and durations, strictly: what is not written as the standard says is refused, with what was found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bpmgrpc.engine.schedule.errors import ScheduleError

__all__ = ["MICROSECOND", "Duration", "date_text", "from_datetime", "parse_date", "parse_duration", "to_datetime"]

MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = 1_000_000  # microseconds
_MAX_TEXT: Final = 100  # characters of a date or duration
_MAX_UNITS: Final = 10**12  # of any unit: beyond all calendars

# Extended form, or basic form (20240331T100000Z). A zone may follow in brackets as java.time writes it, or after an "@"
# as FEEL does; next to an offset it says nothing new.
_DATE: Final = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d|\d{8}|\d{4}-W\d\d-\d|\d{4}W\d{3})"
    r"(?:T(?P<time>\d\d(?::\d\d(?::\d\d(?:[.,]\d+)?)?)?|\d{4}|\d{6}(?:[.,]\d+)?)"
    r"(?P<offset>Z|[+-]\d\d(?::?\d\d)?)?"
    r"(?:\[(?P<zone>[\w+\-/]+)\]|@(?P<feel_zone>[\w+\-/]+))?)?",
    re.ASCII,
)
_NUMBER: Final = r"(\d+(?:[.,]\d+)?)"
_DURATION: Final = re.compile(
    rf"([+-]?)P(?:{_NUMBER}W|(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}D)?"
    rf"(?:(T)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?)",
    re.ASCII,
)
# Unit by group of the pattern: its length in microseconds, or in months.
_EXACT: Final = {2: 7 * 86_400 * _SECOND, 5: 86_400 * _SECOND, 7: 3600 * _SECOND, 8: 60 * _SECOND, 9: _SECOND}
_MONTHS: Final = {3: 12, 4: 1}
_UNITS: Final = (2, 3, 4, 5, 7, 8, 9)
_FIRST_OF_TIME: Final = 7


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: months by the calendar, then microseconds; both may be negative.

    Attributes:
        months: Calendar part.
        microseconds: Exact part.
    """

    months: int
    microseconds: int

    def after(self, start_us: int, times: int = 1) -> int:
        """Adds the duration, once or several times.

        Args:
            start_us: From when, microseconds since the epoch.
            times: How often; the months are added at once, so that 31 January and two months is 31 March.

        Returns:
            The time, in microseconds since the epoch.

        Raises:
            ScheduleError: It lies outside the years 1 to 9999.
        """
        try:
            start = to_datetime(start_us)
            year, month = divmod(start.year * 12 + start.month - 1 + self.months * times, 12)
            shifted = start.replace(year=year, month=month + 1, day=min(start.day, _days(year, month + 1)))
            return from_datetime(shifted + timedelta(microseconds=self.microseconds * times))
        except (OverflowError, ValueError) as error:
            raise ScheduleError("the time lies outside the years 1 to 9999") from error

    @property
    def is_positive(self) -> bool:
        """Whether adding it always leads to a later time."""
        return (self.months > 0 and self.microseconds >= 0) or (self.months == 0 and self.microseconds > 0)


def _days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def to_datetime(time_us: int) -> datetime:
    """Gives a time as an aware datetime in UTC.

    Args:
        time_us: Microseconds since the epoch.

    Raises:
        ScheduleError: It lies outside the years 1 to 9999.
    """
    try:
        return _EPOCH + timedelta(microseconds=time_us)
    except OverflowError as error:
        raise ScheduleError("the time lies outside the years 1 to 9999") from error


def from_datetime(time: datetime) -> int:
    """Gives an aware datetime as microseconds since the epoch, exactly.

    Args:
        time: The time, with any offset.
    """
    return (time - _EPOCH) // MICROSECOND


def date_text(text: str) -> str:
    """Shortens a text for a message.

    Args:
        text: What was found.
    """
    return repr(text if len(text) <= 40 else text[:40] + "…")


def parse_date(text: str) -> int:
    """Reads a date and time.

    Args:
        text: Such as ``2024-03-31T10:00:00.5+02:00``. Without offset it is UTC, without a time midnight; ``24:00`` is
            the end of the day. Digits beyond microseconds are cut off.

    Returns:
        Microseconds since the epoch.

    Raises:
        ScheduleError: It is no date of ISO 8601, or there is no such day, time or zone.
    """
    stripped = text.strip()
    match = _DATE.fullmatch(stripped) if len(stripped) <= _MAX_TEXT else None
    if match is None:
        raise ScheduleError(f"expected a date such as 2024-03-31T10:00:00Z, found {date_text(text)}")
    try:
        time, next_day = match["time"], False
        if time is not None and time[:2] == "24" and not time[2:].strip("0:.,"):
            time, next_day = "00:00", True
        moment = datetime.fromisoformat(match["date"] if time is None else f"{match['date']}T{time}")
        if next_day:
            moment += timedelta(days=1)
        return from_datetime(moment.replace(tzinfo=UTC)) - _offset_us(match, moment)
    except (ValueError, OverflowError, KeyError, OSError) as error:
        raise ScheduleError(f"there is no such date, time or zone: {date_text(text)}") from error


def _offset_us(match: re.Match[str], moment: datetime) -> int:
    """Finds how far a local time is ahead of UTC."""
    offset, zone = match["offset"], match["zone"] or match["feel_zone"]
    if offset is not None and offset != "Z":
        digits = offset[1:].replace(":", "").ljust(4, "0")
        hours, minutes = int(digits[:2]), int(digits[2:])
        if hours > 23 or minutes > 59:
            raise ValueError("an offset is less than a day")
        return (-1 if offset[0] == "-" else 1) * (hours * 60 + minutes) * 60 * _SECOND
    if offset is None and zone is not None:
        delta = moment.replace(tzinfo=ZoneInfo(zone)).utcoffset()
        return delta // MICROSECOND if delta is not None else 0
    return 0


def parse_duration(text: str) -> Duration:
    """Reads a duration.

    Args:
        text: Such as ``P1Y2M10DT2H30M``, ``P2W`` or ``-PT5M``; the last unit may have a fraction.

    Raises:
        ScheduleError: It is no duration of ISO 8601, or has a fraction of a month.
    """
    stripped = text.strip()
    match = _DURATION.fullmatch(stripped) if len(stripped) <= _MAX_TEXT else None
    parts = {} if match is None else {group: match[group] for group in _UNITS if match[group]}
    # "P" alone names no unit, and a "T" promises one of time.
    if match is None or not parts or (match[6] and max(parts) < _FIRST_OF_TIME):
        raise ScheduleError(f"expected a duration such as PT1H30M or P1D, found {date_text(text)}")
    sign = -1 if match[1] == "-" else 1
    months = microseconds = 0
    for group, digits in parts.items():
        whole, _, fraction = digits.replace(",", ".").partition(".")
        if fraction and group != max(parts):
            raise ScheduleError(f"only the last unit of a duration has a fraction, found {date_text(text)}")
        if int(whole) > _MAX_UNITS:
            raise ScheduleError(f"the duration is beyond all calendars: {date_text(text)}")
        if group in _EXACT:
            microseconds += int(whole) * _EXACT[group] + int(fraction or 0) * _EXACT[group] // 10 ** len(fraction)
        else:
            months += int(whole) * _MONTHS[group]
            part, rest = divmod(int(fraction or 0) * _MONTHS[group], 10 ** len(fraction))
            if rest:
                raise ScheduleError(f"a fraction of a month has no length, found {date_text(text)}")
            months += part
    return Duration(sign * months, sign * microseconds)
