"""Parallel gateway (BPMN 2.0.2, 10.6.4)."""

from __future__ import annotations

from bpmgrpc.engine.execution import Limits
from tests.support.harness import bpmn, flows


def test_parallel_gateway_forks_and_joins(harness):
    """A parallel gateway sends a token out by every flow, and waits for a token on every incoming flow."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><parallelGateway id="p"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
            '<parallelGateway id="j"/><userTask id="d"/>'
            + flows("s -> p", "p -> a", "p -> b", "p -> c", "a -> j", "b -> j", "c -> j", "j -> d")
        )
    )

    h.start()
    forked = h.active()
    h.complete("b")
    h.complete("a")
    waiting = h.active()
    h.complete("c")

    assert forked == ["a", "b", "c"]
    assert waiting == ["(j)", "c"]
    assert h.active() == ["d"]
    assert h.root.active == 1


def test_parallel_gateway_keeps_tokens_in_excess_at_their_flow(harness):
    """Two tokens at one flow do not make up for none at the other; the second waits for the next time."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/><userTask id="c"/>'
            + flows("s -> a", "two| s -> a", "s -> b", "ja| a -> j", "jb| b -> j", "j -> c")
        )
    )

    h.start()
    h.complete("a")
    h.complete("a")
    only_one_flow = h.row("j").data
    h.complete("b")

    assert only_one_flow == {"tokens": {"ja": 2}}
    assert h.row("j").data == {"tokens": {"ja": 1}}
    assert h.active() == ["(j)", "c"]
    assert h.root.active == 2


def test_parallel_gateway_that_is_never_reached_by_all_flows_waits(harness):
    """An unbalanced join waits for ever, and the instance is still there to be canceled."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><exclusiveGateway id="x" default="d"/><parallelGateway id="j"/><endEvent id="e"/>'
            '<task id="a"/>' + flows("s -> x", "d| x -> j", "x -> a: 1 > 2", "a -> j", "j -> e")
        )
    )

    h.start()
    waiting = h.active()
    h.cancel()

    assert waiting == ["(j)"]
    assert h.state == "CANCELED"
    assert h.active() == []


def test_parallel_gateway_loops_through_its_join(harness):
    """A join fires again in each round of a loop."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><exclusiveGateway id="m"/><parallelGateway id="p"/><userTask id="a"/>'
            '<userTask id="b"/><parallelGateway id="j"/><exclusiveGateway id="x" default="out"/><endEvent id="e"/>'
            + flows(
                "s -> m", "m -> p", "p -> a", "p -> b", "a -> j", "b -> j", "j -> x", "x -> m: again", "out| x -> e"
            )
        )
    )

    h.start(again=True)
    for again in (True, True, False):
        h.complete("a")
        h.complete("b", again=again)

    assert h.state == "COMPLETED"
    assert h.completed().count("j") == 3


def test_parallel_gateway_does_not_ask_conditions(harness):
    """Conditions behind a parallel gateway have no effect."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><parallelGateway id="p"/><userTask id="a"/><userTask id="b"/>'
            + flows("s -> p", "p -> a: 1 > 2", "p -> b")
        )
    )

    h.start()

    assert h.active() == ["a", "b"]


def test_parallel_gateway_stopped_by_the_step_limit_still_joins(harness):
    """A token that the step limit stops just before a join waits there for the others once it goes on."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="a"/><parallelGateway id="j"/><userTask id="b"/><endEvent id="e"/>'
            + flows("s -> a", "s -> b", "b -> j", "a -> j", "j -> e")
        ),
        limits=Limits(steps=3),
    )

    h.start()
    h.limits = Limits(steps=1)
    h.complete("a")
    stopped = [(incident.reason, incident.element_id) for incident in h.incidents()]
    h.limits = Limits()
    h.resolve()

    assert stopped == [("STEP_LIMIT", "j")]
    assert h.active() == ["(j)", "b"]
    h.complete("b")
    assert h.state == "COMPLETED"
