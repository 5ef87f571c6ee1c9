"""Suspending an instance holds all that is in it; resuming lets it go on where it was."""

from __future__ import annotations

import pytest

from bpmgrpc.engine import commands
from bpmgrpc.errors import FailedPrecondition
from tests.support.harness import bpmn, catch_event, declared, event, flows, timer

WAITS = bpmn(
    '<startEvent id="s"/><userTask id="u"/><serviceTask id="w"/>'
    + catch_event("timed", timer("timeDuration", "PT1M"))
    + catch_event("told", event("message", "M"))
    + catch_event("seen", event("signal", "S"))
    + catch_event("true", event("conditional", "n > 3"))
    + flows("s -> u", "s -> w", "s -> timed", "s -> told", "s -> seen", "s -> true"),
    extra=declared("M", "S"),
)


def test_suspended_instance_holds_everything(harness):
    """Timers do not fire, jobs cannot be had, messages find nobody, people are refused, conditions are not asked."""
    h = harness(WAITS)
    h.start(n=1)

    plan = h.suspend("audit")
    h.advance_clock(3_600)

    assert (h.state, plan.state, plan.lines) == ("SUSPENDED", "SUSPENDED", ())
    assert h.active() == ["seen", "timed", "told", "true", "u", "w"]
    assert [job.retries for job in h.rows.jobs(h.root_id)] == [-3]
    assert ("told", "HELD_MESSAGE", "M") in h.waiting()
    assert h.events[-1] == ("INSTANCE_SUSPENDED", "", 0, {"reason": "audit"})
    with pytest.raises(FailedPrecondition, match="SUSPENDED"):
        h.complete("u")
    with pytest.raises(FailedPrecondition, match="SUSPENDED"):
        h.suspend()
    assert h.deliver("seen") is None
    h.operate(commands.SetInstanceVariables(0, {"n": "4"}))
    assert "true" in h.active()


def test_resumed_instance_goes_on(harness):
    """What came due in the meantime happens, late; a condition that became true occurs."""
    h = harness(WAITS)
    h.start(n=1)
    h.suspend()
    h.operate(commands.SetInstanceVariables(0, {"n": "4"}))

    h.resume_instance()
    h.advance_clock(60)
    h.deliver("told")
    h.deliver("seen")
    h.complete_job("w")
    h.complete("u")

    assert h.state == "COMPLETED"
    with pytest.raises(FailedPrecondition, match="not SUSPENDED"):
        h.resume_instance()


def test_suspended_instance_can_be_canceled(harness):
    """It ends with all that it held."""
    h = harness(WAITS)
    h.start(n=1)
    h.suspend()

    h.cancel("enough")

    assert (h.state, h.active(), h.timers(), h.waiting()) == ("CANCELED", [], [], [])
    with pytest.raises(FailedPrecondition, match="ACTIVE or SUSPENDED"):
        h.modify(commands.StartBefore("u"))


def test_what_is_started_in_a_suspended_instance_is_held(harness):
    """An operation's tokens wait for the resumption; the scopes around them listen, held like the rest."""
    inside = (
        f'<startEvent id="i"/><userTask id="deep"/>{flows("i -> deep")}<subProcess id="h" triggeredByEvent="true">'
        f'<startEvent id="hs" isInterrupting="false">{timer("timeDuration", "PT1M")}</startEvent></subProcess>'
    )
    body = f'<startEvent id="s"/><userTask id="u"/><subProcess id="sub">{inside}</subProcess>'
    late = f'<boundaryEvent id="b" attachedToRef="sub">{timer("timeDuration", "PT2M")}</boundaryEvent>'
    h = harness(bpmn(body + late + flows("s -> u", "u -> sub")))
    h.start()
    h.suspend()

    plan = h.modify(commands.Move("deep", element_id="u"))
    h.advance_clock(3_600)

    assert [line[:3] for line in plan.lines if line.subject == "TIMER"] == [("TIMER", "CREATED", "b")]
    assert plan.lines[0][:3] == ("ELEMENT", "CREATED", "sub")
    assert (plan.state, plan.more_follows) == ("SUSPENDED", False)
    assert (h.state, h.open_tasks()) == ("SUSPENDED", [])

    h.resume_instance()
    assert (h.state, h.open_tasks()) == ("ACTIVE", ["deep"])
    h.complete("deep")
    assert h.state == "COMPLETED"


def test_modification_that_leaves_nothing_ends_a_suspended_instance(harness):
    """It is CANCELED, as an active one is."""
    h = harness(WAITS)
    h.start(n=1)
    h.suspend()

    h.modify(*(commands.CancelActive(name) for name in ("u", "w", "timed", "told", "seen", "true")))

    assert (h.state, h.root.end_reason) == ("CANCELED", "a modification left nothing active")
