"""Batches: each operation on what each selection finds; pauses, ends, and servers that die in between."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from google.rpc import code_pb2

from bpmgrpc.errors import Aborted
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.service import batch_work
from bpmgrpc.service.admin_runtime import AdminRuntime
from bpmgrpc.service.process_runtime import ProcessRuntime
from bpmgrpc.store.batches import BatchItemState, BatchState
from bpmgrpc.store.interface import Session
from bpmgrpc.v1 import admin_runtime_pb2 as admin
from bpmgrpc.v1 import batch_runtime_pb2 as pb
from bpmgrpc.v1.batch_pb2 import Batch, BatchItem, BatchOperation, BatchSelection
from bpmgrpc.v1.process_definition_pb2 import ProcessDefinition
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.integration.runtime.servers import USER_TASK, Server, failure, opened, until
from tests.integration.service.ways import called
from tests.support.harness import bpmn, flows

CALLER = bpmn(
    '<startEvent id="s"/><callActivity id="c" calledElement="p"/><endEvent id="e"/>' + flows("s -> c", "c -> e"),
    process="caller",
)
STUCK = bpmn(
    '<startEvent id="s"/><exclusiveGateway id="g"/><endEvent id="e"/>'
    + flows("s -> g", "g -> e: =amount = 1", "g -> e: =amount = 2"),
    process="stuck",
)
ENDED = (Batch.STATE_COMPLETED, Batch.STATE_CANCELED)
OF_P = {"process_instances": {"process_name": "p"}}


@pytest.fixture(params=("inprocess", "socket", "rest"))
async def reached(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Server]:
    """The same server, called in three ways."""
    async with called(server, request.param):
        yield server


@pytest.fixture
async def work(reached: Server) -> Server:
    """A server that does batches."""
    reached.start_background()
    return reached


async def create(server: Server, operation: dict[str, Any], selection: dict[str, Any], **fields: Any) -> Batch:
    request = pb.CreateBatchRequest(
        operation=BatchOperation(**operation), selection=BatchSelection(**selection), **fields
    )
    made: Batch = (await server.batches.CreateBatch(request)).batch
    return made


async def get(server: Server, batch_id: str) -> Batch:
    found: Batch = (await server.batches.GetBatch(pb.GetBatchRequest(batch_id=batch_id))).batch
    return found


async def ended(server: Server, batch: Batch) -> Batch:
    """Waits for the end of a batch."""

    async def is_ended() -> Batch | None:
        found = await get(server, batch.batch_id)
        return found if found.state in ENDED else None

    found: Batch = await until(is_ended)
    return found


async def items(server: Server, batch: Batch, **fields: Any) -> list[BatchItem]:
    request = pb.ListBatchItemsRequest(batch_id=batch.batch_id, **fields)
    return list((await server.batches.ListBatchItems(request)).batch_items)


def counts(batch: Batch) -> tuple[int, int, int]:
    return batch.total_count, batch.succeeded_count, batch.failed_count


async def states(server: Server, ids: list[str]) -> set[int]:
    return {(await server.instance(one)).state for one in ids}


def answer_with(server: Server, cancel: Callable[[Any, Any], Awaitable[Any]]) -> None:
    """Has the server's batches get other answers to CancelProcessInstance: what a database in the way would cause."""
    services = {
        "bpmgrpc.v1.ProcessRuntime": SimpleNamespace(CancelProcessInstance=cancel),
        "bpmgrpc.v1.AdminRuntime": AdminRuntime(server.runtime),
    }
    server.batch_work = batch_work.BatchWork(server.runtime, services)


async def test_cancels_what_a_list_of_instances_finds(work: Server) -> None:
    """Each instance that was there is canceled, with the reason; those of other processes are not; items say so."""
    await work.deploy(USER_TASK)
    await work.deploy(STUCK)
    ids = [await work.start() for _ in range(5)]
    other = await work.start("stuck")

    made = await create(work, {"cancel": {"reason": "recall"}}, OF_P)
    batch = await ended(work, made)

    assert made.state == Batch.STATE_SELECTING
    assert (batch.state, counts(batch)) == (Batch.STATE_COMPLETED, (5, 5, 0))
    assert batch.operation.cancel.reason == "recall"
    assert batch.selection.process_instances.process_name == "p"
    assert batch.create_time.ToMicroseconds() <= batch.end_time.ToMicroseconds()
    assert await states(work, ids) == {ProcessInstance.STATE_CANCELED}
    assert await states(work, [other]) == {ProcessInstance.STATE_ACTIVE}
    assert {(await work.instance(one)).end_reason for one in ids} == {"recall"}
    found = await items(work, batch)
    assert [one.process_instance_id for one in found] == sorted(ids)
    assert {(one.state, one.attempts, one.end_time.seconds > 0) for one in found} == {
        (BatchItem.STATE_SUCCEEDED, 1, True)
    }


