"""The methods of ProcessRuntime about user tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc import values
from bpmgrpc.engine import commands
from bpmgrpc.engine.state import RESTRICTED
from bpmgrpc.errors import FailedPrecondition, NotFound
from bpmgrpc.runtime.handovers import Call
from bpmgrpc.service import checks, filters, mapping
from bpmgrpc.service.pages import page
from bpmgrpc.service.servicer import Servicer, respond
from bpmgrpc.service.shown_tasks import ended_task, shown_tasks
from bpmgrpc.v1 import process_runtime_pb2 as pb

if TYPE_CHECKING:
    from bpmgrpc.runtime.outcomes import Decided
    from bpmgrpc.runtime.user_tasks import ChangedTask
    from bpmgrpc.service.dispatch import CallContext


class UserTaskMethods(Servicer):
    """Serves the people who work on user tasks."""

    async def GetUserTask(self, request: pb.GetUserTaskRequest, call: CallContext) -> pb.GetUserTaskResponse:
        """Returns a task, open or ended."""
        root_id, seq = checks.row_id(request.user_task_id, "user_task_id", "user task")
        found = await self.runtime.read(lambda queries: queries.get_user_task(root_id, seq))
        program = (await self.runtime.definition(found.row.definition_id, call.deadline)).program
        node = program.nodes[found.row.element_id]
        (shown,) = await shown_tasks(self.runtime, [found])
        outcomes = () if found.row.parent else (node.inner or node).plan.outcomes
        response = pb.GetUserTaskResponse(user_task=shown, outcomes=outcomes)
        if found.row.flags & RESTRICTED:
            excluded = await self.runtime.read(lambda queries: queries.excluded_users(root_id, seq))
            response.excluded_users.extend(sorted(excluded))
        return response

    async def ListUserTasks(self, request: pb.ListUserTasksRequest, call: CallContext) -> pb.ListUserTasksResponse:
        """Lists tasks."""
        wanted_page = page(request, request.order_by, skip_total=request.skip_total)
        wanted = filters.inbox_filter(request)

        found = await self.runtime.read(lambda queries: queries.list_user_tasks(wanted, wanted_page))
        return pb.ListUserTasksResponse(
            user_tasks=await shown_tasks(self.runtime, found.items),
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )

    async def CountUserTasks(self, request: pb.CountUserTasksRequest, call: CallContext) -> pb.CountUserTasksResponse:
        """Counts tasks."""
        wanted = filters.inbox_filter(request)

        count = await self.runtime.read(lambda queries: queries.count_user_tasks(wanted))
        return pb.CountUserTasksResponse(total_size=count)

    async def GetUserTaskVariables(
        self, request: pb.GetUserTaskVariablesRequest, call: CallContext
    ) -> pb.GetUserTaskVariablesResponse:
        """Returns the variables that a task sees."""
        checks.opaque_id(request.user_task_id, "user_task_id")
        names = checks.names(request.names, "names")
        root_id, seq = checks.row_id(request.user_task_id, "user_task_id", "user task")
        found = await self.runtime.read(lambda queries: queries.user_task_variables(root_id, seq, names))
        return pb.GetUserTaskVariablesResponse(variables=values.join_members(found))

    async def ClaimUserTask(self, request: pb.ClaimUserTaskRequest, call: CallContext) -> pb.ClaimUserTaskResponse:
        """Claims a task."""
        user, root_id, seq = _task_and_user(request.user_task_id, request.user)

        def reply(changed: ChangedTask) -> pb.ClaimUserTaskResponse:
            return pb.ClaimUserTaskResponse(user_task=mapping.changed_user_task(changed))

        outcome = await self.runtime.user_tasks.claim(
            root_id,
            seq,
            user,
            version=checks.etag(request.etag),
            deadline=call.deadline,
            request=self.request_id(request, request.request_id, call),
            reply=reply,
        )
        return respond(pb.ClaimUserTaskResponse, outcome, reply)

    async def UnclaimUserTask(
        self, request: pb.UnclaimUserTaskRequest, call: CallContext
    ) -> pb.UnclaimUserTaskResponse:
        """Gives a claimed task back."""
        user, root_id, seq = _task_and_user(request.user_task_id, request.user)

        def reply(changed: ChangedTask) -> pb.UnclaimUserTaskResponse:
            return pb.UnclaimUserTaskResponse(user_task=mapping.changed_user_task(changed))

        outcome = await self.runtime.user_tasks.unclaim(
            root_id,
            seq,
            user,
            version=checks.etag(request.etag),
            deadline=call.deadline,
            request=self.request_id(request, request.request_id, call),
            reply=reply,
        )
        return respond(pb.UnclaimUserTaskResponse, outcome, reply)

    async def AssignUserTask(self, request: pb.AssignUserTaskRequest, call: CallContext) -> pb.AssignUserTaskResponse:
        """Replaces a task's candidates."""
        checks.opaque_id(request.user_task_id, "user_task_id")
        candidates = checks.candidates(request.users, request.groups, request.roles, request.work_party)
        root_id, seq = checks.row_id(request.user_task_id, "user_task_id", "user task")

        def reply(changed: ChangedTask) -> pb.AssignUserTaskResponse:
            return pb.AssignUserTaskResponse(user_task=mapping.changed_user_task(changed))

        if request.excluded_users:
            excluded = checks.names(request.excluded_users, "excluded_users")
            version, idempotency = checks.etag(request.etag), self.request_id(request, request.request_id, call)
            task = Call(root_id, seq, call.caller, version, call.deadline, idempotency)
            outcome = await self.runtime.handovers.assign(task, candidates, excluded, reply)
            return respond(pb.AssignUserTaskResponse, outcome, reply)
        outcome = await self.runtime.user_tasks.assign(
            root_id,
            seq,
            candidates,
            actor=call.caller,
            version=checks.etag(request.etag),
            deadline=call.deadline,
            request=self.request_id(request, request.request_id, call),
            reply=reply,
        )
        return respond(pb.AssignUserTaskResponse, outcome, reply)

    async def AssignProcessInstanceUserTasks(
        self, request: pb.AssignProcessInstanceUserTasksRequest, call: CallContext
    ) -> pb.AssignProcessInstanceUserTasksResponse:
        """Replaces the candidates of all open tasks of an instance."""
        checks.opaque_id(request.process_instance_id, "process_instance_id")
        candidates = checks.candidates(request.users, request.groups, request.roles, request.work_party)
        root_id, seq = checks.instance_id(request.process_instance_id)

        def reply(changed: list[ChangedTask]) -> pb.AssignProcessInstanceUserTasksResponse:
            return pb.AssignProcessInstanceUserTasksResponse(
                user_tasks=[mapping.changed_user_task(task) for task in changed]
            )

        try:
            outcome = await self.runtime.user_tasks.assign_all(
                root_id,
                seq,
                candidates,
                actor=call.caller,
                deadline=call.deadline,
                request=self.request_id(request, request.request_id, call),
                reply=reply,
            )
        except NotFound:
            # A called instance that has ended is no row of its root's state any more; the list of instances knows it.
            found = await self.runtime.read(lambda queries: queries.get_process_instance(root_id, seq))
            raise FailedPrecondition(
                f"process instance {request.process_instance_id!r} is {found.state.value}, not ACTIVE",
                reason="PROCESS_INSTANCE_STATE",
                metadata={"process_instance_id": request.process_instance_id, "state": found.state.value},
            ) from None
        return respond(pb.AssignProcessInstanceUserTasksResponse, outcome, reply)

    async def CompleteUserTask(
        self, request: pb.CompleteUserTaskRequest, call: CallContext
    ) -> pb.CompleteUserTaskResponse:
        """Completes a task and runs its instance on."""
        user = checks.name(request.user, "user", required=True)
        checks.opaque_id(request.user_task_id, "user_task_id")
        variables = checks.variables(request.variables)
        root_id, seq = checks.row_id(request.user_task_id, "user_task_id", "user task")
        outcome = checks.name(request.outcome, "outcome")
        command = commands.CompleteUserTask(seq, user, variables, checks.etag(request.etag), outcome)

        response = await self.obey(
            request,
            call,
            (root_id, seq, "user_task"),
            command,
            pb.CompleteUserTaskResponse,
            _completed,
            subject=f"user task {request.user_task_id!r}",
            user=user,
        )
        if request.include_next_user_tasks:
            found = await self.runtime.read(lambda queries: queries.next_user_tasks(root_id, user))
            response.next_user_tasks.extend(await shown_tasks(self.runtime, found))
        return response

    async def SetUserTaskVariables(
        self, request: pb.SetUserTaskVariablesRequest, call: CallContext
    ) -> pb.SetUserTaskVariablesResponse:
        """Sets variables that an open task sees."""
        checks.opaque_id(request.user_task_id, "user_task_id")
        variables = checks.variables(request.variables)
        root_id, seq = checks.row_id(request.user_task_id, "user_task_id", "user task")
        command = commands.SetVariables(seq, variables)
        return await self.obey(
            request,
            call,
            (root_id, seq, "user_task"),
            command,
            pb.SetUserTaskVariablesResponse,
            _seen,
            subject=f"user task {request.user_task_id!r}",
        )


def _task_and_user(user_task_id: str, user: str) -> tuple[str, str, int]:
    checks.name(user, "user", required=True)
    root_id, seq = checks.row_id(user_task_id, "user_task_id", "user task")
    return user, root_id, seq


def _seen(decided: Decided) -> pb.SetUserTaskVariablesResponse:
    assert decided.changes is not None  # noqa: S101 - to set variables always changes something
    return pb.SetUserTaskVariablesResponse(variables=values.join_members(decided.changes.seen))


def _completed(decided: Decided) -> pb.CompleteUserTaskResponse:
    return pb.CompleteUserTaskResponse(user_task=ended_task(decided))
