"""Intermediate throw event (BPMN 2.0.2, 10.5.4)."""

from __future__ import annotations

from tests.support.harness import bpmn, flows


def test_none_intermediate_throw_event_passes_its_token_on(harness):
    """A none event marks a place and does nothing."""
    h = harness(
        bpmn('<startEvent id="s"/><intermediateThrowEvent id="m"/><endEvent id="e"/>' + flows("s -> m", "m -> e"))
    )

    h.start()

    assert h.completed() == ["s", "m", "e"]