async def test_items_that_cannot_be_done_fail_and_the_others_are_done(work: Server) -> None:
    """What is unknown, no id at all, or in another state has its error; each id counts once."""
    await work.deploy(USER_TASK)
    open_one, closed = await work.start(), await work.start()
    await work.complete(await work.open_task(closed))
    ids = [open_one, closed, "0123456789abcdefghjk", "no id", open_one]

    batch = await ended(work, await create(work, {"suspend": {}}, {"process_instance_ids": ids}))
    failed = await items(work, batch, states=[BatchItem.STATE_FAILED])

    assert counts(batch) == (4, 1, 3)
    assert list(batch.selection.process_instance_ids) == []
    codes = {one.process_instance_id: one.error.code for one in failed}
    assert codes == {
        closed: code_pb2.FAILED_PRECONDITION,
        "0123456789abcdefghjk": code_pb2.NOT_FOUND,
        "no id": code_pb2.NOT_FOUND,
    }
    assert await states(work, [open_one]) == {ProcessInstance.STATE_SUSPENDED}


async def test_dry_run_says_for_each_item_what_would_happen_and_changes_nothing(work: Server) -> None:
    """Each item has its plan; one that would be refused has failed, with what is in the way."""
    await work.deploy(USER_TASK)
    instance = await work.start()
    modify = {"modify": {"instructions": [{"cancel": {"element_id": "t"}}]}}
    nonsense = {"modify": {"instructions": [{"start_before": {"element_id": "nowhere"}}]}}

    good = await ended(work, await create(work, modify, OF_P, validate_only=True))
    bad = await ended(work, await create(work, nonsense, OF_P, validate_only=True))

    (one,), (other,) = await items(work, good), await items(work, bad)
    assert (counts(good), counts(bad)) == ((1, 1, 0), (1, 0, 1))
    assert good.validate_only
    assert {(effect.element_id, effect.kind) for effect in one.plan.effects} >= {("t", 6)}  # KIND_CANCELED
    assert other.error.code == code_pb2.FAILED_PRECONDITION
    assert other.plan.findings[0].reason == "UNKNOWN_ELEMENT"
    assert (await work.open_task(instance)).element_id == "t"


async def test_migrates_called_instances_themselves(work: Server) -> None:
    """Of a process that others call, the instances are migrated that the list finds, not their roots."""
    (first,) = await work.deploy(USER_TASK)
    await work.deploy(CALLER)
    root = await work.start("caller")
    alone = await work.start()
    (second,) = await work.deploy(USER_TASK.replace(b'id="e"', b'id="end"').replace(b'Ref="e"', b'Ref="end"'))
    selection = {"process_instances": {"process_definition_id": first.process_definition_id}}

    batch = await ended(
        work,
        await create(work, {"migrate": {"target_process_definition_id": second.process_definition_id}}, selection),
    )

    assert counts(batch) == (2, 2, 0)
    moved = await work.instances(process_definition_id=second.process_definition_id)
    assert {one.process_instance_id for one in moved} >= {alone}
    assert {one.root_process_instance_id or one.process_instance_id for one in moved} == {alone, root}


async def test_restarts_what_has_ended_and_not_what_it_starts(work: Server) -> None:
    """Each ended instance is started anew, once, and the item names the new one."""
    await work.deploy(USER_TASK)
    ids = [await work.start(variables=f'{{"n":{n}}}') for n in range(3)]
    for one in ids:
        await work.complete(await work.open_task(one))

    batch = await ended(work, await create(work, {"restart": {}}, OF_P))

    found = await items(work, batch)
    new = [one.restarted_process_instance_id for one in found]
    assert counts(batch) == (3, 3, 0)
    assert len({*ids, *new}) == 6
    assert [(await work.instance(one)).variables for one in new] == ['{"n":0}', '{"n":1}', '{"n":2}']


