"""Compensation and transactions (BPMN 2.0.2, 10.7, 10.3.5.2 and 13.5.5)."""

from __future__ import annotations

import pytest

from bpmgrpc.engine.execution import Limits
from tests.support.harness import boundary, bpmn, declared, error, event, event_sub_process, extensions, flows
from tests.unit.engine.verdicts import remarks


def compensate(activity: str = "", *, waits: bool = True) -> str:
    """A compensate event definition that throws."""
    reference = f' activityRef="{activity}"' if activity else ""
    return f"<compensateEventDefinition{reference}{'' if waits else f' waitForCompletion={chr(34)}false{chr(34)}'}/>"


def throw(name: str, activity: str = "", *, waits: bool = True) -> str:
    """An intermediate event that throws compensation."""
    return f'<intermediateThrowEvent id="{name}">{compensate(activity, waits=waits)}</intermediateThrowEvent>'


def undoes(activity: str, handler: str = "") -> str:
    """What undoes an activity: a boundary event with its association, and the handler, a user task unless given."""
    name = f"undo_{activity}"
    return (
        f'<boundaryEvent id="on_{activity}" attachedToRef="{activity}"><compensateEventDefinition/></boundaryEvent>'
        + (handler or f'<userTask id="{name}" isForCompensation="true"/>')
        + f'<association id="as_{activity}" associationDirection="One" sourceRef="on_{activity}" targetRef="{name}"/>'
    )


TWO = (
    '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><userTask id="z"/>' + undoes("a") + undoes("b")
    + flows("s -> a", "a -> b", "t -> z")
)  # fmt: skip


def test_completed_activities_are_undone_in_reverse_order_one_after_another(harness):
    """The last completed is undone first; the event that throws waits until all are."""
    h = harness(bpmn(TWO + throw("t") + flows("b -> t")))
    h.start()

    h.complete("a")
    h.complete("b")
    first = h.active()
    h.complete("undo_b")
    second = h.active()
    h.complete("undo_a")

    assert (first, second, h.active()) == (["t", "undo_b"], ["t", "undo_a"], ["z"])
    assert h.kept() == []
    assert [one.attributes for one in h.events if one.type == "COMPENSATION_THROWN"] == [None]


def test_what_was_kept_goes_with_the_instance(harness):
    """An instance that completes, is canceled or fails leaves nothing behind."""
    done, canceled = harness(bpmn(TWO + flows("b -> t") + '<task id="t"/>')), harness(bpmn(TWO + throw("t")))
    done.start()
    canceled.start()

    for name in ("a", "b", "z"):
        kept = done.kept()
        done.complete(name)
    canceled.complete("a")
    canceled.cancel()

    assert kept == ["a", "b"]
    assert (done.state, done.kept()) == ("COMPLETED", [])
    assert (canceled.state, canceled.kept()) == ("CANCELED", [])


def test_activity_that_is_named_is_undone_alone(harness):
    """Others that have completed stay as they are."""
    h = harness(bpmn(TWO + throw("t", "a") + flows("b -> t")))
    h.start()

    h.complete("a")
    h.complete("b")
    undone = h.active()
    h.complete("undo_a")

    assert undone == ["t", "undo_a"]
    assert (h.active(), h.kept()) == (["z"], ["b"])
    assert [one.attributes for one in h.events if one.type == "COMPENSATION_THROWN"] == [{"activity": "a"}]


def test_activity_that_has_not_completed_is_not_undone(harness):
    """There is nothing to undo, so the event lets its token go on."""
    body = '<parallelGateway id="g"/><userTask id="a"/><userTask id="b"/><userTask id="z"/>' + undoes("a")
    h = harness(
        bpmn(f'<startEvent id="s"/>{body}{throw("t")}' + flows("s -> g", "g -> a", "g -> b", "b -> t", "t -> z"))
    )
    h.start()

    h.complete("b")

    assert h.active() == ["a", "z"]


