"""People's inbox through the contract: filters that combine, the next task, and many callers at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import directory_pb2
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1 import user_task_runtime_pb2 as people_pb
from bpmgrpc.v1.user_task_filter_pb2 import TimeRange, UserTaskFilter
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.integration.runtime.servers import Server, failure, opened
from tests.support.harness import bpmn, flows

POOL = bpmn(
    '<startEvent id="s"/><userTask id="t" bpmgrpc:candidateGroups="clerks" bpmgrpc:priority="${level}"/>'
    '<endEvent id="e"/>' + flows("s -> t", "t -> e")
)
CLAIMERS = 64


async def clerks(server: Server, *users: str) -> None:
    """Puts users into the group of clerks."""
    people = [directory_pb2.DirectoryUser(user=user, groups=["clerks"]) for user in users]
    await server.admin.ImportDirectory(admin_pb.ImportDirectoryRequest(users=people))


async def pool(server: Server, *levels: int) -> list[str]:
    """Starts an instance for each priority; returns the ids of their tasks."""
    await server.deploy(POOL)
    instances = [await server.start(variables=f'{{"level":{level}}}') for level in levels]
    return [(await server.open_task(instance)).user_task_id for instance in instances]


async def claim_next(server: Server, user: str, **fields: Any) -> UserTask:
    """Claims the next task."""
    request = people_pb.ClaimNextUserTaskRequest(user=user, **fields)
    found: UserTask = (await server.people.ClaimNextUserTask(request, timeout=60)).user_task
    return found


async def test_filter_of_a_list_combines_with_the_other_fields(server: Server) -> None:
    """Parts of a user's tasks, priority and due time narrow the same list; its count agrees."""
    await clerks(server, "ann")
    low, high = await pool(server, 10, 90)
    await server.claim(UserTask(user_task_id=low), "ann")

    async def listed(**fields: Any) -> list[str]:
        filter_ = UserTaskFilter(**fields)
        count = pb.CountUserTasksRequest(user="ann", filter=filter_)
        found = await server.tasks(user="ann", filter=filter_)
        assert (await server.processes.CountUserTasks(count)).total_size == len(found)
        return [task.user_task_id for task in found]

    assert await listed() == [high, low]
    assert await listed(parts=[UserTaskFilter.PART_CLAIMED]) == [low]
    assert await listed(parts=[UserTaskFilter.PART_OFFERED_TO_GROUPS]) == [high]
    assert await listed(parts=[UserTaskFilter.PART_OFFERED_TO_USER]) == []
    assert await listed(priority_min=50) == [high]
    assert await listed(due_time=TimeRange(absent=True), priority_max=50) == [low]


@pytest.mark.parametrize(
    ("field", "user", "filter_"),
    (
        ("filter.parts", "", UserTaskFilter(parts=[UserTaskFilter.PART_CLAIMED])),
        ("filter.parts[0]", "ann", UserTaskFilter(parts=[UserTaskFilter.PART_UNSPECIFIED])),
        ("filter.priority_min", "ann", UserTaskFilter(priority_min=100)),
        ("filter.priority_max", "ann", UserTaskFilter(priority_min=50, priority_max=40)),
        ("filter.create_time.absent", "ann", UserTaskFilter(create_time=TimeRange(absent=True))),
        ("filter.due_time.absent", "ann", UserTaskFilter(due_time=TimeRange(absent=True, start_time={"seconds": 1}))),
        ("filter.end_time", "ann", UserTaskFilter(end_time=TimeRange(start_time={"seconds": 1}))),
        (
            "filter.end_time",
            "",
            UserTaskFilter(
                states=[UserTask.STATE_COMPLETED, UserTask.STATE_WAITING],
                end_time=TimeRange(end_time={"seconds": 1}),
            ),
        ),
        ("filter.end_time.absent", "ann", UserTaskFilter(end_time=TimeRange(absent=True))),
        ("filter.owner", "ann", UserTaskFilter(owner="a\0b")),
        ("filter.process_name", "ann", UserTaskFilter(process_name="another")),
    ),
)
async def test_filter_that_cannot_be_read_names_its_field(
    server: Server, field: str, user: str, filter_: UserTaskFilter
) -> None:
    """A field that is out of range or contradicts another is INVALID_ARGUMENT, for lists and counts alike."""
    for call, request in (
        (server.processes.ListUserTasks, pb.ListUserTasksRequest),
        (server.processes.CountUserTasks, pb.CountUserTasksRequest),
    ):
        code, _, message = await failure(call(request(user=user, process_name="p", filter=filter_)))

        assert (code, message.partition(":")[0]) == ("INVALID_ARGUMENT", field)


