"""Modifying an instance: what starts where, what is canceled, and what cannot be done."""

from __future__ import annotations

import pytest

from bpmgrpc.engine import commands
from bpmgrpc.engine.commands import CancelActive, Move, StartAfter, StartBefore
from bpmgrpc.errors import FailedPrecondition
from tests.support.harness import boundary, bpmn, declared, event, extensions, flows, timer

LINE = bpmn(
    '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><endEvent id="e"/>'
    + flows("s -> a", "f| a -> b", "b -> e")
)
JOIN = bpmn(
    '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/><userTask id="c"/>'
    + flows("s -> a", "s -> b", "fa| a -> j", "fb| b -> j", "j -> c")
)
SUB = bpmn(
    '<startEvent id="s"/><userTask id="a"/><subProcess id="sub">'
    + extensions(inputs=["n + 1 -> own"])
    + '<dataObject id="o" name="thing"/><startEvent id="i"/><userTask id="x"/><userTask id="y"/>'
    + flows("i -> x", "x -> y")
    + "</subProcess>"
    + boundary("late", "sub", timer("timeDuration", "PT1M"))
    + '<userTask id="z"/>'
    + flows("s -> a", "a -> sub", "sub -> z", "late -> z")
)


def reasons(plan):
    """The reasons of a plan's findings."""
    return [(found.reason, found.element_id, found.instruction) for found in plan.findings]


def test_start_before_starts_one_more_token(harness):
    """A second token runs beside the first; the instance ends when both have."""
    h = harness(LINE)
    h.start()

    plan = h.modify(StartBefore("b", variables={"n": "1"}), reason="forgotten")

    assert h.open_tasks() == ["a", "b"]
    assert [line[:3] for line in plan.lines] == [
        ("ELEMENT", "CREATED", "b"),
        ("USER_TASK", "CREATED", "b"),
        ("VARIABLE", "SET", ""),
    ]
    assert h.variables() == {"n": 1}
    assert ("INSTANCE_MODIFIED", "", 0, {"instructions": 1, "reason": "forgotten"}) in h.events
    h.complete("a")
    h.complete("b")
    h.complete("b")
    assert h.state == "COMPLETED"


@pytest.mark.parametrize("where", ("a", "f"))
def test_start_after_goes_by_the_sequence_flow(harness, where):
    """After an element, or at its flow."""
    h = harness(LINE)
    h.start()

    h.modify(StartAfter(where), CancelActive("a"))

    assert h.open_tasks() == ["b"]
    assert h.row("b").flow == "f"


def test_start_after_counts_at_a_join_and_before_passes_it(harness):
    """By a flow a token waits for the others, by none it does not."""
    h = harness(JOIN)
    h.start()

    h.modify(StartAfter("a"))
    assert h.active() == ["(j)", "a", "b"]
    h.modify(StartBefore("j"))
    assert h.open_tasks() == ["a", "b", "c"]


def test_tokens_at_a_join_are_canceled_together(harness):
    """All that wait there; what was canceled stands in the history."""
    h = harness(JOIN)
    h.start()
    h.complete("a")
    h.modify(StartAfter("fa"))

    plan = h.modify(CancelActive("j"))

    assert [line[:3] for line in plan.lines] == [("JOIN", "CANCELED", "j")]
    assert h.active() == ["b"]
    assert h.root.active == 1
    assert h.events[-1].attributes == {"tokens": 2}


def test_move_cancels_and_starts(harness):
    """Each of them, with everything that hangs on it."""
    h = harness(LINE)
    h.start()
    h.modify(StartBefore("a"))

    h.modify(Move("b", element_id="a"))

    assert h.open_tasks() == ["b", "b"]
    assert [task.state.value for task in h.rows.user_tasks(h.root_id)] == ["CANCELED", "CANCELED", "WAITING", "WAITING"]


def test_sub_process_around_is_entered_without_its_start(harness):
    """Its mappings are applied, its data declared, its boundary events listen; it ends as ever."""
    h = harness(SUB)
    h.start(n=1)

    h.modify(Move("y", element_id="a", variables={"k": "2"}, local=True))

    sub = h.row("sub")
    assert (h.open_tasks(), h.timers()) == (["y"], [("late", 60.0)])
    assert h.variables(sub.seq) == {"own": 2, "thing": None, "k": 2}
    h.complete("y")
    assert h.open_tasks() == ["z"]


