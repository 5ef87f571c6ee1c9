"""The end of a call's time, for a call that waits."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bpmgrpc.errors import DeadlineExceeded
from bpmgrpc.service.dispatch import CallContext, Method
from bpmgrpc.service.interceptors import Deadline

_METHOD = Method("/t/T", "t", "T", Any, Any, "")  # type: ignore[arg-type]


async def run(body: Callable[[], Awaitable[Any]], seconds: float) -> Any:
    """Runs a method that does something within a time."""

    async def method(_request: Any, _call: CallContext) -> Any:
        return await body()

    call = CallContext("/t/T", time.monotonic() + seconds)
    return await Deadline().unary(_METHOD, method)(None, call)


async def test_call_that_ends_in_time_leaves_no_timer() -> None:
    """Its answer is given, and nobody cancels the task later."""

    async def waits() -> str:
        await asyncio.sleep(0.01)
        return "done"

    found = await run(waits, 0.03)
    await asyncio.sleep(0.05)

    assert found == "done"


async def test_call_that_waits_too_long_is_ended() -> None:
    """It is told so, and may clean up first; the task goes on as if nothing had been."""
    cleaned = False

    async def waits() -> None:
        nonlocal cleaned
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            cleaned = True

    with pytest.raises(DeadlineExceeded):
        await run(waits, 0.01)
    await asyncio.sleep(0)

    task = asyncio.current_task()
    assert task is not None
    assert (cleaned, task.cancelling()) == (True, 0)


async def test_call_that_is_canceled_by_somebody_else_is_canceled() -> None:
    """It is no end of its time, and the caller hears what it did."""

    async def waits() -> None:
        await asyncio.sleep(60)

    task = asyncio.ensure_future(run(waits, 60))
    await asyncio.sleep(0.01)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_call_that_hears_nothing_of_its_end_answers() -> None:
    """What was done at the last moment is told; the task is not left half canceled."""

    async def waits() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return "late"
        return "never"

    found = await run(waits, 0.01)

    task = asyncio.current_task()
    assert task is not None
    assert (found, task.cancelling()) == ("late", 0)


async def test_error_of_the_call_is_its_own() -> None:
    """An error that comes instead of the cancellation is not hidden by it."""

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ValueError("mine") from None

    with pytest.raises(ValueError, match="mine"):
        await run(waits, 0.01)
