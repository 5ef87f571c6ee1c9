"""Link event definition (BPMN 2.0.2, 10.5.6)."""

from __future__ import annotations

from tests.support.harness import bpmn, catch_event, event, flows, throw_event
from tests.unit.engine.verdicts import refusals


def test_token_goes_from_a_throwing_link_to_the_catching_one(harness):
    """A link is a sequence flow that is not drawn; the catching event never waits."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/>{throw_event("out", event("link", "L"))}{catch_event("in", event("link", "L"))}'
            '<userTask id="a"/>' + flows("s -> out", "in -> a")
        )
    )

    h.start()

    assert h.active() == ["a"]
    assert h.completed() == ["s", "out", "in"]
    h.complete("a")
    assert h.state == "COMPLETED"


def test_several_links_throw_to_one(harness):
    """Each token that is thrown comes out of the catching link."""
    outs = "".join(throw_event(name, event("link", "L")) for name in ("o1", "o2"))
    h = harness(
        bpmn(
            f'<startEvent id="s"/>{outs}{catch_event("in", event("link", "L"))}<userTask id="a"/>'
            + flows("s -> o1", "s -> o2", "in -> a")
        )
    )

    h.start()

    assert h.open_tasks() == ["a", "a"]


def test_links_of_different_scopes_do_not_meet(harness):
    """A link of the same name in a sub-process is another one."""
    inner = throw_event("o2", event("link", "L")) + catch_event("i2", event("link", "L")) + '<userTask id="b"/>'
    h = harness(
        bpmn(
            f'<startEvent id="s"/>{throw_event("o1", event("link", "L"))}{catch_event("i1", event("link", "L"))}'
            f'<subProcess id="sub">{inner}{flows("n1| i2 -> b")}</subProcess>' + flows("s -> o1", "i1 -> sub")
        )
    )

    h.start()

    assert h.active() == ["b", "sub"]


def test_inclusive_join_waits_for_a_token_that_comes_by_a_link(harness):
    """A token before a throwing link can still reach what stands behind the catching one."""
    h = harness(
        bpmn(
            f'<startEvent id="s"/><userTask id="a"/><userTask id="b"/>{throw_event("o", event("link", "L"))}'
            f'{catch_event("i", event("link", "L"))}<inclusiveGateway id="join"/><userTask id="z"/>'
            + flows("s -> a", "s -> b", "a -> join", "b -> o", "i -> join", "join -> z")
        )
    )

    h.start()
    h.complete("a")
    before = h.active()
    h.complete("b")

    assert before == ["(join)", "b"]
    assert h.active() == ["z"]


def test_link_with_another_definition_is_refused():
    """A link is a link and nothing else."""
    body = catch_event("in", event("link", "L") + event("conditional", "x"))

    assert refusals(bpmn('<task id="a"/>' + body)) == [
        "an intermediateCatchEvent that is a link has no other event definition (BPMN 2.0.2, 10.5.6)"
    ]
