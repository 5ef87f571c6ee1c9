"""What the servicers of mutations share: the request id, and the answer that it got before.

Rule of this file: an answer that was stored is given again byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bpmgrpc.runtime.requests import idempotency

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from bpmgrpc.runtime import Runtime
    from bpmgrpc.runtime.instances import Outcome
    from bpmgrpc.runtime.requests import Idempotency
    from bpmgrpc.service.dispatch import CallContext

ResponseT = TypeVar("ResponseT", bound="Message")
ResultT = TypeVar("ResultT")


class Servicer:
    """Base of the servicers.

    Args:
        runtime: The runtime.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def request_id(self, request: Message, request_id: str, call: CallContext) -> Idempotency | None:
        """Reads a mutation's request id.

        Raises:
            InvalidArgument: It is no request id.
        """
        if not request_id:
            return None
        runtime = self.runtime
        return idempotency(
            request,
            request_id,
            caller=call.caller,
            rpc=call.method,
            now_us=runtime.clock.now_us(),
            retention_hours=runtime.options.idempotency_retention_hours,
        )


def respond(response: type[ResponseT], outcome: Outcome[ResultT], make: Callable[[ResultT], ResponseT]) -> ResponseT:
    """Returns the answer to a mutation: the stored one, or one that is made of its result."""
    if outcome.replay is not None:
        return response.FromString(outcome.replay)
    if isinstance(outcome.answer, response):
        return outcome.answer
    assert outcome.result is not None  # noqa: S101 - an outcome is one or the other
    return make(outcome.result)
