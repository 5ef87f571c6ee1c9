"""CommandRuntime: many calls over one stream.

Rule of this file: a command of a stream is a call like any other. It goes through the method table with all its
interceptors, gets a context of its own, and its answer is what the method gives. Which methods can be called so is read
out of the descriptor of `Command`: a member of its oneof is a method's request, and `CommandResult` has the response
under the same name.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from google.protobuf import descriptor_pool

from bpmgrpc.errors import BpmError, Unavailable
from bpmgrpc.service import checks
from bpmgrpc.service.status import UNLIMITED, to_status
from bpmgrpc.v1.command_runtime_pb2 import Command, CommandResult, StreamCommandsResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bpmgrpc.service.dispatch import CallContext, Dispatcher
    from bpmgrpc.v1.command_runtime_pb2 import StreamCommandsRequest

__all__ = ["MOST_COMMANDS", "CommandRuntime"]

MOST_COMMANDS: Final = 1000  # in one message, and running at a time
_MOST_BYTES: Final = 1 << 20  # of one response; one larger result travels alone
_SERVICES: Final = ("bpmgrpc.v1.ProcessRuntime", "bpmgrpc.v1.JobRuntime")
_IDS: Final = ("process_instance_id", "user_task_id", "job_id")
_ID_LENGTH: Final = 20  # characters of a root's id, with which the ids of all that is in it begin


class _Kind(NamedTuple):
    """A member of the oneof: the method that it calls, and the field whose value says which instance it is about."""

    method: str
    id_field: str


def _kinds() -> dict[str, _Kind]:
    """Reads the commands out of the contract."""
    methods = {
        method.input_type.full_name: f"/{name}/{method.name}"
        for name in _SERVICES
        for method in descriptor_pool.Default().FindServiceByName(name).methods
    }
    kinds = {}
    for field in Command.DESCRIPTOR.oneofs_by_name["request"].fields:
        request = field.message_type
        assert request is not None  # noqa: S101 - all members are messages
        fields = request.fields_by_name
        id_field = next((name for name in _IDS if name in fields and field.name not in _UNORDERED), "")
        kinds[field.name] = _Kind(methods[request.full_name], id_field)
    return kinds


# Lists name an instance only as a filter.
_UNORDERED: Final = frozenset({"list_user_tasks"})
_KINDS: Final = _kinds()


class CommandRuntime:
    """Serves ``bpmgrpc.v1.CommandRuntime``.

    Args:
        draining: Set when the server is about to stop.
    """

    def __init__(self, draining: asyncio.Event) -> None:
        self._draining = draining

    async def StreamCommands(
        self, requests: AsyncIterator[StreamCommandsRequest], call: CallContext
    ) -> AsyncIterator[StreamCommandsResponse]:
        """Does commands and gives their results as they come."""
        stream = _Stream(call)
        reading = asyncio.create_task(stream.read(requests), name="bpmgrpc-commands")
        draining = asyncio.create_task(self._draining.wait())
        reading.add_done_callback(stream.wake)
        draining.add_done_callback(stream.wake)
        try:
            while True:
                for response in stream.take():
                    yield response
                if reading.done() and stream.is_done:
                    break
                if draining.done():
                    reading.cancel()
                await stream.more()
            if draining.done():
                raise Unavailable("the server is about to stop and begins no more commands")
            reading.result()
        finally:
            draining.cancel()
            reading.cancel()
            stream.cancel()


class _Stream:
    """The commands of one stream that run, and the results that have not been sent."""

    def __init__(self, call: CallContext) -> None:
        assert call.dispatcher is not None  # noqa: S101 - every call of a server comes through one
        self._dispatcher: Dispatcher = call.dispatcher
        self._call = call
        self._running: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}  # by root id: what the next command on it waits for
        self._room = asyncio.Semaphore(MOST_COMMANDS)
        self._results: list[CommandResult] = []
        self._faults: list[BaseException] = []  # our own; whatever a method does wrong is a result
        self._woken = asyncio.Event()

    @property
    def is_done(self) -> bool:
        """Whether no command runs and no result waits."""
        return not self._running and not self._results

    async def read(self, requests: AsyncIterator[StreamCommandsRequest]) -> None:
        """Begins commands as they come and as there is room.

        Raises:
            InvalidArgument: A message holds too many.
        """
        async for request in requests:
            if len(request.commands) > MOST_COMMANDS:
                checks.invalid(
                    "commands", f"holds {len(request.commands):,} of them, at most {MOST_COMMANDS:,} are allowed"
                )
            for command in request.commands:
                await self._room.acquire()
                self._begin(command)

    def _begin(self, command: Command) -> None:
        name = command.WhichOneof("request")
        kind = _KINDS[name] if name is not None else None
        root_id = ""
        if kind is not None and kind.id_field:
            root_id = getattr(getattr(command, name), kind.id_field)[:_ID_LENGTH]
        before = self._last.get(root_id) if root_id else None
        task = asyncio.create_task(self._run(before, command, name, kind))
        self._running.add(task)
        if root_id:
            self._last[root_id] = task
        task.add_done_callback(lambda done: self._end(done, root_id))

    async def _run(self, before: asyncio.Task[None] | None, command: Command, name: Any, kind: _Kind | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        result = await self._do(command, name, kind)  # apart: the list may be another one afterwards
        self._results.append(result)

    async def _do(self, command: Command, name: Any, kind: _Kind | None) -> CommandResult:
        try:
            if kind is None:
                checks.invalid("request", f"command {command.command_id} has none")
            method = self._dispatcher.methods[kind.method]
            assert method.unary is not None  # noqa: S101 - no member of the oneof is a stream's request
            call = self._dispatcher.context(
                method, time_remaining=None, metadata=self._call.metadata, peer=self._call.peer
            )
            response = await method.unary(getattr(command, name), call)
        except BpmError as error:
            return CommandResult(command_id=command.command_id, error=to_status(error, limit=UNLIMITED))
        return CommandResult(command_id=command.command_id, **{name: response})

    def _end(self, task: asyncio.Task[None], root_id: str) -> None:
        self._running.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._faults.append(fault)
        if root_id and self._last.get(root_id) is task:
            del self._last[root_id]
        self._room.release()
        self._woken.set()

    def take(self) -> list[StreamCommandsResponse]:
        """Returns the results that are there, in messages of a size that any client takes."""
        if self._faults:
            raise self._faults[0]
        results, self._results = self._results, []
        responses: list[StreamCommandsResponse] = []
        room = 0
        for result in results:
            size = result.ByteSize()
            if size > room or len(responses[-1].results) >= MOST_COMMANDS:
                responses.append(StreamCommandsResponse())
                room = _MOST_BYTES
            responses[-1].results.append(result)
            room -= size
        return responses

    def wake(self, _done: object) -> None:
        """Ends `more`."""
        self._woken.set()

    async def more(self) -> None:
        """Waits until something has changed."""
        await self._woken.wait()
        self._woken.clear()

    def cancel(self) -> None:
        """Ends what still runs, as the end of a call does: the outcome is then unknown to the client."""
        for task in self._running:
            task.cancel()
