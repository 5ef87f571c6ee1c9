"""Batches and their items.

Rule of this file: whoever changes a batch holds its row first, so that its counters are those of its items. A lease of
items is a conditional UPDATE, right on both databases; SKIP LOCKED only spares PostgreSQL's servers from waiting.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import bindparam, delete, func, select, tuple_, update

from bpmgrpc.errors import NotFound
from bpmgrpc.store import tables
from bpmgrpc.store.paging import Listing, Page, PageRequest
from bpmgrpc.store.rows import refuse_nul, table_of
from bpmgrpc.store.statements import Statement, among_texts, constant, insert_of, number, word

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.sql.elements import ClauseElement

    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = [
    "BatchCalls",
    "BatchItemRow",
    "BatchItemState",
    "BatchQueries",
    "BatchRow",
    "BatchState",
]

_batches: Final = table_of(tables.Batch)
_items: Final = table_of(tables.BatchItem)


class BatchState(StrEnum):
    """Where a batch is."""

    SELECTING = "SELECTING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


class BatchItemState(StrEnum):
    """Where an item is."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch; see ``tables.Batch``."""

    id: str
    state: BatchState
    request: bytes
    place: str | None
    total: int
    succeeded: int
    failed: int
    create_by: str
    create_us: int
    end_us: int | None = None


class BatchItemRow(NamedTuple):
    """An item; see ``tables.BatchItem``."""

    batch_id: str
    subject_id: str
    state: BatchItemState = BatchItemState.PENDING
    attempts: int = 0
    available_us: int = 0
    error: bytes = b""
    plan: bytes = b""
    result_id: str = ""
    end_us: int | None = None


def _read_batch(row: Sequence[Any]) -> BatchRow:
    values = list(row[:10])
    values[1], values[2] = BatchState(values[1]), bytes(values[2])
    return BatchRow(*values)


def _read_item(row: Sequence[Any]) -> BatchItemRow:
    values = list(row[:9])
    values[2], values[5], values[6] = BatchItemState(values[2]), bytes(values[5]), bytes(values[6])
    return BatchItemRow(*values)


class _Shape(NamedTuple):
    states: tuple[str, ...]


def _list_batches(shape: _Shape, _dialect: Dialect) -> tuple[Select[Any], Any]:
    found = select(_batches)
    if shape.states:
        found = found.where(_batches.c.state.in_([constant(f"'{state}'") for state in shape.states]))
    return found, _batches.c


def _list_items(shape: _Shape, _dialect: Dialect) -> tuple[Select[Any], Any]:
    found = select(_items).where(_items.c.batch_id == word("batch_id"))
    if shape.states:
        found = found.where(_items.c.state.in_([constant(f"'{state}'") for state in shape.states]))
    return found, _items.c


_BATCHES: Final[Listing[BatchRow]] = Listing(
    name="batches",
    build=_list_batches,
    orders={"create_time": lambda row: row.create_us},
    default_order="create_time desc",
    key=("id",),
    read=_read_batch,
)
_ITEMS: Final[Listing[BatchItemRow]] = Listing(
    name="batch_items",
    build=_list_items,
    orders={"id": lambda row: row.subject_id},
    default_order="id",
    key=("subject_id",),
    read=_read_item,
)
_INSERT: Final = insert_of(_batches)
_INSERT_ITEM: Final = insert_of(_items)
_OF_ID: Final = _batches.c.id == word("batch_id")
_GET: Final = Statement(select(_batches).where(_OF_ID))
_LOCK: Final = Statement(select(_batches).where(_OF_ID).with_for_update())
_UPDATE: Final = Statement(
    update(_batches)
    .values(
        {
            _batches.c.state: bindparam("new_state"),
            _batches.c.place: bindparam("new_place"),
            _batches.c.total: bindparam("new_total"),
            _batches.c.succeeded: bindparam("new_succeeded"),
            _batches.c.failed: bindparam("new_failed"),
            _batches.c.end_us: bindparam("new_end_us"),
        }
    )
    .where(_OF_ID)
)
_DELETE: Final = Statement(delete(_batches).where(_OF_ID))
# In the words of the partial index.
_AT_WORK: Final = Statement(
    select(_batches)
    .where(_batches.c.state.in_([constant("'SELECTING'"), constant("'RUNNING'")]))
    .order_by(_batches.c.create_us)
    .limit(number("room"))
)
_OF_BATCH: Final = _items.c.batch_id == word("batch_id")
_IS_PENDING: Final = _items.c.state == constant("'PENDING'")
_NEXT: Final = Statement(select(func.min(_items.c.available_us)).where(_OF_BATCH, _IS_PENDING))


