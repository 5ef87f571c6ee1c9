"""One HTTP exchange: the request as the surfaces see it, and the answer that they give.

Surfaces turn a `Request` into an `Answer` and never touch the connection; the app sends the answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bpmgrpc_rest.body import Body, Receive
from bpmgrpc_rest.settings import RestSettings

__all__ = ["JSON_TYPE", "Answer", "Headers", "Request"]

Headers = tuple[tuple[str, str], ...]

JSON_TYPE: Final = "application/json;charset=UTF-8"


class Request:
    """One HTTP request.

    Attributes:
        scope: The ASGI scope.
        method: HTTP method, upper case.
        path: The raw path.
        query: The raw query string.
        headers: Values by lower-case name; the last one where a name comes twice.
        body: The body, not yet read.
    """

    __slots__ = ("body", "headers", "method", "path", "query", "scope")

    def __init__(self, scope: Mapping[str, Any], receive: Receive, settings: RestSettings) -> None:
        """Takes the request out of its ASGI scope."""
        self.scope = scope
        self.method: str = scope["method"]
        raw_path = scope.get("raw_path")
        self.path: bytes = raw_path if raw_path is not None else scope["path"].encode()
        self.query: bytes = scope.get("query_string", b"")
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.body = Body(scope, self.headers, receive, settings)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back.

    Attributes:
        status: HTTP status.
        content: The body.
        content_type: Its type; "" where there is no body.
        headers: Further headers, names in lower case.
        stream: The body's pieces where it comes piece by piece; `content` is empty then.
        code: The gRPC code's number, for the log.
    """

    status: int
    content: bytes = b""
    content_type: str = JSON_TYPE
    headers: Headers = ()
    stream: AsyncIterator[bytes] | None = None
    code: int = 0