def test_running_sub_process_is_used_and_another_one_made_on_demand(harness):
    """By default what runs is used; with an ancestor everything further inside is made anew."""
    h = harness(SUB)
    h.start(n=1)
    h.complete("a")

    h.modify(StartBefore("y"))
    assert h.active() == ["sub", "x", "y"]
    h.modify(StartBefore("y", ancestor=0))
    assert h.active() == ["sub", "sub", "x", "y", "y"]

    plan = h.plan(commands.ModifyInstance(0, (StartBefore("y"),)))
    assert reasons(plan) == [("SCOPE_AMBIGUOUS", "y", 0)]
    h.modify(StartBefore("x", ancestor=h.row("sub").seq))
    assert h.active() == ["sub", "sub", "x", "x", "y", "y"]


def test_scope_left_without_token_is_canceled(harness):
    """From the inside out; one that a later instruction fills lives on."""
    h = harness(SUB)
    h.start(n=1)
    h.complete("a")
    sub = h.row("sub").seq

    h.modify(Move("y", element_id="x"))
    assert h.row("sub").seq == sub
    h.modify(Move("z", element_id="y"))

    assert (h.open_tasks(), h.active()) == (["z"], ["z"])


def test_nothing_left_cancels_the_instance(harness):
    """With the reason."""
    h = harness(SUB)
    h.start(n=1)
    h.complete("a")

    plan = h.modify(CancelActive("x"))

    assert (h.state, plan.state, h.root.end_reason) == (
        "CANCELED",
        "CANCELED",
        "a modification left nothing active",
    )


def test_element_that_another_instruction_canceled_is_not_canceled_twice(harness):
    """A scope and what is in it, both named by one element's id."""
    inner = f'<startEvent id="i"/><userTask id="x"/>{flows("i -> x")}'
    h = harness(
        bpmn(
            f'<startEvent id="s"/><subProcess id="sub">{inner}</subProcess><userTask id="u"/>'
            + flows("s -> sub", "s -> u")
        )
    )
    h.start()

    h.modify(CancelActive("sub"), StartBefore("u"))

    assert h.open_tasks() == ["u", "u"]
    assert reasons(h.plan(commands.ModifyInstance(0, (CancelActive("sub"),)))) == [("NOT_ACTIVE", "sub", 0)]


def test_all_that_is_in_the_way_is_said_at_once(harness):
    """Nothing is done, and each instruction that cannot be done has its finding."""
    h = harness(JOIN)
    h.start()

    plan = h.modify(
        StartBefore("nowhere"),
        StartAfter("c"),
        StartBefore("c", ancestor=99),
        CancelActive("c"),
        CancelActive(seq=77),
        Move("nowhere", element_id="a"),
        StartAfter("nowhere"),
        StartBefore("c"),
    )

    assert reasons(plan) == [
        ("UNKNOWN_ELEMENT", "nowhere", 0),
        ("SEQUENCE_FLOW_AMBIGUOUS", "c", 1),
        ("NOT_AN_ANCESTOR", "c", 2),
        ("NOT_ACTIVE", "c", 3),
        ("NOT_ACTIVE", "", 4),
        ("UNKNOWN_ELEMENT", "nowhere", 5),
        ("UNKNOWN_ELEMENT", "nowhere", 6),
    ]
    assert h.active() == ["a", "b"]
    with pytest.raises(FailedPrecondition) as caught:
        h.submit(commands.ModifyInstance(0, (StartBefore("nowhere"), CancelActive(seq=77))))
    assert caught.value.reason == "OPERATION_REFUSED"
    assert [(one.type, one.subject) for one in caught.value.violations] == [
        ("UNKNOWN_ELEMENT", "elements/nowhere"),
        ("NOT_ACTIVE", f"elementInstances/{h.root_id}-77"),
    ]


