"""Subtasks: parts of a user task, through the contract, on both databases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1 import user_task_runtime_pb2 as people_pb
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.integration.runtime.servers import Server, codes, failure, until
from tests.integration.service.test_inbox import clerks
from tests.integration.service.test_user_task_lifecycle import complete, hand_over, refused
from tests.support.harness import boundary, bpmn, declared, event, flows

CONTRACT = bpmn(
    '<startEvent id="s"/><userTask id="write" name="Write the contract" bpmgrpc:candidateUsers="ann,bob"'
    ' bpmgrpc:priority="70" bpmgrpc:outcomes="sign,drop"/><endEvent id="e"/>'
    + boundary("stop", "write", event("signal", "S"))
    + '<endEvent id="stopped"/>'
    + flows("s -> write", "write -> e", "stop -> stopped"),
    extra=declared("S"),
)
CALLED = bpmn('<startEvent id="s"/><callActivity id="call" calledElement="p"/>' + flows("s -> call"), process="outer")
TWO = bpmn('<startEvent id="s"/><userTask id="new"/><userTask id="t"/>' + flows("s -> new", "new -> t"))


async def written(server: Server, variables: str = '{"price":1.10}') -> UserTask:
    """Starts the process; ann has claimed its task."""
    await server.deploy(CONTRACT)
    return await server.claim(await server.open_task(await server.start(variables=variables)), "ann")


async def divide(server: Server, task: UserTask, user: str = "ann", name: str = "Check it", **fields: Any) -> UserTask:
    """Makes a subtask."""
    request = people_pb.CreateSubtaskRequest(parent_user_task_id=task.user_task_id, user=user, name=name, **fields)
    made: UserTask = (await server.people.CreateSubtask(request)).user_task
    return made


async def cancel(server: Server, task: UserTask, user: str = "ann", **fields: Any) -> UserTask:
    """Takes a subtask away."""
    request = people_pb.CancelSubtaskRequest(user_task_id=task.user_task_id, user=user, **fields)
    canceled: UserTask = (await server.people.CancelSubtask(request)).user_task
    return canceled


async def current(server: Server, task: UserTask) -> UserTask:
    """Reads a task again."""
    found: UserTask = (
        await server.processes.GetUserTask(pb.GetUserTaskRequest(user_task_id=task.user_task_id))
    ).user_task
    return found


async def ended(server: Server, task: UserTask) -> bool:
    """Whether the instance of a task has ended."""
    return (await server.instance(task.process_instance_id)).HasField("end_time")


async def told(server: Server, task: UserTask) -> list[tuple[str, str]]:
    """What happened to a task, and by whom."""
    request = people_pb.ListUserTaskEventsRequest(user_task_id=task.user_task_id)
    found = (await server.people.ListUserTaskEvents(request)).history_events
    return [(one.event_type, one.actor) for one in found]


async def test_subtask_is_a_task_like_any_other(server: Server) -> None:
    """It is in inboxes and lists, with what it was made with; the rest it has from the task that it is a part of."""
    await clerks(server, "kim")
    task = await written(server)

    mine = await divide(server, task, request_id="once")
    again = await divide(server, task, request_id="once")
    given = await divide(server, task, name="Ask the bank", assignee="bob", priority=9, due_time=Timestamp(seconds=7))
    offered = await divide(
        server, task, candidate_groups=["clerks"], description="Twice.", follow_up_time=Timestamp(seconds=8)
    )

    assert mine == again
    assert (mine.state, mine.assignee, mine.owner, mine.priority) == (UserTask.STATE_CLAIMED, "ann", "ann", 70)
    assert (mine.name, mine.element_id, mine.parent_user_task_id) == ("Check it", "write", task.user_task_id)
    assert mine.process_instance_id == task.process_instance_id
    assert (given.state, given.assignee, given.priority, given.due_time.seconds) == (
        UserTask.STATE_CLAIMED,
        "bob",
        9,
        7,
    )
    assert list(given.candidate_users) == ["bob"]
    assert (offered.state, list(offered.candidate_groups), offered.description, offered.follow_up_time.seconds) == (
        UserTask.STATE_WAITING,
        ["clerks"],
        "Twice.",
        8,
    )
    assert await server.tasks(user="kim") == [offered]
    assert await server.tasks(user="bob") == [given]
    parts = await server.tasks(filter={"parent_user_task_id": task.user_task_id})
    assert parts == [mine, offered, given]  # by priority
    assert [one.element_id for one in await server.tasks(task.process_instance_id)] == ["write"] * 4
    response = await server.processes.GetUserTask(pb.GetUserTaskRequest(user_task_id=mine.user_task_id))
    assert (response.user_task, list(response.outcomes)) == (mine, [])


async def test_task_is_completed_after_its_subtasks(server: Server) -> None:
    """Each completion answers what its user can do next; the last one lets the task itself be completed."""
    task = await written(server)
    first, second = await divide(server, task), await divide(server, task, assignee="bob")

    await refused("FAILED_PRECONDITION", "SUBTASKS_OPEN", complete(server, task, "ann", outcome="sign"))
    answer = await complete(server, first, "ann", include_next_user_tasks=True)
    await complete(server, second, "bob")
    done = await complete(server, task, "ann", outcome="sign")

    assert answer.user_task.state == UserTask.STATE_COMPLETED
    assert [one.user_task_id for one in answer.next_user_tasks] == [task.user_task_id]
    assert done.user_task.state == UserTask.STATE_COMPLETED
    assert (await server.instance(task.process_instance_id)).state == ProcessInstance.STATE_COMPLETED
    assert await told(server, second) == [("USER_TASK_CREATED", "ann"), ("USER_TASK_COMPLETED", "bob")]


async def test_error_names_the_subtasks_that_are_open(server: Server) -> None:
    """A caller can go on with them."""
    task = await written(server)
    part = await divide(server, task)

    one = (await failure(complete(server, task, "ann")))[2]
    await divide(server, task)
    two = (await failure(complete(server, task, "ann")))[2]

    assert one == f"user task {task.user_task_id!r} has open subtasks: {part.user_task_id}"
    assert two.startswith(f"{one}, ")


async def test_subtask_sees_and_sets_what_its_task_sees(server: Server) -> None:
    """Its variables are the task's, while it is open and when it is completed."""
    task = await written(server)
    part = await divide(server, task, assignee="bob")

    assert await server.variables(part) == '{"price":1.10}'
    await server.processes.SetUserTaskVariables(
        pb.SetUserTaskVariablesRequest(user_task_id=part.user_task_id, variables='{"price":2}')
    )
    await complete(server, part, "bob", variables='{"checked":true}')

    assert json.loads(await server.variables(task)) == {"checked": True, "price": 2}
    assert json.loads(await server.variables(part)) == {"checked": True, "price": 2}


