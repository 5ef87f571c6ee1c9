"""A server for each test, on both databases."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.runtime.servers import Server, opened


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
