"""Conditional event definition (BPMN 2.0.2, 10.5.6)."""

from __future__ import annotations

import pytest

from bpmgrpc.engine import commands
from bpmgrpc.engine.execution import Limits
from bpmgrpc.errors import FailedPrecondition
from tests.support.harness import boundary, bpmn, catch_event, event, event_sub_process, flows
from tests.unit.engine.verdicts import refusals, remarks

IS_HOT = event("conditional", "heat > 30")


def set_variables(h, name: str, **variables: object) -> None:
    """Sets variables as an open user task sees them."""
    seq = h.task(name).seq
    texts = {key: str(value) for key, value in variables.items()}
    h.submit(commands.SetVariables(seq, texts), seq, "user_task")
    h.go_on()


def test_catch_event_waits_until_its_condition_becomes_true(harness):
    """The condition is evaluated whenever a variable of the instance was set."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="a"/>{catch_event("c", IS_HOT)}<userTask id="z"/>'
            + flows("s -> a", "s -> c", "c -> z")
        )
    )

    h.start(heat=20)
    set_variables(h, "a", heat=25)
    before = h.active()
    set_variables(h, "a", heat=31)

    assert before == ["a", "c"]
    assert h.active() == ["a", "z"]
    assert h.waiting() == []


def test_condition_that_is_true_already_does_not_wait(harness):
    """It is evaluated when the event begins to wait."""
    h = harness(bpmn(f'<startEvent id="s"/>{catch_event("c", IS_HOT)}<userTask id="z"/>' + flows("s -> c", "c -> z")))

    h.start(heat=40)

    assert h.active() == ["z"]


def test_condition_that_cannot_be_evaluated_is_not_true(harness):
    """A variable may be not there yet."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="a"/>{catch_event("c", IS_HOT)}<userTask id="z"/>'
            + flows("s -> a", "s -> c", "c -> z")
        )
    )

    h.start()
    before = h.active()
    h.complete("a", heat=31)

    assert before == ["a", "c"]
    assert h.active() == ["z"]


def test_boundary_event_interrupts_when_its_condition_becomes_true(harness):
    """Its activity is canceled."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="h"/>{boundary("b", "h", IS_HOT)}<userTask id="z"/>'
            + flows("s -> h", "b -> z")
        )
    )

    h.start(heat=1)
    set_variables(h, "h", heat=31)

    assert h.active() == ["z"]


def test_event_that_does_not_interrupt_occurs_again_after_its_condition_was_false(harness):
    """The condition must become false and then true before the event can be triggered again."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="h"/>{boundary("b", "h", IS_HOT, interrupts=False)}<userTask id="z"/>'
            + flows("s -> h", "b -> z")
        )
    )

    h.start(heat=31)
    at_once = h.open_tasks()
    set_variables(h, "h", heat=32)
    still_true = h.open_tasks()
    set_variables(h, "h", heat=1)
    set_variables(h, "h", heat=33)

    assert at_once == still_true == ["h", "z"]
    assert h.open_tasks() == ["h", "z", "z"]


@pytest.mark.parametrize("interrupts", (True, False))
def test_event_sub_process_starts_when_its_condition_becomes_true(harness, interrupts):
    """In a sub-process it reads the variables that are visible there."""
    inner = event_sub_process("es", IS_HOT, interrupts=interrupts)
    h = harness(
        bpmn(f'<startEvent id="s"/><subProcess id="sub"><userTask id="a"/>{inner}</subProcess>' + flows("s -> sub"))
    )

    h.start(heat=1)
    set_variables(h, "a", heat=31)

    assert h.active() == ["es", "es_task", "sub"] if interrupts else ["a", "es", "es_task", "sub"]


