import signal

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from bpmgrpc.v1 import job_runtime_pb2 as jobs
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import SERVICE_TASK, deploy, process, start
from tests.e2e.server_process import SECONDS, ServerProcess


def waiting_worker(server: ServerProcess) -> "grpc.Future[jobs.ActivateJobsResponse]":
    """Starts a long poll that has reached the server: a call made after it on the same connection is answered."""
    request = jobs.ActivateJobsRequest(type="never", worker="w", request_timeout=Duration(seconds=50))
    call = server.jobs.ActivateJobs.future(request, timeout=SECONDS)
    server.jobs.ActivateJobs(jobs.ActivateJobsRequest(type="never", worker="w"), timeout=SECONDS)
    return call


@pytest.mark.parametrize("number", (signal.SIGTERM, signal.SIGINT), ids=["SIGTERM", "Ctrl-C"])
def test_server_ends_in_order_and_lets_waiting_workers_go(
    run_server: ServerFactory, sqlite_url: str, number: signal.Signals
) -> None:
    """On a signal a waiting worker gets an empty answer, not an error, and the server ends with exit code 0."""
    server = run_server(sqlite_url)
    call = waiting_worker(server)

    server.process.send_signal(number)

    assert list(call.result(SECONDS).jobs) == []
    assert server.event("stopped")["level"] == "info"
    assert server.process.wait(SECONDS) == 0


def test_work_goes_on_after_an_orderly_restart(run_server: ServerFactory, database_url: str) -> None:
    """What was open when the server ended in order is open when it starts again; a leased job keeps its lease."""
    server = run_server(database_url)
    deploy(server, process("with a job", SERVICE_TASK.format(type="kept")))
    start(server, "with a job")
    (job,) = server.jobs.ActivateJobs(jobs.ActivateJobsRequest(type="kept", worker="w"), timeout=SECONDS).jobs
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(SECONDS)
    server.end()
    server.start()

    others = server.jobs.ActivateJobs(jobs.ActivateJobsRequest(type="kept", worker="other"), timeout=SECONDS).jobs
    server.jobs.CompleteJob(jobs.CompleteJobRequest(job_id=job.job_id, lease_token=job.lease_token), timeout=SECONDS)

    assert list(others) == []
