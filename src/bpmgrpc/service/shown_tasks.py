"""User tasks as lists show them: the rows, with what lies beside those that have something beside them.

Rule of this file: what no task of a page has is not asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpmgrpc.engine.state import STARTS
from bpmgrpc.service import mapping

if TYPE_CHECKING:
    from bpmgrpc.engine.state import UserTaskRow
    from bpmgrpc.runtime import Runtime
    from bpmgrpc.runtime.outcomes import Decided
    from bpmgrpc.store.views import UserTaskView
    from bpmgrpc.v1.user_task_pb2 import UserTask

__all__ = ["decided_task", "ended_task", "shown_tasks"]


def decided_task(decided: Decided, row: UserTaskRow) -> UserTask:
    """Maps a task as a command on its instance leaves it."""
    assert decided.changes is not None  # noqa: S101 - what changes nothing leaves no task
    definition = decided.definitions[row.definition_id].row
    return mapping.user_task(decided.changes.root.id, row, definition.process_name, definition.app_name)


def ended_task(decided: Decided) -> UserTask:
    """Maps the task that a command was about and has ended."""
    assert decided.changes is not None  # noqa: S101 - it always changes something
    return decided_task(decided, decided.changes.put_user_tasks[0][0])


async def shown_tasks(runtime: Runtime, found: Sequence[UserTaskView]) -> list[UserTask]:
    """Maps tasks as they were read."""
    shown = [mapping.user_task(one.root_id, one.row, one.process_name, one.app_name) for one in found]
    starting = [(one.root_id, one.row.seq) for one in found if one.row.flags & STARTS]
    if starting:
        times = await runtime.read(lambda queries: queries.start_times(starting))
        for one, message in zip(found, shown, strict=True):
            mapping.set_time(message.start_time, times.get((one.root_id, one.row.seq)))
    return shown
