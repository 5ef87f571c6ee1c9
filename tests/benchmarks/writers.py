"""The bare database: the rows of a recorded W1 written again under new ids, by the driver alone.

SQLite       a statement for each row; whoever calls says which calls share a commit
PostgreSQL   one statement, and so one round trip and one commit, for each call: a CTE with a part for each row
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import RawCursor

from bpmgrpc.clock import SystemClock
from bpmgrpc.ids import new_id
from bpmgrpc.store.postgresql_connection import ADAPTERS
from tests.benchmarks.effects import Change, Recording

_A_TIME: Final = 10**15  # microseconds since the epoch: a number beyond this is a time


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one instance from another.

    Attributes:
        root_id: The instance.
        prefix: What its request ids begin with.
        now_us: When it happens.
    """

    root_id: str
    prefix: str
    now_us: int


class Identities:
    """Gives identities; the request ids' prefix has the length of the recorded one."""

    def __init__(self) -> None:
        self._clock = SystemClock()

    def next(self) -> Identity:
        """Returns a new one."""
        now_us = self._clock.now_us()
        root_id = new_id(now_us)
        return Identity(root_id, root_id[-16:], now_us)


Fill = Callable[[Identity], Any]


def filler(value: Any, recording: Recording) -> Fill:
    """Returns how a recorded value is written for another instance: ids and times are replaced, all else stays."""
    if isinstance(value, str) and (recording.root_id in value or recording.prefix in value):
        return lambda to: value.replace(recording.root_id, to.root_id).replace(recording.prefix, to.prefix)
    if isinstance(value, bytes) and recording.root_id.encode() in value:
        root_id = recording.root_id.encode()
        return lambda to: value.replace(root_id, to.root_id.encode())
    if isinstance(value, int) and value > _A_TIME:
        return lambda to: to.now_us
    return lambda _: value


@dataclass(frozen=True, slots=True)
class Text:
    """A statement and how its parameters are made."""

    sql: str
    fills: Sequence[Fill]

    def parameters(self, to: Identity) -> list[Any]:
        """Returns the parameters for an instance."""
        return [fill(to) for fill in self.fills]


def render(change: Change, recording: Recording, mark: Callable[[], str]) -> Text:
    """Writes a change as a statement.

    Args:
        change: The change.
        recording: Where it is from.
        mark: Gives the next parameter's mark.
    """
    if change.inserted:
        values = list(change.new.values())
        marks = ", ".join(mark() for _ in values)
        sql = f"INSERT INTO {change.table} ({', '.join(change.new)}) VALUES ({marks})"
    else:
        values = [*change.new.values(), *change.key.values()]
        sets = ", ".join(f"{name} = {mark()}" for name in change.new)
        where = " AND ".join(f"{name} = {mark()}" for name in change.key)
        sql = f"UPDATE {change.table} SET {sets}" if sets else f"DELETE FROM {change.table}"
        sql += f" WHERE {where}"
    return Text(sql, [filler(value, recording) for value in values])


class SqliteWriter:
    """Writes to a SQLite file.

    Args:
        path: The file, migrated.
        synchronous: ``FULL`` or ``NORMAL``.
        recording: What to write.
    """

    def __init__(self, path: Path, synchronous: str, recording: Recording) -> None:
        self._raw = sqlite3.connect(path, isolation_level=None, cached_statements=512, check_same_thread=False)
        self._raw.execute("PRAGMA journal_mode = WAL").fetchall()
        self._raw.execute(f"PRAGMA synchronous = {synchronous}")
        self._steps = [
            [render(change, recording, lambda: "?") for change in step.changes] for step in recording.durable
        ]

    def write(self, calls: Sequence[tuple[int, Identity]]) -> None:
        """Writes what some calls write, with one commit.

        Args:
            calls: For each the number of the durable call (from 0) and whose it is.
        """
        execute = self._raw.execute
        execute("BEGIN IMMEDIATE")
        for step, to in calls:
            for text in self._steps[step]:
                execute(text.sql, text.parameters(to))
        execute("COMMIT")

    def close(self) -> None:
        """Closes the connection."""
        self._raw.close()


class PostgresqlWriter:
    """Writes to a PostgreSQL database, each call with one statement.

    Args:
        conninfo: The database, migrated.
        recording: What to write.
    """

    def __init__(self, conninfo: str, recording: Recording) -> None:
        self._raw = psycopg.connect(conninfo, autocommit=True, context=ADAPTERS, cursor_factory=RawCursor)
        self._raw.prepare_threshold = 0
        self._cursor = self._raw.cursor()
        self._steps = [_one_statement(step.changes, recording) for step in recording.durable]

    def write(self, step: int, to: Identity) -> None:
        """Writes what one call writes.

        Args:
            step: Number of the durable call, from 0.
            to: Whose it is.
        """
        text = self._steps[step]
        self._cursor.execute(text.sql.encode(), text.parameters(to))

    def close(self) -> None:
        """Closes the connection."""
        self._raw.close()


def _one_statement(changes: Sequence[Change], recording: Recording) -> Text:
    number = 0

    def mark() -> str:
        nonlocal number
        number += 1
        return f"${number}"

    texts = [render(change, recording, mark) for change in changes]
    parts = ", ".join(f"part{index} AS ({text.sql})" for index, text in enumerate(texts))
    return Text(f"WITH {parts} SELECT 1", [fill for text in texts for fill in text.fills])
