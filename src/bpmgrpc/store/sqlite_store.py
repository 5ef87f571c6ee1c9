"""A SQLite file as a store: one connection that writes, several that read.

Rule of this file: SQLite has one writer at a time, so there is one writer here; who wants to write waits for it in this
process instead of failing for a lock in the database. Readers see the last commit (WAL) and wait for nobody.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Final

from bpmgrpc.errors import Unavailable
from bpmgrpc.store.failures import DRIVER_ERRORS, translate
from bpmgrpc.store.interface import Counter
from bpmgrpc.store.migrate import migrate
from bpmgrpc.store.queries import Queries
from bpmgrpc.store.sqlite_connection import SqliteConnection, connect, create_file
from bpmgrpc.store.sqlite_session import SqliteSession

if TYPE_CHECKING:
    from types import TracebackType

    from bpmgrpc.store.hints import HintChannel
    from bpmgrpc.store.interface import Settings
    from bpmgrpc.store.statements import Dialect
    from bpmgrpc.store.url import DatabaseUrl

__all__ = ["SqliteStore"]

_BRIEF_STEPS: Final = 100_000  # instructions of SQLite's machine: one or two milliseconds
_STEPS_A_LOOK: Final = 10_000
_OLDEST_SQLITE: Final = (3, 35, 0)  # RETURNING


class _Patience:
    """Gives a brief read up after its steps, at one of the looks that SQLite takes.

    Looks are told by all steps that a prepared statement has ever taken, so that the first may come at once: it is not
    the first one that counts.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _BRIEF_STEPS // _STEPS_A_LOOK

    def __call__(self) -> bool:
        """Returns whether the read is given up."""
        self._left -= 1
        return self._left < 0


def _begin(raw: sqlite3.Connection, *, brief: bool) -> None:
    """Makes the reads that follow see one state. Not counted as a statement: no disk and no wait is in it."""
    raw.execute("BEGIN")
    if brief:
        raw.set_progress_handler(_Patience(), _STEPS_A_LOOK)


def _end(raw: sqlite3.Connection, *, brief: bool) -> None:
    if brief:
        raw.set_progress_handler(None, 0)
    raw.execute("ROLLBACK")


class _Writing(AbstractContextManager["SqliteSession"]):
    """The block in which somebody writes. A class, as the next one, because every call pays for it."""

    __slots__ = ("_store",)

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def __enter__(self) -> SqliteSession:
        return self._store.take_writer()

    def __exit__(self, *_: object) -> None:
        self._store.give_writer_back()


class _BriefReading(AbstractContextManager["Queries"]):
    """The block of a brief read."""

    __slots__ = ("_other", "_store")

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._other: AbstractContextManager[Queries] | None = None

    def __enter__(self) -> Queries:
        found = self._store.begin_brief()
        if found is None:
            self._other = self._store.reading(brief=True)
            return self._other.__enter__()
        return found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._other is not None:
            self._other.__exit__(kind, error, trace)
        else:
            self._store.end_brief()


class SqliteStore:
    """A store on a SQLite file (``bpmgrpc.store.interface.Store``).

    Args:
        url: Where the file is; it is made if there is none.
        settings: How to open it.

    Raises:
        Unavailable: The file cannot be opened, or the SQLite library is too old.
    """

    dialect: Dialect = "sqlite"
    hints: HintChannel | None = None
    connections_made = 0  # the file loses no commit while this process lives

    def __init__(self, url: DatabaseUrl, settings: Settings) -> None:
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise Unavailable(
                f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or newer is needed", reason="DATABASE_TOO_OLD"
            )
        create_file(url.path)
        self.statements = Counter()
        self._path = url.path.absolute()
        self._settings = settings
        self._writer = SqliteSession(SqliteConnection(connect(self._path, settings), self.statements))
        self._brief_queries = Queries(self._writer.connection)
        self._writing = threading.Lock()
        self._readers: deque[SqliteConnection] = deque()
        self._room = threading.BoundedSemaphore(settings.pool_size)
        self._closed = False

    def writer(self) -> AbstractContextManager[SqliteSession]:
        """Lends the session that writes. A transaction left open is rolled back."""
        return _Writing(self)

    def take_writer(self) -> SqliteSession:
        """Waits for the session that writes; see ``writer``."""
        if not self._writing.acquire(timeout=self._settings.lock_timeout_s):
            raise Unavailable("the database's writer is busy", reason="DATABASE_BUSY", retry_after_seconds=1.0)
        if self._closed:
            self._writing.release()
            self._check_open()
        return self._writer

    def give_writer_back(self) -> None:
        """Takes back what ``take_writer`` lent."""
        try:
            self._writer.rollback()
        finally:
            self._writing.release()

    def reader(self, *, brief: bool = False) -> AbstractContextManager[Queries]:
        """Lends a connection that reads; everything in the block sees the same state.

        A brief read takes the writer's connection where that is free: its page cache has what was written last, which
        the others have to read again after each commit.
        """
        return _BriefReading(self) if brief else self.reading(brief=False)

    def begin_brief(self) -> Queries | None:
        """Begins a brief read on the writer's connection; None where that is not free."""
        if not self._writing.acquire(blocking=False):
            return None
        try:
            self._check_open()
            _begin(self._writer.connection.raw, brief=True)
        except BaseException as error:
            self._writing.release()
            if isinstance(error, DRIVER_ERRORS):
                raise translate(error) from error
            raise
        return self._brief_queries

    def end_brief(self) -> None:
        """Ends what ``begin_brief`` began."""
        try:
            _end(self._writer.connection.raw, brief=True)
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        finally:
            self._writing.release()

    @contextmanager
    def reading(self, *, brief: bool) -> Iterator[Queries]:
        """Lends one of the connections that only read."""
        if not self._room.acquire(timeout=self._settings.lock_timeout_s):
            raise Unavailable(
                "all of the database's readers are in use", reason="DATABASE_BUSY", retry_after_seconds=1.0
            )
        try:
            self._check_open()
            try:
                connection = self._readers.pop()
            except IndexError:
                raw = connect(self._path, self._settings, read_only=True)
                connection = SqliteConnection(raw, self.statements)
            try:
                with self._queries(connection, brief=brief) as queries:
                    yield queries
            finally:
                self._readers.append(connection)
                if self._closed:
                    self._close_readers()
        finally:
            self._room.release()

    @staticmethod
    @contextmanager
    def _queries(connection: SqliteConnection, *, brief: bool) -> Iterator[Queries]:
        """Makes all reads of the block see one state."""
        try:
            _begin(connection.raw, brief=brief)
            try:
                yield Queries(connection)
            finally:
                _end(connection.raw, brief=brief)
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("the database is closed", reason="DATABASE_CLOSED")

    def ping(self) -> None:
        """Asks the database for a sign of life."""
        with self.reader() as queries:
            queries.ping()

    def migrate(self, progress: Callable[[str], None] | None = None) -> None:
        """Brings the schema up to date."""
        migrate(f"sqlite:///{self._path}", progress)

    def close(self) -> None:
        """Closes all connections once they are given back."""
        if self._closed:
            return
        self._closed = True
        with self._writing:
            self._writer.rollback()
            self._writer.close()
        self._close_readers()

    def _close_readers(self) -> None:
        while self._readers:
            self._readers.pop().raw.close()
