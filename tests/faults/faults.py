"""The faults: each loop does its harm at random moments, so many times, and leaves everything mended.

Rule of this file: harm comes from outside, by signals, limits of the system and cut connections. The product has no
part in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.faults.cluster import Cluster, Proxy
from tests.faults.targets import Target

if TYPE_CHECKING:
    Harm = Callable[["Scene"], Awaitable[None]]

UNLIMITED = resource.RLIM_INFINITY
CUT = 0.02  # of the packets, while connections are cut


class Scene:
    """What a fault works on.

    Attributes:
        targets: The servers.
        rng: Chooses moments and victims.
        count: How many times.
        seconds: How long at most.
        done: What was done how often.
        cluster: The PostgreSQL server, where there is one.
        proxy: What stands before it.
        folder: Where the SQLite file is.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        rng: random.Random,
        count: int,
        seconds: float,
        *,
        folder: Path,
        cluster: Cluster | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self.targets = targets
        self.rng = rng
        self.count = count
        self._until = time.monotonic() + seconds
        self.done: Counter[str] = Counter()
        self.folder = folder
        self.cluster = cluster
        self.proxy = proxy

    def more(self, times: int) -> bool:
        """Whether the fault is to come again after so many times."""
        return times < self.count and time.monotonic() < self._until

    async def pause(self, least: float, most: float) -> None:
        """Lets a random time pass."""
        await asyncio.sleep(self.rng.uniform(least, most))


async def kill_servers(scene: Scene) -> None:
    """Each server lives for a moment, is killed with SIGKILL and started again."""

    async def one(target: Target) -> None:
        while scene.more(scene.done["kills"]):
            await scene.pause(0.05, 1.0)
            scene.done["kills"] += 1
            await target.kill()
            await target.start()

    await asyncio.gather(*map(one, scene.targets))


async def crash_database(scene: Scene) -> None:
    """PostgreSQL is stopped at once and started again, or one of its sessions is killed with SIGKILL."""
    assert scene.cluster is not None
    while scene.more(scene.done.total()):
        await scene.pause(1.0, 3.0)
        if scene.rng.random() < 0.5:
            await asyncio.to_thread(scene.cluster.stop_at_once)
            scene.done["immediate stops"] += 1
            await scene.pause(0.0, 1.0)
            await asyncio.to_thread(scene.cluster.start)
        else:
            with contextlib.suppress(psycopg.OperationalError):  # it recovers from the fault before
                if await asyncio.to_thread(scene.cluster.kill_a_backend, scene.rng):
                    scene.done["sessions killed"] += 1


async def cut_connections(scene: Scene) -> None:
    """Requests to the database and its answers are swallowed, and sessions are ended, at random."""
    assert scene.cluster is not None
    assert scene.proxy is not None
    times = 0
    while scene.more(times):
        times += 1
        scene.proxy.armed = CUT
        await scene.pause(0.2, 1.0)
        scene.done["sessions ended"] += await asyncio.to_thread(scene.cluster.cut_sessions, scene.rng)
        scene.proxy.armed = 0.0
        await scene.pause(0.1, 0.5)
    scene.done["requests swallowed"] = scene.proxy.cuts["before"]
    scene.done["answers swallowed"] = scene.proxy.cuts["after"]


async def pause_a_server(scene: Scene) -> None:
    """One server stands still for seconds, with its connections and locks, and then goes on as if nothing had been."""
    while scene.more(scene.done["pauses"]):
        await scene.pause(0.3, 1.5)
        scene.targets[-1].pause()
        await scene.pause(0.5, 5.0)
        scene.targets[-1].resume()
        scene.done["pauses"] += 1


async def fill_the_disk(scene: Scene) -> None:
    """The server's files may not grow for a moment; some of these moments end with a kill."""
    (target,) = scene.targets
    while scene.more(scene.done["times full"]):
        await scene.pause(0.3, 1.0)
        size = min(path.stat().st_size for path in scene.folder.glob("*.db*") if path.suffix != ".db-shm")
        limit = size + scene.rng.randrange(0, 20_000)
        resource.prlimit(target.pid, resource.RLIMIT_FSIZE, (limit, UNLIMITED))
        await scene.pause(0.2, 1.0)
        scene.done["times full"] += 1
        if scene.rng.random() < 0.3:
            await target.kill()
            await target.start()
            scene.done["kills"] += 1
        else:
            resource.prlimit(target.pid, resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))


def needs_linux_limits() -> None:
    """Skips, with its reason, where the limits of another process cannot be set."""
    if not hasattr(resource, "prlimit"):
        pytest.skip("the limits of a running process can be changed on Linux only")
