"""SQLite's side of a connection.

Rule of this file: transactions are begun and ended by our own BEGIN and COMMIT and never by the driver. The file is
ours alone: it is made readable and writable for its owner only, as are its journals, which take over its mode.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from bpmgrpc.errors import Unavailable
from bpmgrpc.store.connection import Connection, Row
from bpmgrpc.store.failures import DRIVER_ERRORS, translate
from bpmgrpc.store.rows import refuse_nul

if TYPE_CHECKING:
    from bpmgrpc.store.interface import Counter, Settings
    from bpmgrpc.store.statements import Compiled, Dialect, Statement

__all__ = ["SqliteConnection", "connect", "create_file"]

# A command changes a dozen pages, and a commit copies and sums each whole page into the log: with SQLite's usual 4 KiB
# a commit takes a quarter more (62 against 50 microseconds), with 1 KiB no less, and 8 KiB half as much again.
_PAGE_BYTES: Final = 2_048
_PAGE_CACHE_KIB: Final = 16_384
# 32 MiB of log between two checkpoints: the same pages are written again and again, so that a longer log saves most of
# what a checkpoint writes, and the command that meets one waits less often.
_CHECKPOINT_PAGES: Final = 32 * 1024 * 1024 // _PAGE_BYTES
_PREPARED_STATEMENTS: Final = 512  # more than there are: each is prepared once per connection


def create_file(path: Path) -> None:
    """Makes an empty database file with mode 0600, unless there is one.

    Raises:
        Unavailable: It cannot be made there.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise Unavailable(
            f"the database file {str(path)!r} cannot be made: {error.strerror}", reason="DATABASE_UNAVAILABLE"
        ) from error


def connect(path: Path, settings: Settings, *, read_only: bool = False) -> sqlite3.Connection:
    """Opens a connection with the settings that every connection needs.

    Raises:
        Unavailable: The file cannot be opened or is no database.
    """
    try:
        raw = sqlite3.connect(
            path,
            timeout=settings.lock_timeout_s,
            isolation_level=None,
            check_same_thread=False,  # the store lends a connection to one thread at a time
            cached_statements=_PREPARED_STATEMENTS,
        )
        try:
            raw.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # of a new file; another one keeps what it has
            # Readers see the last commit and never wait for the writer, nor the writer for them.
            raw.execute("PRAGMA journal_mode = WAL").fetchall()
            raw.execute(f"PRAGMA synchronous = {'NORMAL' if settings.synchronous == 'NORMAL' else 'FULL'}")
            raw.execute("PRAGMA foreign_keys = ON")
            raw.execute(f"PRAGMA cache_size = -{_PAGE_CACHE_KIB}")
            raw.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            raw.execute("PRAGMA temp_store = MEMORY")
            if read_only:
                raw.execute("PRAGMA query_only = ON")
        except BaseException:
            raw.close()
            raise
    except DRIVER_ERRORS as error:
        raise translate(error) from error
    return raw


class SqliteConnection(Connection):
    """A connection to a SQLite file.

    Args:
        raw: The driver's connection.
        counter: Counts the statements.
    """

    dialect: ClassVar[Dialect] = "sqlite"

    def __init__(self, raw: sqlite3.Connection, counter: Counter) -> None:
        self.raw = raw
        self._counter = counter
        self._lost: dict[str, int] = {}  # how often a text's prepared statement was lost

    def all(self, text: str, parameters: Sequence[Any]) -> list[Row]:
        """Runs a text and returns its rows."""
        self._counter.count += 1
        try:
            return self.raw.execute(self._usable(text) if self._lost else text, parameters).fetchall()
        except DRIVER_ERRORS as error:
            self._lose(text)
            raise translate(error) from error

    def one(self, text: str, parameters: Sequence[Any]) -> Row | None:
        """Runs a text and returns its first row."""
        self._counter.count += 1
        try:
            row: Row | None = self.raw.execute(self._usable(text) if self._lost else text, parameters).fetchone()
        except DRIVER_ERRORS as error:
            self._lose(text)
            raise translate(error) from error
        return row

    def _lose(self, text: str) -> None:
        """Notes that a text failed: the driver (sqlite3 of Python 3.11) may believe for ever that its statement is in
        use, and would prepare the text for each call anew, which takes far longer than to run it.
        """
        self._lost[text] = (self._lost.get(text, 0) + 1) % _PREPARED_STATEMENTS

    def _usable(self, text: str) -> str:
        """Returns a text that means the same and has a statement of its own."""
        return text + " " * self._lost.get(text, 0)

    def change(self, text: str, parameters: Sequence[Any]) -> int:
        """Runs a text and returns how many rows it touched."""
        self._counter.count += 1
        try:
            return self.raw.execute(text, parameters).rowcount
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def change_many(self, text: str, rows: Sequence[Sequence[Any]]) -> int:
        """Runs a text for each of some rows of parameters and returns how many rows it touched in all."""
        self._counter.count += 1
        try:
            if len(rows) == 1:
                return self.raw.execute(text, rows[0]).rowcount
            return self.raw.executemany(text, rows).rowcount
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def fetch_compiled(self, compiled: Compiled, parameters: Sequence[Any]) -> list[Row]:
        """See ``Connection.fetch_compiled``."""
        return self.all(compiled.sql, parameters)

    def run_compiled(self, compiled: Compiled, parameters: Sequence[Any]) -> int:
        """See ``Connection.run_compiled``."""
        refuse_nul((parameters,))
        return self.change(compiled.sql, parameters)

    def run_many(self, statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
        """See ``Connection.run_many``."""
        if rows:
            refuse_nul(rows)
            self.change_many(statement.of("sqlite").sql, rows)

    @property
    def in_transaction(self) -> bool:
        """See ``Connection.in_transaction``."""
        return self.raw.in_transaction

    def command(self, text: str) -> None:
        """See ``Connection.command``."""
        self.change(text, ())

    def begin_text(self) -> str:
        """Takes the write lock at once: a transaction that began as a reader can fail when it wants to write."""
        return "BEGIN IMMEDIATE"

    def snapshot_text(self) -> str:
        """In WAL mode a transaction that reads sees the last commit before its first read."""
        return "BEGIN"
