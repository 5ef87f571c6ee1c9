"""The REST adapter behind uvicorn, in the loop of whoever starts it: beside gRPC, or alone with a channel to elsewhere.

uvicorn is used as a part, not as the owner of the process: it gets a listening socket, installs no signal handlers,
configures no logs, and stops when it is told to.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from typing import TYPE_CHECKING, Any, Final, cast

import uvicorn

from bpmgrpc.server.errors import StartError
from bpmgrpc_rest.app import create_app
from bpmgrpc_rest.settings import ErrorStyle, RestSettings

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from grpc import aio

    from bpmgrpc.settings import Settings
    from bpmgrpc_rest.upstream import Channel

__all__ = ["RestServer", "rest_app"]

_ERROR_STYLES: Final = {"status": ErrorStyle.STRICT, "inband": ErrorStyle.INBAND}


def rest_app(channel: aio.Channel, settings: Settings) -> Any:
    """Makes the adapter's ASGI application.

    Args:
        channel: The channel that it speaks the contract over.
        settings: The settings.

    Raises:
        StartError: A setting of the adapter cannot be used.
    """
    try:
        chosen = RestSettings(
            legacy_base=settings.legacy_base,
            legacy_errors=_ERROR_STYLES[settings.legacy_errors],
            max_body_bytes=settings.rest_max_body_bytes,
            default_timeout_seconds=settings.default_deadline_seconds,
            allowed_hosts=settings.allowed_hosts,
            cors_origins=settings.cors_origins,
            trusted_proxies=settings.trusted_proxies,
        )
    except ValueError as error:
        raise StartError(str(error), usage=True) from error
    # The published types of grpc.aio leave out a private parameter that generated stubs give, and the adapter names.
    return create_app(cast("Channel", channel), settings=chosen)


class RestServer:
    """An ASGI application on a socket.

    Args:
        app: The application.
        listener: A listening socket; it is closed with the server.
        drain_seconds: How long running requests may go on when the server stops.
    """

    def __init__(self, app: Any, listener: socket.socket, drain_seconds: float) -> None:
        self._listener = listener
        self._server = _Uvicorn(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="auto",
                log_config=None,
                access_log=False,  # the calls behind it are logged
                server_header=False,
                proxy_headers=False,  # the adapter reads X-Forwarded-For itself, from trusted proxies only
                timeout_graceful_shutdown=max(1, math.ceil(drain_seconds)),
            )
        )
        self._running: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port in use."""
        port: int = self._listener.getsockname()[1]
        return port

    async def start(self) -> None:
        """Begins to serve; returns when connections are accepted.

        Raises:
            StartError: The application did not start; its own log lines say why.
        """
        self._running = asyncio.create_task(self._server.serve([self._listener]), name="rest")
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait({self._running, listening}, return_when=asyncio.FIRST_COMPLETED)
        if self._running.done():
            listening.cancel()
            raise StartError("the REST application did not start") from self._running.exception()

    async def stop(self) -> None:
        """Takes no new connections and returns when running requests have ended, or the time for them has."""
        self._server.should_exit = True
        if self._running is None:
            self._listener.close()
        else:
            await self._running

    def hurry(self) -> None:
        """Makes `stop` wait no longer for anybody."""
        self._server.force_exit = True


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers, and with an event for "listening"."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to the owner of the process."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts as uvicorn does, and tells it."""
        await super().startup(sockets)
        self.listening.set()
