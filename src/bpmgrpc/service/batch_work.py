"""Does batches in the background: finds their items, and makes the call of each.

Rule of this file: an item is a call like any other, with the batch's creator as its caller and a request id of its
own, so that an item which is begun twice acts once. What another attempt may cure is tried again, later each time;
whatever else goes wrong is the item's result, and the batch goes on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.errors import (
    Aborted,
    BpmError,
    DeadlineExceeded,
    FailedPrecondition,
    NotFound,
    ResourceExhausted,
    Unavailable,
)
from bpmgrpc.service.batch_operations import OPERATIONS
from bpmgrpc.service.batch_selection import selected_page
from bpmgrpc.service.dispatch import CallContext
from bpmgrpc.service.status import UNLIMITED, to_status
from bpmgrpc.store.batches import BatchItemState, BatchState
from bpmgrpc.v1.batch_runtime_pb2 import CreateBatchRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bpmgrpc.runtime import Runtime
    from bpmgrpc.service.batch_operations import Operation
    from bpmgrpc.store.batches import BatchItemRow, BatchRow

__all__ = ["BatchWork"]

_log: Final = logging.getLogger(__name__)

SIDE_BY_SIDE: Final = 16  # items at a time, so that a batch leaves room for others
MOST_BATCHES: Final = 100  # that are looked at in one round
MOST_ATTEMPTS: Final = 20
MOST_EFFECTS: Final = 20  # of a dry run that are kept
ITEM_SECONDS: Final = 10.0
_DEADLINE_SECONDS: Final = 30.0
_LONGEST_PAUSE_US: Final = 60_000_000
_SECOND_US: Final = 1_000_000
_PASSING: Final = (Aborted, DeadlineExceeded, ResourceExhausted, Unavailable)


class BatchWork:
    """Does the batches of all servers, some items at a time.

    Args:
        runtime: The runtime.
        services: Full name of each service to its servicer.
    """

    def __init__(self, runtime: Runtime, services: Mapping[str, object]) -> None:
        self._runtime = runtime
        self._methods: dict[str, Callable[[Any, CallContext], Awaitable[Any]]] = {}
        for operation in OPERATIONS.values():
            service, name = operation.method.lstrip("/").split("/")
            self._methods[operation.method] = getattr(services[service], name)

    async def step(self) -> float:
        """Goes on with each batch for a while.

        Returns:
            Seconds until it is worth looking again.
        """
        runtime = self._runtime
        if runtime.draining.is_set():
            return float("inf")
        pause = float("inf")
        for batch in await runtime.read(lambda queries: queries.batches_at_work(MOST_BATCHES)):
            try:
                pause = min(pause, await self._go_on(batch))
            except BpmError as error:
                # One that cannot go on now must not keep the others from it.
                _log.warning("batch %s does not go on now and will be tried again: %s", batch.id, error.message)
            except Exception:  # noqa: BLE001 - the same for a fault of ours; the log says what
                _log.exception("batch %s does not go on now and will be tried again", batch.id)
        return pause

    async def _go_on(self, batch: BatchRow) -> float:
        request = CreateBatchRequest.FromString(batch.request)
        operation = OPERATIONS[str(request.operation.WhichOneof("operation"))]
        if batch.state is BatchState.SELECTING:
            await self._select(batch, request, operation)
            return 0
        return await self._do_some(batch, request, operation)

    async def _select(self, batch: BatchRow, request: CreateBatchRequest, operation: Operation) -> None:
        try:
            subjects, token = await selected_page(
                self._runtime,
                request.selection,
                operation,
                token=batch.place or "",
                until_us=batch.create_us + 1,
            )
        except NotFound:  # the instance that a filter names has been taken out meanwhile
            subjects, token = [], ""
        await self._runtime.batches.add(batch, subjects, token, time.monotonic() + _DEADLINE_SECONDS)

    async def _do_some(self, batch: BatchRow, request: CreateBatchRequest, operation: Operation) -> float:
        batches = self._runtime.batches
        leased = await batches.lease(batch.id, SIDE_BY_SIDE, time.monotonic() + _DEADLINE_SECONDS)
        if not leased.items:
            if leased.next_us is None:
                return float("inf")
            return max(0.01, (leased.next_us - self._runtime.clock.now_us()) / _SECOND_US)
        done = await asyncio.gather(*(self._do(batch, request, operation, item) for item in leased.items))
        await batches.finish(batch.id, done, time.monotonic() + _DEADLINE_SECONDS)
        return 0

    async def _do(
        self, batch: BatchRow, request: CreateBatchRequest, operation: Operation, item: BatchItemRow
    ) -> BatchItemRow:
        """Does an item; returns it with its result, or with the time at which it is to be begun again."""
        call = CallContext(
            operation.method, time.monotonic() + ITEM_SECONDS, peer=f"batch:{batch.id}", caller=batch.create_by
        )
        try:
            response = await self._methods[operation.method](_request(batch, request, operation, item), call)
        except _PASSING as error:
            if item.attempts < MOST_ATTEMPTS:
                pause_us = min(_LONGEST_PAUSE_US, _SECOND_US << item.attempts)
                return item._replace(available_us=self._runtime.clock.now_us() + pause_us)
            return self._failed(item, error)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is this item's result
            if not isinstance(error, BpmError):
                _log.exception("item %s of batch %s failed", item.subject_id, batch.id)
            return self._failed(item, error)
        return self._done(request, item, response)

    def _done(self, request: CreateBatchRequest, item: BatchItemRow, response: Any) -> BatchItemRow:
        if not request.validate_only:
            restarts = request.operation.HasField("restart")
            result = str(response.process_instance.process_instance_id) if restarts else ""
            return self._ended(item, BatchItemState.SUCCEEDED)._replace(result_id=result)
        plan = response.plan
        del plan.effects[MOST_EFFECTS:]
        found: BatchItemRow
        if plan.findings:
            first = plan.findings[0]
            found = self._failed(item, FailedPrecondition(first.message, reason=first.reason))
        else:
            found = self._ended(item, BatchItemState.SUCCEEDED)
        return found._replace(plan=plan.SerializeToString())

    def _failed(self, item: BatchItemRow, error: BaseException) -> BatchItemRow:
        status = to_status(error, limit=UNLIMITED)
        return self._ended(item, BatchItemState.FAILED)._replace(error=status.SerializeToString())

    def _ended(self, item: BatchItemRow, state: BatchItemState) -> BatchItemRow:
        return item._replace(state=state, end_us=self._runtime.clock.now_us())


def _request(batch: BatchRow, asked: CreateBatchRequest, operation: Operation, item: BatchItemRow) -> Any:
    template = getattr(asked.operation, str(asked.operation.WhichOneof("operation")))
    request = type(template)()
    request.CopyFrom(template)
    setattr(request, operation.subject, item.subject_id)
    if asked.validate_only:
        request.validate_only = True
    else:
        request.request_id = f"batch-item-{batch.id}-{item.subject_id}"
    return request
