"""Repeating intervals of ISO 8601, and cron lines, as one kind of thing: a rule that gives the next time.

The three forms of an interval differ in what they are anchored to: nothing (``R3/PT10S``: to the time the timer
begins), a start, or an end. An anchored rule counts from its anchor, so that the monthly repeats of 31 January stay at
the months' ends, and knows itself which time is its last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from bpmgrpc.engine.schedule.cron import CronLine, parse_cron
from bpmgrpc.engine.schedule.errors import ScheduleError
from bpmgrpc.engine.schedule.iso import Duration, date_text, parse_date, parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Cycle", "parse_cycle"]

_REPEATS: Final = re.compile(r"R(\d{0,9})", re.ASCII)
_ENDLESS: Final = -1
_MAX_STEPS: Final = 2**53  # of any interval: a microsecond apart they reach over 285 years


class Cycle(Protocol):
    """When something happens again and again."""

    @property
    def remaining_after_first(self) -> int:
        """How often it happens after the first time; -1 for as long as `next` gives times."""
        ...

    def first(self, now_us: int) -> int | None:
        """Gives the first time, at `now_us` or later; None where the last one is over.

        Args:
            now_us: When the timer begins, microseconds since the epoch.
        """
        ...

    def next(self, previous_due_us: int) -> int | None:
        """Gives the time after another; None where that was the last one the rule knows of.

        Args:
            previous_due_us: When it was due last (not when it was served), microseconds since the epoch.
        """
        ...


@dataclass(frozen=True, slots=True)
class _FromNow:
    """``R3/PT10S``: first after one duration."""

    interval: Duration
    remaining_after_first: int

    def first(self, now_us: int) -> int | None:
        return self.interval.after(now_us)

    def next(self, previous_due_us: int) -> int | None:
        try:
            return self.interval.after(previous_due_us)
        except ScheduleError:
            return None  # the calendar is over


@dataclass(frozen=True, slots=True)
class _FromStart:
    """``R3/<start>/P1D``: at the start, and each time the interval further; what is over by then is not made up for."""

    start_us: int
    interval: Duration
    remaining_after_first: int

    def first(self, now_us: int) -> int | None:
        return self._at_or_after(now_us)

    def next(self, previous_due_us: int) -> int | None:
        return self._at_or_after(previous_due_us + 1)

    def _at_or_after(self, time_us: int) -> int | None:
        step = _least(lambda steps: _later(self.interval, self.start_us, steps) >= time_us)
        if self.remaining_after_first != _ENDLESS and step > self.remaining_after_first:
            return None
        found = _later(self.interval, self.start_us, step)
        return None if found == _NEVER else int(found)


@dataclass(frozen=True, slots=True)
class _UntilEnd:
    """``R3/P1D/<end>``: at the end, and before it each time the interval earlier."""

    interval: Duration
    end_us: int
    remaining_after_first: int

    def first(self, now_us: int) -> int | None:
        return self._at_or_after(now_us)

    def next(self, previous_due_us: int) -> int | None:
        return self._at_or_after(previous_due_us + 1)

    def _at_or_after(self, time_us: int) -> int | None:
        # Steps back from the end: the first that would be too early is one too many.
        step = _least(lambda steps: _earlier(self.interval, self.end_us, steps) < time_us) - 1
        if step < 0:
            return None
        if self.remaining_after_first != _ENDLESS:
            step = min(step, self.remaining_after_first)
        return int(_earlier(self.interval, self.end_us, step))


@dataclass(frozen=True, slots=True)
class _Cron:
    """A cron line."""

    line: CronLine
    remaining_after_first: int = _ENDLESS

    def first(self, now_us: int) -> int | None:
        return self.line.after(now_us - 1)

    def next(self, previous_due_us: int) -> int | None:
        return self.line.after(previous_due_us)


_NEVER: Final = float("inf")


def _later(interval: Duration, start_us: int, steps: int) -> float:
    """Steps forward; beyond the calendar is never."""
    try:
        return interval.after(start_us, steps)
    except ScheduleError:
        return _NEVER


def _earlier(interval: Duration, end_us: int, steps: int) -> float:
    """Steps back; before the calendar is never, as well."""
    try:
        return interval.after(end_us, -steps)
    except ScheduleError:
        return -_NEVER


def _least(holds: Callable[[int], bool]) -> int:
    """Finds the least number of steps for which something holds that goes on holding: by doubling, then halving."""
    high = 1
    if holds(0):
        return 0
    while not holds(high) and high < _MAX_STEPS:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def parse_cycle(text: str) -> Cycle:
    """Reads a repeating interval or a cron line.

    Args:
        text: See the table at the top of the package.

    Raises:
        ScheduleError: It is neither, repeats zero times, or its interval does not go forward.
    """
    stripped = text.strip()
    if stripped.startswith("@") or " " in stripped or "\t" in stripped:
        return _Cron(parse_cron(stripped))
    repeats, *parts = stripped.split("/")
    match = _REPEATS.fullmatch(repeats)
    if match is None or len(parts) not in (1, 2):
        raise ScheduleError(f"expected a cycle such as R3/PT10M, R/<start>/P1D or a cron line, found {date_text(text)}")
    if match[1] and not int(match[1]):
        raise ScheduleError(f"a cycle repeats at least once, found {date_text(text)}")
    remaining = int(match[1]) - 1 if match[1] else _ENDLESS
    cycle = _interval(parts, remaining)
    if not cycle.interval.is_positive:
        raise ScheduleError(f"the interval of a cycle goes forward, found {date_text(text)}")
    return cycle


def _interval(parts: list[str], remaining: int) -> _FromNow | _FromStart | _UntilEnd:
    if len(parts) == 1:
        return _FromNow(parse_duration(parts[0]), remaining)
    first, last = parts
    if first[:1] in ("P", "-", "+"):
        return _UntilEnd(parse_duration(first), parse_date(last), remaining)
    start_us = parse_date(first)
    if last[:1] in ("P", "-", "+"):
        return _FromStart(start_us, parse_duration(last), remaining)
    return _FromStart(start_us, Duration(0, parse_date(last) - start_us), remaining)
