"""Event sub-process (BPMN 2.0.2, 10.3.5 and 13.5.4)."""

from __future__ import annotations

import pytest

from bpmgrpc.engine.execution import Limits
from tests.support.harness import (
    boundary,
    bpmn,
    catch_event,
    declared,
    error,
    event,
    event_sub_process,
    extensions,
    flows,
    timer,
)
from tests.unit.engine.verdicts import refusals

DECLARED = declared("M", "S")
MINUTE = timer("timeDuration", "PT1M")


def around(body: str, place: str) -> tuple[bytes, ...]:
    """The same content as the process itself, as a sub-process, or as a called process."""
    if place == "process":
        return (bpmn(f'<startEvent id="s"/>{body}', extra=DECLARED),)
    if place == "subProcess":
        inner = f'<subProcess id="sub"><startEvent id="s"/>{body}</subProcess>'
        return (
            bpmn(f'<startEvent id="s0"/>{inner}<userTask id="z"/>' + flows("s0 -> sub", "sub -> z"), extra=DECLARED),
        )
    main = bpmn(
        '<startEvent id="s0"/><callActivity id="sub" calledElement="q"/><userTask id="z"/>'
        + flows("s0 -> sub", "sub -> z")
    )
    return main, bpmn(f'<startEvent id="s"/>{body}', process="q", extra=DECLARED)


PLACES = ("process", "subProcess", "callActivity")


def then(h, place: str) -> bool:
    """Whether the scope is over, and what comes after it is there."""
    return h.state == "COMPLETED" if place == "process" else h.active() == ["z"]


@pytest.mark.parametrize("place", PLACES)
def test_interrupting_timer_cancels_everything_else_in_its_scope(harness, place):
    """The scope completes when the event sub-process has."""
    body = '<userTask id="a"/><userTask id="b"/>' + flows("n1| s -> a", "n2| s -> b") + event_sub_process("es", MINUTE)
    h = harness(*around(body, place))

    h.start()
    h.advance_clock(60)

    assert [name for name in h.active() if name != "sub"] == ["es", "es_task"]
    assert h.timers() == []
    h.complete("es_task")
    assert then(h, place)


@pytest.mark.parametrize("place", PLACES)
def test_scope_waits_for_event_sub_processes_that_run_beside_it(harness, place):
    """One that does not interrupt is a token of the scope; its timer repeats as the cycle says."""
    cycle = timer("timeCycle", "R2/PT10S")
    body = '<userTask id="a"/>' + flows("n1| s -> a") + event_sub_process("es", cycle, interrupts=False)
    h = harness(*around(body, place))

    h.start()
    h.advance_clock(25)
    tasks = h.open_tasks()
    h.complete("a")
    h.complete("es_task")
    before = h.open_tasks()
    h.complete("es_task")

    assert tasks == ["a", "es_task", "es_task"]
    assert before == ["es_task"]
    assert then(h, place)


@pytest.mark.parametrize("place", PLACES)
def test_event_sub_process_listens_no_more_when_its_scope_has_ended(harness, place):
    """Timers and subscriptions go with the scope."""
    body = '<userTask id="a"/>' + flows("n1| s -> a")
    body += event_sub_process("es", MINUTE) + event_sub_process("em", event("message", "M"), interrupts=False)
    h = harness(*around(body, place))

    h.start()
    listening = (h.timers(), h.waiting())
    h.complete("a")

    assert listening == ([("es_start", 60.0)], [("em_start", "MESSAGE", "M")])
    assert h.timers() == h.waiting() == []
    assert then(h, place)


@pytest.mark.parametrize("place", PLACES)
def test_error_is_caught_by_the_event_sub_process_of_its_scope(harness, place):
    """A thrown error interrupts the scope, and the event sub-process takes over before any boundary event."""
    end = f'<endEvent id="e">{error("X")}</endEvent>'
    body = f'<userTask id="a"/><userTask id="b"/>{end}' + flows("n1| s -> a", "n2| s -> b", "n3| a -> e")
    body += event_sub_process("es", error("X")) + event_sub_process("any", error())
    h = harness(*around(body, place))

    h.start()
    h.complete("a")

    assert [name for name in h.active() if name != "sub"] == ["es", "es_task"]
    h.complete("es_task")
    assert then(h, place)


