import logging
from collections.abc import AsyncIterator

import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from bpmgrpc.errors import DeadlineExceeded, Internal, InvalidArgument
from bpmgrpc.service.dispatch import CallContext, ContractError, Dispatcher, Interceptor, Method, UnaryHandler
from bpmgrpc.service.health import Health
from bpmgrpc.service.interceptors import default_chain
from bpmgrpc.v1 import job_runtime_pb2 as jobs
from tests.support.jobs_servicer import SERVICE, JobsServicer


def call_of(dispatcher: Dispatcher, name: str, seconds: float | None = None, **metadata: str) -> CallContext:
    """Makes the context of a call to JobRuntime."""
    row = dispatcher.methods[f"/{SERVICE}/{name}"]
    return dispatcher.context(row, time_remaining=seconds, metadata=metadata, peer="ipv4:127.0.0.1:1")


def test_dispatcher_has_a_row_for_every_method_of_the_contract() -> None:
    """The method table names every method of a service with its message types and its permission."""
    dispatcher = Dispatcher({SERVICE: JobsServicer()})

    row = dispatcher.methods["/bpmgrpc.v1.JobRuntime/FailJob"]

    assert sorted(dispatcher.methods) == [
        "/bpmgrpc.v1.JobRuntime/ActivateJobs",
        "/bpmgrpc.v1.JobRuntime/CompleteJob",
        "/bpmgrpc.v1.JobRuntime/ExtendJobLease",
        "/bpmgrpc.v1.JobRuntime/FailJob",
        "/bpmgrpc.v1.JobRuntime/StreamJobs",
        "/bpmgrpc.v1.JobRuntime/ThrowJobError",
        "/bpmgrpc.v1.JobRuntime/ThrowJobEscalation",
    ]
    assert (row.request_type, row.response_type) == (jobs.FailJobRequest, jobs.FailJobResponse)
    assert row.permission == "jobs.work"


def test_dispatcher_names_all_that_a_servicer_lacks() -> None:
    """A servicer that lacks methods, or has them of the wrong kind, stops the start with all findings at once."""

    class Half(JobsServicer):
        CompleteJob = None

        def FailJob(self, request: jobs.FailJobRequest, call: CallContext) -> jobs.FailJobResponse:  # noqa: N802
            return jobs.FailJobResponse()

        async def ThrowJobError(  # noqa: N802
            self, request: jobs.ThrowJobErrorRequest, call: CallContext
        ) -> AsyncIterator[jobs.ThrowJobErrorResponse]:
            yield jobs.ThrowJobErrorResponse()

    with pytest.raises(ContractError) as caught:
        Dispatcher({SERVICE: Half(), "bpmgrpc.v1.NoSuchRuntime": object()})

    assert str(caught.value) == (
        "bpmgrpc.v1.JobRuntime: Half.CompleteJob is missing; "
        "bpmgrpc.v1.JobRuntime: Half.FailJob must be a coroutine function (async def); "
        "bpmgrpc.v1.JobRuntime: Half.ThrowJobError must be a coroutine function (async def); "
        "bpmgrpc.v1.NoSuchRuntime: no such service in the contract"
    )


def test_dispatcher_wants_an_async_generator_for_a_server_stream() -> None:
    """A method that the contract declares as a stream has to be an async generator."""

    class NoStream(Health):
        async def Watch(self, request: HealthCheckRequest, call: CallContext) -> HealthCheckResponse:  # noqa: N802
            return HealthCheckResponse()

    with pytest.raises(ContractError, match=r"NoStream\.Watch must be an async generator"):
        Dispatcher({"grpc.health.v1.Health": NoStream([])})


async def test_interceptors_run_outermost_first() -> None:
    """The first interceptor given is the outermost."""
    seen: list[str] = []

    class Named(Interceptor):
        def __init__(self, name: str) -> None:
            self.name = name

        def unary(self, method: Method, proceed: UnaryHandler) -> UnaryHandler:
            async def wrapped(request: object, call: CallContext) -> object:
                seen.append(self.name)
                return await proceed(request, call)

            return wrapped

    dispatcher = Dispatcher({SERVICE: JobsServicer()}, [Named("outer"), Named("inner")])

    call = call_of(dispatcher, "CompleteJob")
    response = await dispatcher.methods[call.method].unary(jobs.CompleteJobRequest(), call)

    assert seen == ["outer", "inner"]
    assert response == jobs.CompleteJobResponse()


