"""UserTaskRuntime: what people who work together need beyond single tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc import values
from bpmgrpc.service import checks, filters, mapping
from bpmgrpc.service.batches import user_task_results
from bpmgrpc.service.servicer import Servicer, respond
from bpmgrpc.v1 import user_task_runtime_pb2 as pb

if TYPE_CHECKING:
    from bpmgrpc.runtime.claim_next import NextTask
    from bpmgrpc.service.dispatch import CallContext


class UserTaskRuntime(Servicer):
    """Serves ``bpmgrpc.v1.UserTaskRuntime``."""

    async def ClaimNextUserTask(
        self, request: pb.ClaimNextUserTaskRequest, call: CallContext
    ) -> pb.ClaimNextUserTaskResponse:
        """Claims the best task of a user's pools."""
        user = checks.name(request.user, "user", required=True)

        outcome = await self.runtime.claim_next.claim(
            user,
            filters.user_task_filter(request.filter, user),
            variables=request.include_variables,
            deadline=call.deadline,
            request=self.request_id(request, request.request_id, call),
            reply=_claimed,
        )
        return respond(pb.ClaimNextUserTaskResponse, outcome, _claimed)

    async def BatchClaimUserTasks(
        self, request: pb.BatchClaimUserTasksRequest, call: CallContext
    ) -> pb.BatchClaimUserTasksResponse:
        """Claims many tasks."""
        results = await user_task_results("ClaimUserTask", request.requests, request.request_id, call)
        return pb.BatchClaimUserTasksResponse(results=results)

    async def BatchAssignUserTasks(
        self, request: pb.BatchAssignUserTasksRequest, call: CallContext
    ) -> pb.BatchAssignUserTasksResponse:
        """Assigns many tasks."""
        results = await user_task_results("AssignUserTask", request.requests, request.request_id, call)
        return pb.BatchAssignUserTasksResponse(results=results)

    async def BatchCompleteUserTasks(
        self, request: pb.BatchCompleteUserTasksRequest, call: CallContext
    ) -> pb.BatchCompleteUserTasksResponse:
        """Completes many tasks."""
        results = await user_task_results("CompleteUserTask", request.requests, request.request_id, call)
        return pb.BatchCompleteUserTasksResponse(results=results)


def _claimed(next_: NextTask) -> pb.ClaimNextUserTaskResponse:
    response = pb.ClaimNextUserTaskResponse()
    if next_.task is not None:
        response.user_task.CopyFrom(mapping.changed_user_task(next_.task))
    if next_.variables is not None:
        response.variables = values.join_members(next_.variables)
    return response
