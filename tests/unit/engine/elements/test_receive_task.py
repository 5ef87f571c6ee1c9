"""Receive task (BPMN 2.0.2, 10.3.3)."""

from __future__ import annotations

from bpmgrpc.engine.process_start import event_starts
from tests.support.harness import boundary, bpmn, declared, extensions, flows, timer
from tests.unit.engine.verdicts import program, refusals, remarks

DECLARED = declared("M")


def test_receive_task_waits_for_its_message(harness):
    """Output mappings choose from what the message carries."""
    task = f'<receiveTask id="r" messageRef="M_message">{extensions(outputs=["x + 1 -> y"])}</receiveTask>'
    h = harness(bpmn(f'<startEvent id="s"/>{task}<userTask id="a"/>' + flows("s -> r", "r -> a"), extra=DECLARED))

    h.start()
    waiting = h.waiting()
    h.deliver("r", x=1)

    assert waiting == [("r", "MESSAGE", "M")]
    assert h.active() == ["a"]
    assert h.variables() == {"y": 2}


def test_boundary_event_of_a_receive_task_ends_the_wait(harness):
    """The subscription goes with the task."""
    body = '<startEvent id="s"/><receiveTask id="r" messageRef="M_message"/><userTask id="z"/>'
    body += boundary("b", "r", timer("timeDuration", "PT1M"))
    h = harness(bpmn(body + flows("s -> r", "b -> z"), extra=DECLARED))

    h.start()
    h.advance_clock(60)

    assert h.active() == ["z"]
    assert h.waiting() == []


def test_correlation_key_sees_what_input_mappings_made(harness):
    """The key is worked out in the task's own scope."""
    task = f'<receiveTask id="r" messageRef="M_message">{extensions(inputs=["n -> k"])}</receiveTask>'
    h = harness(bpmn(f'<startEvent id="s"/>{task}' + flows("s -> r"), extra=declared("M", correlation="=k")))

    h.start(n=5)

    assert [row.key for row in h.rows.subscriptions(h.root_id)] == ["5"]


def test_receive_task_that_instantiates_starts_its_process(harness):
    """The instance begins with the message received."""
    content = bpmn(
        '<receiveTask id="r" messageRef="M_message" instantiate="true"/><userTask id="a"/>' + flows("r -> a"),
        extra=DECLARED,
    )
    h = harness(content)

    h.start_at("r", x=1)

    assert event_starts(program(content)) == [("r", "MESSAGE", "M", 0, "")]
    assert program(content).starts == ()
    assert h.active() == ["a"]
    assert h.variables() == {"x": 1}


def test_receive_task_without_a_message_waits_for_one_of_its_own_id(harness):
    """The verdict says so."""
    content = bpmn('<startEvent id="s"/><receiveTask id="r"/>' + flows("s -> r"))
    h = harness(content)

    h.start()

    assert h.waiting() == [("r", "MESSAGE", "r")]
    assert remarks(content) == ["it names no message: it waits for one of the name 'r'"]


def test_message_name_that_cannot_be_read_is_refused():
    """It may hold expressions."""
    extra = '<message id="M_message" name="${a"/>'
    (reason,) = refusals(bpmn('<receiveTask id="r" messageRef="M_message"/>', extra=extra))

    assert reason.startswith("the message name '${a' cannot be read")
