"""The methods of AdminRuntime about history: what happened, its export, and how long it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.events import EventType
from bpmgrpc.errors import Unavailable
from bpmgrpc.runtime.retention import MOST_US
from bpmgrpc.service import checks, mapping
from bpmgrpc.service.filters import time_range
from bpmgrpc.service.pages import page
from bpmgrpc.service.servicer import Servicer
from bpmgrpc.store.history_export import HistoryExport
from bpmgrpc.store.history_filter import HistoryEventFilter
from bpmgrpc.store.retention import FOREVER
from bpmgrpc.v1 import admin_runtime_pb2 as pb
from bpmgrpc.v1.history_retention_pb2 import HistoryRetention

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from google.protobuf.timestamp_pb2 import Timestamp

    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.store.retention import RetentionRow

_COMMANDS: Final = 200  # read at a time, in a transaction that ends before their events are sent


class HistoryMethods(Servicer):
    """Tells what happened."""

    async def ListHistoryEvents(
        self, request: pb.ListHistoryEventsRequest, call: CallContext
    ) -> pb.ListHistoryEventsResponse:
        """Lists what happened in an instance."""
        root_id, seq = checks.instance_id(request.process_instance_id)
        wanted, wanted_page = _filter(request.filter), page(request)

        found = await self.runtime.read(lambda queries: queries.list_history(root_id, seq, wanted_page, wanted))
        return pb.ListHistoryEventsResponse(
            history_events=[mapping.history_event(event) for event in found.items],
            next_page_token=found.next_page_token,
        )

    async def ExportHistory(
        self, request: pb.ExportHistoryRequest, call: CallContext
    ) -> AsyncIterator[pb.ExportHistoryResponse]:
        """Gives the history of many instances."""
        wanted = HistoryExport(
            checks.name(request.process_name, "process_name"),
            checks.name(request.app_name, "app_name"),
            _time(request.start_time_from, "start_time_from"),
            _time(request.start_time_until, "start_time_until"),
            request.ended_only,
            _filter(request.filter),
        )
        token = request.page_token
        while True:
            after = token
            found = await self.runtime.read(lambda queries: queries.export_history(wanted, after, _COMMANDS))  # noqa: B023 - awaited here
            for event, place in found.events:
                yield pb.ExportHistoryResponse(history_event=mapping.history_event(event), page_token=place)
            token = found.next_token
            if not token:
                return
            if self.runtime.draining.is_set():
                raise Unavailable("the server is about to stop: go on with the last page_token on another one")

    async def SetHistoryRetention(
        self, request: pb.SetHistoryRetentionRequest, call: CallContext
    ) -> pb.SetHistoryRetentionResponse:
        """Says how long ended instances are kept."""
        process_name, app_name = _process(request)
        keep_us = FOREVER
        if request.HasField("time_to_live"):
            keep_us = checks.duration_us(request.time_to_live, "time_to_live", least_us=0, most_us=MOST_US)
        row = await self.runtime.retention.set(process_name, app_name, keep_us, call.deadline)
        return pb.SetHistoryRetentionResponse(history_retention=_message(row) if row else None)

    async def DeleteHistoryRetention(
        self, request: pb.DeleteHistoryRetentionRequest, call: CallContext
    ) -> pb.DeleteHistoryRetentionResponse:
        """Takes back what a call said."""
        process_name, app_name = _process(request)
        row = await self.runtime.retention.set(process_name, app_name, None, call.deadline)
        return pb.DeleteHistoryRetentionResponse(history_retention=_message(row) if row else None)

    async def ListHistoryRetentions(
        self, request: pb.ListHistoryRetentionsRequest, call: CallContext
    ) -> pb.ListHistoryRetentionsResponse:
        """Lists how long ended instances are kept."""
        wanted_page = page(request)
        found = await self.runtime.read(lambda queries: queries.list_retentions(wanted_page))
        return pb.ListHistoryRetentionsResponse(
            history_retentions=[_message(row) for row in found.items],
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )


def _process(request: pb.SetHistoryRetentionRequest | pb.DeleteHistoryRetentionRequest) -> tuple[str, str]:
    process_name = checks.name(request.process_name, "process_name", required=True)
    return process_name, checks.name(request.app_name, "app_name", required=True)


def _filter(message: pb.HistoryEventFilter) -> HistoryEventFilter:
    if message.event_time.absent:
        checks.invalid("filter.event_time.absent", "every event has a time")
    limits = time_range(message.event_time, "filter.event_time", "event")
    return HistoryEventFilter(
        _types(message.event_types),
        checks.names(message.element_ids, "filter.element_ids"),
        limits["event_from_us"],
        limits["event_until_us"],
        checks.name(message.actor, "filter.actor"),
        checks.name(message.variable_name, "filter.variable_name"),
    )


def _types(wanted: Iterable[str]) -> tuple[str, ...]:
    """The event types that are named; none of them where a name means none, which is said."""
    found: set[str] = set()
    for index, name in enumerate(wanted):
        named = {
            type_.value for type_ in EventType if name == type_ or (name[-1:] == "*" and type_.startswith(name[:-1]))
        }
        if not named:
            checks.invalid(f"filter.event_types[{index}]", f"{checks.shown(name)} is no type of events")
        found |= named
    return tuple(sorted(found))


def _time(value: Timestamp, field: str) -> int:
    found = checks.time_us(value)
    if found < 0:
        checks.invalid(field, "lies before 1970")
    return found


def _message(row: RetentionRow) -> HistoryRetention:
    source = HistoryRetention.SOURCE_MODEL if row.call_us is None else HistoryRetention.SOURCE_CALL
    message = HistoryRetention(process_name=row.process_name, app_name=row.app_name, source=source)
    if row.keep_us != FOREVER:
        message.time_to_live.FromMicroseconds(row.keep_us)
    return message
