"""What holds for every call, whichever way it came: one interceptor per rule, applied in the order of `default_chain`.

====================  ==================================================================================================
`Recovery`            no exception that is not a domain error leaves the service; the cause is logged, never sent
`RequestLog`          one line per call: method, code, milliseconds, peer, request id
`Admission`           no more calls at a time, and none that wait longer, than the settings allow, where they do
`Deadline`            work stops when the caller stops waiting
====================  ==================================================================================================

Fields of log lines are given as ``extra={"fields": {...}}``; how they are written is the server's choice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
import types
from typing import TYPE_CHECKING, Any, Final, cast

from bpmgrpc.errors import BpmError, DeadlineExceeded, Internal
from bpmgrpc.service.dispatch import Interceptor
from bpmgrpc.service.status import code_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Generator

    from bpmgrpc.service.admission import Admission
    from bpmgrpc.service.dispatch import CallContext, Method, StreamHandler, UnaryHandler

__all__ = ["Deadline", "Recovery", "RequestLog", "default_chain"]

_faults: Final = logging.getLogger("bpmgrpc.fault")
_requests: Final = logging.getLogger("bpmgrpc.request")

# Asked every few seconds by whoever watches the server: at info they would drown the calls of people.
_QUIET_SERVICES: Final = frozenset({"grpc.health.v1.Health"})


def default_chain(admission: Admission | None = None) -> tuple[Interceptor, ...]:
    """Returns the interceptors of a server, the outermost first.

    Args:
        admission: Refuses what is too much; None: nothing is.
    """
    return (Recovery(), RequestLog(), *(() if admission is None else (admission,)), Deadline())


class Recovery(Interceptor):
    """Turns any exception that is no domain error into `Internal` with a safe text, and logs its cause."""

    def unary(self, method: Method, proceed: UnaryHandler) -> UnaryHandler:
        """Wraps a unary method."""

        async def recover(request: Any, call: CallContext) -> Any:
            try:
                return await proceed(request, call)
            except Exception as error:
                raise _recovered(error, call) from error

        return recover

    def stream(self, method: Method, proceed: StreamHandler) -> StreamHandler:
        """Wraps a server stream."""

        async def recover(request: Any, call: CallContext) -> AsyncIterator[Any]:
            try:
                async for response in proceed(request, call):
                    yield response
            except Exception as error:
                raise _recovered(error, call) from error

        return recover


class RequestLog(Interceptor):
    """Writes one line per call at info, of health checks at debug."""

    def unary(self, method: Method, proceed: UnaryHandler) -> UnaryHandler:
        """Wraps a unary method."""
        level = _level(method)

        async def logged(request: Any, call: CallContext) -> Any:
            started = time.perf_counter()
            try:
                response = await proceed(request, call)
            except BaseException as error:
                _log_call(level, call, code_of(error).name, started)
                raise
            if _requests.isEnabledFor(level):
                _log_call(level, call, "OK", started)
            return response

        return logged

    def stream(self, method: Method, proceed: StreamHandler) -> StreamHandler:
        """Wraps a server stream; the line is written when it ends."""
        level = _level(method)

        async def logged(request: Any, call: CallContext) -> AsyncIterator[Any]:
            started = time.perf_counter()
            code = "OK"
            try:
                async for response in proceed(request, call):
                    yield response
            except GeneratorExit:
                code = "CANCELLED"
                raise
            except BaseException as error:
                code = code_of(error).name
                raise
            finally:
                _log_call(level, call, code, started)

        return logged


class Deadline(Interceptor):
    """Ends a call with `DeadlineExceeded` when its time is over; a call that arrives too late does nothing."""

    def unary(self, method: Method, proceed: UnaryHandler) -> UnaryHandler:
        """Wraps a unary method."""

        async def bounded(request: Any, call: CallContext) -> Any:
            remaining = call.time_remaining()
            if remaining <= 0:
                raise _too_late(call)
            # Most calls on SQLite end without ever waiting: the first step is taken here, and only a call that waits
            # gets a timer, whose making and cancelling are a good part of what a short call costs.
            begun = cast("Coroutine[Any, Any, Any]", proceed(request, call))
            try:
                waits_for = begun.send(None)
            except StopIteration as done:
                return done.value
            with _TimeLimit(call):
                return await _rest_of(begun, waits_for)

        return bounded

    def stream(self, method: Method, proceed: StreamHandler) -> StreamHandler:
        """Wraps a server stream: the deadline is for the whole stream."""

        async def bounded(request: Any, call: CallContext) -> AsyncIterator[Any]:
            responses = proceed(request, call)
            try:
                while True:
                    # A timeout around the whole loop would be left and entered by different tasks at each yield.
                    if call.time_remaining() <= 0:
                        raise _too_late(call)
                    try:
                        with contextlib.nullcontext() if math.isinf(call.deadline) else _TimeLimit(call):
                            response = await anext(responses)
                    except StopAsyncIteration:
                        return
                    yield response
            finally:
                close = getattr(responses, "aclose", None)
                if close is not None:
                    await close()

        return bounded


class _TimeLimit:
    """Cancels the task within the block when a call's time is over, and says so: ``asyncio.timeout`` in a third of its
    time, which every call that waits would pay.
    """

    __slots__ = ("_before", "_call", "_is_over", "_task", "_timer")

    def __init__(self, call: CallContext) -> None:
        self._call = call
        self._is_over = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - calls run in tasks
        self._task = task
        self._before = task.cancelling()
        # Relative, not call_at: the loop's clock need not be time.monotonic (uvloop on macOS).
        self._timer = asyncio.get_running_loop().call_later(max(0.0, self._call.time_remaining()), self._end)

    def _end(self) -> None:
        self._is_over = True
        self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._timer.cancel()
        # Somebody else may cancel the task as well: that is theirs, and goes on.
        if self._is_over and self._task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise _too_late(self._call) from None


@types.coroutine
def _rest_of(begun: Coroutine[Any, Any, Any], waits_for: Any) -> Generator[Any, Any, Any]:
    """Goes on with a coroutine that was begun by hand and waits for something."""
    try:
        yield waits_for
    except BaseException as error:  # noqa: BLE001 - it is the coroutine's, a cancellation most of all
        try:
            waits_for = begun.throw(error)
        except StopIteration as done:
            return done.value
        return (yield from _rest_of(begun, waits_for))
    return (yield from begun.__await__())


def _recovered(error: Exception, call: CallContext) -> BpmError:
    if isinstance(error, BpmError):
        if isinstance(error, Internal):
            _log_fault(error, call)
        return error
    _log_fault(error, call)
    return Internal(
        f"internal error; the server's log has its cause under request id {call.request_id}",
        metadata={"request_id": call.request_id},
    )


def _log_fault(error: Exception, call: CallContext) -> None:
    fields = {"method": call.method, "request_id": call.request_id, "error": type(error).__name__}
    _faults.error("call failed by our own fault", exc_info=error, extra={"fields": fields})


def _level(method: Method) -> int:
    return logging.DEBUG if method.service in _QUIET_SERVICES else logging.INFO


def _log_call(level: int, call: CallContext, code: str, started: float) -> None:
    if not _requests.isEnabledFor(level):
        return
    fields = {
        "method": call.method,
        "code": code,
        "ms": round((time.perf_counter() - started) * 1000, 3),
        "peer": call.peer,
        "request_id": call.request_id,
    }
    if call.caller:
        fields["caller"] = call.caller
    _requests.handle(_RequestRecord(level, fields))


_SAME_FOR_ALL: Final[dict[int, dict[str, Any]]] = {
    level: logging.LogRecord(_requests.name, level, __file__, 0, "request", None, None, "_log_call").__dict__
    for level in (logging.DEBUG, logging.INFO)
}


class _RequestRecord(logging.LogRecord):
    """The record of a call. One is made for each, so it is made of what differs; the rest is said once, for all."""

    def __init__(self, level: int, fields: dict[str, Any]) -> None:
        own = self.__dict__
        own.update(_SAME_FOR_ALL[level])
        own["created"] = created = time.time()
        own["msecs"] = created % 1 * 1000
        own["fields"] = fields


def _too_late(call: CallContext) -> DeadlineExceeded:
    return DeadlineExceeded(
        f"{call.method} did not finish before the caller's deadline; a change may or may not have been made",
        metadata={"method": call.method},
    )
