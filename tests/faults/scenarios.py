"""A run: a fresh database, servers, callers and workers, a fault, and at the end the check."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bpmgrpc.v1 import process_runtime_pb2 as pb
from tests.faults import audit, models
from tests.faults.checker import Findings, check
from tests.faults.client import Client
from tests.faults.cluster import Cluster, Proxy
from tests.faults.faults import (
    Scene,
    crash_database,
    cut_connections,
    fill_the_disk,
    kill_servers,
    pause_a_server,
)
from tests.faults.history import History
from tests.faults.stories import Caller, Worker
from tests.faults.targets import Target

if TYPE_CHECKING:
    from tests.faults.faults import Harm


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is done to what.

    Attributes:
        title: For people.
        database: ``sqlite`` or ``postgresql``.
        servers: How many.
        harm: The fault.
        share: How many times, as a share of the number of kills asked for.
    """

    title: str
    database: str
    servers: int
    harm: Harm
    share: float = 1.0


SCENARIOS: Mapping[str, Scenario] = {
    "sqlite-kill": Scenario("server killed with SIGKILL", "sqlite", 1, kill_servers),
    "sqlite-full": Scenario("files may not grow, some kills", "sqlite", 1, fill_the_disk, 0.15),
    "postgresql-kill": Scenario("two servers killed with SIGKILL", "postgresql", 2, kill_servers),
    "postgresql-crash": Scenario("PostgreSQL crashes, two servers", "postgresql", 2, crash_database, 0.15),
    "postgresql-cut": Scenario("connections cut, two servers", "postgresql", 2, cut_connections, 0.2),
    "postgresql-pause": Scenario("one of three servers stands still", "postgresql", 3, pause_a_server, 0.1),
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a run showed.

    Attributes:
        name: Of the scenario.
        seed: Of its random numbers.
        seconds: How long the faults went on.
        faults: What was done how often.
        history: What the callers saw.
        orders: How many instances there were.
        findings: What is wrong.
        log: What the servers logged.
    """

    name: str
    seed: int
    seconds: float
    faults: Mapping[str, int]
    history: History
    orders: int
    findings: Findings
    log: list[str]


async def run(name: str, seed: int, kills: int, callers: int, folder: Path, seconds: float = 600.0) -> Result:
    """Runs a scenario.

    Args:
        name: Of the scenario.
        seed: Of all its random numbers.
        kills: How many kills, where the scenario is about kills; other faults have a share of that.
        callers: How many callers at the same time, and half as many workers.
        folder: Where a SQLite file is made.
        seconds: After so many the faults end, however many there were.
    """
    scenario = SCENARIOS[name]
    rng = random.Random(seed)
    count = max(1, round(kills * scenario.share))
    async with contextlib.AsyncExitStack() as stack:
        scene = await stack.enter_async_context(_scene(scenario, rng, count, seconds, folder))
        history = History()
        client = Client(scene.targets, history, random.Random(rng.random()))
        await _deploy(scene.targets[0])
        stop_callers, stop_workers = asyncio.Event(), asyncio.Event()
        names = [f"c{number}" for number in range(callers)]
        working = [asyncio.create_task(Caller(client, n, random.Random(f"{seed}{n}")).run(stop_callers)) for n in names]
        workers = [
            asyncio.create_task(Worker(client, f"w{n}", random.Random(f"{seed}w{n}")).run(stop_workers))
            for n in range(max(2, callers // 2))
        ]
        begin = time.monotonic()
        await scenario.harm(scene)
        seconds = time.monotonic() - begin
        stop_callers.set()
        await asyncio.gather(*working)
        stubs = scene.targets[0].stubs
        assert stubs is not None
        await audit.wait_until_quiet(stubs)
        stop_workers.set()
        await asyncio.gather(*workers)
        orders = await audit.read_orders(stubs)
    log = [line for target in scene.targets for line in target.log]
    findings = check(history, orders)
    return Result(name, seed, seconds, dict(scene.done), history, len(orders), findings, log)


@asynccontextmanager
async def _scene(
    scenario: Scenario, rng: random.Random, count: int, seconds: float, folder: Path
) -> AsyncIterator[Scene]:
    async with contextlib.AsyncExitStack() as stack:
        cluster = proxy = None
        url = f"sqlite:///{folder / 'faults.db'}"
        if scenario.database == "postgresql":
            cluster = await asyncio.to_thread(Cluster)
            stack.callback(cluster.close)
            await asyncio.to_thread(cluster.start)
            proxy = Proxy(cluster, random.Random(rng.random()))
            await proxy.start()
            stack.push_async_callback(proxy.close)
            url = proxy.url
        targets = [Target(url) for _ in range(scenario.servers)]
        for target in targets:
            stack.push_async_callback(target.close)
            await target.start()
        yield Scene(targets, rng, count, seconds, folder=folder, cluster=cluster, proxy=proxy)


async def _deploy(target: Target) -> None:
    assert target.stubs is not None
    file = pb.ResourceFile(name="order.bpmn", content=models.order())
    await target.stubs.processes.DeployProcessDefinitions(
        pb.DeployProcessDefinitionsRequest(files=[file]), timeout=audit.SECONDS
    )
