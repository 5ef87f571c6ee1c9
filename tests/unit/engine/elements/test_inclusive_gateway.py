"""Inclusive gateway (BPMN 2.0.2, 10.6.3 and 13.4.3)."""

from __future__ import annotations

import pytest

from bpmgrpc.engine.commands import StartBefore
from tests.support.harness import boundary, bpmn, error, flows, timer

FORK = (
    '<startEvent id="s"/><inclusiveGateway id="p" default="d"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
    '<inclusiveGateway id="j"/><userTask id="z"/>'
)
FORK_FLOWS = ("s -> p", "p -> a: x > 1", "p -> b: x > 2", "d| p -> c", "a -> j", "b -> j", "c -> j", "j -> z")


@pytest.mark.parametrize(("x", "chosen"), ((1, ["c"]), (2, ["a"]), (3, ["a", "b"])))
def test_inclusive_gateway_takes_every_true_flow(harness, x, chosen):
    """A token leaves by every true flow, by the default flow where none is."""
    h = harness(bpmn(FORK + flows(*FORK_FLOWS)))

    h.start(x=x)

    assert h.active() == chosen


def test_inclusive_gateway_joins_what_was_forked(harness):
    """The join waits for the tokens that are on their way, and for no others."""
    h = harness(bpmn(FORK + flows(*FORK_FLOWS)))

    h.start(x=3)
    h.complete("b")
    waiting = h.active()
    h.complete("a")

    assert waiting == ["(j)", "a"]
    assert h.active() == ["z"]
    assert h.root.active == 1


def test_inclusive_gateway_without_a_true_flow_is_an_incident(harness):
    """Nothing true and no default flow: an incident."""
    h = harness(bpmn('<startEvent id="s"/><inclusiveGateway id="p"/><task id="a"/>' + flows("s -> p", "p -> a: x > 1")))

    h.start(x=1)

    assert [incident.reason for incident in h.incidents()] == ["NO_SEQUENCE_FLOW_TRUE"]


def test_inclusive_gateway_without_conditions_takes_every_flow(harness):
    """Flows without conditions are all true."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><inclusiveGateway id="p"/><userTask id="a"/><userTask id="b"/>'
            + flows("s -> p", "p -> a", "p -> b")
        )
    )

    h.start()

    assert h.active() == ["a", "b"]


def test_inclusive_join_fires_with_all_flows_at_once(harness):
    """Where a token waits at every incoming flow there is nothing to wait for."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="up"/><task id="a"/><task id="b"/><inclusiveGateway id="j"/>'
            '<userTask id="z"/>' + flows("s -> a", "s -> b", "s -> up", "a -> j", "b -> j", "up -> a", "j -> z")
        )
    )

    h.start()

    assert h.active() == ["up", "z"]


def test_inclusive_join_does_not_wait_for_a_token_that_passed_by(harness):
    """A token behind the join, with no way back, does not hold it up."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><inclusiveGateway id="p"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
            '<inclusiveGateway id="j"/><userTask id="z"/>'
            + flows("s -> p", "p -> a", "p -> b", "p -> c", "a -> j", "b -> j", "j -> z", "c -> z")
        )
    )

    h.start()
    h.complete("a")
    h.complete("b")

    assert h.active() == ["c", "z"]


@pytest.mark.parametrize("end", ("end", "cancel", "error"))
def test_inclusive_join_fires_when_the_awaited_token_vanishes(harness, end):
    """A token that ends, is canceled with its scope, or leaves by an error elsewhere is no longer waited for."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><inclusiveGateway id="p"/><userTask id="a"/><inclusiveGateway id="j"/>'
            '<userTask id="z"/><endEvent id="gone"/><exclusiveGateway id="x" default="out"/>'
            f'<subProcess id="sub"><serviceTask id="w"/></subProcess>'
            f"{boundary('t', 'sub', timer('timeDuration', 'PT1M'))}"
            f"{boundary('er', 'sub', error())}"
            + flows("s -> p", "p -> a", "p -> sub", "a -> j", "sub -> x", "x -> j: ok", "out| x -> gone", "j -> z")
        )
    )

    h.start(ok=False)
    h.complete("a")
    waiting = h.active()
    if end == "end":
        h.complete_job("w")
    elif end == "cancel":
        h.advance_clock(60)
    else:
        h.throw_error("w", "E")

    assert waiting == ["(j)", "sub", "w"]
    assert h.active() == ["z"]


