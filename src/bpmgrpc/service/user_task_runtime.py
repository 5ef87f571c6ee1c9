"""UserTaskRuntime: what people who work together need beyond single tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc import values
from bpmgrpc.service import checks, filters, mapping
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


def _claimed(next_: NextTask) -> pb.ClaimNextUserTaskResponse:
    response = pb.ClaimNextUserTaskResponse()
    if next_.task is not None:
        response.user_task.CopyFrom(mapping.changed_user_task(next_.task))
    if next_.variables is not None:
        response.variables = values.join_members(next_.variables)
    return response
