"""Leases of jobs: handing jobs to workers, and making leases longer.

Rule of this file: a lease is one conditional update, so that no job is ever with two workers at a time. What a worker
does with a job (complete, fail, throw) is a command on its instance.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.state import JobRow
from bpmgrpc.errors import FailedPrecondition, NotFound, PreconditionViolation
from bpmgrpc.ids import child_id
from bpmgrpc.runtime.instances import retried

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.clock import Clock
    from bpmgrpc.runtime.definitions import Definition, DefinitionCache
    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.runtime.wakeups import Wakeups
    from bpmgrpc.store.interface import Session

LOOK_AGAIN_SECONDS: Final = 1.0  # a waiting worker looks this often for jobs of other servers, and of ended leases


@dataclass(frozen=True, slots=True)
class LeasedJob:
    """A job as a worker gets it."""

    root_id: str
    row: JobRow
    variables: dict[str, str]
    definition: Definition


class Jobs:
    """Leases jobs.

    Args:
        executor: Where commands meet the database.
        cache: The compiled definitions.
        clock: The time.
        wakeups: Tells of new jobs.
    """

    def __init__(self, executor: Executor, cache: DefinitionCache, clock: Clock, wakeups: Wakeups) -> None:
        self._executor = executor
        self._cache = cache
        self._clock = clock
        self._wakeups = wakeups
        self._closing = False

    async def activate(
        self,
        type_: str,
        worker: str,
        *,
        max_jobs: int,
        lease_us: int,
        names: Sequence[str],
        wait_seconds: float,
        deadline: float,
    ) -> list[LeasedJob]:
        """Leases jobs to a worker, the oldest first, and waits for one where none is there.

        Args:
            type_: Type of the jobs.
            worker: Who gets them.
            max_jobs: How many at the most.
            lease_us: How long the lease is, microseconds.
            names: Names of the variables to give along; all where empty.
            wait_seconds: How long to wait for a job.
            deadline: When the caller stops waiting (``time.monotonic``).

        Returns:
            The jobs; empty where none came in time.
        """
        until = min(time.monotonic() + wait_seconds, deadline - 0.05)  # an answer has to reach the caller in time

        def work(session: Session) -> list[LeasedJob]:
            return self._lease(session, type_, worker, max_jobs, lease_us, names)

        event = self._wakeups.wait_for_job(type_)
        try:
            while True:
                jobs = await retried(self._executor, work, deadline)
                left = until - time.monotonic()
                if jobs or left <= 0 or self._closing:
                    return jobs
                try:
                    await asyncio.wait_for(event.wait(), min(left, LOOK_AGAIN_SECONDS))
                except TimeoutError:
                    continue  # nobody told of a job; look by ourselves
                finally:
                    event.clear()
        finally:
            self._wakeups.forget_job(type_, event)

    def _lease(
        self, session: Session, type_: str, worker: str, max_jobs: int, lease_us: int, names: Sequence[str]
    ) -> list[LeasedJob]:
        now_us = self._clock.now_us()
        rows = session.activate_jobs(
            type_, worker, max_jobs, now_us, now_us + lease_us, lambda: secrets.token_urlsafe(16)
        )
        if not rows:
            return []
        variables = session.job_variables([(root_id, row.seq) for root_id, row in rows], names)
        return [
            LeasedJob(root_id, row, found, self._cache.load(session, row.definition_id))
            for (root_id, row), found in zip(rows, variables, strict=True)
        ]

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