def test_variables_of_another_process_do_not_matter(harness):
    """A called process has variables of its own; a change of the caller's does not reach its conditions."""
    main = bpmn(
        '<startEvent id="s"/><userTask id="a"/><callActivity id="call" calledElement="q"/>'
        + flows("s -> a", "s -> call")
    )
    called = bpmn(
        f'<startEvent id="s"/>{catch_event("c", IS_HOT)}<userTask id="i"/>' + flows("s -> c", "s -> i"), process="q"
    )
    h = harness(main, called)

    h.start(heat=1)
    set_variables(h, "a", heat=31)
    before = h.active()
    set_variables(h, "i", heat=31)

    assert before == ["a", "c", "call", "i"]
    assert h.active() == ["a", "call", "i"]


def test_conditions_beside_those_of_another_process_are_left_alone(harness):
    """Only conditions of the instance whose variables changed are evaluated."""
    main = bpmn(
        f'<startEvent id="s"/><userTask id="a"/>{catch_event("d", IS_HOT)}<callActivity id="call" calledElement="q"/>'
        + flows("s -> a", "s -> call", "s -> d")
    )
    called = bpmn(
        f'<startEvent id="s"/>{catch_event("c", IS_HOT)}<userTask id="i"/>' + flows("s -> c", "s -> i"), process="q"
    )
    h = harness(main, called)

    h.start(heat=1)
    set_variables(h, "a", heat=31)

    assert h.active() == ["a", "c", "call", "i"]


def test_condition_is_evaluated_where_a_run_fills_its_transaction(harness):
    """What was set before the transaction was full is not forgotten."""
    steps = "".join(f'<task id="t{number}"/>' for number in range(6))
    path = [f"t{number} -> t{number + 1}" for number in range(5)]
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="a"/>{catch_event("c", IS_HOT)}<userTask id="z"/>{steps}'
            '<userTask id="e"/>' + flows("s -> a", "s -> c", "a -> t0", *path, "t5 -> e", "c -> z")
        ),
        limits=Limits(steps_per_slice=3),
    )

    h.start(heat=1)
    h.complete("a", heat=31)

    assert h.active() == ["e", "z"]


def test_conditional_start_event_is_evaluated_when_a_call_starts_the_process(harness):
    """The instance begins at those events whose condition is true for the call's variables."""
    body = f'<startEvent id="s">{IS_HOT}</startEvent><userTask id="a"/>' + flows("s -> a")
    h = harness(bpmn(body))

    with pytest.raises(FailedPrecondition, match="no none start event"):
        h.start(heat=1)
    h.start(heat=31)

    assert h.active() == ["a"]
    assert remarks(bpmn(body)) == [
        "its condition is evaluated when a call starts the process, with the call's variables"
    ]


def test_condition_that_is_missing_or_cannot_be_read_is_refused():
    """It could never become true."""
    empty = "<conditionalEventDefinition/>"

    assert refusals(bpmn('<task id="a"/>' + catch_event("c", empty))) == [
        "a conditional event needs a condition (BPMN 2.0.2, 10.5.5)"
    ]
    (reason,) = refusals(bpmn('<task id="a"/>' + catch_event("c", event("conditional", "a >"))))
    assert reason.startswith("the condition 'a >' cannot be read")


def test_token_that_a_condition_moves_finds_the_join_of_its_own_scope(harness):
    """The condition becomes true in a scope that the command is not about; a token waits at a join there already."""
    inside = (
        f'<userTask id="a"/>{catch_event("c", IS_HOT)}<parallelGateway id="j"/><task id="d"/>'
        + flows("a -> j", "c -> j", "j -> d")
    )  # fmt: skip
    nested = f'<subProcess id="sub"><subProcess id="inner">{inside}</subProcess></subProcess>'
    h = harness(bpmn(f'<startEvent id="s"/>{nested}<userTask id="z"/>' + flows("s -> sub", "s -> z")))
    h.start(heat=1)
    h.complete("a")

    set_variables(h, "z", heat=31)

    assert h.active() == ["z"]
    assert "d" in h.completed()