async def test_sets_variables_of_the_instances_of_user_tasks(work: Server) -> None:
    """A list of user tasks selects their instances, each once."""
    await work.deploy(USER_TASK)
    ids = [await work.start() for _ in range(2)]
    await work.complete(await work.open_task(ids[0]))
    await work.start()

    batch = await ended(
        work, await create(work, {"set_variables": {"variables": '{"a":1}'}}, {"user_tasks": {"process_name": "p"}})
    )

    assert counts(batch) == (2, 2, 0)
    assert (await work.instance(ids[0])).variables == "{}"
    assert (await work.instance(ids[1])).variables == '{"a":1}'


async def test_resolves_incidents_by_list_and_by_id(work: Server) -> None:
    """The open incidents are resolved with the variables; by id, what is resolved already has failed."""
    await work.deploy(STUCK)
    ids = [await work.start("stuck") for _ in range(3)]
    listed = {"incidents": {"process_name": "stuck"}}

    batch = await ended(work, await create(work, {"resolve_incident": {"variables": '{"amount":1}'}}, listed))
    found = await items(work, batch)
    again = await ended(
        work, await create(work, {"resolve_incident": {}}, {"incident_ids": [found[0].incident_id, "nothing"]})
    )
    refused = await items(work, again)

    assert counts(batch) == (3, 3, 0)
    assert sorted(one.process_instance_id for one in found) == sorted(ids)
    assert await states(work, ids) == {ProcessInstance.STATE_COMPLETED}
    assert counts(again) == (2, 0, 2)
    assert {(one.incident_id, one.process_instance_id, one.error.code) for one in refused} == {
        (found[0].incident_id, found[0].process_instance_id, code_pb2.FAILED_PRECONDITION),
        ("nothing", "", code_pb2.NOT_FOUND),
    }


async def test_instances_of_incidents_are_operated_on(work: Server) -> None:
    """A list of incidents with an operation on instances selects their roots."""
    await work.deploy(STUCK)
    instance = await work.start("stuck")

    batch = await ended(work, await create(work, {"cancel": {}}, {"incidents": {"process_name": "stuck"}}))

    assert counts(batch) == (1, 1, 0)
    assert await states(work, [instance]) == {ProcessInstance.STATE_CANCELED}


async def test_version_is_held_and_released_with_its_instances(work: Server) -> None:
    """Roots are suspended and resumed, also those that only call the version."""
    (version,) = await work.deploy(USER_TASK)
    await work.deploy(CALLER)
    ids = [await work.start(), await work.start("caller")]
    wanted = {"process_definition_id": version.process_definition_id, "include_process_instances": True}

    held = await work.admin.SuspendProcessDefinition(admin.SuspendProcessDefinitionRequest(**wanted))
    batch = await ended(work, await get(work, held.batch_id))
    suspended = await states(work, ids)
    released = await work.admin.ResumeProcessDefinition(admin.ResumeProcessDefinitionRequest(**wanted))
    resumed = await ended(work, await get(work, released.batch_id))

    assert held.process_definition.state == ProcessDefinition.STATE_SUSPENDED
    assert counts(batch) == (2, 2, 0)
    assert suspended == {ProcessInstance.STATE_SUSPENDED}
    assert counts(resumed) == (2, 2, 0)
    assert await states(work, ids) == {ProcessInstance.STATE_ACTIVE}


async def test_version_is_held_alone_unless_its_instances_are_asked_for(work: Server) -> None:
    """Neither a plain call nor a dry run makes a batch."""
    (version,) = await work.deploy(USER_TASK)
    request = admin.SuspendProcessDefinitionRequest(process_definition_id=version.process_definition_id)
    dry = admin.SuspendProcessDefinitionRequest(
        process_definition_id=version.process_definition_id, validate_only=True, include_process_instances=True
    )

    assert (await work.admin.SuspendProcessDefinition(dry)).batch_id == ""
    assert (await work.admin.SuspendProcessDefinition(request)).batch_id == ""
    assert list((await work.batches.ListBatches(pb.ListBatchesRequest())).batches) == []


async def test_empty_selection_is_completed_at_once(work: Server) -> None:
    """A batch about nothing has ended as soon as that is known."""
    await work.deploy(USER_TASK)

    batch = await ended(work, await create(work, {"cancel": {}}, OF_P))

    assert (batch.state, counts(batch)) == (Batch.STATE_COMPLETED, (0, 0, 0))
    assert await items(work, batch) == []


