"""What an operator may choose about the adapter; nothing here reads the environment or a file.

Values are checked once, when the object is made: a wrong one is a `ValueError` at start-up, never a surprise in a call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_network
from urllib.parse import quote

__all__ = ["DEFAULT_LEGACY_BASE", "LOOPBACK_HOSTS", "ErrorStyle", "RestSettings"]

DEFAULT_LEGACY_BASE = "/BPMREST/service/runtime"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s*]+")


class ErrorStyle(Enum):
    """How legacy answers tell failure."""

    STRICT = "strict"
    """By HTTP status and by `code`."""
    INBAND = "inband"
    """By `code` alone: HTTP 200, but for 401, 413, 429 and 503, which the layers below HTTP act on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestSettings:
    """The adapter's settings.

    Attributes:
        legacy_base: Path under which the legacy calls live; with or without a slash at the end.
        legacy_errors: How legacy answers tell failure.
        max_body_bytes: Longest request body that is read; a longer one is 413.
        max_drained_bytes: How much of a body that nobody wants is read and thrown away so that its sender sees the
            answer.
        body_timeout_seconds: How long a body may take to arrive, wanted or not.
        default_timeout_seconds: Deadline of calls whose sender names none.
        credentials_required: Whether the upstream refuses callers without credentials. While it does not, requests
            that a web page of another site could have caused are refused.
        allowed_hosts: Values of the Host header that are expected besides the loopback names, without port; `"*"`
            expects any.
        cors_origins: Origins whose pages may call, such as `https://console.example.org`.
        trusted_proxies: Addresses or networks whose X-Forwarded-For is believed.
    """

    legacy_base: str = DEFAULT_LEGACY_BASE
    legacy_errors: ErrorStyle = ErrorStyle.STRICT
    max_body_bytes: int = 4 * 1024 * 1024
    max_drained_bytes: int = 256 * 1024 * 1024
    body_timeout_seconds: float = 30.0
    default_timeout_seconds: float = 30.0
    credentials_required: bool = False
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            ValueError: A value is out of range or malformed; the message names the setting.
        """
        if not self.legacy_base.startswith("/") or not self.legacy_base.strip("/"):
            raise ValueError(f"legacy_base must be a path such as {DEFAULT_LEGACY_BASE}, not {self.legacy_base!r}")
        if "//" in self.legacy_base or re.search(r"[?#%\x00-\x20]", self.legacy_base):
            raise ValueError(f"legacy_base must be a plain path, without escapes or blanks, not {self.legacy_base!r}")
        for name in ("max_body_bytes", "body_timeout_seconds", "default_timeout_seconds"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above zero, not {getattr(self, name)}")
        if self.max_drained_bytes < 0:
            raise ValueError(f"max_drained_bytes must not be negative, but is {self.max_drained_bytes}")
        for origin in self.cors_origins:
            # No wildcard: while no credentials are asked for, it would let any page of the web drive this server.
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"cors_origins must be like https://console.example.org, not {origin!r}")
        for proxy in self.trusted_proxies:
            ip_network(proxy, strict=False)

    @property
    def legacy_prefix(self) -> str:
        """The base as it appears in a request line: escaped, without a slash at the end."""
        return quote(self.legacy_base.rstrip("/"), safe="/:@!$&'()*+,;=~-._")
