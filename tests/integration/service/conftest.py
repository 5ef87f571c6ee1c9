"""A server for each test: on both databases, called within the process and over a socket."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.runtime.servers import Server, opened
from tests.integration.service.ways import called


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """A database that has its tables."""
    return migrated_url


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[Server]:
    """A server with an empty database, called through the channel within the process."""
    async with opened(database_url) as (only,):
        yield only


@pytest.fixture(params=("inprocess", "socket"))
async def reached(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Server]:
    """The same server, called within the process and over a real gRPC connection; over REST where a test says so."""
    async with called(server, request.param):
        yield server
