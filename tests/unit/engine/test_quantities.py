"""Start and completion quantity (BPMN 2.0.2, 10.3)."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import compile_process
from tests.support.harness import bpmn, flows


def test_activity_starts_when_its_start_quantity_of_tokens_has_arrived(harness):
    """Tokens count by whichever flows they come; those in excess wait for the next time."""
    h = harness(
        bpmn(
            '<userTask id="x"/><userTask id="y"/><userTask id="a" startQuantity="3"/>'
            + flows("x -> a", "x2| x -> a", "y -> a", "y2| y -> a")
        )
    )

    h.start()
    h.complete("x")
    waiting = (h.active(), h.root.active)
    h.complete("y")

    assert waiting == (["(a)", "y"], 3)
    assert h.active() == ["(a)", "a"]
    assert h.root.active == 2
    h.cancel()
    assert h.active() == []


def test_activity_that_starts_a_scope_counts_its_tokens_too(harness):
    """Where no flow leads to it, the activity has one token and waits for ever for the others."""
    h = harness(bpmn('<userTask id="a" startQuantity="2"/>'))

    h.start()

    assert h.active() == ["(a)"]


def test_activity_sends_its_completion_quantity_of_tokens_by_each_flow(harness):
    """Each flow that is taken carries as many tokens."""
    h = harness(
        bpmn(
            '<userTask id="x" completionQuantity="2"/><userTask id="a"/><userTask id="b"/>' + flows("x -> a", "x -> b")
        )
    )

    h.start()
    h.complete("x")

    assert h.active() == ["a", "a", "b", "b"]
    assert h.root.active == 4


def test_quantities_meet(harness):
    """What one activity sends another one can wait for."""
    h = harness(bpmn('<task id="x" completionQuantity="3"/><userTask id="a" startQuantity="3"/>' + flows("x -> a")))

    h.start()

    assert h.active() == ["a"]
    assert h.root.active == 1


@pytest.mark.parametrize("quantity", ("0", "-1", "1000", "1000000000", "two", "9" * 5000))
def test_quantity_that_nobody_can_mean_is_refused(quantity):
    """A quantity is a number from 1 to 999."""
    content = bpmn(f'<task id="a" completionQuantity="{quantity}"/>')

    compilation = compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS)

    assert compilation.program is None
    refused = [finding.reason for finding in compilation.findings if finding.verdict.value == "refused"]
    assert refused[0].startswith("completionQuantity has to be a number from 1 to 999, not ")