REPEATS = bpmn(
    '<startEvent id="s"/><subProcess id="many"><startEvent id="i"/><userTask id="x"/><userTask id="y"/>'
    + flows("i -> x", "x -> y")
    + "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    + '</subProcess><userTask id="u"/>'
    + flows("s -> many", "s -> u")
)


def test_in_one_instance_of_a_multi_instance_tokens_can_be_started(harness):
    """Where the caller says in which; the loop itself cannot get more or fewer instances."""
    h = harness(REPEATS)
    h.start()
    loop, first, second, *_ = (row.seq for row in h.rows.elements(h.root_id) if row.element_id == "many")

    h.modify(StartBefore("y", ancestor=first))
    assert h.open_tasks() == ["u", "x", "x", "y"]
    for instruction, reason in (
        (StartBefore("y"), "SCOPE_AMBIGUOUS"),
        (StartBefore("y", ancestor=0), "MULTI_INSTANCE"),
        (StartBefore("y", ancestor=loop), "NOT_AN_ANCESTOR"),
        (CancelActive(seq=second), "MULTI_INSTANCE"),
        (Move("u", seq=second), "MULTI_INSTANCE"),
        (CancelActive(seq=99), "NOT_ACTIVE"),
    ):
        assert [one.reason for one in h.plan(commands.ModifyInstance(0, (instruction,))).findings] == [reason]
    # One that would be left without a token cannot end by itself.
    (alone,) = (row.seq for row in h.rows.elements(h.root_id) if row.scope == second)
    assert [one.reason for one in h.plan(commands.ModifyInstance(0, (CancelActive(seq=alone),))).findings] == [
        "MULTI_INSTANCE"
    ]
    h.modify(Move("u", element_id="many"))
    assert h.open_tasks() == ["u", "u"]


def test_event_sub_process_is_started_as_by_its_event(harness):
    """One that interrupts cancels what is beside it."""

    def model(says):
        handler = (
            f'<startEvent id="hs" isInterrupting="{says}">{event("message", "M")}</startEvent><userTask id="h1"/>'
            f'<userTask id="h2"/>{flows("hs -> h1", "h1 -> h2")}'
        )
        return bpmn(
            f'<startEvent id="s"/><userTask id="a"/><subProcess id="h" triggeredByEvent="true">{handler}</subProcess>'
            + flows("s -> a"),
            extra=declared("M"),
        )

    for says, where, left in (("true", "h", ["h1"]), ("false", "h", ["a", "h1"]), ("true", "h2", ["h2"])):
        h = harness(model(says))
        h.start()

        h.modify(StartBefore(where))

        assert h.open_tasks() == left


def test_move_into_an_event_sub_process_that_interrupts_takes_the_others_along(harness):
    """The first token that is moved there begins it, and so cancels those that would have been moved after it."""
    handler = (
        f'<startEvent id="hs" isInterrupting="true">{event("message", "M")}</startEvent><userTask id="h1"/>'
        + flows("hs -> h1")
    )
    inner = f'<subProcess id="inner"><startEvent id="i"/><userTask id="a"/>{flows("i -> a")}</subProcess>'
    h = harness(
        bpmn(
            f'<startEvent id="s"/>{inner}<subProcess id="h" triggeredByEvent="true">{handler}</subProcess>'
            + flows("s -> inner"),
            extra=declared("M"),
        )
    )
    h.start()
    h.modify(StartBefore("a"))
    assert h.open_tasks() == ["a", "a"]

    h.modify(Move("h", element_id="a"))

    assert (h.open_tasks(), h.root.active) == (["h1"], 1)
    h.complete("h1")
    assert h.root.state == "COMPLETED"


COMPENSATED = bpmn(
    '<startEvent id="s"/><userTask id="a"/><boundaryEvent id="on" attachedToRef="a"><compensateEventDefinition/>'
    '</boundaryEvent><userTask id="undo" isForCompensation="true"/>'
    '<association id="as" associationDirection="One" sourceRef="on" targetRef="undo"/>'
    '<intermediateThrowEvent id="throw"><compensateEventDefinition/></intermediateThrowEvent><userTask id="b"/>'
    '<subProcess id="handled"><startEvent id="i"/><userTask id="x"/><subProcess id="h" triggeredByEvent="true">'
    '<startEvent id="hs"><compensateEventDefinition/></startEvent><userTask id="hu"/>'
    + flows("hs -> hu")
    + "</subProcess>"
    + flows("i -> x")
    + "</subProcess>"
    + flows("s -> a", "a -> throw", "throw -> b", "b -> handled")
)


