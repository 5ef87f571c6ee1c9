"""The gRPC server: the dispatcher's method table behind a socket, with reflection and channelz beside it.

Nothing about a method is decided here. A call becomes a `CallContext`, goes to the dispatcher's row, and an error
becomes a status by the one table; the options of the transport are the ones below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import grpc
from google.protobuf.message import Message
from grpc import aio
from grpc_channelz.v1 import channelz

from bpmgrpc.errors import BpmError
from bpmgrpc.server.addresses import taken
from bpmgrpc.service.reflection import reflection_handlers
from bpmgrpc.service.status import abort

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bpmgrpc.service.dispatch import CallContext, Dispatcher, Method, StreamHandler, UnaryHandler
    from bpmgrpc.settings import Settings

__all__ = ["build_server", "open_port"]

_SETTING: Final = "grpc_address"
_Context = aio.ServicerContext[Message, Message]


def build_server(dispatcher: Dispatcher, settings: Settings) -> aio.Server:
    """Makes the server; it listens nowhere yet and is not started.

    Args:
        dispatcher: The method table to serve.
        settings: The settings.

    Returns:
        The server. It belongs to the running event loop.
    """
    handlers = [_Handlers(dispatcher), *reflection_handlers(dispatcher.services)]
    server = aio.server(
        handlers=handlers,
        options=_options(settings),
    )
    channelz.add_channelz_servicer(server)
    return server


def open_port(server: aio.Server, address: str) -> int:
    """Makes a server listen.

    Args:
        server: The server, not started yet.
        address: ``HOST:PORT``; port 0 lets the system choose.

    Returns:
        The port in use.

    Raises:
        StartError: The address is taken or cannot be used.
    """
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise taken(_SETTING, address) from error
    if not port:
        raise taken(_SETTING, address)
    return port


def _options(settings: Settings) -> list[tuple[str, Any]]:
    return [
        ("grpc.max_receive_message_length", settings.grpc_max_message_bytes),
        ("grpc.max_send_message_length", -1),
        # Since 1.82 gRPC's core refuses, at random, calls beyond 1,000 that Python has not picked up yet, with a bare
        # CANCELLED. Both names are private (grpc/grpc#34782); a test with 5,000 calls at once holds them to it.
        ("grpc.server.max_pending_requests", settings.grpc_max_pending_requests),
        ("grpc.server.max_pending_requests_hard_limit", settings.grpc_max_pending_requests),
        # Off: two servers on one address would each get a part of the calls, silently.
        ("grpc.so_reuseport", int(settings.grpc_reuse_port)),
        ("grpc.enable_channelz", 1),
        # A connection whose other end is gone is noticed; pings of idle clients are allowed every 20 seconds.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
        ("grpc.http2.max_ping_strikes", 3),
    ]


class _Handlers(grpc.GenericRpcHandler):
    """Finds the handler of a method: one look-up in a table that is made once."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._table = {name: _handler(dispatcher, row) for name, row in dispatcher.methods.items()}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Returns the handler of a call, or None, which gRPC answers with UNIMPLEMENTED."""
        return self._table.get(handler_call_details.method)


def _handler(dispatcher: Dispatcher, row: Method) -> grpc.RpcMethodHandler[Any, Any]:
    deserializer: Any = row.request_type.FromString
    serializer: Any = row.response_type.SerializeToString
    if row.unary is not None:
        return grpc.unary_unary_rpc_method_handler(_unary(dispatcher, row, row.unary), deserializer, serializer)
    assert row.stream is not None  # noqa: S101 - a row has one of the two
    make = grpc.stream_stream_rpc_method_handler if row.takes_stream else grpc.unary_stream_rpc_method_handler
    return make(_stream(dispatcher, row, row.stream), deserializer, serializer)


def _unary(dispatcher: Dispatcher, row: Method, handler: UnaryHandler) -> Any:
    async def serve(request: Message, context: _Context) -> Message:
        try:
            response: Message = await handler(request, _call(dispatcher, row, context))
        except BpmError as error:
            await abort(context, error)
        return response

    return serve


def _stream(dispatcher: Dispatcher, row: Method, handler: StreamHandler) -> Any:
    async def serve(request: Any, context: _Context) -> AsyncIterator[Message]:
        try:
            async for response in handler(request, _call(dispatcher, row, context)):
                yield response
        except BpmError as error:
            await abort(context, error)

    return serve


def _call(dispatcher: Dispatcher, row: Method, context: _Context) -> CallContext:
    remaining = context.time_remaining()
    return dispatcher.context(
        row,
        time_remaining=remaining,
        metadata=dict(context.invocation_metadata() or ()),
        peer=context.peer(),
    )
