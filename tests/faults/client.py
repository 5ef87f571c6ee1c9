"""A client as users are told to write one: it repeats a mutation under the same request id until an answer stands.

Rule of this file: each attempt goes to a server chosen at random, so what one server began another one answers.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode, aio

from tests.faults.history import OK, Call, History
from tests.faults.targets import Stubs, Target

ATTEMPT_SECONDS = 3.0
GIVE_UP_SECONDS = 120.0  # an answer that has not come by then is reported as missing
AGAIN = {
    StatusCode.UNAVAILABLE,
    StatusCode.DEADLINE_EXCEEDED,
    StatusCode.ABORTED,
    StatusCode.RESOURCE_EXHAUSTED,
    # Of a connection that broke the client library says so too; a server's own carry details.
    StatusCode.CANCELLED,
    StatusCode.INTERNAL,
    StatusCode.UNKNOWN,
}
BROKEN = {StatusCode.CANCELLED, StatusCode.INTERNAL, StatusCode.UNKNOWN}
NO_SERVER = "NO_SERVER"

Send = Callable[[Stubs], Any]


class Client:
    """Calls the servers.

    Args:
        targets: The servers.
        history: Where calls are written down.
        rng: Chooses servers, pauses and faults of the client.
    """

    def __init__(self, targets: Sequence[Target], history: History, rng: random.Random) -> None:
        self.targets = targets
        self.history = history
        self.rng = rng

    async def call(self, send: Send, method: str, request: Any, *, twin: bool = False, **fields: str) -> Call:
        """Sends a request until an answer stands.

        Args:
            send: Finds the method in the stubs of a server.
            method: Its name.
            request: The request.
            twin: Send a second copy at the same time, as a network or an impatient client does.
            fields: See `Call`.
        """
        fields["request_id"] = getattr(request, "request_id", "")
        call = self.history.begin(method, **fields)
        if twin:
            answer, other = await asyncio.gather(self._until_it_stands(send, request, call), self.copy(send, request))
            call.others.append(other)
        else:
            answer = await self._until_it_stands(send, request, call)
        call.code, call.answer, call.reason = answer
        call.end = time.monotonic()
        return call

    async def copy(self, send: Send, request: Any) -> tuple[str, Any]:
        """Sends a copy of a request until an answer stands; returns code and response."""
        unwritten = Call(0, "copy")
        code, answer, _ = await self._until_it_stands(send, request, unwritten)
        return code, answer

    async def _until_it_stands(self, send: Send, request: Any, call: Call) -> tuple[str, Any, str]:
        until = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < until:
            stubs = self.rng.choice(self.targets).stubs
            if stubs is None:
                call.attempts.append(NO_SERVER)
            else:
                try:
                    answer = await send(stubs)(request, timeout=ATTEMPT_SECONDS)
                except aio.AioRpcError as error:
                    call.attempts.append(error.code().name)
                    reason = reason_of(error)
                    if error.code() in BROKEN and reason:
                        self.history.complaints.append(f"{call.method}: {error.code().name} {reason}")
                    if error.code() not in AGAIN:
                        return error.code().name, None, reason
                except aio.UsageError:  # the channel was closed between the choice and the call
                    call.attempts.append(NO_SERVER)
                else:
                    call.attempts.append(OK)
                    return OK, answer, ""
            await asyncio.sleep(self.rng.uniform(0.01, 0.15))
        return "", None, ""


def reason_of(error: aio.AioRpcError) -> str:
    """Returns the reason that the server gave; empty where the error is the client library's own."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.ErrorInfo()
                if detail.Unpack(info):
                    return str(info.reason)
    return ""
