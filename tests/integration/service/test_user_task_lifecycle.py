"""What people do with a task from its beginning to its end, through the contract, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest

from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import directory_pb2
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1 import user_task_runtime_pb2 as people_pb
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.integration.runtime.servers import USER_TASK, Server, codes, failure, opened
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


async def hand_over(server: Server, verb: str, task: UserTask, user: str, **fields: Any) -> UserTask:
    """Delegates, resolves, forwards or reassigns a task."""
    method = f"{verb}UserTask"
    request = getattr(people_pb, f"{method}Request")(user_task_id=task.user_task_id, user=user, **fields)
    changed: UserTask = (await getattr(server.people, method)(request)).user_task
    return changed


async def refused(code: str, reason: str, call: Awaitable[Any]) -> None:
    """Awaits a call that has to fail so."""
    assert (await failure(call))[:2] == (code, reason)


def task_with(attributes: str) -> bytes:
    """A process with one task."""
    return bpmn(f'<startEvent id="s"/><userTask id="t" {attributes}/><endEvent id="e"/>' + flows("s -> t", "t -> e"))


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


async def test_delegated_task_comes_back_to_its_delegator(server: Server) -> None:
    """The model's owner stays, the delegate works and resolves, the delegator completes; the history tells it."""
    await server.deploy(task_with('bpmgrpc:owner="olga" bpmgrpc:candidateGroups="clerks"'))
    await clerks(server, "ann")
    instance = await server.start()
    task = await server.claim(await server.open_task(instance), "ann")

    delegated = await hand_over(server, "Delegate", task, "ann", delegate="bob", request_id="once")
    again = await hand_over(server, "Delegate", task, "ann", delegate="bob", request_id="once")
    (in_hand,) = await server.tasks(user="bob")
    await refused("FAILED_PRECONDITION", "USER_TASK_DELEGATED", server.complete(task, user="bob"))
    resolved = await hand_over(server, "Resolve", task, "bob", etag=delegated.etag)
    done = await server.complete(task, user="ann")

    assert delegated == again == in_hand
    assert (delegated.state, delegated.assignee, delegated.owner, delegated.delegation_state) == (
        UserTask.STATE_CLAIMED,
        "bob",
        "olga",
        UserTask.DELEGATION_STATE_PENDING,
    )
    assert (resolved.assignee, resolved.delegation_state) == ("ann", UserTask.DELEGATION_STATE_RESOLVED)
    assert (done.state, done.assignee) == (UserTask.STATE_COMPLETED, "ann")
    events = [(one.event_type, one.actor) for one in await server.history(instance) if "USER_TASK" in one.event_type]
    assert events[1:] == [
        ("USER_TASK_CLAIMED", "ann"),
        ("USER_TASK_DELEGATED", "ann"),
        ("USER_TASK_RESOLVED", "bob"),
        ("USER_TASK_COMPLETED", "ann"),
    ]


async def test_forwarded_task_lies_in_other_pools(server: Server) -> None:
    """It leaves the pools that it lay in; whoever forwarded it is out of it."""
    await clerks(server, "ann")
    await server.deploy(task_with('bpmgrpc:candidateGroups="clerks"'))
    task = await server.open_task(await server.start())

    forwarded = await hand_over(server, "Forward", task, "ann", users=["eve"], roles=["boss"])

    assert (forwarded.state, list(forwarded.candidate_users), list(forwarded.candidate_roles)) == (
        UserTask.STATE_ASSIGNED,
        ["eve"],
        ["boss"],
    )
    assert await server.tasks(user="ann") == []
    assert await server.tasks(user="eve") == [forwarded]
    await refused("PERMISSION_DENIED", "NOT_A_CANDIDATE", hand_over(server, "Forward", task, "ann", users=["bob"]))


async def test_lead_of_the_work_party_reassigns(server: Server) -> None:
    """Whoever has claimed the task; nobody else does, and a claim by others fails then."""
    party = directory_pb2.WorkParty(work_party="Desk", users=["ann", "bob"], lead="lea")
    await server.admin.ImportDirectory(admin_pb.ImportDirectoryRequest(work_parties=[party]))
    await server.deploy(task_with('bpmgrpc:workParty="Desk"'))
    task = await server.claim(await server.open_task(await server.start()), "ann")

    await refused("PERMISSION_DENIED", "NOT_THE_LEAD", hand_over(server, "Reassign", task, "bob", assignee="bob"))
    reassigned = await hand_over(server, "Reassign", task, "lea", assignee="bob")

    assert (reassigned.state, reassigned.assignee, reassigned.work_party) == (UserTask.STATE_CLAIMED, "bob", "Desk")
    assert await server.tasks(user="ann") == []
    assert await server.tasks(user="bob") == [reassigned]


FOUR_EYES = bpmn(
    '<startEvent id="s"/><userTask id="enter" bpmgrpc:candidateGroups="clerks"/>'
    '<userTask id="check" bpmgrpc:candidateGroups="clerks" bpmgrpc:candidateUsers="ann,bob"'
    ' bpmgrpc:excludedCompletersOf="enter" bpmgrpc:excludedOwners="nora"/><endEvent id="e"/>'
    + flows("s -> enter", "enter -> check", "check -> e")
)