def test_inclusive_join_waits_for_what_a_boundary_event_may_bring(harness):
    """A token at an activity can reach the join by the activity's boundary event."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><inclusiveGateway id="j"/><userTask id="z"/>'
            f'{boundary("t", "b", timer("timeDuration", "PT1M"))}<endEvent id="e"/>'
            + flows("s -> a", "s -> b", "a -> j", "t -> j", "b -> e", "j -> z")
        )
    )

    h.start()
    h.complete("a")
    waiting = h.active()
    h.advance_clock(60)

    assert waiting == ["(j)", "b"]
    assert h.active() == ["z"]


def test_two_inclusive_joins_in_a_row_fire_one_after_the_other(harness):
    """The second join waits for the token that waits at the first."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><inclusiveGateway id="p"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
            '<inclusiveGateway id="j1"/><inclusiveGateway id="j2"/><userTask id="z"/>'
            + flows("s -> p", "p -> a", "p -> b", "p -> c", "a -> j1", "b -> j1", "j1 -> j2", "c -> j2", "j2 -> z")
        )
    )

    h.start()
    h.complete("c")
    h.complete("a")
    waiting = h.active()
    h.complete("b")

    assert waiting == ["(j1)", "(j2)", "b"]
    assert h.active() == ["z"]


def test_inclusive_join_in_a_loop_does_not_wait_for_itself(harness):
    """A token that could come again only through the gateway itself is not waited for."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><inclusiveGateway id="j"/><userTask id="a"/>'
            '<exclusiveGateway id="x" default="out"/><endEvent id="e"/>'
            + flows("s -> j", "j -> a", "a -> x", "x -> j: again", "out| x -> e")
        )
    )

    h.start(again=True)
    h.complete("a")
    h.complete("a", again=False)

    assert h.state == "COMPLETED"
    assert h.completed().count("j") == 2


def test_inclusive_join_waits_for_a_token_that_loops_upstream(harness):
    """A token that goes round before the join is waited for in each round."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><inclusiveGateway id="p"/><userTask id="a"/><userTask id="b"/>'
            '<exclusiveGateway id="x" default="out"/><inclusiveGateway id="j"/><userTask id="z"/>'
            + flows("s -> p", "p -> a", "p -> b", "a -> j", "b -> x", "x -> b: again", "out| x -> j", "j -> z")
        )
    )

    h.start(again=True)
    h.complete("a")
    h.complete("b")
    waiting = h.active()
    h.complete("b", again=False)

    assert waiting == ["(j)", "b"]
    assert h.active() == ["z"]


def test_inclusive_join_takes_one_token_from_each_flow(harness):
    """Two tokens at one flow fire the join twice."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><inclusiveGateway id="j"/><userTask id="z"/>'
            + flows("s -> a", "s -> a", "s -> b", "a -> j", "b -> j", "j -> z")
        )
    )

    h.start()
    h.complete("a")
    h.complete("a")
    waiting = h.active()
    h.complete("b")

    assert waiting == ["(j)", "b"]
    assert h.active() == ["z", "z"]
    assert h.root.active == 2


def test_inclusive_join_in_a_nested_scope_sees_its_own_scope_only(harness):
    """Tokens of other scopes do not reach a join, and a nested scope counts as its sub-process."""
    inner = (
        '<subProcess id="in"><startEvent id="s2"/><inclusiveGateway id="p2"/><userTask id="a"/><userTask id="b"/>'
        '<inclusiveGateway id="j2"/>' + flows("s2 -> p2", "p2 -> a", "p2 -> b", "a -> j2", "b -> j2") + "</subProcess>"
    )
    h = harness(
        bpmn(
            f'<startEvent id="s"/><inclusiveGateway id="p"/>{inner}<userTask id="c"/><inclusiveGateway id="j"/>'
            '<userTask id="z"/>' + flows("s -> p", "p -> in", "p -> c", "in -> j", "c -> j", "j -> z")
        )
    )

    h.start()
    h.complete("c")
    h.complete("a")
    waiting = h.active()
    h.complete("b")

    assert waiting == ["(j)", "(j2)", "b", "in"]
    assert h.active() == ["z"]


def test_inclusive_join_waits_for_a_token_with_an_incident(harness):
    """A token that stands at a failed element can still come."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><inclusiveGateway id="p"/><userTask id="a"/><exclusiveGateway id="x"/>'
            '<inclusiveGateway id="j"/><userTask id="z"/>'
            + flows("s -> p", "p -> a", "p -> x", "a -> j", "x -> j: ok", "j -> z")
        )
    )

    h.start()
    h.complete("a")
    waiting = h.active()
    h.resolve(ok=True)

    assert waiting == ["(j)", "x"]
    assert h.active() == ["z"]


