"""One method table, prepared at start, serves every way in: the gRPC server and the channel within the process.

The table is made from the protobuf descriptors, so what the contract declares and what is served cannot drift apart: a
servicer that lacks a method, or has one that is no coroutine function (no async generator, for a server stream), stops
the start with a list of all that is wrong. Interceptors are wrapped around each method once, here; a call costs one
dictionary look-up and the wrapped function.

A servicer is any object whose methods look like ``async def StartProcessInstance(self, request, call)``. It returns the
response or raises an error of `bpmgrpc.errors`; it never changes the request and never keeps the response. A method
that takes a stream of requests gets an async iterator of them instead.
"""

from __future__ import annotations

import inspect
import itertools
import math
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message

from bpmgrpc.v1 import options_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from google.protobuf.descriptor import MethodDescriptor

__all__ = [
    "DEFAULT_DEADLINE_SECONDS",
    "CallContext",
    "ContractError",
    "Dispatcher",
    "Interceptor",
    "Metadata",
    "Method",
    "StreamHandler",
    "UnaryHandler",
]

DEFAULT_DEADLINE_SECONDS: Final = 30.0
REQUEST_ID_KEY: Final = "x-request-id"
_MAX_REQUEST_ID: Final = 128  # characters; longer ones are not logged, a new one is given

Metadata: TypeAlias = Mapping[str, str | bytes]
"""Metadata of a call: lower-case keys; of a key that was sent twice, the last value."""

_PERMISSION: Final[Any] = options_pb2.permission  # the two stubs do not agree on the type of an extension


@dataclass(slots=True)
class CallContext:
    """What a servicer may know about the call, whichever way it came.

    Attributes:
        method: Full name, such as ``/bpmgrpc.v1.ProcessRuntime/StartProcessInstance``.
        deadline: When the caller stops waiting, on the clock of `time.monotonic`, in seconds; infinite for a stream
            whose caller gave none.
        metadata: What came with the call.
        peer: Where it came from, as gRPC writes it (``ipv4:127.0.0.1:4711``), or ``inprocess:``.
        caller: The authenticated caller; empty where nobody was.
        request_id: Names the call in the logs; the caller's ``x-request-id`` where there is one. It has nothing to do
            with the ``request_id`` field of mutations.
        dispatcher: The method table that the call came through, for a method that makes calls of others.
    """

    method: str = ""
    deadline: float = field(default_factory=lambda: time.monotonic() + DEFAULT_DEADLINE_SECONDS)
    metadata: Metadata = field(default_factory=dict)
    peer: str = ""
    caller: str = ""
    request_id: str = ""
    dispatcher: Dispatcher | None = None

    def time_remaining(self) -> float:
        """Returns the seconds left until the deadline; negative when it has passed, infinite when there is none."""
        return self.deadline - time.monotonic()


UnaryHandler: TypeAlias = Callable[[Any, CallContext], Awaitable[Any]]
StreamHandler: TypeAlias = Callable[[Any, CallContext], AsyncIterator[Any]]


@dataclass(frozen=True, slots=True)
class Method:
    """One row of the method table.

    Attributes:
        full_name: ``/package.Service/Method``, as gRPC asks for it.
        service: Full name of the service.
        name: Name of the method.
        request_type: Class of the request.
        response_type: Class of the response, of each one for a stream.
        permission: The permission that the contract declares; empty where it declares none.
        unary: The wrapped implementation; None for a stream.
        stream: The wrapped implementation; None for a unary method.
        takes_stream: Whether the implementation gets a stream of requests, an async iterator, instead of one request.
    """

    full_name: str
    service: str
    name: str
    request_type: type[Message]
    response_type: type[Message]
    permission: str
    unary: UnaryHandler | None = None
    stream: StreamHandler | None = None
    takes_stream: bool = False


class Interceptor:
    """A rule that holds for every call. Both hooks are called once per method, at start, and return what to call."""

    def unary(self, method: Method, proceed: UnaryHandler) -> UnaryHandler:
        """Wraps a unary method; unchanged unless overridden.

        Args:
            method: The row that is being made; its handlers are not set yet.
            proceed: The next interceptor inward, in the end the servicer's method.
        """
        return proceed

    def stream(self, method: Method, proceed: StreamHandler) -> StreamHandler:
        """Wraps a stream, whether of a request or of a stream of requests; unchanged unless overridden.

        Args:
            method: The row that is being made; its handlers are not set yet.
            proceed: The next interceptor inward, in the end the servicer's method. What it gets first is the request,
                or the async iterator of requests: an interceptor hands it on as it is.
        """
        return proceed