def test_error_inside_of_an_event_sub_process_goes_outwards(harness):
    """What interrupted the scope is not interrupted by its neighbours, only from outside."""
    again = f'<endEvent id="again">{error("Y")}</endEvent>' + flows("es_task -> again")
    body = f'<userTask id="a"/><endEvent id="e">{error("X")}</endEvent>' + flows("n1| s -> a", "n3| a -> e")
    body += event_sub_process("es", error("X"), again) + event_sub_process("any", error())
    (content,) = around(body, "subProcess")
    outside = boundary("b", "sub", error("Y")) + '<userTask id="y"/>' + flows("o| b -> y")
    h = harness(content.replace(b"</process>", outside.encode() + b"</process>"))

    h.start()
    h.complete("a")
    h.complete("es_task")

    assert h.active() == ["y"]


def test_job_throws_its_error_at_the_event_sub_process_of_its_scope(harness):
    """Variables of the error come along."""
    body = (
        '<serviceTask id="w"/><userTask id="b"/>' + flows("n1| s -> w", "n2| s -> b") + event_sub_process("es", error())
    )
    h = harness(*around(body, "process"))

    h.start()
    h.throw_error("w", "X", x=1)

    assert h.active() == ["es", "es_task"]
    assert h.variables() == {"x": 1}
    assert h.rows.jobs(h.root_id) == []


def test_message_starts_event_sub_processes_as_often_as_it_comes(harness):
    """Its variables come in through the output mappings of the start event."""
    start = extensions(outputs=["n -> last"]) + event("message", "M")
    body = '<userTask id="a"/>' + flows("n1| s -> a") + event_sub_process("es", start, interrupts=False)
    h = harness(*around(body, "process"))

    h.start()
    h.deliver("es_start", n=1)
    h.deliver("es_start", n=2)

    assert h.open_tasks() == ["a", "es_task", "es_task"]
    assert h.variables() == {"last": 2}


def test_interruption_drops_tokens_that_are_on_their_way(harness):
    """Of two tokens of one command the second is not taken any more when the first has interrupted the scope."""
    end = f'<endEvent id="e">{error("X")}</endEvent>'
    body = f'{end}<task id="t"/><userTask id="b"/>' + flows("n1| s -> e", "n2| s -> t", "n3| t -> b")
    h = harness(*around(body + event_sub_process("es", error()), "process"))

    h.start()

    assert h.active() == ["es", "es_task"]
    assert h.root.active == 1


def test_boundary_event_of_a_scope_listens_on_while_the_scope_is_interrupted(harness):
    """Only what stands inside of the scope stops to listen."""
    body = '<userTask id="a"/>' + flows("n1| s -> a") + event_sub_process("es", event("message", "M"))
    body += event_sub_process("ez", timer("timeDuration", "PT5M"), interrupts=False)
    (content,) = around(body, "subProcess")
    outside = boundary("b", "sub", MINUTE) + boundary("c", "sub", event("signal", "S")) + '<userTask id="y"/>'
    outside += flows("o| b -> y")
    h = harness(content.replace(b"</process>", outside.encode() + b"</process>"))

    h.start()
    h.deliver("es_start")
    listening = (h.timers(), h.waiting())
    h.advance_clock(60)

    assert listening == ([("b", 60.0)], [("c", "SIGNAL", "S")])
    assert h.active() == ["y"]
    assert h.timers() == h.waiting() == []


def test_event_sub_process_in_an_event_sub_process(harness):
    """An event sub-process is a scope as any other."""
    inner = event_sub_process("in", MINUTE)
    body = '<userTask id="a"/>' + flows("n1| s -> a") + event_sub_process("es", event("message", "M"), inner)
    h = harness(*around(body, "process"))

    h.start()
    h.deliver("es_start")
    h.advance_clock(60)

    assert h.active() == ["es", "in", "in_task"]
    h.complete("in_task")
    assert h.state == "COMPLETED"


