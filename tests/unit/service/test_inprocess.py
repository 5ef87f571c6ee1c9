import asyncio

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from grpc import aio
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub
from grpc_status import rpc_status

from bpmgrpc.service.dispatch import Dispatcher
from bpmgrpc.service.health import Health
from bpmgrpc.service.inprocess import InProcessChannel
from bpmgrpc.service.interceptors import default_chain
from bpmgrpc.v1 import job_runtime_pb2 as jobs
from bpmgrpc.v1.job_runtime_pb2_grpc import JobRuntimeStub
from bpmgrpc.v1.process_runtime_pb2 import GetUserTaskRequest
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub
from tests.support.jobs_servicer import SERVICE, JobsServicer


@pytest.fixture
def servicer() -> JobsServicer:
    """A servicer of JobRuntime."""
    return JobsServicer()


@pytest.fixture
def health() -> Health:
    """The health of a server with JobRuntime."""
    return Health([SERVICE])


@pytest.fixture
def channel(servicer: JobsServicer, health: Health) -> InProcessChannel:
    """A channel to both, with the interceptors of a server."""
    services = {SERVICE: servicer, "grpc.health.v1.Health": health}
    return InProcessChannel(Dispatcher(services, default_chain()))


async def test_generated_stub_calls_the_servicer(channel: InProcessChannel, servicer: JobsServicer) -> None:
    """A generated stub reaches the servicer with the very request, the metadata and the deadline."""
    request = jobs.CompleteJobRequest(job_id="7")

    response = await JobRuntimeStub(channel).CompleteJob(
        request, timeout=100, metadata=(("authorization", "Bearer x"), ("x-request-id", "abc"))
    )

    assert response == jobs.CompleteJobResponse()
    [(received, call)] = servicer.seen
    assert received is request
    assert call.method == "/bpmgrpc.v1.JobRuntime/CompleteJob"
    assert call.metadata["authorization"] == "Bearer x"
    assert (call.peer, call.request_id, call.caller) == ("inprocess:", "abc", "")
    assert 90 < call.time_remaining() <= 100


async def test_failed_call_raises_the_error_of_a_real_channel(channel: InProcessChannel) -> None:
    """A domain error arrives as AioRpcError with code, text and rich details, readable by grpc_status."""
    with pytest.raises(aio.AioRpcError) as caught:
        await JobRuntimeStub(channel).FailJob(jobs.FailJobRequest())

    status = rpc_status.from_call(caught.value)
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "retries is negative"
    assert info.reason == "BAD_RETRIES"


async def test_foreign_exception_is_internal(channel: InProcessChannel) -> None:
    """A fault of the servicer is INTERNAL and does not show its cause."""
    with pytest.raises(aio.AioRpcError) as caught:
        await JobRuntimeStub(channel).ThrowJobError(jobs.ThrowJobErrorRequest())

    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in caught.value.details()


async def test_timeout_is_honoured(channel: InProcessChannel, servicer: JobsServicer) -> None:
    """A call whose timeout passes fails with DEADLINE_EXCEEDED and its work is cancelled."""
    with pytest.raises(aio.AioRpcError) as caught:
        await JobRuntimeStub(channel).ActivateJobs(jobs.ActivateJobsRequest(), timeout=0.01)

    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert servicer.cancelled.is_set()


async def test_cancelling_the_caller_cancels_the_call(channel: InProcessChannel, servicer: JobsServicer) -> None:
    """When the caller's task is cancelled, so is the servicer's work."""
    task = asyncio.ensure_future(JobRuntimeStub(channel).ActivateJobs(jobs.ActivateJobsRequest()))
    await servicer.reached.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert servicer.cancelled.is_set()


async def test_method_that_is_not_served_is_unimplemented(channel: InProcessChannel) -> None:
    """Calling a service that this dispatcher does not have fails as it does over a socket."""
    with pytest.raises(aio.AioRpcError) as unary:
        await ProcessRuntimeStub(channel).GetUserTask(GetUserTaskRequest(user_task_id="7"))
    with pytest.raises(aio.AioRpcError) as stream:
        await anext(aiter(ServerReflectionStub(channel).ServerReflectionInfo(iter(()))))

    assert unary.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert unary.value.details() == "/bpmgrpc.v1.ProcessRuntime/GetUserTask is not served here"
    assert stream.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_request_of_another_type_is_refused(channel: InProcessChannel) -> None:
    """A request that a real channel could not serialize is refused at the door."""
    with pytest.raises(TypeError, match=r"takes a bpmgrpc\.v1\.CompleteJobRequest, not a FailJobRequest"):
        await JobRuntimeStub(channel).CompleteJob(jobs.FailJobRequest())


async def test_health_is_answered_in_process(channel: InProcessChannel, health: Health) -> None:
    """Health of the server and of each service is SERVING until the drain, then NOT_SERVING."""
    stub = HealthStub(channel)

    before = [(await stub.Check(HealthCheckRequest(service=name))).status for name in ("", SERVICE)]
    health.drain()
    after = (await stub.Check(HealthCheckRequest())).status

    assert before == [HealthCheckResponse.SERVING, HealthCheckResponse.SERVING]
    assert after == HealthCheckResponse.NOT_SERVING


async def test_health_of_an_unknown_service_is_not_found(channel: InProcessChannel) -> None:
    """Check of a service that does not exist fails with NOT_FOUND."""
    with pytest.raises(aio.AioRpcError) as caught:
        await HealthStub(channel).Check(HealthCheckRequest(service="nobody"))

    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_health_tells_whether_the_database_answers(channel: InProcessChannel, health: Health) -> None:
    """A server whose database does not answer is NOT_SERVING until it does, and watchers are told of both."""
    stub = HealthStub(channel)
    watch = stub.Watch(HealthCheckRequest(service=SERVICE))
    told = []

    async for response in watch:
        told.append(response.status)
        if len(told) == 1:
            health.database_reachable(False)
            checked = await stub.Check(HealthCheckRequest(service=""))
        elif len(told) == 2:
            health.database_reachable(False)
            health.database_reachable(True)
        else:
            break

    assert checked.status == HealthCheckResponse.NOT_SERVING
    assert told == [HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING, HealthCheckResponse.SERVING]


async def test_health_watch_tells_the_drain_and_ends(channel: InProcessChannel, health: Health) -> None:
    """A watcher sees SERVING, then NOT_SERVING when the server drains, then the end of the stream."""
    seen: list[int] = []

    async for response in HealthStub(channel).Watch(HealthCheckRequest()):
        seen.append(response.status)
        health.drain()

    assert seen == [HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING]


async def test_stream_ends_at_its_deadline(channel: InProcessChannel) -> None:
    """A stream with a timeout fails with DEADLINE_EXCEEDED when it passes."""
    responses = HealthStub(channel).Watch(HealthCheckRequest(), timeout=0.05)

    first = await anext(responses)
    with pytest.raises(aio.AioRpcError) as caught:
        await anext(responses)

    assert first.status == HealthCheckResponse.SERVING
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_channel_is_always_ready(channel: InProcessChannel) -> None:
    """There is no connection: the channel is ready at once, inside of a block and after it."""
    async with channel as entered:
        await entered.channel_ready()
    await channel.close()

    assert channel.get_state() is grpc.ChannelConnectivity.READY
