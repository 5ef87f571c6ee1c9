"""The budget of statements: what each command sends to the database, the same however large the instance is.

Counted, not timed, so that a slower path fails on any machine. On PostgreSQL a statement is a round trip.
"""

import pytest

from tests.benchmarks.callers import GrpcCaller
from tests.benchmarks.models import w3
from tests.benchmarks.product import open_product
from tests.benchmarks.statements import Counting, count
from tests.benchmarks.works import order_of

BUDGET = {
    "sqlite": {"start": 9, "list": 1, "claim": 6, "complete": 11},
    "postgresql": {"start": 1, "list": 1, "claim": 1, "complete": 1},
}
# Of an instance that another server wrote last: what a command is decided on is loaded first.
LOADED_BUDGET = {
    "sqlite": {"claim": 8, "complete": 16},
    "postgresql": {"claim": 2, "complete": 2},
}
# One branch of many: it ends at the join, so no task is made, and the join's row is written again. An instance with
# many rows is not remembered by the server that wrote it.
BRANCH_BUDGET = {
    "sqlite": {10: {"claim": 6, "complete": 8}, 1000: {"claim": 8, "complete": 13}},
    "postgresql": {10: {"claim": 1, "complete": 1}, 1000: {"claim": 2, "complete": 2}},
}


def dialect(database_url: str) -> str:
    return database_url.partition(":")[0]


async def test_commands_send_exactly_their_budget_of_statements(database_url):
    """Start, list, claim and complete send a fixed number of statements, BEGIN and COMMIT counted."""
    counts = await count(database_url)

    assert counts == BUDGET[dialect(database_url)]


async def test_command_on_what_another_server_wrote_loads_it_first(database_url):
    """Claim and complete on a server that did not start the instance send the statements that load what they need."""
    quiet = {"timers_poll_seconds": "3600"}
    async with open_product(database_url, quiet) as first, open_product(database_url, quiet) as second:
        starter, caller = GrpcCaller(first.channel), Counting(second)
        for _ in range(2):  # the first fills the definition cache
            await starter.start("W1", order_of("u"))
            caller.counts.clear()
            (task,) = await caller.tasks("u")
            await caller.claim(task, "u")
            await caller.complete(task, "u", '{"approved":true}')
            (task,) = await starter.tasks("u")
            await starter.complete(task, "u", "")

    budget = LOADED_BUDGET[dialect(database_url)]
    assert {name: max(caller.counts[name]) for name in budget} == budget


@pytest.mark.parametrize("branches", (10, pytest.param(1000, marks=pytest.mark.slow)))
async def test_budget_does_not_grow_with_the_open_elements(database_url, branches):
    """A task beside 1,000 open ones is claimed and completed with as many statements as one beside 10."""
    async with open_product(database_url, {"timers_poll_seconds": "3600"}) as product:
        caller = Counting(product)
        await caller.deploy("wide", w3(branches=branches, name="wide"))
        await caller.start("wide", order_of("u"))
        first, second = (await caller.tasks("u"))[:2]
        await caller.claim(first, "u")
        await caller.complete(first, "u", "")  # the join's row is made
        caller.counts.clear()

        await caller.claim(second, "u")
        await caller.complete(second, "u", "")

    assert {name: values for name, (values,) in caller.counts.items()} == BRANCH_BUDGET[dialect(database_url)][branches]