def test_what_was_undone_is_not_undone_again(harness):
    """The second event finds nothing left."""
    h = harness(bpmn(TWO + throw("t") + throw("u") + '<userTask id="y"/>' + flows("b -> t", "z -> u", "u -> y")))
    h.start()
    for name in ("a", "b", "undo_b", "undo_a"):
        h.complete(name)

    h.complete("z")

    assert h.active() == ["y"]


def test_activity_that_completed_twice_is_undone_twice(harness):
    """A loop back completes an activity again; each time is undone."""
    body = (
        '<startEvent id="s"/><userTask id="a"/><exclusiveGateway id="g" default="on"/><userTask id="z"/>' + undoes("a")
        + '<sequenceFlow id="again" sourceRef="g" targetRef="a"><conditionExpression>again</conditionExpression>'
        '</sequenceFlow><sequenceFlow id="on" sourceRef="g" targetRef="t"/>' + throw("t")
    )  # fmt: skip
    h = harness(bpmn(body + flows("s -> a", "a -> g", "t -> z")))
    h.start(again=True)

    h.complete("a")
    h.complete("a", again=False)
    h.complete("undo_a")
    between = h.active()
    h.complete("undo_a")

    assert (between, h.active()) == (["t", "undo_a"], ["z"])


def test_event_that_does_not_wait_lets_its_token_go_on_at_once(harness):
    """What is undone goes on beside it; the scope waits for both."""
    h = harness(bpmn(TWO + throw("t", waits=False) + flows("b -> t")))
    h.start()
    h.complete("a")
    h.complete("b")
    both = h.active()

    h.complete("z")
    after = (h.state, h.active())
    h.complete("undo_b")
    h.complete("undo_a")

    assert both == ["t", "undo_b", "z"]
    assert after == ("ACTIVE", ["t", "undo_b"])
    assert h.state == "COMPLETED"


@pytest.mark.parametrize("waits", (True, False))
def test_compensation_end_event_undoes_before_its_token_ends(harness, waits):
    """The instance is complete when everything has been undone."""
    body = '<startEvent id="s"/><userTask id="a"/>' + undoes("a")
    h = harness(bpmn(f'{body}<endEvent id="e">{compensate(waits=waits)}</endEvent>' + flows("s -> a", "a -> e")))
    h.start()

    h.complete("a")
    undoing = h.active()
    h.complete("undo_a")

    assert undoing == ["e", "undo_a"]
    assert h.state == "COMPLETED"


def test_event_that_throws_more_than_compensation_waits_for_that(harness):
    """An escalation and compensation in one event: the escalation is thrown first."""
    both = '<intermediateThrowEvent id="t">' + compensate() + event("escalation", "E") + "</intermediateThrowEvent>"
    h = harness(bpmn(TWO + both + flows("b -> t"), extra=declared("E")))
    h.start()
    h.complete("a")

    h.complete("b")
    undoing = h.active()
    h.complete("undo_b")
    h.complete("undo_a")

    assert (undoing, h.active()) == (["t", "undo_b"], ["z"])
    assert [one.type for one in h.events if one.type.endswith("_THROWN")] == [
        "ESCALATION_THROWN",
        "COMPENSATION_THROWN",
    ]


@pytest.mark.parametrize("steps", (1, 2, 3))
def test_compensation_goes_on_over_several_transactions(harness, steps):
    """Where a transaction is full what is left to undo is kept for the next one."""
    handlers = TWO
    for name in ("a", "b"):
        handlers = handlers.replace(
            f'<userTask id="undo_{name}" isForCompensation="true"/>',
            f'<task id="undo_{name}" isForCompensation="true"/>',
        )
    h = harness(bpmn(handlers + throw("t") + flows("b -> t")), limits=Limits(steps_per_slice=steps))
    h.start()
    h.go_on()
    h.complete("a")
    h.go_on()

    h.complete("b")
    h.go_on()

    assert (h.active(), h.kept()) == (["z"], [])
    assert [name for name in h.completed() if name.startswith("undo")] == ["undo_b", "undo_a"]


