"""Where commands meet the database: one way in for each kind of it.

Rule of this file: a command is a synchronous function of a ``Session``; whatever it raises is the caller's and leaves
nothing behind; its result reaches the caller only after the commit. An overloaded server says so at once.

- **SQLite** has one writer, so commands queue for it and share transactions: whatever is queued when the writer is
  free is committed together (group commit), each command within a savepoint of its own. A command that finds the
  queue empty runs on the caller's thread, which saves two thread switches.
- **PostgreSQL** has a pool: each command runs on a thread with a connection of its own.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from bpmgrpc.errors import BpmError, DeadlineExceeded, ResourceExhausted, Unavailable

if TYPE_CHECKING:
    from bpmgrpc.store.interface import Session, Store

T = TypeVar("T")
Work = Callable[["Session"], T]

MAX_BATCH: Final = 64  # commands in one SQLite transaction; more would only make the first wait longer
MAX_QUEUED: Final = 10_000  # commands that wait; beyond that a caller is told to come back
SWITCH_SECONDS: Final = 0.0003  # how long a thread keeps the interpreter while another one wants it
RETRY_AFTER_SECONDS: Final = 0.5

_log = logging.getLogger(__name__)


class Executor(Protocol):
    """Runs commands."""

    async def run(self, work: Work[T], deadline: float, *, long: bool = False) -> T:
        """Runs a command and returns its result once that is durable.

        Args:
            work: The command.
            deadline: When the caller stops waiting (``time.monotonic``); a command not begun by then is dropped.
            long: It may take a while, so it never runs on the caller's thread.

        Raises:
            ResourceExhausted: Too many commands wait already.
            DeadlineExceeded: The command had no turn in time; nothing was done.
            Unavailable: The database failed; nothing was done.
            Exception: Whatever the command raised.
        """
        ...

    def close(self) -> None:
        """Waits for the commands that run and takes no more."""
        ...


@dataclass(slots=True, eq=False)
class _Item:
    work: Work[Any]
    future: asyncio.Future[Any]
    deadline: float
    long: bool
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        if self.future.done():
            return  # the caller stopped waiting
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class GroupCommitExecutor:
    """Commands on SQLite: one writer, shared transactions.

    Args:
        store: The open SQLite store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: deque[_Item] = deque()
        self._flush_scheduled = False
        self._writing = threading.Lock()
        self._wake = threading.Semaphore(0)
        self._thread_busy = False
        self._failing = False  # the last transaction failed as such, so the next may wait for a lock: not on the loop
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="bpmgrpc-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Work[T], deadline: float, *, long: bool = False) -> T:
        """See ``Executor.run``."""
        if self._closed:
            raise _shutting_down()
        if len(self._queue) >= MAX_QUEUED:
            raise _overloaded()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.append(_Item(work, future, deadline, long))
        if not self._flush_scheduled:
            # Callers that are ready in this turn of the loop are queued before the flush, and so share a commit.
            self._flush_scheduled = True
            loop.call_soon(self._flush)
        return await future

    def _flush(self) -> None:
        self._flush_scheduled = False
        if self._thread_busy or not self._queue:
            return  # the writer takes what is queued when it is done
        alone = len(self._queue) == 1 and not self._queue[0].long
        if alone and not self._failing and self._writing.acquire(blocking=False):
            item = self._queue.popleft()
            try:
                self._execute([item])
            finally:
                self._writing.release()
            item.settle()
            return
        if not self._thread.is_alive():
            self._refuse_queued()  # the executor was closed after these commands were queued
            return
        self._thread_busy = True
        self._wake.release()

    def _serve(self) -> None:
        while True:
            self._wake.acquire()
            with self._writing:
                while batch := self._take():
                    self._execute(batch)
                    loop = batch[0].future.get_loop()
                    try:
                        loop.call_soon_threadsafe(_settle, batch)
                    except RuntimeError:
                        _log.debug("callers of a batch are gone: their loop is closed")
            if self._closed:
                return  # whoever closes wakes this thread last, so nothing else would

    def _refuse_queued(self) -> None:
        while self._queue:
            item = self._queue.popleft()
            item.error = _shutting_down()
            item.settle()

    def _take(self) -> list[_Item]:
        batch: list[_Item] = []
        while self._queue and len(batch) < MAX_BATCH:
            batch.append(self._queue.popleft())
        if not batch:
            self._thread_busy = False
            # A command that was queued between the last look and this line found the thread busy: look once more.
            if self._queue:
                self._thread_busy = True
                return self._take()
        return batch

    def _execute(self, batch: list[_Item]) -> None:
        """Runs commands in one transaction and notes what became of each; never raises."""
        try:
            with self._store.writer() as session:
                session.begin()
                self._failing = False
                try:
                    alone = len(batch) == 1
                    for item in batch:
                        self._one(session, item, alone=alone)
                        if alone and item.error is not None:
                            session.rollback()
                            return
                        # SQLite ends the transaction by itself when the disk is full. The next savepoint would begin
                        # another one, and its release commit it, for a caller who is told that nothing was done.
                        if not session.in_transaction:
                            raise Unavailable(
                                "the database ended the transaction; nothing was done",
                                reason="TRANSACTION_LOST",
                                retry_after_seconds=RETRY_AFTER_SECONDS,
                            )
                    session.commit()
                except BaseException:
                    session.rollback()
                    raise
        except BaseException as failure:  # noqa: BLE001 - every caller of the batch has to be told
            self._failing = True
            error = failure if isinstance(failure, BpmError) else _failed(failure)
            for item in batch:
                if item.error is None:
                    item.error = error

    def _one(self, session: Session, item: _Item, *, alone: bool) -> None:
        if item.future.cancelled():
            return
        if item.deadline <= time.monotonic():
            item.error = _too_late()
            return
        if not alone:
            session.savepoint()
        try:
            item.result = item.work(session)
        except Exception as error:  # noqa: BLE001 - it is the caller's; the others of the batch go on
            item.error = error
            if not alone and session.in_transaction:
                session.rollback_to()
        else:
            if not alone:
                session.release()

    def close(self) -> None:
        """See ``Executor.close``."""
        self._closed = True
        self._wake.release()
        self._thread.join()


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
            raise _shutting_down()
        if self._waiting >= MAX_QUEUED:
            raise _overloaded()
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._execute, work, deadline)
        finally:
            self._waiting -= 1

    def _execute(self, work: Work[T], deadline: float) -> T:
        if deadline <= time.monotonic():
            raise _too_late()
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


def open_executor(store: Store, threads: int) -> Executor:
    """Opens the executor that fits a store."""
    if store.dialect == "sqlite":
        # The writer thread wants the interpreter back after each commit, while the loop is busy with the next calls:
        # with the usual 5 ms it waits longer for that than for the disk.
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_SECONDS))
        return GroupCommitExecutor(store)
    return PooledExecutor(store, threads)


def _settle(batch: list[_Item]) -> None:
    for item in batch:
        item.settle()


def _shutting_down() -> Unavailable:
    return Unavailable("the server is shutting down", reason="SHUTTING_DOWN")


def _overloaded() -> ResourceExhausted:
    return ResourceExhausted(
        "the server has more commands waiting than it can take",
        reason="OVERLOADED",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )


def _too_late() -> DeadlineExceeded:
    return DeadlineExceeded("the call's deadline passed before it had a turn; nothing was done")


def _failed(failure: BaseException) -> Unavailable:
    error = Unavailable(
        "the transaction could not be committed; nothing was done", reason="COMMIT_FAILED", retry_after_seconds=1.0
    )
    error.__cause__ = failure
    return error
