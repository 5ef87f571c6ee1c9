"""One process, started and ended in order.

    start   look at the addresses - take them - open the application (it migrates its database) - deploy what the
            command line names - gRPC - REST - background work - "ready"
    end     on the first SIGTERM or Ctrl-C: health says NOT_SERVING - no new calls on gRPC and REST - running calls
            finish, at most for `drain_seconds` - background work stops - the application is closed
            on the second: running calls are cut off, the rest as above

What fails on the way up is a `StartError`, and whatever had been started is ended again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final, Protocol

from grpc import aio

from bpmgrpc import __version__
from bpmgrpc.server.addresses import check_exposure, listen, show_address
from bpmgrpc.server.deployment import deploy_files
from bpmgrpc.server.grpc_server import build_server, open_port
from bpmgrpc.server.memory import spare_the_collector
from bpmgrpc.server.rest import RestServer, rest_app
from bpmgrpc.server.signals import StopSignals
from bpmgrpc.server.wait_probe import WaitProbe
from bpmgrpc.server.watch import watched_database
from bpmgrpc.service import health as health_service
from bpmgrpc.service.admission import Admission
from bpmgrpc.service.dispatch import Dispatcher
from bpmgrpc.service.health import Health
from bpmgrpc.service.inprocess import InProcessChannel
from bpmgrpc.service.interceptors import default_chain
from bpmgrpc.settings import hide_password, split_address

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from bpmgrpc.settings import Settings

__all__ = ["Application", "serve", "serve_rest"]

_log: Final = logging.getLogger("bpmgrpc.server")

_UPSTREAM_OPTIONS: Final = (
    ("grpc.max_receive_message_length", -1),
    # A name that stands for several servers is all of them: calls are spread, and one that ends is left out.
    ("grpc.lb_policy_name", "round_robin"),
)


class Application(Protocol):
    """What a server serves. The product's own is `bpmgrpc.server.application.open_application`."""

    @property
    def services(self) -> Mapping[str, object]:
        """Full name of each service to its servicer."""
        ...

    async def start(self) -> None:
        """Begins the background work."""
        ...

    async def ping(self) -> None:
        """Asks the database for a sign of life.

        Raises:
            BpmError: It gives none.
        """
        ...

    def waited(self) -> float:
        """Returns how many seconds a command waits now for its turn at the database."""
        ...

    def drain(self) -> None:
        """Lets calls that merely wait (a worker's long poll) end now; begins no more background work."""
        ...

    async def close(self) -> None:
        """Ends the background work and lets go of the database. Called once, also where `start` was not."""
        ...


async def serve(
    settings: Settings,
    open_application: Callable[[Settings], Awaitable[Application]],
    *,
    deploy: Sequence[Path] = (),
    app_name: str = "",
    on_ready: Callable[[], None] | None = None,
) -> bool:
    """Runs a server until a signal ends it.

    Args:
        settings: The settings.
        open_application: Opens what is to be served, its database migrated.
        deploy: Files to deploy before the server is ready.
        app_name: Application that they belong to.
        on_ready: Called when it serves, for one of several workers that share their addresses; whoever started them
            announces them together. Without it the server announces itself.

    Returns:
        Whether it ended in order: False where a second signal cut running calls off.

    Raises:
        StartError: It cannot start; nothing is left running.
    """
    check_exposure(settings.grpc_address, "grpc_address", insecure=settings.insecure)
    if settings.rest_address:
        check_exposure(settings.rest_address, "rest_address", insecure=settings.insecure)
    async with contextlib.AsyncExitStack() as stack:
        signals = stack.enter_context(StopSignals())
        # Before the database is touched: who forgot that a server runs already must not migrate under its feet. gRPC
        # wants to open its socket itself, so its address is only tried here, which also tells the system's own reason.
        if not settings.grpc_reuse_port:
            listen(settings.grpc_address, "grpc_address").close()
        listener: socket.socket | None = None
        if settings.rest_address:
            listener = listen(settings.rest_address, "rest_address", shared=on_ready is not None)
            stack.callback(listener.close)
        application = await open_application(settings)
        stack.push_async_callback(application.close)
        health = Health(application.services)
        admission = Admission(settings.grpc_max_concurrent_calls, settings.max_wait_seconds)
        dispatcher = Dispatcher(
            {**application.services, health_service.SERVICE: health},
            default_chain(admission if admission.bounds_anything else None),
            default_deadline_seconds=settings.default_deadline_seconds,
        )
        channel = InProcessChannel(dispatcher)
        grpc_server = build_server(dispatcher, settings)
        stack.push_async_callback(grpc_server.stop, None)
        port = open_port(grpc_server, settings.grpc_address)
        if deploy:
            await deploy_files(channel, deploy, app_name)
        await stack.enter_async_context(_measured(admission, grpc_server, application))
        fields = {"grpc": show_address(settings.grpc_address, port)}
        rest: RestServer | None = None
        if listener is not None:
            rest = RestServer(rest_app(channel, settings), listener, settings.drain_seconds)
            stack.push_async_callback(rest.stop)
            await rest.start()
            fields["rest"] = "http://" + show_address(settings.rest_address, rest.port)
        await application.start()
        await stack.enter_async_context(watched_database(application.ping, health))
        fields |= {"database": hide_password(settings.database_url), "version": __version__}
        spare_the_collector()
        if on_ready is None:
            _log.info("ready", extra={"fields": fields})
        else:
            on_ready()
        await signals.drain.wait()
        _log.info("draining", extra={"fields": {"seconds": settings.drain_seconds}})
        health.drain()
        application.drain()
        in_order = await _finish(grpc_server, rest, settings.drain_seconds, signals.hurry)
    _log.info("stopped" if in_order else "stopped at once; running calls were cut off")
    return in_order


