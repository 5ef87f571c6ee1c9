"""Incidents: failures are kept where they happened, and can be tried again."""

from __future__ import annotations

import pytest

from bpmgrpc.engine import commands
from bpmgrpc.engine.events import EventType
from bpmgrpc.errors import FailedPrecondition
from tests.support.harness import boundary, bpmn, extensions, flows, timer

STUCK = bpmn(
    '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><exclusiveGateway id="x"/><userTask id="z"/>'
    + flows("s -> a", "s -> b", "a -> x", "x -> z: n > 3")
)


def test_incident_keeps_the_steps_that_were_done(harness):
    """The command that met the failure succeeds: the task is completed, its variables stay, the others live on."""
    h = harness(STUCK)

    h.start(n=1)
    h.complete("a", seen=True)

    assert h.state == "ACTIVE"
    assert h.active() == ["b", "x"]
    assert h.variables() == {"n": 1, "seen": True}
    incident = h.incidents()[0]
    assert (incident.element_seq, incident.instance, incident.definition_id) == (h.row("x").seq, 0, "d-p")
    assert (incident.create_us, incident.open, incident.resolve_us) == (h.clock.now_us(), True, None)


def test_incident_is_closed_by_the_attempt_that_resolves_it(harness):
    """Resolving sets the variables, closes the incident and takes the failed step again."""
    h = harness(STUCK)

    h.start(n=1)
    h.complete("a")
    h.clock.advance(5)
    h.resolve(n=4)

    assert h.active() == ["b", "z"]
    assert h.rows.incidents(h.root_id)[0].resolve_us == h.clock.now_us()
    kinds = [event.type for event in h.events if event.type in (EventType.INCIDENT_RAISED, EventType.INCIDENT_RESOLVED)]
    assert kinds == ["INCIDENT_RAISED", "INCIDENT_RESOLVED"]


def test_incident_that_fails_again_is_a_new_one(harness):
    """An attempt that fails closes the old incident and opens another at the same element."""
    h = harness(STUCK)

    h.start(n=1)
    h.complete("a")
    h.resolve(n=2)

    first, second = h.rows.incidents(h.root_id)
    assert (first.open, second.open) == (False, True)
    assert first.element_seq == second.element_seq
    assert h.root.open_incidents == 1


def test_resolved_incident_cannot_be_resolved_again(harness):
    """It is resolved already."""
    h = harness(STUCK)
    h.start(n=1)
    h.complete("a")
    seq = h.incidents()[0].seq
    h.resolve(n=4)

    with pytest.raises(FailedPrecondition) as caught:
        h.submit(commands.ResolveIncident(seq), seq, "incident")

    assert caught.value.reason == "INCIDENT_RESOLVED"


def test_incident_of_an_ended_instance_is_closed(harness):
    """A canceled instance has no open incidents, and they cannot be resolved."""
    h = harness(STUCK)
    h.start(n=1)
    h.complete("a")
    seq = h.incidents()[0].seq

    h.cancel()

    assert h.root.open_incidents == 0
    with pytest.raises(FailedPrecondition):
        h.submit(commands.ResolveIncident(seq), seq, "incident")


def test_incident_while_leaving_is_tried_again_without_repeating_the_work(harness):
    """Where an output mapping fails the task stays completed; only leaving it is tried again."""
    h = harness(
        bpmn(f'<userTask id="a">{extensions(outputs=["n + 1 -> m"])}</userTask><userTask id="z"/>' + flows("a -> z"))
    )

    h.start(n="one")
    h.complete("a", n="two")
    failed = (h.active(), h.open_tasks(), h.variables(h.row("a").seq))
    h.resolve(n=1)

    assert failed == (["a"], [], {"n": "two"})
    assert h.active() == ["z"]
    assert h.variables() == {"n": "one", "m": 2}


def test_incident_while_leaving_by_a_condition_undoes_the_output_mappings(harness):
    """A step is taken whole or not at all: where no flow is true nothing of leaving is done."""
    h = harness(
        bpmn(
            f'<userTask id="a">{extensions(outputs=["1 -> done"])}</userTask><userTask id="z"/>'
            + flows("a -> z: n > 3")
        )
    )

    h.start(n=1)
    h.complete("a")
    failed = h.variables()
    h.resolve(n=4)

    assert failed == {"n": 1}
    assert h.variables() == {"n": 4, "done": 1}


def test_incident_in_a_half_done_step_leaves_nothing(harness):
    """A sub-process whose boundary timer cannot be scheduled was not entered: nothing of it is left."""
    h = harness(
        bpmn(
            f'<subProcess id="sub">{extensions(inputs=["1 -> n"])}<userTask id="a"/><serviceTask id="w"/></subProcess>'
            + boundary("ok", "sub", timer("timeDuration", "PT1M"))
            + boundary("t", "sub", timer("timeDuration", "${wait}"))
        )
    )

    h.start(wait="soon")
    failed = (h.active(), h.timers(), h.rows.user_tasks(h.root_id), h.rows.jobs(h.root_id), h.rows.variables(h.root_id))
    h.resolve(wait="PT2M")

    assert failed == (["sub"], [], [], [], {(0, "wait"): '"soon"'})
    assert h.active() == ["a", "sub", "w"]
    assert h.timers() == [("ok", 60.0), ("t", 120.0)]


def test_incidents_of_several_branches_are_kept_apart(harness):
    """Each failed token waits by itself."""
    h = harness(
        bpmn(
            '<exclusiveGateway id="x"/><exclusiveGateway id="y"/><userTask id="z"/>'
            + flows("x -> z: n > 1", "y -> z: n > 2")
        )
    )

    h.start(n=0)
    first = [incident.element_id for incident in h.incidents()]
    h.resolve(n=3)
    second = [incident.element_id for incident in h.incidents()]
    h.resolve()

    assert (first, second) == (["x", "y"], ["y"])
    assert h.active() == ["z", "z"]


def test_incident_message_holds_no_nul(harness):
    """A message that quotes a variable with NUL can be kept by every database."""
    h = harness(bpmn('<callActivity id="c" calledElement="${name}"/>'))

    h.start(name="a\0b")

    assert "\0" not in h.incidents()[0].message


def test_incident_element_that_was_never_entered_is_canceled_without_a_trace(harness):
    """Canceling an element whose entering failed takes back nothing that was never set up."""
    h = harness(bpmn('<userTask id="a" camunda:assignee="${who}"/><serviceTask id="w" bpmgrpc:jobType="${who}"/>'))

    h.start(who=[])
    before = len(h.incidents())
    changes = h.cancel()

    assert before == 2
    assert (changes.cancel_user_tasks, changes.delete_jobs) == ([], [])
    assert h.rows.user_tasks(h.root_id) == []
