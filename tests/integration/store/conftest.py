"""An open, migrated store for each test, on both databases."""

from collections.abc import Iterator

import pytest

from bpmgrpc.store import Session, Store, open_store


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """A database that has its tables."""
    return migrated_url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store with an up-to-date schema and nothing in it."""
    opened = open_store(database_url, lock_timeout_s=20.0)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    """A session of that store."""
    with store.writer() as borrowed:
        yield borrowed
