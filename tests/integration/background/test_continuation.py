"""A long run is done in slices: what one caller or server leaves, the background of any server finishes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bpmgrpc.background.continuation import Continuation
from bpmgrpc.clock import ManualClock
from bpmgrpc.engine.execution import Limits
from bpmgrpc.errors import Unavailable
from bpmgrpc.runtime import Options, instances
from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.integration.runtime.servers import Server, opened, until
from tests.support.harness import bpmn, flows

COMPLETED = ProcessInstance.STATE_COMPLETED
ACTIVE = ProcessInstance.STATE_ACTIVE
LOOP = bpmn(
    '<startEvent id="s"/><exclusiveGateway id="g"/>'
    '<scriptTask id="t" bpmgrpc:resultVariable="n"><script>=n + 1</script></scriptTask><endEvent id="e"/>'
    + flows("s -> g", "g -> e: =n >= 300", "g -> t: =n < 300", "t -> g")
)
HURRY_SECONDS = 10.0  # less than what is kept for the answer, so that a call ends with its first slice on any machine
SLICES = Options(limits=Limits(steps=100_000, steps_per_slice=10))
START = pb.StartProcessInstanceRequest(process_name="p", variables='{"n":0}', request_id="once")


@pytest.fixture
def clock() -> ManualClock:
    """The time of all servers of a test."""
    return ManualClock()


@pytest.fixture
async def server(database_url: str, clock: ManualClock) -> AsyncIterator[Server]:
    """A server that does ten steps in a transaction."""
    async with opened(database_url, options=SLICES, clock=clock) as (only,):
        await only.deploy(LOOP)
        yield only


async def begun(server: Server) -> str:
    """Starts the long run with so short a deadline that only its first slice is done."""
    await server.processes.StartProcessInstance(START, timeout=HURRY_SECONDS)
    (instance,) = await server.instances()
    return instance.process_instance_id


async def test_long_run_is_finished_for_its_caller(server: Server) -> None:
    """With time enough the call goes on, slice by slice, until the instance ends."""
    instance = await server.start(variables='{"n":0}')

    found = await server.instance(instance)

    assert (found.state, found.variables) == (COMPLETED, '{"n":300}')


@pytest.fixture(autouse=True)
def much_kept_for_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call whose caller waits `HURRY_SECONDS` has no time left after its first slice, however slow the machine is."""
    monkeypatch.setattr(instances, "_ANSWER_SECONDS", 1.5 * HURRY_SECONDS)


async def test_short_deadline_gets_an_answer_after_the_first_slice(server: Server) -> None:
    """A caller in a hurry is answered in time, and its instance is there, unfinished."""
    instance = await begun(server)

    assert (await server.instance(instance)).state == ACTIVE


async def test_run_of_a_server_that_is_gone_is_finished_by_the_next(database_url: str) -> None:
    """A server that ends between two slices leaves a run that the background of another finishes."""
    async with opened(database_url, options=SLICES) as (first,):
        await first.deploy(LOOP)
        instance = await begun(first)

    async with opened(database_url, options=SLICES) as (second,):
        second.start_background()

        async def ended() -> bool:
            return (await second.instance(instance)).state == COMPLETED

        await until(ended)
        assert (await second.instance(instance)).variables == '{"n":300}'
        answer = await second.processes.StartProcessInstance(START)
        assert answer.process_instance.process_instance_id == instance


async def test_young_run_is_left_to_whoever_began_it(server: Server, clock: ManualClock) -> None:
    """For two seconds nobody else goes on with a run; then it is finished."""
    instance = await begun(server)

    early = await Continuation(server.runtime).step()
    clock.advance(3)
    late = await Continuation(server.runtime).step()

    assert (early, late) == (float("inf"), 0)
    assert (await server.instance(instance)).state == COMPLETED


async def test_run_that_cannot_go_on_does_not_keep_others_from_it(
    server: Server, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One instance whose continuation fails is tried again later; those behind it are finished."""
    first = await begun(server)
    other = pb.StartProcessInstanceRequest(process_name="p", variables='{"n":0}')
    second = (
        await server.processes.StartProcessInstance(other, timeout=HURRY_SECONDS)
    ).process_instance.process_instance_id
    clock.advance(3)
    instances = server.runtime.instances
    submit = instances.submit

    async def breaks(root_id: str, *rest: object, **options: object) -> object:
        if root_id == first:
            raise RuntimeError("a fault of ours")
        return await submit(root_id, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(instances, "submit", breaks)
    pauses = [await Continuation(server.runtime).step() for _ in range(2)]
    monkeypatch.undo()

    assert pauses == [0, float("inf")]
    assert [(await server.instance(one)).state for one in (first, second)] == [ACTIVE, COMPLETED]
    await Continuation(server.runtime).step()
    assert (await server.instance(first)).state == COMPLETED


async def test_database_that_fails_after_the_first_slice_is_no_failure_of_the_call(
    server: Server, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed is answered as done: the caller must not start it a second time."""
    executor = server.runtime.executor
    run = executor.run
    calls = 0

    async def fails_later(*arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise Unavailable("the database is away")
        return await run(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(executor, "run", fails_later)
    answer = await server.processes.StartProcessInstance(START)
    monkeypatch.undo()
    clock.advance(3)
    await Continuation(server.runtime).step()

    assert (await server.instance(answer.process_instance.process_instance_id)).state == COMPLETED


async def test_instance_that_is_canceled_during_its_run_stops(server: Server, clock: ManualClock) -> None:
    """Between two slices a run can be canceled; nobody goes on with it, and its starter has its answer."""
    instance = await begun(server)

    await server.processes.CancelProcessInstance(pb.CancelProcessInstanceRequest(process_instance_id=instance))
    clock.advance(3)
    pause = await Continuation(server.runtime).step()

    assert pause == float("inf")
    assert (await server.instance(instance)).state == ProcessInstance.STATE_CANCELED


async def test_endless_loop_becomes_an_incident(database_url: str) -> None:
    """A run that reaches the step limit without waiting is stopped with an incident, and can still be canceled."""
    options = Options(limits=Limits(steps=500, steps_per_slice=50))
    async with opened(database_url, options=options) as (server,):
        await server.deploy(LOOP.replace(b"300", b"999999999"))
        instance = await server.start(variables='{"n":0}')

        (incident,) = (await server.admin.ListIncidents(admin_pb.ListIncidentsRequest())).incidents
        await server.processes.CancelProcessInstance(pb.CancelProcessInstanceRequest(process_instance_id=instance))

        assert incident.reason == "STEP_LIMIT"
        assert (await server.instance(instance)).state == ProcessInstance.STATE_CANCELED


async def test_caller_that_gives_up_does_not_stop_the_run(server: Server, clock: ManualClock) -> None:
    """A cancelled call leaves its instance whole: what it began is finished by the background."""
    call = asyncio.ensure_future(server.processes.StartProcessInstance(START))

    async def is_there() -> bool:
        return bool(await server.instances())

    async def has_ended() -> bool:
        clock.advance(3)  # a slice that was under way may have been committed just now, and so count as young
        await Continuation(server.runtime).step()
        (instance,) = await server.instances()
        return instance.state == COMPLETED

    await until(is_there)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)

    await until(has_ended)
    (instance,) = await server.instances()
    assert (await server.instance(instance.process_instance_id)).variables == '{"n":300}'
