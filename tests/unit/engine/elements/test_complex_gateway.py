"""Complex gateway (BPMN 2.0.2, 10.6.5 and 13.4.5)."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import compile_process
from tests.support.harness import bpmn, flows

ABC = ("a", "b", "c")


def gateway(condition: str = "", attributes: str = "") -> str:
    inner = f"<activationCondition><![CDATA[{condition}]]></activationCondition>" if condition else ""
    return f'<complexGateway id="g" {attributes}>{inner}</complexGateway>'


def joined(condition: str, *outgoing: str, attributes: str = "", more: str = "") -> bytes:
    """Three user tasks that join at the gateway."""
    tasks = "".join(f'<userTask id="{name}"/>' for name in ABC)
    pairs = [pair for name in ABC for pair in (f"s -> {name}", f"in{name}| {name} -> g")]
    return bpmn(
        f'<startEvent id="s"/>{tasks}{gateway(condition, attributes)}<userTask id="z"/>{more}'
        + flows(*pairs, *(outgoing or ("g -> z",)))
    )


def test_gateway_fires_when_its_condition_is_true(harness):
    """Two of three tokens activate it; the third is taken by the reset and goes no further."""
    h = harness(joined("activationCount >= 2"))

    h.start()
    h.complete("b")
    one = h.active()
    h.complete("a")
    two = h.active()
    h.complete("c")

    assert one == ["(g)", "a", "c"]
    assert two == ["(g)", "c", "z"]
    assert h.active() == ["z"]
    h.complete("z")
    assert h.state == "COMPLETED"
    assert h.completed().count("z") == 1


def test_gateway_whose_late_tokens_never_come_is_reset_with_its_scope(harness):
    """What waits for reset does not keep the instance alive."""
    body = (
        '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><exclusiveGateway id="x" default="out"/>'
        f'{gateway("activationCount >= 1")}<userTask id="z"/><endEvent id="e"/>'
    )
    h = harness(bpmn(body + flows("s -> a", "s -> b", "a -> g", "b -> x", "x -> g: late", "out| x -> e", "g -> z")))

    h.start(late=False)
    h.complete("a")
    h.complete("z")
    waiting = h.active()
    h.complete("b")

    assert waiting == ["(g)", "b"]
    assert h.state == "COMPLETED"


def test_gateway_of_a_sub_process_ends_with_it(harness):
    """The sub-process is complete when no token is left."""
    inner = f'<userTask id="a"/><userTask id="b"/>{gateway("activationCount >= 1")}<userTask id="c"/>'
    h = harness(bpmn(f'<subProcess id="sub">{inner}{flows("a -> g", "b -> g", "g -> c")}</subProcess>'))

    h.start()
    h.complete("a")
    h.complete("c")
    half = h.active()
    h.complete("b")

    assert half == ["(g)", "b", "sub"]
    assert h.state == "COMPLETED"


def test_scope_is_done_while_its_gateway_waits_for_reset(harness):
    """An error end event elsewhere cannot be waited for: a branch that ended is no token any more."""
    inner = (
        '<startEvent id="s2"/><userTask id="a"/><userTask id="b"/>'
        f'{gateway("activationCount >= 1")}<endEvent id="e2"/><userTask id="d"/>'
    )
    links = flows("s2 -> a", "a -> g", "b -> g", "g -> e2", "d -> b")
    h = harness(bpmn(f'<subProcess id="sub">{inner}{links}</subProcess><userTask id="z"/>' + flows("sub -> z")))

    h.start()
    h.complete("a")

    assert h.active() == ["z"]


def test_gateway_without_condition_waits_for_all(harness):
    """A token at each incoming flow activates it."""
    h = harness(joined(""))

    h.start()
    h.complete("a")
    h.complete("b")
    waiting = h.active()
    h.complete("c")

    assert waiting == ["(g)", "c"]
    assert h.active() == ["z"]


def test_tokens_that_came_during_the_wait_activate_it_again(harness):
    """After the reset the second token of a flow counts for the next time."""
    body = (
        '<startEvent id="s"/><exclusiveGateway id="m"/><userTask id="a"/><userTask id="b"/>'
        f'{gateway("activationCount >= 1")}<userTask id="z"/>'
    )
    h = harness(bpmn(body + flows("s -> m", "s -> m", "s -> b", "m -> a", "a -> g", "b -> g", "g -> z")))

    h.start()
    h.complete("a")
    h.complete("a")
    during = (h.active(), h.open_tasks())
    h.complete("b")

    assert during == (["(g)", "b", "z"], ["b", "z"])
    assert h.open_tasks() == ["z", "z"]


def test_two_rounds_of_tokens_that_wait_already_fire_twice(harness):
    """Tokens that were kept one behind the other activate the gateway one after the other."""
    body = (
        '<startEvent id="s"/><exclusiveGateway id="m"/><userTask id="a"/><userTask id="b"/><userTask id="b2"/>'
        f'<exclusiveGateway id="n"/>{gateway("open and activationCount == 2")}<userTask id="z"/>'
    )
    links = ("s -> m", "s -> m", "s -> b", "s -> b2", "m -> a", "b -> n", "b2 -> n", "a -> g", "n -> g", "g -> z")
    h = harness(bpmn(body + flows(*links)))

    h.start(open=False)
    for name in ("a", "a", "b"):
        h.complete(name)
    before = h.open_tasks()
    h.complete("b2", open=True)

    assert before == ["b2"]
    assert h.open_tasks() == ["z", "z"]


@pytest.mark.parametrize(
    ("outgoing", "expected"),
    (
        (("g -> z: true",), ["z", "z"]),
        (("g -> z: waitingForStart", "g -> y: not waitingForStart"), ["z", "y"]),
        (("d| g -> z", "g -> y: false"), ["z", "z"]),
        (("g -> z", "g -> y: false"), ["z"]),
        (("g -> z",), ["z"]),
    ),
)
def test_reset_sends_tokens_by_conditions_only(harness, outgoing, expected):
    """Conditions are asked again, and may ask in which state the gateway is; a flow without one has no second token."""
    attributes = 'default="d"' if outgoing[0].startswith("d|") else ""
    more = '<userTask id="y"/>' if len(outgoing) > 1 else ""
    h = harness(joined("activationCount == 2", *outgoing, attributes=attributes, more=more))

    h.start()
    for name in ABC:
        h.complete(name)

    assert h.open_tasks() == expected


@pytest.mark.parametrize(("x", "expected"), ((1, ["a"]), (2, ["a", "b"]), (3, ["c"])))
def test_gateway_with_one_incoming_flow_splits_by_conditions(harness, x, expected):
    """As an inclusive gateway: all true conditions, else the default flow."""
    body = '<startEvent id="s"/>' + gateway("", 'default="d"') + "".join(f'<userTask id="{name}"/>' for name in ABC)
    h = harness(bpmn(body + flows("s -> g", "g -> a: x < 3", "g -> b: x == 2", "d| g -> c")))

    h.start(x=x)

    assert h.open_tasks() == expected


def test_gateway_may_be_where_a_process_starts(harness):
    """Without incoming flow a token simply passes."""
    h = harness(bpmn(f'{gateway()}<userTask id="a"/><userTask id="b"/>{flows("g -> a", "g -> b")}'))

    h.start()

    assert h.open_tasks() == ["a", "b"]


def test_condition_that_cannot_be_evaluated_is_an_incident_of_the_token(harness):
    """The token has not arrived; when it is tried again it does."""
    h = harness(joined("activationCount >= enough"))

    h.start()
    h.complete("a")
    opened = [(found.element_id, found.reason) for found in h.incidents()]
    h.resolve(enough=1)

    assert opened == [("g", "EXPRESSION_ERROR")]
    assert "z" in h.active()


def test_gateway_outside_of_a_sub_process_waits_on_when_that_ends(harness):
    """It is reset with its own scope only."""
    h = harness(
        joined("activationCount >= 1", "g -> z", "z -> sub", more='<subProcess id="sub"><task id="t"/></subProcess>')
    )

    h.start()
    h.complete("a")
    h.complete("z")

    assert h.active() == ["(g)", "b", "c"]


def test_gateway_that_waits_for_all_says_so():
    """The verdict tells what was chosen."""
    compilation = compile_process(parse_file("f.bpmn", joined("")).processes[0], ELEMENTS)

    assert [found.reason for found in compilation.findings if found.element_id == "g"] == [
        "without an activationCondition it waits for a token at each incoming flow"
    ]
