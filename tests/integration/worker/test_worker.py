"""The worker kit against a real server over gRPC."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from grpc import aio

from bpmgrpc.server.grpc_server import build_server, open_port
from bpmgrpc.settings import Settings
from bpmgrpc.v1.admin_runtime_pb2 import ListIncidentsRequest
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from bpmgrpc.worker import BpmnError, BpmnEscalation, Job, JobFailure, Worker
from tests.integration.runtime.servers import JOB, SECONDS, Server, opened, until
from tests.support.harness import boundary, bpmn, declared, error, event, flows


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[Server]:
    """A server whose process has one job."""
    async with opened(database_url, 1) as (one,):
        await one.deploy(JOB)
        yield one


@asynccontextmanager
async def listening(server: Server, port: int = 0) -> AsyncIterator[int]:
    """Lets a server be reached over a socket."""
    grpc_server = build_server(server.dispatcher, Settings())
    found = open_port(grpc_server, f"127.0.0.1:{port}")
    await grpc_server.start()
    try:
        yield found
    finally:
        await grpc_server.stop(None)


@asynccontextmanager
async def working(server: Server, prepare: Callable[[Worker], Any]) -> AsyncIterator[Worker]:
    """Runs a worker against a server."""
    async with listening(server) as port:
        worker = Worker(f"127.0.0.1:{port}", name="kit", grace_seconds=5)
        prepare(worker)
        serving = asyncio.create_task(worker.serve())
        try:
            yield worker
        finally:
            worker.stop()
            await asyncio.wait_for(serving, SECONDS)


async def ended(server: Server, instance: str) -> ProcessInstance:
    """Waits until an instance has ended."""

    async def has_ended() -> ProcessInstance | None:
        found = await server.instance(instance)
        return None if found.state == ProcessInstance.STATE_ACTIVE else found

    found: ProcessInstance = await until(has_ended)
    return found


async def incident(server: Server) -> Any:
    """Waits for an incident."""

    async def listed() -> Any:
        return (await server.admin.ListIncidents(ListIncidentsRequest())).incidents

    return (await until(listed))[0]


@dataclass
class Order:
    amount: Decimal
    id: int


@pytest.mark.parametrize("kind", ("coroutine", "thread"))
async def test_handler_gets_typed_input_and_its_result_is_the_instances(server: Server, kind: str) -> None:
    """A decimal and a number beyond 64 bits go through a handler and back without a digit lost."""
    threads = []

    def prepare(worker: Worker) -> None:
        if kind == "thread":

            @worker.job("work")
            def done(order: Order) -> Order:
                threads.append(threading.current_thread())
                return Order(order.amount, order.id + 1)
        else:

            @worker.job("work")
            async def done_async(order: Order) -> Order:
                threads.append(threading.current_thread())
                return Order(order.amount, order.id + 1)

    async with working(server, prepare):
        instance = await server.start(variables='{"amount":1234567890123456789.10,"id":18446744073709551615}')
        found = await ended(server, instance)

    assert found.variables == '{"amount":1234567890123456789.10,"id":18446744073709551616}'
    assert (threads[0] is threading.main_thread()) is (kind == "coroutine")


async def test_no_more_jobs_run_at_a_time_than_the_handler_says(server: Server) -> None:
    """A backlog is worked off with the concurrency of the handler, and each job is done once."""
    running, most, done = 0, 0, []

    def prepare(worker: Worker) -> None:
        @worker.job("work", concurrency=3)
        async def work(job: Job) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01)
            running -= 1
            done.append(job.id)

    instances = [await server.start() for _ in range(30)]
    async with working(server, prepare):
        for instance in instances:
            await ended(server, instance)

    assert (most, len(done), len(set(done))) == (3, 30, 30)


async def test_exception_takes_an_attempt_and_the_last_one_is_an_incident(server: Server) -> None:
    """Any exception fails the job with its text; a JobFailure says how many attempts are left."""
    seen = []

    def prepare(worker: Worker) -> None:
        @worker.job("work", backoff_seconds=0.05)
        def work(job: Job) -> None:
            seen.append(job.retries)
            if job.retries == 3:
                raise RuntimeError("printer on fire")
            raise JobFailure("no paper", retries=0)

    await server.start()
    async with working(server, prepare):
        found = await incident(server)

    assert seen == [3, 2]
    assert (found.reason, found.message) == ("JOB_NO_RETRIES", "job type 'work' of 't' failed: no paper")


async def test_input_that_does_not_fit_is_an_incident_at_once(server: Server) -> None:
    """The same variables would fail again, so no attempt is wasted on them."""

    def prepare(worker: Worker) -> None:
        @worker.job("work")
        def work(order: Order) -> None:
            raise AssertionError

    await server.start(variables='{"amount":"much","id":1}')
    async with working(server, prepare):
        found = await incident(server)

    assert found.message.endswith("variable 'amount' has to be a number, not 'much'")


async def test_bpmn_errors_and_escalations_reach_the_model(server: Server) -> None:
    """An error leads to its boundary event; an escalation that does not interrupt is told, and the job completes."""
    told = (
        f'<boundaryEvent id="e" attachedToRef="j" cancelActivity="false">{event("escalation", "late")}</boundaryEvent>'
    )
    await server.deploy(
        bpmn(
            '<startEvent id="s"/><serviceTask id="j" bpmgrpc:jobType="say"/><endEvent id="ok"/><endEvent id="bad"/>'
            '<endEvent id="told"/>'
            + boundary("b", "j", error("E1"))
            + told
            + flows("s -> j", "j -> ok", "b -> bad", "e -> told"),
            process="say",
            extra=declared("late"),
        )
    )

    def prepare(worker: Worker) -> None:
        @worker.job("say")
        def say(job: Job) -> None:
            if job.variables["what"] == "error":
                raise BpmnError("E1", "no", {"why": Decimal("1.10")})
            raise BpmnEscalation("late")

    async with working(server, prepare):
        failed = await server.start("say", '{"what":"error"}')
        late = await server.start("say", '{"what":"escalation"}')
        assert (await ended(server, failed)).variables == '{"what":"error","why":1.10}'
        await ended(server, late)

    ends = {one: {entry.element_id for entry in await server.history(one)} for one in (failed, late)}
    assert "bad" in ends[failed]
    assert {"told", "ok"} <= ends[late]


@pytest.mark.parametrize(
    ("result", "said"),
    (
        ([1], "TypeError: variables are a mapping, a dataclass or None, not [1]"),
        ({"at": object}, "TypeError: a type is no value of a variable"),
        ({"deep": json.loads("[" * 101 + "]" * 101)}, "variables is nested deeper than 100 levels"),
        (BpmnError("E\0", "\ud800"), "error_code: holds a NUL character"),
    ),
)
async def test_answer_that_no_job_can_have_is_a_failure_of_the_handler(server: Server, result: Any, said: str) -> None:
    """It takes an attempt and is told, where it would else be done over and over; the stream goes on."""
    seen = []

    def prepare(worker: Worker) -> None:
        @worker.job("work", backoff_seconds=0)
        def work(job: Job) -> Any:
            if job.variables:
                return None
            seen.append(job.retries)
            if isinstance(result, Exception):
                raise result
            return result

    await server.start()
    async with working(server, prepare):
        found = await incident(server)
        await ended(server, await server.start(variables='{"good":true}'))

    assert seen == [3, 2, 1]
    assert found.message.startswith(f"job type 'work' of 't' failed: {said}")


async def test_lease_is_made_longer_while_the_handler_runs(server: Server) -> None:
    """A job that takes several leases is given to nobody else, and completes."""
    done = []

    def prepare(worker: Worker) -> None:
        @worker.job("work", lease_seconds=0.6)
        async def work(job: Job) -> None:
            await asyncio.sleep(2)
            done.append(job.id)

    instance = await server.start()
    async with working(server, prepare):
        await ended(server, instance)

    assert len(done) == 1


async def test_worker_that_stops_finishes_what_it_began(server: Server) -> None:
    """The job that runs is completed; the jobs that wait are at once for others."""
    began = asyncio.Event()

    def prepare(worker: Worker) -> None:
        @worker.job("work", concurrency=1)
        async def work(job: Job) -> None:
            began.set()
            await asyncio.sleep(0.3)

    instances = [await server.start() for _ in range(3)]
    async with working(server, prepare):
        await asyncio.wait_for(began.wait(), SECONDS)

    states = [(await server.instance(instance)).state for instance in instances]
    assert states.count(ProcessInstance.STATE_COMPLETED) == 1
    assert len(await server.activate()) == 2


async def test_stop_waits_no_longer_than_its_grace(server: Server) -> None:
    """A function that does not end is left behind on its thread, and its job is at once for others."""
    began, may_end = threading.Event(), threading.Event()

    async with listening(server) as port:
        worker = Worker(f"127.0.0.1:{port}", grace_seconds=0.1)

        @worker.job("work")
        def work(job: Job) -> None:
            began.set()
            may_end.wait(SECONDS)

        serving = asyncio.create_task(worker.serve())
        await server.start()
        await asyncio.to_thread(began.wait, SECONDS)
        worker.stop()
        try:
            await asyncio.wait_for(serving, SECONDS / 2)
            assert len(await server.activate()) == 1
        finally:
            may_end.set()


async def test_worker_without_a_server_says_so_and_stops(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody listens: the worker tells, goes on trying, and ends when it is told to."""
    worker = Worker("127.0.0.1:1")

    @worker.job("work")
    def work(job: Job) -> None: ...

    async def told() -> bool:
        return "no jobs of type 'work' for now" in caplog.text

    serving = asyncio.create_task(worker.serve())
    await until(told)
    worker.stop()

    await asyncio.wait_for(serving, SECONDS)


async def test_worker_connects_again(server: Server) -> None:
    """A server that goes away and comes back has its worker again."""
    worker: Worker | None = None
    async with listening(server) as port:
        worker = Worker(f"127.0.0.1:{port}")

        @worker.job("work")
        def work(job: Job) -> None: ...

        serving = asyncio.create_task(worker.serve())
        await ended(server, await server.start())
    await asyncio.sleep(0.2)
    async with listening(server, port):
        await ended(server, await server.start())
        worker.stop()
        await asyncio.wait_for(serving, SECONDS)


async def test_worker_whose_request_is_refused_ends_with_the_error(server: Server) -> None:
    """What would fail again in the same way is not tried again."""
    async with listening(server) as port:
        worker = Worker(f"127.0.0.1:{port}")

        @worker.job("t" * 300)
        def work(job: Job) -> None: ...

        with pytest.raises(ExceptionGroup) as caught:
            await asyncio.wait_for(worker.serve(), SECONDS)

    (found,) = caught.value.exceptions
    assert isinstance(found, aio.AioRpcError)
