"""Intermediate catch event (BPMN 2.0.2, 10.5.4)."""

from __future__ import annotations

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import compile_process
from tests.support.harness import bpmn, extensions, flows, timer


def waiting(definition: str, inside: str = "") -> bytes:
    """A process that waits at an intermediate event."""
    return bpmn(
        f'<startEvent id="s"/><intermediateCatchEvent id="w">{inside}{definition}</intermediateCatchEvent>'
        '<userTask id="a"/>' + flows("s -> w", "w -> a")
    )


def test_intermediate_timer_event_waits_for_its_time(harness):
    """The token goes on when the time has come, and not before."""
    h = harness(waiting(timer("timeDuration", "PT1H")))

    h.start()
    h.advance_clock(3599)
    before = h.active()
    h.advance_clock(1)

    assert before == ["w"]
    assert h.active() == ["a"]
    assert h.timers() == []


def test_intermediate_timer_event_reads_its_input_mappings(harness):
    """Its time may come from a variable of its own."""
    h = harness(waiting(timer("timeDuration", "${wait}"), extensions(inputs=["long -> wait"])))

    h.start(long="PT5M")

    assert h.timers() == [("w", 300.0)]


def test_intermediate_timer_event_that_cannot_be_left_fires_once(harness):
    """Where its output mappings fail the timer is gone, and leaving can be tried again."""
    h = harness(waiting(timer("timeDuration", "PT1M"), extensions(outputs=["x + 1 -> y"])))

    h.start(x="one")
    h.advance_clock(60)
    failed = (h.active(), h.timers(), len(h.incidents()))
    h.advance_clock(60)
    h.resolve(x=1)

    assert failed == (["w"], [], 1)
    assert h.active() == ["a"]
    assert len(h.rows.incidents(h.root_id)) == 1


def test_intermediate_timer_event_is_canceled_with_its_instance(harness):
    """Its timer goes with it."""
    h = harness(waiting(timer("timeDuration", "PT1M")))

    h.start()
    h.cancel()

    assert h.timers() == []


def test_intermediate_catch_event_without_definition_is_refused():
    """It has to wait for something."""
    compilation = compile_process(parse_file("f.bpmn", waiting("")).processes[0], ELEMENTS)

    assert compilation.program is None
    assert [f.reason for f in compilation.findings if f.verdict.value == "refused"] == [
        "an intermediate catch event needs an event definition (BPMN 2.0.2, table 10.93)"
    ]
