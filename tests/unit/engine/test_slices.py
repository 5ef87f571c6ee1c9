"""Step limit and slices: a run may be long, but a transaction may not, and no run is endless."""

from __future__ import annotations

import pytest

from bpmgrpc.engine import commands
from bpmgrpc.engine.execution import Limits
from tests.support.harness import (
    boundary,
    bpmn,
    declared,
    error,
    event,
    event_sub_process,
    extensions,
    flows,
    throw_event,
    timer,
)

ENDLESS = bpmn('<startEvent id="s"/><task id="a"/><task id="b"/>' + flows("s -> a", "a -> b", "b -> a"))


@pytest.fixture(params=[1, 2, 3, 5])
def slices(request):
    """Limits that cut a run into small slices."""
    return Limits(steps_per_slice=request.param)


def start_only(h, **variables):
    """Starts an instance and leaves the rest of the run to others, as a server does that crashes after the commit."""
    h.submit(commands.StartInstance(h.root_id, h.first, {name: str(value) for name, value in variables.items()}))


def test_endless_loop_is_an_incident(harness):
    """A loop that never waits stops at the step limit, and resolving grants as many steps again."""
    h = harness(ENDLESS, limits=Limits(steps=100, steps_per_slice=30))

    h.start()
    first = [(incident.reason, incident.message) for incident in h.incidents()]
    h.resolve()

    assert first == [("STEP_LIMIT", "the instance took more than 100 steps without waiting")]
    assert [incident.open for incident in h.rows.incidents(h.root_id)] == [False, True]
    assert h.completed().count("a") + h.completed().count("b") == 199


def test_endless_loop_that_makes_ever_more_tokens_is_stopped(harness):
    """At the limit every token on its way is stopped, however many there are, so that the run ends."""
    h = harness(
        bpmn('<startEvent id="s"/><task id="a"/>' + flows("s -> a", "a -> a", "f2| a -> a")),
        limits=Limits(steps=60, steps_per_slice=7),
    )

    h.start()

    assert {incident.reason for incident in h.incidents()} == {"STEP_LIMIT"}
    assert h.root.active == len(h.incidents())
    h.cancel()
    assert h.state == "CANCELED"


def test_step_limit_does_not_touch_branches_that_wait(harness):
    """A branch that waits for somebody goes on as if nothing had happened."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><task id="a"/><userTask id="u"/><userTask id="v"/>'
            + flows("s -> a", "s -> u", "a -> a", "u -> v")
        ),
        limits=Limits(steps=50),
    )

    h.start()
    h.complete("u")

    assert h.active() == ["a", "v"]


def test_steps_are_counted_from_the_last_wait(harness):
    """Each command has the whole limit before it."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="u"/><task id="t1"/><task id="t2"/>'
            + flows("s -> u", "u -> t1", "t1 -> t2", "t2 -> u")
        ),
        limits=Limits(steps=4),
    )

    h.start()
    for _ in range(10):
        h.complete("u")

    assert h.incidents() == []
    assert h.active() == ["u"]


def test_instance_that_ends_with_its_last_allowed_step_is_complete(harness):
    """The limit stops tokens that arrive, not the end of what is done."""
    h = harness(bpmn('<startEvent id="s"/><endEvent id="e"/>' + flows("s -> e")), limits=Limits(steps=2))

    h.start()

    assert h.state == "COMPLETED"


def test_long_run_is_continued_slice_by_slice(harness, slices):
    """What is left of a full transaction waits as READY rows, and the outcome is the same."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><parallelGateway id="p"/><task id="a"/><subProcess id="sub"><startEvent id="s2"/>'
            '<inclusiveGateway id="p2"/><task id="c"/><task id="d"/><inclusiveGateway id="j2"/><task id="f"/>'
            '<parallelGateway id="p3"/><task id="g"/><task id="i"/><parallelGateway id="j3"/>'
            + flows(
                "s2 -> p2",
                "p2 -> c",
                "p2 -> d",
                "c -> j2",
                "d -> j2",
                "j2 -> f",
                "f -> p3",
                "p3 -> g",
                "p3 -> i",
                "g -> j3",
                "i -> j3",
            )
            + '</subProcess><callActivity id="q" calledElement="q"/><parallelGateway id="j"/><userTask id="z"/>'
            + flows(
                "n1| s -> p", "n2| p -> a", "n3| p -> sub", "n4| a -> j", "n5| sub -> q", "n6| q -> j", "n7| j -> z"
            )
        ),
        bpmn('<startEvent id="s"/><task id="k"/><endEvent id="e"/>' + flows("s -> k", "k -> e"), process="q"),
        limits=slices,
    )

    h.start(x=1)

    assert h.active() == ["z"]
    assert sorted(h.completed()) == sorted(
        ["s", "p", "a", "sub", "s2", "p2", "c", "d", "j2", "f", "p3", "g", "i", "j3", "q", "s", "k", "e", "j"]
    )


def test_crash_between_slices_loses_nothing(harness):
    """Until somebody continues, the READY steps wait; commands on other branches neither take nor lose them."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="u"/><userTask id="v"/><task id="t1"/><task id="t2"/><userTask id="z"/>'
            + boundary("r", "u", timer("timeCycle", "R/PT1H"), interrupts=False)
            + flows("s -> u", "s -> t1", "u -> v", "t1 -> t2", "t2 -> z")
        ),
        limits=Limits(steps_per_slice=3),
    )

    start_only(h)
    crashed = (h.root.ready, h.active())
    h.limits = Limits()
    task = h.task("u")
    h.submit(commands.SetVariables(task.seq, {"x": "1"}), task.seq, "element")
    h.clock.advance(3600)
    seq = h.rows.timers(h.root_id)[0].seq
    h.submit(commands.FireTimer(seq), seq, "timer")
    h.submit(commands.CompleteUserTask(task.seq, "ann"), task.seq, "user_task")
    between = (h.root.ready, h.active())
    h.go_on()

    assert crashed == (True, ["t2", "u"])
    assert between == (True, ["t2", "v"])
    assert h.active() == ["v", "z"]


