"""Calls of many callers over one command stream: what they ask for in one turn of the loop travels in one message."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from functools import cache
from types import TracebackType
from typing import Any, Final, Self

from bpmgrpc.v1.command_runtime_pb2 import Command, StreamCommandsRequest
from bpmgrpc.v1.command_runtime_pb2_grpc import CommandRuntimeStub
from tests.benchmarks.callers import GrpcCaller, RequestIds

_MOST: Final = 1000  # commands in a message


class CommandStream:
    """One stream, and the commands that wait for their results.

    Args:
        channel: A `grpc.aio` channel.
    """

    def __init__(self, channel: Any) -> None:
        self._stub = CommandRuntimeStub(channel)
        self._number = 0
        self._waiting: dict[int, tuple[str, asyncio.Future[Any]]] = {}
        self._outgoing: list[Command] = []
        self._woken = asyncio.Event()
        self._ended = False
        self._following: asyncio.Task[None] | None = None

    async def send(self, name: str, request: Any) -> Any:
        """Makes one call.

        Args:
            name: Name of the RPC.
            request: Its request.
        """
        self._number += 1
        field = _field(name)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = field, future
        self._outgoing.append(Command(command_id=self._number, **{field: request}))
        self._woken.set()
        return await future

    async def _requests(self) -> AsyncIterator[StreamCommandsRequest]:
        while not self._ended:
            await self._woken.wait()
            self._woken.clear()
            while self._outgoing:
                commands, self._outgoing = self._outgoing[:_MOST], self._outgoing[_MOST:]
                yield StreamCommandsRequest(commands=commands)

    async def _follow(self) -> None:
        async for response in self._stub.StreamCommands(self._requests()):
            for result in response.results:
                field, future = self._waiting.pop(result.command_id)
                if result.WhichOneof("outcome") == "error":
                    future.set_exception(RuntimeError(result.error.message))
                else:
                    future.set_result(getattr(result, field))

    async def __aenter__(self) -> Self:
        """Opens the stream."""
        self._following = asyncio.create_task(self._follow())
        self._following.add_done_callback(self._end)
        return self

    def _end(self, following: asyncio.Task[None]) -> None:
        error = None if following.cancelled() else following.exception()
        for _, future in self._waiting.values():
            future.set_exception(error or RuntimeError("the stream ended"))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the stream."""
        assert self._following is not None
        self._ended = True
        self._woken.set()
        await self._following


class StreamCaller(GrpcCaller):
    """Calls the contract over a command stream.

    Args:
        stream: The stream; others use it too.
    """

    def __init__(self, stream: CommandStream) -> None:
        self._stream = stream
        self.ids = RequestIds()

    async def send(self, name: str, request: Any) -> Any:
        """Makes one call."""
        return await self._stream.send(name, request)


@cache
def _field(name: str) -> str:
    """`StartProcessInstance` to `start_process_instance`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
