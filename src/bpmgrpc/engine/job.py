"""The rules by which external workers work on jobs.

Rule of this file: a worker may only speak about a job while it holds the job's lease; everything it says is checked
against the lease token, here and once more in the write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.engine import error_propagation, schedule
from bpmgrpc.engine.event_definitions import escalation
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.state import JobRow, copy_row
from bpmgrpc.errors import FailedPrecondition, PreconditionViolation
from bpmgrpc.ids import child_id

if TYPE_CHECKING:
    from bpmgrpc.engine.commands import CompleteJob, FailJob, ThrowJobError, ThrowJobEscalation
    from bpmgrpc.engine.execution import Execution

MAX_BACKOFF_US: Final = 365 * 24 * 3600 * 1_000_000  # as long as a worker may ask for


def require_lease(root_id: str, job: JobRow, lease_token: str, now_us: int) -> None:
    """Raises FailedPrecondition where a lease token is not the job's current one, or its lease has ended."""
    if not job.leased or job.lease_token != lease_token or job.available_us <= now_us:
        job_id = child_id(root_id, job.seq)
        over = job.leased and job.lease_token == lease_token
        found = "the lease has ended" if over else "the lease token is not the job's current one"
        raise FailedPrecondition(
            f"job {job_id!r} is not leased to the caller: {found}",
            reason="LEASE_LOST",
            violations=[PreconditionViolation("LEASE", f"jobs/{job_id}", found)],
            metadata={"job_id": job_id},
        )


def complete(run: Execution, command: CompleteJob) -> None:
    """Completes the job and lets the token go on."""
    job = _taken(run, command.lease_token)
    row = run.ledger.element(job.seq)
    run.ledger.delete_job(job.seq)
    run.event(EventType.JOB_COMPLETED, job.element_id, job.seq, {"worker": job.worker})
    node = run.node_of(row)
    node.element.job_done(run, run.program_of(row.scope), node, row, command.variables)


def fail(run: Execution, command: FailJob) -> None:
    """Takes the job back: for another attempt, or with an incident where no attempt is left."""
    job = _taken(run, command.lease_token)
    row = run.ledger.element(job.seq)
    for name, text in command.variables.items():
        run.variables.put(row.seq, name, text)
    row = run.ledger.element(job.seq)
    run.ledger.put_job(
        copy_row(
            job,
            retries=command.retries,
            available_us=run.now_us + _backoff_us(run, job, command),
            lease_token="",
            worker="",
            leased=False,
        )
    )
    run.event(
        EventType.JOB_FAILED,
        job.element_id,
        job.seq,
        {"worker": job.worker, "retries": command.retries, "message": command.message},
    )
    if command.retries == 0:
        message = command.message or "the worker gave no message"
        run.raise_incident(
            row, "job", "JOB_NO_RETRIES", f"job type {job.type!r} of {job.element_id!r} failed: {message}"
        )


def throw(run: Execution, command: ThrowJobError) -> None:
    """Throws a BPMN error at the job's element; where nothing catches it the job is kept with an incident."""
    job = _taken(run, command.lease_token)
    row = run.ledger.element(job.seq)
    error = error_propagation.ThrownError(command.error_code, command.message, command.variables)
    if error_propagation.throw_error(run, error, job.element_id, job.seq, row.scope, row):
        return
    run.ledger.put_job(copy_row(job, retries=0, available_us=run.now_us, lease_token="", worker="", leased=False))
    said = f": {command.message}" if command.message else ""
    run.raise_incident(
        row,
        "job",
        "ERROR_NOT_CAUGHT",
        f"no event catches error {command.error_code!r} of {job.element_id!r}{said}",
    )


def escalate(run: Execution, command: ThrowJobEscalation) -> None:
    """Throws an escalation at the job's element. An event that interrupts takes the job away; any other, and none at
    all, lets the worker go on (BPMN 2.0.2, 10.5.6: an escalation is not critical).
    """
    job = _taken(run, command.lease_token)
    row = run.ledger.element(job.seq)
    escalation.throw(run, command.escalation_code, command.variables, job.element_id, job.seq, row.scope, row)


def _backoff_us(run: Execution, job: JobRow, command: FailJob) -> int:
    """The pause before the next attempt. Of several in the model, the last is before the last attempt; where there are
    more attempts than pauses, the first one is before all of the earlier ones.
    """
    if command.backoff_us is not None:
        return command.backoff_us
    if not job.backoff or not command.retries:
        return 0
    pauses = job.backoff.split(",")
    pause = schedule.parse_duration(pauses[max(len(pauses) - command.retries, 0)])
    try:
        return pause.after(run.now_us) - run.now_us
    except schedule.ScheduleError:
        return MAX_BACKOFF_US


def _taken(run: Execution, lease_token: str) -> JobRow:
    job = run.snapshot.job
    assert job is not None, "the caller loads the job"  # noqa: S101 - our own invariant
    require_lease(run.root.id, job, lease_token, run.now_us)
    run.ledger.expected_lease = (job.seq, lease_token)
    return job
