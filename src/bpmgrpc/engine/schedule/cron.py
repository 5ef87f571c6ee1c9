"""Cron lines, in UTC, as three families write them.

======  =======================================  =======================  ====================================
fields  order                                    days of the week         day of month and of week both given
======  =======================================  =======================  ====================================
5       minute hour day month weekday            0 or 7 is Sunday (Unix)  either will do
6       second minute … weekday                  see below                both must hold
7       second minute … weekday year             1 is Sunday (Quartz)     both must hold
======  =======================================  =======================  ====================================

With six fields, a ``?`` is the mark of Quartz (Camunda 7, Flowable, Activiti), where 1 is Sunday; without one the line
is Spring's (Camunda 8), where 0 or 7 is Sunday. Names (``MON``) mean the same everywhere. A field is ``*``, ``?``, or a
list of numbers, names and ranges, with steps: ``0/15``, ``MON-FRI``, ``*/5``. Days know besides: ``L`` last of the
month, ``L-3``, ``15W`` weekday nearest to the 15th, ``LW``; weekdays: ``5L`` last of its kind in the month, ``5#2`` the
second. ``@daily`` and its kind stand for lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias

from bpmgrpc.engine.schedule.errors import ScheduleError
from bpmgrpc.engine.schedule.iso import date_text, from_datetime, to_datetime

__all__ = ["CronLine", "parse_cron"]

_MACROS: Final = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
_MONTH_NAMES: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS: Final = {name: index for index, name in enumerate(_MONTH_NAMES, 1)}
_WEEKDAYS: Final = {name: index for index, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}
_MAX_YEARS: Final = 40  # a 29 February that must be a certain weekday comes within 40 years, or never
_MAX_TEXT: Final = 200  # characters
_ITEM: Final = re.compile(r"(\*|[0-9]{1,4}|[A-Z]{3})(?:-([0-9]{1,4}|[A-Z]{3}))?(?:/([0-9]{1,4}))?")

_DayTest: TypeAlias = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: dict[str, int]


_SECOND: Final = _Field("second", 0, 59, {})
_MINUTE: Final = _Field("minute", 0, 59, {})
_HOUR: Final = _Field("hour", 0, 23, {})
_DAY: Final = _Field("day of the month", 1, 31, {})
_MONTH: Final = _Field("month", 1, 12, _MONTHS)
_WEEKDAY: Final = _Field("weekday", 0, 7, _WEEKDAYS)
_YEAR: Final = _Field("year", 1970, 2199, {})


@dataclass(frozen=True, slots=True)
class CronLine:
    """A cron line, ready to be asked for times.

    Attributes:
        seconds: Seconds of the minute, ascending.
        minutes: Minutes of the hour, ascending.
        hours: Hours of the day, ascending.
        months: Months of the year.
        years: Years, or None for all.
        is_day: Whether a day (of a right month) is right.
    """

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int] | None
    is_day: _DayTest

    def after(self, time_us: int) -> int | None:
        """Gives the first time later than another.

        Args:
            time_us: Microseconds since the epoch.

        Returns:
            Microseconds since the epoch; None where there is none within 40 years, or before the year 10000.
        """
        moment = to_datetime(time_us).replace(microsecond=0) + timedelta(seconds=1)
        clock = self._clock_from(moment.hour, moment.minute, moment.second)
        day = moment.date()
        if clock is None or not self._is_right(day):
            following = self._day_after(day)
            if following is None:
                return None
            day, clock = following, (self.hours[0], self.minutes[0], self.seconds[0])
        return from_datetime(datetime(day.year, day.month, day.day, *clock, tzinfo=UTC))

    def _is_right(self, day: date) -> bool:
        return day.month in self.months and (self.years is None or day.year in self.years) and self.is_day(day)

    def _day_after(self, day: date) -> date | None:
        last = day.year + _MAX_YEARS
        try:
            while day.year <= last:
                day += timedelta(days=1)
                if self.years is not None and day.year not in self.years:
                    day = date(day.year, 12, 31)
                elif day.month not in self.months:
                    day = _last_of_month(day)
                elif self.is_day(day):
                    return day
        except OverflowError:
            return None
        return None

    def _clock_from(self, hour: int, minute: int, second: int) -> tuple[int, int, int] | None:
        """Finds the first time of a day that is not before a time of day."""
        for at_hour in self.hours:
            if at_hour > hour:
                return at_hour, self.minutes[0], self.seconds[0]
            if at_hour == hour:
                for at_minute in self.minutes:
                    if at_minute > minute:
                        return at_hour, at_minute, self.seconds[0]
                    if at_minute == minute:
                        for at_second in self.seconds:
                            if at_second >= second:
                                return at_hour, at_minute, at_second
        return None


def parse_cron(text: str) -> CronLine:
    """Reads a cron line.

    Args:
        text: The line.

    Raises:
        ScheduleError: It is none, with the field that is wrong.
    """
    fields = _MACROS.get(text.strip().lower(), text).upper().split()
    if len(fields) not in (5, 6, 7) or len(text) > _MAX_TEXT:
        raise ScheduleError(f"expected a cron line of five to seven fields, found {date_text(text)}")
    unix = len(fields) == 5
    if unix:
        fields = ["0", *fields]
    quartz = len(fields) == 7 or (not unix and "?" in fields)
    second, minute, hour, day, month, weekday, *year = fields
    return CronLine(
        tuple(sorted(_numbers(second, _SECOND))),
        tuple(sorted(_numbers(minute, _MINUTE))),
        tuple(sorted(_numbers(hour, _HOUR))),
        _numbers(month, _MONTH),
        _numbers(year[0], _YEAR) if year and year[0] != "*" else None,
        _day_test(day, weekday, quartz=quartz, either=unix),
    )


def _numbers(text: str, field: _Field) -> frozenset[int]:
    """Reads a field as the set of its numbers."""
    found: set[int] = set()
    for item in text.split(","):
        match = _ITEM.fullmatch("*" if item == "?" else item)
        if match is None:
            raise _wrong(field, item)
        low = field.low if match[1] == "*" else _number(match[1], field)
        high = low
        if match[2] is not None:
            high = _number(match[2], field)
        elif match[1] == "*" or match[3] is not None:
            high = field.high
        step = 1 if match[3] is None else int(match[3])
        if not step or (match[1] == "*" and match[2] is not None):
            raise _wrong(field, item)
        if low > high:  # FRI-MON, 22-2: over the end and on from the beginning
            found.update(range(low, field.high + 1, step), range(field.low, high + 1, step))
        else:
            found.update(range(low, high + 1, step))
    return frozenset(found)


def _number(text: str, field: _Field) -> int:
    number = field.names.get(text, -1) if text.isalpha() else int(text)
    if not field.low <= number <= field.high:
        raise _wrong(field, text)
    return number


def _wrong(field: _Field, text: str) -> ScheduleError:
    return ScheduleError(
        f"expected a {field.name} from {field.low} to {field.high} in a cron line, found {date_text(text)}"
    )


def _day_test(day: str, weekday: str, *, quartz: bool, either: bool) -> _DayTest:
    free = ("*", "?")
    tests: list[_DayTest] = []
    if day not in free:
        tests.append(_any([_month_day(item) for item in day.split(",")]))
    if weekday not in free:
        tests.append(_any([_week_day(item, quartz=quartz) for item in weekday.split(",")]))
    if len(tests) == 2 and either:
        return _any(tests)
    return lambda moment: all(test(moment) for test in tests)


def _any(tests: list[_DayTest]) -> _DayTest:
    return tests[0] if len(tests) == 1 else lambda moment: any(test(moment) for test in tests)


def _last_of_month(moment: date) -> date:
    following = (moment.replace(day=28) + timedelta(days=4)).replace(day=1)
    return following - timedelta(days=1)


def _month_day(item: str) -> _DayTest:
    if item == "LW":
        return lambda moment: moment == _nearest_weekday(_last_of_month(moment))
    if item == "L":
        return lambda moment: moment == _last_of_month(moment)
    if match := re.fullmatch(r"L-([0-9]{1,2})", item):
        back = _number(match[1], _Field("number of days", 0, 30, {}))
        return lambda moment: _last_of_month(moment).day - moment.day == back
    if match := re.fullmatch(r"([0-9]{1,2})W", item):
        wanted = _number(match[1], _DAY)
        return lambda moment: (
            wanted <= _last_of_month(moment).day and moment == _nearest_weekday(moment.replace(day=wanted))
        )
    days = _numbers(item, _DAY)
    return lambda moment: moment.day in days


def _nearest_weekday(moment: date) -> date:
    """Finds the working day nearest to a day, within its month."""
    if moment.weekday() == 5:
        return moment + timedelta(days=2 if moment.day == 1 else -1)
    if moment.weekday() == 6:
        return moment + timedelta(days=-2 if moment == _last_of_month(moment) else 1)
    return moment


def _week_day(item: str, *, quartz: bool) -> _DayTest:
    if match := re.fullmatch(r"(\w+)#([1-5])", item):
        wanted, nth = _weekday_number(match[1], quartz=quartz), int(match[2])
        return lambda moment: _sunday_based(moment) == wanted and (moment.day + 6) // 7 == nth
    if (match := re.fullmatch(r"(\w+)L", item)) and item != "L":
        last = _weekday_number(match[1], quartz=quartz)
        return lambda moment: _sunday_based(moment) == last and _last_of_month(moment).day - moment.day < 7
    if item == "L":
        return lambda moment: _sunday_based(moment) == 6  # Saturday, as Quartz has it
    if quartz:
        # Quartz counts from 1 = Sunday: one less than everybody else. Names are shifted first so that both come out
        # right.
        item = re.sub(r"[A-Z]{3}", lambda name: str(_WEEKDAYS[name[0]] + 1) if name[0] in _WEEKDAYS else name[0], item)
        days = frozenset((day - 1) % 7 for day in _numbers(item, _Field("weekday", 1, 7, {})))
    else:
        days = frozenset(day % 7 for day in _numbers(item, _WEEKDAY))
    return lambda moment: _sunday_based(moment) in days


def _weekday_number(text: str, *, quartz: bool) -> int:
    if text in _WEEKDAYS:
        return _WEEKDAYS[text]
    if not text.isdecimal() or not text.isascii():
        raise _wrong(_WEEKDAY, text)
    number = _number(text, _WEEKDAY)
    return (number - 1) % 7 if quartz else number % 7


def _sunday_based(moment: date) -> int:
    return (moment.weekday() + 1) % 7
