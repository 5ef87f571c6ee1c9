"""Removes what need not be kept any longer: answers to request ids and messages that have expired, and old entries of
the log that watchers of inboxes read.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from bpmgrpc.runtime.retrying import retried

if TYPE_CHECKING:
    from bpmgrpc.runtime import Runtime
    from bpmgrpc.store.interface import Session

BATCH: Final = 1_000
DEADLINE_SECONDS: Final = 30.0
LOG_KEPT_US: Final = 3600 * 1_000_000  # whoever comes back to a watched inbox later gets the whole of it again


class Retention:
    """Removes expired rows, some at a time.

    Args:
        runtime: The runtime.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def step(self) -> float:
        """Removes some of what is over.

        Returns:
            0 where there may be more, else infinity: the loop's longest pause.
        """
        now_us = self._runtime.clock.now_us()

        def remove(session: Session) -> int:
            return max(
                session.delete_expired_answers(now_us, BATCH),
                session.delete_expired_messages(now_us, BATCH),
                session.delete_old_user_task_changes(now_us - LOG_KEPT_US, BATCH),
            )

        removed = await retried(self._runtime.executor, remove, time.monotonic() + DEADLINE_SECONDS)
        return 0 if removed == BATCH else float("inf")
