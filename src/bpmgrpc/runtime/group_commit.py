"""Commands on SQLite: one writer, shared transactions (group commit).

Rule of this file: commands run on the event loop's thread, where they need no other thread to take turns with for the
interpreter; what waits for the disk, the COMMIT of a shared transaction, is the writer thread's. Whatever is queued
when the writer is free is committed together. A command that is refused has mostly changed nothing by then; where it
has, the transaction is taken back and all its commands run anew, each within a savepoint of its own.

====================================  =======================  =====================
commands that wait                    run on                   are committed on
====================================  =======================  =====================
one, and callers come one by one      the caller's thread      the same, at once
otherwise, while commits are quick    the loop's thread        the same
otherwise                             the loop's thread        the writer thread
a long one, or after a failure        the writer thread        the same
====================================  =======================  =====================

After a failure the database may be locked by somebody else: the loop, which serves all callers, must not wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bpmgrpc.errors import BpmError, DeadlineExceeded, Unavailable
from bpmgrpc.runtime.executor import (
    MAX_QUEUED,
    RETRY_AFTER_SECONDS,
    Work,
    commit_failed,
    overloaded,
    shutting_down,
    too_late,
)

if TYPE_CHECKING:
    from bpmgrpc.store.sqlite_session import SqliteSession
    from bpmgrpc.store.sqlite_store import SqliteStore

__all__ = ["GroupCommitExecutor"]

T = TypeVar("T")

MAX_BATCH: Final = 64  # commands in one transaction; more would only make the first wait longer
TURN_SECONDS: Final = 0.01  # commands of one transaction may keep the loop so long, plus the last one's time
QUICK_COMMIT_SECONDS: Final = 0.0004  # about what handing a commit to a thread and back costs
_LOOK_AGAIN_SECONDS: Final = 0.01
LONE_SECONDS: Final = 0.002  # a task whose calls never wait may keep the loop so long
LONE_TURNS: Final = 16  # so many turns of the loop with one command each, and callers are taken to come one by one

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Item:
    work: Work[Any]
    deadline: float
    long: bool = False
    future: asyncio.Future[Any] | None = None  # None: the caller waits on the spot
    since: float = 0.0
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        future = self.future
        if future is None or future.done():
            return  # the caller stopped waiting
        if self.error is not None:
            future.set_exception(self.error)
        else:
            future.set_result(self.result)


class _Batch:
    """One transaction and its commands. Nothing here raises: what goes wrong is noted at each command.

    Args:
        store: The store.
    """

    def __init__(self, store: SqliteStore) -> None:
        self.items: list[_Item] = []
        self.failed = False
        self._careful = False  # each command has a savepoint
        self._store = store
        self._session: SqliteSession | None = None

    def begin(self, first: _Item) -> bool:
        """Waits for the writer and begins; returns whether that went well, else the first command is told."""
        try:
            self._session = session = self._store.take_writer()
            session.begin()
        except BaseException as failure:  # noqa: BLE001 - every caller of the batch has to be told
            self.items.append(first)
            self.fail(failure)
            return False
        return True

    def run(self, item: _Item, *, alone: bool) -> bool:
        """Runs a command; returns whether the transaction still stands."""
        self.items.append(item)
        session = self._session
        assert session is not None  # noqa: S101 - it was begun
        if item.future is not None and item.future.cancelled():
            return True
        if item.deadline <= time.monotonic():
            item.error = too_late()
            return True
        try:
            if not self._work(session, item, alone=alone):
                return self._run_anew(session)
            # SQLite ends the transaction by itself when the disk is full. The next savepoint would begin another one,
            # and its release commit it, for a caller who is told that nothing was done.
            if not session.in_transaction:
                raise Unavailable(
                    "the database ended the transaction; nothing was done",
                    reason="TRANSACTION_LOST",
                    retry_after_seconds=RETRY_AFTER_SECONDS,
                )
        except BaseException as failure:  # noqa: BLE001 - every caller of the batch has to be told
            self.fail(failure)
            return False
        return True

    def _work(self, session: SqliteSession, item: _Item, *, alone: bool) -> bool:
        """Runs a command; returns whether, if it was refused, it has left nothing behind."""
        if self._careful:
            session.savepoint()
        before = session.rows_changed
        try:
            item.result = item.work(session)
        except Exception as error:  # noqa: BLE001 - it is the caller's; the others of the batch go on
            item.error = error
            if alone or not session.in_transaction:
                return True
            if not self._careful:
                return session.rows_changed == before
            session.rollback_to()
        else:
            if self._careful:
                session.release()
        return True

    def _run_anew(self, session: SqliteSession) -> bool:
        """Takes everything back and runs the commands again; see ``run``."""
        session.rollback()
        session.begin()
        self._careful = True
        waiting = deque(self.items)
        self.items = []
        while waiting:
            item = waiting.popleft()
            item.result = item.error = None
            if not self.run(item, alone=False):
                for left in waiting:
                    left.error = item.error
                self.items += waiting
                return False
        return True

    def commit(self) -> None:
        """Commits and gives the writer back."""
        session = self._session
        assert session is not None  # noqa: S101 - it was begun
        try:
            if all(item.error is not None for item in self.items):
                session.rollback()
            else:
                session.commit()
            self._leave()
        except BaseException as failure:  # noqa: BLE001 - every caller of the batch has to be told
            self.fail(failure)

    def fail(self, failure: BaseException) -> None:
        """Tells the commands that it is all taken back, and gives the writer back.

        A command that was refused is told so too where it saw what an earlier one of the transaction did: that it is
        refused for something that never happened helps nobody.
        """
        self.failed = True
        error = failure if isinstance(failure, BpmError) else commit_failed(failure)
        saw_others = False
        for item in self.items:
            if item.error is None or (saw_others and not isinstance(item.error, DeadlineExceeded)):
                saw_others = True
                item.error = error
        try:
            self._leave()
        except BpmError:
            _log.exception("a failed transaction could not be rolled back")

    def _leave(self) -> None:
        if self._session is not None:
            self._session = None
            self._store.give_writer_back()  # rolls back what is open


class GroupCommitExecutor:
    """Commands on SQLite: one writer, shared transactions.

    Args:
        store: The open SQLite store.
    """

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._queue: deque[_Item] = deque()
        self._flush_scheduled = False
        # Whose commands run on the spot in this turn of the loop, and how long that may go on.
        self._turn_of: asyncio.Task[Any] | None = None
        self._turn_until = 0.0
        self._lone_turns = 0
        self._commit_seconds = 0.0  # running mean
        self._busy = False  # the writer thread has work
        self._failing = False
        self._closed = False
        self._handing = (
            threading.Lock()
        )  # between closing, and handing over a transaction that is still to be committed
        self._handed: _Batch | None = None
        self._wake = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._serve, name="bpmgrpc-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Work[T], deadline: float, *, long: bool = False) -> T:
        """See ``Executor.run``."""
        if self._closed:
            raise shutting_down()
        if len(self._queue) >= MAX_QUEUED:
            raise overloaded()
        loop = asyncio.get_running_loop()
        come_alone = self._lone_turns >= LONE_TURNS
        if come_alone and not (long or self._busy or self._queue or self._failing) and self._takes_turn(loop):
            found: T = self._run_lone(_Item(work, deadline))
            return found
        future: asyncio.Future[T] = loop.create_future()
        self._queue.append(_Item(work, deadline, long, future, time.monotonic()))
        if not self._flush_scheduled:
            # Callers that are ready in this turn of the loop are queued before the flush, and so share a commit.
            self._flush_scheduled = True
            loop.call_soon(self._flush)
        return await future

    def _takes_turn(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether the command may run on the spot: the first of a turn of the loop, or more of the same task's."""
        task = asyncio.current_task()
        if self._turn_of is None:
            self._turn_of = task
            self._turn_until = time.monotonic() + LONE_SECONDS
            loop.call_soon(self._end_turn)
            return True
        if self._turn_of is not task:
            self._lone_turns = 0  # two callers in one turn: they do not come one by one
            return False
        return time.monotonic() < self._turn_until  # a task that never waits must not keep the loop from the others

    def _end_turn(self) -> None:
        self._turn_of = None

    def _run_lone(self, item: _Item) -> Any:
        batch = _Batch(self._store)
        if batch.begin(item) and batch.run(item, alone=True):
            self._commit(batch)
        self._failing = batch.failed
        if item.error is not None:
            raise item.error
        return item.result

    def _flush(self) -> None:
        self._flush_scheduled = False
        if self._busy or not self._queue:
            return  # the writer thread tells when it is done
        if self._closed:
            self._leave_queued()
            return
        if self._failing or self._queue[0].long:
            self._busy = True
            self._wake.release()
            return
        alone = len(self._queue) == 1
        self._lone_turns = self._lone_turns + 1 if alone else 0
        batch = self._run_queued(alone=alone, until=time.monotonic() + TURN_SECONDS)
        self._failing = batch.failed
        if not batch.failed:
            slow = self._commit_seconds > QUICK_COMMIT_SECONDS
            if slow and self._lone_turns < LONE_TURNS and self._hand_over(batch):
                return  # those who come in the meantime share the next one
            self._commit(batch)
        self._settle(batch)

    def _run_queued(self, *, alone: bool, until: float) -> _Batch:
        """Runs what is queued in one transaction, up to the first long command; leaves the commit to the caller."""
        queue = self._queue
        batch = _Batch(self._store)
        item = queue.popleft()
        if not batch.begin(item):
            while queue and len(batch.items) < MAX_BATCH and not queue[0].long:
                item = queue.popleft()
                item.error = batch.items[0].error
                batch.items.append(item)
            return batch
        while batch.run(item, alone=alone):
            # Who was alone has no savepoint, so nobody may join: the loop may have queued more since.
            if alone or not queue or len(batch.items) >= MAX_BATCH or queue[0].long or time.monotonic() >= until:
                break
            item = queue.popleft()
        return batch

    def _commit(self, batch: _Batch) -> None:
        began = time.perf_counter()
        batch.commit()
        self._commit_seconds += (time.perf_counter() - began - self._commit_seconds) / 8
        self._failing = batch.failed

    def _hand_over(self, batch: _Batch) -> bool:
        with self._handing:
            if self._closed:
                return False
            self._busy = True
            self._handed = batch
        self._wake.release()
        return True

    def _settle(self, batch: _Batch) -> None:
        """Tells the callers of a batch, on the loop, and sees to those who came in the meantime."""
        self._busy = False
        for item in batch.items:
            item.settle()
        if self._queue and not self._flush_scheduled:
            self._flush_scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _serve(self) -> None:
        """The writer thread: commits what it is handed, and runs what must not run on the loop."""
        while True:
            self._wake.acquire()
            batch, self._handed = self._handed, None
            if batch is not None:
                self._commit(batch)
                self._tell(batch)
            elif self._queue:
                self._tell(self._run_away())
            if self._closed:
                while self._queue:
                    self._tell(self._run_away())
                return  # whoever closes wakes this thread last, so nothing else would

    def _run_away(self) -> _Batch:
        """Runs one long command, or what is queued before the next one, on this thread."""
        if self._queue[0].long:
            batch = _Batch(self._store)
            item = self._queue.popleft()
            if batch.begin(item):
                batch.run(item, alone=True)
        else:
            batch = self._run_queued(alone=len(self._queue) == 1, until=time.monotonic() + TURN_SECONDS)
        self._failing = batch.failed
        if not batch.failed:
            self._commit(batch)
        return batch

    def _tell(self, batch: _Batch) -> None:
        future = batch.items[0].future
        assert future is not None  # noqa: S101 - only queued commands come to this thread
        try:
            future.get_loop().call_soon_threadsafe(self._settle, batch)
        except RuntimeError:
            _log.debug("callers of a batch are gone: their loop is closed")

    def _leave_queued(self) -> None:
        """Leaves commands that were queued before the end to the writer thread; refuses them where that is gone."""
        if self._thread.is_alive():
            self._flush_scheduled = True
            asyncio.get_running_loop().call_later(_LOOK_AGAIN_SECONDS, self._flush)
            return
        while self._queue:
            item = self._queue.popleft()
            item.error = shutting_down()
            item.settle()

    def waited(self) -> float:
        """See ``Executor.waited``."""
        try:
            return time.monotonic() - self._queue[0].since
        except IndexError:  # also where the writer thread has just taken the last one
            return 0.0

    def close(self) -> None:
        """See ``Executor.close``."""
        with self._handing:
            self._closed = True
        self._wake.release()
        self._thread.join()