async def serve_rest(settings: Settings, upstream: str) -> bool:
    """Runs the REST adapter alone, until a signal ends it.

    Args:
        settings: The settings; `rest_address` must not be empty.
        upstream: ``HOST:PORT`` of the gRPC server that it speaks to. It need not run yet.

    Returns:
        Whether it ended in order.

    Raises:
        StartError: It cannot start.
    """
    check_exposure(settings.rest_address, "rest_address", insecure=settings.insecure)
    host, port = split_address(upstream)
    async with contextlib.AsyncExitStack() as stack:
        signals = stack.enter_context(StopSignals())
        listener = listen(settings.rest_address, "rest_address")
        stack.callback(listener.close)
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        channel = await stack.enter_async_context(aio.insecure_channel(target, options=_UPSTREAM_OPTIONS))
        rest = RestServer(rest_app(channel, settings), listener, settings.drain_seconds)
        stack.push_async_callback(rest.stop)
        await rest.start()
        fields = {
            "rest": "http://" + show_address(settings.rest_address, rest.port),
            "upstream": target,
            "version": __version__,
        }
        _log.info("ready", extra={"fields": fields})
        await signals.drain.wait()
        _log.info("draining", extra={"fields": {"seconds": settings.drain_seconds}})
        in_order = await _finish(None, rest, settings.drain_seconds, signals.hurry)
    _log.info("stopped" if in_order else "stopped at once; running calls were cut off")
    return in_order


@contextlib.asynccontextmanager
async def _measured(admission: Admission, server: aio.Server, application: Application) -> AsyncIterator[None]:
    """Starts a server; where it is to refuse calls because others wait, it measures how long they do."""
    if not admission.bounds_waiting:
        await server.start()
        yield
        return
    probe = WaitProbe(server, lambda: admission.calls)
    admission.measure_by(probe.waited)
    admission.measure_by(application.waited)
    await server.start()
    probe.start()
    try:
        yield
    finally:
        await probe.stop()


async def _finish(
    grpc_server: aio.Server | None, rest: RestServer | None, seconds: float, hurry: asyncio.Event
) -> bool:
    """Ends both ways in; returns whether nobody had to hurry."""
    ends: list[Awaitable[None]] = [] if grpc_server is None else [grpc_server.stop(seconds)]
    if rest is not None:
        ends.append(rest.stop())
    drained: asyncio.Future[Any] = asyncio.gather(*ends)
    hurried: asyncio.Future[Any] = asyncio.ensure_future(hurry.wait())
    await asyncio.wait({drained, hurried}, return_when=asyncio.FIRST_COMPLETED)
    in_order = drained.done()
    if not in_order:
        if rest is not None:
            rest.hurry()
        if grpc_server is not None:
            await grpc_server.stop(None)
    hurried.cancel()
    await drained
    return in_order
