"""Timers fire once each, however many servers look, and only while they are wanted."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bpmgrpc.background.timers import Timers
from bpmgrpc.clock import ManualClock
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.integration.runtime.servers import Server, opened, until
from tests.support.harness import boundary, bpmn, flows, timer

WAIT = bpmn(
    f'<startEvent id="s"/><intermediateCatchEvent id="w">{timer("timeDuration", "PT1M")}</intermediateCatchEvent>'
    '<userTask id="after"/>' + flows("s -> w", "w -> after")
)


def started_by(cycle: str) -> bytes:
    """A process that a timer starts."""
    return bpmn(
        f'<startEvent id="s">{timer("timeCycle", cycle)}</startEvent><userTask id="t"/>' + flows("s -> t"),
        process="timed",
    )


@pytest.fixture
def clock() -> ManualClock:
    """The time of all servers of a test."""
    return ManualClock()


@pytest.fixture
async def pair(database_url: str, clock: ManualClock) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers that share a database; their background loops are not started."""
    async with opened(database_url, 2, clock=clock) as (first, second):
        yield first, second


async def both(pair: tuple[Server, Server]) -> list[float]:
    """Lets both servers look for timers at the same time."""
    return list(await asyncio.gather(*(Timers(server.runtime).step() for server in pair)))


