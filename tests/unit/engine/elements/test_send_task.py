"""Send task (BPMN 2.0.2, 10.3.3)."""

from __future__ import annotations

from bpmgrpc.engine.changes import ThrownMessage
from tests.support.harness import bpmn, extensions, flows


def test_send_task_is_served_by_a_worker(harness):
    """A worker sends the message."""
    h = harness(bpmn('<startEvent id="s"/><sendTask id="w" bpmgrpc:jobType="mail"/>' + flows("s -> w")))

    h.start()
    type_ = h.job("w").type
    h.complete_job("w")

    assert type_ == "mail"
    assert h.state == "COMPLETED"


def test_send_task_that_loops_sends_what_its_mappings_choose(harness):
    """Not what each instance has of its own besides: its number and its item."""
    each = '<multiInstanceLoopCharacteristics camunda:collection="items" camunda:elementVariable="item"/>'
    send = f'<sendTask id="t" messageRef="m">{extensions(inputs=["item * 2 -> double", "1 -> a.b"])}{each}</sendTask>'
    flow = '<collaboration id="c"><messageFlow id="f" sourceRef="t" targetRef="x"/></collaboration>'
    content = bpmn(f'<startEvent id="s"/>{send}' + flows("s -> t"), extra='<message id="m" name="M"/>' + flow)
    h = harness(content)

    h.start(items=[1, 2])

    assert h.messages == [
        ThrownMessage("app", "M", "", {"double": "2", "a": '{"b":1}'}),
        ThrownMessage("app", "M", "", {"double": "4", "a": '{"b":1}'}),
    ]
