"""A gRPC channel without a socket: generated stubs call the dispatcher of the same process through it.

Same messages, same interceptors, same errors (real `grpc.aio.AioRpcError`, with the details in the trailing metadata)
as over a socket, so code written for a channel does not notice. What differs, because it is the point of it:

- Messages are handed over as they are, neither serialized nor copied. The contract of both sides: the servicer does
  not change or keep the request, the caller does not change it until the call has ended; the response is the caller's.
- A call runs inside of the caller's task. Cancelling that task cancels the call; nothing runs before it is awaited; a
  call is a plain awaitable, without the ``code()`` or ``initial_metadata()`` of a call over a socket.
- Details of errors are not cut to the size of HTTP/2 trailers.
"""
# ruff: noqa: ASYNC109 - the signatures are those of grpc.aio

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import grpc
from grpc import aio

from bpmgrpc.errors import BpmError, Unimplemented
from bpmgrpc.service.status import UNLIMITED, code_of, to_trailing_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable
    from types import TracebackType
    from typing import Self

    from bpmgrpc.service.dispatch import Dispatcher, Metadata, Method, StreamHandler, UnaryHandler

__all__ = ["PEER", "InProcessChannel", "rpc_error"]

PEER: Final = "inprocess:"
"""What a servicer reads as the peer of such a call."""

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")
_NO_METADATA: Final[Metadata] = MappingProxyType({})


class _Callable(Generic[_Request, _Response]):
    """What the two kinds of calls have in common."""

    __slots__ = ("_dispatcher", "_method")

    def __init__(self, dispatcher: Dispatcher, method: Method) -> None:
        self._dispatcher = dispatcher
        self._method = method

    def _check(self, request: object) -> None:
        # Over a socket the serializer would refuse it; here nothing would until deep inside of the servicer.
        if type(request) is not self._method.request_type:
            expected = self._method.request_type.DESCRIPTOR.full_name
            raise TypeError(f"{self._method.full_name} takes a {expected}, not a {type(request).__name__}")


class _UnaryUnary(_Callable[_Request, _Response]):
    """``await callable(request, timeout=, metadata=)``."""

    __slots__ = ("_handler",)

    def __init__(self, dispatcher: Dispatcher, method: Method, handler: UnaryHandler) -> None:
        super().__init__(dispatcher, method)
        self._handler = handler

    async def __call__(
        self,
        request: _Request,
        *,
        timeout: float | None = None,
        metadata: Iterable[tuple[str, str | bytes]] | None = None,
        credentials: object = None,
        wait_for_ready: bool | None = None,
        compression: object = None,
    ) -> _Response:
        """Calls the method.

        Args:
            request: The request; see the top of this file about sharing it.
            timeout: Seconds until DEADLINE_EXCEEDED; the dispatcher's default where None.
            metadata: Pairs of lower-case key and value.
            credentials: Without meaning here.
            wait_for_ready: Without meaning here.
            compression: Without meaning here.

        Returns:
            The response.

        Raises:
            grpc.aio.AioRpcError: The call failed.
            TypeError: The request is of another type.
        """
        self._check(request)
        call = self._dispatcher.context(
            self._method, time_remaining=timeout, metadata=dict(metadata) if metadata else _NO_METADATA, peer=PEER
        )
        try:
            return cast("_Response", await self._handler(request, call))
        except BpmError as error:
            raise rpc_error(error) from error


class _UnaryStream(_Callable[_Request, _Response]):
    """``async for response in callable(request, timeout=, metadata=)``."""

    __slots__ = ("_handler",)

    def __init__(self, dispatcher: Dispatcher, method: Method, handler: StreamHandler) -> None:
        super().__init__(dispatcher, method)
        self._handler = handler

    async def __call__(
        self,
        request: _Request,
        *,
        timeout: float | None = None,
        metadata: Iterable[tuple[str, str | bytes]] | None = None,
        credentials: object = None,
        wait_for_ready: bool | None = None,
        compression: object = None,
    ) -> AsyncIterator[_Response]:
        """Calls the method; arguments and errors as for a unary call. Close the iterator to cancel the call."""
        self._check(request)
        call = self._dispatcher.context(
            self._method, time_remaining=timeout, metadata=dict(metadata) if metadata else _NO_METADATA, peer=PEER
        )
        try:
            async for response in self._handler(request, call):
                yield response
        except BpmError as error:
            raise rpc_error(error) from error


class _StreamStream(_Callable[_Request, _Response]):
    """``async for response in callable(requests, timeout=, metadata=)``."""

    __slots__ = ("_handler",)

    def __init__(self, dispatcher: Dispatcher, method: Method, handler: StreamHandler) -> None:
        super().__init__(dispatcher, method)
        self._handler = handler

    async def __call__(
        self,
        request_iterator: AsyncIterable[_Request] | Iterable[_Request],
        *,
        timeout: float | None = None,
        metadata: Iterable[tuple[str, str | bytes]] | None = None,
        credentials: object = None,
        wait_for_ready: bool | None = None,
        compression: object = None,
    ) -> AsyncIterator[_Response]:
        """Calls the method with an iterator of requests; the rest as for a server stream. There is no ``write()``."""
        call = self._dispatcher.context(
            self._method, time_remaining=timeout, metadata=dict(metadata) if metadata else _NO_METADATA, peer=PEER
        )
        try:
            async for response in self._handler(self._checked(request_iterator), call):
                yield response
        except BpmError as error:
            raise rpc_error(error) from error

    async def _checked(self, requests: AsyncIterable[_Request] | Iterable[_Request]) -> AsyncIterator[_Request]:
        if isinstance(requests, AsyncIterable):
            async for request in requests:
                self._check(request)
                yield request
        else:
            for request in requests:
                self._check(request)
                yield request


