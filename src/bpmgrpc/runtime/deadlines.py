"""Deadlines of user tasks: people are reminded, tasks escalated.

Rule of this file: the deadline's row is removed and the task changed in one transaction, so of several servers one does
it, once. A task that has ended meanwhile is left alone.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine import user_task as rules
from bpmgrpc.engine.advance import require_active
from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.engine.state import OPEN_USER_TASK_STATES
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.store.interface import SerializationConflict

if TYPE_CHECKING:
    from bpmgrpc.clock import Clock
    from bpmgrpc.engine.changes import Deadline
    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.store.interface import Session

__all__ = ["Deadlines"]

_ACTOR: Final = "deadline"
_SECONDS: Final = 30.0


class Deadlines:
    """Does what deadlines say.

    Args:
        executor: Where commands meet the database.
        clock: The time.
    """

    def __init__(self, executor: Executor, clock: Clock) -> None:
        self._executor = executor
        self._clock = clock

    async def due(self, limit: int) -> tuple[list[tuple[str, Deadline]], int | None]:
        """Returns deadlines whose time has come, and when the next one is."""

        def look(session: Session) -> tuple[list[tuple[str, Deadline]], int | None]:
            now_us = self._clock.now_us()
            return session.due_deadlines(now_us, limit), session.next_deadline_us(now_us)

        return await retried(self._executor, look, time.monotonic() + _SECONDS)

    async def do(self, root_id: str, deadline: Deadline) -> bool:
        """Does what a deadline says.

        Returns:
            False where another server has done it.

        Raises:
            FailedPrecondition: The instance was suspended meanwhile.
        """

        def work(session: Session) -> bool:
            with session.transaction():
                return session.take_deadline(root_id, deadline) and self._change(session, root_id, deadline)

        return await retried(self._executor, work, time.monotonic() + _SECONDS)

    def _change(self, session: Session, root_id: str, deadline: Deadline) -> bool:
        loaded = session.load_user_task(root_id, deadline.seq, "", None)
        task = loaded.row if loaded is not None else None
        if loaded is None or task is None or loaded.root is None or task.state not in OPEN_USER_TASK_STATES:
            return True
        require_active(loaded.root)
        said: dict[str, Any] = {}
        if deadline.escalates:
            new = rules.escalate(root_id, task, deadline.candidates, deadline.priority)
            said = {"priority": new.priority}
            if deadline.candidates:
                offered = deadline.candidates
                said |= {"users": offered.users, "groups": offered.groups, "roles": offered.roles}
                said["work_party"] = offered.work_party
        else:
            new = rules.touch(root_id, task)
        kind = EventType.USER_TASK_ESCALATED if deadline.escalates else EventType.USER_TASK_REMINDED
        event = Event(kind, task.element_id, task.seq, said)
        if not session.write_user_tasks(root_id, [(new, task.version)], [event], None, self._clock.now_us(), _ACTOR):
            raise SerializationConflict
        return True
