"""What W1 leaves in the database, call by call: the rows that each call inserted, changed and deleted.

The product does W1 once; after each call all of its tables are read and compared. What comes out knows nothing of the
product's statements, so writing it raw is the least that any product with these tables has to do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg

from bpmgrpc.store.tables import METADATA
from bpmgrpc.store.url import parse_url
from tests.benchmarks.callers import GrpcCaller
from tests.benchmarks.product import open_product
from tests.benchmarks.works import w1

USER: Final = "recorder"
DURABLE: Final = ("StartProcessInstance", "ClaimUserTask", "CompleteUserTask")

Columns = dict[str, Any]
Rows = dict[tuple[str, tuple[Any, ...]], Columns]


@dataclass(frozen=True, slots=True)
class Change:
    """One row that a call wrote.

    Attributes:
        table: The table.
        key: Its primary key; all that a deletion needs.
        new: The columns that have new values; empty for a deletion.
        inserted: Whether the row is new.
    """

    table: str
    key: Columns
    new: Columns
    inserted: bool


@dataclass(slots=True)
class Step:
    """One call of W1.

    Attributes:
        rpc: Name of the RPC.
        task: The user task that it names, else empty.
        response: What it answered, serialized.
        changes: What it wrote; empty for a list.
    """

    rpc: str
    task: str
    response: bytes
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Recording:
    """W1 as it was done once.

    Attributes:
        root_id: The instance.
        prefix: What its request ids begin with.
        steps: The seven calls.
    """

    root_id: str
    prefix: str
    steps: list[Step]

    @property
    def durable(self) -> list[Step]:
        """The five calls that write."""
        return [step for step in self.steps if step.changes]


class _Recorder(GrpcCaller):
    """Makes calls and notes what each did."""

    def __init__(self, channel: Any, read: Callable[[], Rows]) -> None:
        super().__init__(channel)
        self._read = read
        self._rows = read()
        self.steps: list[Step] = []

    async def send(self, name: str, request: Any) -> Any:
        """Makes one call, then looks at the database."""
        response = await super().send(name, request)
        step = Step(name, getattr(request, "user_task_id", ""), response.SerializeToString())
        if name in DURABLE:
            rows = self._read()
            step.changes = list(_differences(self._rows, rows))
            self._rows = rows
        self.steps.append(step)
        return response


async def record(database_url: str) -> Recording:
    """Does W1 once in a database, which is migrated first, and returns what it wrote."""
    async with open_product(database_url) as product:
        with _reader(database_url) as read:
            recorder = _Recorder(product.channel, read)
            await w1(recorder, USER)
    root_id = next(step.task for step in recorder.steps if step.task).partition("-")[0]
    return Recording(root_id, recorder.ids.prefix, recorder.steps)


def _differences(before: Rows, after: Rows) -> Iterator[Change]:
    for (table, key_values), row in after.items():
        key = dict(zip(_KEYS[table], key_values, strict=True))
        old = before.get((table, key_values))
        if old is None:
            yield Change(table, key, row, inserted=True)
        elif old != row:
            new = {name: value for name, value in row.items() if old[name] != value}
            yield Change(table, key, new, inserted=False)
    for table, key_values in before.keys() - after.keys():
        yield Change(table, dict(zip(_KEYS[table], key_values, strict=True)), {}, inserted=False)


_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    table.name: tuple(column.name for column in table.primary_key.columns) for table in METADATA.sorted_tables
}


@contextmanager
def _reader(database_url: str) -> Iterator[Callable[[], Rows]]:
    """Opens a connection of our own that reads all rows of all tables."""
    url = parse_url(database_url)
    raw: Any = (
        sqlite3.connect(url.path, isolation_level=None)
        if url.dialect == "sqlite"
        else psycopg.connect(url.conninfo, autocommit=True)
    )

    def read() -> Rows:
        rows: Rows = {}
        for table in METADATA.sorted_tables:
            names = [column.name for column in table.columns]
            key = _KEYS[table.name]
            for values in raw.execute(f"SELECT {', '.join(names)} FROM {table.name}").fetchall():
                row = dict(zip(names, values, strict=True))
                rows[table.name, tuple(row[name] for name in key)] = row
        return rows

    try:
        yield read
    finally:
        raw.close()
