"""Several server processes that share their addresses: started, watched, replaced, and ended together.

Rules of this file. The supervisor keeps the addresses and serves nobody; the system spreads connections over the
workers (SO_REUSEPORT). The first worker migrates and deploys, and only when it serves are the others started: what
keeps one from starting keeps all. A worker that ends by itself is replaced, at once the first time and ever later
while it goes on failing. Signals go to the supervisor, which passes them on; where it is killed, the workers notice and
end in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc import __version__
from bpmgrpc.server.addresses import check_exposure, reserve, show_address
from bpmgrpc.server.errors import StartError
from bpmgrpc.server.signals import StopSignals
from bpmgrpc.server.worker import Orders, Report
from bpmgrpc.settings import hide_password

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bpmgrpc.settings import Settings

__all__ = ["serve_workers"]

LONGEST_PAUSE_SECONDS: Final = 30.0
SOUND_SECONDS: Final = 60.0  # a worker that served this long has not failed to start

_log: Final = logging.getLogger("bpmgrpc.server")


async def serve_workers(settings: Settings, *, deploy: Sequence[Path] = (), app_name: str = "") -> bool:
    """Runs several servers on the same addresses until a signal ends them.

    Args:
        settings: The settings; `workers` says how many.
        deploy: Files to deploy before the servers are ready.
        app_name: Application that they belong to.

    Returns:
        Whether all ended in order.

    Raises:
        StartError: The first cannot start, or this machine or database cannot share; nothing is left running.
    """
    _check(settings)
    async with contextlib.AsyncExitStack() as stack:
        signals = stack.enter_context(StopSignals())
        grpc = _keep(stack, settings.grpc_address, "grpc_address")
        rest = _keep(stack, settings.rest_address, "rest_address") if settings.rest_address else ""
        shared = dataclasses.replace(settings, workers=1, grpc_reuse_port=True, grpc_address=grpc, rest_address=rest)
        workers = [_Worker(Orders(shared, 1, deploy, app_name))]
        workers += [_Worker(Orders(shared, number)) for number in range(2, settings.workers + 1)]
        stack.push_async_callback(_end, workers)
        stopped: asyncio.Future[Any] = asyncio.ensure_future(signals.drain.wait())
        stack.callback(stopped.cancel)
        for some in (workers[:1], workers[1:]):
            starting: asyncio.Future[Any] = asyncio.gather(*(worker.start() for worker in some))
            await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if stopped.done():  # before it was ready: nobody was served, nothing has to be finished
                starting.cancel()
                await asyncio.gather(starting, return_exceptions=True)
                return True
            await starting
        fields: dict[str, Any] = {"grpc": grpc, **({"rest": f"http://{rest}"} if rest else {})}
        fields |= {"workers": settings.workers, "database": hide_password(settings.database_url)}
        fields["version"] = __version__
        _log.info("ready", extra={"fields": fields})
        watches = [asyncio.create_task(worker.watch()) for worker in workers]
        await stopped
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)
        in_order = await _drain(workers, signals.hurry)
    _log.info("stopped" if in_order else "stopped at once; running calls were cut off")
    return in_order


def _check(settings: Settings) -> None:
    if not settings.database_url.startswith("postgres"):
        raise StartError(
            f"workers {settings.workers} needs PostgreSQL (database_url postgresql://…): SQLite has one writer, and "
            "more processes would only wait for it",
            usage=True,
        )
    if not hasattr(socket, "SO_REUSEPORT"):
        raise StartError(f"workers {settings.workers} cannot share an address on this system; use 1", usage=True)
    check_exposure(settings.grpc_address, "grpc_address", insecure=settings.insecure)
    if settings.rest_address:
        check_exposure(settings.rest_address, "rest_address", insecure=settings.insecure)


def _keep(stack: contextlib.AsyncExitStack, address: str, setting: str) -> str:
    """Reserves an address until the stack ends; returns it with the port that the system chose."""
    kept = stack.enter_context(reserve(address, setting))
    return show_address(address, kept.getsockname()[1])


async def _drain(workers: Sequence[_Worker], hurry: asyncio.Event) -> bool:
    for worker in workers:
        worker.signal(signal.SIGTERM)
    ends: asyncio.Future[Any] = asyncio.gather(*(worker.wait() for worker in workers))
    hurried: asyncio.Future[Any] = asyncio.ensure_future(hurry.wait())
    await asyncio.wait({ends, hurried}, return_when=asyncio.FIRST_COMPLETED)
    if not ends.done():
        for worker in workers:
            worker.signal(signal.SIGTERM)
    hurried.cancel()
    return not any(await ends)


async def _end(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.signal(signal.SIGKILL)
    await asyncio.gather(*(worker.wait() for worker in workers))


class _Worker:
    """A worker process, and the one that replaces it."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._process: asyncio.subprocess.Process | None = None
        self._since = 0.0

    async def start(self) -> None:
        """Starts the process and waits until it serves.

        Raises:
            StartError: It cannot.
        """
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bpmgrpc.server.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C at the terminal is for the supervisor
        )
        assert process.stdin is not None  # noqa: S101 - asked for above
        assert process.stdout is not None  # noqa: S101 - asked for above
        process.stdin.write(self._orders.to_line())
        line = await process.stdout.readline()
        report = Report.from_line(line) if line else Report(f"worker {self._orders.number} ended before it served")
        if report.error:
            await process.wait()
            raise StartError(report.error, usage=report.usage)
        self._since = time.monotonic()
        # What is deployed is deployed: a worker that comes in its place need not do it again.
        self._orders = dataclasses.replace(self._orders, deploy=())

    async def watch(self) -> None:
        """Replaces the process whenever it ends."""
        pause = 0.0
        while True:
            code = await self.wait()
            if time.monotonic() - self._since > SOUND_SECONDS:
                pause = 0.0
            fields = {"worker": self._orders.number, "exit_code": code, "again_in_seconds": pause}
            _log.warning("a worker ended and will be replaced", extra={"fields": fields})
            await asyncio.sleep(pause)
            pause = min(max(pause * 2, 1.0), LONGEST_PAUSE_SECONDS)
            try:
                await self.start()
            except StartError as error:
                _log.warning("a worker could not be replaced: %s", error)

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal, where there is anybody to get it."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def wait(self) -> int:
        """Waits for the end of the process; returns its exit code, 0 where it never began."""
        return 0 if self._process is None else await self._process.wait()
