"""Golden pairs: each legacy call with the RPC that it leads to and the exact answer, member by member."""

import json
from typing import Any

import httpx2
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from bpmgrpc.v1 import process_instance_pb2 as instances
from bpmgrpc.v1 import process_runtime_pb2 as rt
from bpmgrpc.v1.process_definition_pb2 import ProcessDefinition
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.rest.scripted_runtime import BASE, ScriptedRuntime

FULL_TASK = UserTask(
    user_task_id="01h-7",
    process_instance_id="01h",
    process_definition_id="d1",
    process_name="จองห้อง 1",
    name="Choose a room",
    description="Pick one that is free.",
    assignee="ann",
    owner="bob",
    priority=70,
    create_time=Timestamp(seconds=1700000000, nanos=123999999),
    due_time=Timestamp(seconds=1700003600),
    create_by="eve",
    load_link_entity_id="E1",
    load_link_param="=id",
    parent_user_task_id="01h-3",
)
FULL_RECORD = (
    '{"createBy":"eve","createTime":1700000000123,"instanceId":"01h","parentTaskId":"01h-3","dueDate":1700003600000,'
    '"loadlinkEntityId":"E1","definitionId":"d1","assignee":"ann","loadlinkParam":"=id","owner":"bob",'
    '"description":"Pick one that is free.","processName":"จองห้อง 1","name":"Choose a room","priority":70,"id":"01h-7"}'
)
BARE_TASK = UserTask(
    user_task_id="01h-9", process_instance_id="01h", process_definition_id="d1", process_name="p", name="n"
)
BARE_RECORD = (
    '{"createBy":null,"createTime":null,"instanceId":"01h","parentTaskId":null,"dueDate":null,"loadlinkEntityId":null,'
    '"definitionId":"d1","assignee":null,"loadlinkParam":"=","owner":null,"description":null,"processName":"p",'
    '"name":"n","priority":50,"id":"01h-9"}'
)
STARTED = rt.StartProcessInstanceResponse(
    process_instance=instances.ProcessInstance(process_instance_id="01hq3t0000000000000a")
)


def enveloped(data: str, count: int = 1) -> str:
    return f'{{"data":{data},"code":0,"timestamp":1710000000000,"totalRecordCount":{count}}}'


