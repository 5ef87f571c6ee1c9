"""The background loops of a server, started and stopped together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.background.continuation import Continuation
from bpmgrpc.background.deadlines import TaskDeadlines
from bpmgrpc.background.deliveries import LeftDeliveries
from bpmgrpc.background.hints import Hints
from bpmgrpc.background.history_sweep import HistorySweep
from bpmgrpc.background.poller import Poller
from bpmgrpc.background.retention import Retention
from bpmgrpc.background.timers import Timers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bpmgrpc.runtime import Runtime

__all__ = ["Background"]


class Background:
    """The loops of one server.

    Args:
        runtime: The runtime.
        poll_seconds: How often a loop looks for work of other servers; work of this one wakes it.
        batches: The step that does batches; it makes calls, so it is none of the runtime's.
        retention_seconds: How often expired rows, and instances that have been kept long enough, are looked for.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        poll_seconds: float = 1.0,
        retention_seconds: float = 60.0,
        batches: Callable[[], Awaitable[float]] | None = None,
    ) -> None:
        more = (
            ()
            if batches is None
            else (Poller("batches", batches, longest_pause=poll_seconds, wake=runtime.wakeups.batches),)
        )
        self._loops = (
            *more,
            Poller("timers", Timers(runtime).step, longest_pause=poll_seconds, wake=runtime.wakeups.timers),
            Poller("continuation", Continuation(runtime).step, longest_pause=poll_seconds),
            Poller("deliveries", LeftDeliveries(runtime).step, longest_pause=poll_seconds),
            Poller("deadlines", TaskDeadlines(runtime).step, longest_pause=poll_seconds),
            Poller("history", HistorySweep(runtime).step, longest_pause=retention_seconds),
            Poller("retention", Retention(runtime).step, longest_pause=retention_seconds),
            Hints(runtime),
        )

    def start(self) -> None:
        """Starts the loops on the running event loop."""
        for loop in self._loops:
            loop.start()

    async def stop(self) -> None:
        """Ends the loops."""
        for loop in self._loops:
            await loop.stop()
