"""Tokens: forks, merges, conditional flows, and their number."""

from __future__ import annotations

import pytest

from tests.support.harness import boundary, bpmn, error, flows, timer


def test_activity_forks_by_its_outgoing_flows(harness):
    """Several flows without condition are all taken, without a gateway (BPMN 2.0.2, 13.3.1)."""
    h = harness(bpmn('<task id="t"/><userTask id="a"/><userTask id="b"/>' + flows("t -> a", "t -> b")))

    h.start()

    assert h.active() == ["a", "b"]


@pytest.mark.parametrize(
    ("n", "active"), ((0, ["always", "default"]), (2, ["always", "low"]), (6, ["always", "high", "low"]))
)
def test_activity_takes_its_conditional_flows(harness, n, active):
    """Flows without condition, those whose condition is true, and the default flow where none is."""
    h = harness(
        bpmn(
            '<task id="t" default="d"/><userTask id="always"/><userTask id="low"/><userTask id="high"/>'
            '<userTask id="default"/>' + flows("t -> always", "t -> low: n > 1", "t -> high: n > 5", "d| t -> default")
        )
    )

    h.start(n=n)

    assert h.active() == active


def test_activity_with_conditions_and_none_true_is_an_incident(harness):
    """A token never disappears silently."""
    h = harness(bpmn('<task id="t"/><userTask id="a"/>' + flows("t -> a: n > 1")))

    h.start(n=0)

    assert [(incident.reason, incident.element_id) for incident in h.incidents()] == [("NO_SEQUENCE_FLOW_TRUE", "t")]


def test_activity_with_default_flow_alone_takes_it(harness):
    """The default flow is taken where there is nothing else."""
    h = harness(bpmn('<task id="t" default="d"/><userTask id="a"/>' + flows("d| t -> a")))

    h.start()

    assert h.active() == ["a"]


def test_activity_is_entered_once_for_each_token(harness):
    """Several incoming flows are an implicit merge: nothing waits (BPMN 2.0.2, 13.3.1)."""
    h = harness(bpmn('<task id="x"/><task id="y"/><userTask id="a"/>' + flows("x -> a", "y -> a")))

    h.start()
    h.complete("a")

    assert h.active() == ["a"]
    assert h.root.active == 1


def test_two_tokens_may_use_the_same_flow(harness):
    """Tokens that follow one another along a flow stay two."""
    h = harness(
        bpmn(
            '<task id="x"/><task id="y"/><exclusiveGateway id="m"/><userTask id="a"/><parallelGateway id="p"/>'
            '<userTask id="b"/><userTask id="c"/>' + flows("x -> m", "y -> m", "m -> a", "a -> p", "p -> b", "p -> c")
        )
    )

    h.start()
    h.complete("a")
    h.complete("a")

    assert h.active() == ["b", "b", "c", "c"]
    assert h.root.active == 4


def test_errors_of_many_branches_are_caught_once(harness):
    """The first error interrupts the activity; the others are void with it."""
    h = harness(
        bpmn(
            '<subProcess id="sub"><startEvent id="s"/>'
            f'<endEvent id="e1">{error("A")}</endEvent><endEvent id="e2">{error("B")}</endEvent>'
            + flows("s -> e1", "s -> e2")
            + f'</subProcess>{boundary("er", "sub", error())}<userTask id="z"/>'
            + flows("n1| er -> z")
        )
    )

    h.start()

    assert h.active() == ["z"]


def test_multi_scope_process_counts_each_scope_by_itself(harness):
    """Boundary events, loops and forks in nested scopes leave every count right."""
    h = harness(
        bpmn(
            '<subProcess id="out"><subProcess id="in"><userTask id="a"/><userTask id="b"/></subProcess>'
            + boundary("t1", "in", timer("timeCycle", "R/PT1M"), interrupts=False)
            + '<userTask id="c"/>'
            + flows("t1 -> c")
            + "</subProcess>"
            + boundary("t2", "out", timer("timeDuration", "PT5M30S"))
            + '<userTask id="d"/>'
            + flows("n1| t2 -> d")
        )
    )

    h.start()
    h.advance_clock(240)
    h.complete("a")
    h.complete("c")
    inside = (h.row("out").active, h.row("in").active, h.root.active)
    h.advance_clock(90)

    assert inside == (4, 1, 1)
    assert h.active() == ["d"]
    assert h.timers() == []


def test_what_was_made_and_canceled_in_the_same_command_leaves_its_history_only(harness):
    """A branch that got far before another one threw an error is canceled with all it made."""
    branches = (
        f'<userTask id="u"/>{boundary("bt", "u", timer("timeDuration", "PT1M"))}<serviceTask id="w"/>'
        f'<intermediateCatchEvent id="i">{timer("timeDuration", "PT1M")}</intermediateCatchEvent>'
        '<callActivity id="c" calledElement="q"/><exclusiveGateway id="x"/><exclusiveGateway id="y"/>'
        '<task id="t"/><parallelGateway id="j"/>'
        f'<endEvent id="e">{error("E")}</endEvent><task id="t1"/><task id="t2"/>'
    )
    pairs = (
        "s -> u",
        "s -> w",
        "s -> i",
        "s -> c",
        "s -> x",
        "x -> t: 1 > 2",
        "s -> j",
        "t -> j",
        "s -> y",
        "y -> t: 1 > 2",
        "s -> t1",
    )
    h = harness(
        bpmn(
            f'<subProcess id="sub"><startEvent id="s"/>{branches}'
            + flows(*pairs, "t1 -> t2", "t2 -> e")
            + f'</subProcess>{boundary("er", "sub", error())}<userTask id="z"/>'
            + flows("n1| er -> z")
        ),
        bpmn('<userTask id="k"/>', process="q"),
    )

    h.start()

    assert h.active() == ["z"]
    assert h.rows.jobs(h.root_id) == []
    assert h.timers() == []
    assert {task.element_id: task.state.value for task in h.rows.user_tasks(h.root_id)} == {
        "u": "CANCELED",
        "k": "CANCELED",
        "z": "WAITING",
    }
    assert [row.state.value for row in h.rows.instances(h.root_id)] == ["CANCELED"]
    assert [(row.element_id, row.open) for row in h.rows.incidents(h.root_id)] == [("x", False), ("y", False)]
    canceled = {event.element_id for event in h.events if event.type == "ELEMENT_CANCELED"}
    assert canceled == {"sub", "u", "w", "i", "c", "k", "x", "y"}