def test_handler_sees_the_variables_of_its_scope_as_they_are(harness):
    """A task's handler works on what its scope holds now."""
    handler = (
        '<scriptTask id="undo_a" isForCompensation="true" scriptFormat="feel">'
        + extensions(outputs=["=paid - 1 -> paid"])
        + "<script>=paid</script></scriptTask>"
    )
    h = harness(
        bpmn(TWO.replace('<userTask id="undo_a" isForCompensation="true"/>', handler) + throw("t") + flows("b -> t"))
    )
    h.start(paid=5)
    h.complete("a", paid=7)
    h.complete("b")

    h.complete("undo_b", paid=9)

    assert h.active() == ["z"]
    assert h.variables()["paid"] == 8


def sub(inside: str, *, beside: str = "") -> bytes:
    """A sub-process "sub" with a variable of its own, then the throwing event "t", then "z"."""
    local = extensions(inputs=["=1 -> mine"])
    return bpmn(
        f'<startEvent id="s"/><subProcess id="sub">{local}{inside}</subProcess>{throw("t")}<userTask id="z"/>'
        + beside + flows("s -> sub", "sub -> t", "t -> z")
    )  # fmt: skip


INSIDE = '<userTask id="a"/><userTask id="b"/>' + undoes("a") + undoes("b") + flows("a -> b")


def test_completed_sub_process_is_undone_by_undoing_what_is_inside(harness):
    """Default compensation: in reverse order, in its own scope, with its variables as they were at its end."""
    h = harness(sub(INSIDE))
    h.start()
    h.complete("a", mine=2)
    h.complete("b")
    first = h.active()
    seen = h.variables(h.row("sub").seq)

    h.complete("undo_b")
    second = h.active()
    h.complete("undo_a")

    assert (first, second, h.active()) == (["sub", "t", "undo_b"], ["sub", "t", "undo_a"], ["z"])
    assert seen == {"mine": 2}
    assert h.kept() == []


def test_sub_process_with_a_handler_is_undone_by_that_alone(harness):
    """Nothing of what is inside is kept."""
    h = harness(sub(INSIDE, beside=undoes("sub")))
    h.start()
    h.complete("a")
    h.complete("b")

    assert (h.active(), h.kept()) == (["t", "undo_sub"], [])


def test_sub_process_without_anything_to_undo_is_not_kept(harness):
    """Where the branch with the handler was not taken nothing is kept of it."""
    inside = (
        '<exclusiveGateway id="g" default="no"/><userTask id="a"/><userTask id="b"/>' + undoes("a")
        + '<sequenceFlow id="yes" sourceRef="g" targetRef="a"><conditionExpression>far</conditionExpression>'
        '</sequenceFlow><sequenceFlow id="no" sourceRef="g" targetRef="b"/>'
    )  # fmt: skip
    h = harness(sub(inside))
    h.start(far=False)

    h.complete("b")

    assert (h.active(), h.kept()) == (["z"], [])


COMPENSATING = (
    '<subProcess id="undoing" triggeredByEvent="true">'
    '<startEvent id="u_start"><compensateEventDefinition/></startEvent>'
    f'<userTask id="u"/>{throw("u_throw")}' + flows("u_start -> u", "u -> u_throw") + "</subProcess>"
)


def test_compensation_event_sub_process_undoes_its_sub_process(harness):
    """It replaces the default; a compensation that it throws means the activities beside it."""
    h = harness(sub(INSIDE + COMPENSATING))
    h.start()
    h.complete("a")
    h.complete("b")
    first = h.active()

    h.complete("u")
    second = h.active()
    h.complete("undo_b")
    h.complete("undo_a")

    assert first == ["sub", "t", "u", "undoing"]
    assert second == ["sub", "t", "u_throw", "undo_b", "undoing"]
    assert (h.active(), h.kept()) == (["z"], [])
    assert h.completed().count("sub") == 1  # what was undone does not complete again


