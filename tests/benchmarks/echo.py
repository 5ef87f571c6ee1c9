"""Program: the gRPC limit. The product's transport, W1 answered from a recording, its rows written raw.

It knows no process: requests are parsed, the rows of the recorded call are written under the instance's id (in the
same kind of transaction as the product's: group commit on SQLite, one statement on a pooled connection on PostgreSQL),
and the recorded response goes back. What a product with an engine can reach over unary gRPC lies below.
"""

from __future__ import annotations

import asyncio
import json
import queue
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

import grpc
from grpc import aio

from bpmgrpc.server.grpc_server import _options
from bpmgrpc.settings import Settings
from bpmgrpc.store.url import parse_url
from bpmgrpc.v1 import process_runtime_pb2 as pb
from tests.benchmarks import program
from tests.benchmarks.effects import DURABLE, Recording, record
from tests.benchmarks.writers import Identities, Identity, PostgresqlWriter, SqliteWriter

MAX_GROUP: Final = 64
SERVICE: Final = "bpmgrpc.v1.ProcessRuntime"


class Commits(Protocol):
    """Makes what a call wrote durable."""

    async def write(self, step: int, to: Identity) -> None:
        """Returns when it is."""
        ...


class GroupCommits:
    """On SQLite: who waits at the same time shares a commit; who waits alone is served at once."""

    def __init__(self, writer: SqliteWriter) -> None:
        self._writer = writer
        self._thread = ThreadPoolExecutor(1)
        self._waiting: list[tuple[tuple[int, Identity], asyncio.Future[None]]] = []
        self._running = False

    async def write(self, step: int, to: Identity) -> None:
        """Waits for the commit that has this call in it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append(((step, to), future))
        if not self._running:
            self._running = True
            loop.call_soon(self._begin, loop)
        await future

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        batch, self._waiting = self._waiting[:MAX_GROUP], self._waiting[MAX_GROUP:]
        calls = [call for call, _ in batch]
        if len(batch) == 1:
            self._writer.write(calls)
            self._end(loop, batch)
            return

        def end(finished: asyncio.Future[None]) -> None:
            finished.result()
            self._end(loop, batch)

        loop.run_in_executor(self._thread, self._writer.write, calls).add_done_callback(end)

    def _end(self, loop: asyncio.AbstractEventLoop, batch: list[tuple[Any, asyncio.Future[None]]]) -> None:
        for _, future in batch:
            if not future.done():
                future.set_result(None)
        if self._waiting:
            loop.call_soon(self._begin, loop)
        else:
            self._running = False


class PooledCommits:
    """On PostgreSQL: as many connections as the product has, each with a thread."""

    def __init__(self, writers: list[PostgresqlWriter]) -> None:
        self._free: queue.SimpleQueue[PostgresqlWriter] = queue.SimpleQueue()
        for writer in writers:
            self._free.put(writer)
        self._threads = ThreadPoolExecutor(len(writers))

    async def write(self, step: int, to: Identity) -> None:
        """Waits for a connection, then for the commit."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._write, step, to)

    def _write(self, step: int, to: Identity) -> None:
        writer = self._free.get()
        try:
            writer.write(step, to)
        finally:
            self._free.put(writer)


class Echo:
    """Answers the calls of W1.

    Args:
        recording: What to answer and to write.
        commits: Where to write.
    """

    def __init__(self, recording: Recording, commits: Commits) -> None:
        self._commits = commits
        self._identities = Identities()
        self._root_id = recording.root_id.encode()
        durable = [(step.rpc, step.task.rpartition("-")[2]) for step in recording.durable]
        self._steps = {key: number for number, key in enumerate(durable)}
        self._responses = [step.response for step in recording.durable]
        self._lists = [step.response for step in recording.steps if step.rpc not in DURABLE]
        self._users: dict[str, tuple[Identity, int]] = {}

    async def start(self, request: Any) -> bytes:
        """Answers StartProcessInstance."""
        to = self._identities.next()
        await self._commits.write(0, to)
        self._users[json.loads(request.variables)["clerk"]] = to, 0
        return self._responses[0].replace(self._root_id, to.root_id.encode())

    async def tasks(self, request: Any) -> bytes:
        """Answers ListUserTasks."""
        to, stage = self._users[request.user]
        return self._lists[stage].replace(self._root_id, to.root_id.encode())

    async def claim(self, request: Any) -> bytes:
        """Answers ClaimUserTask."""
        return await self._change("ClaimUserTask", request)

    async def complete(self, request: Any) -> bytes:
        """Answers CompleteUserTask."""
        response = await self._change("CompleteUserTask", request)
        to, stage = self._users[request.user]
        self._users[request.user] = to, stage + 1
        return response

    async def _change(self, rpc: str, request: Any) -> bytes:
        step = self._steps[rpc, request.user_task_id.rpartition("-")[2]]
        to, _ = self._users[request.user]
        await self._commits.write(step, to)
        return self._responses[step].replace(self._root_id, to.root_id.encode())


def handlers(echo: Echo) -> grpc.GenericRpcHandler:
    """Returns the method table."""
    table: dict[str, tuple[Callable[[Any], Awaitable[bytes]], Any]] = {
        "StartProcessInstance": (echo.start, pb.StartProcessInstanceRequest),
        "ListUserTasks": (echo.tasks, pb.ListUserTasksRequest),
        "ClaimUserTask": (echo.claim, pb.ClaimUserTaskRequest),
        "CompleteUserTask": (echo.complete, pb.CompleteUserTaskRequest),
    }

    def handler(method: Callable[[Any], Awaitable[bytes]], request_type: Any) -> Any:
        async def serve(request: Any, _context: Any) -> bytes:
            return await method(request)

        return grpc.unary_unary_rpc_method_handler(serve, request_type.FromString, None)

    return grpc.method_handlers_generic_handler(SERVICE, {name: handler(*row) for name, row in table.items()})


async def main() -> None:
    """Runs the program."""
    given = program.specification()
    url = parse_url(given["database_url"])
    recording = await record(given["database_url"])
    commits: Commits
    if url.dialect == "sqlite":
        commits = GroupCommits(SqliteWriter(url.path, given["synchronous"], recording))
    else:
        commits = PooledCommits([PostgresqlWriter(url.conninfo, recording) for _ in range(given["connections"])])
    server = aio.server(handlers=[handlers(Echo(recording, commits))], options=_options(Settings()))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()

    async def answer(**_: Any) -> dict[str, Any]:
        return {}

    await program.serve(answer, {"address": f"127.0.0.1:{port}"})
    await server.stop(None)


if __name__ == "__main__":
    program.run(main)
