"""The export of histories: whole, in one order, and resumed after any event on any server."""

from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from bpmgrpc.clock import ManualClock
from bpmgrpc.errors import Unavailable
from bpmgrpc.service import history
from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1.process_instance_pb2 import HistoryEvent
from tests.integration.runtime.servers import USER_TASK, Server, opened
from tests.support.harness import bpmn, flows

SHORT = bpmn('<startEvent id="s"/><endEvent id="e"/>' + flows("s -> e"), process="short")


async def exported(server: Server, **fields: Any) -> list[admin_pb.ExportHistoryResponse]:
    """Exports to the end."""
    return [one async for one in server.admin.ExportHistory(admin_pb.ExportHistoryRequest(**fields))]


def events(messages: list[admin_pb.ExportHistoryResponse]) -> list[HistoryEvent]:
    """Their events."""
    return [message.history_event for message in messages]


async def worked(server: Server) -> list[str]:
    """Deploys two processes and starts four instances, one of which stays open; returns their ids in order."""
    await server.deploy(USER_TASK, SHORT)
    ids = []
    for name in ("p", "short", "p", "short"):
        instance = await server.start(name)
        ids.append(instance)
        if isinstance(server.runtime.clock, ManualClock):
            server.runtime.clock.advance(1)
    await server.complete(await server.open_task(ids[0]), '{"a":1}', user="ann")
    return ids


