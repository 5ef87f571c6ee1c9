"""Batches: many calls of one method in one call (AIP-231).

Rule of this file: an item is a call like any other. It goes through the method table with all its interceptors, and
its answer or error is its result; only what is wrong with the batch as such fails the batch.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any, Final, TypeVar

from google.rpc.status_pb2 import Status

from bpmgrpc.errors import BpmError
from bpmgrpc.service import checks
from bpmgrpc.service.status import UNLIMITED, to_status
from bpmgrpc.v1.user_task_runtime_pb2 import UserTaskResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from google.protobuf.message import Message

    from bpmgrpc.service.dispatch import CallContext

__all__ = ["MOST_ITEMS", "item_results", "user_task_results"]

RequestT = TypeVar("RequestT", bound="Message")
ResultT = TypeVar("ResultT")

MOST_ITEMS: Final = 1_000
SIDE_BY_SIDE: Final = 32  # items at a time, so that a batch leaves room for others
_LONGEST_REQUEST_ID: Final = 100
_ID_LENGTH: Final = 20  # characters of a root's id, with which the ids of all that is in it begin


async def user_task_results(
    method: str, requests: Sequence[Any], request_id: str, call: CallContext
) -> list[UserTaskResult]:
    """Runs the items of a batch.

    Args:
        method: Name of the method of ProcessRuntime that does one item and answers with a user task.
        requests: Its requests; they are not changed.
        request_id: Makes repeating safe; empty where it is not asked for.
        call: The call of the batch.

    Returns:
        A result for each, in their order.

    Raises:
        InvalidArgument: There are none or too many, one has a request id of its own, or the batch's is none.
    """
    return await item_results(
        f"/bpmgrpc.v1.ProcessRuntime/{method}",
        requests,
        request_id,
        call,
        lambda request: request.user_task_id,
        _user_task_result,
    )


def _user_task_result(outcome: Any) -> UserTaskResult:
    if isinstance(outcome, Status):
        return UserTaskResult(error=outcome)
    return UserTaskResult(user_task=outcome.user_task)


async def item_results(
    method: str,
    requests: Sequence[Any],
    request_id: str,
    call: CallContext,
    id_of: Callable[[Any], str],
    result: Callable[[Any], ResultT],
) -> list[ResultT]:
    """Runs the items of a batch.

    Args:
        method: Full name of the method that does one item.
        requests: Its requests; they are not changed.
        request_id: Makes repeating safe; empty where it is not asked for.
        call: The call of the batch.
        id_of: The id that a request names, which begins with that of a root: items of one root are done in order.
        result: Makes the result of an item, of its response or of a ``google.rpc.Status``.

    Returns:
        A result for each, in their order.

    Raises:
        InvalidArgument: There are none or too many, one has a request id of its own, or the batch's is none.
    """
    _check(requests, request_id)
    queues: dict[str, list[int]] = {}
    for number, request in enumerate(requests):
        queues.setdefault(id_of(request)[:_ID_LENGTH], []).append(number)
    results: dict[int, ResultT] = {}
    room = asyncio.Semaphore(SIDE_BY_SIDE)

    async def run(numbers: list[int]) -> None:
        async with room:
            for number in numbers:
                results[number] = result(await _one(method, _named(requests[number], request_id, number), call))

    async with asyncio.TaskGroup() as group:
        for numbers in queues.values():
            group.create_task(run(numbers))
    return [results[number] for number in range(len(requests))]


def _check(requests: Sequence[Any], request_id: str) -> None:
    if not 0 < len(requests) <= MOST_ITEMS:
        checks.invalid("requests", f"holds {len(requests):,} of them, 1 to {MOST_ITEMS:,} are allowed")
    if len(request_id) > _LONGEST_REQUEST_ID or not (request_id.isascii() and request_id.isprintable()):
        checks.invalid("request_id", f"has to be of 1 to {_LONGEST_REQUEST_ID} printable ASCII characters")
    for number, request in enumerate(requests):
        if request.request_id:
            checks.invalid(f"requests[{number}].request_id", "has to be empty; the batch's is used")


def _named(request: RequestT, request_id: str, number: int) -> RequestT:
    """Gives an item its own request id; a prefix of its own keeps it apart from those of single calls."""
    if not request_id:
        return request
    digest = hashlib.blake2b(request_id.encode(), digest_size=20).hexdigest()
    named = type(request)(request_id=f"batch-{digest}-{number}")
    named.MergeFrom(request)
    return named


async def _one(method: str, request: Any, batch: CallContext) -> Any:
    assert batch.dispatcher is not None  # noqa: S101 - every call of a server comes through one
    row = batch.dispatcher.methods[method]
    assert row.unary is not None  # noqa: S101 - it is no stream
    call = batch.dispatcher.context(
        row, time_remaining=batch.time_remaining(), metadata=batch.metadata, peer=batch.peer
    )
    try:
        return await row.unary(request, call)
    except BpmError as error:
        return to_status(error, limit=UNLIMITED)
