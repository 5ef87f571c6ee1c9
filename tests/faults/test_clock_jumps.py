"""The clock jumps forwards and back by hours: timers and leases keep their promises."""

import asyncio
import random
import secrets

from bpmgrpc.background.timers import Timers
from bpmgrpc.clock import ManualClock
from tests.faults import models
from tests.integration.runtime.servers import opened

ORDERS = 10
JUMPS = 40
HOUR_US = 3_600_000_000
TIMER_US = 30 * 60 * 1_000_000


async def test_timer_fires_once_and_never_early_whatever_the_clock_does(database_url: str) -> None:
    """With a clock that jumps an hour either way, a timer fires once, at a time that is not before its own."""
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    clock = ManualClock()
    async with opened(database_url, 2, clock=clock) as servers:
        await servers[0].deploy(models.order("PT30M"))
        due: dict[str, int] = {}
        fired: set[str] = set()
        for _ in range(ORDERS):
            server = rng.choice(servers)
            instance = await server.start(models.NAME, '{"amount":1}')
            await server.complete(await server.open_task(instance))
            (job,) = await server.activate(type_=models.JOB_TYPE)
            await server.complete_job(job)
            due[instance] = clock.now_us() + TIMER_US
            clock.move_to(clock.now_us() + rng.randrange(-HOUR_US, HOUR_US))
        for _ in range(JUMPS):
            await asyncio.gather(*(Timers(server.runtime).step() for server in servers))
            for instance, due_us in due.items():
                count = await servers[0].count_events(instance, "TIMER_FIRED")
                assert count <= 1
                if count and instance not in fired:
                    assert clock.now_us() >= due_us
                    fired.add(instance)
                # What has fired stays fired, also when the clock goes back.
                assert bool(count) == (instance in fired)
            clock.move_to(clock.now_us() + rng.randrange(-HOUR_US, HOUR_US))
        clock.move_to(max(due.values()))
        await asyncio.gather(*(Timers(server.runtime).step() for server in servers))

        counts = [await servers[1].count_events(instance, "TIMER_FIRED") for instance in due]
    assert counts == [1] * ORDERS


async def test_job_is_completed_once_whatever_the_clock_does(database_url: str) -> None:
    """A lease that a jump of the clock ended gives the job to another worker; only the last one completes it."""
    clock = ManualClock()
    async with opened(database_url, 2, clock=clock) as (first, second):
        await first.deploy(models.order())
        instance = await first.start(models.NAME, '{"amount":1}')
        await first.complete(await first.open_task(instance))
        (leased,) = await first.activate("slow", models.JOB_TYPE)
        clock.advance(24 * 3600)
        (again,) = await second.activate("quick", models.JOB_TYPE)
        clock.move_to(clock.now_us() - 48 * 3600 * 1_000_000)

        answers = await asyncio.gather(first.complete_job(leased), second.complete_job(again), return_exceptions=True)

        assert [isinstance(answer, BaseException) for answer in answers] == [True, False]
        assert await first.count_events(instance, "JOB_COMPLETED") == 1
