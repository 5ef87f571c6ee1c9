"""How long a call waits before it is served, measured by calls.

Rule of this file: what counts is what a caller sees. gRPC keeps calls that the event loop has not picked up yet in a
queue of its own, and tells nobody how long that is or since when a call is in it; the loop's own lag comes on top. So
the server calls itself, by a health check over a socket that nobody else can open, while others call it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import grpc
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bpmgrpc.server.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WaitProbe"]

_log: Final = logging.getLogger("bpmgrpc.server")

_PAUSE_SECONDS: Final = 0.02
_ANSWER_SECONDS: Final = 30.0


class WaitProbe:
    """Measures, while calls come.

    Args:
        server: The server, not started yet; it listens at one more place.
        calls: Tells how many calls have come so far. Nothing is measured while none come.

    Raises:
        StartError: There is no folder for its socket.
    """

    def __init__(self, server: aio.Server, calls: Callable[[], int]) -> None:
        self._calls = calls
        try:
            self._folder = TemporaryDirectory(prefix="bpmgrpc-")  # only its owner can look into it
        except OSError as error:
            reason = error.strerror or error
            raise StartError(f"max_wait_seconds needs a folder for temporary files (TMPDIR): {reason}") from error
        self._target = f"unix:{Path(self._folder.name) / 'probe'}"
        server.add_insecure_port(self._target)
        self._measured = 0.0
        self._sent: float | None = None
        self._task: asyncio.Task[None] | None = None

    def waited(self) -> float:
        """Returns how many seconds the last call took to be served; more, where one waits longer already."""
        if self._sent is None:
            return self._measured
        return max(self._measured, time.monotonic() - self._sent)

    def start(self) -> None:
        """Begins; the server is started."""
        self._task = asyncio.create_task(self._measure(), name="bpmgrpc-wait-probe")

    async def stop(self) -> None:
        """Ends."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._folder.cleanup()

    async def _measure(self) -> None:
        seen = self._calls()
        async with aio.insecure_channel(self._target) as channel:
            check = health_pb2_grpc.HealthStub(channel).Check
            while True:
                await asyncio.sleep(_PAUSE_SECONDS)
                if (now := self._calls()) == seen:
                    self._measured = 0.0
                    continue
                seen = now
                self._sent = time.monotonic()
                try:
                    await check(health_pb2.HealthCheckRequest(), timeout=_ANSWER_SECONDS, wait_for_ready=True)
                except grpc.RpcError as error:
                    _log.warning("the server's call to itself failed: %s", error)
                self._measured = time.monotonic() - self._sent
                self._sent = None
