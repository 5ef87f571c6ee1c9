"""The adapter's one way to the runtime: a channel, and what goes with every call over it.

The channel is a grpc.aio channel or anything that makes the same callables; nothing here knows which. Each call
carries a deadline, and the caller's credentials, client id, address, request id and trace context as metadata.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from google.protobuf.descriptor import MethodDescriptor
from grpc.aio import AioRpcError

from bpmgrpc_rest.contract import message_class, rpc_path
from bpmgrpc_rest.errors import Problem, invalid
from bpmgrpc_rest.settings import RestSettings

__all__ = ["CallContext", "CallReader", "Channel", "Rpc", "Upstream"]

Metadata = tuple[tuple[str, str], ...]

# HTTP header, metadata key. HTTP names have no case, metadata keys are lower case.
_PASSED_ON: Final = (
    (b"authorization", "authorization"),
    (b"clientid", "clientid"),
    (b"x-request-id", "x-request-id"),
    (b"traceparent", "traceparent"),
    (b"tracestate", "tracestate"),
)
_CLIENT_ADDRESS: Final = "x-forwarded-for"
_PRINTABLE: Final = re.compile(rb"[\x20-\x7e]*")
# The header of the gRPC protocol: at most eight digits and a unit.
_TIMEOUT: Final = re.compile(rb"([0-9]{1,8})([HMSmun])")
_LONGEST_TIMEOUT: Final = 24 * 3600.0  # seconds: 99999999H would overflow a clock
_UNIT_SECONDS: Final = {b"H": 3600.0, b"M": 60.0, b"S": 1.0, b"m": 1e-3, b"u": 1e-6, b"n": 1e-9}


class Channel(Protocol):
    """What the adapter needs of a channel; `grpc.aio.Channel` has it."""

    def unary_unary(
        self,
        method: str,
        request_serializer: Callable[[Any], bytes] | None = None,
        response_deserializer: Callable[[bytes], Any] | None = None,
    ) -> Any:
        """Makes a callable of a method with one request and one response."""

    def unary_stream(
        self,
        method: str,
        request_serializer: Callable[[Any], bytes] | None = None,
        response_deserializer: Callable[[bytes], Any] | None = None,
    ) -> Any:
        """Makes a callable of a method with one request and many responses."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """What goes with the calls that one HTTP request leads to.

    Attributes:
        metadata: Metadata to pass on.
        timeout: Seconds that a call may take.
        timeout_given: Whether the caller named the timeout.
        idempotency_key: The caller's Idempotency-Key without its quotes; "" where there is none.
    """

    metadata: Metadata
    timeout: float
    timeout_given: bool
    idempotency_key: str


class CallReader:
    """Reads a `CallContext` out of a request's headers."""

    def __init__(self, settings: RestSettings) -> None:
        """Takes the default timeout and the proxies to trust from the settings."""
        self._default_timeout = settings.default_timeout_seconds
        self._proxies = tuple(ipaddress.ip_network(proxy, strict=False) for proxy in settings.trusted_proxies)

    def read(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> CallContext:
        """Reads what to pass on.

        Raises:
            Problem: INVALID_ARGUMENT; a header that is to be passed on is not printable ASCII, or Grpc-Timeout is
                malformed.
        """
        metadata = []
        for header, key in _PASSED_ON:
            value = headers.get(header)
            if value:
                if not _PRINTABLE.fullmatch(value):
                    name = header.decode()
                    raise invalid(name, f"The header {name} holds a character that is not printable ASCII.")
                metadata.append((key, value.decode("ascii")))
        address = self._client_address(scope)
        if address:
            metadata.append((_CLIENT_ADDRESS, address))
        timeout, given = self._default_timeout, False
        raw_timeout = headers.get(b"grpc-timeout")
        if raw_timeout:
            timeout, given = _read_timeout(raw_timeout), True
        raw_key = headers.get(b"idempotency-key")
        key = _unquoted(raw_key.decode("latin-1").strip()) if raw_key else ""
        return CallContext(tuple(metadata), timeout, given, key)

    def _client_address(self, scope: Mapping[str, Any]) -> str:
        """Returns the nearest address that is not a trusted proxy's; addresses left of it could be anybody's
        invention.
        """
        client = scope.get("client")
        address: str = client[0] if client else ""
        if not self._proxies:
            return address
        # Each proxy may add a line of its own instead of a word to the last one.
        lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        forwarded = b",".join(lines).decode("latin-1").split(",")
        while self._trusts(address) and forwarded:
            claimed = forwarded.pop().strip()
            if not _is_address(claimed):
                break
            address = claimed
        return address

    def _trusts(self, address: str) -> bool:
        return _is_address(address) and any(ipaddress.ip_address(address) in proxy for proxy in self._proxies)


class Rpc:
    """One method of the contract, ready to be called."""

    __slots__ = ("_call", "descriptor", "request_class", "takes_key", "takes_token", "takes_wait")

    def __init__(self, channel: Channel, descriptor: MethodDescriptor) -> None:
        """Makes the callable, as the generated stubs do, but by the descriptor alone.

        Args:
            channel: Where to call.
            descriptor: The method; its client side must not be a stream.
        """
        self.descriptor = descriptor
        self.request_class = message_class(descriptor.input_type)
        response_class = message_class(descriptor.output_type)
        make = channel.unary_stream if descriptor.server_streaming else channel.unary_unary
        self._call = make(
            rpc_path(descriptor),
            request_serializer=self.request_class.SerializeToString,
            response_deserializer=response_class.FromString,
        )
        self.takes_key = "request_id" in descriptor.input_type.fields_by_name
        self.takes_token = "resume_token" in descriptor.input_type.fields_by_name
        self.takes_wait = "request_timeout" in descriptor.input_type.fields_by_name

    async def __call__(self, request: Any, context: CallContext) -> Any:
        """Calls the method.

        Args:
            request: The request; the caller's idempotency key becomes its `request_id`.
            context: What goes with it.

        Returns:
            The response.

        Raises:
            Problem: The call failed; or the idempotency key contradicts the `request_id` that the request has.
        """
        self._complete(request, context)
        try:
            return await self._call(request, timeout=self._timeout(request, context), metadata=context.metadata)
        except AioRpcError as error:
            raise Problem.from_rpc(error) from error

    async def stream(self, request: Any, context: CallContext) -> AsyncIterator[Any]:
        """Calls a method with many responses and yields them; the rest is as with a call."""
        self._complete(request, context)
        timeout = context.timeout if context.timeout_given else None  # A stream ends when its reader has enough.
        call = self._call(request, timeout=timeout, metadata=context.metadata)
        try:
            async for response in call:
                yield response
        except AioRpcError as error:
            raise Problem.from_rpc(error) from error
        finally:
            # A call over a socket is cancelled; one inside of this process is a generator, which is closed.
            if hasattr(call, "aclose"):
                await call.aclose()
            else:
                call.cancel()

    def _complete(self, request: Any, context: CallContext) -> None:
        if context.idempotency_key and self.takes_key:
            if request.request_id and request.request_id != context.idempotency_key:
                raise invalid("request_id", "The header Idempotency-Key and the field request_id differ: give one.")
            request.request_id = context.idempotency_key

    def _timeout(self, request: Any, context: CallContext) -> float:
        """A long poll waits as long as it was asked to, and then still has its own time."""
        if self.takes_wait and not context.timeout_given:
            wait: float = request.request_timeout.seconds + request.request_timeout.nanos / 1e9
            return context.timeout + max(0.0, wait)
        return context.timeout


class Upstream:
    """The methods of a channel, each made once."""

    def __init__(self, channel: Channel) -> None:
        """Takes the channel; it stays its maker's to close."""
        self._channel = channel
        self._rpcs: dict[str, Rpc] = {}

    def rpc(self, descriptor: MethodDescriptor) -> Rpc:
        """Returns the callable of a method."""
        found = self._rpcs.get(descriptor.full_name)
        if found is None:
            found = self._rpcs[descriptor.full_name] = Rpc(self._channel, descriptor)
        return found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _read_timeout(raw: bytes) -> float:
    match = _TIMEOUT.fullmatch(raw.strip())
    if not match:
        raise invalid("grpc-timeout", "The header Grpc-Timeout must be digits and a unit of H M S m u n, such as 10S.")
    return min(int(match[1]) * _UNIT_SECONDS[match[2]], _LONGEST_TIMEOUT)


def _unquoted(key: str) -> str:
    """Idempotency-Key is a string of RFC 9651, in quotes; most callers send it bare."""
    if len(key) > 1 and key[0] == key[-1] == '"':
        return re.sub(r'\\(["\\])', r"\1", key[1:-1])
    return key
