"""Migrations: bring a database's schema to the one this program needs, safely while others try the same.

Rules of this file. All steps are one transaction: a migration that fails leaves the schema as it was. Whoever comes
second waits, then finds nothing left to do. On SQLite the write lock itself (BEGIN IMMEDIATE) does that. On PostgreSQL
it is a row lock on a table of one row, held by the migrating transaction: it needs no advisory locks, which not every
PostgreSQL-compatible database or connection pooler has, and unlike a lease with an expiry it can neither outlive its
owner nor be lost by a slow one. Within one process a mutex does it, as Alembic works on module globals. A schema that
is newer than the program is never changed, and refused unless it says that it suits the program (`compatibility`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Integer, column, create_engine, event, select, table
from sqlalchemy.pool import NullPool

from bpmgrpc.errors import FailedPrecondition, PreconditionViolation
from bpmgrpc.store.compatibility import oldest_program, write_oldest_program
from bpmgrpc.store.failures import DRIVER_ERRORS, translate
from bpmgrpc.store.interface import Settings
from bpmgrpc.store.sqlite_connection import connect, create_file
from bpmgrpc.store.url import DatabaseUrl, parse_url

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["SchemaStatus", "check_schema", "migrate"]

_lock_row: Final = table("schema_lock", column("id", Integer))  # PostgreSQL only; no part of the schema proper
LOCK_WAIT_SECONDS: Final = 600.0  # a long migration of a large database by somebody else
_CONNECT_SECONDS: Final = 10

_process_mutex: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """Where a database's schema stands.

    Attributes:
        current: The database's revision; None: nothing of ours is there.
        expected: The revision of this program.
        known: Whether this program knows the database's revision; it does not know those of newer programs.
        oldest: The revision of the oldest program that can work with a newer schema; None: the schema is not newer, or
            does not say it.
    """

    current: str | None
    expected: str
    known: bool
    oldest: str | None = None

    @property
    def is_current(self) -> bool:
        """Whether the schema is this program's own."""
        return self.current == self.expected

    @property
    def suits(self) -> bool:
        """Whether the schema is newer than the program and says that the program can work with it."""
        return not self.known and self.oldest is not None and self.oldest <= self.expected


def migrate(url: str, progress: Callable[[str], None] | None = None) -> SchemaStatus:
    """Brings the schema of a database up to date; makes the database file, on SQLite, if there is none.

    Safe to run any number of times, by any number of processes and threads at once.

    Args:
        url: URL of the database.
        progress: Is told each step of an upgrade, one line; that a new database has its schema, in one.

    Returns:
        The status afterwards.

    Raises:
        InvalidArgument: The URL is wrong.
        FailedPrecondition: The schema belongs to a newer program and does not suit this one, or the database is not
            encoded in UTF-8.
        Unavailable: The database cannot be reached.
        Aborted: Somebody else's migration took longer than ten minutes.
    """
    say = progress if progress is not None else _silent
    with _process_mutex, _transaction(parse_url(url)) as connection:
        before = _status(connection)
        if before.suits:
            say(f"the schema is newer ({before.current}) and suits this program ({before.expected})")
            return before
        if not before.known:
            raise FailedPrecondition(
                f"the database has schema {before.current!r}, which is newer than this program's {before.expected!r}"
                + (f" and needs a program of {before.oldest!r} or later" if before.oldest else ""),
                reason="SCHEMA_TOO_NEW",
                violations=[PreconditionViolation("SCHEMA", "database", "a schema that this program knows is needed")],
            )
        if before.is_current:
            say(f"the schema is up to date ({before.expected})")
            return before

        def applied(*, step: Any, **_rest: Any) -> None:
            if before.current is not None:
                say(f"schema {step.up_revision_id}: {step.up_revision.doc.splitlines()[0]}")

        config = _config()
        config.attributes["connection"] = connection
        config.attributes["on_version_apply"] = applied
        command.upgrade(config, "head")
        write_oldest_program(connection)
        if before.current is None:
            say(f"the schema is made ({before.expected})")
        return _status(connection)


def check_schema(url: str) -> SchemaStatus:
    """Tells where a database's schema stands, changing nothing.

    Args:
        url: URL of the database.

    Raises:
        InvalidArgument: The URL is wrong.
        Unavailable: The database cannot be reached; on SQLite: an existing file cannot be read.
    """
    parsed = parse_url(url)
    if parsed.dialect == "sqlite" and not parsed.path.exists():
        return SchemaStatus(None, _expected(), known=True)
    engine = _engine(parsed)
    with _errors(), engine.connect() as connection:
        return _status(connection)


def _silent(_line: str) -> None:
    pass


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "bpmgrpc.store:migrations")
    return config


def _expected() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise AssertionError("the package holds no migrations")
    return head


def _status(connection: Connection) -> SchemaStatus:
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None:
        try:
            ScriptDirectory.from_config(_config()).get_revision(current)
        except CommandError:
            return SchemaStatus(current, _expected(), known=False, oldest=oldest_program(connection))
    return SchemaStatus(current, _expected(), known=True)


def _engine(url: DatabaseUrl) -> Engine:
    if url.dialect == "sqlite":
        engine = create_engine(
            "sqlite://",
            creator=lambda: connect(url.path, Settings(lock_timeout_s=LOCK_WAIT_SECONDS)),
            poolclass=NullPool,
        )
    else:
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(url.conninfo, connect_timeout=_CONNECT_SECONDS, client_encoding="utf8"),
            poolclass=NullPool,
        )
    return engine


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        cause = error.orig
        raise (translate(cause) if isinstance(cause, DRIVER_ERRORS) else error) from error
    except DRIVER_ERRORS as error:
        raise translate(error) from error


@contextmanager
def _transaction(url: DatabaseUrl) -> Iterator[Connection]:
    """One transaction in which nobody else migrates."""
    engine = _engine(url)
    with _errors():
        if url.dialect == "sqlite":
            create_file(url.path)

            @event.listens_for(engine, "begin")
            def begin(connection: Connection) -> None:
                connection.exec_driver_sql("BEGIN IMMEDIATE")

        else:
            _make_lock_row(url)
        with engine.begin() as connection:
            if url.dialect == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT_SECONDS:.0f}s'")
                connection.execute(select(_lock_row.c.id).where(_lock_row.c.id == 1).with_for_update())
            yield connection


def _make_lock_row(url: DatabaseUrl) -> None:
    """Makes the row that is locked later. Of several at once one makes it; the others look again."""
    for attempt in range(10):
        try:
            with psycopg.connect(
                url.conninfo, connect_timeout=_CONNECT_SECONDS, client_encoding="utf8", autocommit=True
            ) as connection:
                encoding = connection.info.parameter_status("server_encoding")
                if encoding != "UTF8":
                    raise FailedPrecondition(
                        f"the database is encoded in {encoding}: it has to be UTF8", reason="DATABASE_ENCODING"
                    )
                connection.execute("CREATE TABLE IF NOT EXISTS schema_lock (id INTEGER PRIMARY KEY)")
                connection.execute("INSERT INTO schema_lock (id) VALUES (1) ON CONFLICT DO NOTHING")
        except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
            # IF NOT EXISTS looks first and creates then: PostgreSQL's own catalogue refuses the slower of two.
            time.sleep(0.01 * (attempt + 1))
        else:
            return
    raise AssertionError("the lock row could not be made")
