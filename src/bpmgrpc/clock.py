"""Time comes from one place, as integer microseconds since the epoch in UTC.

Whoever needs the time is given a `Clock`; nobody calls ``time.time()`` or ``datetime.now()``. The engine does not even
get a clock: it is told ``now_us`` with every command.
"""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "ManualClock", "SystemClock"]

MICROSECONDS_PER_SECOND = 1_000_000


class Clock(Protocol):
    """Anything that tells the time."""

    def now_us(self) -> int:
        """Returns the time now, in microseconds since 1970-01-01T00:00:00Z."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now_us(self) -> int:
        """Returns the machine's time, in microseconds since 1970-01-01T00:00:00Z; it may step back."""
        return time.time_ns() // 1000


class ManualClock:
    """A clock that stands still until it is moved: timers can be tested without waiting.

    Args:
        start_us: First time shown, in microseconds since the epoch; 2024-01-01T00:00:00Z unless told.
    """

    def __init__(self, start_us: int = 1_704_067_200_000_000) -> None:
        self._now_us = start_us

    def now_us(self) -> int:
        """Returns the time this clock was last moved to, in microseconds since the epoch."""
        return self._now_us

    def advance(self, seconds: float) -> int:
        """Moves the clock forward.

        Args:
            seconds: How far; fractions down to a microsecond count.

        Returns:
            The new time, in microseconds since the epoch.

        Raises:
            ValueError: `seconds` is negative; use `move_to` to step back.
        """
        if seconds < 0:
            raise ValueError(f"a clock advances by zero or more seconds, not by {seconds}")
        self._now_us += round(seconds * MICROSECONDS_PER_SECOND)
        return self._now_us

    def move_to(self, now_us: int) -> None:
        """Sets the clock, also backwards.

        Args:
            now_us: The new time, in microseconds since the epoch.
        """
        self._now_us = now_us
