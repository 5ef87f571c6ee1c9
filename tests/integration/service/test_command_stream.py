"""Commands over one stream: each a call of its own, in order where they are about the same instance."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc
import pytest
from grpc import aio

from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.command_runtime_pb2 import Command, CommandResult, StreamCommandsRequest
from tests.integration.runtime.servers import SECONDS, USER_TASK, Server
from tests.support.harness import bpmn, flows

TWO_TASKS = bpmn(
    '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><endEvent id="e"/>' + flows("s -> a", "a -> b", "b -> e")
)


async def results(server: Server, *messages: Iterable[Command]) -> dict[int, CommandResult]:
    """Sends messages of commands and returns the results by command id."""

    async def requests() -> AsyncIterator[StreamCommandsRequest]:
        for commands in messages:
            yield StreamCommandsRequest(commands=commands)

    found: dict[int, CommandResult] = {}
    async for response in server.commands.StreamCommands(requests(), timeout=SECONDS):
        for result in response.results:
            assert result.command_id not in found
            found[result.command_id] = result
    return found


def started(number: int, **fields: Any) -> Command:
    """A command that starts an instance."""
    return Command(command_id=number, start_process_instance=pb.StartProcessInstanceRequest(process_name="p", **fields))


async def test_each_command_is_answered_once(reached: Server) -> None:
    """Every command of every message gets one result, whatever became of the others."""
    await reached.deploy(USER_TASK)

    found = await results(reached, [started(1), Command(command_id=2)], [started(3, variables="[]"), started(4)])

    assert sorted(found) == [1, 2, 3, 4]
    outcomes = {number: result.WhichOneof("outcome") for number, result in found.items()}
    assert outcomes == {1: "start_process_instance", 2: "error", 3: "error", 4: "start_process_instance"}
    assert found[2].error.code == found[3].error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert found[2].error.message == "request: command 2 has none"
    assert found[3].error.message.startswith("variables ")
    assert len(await reached.instances()) == 2


async def test_commands_on_an_instance_are_done_in_order(reached: Server) -> None:
    """Claim and complete of one task, sent together, succeed, as does what follows; the ids of elements are known."""
    await reached.deploy(TWO_TASKS)
    instances = [await reached.start() for _ in range(20)]
    first = {instance: (await reached.tasks(instance))[0].user_task_id for instance in instances}

    commands = []
    for number, task in enumerate(first.values()):
        claim = pb.ClaimUserTaskRequest(user_task_id=task, user="ann")
        complete = pb.CompleteUserTaskRequest(user_task_id=task, user="ann")
        commands += [
            Command(command_id=2 * number, claim_user_task=claim),
            Command(command_id=2 * number + 1, complete_user_task=complete),
        ]
    found = await results(reached, commands[:7], commands[7:])

    assert [result.WhichOneof("outcome") for _, result in sorted(found.items())] == [
        "claim_user_task",
        "complete_user_task",
    ] * 20
    assert sorted(task.element_id for task in await reached.tasks()) == ["b"] * 20


async def test_a_command_repeated_with_its_request_id_is_done_once(reached: Server) -> None:
    """A command has the same memory as the call of its method: over a stream, or one by one."""
    await reached.deploy(USER_TASK)

    found = await results(reached, [started(1, request_id="r")], [started(2, request_id="r")])
    again = await reached.start(request_id="r")

    ids = {result.start_process_instance.process_instance.process_instance_id for result in found.values()}
    assert ids == {again}
    assert len(await reached.instances()) == 1


async def test_results_come_while_the_stream_is_open(reached: Server) -> None:
    """A client may wait for a result before it sends the command that needs it."""
    await reached.deploy(USER_TASK)
    outgoing: asyncio.Queue[StreamCommandsRequest | None] = asyncio.Queue()

    async def requests() -> AsyncIterator[StreamCommandsRequest]:
        while (request := await outgoing.get()) is not None:
            yield request

    outgoing.put_nowait(StreamCommandsRequest(commands=[started(1)]))
    seen = []
    async for response in reached.commands.StreamCommands(requests(), timeout=SECONDS):
        (result,) = response.results
        seen.append(result.WhichOneof("outcome"))
        if result.command_id == 1:
            instance = result.start_process_instance.process_instance.process_instance_id
            wanted = pb.ListUserTasksRequest(process_instance_id=instance)
            outgoing.put_nowait(StreamCommandsRequest(commands=[Command(command_id=2, list_user_tasks=wanted)]))
        else:
            assert len(result.list_user_tasks.user_tasks) == 1
            outgoing.put_nowait(None)

    assert seen == ["start_process_instance", "list_user_tasks"]


async def test_too_many_commands_in_a_message_end_the_stream(reached: Server) -> None:
    """What is no message of the contract ends the stream with the field's name; nothing of that message is done."""
    await reached.deploy(USER_TASK)

    with pytest.raises(aio.AioRpcError) as caught:
        await results(reached, [started(number) for number in range(1001)])

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "commands: holds 1,001 of them, at most 1,000 are allowed"
    assert await reached.instances() == []


async def test_a_drain_ends_the_stream_after_the_results(reached: Server) -> None:
    """When the server drains, what was begun is answered, and the stream ends with UNAVAILABLE."""
    await reached.deploy(USER_TASK)
    drained = asyncio.Event()

    async def requests() -> AsyncIterator[StreamCommandsRequest]:
        yield StreamCommandsRequest(commands=[started(1)])
        await drained.wait()

    seen = []

    async def follow() -> None:
        async for response in reached.commands.StreamCommands(requests(), timeout=SECONDS):
            seen.extend(result.command_id for result in response.results)
            reached.runtime.drain()

    with pytest.raises(aio.AioRpcError) as caught:
        await follow()

    drained.set()
    assert seen == [1]
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_ten_thousand_commands_are_answered(server: Server) -> None:
    """More commands than run at a time wait their turn; none is lost."""
    await server.deploy(USER_TASK)
    messages = [[started(100 * page + number) for number in range(100)] for page in range(100)]

    found = await results(server, *messages)

    assert sorted(found) == list(range(10_000))
    assert {result.WhichOneof("outcome") for result in found.values()} == {"start_process_instance"}