def test_waiting_inclusive_join_is_canceled_with_its_instance(harness):
    """Tokens at a join go with everything else."""
    h = harness(bpmn(FORK + flows(*FORK_FLOWS)))

    h.start(x=3)
    h.complete("a")
    h.cancel()

    assert h.active() == []
    assert h.state == "CANCELED"


CIRCLE = (
    '<startEvent id="s"/><parallelGateway id="fork"/><inclusiveGateway id="j1"/><inclusiveGateway id="j2"/>'
    '<exclusiveGateway id="x1" default="back1"/><exclusiveGateway id="x2" default="back2"/>'
    '<userTask id="a"/><userTask id="b"/><userTask id="y"/><userTask id="z"/>'
)
CIRCLE_FLOWS = (
    "s -> fork", "fork -> a", "fork -> b", "a -> j1", "b -> j2", "j1 -> x1", "j2 -> x2",
    "back1| x1 -> j2", "back2| x2 -> j1", "x1 -> y: done", "x2 -> z: done",
)  # fmt: skip


def test_inclusive_joins_that_wait_for_each_other_are_an_incident(harness):
    """It names them; resolving it lets the one go on that has waited longest, with the tokens that it has."""
    h = harness(bpmn(CIRCLE + flows(*CIRCLE_FLOWS)))

    h.start(done=False)
    h.complete("a")
    waiting = (h.active(), h.incidents())
    h.complete("b")
    (incident,) = h.incidents()
    active = h.active()
    h.resolve(done=True)

    assert waiting == (["(j1)", "b"], [])
    assert (incident.reason, incident.element_id) == ("JOINS_WAIT_FOR_EACH_OTHER", "j1")
    assert incident.message == (
        "the gateways 'j1' and 'j2' wait for each other's tokens for ever (BPMN 2.0.2, 13.4.3); resolving the incident "
        "lets 'j1' go on with the tokens that it has"
    )
    assert active == ["(j2)", "j1"]
    assert h.active() == ["y", "z"]


def test_join_that_goes_on_takes_along_what_came_after_it_was_given_up(harness):
    """Tokens that an operation sent there in the meantime are not lost: what is left over waits as before."""
    h = harness(bpmn(CIRCLE + flows(*CIRCLE_FLOWS)))
    h.start(done=False)
    h.complete("a")
    h.complete("b")

    h.modify(StartBefore("a"))
    h.complete("a")
    given_up = h.active()
    h.resolve(done=True)
    left_over = h.active()
    h.resolve()

    assert given_up == ["(j1)", "(j2)", "j1"]
    assert left_over == ["(j2)", "j1", "y"]
    assert h.active() == ["y", "y", "z"]


def test_incident_of_joins_that_wait_for_each_other_goes_with_its_scope(harness):
    """The instance can be canceled as ever."""
    h = harness(bpmn(CIRCLE + flows(*CIRCLE_FLOWS)))
    h.start(done=False)
    h.complete("a")
    h.complete("b")

    h.cancel()

    assert (h.state, h.active(), h.root.open_incidents) == ("CANCELED", [], 0)


def test_join_that_another_token_can_still_reach_is_in_no_circle(harness):
    """As long as one of them may be helped nobody is told anything; a third gateway may be part of the circle."""
    more = '<userTask id="c"/><inclusiveGateway id="j3"/><userTask id="w"/>'
    h = harness(bpmn(CIRCLE + more + flows(*CIRCLE_FLOWS, "fork -> c", "c -> j1", "x2 -> j3: third", "j3 -> j1")))
    h.start(done=False, third=False)
    h.complete("a")
    h.complete("b")
    helped = h.incidents()

    h.complete("c")

    assert helped == []
    assert [incident.element_id for incident in h.incidents()] == ["j1"]