async def test_timer_fires_once_with_two_servers(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """Two servers that find the same due timers fire each of them once."""
    await pair[0].deploy(WAIT)
    instances = [await pair[0].start() for _ in range(10)]
    clock.advance(60)

    await both(pair)

    for instance in instances:
        assert (await pair[1].open_task(instance)).name == "after"
        assert await pair[1].count_events(instance, "TIMER_FIRED") == 1


async def test_timer_does_not_fire_before_it_is_due(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """A look before the time fires nothing and tells how long it is until then."""
    await pair[0].deploy(WAIT)
    instance = await pair[0].start()
    clock.advance(20)

    pauses = await both(pair)

    assert pauses == [40.0, 40.0]
    assert await pair[0].tasks(instance) == []


async def test_nothing_to_wait_for_is_an_endless_pause(pair: tuple[Server, Server]) -> None:
    """Without any timer the loop rests as long as it may."""
    assert await both(pair) == [float("inf"), float("inf")]


async def test_timer_of_a_canceled_instance_is_gone(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """Canceling takes the timer away: nothing is due any more."""
    await pair[0].deploy(WAIT)
    instance = await pair[0].start()
    await pair[0].processes.CancelProcessInstance(pb.CancelProcessInstanceRequest(process_instance_id=instance))
    clock.advance(60)

    assert await both(pair) == [float("inf"), float("inf")]
    assert (await pair[0].instance(instance)).state == ProcessInstance.STATE_CANCELED


async def test_completion_against_a_boundary_timer_leaves_one_of_both(
    pair: tuple[Server, Server], clock: ManualClock
) -> None:
    """A task that is completed while its interrupting timer fires goes one way only."""
    await pair[0].deploy(
        bpmn(
            '<startEvent id="s"/><userTask id="t"/><userTask id="done"/><userTask id="late"/>'
            + boundary("b", "t", timer("timeDuration", "PT1M"))
            + flows("s -> t", "t -> done", "b -> late")
        )
    )
    for _ in range(5):
        instance = await pair[0].start()
        task = await pair[0].open_task(instance)
        clock.advance(60)

        results = await asyncio.gather(pair[0].complete(task), Timers(pair[1].runtime).step(), return_exceptions=True)

        completed = not isinstance(results[0], BaseException)
        assert [one.name for one in await pair[0].tasks(instance)] == (["done"] if completed else ["late"])


async def test_cycle_of_a_boundary_timer_fires_as_often_as_it_says(
    pair: tuple[Server, Server], clock: ManualClock
) -> None:
    """R3 on a boundary event that does not interrupt makes three tokens, however often both servers look."""
    await pair[0].deploy(
        bpmn(
            '<startEvent id="s"/><userTask id="t"/><userTask id="reminder"/>'
            + boundary("b", "t", timer("timeCycle", "R3/PT1M"), interrupts=False)
            + flows("s -> t", "b -> reminder")
        )
    )
    instance = await pair[0].start()

    for _ in range(6):
        clock.advance(60)
        await both(pair)

    names = sorted(task.name for task in await pair[0].tasks(instance))
    assert names == ["reminder", "reminder", "reminder", "t"]


async def test_start_timer_starts_as_many_instances_as_it_says(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """R3/PT1S starts three instances, one a second, with two servers that look at the same time."""
    await pair[0].deploy(started_by("R3/PT1S"))
    counts = []

    for _ in range(6):
        clock.advance(1)
        await both(pair)
        counts.append(len(await pair[0].instances()))

    assert counts in ([1, 2, 3, 3, 3, 3], [2, 3, 3, 3, 3, 3])  # the second where the first time is that of deployment
    assert await both(pair) == [float("inf"), float("inf")]


async def test_start_timer_makes_up_for_a_time_when_no_server_ran(
    pair: tuple[Server, Server], clock: ManualClock
) -> None:
    """After an hour without a server the firings that were missed are done, and no more."""
    await pair[0].deploy(started_by("R3/PT1S"))
    clock.advance(3600)

    for _ in range(5):
        await both(pair)

    assert len(await pair[0].instances()) == 3


async def test_only_the_latest_version_is_started_by_its_timer(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """A newer version without a timer ends the older one's; one with another timer replaces it."""
    await pair[0].deploy(started_by("R/PT1M"))
    await pair[0].deploy(started_by("R/PT1H"))
    clock.advance(60)
    await both(pair)
    early = await pair[0].instances()
    clock.advance(3540)
    await both(pair)
    (only,) = await pair[0].instances()
    await pair[0].deploy(bpmn('<startEvent id="s"/><userTask id="t"/>' + flows("s -> t"), process="timed"))
    clock.advance(36_000)

    pauses = await both(pair)

    assert (early, only.version, pauses) == ([], 2, [float("inf"), float("inf")])
    assert len(await pair[0].instances()) == 1


async def test_loops_fire_what_becomes_due(database_url: str) -> None:
    """With the loops of two servers running on the machine's clock, each timer fires once and R3 starts three."""
    wait = WAIT.replace(b"PT1M", b"PT0.2S")
    async with opened(database_url, 2) as pair:
        for server in pair:
            server.start_background(poll_seconds=0.05)
        await pair[0].deploy(wait, started_by("R3/PT0.1S"))
        instances = [await pair[number % 2].start() for number in range(6)]

        async def all_fired() -> bool:
            waiting = [await pair[0].tasks(instance) for instance in instances]
            return all(waiting) and len(await pair[0].instances(process_name="timed")) >= 3

        await until(all_fired)
        await asyncio.sleep(0.5)  # time for a fourth, if there were one

        assert len(await pair[0].instances(process_name="timed")) == 3
        for instance in instances:
            assert await pair[0].count_events(instance, "TIMER_FIRED") == 1


async def test_timer_that_cannot_be_fired_does_not_keep_others_from_it(
    pair: tuple[Server, Server], clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timer whose firing fails, whatever the reason, is tried again later; those beside it fire."""
    await pair[0].deploy(WAIT)
    broken, whole = [await pair[0].start() for _ in range(2)]
    clock.advance(60)
    timers = Timers(pair[0].runtime)
    fire = timers.fire

    async def breaks(timer: object) -> bool:
        if getattr(timer, "root_id", "") == broken:
            raise RuntimeError("a fault of ours")
        return await fire(timer)  # type: ignore[arg-type]

    monkeypatch.setattr(timers, "fire", breaks)
    first = await timers.step()
    second = await timers.step()
    monkeypatch.undo()
    tasks = [len(await pair[0].tasks(one)) for one in (broken, whole)]
    await both(pair)

    assert (first, second, tasks) == (0, float("inf"), [0, 1])
    assert len(await pair[0].tasks(broken)) == 1
