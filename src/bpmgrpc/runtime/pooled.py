"""Commands on PostgreSQL: a connection for each while it works, so that commands on different instances never wait for
each other here.

Rule of this file: commands and reads run on the event loop's thread, which does something else while the database
works; what may take long runs on a thread, as all do where there are too few connections for both, or where scripts
run in processes of their own meanwhile.
"""

from __future__ import annotations

import asyncio
import functools
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bpmgrpc.runtime.executor import MAX_QUEUED, Work, overloaded, shutting_down, too_late
from bpmgrpc.store.queries import Queries

if TYPE_CHECKING:
    from bpmgrpc.store.interface import Session
    from bpmgrpc.store.loop_connections import LoopConnection
    from bpmgrpc.store.postgresql_session import PostgresqlSession
    from bpmgrpc.store.postgresql_store import PostgresqlStore

__all__ = ["PooledExecutor"]

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Item:
    work: Work[Any]
    deadline: float
    since: float
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    @property
    def is_over(self) -> bool:
        """Nobody waits for it any more."""
        return self.future.done()

    def execute(self, session: Session) -> None:
        """Does the work; what it raises is kept for the caller."""
        try:
            try:
                self.result = self.work(session)
            finally:
                if session.in_transaction:
                    session.rollback()
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            self.error = error

    def settle(self) -> None:
        """Tells the caller."""
        if self.future.done():
            return  # the caller stopped waiting
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


@dataclass(slots=True, eq=False)
class _Turn:
    since: float
    is_over: bool = False  # it has begun, or nobody waits for it any more


class PooledExecutor:
    """Commands on PostgreSQL. All but ``close`` is for the event loop's thread.

    Args:
        store: The open PostgreSQL store.
        threads: How many commands run on threads at a time: fewer where they have a share of the connections only.
        on_loop: Whether what is not long runs on the loop: not where commands wait for other things than the database.
    """

    def __init__(self, store: PostgresqlStore, threads: int, *, on_loop: bool = True) -> None:
        self._store = store
        self._connections = store.loop_connections() if on_loop else None
        self._queue: deque[_Item] = deque()
        self._running: dict[LoopConnection, _Item] = {}
        self._beginning = False
        self._growing: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._idle = threading.Event()
        if self._connections is not None:
            threads = min(threads, store.thread_share)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bpmgrpc-command")
        self._turns: deque[_Turn] = deque()
        self._waiting = 0
        self._closed = False

    async def run(self, work: Work[T], deadline: float, *, long: bool = False) -> T:
        """See ``Executor.run``."""
        return await self._served(work, deadline, long)

    async def _served(self, work: Work[T], deadline: float, long: bool = False) -> T:
        if self._closed:
            raise shutting_down()
        if self._waiting >= MAX_QUEUED:
            raise overloaded()
        self._waiting += 1
        try:
            if long or self._connections is None:
                return await self._run_on_thread(work, deadline)
            loop = self._loop = asyncio.get_running_loop()
            future: asyncio.Future[T] = loop.create_future()
            self._queue.append(_Item(work, deadline, time.monotonic(), future))
            if not self._beginning:
                self._begin()
            return await future
        finally:
            self._waiting -= 1

    async def read(self, query: Callable[[Queries], T]) -> T:
        """Runs a query once.

        Args:
            query: The query.

        Raises:
            ResourceExhausted: Too many commands wait already.
            Exception: Whatever the query raised.
        """
        return await self._served(lambda session: query(Queries(cast("PostgresqlSession", session).db)), math.inf)

    def waited(self) -> float:
        """See ``Executor.waited``."""
        for waiting in (self._turns, self._queue):
            while waiting and waiting[0].is_over:
                waiting.popleft()
        now = time.monotonic()
        return max((now - waiting[0].since for waiting in (self._turns, self._queue) if waiting), default=0.0)

    # -- on the loop ----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Begins what is queued, as far as there are connections."""
        connections = self._connections
        assert connections is not None  # noqa: S101 - only then anything is queued
        self._beginning = True  # what ends at once gives its connection back to this loop, and begins no other
        try:
            while self._queue:
                if self._queue[0].is_over:
                    self._queue.popleft()
                    continue
                connection = connections.take()
                if connection is None:
                    if self._growing is None and connections.can_grow:
                        self._growing = asyncio.get_running_loop().create_task(self._grow())
                    return
                item = self._queue.popleft()
                if item.deadline <= time.monotonic():
                    item.error = too_late()
                    item.settle()
                    connections.give_back(connection)
                    continue
                self._running[connection] = item
                connection.run(
                    functools.partial(item.execute, connection.session), functools.partial(self._end, connection)
                )
        finally:
            self._beginning = False

    def _end(self, connection: LoopConnection) -> None:
        assert self._connections is not None  # noqa: S101 - it is one of them
        self._running.pop(connection).settle()
        self._connections.give_back(connection)
        if not self._beginning:
            self._begin()
        self._note_idle()

    async def _grow(self) -> None:
        """Gets another connection; where none can be had, tells those who waited for it."""
        assert self._connections is not None  # noqa: S101 - only then anything is queued
        asked = time.monotonic()
        try:
            failure = await self._connections.grow()
        finally:
            self._growing = None
        while failure is not None and not self._running and self._queue and self._queue[0].since <= asked:
            item = self._queue.popleft()
            item.error = failure
            item.settle()
        self._begin()
        self._note_idle()

    def _note_idle(self) -> None:
        if self._closed and not (self._running or self._queue or self._growing):
            self._leave()

    def _leave(self) -> None:
        if self._connections is not None and not self._idle.is_set():
            self._connections.close()
            self._idle.set()

    # -- on threads -----------------------------------------------------------------------------------------------

    async def _run_on_thread(self, work: Work[T], deadline: float) -> T:
        turn = _Turn(time.monotonic())
        self._turns.append(turn)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._execute, turn, work, deadline)
        finally:
            turn.is_over = True

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

    # -- the end --------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """See ``Executor.close``."""
        self._closed = True
        self._pool.shutdown(wait=True)
        loop = self._loop
        if loop is None:
            self._leave()
            return
        if loop.is_running() and not _runs_here(loop):
            loop.call_soon_threadsafe(self._note_idle)
            self._idle.wait()
            return
        for connection in list(self._running):
            connection.finish()
        self._leave()


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
