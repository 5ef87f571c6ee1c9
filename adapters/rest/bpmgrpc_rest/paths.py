"""A request's path and query, read from the raw bytes and decoded exactly once.

Frameworks decode the path before they route, so that `a%2Fb` becomes two segments; here a path is cut at its slashes
first and each segment is decoded for itself. A percent sign without two hexadecimal digits and bytes that are not
UTF-8 are the caller's fault (400), not something to guess at.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from bpmgrpc_rest.errors import Problem, invalid, shown

__all__ = ["decode", "decode_keeping_slashes", "parse_query", "split_path"]

_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_SLASH: Final = re.compile(rb"%2[Ff]")


def split_path(raw: bytes) -> list[bytes]:
    """Cuts a raw path, which starts with a slash, into its raw segments: `/a/b%2Fc` gives `a`, `b%2Fc`."""
    return raw[1:].split(b"/")


def decode(raw: bytes, what: str = "path") -> str:
    """Decodes percent escapes and UTF-8, once.

    Args:
        raw: Bytes of a path segment, or of a name or value of the query.
        what: What they belong to, for the message.

    Raises:
        Problem: INVALID_ARGUMENT; an escape or the UTF-8 is bad.
    """
    if b"%" in raw:
        bad = _BAD_ESCAPE.search(raw)
        if bad:
            piece = shown(raw[bad.start() : bad.start() + 3].decode("ascii", "replace"))
            raise _undecodable(what, f"holds {piece}, which is no percent escape")
        raw = unquote_to_bytes(raw)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _undecodable(what, "is not UTF-8") from error


def decode_keeping_slashes(raw: bytes) -> str:
    """Decodes one of several segments that a `**` variable takes: `%2F` stays as it is (google/api/http.proto)."""
    pieces = _SLASH.split(raw)
    kept = [found.decode("ascii") for found in _SLASH.findall(raw)]
    text = decode(pieces[0])
    for escape, piece in zip(kept, pieces[1:], strict=True):
        text += escape + decode(piece)
    return text


def parse_query(raw: bytes) -> dict[str, list[str]]:
    """Reads a query string: values by name, both in the order they came. A plus sign is a space here, unlike in paths.

    Raises:
        Problem: INVALID_ARGUMENT; an escape or the UTF-8 is bad.
    """
    values: dict[str, list[str]] = {}
    for pair in raw.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            decoded = decode(value.replace(b"+", b" "), "query")
            values.setdefault(decode(name.replace(b"+", b" "), "query"), []).append(decoded)
    return values


def _undecodable(what: str, why: str) -> Problem:
    return invalid(what, f"The {what} {why}.")
