"""What a step costs: the same in the thousandth loop as in the first, in a large process as in a small one.

Counted in calls of functions, the interpreter's own included, and in questions to the store; not in time. So a slower
path fails on any machine. The engine is given nothing that it does not ask for.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.support import harness as harness_module
from tests.support.harness import AskedRows, Harness, bpmn, flows

Cost = tuple[int, int]  # calls of functions, questions


class Meter:
    """Counts what the engine does for each command.

    Args:
        advance: The engine's door.
    """

    def __init__(self, advance: Callable[..., Any]) -> None:
        self._advance = advance
        self._calls = self._questions = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Goes through the door, and counts; a command that has to ask goes through it again."""
        self._questions += 1
        before = sys.getprofile()
        gc.disable()  # what it finds in a test's leftovers may have functions to call
        sys.setprofile(self._count)
        try:
            return self._advance(*args, **kwargs)
        finally:
            sys.setprofile(before)
            gc.enable()

    def _count(self, _frame: Any, event: str, _argument: Any) -> None:
        if event in ("call", "c_call"):
            self._calls += 1

    def cost_of(self, command: Callable[[], object]) -> Cost:
        """What a command costs."""
        self._calls = self._questions = 0
        command()
        return self._calls, self._questions


@pytest.fixture
def meter(monkeypatch) -> Meter:
    """Counts what the harness has the engine do."""
    made = Meter(harness_module.advance)
    monkeypatch.setattr(harness_module, "advance", made)
    return made


def test_thousandth_loop_costs_as_much_as_the_second(meter):
    """What has been is not in the way of what is."""
    body = '<startEvent id="s"/><userTask id="a"/><exclusiveGateway id="g" default="back"/><endEvent id="e"/>'
    h = Harness([bpmn(body + flows("s -> a", "a -> g", "back| g -> a", "g -> e: done"))], AskedRows())
    h.start(done=False)
    h.complete("a")  # what is made once for a definition is made

    costs = [meter.cost_of(lambda: h.complete_task(h.rows.user_tasks(h.root_id)[-1])) for _ in range(1_000)]

    assert set(costs) == {costs[0]}
    assert h.open_tasks() == ["a"]


def chain(length: int) -> bytes:
    """A process of so many user tasks in a row."""
    names = [f"t{number}" for number in range(length)]
    body = "".join(f'<userTask id="{name}"/>' for name in names)
    pairs = [f"{source} -> {target}" for source, target in pairwise(("s", *names, "e"))]
    return bpmn(f'<startEvent id="s"/><endEvent id="e"/>{body}{flows(*pairs)}')


def test_step_costs_as_much_in_a_process_of_a_thousand_nodes_as_in_one_of_ten(meter):
    """No step looks at the whole model."""
    costs = []
    for length in (10, 1_000):
        h = Harness([chain(length)], AskedRows())
        begin = meter.cost_of(h.start)
        costs.append((begin, *(meter.cost_of(lambda n=n, h=h: h.complete(f"t{n}")) for n in range(5))))

    assert costs[0] == costs[1]


def many(wait: str = "userTask", attributes: str = "") -> bytes:
    """A multi-instance activity of n instances."""
    marker = f"<multiInstanceLoopCharacteristics {attributes}><loopCardinality>n</loopCardinality>"
    return bpmn(
        f'<startEvent id="s"/><{wait} id="m">{marker}</multiInstanceLoopCharacteristics></{wait}><userTask id="z"/>'
        + flows("s -> m", "m -> z")
    )


@pytest.mark.parametrize("sequential", ("true", "false"))
def test_completing_one_of_a_thousand_instances_costs_as_much_as_one_of_three(meter, sequential):
    """The others are counted, not read."""
    costs = []
    for instances in (3, 1_000):
        h = Harness([many(attributes=f'isSequential="{sequential}"')], AskedRows())
        h.start(n=instances)
        costs.append(meter.cost_of(lambda h=h: h.complete("m")))

    assert costs[0] == costs[1]


def test_each_instance_of_a_thousand_costs_as_much_to_make_as_each_of_a_hundred(meter):
    """Twice as many cost twice as much."""
    first, second, third = (
        meter.cost_of(lambda n=n: Harness([many()], AskedRows()).start(n=n))[0] for n in (100, 550, 1_000)
    )

    assert third - second == pytest.approx(second - first, rel=0.01)


@pytest.mark.parametrize("gateway", ("parallelGateway", "inclusiveGateway"))
def test_step_beside_a_thousand_open_elements_costs_as_much_as_beside_ten(meter, gateway):
    """A branch goes on by itself; only where it reaches an inclusive join is anybody else looked at."""
    costs = []
    for branches in (10, 1_000):
        names = [f"t{number}" for number in range(branches)]
        body = "".join(f'<userTask id="{name}"/>' for name in (*names, "next"))
        pairs = [pair for name in names for pair in (f"g -> {name}", f"{'next' if name == 't0' else name} -> j")]
        content = f'<startEvent id="s"/><{gateway} id="g"/><{gateway} id="j"/>{body}'
        h = Harness([bpmn(content + flows("s -> g", *pairs, "t0 -> next"))], AskedRows())
        h.start()
        costs.append(meter.cost_of(lambda h=h: h.complete("t0")))

    assert costs[0] == costs[1]