async def test_who_entered_may_not_check(server: Server) -> None:
    """Claim, completion, assignment, delegation, the inbox with its count, the next task and what is next: none gives
    the task to the user who completed the one before.
    """
    await clerks(server, "ann", "bob", "nora")
    await server.deploy(FOUR_EYES)
    instance = await server.start()

    answer = await complete(server, await server.open_task(instance), "ann", include_next_user_tasks=True)
    task = await server.open_task(instance)

    assert list(answer.next_user_tasks) == []
    for user, found in (("ann", 0), ("nora", 0), ("bob", 1)):
        assert len(await server.tasks(user=user)) == found
        count = await server.processes.CountUserTasks(pb.CountUserTasksRequest(user=user))
        assert count.total_size == found
    await refused("PERMISSION_DENIED", "EXCLUDED_OWNER", server.claim(task, "ann"))
    await refused("PERMISSION_DENIED", "EXCLUDED_OWNER", server.complete(task, user="ann"))
    await refused(
        "FAILED_PRECONDITION",
        "EXCLUDED_OWNER",
        server.processes.AssignUserTask(pb.AssignUserTaskRequest(user_task_id=task.user_task_id, users=["bob", "ann"])),
    )
    nothing = await server.people.ClaimNextUserTask(people_pb.ClaimNextUserTaskRequest(user="ann"))
    assert not nothing.HasField("user_task")
    claimed = await server.people.ClaimNextUserTask(people_pb.ClaimNextUserTaskRequest(user="bob"))
    assert claimed.user_task.user_task_id == task.user_task_id
    await refused("FAILED_PRECONDITION", "EXCLUDED_OWNER", hand_over(server, "Delegate", task, "bob", delegate="ann"))
    await server.processes.UnclaimUserTask(pb.UnclaimUserTaskRequest(user_task_id=task.user_task_id, user="bob"))
    assert (await server.complete(task, user="bob")).state == UserTask.STATE_COMPLETED
    assert len(await server.tasks(user="ann", states=[UserTask.STATE_COMPLETED])) == 1


async def test_assignment_may_exclude_users(server: Server) -> None:
    """They are added to those who are excluded, and shown with the task."""
    await clerks(server, "ann", "bob")
    await server.deploy(USER_TASK)
    task = await server.open_task(await server.start())

    async def assign(**fields: Any) -> None:
        request = pb.AssignUserTaskRequest(user_task_id=task.user_task_id, groups=["clerks"], **fields)
        await server.processes.AssignUserTask(request)

    await assign(excluded_users=["eve", "ann"], request_id="once")
    await assign(excluded_users=["eve", "ann"], request_id="once")
    await assign(excluded_users=["ann", "carl"])
    await assign()

    got = await server.processes.GetUserTask(pb.GetUserTaskRequest(user_task_id=task.user_task_id))
    assert list(got.excluded_users) == ["ann", "carl", "eve"]
    assert [len(await server.tasks(user=user)) for user in ("ann", "bob")] == [0, 1]
    await refused("FAILED_PRECONDITION", "EXCLUDED_OWNER", assign(users=["bob"], excluded_users=["bob"]))


async def test_watched_inbox_loses_the_task_whose_separate_one_its_user_completes(server: Server) -> None:
    """A completion that forbids an open task to its user is a change of that task."""
    await clerks(server, "ann", "bob")
    await server.deploy(
        bpmn(
            '<startEvent id="s"/><parallelGateway id="g"/><userTask id="enter" bpmgrpc:candidateGroups="clerks"/>'
            '<userTask id="check" bpmgrpc:candidateGroups="clerks" bpmgrpc:excludedCompletersOf="enter"/>'
            + flows("s -> g", "g -> enter", "g -> check")
        )
    )
    watched = aiter(server.people.WatchUserTasks(people_pb.WatchUserTasksRequest(user="ann", skip_existing=True)))
    await anext(watched)
    instance = await server.start()
    seen = {one.user_task.element_id: one.kind for one in [await anext(watched), await anext(watched)]}
    (enter,) = (task for task in await server.tasks(instance) if task.element_id == "enter")

    await server.complete(enter, user="ann")

    kinds = people_pb.WatchUserTasksResponse
    assert seen == {"enter": kinds.KIND_ADDED, "check": kinds.KIND_ADDED}
    gone = {one.user_task.element_id: one.kind for one in [await anext(watched), await anext(watched)]}
    assert gone == {"enter": kinds.KIND_REMOVED, "check": kinds.KIND_REMOVED}


@pytest.fixture
async def pair(database_url: str) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers that share an empty database."""
    async with opened(database_url, 2) as (first, second):
        yield first, second


async def test_completion_of_two_tasks_at_a_time_leaves_nobody_with_both(pair: tuple[Server, Server]) -> None:
    """A user who completes two tasks that exclude each other, over two servers at a time, gets one of them."""
    both = bpmn(
        '<startEvent id="s"/><parallelGateway id="g"/><userTask id="a" bpmgrpc:excludedCompletersOf="b"/>'
        '<userTask id="b" bpmgrpc:excludedCompletersOf="a"/>' + flows("s -> g", "g -> a", "g -> b")
    )
    await pair[0].deploy(both)
    instances = [await pair[0].start() for _ in range(16)]

    for instance in instances:
        tasks = await pair[0].tasks(instance)
        requests = [pb.CompleteUserTaskRequest(user_task_id=task.user_task_id, user="ann") for task in tasks]
        calls = [server.processes.CompleteUserTask(one) for server, one in zip(pair, requests, strict=True)]
        assert sorted(await codes(calls)) == ["OK", "PERMISSION_DENIED"]

    for instance in instances:
        (left,) = await pair[0].tasks(instance)
        assert (await pair[1].complete(left, user="bob")).state == UserTask.STATE_COMPLETED
