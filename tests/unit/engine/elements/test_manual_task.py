"""Manual task (BPMN 2.0.2, 10.3.4)."""

from __future__ import annotations

from tests.support.harness import bpmn, flows


def test_manual_task_is_done_at_once(harness):
    """The engine cannot see what people do without it, so it does not wait for them."""
    h = harness(bpmn('<startEvent id="s"/><manualTask id="a"/><endEvent id="e"/>' + flows("s -> a", "a -> e")))

    h.start()

    assert h.state == "COMPLETED"
    assert h.completed() == ["s", "a", "e"]
