"""The application: one door, two surfaces, a few fixed paths, and the sending of answers.

    request -> door (Host, Origin, CORS) -> /BPMREST/… -> legacy.py  -> Answer -> body drained -> sent
                                         -> /v1/…      -> v1.py
                                         -> /docs, /openapi.json, /livez, /readyz

Paths are routed raw, as they came; Starlette would decode them first. So one catch-all route takes every request.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from grpc import StatusCode
from starlette.applications import Starlette
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from bpmgrpc_rest.body import ClientGone
from bpmgrpc_rest.docs import docs_page
from bpmgrpc_rest.errors import Problem
from bpmgrpc_rest.exchange import Answer, Request
from bpmgrpc_rest.health import livez, readyz
from bpmgrpc_rest.legacy import Legacy
from bpmgrpc_rest.openapi import OpenApi
from bpmgrpc_rest.paths import decode, split_path
from bpmgrpc_rest.routes import LEGACY_ROUTES
from bpmgrpc_rest.security import Door
from bpmgrpc_rest.settings import RestSettings
from bpmgrpc_rest.transcode import contract_bindings
from bpmgrpc_rest.upstream import Channel, Upstream
from bpmgrpc_rest.v1 import V1, status_answer

__all__ = ["Adapter", "create_app"]

logger = logging.getLogger("bpmgrpc_rest")

_GZIP_FROM: Final = 1024  # bytes: below, the header outweighs the gain
_GZIP_APART_FROM: Final = 64 * 1024  # bytes: above, compressing would keep the others waiting
_GZIP_LEVEL: Final = 5
_HTML: Final = "text/html;charset=UTF-8"


def create_app(
    channel: Channel, *, settings: RestSettings | None = None, clock: Callable[[], float] = time.time
) -> Starlette:
    """Makes the adapter.

    Args:
        channel: Where the contract is served: a grpc.aio channel, or anything that makes the same callables. It stays
            the caller's to close, and belongs to the event loop that the application runs on.
        settings: The settings; the defaults where None.
        clock: Gives the seconds since the epoch for the envelope's timestamp.

    Returns:
        The ASGI application.

    Raises:
        TemplateError: Two routes match the same requests.
        BindingError: An annotation of the contract cannot be served.
    """
    return Starlette(routes=[_Everything(Adapter(channel, settings or RestSettings(), clock))])


class Adapter:
    """The adapter as a bare ASGI application."""

    def __init__(self, channel: Channel, settings: RestSettings, clock: Callable[[], float]) -> None:
        """Reads the tables and the descriptors; see `create_app`."""
        self._settings = settings
        self._upstream = Upstream(channel)
        self._door = Door(settings)
        self._legacy = Legacy(LEGACY_ROUTES, self._upstream, settings, clock)
        bindings = tuple(contract_bindings())
        self._v1 = V1(bindings, self._upstream, settings)
        self._openapi = OpenApi(bindings, LEGACY_ROUTES, settings)
        self._prefix = settings.legacy_prefix.encode("ascii")
        self._fixed: dict[bytes, Callable[[], Awaitable[Answer]]] = {
            b"/": self._root,
            b"/docs": self._docs,
            b"/livez": self._livez,
            b"/openapi.json": self._document,
            b"/readyz": self._readyz,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request; a websocket is refused."""
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        started = time.perf_counter()
        request = Request(scope, receive, self._settings)
        try:
            answer = await self._answer(request)
            whole = await request.body.discard()
            await self._send(request, answer, send, keep_open=whole)
        except ClientGone:
            logger.info("%s %s: the client went away", request.method, _shown_path(request))
            return
        if logger.isEnabledFor(logging.INFO):
            milliseconds = (time.perf_counter() - started) * 1000
            logger.info(
                "%s %s %d code=%d %.1f ms",
                request.method,
                _shown_path(request),
                answer.status,
                answer.code,
                milliseconds,
            )

    async def _answer(self, request: Request) -> Answer:
        legacy = self._is_legacy(request.path)
        try:
            self._door.check(request)
        except Problem as problem:
            return self._legacy.failure(problem, keep_status=True) if legacy else status_answer(problem)
        preflight = self._door.preflight(request)
        if preflight is not None:
            return preflight
        try:
            if legacy:
                return await self._legacy.answer(request)
            if request.path in self._fixed:
                return await self._answer_fixed(request)
            return await self._v1.answer(request)
        except ClientGone:
            raise
        except Exception:
            # A bug of ours, or of the channel: the caller gets a safe text, the log gets the cause.
            logger.exception("%s %s failed", request.method, _shown_path(request))
            bug = Problem(StatusCode.INTERNAL, "The adapter failed; its log says why.")
            return self._legacy.failure(bug) if legacy else status_answer(bug)

    async def _answer_fixed(self, request: Request) -> Answer:
        allow = (("allow", "GET, HEAD, OPTIONS"),)
        if request.method == "OPTIONS":
            return Answer(204, content_type="", headers=allow)
        if request.method not in ("GET", "HEAD"):
            message = "Only GET, HEAD and OPTIONS are allowed here."
            return status_answer(Problem(StatusCode.UNIMPLEMENTED, message, status=405, headers=allow))
        return await self._fixed[request.path]()

    def _is_legacy(self, path: bytes) -> bool:
        prefix = self._prefix
        if path.startswith(prefix):
            return path[len(prefix) : len(prefix) + 1] in (b"", b"/")
        if b"%" not in path:
            return False
        wanted = split_path(prefix)
        try:
            return [decode(piece) for piece in split_path(path)[: len(wanted)]] == [decode(piece) for piece in wanted]
        except Problem:
            return False  # The surface under /v1 tells the caller about the bad escape.

    async def _root(self) -> Answer:
        return Answer(307, content_type="", headers=(("location", "/docs"),))

    async def _docs(self) -> Answer:
        page, policy = docs_page()
        headers = (("content-security-policy", policy), ("x-frame-options", "DENY"), ("referrer-policy", "no-referrer"))
        return Answer(200, page, _HTML, headers)

    async def _document(self) -> Answer:
        return Answer(200, self._openapi.document())

    async def _livez(self) -> Answer:
        return livez()

    async def _readyz(self) -> Answer:
        return await readyz(self._upstream)

    async def _send(self, request: Request, answer: Answer, send: Send, *, keep_open: bool) -> None:
        headers: list[tuple[bytes, bytes]] = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in answer.headers + self._door.cors_headers(request)
        ]
        if answer.content_type:
            headers.append((b"content-type", answer.content_type.encode("ascii")))
            headers.append((b"x-content-type-options", b"nosniff"))
        request_id = request.headers.get(b"x-request-id")
        if request_id and request_id.isascii():
            headers.append((b"x-request-id", request_id))
        if not keep_open:
            headers.append((b"connection", b"close"))
        if answer.stream is not None:
            await _send_stream(request, answer, headers, send)
            return
        content = answer.content
        if len(content) >= _GZIP_FROM:
            headers.append((b"vary", b"Accept-Encoding"))
            if _accepts_gzip(request.headers.get(b"accept-encoding", b"")):
                content = await _compressed(content)
                headers.append((b"content-encoding", b"gzip"))
        if answer.status != 204:  # RFC 9110: no length where there can be no body
            headers.append((b"content-length", b"%d" % len(content)))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else content})