async def test_next_task_of_a_pool_may_be_a_subtask(server: Server) -> None:
    """It is claimed like any other, with the variables that it sees."""
    task = await written(server)
    part = await divide(server, task, candidate_users=["bob"])

    request = people_pb.ClaimNextUserTaskRequest(user="bob", include_variables=True)
    found = await server.people.ClaimNextUserTask(request)

    assert (found.user_task.user_task_id, found.variables) == (part.user_task_id, '{"price":1.10}')


async def test_subtasks_end_with_what_takes_their_task_away(server: Server) -> None:
    """An event that interrupts it cancels them, and so does the end of the instance."""
    tasks = [await written(server), await written(server)]
    parts = [await divide(server, task, candidate_users=["bob"]) for task in tasks]

    instance = tasks[0].process_instance_id
    await server.processes.CancelProcessInstance(pb.CancelProcessInstanceRequest(process_instance_id=instance))
    assert await server.tasks(user="bob") == [parts[1]]
    await server.processes.BroadcastSignal(pb.BroadcastSignalRequest(signal_name="S"))

    await until(lambda: ended(server, tasks[1]))
    assert await server.tasks(user="bob") == []
    for part in parts:
        assert (await current(server, part)).state == UserTask.STATE_CANCELED
        assert [event for event, _ in await told(server, part)] == ["USER_TASK_CREATED", "USER_TASK_CANCELED"]


async def test_subtask_is_taken_away_by_its_owner(server: Server) -> None:
    """Its task can be completed then."""
    task = await written(server)
    part = await divide(server, task, assignee="bob")

    await refused("PERMISSION_DENIED", "NOT_THE_OWNER", cancel(server, part, "bob"))
    await refused("FAILED_PRECONDITION", "NO_SUBTASK", cancel(server, task))
    await refused("ABORTED", "ETAG_STALE", cancel(server, part, etag="0"))
    gone = await cancel(server, part, reason="too dear", request_id="c")
    again = await cancel(server, part, reason="too dear", request_id="c")

    assert gone == again
    assert (gone.state, gone.HasField("end_time")) == (UserTask.STATE_CANCELED, True)
    await refused("FAILED_PRECONDITION", "USER_TASK_ENDED", cancel(server, part))
    assert (await complete(server, task, "ann", outcome="drop")).user_task.state == UserTask.STATE_COMPLETED
    events = [
        one.attributes
        for one in await server.history(task.process_instance_id)
        if one.event_type.endswith("TASK_CANCELED")
    ]
    assert events == ['{"user":"ann","reason":"too dear"}']


