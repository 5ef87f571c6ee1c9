"""How many statements each command sends. On PostgreSQL each is one round trip; on SQLite a call into the library."""

from __future__ import annotations

import asyncio
from statistics import mode
from typing import Any, Final

import uvloop

from tests.benchmarks.callers import GrpcCaller
from tests.benchmarks.product import Product, open_product
from tests.benchmarks.works import w1

COMMANDS: Final = {
    "StartProcessInstance": "start",
    "ListUserTasks": "list",
    "ClaimUserTask": "claim",
    "CompleteUserTask": "complete",
}


class Counting(GrpcCaller):
    """A caller that notes how many statements the store sent for each of its calls.

    Args:
        product: The product; nobody else calls it meanwhile.
    """

    def __init__(self, product: Product) -> None:
        super().__init__(product.channel)
        self._statements = product.store.statements
        self.counts: dict[str, list[int]] = {}

    async def send(self, name: str, request: Any) -> Any:
        """Makes one call and counts."""
        before = self._statements.count
        response = await super().send(name, request)
        self.counts.setdefault(COMMANDS.get(name, name), []).append(self._statements.count - before)
        return response


async def count(database_url: str) -> dict[str, int]:
    """Does W1 and returns how many statements each command sends.

    The first W1 fills the definition cache, as the first call after a start does. Of the others the usual figure
    counts: a connection that the pool makes meanwhile makes the server forget what it wrote last.
    """
    # A poll of the timers would be counted too.
    async with open_product(database_url, {"timers_poll_seconds": "3600"}) as product:
        await w1(GrpcCaller(product.channel), "first")
        caller = Counting(product)
        for _ in range(3):
            await w1(caller, "second")
    return {name: mode(values) for name, values in caller.counts.items()}


def count_now(database_url: str) -> dict[str, int]:
    """Does the same from where no event loop runs."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(count(database_url))
