"""Reminders and escalation of user tasks: each once, however many servers look, and only of open tasks."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from bpmgrpc.background.deadlines import TaskDeadlines
from bpmgrpc.clock import ManualClock
from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import user_task_runtime_pb2 as people_pb
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.integration.runtime.servers import Server, opened, until
from tests.support.harness import bpmn, flows

NOTHING_TO_DO = float("inf")


def task_with(attributes: str) -> bytes:
    """A process with one task."""
    return bpmn(f'<startEvent id="s"/><userTask id="t" {attributes}/><endEvent id="e"/>' + flows("s -> t", "t -> e"))


@pytest.fixture
def clock() -> ManualClock:
    """The time of all servers of a test."""
    return ManualClock()


@pytest.fixture
async def pair(database_url: str, clock: ManualClock) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers that share a database; their background loops are not started."""
    async with opened(database_url, 2, clock=clock) as (first, second):
        yield first, second


async def step(pair: tuple[Server, Server]) -> None:
    """Both servers look at the same time, until nothing is due."""
    while 0 in await asyncio.gather(*(TaskDeadlines(server.runtime).step() for server in pair)):
        pass


async def told(server: Server, instance: str) -> list[str]:
    """What the history tells of the deadlines of an instance's task."""
    events = [one for one in await server.history(instance) if one.actor == "deadline"]
    return [one.event_type for one in events]


async def test_reminders_are_given_once_each(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """At each of the times that the model gives, by one of the servers; the task is changed and else as it was."""
    await pair[0].deploy(task_with('bpmgrpc:reminderDate="PT1M,PT2M,PT1M" bpmgrpc:assignee="ann"'))
    instances = [await pair[0].start() for _ in range(20)]
    before = await pair[0].open_task(instances[0])

    await step(pair)
    early = await told(pair[0], instances[0])
    clock.advance(60)
    await step(pair)
    first = [await told(pair[0], instance) for instance in instances]
    clock.advance(60)
    await step(pair)

    assert early == []
    assert first == [["USER_TASK_REMINDED"]] * 20
    assert [await told(pair[1], instance) for instance in instances] == [["USER_TASK_REMINDED"] * 2] * 20
    after = await pair[0].open_task(instances[0])
    assert (after.etag, after.assignee, after.state) == ("3", "ann", before.state)


async def test_escalation_offers_an_overdue_task_to_others(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """At the due date where no other is given: a claim is lifted, the priority raised, the assignee out of it."""
    await pair[0].deploy(
        task_with(
            'bpmgrpc:assignee="ann" bpmgrpc:dueDate="PT1H" bpmgrpc:escalationUsers="${boss}"'
            ' bpmgrpc:escalationPriority="90"'
        )
    )
    instance = await pair[0].start(variables='{"boss":"bea"}')
    clock.advance(3600)

    await step(pair)

    task = await pair[0].open_task(instance)
    assert (task.state, task.assignee, list(task.candidate_users), task.priority) == (
        UserTask.STATE_ASSIGNED,
        "",
        ["bea"],
        90,
    )
    assert await pair[1].tasks(user="ann") == []
    assert await pair[1].tasks(user="bea") == [task]
    assert await told(pair[0], instance) == ["USER_TASK_ESCALATED"]


async def test_escalation_without_targets_is_told_only(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """The history and watchers have it; a task that asks for nothing has no deadline at its due date."""
    await pair[0].deploy(task_with('bpmgrpc:dueDate="PT1M"'))
    quiet = await pair[0].start()
    await pair[0].deploy(task_with('bpmgrpc:escalationDate="PT1M"'))
    instance = await pair[0].start()
    before = await pair[0].open_task(instance)
    clock.advance(60)

    await step(pair)

    after = await pair[0].open_task(instance)
    assert (before.etag, after.etag, after.priority, after.state) == ("1", "2", 50, before.state)
    assert (await told(pair[0], instance), await told(pair[0], quiet)) == (["USER_TASK_ESCALATED"], [])


async def test_deadline_at_the_due_date_moves_with_it(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """Later; and it goes where the due date is cleared."""
    await pair[0].deploy(task_with('bpmgrpc:dueDate="PT1M" bpmgrpc:escalationPriority="99"'))
    instances = [await pair[0].start() for _ in range(2)]
    later = Timestamp(seconds=clock.now_us() // 1_000_000 + 120)
    for instance, due in zip(instances, (later, None), strict=True):
        request = people_pb.UpdateUserTaskRequest(
            user_task_id=(await pair[0].open_task(instance)).user_task_id,
            user_task=UserTask(due_time=due),
            update_mask=FieldMask(paths=["due_time"]),
        )
        await pair[0].people.UpdateUserTask(request)

    clock.advance(60)
    await step(pair)
    first = [await told(pair[0], instance) for instance in instances]
    clock.advance(60)
    await step(pair)

    assert first == [[], []]
    assert [await told(pair[0], instance) for instance in instances] == [["USER_TASK_ESCALATED"], []]


async def test_deadline_of_an_ended_task_is_forgotten(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """Nothing is done about what is done; of suspended instances it waits."""
    await pair[0].deploy(task_with('bpmgrpc:reminderDate="PT1M"'))
    done, held = await pair[0].start(), await pair[0].start()
    await pair[0].complete(await pair[0].open_task(done))
    await pair[0].admin.SuspendProcessInstance(admin_pb.SuspendProcessInstanceRequest(process_instance_id=held))
    clock.advance(60)

    await step(pair)
    while_held = await told(pair[0], held)
    pauses = [await TaskDeadlines(server.runtime).step() for server in pair]
    await pair[0].admin.ResumeProcessInstance(admin_pb.ResumeProcessInstanceRequest(process_instance_id=held))
    await step(pair)

    assert pauses == [NOTHING_TO_DO] * 2
    assert (await told(pair[0], done), while_held, await told(pair[0], held)) == ([], [], ["USER_TASK_REMINDED"])


async def test_background_of_a_server_looks_at_deadlines(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """Without being asked to."""
    await pair[0].deploy(task_with('bpmgrpc:reminderDate="PT1M"'))
    instance = await pair[0].start()
    pair[1].start_background()
    clock.advance(60)

    assert await until(lambda: told(pair[0], instance)) == ["USER_TASK_REMINDED"]
