"""What a server wrote last is believed as far as the database agrees: several servers, and what changes in between."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import update

from bpmgrpc.clock import ManualClock
from bpmgrpc.engine.state import Snapshot
from bpmgrpc.ids import split_id
from bpmgrpc.runtime import recent
from bpmgrpc.runtime.recent import RecentRoots
from bpmgrpc.store import tables
from bpmgrpc.store.interface import LARGE_BYTES, DirectoryUser
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.sqlite_store import SqliteStore
from bpmgrpc.store.statements import Statement, constant
from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1 import user_task_runtime_pb2 as people_pb
from bpmgrpc.v1.job_pb2 import Job
from tests.integration.runtime.servers import USER_TASK, Server, failure, opened, same_bytes
from tests.support.harness import bpmn, flows
from tests.support.recent import check_recent

OFFERED = bpmn(
    '<startEvent id="s"/><userTask id="t" bpmgrpc:candidateGroups="desk"/><endEvent id="e"/>'
    + flows("s -> t", "t -> e")
)
BY_VARIABLE = bpmn(
    '<startEvent id="s"/><userTask id="t"/><exclusiveGateway id="g" default="g-no"/>'
    '<userTask id="yes"/><userTask id="no"/><endEvent id="e"/>'
    '<sequenceFlow id="g-yes" sourceRef="g" targetRef="yes"><conditionExpression>${ok}</conditionExpression>'
    '</sequenceFlow><sequenceFlow id="g-no" sourceRef="g" targetRef="no"/>'
    + flows("s -> t", "t -> g", "yes -> e", "no -> e")
)
PAIR = bpmn(
    '<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/>'
    '<endEvent id="e"/>' + flows("s -> f", "f -> a", "f -> b", "a -> j", "b -> j", "j -> e")
)
SUSPEND = Statement(
    update(table_of(tables.ProcessDefinition)).values(
        {table_of(tables.ProcessDefinition).c.state: constant("'SUSPENDED'")}
    )
)


def sent(server: Server) -> int:
    """How many statements a server has sent."""
    return server.runtime.store.statements.count


async def member(server: Server, *groups: str) -> None:
    """Puts user ann into groups, and out of all others."""
    await asyncio.to_thread(_import, server, groups)


def _import(server: Server, groups: tuple[str, ...]) -> None:
    with server.runtime.store.writer() as session:
        session.import_directory([DirectoryUser("ann", groups=groups)], [], replace_all=True)


async def test_what_is_remembered_after_each_command_is_what_a_load_would_find(server: Server) -> None:
    """A command on it is the one on the stored rows; an instance that has ended is forgotten."""
    await server.deploy(PAIR)
    compared = 0

    instance = await server.start(variables=json.dumps({"n": 1.50, "large": "x" * LARGE_BYTES}))
    compared += check_recent(server.runtime)
    for task in await server.tasks(instance):
        await server.claim(task, "ann")
        compared += check_recent(server.runtime)
        await server.complete(task, '{"done":true}', "ann")
        compared += check_recent(server.runtime)

    assert compared == 2 + 2 + 1 + 1
    assert len(server.runtime.recent) == 0


async def test_claim_loses_against_another_server(pair: tuple[Server, Server]) -> None:
    """The server that started the instance is told who was first, though it remembers the task as free."""
    await pair[0].deploy(USER_TASK)
    task = await pair[0].open_task(await pair[0].start())

    await pair[1].claim(task, "bob")
    found = await failure(pair[0].claim(task, "ann"))

    assert found[:2] == ("FAILED_PRECONDITION", "USER_TASK_CLAIMED")
    assert (await pair[1].open_task(task.process_instance_id)).assignee == "bob"


async def test_claim_that_another_server_took_back_is_given(pair: tuple[Server, Server]) -> None:
    """What is remembered of a claim does not outlive it."""
    await pair[0].deploy(USER_TASK)
    task = await pair[0].open_task(await pair[0].start())
    await pair[0].claim(task, "ann")

    await pair[1].processes.UnclaimUserTask(pb.UnclaimUserTaskRequest(user_task_id=task.user_task_id, user="ann"))
    claimed = await pair[0].claim(task, "bob")

    assert claimed.assignee == "bob"


async def test_task_that_another_server_completed_is_not_completed_again(pair: tuple[Server, Server]) -> None:
    """A completion on remembered rows writes nothing where the instance has moved on."""
    await pair[0].deploy(PAIR)
    instance = await pair[0].start()
    first, second = await pair[0].tasks(instance)

    await pair[1].complete(first)
    found = await failure(pair[0].complete(first))
    await pair[0].complete(second)

    assert found[:2] == ("FAILED_PRECONDITION", "USER_TASK_ENDED")
    assert await pair[0].count_events(instance, "USER_TASK_COMPLETED") == 2
    assert await pair[0].count_events(instance, "INSTANCE_COMPLETED") == 1


async def test_completion_sees_the_variables_that_another_server_set(pair: tuple[Server, Server]) -> None:
    """A gateway decides on the newest variables, whoever wrote them."""
    await pair[0].deploy(BY_VARIABLE)
    instance = await pair[0].start(variables='{"ok":false}')
    task = await pair[0].open_task(instance)

    await pair[1].processes.SetUserTaskVariables(
        pb.SetUserTaskVariablesRequest(user_task_id=task.user_task_id, variables='{"ok":true}')
    )
    await pair[0].complete(task)

    assert (await pair[0].open_task(instance)).element_id == "yes"


async def test_etag_of_an_older_version_is_stale(pair: tuple[Server, Server]) -> None:
    """An etag that fits what is remembered, and no more what is stored, is refused."""
    await pair[0].deploy(USER_TASK)
    task = await pair[0].open_task(await pair[0].start())

    await pair[1].claim(task, "ann")
    found = await failure(pair[0].complete(task, user="ann", etag=task.etag))

    assert found[:2] == ("ABORTED", "ETAG_STALE")


async def test_claim_by_one_who_left_the_group_is_refused(pair: tuple[Server, Server]) -> None:
    """Membership is asked when it decides: what was true at the last command is no permission."""
    await pair[0].deploy(OFFERED)
    await member(pair[0], "desk")
    first = await pair[0].open_task(await pair[0].start())
    second = await pair[0].open_task(await pair[0].start())
    third = await pair[0].open_task(await pair[0].start())
    await pair[0].claim(first, "ann")

    await member(pair[1])

    assert (await failure(pair[0].claim(second, "ann")))[:2] == ("PERMISSION_DENIED", "NOT_A_CANDIDATE")
    assert (await failure(pair[0].complete(third, user="ann")))[:2] == ("PERMISSION_DENIED", "NOT_A_CANDIDATE")
    await pair[0].complete(first, user="ann")  # a claim that was right stays right


async def test_task_of_an_instance_suspended_since_is_neither_claimed_nor_completed(
    pair: tuple[Server, Server],
) -> None:
    """The server that remembers the instance as running is told that another one holds it."""
    await pair[0].deploy(USER_TASK)
    instance = await pair[0].start()
    task = await pair[0].open_task(instance)
    held = admin_pb.SuspendProcessInstanceRequest(process_instance_id=instance)
    await pair[1].admin.SuspendProcessInstance(held)

    assert (await failure(pair[0].claim(task, "ann")))[0] == "FAILED_PRECONDITION"
    assert (await failure(pair[0].complete(task)))[0] == "FAILED_PRECONDITION"

    await pair[1].admin.ResumeProcessInstance(admin_pb.ResumeProcessInstanceRequest(process_instance_id=instance))
    assert (await pair[0].claim(task, "ann")).assignee == "ann"


async def test_task_taken_from_a_pool_is_completed_without_a_load(server: Server) -> None:
    """What ClaimNextUserTask claimed is remembered like any other claim."""
    await server.deploy(OFFERED)
    await member(server, "desk")
    await server.start()
    claimed = (await server.people.ClaimNextUserTask(people_pb.ClaimNextUserTaskRequest(user="ann"))).user_task
    before = sent(server)

    await server.complete(claimed, user="ann")

    assert sent(server) - before <= {"sqlite": 9, "postgresql": 1}[server.runtime.store.dialect]


async def test_start_of_a_definition_suspended_since_is_refused(pair: tuple[Server, Server]) -> None:
    """A name that a server has looked up before is no permission to start what it meant."""
    await pair[0].deploy(USER_TASK)
    await pair[0].start()

    with pair[1].runtime.store.writer() as session, session.transaction():
        session.db.run(SUSPEND)

    assert (await failure(pair[0].start()))[:2] == ("FAILED_PRECONDITION", "PROCESS_DEFINITION_STATE")
    assert len(await pair[0].instances()) == 1


async def test_start_takes_the_version_deployed_since(pair: tuple[Server, Server]) -> None:
    """The latest version is that of the moment, however often the name was looked up."""
    await pair[0].deploy(USER_TASK)
    await pair[0].start()
    await pair[0].start()

    await pair[1].deploy(PAIR)
    instance = await pair[0].start()

    assert len(await pair[0].tasks(instance)) == 2


async def test_name_that_became_ambiguous_is_refused(pair: tuple[Server, Server]) -> None:
    """A second application with the process makes the bare name mean two."""
    await pair[0].deploy(USER_TASK, app="one")
    await pair[0].start()

    await pair[1].deploy(USER_TASK, app="two")

    assert (await failure(pair[0].start()))[:2] == ("FAILED_PRECONDITION", "APPLICATION_AMBIGUOUS")
    await pair[0].start(app_name="one")


@pytest.mark.parametrize("fields", ({}, {"version": 1}, {"version_tag": "x"}, {"app_name": "shop"}))
async def test_second_start_by_a_name_starts_the_same(server: Server, fields: dict[str, object]) -> None:
    """Each kind of name is looked up once, and means the same from then on; that costs no statement."""
    await server.deploy(USER_TASK, app="shop", tag="x")

    first = await server.start(**fields)
    before = sent(server)
    second = await server.start(**fields)
    statements = sent(server) - before

    definitions = {(await server.instance(one)).process_definition_id for one in (first, second)}
    assert len(definitions) == 1
    assert statements == {"sqlite": 6, "postgresql": 1}[server.runtime.store.dialect]


async def test_repeated_calls_get_their_first_answers(server: Server) -> None:
    """A call repeated on remembered rows acts once, whatever was done since."""
    await server.deploy(PAIR)
    await server.start()
    start = pb.StartProcessInstanceRequest(process_name="p", request_id="start")
    started = [await server.processes.StartProcessInstance(start) for _ in range(2)]
    first, second = await server.tasks(started[0].process_instance.process_instance_id)
    claim = pb.ClaimUserTaskRequest(user_task_id=first.user_task_id, user="ann", request_id="claim")
    unclaim = pb.UnclaimUserTaskRequest(user_task_id=first.user_task_id, user="ann", request_id="unclaim")
    complete = pb.CompleteUserTaskRequest(user_task_id=first.user_task_id, user="ann", request_id="complete")

    claimed = [await server.processes.ClaimUserTask(claim)]
    unclaimed = [await server.processes.UnclaimUserTask(unclaim)]
    claimed.append(await server.processes.ClaimUserTask(claim))
    unclaimed.append(await server.processes.UnclaimUserTask(unclaim))
    completed = [await server.processes.CompleteUserTask(complete) for _ in range(2)]
    await server.complete(second)

    assert all(map(same_bytes, (started, claimed, unclaimed, completed)))
    assert len(await server.instances()) == 2
    assert await server.count_events(first.process_instance_id, "USER_TASK_CLAIMED") == 1


async def test_twins_on_remembered_rows_act_once(pair: tuple[Server, Server]) -> None:
    """Of racing twins, on the server that remembers the instance and on one that does not, all get one answer."""
    await pair[0].deploy(PAIR)
    await pair[0].start()
    for round_ in range(5):
        task = (await pair[0].tasks(await pair[0].start()))[0]
        claim = pb.ClaimUserTaskRequest(user_task_id=task.user_task_id, user="ann", request_id=f"claim{round_}")
        complete = pb.CompleteUserTaskRequest(user_task_id=task.user_task_id, user="ann", request_id=f"done{round_}")

        claimed = await asyncio.gather(*(pair[n % 2].processes.ClaimUserTask(claim) for n in range(6)))
        completed = await asyncio.gather(*(pair[n % 2].processes.CompleteUserTask(complete) for n in range(6)))

        assert same_bytes(claimed)
        assert same_bytes(completed)
        assert await pair[1].count_events(task.process_instance_id, "USER_TASK_CLAIMED") == 1
        assert await pair[1].count_events(task.process_instance_id, "USER_TASK_COMPLETED") == 1


async def test_commands_of_two_servers_in_turns_lose_nothing(pair: tuple[Server, Server]) -> None:
    """Each command finds what the other server did, though each server remembers what it did itself."""
    await pair[0].deploy(
        bpmn('<startEvent id="s"/><userTask id="t"/><endEvent id="e"/>' + flows("s -> t", "t -> t", "t -> e"))
    )
    instance = await pair[0].start()

    for turn in range(10):
        task = (await pair[turn % 2].tasks(instance))[0]
        await pair[turn % 2].claim(task, "ann")
        await pair[(turn // 2) % 2].complete(task, user="ann")
        check_recent(pair[0].runtime)
        check_recent(pair[1].runtime)

    assert await pair[0].count_events(instance, "USER_TASK_COMPLETED") == 10


async def test_new_connection_believes_nothing_that_was_written_before(postgresql_url: str) -> None:
    """A server that comes back may have lost commits; with its connections goes what was known of its rows."""
    async with opened(postgresql_url, pool_size=1) as (server,):
        await server.deploy(USER_TASK)
        task = await server.open_task(await server.start())
        place = split_id(task.user_task_id)
        assert server.runtime.recent.task(*place, _born(server)) is not None

        with server.runtime.store._pool.connection() as raw:
            raw.close()

        assert server.runtime.recent.task(*place, _born(server)) is None
        assert (await server.claim(task, "ann")).assignee == "ann"
        assert await server.start()
        assert server.runtime.recent.task(*place, _born(server)) is None


def _born(server: Server) -> int:
    with server.runtime.store.writer() as session:
        return session.born


async def test_what_was_written_is_forgotten_after_a_minute(server: Server) -> None:
    """Beyond that the stored rows are asked again."""
    clock = ManualClock()
    server.runtime.recent._now = lambda: clock.now_us() / 1e6
    await server.deploy(USER_TASK)
    task = await server.open_task(await server.start())
    place = split_id(task.user_task_id)

    clock.advance(59)
    assert server.runtime.recent.task(*place, born=0) is not None
    clock.advance(2)
    assert server.runtime.recent.task(*place, born=0) is None


async def test_memory_is_bounded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many roots are remembered, and none that is large."""
    monkeypatch.setattr(recent, "MAX_ROOTS", 3)
    await server.deploy(USER_TASK)

    for _ in range(5):
        await server.start()
    assert len(server.runtime.recent) == 3

    await server.start(variables=json.dumps({f"v{n}": "x" * 3_000 for n in range(6)}))
    await server.start(variables=json.dumps({f"v{n}": n for n in range(70)}))
    assert len(server.runtime.recent) == 3


