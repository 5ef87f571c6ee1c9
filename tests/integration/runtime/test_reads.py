"""Reads that the database asks to run again."""

from typing import Any

import psycopg
import pytest

from bpmgrpc.errors import Aborted
from bpmgrpc.runtime import Runtime
from bpmgrpc.store import open_store
from bpmgrpc.store.failures import translate
from bpmgrpc.store.url import parse_url

pytestmark = pytest.mark.postgresql


def conflict(url: str) -> None:
    """Has PostgreSQL refuse a transaction because of another one (SQLSTATE 40001)."""
    conninfo = parse_url(url).conninfo
    with psycopg.connect(conninfo, autocommit=True) as other, psycopg.connect(conninfo) as late:
        other.execute("CREATE TABLE IF NOT EXISTS conflict (n INTEGER)")
        other.execute("INSERT INTO conflict VALUES (1)")
        late.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        late.execute("SELECT n FROM conflict").fetchall()
        other.execute("UPDATE conflict SET n = n + 1")
        try:
            late.execute("UPDATE conflict SET n = n + 1")
        except psycopg.errors.SerializationFailure as error:
            raise translate(error) from error


@pytest.mark.parametrize(("conflicts", "attempts"), ((0, 1), (3, 4), (7, 8)))
async def test_read_that_met_a_conflict_runs_again(postgresql_url: str, conflicts: int, attempts: int) -> None:
    """The caller never hears of it."""
    runtime = Runtime(open_store(postgresql_url))
    tried = []

    def query(queries: Any) -> str:
        tried.append(queries)
        if len(tried) <= conflicts:
            conflict(postgresql_url)
        return "read"

    try:
        assert await runtime.read(query) == "read"
    finally:
        runtime.close()

    assert len(tried) == attempts


async def test_read_that_meets_conflicts_for_ever_is_aborted(postgresql_url: str) -> None:
    """The caller may try again."""
    runtime = Runtime(open_store(postgresql_url))
    try:
        with pytest.raises(Aborted, match="could not read a state that holds together"):
            await runtime.read(lambda _queries: conflict(postgresql_url))
    finally:
        runtime.close()