def test_compensation_is_started_by_its_event_only(harness):
    """Neither handlers nor compensation event sub-processes; and what undoes cannot be canceled by itself."""
    h = harness(COMPENSATED)
    h.start()
    h.complete("a")
    assert h.active() == ["throw", "undo"]

    for instruction in (StartBefore("undo"), StartBefore("hu"), StartBefore("h"), CancelActive("undo")):
        plan = h.plan(commands.ModifyInstance(0, (instruction,)))
        assert [one.reason for one in plan.findings] == ["COMPENSATION"]
    h.modify(Move("b", element_id="throw"))
    assert h.open_tasks() == ["undo", "b"]
    h.complete("undo")
    h.complete("b")
    h.complete("x")
    assert h.state == "COMPLETED"


def test_handler_that_is_a_sub_process_is_not_entered(harness):
    """It runs to compensate only, whatever is inside of it."""
    model = COMPENSATED.decode().replace(
        '<userTask id="undo" isForCompensation="true"/>',
        '<subProcess id="undo" isForCompensation="true"><userTask id="in"/></subProcess>',
    )
    h = harness(model.encode())
    h.start()

    assert [one.reason for one in h.plan(commands.ModifyInstance(0, (StartBefore("in"),))).findings] == ["COMPENSATION"]


def test_scope_that_cannot_be_entered_is_a_finding(harness):
    """Its input mapping fails: nothing is done."""
    h = harness(SUB)
    h.start(n="no number")

    assert reasons(h.plan(commands.ModifyInstance(0, (StartBefore("y"),)))) == [("SCOPE_FAILED", "", 0)]
    assert h.active() == ["a"]


CALLS = bpmn('<startEvent id="s"/><callActivity id="c" calledElement="q"/>' + flows("s -> c"))
CALLED = bpmn('<startEvent id="t"/><userTask id="k"/><userTask id="l"/>' + flows("t -> k", "k -> l"), process="q")


def test_called_instance_is_modified_by_its_own_elements(harness):
    """Within it; what the caller has is not in it."""
    h = harness(CALLS, CALLED)
    h.start()
    called = h.row("c").seq

    h.modify(Move("l", element_id="k"), instance=called)
    assert h.open_tasks() == ["l"]
    for instruction in (StartBefore("c"), CancelActive("c")):
        assert h.modify(instruction, instance=called).findings
    assert h.modify(CancelActive("l")).findings
    h.complete("l")
    with pytest.raises(FailedPrecondition, match="COMPLETED"):
        h.modify(StartBefore("k"), instance=called)


def test_called_instance_that_has_ended_is_not_modified(harness):
    """While its root goes on."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><callActivity id="c" calledElement="q"/><userTask id="u"/>' + flows("s -> c", "c -> u")
        ),
        CALLED,
    )
    h.start()
    called = h.row("c").seq
    h.complete("k")
    h.complete("l")

    with pytest.raises(FailedPrecondition, match="has ended"):
        h.modify(StartBefore("k"), instance=called)


def test_variables_are_set_as_an_element_sees_them_or_in_its_own_scope(harness):
    """Local ones make a scope of the element instance's own."""
    h = harness(SUB)
    h.start(n=1)
    h.complete("a")
    sub, task = h.row("sub").seq, h.row("x").seq

    h.operate(commands.SetInstanceVariables(task, {"own": "5", "n": "6"}))
    h.operate(commands.SetInstanceVariables(task, {"mine": "7"}, local=True))
    h.operate(commands.SetInstanceVariables(0, {"m": "8"}, local=True))

    assert (h.variables(sub)["own"], h.variables(), h.variables(task)) == (5, {"n": 6, "m": 8}, {"mine": 7})
    with pytest.raises(FailedPrecondition, match="not active"):
        h.operate(commands.SetInstanceVariables(99, {"n": "1"}))
