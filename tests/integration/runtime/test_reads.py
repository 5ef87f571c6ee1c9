"""Reads: those that the database asks to run again, and those that take too long for the loop."""

import sqlite3
from typing import Any

import psycopg
import pytest

from bpmgrpc.errors import Aborted
from bpmgrpc.runtime import Runtime
from bpmgrpc.store import open_store
from bpmgrpc.store.failures import translate
from bpmgrpc.store.url import parse_url


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


@pytest.mark.postgresql
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


@pytest.mark.postgresql
async def test_read_that_meets_conflicts_for_ever_is_aborted(postgresql_url: str) -> None:
    """The caller may try again."""
    runtime = Runtime(open_store(postgresql_url))
    try:
        with pytest.raises(Aborted, match="could not read a state that holds together"):
            await runtime.read(lambda _queries: conflict(postgresql_url))
    finally:
        runtime.close()


async def _count(runtime: Runtime, number: int) -> int:
    """Counts to a number in the database: a read of so many rows."""

    def query(queries: Any) -> int:
        text = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n"
        return len(queries.db.all(text, (number,)))

    return await runtime.read(query)


class Reads:
    """What a SQLite runtime did for reads.

    Args:
        runtime: The runtime.
    """

    def __init__(self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
        self.prepared = 0
        self.handed_over = 0
        read = runtime._read

        def counted(query: Any, brief: bool = False) -> Any:
            self.handed_over += not brief
            return read(query, brief)

        monkeypatch.setattr(runtime, "_read", counted)
        runtime.store._writer.connection.raw.set_authorizer(self._authorize)  # type: ignore[attr-defined]

    def _authorize(self, *_: object) -> int:
        self.prepared += 1
        return sqlite3.SQLITE_OK


async def test_brief_reads_stay_brief_however_many_there_are(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite counts the steps of a prepared statement over all its runs; one run must not pay for the others."""
    runtime = Runtime(open_store(sqlite_url))
    reads = Reads(runtime, monkeypatch)
    try:
        await _count(runtime, 100)
        prepared = reads.prepared
        for _ in range(2_000):
            assert await _count(runtime, 100) == 100
    finally:
        runtime.close()

    assert (reads.handed_over, reads.prepared - prepared) == (0, 0)


async def test_long_read_is_handed_over_and_its_statement_is_kept(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read that is given up on the loop runs on a thread; later ones that are brief find a prepared statement."""
    runtime = Runtime(open_store(sqlite_url))
    reads = Reads(runtime, monkeypatch)
    try:
        for _ in range(3):
            assert await _count(runtime, 100_000) == 100_000
        handed_over = reads.handed_over
        await _count(runtime, 100)
        prepared = reads.prepared
        for _ in range(10):
            await _count(runtime, 100)
    finally:
        runtime.close()

    assert handed_over == 3
    assert (reads.handed_over, reads.prepared - prepared) == (3, 0)