def test_event_that_cannot_begin_to_wait_is_an_incident(harness):
    """The scope waits for it until the incident is resolved."""
    body = '<userTask id="a"/>' + flows("n1| s -> a") + event_sub_process("es", timer("timeDuration", "${t}"))
    h = harness(*around(body, "process"))

    h.start(t="soon")
    failed = [(row.element_id, row.reason) for row in h.incidents()]
    h.complete("a")
    still = h.state
    h.resolve(t="PT1M")

    assert failed == [("es_start", "TIMER_ERROR")]
    assert still == "ACTIVE"
    assert h.state == "COMPLETED"


def test_event_begins_to_wait_when_its_incident_is_resolved(harness):
    """With a token beside it the scope goes on, and the event can occur."""
    body = '<userTask id="a"/>' + flows("n1| s -> a") + event_sub_process("es", timer("timeDuration", "${t}"))
    h = harness(*around(body, "process"))

    h.start(t="soon")
    h.resolve(t="PT1M")
    h.advance_clock(60)

    assert h.active() == ["es", "es_task"]


def test_incident_of_an_event_that_cannot_wait_goes_with_its_scope(harness):
    """Another event sub-process interrupts the scope, and nothing is left of it."""
    body = '<userTask id="a"/>' + flows("n1| s -> a") + event_sub_process("es", timer("timeDuration", "${t}"))
    h = harness(*around(body + event_sub_process("em", event("message", "M")), "process"))

    h.start(t="soon")
    h.deliver("em_start")

    assert h.active() == ["em", "em_task"]
    assert h.incidents() == []


def test_events_begin_to_wait_where_a_run_fills_its_transaction(harness):
    """What does not fit is kept for the next transaction."""
    body = '<userTask id="a"/>' + flows("n1| s -> a") + event_sub_process("e1", MINUTE)
    body += event_sub_process("e2", event("message", "M"))
    h = harness(*around(body, "process"), limits=Limits(steps_per_slice=1))

    h.start()

    assert h.active() == ["a"]
    assert (h.timers(), h.waiting()) == ([("e1_start", 60.0)], [("e2_start", "MESSAGE", "M")])


def test_input_mapping_that_fails_is_an_incident_of_the_event_sub_process(harness):
    """It has been triggered, and is tried again."""
    body = event_sub_process("es", event("message", "M")).replace(
        'triggeredByEvent="true">', f'triggeredByEvent="true">{extensions(inputs=["1 / y -> x"])}'
    )
    h = harness(*around('<userTask id="a"/>' + flows("n1| s -> a") + body, "process"))

    h.start(y=0)
    h.deliver("es_start")
    failed = [row.element_id for row in h.incidents()]
    h.resolve(y=2)

    assert failed == ["es"]
    assert h.active() == ["es", "es_task"]


def test_step_that_fails_after_an_interruption_is_undone_whole(harness):
    """An error end event whose error cannot be caught as the model says leaves the scope as it was."""
    start = extensions(outputs=["1 / n -> x"]) + error()
    body = f'<userTask id="a"/><endEvent id="e">{error("X")}</endEvent><userTask id="b"/>'
    body += flows("n1| s -> a", "n2| s -> b", "n3| a -> e") + event_sub_process("es", start)
    h = harness(*around(body, "process"))

    h.start(n=0)
    h.complete("a")

    assert h.active() == ["es", "es_start"]
    assert [row.element_id for row in h.incidents()] == ["es_start"]


def test_terminate_end_event_of_an_event_sub_process_ends_it_alone(harness):
    """Its scope goes on."""
    end = '<endEvent id="end"><terminateEventDefinition/></endEvent>' + flows("es_task -> end")
    body = '<userTask id="a"/>' + flows("n1| s -> a") + event_sub_process("es", MINUTE, end, interrupts=False)
    h = harness(*around(body, "process"))

    h.start()
    h.advance_clock(60)
    h.complete("es_task")

    assert h.active() == ["a"]


def test_cancellation_of_the_instance_takes_all_that_listens_away(harness):
    """Timers and subscriptions, of events and of event sub-processes."""
    body = catch_event("c", event("signal", "S")) + flows("n1| s -> c")
    body += event_sub_process("es", MINUTE) + event_sub_process("em", event("message", "M"))
    h = harness(*around(body, "process"))

    h.start()
    h.cancel()

    assert h.timers() == h.waiting() == []


