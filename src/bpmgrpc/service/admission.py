"""How many calls are served at a time, and how long one may wait: what is beyond is refused at once, with the time
after which to come back.

Rule of this file: a refusal costs next to nothing and touches nothing, since it is given when the machine is busy. gRPC
has a limit of its own, but refuses without `RetryInfo`, and counts the health checks of those who watch the server: it
would be taken out of service just when it works hardest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.errors import ResourceExhausted
from bpmgrpc.service.dispatch import Interceptor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bpmgrpc.service.dispatch import CallContext, Method, StreamHandler, UnaryHandler

__all__ = ["RETRY_AFTER_SECONDS", "Admission"]

RETRY_AFTER_SECONDS: Final = 0.5

_UNCOUNTED: Final = frozenset({"grpc.health.v1.Health"})


class Admission(Interceptor):
    """Counts the calls that are being served, those of all methods together, and refuses what is beyond the limits.

    A worker that waits for jobs is a call that is being served.

    Args:
        limit: How many calls at a time; 0 for no limit.
        patience: How many seconds a call may wait for its turn; 0 for no limit. A call that comes while others wait
            longer is refused, so that those who are served are served in time.
    """

    def __init__(self, limit: int, patience: float = 0.0) -> None:
        self._limit = limit
        self._patience = patience
        self._waits: list[Callable[[], float]] = []
        self._served = 0
        self.calls = 0

    @property
    def bounds_anything(self) -> bool:
        """Whether it can refuse a call at all."""
        return self._limit > 0 or self._patience > 0

    @property
    def bounds_waiting(self) -> bool:
        """Whether it refuses calls because others wait."""
        return self._patience > 0

    def measure_by(self, waited: Callable[[], float]) -> None:
        """Adds a place where calls wait.

        Args:
            waited: Tells how many seconds a call waits there now.
        """
        self._waits.append(waited)

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
        self.calls += 1
        if self._limit and self._served >= self._limit:
            raise _overloaded(f"the server serves {self._limit} calls already, as many as it may at a time")
        if self._patience and any(waited() > self._patience for waited in self._waits):
            raise _overloaded(f"calls wait longer than {self._patience:g} seconds for their turn")
        self._served += 1


def _overloaded(message: str) -> ResourceExhausted:
    return ResourceExhausted(message, reason="OVERLOADED", retry_after_seconds=RETRY_AFTER_SECONDS)
