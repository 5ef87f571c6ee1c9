"""End event (BPMN 2.0.2, 10.5.3)."""

from __future__ import annotations

from tests.support.harness import bpmn, flows


def test_end_event_ends_its_token_only(harness):
    """With several end events the instance is complete when the last token has ended."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><parallelGateway id="g"/><userTask id="a"/><userTask id="b"/>'
            '<endEvent id="e1"/><endEvent id="e2"/>' + flows("s -> g", "g -> a", "g -> b", "a -> e1", "b -> e2")
        )
    )

    h.start()
    h.complete("a")
    between = h.state
    h.complete("b")

    assert between == "ACTIVE"
    assert h.state == "COMPLETED"
    assert h.completed()[-2:] == ["b", "e2"]


def test_node_without_outgoing_flow_ends_its_token(harness):
    """An end event may be left out: a token ends where no sequence flow leads on (BPMN 2.0.2, 10.3)."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><task id="a"/><exclusiveGateway id="g"/><inclusiveGateway id="i"/>'
            + flows("s -> a", "s -> g", "s -> i")
        )
    )

    h.start()

    assert h.state == "COMPLETED"
