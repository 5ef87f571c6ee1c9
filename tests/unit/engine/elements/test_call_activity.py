"""Call activity (BPMN 2.0.2, 10.3.6)."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.execution import Limits
from bpmgrpc.engine.program import compile_process
from tests.support.harness import boundary, bpmn, error, extensions, flows, timer

CALLED = bpmn('<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>' + flows("s -> a", "a -> e"), process="q")


def caller(attributes: str = 'calledElement="q"', inside: str = "", more: str = "", *more_flows: str) -> bytes:
    """A process with a call activity and a user task behind it."""
    return bpmn(
        f'<startEvent id="s"/><callActivity id="c" {attributes}>{inside}</callActivity><userTask id="z"/>{more}'
        + flows("s -> c", "c -> z", *more_flows)
    )


def test_call_activity_runs_another_process(harness):
    """The called process is an instance of its own within the root instance, and ends with its last token."""
    h = harness(caller(), CALLED)

    h.start()
    running = h.rows.instances(h.root_id)[0]
    task = h.task("a")
    h.complete("a")

    assert (running.definition_id, running.parent_scope, running.state) == ("d-q", 0, "ACTIVE")
    assert (task.instance, task.definition_id) == (running.seq, "d-q")
    ended = h.rows.instances(h.root_id)[0]
    assert (ended.state, ended.end_us, ended.definition_id) == ("COMPLETED", h.clock.now_us(), "d-q")
    assert h.active() == ["z"]
    assert h.task("z").instance == 0


def test_call_activity_without_mappings_hands_everything_over(harness):
    """Without mappings all variables go in by their source text, and all come back."""
    h = harness(caller(), CALLED)

    h.start(x=1, y="why")
    inside = h.variables(h.row("c").seq)
    h.complete("a", x=2, new=3)

    assert inside == {"x": 1, "y": "why"}
    assert h.variables() == {"x": 2, "y": "why", "new": 3}


def test_call_activity_with_mappings_hands_over_what_they_say(harness):
    """Mappings decide what goes in and what comes back."""
    h = harness(caller(inside=extensions(inputs=["x + 1 -> n"], outputs=["n * 2 -> result"])), CALLED)

    h.start(x=1, secret="s")
    inside = h.variables(h.row("c").seq)
    h.complete("a", n=10, other=1)

    assert inside == {"n": 2}
    assert h.variables() == {"x": 1, "secret": "s", "result": 20}


def test_call_activity_obeys_a_model_that_hands_over_all_beside_its_mappings(harness):
    """What a mapping sets wins over what is handed on whole."""
    both = 'calledElement="q" bpmgrpc:propagateAllParentVariables="true" bpmgrpc:propagateAllChildVariables="true"'
    h = harness(caller(both, extensions(inputs=["x + 1 -> x"], outputs=["x -> y"])), CALLED)

    h.start(x=1, k=0)
    inside = h.variables(h.row("c").seq)
    h.complete("a", x=5)

    assert inside == {"x": 2, "k": 0}
    assert h.variables() == {"x": 5, "k": 0, "y": 5}


def test_call_activity_obeys_a_model_that_hands_over_nothing(harness):
    """Nothing goes in or out where the model says so."""
    none = 'calledElement="q" bpmgrpc:propagateAllParentVariables="false" bpmgrpc:propagateAllChildVariables="false"'
    h = harness(caller(none), CALLED)

    h.start(x=1)
    inside = h.variables(h.row("c").seq)
    h.complete("a", y=5)

    assert inside == {}
    assert h.variables() == {"x": 1}


def test_called_process_does_not_see_its_callers_variables(harness):
    """Variables are not visible across the border of a process."""
    script = '<scriptTask id="t" camunda:resultVariable="y"><script>${x}</script></scriptTask>'
    h = harness(caller(inside=extensions(inputs=["1 -> n"])), bpmn(script, process="q"))

    h.start(x=1)

    assert [(incident.reason, incident.element_id) for incident in h.incidents()] == [("EXPRESSION_ERROR", "t")]


def test_call_activity_finds_its_process_by_expression(harness):
    """Name, version and business key may be expressions."""
    attributes = (
        'calledElement="${name}" bpmgrpc:calledElementVersion="${version}" bpmgrpc:businessKey="order ${version}"'
    )
    h = harness(caller(attributes), CALLED)

    h.start(name="q", version=1)

    assert h.rows.instances(h.root_id)[0].business_key == "order 1"
    assert h.task("a").business_key == "order 1"
    assert h.active() == ["a", "c"]


@pytest.mark.parametrize(
    ("attributes", "message"),
    (
        (
            'calledElement="${name}"',
            "call activity 'c': no process 'none' is deployed in application 'app', or it is suspended",
        ),
        (
            'calledElement="q" bpmgrpc:calledElementVersion="7"',
            "call activity 'c': no process 'q' version 7 is deployed in application 'app', or it is suspended",
        ),
        (
            'calledElement="q" bpmgrpc:calledElementVersionTag="blue"',
            "call activity 'c': no process 'q' version tag 'blue' is deployed in application 'app', or it is suspended",
        ),
        ('calledElement="t"', "call activity 'c': process 't' has no none start"),
    ),
)
def test_call_activity_without_a_process_to_call_is_an_incident(harness, attributes, message):
    """What cannot be called waits with an incident that says what was wanted."""
    by_timer = bpmn(f'<startEvent id="s">{timer("timeCycle", "R/PT1H")}</startEvent>', process="t")
    h = harness(caller(attributes), CALLED, by_timer)

    h.start(name="none")

    assert [(incident.reason, incident.message) for incident in h.incidents()] == [
        ("CALLED_PROCESS_NOT_FOUND", message)
    ]
    assert h.rows.instances(h.root_id) == []


def test_call_activity_that_found_no_process_can_be_retried(harness):
    """Once the process can be found the call is made."""
    h = harness(caller('calledElement="${name}"'), CALLED)

    h.start(name="none")
    h.resolve(name="q")
    h.complete("a", x=1)

    assert h.active() == ["z"]
    assert h.variables() == {"name": "q", "x": 1}


def test_call_activity_without_called_element_is_refused():
    """A call activity has to say what it calls."""
    compilation = compile_process(parse_file("f.bpmn", caller("")).processes[0], ELEMENTS)

    assert compilation.program is None
    assert [f.reason for f in compilation.findings if f.verdict.value == "refused"] == [
        "a call activity needs a called element (BPMN 2.0.2, 10.3.6)"
    ]


def test_call_activities_nest(harness):
    """A called process may call another; each is an instance under the one that called it."""
    middle = bpmn('<callActivity id="d" calledElement="r"/>', process="q")
    inner = bpmn('<userTask id="a"/>', process="r")
    h = harness(caller(), middle, inner)

    h.start(x=1)
    instances = h.rows.instances(h.root_id)
    h.complete("a", x=2)

    assert [(row.definition_id, row.parent_scope) for row in instances] == [("d-q", 0), ("d-r", instances[0].seq)]
    assert h.variables() == {"x": 2}
    assert {row.state.value for row in h.rows.instances(h.root_id)} == {"COMPLETED"}


def test_error_crosses_the_borders_of_called_processes(harness):
    """An error of the innermost process is caught at the call activity that has the boundary event."""
    middle = bpmn('<callActivity id="d" calledElement="r"/><userTask id="other"/>', process="q")
    inner = bpmn('<userTask id="a"/><endEvent id="e">' + error("E1") + "</endEvent>" + flows("a -> e"), process="r")
    h = harness(caller('calledElement="q"', "", boundary("er", "c", error("E1")), "er -> z"), middle, inner)

    h.start()
    h.complete("a")

    assert h.active() == ["z"]
    assert {row.state.value for row in h.rows.instances(h.root_id)} == {"CANCELED"}
    assert {task.element_id: task.state.value for task in h.rows.user_tasks(h.root_id)} == {
        "a": "COMPLETED",
        "other": "CANCELED",
        "z": "WAITING",
    }


def test_boundary_timer_cancels_a_call_activity_with_everything_inside(harness):
    """An interrupting timer ends the called instance."""
    more = boundary("t", "c", timer("timeDuration", "PT1M"))
    h = harness(caller('calledElement="q"', "", more, "t -> z"), CALLED)

    h.start(x=1)
    h.advance_clock(60)

    assert h.active() == ["z"]
    assert h.rows.instances(h.root_id)[0].state == "CANCELED"
    assert h.variables() == {"x": 1}


def test_process_that_calls_itself_endlessly_is_an_incident(harness):
    """Endless recursion stops at the depth limit, and the instance can be canceled."""
    h = harness(bpmn('<callActivity id="c" calledElement="p"/>'), limits=Limits(call_depth=30))

    h.start(x=1)
    incidents = h.incidents()
    h.cancel()

    assert [(incident.reason, incident.element_id) for incident in incidents] == [("CALL_DEPTH", "c")]
    assert incidents[0].message == "call activity 'c': processes call each other more than 30 deep"
    assert len(h.rows.instances(h.root_id)) == 30
    assert {row.state.value for row in h.rows.instances(h.root_id)} == {"CANCELED"}


def test_process_that_calls_itself_in_slices_is_an_incident_at_the_step_limit(harness):
    """Where the depth allows more, the step limit stops the recursion, also over many transactions."""
    h = harness(
        bpmn('<startEvent id="s"/><callActivity id="c" calledElement="p"/>' + flows("s -> c")),
        limits=Limits(steps=200, steps_per_slice=7),
    )

    h.start()

    assert [incident.reason for incident in h.incidents()] == ["STEP_LIMIT"]
    h.cancel()
    assert h.state == "CANCELED"


def test_deep_recursion_is_canceled_without_a_deep_stack(harness):
    """A thousand calls within calls are canceled in one command."""
    h = harness(bpmn('<callActivity id="c" calledElement="p"/>'))

    h.start()
    h.cancel()

    assert len(h.rows.instances(h.root_id)) == 1000
    assert h.active() == []


def test_call_activity_whose_outputs_fail_waits_in_its_called_scope(harness):
    """The called process has ended; leaving the call can be tried again after its variables were repaired."""
    h = harness(caller(inside=extensions(outputs=["n + 1 -> out"])), CALLED)

    h.start(n="one")
    h.complete("a")
    incident = h.incidents()[0]
    instance = h.rows.instances(h.root_id)[0]
    h.resolve(n=1)

    assert (incident.reason, incident.element_id, incident.instance) == ("EXPRESSION_ERROR", "c", 0)
    assert instance.state == "ACTIVE"
    assert h.rows.instances(h.root_id)[0].state == "COMPLETED"
    assert h.variables() == {"n": "one", "out": 2}


def test_call_activity_hands_over_large_values_and_many_variables(harness):
    """Values too large to be loaded with the state, and more variables than are, go in and come back whole."""
    h = harness(caller(), CALLED)
    many = {f"v{number}": number for number in range(300)}

    h.start(big="x" * 5000, **many)
    h.complete("a", small=1)

    assert h.variables() == {"big": "x" * 5000, **many, "small": 1}
