import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.rpc.error_details_pb2 import ErrorInfo
from grpc import aio
from grpc_channelz.v1.channelz_pb2 import GetServersRequest
from grpc_channelz.v1.channelz_pb2_grpc import ChannelzStub
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2
from grpc_status import rpc_status

from bpmgrpc.errors import BpmError, InvalidArgument
from bpmgrpc.server.errors import StartError
from bpmgrpc.server.grpc_server import build_server, open_port
from bpmgrpc.service import health as health_service
from bpmgrpc.service.dispatch import CallContext, Dispatcher
from bpmgrpc.service.health import Health
from bpmgrpc.service.interceptors import default_chain
from bpmgrpc.settings import Settings
from bpmgrpc.v1 import job_runtime_pb2 as jobs
from bpmgrpc.v1.job_runtime_pb2_grpc import JobRuntimeStub
from bpmgrpc.v1.process_definition_pb2 import DeploymentRefusal, ElementVerdict
from tests.support.jobs_servicer import SERVICE, JobsServicer


class Servicer(JobsServicer):
    """JobsServicer whose FailJob raises what the test asks for."""

    error: BpmError = InvalidArgument("retries is negative", reason="BAD_RETRIES")

    async def FailJob(self, request: jobs.FailJobRequest, call: CallContext) -> jobs.FailJobResponse:  # noqa: N802
        """Raises the error."""
        raise self.error


@pytest.fixture
def servicer() -> Servicer:
    """The servicer behind the server."""
    return Servicer()


@pytest.fixture
async def channel(servicer: Servicer) -> AsyncIterator[aio.Channel]:
    """A channel over a socket to a server with the servicer and health."""
    services = {SERVICE: servicer, health_service.SERVICE: Health([SERVICE])}
    server = build_server(Dispatcher(services, default_chain()), Settings())
    port = open_port(server, "127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as opened:
        yield opened
    await server.stop(None)


async def test_call_over_a_socket_reaches_the_servicer(channel: aio.Channel, servicer: Servicer) -> None:
    """A call brings its message, metadata, peer and deadline."""
    await JobRuntimeStub(channel).CompleteJob(
        jobs.CompleteJobRequest(job_id="7"), timeout=50, metadata=(("authorization", "Bearer x"),)
    )

    [(request, call)] = servicer.seen
    assert request == jobs.CompleteJobRequest(job_id="7")
    assert call.metadata["authorization"] == "Bearer x"
    assert call.peer.startswith("ipv4:127.0.0.1:")
    assert 40 < call.time_remaining() <= 50.1  # on the wire gRPC rounds up, here to a tenth of a second


async def test_call_without_a_deadline_gets_thirty_seconds(channel: aio.Channel, servicer: Servicer) -> None:
    """Where the caller gives no deadline, the server's default holds."""
    await JobRuntimeStub(channel).CompleteJob(jobs.CompleteJobRequest())

    [(_, call)] = servicer.seen
    assert 20 < call.time_remaining() <= 30


async def test_domain_error_arrives_with_its_details(channel: aio.Channel) -> None:
    """A domain error is a status with code, text and rich details."""
    with pytest.raises(aio.AioRpcError) as caught:
        await JobRuntimeStub(channel).FailJob(jobs.FailJobRequest())

    info = ErrorInfo()
    status = rpc_status.from_call(caught.value)
    assert status.details[0].Unpack(info)
    assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.INVALID_ARGUMENT, "retries is negative")
    assert (info.domain, info.reason) == ("bpmgrpc", "BAD_RETRIES")


async def test_largest_error_fits_into_the_trailers(channel: aio.Channel, servicer: Servicer) -> None:
    """An error with a long Thai text, long ids and hundreds of findings arrives, cut, and is not lost on the way."""
    verdicts = [
        ElementVerdict(element_id=f"งาน_{number}", verdict=ElementVerdict.VERDICT_REFUSED, reason="ไม่รองรับ " * 5)
        for number in range(500)
    ]
    servicer.error = InvalidArgument("ถูกปฏิเสธ " * 500, metadata={f"id_{number}": "ก" * 900 for number in range(20)})
    servicer.error.details = (DeploymentRefusal(verdicts=verdicts),)

    # Limits are enforced at random between 8 KiB and 16 KiB: once is not enough.
    codes = set()
    for _ in range(50):
        with pytest.raises(aio.AioRpcError) as caught:
            await JobRuntimeStub(channel).FailJob(jobs.FailJobRequest())
        codes.add(caught.value.code())

    assert codes == {grpc.StatusCode.INVALID_ARGUMENT}
    assert caught.value.details().startswith("ถูกปฏิเสธ ")