def _known(dialect: Dialect) -> ClauseElement:
    return select(_items.c.subject_id).where(_OF_BATCH, among_texts(_items.c.subject_id, "subjects", dialect))


def _lease(dialect: Dialect) -> ClauseElement:
    queue = (
        select(_items.c.batch_id, _items.c.subject_id)
        .where(_OF_BATCH, _IS_PENDING, _items.c.available_us <= number("now_us"))
        .order_by(_items.c.available_us, _items.c.subject_id)
        .limit(number("room"))
    )
    changed = update(_items).values(
        {_items.c.available_us: bindparam("until_us"), _items.c.attempts: _items.c.attempts + constant("1")}
    )
    key = tuple_(_items.c.batch_id, _items.c.subject_id)
    if dialect == "sqlite":
        return changed.where(key.in_(queue)).returning(*_items.columns)
    # Materialized: planned into a join, the queue could be read twice, and more rows than wanted locked.
    picked = queue.with_for_update(skip_locked=True).cte("picked").prefix_with("MATERIALIZED", dialect="postgresql")
    of_picked = (_items.c.batch_id == picked.c.batch_id, _items.c.subject_id == picked.c.subject_id)
    return changed.where(*of_picked).returning(*_items.columns)


def _drop_items(_dialect: Dialect) -> ClauseElement:
    some = select(_items.c.batch_id, _items.c.subject_id).where(_OF_BATCH).limit(number("room"))
    return delete(_items).where(tuple_(_items.c.batch_id, _items.c.subject_id).in_(some))


_KNOWN: Final = Statement(_known)
_LEASE: Final = Statement(_lease)
_DROP_ITEMS: Final = Statement(_drop_items)
_OF_ITEM: Final = (_OF_BATCH, _items.c.subject_id == word("of_subject"), _IS_PENDING)
_FINISH: Final = Statement(
    update(_items)
    .values(
        {
            _items.c.state: bindparam("new_state"),
            _items.c.error: bindparam("new_error"),
            _items.c.plan: bindparam("new_plan"),
            _items.c.result_id: bindparam("new_result_id"),
            _items.c.end_us: bindparam("new_end_us"),
        }
    )
    .where(*_OF_ITEM)
)
_PUT_BACK: Final = Statement(
    update(_items)
    .values({_items.c.available_us: bindparam("at_us")})
    .where(*_OF_ITEM, _items.c.attempts == number("of_attempt"))
)


