import asyncio
import logging
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from grpc import aio

from bpmgrpc.server.errors import StartError
from bpmgrpc.server.grpc_server import build_server, open_port
from bpmgrpc.server.wait_probe import WaitProbe
from bpmgrpc.service import health as health_service
from bpmgrpc.service.admission import Admission
from bpmgrpc.service.dispatch import CallContext, Dispatcher
from bpmgrpc.service.health import Health
from bpmgrpc.service.interceptors import default_chain
from bpmgrpc.settings import Settings
from bpmgrpc.v1 import job_runtime_pb2 as jobs
from bpmgrpc.v1.job_runtime_pb2_grpc import JobRuntimeStub
from tests.integration.runtime.servers import SECONDS, until
from tests.support.jobs_servicer import SERVICE, JobsServicer


class Servicer(JobsServicer):
    """JobsServicer whose FailJob keeps the event loop for a while."""

    async def FailJob(self, request: jobs.FailJobRequest, call: CallContext) -> jobs.FailJobResponse:  # noqa: N802
        """Lets everybody wait."""
        time.sleep(0.3)  # noqa: ASYNC251 - that is what is tested
        return jobs.FailJobResponse()


class Measured:
    """A server, its probe, and a client."""

    def __init__(self, *, with_health: bool = True) -> None:
        self.admission = Admission(0, 0.1)
        services: dict[str, object] = {SERVICE: Servicer()}
        if with_health:
            services[health_service.SERVICE] = Health([SERVICE])
        self.server = build_server(Dispatcher(services, default_chain(self.admission)), Settings())
        self.port = open_port(self.server, "127.0.0.1:0")
        self.probe = WaitProbe(self.server, lambda: self.admission.calls)

    async def __aenter__(self) -> JobRuntimeStub:
        await self.server.start()
        self.probe.start()
        self._channel = aio.insecure_channel(f"127.0.0.1:{self.port}")
        return JobRuntimeStub(self._channel)

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()
        await self.probe.stop()
        await self.server.stop(None)


@pytest.fixture
async def measured() -> AsyncIterator[tuple[Measured, JobRuntimeStub]]:
    """A server that is measured."""
    one = Measured()
    async with one as stub:
        yield one, stub


async def test_wait_is_as_long_as_calls_wait_and_over_when_nobody_calls(
    measured: tuple[Measured, JobRuntimeStub],
) -> None:
    """While calls keep the loop, a call waits; the probe says how long; when calls are quick it says so, too."""
    one, stub = measured
    assert one.probe.waited() == 0.0

    async def waits() -> bool:
        # Whether the probe's own call comes between these is the loop's to say; so again, until it does.
        calls = [asyncio.ensure_future(stub.FailJob(jobs.FailJobRequest())) for _ in range(4)]
        longest = 0.0
        while not all(call.done() for call in calls):
            await asyncio.sleep(0.005)
            longest = max(longest, one.probe.waited())
        return longest > 0.2

    async def is_quick() -> bool:
        await stub.CompleteJob(jobs.CompleteJobRequest())
        return 0 < one.probe.waited() < 0.1

    async def is_quiet() -> bool:
        return one.probe.waited() == 0

    await until(waits)
    await until(is_quick)
    await until(is_quiet)


async def test_call_that_fails_is_told_in_the_log_and_measured_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    """A server that does not answer its own call is not taken for one that is quick for ever, nor for a slow one."""
    caplog.set_level(logging.WARNING, "bpmgrpc.server")
    one = Measured(with_health=False)

    async with one as stub:

        async def is_told() -> bool:
            await stub.CompleteJob(jobs.CompleteJobRequest())
            return "the server's call to itself failed" in caplog.text

        await until(is_told)
        assert one.probe.waited() < SECONDS


async def test_machine_without_a_folder_for_the_socket_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error names the setting, and where to put things right."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    with pytest.raises(StartError, match=r"^max_wait_seconds needs a folder .*TMPDIR.*No such file"):
        Measured()


async def test_probe_that_was_never_started_is_stopped() -> None:
    """A server that could not start leaves nothing behind."""
    one = Measured()

    await one.probe.stop()
    await one.server.stop(None)
    assert one.probe.waited() == 0.0
