"""The runtime: everything that turns a call into a transaction, wired together.

Rule of this file: wiring only. What a server keeps between calls is here and can be thrown away at any time: caches,
queues and wake-ups. Everything that counts is in the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from bpmgrpc.clock import Clock, SystemClock
from bpmgrpc.engine.execution import DEFAULT_LIMITS, Limits
from bpmgrpc.errors import Aborted
from bpmgrpc.runtime.batches import Batches
from bpmgrpc.runtime.claim_next import ClaimNext
from bpmgrpc.runtime.deadlines import Deadlines
from bpmgrpc.runtime.definitions import DEFAULT_SIZE, Definition, DefinitionCache
from bpmgrpc.runtime.deployment import Deployments
from bpmgrpc.runtime.executor import Executor
from bpmgrpc.runtime.group_commit import GroupCommitExecutor
from bpmgrpc.runtime.handovers import Handovers
from bpmgrpc.runtime.instances import Instances
from bpmgrpc.runtime.javascript import JavaScriptPool
from bpmgrpc.runtime.jobs import Jobs
from bpmgrpc.runtime.messages import Messages
from bpmgrpc.runtime.notes import Notes
from bpmgrpc.runtime.pooled import PooledExecutor
from bpmgrpc.runtime.recent import RecentRoots
from bpmgrpc.runtime.retention import HistoryRetention
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.runtime.user_task_feed import UserTaskFeed
from bpmgrpc.runtime.user_tasks import UserTasks
from bpmgrpc.runtime.wakeups import Wakeups
from bpmgrpc.store.interface import QueryTooLong, SerializationConflict
from bpmgrpc.store.postgresql_store import PostgresqlStore
from bpmgrpc.store.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from bpmgrpc.store.interface import Store
    from bpmgrpc.store.queries import Queries

T = TypeVar("T")

_READ_PAUSES: Final = (
    0.0,
    0.002,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.1,
)  # after each attempt, plus up to as much by chance
SWITCH_SECONDS: Final = 0.0003  # how long a thread keeps the interpreter while another one wants it


@dataclass(frozen=True, slots=True)
class Options:
    """How a runtime works.

    Attributes:
        limits: How far one run of an instance may go.
        cache_size: Definitions that are kept compiled.
        threads: Long commands that run at a time on PostgreSQL, as far as connections go; reads on SQLite.
        idempotency_retention_hours: How long the answer to a request id is kept.
        history_retention_days: How long ended instances are kept of processes of which nobody says it; 0: for ever.
        javascript: Whether scripts in JavaScript run here, rather than with workers. Needs the optional package.
    """

    limits: Limits = DEFAULT_LIMITS
    cache_size: int = DEFAULT_SIZE
    threads: int = 16
    idempotency_retention_hours: float = 24.0
    history_retention_days: float = 0.0
    javascript: bool = False


class Runtime:
    """A running runtime on an open store.

    Args:
        store: The open store; ``close`` closes it.
        options: How it works.
        clock: The time.
    """

    def __init__(self, store: Store, options: Options | None = None, clock: Clock | None = None) -> None:
        self.store = store
        self.options = options or Options()
        self.clock = clock or SystemClock()
        self.javascript = JavaScriptPool() if self.options.javascript else None
        self.cache = DefinitionCache(self.options.cache_size, self.javascript)
        self.wakeups = Wakeups()
        self.draining = asyncio.Event()  # no new work: streams end what they began, and close
        self.recent = RecentRoots(lambda: store.connections_made)
        self.executor: Executor = _open_executor(store, self.options)
        self.instances = Instances(
            self.executor,
            self.cache,
            self.clock,
            self.options.limits,
            self.wakeups,
            self.recent,
            queue_per_root=store.dialect != "sqlite",
        )
        self.deliveries = self.instances.deliveries
        self.messages = Messages(self.instances, self.deliveries, self.clock)
        self.user_tasks = UserTasks(self.executor, self.cache, self.clock, self.recent)
        self.handovers = Handovers(self.executor, self.cache, self.clock)
        self.deadlines = Deadlines(self.executor, self.clock)
        self.notes = Notes(self.executor, self.handovers, self.clock)
        self.claim_next = ClaimNext(self.executor, self.user_tasks)
        self.jobs = Jobs(self.executor, self.cache, self.clock, self.wakeups, self.recent)
        self.retention = HistoryRetention(self.executor)
        self.batches = Batches(self.executor, self.clock, self.wakeups)
        self.deployments = Deployments(self.executor, self.clock, self.wakeups)
        self.user_task_feed = UserTaskFeed(self.read)
        # One of SQLite's reading connections is left to the event loop, which must not wait for long reads of threads.
        self._reads_inline = store.dialect == "sqlite" and self.options.threads > 1
        readers = self.options.threads - 1 if self._reads_inline else self.options.threads
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="bpmgrpc-read")

    async def read(self, query: Callable[[Queries], T]) -> T:
        """Runs a query that sees everything that was committed before.

        On SQLite a query that takes a millisecond or two runs at once, on the caller's thread, because handing it over
        costs more; one that takes longer is given up and runs on a thread, where nobody waits behind it.

        Args:
            query: The query; it may run several times: a database whose every transaction is serialisable may ask for
                that (SQLSTATE 40001), also where nothing is written.

        Raises:
            Aborted: It asked until there was no point in going on.
        """
        if self._reads_inline:
            with contextlib.suppress(QueryTooLong):
                return self._read(query, brief=True)
        for pause in _READ_PAUSES:
            try:
                return await self._read_away(query)
            except SerializationConflict:
                await asyncio.sleep(pause + random.uniform(0, pause))  # noqa: S311 - spreads attempts, hides nothing
        raise Aborted("the database could not read a state that holds together; try again", reason="CONTENTION")

    async def _read_away(self, query: Callable[[Queries], T]) -> T:
        if isinstance(self.executor, PooledExecutor):
            return await self.executor.read(query)
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    async def definition(self, definition_id: str, deadline: float) -> Definition:
        """Returns a definition with its program, from the cache or the database.

        Raises:
            Internal: It is not stored.
        """
        found = self.cache.get(definition_id)
        if found is None:
            found = await retried(self.executor, lambda session: self.cache.load(session, definition_id), deadline)
        return found

    async def ping(self) -> None:
        """Asks the database for a sign of life, in the way of the reads: where these do not come to it, nothing is
        served.

        Raises:
            Unavailable: It gives none.
        """
        await self._read_away(lambda queries: queries.ping())

    def drain(self) -> None:
        """Lets calls that merely wait, and streams, come to their end: the server is about to stop."""
        self.draining.set()
        self.jobs.close()
        self.user_task_feed.close()

    def _read(self, query: Callable[[Queries], T], brief: bool = False) -> T:
        with self.store.reader(brief=brief) as queries:
            return query(queries)

    def close(self) -> None:
        """Waits for what runs, then closes the store."""
        self.executor.close()
        self._readers.shutdown(wait=True)
        if self.javascript is not None:
            self.javascript.close()
        self.store.close()


def _open_executor(store: Store, options: Options) -> Executor:
    """Opens the executor that fits a store."""
    if isinstance(store, PostgresqlStore):
        return PooledExecutor(store, options.threads, on_loop=not options.javascript)
    # The writer thread wants the interpreter back after each commit, while the loop is busy with the next calls: with
    # the usual 5 ms it waits longer for that than for the disk.
    sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_SECONDS))
    assert isinstance(store, SqliteStore)  # noqa: S101 - there are two kinds
    return GroupCommitExecutor(store)
