"""A request's body: read once, within bounds of bytes and time, whoever sends it.

A body is either wanted or thrown away. Thrown away it must be all the same: a sender that still writes when the
connection closes sees a reset instead of the answer. So what is left over is read and dropped, within bounds; past
them the connection closes.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from grpc import StatusCode

from bpmgrpc_rest.errors import Problem, invalid, shown
from bpmgrpc_rest.settings import RestSettings

__all__ = ["Body", "ClientGone"]

Receive = Callable[[], Awaitable[Any]]

# Longest mark first: UTF-32 LE begins with the mark of UTF-16 LE.
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Python's own names. A list, not "whatever Python knows": it knows base64 and punycode as encodings too.
_CHARSETS: Final = frozenset(
    ["ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
    + [f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))]
    + [f"cp{page}" for page in (*range(1250, 1259), 874)]
    + ["tis-620", "koi8-r", "koi8-u", "gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"]
)
_ALIASES: Final = {"windows-874": "cp874"}  # registered with IANA, but unknown to Python


class ClientGone(Exception):
    """The sender closed the connection before its body was whole; nobody is there to be answered."""


class Body:
    """The body of one request."""

    __slots__ = ("_done", "_headers", "_receive", "_settings", "_size")

    def __init__(
        self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes], receive: Receive, settings: RestSettings
    ) -> None:
        """Takes the request; nothing is read yet.

        Args:
            scope: The ASGI scope.
            headers: The headers by lower-case name.
            receive: The ASGI receive function.
            settings: The bounds.
        """
        self._headers = headers
        self._receive = receive
        self._settings = settings
        self._size = 0
        # HTTP/1 announces a body by one of two headers; without them there is none, and none needs to be waited for.
        announced = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        self._done = not announced and scope.get("http_version", "1.1").startswith("1")

    async def text(self) -> str:
        """Reads the body as text: by its byte order mark, else its declared charset, else UTF-8; "" where there is
        none.

        Raises:
            Problem: INVALID_ARGUMENT: compressed or of an unknown charset (415), too long (413), not in its charset
                (400).
                DEADLINE_EXCEEDED: too slow (408).
            ClientGone: The sender went away.
        """
        if self._done:
            return ""
        encoding = self._headers.get(b"content-encoding", b"").strip().lower()
        if encoding not in (b"", b"identity"):
            message = (
                f"A body with Content-Encoding {shown(encoding.decode('latin-1'))} is not taken: send it uncompressed."
            )
            raise Problem(StatusCode.INVALID_ARGUMENT, message, status=415)
        charset = self._charset()
        data = await self._read()
        for mark, marked in _BYTE_ORDER_MARKS:
            if data.startswith(mark):
                charset, data = marked, data[len(mark) :]
                break
        try:
            return data.decode(charset)
        except UnicodeDecodeError as error:
            raise invalid(
                "body", f"The body is not {charset.upper()}: byte {error.start} cannot be decoded."
            ) from error

    async def discard(self) -> bool:
        """Reads and drops what is left, within bounds; returns whether the body has ended, so that the connection may
        stay open.
        """
        if self._done:
            return True
        if self._headers.get(b"expect", b"").lower() == b"100-continue" and not self._size:
            return False  # The sender waits for a word before it sends; the answer is that word.
        bound = self._settings.max_drained_bytes
        if int(self._headers.get(b"content-length", b"0")) > bound:
            return False
        dropped = 0
        try:
            async with asyncio.timeout(self._settings.body_timeout_seconds):
                while not self._done and dropped <= bound:
                    dropped += len(await self._next())
        except (TimeoutError, ClientGone):
            return False
        return self._done

    async def gone(self) -> None:
        """Waits until the sender closes the connection; what is left of the body is dropped meanwhile."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _charset(self) -> str:
        content_type = self._headers.get(b"content-type", b"").decode("latin-1")
        for parameter in content_type.split(";")[1:]:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                declared = value.strip().strip('"')
                try:
                    charset = codecs.lookup(_ALIASES.get(declared.lower(), declared)).name
                except (LookupError, ValueError):
                    charset = ""
                if charset not in _CHARSETS:
                    message = f"The charset {shown(declared)} is unknown: send UTF-8."
                    raise Problem(StatusCode.INVALID_ARGUMENT, message, status=415)
                return charset
        return "utf-8"

    async def _read(self) -> bytes:
        limit = self._settings.max_body_bytes
        if int(self._headers.get(b"content-length", b"0")) > limit:
            raise self._too_long()
        pieces = []
        try:
            async with asyncio.timeout(self._settings.body_timeout_seconds):
                while not self._done:
                    pieces.append(await self._next())
                    if self._size > limit:
                        raise self._too_long()
        except TimeoutError as error:
            seconds = self._settings.body_timeout_seconds
            message = f"The body did not arrive within {seconds:g} seconds."
            raise Problem(StatusCode.DEADLINE_EXCEEDED, message, status=408) from error
        return b"".join(pieces)

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        self._size += len(piece)
        self._done = not message.get("more_body", False)
        return piece

    def _too_long(self) -> Problem:
        message = f"The body is longer than {self._settings.max_body_bytes} bytes."
        return Problem(StatusCode.INVALID_ARGUMENT, message, status=413)
