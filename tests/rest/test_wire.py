"""The adapter under uvicorn, over real connections: what clients, good and bad, see on the wire."""

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator

import grpc
import pytest
import uvicorn

from bpmgrpc_rest import RestSettings, create_app
from tests.rest.scripted_runtime import BASE, NOW, ScriptedRuntime

LIMIT = 4 * 1024 * 1024
CLAIM = f"POST {BASE}/tasks/t1/claim?user=ann HTTP/1.1\r\nHost: localhost\r\n"
COMPLETE = f"POST {BASE}/tasks/t1/complete?user=ann HTTP/1.1\r\nHost: localhost\r\n"


class StartedServer(uvicorn.Server):
    """uvicorn with an event for "listening"."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class Connection:
    """A client that writes and reads bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *pieces: str | bytes) -> None:
        """Writes pieces, each when the one before is through."""
        for piece in pieces:
            self.writer.write(piece.encode() if isinstance(piece, str) else piece)
            await self.writer.drain()

    async def answer(self, *, body: bool = True) -> tuple[int, dict[str, str], bytes]:
        """Reads an answer: status, headers, body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        content = await self.reader.readexactly(int(headers.get("content-length", "0"))) if body else b""
        return int(head[0].split(" ")[1]), headers, content

    async def closed(self) -> bool:
        """Tells whether the server has closed the connection."""
        return await self.reader.read(1) == b""


@pytest.fixture
async def running(channel: grpc.aio.Channel) -> AsyncIterator[uvicorn.Server]:
    """The adapter under uvicorn on a free port."""
    settings = RestSettings(max_drained_bytes=80 * 1024 * 1024)
    app = create_app(channel, settings=settings, clock=lambda: NOW)
    server = StartedServer(uvicorn.Config(app, host="127.0.0.1", port=0, http="httptools", ws="none", log_config=None))
    serving = asyncio.ensure_future(server.serve())
    await server.listening.wait()
    yield server
    server.should_exit = True
    await serving


@pytest.fixture
async def connection(running: uvicorn.Server) -> AsyncIterator[Connection]:
    """A connection to the adapter."""
    port = running.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield Connection(reader, writer)
    writer.close()
    await writer.wait_closed()


async def test_connection_is_kept_for_the_next_call(connection: Connection, runtime: ScriptedRuntime) -> None:
    """Calls, failed ones included, leave the connection open for the next one."""
    await connection.send(f"{CLAIM}\r\n")
    first = await connection.answer()
    await connection.send(f"GET {BASE}/nope HTTP/1.1\r\nHost: localhost\r\n\r\n")
    second = await connection.answer()
    await connection.send(f"{CLAIM}Content-Length: 8\r\n\r\nnot json")
    third = await connection.answer()

    assert (first[0], second[0], third[0]) == (200, 404, 200)
    assert first[2] == b'{"data":"","code":0,"timestamp":1710000000000,"totalRecordCount":1}'


async def test_head_has_no_body_on_the_wire(connection: Connection, runtime: ScriptedRuntime) -> None:
    """After HEAD the next answer follows at once."""
    await connection.send(f"HEAD {BASE}/tasks?user=ann HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head = await connection.answer(body=False)
    await connection.send(f"{CLAIM}\r\n")
    claim = await connection.answer()

    assert (head[0], head[1]["content-length"]) == (200, "67")
    assert claim[0] == 200


async def test_sender_of_a_huge_body_sees_the_413(connection: Connection, runtime: ScriptedRuntime) -> None:
    """A sender who first writes all of its 64 MiB, as simple clients do, gets the answer and keeps the connection."""
    size = 64 * 1024 * 1024
    await connection.send(f"{COMPLETE}Content-Length: {size}\r\n\r\n", *[b" " * 1024 * 1024] * 64)

    status, headers, body = await connection.answer()
    await connection.send(f"{CLAIM}\r\n")
    following = await connection.answer()

    assert status == 413
    assert json.loads(body)["code"] == 3
    assert json.loads(body)["message"] == f"The body is longer than {LIMIT} bytes."
    assert "connection" not in headers
    assert following[0] == 200
    assert runtime.methods == ["ClaimUserTask"]


async def test_body_without_a_length_is_limited_too(connection: Connection, runtime: ScriptedRuntime) -> None:
    """A chunked body over the limit is 413 as well."""
    chunk = b"%x\r\n" % (1024 * 1024) + b" " * 1024 * 1024 + b"\r\n"

    await connection.send(f"{COMPLETE}Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 5, b"0\r\n\r\n")
    status, _, _ = await connection.answer()

    assert status == 413
    assert runtime.methods == []


async def test_body_past_all_bounds_closes_the_connection(connection: Connection, runtime: ScriptedRuntime) -> None:
    """What would take too long to throw away is not read: the answer comes, and the connection closes."""
    await connection.send(f"{COMPLETE}Content-Length: 99999999999\r\n\r\n", b" " * 1024)

    status, headers, _ = await connection.answer()

    assert (status, headers["connection"]) == (413, "close")
    assert await connection.closed()


async def test_sender_who_asks_first_is_told_without_sending(connection: Connection, runtime: ScriptedRuntime) -> None:
    """Who waits for 100 Continue gets the 413 instead of it."""
    await connection.send(f"{COMPLETE}Content-Length: 5000000\r\nExpect: 100-continue\r\n\r\n")

    status, _, _ = await connection.answer()

    assert status == 413


async def test_sender_who_asks_first_is_told_to_go_on(connection: Connection, runtime: ScriptedRuntime) -> None:
    """Who waits for 100 Continue with a body that is wanted gets it, and then the answer."""
    await connection.send(f"{COMPLETE}Content-Length: 8\r\nExpect: 100-continue\r\n\r\n")
    go_on = await connection.answer(body=False)
    await connection.send(b'{"a": 1}')
    done = await connection.answer()

    assert (go_on[0], done[0]) == (100, 200)
    assert runtime.last.request.variables == '{"a": 1}'


async def test_path_arrives_as_it_was_written(connection: Connection, runtime: ScriptedRuntime) -> None:
    """On the wire too an escaped slash stays in its segment, and a line feed in a name is no route of its own."""
    await connection.send(f"POST {BASE}/process/a%2Fb%0Ac/start HTTP/1.1\r\nHost: localhost\r\n\r\n")

    status, _, _ = await connection.answer()

    assert status == 200
    assert runtime.last.request.process_name == "a/b\nc"


async def test_answer_is_compressed_on_the_wire(connection: Connection, runtime: ScriptedRuntime) -> None:
    """A compressed answer's length is that of what is sent."""
    await connection.send("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n")

    status, headers, body = await connection.answer()

    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert json.loads(gzip.decompress(body))["openapi"] == "3.1.0"


async def test_old_protocol_is_answered(connection: Connection, runtime: ScriptedRuntime) -> None:
    """HTTP/1.0 without Host is answered, and the connection closes."""
    await connection.send(f"POST {BASE}/tasks/t1/claim?user=ann HTTP/1.0\r\n\r\n")

    status, _, _ = await connection.answer()

    assert status == 200
    assert await connection.closed()


async def test_sender_who_leaves_amid_the_body_changes_nothing(
    connection: Connection, running: uvicorn.Server, runtime: ScriptedRuntime
) -> None:
    """A body that breaks off leads to no call, and the server goes on."""
    await connection.send(f"{COMPLETE}Content-Length: 100\r\n\r\n", b'{"a": ')
    connection.writer.close()
    await connection.writer.wait_closed()
    port = running.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    another = Connection(reader, writer)
    await another.send(f"{CLAIM}\r\n")
    status, _, _ = await another.answer()
    writer.close()
    await writer.wait_closed()

    assert status == 200
    assert runtime.methods == ["ClaimUserTask"]
