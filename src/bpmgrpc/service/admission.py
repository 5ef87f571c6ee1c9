"""How many calls are served at a time: one more is refused at once, with the time after which to come back.

Rule of this file: a refusal costs next to nothing and touches nothing, since it is given when the machine is busy. gRPC
has a limit of its own, but refuses without `RetryInfo`, and counts the health checks of those who watch the server: it
would be taken out of service just when it works hardest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.errors import ResourceExhausted
from bpmgrpc.service.dispatch import Interceptor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bpmgrpc.service.dispatch import CallContext, Method, StreamHandler, UnaryHandler

__all__ = ["RETRY_AFTER_SECONDS", "Admission"]

RETRY_AFTER_SECONDS: Final = 0.5

_UNCOUNTED: Final = frozenset({"grpc.health.v1.Health"})


class Admission(Interceptor):
    """Counts the calls that are being served, those of all methods together, and refuses what is beyond the limit.

    A worker that waits for jobs is a call that is being served.

    Args:
        limit: How many calls at a time.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._served = 0

    def unary(self, method: Method, proceed: UnaryHandler) -> UnaryHandler:
        """Wraps a unary method."""
        if method.service in _UNCOUNTED:
            return proceed

        async def admitted(request: Any, call: CallContext) -> Any:
            self._enter()
            try:
                return await proceed(request, call)
            finally:
                self._served -= 1

        return admitted

    def stream(self, method: Method, proceed: StreamHandler) -> StreamHandler:
        """Wraps a server stream, which counts until it ends."""
        if method.service in _UNCOUNTED:
            return proceed

        async def admitted(request: Any, call: CallContext) -> AsyncIterator[Any]:
            self._enter()
            try:
                async for response in proceed(request, call):
                    yield response
            finally:
                self._served -= 1

        return admitted

    def _enter(self) -> None:
        if self._served >= self._limit:
            raise ResourceExhausted(
                f"the server serves {self._limit} calls already, as many as it may at a time",
                reason="OVERLOADED",
                retry_after_seconds=RETRY_AFTER_SECONDS,
            )
        self._served += 1
