"""Watching an inbox: what a watcher has been told is what the list shows, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from google.protobuf.duration_pb2 import Duration

from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import directory_pb2
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.user_task_filter_pb2 import UserTaskFilter
from bpmgrpc.v1.user_task_pb2 import UserTask
from bpmgrpc.v1.user_task_runtime_pb2 import WatchUserTasksRequest, WatchUserTasksResponse
from tests.integration.runtime.servers import SECONDS, Server, codes, failure, opened, until
from tests.support.harness import bpmn, flows

POOL = bpmn(
    '<startEvent id="s"/><userTask id="t" bpmgrpc:candidateGroups="clerks"/><endEvent id="e"/>'
    + flows("s -> t", "t -> e")
)
Kind = WatchUserTasksResponse
TOLD = {Kind.KIND_ADDED, Kind.KIND_CHANGED, Kind.KIND_REMOVED}


class Watcher:
    """Somebody who keeps a copy of an inbox."""

    def __init__(self, user: str = "", filter_: UserTaskFilter | None = None) -> None:
        self.user = user
        self.filter = filter_
        self.tasks: dict[str, UserTask] = {}
        self.token = ""
        self.kinds: list[str] = []
        self._call: Any = None

    def connect(self, server: Server, **fields: Any) -> None:
        """Begins, or goes on behind what it has seen."""
        request = WatchUserTasksRequest(user=self.user, filter=self.filter, resume_token=self.token, **fields)
        self._call = server.people.WatchUserTasks(request)

    async def leave(self) -> None:
        """Breaks the connection."""
        await self._call.aclose()

    async def one(self, seconds: float = SECONDS) -> WatchUserTasksResponse:
        """Applies the next event."""
        response: WatchUserTasksResponse = await asyncio.wait_for(anext(self._call), seconds)
        self.apply(response)
        return response

    def apply(self, response: WatchUserTasksResponse) -> None:
        self.kinds.append(Kind.Kind.Name(response.kind).removeprefix("KIND_"))
        assert response.resume_token
        assert (response.kind in TOLD) == response.HasField("user_task")
        self.token = response.resume_token
        task = response.user_task
        if response.kind == Kind.KIND_RESET:
            self.tasks.clear()
        elif response.kind == Kind.KIND_REMOVED:
            self.tasks.pop(task.user_task_id, None)
        elif response.kind in TOLD:
            self.tasks[task.user_task_id] = task

    async def until(self, *kinds: str) -> None:
        """Applies events up to one of a kind."""
        while Kind.Kind.Name((await self.one()).kind).removeprefix("KIND_") not in kinds:
            pass

    async def until_shows(self, server: Server) -> None:
        """Applies events until it shows what the list shows."""
        wanted = await listed(server, self)
        async with asyncio.timeout(SECONDS):
            while self.tasks != wanted:
                await self.one()


async def listed(server: Server, watcher: Watcher) -> dict[str, UserTask]:
    """What the list shows."""
    found: dict[str, UserTask] = {}
    token = ""
    while True:
        request = pb.ListUserTasksRequest(
            user=watcher.user, filter=watcher.filter, page_size=1000, page_token=token, skip_total=True
        )
        page = await server.processes.ListUserTasks(request)
        found |= {task.user_task_id: task for task in page.user_tasks}
        token = page.next_page_token
        if not token:
            return found


async def clerks(server: Server, *users: str, replace_all: bool = False) -> None:
    """Puts users into the group of clerks."""
    people = [directory_pb2.DirectoryUser(user=user, groups=["clerks"]) for user in users]
    await server.admin.ImportDirectory(admin_pb.ImportDirectoryRequest(users=people, replace_all=replace_all))


async def new_task(server: Server) -> UserTask:
    """Starts an instance; returns its task."""
    return await server.open_task(await server.start())


async def assign(server: Server, task: UserTask, **candidates: Any) -> None:
    """Assigns a task."""
    await server.processes.AssignUserTask(pb.AssignUserTaskRequest(user_task_id=task.user_task_id, **candidates))


async def test_watcher_is_told_the_inbox_then_each_change(server: Server) -> None:
    """Existing tasks come first, then CURRENT; then what appears, changes and disappears, each with the task."""
    await clerks(server, "ann", "bob")
    await server.deploy(POOL)
    first, second = await new_task(server), await new_task(server)
    watcher = Watcher("ann")
    watcher.connect(server)
    await watcher.until("CURRENT")
    assert watcher.kinds == ["ADDED", "ADDED", "CURRENT"]
    assert set(watcher.tasks) == {first.user_task_id, second.user_task_id}

    third = await new_task(server)
    added = await watcher.one()
    await server.claim(third, "ann")
    changed = await watcher.one()
    await server.claim(first, "bob")
    removed = await watcher.one()

    assert (added.kind, added.user_task) == (Kind.KIND_ADDED, third)
    assert (changed.kind, changed.user_task.state) == (Kind.KIND_CHANGED, UserTask.STATE_CLAIMED)
    assert (removed.kind, removed.user_task.assignee) == (Kind.KIND_REMOVED, "bob")
    await server.complete(third, user="ann")
    assert (await watcher.one()).user_task.state == UserTask.STATE_COMPLETED
    assert watcher.tasks == await listed(server, watcher)
    await watcher.leave()


async def test_watcher_who_comes_back_is_told_what_happened_meanwhile(database_url: str) -> None:
    """Another server goes on where the first one ended, without a task told twice that did not change."""
    async with opened(database_url, 2) as (first, second):
        await clerks(first, "ann", "bob")
        await first.deploy(POOL)
        tasks = [await new_task(first) for _ in range(4)]
        watcher = Watcher("ann")
        watcher.connect(first)
        await watcher.until("CURRENT")
        await watcher.leave()

        await first.claim(tasks[0], "bob")
        await first.claim(tasks[1], "ann")
        await assign(first, tasks[2], users=["bob"])
        await new_task(first)
        watcher.kinds.clear()
        watcher.connect(second)
        await watcher.until("CURRENT")

        assert sorted(watcher.kinds) == ["ADDED", "CHANGED", "CURRENT", "REMOVED", "REMOVED"]
        assert watcher.tasks == await listed(second, watcher)
        await watcher.leave()


async def test_each_token_of_a_list_and_of_changes_goes_on_behind_its_event(server: Server) -> None:
    """Whoever breaks off after any event, and comes back with its token, ends with the same inbox."""
    await clerks(server, "ann")
    await server.deploy(POOL)
    tasks = [await new_task(server) for _ in range(3)]
    watcher = Watcher("ann")
    watcher.connect(server)
    for _ in range(3):
        await watcher.one()
        await watcher.leave()
        watcher.connect(server)
    await watcher.until("CURRENT")
    await watcher.leave()
    for task in tasks:
        await assign(server, task, users=["bob"])

    for left in (2, 1, 0):
        watcher.connect(server)
        removed = await watcher.one()
        await watcher.leave()
        assert (removed.kind, len(watcher.tasks)) == (Kind.KIND_REMOVED, left)


async def test_inbox_is_told_anew_when_the_user_belongs_elsewhere(server: Server) -> None:
    """Joining and leaving a group are a RESET, whether they happen under the watcher's eyes or not; others' are not."""
    await clerks(server, "bob")
    await server.deploy(POOL)
    await new_task(server)
    watcher = Watcher("ann")
    watcher.connect(server)
    await watcher.until("CURRENT")
    assert watcher.tasks == {}

    await clerks(server, "bob", "ann")
    await watcher.until("CURRENT")
    assert (watcher.kinds[1:], len(watcher.tasks)) == (["RESET", "ADDED", "CURRENT"], 1)
    await clerks(server, "bob", "ann", "cay")
    await new_task(server)
    assert (await watcher.one()).kind == Kind.KIND_ADDED
    await watcher.leave()
    await clerks(server, "bob", replace_all=True)
    watcher.connect(server)
    await watcher.until("RESET")
    await watcher.until("CURRENT")

    assert watcher.tasks == {}
    await watcher.leave()


async def test_silence_is_told_from_death(server: Server) -> None:
    """A heartbeat comes when nothing happens, with a token from which the next server goes on."""
    watcher = Watcher()
    watcher.connect(server, heartbeat_interval=Duration(seconds=1))
    await watcher.until("CURRENT")

    assert (await watcher.one()).kind == Kind.KIND_HEARTBEAT
    assert (await watcher.one()).kind == Kind.KIND_HEARTBEAT

    await watcher.leave()
    watcher.connect(server)
    assert (await watcher.one()).kind == Kind.KIND_CURRENT
    await watcher.leave()


async def test_nothing_is_read_while_nobody_watches(server: Server) -> None:
    """A watcher who goes, however, is forgotten; the log is read as long as one is there."""
    feed = server.runtime.user_task_feed
    first, second = Watcher(), Watcher()
    for watcher in (first, second):
        watcher.connect(server)
        await watcher.until("CURRENT")
    assert feed.watchers == 2

    await first.leave()
    waiting = asyncio.create_task(second.one())
    await asyncio.sleep(0)
    waiting.cancel()

    async def nobody() -> bool:
        return feed.watchers == 0

    await until(nobody)


async def test_existing_tasks_can_be_left_out(server: Server) -> None:
    """Whoever lists for himself is told only what changes from then on."""
    await server.deploy(POOL)
    task = await new_task(server)
    watcher = Watcher("", UserTaskFilter(group="clerks"))
    watcher.connect(server, skip_existing=True)
    assert (await watcher.one()).kind == Kind.KIND_CURRENT

    await assign(server, task, users=["ann"])

    assert (await watcher.one()).kind == Kind.KIND_REMOVED
    await watcher.leave()


async def test_watch_ends_with_a_status_when_the_server_is_about_to_stop(server: Server) -> None:
    """A server that drains ends its watches with UNAVAILABLE."""
    watcher = Watcher()
    watcher.connect(server)
    await watcher.until("CURRENT")

    server.runtime.drain()

    code, reason, _ = await failure(watcher.one())
    assert (code, reason) == ("UNAVAILABLE", "SHUTTING_DOWN")


async def test_watch_goes_on_from_before_the_log_by_telling_the_inbox_anew(server: Server) -> None:
    """A token whose changes have been removed from the log is answered with a RESET, never with a gap."""
    await server.deploy(POOL)
    await new_task(server)
    watcher = Watcher()
    watcher.connect(server)
    await watcher.until("CURRENT")
    await watcher.leave()
    await new_task(server)
    await new_task(server)
    later_us = server.runtime.clock.now_us() + 60_000_000

    removed = 0

    async def all_removed() -> bool:
        # PostgreSQL keeps what a transaction that still runs, of any database of its server, may not have seen.
        nonlocal removed
        removed += await server.runtime.executor.run(
            lambda session: session.delete_old_user_task_changes(later_us, 1000), time.monotonic() + SECONDS
        )
        return removed >= 2

    await until(all_removed)
    assert removed == 2
    watcher.kinds.clear()
    watcher.connect(server)
    await watcher.until("CURRENT")
    assert watcher.kinds == ["RESET", "ADDED", "ADDED", "ADDED", "CURRENT"]
    await watcher.leave()


async def test_tokens_belong_to_their_inbox(server: Server) -> None:
    """The token of one user's inbox, and what is no token, is INVALID_ARGUMENT."""
    watcher = Watcher("ann")
    watcher.connect(server)
    await watcher.until("CURRENT")
    await watcher.leave()

    for user, token in (("bob", watcher.token), ("ann", "nonsense"), ("ann", watcher.token[:-2] + "AA")):
        other = Watcher(user)
        other.token = token
        other.connect(server)
        code, _, message = await failure(other.one())
        assert (code, message.partition(" ")[0]) == ("INVALID_ARGUMENT", "resume_token")


