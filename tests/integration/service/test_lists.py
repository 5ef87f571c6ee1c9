"""Lists: pages that hold everything once, totals, orders, filters, and requests for pages that are refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bpmgrpc.clock import ManualClock
from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import directory_pb2
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.integration.runtime.servers import USER_TASK, Server, failure, opened
from tests.support.harness import bpmn, flows

KEYS = ["k0", "k1", "k2", "k3", "k4", "k5", "k6"]


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[Server]:
    """A server with seven instances, one after the other: k0 canceled, k1 completed, k2 claimed, the others waiting."""
    clock = ManualClock()
    async with opened(database_url, clock=clock) as (server,):
        await server.deploy(USER_TASK)
        instances = []
        for key in KEYS:
            instances.append(await server.start(business_key=key))
            clock.advance(1)
        await server.processes.CancelProcessInstance(pb.CancelProcessInstanceRequest(process_instance_id=instances[0]))
        clock.advance(1)
        await server.complete(await server.open_task(instances[1]))
        await server.claim(await server.open_task(instances[2]), "ann")
        yield server


async def keys(server: Server, **fields: Any) -> list[str]:
    """Lists the instances' keys."""
    answer = await server.processes.ListProcessInstances(pb.ListProcessInstancesRequest(**fields))
    return [one.business_key for one in answer.process_instances]


async def task_keys(server: Server, **fields: Any) -> list[str]:
    """Lists the tasks' keys."""
    answer = await server.processes.ListUserTasks(pb.ListUserTasksRequest(**fields))
    counted = {name: value for name, value in fields.items() if name not in {"page_size", "skip", "order_by"}}
    count = await server.processes.CountUserTasks(pb.CountUserTasksRequest(**counted))
    assert count.total_size == answer.total_size
    return [one.business_key for one in answer.user_tasks]


async def test_pages_hold_everything_once(world: Server) -> None:
    """Following the tokens gives each item once, in order, with the same total on every page."""
    pages, token = [], ""
    while True:
        request = pb.ListProcessInstancesRequest(page_size=3, page_token=token, order_by="create_time")
        answer = await world.processes.ListProcessInstances(request)
        pages.append([one.business_key for one in answer.process_instances])
        assert answer.total_size == 7
        token = answer.next_page_token
        if not token:
            break

    assert pages == [["k0", "k1", "k2"], ["k3", "k4", "k5"], ["k6"]]


async def test_page_goes_on_where_it_ended_though_items_come_and_go(world: Server) -> None:
    """What is added or taken before the place of a token neither repeats nor hides an item."""
    first = await world.processes.ListUserTasks(pb.ListUserTasksRequest(page_size=2, order_by="create_time"))
    await world.complete(first.user_tasks[1])

    request = pb.ListUserTasksRequest(page_size=2, order_by="create_time", page_token=first.next_page_token)
    second = await world.processes.ListUserTasks(request)

    assert [one.business_key for one in first.user_tasks] == ["k2", "k3"]
    assert [one.business_key for one in second.user_tasks] == ["k4", "k5"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    (
        ({}, ["k6", "k5", "k4", "k3", "k2", "k1", "k0"]),
        ({"order_by": "create_time"}, KEYS),
        ({"order_by": "business_key desc", "page_size": 2}, ["k6", "k5"]),
        ({"order_by": "business_key", "skip": 5}, ["k5", "k6"]),
        ({"order_by": "business_key", "skip": 2, "page_size": 2}, ["k2", "k3"]),
        ({"skip": 7}, []),
        ({"states": [ProcessInstance.STATE_CANCELED]}, ["k0"]),
        ({"states": [ProcessInstance.STATE_CANCELED, ProcessInstance.STATE_COMPLETED]}, ["k1", "k0"]),
        ({"states": [ProcessInstance.STATE_FAILED]}, []),
        ({"business_key": "k3"}, ["k3"]),
        ({"process_name": "other"}, []),
        ({"app_name": "default", "root_only": True, "business_key": "k1"}, ["k1"]),
        ({"order_by": "end_time desc", "states": [ProcessInstance.STATE_COMPLETED, 4]}, ["k1", "k0"]),
    ),
)
async def test_instances_are_filtered_and_ordered(world: Server, fields: dict[str, Any], expected: list[str]) -> None:
    """Filters are combined with "and"; without an order the newest comes first."""
    assert await keys(world, **fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    (
        ({}, ["k2", "k3", "k4", "k5", "k6"]),
        ({"order_by": "create_time desc", "page_size": 2}, ["k6", "k5"]),
        ({"states": [UserTask.STATE_CLAIMED]}, ["k2"]),
        ({"states": [UserTask.STATE_COMPLETED, UserTask.STATE_CANCELED]}, ["k0", "k1"]),
        ({"assignee": "ann"}, ["k2"]),
        ({"user": "ann"}, ["k2"]),
        ({"role": "nobody"}, []),
        ({"business_key": "k4", "process_name": "p"}, ["k4"]),
        ({"app_name": "other"}, []),
    ),
)
async def test_tasks_are_filtered_and_ordered(world: Server, fields: dict[str, Any], expected: list[str]) -> None:
    """Without states the open ones are listed; a count with the same filters gives the same total."""
    assert await task_keys(world, **fields) == expected