class _Everything(BaseRoute):
    """The one route: it takes every path and method and gives the scope on as it is."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return Match.FULL, {}

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.adapter(scope, receive, send)


async def _send_stream(request: Request, answer: Answer, headers: list[tuple[bytes, bytes]], send: Send) -> None:
    """Sends pieces as they come, until they end or the reader goes away."""
    stream = answer.stream
    assert stream is not None  # noqa: S101 - the caller looked
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    gone = asyncio.ensure_future(request.body.gone())
    try:
        while True:
            piece: asyncio.Future[bytes | None] = asyncio.ensure_future(_next_piece(stream))
            await asyncio.wait((piece, gone), return_when=asyncio.FIRST_COMPLETED)
            if not piece.done():
                piece.cancel()
                raise ClientGone
            content = piece.result()
            if content is None:
                break
            await send({"type": "http.response.body", "body": content, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()


async def _next_piece(stream: Any) -> bytes | None:
    return await anext(stream, None)


async def _compressed(content: bytes) -> bytes:
    if len(content) < _GZIP_APART_FROM:
        return gzip.compress(content, _GZIP_LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, content, _GZIP_LEVEL, mtime=0)


def _accepts_gzip(accepted: bytes) -> bool:
    """Reads Accept-Encoding (RFC 9110, 12.5.3): gzip by name, or by `*` where it is not named; a weight of 0 means
    never.
    """
    weights = {}
    for choice in accepted.lower().split(b","):
        coding, _, parameters = choice.partition(b";")
        weight = parameters.strip().removeprefix(b"q=").strip() or b"1"
        weights[coding.strip()] = weight.replace(b".", b"").strip(b"0") != b""
    return weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", False)))


def _shown_path(request: Request) -> str:
    """The path without its query, which may name people; escaped, so that no line of the log can be forged."""
    return request.path.decode("ascii", "backslashreplace").replace("\n", "\\n").replace("\r", "\\r")