async def test_export_is_the_history_of_each_instance_in_the_order_of_starts(
    reached: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More commands than are read at a time: each instance's events come together, as ListHistoryEvents gives them."""
    monkeypatch.setattr(history, "_COMMANDS", 2)
    ids = await worked(reached)

    found = events(await exported(reached))

    assert found == [event for instance in sorted(ids) for event in await reached.history(instance)]


async def test_export_goes_on_after_any_event(reached: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever token a client kept, it gets exactly what comes after it; after the last there is nothing."""
    monkeypatch.setattr(history, "_COMMANDS", 3)
    await worked(reached)
    whole = await exported(reached)

    for number, message in enumerate(whole, 1):
        assert await exported(reached, page_token=message.page_token) == whole[number:]


async def test_export_of_one_process_of_those_that_ended_or_of_a_time(database_url: str) -> None:
    """The filters combine; a token belongs to the filters with which it was given."""
    clock = ManualClock(1_000_000_000_000_000)
    async with opened(database_url, clock=clock) as (server,):
        ids = await worked(server)
        clock.advance(3600)
        late = await server.start("short")
        at = Timestamp(seconds=1_000_003_604)

        async def instances(**fields: Any) -> list[str]:
            found = events(await exported(server, **fields))
            return list(dict.fromkeys(event.root_process_instance_id for event in found))

        assert await instances(process_name="p") == [ids[0], ids[2]]
        assert await instances(process_name="p", ended_only=True) == [ids[0]]
        assert await instances(app_name="default", ended_only=True) == [ids[0], ids[1], ids[3], late]
        assert await instances(app_name="another") == []
        assert await instances(start_time_from=at) == [late]
        assert await instances(start_time_until=at) == ids
        assert await instances(start_time_from=at, start_time_until=at) == []
        token = (await exported(server, process_name="p"))[0].page_token
        with pytest.raises(aio.AioRpcError) as caught:
            await exported(server, process_name="short", page_token=token)
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_server_that_drains_ends_the_export_and_another_goes_on(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was received before the drain and what another server gives after it is the whole, without a gap."""
    monkeypatch.setattr(history, "_COMMANDS", 1)
    async with opened(database_url, 2) as (first, second):
        await worked(first)
        whole = await exported(second)
        received: list[admin_pb.ExportHistoryResponse] = []

        async def begin() -> None:
            async for message in first.admin.ExportHistory(admin_pb.ExportHistoryRequest()):
                received.append(message)
                first.runtime.drain()

        with pytest.raises((aio.AioRpcError, Unavailable), match="go on with the last page_token"):
            await begin()

        assert 0 < len(received) < len(whole)
        assert received + await exported(second, page_token=received[-1].page_token) == whole


async def test_events_of_a_history_are_found_by_type_element_time_actor_and_variable(database_url: str) -> None:
    """Filters combine, in the list and in the export; pages and tokens go on where they stopped."""
    clock = ManualClock(1_000_000_000_000_000)
    async with opened(database_url, clock=clock) as (server,):
        await server.deploy(USER_TASK)
        instance = await server.start(variables='{"a":1,"b":2}')
        clock.advance(60)
        claimed = await server.claim(await server.open_task(instance), "ann")
        clock.advance(60)
        await server.complete(claimed, '{"a":3}', user="ann")

        async def found(**fields: Any) -> list[tuple[str, str]]:
            wanted = admin_pb.HistoryEventFilter(**fields)
            request = admin_pb.ListHistoryEventsRequest(process_instance_id=instance, filter=wanted, page_size=1)
            listed: list[HistoryEvent] = []
            while True:
                answer = await server.admin.ListHistoryEvents(request)
                listed += answer.history_events
                if not answer.next_page_token:
                    break
                request.page_token = answer.next_page_token
            whole = await exported(server, filter=wanted)
            assert events(whole) == listed
            for number, message in enumerate(whole, 1):
                assert await exported(server, filter=wanted, page_token=message.page_token) == whole[number:]
            return [(event.event_type, event.element_id) for event in listed]

        second, third = Timestamp(seconds=1_000_000_060), Timestamp(seconds=1_000_000_120)
        assert await found(variable_name="a") == [("VARIABLE_SET", "")] * 2
        assert await found(variable_name="a", event_time={"start_time": second}) == [("VARIABLE_SET", "")]
        assert [type_ for type_, _ in await found(event_types=["USER_TASK_*"])] == [
            "USER_TASK_CREATED",
            "USER_TASK_CLAIMED",
            "USER_TASK_COMPLETED",
        ]
        assert await found(event_types=["USER_TASK_CLAIMED", "INSTANCE_STARTED"], actor="ann") == [
            ("USER_TASK_CLAIMED", "t")
        ]
        assert {element for _, element in await found(element_ids=["e", "s"])} == {"e", "s"}
        assert [type_ for type_, _ in await found(event_time={"start_time": second, "end_time": third})] == [
            "USER_TASK_CLAIMED"
        ]
        assert await found(variable_name="none") == []


@pytest.mark.parametrize(
    ("fields", "field"),
    (
        ({"event_types": ["USER_TASK_*", "NONE"]}, "filter.event_types[1]"),
        ({"event_types": ["N*"]}, "filter.event_types[0]"),
        ({"event_time": {"absent": True}}, "filter.event_time.absent"),
    ),
)
async def test_filter_that_means_nothing_is_refused(server: Server, fields: dict[str, Any], field: str) -> None:
    """The error names the field."""
    await worked(server)
    (instance,) = (await server.instances())[:1]

    with pytest.raises(aio.AioRpcError) as caught:
        await server.admin.ListHistoryEvents(
            admin_pb.ListHistoryEventsRequest(
                process_instance_id=instance.process_instance_id, filter=admin_pb.HistoryEventFilter(**fields)
            )
        )

    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert field in (caught.value.details() or "")


async def test_instances_are_found_by_when_they_started_and_ended(database_url: str) -> None:
    """Ranges of both times combine with the other filters; open instances are those without an end."""
    clock = ManualClock(1_000_000_000_000_000)
    async with opened(database_url, clock=clock) as (server,):
        ids = await worked(server)  # started at 0, 1, 2 and 3 seconds; the first one ended at 4
        at = [Timestamp(seconds=1_000_000_000 + seconds) for seconds in range(6)]

        async def found(**filters: Any) -> list[int]:
            return sorted(ids.index(one.process_instance_id) for one in await server.instances(**filters))

        assert await found(create_time={"start_time": at[1], "end_time": at[3]}) == [1, 2]
        assert await found(end_time={"start_time": at[4]}) == [0]
        assert await found(end_time={"end_time": at[2]}) == [1]
        assert await found(end_time={"absent": True}) == [2]
        assert await found(process_name="short", create_time={"start_time": at[2]}) == [3]
        with pytest.raises(aio.AioRpcError, match="contradicts start_time and end_time"):
            await found(end_time={"absent": True, "start_time": at[0]})
        with pytest.raises(aio.AioRpcError, match="every instance has a create_time"):
            await found(create_time={"absent": True})