async def test_page_size_beyond_the_most_is_read_as_the_most(world: Server) -> None:
    """A page size of more than 1,000 is no error; 0 means 50."""
    await world.admin.ImportDirectory(
        admin_pb.ImportDirectoryRequest(users=[directory_pb2.DirectoryUser(user=f"u{n:04}") for n in range(1_005)])
    )

    sizes = []
    for size in (0, 2_000_000):
        answer = await world.admin.ListDirectoryUsers(admin_pb.ListDirectoryUsersRequest(page_size=size))
        sizes.append((len(answer.directory_users), answer.total_size))

    assert sizes == [(50, 1_005), (1_000, 1_005)]


LISTS: dict[str, Any] = {
    "ListProcessDefinitions": pb.ListProcessDefinitionsRequest,
    "ListProcessInstances": pb.ListProcessInstancesRequest,
    "ListUserTasks": pb.ListUserTasksRequest,
    "ListIncidents": admin_pb.ListIncidentsRequest,
    "ListDirectoryUsers": admin_pb.ListDirectoryUsersRequest,
    "ListWorkParties": admin_pb.ListWorkPartiesRequest,
}


@pytest.mark.parametrize("rpc", LISTS)
async def test_wrong_page_is_refused_by_every_list(server: Server, rpc: str) -> None:
    """A negative size or skip, a token that is none, and an unknown order are INVALID_ARGUMENT and name their field."""
    stub = server.admin if hasattr(server.admin, rpc) else server.processes
    cases = {"page_size": -1, "skip": -1, "page_token": "not a token", "order_by": "colour"}
    if not hasattr(LISTS[rpc](), "order_by"):
        del cases["order_by"]

    found = {field: await failure(getattr(stub, rpc)(LISTS[rpc](**{field: value}))) for field, value in cases.items()}

    assert {field: code for field, (code, _, _) in found.items()} == dict.fromkeys(cases, "INVALID_ARGUMENT")
    assert all(field in text for field, (_, _, text) in found.items())


@pytest.mark.parametrize(
    "changed",
    ({"business_key": "k3"}, {"order_by": "business_key"}, {"states": [ProcessInstance.STATE_ACTIVE]}),
    ids=lambda changed: next(iter(changed)),
)
async def test_token_belongs_to_its_request(world: Server, changed: dict[str, Any]) -> None:
    """A token given with other filters or another order is refused, never misread."""
    first = await world.processes.ListProcessInstances(pb.ListProcessInstancesRequest(page_size=2))

    request = pb.ListProcessInstancesRequest(page_size=2, page_token=first.next_page_token, **changed)
    found = await failure(world.processes.ListProcessInstances(request))

    assert found[0] == "INVALID_ARGUMENT"


