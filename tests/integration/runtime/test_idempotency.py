"""A call that is repeated under its request id acts once and gets the same answer, byte for byte."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bpmgrpc.background.retention import Retention
from bpmgrpc.clock import ManualClock
from bpmgrpc.runtime import Options
from bpmgrpc.store import tables
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement
from bpmgrpc.v1 import process_runtime_pb2 as pb
from tests.integration.runtime.servers import JOB, USER_TASK, Server, failure, opened, same_bytes
from tests.support.harness import bpmn, flows

HOUR = 3600  # seconds
ANSWERS = Statement(select(table_of(tables.RequestAnswer).c.request_id))


async def test_repeated_start_gives_the_same_answer_and_starts_once(server: Server) -> None:
    """The second call gets the first one's bytes, though the instance has moved on."""
    await server.deploy(USER_TASK)
    request = pb.StartProcessInstanceRequest(process_name="p", variables='{"a":1.10}', request_id="r 1~")

    first = await server.processes.StartProcessInstance(request)
    await server.complete(await server.open_task(first.process_instance.process_instance_id))
    second = await server.processes.StartProcessInstance(request)

    assert same_bytes([first, second])
    assert len(await server.instances()) == 1


async def test_eight_twins_over_two_servers_start_once(pair: tuple[Server, Server]) -> None:
    """Concurrent calls with one id, half of them to another server, get one answer; one instance is started."""
    await pair[0].deploy(USER_TASK)
    request = pb.StartProcessInstanceRequest(process_name="p", request_id="twin")

    answers = await asyncio.gather(*(pair[n % 2].processes.StartProcessInstance(request) for n in range(8)))

    assert same_bytes(answers)
    assert len(await pair[0].instances()) == 1


async def test_eight_twins_over_two_servers_complete_once(pair: tuple[Server, Server]) -> None:
    """Concurrent completions with one id all succeed with one answer; the task is completed once."""
    await pair[0].deploy(USER_TASK)
    instance = await pair[0].start()
    task = await pair[0].open_task(instance)
    request = pb.CompleteUserTaskRequest(user_task_id=task.user_task_id, user="u", request_id="twin")

    answers = await asyncio.gather(*(pair[n % 2].processes.CompleteUserTask(request) for n in range(8)))

    assert same_bytes(answers)
    assert await pair[0].count_events(instance, "USER_TASK_COMPLETED") == 1


async def test_eight_twins_over_two_servers_deploy_once(pair: tuple[Server, Server]) -> None:
    """Concurrent deployments with one id give one answer and one version."""
    request = pb.DeployProcessDefinitionsRequest(
        files=[pb.ResourceFile(name="p.bpmn", content=USER_TASK)], request_id="twin"
    )

    answers = await asyncio.gather(*(pair[n % 2].processes.DeployProcessDefinitions(request) for n in range(8)))

    assert same_bytes(answers)
    assert [one.version for one in answers[0].process_definitions] == [1]


async def test_other_content_under_the_same_id_is_refused(server: Server) -> None:
    """An id belongs to one content: another under it is INVALID_ARGUMENT naming request_id, and does nothing."""
    await server.deploy(USER_TASK)
    await server.start(variables='{"a":1}', request_id="r")

    found = await failure(server.start(variables='{"a":2}', request_id="r"))

    assert found == ("INVALID_ARGUMENT", "REQUEST_ID_REUSED", "request_id 'r' was used before with another content")
    assert len(await server.instances()) == 1


async def test_id_of_a_call_that_failed_is_free(server: Server) -> None:
    """Only a successful answer is kept: what failed may be corrected and sent under the same id."""
    found = await failure(server.start(request_id="r"))
    await server.deploy(USER_TASK)

    await server.start(request_id="r")

    assert found[0] == "NOT_FOUND"
    assert len(await server.instances()) == 1


async def test_same_id_of_another_rpc_or_caller_is_another_id(server: Server) -> None:
    """The scope of an id is the caller and the RPC."""
    await server.deploy(USER_TASK)
    request = pb.StartProcessInstanceRequest(process_name="p", request_id="r")

    for caller in ("ann", "bob", "ann"):
        await server.processes.StartProcessInstance(request, metadata=(("authorization", caller),))
    instances = await server.instances()
    cancel = pb.CancelProcessInstanceRequest(process_instance_id=instances[0].process_instance_id, request_id="r")
    await server.processes.CancelProcessInstance(cancel, metadata=(("authorization", "ann"),))

    assert sorted(instance.create_by for instance in instances) == ["ann", "bob"]


async def test_claim_that_changed_nothing_does_not_act_when_it_is_repeated(server: Server) -> None:
    """A claim of one's own task is answered and kept: its repetition does not claim what was given back since."""
    await server.deploy(USER_TASK)
    instance = await server.start()
    task = await server.open_task(instance)
    await server.claim(task, "u")
    first = await server.claim(task, "u", request_id="again")
    unclaim = pb.UnclaimUserTaskRequest(user_task_id=task.user_task_id, user="u")
    await server.processes.UnclaimUserTask(unclaim)

    second = await server.claim(task, "u", request_id="again")

    assert same_bytes([first, second])
    assert (await server.open_task(instance)).assignee == ""
    assert (await failure(server.claim(task, "v", request_id="again")))[1] == "REQUEST_ID_REUSED"


