"""Escalation event definition (BPMN 2.0.2, 10.5.6 and 13.5.4)."""

from __future__ import annotations

import pytest

from tests.support.harness import boundary, bpmn, declared, event, event_sub_process, extensions, flows, throw_event
from tests.unit.engine.verdicts import refusals

DECLARED = declared("A", "B")


def in_sub_process(thrower: str, *events: str, beside: str = "") -> bytes:
    """A sub-process whose task "a" leads to a throwing event "t"; the boundary event "x" leads to the task "x_task"."""
    names = [one.split('"')[1] for one in events]
    tasks = "".join(f'<userTask id="{name}_task"/>' for name in names)
    return bpmn(
        f'<startEvent id="s"/><subProcess id="sub"><userTask id="a"/>{thrower}{beside}</subProcess><userTask id="z"/>'
        f"{''.join(events)}{tasks}" + flows("s -> sub", "sub -> z", *(f"{name} -> {name}_task" for name in names)),
        extra=DECLARED,
    )


THROW = throw_event("t", event("escalation", "A")) + '<userTask id="b"/>' + flows("a -> t", "t -> b")
END = f'<endEvent id="t">{event("escalation", "A")}</endEvent>' + flows("a -> t")


def test_escalation_that_is_caught_without_interruption_lets_the_thrower_go_on(harness):
    """The boundary event sends a token of its own, and the sub-process goes on."""
    h = harness(in_sub_process(THROW, boundary("x", "sub", event("escalation", "A"), interrupts=False)))

    h.start()
    h.complete("a")

    assert h.active() == ["b", "sub", "x_task"]
    thrown = [one.attributes for one in h.events if one.type == "ESCALATION_THROWN"]
    assert thrown == [{"code": "A", "caught_by": "x"}]


@pytest.mark.parametrize("thrower", (THROW, END))
def test_escalation_that_is_caught_by_an_interrupting_event_cancels_the_sub_process(harness, thrower):
    """The activity is canceled with the thrower in it."""
    h = harness(
        in_sub_process(thrower, boundary("x", "sub", event("escalation", "A")), beside='<userTask id="other"/>')
    )

    h.start()
    h.complete("a")

    assert h.active() == ["x_task"]
    assert h.root.active == 1


@pytest.mark.parametrize(("thrower", "left"), ((THROW, ["b", "sub"]), (END, ["z"])))
def test_escalation_that_nothing_catches_ends_nothing(harness, thrower, left):
    """The thrower goes on; an end event ends its token as any other."""
    h = harness(in_sub_process(thrower, boundary("x", "sub", event("escalation", "B"))))

    h.start()
    h.complete("a")

    assert h.active() == left
    assert [one.attributes for one in h.events if one.type == "ESCALATION_THROWN"] == [{"code": "A"}]


def test_event_that_names_the_code_wins_over_one_that_catches_every_escalation(harness):
    """Of several events on one activity the best one catches."""
    every = boundary("every", "sub", event("escalation"), interrupts=False)
    h = harness(in_sub_process(THROW, every, boundary("named", "sub", event("escalation", "A"), interrupts=False)))

    h.start()
    h.complete("a")

    assert h.active() == ["b", "named_task", "sub"]


def test_escalation_passes_the_border_of_a_called_process(harness):
    """A boundary event of a call activity catches what the called process throws."""
    main = bpmn(
        '<startEvent id="s"/><callActivity id="call" calledElement="q"/><userTask id="x_task"/>'
        + boundary("x", "call", event("escalation", "A"))
        + flows("s -> call", "x -> x_task"),
        extra=DECLARED,
    )
    called = bpmn('<userTask id="a"/>' + END, process="q", extra=DECLARED)
    h = harness(main, called)

    h.start()
    h.complete("a")

    assert h.active() == ["x_task"]
    assert [row.state.value for row in h.rows.instances(h.root_id)] == ["CANCELED"]