GOLDEN: dict[str, tuple[str, str, str | None, str, Any, Any, str]] = {
    "start": (
        "POST",
        "process/start",
        (
            '{"processName": "booking room", "appName": "hotel", "snapVersion": "v.0.2.0",'
            ' "object": {"RoomObject": {"no": 12345678901234567890123, "rate": 1.10}, "CustomerInfo": {}}}'
        ),
        "StartProcessInstance",
        rt.StartProcessInstanceRequest(
            process_name="booking room",
            app_name="hotel",
            version_tag="v.0.2.0",
            variables='{"RoomObject": {"no": 12345678901234567890123, "rate": 1.10}, "CustomerInfo": {}}',
        ),
        STARTED,
        enveloped('"01hq3t0000000000000a"'),
    ),
    "start with the name alone": (
        "POST",
        "process/start",
        '{"processName": "p", "appName": "", "uniqueId": null, "snapVersion": "", "object": null}',
        "StartProcessInstance",
        rt.StartProcessInstanceRequest(process_name="p"),
        STARTED,
        enveloped('"01hq3t0000000000000a"'),
    ),
    "start, deprecated": (
        "POST",
        "process/%E0%B8%88%E0%B8%AD%E0%B8%87%20a%2Fb+c/start",
        ' {"RoomObject": {"rate": 1.10}} ',
        "StartProcessInstance",
        rt.StartProcessInstanceRequest(process_name="จอง a/b+c", variables='{"RoomObject": {"rate": 1.10}}'),
        STARTED,
        enveloped('"01hq3t0000000000000a"'),
    ),
    "start, deprecated, without a body": (
        "POST",
        "process/p/start",
        None,
        "StartProcessInstance",
        rt.StartProcessInstanceRequest(process_name="p", variables="{}"),
        STARTED,
        enveloped('"01hq3t0000000000000a"'),
    ),
    "claim": (
        "POST",
        "tasks/01h-7/claim?user=ann+lee",
        None,
        "ClaimUserTask",
        rt.ClaimUserTaskRequest(user_task_id="01h-7", user="ann lee"),
        rt.ClaimUserTaskResponse(),
        enveloped('""'),
    ),
    "unclaim": (
        "POST",
        "tasks/01h-7/unclaim?user=ann",
        None,
        "UnclaimUserTask",
        rt.UnclaimUserTaskRequest(user_task_id="01h-7", user="ann"),
        rt.UnclaimUserTaskResponse(),
        enveloped('""'),
    ),
    "complete": (
        "POST",
        "tasks/01h-7/complete?user=ann",
        '{"RoomObject": {"no": 12345678901234567890123}}',
        "CompleteUserTask",
        rt.CompleteUserTaskRequest(
            user_task_id="01h-7", user="ann", variables='{"RoomObject": {"no": 12345678901234567890123}}'
        ),
        rt.CompleteUserTaskResponse(),
        enveloped('""'),
    ),
    "complete without a body": (
        "POST",
        "tasks/01h-7/complete?user=ann",
        None,
        "CompleteUserTask",
        rt.CompleteUserTaskRequest(user_task_id="01h-7", user="ann", variables="{}"),
        rt.CompleteUserTaskResponse(),
        enveloped('""'),
    ),
    "tasks of an instance": (
        "GET",
        "instance/01h/tasks",
        None,
        "ListUserTasks",
        rt.ListUserTasksRequest(process_instance_id="01h", page_size=1000),
        rt.ListUserTasksResponse(user_tasks=[FULL_TASK, BARE_TASK]),
        enveloped(f"[{FULL_RECORD},{BARE_RECORD}]", 2),
    ),
    "tasks of a finished instance": (
        "GET",
        "instance/01h/tasks",
        None,
        "ListUserTasks",
        rt.ListUserTasksRequest(process_instance_id="01h", page_size=1000),
        rt.ListUserTasksResponse(),
        enveloped("[]", 0),
    ),
    "tasks of a user": (
        "GET",
        "tasks?user=ann&role=&group=",
        None,
        "ListUserTasks",
        rt.ListUserTasksRequest(user="ann", page_size=1000),
        rt.ListUserTasksResponse(user_tasks=[FULL_TASK]),
        enveloped(f"[{FULL_RECORD}]", 1),
    ),
    "tasks of a role": (
        "GET",
        "tasks?role=R0003",
        None,
        "ListUserTasks",
        rt.ListUserTasksRequest(role="R0003", page_size=1000),
        rt.ListUserTasksResponse(),
        enveloped("[]", 0),
    ),
    "tasks of a user, a page": (
        "GET",
        "tasks?user=ann&page=3&volumePerPage=20",
        None,
        "ListUserTasks",
        rt.ListUserTasksRequest(user="ann", page_size=20, skip=40),
        rt.ListUserTasksResponse(user_tasks=[BARE_TASK]),
        enveloped(f"[{BARE_RECORD}]", 1),
    ),
    "variables": (
        "POST",
        "tasks/01h-7/variables",
        None,
        "GetUserTaskVariables",
        rt.GetUserTaskVariablesRequest(user_task_id="01h-7"),
        rt.GetUserTaskVariablesResponse(variables='{"RoomObject": {"no": 12345678901234567890123, "rate": 1.10}}'),
        enveloped('{"RoomObject": {"no": 12345678901234567890123, "rate": 1.10}}'),
    ),
    "variables by name": (
        "POST",
        "tasks/01h-7/variables",
        '["RoomObject", "ลูกค้า"]',
        "GetUserTaskVariables",
        rt.GetUserTaskVariablesRequest(user_task_id="01h-7", names=["RoomObject", "ลูกค้า"]),
        rt.GetUserTaskVariablesResponse(),
        enveloped("{}"),
    ),
    "assign": (
        "POST",
        "tasks/01h-7/assign?user=ann&user=bob&user=",
        None,
        "AssignUserTask",
        rt.AssignUserTaskRequest(user_task_id="01h-7", users=["ann", "bob"]),
        rt.AssignUserTaskResponse(),
        enveloped('""'),
    ),
    "assign all of an instance": (
        "POST",
        "instance/01h/tasks/assign?user=ann",
        None,
        "AssignProcessInstanceUserTasks",
        rt.AssignProcessInstanceUserTasksRequest(process_instance_id="01h", users=["ann"]),
        rt.AssignProcessInstanceUserTasksResponse(),
        enveloped('""'),
    ),
    "refreshCache": (
        "POST",
        "refreshCache",
        None,
        "RefreshCache",
        rt.RefreshCacheRequest(),
        rt.RefreshCacheResponse(process_definition_count=3),
        enveloped('"RefreshCache Success"'),
    ),
    "refreshCache by GET": (
        "GET",
        "refreshCache",
        None,
        "RefreshCache",
        rt.RefreshCacheRequest(),
        rt.RefreshCacheResponse(),
        enveloped('"RefreshCache Success"'),
    ),
    "classAction, refresh by archive name": (
        "POST",
        "classAction",
        '{"fileNames": ["u-1.hotel.booking.room.v.0.2.0.jar"]}',
        "RefreshProcessCache",
        rt.RefreshProcessCacheRequest(archive_names=["u-1.hotel.booking.room.v.0.2.0.jar"]),
        rt.RefreshProcessCacheResponse(
            process_definitions=[ProcessDefinition()], cached_count=1, business_object_count=2, field_count=7
        ),
        enveloped(
            '{"businessObjectSize":2,"exception":null,"fieldDescriptersMapSize":2,"process":[],"businessObjectDefSize":2,'
            '"files":[],"cacheClassSize":1,"definitionSize":1,"responseStatus":"SUCCESS","fieldDescripterSize":7}'
        ),
    ),
    "classAction, file": (
        "POST",
        "classAction",
        '{"processName": "p", "appName": "a", "snapVersion": "v.0.2.0", "event": "file"}',
        "RefreshProcessCache",
        rt.RefreshProcessCacheRequest(
            process_name="p", app_name="a", version_tag="v.0.2.0", event=rt.RefreshProcessCacheRequest.EVENT_FILE
        ),
        rt.RefreshProcessCacheResponse(
            files=[rt.RefreshProcessCacheResponse.StoredFile(name="p.bpmn", size_bytes=5000000000)]
        ),
        enveloped(
            '{"businessObjectSize":0,"exception":null,"fieldDescriptersMapSize":0,"process":[],"businessObjectDefSize":0,'
            '"files":[{"name":"p.bpmn","size":5000000000}],"cacheClassSize":0,"definitionSize":0,'
            '"responseStatus":"SUCCESS","fieldDescripterSize":0}'
        ),
    ),
    "classAction, generate": (
        "POST",
        "classAction",
        '{"processName": "p", "event": "generate"}',
        "RefreshProcessCache",
        rt.RefreshProcessCacheRequest(process_name="p", event=rt.RefreshProcessCacheRequest.EVENT_GENERATE),
        rt.RefreshProcessCacheResponse(schemas=['{"title":"RoomObject"}']),
        enveloped(
            '{"businessObjectSize":0,"exception":null,"fieldDescriptersMapSize":0,"process":[{"title":"RoomObject"}],'
            '"businessObjectDefSize":0,"files":[],"cacheClassSize":0,"definitionSize":0,'
            '"responseStatus":"SUCCESS","fieldDescripterSize":0}'
        ),
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
async def test_legacy_call_gives_exactly_the_documented_answer(
    name: str, http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """A legacy call leads to one RPC with these fields, and is answered with these very bytes."""
    verb, path, body, method, expected_request, response, expected = GOLDEN[name]
    runtime.answer(method, response)

    answer = await http.request(verb, f"{BASE}/{path}", content=body)

    assert answer.text == expected
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert runtime.methods == [method]
    assert runtime.last.request == expected_request
    assert json.loads(answer.text)["code"] == 0


async def test_task_record_has_exactly_the_fifteen_members(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """A task record has the fifteen documented members, no more and no fewer."""
    runtime.answer("ListUserTasks", rt.ListUserTasksResponse(user_tasks=[FULL_TASK]))

    answer = await http.get(f"{BASE}/tasks?user=ann")

    assert sorted(answer.json()["data"][0]) == [
        "assignee",
        "createBy",
        "createTime",
        "definitionId",
        "description",
        "dueDate",
        "id",
        "instanceId",
        "loadlinkEntityId",
        "loadlinkParam",
        "name",
        "owner",
        "parentTaskId",
        "priority",
        "processName",
    ]


async def test_deprecated_start_names_its_successor(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """The deprecated start says since when it is, and what to call instead, when it fails too."""
    runtime.answer("StartProcessInstance", STARTED)

    done = await http.post(f"{BASE}/process/p/start")
    failed = await http.post(f"{BASE}/process/p/start", content="[]")

    for answer in (done, failed):
        assert answer.headers["deprecation"] == "@1795392000"
        assert answer.headers["link"] == f'<{BASE}/process/start>; rel="successor-version"'
    assert (done.status_code, failed.status_code) == (200, 400)
    assert "deprecation" not in (await http.post(f"{BASE}/process/start")).headers


async def test_list_comes_whole_however_many_pages_it_has(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """Without page and volumePerPage the whole list comes, page by page behind the scenes."""
    pages = {
        "": rt.ListUserTasksResponse(user_tasks=[UserTask(user_task_id="t1")], next_page_token="second"),
        "second": rt.ListUserTasksResponse(user_tasks=[UserTask(user_task_id="t2")], next_page_token="third"),
        "third": rt.ListUserTasksResponse(user_tasks=[UserTask(user_task_id="t3")]),
    }
    runtime.answer("ListUserTasks", lambda request: pages[request.page_token])

    answer = await http.get(f"{BASE}/tasks?user=ann")

    assert [task["id"] for task in answer.json()["data"]] == ["t1", "t2", "t3"]
    assert answer.json()["totalRecordCount"] == 3
    assert [call.request.page_size for call in runtime.arrived] == [1000, 1000, 1000]


async def test_group_list_counts_a_role_of_that_code_too(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """Tasks offered to the group or to the role of that code come once each, high priority first, then the oldest."""

    def tasks(*rows: tuple[str, int, int]) -> rt.ListUserTasksResponse:
        made = [UserTask(user_task_id=i, priority=p, create_time=Timestamp(seconds=s)) for i, p, s in rows]
        return rt.ListUserTasksResponse(user_tasks=made)

    of_group = tasks(("both", 50, 20), ("group-old", 50, 10), ("low", 1, 1))
    of_role = tasks(("high", 99, 99), ("both", 50, 20), ("role", 50, 15))
    runtime.answer("ListUserTasks", lambda request: of_group if request.group == "R0003" else of_role)

    whole = await http.get(f"{BASE}/tasks?group=R0003")
    page = await http.get(f"{BASE}/tasks?group=R0003&page=2&volumePerPage=2")

    assert [task["id"] for task in whole.json()["data"]] == ["high", "group-old", "role", "both", "low"]
    assert [task["id"] for task in page.json()["data"]] == ["role", "both"]
    assert [(call.request.group, call.request.role) for call in runtime.arrived[:2]] == [("R0003", ""), ("", "R0003")]


async def test_page_larger_than_the_contract_allows_is_put_together(
    http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """A page of 1,500 is read in two calls, the second of which leaves out what the first one gave."""
    full = rt.ListUserTasksResponse(user_tasks=[UserTask(user_task_id=str(number)) for number in range(1000)])
    rest = rt.ListUserTasksResponse(user_tasks=[UserTask(user_task_id="last")])
    runtime.answer("ListUserTasks", full, rest)

    answer = await http.get(f"{BASE}/tasks?user=ann&page=2&volumePerPage=1500")

    assert answer.json()["totalRecordCount"] == 1001
    asked = [(call.request.skip, call.request.page_size) for call in runtime.arrived]
    assert asked == [(1500, 1000), (2500, 500)]