async def test_assignment_of_no_task_is_kept_too(server: Server) -> None:
    """Assigning the tasks of an instance that has none does nothing when it is repeated, though there is one now."""
    await server.deploy(
        bpmn(
            '<startEvent id="s"/><serviceTask id="j" bpmgrpc:jobType="work"/><userTask id="t"/>'
            + flows("s -> j", "j -> t")
        )
    )
    instance = await server.start()
    request = pb.AssignProcessInstanceUserTasksRequest(process_instance_id=instance, users=["u"], request_id="r")
    first = await server.processes.AssignProcessInstanceUserTasks(request)
    (job,) = await server.activate()
    await server.complete_job(job)

    second = await server.processes.AssignProcessInstanceUserTasks(request)

    assert (len(first.user_tasks), len(second.user_tasks)) == (0, 0)
    assert list((await server.open_task(instance)).candidate_users) == []


async def test_start_by_id_is_repeated_too(server: Server) -> None:
    """A start that names a version by its id gets its first answer again."""
    (definition,) = await server.deploy(USER_TASK)
    request = pb.StartProcessInstanceRequest(process_definition_id=definition.process_definition_id, request_id="by id")

    answers = [await server.processes.StartProcessInstance(request) for _ in range(2)]

    assert same_bytes(answers)
    assert len(await server.instances()) == 1


async def test_job_completed_twice_under_one_id_is_completed_once(server: Server) -> None:
    """The job is gone after the first completion; its repetition succeeds all the same."""
    await server.deploy(JOB)
    instance = await server.start()
    (job,) = await server.activate()

    await server.complete_job(job, request_id="done")
    await server.complete_job(job, request_id="done")

    assert await server.count_events(instance, "JOB_COMPLETED") == 1
    assert (await failure(server.complete_job(job)))[0] == "NOT_FOUND"


@pytest.mark.parametrize("request_id", ("x" * 129, "tab\t", "ü", "new\nline"), ids=ascii)
async def test_id_that_is_none_is_refused(server: Server, request_id: str) -> None:
    """An id has 1 to 128 printable ASCII characters."""
    await server.deploy(USER_TASK)

    found = await failure(server.start(request_id=request_id))

    assert found[0] == "INVALID_ARGUMENT"
    assert await server.instances() == []


class World:
    """A server with a clock that is moved by hand."""

    def __init__(self, server: Server, clock: ManualClock) -> None:
        self.server = server
        self.clock = clock

    async def answers(self) -> int:
        """Counts the answers that are kept."""
        return await self.server.runtime.read(lambda queries: len(queries.db.fetch(ANSWERS)))


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A server that keeps answers for 24 hours of its own clock."""
    clock = ManualClock()
    async with opened(database_url, clock=clock, options=Options(idempotency_retention_hours=24)) as (server,):
        await server.deploy(USER_TASK)
        yield World(server, clock)


async def test_answer_is_kept_for_24_hours(world: World) -> None:
    """Until then the call is repeated; from then on the id is free, whether or not its row has been removed."""
    await world.server.start(request_id="r")

    world.clock.advance(24 * HOUR - 1)
    await world.server.start(request_id="r")
    assert len(await world.server.instances()) == 1

    world.clock.advance(1)
    await world.server.start(request_id="r")
    assert len(await world.server.instances()) == 2


async def test_expired_id_is_free_for_a_claim_and_another_content(world: World) -> None:
    """An expired answer is in nobody's way: a claim under its id is kept anew, with its own content."""
    task = await world.server.open_task(await world.server.start())
    await world.server.claim(task, "u", request_id="r")
    unclaim = pb.UnclaimUserTaskRequest(user_task_id=task.user_task_id, user="u")
    await world.server.processes.UnclaimUserTask(unclaim)

    world.clock.advance(24 * HOUR)
    claimed = await world.server.claim(task, "v", request_id="r")

    assert claimed.assignee == "v"
    assert same_bytes([claimed, await world.server.claim(task, "v", request_id="r")])


async def test_expired_answers_are_removed(world: World) -> None:
    """The retention removes what has expired, and only that; a deployment's answer counts as any other."""
    retention = Retention(world.server.runtime)
    await world.server.deploy(JOB, request_id="old")
    world.clock.advance(23 * HOUR)
    await world.server.start(request_id="young")
    before = await world.answers()

    world.clock.advance(1 * HOUR)
    pause = await retention.step()

    assert (before, await world.answers(), pause) == (2, 1, float("inf"))
    await world.server.start(request_id="young")
    assert len(await world.server.instances()) == 1
