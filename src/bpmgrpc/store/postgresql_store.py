"""A PostgreSQL server as a store: a pool of equal connections, each able to read and to write.

Rule of this file: a connection that broke is noticed when it is used; the call that met it fails with ``Unavailable``,
and the pool then looks at all idle ones, so that one restart of the server costs one round of errors and no more.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import RawCursor
from psycopg_pool import ConnectionPool

from bpmgrpc.errors import Unavailable
from bpmgrpc.store.failures import DRIVER_ERRORS, translate
from bpmgrpc.store.hints import HintChannel
from bpmgrpc.store.interface import Counter
from bpmgrpc.store.loop_connections import LoopConnections, Raw
from bpmgrpc.store.migrate import migrate
from bpmgrpc.store.postgresql_connection import ADAPTERS, PREPARE_AFTER, PREPARED_MAX, PostgresqlConnection, set_session
from bpmgrpc.store.postgresql_session import PostgresqlSession
from bpmgrpc.store.queries import Queries

if TYPE_CHECKING:
    from bpmgrpc.store.interface import Settings
    from bpmgrpc.store.statements import Dialect
    from bpmgrpc.store.url import DatabaseUrl

__all__ = ["PostgresqlStore"]

_CONNECT_SECONDS: Final = 10
_IDLE_SECONDS: Final = 600.0  # after which connections beyond the first are closed


class PostgresqlStore:
    """A store on a PostgreSQL server (``bpmgrpc.store.interface.Store``).

    Args:
        url: Where the server is.
        text: The same, as it was given.
        settings: How to open it.

    Raises:
        Unavailable: The server cannot be reached.
    """

    dialect: Dialect = "postgresql"

    def __init__(self, url: DatabaseUrl, text: str, settings: Settings) -> None:
        self.statements = Counter()
        self._numbers = itertools.count(1)
        self.connections_made = 0
        self._url = text
        self.hints: HintChannel | None = HintChannel(url.conninfo, self.writer)
        self._settings = settings
        arguments = {
            "autocommit": True,
            "client_encoding": "utf8",
            "connect_timeout": _CONNECT_SECONDS,
            "context": ADAPTERS,
            "cursor_factory": RawCursor,
        }
        try:
            # The pool would try on in the background; who starts a server wants to know at once.
            psycopg.connect(url.conninfo, connect_timeout=_CONNECT_SECONDS).close()
            self._pool: ConnectionPool[Raw] = ConnectionPool(
                url.conninfo,
                connection_class=Raw,
                kwargs=arguments,
                min_size=1,
                max_size=settings.pool_size,
                timeout=settings.lock_timeout_s,
                max_idle=_IDLE_SECONDS,
                configure=self._configure,
                open=True,
                name="bpmgrpc",
            )
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def _configure(self, raw: Raw) -> None:
        # A server that lost commits (a standby took over, or it crashed while it commits asynchronously) has lost its
        # connections too. Where two are made at once the count may stay one short: then less is believed.
        born = next(self._numbers)
        self.connections_made = born
        raw.prepare_threshold = PREPARE_AFTER
        raw.prepared_max = PREPARED_MAX
        set_session(raw, self._settings)
        raw.session = PostgresqlSession(PostgresqlConnection(raw, self.statements), born)

    @contextmanager
    def _lend(self) -> Iterator[Raw]:
        try:
            raw = self._pool.getconn()
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        try:
            yield raw
        finally:
            broken = raw.closed
            if not broken:
                self._give_back_clean(raw)
            self._pool.putconn(raw)
            if broken:
                self._pool.check()

    @staticmethod
    def _give_back_clean(raw: Raw) -> None:
        try:
            raw.session.rollback()
        except Unavailable:
            raw.close()

    @property
    def thread_share(self) -> int:
        """How many connections are left to threads where an event loop has its share of them."""
        return max(1, self._settings.pool_size // 4)

    def loop_connections(self) -> LoopConnections | None:
        """Returns the connections for the commands of one event loop; None where there are too few to be shared."""
        most = self._settings.pool_size - self.thread_share
        return LoopConnections(self._pool, most) if most > 0 else None

    @contextmanager
    def writer(self) -> Iterator[PostgresqlSession]:
        """Lends a session. A transaction left open is rolled back."""
        with self._lend() as raw:
            yield raw.session

    @contextmanager
    def reader(self, *, brief: bool = False) -> Iterator[Queries]:
        """Lends a connection that reads."""
        with self._lend() as raw:
            yield Queries(raw.session.db)

    def ping(self) -> None:
        """Asks the database for a sign of life."""
        with self.reader() as queries:
            queries.ping()

    def migrate(self, progress: Callable[[str], None] | None = None) -> None:
        """Brings the schema up to date."""
        migrate(self._url, progress)

    def close(self) -> None:
        """Closes all connections; those that are lent, when they are given back."""
        self._pool.close()
