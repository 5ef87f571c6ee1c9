"""The ways to a server: within the process, over gRPC, and over REST through the adapter."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from grpc import aio

from bpmgrpc.server.grpc_server import build_server, open_port
from bpmgrpc.server.rest import RestServer, rest_app
from bpmgrpc.service.inprocess import InProcessChannel
from bpmgrpc.settings import Settings
from tests.integration.runtime.servers import Server
from tests.support.rest_channel import RestChannel


@asynccontextmanager
async def called_over_grpc(server: Server) -> AsyncIterator[Any]:
    """A real gRPC connection to a server."""
    grpc_server = build_server(server.dispatcher, Settings())
    port = open_port(grpc_server, "127.0.0.1:0")
    await grpc_server.start()
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        await grpc_server.stop(None)


@asynccontextmanager
async def called_over_rest(server: Server) -> AsyncIterator[Any]:
    """HTTP connections to a server's adapter."""
    listener = socket.create_server(("127.0.0.1", 0))
    adapter = RestServer(rest_app(cast("aio.Channel", InProcessChannel(server.dispatcher)), Settings()), listener, 1.0)
    await adapter.start()
    channel = RestChannel(f"http://127.0.0.1:{adapter.port}")
    try:
        yield channel
    finally:
        await channel.close()
        await adapter.stop()


_CHANNELS: Any = {"socket": called_over_grpc, "rest": called_over_rest}


@asynccontextmanager
async def called(server: Server, way: str) -> AsyncIterator[Server]:
    """Has all calls to a server go one way: "inprocess", "socket" or "rest"."""
    if way == "inprocess":
        yield server
        return
    async with _CHANNELS[way](server) as channel:
        server.call_through(channel)
        yield server