def test_compensation_event_sub_process_of_a_process_never_occurs():
    """A process that is complete is not compensated; the deployment says so."""
    said = remarks(bpmn('<startEvent id="s"/><userTask id="a"/>' + flows("s -> a") + COMPENSATING))

    assert said == ["it never occurs: a process that is complete is not compensated (BPMN 2.0.2, 10.7.2)"]


def test_activity_of_a_scope_around_can_be_named(harness):
    """The nearest scope outwards that holds the activity is meant."""
    inner = f'<subProcess id="sub"><userTask id="b"/>{throw("t", "a")}<userTask id="z"/>' + flows("b -> t", "t -> z")
    body = '<startEvent id="s"/><userTask id="a"/>' + undoes("a") + inner + "</subProcess>"
    h = harness(bpmn(body + flows("s -> a", "a -> sub")))
    h.start()
    h.complete("a")

    h.complete("b")
    undoing = h.active()
    h.complete("undo_a")

    assert undoing == ["sub", "t", "undo_a"]
    assert h.active() == ["sub", "z"]


def test_called_process_is_not_undone_from_outside(harness):
    """What it kept goes when it completes, and an activity outside of it cannot be named."""
    called = bpmn(
        '<startEvent id="s"/><userTask id="a"/><userTask id="b"/>' + undoes("a") + throw("u", "nowhere")
        + flows("s -> a", "a -> u", "u -> b"),
        process="q",
    )  # fmt: skip
    main = bpmn(
        f'<startEvent id="s"/><callActivity id="call" calledElement="q"/>{throw("t")}<userTask id="z"/>'
        + flows("s -> call", "call -> t", "t -> z")
    )
    h = harness(main, called)
    h.start("p")
    h.complete("a")
    kept = h.kept()

    h.complete("b")

    assert (kept, h.kept(), h.active()) == (["a"], [], ["z"])


def test_terminated_sub_process_has_nothing_left_to_undo(harness):
    """A terminate end event ends its scope without compensation."""
    inside = (
        '<userTask id="a"/>' + undoes("a") + '<endEvent id="e"><terminateEventDefinition/></endEvent>' + flows("a -> e")
    )
    h = harness(sub(inside))
    h.start()

    h.complete("a")

    assert (h.active(), h.kept()) == (["z"], [])


def test_interrupting_event_sub_process_can_undo_what_was_completed(harness):
    """It cancels what is active in its scope; what was completed there can still be undone."""
    handler = (
        '<subProcess id="esc" triggeredByEvent="true"><startEvent id="e_start">' + error("E") + "</startEvent>"
        + throw("e_throw") + flows("e_start -> e_throw") + "</subProcess>"
    )  # fmt: skip
    body = '<startEvent id="s"/><userTask id="a"/><serviceTask id="b" xmlns:zeebe="z"/>' + undoes("a") + handler
    h = harness(bpmn(body + flows("s -> a", "a -> b")))
    h.start()
    h.complete("a")

    h.throw_error("b", "E")
    undoing = h.active()
    h.complete("undo_a")

    assert undoing == ["e_throw", "esc", "undo_a"]
    assert h.state == "COMPLETED"


def test_handler_that_fails_is_an_incident_and_the_thrower_waits(harness):
    """The handler can be tried again; then the rest is undone."""
    handler = '<callActivity id="undo_b" isForCompensation="true" calledElement="missing"/>'
    h = harness(
        bpmn(TWO.replace('<userTask id="undo_b" isForCompensation="true"/>', handler) + throw("t") + flows("b -> t"))
    )
    h.start()
    h.complete("a")

    h.complete("b")

    assert h.active() == ["t", "undo_b"]
    assert [incident.reason for incident in h.incidents()] == ["CALLED_PROCESS_NOT_FOUND"]


