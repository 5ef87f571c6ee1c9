"""A worker that waits at one server has a job that another server made at once, as long as hints come through.

Whoever waits looks by himself every second. Here that is put off for longer than any test, so that a job arrives by a
hint or not at all.
"""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from google.protobuf.duration_pb2 import Duration

from bpmgrpc.background import hints
from bpmgrpc.background.hints import Hints
from bpmgrpc.runtime import jobs
from tests.integration.runtime.servers import JOB, SECONDS, Server, opened, until
from tests.support.harness import bpmn, flows
from tests.support.postgres import Server as Postgresql

OTHER = bpmn(
    '<startEvent id="s"/><serviceTask id="t" bpmgrpc:jobType="other"/><endEvent id="e"/>' + flows("s -> t", "t -> e"),
    process="other",
)


@pytest.fixture
async def pair(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers that have heard of each other."""
    monkeypatch.setattr(jobs, "LOOK_AGAIN_SECONDS", 10.0 * SECONDS)
    monkeypatch.setattr(hints, "AGAIN_SECONDS", 0.05)
    async with opened(postgresql_url, 2) as (first, second):
        await first.deploy(JOB, OTHER)
        for server in (first, second):
            server.start_background()
        await until(lambda: heard(first, second))
        yield first, second


async def heard(*servers: Server) -> bool:
    """Whether each knows that there are others."""
    return all(server.runtime.wakeups.tells_others for server in servers)


async def waiting(server: Server, type_: str = "work") -> asyncio.Task[list[object]]:
    """A worker that waits at a server for a job."""
    found = asyncio.create_task(server.activate(type_=type_, max_jobs=1, request_timeout=Duration(seconds=50)))
    await until(lambda: stands(server, type_))
    return found


async def stands(server: Server, type_: str) -> bool:
    """Whether somebody waits at a server and has looked already."""
    waiter = server.runtime.wakeups.join([type_])
    alone = next(iter(server.runtime.wakeups._lines[type_])) is waiter
    server.runtime.wakeups.leave(waiter)
    return not alone


async def test_worker_has_the_job_of_another_server(pair: tuple[Server, Server]) -> None:
    """In both directions, and of the type that it waits for."""
    first, second = pair
    for maker, other in ((first, second), (second, first)):
        worker = await waiting(other)
        await maker.start("other")
        assert not worker.done()

        await maker.start()

        (job,) = await worker
        await other.complete_job(job)


async def test_hints_are_heard_again_after_the_connection_broke(
    pair: tuple[Server, Server], postgresql_server: Postgresql
) -> None:
    """The connection that listens is ended by the database: it is made anew."""
    first, second = pair
    postgresql_server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
    )
    worker = await waiting(second)

    async def arrived() -> bool:
        await first.start()
        await asyncio.sleep(0.2)
        return worker.done()

    await until(arrived)
    assert len(await worker) == 1


async def test_server_alone_says_nothing_of_jobs(postgresql_url: str) -> None:
    """Nothing is noted where nobody else would hear it; when a peer has been silent for long, nothing any more."""
    async with opened(postgresql_url) as (server,):
        await server.deploy(JOB)
        server.start_background()

        await server.start()

        assert not server.runtime.wakeups.untold.is_set()
        assert not server.runtime.wakeups.tells_others


async def test_silent_server_is_forgotten(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not been heard for a while counts no more."""
    monkeypatch.setattr(hints, "HELLO_SECONDS", 0.05)
    monkeypatch.setattr(hints, "FORGOTTEN_SECONDS", 1.0)
    async with opened(postgresql_url, 2) as (first, second):
        for server in (first, second):
            server.start_background()
        await until(lambda: heard(first, second))

        await second.stop_background()

        await until(lambda: alone(first))


async def alone(server: Server) -> bool:
    """Whether a server knows of no other."""
    return not server.runtime.wakeups.tells_others


async def test_what_is_no_hint_is_no_harm(pair: tuple[Server, Server]) -> None:
    """Another program says something on the channel, in any form: the servers go on."""
    first, second = pair
    channel = first.runtime.store.hints
    assert channel is not None
    for said in ("", "{", "[]", '{"from":1}', '{"from":"x","jobs":3}', '{"from":"y","jobs":{"work":"a","b":-1}}'):
        await asyncio.to_thread(channel.say, said)
    worker = await waiting(second)

    await first.start()

    assert len(await worker) == 1


async def test_many_types_are_told_in_several_hints(pair: tuple[Server, Server]) -> None:
    """What does not fit into one notification goes in several, which PostgreSQL takes; a name too long in none."""
    channel = pair[0].runtime.store.hints
    assert channel is not None
    types = {f"{number}-{'ä' * 200}": number for number in range(60)}

    told = hints.chunks(types | {"ü" * 5_000: 1})

    assert len(told) > 1
    assert {type_: count for chunk in told for type_, count in chunk.items()} == types
    for chunk in told:
        await asyncio.to_thread(channel.say, json.dumps({"from": "x" * 16, "jobs": chunk}, ensure_ascii=False))


def test_loop_needs_no_listener_on_sqlite(sqlite_url: str) -> None:
    """SQLite has one server."""

    async def started() -> None:
        async with opened(sqlite_url) as (server,):
            loop = Hints(server.runtime)
            loop.start()
            await loop.stop()
            assert server.runtime.store.hints is None

    asyncio.run(started())
