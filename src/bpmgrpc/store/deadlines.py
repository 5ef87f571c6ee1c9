"""Deadlines of user tasks: reminders and escalation.

Rule of this file: whoever removes a deadline's row does what it says in the same transaction, so it is done once. The
rows of tasks that have ended stay until their time and are then removed without effect: ending a task costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, bindparam, delete, func, select, update

from bpmgrpc.engine.changes import Deadline
from bpmgrpc.engine.state import InstanceState
from bpmgrpc.store import tables
from bpmgrpc.store.rows import candidate_keys, encode_json, read_candidates, refuse_nul, table_of
from bpmgrpc.store.statements import Statement, constant, insert_of, number, word

if TYPE_CHECKING:
    from bpmgrpc.store.connection import Connection

__all__ = ["DeadlineCalls"]

_deadlines: Final = table_of(tables.UserTaskDeadline)
_instances: Final = table_of(tables.ProcessInstance)

_INSERT: Final = insert_of(_deadlines)
# Those of suspended instances wait until these go on.
_DUE: Final = Statement(
    select(_deadlines)
    .join_from(
        _deadlines, _instances, and_(_instances.c.root_id == _deadlines.c.root_id, _instances.c.seq == constant("0"))
    )
    .where(
        _deadlines.c.at_us <= number("now_us"),
        _instances.c.state != constant(f"'{InstanceState.SUSPENDED.value}'"),
    )
    .order_by(_deadlines.c.at_us, _deadlines.c.root_id, _deadlines.c.seq, _deadlines.c.number)
    .limit(number("room"))
)
_NEXT: Final = Statement(select(func.min(_deadlines.c.at_us)).where(_deadlines.c.at_us > number("now_us")))
_TAKE: Final = Statement(
    delete(_deadlines).where(
        _deadlines.c.root_id == word("root_id"),
        _deadlines.c.seq == number("seq"),
        _deadlines.c.number == number("number"),
        _deadlines.c.at_us == number("at_us"),
    )
)
_BY_DUE: Final = and_(
    _deadlines.c.root_id == word("root"), _deadlines.c.seq == number("of"), _deadlines.c.by_due == constant("1")
)
_MOVE: Final = Statement(update(_deadlines).values({_deadlines.c.at_us: bindparam("due_us")}).where(_BY_DUE))
_DROP: Final = Statement(delete(_deadlines).where(_BY_DUE))


class DeadlineCalls:
    """The calls of ``Session`` that are about deadlines of user tasks."""

    db: Connection

    def insert_deadlines(self, root_id: str, deadlines: Iterable[Deadline]) -> None:
        """Writes the deadlines of new tasks."""
        written = []
        for one in deadlines:
            keys = candidate_keys(one.candidates)
            offered = encode_json(keys) if keys else ""
            written.append(
                (root_id, one.seq, one.number, one.at_us, int(one.escalates), int(one.by_due), offered, one.priority)
            )
        refuse_nul(written)
        if written:
            self.db.run_many(_INSERT, written)

    def due_deadlines(self, now_us: int, limit: int) -> list[tuple[str, Deadline]]:
        """See ``Session.due_deadlines``."""
        return [
            (row[0], Deadline(row[1], row[2], row[3], row[4] == 1, row[5] == 1, read_candidates(row[6]), row[7]))
            for row in self.db.fetch(_DUE, {"now_us": now_us, "room": limit})
        ]

    def next_deadline_us(self, now_us: int) -> int | None:
        """See ``Session.next_deadline_us``."""
        found: int | None = self.db.fetch(_NEXT, {"now_us": now_us})[0][0]
        return found

    def take_deadline(self, root_id: str, deadline: Deadline) -> bool:
        """See ``Session.take_deadline``."""
        values = {"root_id": root_id, "seq": deadline.seq, "number": deadline.number, "at_us": deadline.at_us}
        return self.db.run(_TAKE, values) == 1

    def move_deadlines(self, root_id: str, seq: int, due_us: int | None) -> None:
        """See ``Session.move_deadlines``."""
        values = {"root": root_id, "of": seq}
        if due_us is None:
            self.db.run(_DROP, values)
        else:
            self.db.run(_MOVE, values | {"due_us": due_us})
