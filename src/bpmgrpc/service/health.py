"""grpc.health.v1 for the whole server and for each service, served by the dispatcher as any other service.

``""`` and every service named are SERVING while the process takes calls and its database answers, until `drain`; from
then on, for good, NOT_SERVING, so that balancers send new calls elsewhere while running ones finish. Who watches gets
the last state and then the stream's end: otherwise watchers would hold up the very drain that they are told about.

Asked for a service that does not exist, Check fails with NOT_FOUND and Watch answers SERVICE_UNKNOWN and goes on, as
the protocol wants it. The database is not asked for each question: the server tells what it last saw of it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse

from bpmgrpc.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from bpmgrpc.service.dispatch import CallContext

__all__ = ["SERVICE", "Health"]

SERVICE: Final = "grpc.health.v1.Health"
WHOLE_SERVER: Final = ""


class Health:
    """The servicer of grpc.health.v1.Health, and the switch behind it.

    Args:
        services: Full names of the services that are served.
    """

    def __init__(self, services: Iterable[str]) -> None:
        self._known = frozenset({WHOLE_SERVER, *services})
        self._draining = False
        self._reachable = True
        self._changed = asyncio.Event()

    def drain(self) -> None:
        """Tells everybody, for good, that no new calls should be sent here. Safe to repeat."""
        self._draining = True
        self._tell()

    def database_reachable(self, reachable: bool) -> None:
        """Tells everybody whether the database answers."""
        if reachable != self._reachable:
            self._reachable = reachable
            self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def Check(self, request: HealthCheckRequest, call: CallContext) -> HealthCheckResponse:
        """Answers the state of a service.

        Raises:
            NotFound: There is no such service.
        """
        if request.service not in self._known:
            raise NotFound(f"no service {request.service!r} is served here", metadata={"service": request.service})
        return self._response(request.service)

    async def List(self, request: HealthListRequest, call: CallContext) -> HealthListResponse:
        """Answers the states of all services."""
        return HealthListResponse(statuses={service: self._response(service) for service in sorted(self._known)})

    async def Watch(self, request: HealthCheckRequest, call: CallContext) -> AsyncIterator[HealthCheckResponse]:
        """Streams the state of a service: now, and when it changes; ends when the server stops serving."""
        told: int | None = None
        while True:
            changed, draining = self._changed, self._draining  # before the yield: much may happen while a watcher reads
            response = self._response(request.service)
            if response.status != told:
                yield response
                told = response.status
            if draining:
                return
            await changed.wait()

    def _response(self, service: str) -> HealthCheckResponse:
        if service not in self._known:
            return HealthCheckResponse(status=HealthCheckResponse.SERVICE_UNKNOWN)
        if self._draining or not self._reachable:
            return HealthCheckResponse(status=HealthCheckResponse.NOT_SERVING)
        return HealthCheckResponse(status=HealthCheckResponse.SERVING)
