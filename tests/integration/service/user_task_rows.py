"""The rows of ``test_rpcs`` about what people do with a task beside claiming and completing it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import directory_pb2
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1 import user_task_runtime_pb2 as people_pb
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.integration.runtime.servers import USER_TASK, Server

Found = tuple[Any, Any]  # what was found, what was expected
Call = Callable[[Server], Awaitable[Found]]
USER_TASK_CALLS: dict[str, Call] = {}


def row(rpc: str) -> Callable[[Call], Call]:
    """Adds a row to the table."""

    def add(call: Call) -> Call:
        USER_TASK_CALLS[rpc] = call
        return call

    return add


async def claimed(server: Server) -> UserTask:
    """Starts the process with one task, which ann claims."""
    await server.deploy(USER_TASK)
    return await server.claim(await server.open_task(await server.start(variables='{"a":1.10}')), "ann")


@row("DelegateUserTask")
async def delegate_user_task(server: Server) -> Found:
    task = await claimed(server)
    request = people_pb.DelegateUserTaskRequest(user_task_id=task.user_task_id, user="ann", delegate="bob", etag="2")
    one = (await server.people.DelegateUserTask(request)).user_task
    return (one.state, one.assignee, one.owner, one.delegation_state), (
        UserTask.STATE_CLAIMED,
        "bob",
        "ann",
        UserTask.DELEGATION_STATE_PENDING,
    )


@row("ResolveUserTask")
async def resolve_user_task(server: Server) -> Found:
    task = await claimed(server)
    delegate = people_pb.DelegateUserTaskRequest(user_task_id=task.user_task_id, user="ann", delegate="bob")
    await server.people.DelegateUserTask(delegate)
    request = people_pb.ResolveUserTaskRequest(user_task_id=task.user_task_id, user="bob", etag="3")
    one = (await server.people.ResolveUserTask(request)).user_task
    return (one.state, one.assignee, one.delegation_state), (
        UserTask.STATE_CLAIMED,
        "ann",
        UserTask.DELEGATION_STATE_RESOLVED,
    )


@row("ForwardUserTask")
async def forward_user_task(server: Server) -> Found:
    task = await claimed(server)
    request = people_pb.ForwardUserTaskRequest(user_task_id=task.user_task_id, user="ann", groups=["g"])
    one = (await server.people.ForwardUserTask(request)).user_task
    return (one.state, one.assignee, list(one.candidate_groups)), (UserTask.STATE_WAITING, "", ["g"])


@row("ReassignUserTask")
async def reassign_user_task(server: Server) -> Found:
    task = await claimed(server)
    party = directory_pb2.WorkParty(work_party="Desk", lead="lea")
    await server.admin.ImportDirectory(admin_pb.ImportDirectoryRequest(work_parties=[party]))
    assign = pb.AssignUserTaskRequest(user_task_id=task.user_task_id, work_party="Desk")
    await server.processes.AssignUserTask(assign)
    request = people_pb.ReassignUserTaskRequest(user_task_id=task.user_task_id, user="lea", assignee="bob")
    one = (await server.people.ReassignUserTask(request)).user_task
    return (one.state, one.assignee, one.work_party), (UserTask.STATE_CLAIMED, "bob", "Desk")


@row("UpdateUserTask")
async def update_user_task(server: Server) -> Found:
    task = await claimed(server)
    request = people_pb.UpdateUserTaskRequest(
        user_task_id=task.user_task_id,
        user_task=UserTask(priority=80, due_time=Timestamp(seconds=1_800_000_000), start_time=Timestamp(seconds=7)),
        etag="2",
    )
    one = (await server.people.UpdateUserTask(request)).user_task
    (listed,) = await server.tasks(task.process_instance_id)
    assert one == listed
    return (one.priority, one.due_time.seconds, one.start_time.seconds, one.state, one.assignee), (
        80,
        1_800_000_000,
        7,
        UserTask.STATE_CLAIMED,
        "ann",
    )
