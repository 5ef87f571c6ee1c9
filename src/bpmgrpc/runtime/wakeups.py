"""Who waits for work within this process, and is told when there is some.

Rule of this file: a wake-up is a hint. Whoever waits also looks by himself from time to time, because work may come
from another server, or become due by the clock; so a lost hint costs time and nothing else.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpmgrpc.engine.changes import Changes


class Wakeups:
    """The waiters of this process: for jobs of a type, and for timers. Used from one event loop."""

    def __init__(self) -> None:
        self._jobs: dict[str, set[asyncio.Event]] = {}
        self.timers = asyncio.Event()

    def after(self, changes: Changes) -> None:
        """Tells the waiters what a command left for them."""
        for job in changes.new_jobs:
            self.job(job.type)
        for job in changes.put_jobs:
            self.job(job.type)
        if changes.new_timers:
            self.timers.set()

    def job(self, type_: str) -> None:
        """Wakes everyone who waits for jobs of a type."""
        for event in self._jobs.get(type_, ()):
            event.set()

    def all_jobs(self) -> None:
        """Wakes everyone who waits for jobs."""
        for type_ in self._jobs:
            self.job(type_)

    def wait_for_job(self, type_: str) -> asyncio.Event:
        """Returns an event that is set when there may be a job; hand it back with ``forget_job``."""
        event = asyncio.Event()
        self._jobs.setdefault(type_, set()).add(event)
        return event

    def forget_job(self, type_: str, event: asyncio.Event) -> None:
        """Ends a wait."""
        waiters = self._jobs[type_]
        waiters.discard(event)
        if not waiters:
            del self._jobs[type_]