async def test_next_task_is_the_oldest_of_the_highest_priority(server: Server) -> None:
    """Tasks come in the order of the list; a filter leaves others out; an empty pool is no error."""
    await clerks(server, "ann")
    tasks = await pool(server, 10, 90, 50, 90)

    first = await claim_next(server, "ann")
    filtered = await claim_next(server, "ann", filter=UserTaskFilter(priority_max=50))
    rest = [(await claim_next(server, "ann")).user_task_id for _ in range(3)]

    assert (first.user_task_id, first.state, first.assignee) == (tasks[1], UserTask.STATE_CLAIMED, "ann")
    assert filtered.user_task_id == tasks[2]
    assert rest == [tasks[3], tasks[0], ""]
    assert (await claim_next(server, "bob")).user_task_id == ""


async def test_repeated_request_claims_one_task(server: Server) -> None:
    """Eight identical calls at a time with one request id get the same task, and take only one."""
    await clerks(server, "ann")
    await pool(server, 50, 50, 50)

    found = await asyncio.gather(*(claim_next(server, "ann", request_id="r1") for _ in range(8)))

    assert len({task.SerializeToString(deterministic=True) for task in found}) == 1
    assert len(await server.tasks(user="ann", filter=UserTaskFilter(parts=[UserTaskFilter.PART_CLAIMED]))) == 1


async def test_racing_claimers_share_a_pool_without_rest(database_url: str) -> None:
    """64 claimers on two servers (one on SQLite) empty a pool: nobody gets a task that another has, none is left."""
    count = 1 if database_url.startswith("sqlite") else 2
    async with opened(database_url, count) as servers:
        users = [f"u{number}" for number in range(CLAIMERS)]
        await clerks(servers[0], *users)
        tasks = await pool(servers[0], *([50] * 200))

        async def empty(number: int) -> list[str]:
            mine: list[str] = []
            while True:
                task = await claim_next(servers[number % count], users[number])
                if not task.user_task_id:
                    return mine
                assert task.assignee == users[number]
                mine.append(task.user_task_id)

        shares = await asyncio.gather(*map(empty, range(CLAIMERS)))

    assert Counter(task for share in shares for task in share) == Counter(tasks)


async def test_claimed_task_leaves_the_pool_and_comes_back(server: Server) -> None:
    """A group's list and count are without what is claimed, and with it again once it is given back or assigned."""
    await clerks(server, "ann")
    (task,) = await pool(server, 50)
    by_group = UserTaskFilter(group="clerks")

    async def count() -> int:
        found = await server.processes.CountUserTasks(pb.CountUserTasksRequest(filter=by_group))
        return int(found.total_size)

    counts = [await count()]
    await server.claim(UserTask(user_task_id=task), "ann")
    counts.append(await count())
    await server.processes.UnclaimUserTask(pb.UnclaimUserTaskRequest(user_task_id=task, user="ann"))
    counts.append(await count())
    await server.processes.AssignUserTask(pb.AssignUserTaskRequest(user_task_id=task, groups=["others"]))
    counts.append(await count())
    await server.processes.AssignUserTask(pb.AssignUserTaskRequest(user_task_id=task, groups=["clerks", "clerks"]))
    counts.append(await count())
    await server.complete(UserTask(user_task_id=task), user="ann")
    counts.append(await count())

    assert counts == [1, 0, 1, 0, 1, 0]


ORDER = bpmn(
    '<startEvent id="s"/><userTask id="t" bpmgrpc:candidateGroups="clerks"/><endEvent id="e"/>'
    + flows("s -> t", "t -> e"),
    process='p" bpmgrpc:searchableFields="order.customer, order.amount, urgent',
)
VALUES: Any = (
    ("Malee", "12.50", "true"),
    ("Malee", "100", "false"),
    ("Nok", "-3", "true"),
    ("อนุมัติ", "12345678901234567890.01", "false"),
    ("007", '"100"', "null"),
)


@pytest.mark.parametrize(
    ("conditions", "found"),
    (
        (['order.customer = "Malee"'], {0, 1}),
        (['order.customer="อนุมัติ"'], {3}),
        (["order.amount >= 100"], {1, 3}),
        (["order.amount > 100"], {3}),
        (["order.amount < 12.5"], {2}),
        (["order.amount <= 1250e-2"], {0, 2}),
        (["order.amount > -10", "order.amount < 100.00"], {0, 2}),
        (["order.amount = 12345678901234567890.01"], {3}),
        (["order.amount = 12345678901234567890.02"], set()),
        (['order.amount >= "0"'], {4}),
        (["urgent = true", 'order.customer > "Malee"'], {2}),
        (["urgent < true"], {1, 3}),
        (["undeclared = 1"], set()),
    ),
    ids=str,
)
async def test_lists_are_narrowed_by_values_of_searchable_fields(
    server: Server, conditions: list[str], found: set[int]
) -> None:
    """Equality and ranges over texts, exact numbers, true and false; from a user's pools and from everything."""
    await clerks(server, "ann")
    await server.deploy(ORDER)
    tasks = []
    for customer, amount, urgent in VALUES:
        variables = f'{{"order":{{"customer":"{customer}","amount":{amount}}},"urgent":{urgent}}}'
        tasks.append((await server.open_task(await server.start(variables=variables))).user_task_id)

    for user in ("ann", ""):
        filter_ = UserTaskFilter(fields=conditions)
        listed = await server.tasks(user=user, filter=filter_)
        assert {tasks.index(task.user_task_id) for task in listed} == found
        count = pb.CountUserTasksRequest(user=user, filter=filter_)
        assert (await server.processes.CountUserTasks(count)).total_size == len(found)
    first = await claim_next(server, "ann", filter=UserTaskFilter(fields=conditions))
    assert first.user_task_id == (tasks[min(found)] if found else "")