TRANSACTION = (
    '<startEvent id="s"/><transaction id="tx"><parallelGateway id="g"/><userTask id="a"/><userTask id="b"/>'
    '<userTask id="c"/><endEvent id="e"><cancelEventDefinition/></endEvent>' + undoes("a")
    + flows("g -> a", "a -> b", "b -> e", "g -> c") + '</transaction><userTask id="z"/><userTask id="x"/>'
    + flows("s -> tx", "tx -> z")
)  # fmt: skip
CANCELED = boundary("cancel", "tx", "<cancelEventDefinition/>") + flows("cancel -> x")


def test_canceled_transaction_is_undone_before_it_is_left(harness):
    """What is active is canceled, what was completed is undone, then the cancel boundary event takes over."""
    h = harness(bpmn(TRANSACTION + CANCELED))
    h.start()
    h.complete("a")

    h.complete("b")
    undoing = h.active()
    h.complete("undo_a")

    assert undoing == ["e", "tx", "undo_a"]
    assert (h.active(), h.kept(), h.root.active) == (["x"], [], 1)
    assert [one.element_id for one in h.events if one.type == "TRANSACTION_CANCELED"] == ["e"]


def test_canceled_transaction_with_nothing_to_undo_is_left_at_once(harness):
    """The boundary event takes over in the same step."""
    h = harness(bpmn(TRANSACTION.replace(undoes("a"), "") + CANCELED))
    h.start()
    h.complete("a")

    h.complete("b")

    assert h.active() == ["x"]


def test_canceled_transaction_that_nothing_takes_over_from_ends_its_token(harness):
    """Without a cancel boundary event there is nowhere to go on."""
    h = harness(bpmn(TRANSACTION))
    h.start()
    h.complete("a")
    h.complete("b")

    h.complete("undo_a")

    assert h.state == "COMPLETED"
    assert "z" not in h.completed()


def test_transaction_that_succeeds_goes_on_and_can_still_be_undone(harness):
    """It is a sub-process like any other."""
    body = (
        '<startEvent id="s"/><transaction id="tx"><userTask id="a"/>' + undoes("a") + "</transaction>" + throw("t")
        + '<userTask id="z"/>' + flows("s -> tx", "tx -> t", "t -> z")
    )  # fmt: skip
    h = harness(bpmn(body))
    h.start()

    h.complete("a")
    undoing = h.active()
    h.complete("undo_a")

    assert (undoing, h.active()) == (["t", "tx", "undo_a"], ["z"])


def test_error_leaves_a_transaction_without_undoing(harness):
    """A hazard: the error boundary event takes over, and nothing in it is undone."""
    body = (
        '<startEvent id="s"/><transaction id="tx"><userTask id="a"/><endEvent id="e">' + error("E") + "</endEvent>"
        + undoes("a") + flows("a -> e") + "</transaction>" + boundary("hazard", "tx", error("E"))
        + '<userTask id="x"/>' + flows("s -> tx", "hazard -> x")
    )  # fmt: skip
    h = harness(bpmn(body))
    h.start()

    h.complete("a")

    assert (h.active(), h.kept()) == (["x"], [])


def test_inclusive_join_does_not_wait_for_what_has_completed(harness):
    """What is kept to be undone is no token that could still arrive."""
    body = (
        '<startEvent id="s"/><inclusiveGateway id="g"/><userTask id="a"/><userTask id="b"/><inclusiveGateway id="j"/>'
        '<userTask id="z"/>' + undoes("a") + undoes("b")
    )  # fmt: skip
    h = harness(bpmn(body + flows("s -> g", "g -> a", "g -> b", "a -> j", "b -> j", "j -> z")))
    h.start()

    h.complete("a")
    h.complete("b")

    assert h.active() == ["z"]


EACH = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"


