"""The methods of ProcessRuntime about messages and signals.

They are declared so that the contract is whole, and answer UNIMPLEMENTED: message and signal events do not run in this
release, and a model that has one is refused when it is deployed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from bpmgrpc.errors import Unimplemented
from bpmgrpc.service.servicer import Servicer

if TYPE_CHECKING:
    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.v1 import process_runtime_pb2 as pb


class MessageMethods(Servicer):
    """Says that messages and signals are not served."""

    async def PublishMessage(self, request: pb.PublishMessageRequest, call: CallContext) -> pb.PublishMessageResponse:
        """Is not served in this release."""
        _refuse("message")

    async def BroadcastSignal(
        self, request: pb.BroadcastSignalRequest, call: CallContext
    ) -> pb.BroadcastSignalResponse:
        """Is not served in this release."""
        _refuse("signal")


def _refuse(what: str) -> NoReturn:
    raise Unimplemented(
        f"{what} events do not run in this release, so that nothing can receive a {what}", reason="NOT_IN_THIS_RELEASE"
    )
