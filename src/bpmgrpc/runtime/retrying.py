"""Commands that are decided anew, because somebody else changed the rows in between.

Rule of this file: nobody ever sees a conflict, only, at the deadline, that there were too many.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from bpmgrpc.errors import Aborted
from bpmgrpc.store.interface import DuplicateRequest, SerializationConflict

if TYPE_CHECKING:
    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.store.interface import Session

__all__ = ["retried"]

T = TypeVar("T")

_BACKOFF_SECONDS: Final = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05)  # between attempts, plus up to as much by chance


async def retried(executor: Executor, work: Callable[[Session], T], deadline: float, *, long: bool = False) -> T:
    """Runs a command, and again where somebody else changed the rows in between; see ``Executor.run``.

    Raises:
        Aborted: So much contention that the deadline passed.
        Exception: Whatever the command raised.
    """
    attempt = 0
    while True:
        try:
            return await executor.run(work, deadline, long=long)
        except (SerializationConflict, DuplicateRequest):
            pause = _BACKOFF_SECONDS[min(attempt, len(_BACKOFF_SECONDS) - 1)]
            pause += random.uniform(0, pause)  # noqa: S311 - spreads attempts, hides nothing
            attempt += 1
            if time.monotonic() + pause >= deadline:
                raise Aborted(
                    "other commands changed the same rows until the deadline passed; nothing was done",
                    reason="CONTENTION",
                ) from None
            await asyncio.sleep(pause)
