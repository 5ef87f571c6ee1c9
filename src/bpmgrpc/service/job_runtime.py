"""JobRuntime: jobs for external workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc import values
from bpmgrpc.engine import commands
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.job import MAX_BACKOFF_US
from bpmgrpc.ids import child_id, split_id
from bpmgrpc.runtime.jobs import Wish
from bpmgrpc.service import checks, mapping
from bpmgrpc.service.job_stream import JobStream
from bpmgrpc.service.servicer import Servicer
from bpmgrpc.v1 import job_runtime_pb2 as pb
from bpmgrpc.v1.job_pb2 import Job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bpmgrpc.runtime.jobs import LeasedJob
    from bpmgrpc.runtime.outcomes import Decided
    from bpmgrpc.service.dispatch import CallContext

_SECOND_US: Final = 1_000_000
_DEFAULT_LEASE_US: Final = 300 * _SECOND_US
_LONGEST_LEASE_US: Final = 24 * 3600 * _SECOND_US
_LONGEST_WAIT_US: Final = 60 * _SECOND_US
_MOST_JOBS: Final = 1_000
_LONGEST_MESSAGE: Final = 10_000  # characters


class JobRuntime(Servicer):
    """Serves ``bpmgrpc.v1.JobRuntime``."""

    async def ActivateJobs(self, request: pb.ActivateJobsRequest, call: CallContext) -> pb.ActivateJobsResponse:
        """Leases jobs to a worker; waits for one where none is there."""
        checks.name(request.type, "type", required=True)
        checks.name(request.worker, "worker", required=True)
        if not 0 <= request.max_jobs <= _MOST_JOBS:
            checks.invalid("max_jobs", f"has to be from 1 to {_MOST_JOBS:,}; 0 means 1")
        lease_us = (
            checks.duration_us(request.lease_duration, "lease_duration", least_us=1_000, most_us=_LONGEST_LEASE_US)
            if request.HasField("lease_duration")
            else _DEFAULT_LEASE_US
        )
        wait_us = checks.duration_us(request.request_timeout, "request_timeout", least_us=0, most_us=_LONGEST_WAIT_US)
        names = checks.names(request.fetch_variables, "fetch_variables")
        jobs = await self.runtime.jobs.activate(
            Wish((request.type,), request.worker, request.max_jobs or 1, lease_us, names),
            wait_seconds=wait_us / _SECOND_US,
            deadline=call.deadline,
            request=self.request_id(request, request.request_id, call),
            note=_note,
            noted=_noted,
        )
        return pb.ActivateJobsResponse(jobs=[mapping.job(job, values.join_members(job.variables)) for job in jobs])

    async def CompleteJob(self, request: pb.CompleteJobRequest, call: CallContext) -> pb.CompleteJobResponse:
        """Completes a job."""
        root_id, seq = _job(request.job_id, request.lease_token)
        command = commands.CompleteJob(seq, request.lease_token, checks.variables(request.variables))
        return await self.obey(
            request,
            call,
            (root_id, seq, "job"),
            command,
            pb.CompleteJobResponse,
            lambda _: pb.CompleteJobResponse(),
            subject=_subject(request.job_id),
        )

    async def FailJob(self, request: pb.FailJobRequest, call: CallContext) -> pb.FailJobResponse:
        """Takes a job back as failed."""
        root_id, seq = _job(request.job_id, request.lease_token)
        if request.retries < 0:
            checks.invalid("retries", "cannot be negative")
        backoff_us = (
            checks.duration_us(request.retry_backoff, "retry_backoff", least_us=0, most_us=MAX_BACKOFF_US)
            if request.HasField("retry_backoff")
            else None
        )
        command = commands.FailJob(
            seq,
            request.lease_token,
            request.retries,
            backoff_us,
            _text(request.error_message),
            checks.variables(request.variables),
        )

        def reply(decided: Decided) -> pb.FailJobResponse:
            return pb.FailJobResponse(incident_id=_incident_id(decided))

        return await self.obey(
            request, call, (root_id, seq, "job"), command, pb.FailJobResponse, reply, subject=_subject(request.job_id)
        )

    async def ThrowJobError(self, request: pb.ThrowJobErrorRequest, call: CallContext) -> pb.ThrowJobErrorResponse:
        """Throws a BPMN error at a job's element."""
        root_id, seq = _job(request.job_id, request.lease_token)
        command = commands.ThrowJobError(
            seq,
            request.lease_token,
            checks.name(request.error_code, "error_code", required=True),
            _text(request.error_message),
            checks.variables(request.variables),
        )

        def reply(decided: Decided) -> pb.ThrowJobErrorResponse:
            return pb.ThrowJobErrorResponse(incident_id=_incident_id(decided))

        return await self.obey(
            request,
            call,
            (root_id, seq, "job"),
            command,
            pb.ThrowJobErrorResponse,
            reply,
            subject=_subject(request.job_id),
        )

    async def ThrowJobEscalation(
        self, request: pb.ThrowJobEscalationRequest, call: CallContext
    ) -> pb.ThrowJobEscalationResponse:
        """Throws an escalation at a job's element."""
        root_id, seq = _job(request.job_id, request.lease_token)
        command = commands.ThrowJobEscalation(
            seq,
            request.lease_token,
            checks.name(request.escalation_code, "escalation_code", required=True),
            checks.variables(request.variables),
        )
        return await self.obey(
            request,
            call,
            (root_id, seq, "job"),
            command,
            pb.ThrowJobEscalationResponse,
            _escalated,
            subject=_subject(request.job_id),
        )

    async def ExtendJobLease(self, request: pb.ExtendJobLeaseRequest, call: CallContext) -> pb.ExtendJobLeaseResponse:
        """Makes a lease end later."""
        root_id, seq = _job(request.job_id, request.lease_token)
        if not request.HasField("lease_duration"):
            checks.invalid("lease_duration", "is required")
        lease_us = checks.duration_us(
            request.lease_duration, "lease_duration", least_us=1_000, most_us=_LONGEST_LEASE_US
        )
        until_us = await self.runtime.jobs.extend(root_id, seq, request.lease_token, lease_us, deadline=call.deadline)
        response = pb.ExtendJobLeaseResponse()
        mapping.set_time(response.lease_expire_time, until_us)
        return response

    async def StreamJobs(
        self, requests: AsyncIterator[pb.StreamJobsRequest], call: CallContext
    ) -> AsyncIterator[pb.StreamJobsResponse]:
        """Sends jobs to a worker and takes its answers."""
        responses = JobStream(self.runtime, call, _DEFAULT_LEASE_US, _LONGEST_LEASE_US).serve(requests)
        try:
            async for response in responses:
                yield response
        finally:
            await responses.aclose()  # type: ignore[attr-defined]


