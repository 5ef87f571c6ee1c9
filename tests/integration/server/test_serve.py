import contextlib
import signal
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from bpmgrpc.v1 import job_runtime_pb2 as jobs
from bpmgrpc.v1.job_runtime_pb2_grpc import JobRuntimeStub
from tests.support.running import SECONDS, Running, running

ROOT = Path(__file__).parents[3]


@pytest.fixture
def run_server() -> Iterator[Callable[..., Running]]:
    """Starts server programs with settings and ends those that still run."""
    with contextlib.ExitStack() as stack:
        command = (sys.executable, "-m", "tests.support.jobs_server")
        yield lambda **settings: stack.enter_context(running(command, cwd=ROOT, settings=settings))


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    """A server that is ready."""
    return run_server().ready()


@contextlib.contextmanager
def waiting_call(server: Running, job_type: str) -> Iterator["grpc.Future[jobs.ActivateJobsResponse]"]:
    """A call that has reached the servicer and waits there."""
    with grpc.insecure_channel(server.grpc) as channel:
        stub = JobRuntimeStub(channel)
        call = stub.ActivateJobs.future(jobs.ActivateJobsRequest(type=job_type), timeout=SECONDS)
        # Calls of one connection are picked up in order: when this one is answered, the first is with its servicer.
        stub.ExtendJobLease(jobs.ExtendJobLeaseRequest(), timeout=SECONDS)
        yield call


def test_server_tells_its_addresses_when_it_is_ready(server: Running) -> None:
    """The ready line names both addresses, and both answer."""
    with grpc.insecure_channel(server.grpc) as channel:
        health = HealthStub(channel).Check(HealthCheckRequest(), timeout=SECONDS)
    with urllib.request.urlopen(server.rest + "/livez", timeout=SECONDS) as response:  # noqa: S310 - our own server
        live = response.status

    assert health.status == HealthCheckResponse.SERVING
    assert live == 200


def test_server_without_calls_ends_in_order_on_sigterm(server: Running) -> None:
    """SIGTERM ends an idle server at once, its application closed, with exit code 0."""
    server.signal(signal.SIGTERM)

    code = server.exit_code()

    assert code == 0
    assert server.output().split() == ["open", "start", "drain", "close"]


def test_drain_lets_a_running_call_finish(run_server: Callable[..., Running]) -> None:
    """A call that runs when the signal comes is answered before the server ends."""
    server = run_server(drain_seconds="3600").ready()
    with waiting_call(server, "order") as call:
        server.signal(signal.SIGINT)

        answer = call.result(SECONDS)

    assert answer == jobs.ActivateJobsResponse()
    assert server.exit_code() == 0


def test_drain_does_not_wait_longer_than_its_time(run_server: Callable[..., Running]) -> None:
    """A call that does not end in the time of the drain is cut off; the server still ends in order."""
    server = run_server(drain_seconds="0.2").ready()
    with waiting_call(server, "endless") as call:
        server.signal(signal.SIGTERM)

        error = call.exception(SECONDS)

    assert error.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
    assert server.exit_code() == 0


def test_second_signal_ends_at_once(run_server: Callable[..., Running]) -> None:
    """A second signal cuts running calls off, and the exit code tells it."""
    server = run_server(drain_seconds="3600").ready()
    with waiting_call(server, "endless"):
        server.signal(signal.SIGTERM)
        server.event("draining")

        server.signal(signal.SIGTERM)

        assert server.exit_code() == 1
    assert server.output().split()[-1] == "close"


def test_watcher_of_health_sees_the_drain(run_server: Callable[..., Running]) -> None:
    """Who watches health is told NOT_SERVING when the drain begins, and does not hold it up."""
    server = run_server(drain_seconds="3600").ready()
    with grpc.insecure_channel(server.grpc) as channel:
        states = HealthStub(channel).Watch(HealthCheckRequest(), timeout=SECONDS)
        first = next(states).status

        server.signal(signal.SIGTERM)
        rest = [response.status for response in states]

    assert (first, rest) == (HealthCheckResponse.SERVING, [HealthCheckResponse.NOT_SERVING])
    assert server.exit_code() == 0


@pytest.mark.parametrize("setting", ("grpc_address", "rest_address"))
def test_taken_address_stops_the_start(run_server: Callable[..., Running], setting: str) -> None:
    """A server whose address is taken names address and setting, and exits with 5."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        address = f"127.0.0.1:{holder.getsockname()[1]}"

        server = run_server(**{setting: address})
        code = server.exit_code()

    assert code == 5
    assert f"{setting} {address} cannot be used" in server.lines.get(timeout=SECONDS)


@pytest.mark.parametrize("setting", ("grpc_address", "rest_address"))
def test_address_that_others_reach_is_refused(run_server: Callable[..., Running], setting: str) -> None:
    """Without --insecure a server listens on loopback only; the application is not even opened."""
    server = run_server(**{setting: "0.0.0.0:0"})

    code = server.exit_code()

    assert code == 2
    assert "--insecure" in server.lines.get(timeout=SECONDS)
    assert not server.output()


def test_insecure_allows_other_addresses(run_server: Callable[..., Running]) -> None:
    """With --insecure any address may be used."""
    server = run_server(grpc_address="0.0.0.0:0", insecure="true").ready()

    assert server.grpc.startswith("0.0.0.0:")


def test_empty_rest_address_switches_rest_off(run_server: Callable[..., Running]) -> None:
    """Without an address for REST there is gRPC only."""
    server = run_server(rest_address="").ready()

    assert not server.rest


def test_failed_start_closes_what_was_opened(run_server: Callable[..., Running]) -> None:
    """When gRPC itself cannot listen, the application that was opened is closed again."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        server = run_server(grpc_address=f"127.0.0.1:{holder.getsockname()[1]}", grpc_reuse_port="true")
        server.exit_code()

    assert server.output().split() == ["open", "close"]
