"""Exclusive gateway (BPMN 2.0.2, 10.6.2)."""

from __future__ import annotations

import pytest

from tests.support.harness import bpmn, flows


def choice(*conditions: str, default: str = "") -> bytes:
    """A process that goes to a1, a2, … by the conditions."""
    tasks = "".join(f'<userTask id="a{number}"/>' for number, _ in enumerate(conditions, 1))
    by_default = f'default="{default}"' if default else ""
    return bpmn(
        f'<startEvent id="s"/><exclusiveGateway id="g" {by_default}/>{tasks}'
        + flows("s -> g", *(f"f{n}| g -> a{n}" + (f": {text}" if text else "") for n, text in enumerate(conditions, 1)))
    )


@pytest.mark.parametrize(("x", "chosen"), ((1, "a3"), (5, "a1"), (3, "a2")))
def test_exclusive_gateway_takes_the_first_true_flow(harness, x, chosen):
    """Of several true flows the first of the file is taken, else the default flow, wherever that stands."""
    h = harness(choice("x > 3", "x > 2", "", default="f3"))

    h.start(x=x)

    assert h.active() == [chosen]


def test_exclusive_gateway_does_not_ask_its_default_flows_condition(harness):
    """A condition on the default flow has no effect."""
    h = harness(choice("x > 3", "x > 100", default="f2"))

    h.start(x=1)

    assert h.active() == ["a2"]


def test_exclusive_gateway_takes_a_flow_without_condition(harness):
    """A flow without condition counts as true."""
    h = harness(choice("x > 3", "", "x > 0"))

    h.start(x=1)

    assert h.active() == ["a2"]


def test_exclusive_gateway_without_a_true_flow_is_an_incident(harness):
    """Nothing true and no default flow: an incident, which can be repaired and retried."""
    h = harness(choice("x > 3", "x > 2"))

    h.start(x=1)
    incident = h.incidents()[0]
    h.resolve(x=3)

    assert (incident.reason, incident.element_id) == ("NO_SEQUENCE_FLOW_TRUE", "g")
    assert incident.message == "no condition of exclusiveGateway 'g' is true and it has no default flow"
    assert h.active() == ["a2"]


@pytest.mark.parametrize("value", ({}, {"x": "a"}, {"x": None}))
def test_exclusive_gateway_whose_condition_fails_is_an_incident(harness, value):
    """A condition that cannot be evaluated is an incident at the gateway, not a lost instance."""
    h = harness(choice("x + 1"))

    h.start(**value)

    assert [(incident.reason, incident.element_id) for incident in h.incidents()] == [("EXPRESSION_ERROR", "g")]
    assert h.state == "ACTIVE"


def test_exclusive_gateway_merges_without_waiting(harness):
    """Each token passes by itself."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><task id="x"/><task id="y"/><exclusiveGateway id="g"/><userTask id="a"/>'
            + flows("s -> x", "s -> y", "x -> g", "y -> g", "g -> a")
        )
    )

    h.start()

    assert h.active() == ["a", "a"]
    assert h.root.active == 2


def test_exclusive_gateway_loops_back(harness):
    """A loop runs until its condition says so."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><scriptTask id="inc" bpmgrpc:resultVariable="n"><script>${n + 1}</script></scriptTask>'
            '<exclusiveGateway id="g" default="out"/><endEvent id="e"/>'
            + flows("s -> inc", "inc -> g", "g -> inc: n < 5", "out| g -> e")
        )
    )

    h.start(n=0)

    assert h.state == "COMPLETED"
    assert h.variables() == {"n": 5}
