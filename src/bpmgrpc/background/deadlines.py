"""Reminds people of user tasks and escalates them when their model says so."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bpmgrpc.errors import BpmError

if TYPE_CHECKING:
    from bpmgrpc.runtime import Runtime

BATCH: Final = 100
_MICROSECONDS: Final = 1_000_000

_log = logging.getLogger(__name__)


class TaskDeadlines:
    """Does what deadlines of user tasks say.

    Args:
        runtime: The runtime.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def step(self) -> float:
        """Does what is due.

        Returns:
            Seconds until the next deadline; 0 where more are due already.
        """
        runtime = self._runtime
        due, next_us = await runtime.deadlines.due(BATCH)
        done = False
        for root_id, deadline in due:
            try:
                await runtime.deadlines.do(root_id, deadline)
                done = True
            except BpmError as error:
                # One that cannot be done now must not keep the others from it.
                _log.warning("a deadline of a user task in %s will be tried again: %s", root_id, error.message)
            except Exception:  # noqa: BLE001 - the same for a fault of ours; the log says what
                _log.exception("a deadline of a user task in %s will be tried again", root_id)
        if done:
            return 0
        return float("inf") if next_us is None else max(0.0, (next_us - runtime.clock.now_us()) / _MICROSECONDS)