class ContractError(TypeError):
    """A servicer does not serve its service whole; the message lists everything that is wrong."""


class Dispatcher:
    """The method table of all services.

    Args:
        services: Full name of each service, such as ``bpmgrpc.v1.ProcessRuntime``, to its servicer.
        interceptors: Rules for every call, the outermost first.
        default_deadline_seconds: Time for a unary call whose caller gave none.

    Raises:
        ContractError: A service is not known, or a servicer does not serve it whole.
    """

    def __init__(
        self,
        services: Mapping[str, object],
        interceptors: Sequence[Interceptor] = (),
        *,
        default_deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> None:
        self._default_deadline_seconds = default_deadline_seconds
        # No secret: a prefix tells processes apart in collected logs, a counter their calls; random bits cost more.
        self._request_ids = map(f"{secrets.token_hex(4)}-{{}}".format, itertools.count(1))
        problems: list[str] = []
        methods: dict[str, Method] = {}
        for service, servicer in services.items():
            for method in _methods(service, servicer, interceptors, problems):
                methods[method.full_name] = method
        if problems:
            raise ContractError("; ".join(problems))
        self.services: tuple[str, ...] = tuple(services)
        self.methods: Mapping[str, Method] = MappingProxyType(methods)

    def context(
        self,
        method: Method,
        *,
        time_remaining: float | None,
        metadata: Metadata,
        peer: str,
    ) -> CallContext:
        """Makes the context of a call.

        Args:
            method: What is called.
            time_remaining: Seconds that the caller waits; None where the caller did not say.
            metadata: What came with the call.
            peer: Where it came from.

        Returns:
            The context; a unary call without a deadline has the default one.
        """
        if time_remaining is None:
            time_remaining = math.inf if method.unary is None else self._default_deadline_seconds
        request_id = metadata.get(REQUEST_ID_KEY)
        if not (
            isinstance(request_id, str)
            and 0 < len(request_id) <= _MAX_REQUEST_ID
            and request_id.isascii()
            and request_id.isprintable()
        ):
            request_id = next(self._request_ids)
        return CallContext(method.full_name, time.monotonic() + time_remaining, metadata, peer, "", request_id, self)


def _methods(
    service: str, servicer: object, interceptors: Sequence[Interceptor], problems: list[str]
) -> Iterable[Method]:
    try:
        descriptor = descriptor_pool.Default().FindServiceByName(service)
    except KeyError:
        problems.append(f"{service}: no such service in the contract")
        return
    for declared in descriptor.methods:
        implementation = getattr(servicer, declared.name, None)
        problem = _problem(declared, implementation)
        if problem:
            problems.append(f"{service}: {type(servicer).__name__}.{declared.name} {problem}")
        else:
            yield _method(service, declared, implementation, interceptors)


def _problem(declared: MethodDescriptor, implementation: object) -> str:
    """Says what is wrong with an implementation; empty where nothing is."""
    if implementation is None:
        return "is missing"
    if declared.client_streaming and not declared.server_streaming:
        return "takes a stream of requests for one response, which the dispatcher does not serve"
    if declared.server_streaming:
        return "" if inspect.isasyncgenfunction(implementation) else "must be an async generator (it streams)"
    return "" if inspect.iscoroutinefunction(implementation) else "must be a coroutine function (async def)"


def _method(
    service: str, declared: MethodDescriptor, implementation: Any, interceptors: Sequence[Interceptor]
) -> Method:
    row = Method(
        full_name=f"/{service}/{declared.name}",
        service=service,
        name=declared.name,
        request_type=message_factory.GetMessageClass(declared.input_type),
        response_type=message_factory.GetMessageClass(declared.output_type),
        permission=declared.GetOptions().Extensions[_PERMISSION],
    )
    if declared.server_streaming:
        stream: StreamHandler = implementation
        for interceptor in reversed(interceptors):
            stream = interceptor.stream(row, stream)
        return replace(row, stream=stream, takes_stream=declared.client_streaming)
    unary: UnaryHandler = implementation
    for interceptor in reversed(interceptors):
        unary = interceptor.unary(row, unary)
    return replace(row, unary=unary)
