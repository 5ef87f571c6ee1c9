"""Pools: the tasks that a user may take next.

Rule of this file: a list of what is there takes nothing away. The lock only keeps racing callers of PostgreSQL out of
each other's way; what decides is the claim, which compares the task's version.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Text, and_, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSON

from bpmgrpc.engine.state import UserTaskState
from bpmgrpc.store import inbox, lists, tables
from bpmgrpc.store.paging import PageRequest
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, constant, word

if TYPE_CHECKING:
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.views import UserTaskFilter

__all__ = ["PoolCalls"]

_tasks: Final = table_of(tables.UserTask)
_UNCLAIMED: Final = (UserTaskState.WAITING, UserTaskState.ASSIGNED)


def _first_free(_dialect: Any) -> Any:
    asked = (
        func.json_to_recordset(cast(word("asked"), JSON))
        .table_valued(column("n", BigInteger), column("root_id", Text), column("seq", BigInteger))
        .render_derived(name="asked", with_types=True)
    )
    return (
        select(_tasks.c.root_id, _tasks.c.seq)
        .select_from(asked)
        .join(_tasks, and_(_tasks.c.root_id == asked.c.root_id, _tasks.c.seq == asked.c.seq))
        .where(_tasks.c.state.in_([constant(f"'{state.value}'") for state in _UNCLAIMED]))
        .order_by(asked.c.n)
        .limit(constant("1"))
        .with_for_update(of=_tasks, skip_locked=True)
    )


_FIRST_FREE: Final = Statement(_first_free)


class PoolCalls:
    """The calls of ``Session`` that take work out of pools."""

    db: Connection

    def next_user_tasks(self, wanted: UserTaskFilter, limit: int) -> list[tuple[str, int]]:
        """See ``Session.next_user_tasks``."""
        unclaimed = replace(wanted, states=_UNCLAIMED)
        page = PageRequest(page_size=limit, skip_total=True)
        found = inbox.USER_TASKS.page(self.db, inbox.user_task_shape(unclaimed), lists.values_of(unclaimed), page)
        return [(view.root_id, view.row.seq) for view in found.items]

    def lock_user_task(self, tasks: Sequence[tuple[str, int]]) -> tuple[str, int] | None:
        """See ``Session.lock_user_task``."""
        if self.db.dialect == "sqlite":
            return tasks[0]  # the transaction that holds the write lock is the only one
        asked = json.dumps([{"n": n, "root_id": root_id, "seq": seq} for n, (root_id, seq) in enumerate(tasks)])
        found = self.db.fetch(_FIRST_FREE, {"asked": asked})
        return (found[0][0], found[0][1]) if found else None
