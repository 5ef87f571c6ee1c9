"""Server reflection under both of its names, ``grpc.reflection.v1`` and ``grpc.reflection.v1alpha``.

grpcio ships v1alpha only (grpc/grpc#38576); newer clients ask for v1 and some never fall back. The messages of the two
are the same on the wire, so one servicer answers both. It streams in both directions, which the dispatcher does not
serve, and tells nothing about processes: it is a handler of the gRPC server itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha._async import ReflectionServicer

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SERVICES", "reflection_handlers"]

_DESCRIBED: Final = "grpc.reflection.v1alpha.ServerReflection"
SERVICES: Final = ("grpc.reflection.v1.ServerReflection", _DESCRIBED)


def reflection_handlers(services: Iterable[str]) -> list[grpc.GenericRpcHandler]:
    """Makes the handlers of both reflection services.

    Args:
        services: Full names of the services to tell about; reflection itself is added.

    Returns:
        One generic handler for each name.
    """
    # A client looks up the descriptor of each service that is listed, and v1 has none here: it is served, not listed.
    servicer = ReflectionServicer((*services, _DESCRIBED))
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    return [grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": handler}) for name in SERVICES]