def test_escalation_starts_the_event_sub_process_of_its_own_scope(harness):
    """One that interrupts cancels the event that threw, too."""
    body = f'<startEvent id="s"/><userTask id="a"/>{THROW}<userTask id="other"/>' + flows("s -> a", "s -> other")
    h = harness(bpmn(body + event_sub_process("es", event("escalation", "A")), extra=DECLARED))

    h.start()
    h.complete("a")

    assert h.active() == ["es", "es_task"]
    assert h.root.active == 1
    h.complete("es_task")
    assert h.state == "COMPLETED"


def test_escalation_starts_an_event_sub_process_beside_its_scope(harness):
    """One that does not interrupt runs beside, as often as it is triggered, and its scope waits for it."""
    body = f'<startEvent id="s"/><userTask id="a"/>{END}<userTask id="a2"/>' + flows("s -> a", "s -> a2", "a2 -> t")
    h = harness(bpmn(body + event_sub_process("es", event("escalation"), interrupts=False), extra=DECLARED))

    h.start()
    h.complete("a")
    h.complete("a2")

    assert h.active() == ["es", "es", "es_task", "es_task"]
    h.complete("es_task")
    h.complete("es_task")
    assert h.state == "COMPLETED"


def test_event_sub_process_does_not_catch_what_is_thrown_inside_of_itself(harness):
    """What an event sub-process throws goes outwards; another one of the same scope may catch it."""
    again = f'<endEvent id="again">{event("escalation", "A")}</endEvent>' + flows("es_task -> again")
    first = event_sub_process("es", event("escalation", "A"), again, interrupts=False)
    other = event_sub_process("any", event("escalation"), interrupts=False)
    h = harness(bpmn(f'<startEvent id="s"/>{END}<userTask id="a"/>{first}{other}' + flows("s -> a"), extra=DECLARED))

    h.start()
    h.complete("a")
    h.complete("es_task")

    assert h.active() == ["any", "any_task"]


def test_event_sub_process_that_interrupts_is_all_that_listens_no_more(harness):
    """While it runs the other event sub-processes of its scope catch nothing."""
    again = f'<endEvent id="again">{event("escalation", "B")}</endEvent>' + flows("es_task -> again")
    first = event_sub_process("es", event("escalation", "A"), again)
    other = event_sub_process("any", event("escalation"), interrupts=False)
    h = harness(bpmn(f'<startEvent id="s"/>{END}<userTask id="a"/>{first}{other}' + flows("s -> a"), extra=DECLARED))

    h.start()
    h.complete("a")
    h.complete("es_task")

    assert h.state == "COMPLETED"


def test_code_of_an_escalation_goes_to_the_variable_that_the_event_names(harness):
    """Camunda's escalationCodeVariable takes the code."""
    content = in_sub_process(THROW, boundary("x", "sub", event("escalation"), interrupts=False)).replace(
        b"<escalationEventDefinition></", b'<escalationEventDefinition camunda:escalationCodeVariable="code"></'
    )
    h = harness(content)

    h.start()
    h.complete("a")

    assert h.variables() == {"code": "A"}


def test_escalation_code_may_be_an_expression(harness):
    """The code is worked out where the event stands; its input mappings count."""
    expression = throw_event("t", extensions(inputs=["'A' -> c"]) + event("escalation", "E"))
    extra = '<escalation id="E_escalation" escalationCode="${c}"/>' + DECLARED
    body = f'<startEvent id="s"/><subProcess id="sub">{expression}</subProcess><userTask id="x_task"/>'
    x = boundary("x", "sub", event("escalation", "A"), interrupts=False)
    h = harness(bpmn(body + x + flows("s -> sub", "x -> x_task"), extra=extra))

    h.start()

    assert h.active() == ["x_task"]


def test_thrown_escalation_without_a_code_is_refused():
    """Nothing could tell which escalation it is."""
    assert refusals(bpmn('<startEvent id="s"/>' + throw_event("t", event("escalation")))) == [
        "the escalation code is missing (BPMN 2.0.2, 10.5.5)"
    ]
