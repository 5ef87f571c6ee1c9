"""Bodies that arrive slowly or not at all."""

import asyncio
from typing import Any

import pytest

from bpmgrpc_rest import RestSettings
from bpmgrpc_rest.body import Body, ClientGone
from bpmgrpc_rest.errors import Problem

SLOW = RestSettings(body_timeout_seconds=0.01)


def body(messages: list[dict[str, Any]], settings: RestSettings = SLOW, **headers: bytes) -> Body:
    queue = list(messages)

    async def receive() -> dict[str, Any]:
        if queue:
            return queue.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return Body({"http_version": "1.1"}, named, receive, settings)


async def test_body_that_does_not_arrive_is_408() -> None:
    """A body that stops half way is given up after the time that the settings say."""
    slow = body([{"type": "http.request", "body": b"{", "more_body": True}], content_length=b"10")

    with pytest.raises(Problem) as error:
        await slow.text()

    assert error.value.status == 408
    assert str(error.value) == "DEADLINE_EXCEEDED: The body did not arrive within 0.01 seconds."


async def test_unwanted_body_that_does_not_arrive_is_given_up() -> None:
    """Throwing away ends after the same time, and the connection is not kept."""
    slow = body([{"type": "http.request", "body": b"{", "more_body": True}], content_length=b"10")

    assert await slow.discard() is False


async def test_unwanted_body_past_the_bound_is_given_up() -> None:
    """Throwing away ends at the bound of bytes where no length was announced."""
    piece = {"type": "http.request", "body": b"x" * 10, "more_body": True}
    endless = body([piece] * 100, RestSettings(max_drained_bytes=25), transfer_encoding=b"chunked")

    assert await endless.discard() is False


async def test_sender_who_leaves_is_not_answered() -> None:
    """A connection that closes amid a wanted body ends the exchange."""
    broken = body([{"type": "http.disconnect"}], content_length=b"10")

    with pytest.raises(ClientGone):
        await broken.text()


async def test_absent_body_is_not_waited_for() -> None:
    """Where no body is announced nothing is received."""
    absent = body([])

    assert await absent.text() == ""
    assert await absent.discard() is True


async def test_body_of_another_protocol_is_received() -> None:
    """Only HTTP/1 announces bodies; elsewhere they are waited for."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    unannounced = Body({"http_version": "2"}, {}, receive, RestSettings())

    assert await unannounced.text() == "{}"
