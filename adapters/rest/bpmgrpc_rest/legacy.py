"""The calls of the older product. The envelope is put on here and nowhere else, around success and failure alike.

    {"data": …, "code": 0, "timestamp": 1710000000000, "totalRecordCount": 1}
    {"data": "", "code": 5, "timestamp": …, "totalRecordCount": 1, "message": "…", "errors": [{"field": …,
    "description": …}]}

What a route does stands in its row of routes.py; what all of them do stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from grpc import StatusCode

from bpmgrpc_rest.contract import method
from bpmgrpc_rest.errors import LEGACY_STATUS, Problem, Violation
from bpmgrpc_rest.exchange import Answer, Headers, Request
from bpmgrpc_rest.json_text import quote, to_json
from bpmgrpc_rest.legacy_input import (
    fields_of_body_members,
    names_of_body,
    object_of_body,
    page_of_query,
    path_and_query_fields,
)
from bpmgrpc_rest.legacy_route import Call, IgnoredBody, LegacyRoute, MembersBody, NamesBody, ObjectBody
from bpmgrpc_rest.paths import parse_query, split_path
from bpmgrpc_rest.router import Router
from bpmgrpc_rest.settings import ErrorStyle, RestSettings
from bpmgrpc_rest.template import Template
from bpmgrpc_rest.upstream import CallReader, Rpc, Upstream

__all__ = ["Legacy"]

# What clients and the boxes between act on, whatever the body says.
_INBAND_STATUS: Final = frozenset({401, 413, 429, 503})


class _Handler:
    """A row of the table, ready to be called."""

    __slots__ = ("headers", "names", "route", "rpc")

    def __init__(self, route: LegacyRoute, rpc: Rpc, base: str) -> None:
        self.route = route
        self.rpc = rpc
        self.names = route.legacy_names
        self.headers: Headers = tuple((name, value.replace("{base}", base)) for name, value in route.headers)


class Legacy:
    """The surface under the legacy base path."""

    def __init__(
        self, routes: Iterable[LegacyRoute], upstream: Upstream, settings: RestSettings, clock: Callable[[], float]
    ) -> None:
        """Arranges the table.

        Args:
            routes: The table.
            upstream: Where to call.
            settings: The settings.
            clock: Gives the seconds since the epoch.
        """
        self._upstream = upstream
        self._reader = CallReader(settings)
        self._clock = clock
        self._inband = settings.legacy_errors is ErrorStyle.INBAND
        self._prefix = settings.legacy_prefix.encode("ascii")
        base = settings.legacy_prefix
        self._router: Router[_Handler] = Router(
            (
                (row.verb, Template.parse(f"/{row.path}"), _Handler(row, upstream.rpc(method(row.rpc)), base))
                for row in routes
            ),
            base=base,
        )

    async def answer(self, request: Request) -> Answer:
        """Answers a request whose path is under the base.

        Failures of all kinds come back as answers, but for the adapter's own bugs, which are raised.
        """
        handler: _Handler | None = None
        try:
            segments = self._segments(request.path)
            if request.method == "OPTIONS":
                return Answer(204, content_type="", headers=(("allow", self._router.allowed(segments)),))
            handler, values = self._router.find(request.method, segments)
            data, count = await self._run(handler, values, request)
        except Problem as problem:
            answer = self.failure(problem, handler.names if handler else {})
        else:
            content = f'{{"data":{data},"code":0,"timestamp":{self._now()},"totalRecordCount":{count}}}'
            answer = Answer(200, content.encode())
        if handler is not None and handler.headers:
            return Answer(answer.status, answer.content, headers=answer.headers + handler.headers, code=answer.code)
        return answer

    def failure(self, problem: Problem, names: Mapping[str, str] | None = None, *, keep_status: bool = False) -> Answer:
        """Writes a failure.

        Args:
            problem: What went wrong.
            names: The caller's names of request fields.
            keep_status: Whether the HTTP status stays in the in-band style too: a request was turned away at the door.
        """
        status = problem.status or LEGACY_STATUS[problem.code]
        if self._inband and not keep_status and status not in _INBAND_STATUS:
            status = 200
        content = (
            f'{{"data":"","code":{problem.number},"timestamp":{self._now()},"totalRecordCount":1'
            f',"message":{quote(_said(problem, names or {}))}'
        )
        if problem.violations:
            errors = [_shown(violation, names or {}) for violation in problem.violations]
            content += f',"errors":{to_json(errors)}'
        # A half of a surrogate pair in a name that a message repeats becomes its JSON escape.
        return Answer(
            status,
            (content + "}").encode("utf-8", "backslashreplace"),
            headers=tuple(problem.headers),
            code=problem.number,
        )

    async def _run(self, handler: _Handler, values: Mapping[str, str], request: Request) -> tuple[str, int]:
        route = handler.route
        query = parse_query(request.query) if request.query else {}
        fields = path_and_query_fields(route, values, query)
        page = page_of_query(query) if route.paged else None
        context = self._reader.read(request.scope, request.headers)
        body = route.body
        if not isinstance(body, IgnoredBody):
            fields.update(_body_fields(body, await request.body.text()))
        message = handler.rpc.request_class(**fields)
        return route.answer(await route.call(Call(self._upstream, handler.rpc, message, context, page)))

    def _segments(self, path: bytes) -> list[bytes]:
        """The raw segments behind the base; one slash at the end counts for nothing."""
        segments = split_path(path)[self._prefix.count(b"/") :]
        if not segments:
            raise Problem(StatusCode.NOT_FOUND, f"There is nothing at {self._prefix.decode()} itself.")
        return segments[:-1] if len(segments) > 1 and not segments[-1] else segments

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _body_fields(body: ObjectBody | NamesBody | MembersBody, text: str) -> dict[str, Any]:
    match body:
        case ObjectBody(field=field):
            return {field: object_of_body(text)}
        case NamesBody(field=field):
            return {field: names_of_body(text)}
        case MembersBody():
            return fields_of_body_members(text, body)


def _shown(violation: Violation, names: Mapping[str, str]) -> dict[str, str]:
    """Translates the first part of a violation's field path to the caller's name."""
    head, dot, rest = violation.field.partition(".")
    return {"field": names.get(head, head) + dot + rest, "description": violation.description}


def _said(problem: Problem, names: Mapping[str, str]) -> str:
    """The message, with the caller's name of a field where it begins with the contract's."""
    for violation in problem.violations:
        field = violation.field
        if problem.message.startswith(field):
            return _shown(violation, names)["field"] + problem.message[len(field) :]
    return problem.message