WRITERS = 8
STEPS = 40  # of each writer


async def write(server: Server, chance: random.Random) -> None:
    """Does this and that with tasks; what somebody else was quicker with is refused."""
    for _ in range(STEPS):
        tasks = await server.tasks()
        step = chance.choice(("start", "claim", "claim", "unclaim", "assign", "complete"))
        if step == "start" or not tasks:
            await server.start()
            continue
        task = chance.choice(tasks)
        user = chance.choice(("ann", "bob"))
        fields: dict[str, Any] = {"user_task_id": task.user_task_id}
        if step == "assign":
            pools = {chance.choice(("users", "groups")): [chance.choice(("ann", "bob", "clerks"))]}
            await codes([server.processes.AssignUserTask(pb.AssignUserTaskRequest(**fields, **pools))])
        else:
            call, request = {
                "claim": (server.processes.ClaimUserTask, pb.ClaimUserTaskRequest),
                "unclaim": (server.processes.UnclaimUserTask, pb.UnclaimUserTaskRequest),
                "complete": (server.processes.CompleteUserTask, pb.CompleteUserTaskRequest),
            }[step]
            await codes([call(request(**fields, user=user))])


async def watch(watcher: Watcher, servers: Sequence[Server], chance: random.Random, ended: asyncio.Event) -> None:
    """Watches on one server after the other, until the writers have ended; breaks off after a few events each time."""
    while not ended.is_set():
        watcher.connect(chance.choice(servers))
        for _ in range(chance.randrange(1, 20)):
            try:
                await watcher.one(0.2)
            except TimeoutError:
                break  # nothing happens; the stream ended with the call that did not wait for it
        await watcher.leave()


