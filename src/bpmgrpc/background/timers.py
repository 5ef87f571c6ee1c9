"""Fires timers when they are due.

A timer is fired by a command that deletes it, or moves it on, in the transaction that lets its token go on: however
many servers look, it fires once. A timer start event is claimed and its instance started in one transaction.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine import commands
from bpmgrpc.engine.event_definitions.timer import Due
from bpmgrpc.engine.start_timers import next_start
from bpmgrpc.engine.state import SubscriptionKind
from bpmgrpc.errors import BpmError, NotFound
from bpmgrpc.runtime.outcomes import Decided
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.store.interface import SerializationConflict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bpmgrpc.runtime import Runtime
    from bpmgrpc.store.interface import DueTimer, Session, StartTimerRow

BATCH: Final = 200  # timers looked up at a time
CONCURRENT: Final = 32  # timers fired at a time
DEADLINE_SECONDS: Final = 30.0
_MICROSECONDS: Final = 1_000_000

_log = logging.getLogger(__name__)


class Timers:
    """Fires the timers of instances and of timer start events.

    Args:
        runtime: The runtime.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def step(self) -> float:
        """Fires what is due.

        Returns:
            Seconds until the next timer is due; 0 where more are due already.
        """
        runtime = self._runtime
        deadline = time.monotonic() + DEADLINE_SECONDS

        def look(session: Session) -> tuple[list[DueTimer], list[StartTimerRow], int | None, int]:
            now_us = runtime.clock.now_us()
            due = session.due_timers(now_us, BATCH)
            starts = session.due_start_timers(now_us, BATCH)
            return due, starts, session.next_due_us(), now_us

        due, starts, next_due_us, looked_us = await retried(runtime.executor, look, deadline)
        gate = asyncio.Semaphore(CONCURRENT)
        done = await asyncio.gather(
            *(self._guarded(gate, partial(self.fire, timer)) for timer in due),
            *(self._guarded(gate, partial(self.start, timer)) for timer in starts),
        )
        if any(done):
            return 0
        if next_due_us is None:
            return float("inf")
        # What was due but was not taken (a suspended instance, a failure) is looked at again after the longest pause.
        if next_due_us <= looked_us:
            return float("inf")
        return max(0.0, (next_due_us - runtime.clock.now_us()) / _MICROSECONDS)

    async def _guarded(self, gate: asyncio.Semaphore, fire: Callable[[], Awaitable[bool]]) -> bool:
        async with gate:
            try:
                return await fire()
            except BpmError as error:
                _log.warning("a timer could not be fired and will be tried again: %s", error.message)
            except Exception:  # noqa: BLE001 - whatever it was, the other timers are fired; the log says what
                _log.exception("a timer could not be fired and will be tried again")
            return False

    async def fire(self, timer: DueTimer) -> bool:
        """Fires one timer of an instance.

        Returns:
            Whether it was still there and wanted.
        """
        command = commands.FireTimer(timer.seq)
        deadline = time.monotonic() + DEADLINE_SECONDS
        try:
            outcome = await self._runtime.instances.submit(
                timer.root_id, timer.seq, "timer", command, deadline=deadline, subject="timer", actor="timer"
            )
        except NotFound:
            return True  # another server fired it, or what it hung on is gone
        return outcome.result is not None and outcome.result.changes is not None

    async def start(self, timer: StartTimerRow) -> bool:
        """Starts one instance by a timer start event.

        Returns:
            True: the firing was taken, by this server or another, so that it is worth looking for the next one.
        """
        runtime = self._runtime
        following = next_start(Due(timer.due_us, timer.cycle, timer.remaining))
        next_due_us = following.due_us if following is not None else None

        def work(session: Session) -> Decided | None:
            with session.transaction():
                if not session.claim_start_timer(timer, next_due_us):
                    return None
                starts = runtime.deliveries.starts
                event = starts.occurrence(SubscriptionKind.TIMER)
                decided = starts.start(session, timer.definition_id, timer.element_id, event)
                if decided.changes is not None and not session.write(decided.changes, None):
                    raise SerializationConflict
                return decided

        deadline = time.monotonic() + DEADLINE_SECONDS
        decided = await retried(runtime.executor, work, deadline)
        if decided is not None:
            await runtime.instances.follow(decided, deadline)
        return True
