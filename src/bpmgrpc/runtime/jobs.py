"""Leases of jobs: handing jobs to workers, and making leases longer.

Rule of this file: a lease is one conditional update, so that no job is ever with two workers at a time. What a worker
does with a job (complete, fail, throw) is a command on its instance.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from bpmgrpc.engine.state import JobRow
from bpmgrpc.errors import FailedPrecondition, NotFound, PreconditionViolation
from bpmgrpc.ids import child_id
from bpmgrpc.runtime.retrying import retried

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from google.protobuf.message import Message

    from bpmgrpc.clock import Clock
    from bpmgrpc.engine.state import Snapshot
    from bpmgrpc.runtime.definitions import Definition, DefinitionCache
    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.runtime.recent import RecentRoots
    from bpmgrpc.runtime.requests import Idempotency
    from bpmgrpc.runtime.wakeups import Wakeups
    from bpmgrpc.store.interface import Session

QUEUE_DUE_US: Final = 100_000  # jobs whose lease or pause ended come back into the queue this long after at the latest
QUEUE_DUE_JOBS: Final = 1_000  # at a time
MAX_TYPES: Final = 10_000  # that are remembered
LEAST_READ_TOGETHER: Final = 4  # jobs for which it saves round trips to read their states with the lease
LOOK_AGAIN_SECONDS: Final = 1.0  # a waiting worker looks this often for jobs of other servers, and of ended leases


@dataclass(frozen=True, slots=True)
class LeasedJob:
    """A job as a worker gets it."""

    root_id: str
    row: JobRow
    variables: dict[str, str]
    definition: Definition


@dataclass(frozen=True, slots=True)
class Lease:
    """Jobs that were leased together.

    Attributes:
        jobs: The jobs.
        states: What commands on them will be decided on, of each for which that was read.
        made: How many connections there had been by then.
    """

    jobs: list[LeasedJob]
    states: Sequence[Snapshot] = ()
    made: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a worker wants.

    Attributes:
        types: Types of jobs; the first of them that has jobs gives them.
        worker: Who gets them.
        max_jobs: How many at the most.
        lease_us: How long the lease is, microseconds.
        names: Names of the variables to give along; all where empty.
    """

    types: Sequence[str]
    worker: str
    max_jobs: int
    lease_us: int
    names: Sequence[str] = ()

    def of(self, types: Sequence[str]) -> Wish:
        """Returns the same wish for other types."""
        return replace(self, types=types)

    def at_most(self, max_jobs: int) -> Wish:
        """Returns the same wish for so many jobs."""
        return replace(self, max_jobs=max_jobs)