def each_of(items: str = "items") -> str:
    """A multi-instance over a collection."""
    return (
        f'<multiInstanceLoopCharacteristics camunda:collection="{items}" camunda:elementVariable="item">'
        "<completionCondition>done</completionCondition></multiInstanceLoopCharacteristics>"
    )


def test_handler_of_a_multi_instance_runs_once_for_each_instance(harness):
    """In the reverse order in which they completed, each with the variables that the instance had."""
    body = f'<startEvent id="s"/><userTask id="a">{each_of()}</userTask>{throw("t")}<userTask id="z"/>' + undoes("a")
    h = harness(bpmn(body + flows("s -> a", "a -> t", "t -> z")))
    h.start(items=["x", "y", "z"], done=False)
    tasks = [task for task in h.rows.user_tasks(h.root_id) if task.end_us is None]

    for number in (1, 0):
        h.complete_task(tasks[number])
    h.complete_task(tasks[2])
    undone = []
    while h.open_tasks() == ["undo_a"]:
        undone.append(h.variables(h.row("undo_a").scope)["item"])
        active = h.active()
        h.complete("undo_a", seen=undone[-1])

    assert undone == ["z", "x", "y"]
    assert active == ["a", "a", "t", "undo_a"]
    assert (h.active(), h.kept(), h.variables()["seen"]) == (["z"], [], "y")
    assert h.completed() == ["s", "a", "a", "a", "a", "undo_a", "undo_a", "undo_a", "t"]


def test_handler_of_a_loop_runs_once_for_each_round_that_completed(harness):
    """What a condition cut off has nothing to undo; what an interrupted handler undid stays undone."""
    loop = "<standardLoopCharacteristics><loopCondition>more</loopCondition></standardLoopCharacteristics>"
    body = f'<startEvent id="s"/><serviceTask id="a">{loop}</serviceTask>{throw("t", "a")}<userTask id="z"/>' + undoes(
        "a"
    )
    h = harness(bpmn(body + flows("s -> a", "a -> t", "t -> z")))
    h.start(more=True)
    h.complete_job("a")
    h.complete_job("a", more=False)

    rounds = [h.variables(h.row("undo_a").scope)]
    h.complete("undo_a")
    rounds.append(h.variables(h.row("undo_a").scope))
    h.complete("undo_a")

    assert rounds == [{"loopCounter": 2}, {"loopCounter": 1}]
    assert (h.active(), h.kept()) == (["z"], [])


def test_instances_of_a_multi_instance_that_were_canceled_have_nothing_to_undo(harness):
    """Only those that completed before the condition held."""
    body = f'<startEvent id="s"/><userTask id="a">{each_of()}</userTask>{throw("t")}<userTask id="z"/>' + undoes("a")
    h = harness(bpmn(body + flows("s -> a", "a -> t", "t -> z")))
    h.start(items=[1, 2, 3], done=False)

    h.complete("a", done=True)
    undone = h.variables(h.row("undo_a").scope)
    h.complete("undo_a")

    assert undone == {"item": 1, "loopCounter": 1}
    assert (h.active(), h.kept()) == (["z"], [])


def test_handler_of_calls_sees_the_item_and_nothing_of_the_called_process(harness):
    """A called process is not undone from outside: the handler belongs to the caller."""
    call = f'<callActivity id="a" calledElement="q">{each_of()}</callActivity>'
    body = f'<startEvent id="s"/>{call}{throw("t")}<userTask id="z"/>' + undoes("a")
    called = bpmn('<startEvent id="i"/><userTask id="w"/>' + flows("i -> w"), process="q")
    h = harness(bpmn(body + flows("s -> a", "a -> t", "t -> z")), called)
    h.start(items=["x", "y"], done=False)

    h.complete("w", inner=1)
    h.complete("w", inner=2)
    undone = h.variables(h.row("undo_a").scope)
    h.complete("undo_a")
    h.complete("undo_a")

    assert undone == {"item": "y", "loopCounter": 2}
    assert (h.active(), h.kept()) == (["z"], [])