@pytest.mark.parametrize(
    ("order", "found"),
    (
        ("fields.order.amount", [2, 0, 1, 3, 4, 5]),
        ("fields.order.amount desc", [5, 4, 3, 1, 0, 2]),
        ("fields.urgent, fields.order.customer desc", [3, 1, 2, 0, 5, 4]),
    ),
)
async def test_lists_are_ordered_by_searchable_fields(server: Server, order: str, found: list[int]) -> None:
    """Numbers by size, then texts, then what has no value; page by page, from a user's pools and from everything."""
    await clerks(server, "ann")
    await server.deploy(ORDER)
    tasks = []
    for customer, amount, urgent in (*VALUES, ("Zoe", "[]", "{}")):
        variables = f'{{"order":{{"customer":"{customer}","amount":{amount}}},"urgent":{urgent}}}'
        tasks.append((await server.open_task(await server.start(variables=variables))).user_task_id)

    for user in ("ann", ""):
        listed: list[int] = []
        token = ""
        while token or not listed:
            request = pb.ListUserTasksRequest(user=user, order_by=order, page_size=2, page_token=token)
            page = await server.processes.ListUserTasks(request)
            listed += [tasks.index(task.user_task_id) for task in page.user_tasks]
            token = page.next_page_token
        assert listed == found


async def test_field_is_what_its_variable_holds_now(server: Server) -> None:
    """A changed variable moves the task to its new value at once, and a value that cannot be searched takes it away."""
    await server.deploy(ORDER)
    task = await server.open_task(await server.start(variables='{"order":{"amount":1}}'))

    async def amounts() -> list[int]:
        filters = [UserTaskFilter(fields=[f"order.amount = {number}"]) for number in (1, 2)]
        return [len(await server.tasks(filter=filter_)) for filter_ in filters]

    seen = [await amounts()]
    for variables in ('{"order":{"amount":2}}', '{"order":{"amount":[]}}', '{"order":{"amount":1.0}}'):
        request = pb.SetUserTaskVariablesRequest(user_task_id=task.user_task_id, variables=variables)
        await server.processes.SetUserTaskVariables(request)
        seen.append(await amounts())

    assert seen == [[1, 0], [0, 1], [0, 0], [1, 0]]


@pytest.mark.parametrize(
    "condition",
    (
        *("", "a", "a =", "= 1", "a = x", "a = {}", "a = null", "a == 1", "a = 1 2"),
        f'a = "{"x" * 201}"',
        f"{'a' * 201} = 1",
    ),
)
async def test_condition_that_cannot_be_read_names_its_place(server: Server, condition: str) -> None:
    """The field of the error says which of the conditions it is."""
    request = pb.ListUserTasksRequest(filter=UserTaskFilter(fields=["a = 1", condition]))

    code, _, message = await failure(server.processes.ListUserTasks(request))

    assert (code, message.partition(":")[0]) == ("INVALID_ARGUMENT", "filter.fields[1]")


async def test_conditions_are_not_watched_and_not_too_many(server: Server) -> None:
    """A watch refuses them, and a list takes ten."""
    watch = people_pb.WatchUserTasksRequest(filter=UserTaskFilter(fields=["a = 1"]))
    many = pb.ListUserTasksRequest(filter=UserTaskFilter(fields=["a = 1"] * 11))

    for call in (anext(server.people.WatchUserTasks(watch)), server.processes.ListUserTasks(many)):
        code, _, message = await failure(call)
        assert (code, message.partition(":")[0]) == ("INVALID_ARGUMENT", "filter.fields")


async def test_tasks_that_ended_are_found_by_when_and_who(server: Server) -> None:
    """A user's completed tasks of a day, the newest first."""
    await clerks(server, "ann", "bob")
    await pool(server, 50, 50, 50)
    ended = []
    for user in ("ann", "bob", "ann"):
        task = await claim_next(server, user)
        ended.append(await server.complete(task, user=user))

    async def listed(**fields: Any) -> list[str]:
        wanted = UserTaskFilter(states=[UserTask.STATE_COMPLETED], **fields)
        request = pb.ListUserTasksRequest(filter=wanted, order_by="end_time desc")
        return [task.user_task_id for task in (await server.processes.ListUserTasks(request)).user_tasks]

    first, second, third = (task.user_task_id for task in ended)
    assert await listed() == [third, second, first]
    assert await listed(assignee="ann") == [third, first]
    assert await listed(end_time=TimeRange(start_time=ended[1].end_time)) == [third, second]
    assert await listed(end_time=TimeRange(end_time=ended[1].end_time), assignee="ann") == [first]
