"""Signal event definition (BPMN 2.0.2, 10.5.6)."""

from __future__ import annotations

import pytest

from bpmgrpc.engine.advance import advance
from bpmgrpc.engine.changes import ThrownSignal
from bpmgrpc.engine.commands import DeliverEvent
from bpmgrpc.engine.process_start import event_starts
from bpmgrpc.engine.state import InstanceState, Root, Snapshot, SubscriptionKind, SubscriptionRow
from tests.support.harness import (
    boundary,
    bpmn,
    catch_event,
    declared,
    event,
    event_sub_process,
    extensions,
    flows,
    throw_event,
    timer,
)
from tests.unit.engine.verdicts import program, refusals

DECLARED = declared("S", "T")
THROW = throw_event("t", event("signal", "S"))


def test_catch_event_waits_for_its_signal(harness):
    """A subscription with the name of the signal is what waits."""
    h = harness(bpmn(catch_event("c", event("signal", "S")) + '<userTask id="a"/>' + flows("c -> a"), extra=DECLARED))

    h.start()
    waiting = h.waiting()
    h.deliver("c")

    assert waiting == [("c", "SIGNAL", "S")]
    assert h.active() == ["a"]
    assert h.waiting() == []


def test_signal_reaches_all_who_wait_in_its_own_instance_at_once(harness):
    """Catch events, boundary events and event sub-processes get the signal with the throw; other names do not."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="a"/>{THROW}<userTask id="z"/><userTask id="h"/><userTask id="b_task"/>'
            + catch_event("c", event("signal", "S"))
            + catch_event("d", event("signal", "T"))
            + '<userTask id="c_task"/>'
            + boundary("b", "h", event("signal", "S"))
            + event_sub_process("es", event("signal", "S"), interrupts=False)
            + flows("s -> a", "s -> c", "s -> d", "s -> h", "a -> t", "t -> z", "c -> c_task", "b -> b_task"),
            extra=DECLARED,
        )
    )

    h.start()
    h.complete("a")

    assert h.active() == ["b_task", "c_task", "d", "es", "es_task", "z"]
    assert h.signals == [ThrownSignal("app", "S", {})]


def test_signal_is_thrown_when_nothing_else_moves(harness):
    """Whoever is on the way to wait for it, on a parallel path, does not miss it."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/>{THROW}<task id="long"/>{catch_event("c", event("signal", "S"))}<userTask id="a"/>'
            + flows("s -> t", "s -> long", "long -> c", "c -> a"),
            extra=DECLARED,
        )
    )

    h.start()

    assert h.active() == ["a"]


@pytest.mark.parametrize("kind", ("intermediateThrowEvent", "endEvent"))
def test_signal_may_cancel_its_thrower(harness, kind):
    """An interrupting event around the thrower takes its token."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><subProcess id="sub"><userTask id="a"/><{kind} id="t">{event("signal", "S")}</{kind}>'
            + flows("n| a -> t")
            + f'</subProcess>{boundary("b", "sub", event("signal", "S"))}<userTask id="z"/>'
            + flows("s -> sub", "b -> z"),
            extra=DECLARED,
        )
    )

    h.start()
    h.complete("a")

    assert h.active() == ["z"]
    assert h.root.active == 1


def test_signal_interrupts_the_scope_that_throws_it(harness):
    """An interrupting event sub-process cancels everything else, the thrower and other receivers included."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="a"/>{THROW}<userTask id="z"/>{catch_event("c", event("signal", "S"))}'
            + event_sub_process("es", event("signal", "S"))
            + flows("s -> a", "s -> c", "a -> t", "t -> z"),
            extra=DECLARED,
        )
    )

    h.start()
    h.complete("a")

    assert h.active() == ["es", "es_task"]
    assert h.waiting() == []
    assert h.root.active == 1


def test_signal_carries_what_the_input_mappings_choose(harness):
    """Its variables come in by the output mappings of those who catch it; where there are none, by their own names."""
    h = harness(
        bpmn(
            '<startEvent id="s"/>'
            + throw_event("t", extensions(inputs=["x + 1 -> y"]) + event("signal", "S"))
            + catch_event("c", event("signal", "S"))
            + catch_event("d", extensions(outputs=["y * 10 -> z"]) + event("signal", "S"))
            + '<userTask id="a"/>'
            + flows("s -> t", "s -> c", "s -> d", "c -> a"),
            extra=DECLARED,
        )
    )

    h.start(x=1)

    assert h.variables() == {"x": 1, "y": 2, "z": 20}
    assert h.signals == [ThrownSignal("app", "S", {"y": "2"})]


