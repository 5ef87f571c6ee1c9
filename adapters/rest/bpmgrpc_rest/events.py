"""A stream of responses as server-sent events, as browsers read them (WHATWG HTML, 9.2).

A response is an event of the default type: its JSON text is the data, its `resume_token` the id. A reader that comes
back sends the last id it saw in `Last-Event-ID`, and goes on from there. What goes wrong after the first event is told
in a last event of the type `status`, a google.rpc.Status; browsers then come back by themselves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from bpmgrpc_rest.errors import Problem, invalid, status_json
from bpmgrpc_rest.exchange import Headers, Request
from bpmgrpc_rest.transcode import Binding

__all__ = ["EVENTS_HEADERS", "EVENTS_TYPE", "accepts_events", "resume", "written_event", "written_events"]

EVENTS_TYPE: Final = "text/event-stream"
# Nobody between may keep the events, or gather them before passing them on.
EVENTS_HEADERS: Final[Headers] = (("cache-control", "no-store"), ("x-accel-buffering", "no"))

_RETRY: Final = b"retry: 1000\n\n"  # milliseconds until a reader comes back: another server takes over at once


def accepts_events(request: Request) -> bool:
    """Tells whether a caller asks for server-sent events; `*/*` does not."""
    accepted = request.headers.get(b"accept", b"").lower().split(b",")
    return any(choice.partition(b";")[0].strip() == EVENTS_TYPE.encode() for choice in accepted)


def resume(message: Any, request: Request) -> None:
    """Puts the last event's id into a request; it is newer than a token in the address, with which a reader began.

    Raises:
        Problem: INVALID_ARGUMENT; the id is not printable ASCII.
    """
    last = request.headers.get(b"last-event-id", b"").strip()
    if last:
        if not (last.isascii() and last.decode("ascii").isprintable()):
            raise invalid("last-event-id", "The header last-event-id holds a character that is not printable ASCII.")
        message.resume_token = last.decode("ascii")


async def written_events(binding: Binding, head: Sequence[Any], responses: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    """Writes responses as events.

    Args:
        binding: What of a response is shown.
        head: The first responses, which are there already.
        responses: The others.
    """
    yield _RETRY
    for response in head:
        yield written_event(binding, response)
    try:
        async for response in responses:
            yield written_event(binding, response)
    except Problem as problem:
        yield b"event: status\ndata: " + status_json(problem).encode("utf-8", "backslashreplace") + b"\n\n"


def written_event(binding: Binding, response: Any) -> bytes:
    """Writes a response as an event."""
    token = getattr(response, "resume_token", "")
    name = b"id: " + token.encode() + b"\n" if token else b""
    # Embedded JSON keeps its own text, which may have line breaks; each line of the data has its own field.
    lines = binding.response(response).encode().splitlines()
    return name + b"".join(b"data: " + line + b"\n" for line in lines) + b"\n"
