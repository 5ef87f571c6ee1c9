"""Batches: one operation on many items, in the background, each item once.

Rule of this file: what is selected and the place where the selection goes on are written together, and so are the
results of items and the batch's counters: at any moment a server may die, and another one goes on from what is there.
An item that was done by a server that died before it wrote the result is done again under the same request id, and so
gets the result that it had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bpmgrpc.errors import FailedPrecondition, PreconditionViolation
from bpmgrpc.ids import new_id
from bpmgrpc.runtime.outcomes import Outcome
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.store.batches import BatchItemState, BatchRow, BatchState, no_batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from bpmgrpc.clock import Clock
    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.runtime.requests import Idempotency
    from bpmgrpc.runtime.wakeups import Wakeups
    from bpmgrpc.store.batches import BatchItemRow
    from bpmgrpc.store.interface import Session

__all__ = ["Batches", "LeasedItems"]

LEASE_US: Final = 15_000_000  # longer than an item's deadline
_DELETED_TOGETHER: Final = 5_000
_ENDED: Final = frozenset({BatchState.COMPLETED, BatchState.CANCELED})
_AT_WORK: Final = frozenset({BatchState.SELECTING, BatchState.RUNNING})


@dataclass(frozen=True, slots=True)
class LeasedItems:
    """Items that this server is to do.

    Attributes:
        items: The items.
        next_us: Where there are none: when the next pending one may be begun; None: none is pending.
    """

    items: list[BatchItemRow]
    next_us: int | None = None


class Batches:
    """Keeps them.

    Args:
        executor: Where commands meet the database.
        clock: The time.
        wakeups: Tells the background of this server that there is something to do.
    """

    def __init__(self, executor: Executor, clock: Clock, wakeups: Wakeups) -> None:
        self._executor = executor
        self._clock = clock
        self._wakeups = wakeups

    def create(self, session: Session, request: bytes, creator: str, subjects: Sequence[str] | None = None) -> BatchRow:
        """Adds a batch, within a transaction; call ``created`` after it.

        Args:
            session: The session.
            request: What it is, as its row keeps it.
            creator: Who makes it.
            subjects: Its items; None: they are still to be selected.
        """
        now_us = self._clock.now_us()
        state, place = (BatchState.SELECTING, "") if subjects is None else (BatchState.RUNNING, None)
        row = BatchRow(new_id(now_us), state, request, place, 0, 0, 0, creator, now_us)
        session.insert_batch(row)
        if subjects is not None:
            row = replace(row, total=session.add_batch_items(row.id, subjects))
            session.update_batch(row)
        return row

    def created(self) -> None:
        """Has the background look at once."""
        self._wakeups.batches.set()

    async def submit(
        self,
        request: bytes,
        creator: str,
        subjects: Sequence[str] | None,
        reply: Callable[[BatchRow], Message],
        *,
        idempotency: Idempotency | None,
        deadline: float,
    ) -> Outcome[BatchRow]:
        """Adds a batch, or finds the answer that the request got before.

        Args:
            request: What it is, as its row keeps it.
            creator: Who makes it.
            subjects: Its items; None: they are still to be selected.
            reply: Makes the answer, which is kept.
            idempotency: The request's id.
            deadline: When the caller stops waiting.

        Raises:
            InvalidArgument: The request id belongs to another request.
        """

        def work(session: Session) -> Outcome[BatchRow]:
            with session.transaction():
                if idempotency is not None:
                    known = session.find_answer(idempotency.key)
                    if known is not None:
                        return Outcome(replay=idempotency.replay(known))
                row = self.create(session, request, creator, subjects)
                answer = reply(row)
                if idempotency is not None:
                    session.insert_answer(idempotency.answer(answer), row.create_us)
                return Outcome(row, answer=answer)

        outcome = await retried(self._executor, work, deadline)
        self.created()
        return outcome

    async def pause(self, batch_id: str, deadline: float) -> BatchRow:
        """Lets no item begin.

        Raises:
            NotFound: There is no such batch.
            FailedPrecondition: It is paused already, or has ended.
        """
        return await self._change(batch_id, _AT_WORK, lambda row: replace(row, state=BatchState.PAUSED), deadline)

    async def resume(self, batch_id: str, deadline: float) -> BatchRow:
        """Lets a paused batch go on.

        Raises:
            NotFound: There is no such batch.
            FailedPrecondition: It is not paused.
        """
        row = await self._change(batch_id, frozenset({BatchState.PAUSED}), self._resumed, deadline)
        self.created()
        return row

    async def cancel(self, batch_id: str, deadline: float) -> BatchRow:
        """Lets no item begin any more.

        Raises:
            NotFound: There is no such batch.
            FailedPrecondition: It has ended.
        """

        def change(row: BatchRow) -> BatchRow:
            return replace(row, state=BatchState.CANCELED, end_us=self._clock.now_us())

        return await self._change(batch_id, _AT_WORK | {BatchState.PAUSED}, change, deadline)

    async def delete(self, batch_id: str, deadline: float) -> None:
        """Removes a batch that has ended.

        Raises:
            NotFound: There is no such batch.
            FailedPrecondition: It has not ended.
        """

        def work(session: Session) -> int:
            with session.transaction():
                _held(session, batch_id, _ENDED)
                deleted = session.delete_batch_items(batch_id, _DELETED_TOGETHER)
                if deleted < _DELETED_TOGETHER:
                    session.delete_batch(batch_id)
                return deleted

        while await retried(self._executor, work, deadline) == _DELETED_TOGETHER:
            pass

    async def add(self, batch: BatchRow, subjects: Sequence[str], next_place: str, deadline: float) -> None:
        """Writes a page of a batch's selection; nothing where somebody else has, or it was paused meanwhile.

        Args:
            batch: The batch as it was when the page was read.
            subjects: What was found.
            next_place: Token of the next page; empty: that was the last.
            deadline: When to give up (``time.monotonic``).
        """

        def work(session: Session) -> None:
            with session.transaction():
                row = session.lock_batch(batch.id)
                if row is None or row.state is not BatchState.SELECTING or row.place != batch.place:
                    return
                row = replace(
                    row, total=row.total + session.add_batch_items(row.id, subjects), place=next_place or None
                )
                session.update_batch(row if next_place else self._resumed(row))

        await retried(self._executor, work, deadline)

    async def lease(self, batch_id: str, limit: int, deadline: float) -> LeasedItems:
        """Takes items to do; none of a batch that does not run."""

        def work(session: Session) -> LeasedItems:
            with session.transaction():
                row = session.lock_batch(batch_id)
                if row is None or row.state is not BatchState.RUNNING:
                    return LeasedItems([])
                now_us = self._clock.now_us()
                items = session.lease_batch_items(batch_id, now_us, now_us + LEASE_US, limit)
                return LeasedItems(items, None if items else session.next_batch_item_us(batch_id))

        return await retried(self._executor, work, deadline)

    async def finish(self, batch_id: str, items: Sequence[BatchItemRow], deadline: float) -> None:
        """Writes results: those of items that have none; pending ones are begun again at their ``available_us``."""

        def work(session: Session) -> None:
            with session.transaction():
                row = session.lock_batch(batch_id)
                if row is None:
                    return
                succeeded, failed = row.succeeded, row.failed
                for item in items:
                    if item.state is BatchItemState.PENDING:
                        session.put_back_batch_item(item, item.available_us)
                    elif session.finish_batch_item(item):
                        succeeded += item.state is BatchItemState.SUCCEEDED
                        failed += item.state is BatchItemState.FAILED
                row = replace(row, succeeded=succeeded, failed=failed)
                session.update_batch(self._resumed(row) if row.state is BatchState.RUNNING else row)

        await retried(self._executor, work, deadline)

    def _resumed(self, row: BatchRow) -> BatchRow:
        """The batch as it is when nobody holds it up."""
        if row.place is not None:
            return replace(row, state=BatchState.SELECTING)
        if row.succeeded + row.failed < row.total:
            return replace(row, state=BatchState.RUNNING)
        return replace(row, state=BatchState.COMPLETED, end_us=self._clock.now_us())

    async def _change(
        self, batch_id: str, states: frozenset[BatchState], change: Callable[[BatchRow], BatchRow], deadline: float
    ) -> BatchRow:
        def work(session: Session) -> BatchRow:
            with session.transaction():
                row = change(_held(session, batch_id, states))
                session.update_batch(row)
                return row

        return await retried(self._executor, work, deadline)


def _held(session: Session, batch_id: str, states: frozenset[BatchState]) -> BatchRow:
    row = session.lock_batch(batch_id)
    if row is None:
        raise no_batch(batch_id)
    if row.state not in states:
        needed = " or ".join(sorted(state.value for state in states))
        raise FailedPrecondition(
            f"batch {batch_id!r} is {row.state.value}, not {needed}",
            reason="BATCH_STATE",
            violations=[PreconditionViolation("STATE", f"batches/{batch_id}", f"it has to be {needed}")],
            metadata={"batch_id": batch_id},
        )
    return row
