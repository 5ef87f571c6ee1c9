"""A server for each test, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from tests.integration.runtime.servers import Server, opened

_LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Runs what waits on the loop on both loops, everything else on the one that servers have."""
    return _LOOPS if item.path.stem == "test_pooled" else {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """A database that has its tables."""
    return migrated_url


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[Server]:
    """A server with an empty database."""
    async with opened(database_url) as (only,):
        yield only


@pytest.fixture
async def pair(database_url: str) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers that share an empty database."""
    async with opened(database_url, 2) as (first, second):
        yield first, second
