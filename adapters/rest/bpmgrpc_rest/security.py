"""The door: which requests are let in before anybody looks at what they ask for.

While the runtime asks for no credentials, whoever reaches it may do anything, and a web page of any site reaches a
local server through its reader's browser: some calls need neither body nor header. So a request that such a page could
have caused is turned away, by what browsers do not let pages forge: Host (a name that was made to point here), Origin,
Sec-Fetch-Site.
"""

from __future__ import annotations

from typing import Final

from grpc import StatusCode

from bpmgrpc_rest.errors import Problem, shown
from bpmgrpc_rest.exchange import Answer, Headers, Request
from bpmgrpc_rest.settings import LOOPBACK_HOSTS, RestSettings

__all__ = ["Door"]

_ALLOWED_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
_ALLOWED_HEADERS: Final = "Authorization, clientId, Content-Type, Idempotency-Key"
_EXPOSED_HEADERS: Final = "Deprecation, Link, Retry-After, X-Request-Id"
_PREFLIGHT_SECONDS: Final = "600"
_OWN_SITE: Final = frozenset({b"", b"same-origin", b"none"})
_ANY: Final = "*"
# Probes name the machine by whatever address they have, and learn nothing but that it lives.
_PROBES: Final = frozenset({b"/livez", b"/readyz"})
_PAGE: Final = b"/docs"


class Door:
    """Checks requests and writes the headers of cross-origin resource sharing (CORS)."""

    def __init__(self, settings: RestSettings) -> None:
        """Takes hosts and origins from the settings."""
        self._open = settings.credentials_required
        self._any_host = _ANY in settings.allowed_hosts
        self._hosts = frozenset(host.lower().encode() for host in (*LOOPBACK_HOSTS, *settings.allowed_hosts))
        self._origins = frozenset(origin.lower().encode() for origin in settings.cors_origins)

    def check(self, request: Request) -> None:
        """Lets a request in.

        Raises:
            Problem: PERMISSION_DENIED; the Host is not expected, or a page of another site caused the request.
        """
        if self._open or request.path in _PROBES:
            return
        headers = request.headers
        host = headers.get(b"host", b"").lower()
        # No Host at all is HTTP/1.0, which no browser speaks.
        if host and not self._any_host and _without_port(host) not in self._hosts:
            raise _refusal(f"The host name {shown(host.decode('latin-1'))} is not expected here; see allowed_hosts.")
        origin = headers.get(b"origin")
        if origin is not None:
            if origin.lower() in self._origins or origin.lower().partition(b"://")[2] == host:
                return
            raise _refusal(f"Pages of {shown(origin.decode('latin-1'))} may not call this server; see cors_origins.")
        if headers.get(b"sec-fetch-site", b"") not in _OWN_SITE and not _opens_page(request):
            raise _refusal("Pages of other sites may not call this server.")

    def preflight(self, request: Request) -> Answer | None:
        """Answers the question that a browser asks before it lets a page call; None where the request is no such
        question.
        """
        headers = request.headers
        if request.method != "OPTIONS" or b"access-control-request-method" not in headers or b"origin" not in headers:
            return None
        if headers[b"origin"].lower() not in self._origins:
            return Answer(204, content_type="")  # Without CORS headers the browser keeps the page from calling.
        allowed: Headers = (
            ("access-control-allow-methods", _ALLOWED_METHODS),
            ("access-control-allow-headers", _ALLOWED_HEADERS),
            ("access-control-max-age", _PREFLIGHT_SECONDS),
        )
        return Answer(204, content_type="", headers=allowed)

    def cors_headers(self, request: Request) -> Headers:
        """Returns the headers that let a listed origin's page read an answer."""
        if not self._origins:
            return ()
        origin = request.headers.get(b"origin", b"")
        if origin.lower() not in self._origins:
            return (("vary", "Origin"),)
        return (
            ("access-control-allow-origin", origin.decode("latin-1")),
            ("access-control-expose-headers", _EXPOSED_HEADERS),
            ("vary", "Origin"),
        )


def _refusal(message: str) -> Problem:
    return Problem(StatusCode.PERMISSION_DENIED, message)


def _without_port(host: bytes) -> bytes:
    """Cuts the port off: `[::1]:8080` gives `[::1]`."""
    return host[: host.find(b"]") + 1] if host.startswith(b"[") else host.partition(b":")[0]


def _opens_page(request: Request) -> bool:
    """A link to the page on another site is harmless: it shows a page of our own that does nothing by itself."""
    headers = request.headers
    return (
        request.path == _PAGE
        and request.method == "GET"
        and headers.get(b"sec-fetch-mode") == b"navigate"
        and headers.get(b"sec-fetch-dest") == b"document"
    )
