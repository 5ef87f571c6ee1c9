"""Jobs: what external workers may say, and what becomes of it."""

from __future__ import annotations

import pytest

from bpmgrpc.engine import commands
from bpmgrpc.errors import FailedPrecondition
from tests.support.harness import boundary, bpmn, declared, error, event, flows

WORK = bpmn('<serviceTask id="w"/><userTask id="z"/>' + flows("w -> z"))


def spoken(h, seq, token):
    """The four things a worker can say."""
    return [
        commands.CompleteJob(seq, token),
        commands.FailJob(seq, token, 1),
        commands.ThrowJobError(seq, token, "E"),
        commands.ThrowJobEscalation(seq, token, "E"),
    ]


@pytest.mark.parametrize("number", (0, 1, 2, 3))
@pytest.mark.parametrize("case", ("never leased", "other token", "lease ended"))
def test_job_is_for_the_holder_of_its_lease_only(harness, number, case):
    """Without the current lease nothing that a worker says counts."""
    h = harness(WORK)
    h.start()
    job = h.job("w") if case == "never leased" else h.lease("w")
    if case == "lease ended":
        h.clock.advance(60)
    command = spoken(h, job.seq, "other" if case == "other token" else "token")[number]

    with pytest.raises(FailedPrecondition) as caught:
        h.submit(command, job.seq, "job")

    assert caught.value.reason == "LEASE_LOST"
    over = "the lease has ended" if case == "lease ended" else "the lease token is not the job's current one"
    assert str(caught.value).endswith(over)


def test_job_that_failed_is_tried_again_after_a_backoff(harness):
    """It is given back with fewer retries, and is available when the backoff is over."""
    h = harness(WORK)
    h.start()
    job = h.lease("w")

    h.submit(commands.FailJob(job.seq, "token", 2, 5_000_000, "busy"), job.seq, "job")

    again = h.job("w")
    assert (again.retries, again.leased, again.lease_token, again.worker) == (2, False, "", "")
    assert again.available_us == h.clock.now_us() + 5_000_000
    assert h.incidents() == []
    failed = next(event for event in h.events if event.type == "JOB_FAILED")
    assert failed.attributes == {"worker": "w", "retries": 2, "message": "busy"}


@pytest.mark.parametrize(("message", "said"), (("no paper", "no paper"), ("", "the worker gave no message")))
def test_job_without_retries_is_an_incident(harness, message, said):
    """When no attempt is left the job waits until somebody grants more."""
    h = harness(WORK)

    h.start()
    h.fail_job("w", 0, message)
    incident = h.incidents()[0]
    h.resolve(retries=2)
    job = h.job("w")
    h.complete_job("w")

    assert (incident.reason, incident.element_id) == ("JOB_NO_RETRIES", "w")
    assert incident.message == f"job type 'w' of 'w' failed: {said}"
    assert (job.retries, job.available_us) == (2, h.clock.now_us())
    assert h.active() == ["z"]


def test_job_incident_grants_one_retry_at_least(harness):
    """Resolving with no retries would change nothing."""
    h = harness(WORK)

    h.start()
    h.fail_job("w", 0)
    h.resolve(retries=0)

    assert h.job("w").retries == 1


def test_job_with_an_incident_takes_variables_when_it_is_resolved(harness):
    """They are set as the element sees them."""
    h = harness(WORK)

    h.start(x=1)
    h.fail_job("w", 0, "no", tried=1)
    h.resolve(tried=2, x=2)

    assert h.variables(h.row("w").seq) == {"tried": 2}
    assert h.variables() == {"x": 2}


def test_error_of_a_job_is_caught_at_its_own_boundary(harness):
    """The element is canceled, its job is gone, and the error's variables come along."""
    h = harness(bpmn('<serviceTask id="w"/><userTask id="z"/>' + boundary("er", "w", error("E")) + flows("er -> z")))

    h.start()
    h.throw_error("w", "E", why=1)

    assert h.active() == ["z"]
    assert h.rows.jobs(h.root_id) == []
    assert h.variables() == {"why": 1}