async def test_foreign_exception_is_internal_without_its_text(channel: aio.Channel) -> None:
    """What the servicer did not mean to raise never reaches the caller."""
    with pytest.raises(aio.AioRpcError) as caught:
        await JobRuntimeStub(channel).ThrowJobError(jobs.ThrowJobErrorRequest())

    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in caught.value.details()


async def test_cancelled_call_cancels_the_work(channel: aio.Channel, servicer: Servicer) -> None:
    """When the caller hangs up, the servicer's work is cancelled."""
    call = JobRuntimeStub(channel).ActivateJobs(jobs.ActivateJobsRequest())
    waiting = asyncio.ensure_future(servicer.reached.wait())
    await waiting

    call.cancel()

    await asyncio.wait_for(servicer.cancelled.wait(), 10)


async def test_five_thousand_calls_at_once_are_all_served(channel: aio.Channel, servicer: Servicer) -> None:
    """GRPC's own limit of 1,000 calls not yet picked up does not refuse any of 5,000."""
    stub = JobRuntimeStub(channel)

    calls = [stub.CompleteJob(jobs.CompleteJobRequest(), timeout=120) for _ in range(5000)]
    results = await asyncio.gather(*calls, return_exceptions=True)

    assert [result for result in results if isinstance(result, BaseException)] == []
    assert len(servicer.seen) == 5000


async def test_health_tells_the_whole_server_and_each_service(channel: aio.Channel) -> None:
    """Health is known for the server and for the service, and for nothing else."""
    stub = HealthStub(channel)

    known = [(await stub.Check(HealthCheckRequest(service=name))).status for name in ("", SERVICE)]
    with pytest.raises(aio.AioRpcError) as caught:
        await stub.Check(HealthCheckRequest(service="nobody"))

    assert known == [HealthCheckResponse.SERVING, HealthCheckResponse.SERVING]
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("version", ("v1", "v1alpha"))
async def test_reflection_answers_under_both_names(channel: aio.Channel, version: str) -> None:
    """Clients of reflection v1 and of v1alpha both learn the services and their files."""
    ask = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    requests = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICE),
    ]

    services, file = [response async for response in ask(iter(requests))]

    assert [service.name for service in services.list_services_response.service] == [
        SERVICE,
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    ]
    [first, *_] = file.file_descriptor_response.file_descriptor_proto
    assert FileDescriptorProto.FromString(first).name == "bpmgrpc/v1/job_runtime.proto"


async def test_channelz_tells_about_the_server(channel: aio.Channel) -> None:
    """Channelz lists this server."""
    response = await ChannelzStub(channel).GetServers(GetServersRequest(start_server_id=0))

    assert len(response.server) >= 1


async def test_unknown_method_is_unimplemented(channel: aio.Channel) -> None:
    """A method that the contract does not have is UNIMPLEMENTED."""
    with pytest.raises(aio.AioRpcError) as caught:
        await channel.unary_unary("/bpmgrpc.v1.JobRuntime/Nothing")(b"")

    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_message_over_the_limit_is_refused(channel: aio.Channel) -> None:
    """A request longer than 8 MiB is refused before anybody reads it."""
    request = jobs.CompleteJobRequest(variables="x" * (8 * 1024 * 1024))

    with pytest.raises(aio.AioRpcError) as caught:
        await JobRuntimeStub(channel).CompleteJob(request)

    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_taken_address_is_told_with_its_setting() -> None:
    """Two servers on one address: the second learns which setting to change."""
    first = build_server(Dispatcher({}), Settings())
    port = open_port(first, "127.0.0.1:0")
    second = build_server(Dispatcher({}), Settings())

    with pytest.raises(
        StartError, match=rf"^grpc_address 127\.0\.0\.1:{port} cannot be used: it is taken.*--grpc-address"
    ):
        open_port(second, f"127.0.0.1:{port}")

    await first.stop(None)
    await second.stop(None)
