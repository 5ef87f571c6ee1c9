"""Fixtures that every test folder may use: databases, each test its own.

A test that asks for `database_url` runs twice, on SQLite and on PostgreSQL. There is no way to leave PostgreSQL out
silently: where no server can be run the test fails with the reason (to leave it out knowingly: `-m "not postgresql"`).
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bpmgrpc.store import open_store
from tests.support.postgres import Server, ServerError, SharedServer

DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
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


def migrate(url: str) -> None:
    """Makes the tables."""
    store = open_store(url)
    store.migrate()
    store.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables."""
    path = tmp_path_factory.mktemp("migrated") / "bpmgrpc.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: Server) -> Iterator[str]:
    """The name of a PostgreSQL database with the tables, to which nobody is connected."""
    with postgresql_server.named_database() as name:
        migrate(postgresql_server.database_url(name))
        yield name


@pytest.fixture
def migrated_sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A copy of the file, of the test's own."""
    shutil.copyfile(migrated_sqlite, tmp_path / "bpmgrpc.db")
    return f"sqlite:///{tmp_path / 'bpmgrpc.db'}"


@pytest.fixture
def migrated_postgresql_url(postgresql_server: Server, migrated_postgresql: str) -> Iterator[str]:
    """A copy of the database, of the test's own."""
    with postgresql_server.database(migrated_postgresql) as url:
        yield url


@pytest.fixture(params=DATABASES)
def migrated_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of the test's own that has its tables, copied from one that migrations made."""
    url: str = request.getfixturevalue(f"migrated_{request.param}_url")
    return url


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of the test's own: the test runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database_url(empty_url: str) -> str:
    """The URL of a database of the test's own; where its tables do not matter a folder has one that has them."""
    return empty_url
