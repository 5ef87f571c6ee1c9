"""`bpmgrpc batches`: how operations on many instances get on, and holding or ending them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bpmgrpc.cli.failures import guarded
from bpmgrpc.cli.options import ConfigOption, JsonOption, LimitOption, ServerOption, TimeoutOption
from bpmgrpc.cli.output import Column, local_time, print_json, print_table, short_state, tell

if TYPE_CHECKING:
    from bpmgrpc.v1.batch_pb2 import Batch

__all__ = ["batches", "cancel", "pause", "resume", "show"]

BatchArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the batch.")]


@guarded
def batches(
    context: typer.Context,
    *,
    limit: LimitOption = 50,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Lists batches with their progress, the newest first.

    $ bpmgrpc batches show ID

    $ bpmgrpc batches pause ID
    """
    if context.invoked_subcommand is not None:
        return
    from bpmgrpc.cli.client import connect, pages
    from bpmgrpc.v1.batch_runtime_pb2 import ListBatchesRequest

    with connect(server, config, timeout) as client:
        response = pages(client, client.batches.ListBatches, ListBatchesRequest(), "batches", limit)
    if as_json:
        print_json(response)
        return
    print_table(_BATCHES, response.batches)
    if response.next_page_token:
        tell(f"{len(response.batches)} of {response.total_size}; --limit shows more")


@guarded
def show(
    batch: BatchArgument,
    *,
    failed: Annotated[bool, typer.Option("--failed", help="Only items that have failed.")] = False,
    limit: LimitOption = 50,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Shows the items of a batch with their results."""
    from bpmgrpc.cli.client import connect, pages
    from bpmgrpc.v1.batch_pb2 import BatchItem
    from bpmgrpc.v1.batch_runtime_pb2 import GetBatchRequest, ListBatchItemsRequest

    request = ListBatchItemsRequest(batch_id=batch, states=[BatchItem.STATE_FAILED] if failed else [])
    with connect(server, config, timeout) as client:
        found = client.call(client.batches.GetBatch, GetBatchRequest(batch_id=batch)).batch
        response = pages(client, client.batches.ListBatchItems, request, "batch_items", limit)
    if as_json:
        print_json(response)
        return
    tell(f"{short_state(found)}, {_progress(found)}")
    print_table(_ITEMS, response.batch_items)
    if response.next_page_token:
        tell(f"{len(response.batch_items)} of {response.total_size}; --limit shows more")


@guarded
def pause(
    batch: BatchArgument,
    *,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Lets no more items of a batch begin, until it is resumed."""
    _change("Pause", batch, server, timeout, config, as_json=as_json)


@guarded
def resume(
    batch: BatchArgument,
    *,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Lets a paused batch go on."""
    _change("Resume", batch, server, timeout, config, as_json=as_json)


@guarded
def cancel(
    batch: BatchArgument,
    *,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Ends a batch: what it has not done stays undone."""
    _change("Cancel", batch, server, timeout, config, as_json=as_json)


def _change(
    verb: str, batch: str, server: ServerOption, timeout: float, config: ConfigOption, *, as_json: bool
) -> None:
    from bpmgrpc.cli.client import connect
    from bpmgrpc.v1 import batch_runtime_pb2

    request = getattr(batch_runtime_pb2, f"{verb}BatchRequest")(batch_id=batch)
    with connect(server, config, timeout) as client:
        response = client.call(getattr(client.batches, f"{verb}Batch"), request)
    if as_json:
        print_json(response)
    else:
        tell(f"{short_state(response.batch)}, {_progress(response.batch)}")


def _progress(batch: Batch) -> str:
    done = f"{batch.succeeded_count + batch.failed_count} of {batch.total_count}"
    return f"{done}, {batch.failed_count} failed" if batch.failed_count else done


_BATCHES = (
    Column("ID", lambda b: b.batch_id, whole=True),
    Column("OPERATION", lambda b: b.operation.WhichOneof("operation") + (", dry run" if b.validate_only else "")),
    Column("STATE", short_state),
    Column("DONE", _progress),
    Column("SINCE", lambda b: local_time(b, "create_time")),
    Column("END", lambda b: local_time(b, "end_time")),
)
_ITEMS = (
    Column("INSTANCE", lambda i: i.process_instance_id, whole=True),
    Column("INCIDENT", lambda i: i.incident_id, whole=True),
    Column("STATE", short_state),
    Column("STARTED", lambda i: i.restarted_process_instance_id, whole=True),
    Column("ERROR", lambda i: i.error.message),
)
