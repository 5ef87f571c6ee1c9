"""Event-based gateway (BPMN 2.0.2, 10.6.6 and 13.4.4)."""

from __future__ import annotations

import pytest

from bpmgrpc.engine.process_start import event_starts
from tests.support.harness import bpmn, catch_event, declared, event, extensions, flows, timer
from tests.unit.engine.verdicts import program, refusals

DECLARED = declared("M", "S")


def gateway(attributes: str = "", *, start: bool = True) -> bytes:
    """A gateway that waits for a message, a signal, a time, a condition and a receive task."""
    events = (
        catch_event("m", extensions(outputs=["x -> y"]) + event("message", "M"))
        + catch_event("g", event("signal", "S"))
        + (catch_event("t", timer("timeDuration", "PT1M")) + catch_event("c", event("conditional", "n > 1")))
        + '<receiveTask id="r" messageRef="M_message"/>'
    )
    names = ("m", "g", "t", "c", "r")
    body = f'<eventBasedGateway id="gw"{attributes}/>{events}' + "".join(f'<userTask id="{n}_task"/>' for n in names)
    links = [*(f"gw -> {n}" for n in names), *(f"{n} -> {n}_task" for n in names)]
    if start:
        body, links = f'<startEvent id="s"/><userTask id="a"/>{body}', ["s -> gw", "s -> a", *links]
    return bpmn(body + flows(*links), extra=DECLARED)


def test_gateway_waits_for_all_the_events_behind_it(harness):
    """One element instance waits; the events are entered when they occur."""
    h = harness(gateway())

    h.start()

    assert h.active() == ["a", "gw"]
    assert h.timers() == [("t", 60.0)]
    assert [name for name, _, _ in h.waiting()] == ["m", "g", "c", "r"]


@pytest.mark.parametrize("name", ("m", "g", "r"))
def test_first_event_that_occurs_decides(harness, name):
    """The others are waited for no more."""
    h = harness(gateway())

    h.start()
    h.deliver(name, x=1)

    assert h.active() == ["a", f"{name}_task"]
    assert h.timers() == h.waiting() == []
    assert h.variables() == ({"y": 1} if name == "m" else {"x": 1})
    assert h.completed() == ["s", "gw", name]


def test_time_decides(harness):
    """A timer that fires is an event as any other."""
    h = harness(gateway())

    h.start()
    h.advance_clock(60)

    assert h.active() == ["a", "t_task"]
    assert h.waiting() == []


def test_condition_decides(harness):
    """It is evaluated when variables change."""
    h = harness(gateway())

    h.start()
    h.complete("a", n=2)

    assert h.active() == ["c_task"]
    assert h.timers() == []


@pytest.mark.parametrize(
    ("attributes", "left"),
    (
        (' instantiate="true"', ["m_task"]),
        (' instantiate="true" eventGatewayType="Parallel"', ["c", "g", "m_task", "r", "t"]),
    ),
)
def test_gateway_that_instantiates_begins_behind_the_event_that_came(harness, attributes, left):
    """A parallel one waits for the other events too; an exclusive one leaves them to other instances."""
    content = gateway(attributes, start=False)
    h = harness(content)

    h.start_at("m", x=1)

    assert h.active() == left
    assert h.variables() == {"y": 1}


@pytest.mark.parametrize(("kind", "gateway_id"), (("Exclusive", ""), ("Parallel", "gw")))
def test_messages_and_signals_behind_a_gateway_that_instantiates_start_the_process(kind, gateway_id):
    """A call cannot start it. Where all of them are waited for they say so."""
    made = program(gateway(f' instantiate="true" eventGatewayType="{kind}"', start=False))

    assert [(start.element_id, start.kind.value, start.gateway_id) for start in event_starts(made)] == [
        ("m", "MESSAGE", gateway_id),
        ("g", "SIGNAL", gateway_id),
        ("r", "MESSAGE", gateway_id),
    ]
    assert made.starts == ()


def test_parallel_gateway_that_does_not_instantiate_is_refused():
    """BPMN allows the parallel kind at the start of a process only."""
    assert refusals(gateway(' eventGatewayType="Parallel"')) == [
        "a parallel event-based gateway has to instantiate (BPMN 2.0.2, 10.6.6)"
    ]


def test_gateway_whose_target_cannot_be_waited_for_compiles_no_listener():
    """What stands behind it is for the structural rules to judge; the compiler does not fail."""
    made = program(bpmn('<startEvent id="s"/><eventBasedGateway id="gw"/><task id="t"/>' + flows("s -> gw", "gw -> t")))

    assert not made.nodes["gw"].has_timers
