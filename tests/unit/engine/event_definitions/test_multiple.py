"""Events with several event definitions (BPMN 2.0.2, 10.5.1 and 10.5.4)."""

from __future__ import annotations

import pytest

from bpmgrpc.engine.changes import ThrownMessage, ThrownSignal
from bpmgrpc.engine.process_start import event_starts
from bpmgrpc.engine.start_timers import start_timers
from bpmgrpc.errors import FailedPrecondition
from tests.support.harness import (
    boundary,
    bpmn,
    catch_event,
    declared,
    error,
    event,
    event_sub_process,
    flows,
    throw_event,
    timer,
)
from tests.unit.engine.verdicts import program, refusals

DECLARED = declared("M", "S", "E")
BOTH = event("message", "M") + event("signal", "S")
ALL = ' parallelMultiple="true"'
MINUTE = timer("timeDuration", "PT1M")


def waiting_for(definitions: str, attributes: str = "") -> bytes:
    """A process that waits for an event and goes on with the task "z"."""
    body = f'<startEvent id="s"/>{catch_event("c", definitions, attributes)}<userTask id="z"/>'
    return bpmn(body + flows("s -> c", "c -> z"), extra=DECLARED)


@pytest.mark.parametrize("name", ("M", "S"))
def test_event_with_several_definitions_occurs_with_any_of_them(harness, name):
    """The others are waited for no more."""
    h = harness(waiting_for(BOTH + MINUTE + event("conditional", "x > 1")))

    h.start()
    waiting = h.waiting()
    h.deliver(name)

    assert waiting == [("c", "MESSAGE", "M"), ("c", "SIGNAL", "S"), ("c", "CONDITION", "")]
    assert h.active() == ["z"]
    assert h.timers() == h.waiting() == []


def test_parallel_multiple_event_occurs_when_all_of_its_definitions_have(harness):
    """In whatever order; what each brings along is kept at once."""
    h = harness(waiting_for(BOTH + MINUTE + event("conditional", "y == 2"), ALL))

    h.start()
    h.deliver("S", x=1)
    h.advance_clock(60)
    h.deliver("M", y=2)

    assert h.active() == ["z"]
    assert h.variables() == {"x": 1, "y": 2}
    assert h.timers() == h.waiting() == []


def test_parallel_multiple_event_waits_for_what_is_missing(harness):
    """A definition that has occurred does not occur again."""
    h = harness(waiting_for(BOTH + MINUTE, ALL))

    h.start()
    h.advance_clock(60)
    h.deliver("S")

    assert h.active() == ["c"]
    assert h.waiting() == [("c", "MESSAGE", "M")]


def test_parallel_multiple_boundary_event_waits_anew_after_it_occurred(harness):
    """One that does not interrupt may occur again when all of its definitions have once more."""
    beside = boundary("b", "h", BOTH, interrupts=False).replace("<boundaryEvent", f"<boundaryEvent{ALL}")
    other = boundary("o", "h", event("signal", "E"), interrupts=False)
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="h"/>{beside}{other}<userTask id="z"/><userTask id="y"/>'
            + flows("s -> h", "b -> z", "o -> y"),
            extra=DECLARED,
        )
    )

    h.start()
    for name in ("M", "S", "M", "S"):
        h.deliver(name)

    assert h.open_tasks() == ["h", "z", "z"]
    h.complete("h")
    assert h.waiting() == []


def test_cycle_of_a_parallel_multiple_event_counts_once(harness):
    """As one of several it occurs once; its cycle begins anew when all have occurred."""
    beside = boundary("b", "h", timer("timeCycle", "R3/PT10S") + event("signal", "S"), interrupts=False)
    body = f'<startEvent id="s"/><userTask id="h"/>{beside.replace("<boundaryEvent", f"<boundaryEvent{ALL}")}'
    h = harness(bpmn(f'{body}<userTask id="z"/>' + flows("s -> h", "b -> z"), extra=DECLARED))

    h.start()
    h.advance_clock(25)
    once = (h.timers(), h.waiting())
    h.deliver("S")

    assert once == ([], [("b", "SIGNAL", "S")])
    assert h.open_tasks() == ["h", "z"]
    assert h.timers() == [("b", 10.0)]