async def test_state_that_is_none_is_refused(server: Server) -> None:
    """An unspecified or unknown state is INVALID_ARGUMENT with the place in the list."""
    unknown: Any
    for unknown in (0, 99):
        request = pb.ListUserTasksRequest(states=[UserTask.STATE_WAITING, unknown])
        code, _, text = await failure(server.processes.ListUserTasks(request))

        assert code == "INVALID_ARGUMENT"
        assert text.startswith("states[1]: ")


async def test_called_instances_are_listed_with_their_root(server: Server) -> None:
    """Instances are listed by root, or roots alone; tasks and history of a called instance are found by its id."""
    await server.deploy(
        bpmn('<startEvent id="s"/><callActivity id="c" calledElement="p"/>' + flows("s -> c"), process="caller"),
        USER_TASK,
    )
    root = await server.start("caller")
    task = await server.open_task(root)
    called = task.process_instance_id

    of_root = await server.instances(root_process_instance_id=root)
    roots = await server.instances(root_only=True)

    assert {one.process_instance_id for one in of_root} == {root, called}
    assert [one.process_instance_id for one in roots] == [root]
    assert (await server.open_task(called)).user_task_id == task.user_task_id
    assert (await server.instance(called)).parent_process_instance_id == root
    assert await server.history(called) == await server.history(root)
    cancel = pb.CancelProcessInstanceRequest(process_instance_id=called)
    assert (await failure(server.processes.CancelProcessInstance(cancel)))[:2] == ("FAILED_PRECONDITION", "NOT_A_ROOT")
    assign = pb.AssignProcessInstanceUserTasksRequest(process_instance_id=called, users=["ann"])
    assert len((await server.processes.AssignProcessInstanceUserTasks(assign)).user_tasks) == 1


async def test_tasks_of_a_called_instance_that_has_ended_cannot_be_assigned(server: Server) -> None:
    """A called instance that has ended is known, and so no NOT_FOUND, while its root goes on."""
    await server.deploy(
        bpmn(
            '<startEvent id="s"/><callActivity id="c" calledElement="p"/><userTask id="last"/>'
            + flows("s -> c", "c -> last"),
            process="caller",
        ),
        USER_TASK,
    )
    task = await server.open_task(await server.start("caller"))
    await server.complete(task)

    request = pb.AssignProcessInstanceUserTasksRequest(process_instance_id=task.process_instance_id, users=["ann"])
    found = await failure(server.processes.AssignProcessInstanceUserTasks(request))

    assert found[:2] == ("FAILED_PRECONDITION", "PROCESS_INSTANCE_STATE")


async def test_id_of_a_task_is_no_process_instance(server: Server) -> None:
    """An id that names something else is NOT_FOUND, in every call that wants an instance."""
    await server.deploy(USER_TASK)
    task = (await server.open_task(await server.start())).user_task_id

    calls = [
        server.processes.GetProcessInstance(pb.GetProcessInstanceRequest(process_instance_id=task)),
        server.processes.CancelProcessInstance(pb.CancelProcessInstanceRequest(process_instance_id=task)),
        server.processes.AssignProcessInstanceUserTasks(
            pb.AssignProcessInstanceUserTasksRequest(process_instance_id=task, users=["ann"])
        ),
        server.processes.ListUserTasks(pb.ListUserTasksRequest(process_instance_id=task)),
        server.admin.ListIncidents(admin_pb.ListIncidentsRequest(process_instance_id=task)),
        server.admin.ListHistoryEvents(admin_pb.ListHistoryEventsRequest(process_instance_id=task)),
    ]

    assert [(await failure(call))[0] for call in calls] == ["NOT_FOUND"] * 6
