"""A server for each test: on both databases, called within the process and over a socket."""

from collections.abc import AsyncIterator

import pytest
from grpc import aio

from bpmgrpc.server.grpc_server import build_server, open_port
from bpmgrpc.settings import Settings
from tests.integration.runtime.servers import Server, opened


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[Server]:
    """A server with an empty database, called through the channel within the process."""
    async with opened(database_url) as (only,):
        yield only


@pytest.fixture(params=("inprocess", "socket"))
async def reached(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Server]:
    """The same server, called within the process and over a real gRPC connection."""
    if request.param == "inprocess":
        yield server
        return
    grpc_server = build_server(server.dispatcher, Settings())
    port = open_port(grpc_server, "127.0.0.1:0")
    await grpc_server.start()
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            server.call_through(channel)
            yield server
    finally:
        await grpc_server.stop(None)
