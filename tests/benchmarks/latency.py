"""How long calls take when they come by themselves, whether or not earlier ones were answered (open loop).

    make latency                    # both databases; about three minutes
    make latency ARGS=--write       # writes docs/latency.md and docs/latency.json anew

A caller in a closed loop waits while the server is slow, and so asks least when it would see most. Here works (W1) come
at random times at a given rate; the first call of a work counts from when it was due. The rates are shares of what the
same server does in a closed loop just before. At twice that rate a server that limits its calls refuses the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import grpc
from grpc import aio

from tests.benchmarks import machine
from tests.benchmarks.callers import GrpcCaller
from tests.benchmarks.databases import Databases
from tests.benchmarks.figures import percentile
from tests.benchmarks.product import deploy_works
from tests.benchmarks.server import ServerProcess
from tests.benchmarks.works import APPROVED, order_of

DOCS: Final = Path(__file__).parents[2] / "docs"
SHARES: Final = (0.25, 0.5, 0.75, 2.0)  # of the works a second of the closed loop
CALLERS: Final = 64
CLOSED_SECONDS: Final = 5.0
OPEN_SECONDS: Final = 15.0
PATIENCE: Final = 0.2  # seconds that calls may wait, for the row at twice the load
SEED: Final = 20_240_101
DATABASES: Final = {"SQLite, synchronous FULL": "sqlite", "PostgreSQL, fsync on": "postgresql"}


@dataclass(frozen=True, slots=True)
class Line:
    """One rate on one database.

    Attributes:
        database: Which, in words.
        share: Rate as a share of the closed loop's.
        works: Works begun each second.
        calls: Calls that were answered.
        p50_ms: Half of these took at most so many milliseconds.
        p99_ms: Likewise 99 %.
        p999_ms: Likewise 99.9 %.
        refused: Calls answered with RESOURCE_EXHAUSTED, each with RetryInfo.
        refused_p99_ms: 99 % of these took at most so many milliseconds.
    """

    database: str
    share: float
    works: float
    calls: int
    p50_ms: float
    p99_ms: float
    p999_ms: float
    refused: int
    refused_p99_ms: float | None


class Load:
    """Does works over one channel and notes how long each call takes.

    Args:
        channel: The channel.
        name: Beginning of the users' names.
    """

    def __init__(self, channel: aio.Channel, name: str) -> None:
        self._caller = GrpcCaller(channel)
        self._name = name
        self._numbers = itertools.count()
        self.answered: list[float] = []
        self.refused: list[float] = []
        self.done = 0

    async def work(self, due: float | None = None) -> None:
        """Does one W1, up to the first call that is refused.

        Args:
            due: When it was to begin (``time.perf_counter``); now, where absent.
        """
        user = f"{self._name}-{next(self._numbers)}"
        begun = time.perf_counter() if due is None else due
        try:
            await self._caller.start("W1", order_of(user))
            begun = self._note(begun)
            for variables in (APPROVED, ""):
                (task,) = await self._caller.tasks(user)
                begun = self._note(begun)
                await self._caller.claim(task, user)
                begun = self._note(begun)
                await self._caller.complete(task, user, variables)
                begun = self._note(begun)
        except aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
                raise
            self.refused.append((time.perf_counter() - begun) * 1_000)
            return
        self.done += 1

    def _note(self, begun: float) -> float:
        now = time.perf_counter()
        self.answered.append((now - begun) * 1_000)
        return now


async def closed_loop(channel: aio.Channel) -> float:
    """Returns the works a second of callers who wait for each answer."""
    load = Load(channel, "closed")
    begun = time.perf_counter()

    async def caller() -> None:
        while time.perf_counter() < begun + CLOSED_SECONDS:
            await load.work()

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return load.done / (time.perf_counter() - begun)


async def open_loop(channel: aio.Channel, rate: float, name: str) -> Load:
    """Begins works at random times, on average so many a second, and waits until all have ended."""
    load, dice = Load(channel, name), random.Random(SEED)
    begun = time.perf_counter()
    due, works = begun, []
    while (due := due + dice.expovariate(rate)) < begun + OPEN_SECONDS:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        works.append(asyncio.create_task(load.work(due)))
    await asyncio.gather(*works)
    return load


async def measure(databases: Databases, folder: Path, title: str) -> list[Line]:
    """Measures all rates on one database."""
    url = databases.make(DATABASES[title])
    with ServerProcess(url, folder / "server.log") as server:
        async with aio.insecure_channel(server.grpc) as channel:
            await deploy_works(channel)
            await closed_loop(channel)  # warms up
            most = await closed_loop(channel)
            below = [await _line(channel, title, share, most) for share in SHARES if share <= 1]
    with ServerProcess(url, folder / "server.log", {"max_wait_seconds": str(PATIENCE)}) as server:
        async with aio.insecure_channel(server.grpc) as channel:
            await open_loop(channel, most / 2, "warm")
            above = [await _line(channel, title, share, most) for share in SHARES if share > 1]
    return below + above


async def _line(channel: aio.Channel, title: str, share: float, most: float) -> Line:
    load = await open_loop(channel, share * most, f"{share}")
    answered, refused = sorted(load.answered), sorted(load.refused)
    p50, p99, p999 = (percentile(answered, percent) for percent in (50, 99, 99.9))
    slowest = percentile(refused, 99) if refused else None
    return Line(title, share, share * most, len(answered), p50, p99, p999, len(refused), slowest)


def table(lines: Iterable[Line]) -> str:
    """Returns the lines as a Markdown table."""
    rows = [
        "| database | load | works/s | calls answered | p50 ms | p99 ms | p99.9 ms | calls refused | p99 of these ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        slowest = "" if line.refused_p99_ms is None else f"{line.refused_p99_ms:.1f}"
        rows.append(
            f"| {line.database} | {line.share:.0%} | {line.works:.0f} | {line.calls:,} | {line.p50_ms:.1f} | "
            f"{line.p99_ms:.1f} | {line.p999_ms:.1f} | {line.refused:,} | {slowest} |"
        )
    return "\n".join(rows)


_PAGE: Final = """# Latency

How long a call takes while works come by themselves, at random times, whether or not earlier ones were answered:

    make latency                    # about three minutes
    make latency ARGS=--write       # writes this page and its data anew

A work is W1 of [performance](performance.md): seven calls over unary gRPC, five of them durable. **Load** is the rate
at which works come, as a share of what the same server did with {callers} callers in a closed loop just before. The
first call of a work counts from the moment when the work was due. Above 100 % no server can answer all: here it runs
with `max_wait_seconds = {patience}`, so what is too much is refused at once with RESOURCE_EXHAUSTED and RetryInfo, and
what it accepts is answered in time. Callers, server and database share the machine.

{table}

{machine}

The figures as [data](latency.json).
"""


def main() -> None:
    """Measures, prints the table, and writes the page where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/latency.md and docs/latency.json")
    write = parser.parse_args().write
    lines: list[Line] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        databases = Databases(folder, stack)
        for title in DATABASES:
            lines += asyncio.run(measure(databases, folder, title))
    print(table(lines))
    if write:
        data: dict[str, Any] = {"machine": machine.describe(), "lines": [asdict(line) for line in lines]}
        (DOCS / "latency.json").write_text(json.dumps(data, indent=1) + "\n")
        rows = "\n".join(f"| {name} | {value} |" for name, value in machine.describe().items())
        described = f"| machine | |\n| --- | --- |\n{rows}"
        page = _PAGE.format(callers=CALLERS, patience=PATIENCE, table=table(lines), machine=described)
        (DOCS / "latency.md").write_text(page)


if __name__ == "__main__":
    main()
