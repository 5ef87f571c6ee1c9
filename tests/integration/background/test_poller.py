import asyncio

import pytest

from bpmgrpc.background.poller import Poller
from bpmgrpc.runtime.wakeups import Wakeups
from tests.integration.runtime.servers import SECONDS


@pytest.mark.parametrize("turns", range(6))
async def test_loop_that_is_woken_while_it_is_stopped_ends(turns: int) -> None:
    """However many turns of the event loop lie between the two."""
    waits, wake = asyncio.Event(), asyncio.Event()

    async def step() -> float:
        waits.set()
        return float("inf")

    poller = Poller("test", step, longest_pause=10 * SECONDS, wake=wake)
    poller.start()
    await waits.wait()
    for _ in range(5):
        await asyncio.sleep(0)
    wake.set()
    for _ in range(turns):
        await asyncio.sleep(0)

    async with asyncio.timeout(SECONDS):
        await poller.stop()


@pytest.mark.parametrize("turns", range(6))
async def test_wait_for_jobs_that_is_woken_while_it_is_cancelled_ends(turns: int) -> None:
    """A worker's call that is broken off takes no job that comes just then."""
    wakeups = Wakeups()
    waiter = wakeups.join(["work"])
    went_on: list[bool] = []

    async def waiting() -> None:
        await waiter.wait(10 * SECONDS)
        went_on.append(True)
        await asyncio.Event().wait()

    task = asyncio.create_task(waiting())
    for _ in range(5):
        await asyncio.sleep(0)
    wakeups.jobs("work")
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()

    done, _ = await asyncio.wait({task}, timeout=SECONDS)
    assert task in done
    assert task.cancelled()
