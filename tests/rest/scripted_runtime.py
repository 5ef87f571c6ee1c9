"""A runtime that answers as a test says: every method of the contract behind a real grpc.aio server.

A test says what a method answers or how it fails, calls the adapter over HTTP, and looks at what arrived here. What a
method is not told about it answers with its empty response.
"""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import any_pb2
from google.rpc import status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from bpmgrpc_rest.contract import message_class, services

NOW = 1710000000.0
"""The adapter's clock in these tests, in seconds: the example of the contract."""

BASE = "/BPMREST/service/runtime"


@dataclass
class Arrived:
    """A call as the runtime saw it."""

    method: str
    request: Any
    metadata: dict[str, str]
    seconds_left: float | None


@dataclass
class Failure:
    """How a method is to fail."""

    code: grpc.StatusCode
    message: str
    details: tuple[Any, ...] = ()


@dataclass
class ScriptedRuntime:
    """What the methods answer, and the calls that arrived."""

    address: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    arrived: list[Arrived] = field(default_factory=list)
    health: Any = field(default_factory=health.aio.HealthServicer)

    def answer(self, method: str, *answers: Any) -> None:
        """Sets a method's answers: messages, failures, or functions of the request; the last one is repeated."""
        self.answers[method] = list(answers)

    @property
    def last(self) -> Arrived:
        """The call that came last."""
        return self.arrived[-1]

    @property
    def methods(self) -> list[str]:
        """The names of the methods that were called, in order."""
        return [call.method for call in self.arrived]

    def handler(self, descriptor: Any) -> Any:
        """Makes the grpc.aio handler of a method."""
        response_class = message_class(descriptor.output_type)

        async def handle(request: Any, context: Any) -> Any:
            metadata = {key: str(value) for key, value in context.invocation_metadata() or ()}
            self.arrived.append(Arrived(descriptor.name, request, metadata, context.time_remaining()))
            script = self.answers.get(descriptor.name, [response_class()])
            answer = script.pop(0) if len(script) > 1 else script[0]
            if callable(answer):
                answer = answer(request)
                if isinstance(answer, Awaitable):
                    answer = await answer
            if isinstance(answer, Failure):
                packed = [any_pb2.Any() for _ in answer.details]
                for place, detail in zip(packed, answer.details, strict=True):
                    place.Pack(detail)
                status = status_pb2.Status(code=answer.code.value[0], message=answer.message, details=packed)
                await context.abort_with_status(rpc_status.to_status(status))
            return answer

        return grpc.unary_unary_rpc_method_handler(
            handle,
            request_deserializer=message_class(descriptor.input_type).FromString,
            response_serializer=response_class.SerializeToString,
        )


@dataclass
class RunningRuntime:
    """A scripted runtime and the server that it answers from."""

    scripted: ScriptedRuntime
    server: Any

    @classmethod
    async def start(cls) -> "RunningRuntime":
        """Starts a server on a free port of the loopback, healthy."""
        scripted = ScriptedRuntime()
        server = grpc.aio.server()
        for service in services():
            handlers = {method.name: scripted.handler(method) for method in service.methods}
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.full_name, handlers),))
        await scripted.health.set("", health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(scripted.health, server)
        scripted.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        await server.start()
        return cls(scripted, server)
