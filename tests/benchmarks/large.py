"""Whether a call costs the same with much data as with little: pairs of databases, measured in turns, in-process.

    make large                                                      # both databases; writes docs/large-data.md
    python -m tests.benchmarks.large --instances 10000 --databases sqlite          # a quick look, printed only

====================  =============================================  ================================================
what                  little                                         much
====================  =============================================  ================================================
open instances        none but its own                               a million of W1, waiting at the first task
active elements       100 instances of a multi-instance user task    10,000
nodes of the process  10 user tasks in a row                         2,000
a variable            W1 as it is                                    with a variable of 1 MiB, which no step reads
====================  =============================================  ================================================

The million is made by SQL, as copies of the rows of one that the product started: its tasks are offered to 10,000
users. Figures are medians; calls of a pair take turns, so that a slow moment of the machine meets both.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

from bpmgrpc.store.tables import METADATA
from bpmgrpc.store.url import parse_url
from bpmgrpc.v1 import process_runtime_pb2 as pb
from tests.benchmarks.callers import GrpcCaller
from tests.benchmarks.databases import ROOT_IDS, Databases, fill, numbered
from tests.benchmarks.growth import chain, many
from tests.benchmarks.pages import write_between_marks
from tests.benchmarks.product import open_product
from tests.benchmarks.works import APPROVED, order_of

USERS: Final = 10_000
ELEMENTS: Final = (100, 10_000)
NODES: Final = (10, 2_000)
VARIABLE_BYTES: Final = 1 << 20
SAMPLES: Final = 60
DOCS: Final = Path(__file__).parents[2] / "docs"
_SETTINGS: Final = {"timers_poll_seconds": "3600", "sqlite_synchronous": "NORMAL"}

Times = dict[str, list[float]]
Step = Callable[["Timed"], Awaitable[None]]


@dataclass
class Timed:
    """A caller of one product whose calls are timed.

    Attributes:
        caller: The caller.
        milliseconds: Of each kind of call.
    """

    caller: GrpcCaller
    milliseconds: Times = field(default_factory=lambda: defaultdict(list))

    async def time(self, name: str, call: Awaitable[object]) -> object:
        """Awaits a call and notes how long that took."""
        begin = perf_counter()
        found = await call
        self.milliseconds[name].append((perf_counter() - begin) * 1_000)
        return found

    async def work(self, variables: str) -> None:
        """Does a W1."""
        await self.time("start", self.caller.start("W1", variables))
        for name, given in (("complete", APPROVED), ("complete, the last", "")):
            task = await self.first()
            await self.time("claim", self.caller.claim(task, "me"))
            await self.time(name, self.caller.complete(task, "me", given))

    async def first(self) -> str:
        """Lists tasks, without their total; returns the first."""
        response: Any = await self.time(
            "list", self.caller.send("ListUserTasks", pb.ListUserTasksRequest(user="me", skip_total=True))
        )
        found: str = response.user_tasks[0].user_task_id
        return found

    async def task(self) -> None:
        """Claims and completes the first task of a list."""
        task = await self.first()
        await self.time("claim", self.caller.claim(task, "me"))
        await self.time("complete", self.caller.complete(task, "me", ""))


def copies(url: str, template: str, number: int) -> None:
    """Copies all rows of a root, that many times, each offered to one of the users.

    Args:
        url: The database; nobody uses it.
        template: Id of the root.
        number: How many copies.
    """
    dialect = parse_url(url).dialect
    id_ = ROOT_IDS[dialect]
    others = {
        ("user_task", "candidates"): f"'[\"Uu' || (n % {USERS}) || '\"]'",
        ("user_task_candidate", "candidate"): f"'Uu' || (n % {USERS})",
    }
    statements = []
    for table in METADATA.sorted_tables:
        columns = [column.name for column in table.columns]
        if columns[0] == "root_id":  # the feed of changes is kept by time, and no step reads it
            values = [id_ if name == "root_id" else others.get((table.name, name), name) for name in columns]
            statements.append(
                f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(values)}"
                f" FROM {table.name}, {numbered(dialect, number)} WHERE root_id = '{template}'"
            )
    fill(url, statements)


async def _opened(stack: AsyncExitStack, url: str) -> Timed:
    product = await stack.enter_async_context(open_product(url, _SETTINGS))
    return Timed(GrpcCaller(product.channel))


async def _in_turns(pair: tuple[Timed, Timed], steps: tuple[Step, Step], samples: int) -> tuple[Times, Times]:
    for number in range(samples + 5):
        if number == 5:  # the first ones compile statements and fill caches
            for one in pair:
                one.milliseconds.clear()
        for one, step in zip(pair, steps, strict=True):
            await step(one)
    return pair[0].milliseconds, pair[1].milliseconds


async def _instances(make: Callable[[], str], number: int) -> tuple[Times, Times]:
    little, much = make(), make()
    async with open_product(much, _SETTINGS) as product:
        template = await GrpcCaller(product.channel).start("W1", order_of("u0"))
    begin = perf_counter()
    copies(much, template, number)
    print(f"{number:,} instances made in {perf_counter() - begin:.0f} s", flush=True)
    async with AsyncExitStack() as stack:
        pair = (await _opened(stack, little), await _opened(stack, much))

        async def step(one: Timed) -> None:
            await one.work(order_of("me"))

        return await _in_turns(pair, (step, step), SAMPLES)


async def _processes(make: Callable[[], str], files: tuple[str, str], samples: int) -> tuple[Times, Times]:
    async with AsyncExitStack() as stack:
        pair = (await _opened(stack, make()), await _opened(stack, make()))
        for one, content in zip(pair, files, strict=True):
            await one.time("deploy", one.caller.deploy("growth", content))
            await one.time("start", one.caller.start("growth", '{"clerk":"me"}'))
        once = [dict(one.milliseconds) for one in pair]

        async def step(one: Timed) -> None:
            if not await one.caller.tasks("me"):
                await one.caller.start("growth", '{"clerk":"me"}')
            await one.task()

        little, much = await _in_turns(pair, (step, step), samples)
    return once[0] | little, once[1] | much


async def _variable(make: Callable[[], str]) -> tuple[Times, Times]:
    plain = order_of("me")
    large = plain[:-1] + f',"attachment":"{"x" * VARIABLE_BYTES}"' + "}"
    async with AsyncExitStack() as stack:
        pair = (await _opened(stack, make()), await _opened(stack, make()))

        async def without(one: Timed) -> None:
            await one.work(plain)

        async def with_it(one: Timed) -> None:
            await one.work(large)

        return await _in_turns(pair, (without, with_it), SAMPLES)


async def measure(make: Callable[[], str], instances: int) -> AsyncIterator[tuple[str, Times, Times]]:
    """Measures all pairs on one database.

    Args:
        make: Makes an empty database and returns its URL.
        instances: Open instances of the first pair.

    Yields:
        What differs, and the times with little and with much.
    """
    yield f"{instances:,} open instances", *await _instances(make, instances)
    little, much = ELEMENTS
    yield f"{much:,} active elements, {little}", *await _processes(make, (many(little), many(much)), SAMPLES)
    little, much = NODES
    yield f"{much:,} nodes, {little}", *await _processes(make, (chain(little), chain(much)), SAMPLES)
    yield "a variable of 1 MiB", *await _variable(make)


def rows(dialect: str, what: str, little: Times, much: Times) -> list[str]:
    """Returns the lines of one pair: medians, and how many times as much."""
    found = []
    for name in ("deploy", "start", "list", "claim", "complete", "complete, the last"):
        if name in little:
            one, other = median(little[name]), median(much[name])
            found.append(f"| {dialect} | {what} | {name} | {one:.3g} | {other:.3g} | {other / one:.2f} |")
    return found


async def _run(options: argparse.Namespace) -> list[str]:
    lines = ["| database | much, little | call | little: ms | much: ms | times |", "|---|---|---|--:|--:|--:|"]
    with TemporaryDirectory() as folder, ExitStack() as stack:
        databases = Databases(Path(folder), stack)
        for dialect in options.databases:
            async for what, little, much in measure(lambda dialect=dialect: databases.make(dialect), options.instances):
                new = rows(dialect, what, little, much)
                print(*new, sep="\n", flush=True)
                lines += new
    return lines


def main() -> None:
    """Measures, prints, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=1_000_000)
    parser.add_argument("--databases", nargs="+", default=["postgresql", "sqlite"])
    parser.add_argument("--write", action="store_true", help="write docs/large-data.md")
    options = parser.parse_args()
    lines = asyncio.run(_run(options))
    if options.write:
        write_between_marks(DOCS / "large-data.md", "\n".join(lines) + "\n", "large")


if __name__ == "__main__":
    main()
