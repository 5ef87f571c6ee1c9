"""Jobs over one stream: credits, answers, turns, and what becomes of leases when it ends."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from typing import Any

import grpc
import psycopg
import pytest
from google.protobuf.duration_pb2 import Duration
from grpc import aio

from bpmgrpc.store.url import parse_url
from bpmgrpc.v1.job_pb2 import Job
from bpmgrpc.v1.job_runtime_pb2 import (
    CompleteJobRequest,
    ExtendJobLeaseRequest,
    FailJobRequest,
    JobSubscription,
    StreamJobsRequest,
    StreamJobsResponse,
    ThrowJobErrorRequest,
    ThrowJobEscalationRequest,
)
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.integration.runtime.servers import JOB, SECONDS, Server, opened, until


@contextmanager
def jobs_locked(database_url: str) -> Iterator[None]:
    """Keeps everybody else from changing jobs for a block."""
    url = parse_url(database_url)
    if url.dialect == "sqlite":
        with closing(sqlite3.connect(url.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
    else:
        with psycopg.connect(url.conninfo) as connection:
            connection.execute("LOCK TABLE job IN ACCESS EXCLUSIVE MODE")
            yield


class Worker:
    """One end of a stream."""

    def __init__(self, server: Server, **subscription: Any) -> None:
        values: dict[str, Any] = {"types": ["work"], "worker": "w", "credits": 10} | subscription
        self._requests: asyncio.Queue[StreamJobsRequest | None] = asyncio.Queue()
        self.send(subscribe=JobSubscription(**values))
        self._call = server.jobs.StreamJobs(self._sent())
        self._responses = aiter(self._call)
        self._next: asyncio.Future[StreamJobsResponse] | None = None

    async def _sent(self) -> AsyncIterator[StreamJobsRequest]:
        while (request := await self._requests.get()) is not None:
            yield request

    def send(self, **fields: Any) -> None:
        self._requests.put_nowait(StreamJobsRequest(**fields))

    def end_half(self) -> None:
        self._requests.put_nowait(None)

    async def receive(self, seconds: float = SECONDS) -> StreamJobsResponse:
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self._responses))
        done, _ = await asyncio.wait({self._next}, timeout=seconds)
        if not done:
            raise TimeoutError
        response, self._next = self._next, None
        return response.result()

    async def job(self, seconds: float = SECONDS) -> Job:
        response = await self.receive(seconds)
        assert response.WhichOneof("response") == "job", response
        return response.job

    async def is_quiet(self) -> bool:
        try:
            await self.receive(0.1)
        except TimeoutError:
            return True
        return False

    def complete(self, job: Job, number: int = 1, **fields: Any) -> None:
        request = CompleteJobRequest(job_id=job.job_id, lease_token=job.lease_token, **fields)
        self.send(command_id=number, complete_job=request)

    async def break_off(self) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        if hasattr(self._call, "cancel"):
            self._call.cancel()
        else:
            await self._call.aclose()


async def test_jobs_come_as_they_are_made_and_answers_go_back(reached: Server) -> None:
    """A job that was there and one that is made later are sent; each call has its result by its number."""
    await reached.deploy(JOB)
    first = await reached.start(variables='{"a":1.10,"b":2}')
    worker = Worker(reached, fetch_variables=["a"], lease_duration=Duration(seconds=60))

    job = await worker.job()
    later = await reached.start()
    second = await worker.job()
    worker.complete(job, 7, variables='{"c":12345678901234567890.10}')
    worker.complete(job, 8)
    results = [await worker.receive(), await worker.receive()]

    assert (job.process_instance_id, second.process_instance_id) == (first, later)
    assert (job.variables, job.worker) == ('{"a":1.10}', "w")
    assert [(result.command_id, result.WhichOneof("response")) for result in results] == [
        (7, "complete_job"),
        (8, "error"),
    ]
    assert results[1].error.code == grpc.StatusCode.NOT_FOUND.value[0]
    ended = await reached.instance(first)
    assert (ended.state, ended.variables) == (
        ProcessInstance.STATE_COMPLETED,
        '{"a":1.10,"b":2,"c":12345678901234567890.10}',
    )


async def test_every_answer_of_a_worker_can_be_sent(reached: Server) -> None:
    """Fail, error, escalation and extension are calls as complete is."""
    await reached.deploy(JOB)
    for _ in range(2):
        await reached.start()
    worker = Worker(reached)
    failed, thrown = await worker.job(), await worker.job()
    ids = {"job_id": thrown.job_id, "lease_token": thrown.lease_token}

    worker.send(
        command_id=1,
        fail_job=FailJobRequest(job_id=failed.job_id, lease_token=failed.lease_token, retries=0, error_message="no"),
    )
    worker.send(command_id=2, extend_job_lease=ExtendJobLeaseRequest(**ids, lease_duration=Duration(seconds=900)))
    worker.send(command_id=3, throw_job_escalation=ThrowJobEscalationRequest(**ids, escalation_code="E"))
    worker.send(command_id=4, throw_job_error=ThrowJobErrorRequest(**ids, error_code="E"))
    results = {result.command_id: result for result in [await worker.receive() for _ in range(4)]}

    assert {number: result.WhichOneof("response") for number, result in results.items()} == {
        1: "fail_job",
        2: "extend_job_lease",
        3: "throw_job_escalation",
        4: "throw_job_error",
    }
    assert results[2].extend_job_lease.lease_expire_time.seconds > thrown.lease_expire_time.seconds + 500
    assert results[1].fail_job.incident_id
    assert results[4].throw_job_error.incident_id


async def test_credits_bound_what_a_worker_has(reached: Server) -> None:
    """So many jobs are sent as there are credits, and no more until the worker gives more."""
    await reached.deploy(JOB)
    for _ in range(6):
        await reached.start()
    worker = Worker(reached, credits=2)

    first = [await worker.job() for _ in range(2)]
    assert await worker.is_quiet()
    worker.send(add_credits=3)
    more = [await worker.job() for _ in range(3)]
    assert await worker.is_quiet()

    assert len({job.job_id for job in (*first, *more)}) == 5
    assert len(await reached.activate()) == 1


async def test_worker_that_sets_its_credits_to_nothing_gets_no_more(reached: Server) -> None:
    """What it has it can answer; what comes later waits for others, until it sets them again."""
    await reached.deploy(JOB)
    await reached.start()
    worker = Worker(reached, credits=5)
    job = await worker.job()

    worker.send(set_credits=0)
    worker.complete(job)
    assert (await worker.receive()).WhichOneof("response") == "complete_job"
    later = [await reached.start() for _ in range(3)]
    assert await worker.is_quiet()
    worker.send(set_credits=2)
    got = [await worker.job(), await worker.job()]

    assert [one.process_instance_id for one in got] == later[:2]
    assert await worker.is_quiet()


async def test_jobs_that_come_after_the_credits_were_taken_back_go_to_others_at_once(postgresql_url: str) -> None:
    """A lease that is being taken while a worker says that it wants less does not reach it.

    On SQLite nothing is heard while a lease is being taken.
    """
    async with opened(postgresql_url) as (reached,):
        await reached.deploy(JOB)
        for _ in range(3):
            await reached.start()
        worker = Worker(reached, credits=0)
        assert await worker.is_quiet()
        turn = reached.runtime.jobs.turn(["work"])

        async def is_taking() -> bool:
            return turn.locked()

        with jobs_locked(postgresql_url):
            worker.send(set_credits=3)
            await until(is_taking)
            worker.send(set_credits=1)
            worker.send(command_id=1, extend_job_lease=ExtendJobLeaseRequest())
            assert (await worker.receive()).HasField("error")  # so it has heard what was said before
        job = await worker.job()
        assert await worker.is_quiet()

        others: list[Job] = []

        async def both_came_back() -> bool:
            others.extend(await reached.activate("other"))
            return len(others) == 2

        await until(both_came_back)
        assert job.job_id not in {one.job_id for one in others}
        await worker.break_off()


async def test_what_is_ready_at_the_same_time_travels_in_one_message(reached: Server) -> None:
    """Jobs come in bundles to a worker that reads them, and its answers go in one; every result has its number."""
    await reached.deploy(JOB)
    for _ in range(20):
        await reached.start()
    worker = Worker(reached, credits=20, bundled=True)

    jobs: list[Job] = []
    messages = 0
    while len(jobs) < 20:
        response = await worker.receive()
        messages += 1
        jobs += [response.job, *(one.job for one in response.more)]
    calls = [
        StreamJobsRequest(
            command_id=number, complete_job=CompleteJobRequest(job_id=job.job_id, lease_token=job.lease_token)
        )
        for number, job in enumerate(jobs)
    ]
    worker.send(command_id=0, complete_job=calls[0].complete_job, more=calls[1:])
    numbers: list[int] = []
    while len(numbers) < 20:
        response = await worker.receive()
        numbers += [response.command_id, *(one.command_id for one in response.more)]

    assert messages < 20
    assert sorted(numbers) == list(range(20))
    assert await reached.activate() == []


@pytest.mark.parametrize("how", ("broken", "half-closed"))
async def test_jobs_without_an_answer_are_given_back_when_the_stream_ends(reached: Server, how: str) -> None:
    """Long before their leases end others have them, at once; what was answered stays answered."""
    await reached.deploy(JOB)
    for _ in range(3):
        await reached.start()
    worker = Worker(reached)
    jobs = [await worker.job() for _ in range(3)]
    worker.complete(jobs[0])
    assert (await worker.receive()).command_id == 1

    if how == "broken":
        await worker.break_off()
    else:
        worker.end_half()
        with pytest.raises(StopAsyncIteration):
            await worker.receive()
    again = await reached.activate("other", request_timeout=Duration(seconds=SECONDS), max_jobs=2)
    again += await reached.activate("other", request_timeout=Duration(seconds=1)) if len(again) < 2 else []

    assert [job.job_id for job in again] == [job.job_id for job in jobs[1:]]


async def test_jobs_that_are_being_taken_when_the_stream_ends_are_given_back(
    database_url: str, reached: Server
) -> None:
    """A worker dies while its answer, and a lease for it, are on their way to the database: nothing is left leased."""
    await reached.deploy(JOB)
    for _ in range(3):
        await reached.start()
    worker = Worker(reached, credits=1)
    job = await worker.job()

    with jobs_locked(database_url):
        worker.send(add_credits=2)
        turn = reached.runtime.jobs.turn(["work"])

        async def is_taking() -> bool:
            return turn.locked()

        await until(is_taking)
        worker.complete(job)
        worker.end_half()
        assert await worker.is_quiet()
        breaking = asyncio.ensure_future(worker.break_off())
        await asyncio.wait({breaking}, timeout=0.2)
    await breaking

    found: dict[str, Job] = {}

    async def all_found() -> bool:
        found.update({one.job_id: one for one in await reached.activate("other")})
        return len(found) == 2 + (job.job_id in found)

    await until(all_found)


async def test_answers_sent_before_the_end_of_the_half_are_done(reached: Server) -> None:
    """A worker that says all it has to say and closes gets every result."""
    await reached.deploy(JOB)
    for _ in range(5):
        await reached.start()
    worker = Worker(reached)
    for number in range(5):
        worker.complete(await worker.job(), number)

    worker.end_half()
    results = [await worker.receive() for _ in range(5)]

    assert sorted(result.command_id for result in results) == [0, 1, 2, 3, 4]
    assert {result.WhichOneof("response") for result in results} == {"complete_job"}
    with pytest.raises(StopAsyncIteration):
        await worker.receive()
    assert await reached.activate() == []


async def test_streams_of_a_type_share_a_backlog(reached: Server) -> None:
    """Two workers that could each take everything get about half of it each."""
    await reached.deploy(JOB)
    for _ in range(100):
        await reached.start()
    workers = [Worker(reached, worker=name, credits=1000) for name in ("a", "b")]

    async def jobs_of(worker: Worker) -> int:
        count = 0
        while not await worker.is_quiet():
            count += 1
        return count

    counts = await asyncio.gather(*map(jobs_of, workers))

    assert sum(counts) == 100
    assert min(counts) >= 30


async def test_streams_of_a_type_take_turns(reached: Server) -> None:
    """Jobs that come one by one go to each stream in turn."""
    await reached.deploy(JOB)
    workers = [Worker(reached, worker=name, credits=1000) for name in ("a", "b", "c")]
    assert all([await worker.is_quiet() for worker in workers])

    async def job_of(worker: Worker) -> tuple[Worker, Job]:
        return worker, await worker.job()

    got: list[str] = []
    waiting = {asyncio.ensure_future(job_of(worker)) for worker in workers}
    for _ in range(9):
        await asyncio.sleep(0.05)
        await reached.start()
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        ((worker, job),) = [one.result() for one in done]
        got.append(job.worker)
        waiting.add(asyncio.ensure_future(job_of(worker)))
    for one in waiting:
        one.cancel()

    assert sorted(got) == ["a", "a", "a", "b", "b", "b", "c", "c", "c"]


async def test_server_that_drains_takes_the_answers_to_what_it_sent(reached: Server) -> None:
    """No more jobs are sent; when the last one is answered the stream ends, and the worker goes elsewhere."""
    await reached.deploy(JOB)
    await reached.start()
    worker = Worker(reached)
    job = await worker.job()

    reached.runtime.drain()
    await reached.start()
    assert await worker.is_quiet()
    worker.complete(job)

    assert (await worker.receive()).WhichOneof("response") == "complete_job"
    with pytest.raises(aio.AioRpcError) as caught:
        await worker.receive()
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("first", "field"),
    (
        ({"add_credits": 1}, "subscribe"),
        ({"subscribe": JobSubscription(worker="w")}, "subscribe.types"),
        ({"subscribe": JobSubscription(types=["t"] * 2 + [""], worker="w")}, "subscribe.types[2]"),
        ({"subscribe": JobSubscription(types=["t"])}, "subscribe.worker"),
        ({"subscribe": JobSubscription(types=["t"], worker="w", credits=1001)}, "subscribe.credits"),
        (
            {"subscribe": JobSubscription(types=["t"], worker="w", lease_duration=Duration())},
            "subscribe.lease_duration",
        ),
    ),
)
async def test_subscription_that_is_wrong_ends_the_stream(reached: Server, first: dict[str, Any], field: str) -> None:
    """The error names the field."""

    async def requests() -> AsyncIterator[StreamJobsRequest]:
        yield StreamJobsRequest(**first)
        await asyncio.sleep(SECONDS)

    with pytest.raises(aio.AioRpcError) as caught:
        await anext(aiter(reached.jobs.StreamJobs(requests())))

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert (caught.value.details() or "").startswith(f"{field}:")


@pytest.mark.parametrize(
    "second",
    (
        {"add_credits": 0},
        {"set_credits": 1001},
        {"subscribe": JobSubscription()},
        {},
        {"set_credits": 1, "more": [StreamJobsRequest()]},
        {"set_credits": 1, "more": [StreamJobsRequest(set_credits=1)] * 1001},
        {
            "set_credits": 1,
            "more": [StreamJobsRequest(set_credits=1, more=[StreamJobsRequest(set_credits=1)])],
        },
    ),
)
async def test_message_that_is_no_call_ends_the_stream(reached: Server, second: dict[str, Any]) -> None:
    """What is neither a call nor says something of credits is refused, as are bundles within bundles."""
    worker = Worker(reached)
    worker.send(**second)

    with pytest.raises(aio.AioRpcError) as caught:
        await worker.receive()

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
