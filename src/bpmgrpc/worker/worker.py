"""The worker: its handlers, its connection, its beginning and its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

import grpc
from grpc import aio

from bpmgrpc.v1.job_runtime_pb2_grpc import JobRuntimeStub
from bpmgrpc.worker.handler import Handler, handler_of
from bpmgrpc.worker.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Worker"]

FunctionT = TypeVar("FunctionT", bound="Callable[..., Any]")

_log: Final = logging.getLogger("bpmgrpc.worker")
_FIRST_PAUSE: Final = 0.1  # seconds before the second attempt to connect; then twice as long each time
_LONGEST_PAUSE: Final = 10.0
_END_SECONDS: Final = 10.0  # how long the server may take to end a stream
# Another attempt would fail as this one did.
_FINAL: Final = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", -1),
    # A server that is gone without a word is noticed.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # One that comes back is found again soon; gRPC's own pause grows to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", round(_LONGEST_PAUSE * 1000)),
)


class Worker:
    """Does the jobs of some types.

    Args:
        server: ``HOST:PORT`` of the server; where empty that of ``BPMGRPC_GRPC_ADDRESS``, else 127.0.0.1:50051.
        name: Name of the worker, for people who look for a job's holder; host and process where empty.
        grace_seconds: How long a stop waits for jobs that were begun; then they are given back.
        channel: Makes the channel; a plain one without credentials where None.
    """

    def __init__(
        self,
        server: str = "",
        *,
        name: str = "",
        grace_seconds: float = 30.0,
        channel: Callable[[str], aio.Channel] | None = None,
    ) -> None:
        self._server = server or os.environ.get("BPMGRPC_GRPC_ADDRESS", "") or "127.0.0.1:50051"
        self._name = name or f"{socket.gethostname()}-{os.getpid()}"
        self._grace_seconds = grace_seconds
        self._open = channel or (lambda address: aio.insecure_channel(address, options=_OPTIONS))
        self._handlers: dict[str, Handler] = {}
        self._stopping: asyncio.Event | None = None

    def job(
        self,
        type_: str,
        *,
        concurrency: int = 10,
        lease_seconds: float = 60.0,
        backoff_seconds: float | None = None,
    ) -> Callable[[FunctionT], FunctionT]:
        """Registers a function as the handler of a job type.

        The function may be a coroutine function, or a plain one, which runs on a thread. A parameter of type `Job` gets
        the job, one of a dataclass or TypedDict the variables of its members. What it returns, a mapping, a dataclass
        or None, becomes the job's results.

        Args:
            type_: Type of the jobs.
            concurrency: How many jobs are done at a time, 1 to 1,000.
            lease_seconds: How long a lease lasts; it is made longer while the function runs.
            backoff_seconds: Pause before the next attempt of a job that failed; the model's where None.

        Raises:
            TypeError: The function asks for something that a job does not have.
            ValueError: The type is served already, or a number is out of range.
        """

        def register(function: FunctionT) -> FunctionT:
            if type_ in self._handlers:
                raise ValueError(f"jobs of type {type_!r} have a handler already")
            self._handlers[type_] = handler_of(type_, function, concurrency, lease_seconds, backoff_seconds)
            return function

        return register

    def run(self) -> None:
        """Serves until SIGINT or SIGTERM; then takes no more jobs, finishes those that were begun, and returns. A
        second signal ends the program at once.
        """
        asyncio.run(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)

        def stop() -> None:
            self.stop()
            for name in signals:
                loop.remove_signal_handler(name)

        for name in signals:
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C is a KeyboardInterrupt there
                loop.add_signal_handler(name, stop)
        await self.serve()

    async def serve(self) -> None:
        """Serves until `stop`.

        Raises:
            ExceptionGroup: Of grpc.aio.AioRpcError: the server refuses the worker for good.
            ValueError: There is no handler.
        """
        if not self._handlers:
            raise ValueError("the worker has no handler: decorate one with @worker.job(...)")
        self._stopping = asyncio.Event()
        async with self._open(self._server) as channel, asyncio.TaskGroup() as group:
            for handler in self._handlers.values():
                group.create_task(self._serve(JobRuntimeStub(channel), handler, self._stopping))

    def stop(self) -> None:
        """Lets `serve` end. Called on the loop that serves; from another thread with ``loop.call_soon_threadsafe``."""
        if self._stopping is not None:
            self._stopping.set()

    async def _serve(self, stub: Any, handler: Handler, stopping: asyncio.Event) -> None:
        """Serves one type, over one stream after the other."""
        pause = _FIRST_PAUSE
        threads = ThreadPoolExecutor(handler.concurrency, thread_name_prefix=f"bpmgrpc-{handler.type}")
        try:
            while not stopping.is_set():
                started = asyncio.get_running_loop().time()
                try:
                    await self._session(stub, handler, stopping, threads)
                except aio.AioRpcError as error:
                    if error.code() in _FINAL:
                        raise
                    _log.warning("no jobs of type %r for now: %s", handler.type, error.details())
                if asyncio.get_running_loop().time() - started > _LONGEST_PAUSE:
                    pause = _FIRST_PAUSE
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause * random.uniform(0.5, 1)):  # noqa: S311 - spreads
                        await stopping.wait()
                pause = min(pause * 2, _LONGEST_PAUSE)
        finally:
            # A function that runs on a thread cannot be stopped; its job has been given back, so nobody waits for it.
            threads.shutdown(wait=False, cancel_futures=True)

    async def _session(self, stub: Any, handler: Handler, stopping: asyncio.Event, threads: ThreadPoolExecutor) -> None:
        call = stub.StreamJobs()
        session = Session(call, handler, self._name, threads)
        running = asyncio.create_task(session.run())
        waiting = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                await session.stop(self._grace_seconds)
                await asyncio.wait({running}, timeout=_END_SECONDS)
            if running.done() and not running.cancelled():
                running.result()
        finally:
            waiting.cancel()
            running.cancel()
            call.cancel()
            await asyncio.gather(running, return_exceptions=True)