def test_event_sub_process_may_have_several_definitions(harness):
    """An error interrupts, whatever the event says of the others."""
    inner = event_sub_process("es", event("escalation", "E") + error("X") + MINUTE, interrupts=False)
    body = f'<startEvent id="s"/><userTask id="a"/><endEvent id="e">{error("X")}</endEvent><userTask id="b"/>{inner}'
    h = harness(bpmn(body + flows("s -> a", "s -> b", "a -> e"), extra=DECLARED))

    h.start()
    h.complete("a")

    assert h.active() == ["es", "es_task"]
    assert h.timers() == []


def test_throwing_event_throws_all_of_its_definitions(harness):
    """Those that may end the scope are thrown last."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/>{throw_event("t", BOTH + event("escalation", "E"))}'
            f'<endEvent id="e"><terminateEventDefinition/>{BOTH}{error("X")}</endEvent>' + flows("s -> t", "t -> e"),
            extra=DECLARED,
        )
    )

    h.start()

    assert h.messages == [ThrownMessage("app", "M", "", {})] * 2
    assert h.signals == [ThrownSignal("app", "S", {})] * 2
    assert h.state == "FAILED"


def test_several_definitions_start_a_process_each_by_itself():
    """Each message, signal or time starts an instance of its own."""
    made = program(bpmn(f'<startEvent id="s">{BOTH}{MINUTE}</startEvent>', extra=DECLARED))

    assert [(start.name, start.part) for start in event_starts(made)] == [("M", 0), ("S", 1)]
    assert [name for name, _ in start_timers(made, 0)] == ["s"]


@pytest.mark.parametrize(("x", "y", "starts"), ((2, 2, True), (2, 1, False), (1, 2, False)))
def test_call_starts_where_all_of_several_conditions_are_true(harness, x, y, starts):
    """Of a parallel multiple start event all have to be."""
    conditions = event("conditional", "x > 1") + event("conditional", "y > 1")
    h = harness(bpmn(f'<startEvent id="s"{ALL}>{conditions}</startEvent><userTask id="z"/>' + flows("s -> z")))

    if starts:
        h.start(x=x, y=y)
        assert h.active() == ["z"]
    else:
        with pytest.raises(FailedPrecondition):
            h.start(x=x, y=y)


def test_call_does_not_start_what_waits_for_a_message_too(harness):
    """A true condition alone is not enough."""
    both = event("message", "M") + event("conditional", "x > 1")
    h = harness(
        bpmn(f'<startEvent id="s"{ALL}>{both}</startEvent><userTask id="z"/>' + flows("s -> z"), extra=DECLARED)
    )

    with pytest.raises(FailedPrecondition):
        h.start(x=2)


@pytest.mark.parametrize(
    ("body", "reason"),
    (
        (
            f'<startEvent id="s">{MINUTE}{MINUTE}</startEvent>',
            "a start event has one timer at most: draw another start event",
        ),
        (
            '<userTask id="h"/>'
            + boundary("b", "h", event("message", "M") + error("X")).replace("<boundaryEvent", f"<boundaryEvent{ALL}"),
            "a parallel multiple event waits for messages, signals, timers and conditions only",
        ),
    ),
)
def test_combination_that_cannot_run_is_refused(body, reason):
    """The rule is named."""
    assert refusals(bpmn(body, extra=DECLARED)) == [reason]


def test_definition_of_an_unknown_type_is_refused():
    """A misspelt definition is no reason to leave the event without one."""
    assert refusals(bpmn('<startEvent id="s"/>' + throw_event("t", "<signallEventDefinition/>"))) == [
        "signallEventDefinition does not run in this release"
    ]