def test_handler_of_each_sub_process_replaces_what_was_completed_inside(harness):
    """As it does without a loop."""
    inner = f'<subProcess id="sub"><userTask id="a"/>{undoes("a")}{EACH}</subProcess>' + undoes("sub")
    h = harness(
        bpmn(f'<startEvent id="s"/>{inner}{throw("t")}<userTask id="z"/>' + flows("s -> sub", "sub -> t", "t -> z"))
    )
    h.start()
    h.complete("a")
    h.complete("a")

    kept = h.kept()
    for _ in range(2):
        h.complete("undo_sub")

    assert kept == ["sub"]
    assert (h.active(), h.kept()) == (["z"], [])


def test_undoing_a_multi_instance_can_be_interrupted(harness):
    """The handler is canceled with the instance that it undoes; the instances' tasks stay completed."""
    inside = f'<userTask id="a">{each_of()}</userTask>{throw("t")}' + undoes("a") + flows("a -> t")
    body = f'<startEvent id="s"/><subProcess id="sub">{inside}</subProcess>' + boundary(
        "b", "sub", event("signal", "S")
    )
    h = harness(bpmn(body + '<userTask id="z"/>' + flows("s -> sub", "b -> z"), extra=declared("S")))
    h.start(items=[1, 2], done=False)
    h.complete("a")
    h.complete("a")

    h.deliver("S")

    states = sorted((task.element_id, task.state.value) for task in h.rows.user_tasks(h.root_id))
    assert states == [("a", "COMPLETED"), ("a", "COMPLETED"), ("undo_a", "CANCELED"), ("z", "WAITING")]
    assert h.active() == ["z"]


def test_results_of_a_multi_instance_stay_when_it_was_undone(harness):
    """They are not handed over a second time."""
    each = (
        '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=items" '
        'inputElement="item" outputCollection="results" outputElement="=item * 2"/></extensionElements>'
        "</multiInstanceLoopCharacteristics>"
    )
    inside = f'<subProcess id="sub"><userTask id="a"/>{undoes("a")}{each}</subProcess>'
    h = harness(
        bpmn(f'<startEvent id="s"/>{inside}{throw("t")}<userTask id="z"/>' + flows("s -> sub", "sub -> t", "t -> z"))
    )
    h.start(items=[1, 2])
    for name in ("a", "a", "undo_a", "undo_a"):
        h.complete(name)

    assert h.variables()["results"] == [2, 4]
    assert (h.active(), h.kept()) == (["z"], [])


def test_each_instance_of_a_sub_process_is_undone(harness):
    """Without a handler what was completed in each instance is undone, in the instance's own scope."""
    h = harness(sub('<userTask id="a"/>' + undoes("a") + EACH))
    h.start()
    h.complete("a")
    h.complete("a")
    first = (h.active(), h.variables(h.row("undo_a").scope))

    h.complete("undo_a")
    second = (h.active(), h.variables(h.row("undo_a").scope))
    h.complete("undo_a")

    assert first == (["sub", "sub", "t", "undo_a"], {"loopCounter": 2, "mine": 1})
    assert second == (["sub", "sub", "t", "undo_a"], {"loopCounter": 1, "mine": 1})
    assert (h.active(), h.kept()) == (["z"], [])


def test_instances_that_completed_before_the_condition_held_are_undone(harness):
    """Those that were canceled are not."""
    each = EACH.replace("2<", "3<").replace("</multi", "<completionCondition>done</completionCondition></multi")
    h = harness(sub('<userTask id="a"/>' + undoes("a") + each))
    h.start(done=False)
    h.complete("a")
    h.complete("a", done=True)
    first = h.active()

    h.complete("undo_a")
    h.complete("undo_a")

    assert first == ["sub", "sub", "t", "undo_a"]
    assert (h.active(), h.kept()) == (["z"], [])


