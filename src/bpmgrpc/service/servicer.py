"""What the servicers of mutations share: the request id, and the answer that it got before.

Rule of this file: an answer that was stored is given again byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from bpmgrpc.runtime.requests import idempotency

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from bpmgrpc.engine.commands import Command
    from bpmgrpc.runtime import Runtime
    from bpmgrpc.runtime.outcomes import Decided, Outcome
    from bpmgrpc.runtime.requests import Idempotency
    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.store.interface import Target

ResponseT = TypeVar("ResponseT", bound="Message")
ResultT = TypeVar("ResultT")
Mutation: TypeAlias = Any  # a request with a field ``request_id``: generated messages share no type that says so


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

    async def obey(
        self,
        request: Mutation,
        call: CallContext,
        target: tuple[str, int, Target],
        command: Command,
        response: type[ResponseT],
        reply: Callable[[Decided], ResponseT],
        *,
        subject: str,
        user: str = "",
    ) -> ResponseT:
        """Runs a command on an instance and returns the answer to it, or the one that the request got before.

        Args:
            request: The request.
            call: The call.
            target: Root id, number and kind of the row that the command is about.
            command: The command.
            response: Type of the answer.
            reply: Makes the answer.
            subject: What is not there where the row is not, such as "user task 'x-3'".
            user: On whose behalf; empty: the caller's.

        Raises:
            BpmError: What ``Instances.submit`` raises, or the request id is none.
        """
        root_id, seq, kind = target
        outcome = await self.runtime.instances.submit(
            root_id,
            seq,
            kind,
            command,
            deadline=call.deadline,
            subject=subject,
            user=user,
            actor=user or call.caller,
            request=self.request_id(request, request.request_id, call),
            reply=reply,
        )
        return respond(response, outcome, reply)


def respond(response: type[ResponseT], outcome: Outcome[ResultT], make: Callable[[ResultT], ResponseT]) -> ResponseT:
    """Returns the answer to a mutation: the stored one, or one that is made of its result."""
    if outcome.replay is not None:
        return response.FromString(outcome.replay)
    if isinstance(outcome.answer, response):
        return outcome.answer
    assert outcome.result is not None  # noqa: S101 - an outcome is one or the other
    return make(outcome.result)
