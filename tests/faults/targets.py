"""The servers under test: real processes that are killed, paused and started again while callers use them."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from grpc import aio

from bpmgrpc.v1.admin_runtime_pb2_grpc import AdminRuntimeStub
from bpmgrpc.v1.job_runtime_pb2_grpc import JobRuntimeStub
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub
from tests.e2e.server_process import Program

CHANNEL_OPTIONS = [("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", -1)]
FORGET_SECONDS = 5.0  # calls on the channel to a killed server have failed by then


class Stubs:
    """The three services of one server.

    Args:
        address: Where it listens.
    """

    def __init__(self, address: str) -> None:
        self.channel = aio.insecure_channel(address, options=CHANNEL_OPTIONS)
        self.processes: Any = ProcessRuntimeStub(self.channel)
        self.jobs: Any = JobRuntimeStub(self.channel)
        self.admin: Any = AdminRuntimeStub(self.channel)


class Target:
    """`bpmgrpc serve` on a database.

    Args:
        database_url: The database.
        settings: Further settings by name.
    """

    def __init__(self, database_url: str, **settings: str) -> None:
        self._settings = {
            "database_url": database_url,
            "grpc_address": "127.0.0.1:0",
            "rest_address": "",
            "timers_poll_seconds": "0.2",
            **settings,
        }
        self.program: Program | None = None
        self.stubs: Stubs | None = None
        self.log: list[str] = []
        self._closing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Starts the process and waits until it is ready."""
        self.program = await asyncio.to_thread(Program, "serve", **self._settings)
        self.stubs = Stubs(self.program.ready["grpc"])

    @property
    def pid(self) -> int:
        """Id of the running process."""
        assert self.program is not None
        return self.program.process.pid

    async def kill(self) -> None:
        """Kills the process with SIGKILL: no handler, no goodbye."""
        if self.program is None:
            return
        program, self.program = self.program, None
        stubs, self.stubs = self.stubs, None
        await asyncio.to_thread(program.end)
        self.log += program.log
        if stubs is not None:
            closing = asyncio.create_task(stubs.channel.close(FORGET_SECONDS))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def pause(self) -> None:
        """Stops the process where it stands: it holds its connections and locks, and answers nobody."""
        assert self.program is not None
        self.program.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets the process go on."""
        assert self.program is not None
        self.program.process.send_signal(signal.SIGCONT)

    async def close(self) -> None:
        """Ends the process and all channels."""
        await self.kill()
        await asyncio.gather(*self._closing, return_exceptions=True)
