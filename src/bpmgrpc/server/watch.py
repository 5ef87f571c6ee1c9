"""Watches the database, so that health tells the truth about it.

One question at a time, a few seconds apart; one that is not answered in time counts as "not reachable" until it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Final

from bpmgrpc.errors import BpmError

if TYPE_CHECKING:
    from bpmgrpc.service.health import Health

__all__ = ["watched_database"]

PAUSE_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 2.0

_log: Final = logging.getLogger("bpmgrpc.server")


@contextlib.asynccontextmanager
async def watched_database(ping: Callable[[], Awaitable[None]], health: Health) -> AsyncIterator[None]:
    """Watches the database during the block.

    Args:
        ping: Asks the database for a sign of life; raises where it gives none.
        health: Is told.
    """
    task = asyncio.create_task(_watch(ping, health), name="bpmgrpc-database-watch")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(ping: Callable[[], Awaitable[None]], health: Health) -> None:
    reachable = True
    while True:
        question = asyncio.ensure_future(ping())
        done, _ = await asyncio.wait({question}, timeout=PATIENCE_SECONDS)
        if not done:
            reachable = _tell(health, reachable, now=False)
            await asyncio.wait({question})
        try:
            question.result()
        except BpmError as error:
            _log.warning("the database does not answer: %s", error.message)
            reachable = _tell(health, reachable, now=False)
        else:
            reachable = _tell(health, reachable, now=True)
        await asyncio.sleep(PAUSE_SECONDS)


def _tell(health: Health, before: bool, *, now: bool) -> bool:
    if before != now:
        _log.warning("the database answers again" if now else "health says NOT_SERVING: the database does not answer")
    health.database_reachable(now)
    return now
