"""The methods of ProcessRuntime about messages and signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.runtime.messages import Publication, Published
from bpmgrpc.service import checks
from bpmgrpc.service.servicer import Servicer, respond
from bpmgrpc.v1 import process_runtime_pb2 as pb

if TYPE_CHECKING:
    from bpmgrpc.service.dispatch import CallContext

_LONGEST_TIME_TO_LIVE_US: Final = 366 * 86_400_000_000


class MessageMethods(Servicer):
    """Publishes messages and broadcasts signals."""

    async def PublishMessage(self, request: pb.PublishMessageRequest, call: CallContext) -> pb.PublishMessageResponse:
        """Publishes a message."""
        publication = Publication(
            app_name=checks.name(request.app_name, "app_name"),
            name=checks.name(request.message_name, "message_name", required=True),
            key=checks.name(request.correlation_key, "correlation_key"),
            message_id=checks.name(request.message_id, "message_id"),
            variables=checks.variables(request.variables),
            time_to_live_us=checks.duration_us(
                request.time_to_live, "time_to_live", least_us=0, most_us=_LONGEST_TIME_TO_LIVE_US
            ),
        )
        outcome = await self.runtime.messages.publish(
            publication,
            deadline=call.deadline,
            request=self.request_id(request, request.request_id, call),
            reply=_published,
        )
        return respond(pb.PublishMessageResponse, outcome, _published)

    async def BroadcastSignal(
        self, request: pb.BroadcastSignalRequest, call: CallContext
    ) -> pb.BroadcastSignalResponse:
        """Broadcasts a signal."""
        outcome = await self.runtime.messages.broadcast(
            checks.name(request.app_name, "app_name"),
            checks.name(request.signal_name, "signal_name", required=True),
            checks.variables(request.variables),
            deadline=call.deadline,
            request=self.request_id(request, request.request_id, call),
            reply=_broadcast,
        )
        return respond(pb.BroadcastSignalResponse, outcome, _broadcast)


def _published(published: Published) -> pb.PublishMessageResponse:
    return pb.PublishMessageResponse(process_instance_id=published.root_id)


def _broadcast(receivers: int) -> pb.BroadcastSignalResponse:
    return pb.BroadcastSignalResponse(receiver_count=receivers)