async def test_watchers_among_eight_writers_end_with_what_the_list_shows(database_url: str) -> None:
    """Whatever commits in whatever order, and however often watchers change servers, they miss nothing."""
    count = 1 if database_url.startswith("sqlite") else 2
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    async with opened(database_url, count) as servers:
        await clerks(servers[0], "ann")
        await servers[0].deploy(POOL)
        watchers = [
            Watcher("ann"),
            Watcher("bob"),
            Watcher("ann", UserTaskFilter(parts=[UserTaskFilter.PART_CLAIMED])),
            Watcher("", UserTaskFilter(group="clerks")),
            Watcher(),
        ]
        ended = asyncio.Event()
        watching = [asyncio.create_task(watch(watcher, servers, chance, ended)) for watcher in watchers]
        await asyncio.gather(*(write(servers[n % count], random.Random(seed + n)) for n in range(WRITERS)))
        ended.set()
        await asyncio.gather(*watching)

        for watcher in watchers:
            watcher.connect(servers[-1])
            await watcher.until("CURRENT")
            await watcher.leave()

            assert watcher.tasks == await listed(servers[0], watcher), f"seed {seed}, {watcher.user} {watcher.filter}"
        assert sum(len(watcher.tasks) for watcher in watchers) > 0


@pytest.mark.postgresql
async def test_a_change_that_commits_late_is_told_though_its_transaction_began_early(postgresql_url: str) -> None:
    """A transaction with a lower number than one that was told already is not passed over when it commits."""
    async with opened(postgresql_url) as (server,):
        await server.deploy(POOL)
        late, early = await new_task(server), await new_task(server)
        watcher = Watcher()
        watcher.connect(server)
        await watcher.until("CURRENT")

        def touch(task: UserTask) -> str:
            root_id, _, seq = task.user_task_id.partition("-")
            return f"UPDATE user_task SET version = version + 1 WHERE root_id = '{root_id}' AND seq = {int(seq)}"

        with psycopg.connect(postgresql_url) as slow, psycopg.connect(postgresql_url, autocommit=True) as quick:
            slow.execute(touch(late))
            quick.execute(touch(early))
            first = await watcher.one()
            await watcher.leave()
            slow.commit()
        watcher.connect(server)
        second = await watcher.one()
        third = await watcher.one()
        await watcher.leave()

    assert [first.user_task.user_task_id, second.user_task.user_task_id] == [early.user_task_id, late.user_task_id]
    assert third.kind == Kind.KIND_CURRENT
