"""What people do with a task from its beginning to its end, through the contract, on both databases."""

from __future__ import annotations

from typing import Any

from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.integration.runtime.servers import Server
from tests.integration.service.test_inbox import clerks
from tests.support.harness import bpmn, flows

AFTERWARDS = bpmn(
    '<laneSet><lane name="Nobody\'s"><flowNodeRef>by_lane</flowNodeRef></lane></laneSet>'
    '<startEvent id="s"/><userTask id="first" bpmgrpc:outcomes="go,stop"/><parallelGateway id="g"/>'
    '<userTask id="by_group" bpmgrpc:candidateGroups="clerks" bpmgrpc:priority="60"/>'
    '<userTask id="by_name" bpmgrpc:candidateUsers="ann,bob" bpmgrpc:priority="50"/>'
    '<userTask id="claimed" bpmgrpc:assignee="ann" bpmgrpc:priority="40"/>'
    '<userTask id="for_all" bpmgrpc:priority="30"/>'
    '<userTask id="by_lane" bpmgrpc:priority="20"/>'
    '<userTask id="of_others" bpmgrpc:candidateUsers="eve" bpmgrpc:candidateRoles="boss"/>'
    '<userTask id="claimed_by_others" bpmgrpc:assignee="eve"/>'
    + flows(
        "s -> first",
        'first -> g: =outcome = "go"',
        *(f"g -> {name}" for name in ("by_group", "by_name", "claimed", "for_all", "by_lane")),
        *(f"g -> {name}" for name in ("of_others", "claimed_by_others")),
    )
)


async def complete(server: Server, task: UserTask, user: str, **fields: Any) -> pb.CompleteUserTaskResponse:
    """Completes a task."""
    request = pb.CompleteUserTaskRequest(user_task_id=task.user_task_id, user=user, **fields)
    response: pb.CompleteUserTaskResponse = await server.processes.CompleteUserTask(request)
    return response


async def test_complete_returns_what_its_user_may_do_next(server: Server) -> None:
    """The answer has the open tasks of the instance that the user has claimed or may claim; others' are not in it."""
    await clerks(server, "ann")
    await server.deploy(AFTERWARDS)
    await server.start()
    task = await server.open_task(await server.start())

    answer = await complete(server, task, "ann", outcome="go", include_next_user_tasks=True, request_id="once")

    assert [(one.element_id, one.state) for one in answer.next_user_tasks] == [
        ("by_group", UserTask.STATE_WAITING),
        ("by_name", UserTask.STATE_ASSIGNED),
        ("claimed", UserTask.STATE_CLAIMED),
        ("for_all", UserTask.STATE_WAITING),
        ("by_lane", UserTask.STATE_WAITING),
    ]
    listed = {one.user_task_id: one for one in await server.tasks(task.process_instance_id)}
    assert list(answer.next_user_tasks) == [listed[one.user_task_id] for one in answer.next_user_tasks]


async def test_complete_repeated_tells_of_the_tasks_that_are_open_by_then(server: Server) -> None:
    """A request id repeats the completion's answer; what comes next is read anew."""
    await server.deploy(AFTERWARDS)
    task = await server.open_task(await server.start())
    again = {"outcome": "go", "include_next_user_tasks": True, "request_id": "once"}

    first = await complete(server, task, "bob", **again)
    await server.claim(first.next_user_tasks[0], "bob")
    await complete(server, first.next_user_tasks[0], "bob")
    second = await complete(server, task, "bob", **again)

    assert second.user_task == first.user_task
    assert [one.element_id for one in first.next_user_tasks] == ["by_name", "for_all", "by_lane"]
    assert [one.element_id for one in second.next_user_tasks] == ["for_all", "by_lane"]


async def test_complete_returns_no_tasks_where_none_are_asked_for(server: Server) -> None:
    """The hot path reads nothing after its commit."""
    await server.deploy(AFTERWARDS)
    task = await server.open_task(await server.start())

    answer = await complete(server, task, "ann", outcome="go")

    assert not answer.next_user_tasks


async def test_get_user_task_shows_the_outcomes_that_the_model_declares(server: Server) -> None:
    """An inbox finds there what it offers as buttons."""
    await server.deploy(AFTERWARDS)
    task = await server.open_task(await server.start())

    answer = await server.processes.GetUserTask(pb.GetUserTaskRequest(user_task_id=task.user_task_id))

    assert list(answer.outcomes) == ["go", "stop"]
