"""A batch goes on where it was when its server is killed at work."""

import time

import pytest

from bpmgrpc.v1 import batch_runtime_pb2 as batches
from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1.admin_runtime_pb2 import RestartProcessInstanceRequest
from bpmgrpc.v1.batch_pb2 import Batch, BatchOperation, BatchSelection
from bpmgrpc.v1.process_runtime_pb2 import CancelProcessInstanceRequest, ListProcessInstancesRequest
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import USER_TASK, deploy, process, start
from tests.e2e.server_process import SECONDS, ServerProcess

INSTANCES = 300


def create(server: ServerProcess, operation: BatchOperation) -> str:
    selection = BatchSelection(process_instances=ListProcessInstancesRequest(process_name="p"))
    request = batches.CreateBatchRequest(operation=operation, selection=selection)
    made: str = server.batches.CreateBatch(request, timeout=SECONDS).batch.batch_id
    return made


def wait(server: ServerProcess, batch_id: str, done: int) -> Batch:
    """Waits until so many items are done, or the batch has ended."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        found: Batch = server.batches.GetBatch(batches.GetBatchRequest(batch_id=batch_id), timeout=SECONDS).batch
        if found.succeeded_count >= done or found.state == Batch.STATE_COMPLETED:
            return found
    raise AssertionError("the batch does not go on")


@pytest.mark.slow
def test_batch_goes_on_after_a_kill_and_does_each_item_once(database_url: str, run_server: ServerFactory) -> None:
    """Killed twice while it restarts instances: in the end each was restarted, and once."""
    server = run_server(database_url)
    deploy(server, process("p", USER_TASK))
    old = {start(server, "p") for _ in range(INSTANCES)}
    canceled = create(server, BatchOperation(cancel=CancelProcessInstanceRequest()))
    wait(server, canceled, INSTANCES)

    batch_id = create(server, BatchOperation(restart=RestartProcessInstanceRequest()))
    for done in (10, 100):
        wait(server, batch_id, done)
        server.restart_after_kill()
    batch = wait(server, batch_id, INSTANCES)

    assert (batch.total_count, batch.succeeded_count, batch.failed_count) == (INSTANCES, INSTANCES, 0)
    listed = server.processes.ListProcessInstances(ListProcessInstancesRequest(page_size=1000), timeout=SECONDS)
    new = {one.process_instance_id for one in listed.process_instances} - old
    items: set[str] = set()
    token = ""
    while True:
        page = server.batches.ListBatchItems(
            batches.ListBatchItemsRequest(batch_id=batch_id, page_size=200, page_token=token), timeout=SECONDS
        )
        items |= {item.restarted_process_instance_id for item in page.batch_items}
        token = page.next_page_token
        if not token:
            break
    assert len(new) == INSTANCES
    assert items == new
    counted = server.processes.CountUserTasks(runtime.CountUserTasksRequest(process_name="p"), timeout=SECONDS)
    assert counted.total_size == INSTANCES
