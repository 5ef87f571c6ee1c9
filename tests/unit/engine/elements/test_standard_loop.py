"""Standard loop (BPMN 2.0.2, 10.3.7 and 13.3.6)."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.execution import Limits
from bpmgrpc.engine.program import compile_process
from tests.support.harness import boundary, bpmn, flows, timer


def loop(attributes: str = "", condition: str = "") -> str:
    """A loop marker."""
    inner = f"<loopCondition><![CDATA[{condition}]]></loopCondition>" if condition else ""
    return f"<standardLoopCharacteristics {attributes}>{inner}</standardLoopCharacteristics>"


def process(marker: str, *more: str) -> bytes:
    """A looping user task "m" before the user task "z"."""
    return bpmn(
        f'<startEvent id="s"/><userTask id="m">{marker}</userTask><userTask id="z"/>{"".join(more)}'
        + flows("in| s -> m", "out| m -> z")
    )


def test_loop_runs_again_while_its_condition_is_true(harness):
    """The condition is asked when the activity has ended; each time has its number."""
    h = harness(process(loop(condition="again")))

    h.start(again=True)
    counters = [h.variables(h.task("m").seq)["loopCounter"]]
    h.complete("m")
    counters.append(h.variables(h.task("m").seq)["loopCounter"])
    h.complete("m", again=False)

    assert counters == [1, 2]
    assert h.active() == ["z"]


@pytest.mark.parametrize(("before", "times"), (("true", 0), ("false", 1)))
def test_loop_asks_before_or_after_the_first_time(harness, before, times):
    """TestBefore asks before the activity runs at all."""
    h = harness(process(loop(f'testBefore="{before}"', "false")))

    h.start()

    assert h.open_tasks() == (["z"] if times == 0 else ["m"])


@pytest.mark.parametrize("condition", ("", "true"))
def test_loop_maximum_caps_the_number_of_times(harness, condition):
    """However often the condition would be true."""
    h = harness(process(loop('loopMaximum="3"', condition)))

    h.start()
    for _ in range(3):
        h.complete("m")

    assert h.active() == ["z"]


def test_loop_maximum_of_nought_does_not_run_the_activity(harness):
    """Not once, since a cap is a cap."""
    h = harness(process(loop('loopMaximum="0"', "true")))

    h.start()

    assert h.active() == ["z"]


def test_condition_sees_how_often_the_activity_ran(harness):
    """The counter is a variable."""
    h = harness(process(loop('testBefore="true"', "loopCounter < 2")))

    h.start()
    h.complete("m")
    h.complete("m")

    assert h.active() == ["z"]


def test_boundary_event_cancels_the_loop(harness):
    """It hangs on the loop as a whole."""
    event = boundary("t", "m", timer("timeDuration", "PT1M"))
    h = harness(process(loop(condition="true"), event, '<userTask id="y"/>', flows("f9| t -> y")))

    h.start()
    h.complete("m")
    h.advance_clock(60)

    assert h.active() == ["y"]


def test_loop_that_never_ends_is_stopped_by_the_step_limit(harness):
    """A loop of tasks that never wait is an incident, not a server that hangs."""
    body = f'<task id="m">{loop(condition="true")}</task>'
    h = harness(bpmn(body), limits=Limits(steps=50, steps_per_slice=10))

    h.start()

    assert [(found.element_id, found.reason) for found in h.incidents()] == [("m", "STEP_LIMIT")]


def test_sub_process_loops(harness):
    """Each time is a scope of its own."""
    h = harness(bpmn(f'<subProcess id="m">{loop(condition="again")}<userTask id="a"/></subProcess>'))

    h.start(again=True)
    h.complete("a")
    h.complete("a", again=False)

    assert h.state == "COMPLETED"


def test_called_process_loops(harness):
    """The counter goes into the called process and does not come back."""
    marker = loop('loopMaximum="2"')
    h = harness(
        bpmn(f'<callActivity id="m" calledElement="q">{marker}</callActivity>'), bpmn('<userTask id="a"/>', process="q")
    )

    h.start()
    seen = h.variables(h.rows_by_seq()[h.task("a").seq].scope)
    h.complete("a", new=1)
    h.complete("a")

    assert seen == {"loopCounter": 1}
    assert h.variables() == {"new": 1}
    assert h.state == "COMPLETED"


def test_negative_loop_maximum_is_an_incident(harness):
    """It means nothing; the verdict says so when the process is deployed."""
    content = process(loop('loopMaximum="-1"'))
    h = harness(content)

    h.start()

    verdicts = compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS).findings
    assert [(found.element_id, found.reason) for found in h.incidents()] == [("m", "LOOP_MAXIMUM")]
    assert [found.reason for found in verdicts if found.reason] == [
        "an incident when it is entered: loopMaximum -1 is below 0 (BPMN 2.0.2, table 10.28)"
    ]


def test_loop_maximum_that_is_no_number_is_refused():
    """XML Schema's type of it is integer."""
    graph = parse_file("f.bpmn", process(loop('loopMaximum="many"'))).processes[0]

    compilation = compile_process(graph, ELEMENTS)

    assert [found.reason for found in compilation.findings if found.verdict.value == "refused"] == [
        "loopMaximum has to be a whole number, not 'many' (BPMN 2.0.2, table 10.28)"
    ]


def test_loop_that_no_engine_knows_is_refused():
    """A marker without a class in the registry refuses the activity."""
    graph = parse_file("f.bpmn", process(loop('loopMaximum="1"'))).processes[0]
    others = {name: element for name, element in ELEMENTS.items() if name != "standardLoopCharacteristics"}

    compilation = compile_process(graph, others)

    assert [found.reason for found in compilation.findings if found.verdict.value == "refused"] == [
        "standardLoopCharacteristics does not run in this release"
    ]