async def test_foreign_exception_becomes_internal_with_a_safe_text(caplog: pytest.LogCaptureFixture) -> None:
    """What a servicer did not mean to raise is logged with its cause and told as INTERNAL without it."""
    dispatcher = Dispatcher({SERVICE: JobsServicer()}, default_chain())
    call = call_of(dispatcher, "ThrowJobError", **{"x-request-id": "abc"})

    with pytest.raises(Internal) as caught:
        await dispatcher.methods[call.method].unary(jobs.ThrowJobErrorRequest(), call)

    assert caught.value.message == "internal error; the server's log has its cause under request id abc"
    [fault] = [record for record in caplog.records if record.name == "bpmgrpc.fault"]
    assert "select * from secret" in str(fault.exc_info)
    assert fault.fields == {"method": call.method, "request_id": "abc", "error": "KeyError"}


async def test_domain_error_passes_unchanged() -> None:
    """A domain error reaches the way in as the servicer raised it."""
    dispatcher = Dispatcher({SERVICE: JobsServicer()}, default_chain())
    call = call_of(dispatcher, "FailJob")

    with pytest.raises(InvalidArgument, match="retries is negative"):
        await dispatcher.methods[call.method].unary(jobs.FailJobRequest(), call)


async def test_every_call_leaves_one_line_with_its_code(caplog: pytest.LogCaptureFixture) -> None:
    """A call is logged once, with method, code, milliseconds, peer and request id."""
    caplog.set_level(logging.INFO)
    dispatcher = Dispatcher({SERVICE: JobsServicer()}, default_chain())
    well = call_of(dispatcher, "CompleteJob", **{"x-request-id": "one"})
    badly = call_of(dispatcher, "FailJob", **{"x-request-id": "two"})

    await dispatcher.methods[well.method].unary(jobs.CompleteJobRequest(), well)
    with pytest.raises(InvalidArgument):
        await dispatcher.methods[badly.method].unary(jobs.FailJobRequest(), badly)

    lines = [record.fields for record in caplog.records if record.name == "bpmgrpc.request"]
    assert [(line["request_id"], line["code"], line["peer"]) for line in lines] == [
        ("one", "OK", "ipv4:127.0.0.1:1"),
        ("two", "INVALID_ARGUMENT", "ipv4:127.0.0.1:1"),
    ]
    assert all(line["ms"] >= 0 for line in lines)


async def test_call_ends_at_its_deadline() -> None:
    """A call whose time is over ends with DEADLINE_EXCEEDED, and the work is cancelled."""
    dispatcher = Dispatcher({SERVICE: JobsServicer()}, default_chain())
    call = call_of(dispatcher, "ActivateJobs", 0.01)

    with pytest.raises(DeadlineExceeded, match="did not finish before the caller's deadline"):
        await dispatcher.methods[call.method].unary(jobs.ActivateJobsRequest(), call)


async def test_call_that_arrives_after_its_deadline_does_nothing() -> None:
    """A call without time left is refused before its servicer sees it."""
    dispatcher = Dispatcher({SERVICE: JobsServicer()}, default_chain())
    call = call_of(dispatcher, "CompleteJob", 0.0)

    with pytest.raises(DeadlineExceeded):
        await dispatcher.methods[call.method].unary(jobs.CompleteJobRequest(), call)


def test_unary_call_without_a_deadline_gets_the_default() -> None:
    """Where the caller gave no deadline, a unary call has the default and a stream has none."""
    dispatcher = Dispatcher(
        {SERVICE: JobsServicer(), "grpc.health.v1.Health": Health([SERVICE])}, default_deadline_seconds=7200
    )
    watch = dispatcher.methods["/grpc.health.v1.Health/Watch"]

    assert 7100 < call_of(dispatcher, "CompleteJob").time_remaining() <= 7200
    assert dispatcher.context(watch, time_remaining=None, metadata={}, peer="").time_remaining() == float("inf")


@pytest.mark.parametrize("sent", ("", "x" * 129, "line\nbreak", "ไทย"))
def test_unfit_request_id_is_replaced(sent: str) -> None:
    """A request id that would spoil the log is not taken over; the call gets one of ours."""
    dispatcher = Dispatcher({SERVICE: JobsServicer()})

    first = call_of(dispatcher, "CompleteJob", **{"x-request-id": sent}).request_id
    second = call_of(dispatcher, "CompleteJob", **{"x-request-id": sent}).request_id

    assert first != second
    assert sent not in {first, second}
