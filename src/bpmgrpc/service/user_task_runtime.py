"""UserTaskRuntime: what people who work together need beyond single tasks."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc import values
from bpmgrpc.runtime.handovers import KEEP
from bpmgrpc.runtime.inbox_watch import InboxEventKind, InboxWatch
from bpmgrpc.service import checks, filters, mapping
from bpmgrpc.service.batches import user_task_results
from bpmgrpc.service.servicer import respond
from bpmgrpc.service.subtasks import SubtaskMethods
from bpmgrpc.service.task_updates import task_update
from bpmgrpc.service.user_task_notes import NoteMethods
from bpmgrpc.v1 import user_task_runtime_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bpmgrpc.runtime.claim_next import NextTask
    from bpmgrpc.runtime.user_tasks import ChangedTask
    from bpmgrpc.service.dispatch import CallContext

HEARTBEAT_US: Final = 15_000_000  # where the caller does not say
LEAST_HEARTBEAT_US: Final = 1_000_000
MOST_HEARTBEAT_US: Final = 300_000_000


class UserTaskRuntime(SubtaskMethods, NoteMethods):
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

    async def WatchUserTasks(
        self, request: pb.WatchUserTasksRequest, call: CallContext
    ) -> AsyncIterator[pb.WatchUserTasksResponse]:
        """Tells an inbox and its changes."""
        user = checks.name(request.user, "user")
        wanted = filters.user_task_filter(request.filter, user)
        if wanted.fields:
            checks.invalid("filter.fields", "cannot be watched")
        if wanted.end_from_us is not None or wanted.end_until_us is not None:
            checks.invalid("filter.end_time", "cannot be watched")
        heartbeat_us = HEARTBEAT_US
        if request.HasField("heartbeat_interval"):
            heartbeat_us = checks.duration_us(
                request.heartbeat_interval,
                "heartbeat_interval",
                least_us=LEAST_HEARTBEAT_US,
                most_us=MOST_HEARTBEAT_US,
            )
        watch = InboxWatch(self.runtime.read, self.runtime.user_task_feed, wanted, heartbeat_us / 1_000_000)
        place = watch.place(request.resume_token) if request.resume_token else None
        async with contextlib.aclosing(watch.events(place, listed=not request.skip_existing)) as events:
            async for event in events:
                response = pb.WatchUserTasksResponse(kind=_KINDS[event.kind], resume_token=watch.token(event.place))
                task = event.task
                if task is not None:
                    found = mapping.user_task(task.root_id, task.row, task.process_name, task.app_name)
                    response.user_task.CopyFrom(found)
                yield response

    async def DelegateUserTask(
        self, request: pb.DelegateUserTaskRequest, call: CallContext
    ) -> pb.DelegateUserTaskResponse:
        """Gives a claimed task to a delegate."""
        delegate = checks.name(request.delegate, "delegate", required=True)
        if delegate == request.user:
            checks.invalid("delegate", "is the user who delegates")

        def reply(changed: ChangedTask) -> pb.DelegateUserTaskResponse:
            return pb.DelegateUserTaskResponse(user_task=mapping.changed_user_task(changed))

        outcome = await self.runtime.handovers.delegate(self.on_task(request, call), delegate, reply)
        return respond(pb.DelegateUserTaskResponse, outcome, reply)

    async def ResolveUserTask(
        self, request: pb.ResolveUserTaskRequest, call: CallContext
    ) -> pb.ResolveUserTaskResponse:
        """Gives a delegated task back."""

        def reply(changed: ChangedTask) -> pb.ResolveUserTaskResponse:
            return pb.ResolveUserTaskResponse(user_task=mapping.changed_user_task(changed))

        outcome = await self.runtime.handovers.resolve(self.on_task(request, call), reply)
        return respond(pb.ResolveUserTaskResponse, outcome, reply)

    async def ForwardUserTask(
        self, request: pb.ForwardUserTaskRequest, call: CallContext
    ) -> pb.ForwardUserTaskResponse:
        """Offers a task to others."""
        candidates = checks.candidates(request.users, request.groups, request.roles, request.work_party)

        def reply(changed: ChangedTask) -> pb.ForwardUserTaskResponse:
            return pb.ForwardUserTaskResponse(user_task=mapping.changed_user_task(changed))

        outcome = await self.runtime.handovers.forward(self.on_task(request, call), candidates, reply)
        return respond(pb.ForwardUserTaskResponse, outcome, reply)

    async def ReassignUserTask(
        self, request: pb.ReassignUserTaskRequest, call: CallContext
    ) -> pb.ReassignUserTaskResponse:
        """Puts a task of a work party into somebody's hands."""
        assignee = checks.name(request.assignee, "assignee", required=True)

        def reply(changed: ChangedTask) -> pb.ReassignUserTaskResponse:
            return pb.ReassignUserTaskResponse(user_task=mapping.changed_user_task(changed))

        outcome = await self.runtime.handovers.reassign(self.on_task(request, call), assignee, reply)
        return respond(pb.ReassignUserTaskResponse, outcome, reply)

    async def UpdateUserTask(self, request: pb.UpdateUserTaskRequest, call: CallContext) -> pb.UpdateUserTaskResponse:
        """Changes a task's priority, dates, owner or candidates."""
        update = task_update(request)
        on_task = self.on_task(request, call, required=False)

        def reply(changed: ChangedTask) -> pb.UpdateUserTaskResponse:
            response = pb.UpdateUserTaskResponse(user_task=mapping.changed_user_task(changed))
            if update.start_us != KEEP:
                mapping.set_time(response.user_task.start_time, update.start_us)
            return response

        outcome = await self.runtime.handovers.update(on_task, update, reply)
        response = respond(pb.UpdateUserTaskResponse, outcome, reply)
        if update.start_us == KEEP:
            key = (on_task.root_id, on_task.seq)
            times = await self.runtime.read(lambda queries: queries.start_times([key]))
            mapping.set_time(response.user_task.start_time, times.get(key))
        return response


_KINDS: Final[dict[InboxEventKind, Any]] = {
    kind: pb.WatchUserTasksResponse.Kind.Value(f"KIND_{kind}") for kind in InboxEventKind
}


def _claimed(next_: NextTask) -> pb.ClaimNextUserTaskResponse:
    response = pb.ClaimNextUserTaskResponse()
    if next_.task is not None:
        response.user_task.CopyFrom(mapping.changed_user_task(next_.task))
    if next_.variables is not None:
        response.variables = values.join_members(next_.variables)
    return response
