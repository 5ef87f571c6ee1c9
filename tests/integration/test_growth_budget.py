"""The budget of statements does not grow with what an instance has done, nor with the size of its process."""

from statistics import mode

import pytest

from tests.benchmarks.growth import chain, loop
from tests.benchmarks.product import open_product
from tests.benchmarks.statements import Counting

CASES = (
    pytest.param(loop(), 10, id="loop-10"),
    pytest.param(loop(), 1_000, id="loop-1000", marks=pytest.mark.slow),
    pytest.param(chain(10), 5, id="nodes-10"),
    pytest.param(chain(1_000), 5, id="nodes-1000"),
)
# As of any user task that leads to the next, without variables: see test_statement_budget.
BUDGET = {"sqlite": {"claim": 6, "complete": 10}, "postgresql": {"claim": 1, "complete": 1}}


@pytest.mark.parametrize(("process", "rounds"), CASES)
async def test_every_round_sends_the_same_statements(database_url, process, rounds):
    """The thousandth loop sends as many as the first, a process of 1,000 nodes as one of 10."""
    async with open_product(database_url, {"timers_poll_seconds": "3600"}) as product:
        caller = Counting(product)
        await caller.deploy("growth", process)
        await caller.start("growth", '{"clerk":"u","done":false}')
        for _ in range(rounds):
            (task,) = await caller.tasks("u")
            await caller.claim(task, "u")
            await caller.complete(task, "u", "")

    budget = BUDGET[database_url.partition(":")[0]]
    # The loops in the background may send a statement of their own meanwhile, which is counted with the call.
    for part in (slice(5), slice(-5, None)):
        assert {name: mode(caller.counts[name][part]) for name in budget} == budget
    assert len(caller.counts["complete"]) == rounds
