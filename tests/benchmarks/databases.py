"""Databases for one run: SQLite files in its folder, PostgreSQL databases on the server that the run was given."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import psycopg

from bpmgrpc.store.tables import METADATA
from bpmgrpc.store.url import parse_url
from tests.support.postgres import URL_VARIABLE, Server

HISTORY: Final = "history"
ANSWERS: Final = "request_answer"
# Ids of roots made by SQL, for `n` of `numbered`: as long as the product's, and older than all of these.
ROOT_IDS: Final = {"sqlite": "printf('%020d', n)", "postgresql": "lpad(n::text, 20, '0')"}


class Databases:
    """Makes databases; whoever owns the stack drops them.

    Args:
        folder: Where SQLite files go.
        stack: Ends what was made.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._number = 0
        url = os.environ.get(URL_VARIABLE)
        self._server = Server(url) if url else None

    def make(self, dialect: str) -> str:
        """Makes an empty database of ``sqlite`` or ``postgresql`` and returns its URL.

        Raises:
            LookupError: No PostgreSQL server was given.
        """
        if dialect == "postgresql":
            if self._server is None:
                raise LookupError(f"no PostgreSQL server: {URL_VARIABLE} is not set (make bench sets it)")
            return self._stack.enter_context(self._server.database())
        self._number += 1
        return f"sqlite:///{self._folder / f'{self._number}.db'}"


def numbered(dialect: str, count: int) -> str:
    """Returns a table of SQL with one column, `n`, that counts from 0."""
    if dialect == "sqlite":
        counting = f"c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < {count})"
        return f"(WITH RECURSIVE {counting} SELECT n FROM c) c"
    return f"generate_series(0::bigint, {count} - 1) c(n)"


def fill(database_url: str, statements: Sequence[str]) -> None:
    """Runs statements that make very many rows, on a database nobody uses."""
    url = parse_url(database_url)
    if url.dialect == "sqlite":
        with sqlite3.connect(url.path) as plain:
            plain.execute("PRAGMA cache_size = -1000000")  # indexes are filled in no order: all of them in memory
            for statement in statements:
                plain.execute(statement)
        return
    with psycopg.connect(url.conninfo) as connection:
        for statement in statements:
            connection.execute(statement.encode())
    with psycopg.connect(url.conninfo, autocommit=True) as connection:
        connection.execute(b"VACUUM ANALYZE")


def sizes(database_url: str) -> dict[str, int]:
    """Returns the bytes of a database nobody uses: ``state``, ``history`` and ``answers``, indexes included.

    SQLite: the file after VACUUM, with history and answers taken out one after the other, in a copy. PostgreSQL: the
    relations' sizes after VACUUM FULL.
    """
    url = parse_url(database_url)
    return _sqlite_sizes(url.path) if url.dialect == "sqlite" else _postgresql_sizes(url.conninfo)


def _sqlite_sizes(path: Path) -> dict[str, int]:
    copy = path.with_suffix(".copy")
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    raw.close()
    shutil.copyfile(path, copy)
    raw = sqlite3.connect(copy, isolation_level=None)
    found = []
    for statement in ("SELECT 1", f"DELETE FROM {HISTORY}", f"DELETE FROM {ANSWERS}"):
        raw.execute(statement)
        raw.execute("VACUUM")
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        found.append(pages * raw.execute("PRAGMA page_size").fetchone()[0])
    raw.close()
    copy.unlink()
    whole, without_history, state = found
    return {"state": state, "history": whole - without_history, "answers": without_history - state}


def _postgresql_sizes(conninfo: str) -> dict[str, int]:
    with psycopg.connect(conninfo, autocommit=True) as raw:
        raw.execute("VACUUM FULL")
        bytes_of = {}
        for table in METADATA.sorted_tables:
            row = raw.execute("SELECT pg_total_relation_size(%s::text::regclass)", (table.name,)).fetchone()
            assert row is not None
            bytes_of[table.name] = int(row[0])
    history, answers = bytes_of.pop(HISTORY), bytes_of.pop(ANSWERS)
    return {"state": sum(bytes_of.values()), "history": history, "answers": answers}
