"""What a driver's error means to a caller: the only place that knows error codes.

Rule of this file: no text of a driver reaches a caller, since it may hold SQL, values, host names or a password; the
original is chained as the cause and thereby logged. An error that says "again" is for the runtime, one that says "not
now" for the caller, and everything else is our fault.
"""

from __future__ import annotations

import sqlite3
from typing import Final

import psycopg
import psycopg_pool

from bpmgrpc.errors import Aborted, DeadlineExceeded, Internal, Unavailable
from bpmgrpc.store.records import QueryTooLong, SerializationConflict
from bpmgrpc.store.rows import nul_refused

__all__ = ["DRIVER_ERRORS", "disk_full", "translate"]

DRIVER_ERRORS: Final = (sqlite3.Error, psycopg.Error, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed, UnicodeError)
"""What a call of a driver may raise."""

_RETRY_SECONDS: Final = 1.0

_UNREACHABLE: Final = "the database cannot be reached"
_LOCKED: Final = "the database is locked by somebody else"
_FULL: Final = "the database's disk is full: nothing was written"
_UNREADABLE: Final = "the database's files cannot be read or written"
_SCHEMA: Final = "the database's schema is missing or out of date: run the migration first"
_BUSY: Final = "all connections to the database are in use"
_TIMEOUT: Final = "the database took longer than the statement timeout allows"

# Primary result codes of SQLite; the extended ones hold them in their lowest byte.
_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _UNREADABLE,
    sqlite3.SQLITE_CANTOPEN: _UNREADABLE,
    sqlite3.SQLITE_READONLY: _UNREADABLE,
    sqlite3.SQLITE_PERM: _UNREADABLE,
    sqlite3.SQLITE_CORRUPT: "the database file is damaged",
    sqlite3.SQLITE_NOTADB: "the database file is not a SQLite database",
}

# SQLSTATEs of PostgreSQL, by their first characters; the longest that fits counts.
_UNAVAILABLE: Final = {
    "08": _UNREACHABLE,
    "25006": "the database accepts no writes: it is a standby or set read-only",
    "28": "the database refuses the credentials",
    "3D000": "the database does not exist",
    "42P01": _SCHEMA,
    "42703": _SCHEMA,
    "53": "the database is short of resources",
    "53100": _FULL,
    "57P": _UNREACHABLE,
    "58": _UNREADABLE,
}


def disk_full() -> Unavailable:
    """The error for a disk without room."""
    return Unavailable(_FULL, reason="DATABASE_FULL", retry_after_seconds=_RETRY_SECONDS)


def translate(error: Exception) -> Exception:
    """Returns what to raise instead of a driver's error, with ``raise … from error``."""
    if isinstance(error, sqlite3.Error):
        return _from_sqlite(error)
    if isinstance(error, UnicodeError):
        return nul_refused()
    if isinstance(error, psycopg_pool.PoolTimeout):
        return _unavailable(_BUSY)
    return _from_postgresql(error) if isinstance(error, psycopg.Error) else _unavailable(_UNREACHABLE)


def _from_sqlite(error: sqlite3.Error) -> Exception:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        primary = code & 0xFF
        if primary == sqlite3.SQLITE_INTERRUPT:
            return QueryTooLong()  # nothing else interrupts a statement here
        if primary == sqlite3.SQLITE_FULL:
            return disk_full()
        if primary in _SQLITE:
            return _unavailable(_SQLITE[primary])
        # Our statements are fixed: SQLITE_ERROR means that a table or column of theirs is not there.
        if primary == sqlite3.SQLITE_ERROR and "no such" in str(error):
            return _unavailable(_SCHEMA)
    return Internal("the database refused a statement of this program")


def _from_postgresql(error: psycopg.Error) -> Exception:
    state = error.sqlstate
    if state is None:
        # The connection was lost, or never made. (NUL in a parameter is the driver's own DataError.)
        if isinstance(error, psycopg.DataError):
            return nul_refused()
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return _unavailable(_UNREACHABLE)
    elif state in ("40001", "40P01"):
        return SerializationConflict()
    elif state == "55P03":
        return Aborted("a lock in the database was not free in time", reason="DATABASE_LOCK_TIMEOUT")
    elif state == "57014":
        return DeadlineExceeded(_TIMEOUT, reason="DATABASE_TIMEOUT")
    elif state in ("22021", "22P05"):
        return nul_refused()
    else:
        if state == "53100":
            return disk_full()
        for length in (5, 3, 2):
            message = _UNAVAILABLE.get(state[:length])
            if message is not None:
                return _unavailable(message)
    return Internal("the database refused a statement of this program")


def _unavailable(message: str) -> Unavailable:
    return Unavailable(message, reason="DATABASE_UNAVAILABLE", retry_after_seconds=_RETRY_SECONDS)