def test_event_sub_process_whose_start_event_has_no_definition_is_refused():
    """Nothing would ever start it."""
    body = '<task id="a"/><subProcess id="es" triggeredByEvent="true"><startEvent id="s"/></subProcess>'

    assert refusals(bpmn(body)) == [
        "the start event of an event sub-process needs an event definition (BPMN 2.0.2, table 10.86)"
    ]


@pytest.mark.parametrize("place", PLACES)
def test_scope_that_is_interrupted_at_once_stops_to_listen(harness, place):
    """What began to wait in the same command is not waited for any more."""
    body = f'<endEvent id="e">{error("X")}</endEvent>' + flows("n1| s -> e") + event_sub_process("es", error())
    body += event_sub_process("et", MINUTE) + event_sub_process("em", event("message", "M"))
    h = harness(*around(body, place))

    h.start()

    assert [name for name in h.active() if name != "sub"] == ["es", "es_task"]
    assert h.timers() == h.waiting() == []


def test_escalation_is_caught_by_one_of_several_definitions(harness):
    """The best of an event's definitions counts."""
    several = event("escalation", "M") + event("message", "M")
    body = f'<userTask id="a"/><endEvent id="e">{event("escalation", "M")}</endEvent>'
    body += flows("n1| s -> a", "n2| a -> e") + event_sub_process("es", several)
    h = harness(*around(body, "process"))

    h.start()
    h.complete("a")

    assert h.active() == ["es", "es_task"]
    assert h.waiting() == []


def test_activity_catches_no_escalation(harness):
    """An event sub-process whose event is about something else is passed by."""
    body = f'<userTask id="a"/><endEvent id="e">{event("escalation", "M")}</endEvent>'
    body += flows("n1| s -> a", "n2| a -> e") + event_sub_process("es", event("message", "M"))
    h = harness(*around(body, "process"))

    h.start()
    h.complete("a")

    assert h.state == "COMPLETED"


def test_each_instance_of_a_multi_instance_listens_for_itself(harness):
    """An event sub-process stands in each of them; one that interrupts leaves the other instances alone."""
    many = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    inner = event_sub_process("em", event("message", "M")) + event_sub_process(
        "es", event("signal", "S"), interrupts=False
    )
    sub = f'<subProcess id="sub">{many}<userTask id="a"/>{inner}</subProcess>'
    h = harness(bpmn(f'<startEvent id="s"/>{sub}<userTask id="z"/>' + flows("s -> sub", "sub -> z"), extra=DECLARED))

    h.start()
    waiting = h.waiting()
    h.deliver("em_start")
    h.deliver("es_start")
    tasks = h.open_tasks()
    for name in tasks:
        h.complete(name)

    assert len(waiting) == 4
    assert tasks == ["a", "em_task", "es_task"]
    assert h.active() == ["z"]
    assert h.waiting() == []


def test_condition_in_a_multi_instance_reads_the_variables_of_its_instance(harness):
    """Each instance has a counter of its own."""
    many = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    inner = event_sub_process("ec", event("conditional", "loopCounter == n"))
    sub = f'<subProcess id="sub">{many}<userTask id="a"/>{inner}</subProcess>'
    h = harness(bpmn(f'<startEvent id="s"/>{sub}<userTask id="b"/>' + flows("s -> sub", "s -> b")))

    h.start()
    h.complete("b", n=2)

    assert sorted(h.open_tasks()) == ["a", "a", "ec_task"]


def test_sub_process_with_the_id_of_its_process_is_another_scope(harness):
    """Event sub-processes of the process and of the sub-process do not listen in each other's place."""
    body = (
        '<startEvent id="s"/><subProcess id="p"><userTask id="a"/>'
        + event_sub_process("inner", event("signal", "S"), interrupts=False)
        + "</subProcess>"
        + event_sub_process("outer", event("signal", "T"), interrupts=False)
        + flows("s -> p")
    )
    h = harness(bpmn(body, extra=declared("S", "T")))

    h.start()
    waiting = h.waiting()
    h.deliver("S")
    h.deliver("T")

    assert sorted(waiting) == [("inner_start", "SIGNAL", "S"), ("outer_start", "SIGNAL", "T")]
    assert h.active() == ["a", "inner", "inner_task", "outer", "outer_task", "p"]