def _note(jobs: Sequence[LeasedJob]) -> pb.ActivateJobsResponse:
    """What is remembered of an answer: whose leases they are. The jobs themselves are in their table."""
    return pb.ActivateJobsResponse(
        jobs=[Job(job_id=child_id(job.root_id, job.row.seq), lease_token=job.row.lease_token) for job in jobs]
    )


def _noted(stored: bytes) -> list[tuple[str, int, str]]:
    return [(*split_id(job.job_id), job.lease_token) for job in pb.ActivateJobsResponse.FromString(stored).jobs]


def _escalated(decided: Decided) -> pb.ThrowJobEscalationResponse:
    changes = decided.changes
    job = decided.snapshot.job
    assert changes is not None  # noqa: S101 - the escalation stands in the history at least
    assert job is not None  # noqa: S101 - it was loaded
    thrown = next(event for event in changes.events if event.type is EventType.ESCALATION_THROWN)
    return pb.ThrowJobEscalationResponse(
        catching_element_id=(thrown.attributes or {}).get("caught_by", ""),
        interrupted=job.seq in changes.delete_jobs,
    )


def _job(job_id: str, lease_token: str) -> tuple[str, int]:
    checks.opaque_id(job_id, "job_id")
    checks.opaque_id(lease_token, "lease_token")
    return checks.row_id(job_id, "job_id", "job")


def _subject(job_id: str) -> str:
    return f"job {job_id!r}"


def _text(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:_LONGEST_MESSAGE]


def _incident_id(decided: Decided) -> str:
    """The incident that the command itself opened at its job's element, not one of a step that ran on."""
    changes = decided.changes
    job = decided.snapshot.job
    if changes is None or job is None:
        return ""
    for incident in changes.new_incidents:
        if incident.element_seq == job.seq:
            return child_id(changes.root.id, incident.seq)
    return ""
