"""Send task (BPMN 2.0.2, 10.3.3)."""

from __future__ import annotations

from tests.support.harness import bpmn, flows


def test_send_task_is_served_by_a_worker(harness):
    """A worker sends the message."""
    h = harness(bpmn('<startEvent id="s"/><sendTask id="w" bpmgrpc:jobType="mail"/>' + flows("s -> w")))

    h.start()
    type_ = h.job("w").type
    h.complete_job("w")

    assert type_ == "mail"
    assert h.state == "COMPLETED"
