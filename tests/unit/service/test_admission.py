import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from bpmgrpc.errors import InvalidArgument, ResourceExhausted
from bpmgrpc.service.admission import RETRY_AFTER_SECONDS, Admission
from bpmgrpc.service.dispatch import CallContext, Dispatcher
from bpmgrpc.service.health import SERVICE as HEALTH
from bpmgrpc.service.health import Health
from bpmgrpc.service.interceptors import default_chain
from bpmgrpc.v1 import job_runtime_pb2 as jobs
from tests.support.jobs_servicer import SERVICE, JobsServicer


def dispatcher_of(servicer: JobsServicer, limit: int) -> Dispatcher:
    return Dispatcher(
        {SERVICE: servicer, HEALTH: Health([SERVICE])}, default_chain(Admission(limit) if limit else None)
    )


def call(dispatcher: Dispatcher, name: str, request: Any) -> Any:
    row = dispatcher.methods[name]
    assert row.unary is not None
    return row.unary(request, dispatcher.context(row, time_remaining=None, metadata={}, peer="p"))


async def test_call_beyond_the_limit_is_refused_with_a_time_to_come_back() -> None:
    """While as many calls are served as may be, the next one is refused without a wait; then calls are served again."""
    servicer = JobsServicer()
    dispatcher = dispatcher_of(servicer, 2)
    waiting = [
        asyncio.ensure_future(call(dispatcher, f"/{SERVICE}/ActivateJobs", jobs.ActivateJobsRequest()))
        for _ in range(2)
    ]
    await servicer.reached.wait()
    await asyncio.sleep(0)

    with pytest.raises(ResourceExhausted) as caught:
        await call(dispatcher, f"/{SERVICE}/CompleteJob", jobs.CompleteJobRequest())
    servicer.release.set()
    await asyncio.gather(*waiting)
    await call(dispatcher, f"/{SERVICE}/CompleteJob", jobs.CompleteJobRequest())

    assert (caught.value.reason, caught.value.retry_after_seconds) == ("OVERLOADED", RETRY_AFTER_SECONDS)
    assert len(servicer.seen) == 1


async def test_calls_that_fail_give_their_place_back() -> None:
    """A call that ends with an error, of whatever kind, is no longer served."""
    dispatcher = dispatcher_of(JobsServicer(), 1)

    for _ in range(3):
        with pytest.raises(InvalidArgument):
            await call(dispatcher, f"/{SERVICE}/FailJob", jobs.FailJobRequest())


async def test_health_is_told_also_when_the_server_is_full() -> None:
    """A server at its limit still says that it serves: it is busy, not broken."""
    servicer = JobsServicer()
    dispatcher = dispatcher_of(servicer, 1)
    waiting = asyncio.ensure_future(call(dispatcher, f"/{SERVICE}/ActivateJobs", jobs.ActivateJobsRequest()))
    await servicer.reached.wait()

    health = await call(dispatcher, f"/{HEALTH}/Check", HealthCheckRequest())

    assert health.status == HealthCheckResponse.SERVING
    servicer.release.set()
    await waiting


async def test_stream_counts_until_it_ends() -> None:
    """A stream has its place from its first response to its end; one beside it is refused; health's are not counted."""

    async def numbers(request: Any, context: CallContext) -> AsyncIterator[int]:
        yield 1
        yield 2

    admission = Admission(1)
    method: Any = SimpleNamespace(service=SERVICE)
    health: Any = SimpleNamespace(service=HEALTH)
    served = admission.stream(method, numbers)
    first = served(None, CallContext())
    assert await anext(first) == 1

    with pytest.raises(ResourceExhausted):
        await anext(served(None, CallContext()))
    assert [number async for number in first] == [2]
    assert [number async for number in served(None, CallContext())] == [1, 2]
    assert admission.stream(health, numbers) is numbers


async def test_call_that_comes_while_others_wait_too_long_is_refused() -> None:
    """Whichever place it is where they wait; when they wait no longer, calls are served."""
    waits = {"a": 0.0, "b": 0.0}
    admission = Admission(0, 0.5)
    admission.measure_by(lambda: waits["a"])
    admission.measure_by(lambda: waits["b"])
    servicer = JobsServicer()
    dispatcher = Dispatcher({SERVICE: servicer, HEALTH: Health([SERVICE])}, default_chain(admission))

    for place in waits:
        waits[place] = 0.6
        with pytest.raises(ResourceExhausted) as caught:
            await call(dispatcher, f"/{SERVICE}/CompleteJob", jobs.CompleteJobRequest())
        assert caught.value.message == "calls wait longer than 0.5 seconds for their turn"
        assert caught.value.retry_after_seconds == RETRY_AFTER_SECONDS
        assert await call(dispatcher, f"/{HEALTH}/Check", HealthCheckRequest())
        waits[place] = 0.5
        await call(dispatcher, f"/{SERVICE}/CompleteJob", jobs.CompleteJobRequest())

    assert admission.bounds_waiting
    assert (len(servicer.seen), admission.calls) == (2, 4)


def test_no_limit_costs_nothing() -> None:
    """Without a limit there is no such interceptor."""
    assert not [rule for rule in default_chain() if isinstance(rule, Admission)]
