"""The works, as calls: what a user of the product would do, whichever way the calls go.

W1 is seven calls, five of them durable; W2 is one; W3 is a start, one list, and ten times claim and complete. Every
durable call carries a request id, as a careful client's does, so its answer is stored too.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

ORDER: Final = {
    "order": {"number": 12345678901234567890, "customer": "Nok", "lines": [{"item": "lamp", "price": 19.90}] * 4},
    "note": "to be checked by the desk",
}
APPROVED: Final = '{"approved":true}'


class Caller(Protocol):
    """A user of the product who knows one way of calling it."""

    async def start(self, process: str, variables: str) -> str:
        """Starts an instance; returns its id."""
        ...

    async def tasks(self, user: str) -> list[str]:
        """Lists the ids of a user's open tasks."""
        ...

    async def claim(self, task: str, user: str) -> None:
        """Claims a task."""
        ...

    async def complete(self, task: str, user: str, variables: str) -> None:
        """Completes a task."""
        ...


Work = Callable[[Caller, str], Awaitable[None]]


def order_of(user: str) -> str:
    """Returns the variables of a start whose tasks are offered to a user."""
    return json.dumps({**ORDER, "clerk": user}, separators=(",", ":"))


async def w1(caller: Caller, user: str) -> None:
    """Does W1: start; twice list, claim, complete."""
    await caller.start("W1", order_of(user))
    for variables in (APPROVED, ""):
        (task,) = await caller.tasks(user)
        await caller.claim(task, user)
        await caller.complete(task, user, variables)


async def w2(caller: Caller, _user: str) -> None:
    """Does W2: start."""
    await caller.start("W2", '{"n":0}')


async def w3(caller: Caller, user: str) -> None:
    """Does W3: start, list, ten times claim and complete."""
    await caller.start("W3", order_of(user))
    for task in await caller.tasks(user):
        await caller.claim(task, user)
        await caller.complete(task, user, "")


async def start_only(caller: Caller, user: str) -> None:
    """Starts an instance of W1 and leaves it open."""
    await caller.start("W1", order_of(user))


WORKS: Final[Mapping[str, Work]] = {"W1": w1, "W2": w2, "W3": w3, "open": start_only}


class Timed:
    """A caller that notes how long each call of another one takes.

    Args:
        caller: Who makes the calls.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.milliseconds: dict[str, list[float]] = defaultdict(list)

    async def _time(self, name: str, call: Awaitable[Any]) -> Any:
        started = time.perf_counter()
        result = await call
        self.milliseconds[name].append((time.perf_counter() - started) * 1000)
        return result

    async def start(self, process: str, variables: str) -> str:
        """Starts an instance; returns its id."""
        found: str = await self._time("start", self._caller.start(process, variables))
        return found

    async def tasks(self, user: str) -> list[str]:
        """Lists the ids of a user's open tasks."""
        found: list[str] = await self._time("list", self._caller.tasks(user))
        return found

    async def claim(self, task: str, user: str) -> None:
        """Claims a task."""
        await self._time("claim", self._caller.claim(task, user))

    async def complete(self, task: str, user: str, variables: str) -> None:
        """Completes a task."""
        await self._time("complete", self._caller.complete(task, user, variables))