class BatchCalls:
    """The calls of ``Session`` that are about batches."""

    db: Connection

    def insert_batch(self, row: BatchRow) -> None:
        """See ``Session.insert_batch``."""
        values = (
            row.id,
            row.state.value,
            row.request,
            row.place,
            row.total,
            row.succeeded,
            row.failed,
            row.create_by,
            row.create_us,
            row.end_us,
        )
        refuse_nul((values,))
        self.db.run_many(_INSERT, [values])

    def lock_batch(self, batch_id: str) -> BatchRow | None:
        """See ``Session.lock_batch``."""
        found = self.db.fetch(_LOCK, {"batch_id": batch_id})
        return _read_batch(found[0]) if found else None

    def update_batch(self, row: BatchRow) -> None:
        """See ``Session.update_batch``."""
        self.db.run(
            _UPDATE,
            {
                "batch_id": row.id,
                "new_state": row.state.value,
                "new_place": row.place,
                "new_total": row.total,
                "new_succeeded": row.succeeded,
                "new_failed": row.failed,
                "new_end_us": row.end_us,
            },
        )

    def add_batch_items(self, batch_id: str, subjects: Sequence[str]) -> int:
        """See ``Session.add_batch_items``."""
        wanted = dict.fromkeys(subjects)
        refuse_nul((tuple(wanted),))
        known = {row[0] for row in self.db.fetch(_KNOWN, {"batch_id": batch_id, "subjects": json.dumps(list(wanted))})}
        new = [BatchItemRow(batch_id, subject) for subject in wanted if subject not in known]
        if new:
            self.db.run_many(_INSERT_ITEM, [(*row[:2], row.state.value, *row[3:]) for row in new])
        return len(new)

    def lease_batch_items(self, batch_id: str, now_us: int, until_us: int, limit: int) -> list[BatchItemRow]:
        """See ``Session.lease_batch_items``."""
        values = {"batch_id": batch_id, "now_us": now_us, "until_us": until_us, "room": limit}
        return [_read_item(row) for row in self.db.fetch(_LEASE, values)]

    def finish_batch_item(self, row: BatchItemRow) -> bool:
        """See ``Session.finish_batch_item``."""
        values = {
            "batch_id": row.batch_id,
            "of_subject": row.subject_id,
            "new_state": row.state.value,
            "new_error": row.error,
            "new_plan": row.plan,
            "new_result_id": row.result_id,
            "new_end_us": row.end_us,
        }
        return self.db.run(_FINISH, values) == 1

    def put_back_batch_item(self, row: BatchItemRow, at_us: int) -> None:
        """See ``Session.put_back_batch_item``."""
        values = {"batch_id": row.batch_id, "of_subject": row.subject_id, "of_attempt": row.attempts, "at_us": at_us}
        self.db.run(_PUT_BACK, values)

    def next_batch_item_us(self, batch_id: str) -> int | None:
        """See ``Session.next_batch_item_us``."""
        found: int | None = self.db.fetch(_NEXT, {"batch_id": batch_id})[0][0]
        return found

    def delete_batch_items(self, batch_id: str, limit: int) -> int:
        """See ``Session.delete_batch_items``."""
        return self.db.run(_DROP_ITEMS, {"batch_id": batch_id, "room": limit})

    def delete_batch(self, batch_id: str) -> None:
        """See ``Session.delete_batch``."""
        self.db.run(_DELETE, {"batch_id": batch_id})


class BatchQueries:
    """What is asked about batches."""

    db: Connection

    def get_batch(self, batch_id: str) -> BatchRow:
        """Returns a batch.

        Raises:
            NotFound: There is none of this id.
        """
        found = self.db.fetch(_GET, {"batch_id": batch_id})
        if not found:
            raise no_batch(batch_id)
        return _read_batch(found[0])

    def list_batches(self, states: Sequence[BatchState], page: PageRequest) -> Page[BatchRow]:
        """Returns a page of batches, by default the newest first."""
        return _BATCHES.page(self.db, _shape(states), {}, page)

    def list_batch_items(
        self, batch_id: str, states: Sequence[BatchItemState], page: PageRequest
    ) -> Page[BatchItemRow]:
        """Returns a page of a batch's items.

        Raises:
            NotFound: There is no such batch.
        """
        found = _ITEMS.page(self.db, _shape(states), {"batch_id": batch_id}, page)
        if not found.items:
            self.get_batch(batch_id)
        return found

    def batches_at_work(self, limit: int) -> list[BatchRow]:
        """Returns batches that are being selected or done, the oldest first."""
        return [_read_batch(row) for row in self.db.fetch(_AT_WORK, {"room": limit})]


def no_batch(batch_id: str) -> NotFound:
    """The error for a batch that there is not."""
    return NotFound(f"batch {batch_id!r} does not exist", metadata={"batch_id": batch_id[:64]})


def _shape(states: Sequence[BatchState] | Sequence[BatchItemState]) -> _Shape:
    return _Shape(tuple(sorted({state.value for state in states})))
