"""The methods of UserTaskRuntime about subtasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.engine import commands
from bpmgrpc.engine.state import Candidates
from bpmgrpc.service import checks
from bpmgrpc.service.servicer import Servicer
from bpmgrpc.service.shown_tasks import decided_task, ended_task
from bpmgrpc.v1 import user_task_runtime_pb2 as pb

if TYPE_CHECKING:
    from bpmgrpc.runtime.outcomes import Decided
    from bpmgrpc.service.dispatch import CallContext

LONGEST_DESCRIPTION: Final = 10_000  # characters
_HIGHEST: Final = 99


class SubtaskMethods(Servicer):
    """Serves those who divide a task."""

    async def CreateSubtask(self, request: pb.CreateSubtaskRequest, call: CallContext) -> pb.CreateSubtaskResponse:
        """Makes a part of a task."""
        user = checks.name(request.user, "user", required=True)
        root_id, seq = checks.row_id(request.parent_user_task_id, "parent_user_task_id", "user task")
        if not 0 <= request.priority <= _HIGHEST:
            checks.invalid("priority", f"has to be from 1 to {_HIGHEST}; 0: that of the task")
        command = commands.CreateSubtask(
            seq,
            user,
            checks.name(request.name, "name", required=True),
            checks.name(request.description, "description", longest=LONGEST_DESCRIPTION),
            checks.name(request.assignee, "assignee"),
            Candidates(
                checks.names(request.candidate_users, "candidate_users"),
                checks.names(request.candidate_groups, "candidate_groups"),
                checks.names(request.candidate_roles, "candidate_roles"),
                checks.name(request.work_party, "work_party"),
            ),
            request.priority,
            checks.time_us(request.due_time) if request.HasField("due_time") else None,
            checks.time_us(request.follow_up_time) if request.HasField("follow_up_time") else None,
            checks.etag(request.etag),
        )
        return await self.obey(
            request,
            call,
            (root_id, seq, "user_task"),
            command,
            pb.CreateSubtaskResponse,
            _created,
            subject=f"user task {request.parent_user_task_id!r}",
            user=user,
        )

    async def CancelSubtask(self, request: pb.CancelSubtaskRequest, call: CallContext) -> pb.CancelSubtaskResponse:
        """Takes a part of a task away."""
        user = checks.name(request.user, "user", required=True)
        root_id, seq = checks.row_id(request.user_task_id, "user_task_id", "user task")
        reason = checks.name(request.reason, "reason")
        return await self.obey(
            request,
            call,
            (root_id, seq, "user_task"),
            commands.CancelSubtask(seq, user, reason, checks.etag(request.etag)),
            pb.CancelSubtaskResponse,
            _canceled,
            subject=f"user task {request.user_task_id!r}",
            user=user,
        )


def _created(decided: Decided) -> pb.CreateSubtaskResponse:
    changes = decided.changes
    assert changes is not None  # noqa: S101 - it always changes something
    return pb.CreateSubtaskResponse(user_task=decided_task(decided, changes.new_user_tasks[0]))


def _canceled(decided: Decided) -> pb.CancelSubtaskResponse:
    return pb.CancelSubtaskResponse(user_task=ended_task(decided))
