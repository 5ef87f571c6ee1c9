"""Commands on PostgreSQL: a pool of threads.

Rule of this file: each command has a thread and a connection of its own while it works, so that commands on different
instances never wait for each other here.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from bpmgrpc.runtime.executor import MAX_QUEUED, Work, overloaded, shutting_down, too_late

if TYPE_CHECKING:
    from bpmgrpc.store.interface import Store

__all__ = ["PooledExecutor"]

T = TypeVar("T")


class PooledExecutor:
    """Commands on PostgreSQL: a pool of threads, each with a connection while it works.

    Args:
        store: The open PostgreSQL store.
        threads: How many commands run at a time.
    """

    def __init__(self, store: Store, threads: int) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bpmgrpc-command")
        self._waiting = 0
        self._closed = False

    async def run(self, work: Work[T], deadline: float, *, long: bool = False) -> T:
        """See ``Executor.run``."""
        if self._closed:
            raise shutting_down()
        if self._waiting >= MAX_QUEUED:
            raise overloaded()
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._execute, work, deadline)
        finally:
            self._waiting -= 1

    def _execute(self, work: Work[T], deadline: float) -> T:
        if deadline <= time.monotonic():
            raise too_late()
        with self._store.writer() as session:
            try:
                return work(session)
            finally:
                if session.in_transaction:
                    session.rollback()

    def close(self) -> None:
        """See ``Executor.close``."""
        self._closed = True
        self._pool.shutdown(wait=True)
