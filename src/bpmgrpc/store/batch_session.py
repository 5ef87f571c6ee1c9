"""What a session can do about batches; part of ``bpmgrpc.store.interface.Session``.

Rule of this file: whoever changes a batch or its items holds the batch's row, but for leases of items and for putting
them back, which change no counter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bpmgrpc.store.batches import BatchItemRow, BatchRow

__all__ = ["BatchSession"]


class BatchSession(Protocol):
    """The calls about batches."""

    def insert_batch(self, row: BatchRow) -> None:
        """Adds a batch.

        Raises:
            InvalidArgument: A text holds NUL.
        """
        ...

    def lock_batch(self, batch_id: str) -> BatchRow | None:
        """Returns a batch, which nobody else changes until the end of the transaction."""
        ...

    def update_batch(self, row: BatchRow) -> None:
        """Writes state, place, counters and end of a batch that is held."""
        ...

    def add_batch_items(self, batch_id: str, subjects: Sequence[str]) -> int:
        """Adds items to a batch that is held, those that it has not yet; returns how many.

        Raises:
            InvalidArgument: An id holds NUL.
        """
        ...

    def lease_batch_items(self, batch_id: str, now_us: int, until_us: int, limit: int) -> list[BatchItemRow]:
        """Takes pending items that may be begun; nobody else gets them until a time.

        Args:
            batch_id: Of which batch.
            now_us: The time, microseconds since the epoch.
            until_us: When they may be begun again, unless they have been finished.
            limit: How many at the most.

        Returns:
            The items as they are now, this attempt counted.
        """
        ...

    def finish_batch_item(self, row: BatchItemRow) -> bool:
        """Writes the result of an item; returns whether it had none yet."""
        ...

    def put_back_batch_item(self, row: BatchItemRow, at_us: int) -> None:
        """Has a pending item begun again at a time, unless somebody has begun it since this attempt."""
        ...

    def next_batch_item_us(self, batch_id: str) -> int | None:
        """Returns when the next pending item may be begun; None where none is pending."""
        ...

    def delete_batch_items(self, batch_id: str, limit: int) -> int:
        """Removes some items; returns how many."""
        ...

    def delete_batch(self, batch_id: str) -> None:
        """Removes a batch, whose items are gone."""
        ...
