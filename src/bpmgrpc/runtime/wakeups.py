"""Who waits for work within this process, and is told when there is some.

Rule of this file: a wake-up is a hint. Whoever waits also looks by himself from time to time, because work may come
from another server, or become due by the clock; so a lost hint costs time and nothing else.

Who waits for jobs stands in a line, one for each type: a new job wakes the first of them and nobody else, and whoever
was woken stands at the end of the line when it waits again. So workers of one type take turns.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.engine.changes import Changes


class Waiter:
    """Somebody who waits for jobs of some types. Made by ``Wakeups.join``."""

    def __init__(self, lines: dict[str, dict[Waiter, None]], types: Sequence[str]) -> None:
        self._lines = lines
        self._types = tuple(dict.fromkeys(types))
        self._event = asyncio.Event()
        self._woken_for: str | None = None

    def stand(self) -> None:
        """Stands in the lines, at their ends where it was woken; before looking for jobs, so that no hint is lost."""
        self._event.clear()
        self._woken_for = None
        for type_ in self._types:
            self._lines.setdefault(type_, {}).setdefault(self)

    async def wait(self, seconds: float) -> None:
        """Waits for a hint, so long at the most."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return  # nobody told of a job; look by ourselves

    def wake(self, type_: str) -> None:
        """Takes it out of its lines and wakes it."""
        self._step_out()
        self._woken_for = type_
        self._event.set()

    def leave(self) -> str | None:
        """Leaves for good; returns the type that it was woken for and has not looked for since."""
        self._step_out()
        return self._woken_for

    def _step_out(self) -> None:
        for type_ in self._types:
            line = self._lines.get(type_)
            if line is not None:
                line.pop(self, None)
                if not line:
                    del self._lines[type_]


class Wakeups:
    """The waiters of this process: for jobs of a type, for timers, and for batches. Used from one event loop.

    Attributes:
        tells_others: Whether there are other servers: then jobs that nobody here waits for are noted for them.
        untold: Set where something is noted.
    """

    def __init__(self) -> None:
        self._lines: dict[str, dict[Waiter, None]] = {}
        self.tells_others = False
        self.untold = asyncio.Event()
        self._untold: Counter[str] = Counter()
        self.changed_types: set[str] = set()  # types of jobs that were given back since somebody looked for them
        self.timers = asyncio.Event()
        self.batches = asyncio.Event()

    def after(self, changes: Changes) -> None:
        """Tells the waiters what a command left for them."""
        self.changed_types.update(job.type for job in changes.put_jobs)
        if self._lines or self.tells_others:
            made = Counter(job.type for job in (*changes.new_jobs, *changes.put_jobs))
            for type_, count in made.items():
                left = self.jobs(type_, count)
                if left and self.tells_others:
                    self._untold[type_] += left
                    self.untold.set()
        if changes.new_timers:
            self.timers.set()
        if changes.hold is False:
            self.all_jobs()
            self.timers.set()

    def jobs(self, type_: str, count: int = 1) -> int:
        """Wakes the first who wait for jobs of a type; returns how many jobs are left that nobody was woken for."""
        for left in range(count, 0, -1):
            line = self._lines.get(type_)
            if not line:
                return left
            next(iter(line)).wake(type_)
        return 0

    def take_untold(self) -> dict[str, int]:
        """Returns, once, of which types there are new jobs that nobody here waited for, and how many."""
        self.untold.clear()
        found, self._untold = self._untold, Counter()
        return dict(found)

    def all_jobs(self) -> None:
        """Wakes everyone who waits for jobs."""
        for type_, line in list(self._lines.items()):
            self.jobs(type_, len(line))

    def join(self, types: Sequence[str]) -> Waiter:
        """Returns a waiter that stands in the lines of some types; hand it back with ``leave``."""
        waiter = Waiter(self._lines, types)
        waiter.stand()
        return waiter

    def leave(self, waiter: Waiter) -> None:
        """Ends a wait; a hint that the waiter made nothing of goes to the next."""
        unused = waiter.leave()
        if unused is not None:
            self.jobs(unused)