async def test_paused_batch_does_nothing_until_it_is_resumed(reached: Server) -> None:
    """Neither finds it items, nor are they done; resumed, it goes on to its end; canceled, it stays undone."""
    await reached.deploy(USER_TASK)
    ids = [await reached.start() for _ in range(3)]
    by_list = await create(reached, {"cancel": {}}, OF_P)
    by_id = await create(reached, {"cancel": {}}, {"process_instance_ids": ids})
    pause, resume, cancel = (
        lambda one: reached.batches.PauseBatch(pb.PauseBatchRequest(batch_id=one.batch_id)),
        lambda one: reached.batches.ResumeBatch(pb.ResumeBatchRequest(batch_id=one.batch_id)),
        lambda one: reached.batches.CancelBatch(pb.CancelBatchRequest(batch_id=one.batch_id)),
    )

    assert by_id.state == Batch.STATE_RUNNING
    assert [(await pause(one)).batch.state for one in (by_list, by_id)] == [Batch.STATE_PAUSED] * 2
    assert await reached.batch_work.step() == float("inf")
    assert (await failure(pause(by_list)))[1] == "BATCH_STATE"
    assert counts(await get(reached, by_list.batch_id)) == (0, 0, 0)
    assert (await resume(by_list)).batch.state == Batch.STATE_SELECTING
    assert (await failure(resume(by_list)))[1] == "BATCH_STATE"
    assert (await cancel(by_id)).batch.state == Batch.STATE_CANCELED
    assert (await failure(cancel(by_id)))[1] == "BATCH_STATE"
    assert (await failure(resume(by_id)))[1] == "BATCH_STATE"
    reached.start_background()
    batch = await ended(reached, by_list)

    assert (batch.state, counts(batch)) == (Batch.STATE_COMPLETED, (3, 3, 0))
    canceled = await get(reached, by_id.batch_id)
    assert (canceled.state, counts(canceled)) == (Batch.STATE_CANCELED, (3, 0, 0))
    assert {one.state for one in await items(reached, by_id)} == {BatchItem.STATE_PENDING}


async def test_batch_that_was_paused_when_its_last_items_ended_is_completed_when_it_is_resumed(
    reached: Server,
) -> None:
    """Items that have begun are done also in a batch that is paused or canceled in between, and counted."""
    await reached.deploy(USER_TASK)
    ids = [await reached.start() for _ in range(2)]
    batches, deadline = reached.runtime.batches, time.monotonic() + 60
    paused, canceled = [
        await create(reached, {"set_variables": {"variables": "{}"}}, {"process_instance_ids": ids}) for _ in range(2)
    ]
    leased = {one.batch_id: (await batches.lease(one.batch_id, 10, deadline)).items for one in (paused, canceled)}
    await batches.pause(paused.batch_id, deadline)
    await batches.cancel(canceled.batch_id, deadline)
    for batch_id, taken in leased.items():
        done = [one._replace(state=BatchItemState.SUCCEEDED, end_us=1) for one in taken]
        await batches.finish(batch_id, done, deadline)

    assert (await get(reached, paused.batch_id)).state == Batch.STATE_PAUSED
    assert counts(await get(reached, canceled.batch_id)) == (2, 2, 0)
    row = await batches.resume(paused.batch_id, deadline)
    assert (row.state, row.succeeded) == (BatchState.COMPLETED, 2)


async def test_item_of_a_server_that_died_is_done_by_another_one_and_once(database_url: str) -> None:
    """A restart whose server died before it wrote the result is begun again, and finds the instance that it started."""
    async with opened(database_url, 2) as (first, second):
        await first.deploy(USER_TASK)
        instance = await first.start()
        await first.complete(await first.open_task(instance))
        made = await create(first, {"restart": {}}, {"process_instance_ids": [instance]})
        batches, deadline = first.runtime.batches, time.monotonic() + 60
        (item,) = (await batches.lease(made.batch_id, 10, deadline)).items
        done = await first.admin.RestartProcessInstance(  # and there it died
            admin.RestartProcessInstanceRequest(
                process_instance_id=instance, request_id=f"batch-item-{made.batch_id}-{instance}"
            )
        )
        nothing = await second.runtime.batches.lease(made.batch_id, 10, deadline)
        await batches.finish(made.batch_id, [item._replace(available_us=0)], deadline)  # its lease has ended

        await second.batch_work.step()
        batch = await get(second, made.batch_id)
        (found,) = await items(second, batch)

        assert nothing.items == []
        assert nothing.next_us is not None
        assert (batch.state, counts(batch)) == (Batch.STATE_COMPLETED, (1, 1, 0))
        assert (found.restarted_process_instance_id, found.attempts) == (
            done.process_instance.process_instance_id,
            2,
        )
        assert len(await second.instances()) == 2


