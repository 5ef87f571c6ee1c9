"""The surface under /v1: the contract's own annotations, served as they are.

A request becomes the RPC's request, its response becomes the body, a failure becomes a google.rpc.Status. A stream of
responses becomes one JSON text a line; what goes wrong after the first line is told in a last line `{"error": …}`. For
a caller who accepts server-sent events it becomes those; see `events`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from grpc import StatusCode

from bpmgrpc_rest.body import ClientGone
from bpmgrpc_rest.errors import V1_STATUS, Problem, shown, status_json
from bpmgrpc_rest.events import EVENTS_HEADERS, EVENTS_TYPE, accepts_events, resume, written_events
from bpmgrpc_rest.exchange import Answer, Request
from bpmgrpc_rest.paths import parse_query, split_path
from bpmgrpc_rest.router import Router
from bpmgrpc_rest.settings import RestSettings
from bpmgrpc_rest.transcode import Binding
from bpmgrpc_rest.upstream import CallContext, CallReader, Rpc, Upstream

__all__ = ["V1", "status_answer"]

_LINES_TYPE: Final = "application/x-ndjson"
_JSON: Final = re.compile(rb"(application|text)/([a-z0-9.+-]+\+)?json")


def status_answer(problem: Problem) -> Answer:
    """Writes a failure as google.rpc.Status."""
    status = problem.status or V1_STATUS[problem.code]
    content = status_json(problem).encode("utf-8", "backslashreplace")
    return Answer(status, content, headers=tuple(problem.headers), code=problem.number)


class V1:
    """The transcoded surface."""

    def __init__(self, bindings: Iterable[Binding], upstream: Upstream, settings: RestSettings) -> None:
        """Arranges the bindings.

        Args:
            bindings: What to serve.
            upstream: Where to call.
            settings: The settings.

        Raises:
            TemplateError: Two bindings match the same paths with the same method.
        """
        self._reader = CallReader(settings)
        self._router: Router[tuple[Binding, Rpc]] = Router(
            (each.verb, each.template, (each, upstream.rpc(each.rpc))) for each in bindings
        )

    async def answer(self, request: Request) -> Answer:
        """Answers a request.

        Raises:
            ClientGone: The client went away while its call waited.
        """
        try:
            segments = split_path(request.path)
            if request.method == "OPTIONS":
                return Answer(204, content_type="", headers=(("allow", self._router.allowed(segments)),))
            (binding, rpc), values = self._router.find(request.method, segments)
            query = parse_query(request.query)
            context = self._reader.read(request.scope, request.headers)
            body = await _json_body(request) if binding.takes_body else ""
            message = binding.request(values, query, body)
            if binding.rpc.server_streaming:
                as_events = accepts_events(request)
                if as_events and rpc.takes_token:
                    resume(message, request)
                return await _stream(binding, rpc, message, context, as_events=as_events)
            response = await self._call(rpc, message, context, request)
            return Answer(200, binding.response(response).encode())
        except Problem as problem:
            return status_answer(problem)

    async def _call(self, rpc: Rpc, message: Any, context: CallContext, request: Request) -> Any:
        """A call that waits for work ends with its client: work given to somebody who is gone would be lost for a
        while.
        """
        if not rpc.takes_wait:
            return await rpc(message, context)
        call = asyncio.ensure_future(rpc(message, context))
        gone = asyncio.ensure_future(request.body.gone())
        try:
            await asyncio.wait((call, gone), return_when=asyncio.FIRST_COMPLETED)
            if call.done():
                return call.result()
            raise ClientGone
        finally:
            gone.cancel()
            call.cancel()


async def _json_body(request: Request) -> str:
    text = await request.body.text()
    content_type = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    # A form cannot be meant for JSON fields, and a web page can send one anywhere without being asked.
    if text and content_type and not _JSON.fullmatch(content_type):
        message = f"A body of type {shown(content_type.decode('latin-1'))} is not taken: send application/json."
        raise Problem(StatusCode.INVALID_ARGUMENT, message, status=415)
    return text


async def _stream(binding: Binding, rpc: Rpc, message: Any, context: CallContext, *, as_events: bool) -> Answer:
    responses = rpc.stream(message, context)
    try:
        # A failure before the first line still has a status of its own.
        head = [await anext(responses)]
    except StopAsyncIteration:
        head = []
    if as_events:
        stream = written_events(binding, head, responses)
        return Answer(200, content_type=EVENTS_TYPE, headers=EVENTS_HEADERS, stream=stream)
    return Answer(200, content_type=_LINES_TYPE, stream=_lines(binding, head, responses))


async def _lines(binding: Binding, head: list[Any], responses: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    for response in head:
        yield binding.response(response).encode() + b"\n"
    try:
        async for response in responses:
            yield binding.response(response).encode() + b"\n"
    except Problem as problem:
        yield b'{"error":' + status_json(problem).encode("utf-8", "backslashreplace") + b"}\n"
