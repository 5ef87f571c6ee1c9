"""The rows of ``test_documented_errors`` about batches."""

from typing import Any

from bpmgrpc.v1 import batch_runtime_pb2 as batches
from bpmgrpc.v1.admin_runtime_pb2 import MigrateProcessInstanceRequest
from bpmgrpc.v1.batch_pb2 import BatchOperation, BatchSelection
from bpmgrpc.v1.process_runtime_pb2 import ListProcessInstancesRequest

UNKNOWN = "0123456789abcdefghjk"
ELSEWHERE = BatchOperation(migrate=MigrateProcessInstanceRequest(target_process_definition_id=UNKNOWN))
OF_ERRORS = BatchSelection(process_instances=ListProcessInstancesRequest(process_name="errors"))

BATCH_CASES: dict[tuple[str, str], Any] = {
    ("CreateBatch", "INVALID_ARGUMENT"): batches.CreateBatchRequest(selection=OF_ERRORS),
    ("CreateBatch", "NOT_FOUND"): batches.CreateBatchRequest(operation=ELSEWHERE, selection=OF_ERRORS),
    ("GetBatch", "INVALID_ARGUMENT"): batches.GetBatchRequest(),
    ("GetBatch", "NOT_FOUND"): batches.GetBatchRequest(batch_id=UNKNOWN),
    ("ListBatches", "INVALID_ARGUMENT"): batches.ListBatchesRequest(order_by="colour"),
    ("ListBatchItems", "INVALID_ARGUMENT"): batches.ListBatchItemsRequest(batch_id=UNKNOWN, page_size=-1),
    ("ListBatchItems", "NOT_FOUND"): batches.ListBatchItemsRequest(batch_id=UNKNOWN),
    ("PauseBatch", "INVALID_ARGUMENT"): batches.PauseBatchRequest(),
    ("PauseBatch", "NOT_FOUND"): batches.PauseBatchRequest(batch_id=UNKNOWN),
    ("PauseBatch", "FAILED_PRECONDITION"): lambda w: batches.PauseBatchRequest(batch_id=w.canceled_batch()),
    ("ResumeBatch", "INVALID_ARGUMENT"): batches.ResumeBatchRequest(),
    ("ResumeBatch", "NOT_FOUND"): batches.ResumeBatchRequest(batch_id=UNKNOWN),
    ("ResumeBatch", "FAILED_PRECONDITION"): lambda w: batches.ResumeBatchRequest(batch_id=w.canceled_batch()),
    ("CancelBatch", "INVALID_ARGUMENT"): batches.CancelBatchRequest(),
    ("CancelBatch", "NOT_FOUND"): batches.CancelBatchRequest(batch_id=UNKNOWN),
    ("CancelBatch", "FAILED_PRECONDITION"): lambda w: batches.CancelBatchRequest(batch_id=w.canceled_batch()),
    ("DeleteBatch", "INVALID_ARGUMENT"): batches.DeleteBatchRequest(),
    ("DeleteBatch", "NOT_FOUND"): batches.DeleteBatchRequest(batch_id=UNKNOWN),
    ("DeleteBatch", "FAILED_PRECONDITION"): lambda w: batches.DeleteBatchRequest(batch_id=w.paused_batch()),
}
