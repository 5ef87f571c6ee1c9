"""Fixtures that every test folder may use: databases, each test its own.

A test that asks for `database_url` runs twice, on SQLite and on PostgreSQL. There is no way to leave PostgreSQL out
silently: where no server can be run the test fails with the reason (to leave it out knowingly: `-m "not postgresql"`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Server, ServerError, SharedServer

SHARED_SERVER = pytest.StashKey[SharedServer]()


def pytest_configure(config: pytest.Config) -> None:
    """Prepares the PostgreSQL server before pytest-xdist starts its workers, which share it; nothing runs yet."""
    config.stash[SHARED_SERVER] = SharedServer.open()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the server, if a test started it."""
    config.stash[SHARED_SERVER].close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that need PostgreSQL by the fixtures they ask for."""
    for item in items:
        if "postgresql_url" in getattr(item, "fixturenames", ()):
            item.add_marker("postgresql")


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> Server:
    """The PostgreSQL server of this test run."""
    try:
        return request.config.stash[SHARED_SERVER].server()
    except ServerError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def postgresql_url(postgresql_server: Server) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of the test's own."""
    with postgresql_server.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite database of the test's own, whose file does not exist yet."""
    return f"sqlite:///{tmp_path / 'bpmgrpc.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of the test's own: the test runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