async def test_subtask_is_made_by_who_works_on_its_task(server: Server) -> None:
    """Its claimer, the delegate, or a candidate while nobody has claimed it."""
    await server.deploy(CONTRACT)
    task = await server.open_task(await server.start())

    await refused("PERMISSION_DENIED", "NOT_A_CANDIDATE", divide(server, task, "eve"))
    part = await divide(server, task, "bob")
    assert int((await current(server, task)).etag) == int(task.etag) + 1
    await refused("ABORTED", "ETAG_STALE", divide(server, task, "bob", etag=task.etag))
    claimed = await server.claim(task, "ann")
    await refused("PERMISSION_DENIED", "NOT_THE_ASSIGNEE", divide(server, task, "bob"))
    await hand_over(server, "Delegate", claimed, "ann", delegate="dan")
    assert (await divide(server, task, "dan")).owner == "dan"
    await refused("FAILED_PRECONDITION", "SUBTASK_OF_SUBTASK", divide(server, part, "bob"))
    await refused("INVALID_ARGUMENT", "OUTCOME_NOT_DECLARED", complete(server, part, "bob", outcome="sign"))


async def test_who_may_not_do_a_task_divides_it_neither(server: Server) -> None:
    """Four eyes count for its parts too."""
    await server.deploy(CONTRACT)
    task = await server.open_task(await server.start())
    await server.processes.AssignUserTask(
        pb.AssignUserTaskRequest(user_task_id=task.user_task_id, groups=["clerks"], excluded_users=["ann"])
    )
    await clerks(server, "ann", "bob")

    await refused("PERMISSION_DENIED", "EXCLUDED_OWNER", divide(server, task))
    assert (await divide(server, task, "bob")).owner == "bob"


async def test_a_task_has_at_most_a_hundred_open_subtasks(server: Server) -> None:
    """One more is refused; it is there when one of them has ended."""
    task = await written(server)
    parts = [await divide(server, task) for _ in range(100)]

    await refused("FAILED_PRECONDITION", "TOO_MANY_SUBTASKS", divide(server, task))
    await complete(server, parts[0], "ann")

    assert (await divide(server, task)).state == UserTask.STATE_CLAIMED


async def test_subtask_of_a_called_process(server: Server) -> None:
    """It belongs to the instance of its task, whose process the answers name."""
    await server.deploy(CONTRACT, CALLED)
    outer = await server.start("outer")
    task = await server.open_task(outer)

    part = await divide(server, task, "ann")
    done = (await complete(server, part, "ann")).user_task
    other = await cancel(server, await divide(server, task, "ann"))

    assert [one.process_name for one in (part, done, other)] == ["p"] * 3
    assert part.process_instance_id == task.process_instance_id != outer


async def test_subtask_moves_with_its_task_to_another_version(server: Server) -> None:
    """A migration takes open subtasks along, and they end there."""
    await server.deploy(bpmn('<startEvent id="s"/><userTask id="old"/>' + flows("s -> old")))
    task = await server.open_task(await server.start())
    part = await divide(server, task, "ann")
    (version,) = await server.deploy(TWO)
    request = admin_pb.MigrateProcessInstanceRequest(
        process_instance_id=task.process_instance_id,
        target_process_definition_id=version.process_definition_id,
        element_mappings=[{"source_element_id": "old", "target_element_id": "new"}],
    )

    await server.admin.MigrateProcessInstance(request)

    moved = await current(server, part)
    assert (moved.element_id, moved.process_definition_id) == ("new", version.process_definition_id)
    await complete(server, part, "ann")
    await complete(server, task, "ann")
    assert (await server.open_task(task.process_instance_id)).element_id == "t"


@pytest.mark.parametrize(
    ("fields", "named"),
    (
        ({"name": ""}, "name"),
        ({"user": ""}, "user"),
        ({"priority": 100}, "priority"),
        ({"candidate_users": [""]}, "candidate_users[0]"),
        ({"description": "x" * 10_001}, "description"),
    ),
)
async def test_bad_subtask_is_refused_by_its_field(server: Server, fields: dict[str, Any], named: str) -> None:
    """Nothing is made."""
    task = await written(server)

    code, _, text = await failure(divide(server, task, **fields))

    assert (code, text.split(":")[0]) == ("INVALID_ARGUMENT", named)
    assert await server.tasks(filter={"parent_user_task_id": task.user_task_id}) == []


async def test_filter_of_another_instances_task_is_refused(server: Server) -> None:
    """It could let nothing through."""
    task = await written(server)
    other = await server.start()

    found = await codes([server.tasks(other, filter={"parent_user_task_id": task.user_task_id})])

    assert found == ["INVALID_ARGUMENT"]
