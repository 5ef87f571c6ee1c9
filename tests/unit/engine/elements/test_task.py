"""None task (BPMN 2.0.2, 10.3.3)."""

from __future__ import annotations

from tests.support.harness import bpmn, flows


def test_task_passes_its_token_on(harness):
    """A task without a type does nothing and is done at once."""
    h = harness(bpmn('<startEvent id="s"/><task id="a"/><endEvent id="e"/>' + flows("s -> a", "a -> e")))

    h.start()

    assert h.state == "COMPLETED"
    assert h.completed() == ["s", "a", "e"]
