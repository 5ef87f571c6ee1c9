"""StreamJobs: jobs to a worker as they come, and its answers, over one stream.

Rules of this file. What a worker says about a job is a call like any other: it goes through the method table with all
its interceptors. What was sent and is not answered when the stream ends is given back, however it ends: a lease that is
being taken at that moment too. A stream takes jobs only when it has sent those that it took before, a few at a time and
in its turn, so that one with many credits leaves jobs for the others.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc import values
from bpmgrpc.errors import BpmError, FailedPrecondition, NotFound, Unavailable
from bpmgrpc.ids import child_id
from bpmgrpc.runtime.jobs import LOOK_AGAIN_SECONDS, Wish
from bpmgrpc.service import checks, mapping
from bpmgrpc.service.status import UNLIMITED, to_status
from bpmgrpc.v1.job_runtime_pb2 import StreamJobsRequest, StreamJobsResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bpmgrpc.runtime import Runtime
    from bpmgrpc.runtime.jobs import LeasedJob
    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.v1.job_pb2 import Job

__all__ = ["JobStream"]

_log: Final = logging.getLogger(__name__)

MOST_CREDITS: Final = 1_000
MOST_TYPES: Final = 100
MOST_CALLS: Final = 100  # of one stream at a time
MOST_TOGETHER: Final = 1_000  # messages that follow another one in it
BUNDLE_BYTES: Final = 1 << 20  # of responses that travel together
PORTION: Final = 32  # jobs that a stream takes in its turn
_GIVE_BACK_SECONDS: Final = 10.0
_LEASE_SECONDS: Final = 30.0

_METHODS: Final = {
    "complete_job": "/bpmgrpc.v1.JobRuntime/CompleteJob",
    "fail_job": "/bpmgrpc.v1.JobRuntime/FailJob",
    "throw_job_error": "/bpmgrpc.v1.JobRuntime/ThrowJobError",
    "throw_job_escalation": "/bpmgrpc.v1.JobRuntime/ThrowJobEscalation",
    "extend_job_lease": "/bpmgrpc.v1.JobRuntime/ExtendJobLease",
}


class JobStream:
    """One stream.

    Args:
        runtime: The runtime.
        call: The stream's own call.
        default_lease_us: How long a lease is where the worker does not say, microseconds.
        longest_lease_us: How long it may be.
    """

    def __init__(self, runtime: Runtime, call: CallContext, default_lease_us: int, longest_lease_us: int) -> None:
        self._runtime = runtime
        self._call = call
        self._default_lease_us = default_lease_us
        self._longest_lease_us = longest_lease_us
        self._credits = 0
        self._is_bundled = False
        self._held: dict[str, LeasedJob] = {}  # by job id: sent, or to be sent, and not answered
        self._jobs: list[Job] = []  # to be sent
        self._results: list[StreamJobsResponse] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}  # by job id: what the next call about it waits for
        self._room = asyncio.Semaphore(MOST_CALLS)
        self._may_take = asyncio.Event()  # it has credits, and nothing to be sent
        self._changed = asyncio.Event()
        self._feeding: asyncio.Task[None] | None = None

    async def serve(self, requests: AsyncIterator[StreamJobsRequest]) -> AsyncIterator[StreamJobsResponse]:
        """Sends jobs and results until the worker, or the server, ends the stream.

        Raises:
            InvalidArgument: The worker subscribes to nothing that there is.
            Unavailable: The server drains, and all that it sent is answered.
        """
        reading = asyncio.create_task(self._read(requests), name="bpmgrpc-job-stream")
        draining = asyncio.create_task(self._runtime.draining.wait())
        for task in (reading, draining):
            task.add_done_callback(self._wake)
        try:
            while True:
                for response in self._take():
                    yield response
                if self._feeding is not None and self._feeding.done() and not self._feeding.cancelled():
                    self._feeding.result()
                if reading.done() or draining.done():
                    self._stop_feeding()
                    # A worker that ended its half has said all; one of a server that drains answers what it has.
                    is_over = not self._calls and not self._results and not self._jobs
                    if is_over and (reading.done() or not self._held):
                        break
                await self._changed.wait()
                self._changed.clear()
            if reading.done():
                reading.result()
            else:
                raise Unavailable("the server is about to stop and sends no more jobs", reason="SHUTTING_DOWN")
        finally:
            reading.cancel()
            draining.cancel()
            await asyncio.shield(asyncio.ensure_future(self._end()))

    def _take(self) -> list[StreamJobsResponse]:
        responses = [*self._results, *(StreamJobsResponse(job=job) for job in self._jobs)]
        for _ in self._results:
            self._room.release()
        self._results, self._jobs = [], []
        self._look_at_credits()
        return _bundled(responses) if self._is_bundled else responses

    # -- what the worker says -----------------------------------------------------------------------------------------

    async def _read(self, requests: AsyncIterator[StreamJobsRequest]) -> None:
        async for request in requests:
            await self._hear(request)
            if len(request.more) > MOST_TOGETHER:
                checks.invalid("more", f"holds {len(request.more):,} messages, {MOST_TOGETHER:,} are allowed")
            for number, one in enumerate(request.more):
                if one.more:
                    checks.invalid(f"more[{number}].more", "has to be empty")
                await self._hear(one)

    async def _hear(self, request: StreamJobsRequest) -> None:
        kind = request.WhichOneof("request")
        if self._feeding is None:
            if kind != "subscribe":
                checks.invalid("subscribe", "has to be in the first message")
            wish = self._wish(request)
            self._is_bundled = request.subscribe.bundled
            self._feeding = asyncio.create_task(self._feed(wish))
            self._feeding.add_done_callback(self._wake)
            self._set_credits(request.subscribe.credits)
        elif kind == "add_credits":
            if not 1 <= request.add_credits <= MOST_CREDITS:
                checks.invalid("add_credits", f"has to be from 1 to {MOST_CREDITS:,}")
            self._set_credits(self._credits + request.add_credits)
        elif kind == "set_credits":
            if not 0 <= request.set_credits <= MOST_CREDITS:
                checks.invalid("set_credits", f"has to be from 0 to {MOST_CREDITS:,}")
            self._set_credits(request.set_credits)
        elif kind in _METHODS:
            await self._room.acquire()
            self._begin(request, kind)
        else:
            checks.invalid("request", "a message after the first has to be a call, or to say something of credits")

    def _wish(self, request: StreamJobsRequest) -> Wish:
        asked = request.subscribe
        types = checks.names(asked.types, "subscribe.types")
        if not 1 <= len(types) <= MOST_TYPES:
            checks.invalid("subscribe.types", f"has to name 1 to {MOST_TYPES} types")
        if not 0 <= asked.credits <= MOST_CREDITS:
            checks.invalid("subscribe.credits", f"has to be from 0 to {MOST_CREDITS:,}")
        lease_us = self._default_lease_us
        if asked.HasField("lease_duration"):
            lease_us = checks.duration_us(
                asked.lease_duration, "subscribe.lease_duration", least_us=1_000, most_us=self._longest_lease_us
            )
        return Wish(
            types,
            checks.name(asked.worker, "subscribe.worker", required=True),
            PORTION,
            lease_us,
            checks.names(asked.fetch_variables, "subscribe.fetch_variables"),
        )

    def _set_credits(self, count: int) -> None:
        self._credits = min(count, MOST_CREDITS)
        self._look_at_credits()

    def _begin(self, request: StreamJobsRequest, kind: str) -> None:
        job_id: str = getattr(request, kind).job_id
        task = asyncio.create_task(self._obey(self._last.get(job_id), request, kind, job_id))
        self._calls.add(task)
        self._last[job_id] = task
        task.add_done_callback(lambda done: self._end_call(done, job_id))

    async def _obey(
        self, before: asyncio.Task[None] | None, request: StreamJobsRequest, kind: str, job_id: str
    ) -> None:
        if before is not None:
            await asyncio.wait({before})
        result: dict[str, Any]
        try:
            dispatcher = self._call.dispatcher
            assert dispatcher is not None  # noqa: S101 - every call of a server comes through one
            method = dispatcher.methods[_METHODS[kind]]
            assert method.unary is not None  # noqa: S101 - none of them is a stream
            call = dispatcher.context(method, time_remaining=None, metadata=self._call.metadata, peer=self._call.peer)
            result = {kind: await method.unary(getattr(request, kind), call)}
            if kind != "extend_job_lease" and (kind != "throw_job_escalation" or result[kind].interrupted):
                self._held.pop(job_id, None)
        except BpmError as error:
            if isinstance(error, NotFound) or (isinstance(error, FailedPrecondition) and error.reason == "LEASE_LOST"):
                held = self._held.get(job_id)
                if held is not None and held.row.lease_token == getattr(request, kind).lease_token:
                    del self._held[job_id]  # it is no longer the worker's
            result = {"error": to_status(error, limit=UNLIMITED)}
        self._results.append(StreamJobsResponse(command_id=request.command_id, **result))

    def _end_call(self, task: asyncio.Task[None], job_id: str) -> None:
        self._calls.discard(task)
        if self._last.get(job_id) is task:
            del self._last[job_id]
        self._wake(task)

    # -- jobs for the worker ------------------------------------------------------------------------------------------

    async def _feed(self, wish: Wish) -> None:
        """Takes jobs in turn with the other streams of the same types."""
        wakeups = self._runtime.wakeups
        turn = self._runtime.jobs.turn(wish.types)
        waiter = wakeups.join(wish.types)
        try:
            while True:
                if not self._may_take.is_set():
                    wakeups.leave(waiter)  # a hint would be lost on it
                    await self._may_take.wait()
                async with turn:
                    if self._runtime.draining.is_set():
                        return
                    if not self._may_take.is_set():
                        continue  # it has said so while it waited for its turn
                    waiter.stand()
                    jobs = await self._lease(wish)
                if jobs:
                    wakeups.leave(waiter)  # and stands at the end again
                    first = wish.types.index(jobs[0].row.type) + 1
                    wish = wish.of([*wish.types[first:], *wish.types[:first]])
                else:
                    await waiter.wait(LOOK_AGAIN_SECONDS)
        finally:
            wakeups.leave(waiter)

    async def _lease(self, wish: Wish) -> list[LeasedJob]:
        """Leases jobs and puts them among those to be sent; a cancellation waits for the lease, to give it back.

        A worker that lowered its credits in the meantime gets no more than it has left: the others go back at once.
        """
        count = min(self._credits, PORTION)
        taking = asyncio.ensure_future(
            self._runtime.jobs.take(wish.at_most(count), deadline=time.monotonic() + _LEASE_SECONDS)
        )
        try:
            jobs = await asyncio.shield(taking)
        except asyncio.CancelledError:
            self._hold(await taking)
            raise
        beyond = jobs[self._credits :]
        self._hold(jobs)
        if beyond:
            await self._return(beyond)
        return jobs[: len(jobs) - len(beyond)]

    def _hold(self, jobs: list[LeasedJob]) -> None:
        for number, job in enumerate(jobs):
            message = mapping.job(job, values.join_members(job.variables))
            self._held[message.job_id] = job
            if number < self._credits:
                self._jobs.append(message)
        self._credits = max(0, self._credits - len(jobs))
        self._look_at_credits()
        self._changed.set()

    async def _return(self, jobs: list[LeasedJob]) -> None:
        await self._runtime.jobs.give_back(jobs, time.monotonic() + _GIVE_BACK_SECONDS)
        for job in jobs:
            self._held.pop(child_id(job.root_id, job.row.seq), None)

    def _look_at_credits(self) -> None:
        if self._credits > 0 and not self._jobs:
            self._may_take.set()
        else:
            self._may_take.clear()

    # -- the end ------------------------------------------------------------------------------------------------------

    def _stop_feeding(self) -> None:
        # Once: a second cancellation would meet it while it waits for a lease that is being taken, to give it back.
        if self._feeding is not None and not self._feeding.cancelling():
            self._feeding.cancel()

    async def _end(self) -> None:
        """Ends what runs, as the end of a call does, and gives back what is not answered."""
        self._stop_feeding()
        running = [*self._calls]
        for task in running:
            task.cancel()
        if self._feeding is not None:
            running.append(self._feeding)
        await asyncio.gather(*running, return_exceptions=True)
        try:
            await self._runtime.jobs.give_back(list(self._held.values()), time.monotonic() + _GIVE_BACK_SECONDS)
        except BpmError as error:
            _log.warning("%d jobs come back only when their leases end: %s", len(self._held), error.message)

    def _wake(self, _done: object) -> None:
        self._changed.set()


def _bundled(responses: list[StreamJobsResponse]) -> list[StreamJobsResponse]:
    """Lets responses travel together, as far as a message has room."""
    bundles: list[StreamJobsResponse] = []
    room = 0
    for response in responses:
        size = response.ByteSize()
        if size > room:
            bundles.append(response)
            room = BUNDLE_BYTES
        else:
            bundles[-1].more.append(response)
        room -= size
    return bundles
