"""Fixtures of the adapter's tests: a scripted runtime behind a real socket, and the adapter in front of it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import httpx2
import pytest

from bpmgrpc_rest import RestSettings, create_app
from tests.rest.scripted_runtime import NOW, RunningRuntime, ScriptedRuntime


@pytest.fixture
async def runtime() -> AsyncIterator[ScriptedRuntime]:
    """A scripted runtime on a free port of the loopback."""
    running = await RunningRuntime.start()
    yield running.scripted
    await running.server.stop(None)


@pytest.fixture
async def channel(runtime: ScriptedRuntime) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the scripted runtime."""
    async with grpc.aio.insecure_channel(runtime.address) as opened:
        yield opened


ClientFactory = Callable[..., httpx2.AsyncClient]


@pytest.fixture
async def http_with(channel: grpc.aio.Channel) -> AsyncIterator[ClientFactory]:
    """Makes HTTP clients of adapters with the given settings."""
    opened = []

    def make(peer: str = "127.0.0.1", **settings: Any) -> httpx2.AsyncClient:
        app = create_app(channel, settings=RestSettings(**settings), clock=lambda: NOW)
        transport = httpx2.ASGITransport(app=app, client=(peer, 40000))
        client = httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080")
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture
async def http(http_with: ClientFactory) -> httpx2.AsyncClient:
    """An HTTP client of the adapter with its default settings."""
    return http_with()
