"""What lies beside the rows of user tasks: written with a command where it changes, read where it is shown.

Rule of this file: most tasks have nothing of it, and cost nothing for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, select

from bpmgrpc.store import tables
from bpmgrpc.store.deadlines import DeadlineCalls
from bpmgrpc.store.exclusions import ExclusionCalls
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, insert_or_replace, number, word
from bpmgrpc.store.visible import asked_elements, elements_asked

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ClauseElement

    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = ["BesideCalls", "start_times"]

_starts: Final = table_of(tables.UserTaskStart)

_PUT_START: Final = insert_or_replace(_starts)
_DROP_START: Final = Statement(
    delete(_starts).where(_starts.c.root_id == word("root_id"), _starts.c.seq == number("seq"))
)


def _asked_starts(dialect: Dialect) -> ClauseElement:
    asked = asked_elements(dialect)
    same = and_(_starts.c.root_id == asked.c.root_id, _starts.c.seq == asked.c.seq)
    return select(asked.c.n, _starts.c.start_us).select_from(asked).join(_starts, same)


_STARTS: Final = Statement(_asked_starts)


def start_times(db: Connection, tasks: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """Returns when work on tasks, by root id and number, should begin: those of them that have such a time."""
    if not tasks:
        return {}
    return {tasks[n]: start_us for n, start_us in db.fetch(_STARTS, {"asked": elements_asked(tasks)})}


class BesideCalls(ExclusionCalls, DeadlineCalls):
    """The calls of ``Session`` that write beside user tasks."""

    def write_beside(self, changes: Changes) -> None:
        """Writes what a command has beside the rows of user tasks, after these."""
        self.write_restrictions(changes)
        for seq, start_us in changes.starts:
            self.put_start_time(changes.root.id, seq, start_us)
        self.insert_deadlines(changes.root.id, changes.deadlines)

    def put_start_time(self, root_id: str, seq: int, start_us: int | None) -> None:
        """See ``Session.put_start_time``."""
        if start_us is None:
            self.db.run(_DROP_START, {"root_id": root_id, "seq": seq})
        else:
            self.db.run(_PUT_START, {"root_id": root_id, "seq": seq, "start_us": start_us})
