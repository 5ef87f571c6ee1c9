"""Start event (BPMN 2.0.2, 10.5.2)."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine import commands
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import compile_process
from bpmgrpc.errors import FailedPrecondition
from tests.support.harness import bpmn, flows, timer
from tests.unit.engine.verdicts import remarks


def findings(content: bytes) -> list[str]:
    """Why a process is refused."""
    compilation = compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS)
    assert compilation.program is None
    return [finding.reason for finding in compilation.findings if finding.verdict.value == "refused"]


def test_start_event_lets_a_token_in(harness):
    """A call starts the instance at its none start event, with the caller's variables."""
    h = harness(bpmn('<startEvent id="s"/><userTask id="a"/>' + flows("s -> a")))

    h.start(x=1)

    assert h.active() == ["a"]
    assert h.variables() == {"x": 1}
    assert h.completed() == ["s"]


def test_start_event_that_comes_first_in_the_file_is_started_by_a_call(harness):
    """Of several none start events the first one starts."""
    h = harness(
        bpmn(
            '<startEvent id="s1"/><startEvent id="s2"/><userTask id="a"/><userTask id="b"/>'
            + flows("s1 -> a", "s2 -> b")
        )
    )

    h.start()

    assert h.active() == ["a"]


def test_process_without_start_event_starts_at_every_node_without_incoming_flow(harness):
    """Where there is no start event, all activities and gateways without incoming flow start; boundary and end events
    do not.
    """
    h = harness(
        bpmn(
            '<userTask id="a"/><task id="b"/><userTask id="c"/><endEvent id="e"/>'
            f'<boundaryEvent id="t" attachedToRef="a">{timer("timeDuration", "PT1H")}</boundaryEvent>' + flows("b -> c")
        )
    )

    h.start()

    assert h.active() == ["a", "c"]
    assert h.root.active == 2


def test_timer_start_event_starts_an_instance_at_itself(harness):
    """A timer's instance starts at the timer start event, not at the none start event."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><startEvent id="t">{timer("timeCycle", "R/PT1H")}</startEvent>'
            '<userTask id="a"/><userTask id="b"/>' + flows("s -> a", "t -> b")
        )
    )

    h.submit(commands.StartInstance(h.root_id, "d-p", start_element_id="t"))

    assert h.active() == ["b"]


def test_process_with_timer_starts_only_cannot_be_started_by_a_call(harness):
    """A call needs a none start event."""
    h = harness(bpmn(f'<startEvent id="t">{timer("timeCycle", "R/PT1H")}</startEvent><task id="b"/>' + flows("t -> b")))

    with pytest.raises(FailedPrecondition) as caught:
        h.start()

    assert caught.value.reason == "NO_NONE_START_EVENT"


def test_timer_start_event_inside_a_sub_process_is_refused():
    """An embedded sub-process is started by its token alone."""
    body = f'<subProcess id="p1"><startEvent id="t">{timer("timeCycle", "R/PT1H")}</startEvent></subProcess>'

    reasons = findings(bpmn(body))

    assert reasons == ["a start event inside of an embedded sub-process has no event definition (BPMN 2.0.2, 10.5.2)"]


def test_process_without_any_start_is_refused():
    """A process needs somewhere to start."""
    reasons = findings(bpmn('<task id="a"/><task id="b"/>' + flows("a -> b", "b -> a")))

    assert reasons == ["the process has no start: no start event, and no flow node without incoming flow"]


INITIATOR = (
    '<startEvent id="s" {0}initiator="starter"/><subProcess id="sub"><startEvent id="i" {0}initiator="inner"/>'
    '<userTask id="a" {0}assignee="${{starter}}"/>' + flows("in1| i -> a") + "</subProcess>" + flows("s -> sub")
)


@pytest.mark.parametrize("prefix", ("camunda:", "bpmgrpc:"))
def test_initiator_is_who_started_the_instance(harness, prefix):
    """A variable of the process; the start event of a sub-process notes nobody, and says so."""
    content = bpmn(INITIATOR.format(prefix))
    h = harness(content)

    h.start()

    assert h.variables() == {"starter": "starter"}
    assert h.task("a").assignee == "starter"
    assert remarks(content) == ["initiator: only the start event of a process notes who started the instance"]


def test_initiator_of_an_instance_that_nobody_started_is_null(harness):
    """An event did; an expression that reads the variable finds it."""
    h = harness(
        bpmn(
            f'<startEvent id="s" camunda:initiator="starter">{timer("timeDuration", "PT1M")}</startEvent>'
            '<userTask id="a"/>' + flows("s -> a")
        )
    )

    h.start_at("s")

    assert h.variables() == {"starter": None}


def test_called_process_has_the_same_initiator(harness):
    """It is started on behalf of whoever started its caller."""
    called = bpmn('<startEvent id="i" camunda:initiator="by"/><userTask id="a"/>' + flows("i -> a"), process="q")
    caller = bpmn('<startEvent id="s"/><callActivity id="c" calledElement="q"/>' + flows("s -> c"))
    h = harness(caller, called)

    h.start()

    assert h.variables(h.row("c").seq) == {"by": "starter"}
