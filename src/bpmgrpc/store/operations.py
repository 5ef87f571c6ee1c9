"""What only operations write: timers and jobs that are held or given free, and what waits for another element now.

Rule of this file: rows are changed where they are, column by column, so that nothing is lost of what others change at
the same time without the root's version: a job's lease, a task's claim. A user task's version moves on with each, so
that a claim that was decided before, on whatever server, is decided anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, func, or_, select, update

from bpmgrpc.engine.operations.suspension import HELD_US
from bpmgrpc.store import tables
from bpmgrpc.store.assignment import AssignmentCalls
from bpmgrpc.store.jobs import rank_us
from bpmgrpc.store.messages import MessageCalls
from bpmgrpc.store.records import DefinitionState, DeliveryKind, DeliveryRow
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, constant, number, word

if TYPE_CHECKING:
    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.store.connection import Connection

__all__ = ["OperationCalls"]

_jobs: Final = table_of(tables.Job)
_tasks: Final = table_of(tables.UserTask)
_timers: Final = table_of(tables.Timer)
_definitions: Final = table_of(tables.ProcessDefinition)
_start_timers: Final = table_of(tables.TimerStart)
_event_starts: Final = table_of(tables.EventStart)
_messages: Final = table_of(tables.Message)
_HELD: Final = constant(str(HELD_US))
_ZERO: Final = constant("0")

_HOLD: Final = (
    Statement(
        update(_jobs)
        .values({_jobs.c.retries: -_jobs.c.retries, _jobs.c.queued: _ZERO})
        .where(_jobs.c.root_id == word("root"), _jobs.c.retries > _ZERO)
    ),
    Statement(
        update(_timers)
        .values({_timers.c.due_us: _timers.c.due_us + _HELD})
        .where(_timers.c.root_id == word("root"), _timers.c.due_us < _HELD)
    ),
    Statement(
        update(_tasks)
        .values({_tasks.c.version: _tasks.c.version + constant("1")})
        .where(_tasks.c.root_id == word("root"), _tasks.c.end_us.is_(None))
    ),
)
_FREE: Final = (
    Statement(
        update(_jobs)
        .values(
            {
                _jobs.c.retries: -_jobs.c.retries,
                _jobs.c.queued: case((_jobs.c.available_us <= number("now_us"), constant("1")), else_=_ZERO),
                _jobs.c.rank_us: rank_us(_jobs),
            }
        )
        .where(_jobs.c.root_id == word("root"), _jobs.c.retries < _ZERO)
    ),
    Statement(
        update(_timers)
        .values({_timers.c.due_us: _timers.c.due_us - _HELD})
        .where(_timers.c.root_id == word("root"), _timers.c.due_us >= _HELD)
    ),
)


def _move(model: Any, *, element: bool = True, definition: bool = True) -> Statement:
    table = table_of(model)
    values: dict[Any, Any] = {}
    if element:
        values[table.c.element_id] = word("new_element_id")
    if definition:
        values[table.c.definition_id] = word("new_definition_id")
    if model is tables.UserTask:
        values[table.c.version] = table.c.version + constant("1")
    return Statement(update(table).values(values).where(table.c.root_id == word("root"), table.c.seq == number("of")))


_MOVES: Final[Mapping[str, tuple[Statement, ...]]] = {
    "timer": (_move(tables.Timer, definition=False),),
    "job": (_move(tables.Job),),
    "user_task": (_move(tables.UserTask), _move(tables.UserTaskCandidate, element=False)),
    "incident": (_move(tables.Incident),),
    "process_instance": (_move(tables.ProcessInstance, element=False),),
}


_STATE: Final = Statement(
    update(_definitions)
    .values({_definitions.c.state: word("new_state")})
    .where(_definitions.c.id == word("of"), _definitions.c.state == word("old_state"), _definitions.c.deleted == _ZERO)
)
_HOLD_STARTS: Final = (
    Statement(
        update(_start_timers)
        .values({_start_timers.c.due_us: _start_timers.c.due_us + _HELD})
        .where(_start_timers.c.definition_id == word("of"))
    ),
    Statement(
        update(_event_starts)
        .values({_event_starts.c.kind: constant("'HELD_'").concat(_event_starts.c.kind)})
        .where(_event_starts.c.definition_id == word("of"))
    ),
)
_FREE_STARTS: Final = (
    Statement(
        update(_start_timers)
        .values({_start_timers.c.due_us: _start_timers.c.due_us - _HELD})
        .where(_start_timers.c.definition_id == word("of"), _start_timers.c.due_us >= _HELD)
    ),
    Statement(
        update(_event_starts)
        .values({_event_starts.c.kind: func.replace(_event_starts.c.kind, constant("'HELD_'"), constant("''"))})
        .where(_event_starts.c.definition_id == word("of"))
    ),
)
_KEPT_FOR_STARTS: Final = Statement(
    select(_messages.c.id)
    .distinct()
    .join_from(
        _messages,
        _event_starts,
        and_(
            _event_starts.c.kind == constant("'MESSAGE'"),
            _event_starts.c.name == _messages.c.name,
            or_(_messages.c.app_name == constant("''"), _event_starts.c.app_name == _messages.c.app_name),
        ),
    )
    .where(_event_starts.c.definition_id == word("of"), _messages.c.taken == _ZERO)
    .order_by(_messages.c.id)
)


class OperationCalls(MessageCalls, AssignmentCalls):
    """The part of ``Session.write`` that only operations need, and the calls that hold definitions."""

    db: Connection

    def hold_definition(self, definition_id: str, now_us: int, *, hold: bool) -> bool:
        """See ``Session.hold_definition``."""
        new, old = (
            (DefinitionState.SUSPENDED, DefinitionState.ACTIVE)
            if hold
            else (DefinitionState.ACTIVE, DefinitionState.SUSPENDED)
        )
        with self.db.transaction():
            states = {"of": definition_id, "new_state": new.value, "old_state": old.value}
            if self.db.run(_STATE, states) != 1:
                return False
            for statement in _HOLD_STARTS if hold else _FREE_STARTS:
                self.db.run(statement, {"of": definition_id})
            if not hold:
                source = f"{definition_id}.{now_us}"
                for index, (message_id,) in enumerate(self.db.fetch(_KEPT_FOR_STARTS, {"of": definition_id})):
                    row = DeliveryRow(source, index, DeliveryKind.MESSAGE, message_id, 0, "", "")
                    self.insert_delivery(row, now_us)
        return True

    def write_operation(self, changes: Changes) -> None:
        """Writes what an operation changes beside rows of steps; within the command's own transaction."""
        root_id = changes.root.id
        if changes.hold is not None:
            for statement in _HOLD if changes.hold else _FREE:
                self.db.run(statement, {"root": root_id, "now_us": changes.now_us})
        for moved in changes.moved:
            values = {
                "root": root_id,
                "of": moved.seq,
                "new_element_id": moved.element_id,
                "new_definition_id": moved.definition_id,
            }
            for statement in _MOVES[moved.kind]:
                self.db.run(statement, values)
        self.write_turns(changes)
