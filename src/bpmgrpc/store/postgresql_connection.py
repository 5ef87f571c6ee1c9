"""PostgreSQL's side of a connection.

Rules of this file. Connections are in autocommit mode: a statement is a transaction unless BEGIN was said. Parameters
go out as ``$1`` with fixed types, so that a statement's text stands for one prepared statement: numbers are always
BIGINT (the driver would choose by size), everything else is text that the statement casts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper

from bpmgrpc.store.connection import Connection, Row
from bpmgrpc.store.failures import DRIVER_ERRORS, translate

if TYPE_CHECKING:
    from bpmgrpc.store.interface import Counter, Settings
    from bpmgrpc.store.statements import Compiled, Dialect, Statement

__all__ = ["ADAPTERS", "PREPARED_MAX", "PREPARE_AFTER", "PostgresqlConnection", "set_session"]

PREPARE_AFTER: Final = 1  # uses of a statement on a connection, then the server keeps it
_MANY_ROWS: Final = 100
PREPARED_MAX: Final = 500  # statements kept on the server for each connection; there are fewer texts than that

_IN_TRANSACTION: Final = (TransactionStatus.INTRANS, TransactionStatus.INERROR)

ADAPTERS: Final = AdaptersMap(psycopg.adapters)
ADAPTERS.register_dumper(int, Int8Dumper)
ADAPTERS.register_dumper(int, Int8BinaryDumper)


def set_session(raw: psycopg.Connection[Any], settings: Settings) -> None:
    """Sets what every connection needs, once, when it is made."""
    limits = {
        "statement_timeout": f"{settings.statement_timeout_s * 1000:.0f}",
        "lock_timeout": f"{settings.lock_timeout_s * 1000:.0f}",
        # A server that hangs in the middle of a deployment must not hold its locks for ever.
        "idle_in_transaction_session_timeout": "60000",
        "timezone": "UTC",
        "jit": "off",  # costs more than any statement here runs
        # Every statement names the keys to enter at, so a plan for any values is as good as one for these,
        # and planning costs more than running.
        "plan_cache_mode": "force_generic_plan",
    }
    if settings.synchronous == "NORMAL":
        limits["synchronous_commit"] = "off"
    calls = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in limits.items())
    raw.execute(f"SELECT {calls}".encode())


class PostgresqlConnection(Connection):
    """A connection to a PostgreSQL server.

    Args:
        raw: The driver's connection, whose cursors take ``$1``.
        counter: Counts the statements.
    """

    dialect: ClassVar[Dialect] = "postgresql"

    def __init__(self, raw: psycopg.Connection[Any], counter: Counter) -> None:
        self.raw = raw
        self._counter = counter
        self._cursor = raw.cursor()
        # One for each text, and the text as it is sent: a cursor that runs the same one again knows how to write its
        # parameters and to read its rows, and need not sum up kilobytes to find what is prepared.
        self._cursors: dict[str, tuple[psycopg.Cursor[Any], bytes]] = {}

    def _execute(self, text: str, parameters: Sequence[Any]) -> psycopg.Cursor[Any]:
        self._counter.count += 1
        known = self._cursors.get(text)
        if known is None:
            if len(self._cursors) >= PREPARED_MAX:
                self._cursors.clear()
            known = self._cursors[text] = (self.raw.cursor(), text.encode())
        cursor, query = known
        return cursor.execute(query, parameters)

    def _fetch(self, text: str, parameters: Sequence[Any]) -> list[Row]:
        found: list[Row] = self._execute(text, parameters).fetchall()
        if len(found) > _MANY_ROWS:
            del self._cursors[text]  # it would keep the answer until it runs again
        return found

    def all(self, text: str, parameters: Sequence[Any]) -> list[Row]:
        """Runs a text and returns its rows: one round trip."""
        try:
            return self._fetch(text, parameters)
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def all_or_driver_error(self, text: str, parameters: Sequence[Any]) -> list[Row]:
        """Runs a text and returns its rows; the driver's errors come as they are, for those who tell them apart."""
        return self._fetch(text, parameters)

    def fetch_compiled(self, compiled: Compiled, parameters: Sequence[Any]) -> list[Row]:
        """See ``Connection.fetch_compiled``."""
        return self.all(compiled.sql, parameters)

    def run_compiled(self, compiled: Compiled, parameters: Sequence[Any]) -> int:
        """See ``Connection.run_compiled``."""
        try:
            return self._execute(compiled.sql, parameters).rowcount
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def run_many(self, statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
        """See ``Connection.run_many``."""
        if rows:
            self._counter.count += 1
            try:
                self._cursor.executemany(statement.of("postgresql").sql, rows)
            except DRIVER_ERRORS as error:
                raise translate(error) from error

    @property
    def in_transaction(self) -> bool:
        """See ``Connection.in_transaction``."""
        return self.raw.pgconn.transaction_status in _IN_TRANSACTION

    def command(self, text: str) -> None:
        """See ``Connection.command``."""
        self._counter.count += 1
        try:
            self._cursor.execute(text.encode())
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def begin_text(self) -> str:
        """Read committed: what compares and sets says so in the statement."""
        return "BEGIN"

    def snapshot_text(self) -> str:
        """Repeatable read: the first statement's snapshot serves all of them."""
        return "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
