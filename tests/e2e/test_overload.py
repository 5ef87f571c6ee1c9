"""Many callers at once: all are answered, and beyond a limit they are refused quickly and told when to come back."""

import asyncio
import time

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from grpc import aio

from bpmgrpc.v1 import job_runtime_pb2 as jobs
from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import USER_TASK, deploy, process
from tests.e2e.server_process import LEGACY_BASE, SECONDS, Program, ServerProcess

CALLS = 5000


@pytest.mark.slow
def test_five_thousand_starts_at_once_are_all_answered(database_url: str, run_server: ServerFactory) -> None:
    """Of 5,000 calls that one client has open at the same time each is answered, and each instance is there."""
    server = run_server(database_url)
    deploy(server, process("p", USER_TASK))

    async def starts() -> list[str]:
        async with aio.insecure_channel(server.grpc, options=[("grpc.enable_http_proxy", 0)]) as channel:
            stub = ProcessRuntimeStub(channel)
            request = runtime.StartProcessInstanceRequest(process_name="p")
            answers = await asyncio.gather(
                *(stub.StartProcessInstance(request, timeout=4 * SECONDS) for _ in range(CALLS))
            )
        return [answer.process_instance.process_instance_id for answer in answers]

    instances = asyncio.run(starts())

    assert len(set(instances)) == CALLS
    counted = server.processes.CountUserTasks(runtime.CountUserTasksRequest(), timeout=SECONDS)
    assert counted.total_size == CALLS


@pytest.mark.slow
def test_overloaded_server_refuses_what_would_wait_too_long(database_url: str, run_server: ServerFactory) -> None:
    """Of 5,000 calls at once those that are served are done, the others refused with RetryInfo; then it goes on."""
    server = run_server(database_url, max_wait_seconds="0.05")
    deploy(server, process("p", USER_TASK))

    async def answers() -> list[object]:
        async with aio.insecure_channel(server.grpc, options=[("grpc.enable_http_proxy", 0)]) as channel:
            start = ProcessRuntimeStub(channel).StartProcessInstance
            request = runtime.StartProcessInstanceRequest(process_name="p")
            calls = (start(request, timeout=4 * SECONDS) for _ in range(CALLS))
            return await asyncio.gather(*calls, return_exceptions=True)

    got = asyncio.run(answers())
    refused = [answer for answer in got if isinstance(answer, aio.AioRpcError)]
    served = [answer for answer in got if isinstance(answer, runtime.StartProcessInstanceResponse)]

    assert served
    assert refused
    assert len(served) + len(refused) == CALLS
    assert {error.code() for error in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert all(retry_delay(error) == 0.5 for error in refused)
    until = time.monotonic() + SECONDS
    while True:
        try:
            counted = server.processes.CountUserTasks(runtime.CountUserTasksRequest(), timeout=SECONDS)
            break
        except grpc.RpcError:
            assert time.monotonic() < until
    assert counted.total_size == len(served)


def retry_delay(error: aio.AioRpcError) -> float:
    """How many seconds a refused caller is asked to wait."""
    details = status_pb2.Status.FromString(bytes(dict(error.trailing_metadata())["grpc-status-details-bin"])).details
    retry = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(retry) for detail in details)
    return retry.retry_delay.ToTimedelta().total_seconds()


def full_server(run_server: ServerFactory, url: str) -> tuple[ServerProcess, "grpc.Future[jobs.ActivateJobsResponse]"]:
    """A server that serves one call at a time, and a worker that waits there for a job."""
    server = run_server(url, grpc_max_concurrent_calls="1")
    deploy(server, process("p", USER_TASK))
    worker = server.jobs.ActivateJobs.future(
        jobs.ActivateJobsRequest(type="none", worker="w", request_timeout=Duration(seconds=50)), timeout=SECONDS
    )
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            server.processes.CountUserTasks(runtime.CountUserTasksRequest(), timeout=SECONDS)
        except grpc.RpcError:
            break
        time.sleep(0.01)
    return server, worker


def test_call_beyond_the_limit_is_refused_quickly_with_retry_info(sqlite_url: str, run_server: ServerFactory) -> None:
    """RESOURCE_EXHAUSTED comes at once, with RetryInfo; when there is room again, calls are served."""
    server, worker = full_server(run_server, sqlite_url)
    request = runtime.StartProcessInstanceRequest(process_name="p")

    begin = time.monotonic()
    with pytest.raises(grpc.RpcError) as caught:
        server.processes.StartProcessInstance(request, timeout=SECONDS)
    seconds = time.monotonic() - begin
    worker.cancel()
    served = None
    while served is None:  # the server has to learn first that the worker is gone
        try:
            served = server.processes.StartProcessInstance(request, timeout=SECONDS)
        except grpc.RpcError:
            assert time.monotonic() - begin < SECONDS

    error: grpc.Call = caught.value
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    details = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"]).details
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    assert any(detail.Unpack(info) for detail in details)
    assert any(detail.Unpack(retry) for detail in details)
    assert info.reason == "OVERLOADED"
    assert retry.retry_delay.ToTimedelta().total_seconds() == 0.5
    assert seconds < 5  # far less; the worker waits 50


def test_adapters_answer_429_with_retry_after(sqlite_url: str, run_server: ServerFactory) -> None:
    """Over REST, in the server and alone, the refusal is 429 with Retry-After, and /readyz stays 200."""
    server, worker = full_server(run_server, sqlite_url)
    adapter = Program("rest", "--upstream", server.grpc)
    try:
        for base in (server.rest, adapter.ready["rest"]):
            legacy = server.http.post(f"{base}{LEGACY_BASE}/process/start", content='{"processName":"p"}')
            general = server.http.post(f"{base}/v1/processInstances:start", json={"processName": "p"})
            ready = server.http.get(f"{base}/readyz")
            for answer in (legacy, general):
                assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
            assert legacy.json()["code"] == 8
            assert ready.status_code == 200
    finally:
        adapter.end()
        worker.cancel()
