"""BatchRuntime: makes batches, shows how they get on, pauses and ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.ids import split_id
from bpmgrpc.service import checks, mapping
from bpmgrpc.service.batch_operations import OPERATIONS, operation_of
from bpmgrpc.service.batch_selection import check_selection, selected_page, subjects_of
from bpmgrpc.service.pages import page
from bpmgrpc.service.servicer import Servicer, respond
from bpmgrpc.store.batches import BatchItemState, BatchState
from bpmgrpc.v1 import batch_runtime_pb2 as pb
from bpmgrpc.v1.batch_pb2 import Batch, BatchItem

if TYPE_CHECKING:
    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.store.batches import BatchItemRow, BatchRow
    from bpmgrpc.store.queries import Queries

__all__ = ["BatchRuntime", "batch_row_request"]

_NUMBERS: Final = {
    BatchState.SELECTING: Batch.STATE_SELECTING,
    BatchState.RUNNING: Batch.STATE_RUNNING,
    BatchState.PAUSED: Batch.STATE_PAUSED,
    BatchState.COMPLETED: Batch.STATE_COMPLETED,
    BatchState.CANCELED: Batch.STATE_CANCELED,
}
_ITEM_NUMBERS: Final = {
    BatchItemState.PENDING: BatchItem.STATE_PENDING,
    BatchItemState.SUCCEEDED: BatchItem.STATE_SUCCEEDED,
    BatchItemState.FAILED: BatchItem.STATE_FAILED,
}
_STATES: Final = {number: state for state, number in _NUMBERS.items()}
_ITEM_STATES: Final = {number: state for state, number in _ITEM_NUMBERS.items()}


class BatchRuntime(Servicer):
    """Serves ``bpmgrpc.v1.BatchRuntime``."""

    async def CreateBatch(self, request: pb.CreateBatchRequest, call: CallContext) -> pb.CreateBatchResponse:
        """Makes a batch."""
        operation = operation_of(request.operation)
        check_selection(request.selection, operation)
        if request.validate_only and operation.of_incidents:
            checks.invalid("validate_only", "goes with operations on instances: resolving an incident has no dry run")
        idempotency = self.request_id(request, request.request_id, call)
        if request.operation.WhichOneof("operation") == "migrate":
            target = request.operation.migrate.target_process_definition_id
            await self.runtime.read(lambda queries: queries.get_definition(target))
        subjects = subjects_of(request.selection)
        if subjects is None:  # what cannot be read is told now rather than in the background
            await selected_page(self.runtime, request.selection, operation, size=1)
        outcome = await self.runtime.batches.submit(
            batch_row_request(request), call.caller, subjects, _created, idempotency=idempotency, deadline=call.deadline
        )
        return respond(pb.CreateBatchResponse, outcome, _created)

    async def GetBatch(self, request: pb.GetBatchRequest, call: CallContext) -> pb.GetBatchResponse:
        """Returns a batch."""
        batch_id = checks.opaque_id(request.batch_id, "batch_id")
        return pb.GetBatchResponse(batch=_message(await self.runtime.read(lambda queries: queries.get_batch(batch_id))))

    async def ListBatches(self, request: pb.ListBatchesRequest, call: CallContext) -> pb.ListBatchesResponse:
        """Lists batches."""
        states, wanted = checks.states(request.states, _STATES, "states"), page(request, request.order_by)
        found = await self.runtime.read(lambda queries: queries.list_batches(states, wanted))
        return pb.ListBatchesResponse(
            batches=[_message(row) for row in found.items],
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )

    async def ListBatchItems(self, request: pb.ListBatchItemsRequest, call: CallContext) -> pb.ListBatchItemsResponse:
        """Lists the items of a batch."""
        batch_id = checks.opaque_id(request.batch_id, "batch_id")
        states, wanted = checks.states(request.states, _ITEM_STATES, "states"), page(request)

        def read(queries: Queries) -> pb.ListBatchItemsResponse:
            found = queries.list_batch_items(batch_id, states, wanted)
            asked = pb.CreateBatchRequest.FromString(queries.get_batch(batch_id).request)
            of_incidents = OPERATIONS[str(asked.operation.WhichOneof("operation"))].of_incidents
            return pb.ListBatchItemsResponse(
                batch_items=[_item(row, of_incidents=of_incidents) for row in found.items],
                next_page_token=found.next_page_token,
                total_size=found.total_size,
            )

        return await self.runtime.read(read)

    async def PauseBatch(self, request: pb.PauseBatchRequest, call: CallContext) -> pb.PauseBatchResponse:
        """Pauses a batch."""
        batch_id = checks.opaque_id(request.batch_id, "batch_id")
        return pb.PauseBatchResponse(batch=_message(await self.runtime.batches.pause(batch_id, call.deadline)))

    async def ResumeBatch(self, request: pb.ResumeBatchRequest, call: CallContext) -> pb.ResumeBatchResponse:
        """Lets a paused batch go on."""
        batch_id = checks.opaque_id(request.batch_id, "batch_id")
        return pb.ResumeBatchResponse(batch=_message(await self.runtime.batches.resume(batch_id, call.deadline)))

    async def CancelBatch(self, request: pb.CancelBatchRequest, call: CallContext) -> pb.CancelBatchResponse:
        """Ends a batch."""
        batch_id = checks.opaque_id(request.batch_id, "batch_id")
        return pb.CancelBatchResponse(batch=_message(await self.runtime.batches.cancel(batch_id, call.deadline)))

    async def DeleteBatch(self, request: pb.DeleteBatchRequest, call: CallContext) -> pb.DeleteBatchResponse:
        """Removes a batch that has ended."""
        batch_id = checks.opaque_id(request.batch_id, "batch_id")
        await self.runtime.batches.delete(batch_id, call.deadline)
        return pb.DeleteBatchResponse()


def batch_row_request(request: pb.CreateBatchRequest) -> bytes:
    """Returns what a batch's row keeps of the request: not what its items' rows have, nor the request's id."""
    kept = pb.CreateBatchRequest()
    kept.CopyFrom(request)
    kept.ClearField("request_id")
    del kept.selection.process_instance_ids[:]
    del kept.selection.incident_ids[:]
    return kept.SerializeToString()


def _created(row: BatchRow) -> pb.CreateBatchResponse:
    return pb.CreateBatchResponse(batch=_message(row))


def _message(row: BatchRow) -> Batch:
    asked = pb.CreateBatchRequest.FromString(row.request)
    message = Batch(
        batch_id=row.id,
        state=_NUMBERS[row.state],
        operation=asked.operation,
        selection=asked.selection,
        validate_only=asked.validate_only,
        total_count=row.total,
        succeeded_count=row.succeeded,
        failed_count=row.failed,
        create_by=row.create_by,
    )
    mapping.set_time(message.create_time, row.create_us)
    mapping.set_time(message.end_time, row.end_us)
    return message


def _item(row: BatchItemRow, *, of_incidents: bool) -> BatchItem:
    message = BatchItem(
        process_instance_id=row.subject_id,
        state=_ITEM_NUMBERS[row.state],
        attempts=row.attempts,
        restarted_process_instance_id=row.result_id,
    )
    if of_incidents:
        message.process_instance_id, message.incident_id = _root_of(row.subject_id), row.subject_id
    if row.error:
        message.error.MergeFromString(row.error)
    if row.plan:
        message.plan.MergeFromString(row.plan)
    mapping.set_time(message.end_time, row.end_us)
    return message


def _root_of(incident_id: str) -> str:
    """The root of an incident; empty where the id is none of ours, as its item's error says."""
    try:
        return split_id(incident_id)[0]
    except ValueError:
        return ""