def test_error_of_a_job_is_caught_further_out(harness):
    """It goes outwards like any error, over the border of a called process too."""
    h = harness(
        bpmn(
            '<callActivity id="c" calledElement="q"/><userTask id="z"/>'
            + boundary("er", "c", error())
            + flows("er -> z")
        ),
        bpmn(f'<serviceTask id="w"/>{boundary("other", "w", error("X"))}', process="q"),
    )

    h.start()
    h.throw_error("w", "E", why=1)

    assert h.active() == ["z"]
    assert h.rows.instances(h.root_id)[0].state == "CANCELED"
    assert h.variables() == {"why": 1}


@pytest.mark.parametrize(("message", "said"), (("no paper", ": no paper"), ("", "")))
def test_error_of_a_job_that_nothing_catches_is_an_incident(harness, message, said):
    """Unlike an error end event it does not fail the instance: the job is kept, and can be tried again."""
    h = harness(WORK)

    h.start()
    h.throw_error("w", "E9", message)
    incident = h.incidents()[0]
    job = h.job("w")
    h.resolve(retries=1)
    h.complete_job("w")

    assert (incident.reason, incident.message) == ("ERROR_NOT_CAUGHT", f"no event catches error 'E9' of 'w'{said}")
    assert (job.retries, job.leased) == (0, False)
    assert h.active() == ["z"]


def test_job_of_an_instance_that_is_gone_cannot_be_completed(harness):
    """Cancel takes jobs away, leased ones too."""
    h = harness(WORK)
    h.start()
    job = h.lease("w")
    h.cancel()

    with pytest.raises(LookupError):
        h.submit(commands.CompleteJob(job.seq, "token"), job.seq, "job")


@pytest.mark.parametrize(
    ("pauses", "retries", "seconds"),
    (
        ("PT10S", 2, 10),
        ("PT10S,PT20S", 2, 10),
        ("PT10S,PT20S", 1, 20),
        ("PT10S,PT20S", 9, 10),
        ("", 2, 0),
        ("PT10S", 0, 0),
        ("P9999Y", 1, 365 * 24 * 3600),
    ),
)
def test_pause_before_another_attempt_is_the_models_where_the_worker_names_none(harness, pauses, retries, seconds):
    """The model's pauses are those before the last attempts; one beyond the calendar is a year."""
    h = harness(bpmn(f'<serviceTask id="w" bpmgrpc:retryBackoff="{pauses}"/>'))
    h.start()
    job = h.lease("w")

    h.submit(commands.FailJob(job.seq, "token", retries), job.seq, "job")

    assert h.job("w").available_us == h.clock.now_us() + seconds * 1_000_000


def test_pause_that_the_worker_names_goes_before_the_models(harness):
    """A worker may say how long to wait, also not at all."""
    h = harness(bpmn('<serviceTask id="w" bpmgrpc:retryBackoff="PT10S"/>'))
    h.start()
    job = h.lease("w")

    h.submit(commands.FailJob(job.seq, "token", 1, 0), job.seq, "job")

    assert h.job("w").available_us == h.clock.now_us()


def escalated(cancels: str) -> bytes:
    """A job with a boundary event that catches an escalation."""
    caught = (
        f'<boundaryEvent id="b" attachedToRef="w" cancelActivity="{cancels}">'
        + event("escalation", "E1")
        + "</boundaryEvent>"
    )
    body = '<serviceTask id="w"/><userTask id="z"/><userTask id="y"/>'
    return bpmn(body + caught + flows("w -> z", "b -> y"), extra=declared("E1"))


@pytest.mark.parametrize(
    ("cancels", "code", "active", "caught_by"),
    (("true", "E1", ["y"], "b"), ("false", "E1", ["w", "y"], "b"), ("true", "E2", ["w"], None)),
)
def test_escalation_of_a_worker_takes_the_job_away_only_where_an_event_interrupts(
    harness, cancels, code, active, caught_by
):
    """BPMN 2.0.2, 10.5.6: an escalation is not critical; without a catching event the work goes on."""
    h = harness(escalated(cancels))
    h.start()
    job = h.lease("w")

    h.submit(commands.ThrowJobEscalation(job.seq, "token", code, {"late": "true"}), job.seq, "job")

    thrown = next(event for event in h.events if event.type == "ESCALATION_THROWN")
    assert thrown.attributes == {"code": code} | ({"caught_by": caught_by} if caught_by else {})
    assert h.active() == active
    assert h.variables() == ({"late": True} if caught_by else {})
    if "w" in active:
        h.submit(commands.CompleteJob(job.seq, "token"), job.seq, "job")
        assert "z" in h.active()