class Jobs:
    """Leases jobs.

    Args:
        executor: Where commands meet the database.
        cache: The compiled definitions.
        clock: The time.
        wakeups: Tells of new jobs.
        recent: What this server wrote last.
    """

    def __init__(
        self, executor: Executor, cache: DefinitionCache, clock: Clock, wakeups: Wakeups, recent: RecentRoots
    ) -> None:
        self._executor = executor
        self._cache = cache
        self._clock = clock
        self._wakeups = wakeups
        self._recent = recent
        self._closing = False
        self._turns: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()
        self._queued_us: dict[str, int] = {}  # by type: when jobs whose time had come were queued last

    async def activate(
        self,
        wish: Wish,
        *,
        wait_seconds: float,
        deadline: float,
        request: Idempotency | None = None,
        note: Callable[[list[LeasedJob]], Message] | None = None,
        noted: Callable[[bytes], Sequence[tuple[str, int, str]]] | None = None,
    ) -> list[LeasedJob]:
        """Leases jobs to a worker, the first of the queue, and waits for one where none is there.

        Args:
            wish: What the worker wants.
            wait_seconds: How long to wait for a job.
            deadline: When the caller stops waiting (``time.monotonic``).
            request: The request id, where there is one. It is remembered until the leases end.
            note: Makes what is stored with the request id: which jobs were leased.
            noted: Reads that: root, number and lease token of each job.

        Returns:
            The jobs; empty where none came in time. For a request id that got jobs before: those of them that are
            still leased as they were.
        """
        until = min(time.monotonic() + wait_seconds, deadline - 0.05)  # an answer has to reach the caller in time

        def repeatable(session: Session) -> Lease:
            assert request is not None  # noqa: S101 - narrows the types
            assert note is not None  # noqa: S101
            assert noted is not None  # noqa: S101
            with session.transaction():
                stored = session.find_answer(request.key)
                if stored is not None:
                    return self._still_held(session, noted(request.replay(stored)), wish)
                lease = self._lease(session, wish)
                if lease.jobs:
                    lasting = replace(request, expire_us=min(job.row.available_us for job in lease.jobs))
                    session.insert_answer(lasting.answer(note(lease.jobs)), self._clock.now_us())
                return lease

        def work(session: Session) -> Lease:
            return self._lease(session, wish)

        waiter = self._wakeups.join(wish.types)
        try:
            while True:
                jobs = self._remember(
                    await retried(self._executor, repeatable if request is not None else work, deadline)
                )
                left = until - time.monotonic()
                if jobs or left <= 0 or self._closing:
                    return jobs
                await waiter.wait(min(left, LOOK_AGAIN_SECONDS))
                waiter.stand()
        finally:
            self._wakeups.leave(waiter)

    async def take(self, wish: Wish, *, deadline: float) -> list[LeasedJob]:
        """Leases jobs to a worker; empty where there are none now."""
        return self._remember(await retried(self._executor, lambda session: self._lease(session, wish), deadline))

    def _remember(self, lease: Lease) -> list[LeasedJob]:
        for state in lease.states:
            self._recent.leased(state, lease.made)
        return lease.jobs

    def turn(self, types: Sequence[str]) -> asyncio.Lock:
        """Returns what those who want the same types take turns by, first come, first served."""
        return self._turns.setdefault(tuple(sorted(types)), asyncio.Lock())

    def _lease(self, session: Session, wish: Wish) -> Lease:
        """Leases jobs within a transaction, or by itself."""
        now_us = self._clock.now_us()
        for type_ in wish.types:
            self._queue_due(session, type_, now_us)
            rows = session.activate_jobs(
                type_, wish.worker, wish.max_jobs, now_us + wish.lease_us, lambda: secrets.token_urlsafe(16)
            )
            if rows:
                return self._leased(session, rows, wish.names)
        return Lease([])

    def _queue_due(self, session: Session, type_: str, now_us: int) -> None:
        """Queues jobs whose lease or pause has ended, not at each look but a few times a second."""
        changed = self._wakeups.changed_types
        if type_ not in changed and abs(now_us - self._queued_us.get(type_, 0)) < QUEUE_DUE_US:
            return
        changed.discard(type_)
        if len(self._queued_us) >= MAX_TYPES:
            self._queued_us.clear()
        session.queue_due_jobs(type_, now_us, QUEUE_DUE_JOBS)
        self._queued_us[type_] = now_us

    def _leased(self, session: Session, rows: Sequence[tuple[str, JobRow]], names: Sequence[str]) -> Lease:
        variables = session.job_variables([(root_id, row.seq) for root_id, row in rows], names)
        made = self._recent.made()
        states = session.job_states(rows) if len(rows) >= LEAST_READ_TOGETHER else []
        jobs = [
            LeasedJob(root_id, row, found, self._cache.load(session, row.definition_id))
            for (root_id, row), found in zip(rows, variables, strict=True)
        ]
        return Lease(jobs, states, made)

    def _still_held(self, session: Session, noted: Sequence[tuple[str, int, str]], wish: Wish) -> Lease:
        keys = [(root_id, seq) for root_id, seq, _ in noted]
        rows = session.held_jobs(keys, noted[0][2], self._clock.now_us())  # leases of one answer share their token
        return self._leased(session, rows, wish.names) if rows else Lease([])

    async def give_back(self, jobs: Sequence[LeasedJob], deadline: float) -> None:
        """Ends leases before their time: others can have the jobs at once, at their old places in the queue."""
        by_token: dict[str, list[tuple[str, int]]] = {}
        for job in jobs:
            by_token.setdefault(job.row.lease_token, []).append((job.root_id, job.row.seq))

        def work(session: Session) -> None:
            for token, keys in by_token.items():
                session.give_back_jobs(keys, token, self._clock.now_us())

        if by_token:
            await retried(self._executor, work, deadline)
            for type_, count in Counter(job.row.type for job in jobs).items():
                self._wakeups.jobs(type_, count)

    async def extend(self, root_id: str, seq: int, lease_token: str, lease_us: int, *, deadline: float) -> int:
        """Makes a lease end later.

        Returns:
            When it ends now, microseconds since the epoch.

        Raises:
            NotFound: The job is gone.
            FailedPrecondition: The lease token is not the job's current one.
        """
        job_id = child_id(root_id, seq)

        def work(session: Session) -> int:
            until = self._clock.now_us() + lease_us
            if session.extend_job_lease(root_id, seq, lease_token, until):
                return until
            loaded = session.load(root_id, seq, "job", None)
            if loaded is None or loaded.snapshot.job is None:
                raise NotFound(f"job {job_id!r} does not exist or has ended", metadata={"job_id": job_id})
            found = "the lease token is not the job's current one"
            raise FailedPrecondition(
                f"job {job_id!r} is not leased to the caller: {found}",
                reason="LEASE_LOST",
                violations=[PreconditionViolation("LEASE", f"jobs/{job_id}", found)],
                metadata={"job_id": job_id},
            )

        return await retried(self._executor, work, deadline)

    def close(self) -> None:
        """Lets waiting workers go with empty hands, because the server drains."""
        self._closing = True
        self._wakeups.all_jobs()