def test_inclusive_join_does_not_fire_while_steps_are_ready(harness):
    """A READY step upstream of a join, or on its way into it, is waited for by commands that come in between."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><inclusiveGateway id="p"/><userTask id="a"/><task id="b"/><inclusiveGateway id="j"/>'
            '<userTask id="z"/>' + flows("s -> p", "p -> b", "p -> a", "a -> j", "b -> j", "j -> z")
        ),
        limits=Limits(steps_per_slice=4),
    )

    start_only(h)
    parked = [(row.element_id, row.state.value, row.flow) for row in h.rows.elements(h.root_id)]
    h.limits = Limits()
    task = h.task("a")
    h.submit(commands.CompleteUserTask(task.seq, "ann"), task.seq, "user_task")
    waiting = h.active()
    h.go_on()

    assert ("j", "READY", "flow5_b_j") in parked
    assert waiting == ["(j)", "j"]
    assert h.active() == ["z"]


def test_ready_steps_are_canceled_with_their_instance(harness, slices):
    """Canceling between two slices leaves nothing to continue."""
    h = harness(ENDLESS, limits=slices)

    start_only(h)
    h.cancel()

    assert h.state == "CANCELED"
    assert not h.root.ready
    assert h.submit(commands.Continue()) is None


def test_continue_has_nothing_to_do_where_nothing_is_ready(harness):
    """A second server that continues what the first one has finished does no harm."""
    h = harness(bpmn('<userTask id="a"/>'))

    h.start()

    assert h.submit(commands.Continue()) is None


def test_ready_end_of_a_scope_is_taken_in_the_next_slice(harness):
    """A sub-process and a called process whose last token ended may be left one transaction later."""
    body = f'<subProcess id="sub">{extensions(outputs=["1 -> x"])}<userTask id="a"/></subProcess>'
    h = harness(bpmn(body + '<userTask id="z"/>' + flows("sub -> z")), limits=Limits(steps_per_slice=1))

    h.start()
    task = h.task("a")
    h.submit(commands.CompleteUserTask(task.seq, "ann"), task.seq, "user_task")
    parked = [(row.element_id, row.state.value, row.data) for row in h.rows.elements(h.root_id)]
    h.go_on()

    assert parked == [("sub", "READY", {"op": "scope_done"})]
    assert h.active() == ["z"]
    assert h.variables() == {"x": 1}


def test_steps_that_became_void_are_not_parked(harness):
    """What an error or the end of the instance made void is not kept for the next transaction."""
    h = harness(
        bpmn(
            f'<subProcess id="sub"><startEvent id="s"/><endEvent id="e">{error("E")}</endEvent><task id="t"/>'
            + flows("s -> e", "s -> t")
            + f'</subProcess>{boundary("er", "sub", error())}<userTask id="z"/>'
            + flows("n1| er -> z")
        ),
        limits=Limits(steps_per_slice=3),
    )

    start_only(h)
    parked = [(row.element_id, row.state.value) for row in h.rows.elements(h.root_id)]
    h.go_on()

    assert parked == [("er", "READY")]
    assert h.active() == ["z"]


def test_void_steps_behind_others_are_not_parked_either(harness):
    """A step that became void while others were before it is dropped when these are parked."""
    h = harness(
        bpmn(
            f'<subProcess id="sub"><startEvent id="s"/><task id="t"/><task id="t2"/>'
            f'<endEvent id="e">{error("E")}</endEvent>'
            + flows("s -> t", "s -> e", "t -> t2")
            + f'</subProcess><task id="x"/><task id="x1"/><task id="x2"/>{boundary("er", "sub", error())}'
            + flows("n1| x -> x1", "n2| x1 -> x2")
        ),
        limits=Limits(steps_per_slice=6),
    )

    start_only(h)
    parked = [(row.element_id, row.state.value) for row in h.rows.elements(h.root_id)]
    h.go_on()

    assert parked == [("x2", "READY"), ("er", "READY")]
    assert h.state == "COMPLETED"


def test_instance_whose_last_step_fills_the_slice_is_complete(harness):
    """The end of the root instance needs no transaction of its own."""
    h = harness(bpmn('<startEvent id="s"/><endEvent id="e"/>' + flows("s -> e")), limits=Limits(steps_per_slice=2))

    start_only(h)

    assert h.state == "COMPLETED"
    assert not h.root.ready


def test_many_ready_steps_are_continued_a_slice_at_a_time(harness):
    """A slice takes up no more READY rows than it can do steps."""
    tasks = "".join(f'<task id="t{number}"/>' for number in range(10))
    h = harness(
        bpmn(f'<startEvent id="s"/>{tasks}<userTask id="z"/>' + flows(*(f"s -> t{n}" for n in range(10)))),
        limits=Limits(steps_per_slice=2),
    )

    start_only(h)
    h.submit(commands.Continue())
    ready = [row.element_id for row in h.rows.elements(h.root_id) if row.state == "READY"]
    h.go_on()

    assert len(ready) == 7
    assert h.state == "COMPLETED"


def test_costly_expressions_fill_a_slice_and_count_towards_the_limit(harness):
    """What an expression costs counts as steps, so that one instance cannot keep the others waiting."""
    costly = bpmn(
        '<startEvent id="s"/><scriptTask id="a" camunda:resultVariable="n">'
        '<script>=count(for i in 1..20000 return i)</script></scriptTask><endEvent id="e"/>' + flows("s -> a", "a -> e")
    )
    h = harness(costly)

    changes = h.start()

    assert changes.root.ready
    assert changes.root.steps > 100
    assert h.state == "COMPLETED"
    assert h.variables() == {"n": 20000}


def test_throw_that_waits_for_its_turn_is_taken_in_the_next_slice(harness):
    """A signal waits until nothing else moves; where that fills the transaction it need not arrive again."""
    body = f'<startEvent id="s"/>{throw_event("t", event("signal", "S"))}<userTask id="z"/>'
    h = harness(bpmn(body + flows("s -> t", "t -> z"), extra=declared("S")), limits=Limits(steps_per_slice=1))

    h.start()

    assert [signal.name for signal in h.signals] == ["S"]
    assert h.active() == ["z"]


def test_throw_waits_for_what_is_kept_for_the_next_slice_too(harness):
    """It is the last whatever the size of the slices is."""
    body = f'<startEvent id="s"/>{throw_event("t", event("signal", "S"))}<task id="a"/><task id="b"/>'
    content = bpmn(body + flows("s -> t", "s -> a", "a -> b"), extra=declared("S"))
    at_once = harness(content)
    in_slices = harness(content, limits=Limits(steps_per_slice=1))

    for h in (at_once, in_slices):
        h.start()

    assert at_once.completed() == in_slices.completed() == ["s", "a", "b", "t"]


def test_throw_that_waits_for_its_turn_is_canceled_with_its_scope(harness):
    """It was never entered."""
    content = bpmn(
        f'<startEvent id="s"/>{throw_event("t", event("signal", "S"))}' + flows("s -> t"), extra=declared("S")
    )
    h = harness(content, limits=Limits(steps_per_slice=2))

    start_only(h)
    kept = [row.data for row in h.rows.elements(h.root_id)]
    h.cancel()

    assert kept == [{"op": "turn"}]
    assert h.signals == []
    assert h.state == "CANCELED"


def test_scope_without_a_start_that_listens_is_done_over_several_slices(harness):
    """What is kept of its beginning does not outlive it."""
    inside = '<exclusiveGateway id="g"/><task id="a"/>' + flows("g -> a", "a -> g")
    body = f'<subProcess id="sub">{inside}{event_sub_process("e", event("message", "M"))}</subProcess>'
    h = harness(
        bpmn(f'<startEvent id="s"/>{body}<userTask id="z"/>' + flows("in| s -> sub", "out| sub -> z"),
             extra=declared("M")),
        limits=Limits(steps_per_slice=1),
    )  # fmt: skip

    h.start()

    assert h.active() == ["z"]
    assert h.waiting() == []


@pytest.mark.parametrize("steps", range(1, 12))
def test_inclusive_join_fires_also_where_its_last_token_arrives_in_a_full_slice(harness, steps):
    """What is kept for the next slice may be in another scope only, which does not lead to the join."""
    inside = '<inclusiveGateway id="f"/><task id="a"/><task id="b"/><inclusiveGateway id="j"/><task id="c"/>'
    inside += flows("f -> a", "f -> b", "a -> j", "b -> j", "j -> c")
    outside = "".join(f'<task id="t{number}"/>' for number in range(8))
    chain = [f"t{number} -> t{number + 1}" for number in range(7)]
    body = f'<startEvent id="s"/><subProcess id="sub">{inside}</subProcess>{outside}'
    h = harness(bpmn(body + flows("s -> sub", "s -> t0", *chain)), limits=Limits(steps_per_slice=steps))

    h.start()

    assert h.state == "COMPLETED"