async def test_server_whose_tries_are_mostly_in_vain_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where other servers work on the same instances, looking at what was written here costs more than it saves."""
    roots = RecentRoots(lambda: 0)

    tries = 0
    while not roots._resting:
        roots.lost("x")
        tries += 1

    assert tries == 45  # (63/64)^45 < 1/2
    roots.won()
    assert roots._resting == recent._REST


JOBS = bpmn(
    '<startEvent id="s"/><parallelGateway id="f"/><userTask id="u"/><subProcess id="sub"><startEvent id="i"/>'
    '<serviceTask id="w" bpmgrpc:jobType="work"><extensionElements><camunda:inputOutput>'
    '<camunda:inputParameter name="own">${n}</camunda:inputParameter></camunda:inputOutput></extensionElements>'
    '</serviceTask><userTask id="after"/>' + flows("i -> w", "w -> after") + '</subProcess><parallelGateway id="j"/>'
    '<endEvent id="e"/>' + flows("s -> f", "f -> u", "f -> sub", "f -> j", "u -> j", "sub -> j", "j -> e")
)


@pytest.fixture
async def postgresql(postgresql_url: str) -> AsyncIterator[Server]:
    """A server with an empty PostgreSQL database."""
    async with opened(postgresql_url) as (only,):
        yield only


async def leased(server: Server, count: int = 4, **variables: Any) -> list[Job]:
    """Deploys a process, starts instances of it, forgets them as another server would, and leases their jobs."""
    await server.deploy(JOBS)
    for _ in range(count):
        await server.start(variables=json.dumps({"n": 1.50, **variables}))
    server.runtime.recent._roots.clear()
    return await server.activate(max_jobs=count)


async def test_what_is_read_with_leases_is_what_a_load_would_find(server: Server) -> None:
    """Scopes, joins and variables around each job; on SQLite nothing is read, for a load costs next to nothing."""
    jobs = await leased(server, large="x" * (LARGE_BYTES + 1))
    compared = check_recent(server.runtime)

    assert compared == (0 if isinstance(server.runtime.store, SqliteStore) else len(jobs))
    for job in jobs:
        await server.complete_job(job, '{"done":true}')
        assert check_recent(server.runtime)
        assert [task.element_id for task in await server.tasks(job.process_instance_id)] == ["u", "after"]


@pytest.mark.postgresql
async def test_leased_jobs_are_completed_in_one_round_trip(postgresql: Server) -> None:
    """A single one is loaded when it is completed, for reading it before would save nothing."""
    jobs = await leased(postgresql)
    before = sent(postgresql)
    await postgresql.complete_job(jobs[0])
    assert sent(postgresql) - before == 1

    (single,) = await leased(postgresql, 1)
    before = sent(postgresql)
    await postgresql.complete_job(single)
    assert sent(postgresql) - before == 2


@pytest.mark.postgresql
async def test_jobs_with_much_around_them_are_loaded(postgresql: Server) -> None:
    """What is worth to be kept is bounded, for each job and for all that are leased at a time."""
    jobs = await leased(postgresql, **{f"v{number}": number for number in range(100)})

    assert len(postgresql.runtime.recent) == 0
    await postgresql.complete_job(jobs[0])
    await leased(postgresql, 5, **{f"v{number}": number for number in range(1_000)})
    assert len(postgresql.runtime.recent) == 0


@pytest.mark.postgresql
async def test_lease_that_somebody_else_has_by_now_is_lost(postgresql: Server) -> None:
    """What a server remembers of a job counts for nothing where the database has another lease."""
    clock = postgresql.runtime.clock
    jobs = await leased(postgresql)
    assert len(postgresql.runtime.recent) == 4
    with postgresql.runtime.store.writer() as session:
        keys = [split_id(job.job_id) for job in jobs]
        session.give_back_jobs(keys, jobs[0].lease_token, clock.now_us())
        session.activate_jobs("work", "other", 4, clock.now_us() + 60_000_000, lambda: "another-token")

    code, reason, _ = await failure(postgresql.complete_job(jobs[0]))

    assert (code, reason) == ("FAILED_PRECONDITION", "LEASE_LOST")


@pytest.mark.postgresql
async def test_newer_state_is_not_replaced_by_an_older_reading(postgresql: Server) -> None:
    """Two jobs of one instance: what was read with the first one's lease is older than what its completion wrote."""
    jobs = await leased(postgresql)
    remembered = dict(postgresql.runtime.recent._roots)
    await postgresql.complete_job(jobs[0])
    root_id = jobs[0].process_instance_id
    newer = postgresql.runtime.recent._roots[root_id]
    snapshot = Snapshot(
        root=remembered[root_id].root,
        elements=dict(remembered[root_id].elements),
        job=next(iter(remembered[root_id].jobs.values())),
    )

    postgresql.runtime.recent.leased(snapshot, 0)

    assert postgresql.runtime.recent._roots[root_id] is newer