def test_signal_name_may_be_an_expression(harness):
    """It is worked out when the event begins to wait."""
    extra = '<signal id="n_signal" name="go-${who}"/>'
    h = harness(bpmn('<startEvent id="s"/>' + catch_event("c", event("signal", "n")) + flows("s -> c"), extra=extra))

    h.start(who="ann")

    assert h.waiting() == [("c", "SIGNAL", "go-ann")]


def test_signal_starts_a_process():
    """A signal start event says which signal starts instances."""
    body = f'<startEvent id="s">{event("signal", "S")}</startEvent><userTask id="a"/>' + flows("s -> a")

    assert event_starts(program(bpmn(body, extra=DECLARED))) == [("s", "SIGNAL", "S", 0, "")]


def test_instance_begins_behind_the_event_that_started_it(harness):
    """What the event brings along comes in by its output mappings."""
    start = f'<startEvent id="s">{extensions(outputs=["n + 1 -> m"])}{event("signal", "S")}</startEvent>'
    h = harness(bpmn(start + '<userTask id="a"/>' + flows("s -> a"), extra=DECLARED))

    h.start_at("s", n=1)

    assert h.active() == ["a"]
    assert h.variables() == {"m": 2}


def test_name_that_reads_variables_is_refused_at_a_start_event():
    """Before there is an instance there are none."""
    extra = '<signal id="n_signal" name="go-${who}"/>'
    body = f'<startEvent id="s">{event("signal", "n")}</startEvent>'

    assert refusals(bpmn(body, extra=extra)) == [
        "the signal of a start event cannot read variables: there are none yet"
    ]


def test_throw_that_fails_is_undone_whole(harness):
    """Where one of the receivers cannot go on as the model says, none has got the signal; the throw is tried again."""
    again = boundary("b", "h", event("signal", "S") + timer("timeDuration", "${t}"), interrupts=False)
    inner = '<userTask id="i1"/>' + event_sub_process("e1", event("signal", "S"))
    body = (
        f'<startEvent id="s"/><userTask id="a"/>{THROW}{throw_event("t2", event("signal", "T"))}<userTask id="h"/>'
        f'<subProcess id="x">{inner}</subProcess>'
        f'<subProcess id="y">{inner.replace("1", "2")}</subProcess><userTask id="z"/><task id="k"/><task id="k2"/>'
        + again.replace("<boundaryEvent", '<boundaryEvent parallelMultiple="true"')
        + flows("s -> x", "s -> y", "s -> k", "k -> k2", "k2 -> h", "s -> a", "a -> t", "a -> t2", "b -> z")
    )
    h = harness(bpmn(body, extra=DECLARED))

    h.start(t="PT1M")
    h.advance_clock(60)
    h.complete("a", t="never")
    failed = (h.active(), [row.reason for row in h.incidents()])
    h.resolve(t="PT2M")

    assert failed == (["h", "i1", "i2", "t", "x", "y"], ["TIMER_ERROR"])
    assert h.active() == ["e1", "e1_task", "e2", "e2_task", "h", "x", "y", "z"]


def test_element_that_ends_at_once_waits_for_nothing_any_more(harness):
    """What it began to wait for in the same command is forgotten with it."""
    inner = f'<startEvent id="i"/><endEvent id="e">{event("escalation", "S")}</endEvent>' + flows("n| i -> e")
    body = f'<startEvent id="s"/><subProcess id="sub">{inner}</subProcess><userTask id="z"/>'
    body += boundary("b", "sub", event("signal", "S")) + boundary("x", "sub", event("escalation"))
    h = harness(bpmn(body + flows("s -> sub", "x -> z"), extra=DECLARED))

    h.start()

    assert h.active() == ["z"]
    assert h.waiting() == []


def test_subscription_of_an_instance_that_does_not_run_gets_nothing():
    """A suspended instance is left as it is."""
    root = Root("r", "d", InstanceState.SUSPENDED, version=1)
    waiting = SubscriptionRow(2, 1, "c", SubscriptionKind.SIGNAL, "app", 0)

    assert advance({}.__getitem__, Snapshot(root=root, subscription=waiting), DeliverEvent(2), 0) is None
