"""A servicer of JobRuntime whose methods each show one behaviour: for tests of what stands around servicers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from bpmgrpc.errors import InvalidArgument
from bpmgrpc.service.dispatch import CallContext
from bpmgrpc.v1 import job_runtime_pb2 as jobs

SERVICE = "bpmgrpc.v1.JobRuntime"


class JobsServicer:
    """ActivateJobs waits, CompleteJob remembers, FailJob refuses, ThrowJobError breaks.

    Attributes:
        seen: Requests and contexts of CompleteJob.
        reached: Set when ActivateJobs has begun to wait.
        release: Lets ActivateJobs return, unless the type is "endless".
        cancelled: Set when ActivateJobs was cancelled while it waited.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[jobs.CompleteJobRequest, CallContext]] = []
        self.reached = asyncio.Event()
        self.release = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def ActivateJobs(  # noqa: N802
        self, request: jobs.ActivateJobsRequest, call: CallContext
    ) -> jobs.ActivateJobsResponse:
        """Waits until it is released; for type "endless", for ever."""
        self.reached.set()
        try:
            await (asyncio.Event() if request.type == "endless" else self.release).wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return jobs.ActivateJobsResponse()

    async def CompleteJob(  # noqa: N802
        self, request: jobs.CompleteJobRequest, call: CallContext
    ) -> jobs.CompleteJobResponse:
        """Remembers what it was given."""
        self.seen.append((request, call))
        return jobs.CompleteJobResponse()

    async def FailJob(self, request: jobs.FailJobRequest, call: CallContext) -> jobs.FailJobResponse:  # noqa: N802
        """Refuses with a domain error."""
        raise InvalidArgument("retries is negative", reason="BAD_RETRIES")

    async def ThrowJobError(  # noqa: N802
        self, request: jobs.ThrowJobErrorRequest, call: CallContext
    ) -> jobs.ThrowJobErrorResponse:
        """Breaks with an error that is no domain error."""
        raise KeyError("select * from secret")

    async def ExtendJobLease(  # noqa: N802
        self, request: jobs.ExtendJobLeaseRequest, call: CallContext
    ) -> jobs.ExtendJobLeaseResponse:
        """Answers."""
        return jobs.ExtendJobLeaseResponse()

    async def ThrowJobEscalation(  # noqa: N802
        self, request: jobs.ThrowJobEscalationRequest, call: CallContext
    ) -> jobs.ThrowJobEscalationResponse:
        """Answers."""
        return jobs.ThrowJobEscalationResponse()

    async def StreamJobs(  # noqa: N802
        self, requests: AsyncIterator[jobs.StreamJobsRequest], call: CallContext
    ) -> AsyncIterator[jobs.StreamJobsResponse]:
        """Echoes the numbers of what it is sent."""
        async for request in requests:
            yield jobs.StreamJobsResponse(command_id=request.command_id)