@pytest.mark.parametrize(("event", "left"), ((CANCELED, ["x"]), ("", [])))
def test_cancel_in_one_instance_ends_all_instances_of_a_transaction(harness, event, left):
    """The boundary event takes over from the transaction as a whole."""
    h = harness(bpmn(TRANSACTION.replace("</transaction>", f"{EACH}</transaction>") + event))
    h.start()
    h.complete("a")

    h.complete("b")
    h.complete("undo_a")

    assert (h.active(), h.kept()) == (left, [])


def test_handler_that_is_canceled_before_it_begins_is_as_if_it_had_never_been(harness):
    """The throw does not wait, so the scope ends before the handler is entered: no user task was made."""
    body = (
        f'<startEvent id="s"/><subProcess id="sub"><userTask id="a"/>{undoes("a")}{throw("t", waits=False)}'
        '<endEvent id="e"><terminateEventDefinition/></endEvent>' + flows("a -> t", "t -> e")
        + '</subProcess><userTask id="z"/>'
    )  # fmt: skip
    h = harness(bpmn(body + flows("in| s -> sub", "out| sub -> z")))
    h.start()

    h.complete("a")

    assert h.active() == ["z"]
    assert [task.element_id for task in h.rows.user_tasks(h.root_id)] == ["a", "z"]


def test_handler_that_is_tried_again_and_canceled_was_never_entered(harness):
    """Between two transactions its step is kept."""
    h = harness(bpmn(TWO + throw("t") + flows("b -> t")), limits=Limits(steps_per_slice=2))
    h.start()
    h.go_on()
    h.complete("a")

    h.complete("b")
    undoing = h.active()
    h.cancel()

    assert undoing == ["t", "undo_b"]
    assert h.state == "CANCELED"


def test_what_two_events_undo_is_undone_once(harness):
    """An event goes on without what another one undid, or is undoing, since it was thrown."""
    both = (
        throw("t") + throw("u") + '<parallelGateway id="g"/><userTask id="y"/><userTask id="x"/>'
        + flows("b -> g", "g -> t", "g -> x", "x -> u", "u -> y")
    )  # fmt: skip
    h = harness(bpmn(TWO + both))
    h.start()
    h.complete("a")
    h.complete("b")
    h.complete("x")
    undone = h.active()

    h.complete("undo_a")
    first = h.active()
    h.complete("undo_b")

    assert undone == ["t", "u", "undo_a", "undo_b"]
    assert first == ["t", "undo_b", "y"]
    assert h.active() == ["y", "z"]
    assert [name for name in h.completed() if name.startswith("undo")] == ["undo_a", "undo_b"]


def test_scope_that_is_undone_catches_nothing(harness):
    """What a handler throws goes past the scope that has completed, with its boundary events, on outwards."""
    escalates = '<endEvent id="thrown">' + event("escalation", "E") + "</endEvent>"
    handler = (
        f'<subProcess id="undo_a" isForCompensation="true"><startEvent id="hs"/>{escalates}{flows("hs -> thrown")}'
    )
    inner = '<startEvent id="ps"/><userTask id="a"/>' + undoes("a", handler + "</subProcess>") + flows("ps -> a")
    body = (
        '<startEvent id="s"/><subProcess id="sub">' + inner + event_sub_process("in", event("escalation", "E"))
        + "</subProcess>" + boundary("b", "sub", event("escalation", "E")) + throw("t") + '<userTask id="z"/>'
        + '<userTask id="y"/>' + flows("s -> sub", "sub -> t", "t -> z", "b -> y")
        + event_sub_process("out", event("escalation", "E"), interrupts=False)
    )  # fmt: skip
    h = harness(bpmn(body, extra=declared("E")))
    h.start()

    h.complete("a")

    assert h.active() == ["out", "out_task", "z"]
    assert [one.attributes for one in h.events if one.type == "ESCALATION_THROWN"] == [
        {"code": "E", "caught_by": "out_start"}
    ]
