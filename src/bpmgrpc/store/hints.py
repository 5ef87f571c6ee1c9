"""Hints from server to server by PostgreSQL's NOTIFY.

Rule of this file: a hint is never part of a command. A transaction that notifies takes, at its commit, a lock that all
such transactions of the database take in turn; so hints are said apart, after the commit, many in one. They may be
lost, and there may be none (a pooler in between, a database that has no LISTEN): that costs time and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

import psycopg
from sqlalchemy import func, select

from bpmgrpc.store.failures import DRIVER_ERRORS, translate
from bpmgrpc.store.statements import Statement, constant, word

if TYPE_CHECKING:
    from bpmgrpc.store.postgresql_session import PostgresqlSession

__all__ = ["HINT_BYTES", "HintChannel"]

HINT_BYTES: Final = 7_000  # PostgreSQL takes less than 8,000 bytes
_CHANNEL: Final = "bpmgrpc"
_NOTIFY: Final = Statement(select(func.pg_notify(constant(f"'{_CHANNEL}'"), word("hint"))))


class HintChannel:
    """The hints of all servers on a database.

    Args:
        conninfo: Where the database is.
        writer: Lends a session.
    """

    def __init__(self, conninfo: str, writer: Callable[[], AbstractContextManager[PostgresqlSession]]) -> None:
        self._conninfo = conninfo
        self._writer = writer

    async def listen(self) -> AsyncGenerator[str | None, None]:
        """Hears what any server says, this one too, over a connection of its own.

        Yields:
            None once, when it hears; then each hint.

        Raises:
            Unavailable: The connection cannot be made, or has broken.
        """
        try:
            async with await psycopg.AsyncConnection[Any].connect(self._conninfo, autocommit=True) as connection:
                await connection.execute(f"LISTEN {_CHANNEL}".encode())
                yield None
                async for notify in connection.notifies():
                    yield notify.payload
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def say(self, hint: str) -> None:
        """Tells all servers something.

        Args:
            hint: Up to `HINT_BYTES` in UTF-8.

        Raises:
            Unavailable: The database is not reachable.
        """
        with self._writer() as session:
            session.db.fetch(_NOTIFY, {"hint": hint})
