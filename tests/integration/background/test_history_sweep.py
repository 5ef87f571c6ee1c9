"""Instances that have ended are kept as long as call, model or setting say, then go whole; open ones never go."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from google.protobuf.duration_pb2 import Duration
from sqlalchemy import func, select

from bpmgrpc.background import history_sweep
from bpmgrpc.background.history_sweep import HistorySweep
from bpmgrpc.clock import ManualClock
from bpmgrpc.runtime import Options
from bpmgrpc.store.tables import METADATA
from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from tests.integration.runtime.servers import Server, opened, until
from tests.support.database import connected
from tests.support.harness import bpmn, flows

DAY = 86_400.0
ONE_DAY = Options(history_retention_days=1)
# A called process, data of several kinds, a job, an incident that was resolved: rows in as many tables as one can have.
RICH = bpmn(
    '<startEvent id="s"/><callActivity id="c" calledElement="p"/>'
    '<serviceTask id="j" bpmgrpc:jobType="work"/><userTask id="t"><extensionElements/></userTask><endEvent id="e"/>'
    + flows("s -> c", "c -> j", "j -> t", "t -> e"),
    process="rich",
)
SHORT = bpmn('<startEvent id="s"/><endEvent id="e"/>' + flows("s -> e"))
WAITS = bpmn('<startEvent id="s"/><userTask id="t"/><endEvent id="e"/>' + flows("s -> t", "t -> e"), process="waits")


def kept_for(text: str) -> bytes:
    """A short process whose model says how long it is kept."""
    return SHORT.replace(b'<process id="p"', f'<process camunda:historyTimeToLive="{text}" id="p"'.encode())


@pytest.fixture
def clock() -> ManualClock:
    """The time of all servers of a test."""
    return ManualClock()


@pytest.fixture
async def pair(database_url: str, clock: ManualClock) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers that keep ended instances for a day."""
    async with opened(database_url, 2, options=ONE_DAY, clock=clock) as (first, second):
        yield first, second


@pytest.fixture
async def server(database_url: str, clock: ManualClock) -> AsyncIterator[Server]:
    """A server whose setting keeps everything for ever."""
    async with opened(database_url, clock=clock) as (only,):
        yield only


async def swept(server: Server) -> None:
    """Sweeps once, from the first instance to the last."""
    sweep = HistorySweep(server.runtime)
    while await sweep.step() != float("inf"):
        pass


def rows_of_roots(url: str) -> dict[str, int]:
    """How many rows each table of roots has, but for the log of changes, which is removed by its age alone."""
    with connected(url) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
            if "root_id" in table.columns and table.name != "user_task_change"
        }


async def test_ended_instance_goes_with_every_row_and_open_one_stays(
    pair: tuple[Server, Server], clock: ManualClock, database_url: str
) -> None:
    """A sweep takes out each instance that ended long enough ago, in every table, and leaves the open ones."""
    server, _ = pair
    await server.deploy(SHORT, RICH, WAITS)
    before = rows_of_roots(database_url)
    ended = await server.start("rich", '{"a":1}')
    (job,) = await server.activate()
    await server.complete_job(job)
    await server.complete(await server.open_task(ended))
    open_one = await server.start("waits")
    with_open_one = {name: count for name, count in rows_of_roots(database_url).items() if count}
    clock.advance(2 * DAY)

    await swept(server)

    assert [one.process_instance_id for one in await server.instances()] == [open_one]
    left = rows_of_roots(database_url)
    assert sum(left.values()) < sum(with_open_one.values())
    await server.complete(await server.open_task(open_one))
    clock.advance(2 * DAY)
    await swept(server)
    assert rows_of_roots(database_url) == before


async def test_every_overdue_instance_goes_in_one_sweep(
    pair: tuple[Server, Server], clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More overdue instances than are looked at at a time, two servers sweeping at once: none is left."""
    monkeypatch.setattr(history_sweep, "LOOKED_AT", 7)
    server, _ = pair
    await server.deploy(SHORT, WAITS)
    for number in range(50):
        await server.start("waits" if number % 3 == 0 else "p")
    clock.advance(2 * DAY)
    young = await server.start()

    await asyncio.gather(*map(swept, pair))

    left = await server.instances()
    assert [one.process_name for one in left] == ["p"] + ["waits"] * 17
    assert left[0].process_instance_id == young


async def test_background_of_the_server_sweeps(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """The loops of a server take out what is overdue without being asked."""
    server, other = pair
    await server.deploy(SHORT)
    await server.start()
    clock.advance(2 * DAY)

    other.start_background(retention_seconds=0.05)

    async def is_gone() -> bool:
        return not await server.instances()

    await until(is_gone)


async def test_time_counts_from_the_end(pair: tuple[Server, Server], clock: ManualClock) -> None:
    """An instance that was open for long is kept for the whole time after its end."""
    server, _ = pair
    await server.deploy(WAITS)
    instance = await server.start("waits")
    clock.advance(5 * DAY)
    await server.complete(await server.open_task(instance))

    clock.advance(DAY - 1)
    await swept(server)
    assert len(await server.instances()) == 1

    clock.advance(2)
    await swept(server)
    assert await server.instances() == []


async def test_call_counts_more_than_model_and_model_more_than_setting(
    pair: tuple[Server, Server], clock: ManualClock
) -> None:
    """The setting keeps a day; the model of the latest version ten; a call twenty, then for ever, then nothing."""
    server, _ = pair
    await server.deploy(kept_for("3"), SHORT.replace(b'id="p"', b'id="other"'))
    await server.deploy(kept_for("P10D"))
    await server.start()
    await server.start("other")

    async def is_kept(days: float) -> bool:
        clock.advance(days * DAY)
        await swept(server)
        return bool(await server.instances(process_name="p"))

    assert await is_kept(9)
    assert await server.instances(process_name="other") == []
    wanted = {"process_name": "p", "app_name": "default"}
    twenty = Duration(seconds=20 * int(DAY))
    await server.admin.SetHistoryRetention(admin_pb.SetHistoryRetentionRequest(**wanted, time_to_live=twenty))
    assert await is_kept(10)
    await server.admin.SetHistoryRetention(admin_pb.SetHistoryRetentionRequest(**wanted))
    assert await is_kept(1_000)
    answer = await server.admin.DeleteHistoryRetention(admin_pb.DeleteHistoryRetentionRequest(**wanted))
    assert answer.history_retention.time_to_live.seconds == 10 * DAY
    assert not await is_kept(0)


async def test_nothing_goes_where_nobody_says_it(server: Server, clock: ManualClock) -> None:
    """By default everything is kept for ever; a model without a limit takes back what an older version said."""
    await server.deploy(kept_for("1"))
    await server.deploy(SHORT)
    await server.start()
    clock.advance(36_000 * DAY)

    await swept(server)

    assert len(await server.instances()) == 1
    listed = await server.admin.ListHistoryRetentions(admin_pb.ListHistoryRetentionsRequest())
    assert listed.total_size == 0
