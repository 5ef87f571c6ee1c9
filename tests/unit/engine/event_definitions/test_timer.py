"""Timer event definition (BPMN 2.0.2, 10.5.6), and the timers by which a process starts itself."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.event_definitions.timer import Due
from bpmgrpc.engine.program import compile_process
from bpmgrpc.engine.start_timers import next_start, start_timers
from tests.support.harness import bpmn, flows, timer

NOW_US = 1_704_067_200_000_000  # 2024-01-01T00:00:00Z
HOUR_US = 3_600_000_000


def waits(kind: str, text: str) -> bytes:
    """A process that waits for a time."""
    return bpmn(f'<intermediateCatchEvent id="w">{timer(kind, text)}</intermediateCatchEvent>')


@pytest.mark.parametrize(
    ("kind", "text", "seconds"),
    (
        ("timeDate", "2024-01-01T01:00:00Z", 3600),
        ("timeDate", "2024-01-01T01:00:00+01:00", 0),
        ("timeDate", "${at}", 86400),
        ("timeDuration", "P1DT1S", 86401),
        ("timeCycle", "R3/PT10S", 10),
        ("timeCycle", "R2/2020-01-01T00:00:00Z/PT1H", 0),
    ),
)
def test_timer_is_due_as_its_definition_says(harness, kind, text, seconds):
    """A date, a duration from now, or the first time of a cycle; a cycle that is over is due at once."""
    h = harness(waits(kind, text))

    h.start(at="2024-01-02T00:00:00Z")

    assert h.timers() == [("w", seconds)]
    h.advance_clock(seconds)
    assert h.state == "COMPLETED"


@pytest.mark.parametrize(
    ("value", "reason"),
    (("soon", "TIMER_ERROR"), (None, "TIMER_ERROR"), ("", "TIMER_ERROR"), (["PT1S"], "EXPRESSION_ERROR")),
)
def test_timer_without_a_readable_time_is_an_incident(harness, value, reason):
    """What an expression gives has to be a time; until then the token waits, and nothing is scheduled."""
    h = harness(waits("timeDuration", "${wait}"))

    h.start(wait=value)
    found = [incident.reason for incident in h.incidents()]
    timers = h.timers()
    h.resolve(wait="PT1S")

    assert found == [reason]
    assert timers == []
    assert h.timers() == [("w", 1.0)]


@pytest.mark.parametrize(
    ("definition", "reason"),
    (
        (timer("timeDuration", "soon"), "timeDuration: "),
        (timer("timeCycle", "R3/soon"), "timeCycle: "),
        (timer("timeDate", "31/12/2024"), "timeDate: "),
        (
            timer("timeDuration", ""),
            "a timer needs one of timeDate, timeDuration and timeCycle (BPMN 2.0.2, table 10.101), not 0",
        ),
        (timer("timeDuration", "${wait"), "the timeDuration '${wait' cannot be read"),
        (
            "<timerEventDefinition/>",
            "a timer needs one of timeDate, timeDuration and timeCycle (BPMN 2.0.2, table 10.101), not 0",
        ),
        (
            "<timerEventDefinition><timeDate>2024-01-01</timeDate><timeDuration>PT1S</timeDuration></timerEventDefinition>",
            "a timer needs one of timeDate, timeDuration and timeCycle (BPMN 2.0.2, table 10.101), not 2",
        ),
    ),
)
def test_timer_that_can_never_be_due_is_refused(definition, reason):
    """A time that needs no variable is read when the process is deployed."""
    content = bpmn(f'<intermediateCatchEvent id="w">{definition}</intermediateCatchEvent>')

    compilation = compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS)

    assert compilation.program is None
    refused = [finding.reason for finding in compilation.findings if finding.verdict.value == "refused"]
    assert len(refused) == 1
    assert refused[0].startswith(reason)


def test_timer_start_event_cannot_read_variables():
    """Before an instance there are no variables."""
    content = bpmn(f'<startEvent id="s">{timer("timeCycle", "${every}")}</startEvent>')

    compilation = compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS)

    assert [finding.reason for finding in compilation.findings if finding.verdict.value == "refused"] == [
        "timeCycle of a start event cannot read variables: there are none yet"
    ]


@pytest.mark.parametrize(
    ("kind", "text", "due"),
    (
        ("timeCycle", "R3/PT1H", Due(NOW_US + HOUR_US, "R3/PT1H", 2)),
        ("timeCycle", "R/PT1H", Due(NOW_US + HOUR_US, "R/PT1H", -1)),
        ("timeDuration", "PT1H", Due(NOW_US + HOUR_US)),
        ("timeDate", "2024-01-01T01:00:00Z", Due(NOW_US + HOUR_US)),
        ("timeCycle", "R2/2020-01-01T00:00:00Z/PT1H", Due(NOW_US)),
    ),
)
def test_start_timers_are_worked_out_at_deployment(kind, text, due):
    """Each timer start event has its first due time and, with a cycle, how many are left after that."""
    content = bpmn(f'<startEvent id="s">{timer(kind, text)}</startEvent><task id="a"/>' + flows("s -> a"))
    program = compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS).program
    assert program is not None

    found = start_timers(program, NOW_US)

    assert found == [("s", due)]


@pytest.mark.parametrize(
    ("due", "following"),
    (
        (Due(NOW_US, "R3/PT1H", 2), Due(NOW_US + HOUR_US, "R3/PT1H", 1)),
        (Due(NOW_US, "R3/PT1H", 0), None),
        (Due(NOW_US, "R/PT1H", -1), Due(NOW_US + HOUR_US, "R/PT1H", -1)),
        (Due(NOW_US), None),
        (Due(NOW_US, "0 0 0 1 1 ? 2024", -1), None),
    ),
)
def test_next_start_counts_from_the_last_due_time(due, following):
    """Repeats do not drift, and end when none is left."""
    assert next_start(due) == following
