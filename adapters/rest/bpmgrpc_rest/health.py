"""Liveness and readiness, in plain text for people and probes.

Alive is a process that answers. Ready is an upstream whose health service says that it serves; one that has no such
service and says so has answered too.
"""

from __future__ import annotations

from typing import Final

from grpc import StatusCode
from grpc_health.v1 import health_pb2

from bpmgrpc_rest.errors import Problem
from bpmgrpc_rest.exchange import Answer
from bpmgrpc_rest.upstream import CallContext, Upstream

__all__ = ["livez", "readyz"]

_TEXT_TYPE: Final = "text/plain;charset=UTF-8"
_HEALTH: Final = health_pb2.DESCRIPTOR.services_by_name["Health"].methods_by_name["Check"]
_TIMEOUT_SECONDS: Final = 3.0  # probes give up early themselves
_UNCACHED: Final = (("cache-control", "no-store"),)


def livez() -> Answer:
    """Answers that the process lives."""
    return Answer(200, b"ok\n", _TEXT_TYPE, _UNCACHED)


async def readyz(upstream: Upstream) -> Answer:
    """Asks the upstream whether it serves: 200 if so, else 503 with the reason."""
    context = CallContext((), _TIMEOUT_SECONDS, timeout_given=True, idempotency_key="")
    try:
        response = await upstream.rpc(_HEALTH)(health_pb2.HealthCheckRequest(), context)
    except Problem as problem:
        if problem.code is StatusCode.UNIMPLEMENTED:
            return livez()
        return _not_ready(str(problem))
    if response.status == health_pb2.HealthCheckResponse.SERVING:
        return livez()
    return _not_ready(health_pb2.HealthCheckResponse.ServingStatus.Name(response.status))


def _not_ready(reason: str) -> Answer:
    return Answer(503, f"not ready: {reason}\n".encode(), _TEXT_TYPE, _UNCACHED)
