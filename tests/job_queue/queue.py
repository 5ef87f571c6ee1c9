"""Servers with a queue of jobs, as a client sees them."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import grpc
from grpc import aio

from bpmgrpc.v1 import admin_runtime_pb2 as admin
from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1.admin_runtime_pb2_grpc import AdminRuntimeStub
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub
from tests.job_queue.worker import JOB_TYPE
from tests.support.harness import bpmn, flows
from tests.support.running import running

TOP = Path(__file__).resolve().parents[2]
PROCESS = "queue"
MODEL = bpmn(
    f'<startEvent id="s"/><serviceTask id="t" bpmgrpc:jobType="{JOB_TYPE}"/><endEvent id="e"/>'
    + flows("s -> t", "t -> e"),
    process=PROCESS,
)
SECONDS = 60
CALLERS = 64  # that start instances at a time
_OPTIONS = (("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1))


class Queue:
    """Servers on one database, with the process deployed.

    Args:
        addresses: Their gRPC addresses.
        pids: Their processes.
    """

    def __init__(self, addresses: list[str], pids: list[int]) -> None:
        self.addresses = addresses
        self._pids = pids
        channel = grpc.insecure_channel(addresses[0], options=_OPTIONS)
        self._processes: Any = ProcessRuntimeStub(channel)
        self._admin: Any = AdminRuntimeStub(channel)
        files = [runtime.ResourceFile(name="queue.bpmn", content=MODEL)]
        self._processes.DeployProcessDefinitions(runtime.DeployProcessDefinitionsRequest(files=files), timeout=SECONDS)

    def build(self, jobs: int) -> float:
        """Starts as many instances as jobs are wanted, on all servers alike; returns the seconds that it took."""
        return asyncio.run(self._build(jobs))

    async def _build(self, jobs: int) -> float:
        async with aio.insecure_channel(self.addresses[0], options=_OPTIONS) as first:
            channels = [first, *(aio.insecure_channel(one, options=_OPTIONS) for one in self.addresses[1:])]
            stubs: list[Any] = [ProcessRuntimeStub(channel) for channel in channels]
            numbers = iter(range(jobs))

            async def start() -> None:
                for number in numbers:
                    request = runtime.StartProcessInstanceRequest(process_name=PROCESS, variables=f'{{"n":{number}}}')
                    await stubs[number % len(stubs)].StartProcessInstance(request, timeout=SECONDS)

            begun = time.perf_counter()
            await asyncio.gather(*(start() for _ in range(CALLERS)))
            return time.perf_counter() - begun

    def cpu_seconds(self) -> float:
        """Returns the processor time that the servers have used."""
        ticks = 0
        for pid in self._pids:
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def count(self, state: ProcessInstance.State) -> int:
        """Counts the instances in a state."""
        request = runtime.ListProcessInstancesRequest(process_name=PROCESS, states=[state], page_size=1)
        total: int = self._processes.ListProcessInstances(request, timeout=SECONDS).total_size
        return total

    def completions(self) -> Counter[int]:
        """Reads the whole history; returns how many instances have how many completed jobs."""
        done: Counter[str] = Counter()
        for response in self._admin.ExportHistory(admin.ExportHistoryRequest()):
            event = response.history_event
            done[event.root_process_instance_id] += event.event_type == "JOB_COMPLETED"
        return Counter(done.values())


@contextmanager
def queue(database_url: str, servers: int) -> Iterator[Queue]:
    """Runs servers on an empty database for a block."""
    with ExitStack() as stack:
        command = [sys.executable, "-m", "bpmgrpc", "serve"]
        settings = {"database_url": database_url}
        found = [stack.enter_context(running(command, cwd=TOP, settings=settings)).ready() for _ in range(servers)]
        yield Queue([server.grpc for server in found], [server.process.pid for server in found])
