"""Boundary event (BPMN 2.0.2, 10.5.4 and 13.5.3)."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine import commands
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import compile_process
from tests.support.harness import boundary, bpmn, extensions, flows, timer

HOSTS = {
    "userTask": ('<userTask id="h"/>', ""),
    "serviceTask": ('<serviceTask id="h"/>', ""),
    "subProcess": ('<subProcess id="h"><userTask id="i"/></subProcess>', ""),
    "callActivity": ('<callActivity id="h" calledElement="q"/>', '<userTask id="i"/>'),
}


def guarded(host: str, *events: str) -> tuple[bytes, ...]:
    """A process with boundary events on an activity; event "t" leads to the task "t_task"."""
    body, called = HOSTS[host]
    names = [event.split('"')[1] for event in events]
    tasks = "".join(f'<userTask id="{name}_task"/>' for name in names)
    main = bpmn(
        f'<startEvent id="s"/>{body}<endEvent id="e"/>{"".join(events)}{tasks}'
        + flows("s -> h", "h -> e", *(f"{name} -> {name}_task" for name in names))
    )
    return (main, bpmn(called, process="q")) if called else (main,)


@pytest.mark.parametrize("host", HOSTS)
def test_interrupting_boundary_timer_cancels_its_activity(harness, host):
    """The activity is canceled with everything inside, and its token goes on from the boundary event."""
    h = harness(*guarded(host, boundary("t", "h", timer("timeDuration", "PT1M"))))

    h.start()
    h.advance_clock(59)
    before = h.active()
    h.advance_clock(1)

    assert "h" in before
    assert h.active() == ["t_task"]
    assert h.root.active == 1
    assert h.rows.timers(h.root_id) == []
    h.complete("t_task")
    assert h.state == "COMPLETED"


@pytest.mark.parametrize("host", HOSTS)
def test_non_interrupting_boundary_timer_runs_beside_its_activity(harness, host):
    """The activity goes on, and the event sends a token of its own."""
    h = harness(*guarded(host, boundary("t", "h", timer("timeDuration", "PT1M"), interrupts=False)))

    h.start()
    before = h.active()
    h.advance_clock(60)

    assert h.active() == sorted([*before, "t_task"])
    assert h.root.active == 2
    assert h.rows.timers(h.root_id) == []


def test_boundary_timer_goes_with_its_activity(harness):
    """When the activity is complete its boundary events listen no more."""
    h = harness(
        *guarded(
            "userTask",
            boundary("t", "h", timer("timeDuration", "PT1M")),
            boundary("r", "h", timer("timeCycle", "R3/PT10S"), interrupts=False),
        )
    )

    h.start()
    waiting = h.timers()
    h.complete("h")

    assert waiting == [("t", 60.0), ("r", 10.0)]
    assert h.timers() == []
    assert h.state == "COMPLETED"


def test_non_interrupting_boundary_timer_repeats_as_its_cycle_says(harness):
    """R3/PT10S fires three times, each counted from the last due time."""
    h = harness(*guarded("userTask", boundary("r", "h", timer("timeCycle", "R3/PT10S"), interrupts=False)))

    h.start()
    h.advance_clock(13)
    after_one = (h.active(), h.timers())
    h.advance_clock(60)

    assert after_one == (["h", "r_task"], [("r", 7.0)])
    assert h.active() == ["h", "r_task", "r_task", "r_task"]
    assert h.timers() == []


def test_non_interrupting_boundary_timer_may_repeat_for_ever(harness):
    """R/PT10S has a next time after each."""
    h = harness(*guarded("userTask", boundary("r", "h", timer("timeCycle", "R/PT10S"), interrupts=False)))

    h.start()
    h.advance_clock(50)

    assert h.active() == ["h"] + ["r_task"] * 5
    assert h.timers() == [("r", 10.0)]
    h.complete("h")
    assert h.timers() == []


def test_non_interrupting_boundary_timer_ends_with_the_last_time_of_its_cron_line(harness):
    """A cron line that names its years has a last time."""
    h = harness(*guarded("userTask", boundary("r", "h", timer("timeCycle", "0 0 12 1 1 ? 2024"), interrupts=False)))

    h.start()
    h.advance_clock(86_400 * 400)

    assert h.active() == ["h", "r_task"]
    assert h.timers() == []


def test_interrupting_boundary_timer_ends_the_others(harness):
    """Of several timers on an activity the interrupting one takes the others with it."""
    h = harness(
        *guarded(
            "userTask",
            boundary("r", "h", timer("timeCycle", "R/PT25S"), interrupts=False),
            boundary("t", "h", timer("timeDuration", "PT1M")),
        )
    )

    h.start()
    h.advance_clock(120)

    assert h.active() == ["r_task", "r_task", "t_task"]
    assert h.timers() == []


def test_interrupting_boundary_event_with_a_cycle_fires_once(harness):
    """An interrupting event can fire no more than once, at the first time of its cycle."""
    h = harness(*guarded("userTask", boundary("t", "h", timer("timeCycle", "R3/PT10S"))))

    h.start()
    h.advance_clock(60)

    assert h.active() == ["t_task"]


def test_boundary_timer_of_an_activity_that_is_gone_does_nothing(harness):
    """A timer that fires after its activity was completed has nothing to fire."""
    h = harness(*guarded("userTask", boundary("t", "h", timer("timeDuration", "PT1M"))))

    h.start()
    seq = h.rows.timers(h.root_id)[0].seq
    h.complete("h")

    with pytest.raises(LookupError):
        h.submit(commands.FireTimer(seq), seq, "timer")


def test_boundary_timer_fires_while_its_activity_has_an_incident(harness):
    """An activity whose worker gave up is still guarded; its incident ends with it."""
    h = harness(*guarded("serviceTask", boundary("t", "h", timer("timeDuration", "PT1M"))))

    h.start()
    h.fail_job("h", 0)
    before = len(h.incidents())
    h.advance_clock(60)

    assert before == 1
    assert h.incidents() == []
    assert h.active() == ["t_task"]


def test_boundary_timer_that_cannot_be_scheduled_is_an_incident(harness):
    """An activity whose boundary timer has no readable time is not entered: no task is left behind."""
    h = harness(*guarded("userTask", boundary("t", "h", timer("timeDuration", "${wait}"))))

    h.start(wait="soon")
    incident = h.incidents()[0]
    tasks = h.rows.user_tasks(h.root_id)
    h.resolve(wait="PT1M")

    assert (incident.reason, incident.element_id) == ("TIMER_ERROR", "h")
    assert tasks == []
    assert h.active() == ["h"]
    assert h.timers() == [("t", 60.0)]


def test_boundary_timer_reads_variables_around_its_activity(harness):
    """The event stands in the scope around its activity, whose own variables it does not see."""
    h = harness(
        bpmn(
            f'<userTask id="h">{extensions(inputs=["10 -> wait"])}</userTask>'
            + boundary("t", "h", timer("timeDuration", "PT${wait}S"))
        )
    )

    h.start(wait=30)

    assert h.timers() == [("t", 30.0)]


def test_boundary_event_whose_path_fails_keeps_its_incident_when_the_activity_ends(harness):
    """The token of an event that does not interrupt is independent of the activity."""
    h = harness(
        bpmn(
            '<userTask id="h"/><exclusiveGateway id="x"/><userTask id="z"/>'
            + boundary("t", "h", timer("timeDuration", "PT1M"), interrupts=False)
            + flows("t -> x", "x -> z: ok")
        )
    )

    h.start()
    h.advance_clock(60)
    h.complete("h")

    assert h.active() == ["x"]
    h.resolve(ok=True)
    assert h.active() == ["z"]


@pytest.mark.parametrize(
    ("definition", "reason"),
    (
        ("", "a boundary event needs an event definition (BPMN 2.0.2, table 10.93)"),
        ("<signalEventDefinition/>", "the signal name is missing (BPMN 2.0.2, 10.5.5)"),
        (
            "<terminateEventDefinition/>",
            "a boundaryEvent cannot have a terminateEventDefinition (BPMN 2.0.2, table 10.93)",
        ),
        (
            timer("timeDuration", "PT1M") + "<terminateEventDefinition/>",
            "a boundaryEvent cannot have a terminateEventDefinition (BPMN 2.0.2, table 10.93)",
        ),
    ),
)
def test_boundary_event_that_cannot_run_is_refused(definition, reason):
    """A boundary event listens for what table 10.93 allows and this release knows."""
    content = bpmn('<userTask id="h"/>' + boundary("t", "h", definition))

    compilation = compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS)

    assert compilation.program is None
    assert [f.reason for f in compilation.findings if f.verdict.value == "refused"] == [reason]