class InProcessChannel(aio.Channel):
    """A channel to a dispatcher of this process. It has no connection: it is always ready, closing it does nothing.

    Args:
        dispatcher: The method table to call.
    """

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def unary_unary(
        self,
        method: str,
        request_serializer: Callable[[_Request], bytes] | None = None,
        response_deserializer: Callable[[bytes], _Response] | None = None,
        _registered_method: bool | None = False,
    ) -> aio.UnaryUnaryMultiCallable[_Request, _Response]:
        """Makes the callable of a unary method; the serializers are not used.

        Args:
            method: Full name, ``/package.Service/Method``. One that is not served fails when called, as over a socket.
            request_serializer: Not used.
            response_deserializer: Not used.
        """
        row = self._dispatcher.methods.get(method)
        if row is None or row.unary is None:
            return cast("aio.UnaryUnaryMultiCallable[_Request, _Response]", _refused_response(method))
        return cast("aio.UnaryUnaryMultiCallable[_Request, _Response]", _UnaryUnary(self._dispatcher, row, row.unary))

    def unary_stream(
        self,
        method: str,
        request_serializer: Callable[[_Request], bytes] | None = None,
        response_deserializer: Callable[[bytes], _Response] | None = None,
        _registered_method: bool | None = False,
    ) -> aio.UnaryStreamMultiCallable[_Request, _Response]:
        """Makes the callable of a server stream; arguments as for `unary_unary`."""
        row = self._dispatcher.methods.get(method)
        if row is None or row.stream is None or row.takes_stream:
            return cast("aio.UnaryStreamMultiCallable[_Request, _Response]", _refused_stream(method))
        return cast(
            "aio.UnaryStreamMultiCallable[_Request, _Response]", _UnaryStream(self._dispatcher, row, row.stream)
        )

    def stream_unary(
        self,
        method: str,
        request_serializer: Callable[[_Request], bytes] | None = None,
        response_deserializer: Callable[[bytes], _Response] | None = None,
        _registered_method: bool | None = False,
    ) -> aio.StreamUnaryMultiCallable[_Request, _Response]:
        """Makes a callable that fails with UNIMPLEMENTED: nobody answers a stream of requests with one response."""
        return cast("aio.StreamUnaryMultiCallable[_Request, _Response]", _refused_response(method))

    def stream_stream(
        self,
        method: str,
        request_serializer: Callable[[_Request], bytes] | None = None,
        response_deserializer: Callable[[bytes], _Response] | None = None,
        _registered_method: bool | None = False,
    ) -> aio.StreamStreamMultiCallable[_Request, _Response]:
        """Makes the callable of a stream of requests; arguments as for `unary_unary`."""
        row = self._dispatcher.methods.get(method)
        if row is None or row.stream is None or not row.takes_stream:
            return cast("aio.StreamStreamMultiCallable[_Request, _Response]", _refused_stream(method))
        return cast(
            "aio.StreamStreamMultiCallable[_Request, _Response]", _StreamStream(self._dispatcher, row, row.stream)
        )

    async def close(self, grace: float | None = None) -> None:
        """Does nothing: calls belong to the tasks that made them."""

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Returns READY."""
        return grpc.ChannelConnectivity.READY

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Returns at once unless the state observed is READY; then it waits for ever, as the state never changes."""
        if last_observed_state is grpc.ChannelConnectivity.READY:
            await asyncio.get_running_loop().create_future()

    async def channel_ready(self) -> None:
        """Returns at once."""

    async def __aenter__(self) -> Self:
        """Returns the channel."""
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        """Does nothing."""


def rpc_error(error: BpmError) -> aio.AioRpcError:
    """Makes the error that a caller of a channel sees.

    Args:
        error: What the servicer or an interceptor raised.

    Returns:
        The error with code, text, and the details as trailing metadata.
    """
    return aio.AioRpcError(
        code_of(error),
        initial_metadata=aio.Metadata(),
        trailing_metadata=aio.Metadata(*to_trailing_metadata(error, limit=UNLIMITED)),
        details=error.message,
    )


def _refused_response(method: str) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def refuse(*_args: object, **_options: object) -> Any:
        raise rpc_error(_not_served(method))

    return refuse


def _refused_stream(method: str) -> Callable[..., AsyncIterator[Any]]:
    async def refuse(*_args: object, **_options: object) -> AsyncIterator[Any]:
        raise rpc_error(_not_served(method))
        yield  # makes it a generator: the error comes with the first item, as over a socket

    return refuse


def _not_served(method: str) -> Unimplemented:
    return Unimplemented(f"{method} is not served here", metadata={"method": method})