async def test_two_servers_share_a_batch_and_do_each_item_once(database_url: str) -> None:
    """Of 300 instances each is restarted once, whoever does it; the counters are those of the items."""
    async with opened(database_url, 2) as (first, second):
        await first.deploy(USER_TASK)
        ids = [await first.start() for _ in range(300)]
        for server in (first, second):
            server.start_background()
        await ended(first, await create(first, {"cancel": {}}, OF_P))
        batch = await ended(second, await create(second, {"restart": {}}, OF_P))

        assert counts(batch) == (300, 300, 0)
        new = {one.process_instance_id for one in await first.instances()} - set(ids)
        assert len(new) == 300


async def test_what_another_attempt_may_cure_is_tried_again(reached: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An item that meets contention waits and is begun again; when that has been often enough it has failed."""
    monkeypatch.setattr(batch_work, "_SECOND_US", 1_000)
    monkeypatch.setattr(batch_work, "MOST_ATTEMPTS", 3)
    attempts: list[str] = []
    real = ProcessRuntime(reached.runtime)

    async def busy(request: Any, call: Any) -> Any:
        attempts.append(request.request_id)
        if len(attempts) == 5:
            return await real.CancelProcessInstance(request, call)
        raise Aborted("busy")

    await reached.deploy(USER_TASK)
    by_id = {"process_instance_ids": [await reached.start()]}
    answer_with(reached, busy)
    reached.start_background()
    given_up = await ended(reached, await create(reached, {"cancel": {}}, by_id))
    batch = await ended(reached, await create(reached, {"cancel": {}}, by_id))

    (failed,), (item,) = await items(reached, given_up), await items(reached, batch)
    assert (failed.attempts, failed.error.code) == (3, code_pb2.ABORTED)
    assert (item.attempts, counts(batch)) == (2, (1, 1, 0))
    assert len(attempts) == 5
    assert len(set(attempts)) == 2  # one request id for all attempts of an item


async def test_fault_of_ours_is_the_items_result_and_in_the_log(
    reached: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception that nobody expected fails its item with INTERNAL, without its text."""

    async def broken(request: Any, call: Any) -> Any:
        raise ValueError("secret")

    answer_with(reached, broken)
    await reached.deploy(USER_TASK)
    reached.start_background()
    batch = await ended(
        reached, await create(reached, {"cancel": {}}, {"process_instance_ids": [await reached.start()]})
    )

    (item,) = await items(reached, batch)
    assert item.error.code == code_pb2.INTERNAL
    assert "secret" not in item.error.message
    assert f"of batch {batch.batch_id} failed" in caplog.text


async def test_batch_that_cannot_go_on_keeps_no_other_from_it(
    reached: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stops one of them, the next one is done; the first goes on when it can."""
    await reached.deploy(USER_TASK)
    instance = await reached.start()
    broken = [await create(reached, {"suspend": {}}, OF_P) for _ in range(2)]
    good = await create(reached, {"set_variables": {"variables": '{"a":1}'}}, {"process_instance_ids": [instance]})
    errors: list[Exception] = [Aborted("busy"), ValueError("oops")]
    add = reached.runtime.batches.add

    async def failing(*args: Any) -> None:
        if errors:
            raise errors.pop(0)
        await add(*args)

    monkeypatch.setattr(reached.runtime.batches, "add", failing)
    await reached.batch_work.step()

    assert (await get(reached, good.batch_id)).state == Batch.STATE_COMPLETED
    assert "busy" in caplog.text
    assert "oops" in caplog.text
    reached.start_background()
    assert sorted([counts(await ended(reached, one)) for one in broken]) == [(1, 0, 1), (1, 1, 0)]


async def test_filter_whose_instance_is_gone_selects_nothing_more(reached: Server) -> None:
    """Retention may take the instance of a filter out before the batch is selected."""
    await reached.deploy(USER_TASK)
    instance = await reached.start()
    made = await create(reached, {"cancel": {}}, {"user_tasks": {"process_instance_id": instance}})
    await reached.complete(await reached.open_task(instance))

    def gone(session: Session) -> int:
        with session.transaction():
            session.delete_instances([instance])
            return 1

    assert await retried(reached.runtime.executor, gone, time.monotonic() + 60) == 1
    reached.start_background()

    batch = await ended(reached, made)

    assert (batch.state, counts(batch)) == (Batch.STATE_COMPLETED, (0, 0, 0))


async def test_selection_goes_on_page_by_page_and_loses_nothing(
    reached: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages are kept with their place; what comes after the batch is none of it; a page is added once."""
    monkeypatch.setattr(batch_work.selected_page, "__kwdefaults__", {"token": "", "size": 2, "until_us": None})
    await reached.deploy(USER_TASK)
    ids = [await reached.start() for _ in range(5)]
    made = await create(reached, {"cancel": {}}, OF_P)
    late = await reached.start()
    row = await reached.runtime.read(lambda queries: queries.get_batch(made.batch_id))
    await reached.batch_work.step()
    some = await get(reached, made.batch_id)
    await reached.runtime.batches.add(row, ["x"], "", time.monotonic() + 60)  # by a server that was slow

    assert (some.state, some.total_count) == (Batch.STATE_SELECTING, 2)
    reached.start_background()
    batch = await ended(reached, made)
    assert counts(batch) == (5, 5, 0)
    assert await states(reached, ids) == {ProcessInstance.STATE_CANCELED}
    assert await states(reached, [late]) == {ProcessInstance.STATE_ACTIVE}


async def test_request_id_makes_one_batch(reached: Server) -> None:
    """The same request again gives the same answer; another one under the same id is refused."""
    await reached.deploy(USER_TASK)

    first = await create(reached, {"cancel": {}}, OF_P, request_id="r")
    again = await create(reached, {"cancel": {}}, OF_P, request_id="r")

    assert first == again
    assert (await failure(create(reached, {"suspend": {}}, OF_P, request_id="r")))[1] == "REQUEST_ID_REUSED"
    assert (await reached.batches.ListBatches(pb.ListBatchesRequest())).total_size == 1


async def test_batch_that_has_ended_is_deleted_with_its_items(reached: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """In portions; one that goes on is not deleted."""
    monkeypatch.setattr("bpmgrpc.runtime.batches._DELETED_TOGETHER", 2)
    await reached.deploy(USER_TASK)
    made = await create(reached, {"cancel": {}}, {"process_instance_ids": [await reached.start() for _ in range(5)]})
    delete = pb.DeleteBatchRequest(batch_id=made.batch_id)

    row = await reached.runtime.read(lambda queries: queries.get_batch(made.batch_id))
    early = await failure(reached.batches.DeleteBatch(delete))
    reached.start_background()
    await ended(reached, made)
    await reached.batches.DeleteBatch(delete)

    assert early[1] == "BATCH_STATE"
    for call in (
        reached.batches.GetBatch(pb.GetBatchRequest(batch_id=made.batch_id)),
        reached.batches.ListBatchItems(pb.ListBatchItemsRequest(batch_id=made.batch_id)),
        reached.batches.DeleteBatch(delete),
        reached.batches.PauseBatch(pb.PauseBatchRequest(batch_id=made.batch_id)),
    ):
        assert (await failure(call))[0] == "NOT_FOUND"
    # A server that had begun with it finds nothing.
    batches, deadline = reached.runtime.batches, time.monotonic() + 60
    await batches.finish(row.id, [], deadline)
    await batches.add(row, ["x"], "", deadline)
    assert (await batches.lease(row.id, 1, deadline)).items == []


async def test_batches_and_items_are_listed_by_state_and_page(work: Server) -> None:
    """The newest first; items by id; totals count all pages."""
    await work.deploy(USER_TASK)
    ids = [await work.start() for _ in range(3)]
    first = await ended(work, await create(work, {"suspend": {}}, {"process_instance_ids": [*ids, "nothing"]}))
    second = await create(work, {"resume": {}}, {"process_instance_ids": ids})
    await ended(work, second)

    listed = await work.batches.ListBatches(pb.ListBatchesRequest(page_size=1))
    rest = await work.batches.ListBatches(pb.ListBatchesRequest(page_size=1, page_token=listed.next_page_token))
    none = await work.batches.ListBatches(pb.ListBatchesRequest(states=[Batch.STATE_PAUSED]))
    page = await work.batches.ListBatchItems(pb.ListBatchItemsRequest(batch_id=first.batch_id, page_size=3))

    assert [one.batch_id for one in (*listed.batches, *rest.batches)] == [second.batch_id, first.batch_id]
    assert (listed.total_size, none.total_size) == (2, 0)
    assert [one.process_instance_id for one in page.batch_items] == sorted(ids)
    assert page.total_size == 4
    assert {one.state for one in await items(work, first, states=[BatchItem.STATE_SUCCEEDED])} == {2}


async def test_draining_server_begins_no_items(reached: Server) -> None:
    """What is left is for other servers."""
    await reached.deploy(USER_TASK)
    made = await create(reached, {"cancel": {}}, {"process_instance_ids": [await reached.start()]})
    reached.runtime.draining.set()

    assert await reached.batch_work.step() == float("inf")
    assert (await get(reached, made.batch_id)).state == Batch.STATE_RUNNING


MODIFY = {"instructions": [{"move": {"element_instance_id": "x-1", "target_element_id": "t"}}]}


@pytest.mark.parametrize(
    ("operation", "selection", "fields", "field"),
    (
        ({}, OF_P, {}, "operation"),
        ({"cancel": {"process_instance_id": "x"}}, OF_P, {}, "operation.cancel.process_instance_id"),
        ({"cancel": {"request_id": "x"}}, OF_P, {}, "operation.cancel.request_id"),
        ({"suspend": {"validate_only": True}}, OF_P, {}, "operation.suspend.validate_only"),
        ({"suspend": {"reason": "x" * 1001}}, OF_P, {}, "operation.suspend.reason"),
        ({"set_variables": {"variables": "[]"}}, OF_P, {}, "operation.set_variables.variables"),
        (
            {"set_variables": {"element_instance_id": "x"}},
            OF_P,
            {},
            "operation.set_variables.element_instance_id",
        ),
        ({"modify": {}}, OF_P, {}, "operation.modify.instructions"),
        ({"modify": {"instructions": [{}]}}, OF_P, {}, "operation.modify.instructions[0]"),
        ({"modify": MODIFY}, OF_P, {}, "operation.modify.instructions[0].move.element_instance_id"),
        ({"migrate": {}}, OF_P, {}, "operation.migrate.target_process_definition_id"),
        ({"restart": {"variable_source": 9}}, OF_P, {}, "operation.restart.variable_source"),
        ({"resolve_incident": {"retries": -1}}, {"incident_ids": ["x"]}, {}, "operation.resolve_incident.retries"),
        ({"cancel": {}}, {}, {}, "selection"),
        ({"cancel": {}}, OF_P | {"process_instance_ids": ["x"]}, {}, "selection"),
        ({"cancel": {}}, {"incident_ids": ["x"]}, {}, "selection.incident_ids"),
        ({"resolve_incident": {}}, {"process_instance_ids": ["x"]}, {}, "selection.process_instance_ids"),
        ({"resolve_incident": {}}, OF_P, {}, "selection.process_instances"),
        ({"cancel": {}}, {"process_instance_ids": [""]}, {}, "selection.process_instance_ids[0]"),
        ({"cancel": {}}, {"process_instance_ids": ["x"] * 10_001}, {}, "selection.process_instance_ids"),
        ({"cancel": {}}, {"process_instances": {"root_only": True}}, {}, "selection.process_instances"),
        (
            {"cancel": {}},
            {"process_instances": {"process_name": "p", "page_size": 5}},
            {},
            "selection.process_instances.page_size",
        ),
        (
            {"cancel": {}},
            {"process_instances": {"process_name": "p", "states": [99]}},
            {},
            "selection.process_instances.states[0]",
        ),
        (
            {"cancel": {}},
            {"user_tasks": {"filter": {"priority_min": 100}}},
            {},
            "selection.user_tasks.filter.priority_min",
        ),
        ({"resolve_incident": {}}, {"incident_ids": ["x"]}, {"validate_only": True}, "validate_only"),
    ),
)
async def test_what_could_be_done_to_no_item_is_refused_when_the_batch_is_made(
    server: Server, operation: dict[str, Any], selection: dict[str, Any], fields: dict[str, Any], field: str
) -> None:
    """The error names the field from the request on, and there is no batch."""
    code, _, message = await failure(create(server, operation, selection, **fields))

    assert code == "INVALID_ARGUMENT"
    assert message.startswith(field)
    assert (await server.batches.ListBatches(pb.ListBatchesRequest())).total_size == 0
