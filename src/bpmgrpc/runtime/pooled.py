"""Commands on PostgreSQL: a pool of threads.

Rule of this file: each command has a thread and a connection of its own while it works, so that commands on different
instances never wait for each other here.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bpmgrpc.runtime.executor import MAX_QUEUED, Work, overloaded, shutting_down, too_late

if TYPE_CHECKING:
    from bpmgrpc.store.interface import Store

__all__ = ["PooledExecutor"]

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Turn:
    since: float
    is_over: bool = False  # it has begun, or nobody waits for it any more


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
        self._turns: deque[_Turn] = deque()
        self._closed = False

    async def run(self, work: Work[T], deadline: float, *, long: bool = False) -> T:
        """See ``Executor.run``."""
        if self._closed:
            raise shutting_down()
        if self._waiting >= MAX_QUEUED:
            raise overloaded()
        self._waiting += 1
        turn = _Turn(time.monotonic())
        self._turns.append(turn)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._execute, turn, work, deadline)
        finally:
            self._waiting -= 1
            turn.is_over = True
            self._forget()

    def waited(self) -> float:
        """See ``Executor.waited``."""
        self._forget()
        return time.monotonic() - self._turns[0].since if self._turns else 0.0

    def _forget(self) -> None:
        while self._turns and self._turns[0].is_over:
            self._turns.popleft()

    def _execute(self, turn: _Turn, work: Work[T], deadline: float) -> T:
        turn.is_over = True
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
