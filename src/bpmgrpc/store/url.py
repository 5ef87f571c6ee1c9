"""Database URLs, as users write them.

::

    sqlite:///bpmgrpc.db            a file in the working directory
    sqlite:////var/lib/bpmgrpc.db   a file by its absolute path
    postgresql://user:password@host:5432/database?sslmode=require   whatever libpq understands

Rule of this file: a URL may hold a password, so no message repeats one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bpmgrpc.errors import FieldViolation, InvalidArgument

if TYPE_CHECKING:
    from bpmgrpc.store.statements import Dialect

__all__ = ["DatabaseUrl", "parse_url"]

_POSTGRESQL_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True, slots=True, repr=False)
class DatabaseUrl:
    """A URL taken apart.

    Attributes:
        dialect: Which database.
        path: SQLite's file.
        conninfo: PostgreSQL's URL for libpq.
    """

    dialect: Dialect
    path: Path = Path()
    conninfo: str = ""


def parse_url(url: str) -> DatabaseUrl:
    """Takes a database URL apart.

    Args:
        url: See the top of this file; ``sqlite://name.db`` is taken as ``sqlite:///name.db``.

    Raises:
        InvalidArgument: Another scheme, no file name, options that SQLite does not have, or a URL that libpq refuses.
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        raise _invalid("is not a URL: expected sqlite:///FILE or postgresql://…")
    if scheme == "sqlite":
        return DatabaseUrl("sqlite", path=_sqlite_path(rest))
    if scheme in _POSTGRESQL_SCHEMES:
        conninfo = f"postgresql://{rest}"
        try:
            urlsplit(conninfo)
            conninfo_to_dict(conninfo)
        except (psycopg.ProgrammingError, ValueError):
            # The cause is not chained: its text repeats the URL.
            raise _invalid("is not a URL that PostgreSQL's client library understands") from None
        return DatabaseUrl("postgresql", conninfo=conninfo)
    raise _invalid(f"has the scheme {scheme[:20]!r}: expected sqlite or postgresql")


def _sqlite_path(rest: str) -> Path:
    if "?" in rest or "#" in rest:
        raise _invalid("has options or a fragment, which sqlite URLs do not take here")
    name = unquote(rest.removeprefix("/"))
    if not name or name == ":memory:":
        raise _invalid("names no file: a database in memory would not survive the server, nor be seen by its readers")
    if "\0" in name:
        raise _invalid("holds NUL")
    return Path(name)


def _invalid(problem: str) -> InvalidArgument:
    return InvalidArgument(
        f"database_url {problem}", reason="INVALID_DATABASE_URL", violations=[FieldViolation("database_url", problem)]
    )
