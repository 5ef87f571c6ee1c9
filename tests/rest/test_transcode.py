"""The surface under /v1: annotations to routes, requests to messages, messages to answers."""

import asyncio
import json
from typing import Any

import grpc
import httpx2
import pytest
from google.api import http_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2 as details
from grpc_health.v1 import health_pb2

from bpmgrpc.v1 import admin_runtime_pb2 as admin
from bpmgrpc.v1 import job_runtime_pb2 as jobs
from bpmgrpc.v1 import process_runtime_pb2 as rt
from bpmgrpc.v1.directory_pb2 import DirectoryUser
from bpmgrpc.v1.job_pb2 import Job
from bpmgrpc.v1.process_definition_pb2 import DeploymentRefusal, ElementVerdict, ProcessDefinition
from bpmgrpc.v1.process_instance_pb2 import HistoryEvent, ProcessInstance
from bpmgrpc.v1.user_task_filter_pb2 import TimeRange, UserTaskFilter
from bpmgrpc.v1.user_task_pb2 import UserTask
from bpmgrpc.v1.user_task_runtime_pb2 import WatchUserTasksRequest, WatchUserTasksResponse
from bpmgrpc_rest import RestSettings
from bpmgrpc_rest.app import Adapter
from bpmgrpc_rest.contract import method, services
from bpmgrpc_rest.errors import Problem
from bpmgrpc_rest.events import resume, written_event
from bpmgrpc_rest.template import TemplateError
from bpmgrpc_rest.transcode import Binding, BindingError, contract_bindings, method_bindings
from bpmgrpc_rest.upstream import Upstream
from bpmgrpc_rest.v1 import V1
from tests.rest.conftest import ClientFactory
from tests.rest.scripted_runtime import NOW, Failure, ScriptedRuntime

JSON = {"content-type": "application/json"}
START = "/v1/processInstances:start"


def test_every_unary_method_has_a_route() -> None:
    """Every method of the contract that is no stream can be called under /v1."""
    bound = {binding.rpc.full_name for binding in contract_bindings()}
    unary = {rpc.full_name for service in services() for rpc in service.methods if not rpc.client_streaming}

    assert bound == unary


def test_every_service_of_the_contract_is_served() -> None:
    """No service declared in the contract's package is left out."""
    import pkgutil
    from importlib import import_module

    import bpmgrpc.v1

    modules = [name for _, name, _ in pkgutil.iter_modules(bpmgrpc.v1.__path__) if name.endswith("_pb2")]
    declared = {
        service.full_name
        for name in modules
        for service in import_module(f"bpmgrpc.v1.{name}").DESCRIPTOR.services_by_name.values()
    }

    assert {service.full_name for service in services()} == declared


REQUESTS: dict[str, tuple[str, str, str | None, str, Any]] = {
    "path variable": (
        "GET",
        "/v1/userTasks/a-1",
        None,
        "GetUserTask",
        rt.GetUserTaskRequest(user_task_id="a-1"),
    ),
    "additional binding with query": (
        "GET",
        "/v1/processInstances/01h/userTasks?pageSize=7&states=STATE_CLAIMED&states=1&app_name=caf%C3%A9+x",
        None,
        "ListUserTasks",
        rt.ListUserTasksRequest(
            process_instance_id="01h",
            page_size=7,
            states=[UserTask.STATE_CLAIMED, UserTask.STATE_WAITING],
            app_name="café x",
        ),
    ),
    "fields of a filter in the query": (
        "GET",
        "/v1/userTasks?user=ann&filter.parts=PART_CLAIMED&filter.dueTime.absent=true&filter.priorityMin=60",
        None,
        "ListUserTasks",
        rt.ListUserTasksRequest(
            user="ann",
            filter=UserTaskFilter(
                parts=[UserTaskFilter.PART_CLAIMED], due_time=TimeRange(absent=True), priority_min=60
            ),
        ),
    ),
    "an empty query value is none": (
        "GET",
        "/v1/userTasks?user=ann&pageSize=&role=",
        None,
        "ListUserTasks",
        rt.ListUserTasksRequest(user="ann"),
    ),
    "bool in the query": (
        "GET",
        "/v1/processDefinitions?latestOnly=true",
        None,
        "ListProcessDefinitions",
        rt.ListProcessDefinitionsRequest(latest_only=True),
    ),
    "body, both kinds of names, source text kept": (
        "POST",
        START,
        (
            '{"processName":"p","app_name":"a", "variables" : {"n": 12345678901234567890123, "d": 1.10, "e":1E5} ,'
            '"version": 2.0, "businessKey": null}'
        ),
        "StartProcessInstance",
        rt.StartProcessInstanceRequest(
            process_name="p",
            app_name="a",
            version=2,
            variables='{"n": 12345678901234567890123, "d": 1.10, "e":1E5}',
        ),
    ),
    "an empty body": (
        "POST",
        "/v1/cache:refresh",
        None,
        "RefreshCache",
        rt.RefreshCacheRequest(),
    ),
    "path and body": (
        "POST",
        "/v1/userTasks/a-1:complete",
        '{"user": "ann", "userTaskId": "a-1", "variables": {}}',
        "CompleteUserTask",
        rt.CompleteUserTaskRequest(user_task_id="a-1", user="ann", variables="{}"),
    ),
    "a duration": (
        "POST",
        "/v1/jobs:activate",
        '{"type": "t", "worker": "w", "maxJobs": "3", "leaseDuration": "1.5s", "fetchVariables": ["a"]}',
        "ActivateJobs",
        jobs.ActivateJobsRequest(
            type="t",
            worker="w",
            max_jobs=3,
            lease_duration=Duration(seconds=1, nanos=500_000_000),
            fetch_variables=["a"],
        ),
    ),
    "bytes and nested messages": (
        "POST",
        "/v1/processDefinitions:deploy",
        '{"files": [{"name": "a.bpmn", "content": "PGEvPg=="}, {"content": "_-8"}], "validateOnly": true}',
        "DeployProcessDefinitions",
        rt.DeployProcessDefinitionsRequest(
            files=[rt.ResourceFile(name="a.bpmn", content=b"<a/>"), rt.ResourceFile(content=b"\xff\xef")],
            validate_only=True,
        ),
    ),
    "patch": (
        "PATCH",
        "/v1/userTasks/a-1/variables",
        '{"variables": {"a": [1.0]}}',
        "SetUserTaskVariables",
        rt.SetUserTaskVariablesRequest(user_task_id="a-1", variables='{"a": [1.0]}'),
    ),
    "an enum by number": (
        "POST",
        "/v1/cache:refreshProcess",
        '{"processName": "p", "event": 2}',
        "RefreshProcessCache",
        rt.RefreshProcessCacheRequest(process_name="p", event=rt.RefreshProcessCacheRequest.EVENT_FILE),
    ),
    "a list of messages": (
        "POST",
        "/v1/directory:import",
        '{"users": [{"user": "ann", "roles": ["R1", "R2"]}], "replaceAll": false}',
        "ImportDirectory",
        admin.ImportDirectoryRequest(users=[DirectoryUser(user="ann", roles=["R1", "R2"])]),
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_request_is_transcoded(name: str, http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """An HTTP request becomes exactly this request message."""
    verb, url, body, method_name, expected = REQUESTS[name]

    answer = await http.request(verb, url, content=body, headers=JSON if body else {})

    assert answer.status_code == 200, answer.text
    assert runtime.methods == [method_name]
    assert runtime.last.request == expected


REFUSED: dict[str, tuple[str, str, str | None, str, str]] = {
    "an unknown parameter": (
        "GET",
        "/v1/userTasks?usr=ann",
        None,
        "usr",
        '"usr" is no query parameter of this method.',
    ),
    "a parameter that the path fills": (
        "GET",
        "/v1/userTasks/a?userTaskId=b",
        None,
        "userTaskId",
        '"userTaskId" is no query parameter of this method.',
    ),
    "a doubled single parameter": (
        "GET",
        "/v1/userTasks?user=a&user=b",
        None,
        "user",
        "user is there 2 times; it takes one value.",
    ),
    "an enum value that is none": (
        "GET",
        "/v1/userTasks?states=LOST",
        None,
        "states",
        (
            "states must be one of STATE_UNSPECIFIED, STATE_WAITING, STATE_ASSIGNED, STATE_CLAIMED, STATE_COMPLETED, "
            'STATE_CANCELED, not "LOST".'
        ),
    ),
    "an integer out of range": (
        "GET",
        "/v1/userTasks?pageSize=2147483648",
        None,
        "pageSize",
        'pageSize must be an integer from -2147483648 to 2147483647, not "2147483648".',
    ),
    "a bool that is none": (
        "GET",
        "/v1/processDefinitions?latestOnly=yes",
        None,
        "latestOnly",
        'latestOnly must be true or false, not "yes".',
    ),
    "query with a body": (
        "POST",
        f"{START}?processName=p",
        "{}",
        "processName",
        "This method takes no query parameters: put processName into the body.",
    ),
    "an unknown member": (
        "POST",
        START,
        '{"procesName": "p"}',
        "procesName",
        '"procesName" is no member of StartProcessInstanceRequest.',
    ),
    "a doubled member": (
        "POST",
        START,
        '{"processName": "p", "process_name": "q"}',
        "process_name",
        "process_name is there twice.",
    ),
    "variables that are text": (
        "POST",
        START,
        '{"variables": "{}"}',
        "variables",
        "variables must be a JSON object.",
    ),
    "a fraction for an integer": (
        "POST",
        START,
        '{"version": 1.5}',
        "version",
        "version must be an integer from -2147483648 to 2147483647, not 1.5.",
    ),
    "an absurd exponent": (
        "POST",
        START,
        '{"version": 1e99999999999999999999}',
        "version",
        "version must be an integer from -2147483648 to 2147483647, not 1e99999999999999999999.",
    ),
    "a number for a string": (
        "POST",
        START,
        '{"processName": 7}',
        "processName",
        "processName must be a string, not 7.",
    ),
    "half a surrogate pair": (
        "POST",
        START,
        '{"processName": "\\udc00"}',
        "processName",
        "processName holds half of a surrogate pair, which is no character.",
    ),
    "a bad duration": (
        "POST",
        "/v1/jobs:activate",
        '{"leaseDuration": "5 minutes"}',
        "leaseDuration",
        'leaseDuration must be seconds with an s, such as "1.5s", not "5 minutes".',
    ),
    "bad base64 in a list": (
        "POST",
        "/v1/processDefinitions:deploy",
        '{"files": [{}, {"content": "*"}]}',
        "files[1].content",
        "files[1].content must be base64: Only base64 data is allowed.",
    ),
    "null in a list": (
        "POST",
        "/v1/processDefinitions:deploy",
        '{"files": [null]}',
        "files[0]",
        "files[0] must not be null.",
    ),
    "an object for a list": (
        "POST",
        "/v1/processDefinitions:deploy",
        '{"files": {}}',
        "files",
        "files must be an array.",
    ),
    "a body that is a list": ("POST", START, "[]", "body", "The body must be a JSON object."),
    "a body that is not JSON": (
        "POST",
        START,
        "{",
        "body",
        "The body is not JSON: Expecting a member's name in double quotes at line 1 column 2.",
    ),
    "a body nested too deep": (
        "POST",
        START,
        '{"variables": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}",
        "body",
        "The body is not JSON: it is nested too deep.",
    ),
    "a path and a body that differ": (
        "POST",
        "/v1/userTasks/a-1:claim",
        '{"userTaskId": "b-2"}',
        "user_task_id",
        "user_task_id differs between path and body.",
    ),
    "a bad escape": ("GET", "/v1/userTasks/%G1", None, "path", 'The path holds "%G1", which is no percent escape.'),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_bad_request_is_a_status_that_names_the_field(
    name: str, http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """A bad request is refused before any RPC, as a google.rpc.Status with the field's name."""
    verb, url, body, field, message = REFUSED[name]

    answer = await http.request(verb, url, content=body, headers=JSON if body else {})

    assert answer.status_code == 400
    assert answer.json() == {
        "code": 3,
        "message": message,
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "INVALID_ARGUMENT",
                "domain": "bpmgrpc",
            },
            {
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [{"field": field, "description": message}],
            },
        ],
    }
    assert runtime.methods == []


async def test_answer_has_every_field_and_the_source_text(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """An answer has all fields but unset messages; variables are the object itself with its digits."""
    instance = ProcessInstance(
        process_instance_id="01h",
        state=ProcessInstance.STATE_ACTIVE,
        create_time=Timestamp(seconds=1700000000, nanos=5_000_000),
        variables='{"n": 12345678901234567890123, "d": 1.10}',
    )
    runtime.answer("GetProcessInstance", rt.GetProcessInstanceResponse(process_instance=instance))

    answer = await http.get("/v1/processInstances/01h")

    assert answer.text == (
        '{"processInstance":{"processInstanceId":"01h","rootProcessInstanceId":"","parentProcessInstanceId":"",'
        '"processDefinitionId":"","processName":"","appName":"","version":0,"versionTag":"","businessKey":"",'
        '"state":"STATE_ACTIVE","createTime":"2023-11-14T22:13:20.005Z","createBy":"",'
        '"variables":{"n": 12345678901234567890123, "d": 1.10},"endReason":"","openIncidentCount":0},'
        '"activeElements":[],"activeElementCount":0}'
    )
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"


async def test_answer_writes_maps_bytes_wide_numbers_and_lists_of_objects(
    http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """Maps are objects, bytes base64, 64 bits strings, enum values of the future numbers, JSON texts objects."""
    job = Job(job_id="j", custom_headers={"a": 'x"y'}, variables="")
    runtime.answer("ActivateJobs", jobs.ActivateJobsResponse(jobs=[job]))
    runtime.answer(
        "GetProcessDefinition",
        rt.GetProcessDefinitionResponse(process_definition=ProcessDefinition(bpmn_xml=b"<a/>", state=77)),  # type: ignore[arg-type]
    )
    stored = rt.RefreshProcessCacheResponse.StoredFile(name="f", size_bytes=2**60)
    runtime.answer("RefreshProcessCache", rt.RefreshProcessCacheResponse(files=[stored], schemas=['{"a": 1.0}']))

    activated = (await http.post("/v1/jobs:activate", content="{}")).json()["jobs"][0]
    definition = (await http.get("/v1/processDefinitions/d?view=PROCESS_DEFINITION_VIEW_FULL")).json()
    refreshed = (await http.post("/v1/cache:refreshProcess")).text

    assert (activated["customHeaders"], activated["variables"]) == ({"a": 'x"y'}, {})
    assert (definition["processDefinition"]["bpmnXml"], definition["processDefinition"]["state"]) == ("PGEvPg==", 77)
    assert '"files":[{"name":"f","sizeBytes":"1152921504606846976"}],"schemas":[{"a": 1.0}]' in refreshed


async def test_failure_is_the_status_with_all_its_details(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """A failed call gives google.rpc.Status with every detail, those of the contract's own types included."""
    verdict = ElementVerdict(element_id="t", verdict=ElementVerdict.VERDICT_REFUSED, line=7, column=3)
    runtime.answer(
        "DeployProcessDefinitions",
        Failure(
            grpc.StatusCode.INVALID_ARGUMENT,
            "One element cannot run.",
            (
                details.ErrorInfo(reason="DEPLOYMENT_REFUSED", domain="bpmgrpc"),
                DeploymentRefusal(verdicts=[verdict]),
                details.RetryInfo(retry_delay=Duration(seconds=7)),
            ),
        ),
    )

    answer = await http.post("/v1/processDefinitions:deploy", json={})

    assert answer.status_code == 400
    assert answer.headers["retry-after"] == "7"
    assert answer.json() == {
        "code": 3,
        "message": "One element cannot run.",
        "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "DEPLOYMENT_REFUSED", "domain": "bpmgrpc"},
            {
                "@type": "type.googleapis.com/bpmgrpc.v1.DeploymentRefusal",
                "verdicts": [{"elementId": "t", "verdict": "VERDICT_REFUSED", "line": 7, "column": 3}],
            },
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"},
        ],
    }


async def test_wrong_state_is_400_under_v1(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """Under /v1 FAILED_PRECONDITION is 400, as google.rpc.Code says; legacy callers get 409."""
    runtime.answer("ClaimUserTask", Failure(grpc.StatusCode.FAILED_PRECONDITION, "Somebody has it."))

    answer = await http.post("/v1/userTasks/t1:claim", json={"user": "ann"})

    assert (answer.status_code, answer.json()["code"]) == (400, 9)


async def test_unknown_path_wrong_verb_and_wrong_type(http: httpx2.AsyncClient) -> None:
    """Under /v1, 404, 405 with Allow, and 415 are google.rpc.Status too; a trailing slash is another path."""
    unknown = await http.get("/v1/nope")
    slash = await http.get("/v1/userTasks/")
    verb = await http.get("/v1/userTasks/t1:claim")
    form = await http.post(START, content="a=b", headers={"content-type": "application/x-www-form-urlencoded"})

    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "domain": "bpmgrpc"}
    assert unknown.json() == {
        "code": 5,
        "message": 'There is nothing at "/v1/nope".',
        "details": [{**info, "reason": "NOT_FOUND"}],
    }
    assert verb.json()["details"] == [{**info, "reason": "METHOD_NOT_ALLOWED"}]
    assert form.json()["details"] == [{**info, "reason": "UNSUPPORTED_MEDIA_TYPE"}]
    assert (unknown.status_code, slash.status_code) == (404, 404)
    assert (verb.status_code, verb.headers["allow"], verb.json()["code"]) == (405, "OPTIONS, POST", 12)
    assert (form.status_code, form.json()["code"]) == (415, 3)


async def test_idempotency_key_that_contradicts_the_body_is_refused(
    http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """The header and the field may say the same; where they differ nothing is done."""
    body = {"processName": "p", "requestId": "k-1"}

    same = await http.post(START, json=body, headers={"idempotency-key": "k-1"})
    other = await http.post(START, json=body, headers={"idempotency-key": "k-2"})

    assert (same.status_code, other.status_code) == (200, 400)
    assert len(runtime.arrived) == 1


async def test_caller_is_passed_on(http_with: ClientFactory, runtime: ScriptedRuntime) -> None:
    """Credentials, client id, request id, trace context and the client's address go on as metadata."""
    headers = {
        "Authorization": "Bearer abc",
        "clientId": "portal",
        "X-Request-Id": "r-1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "X-Forwarded-For": "203.0.113.9",
    }

    answer = await http_with(peer="198.51.100.7").get("/v1/userTasks", headers=headers)

    sent = runtime.last.metadata
    assert sent["authorization"] == "Bearer abc"
    assert sent["clientid"] == "portal"
    assert sent["x-request-id"] == "r-1"
    assert sent["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert sent["x-forwarded-for"] == "198.51.100.7"
    assert answer.headers["x-request-id"] == "r-1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    (
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "not an address", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9\n10.0.0.2", "203.0.113.9"),
    ),
)
async def test_forwarded_address_is_believed_from_trusted_proxies_only(
    peer: str, forwarded: str, expected: str, http_with: ClientFactory, runtime: ScriptedRuntime
) -> None:
    """The client's address is the nearest one that no trusted proxy has."""
    http = http_with(peer=peer, trusted_proxies=("10.0.0.0/8",))

    await http.get("/v1/userTasks", headers=[("x-forwarded-for", line) for line in forwarded.split("\n")])

    assert runtime.last.metadata["x-forwarded-for"] == expected


async def test_header_that_cannot_be_passed_on_is_refused(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """A header that is not printable ASCII is 400 on both surfaces."""
    v1 = await http.get("/v1/userTasks", headers={b"clientId": b"caf\xe9"})
    legacy = await http.get("/BPMREST/service/runtime/tasks?user=a", headers={b"clientId": b"caf\xe9"})

    assert (v1.status_code, legacy.status_code) == (400, 400)
    assert legacy.json()["errors"][0]["field"] == "clientid"


async def test_deadline_is_the_callers_else_the_settings(http_with: ClientFactory, runtime: ScriptedRuntime) -> None:
    """Grpc-Timeout is the call's deadline; without it the default; a long poll's own wait comes on top."""
    http = http_with(default_timeout_seconds=20)

    await http.get("/v1/userTasks", headers={"grpc-timeout": "5S"})
    await http.get("/v1/userTasks")
    await http.post("/v1/jobs:activate", json={"requestTimeout": "40s"})
    bad = await http.get("/v1/userTasks", headers={"grpc-timeout": "5 s"})

    left = [call.seconds_left or 0 for call in runtime.arrived]
    # gRPC rounds deadlines up on the wire.
    assert 0 < left[0] < 6
    assert 6 < left[1] < 21
    assert 21 < left[2] < 61
    assert bad.status_code == 400


async def test_call_past_its_deadline_is_504(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """A call that is not answered in time is DEADLINE_EXCEEDED."""
    answered = asyncio.Event()

    async def wait(_: object) -> rt.ListUserTasksResponse:
        await answered.wait()
        return rt.ListUserTasksResponse()

    runtime.answer("ListUserTasks", wait)

    answer = await http.get("/v1/userTasks", headers={"grpc-timeout": "50m"})
    answered.set()

    assert (answer.status_code, answer.json()["code"]) == (504, 4)


async def test_long_poll_of_a_client_that_left_is_cancelled(
    channel: grpc.aio.Channel, runtime: ScriptedRuntime
) -> None:
    """When the client of a waiting ActivateJobs goes away the call ends, so that no job is given to nobody."""
    waiting, cancelled = asyncio.Event(), asyncio.Event()

    async def wait(_: object) -> jobs.ActivateJobsResponse:
        waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return jobs.ActivateJobsResponse()

    runtime.answer("ActivateJobs", wait)
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/jobs:activate",
        "raw_path": b"/v1/jobs:activate",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
    }
    sent = []

    async def receive() -> dict[str, str]:
        await waiting.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await Adapter(channel, RestSettings(), lambda: NOW)(scope, receive, send)
    await cancelled.wait()

    assert sent == []


async def test_server_stream_comes_as_lines(channel: grpc.aio.Channel, runtime: ScriptedRuntime) -> None:
    """Each response of a server stream is a line of JSON; what fails after the first line is the last line."""
    watch = health_pb2.DESCRIPTOR.services_by_name["Health"].methods_by_name["Watch"]
    binding = Binding.from_rule(watch, http_pb2.HttpRule(get="/v1/health/{service}:watch"))
    surface = V1([binding], Upstream(channel), RestSettings())

    answer = await surface.answer(asked("/v1/health/s:watch", [(b"grpc-timeout", b"500m")]))

    assert (answer.status, answer.content_type) == (200, "application/x-ndjson")
    assert answer.stream is not None
    lines = [json.loads(line) async for line in answer.stream]
    assert lines[0] == {"status": "SERVICE_UNKNOWN"}
    assert lines[-1]["error"]["code"] == 4


async def test_server_stream_comes_as_events_where_they_are_asked_for(
    channel: grpc.aio.Channel, runtime: ScriptedRuntime
) -> None:
    """Each response is the data of a server-sent event; what fails after the first one is an event of its own."""
    watch = health_pb2.DESCRIPTOR.services_by_name["Health"].methods_by_name["Watch"]
    binding = Binding.from_rule(watch, http_pb2.HttpRule(get="/v1/health/{service}:watch"))
    surface = V1([binding], Upstream(channel), RestSettings())
    headers = [(b"grpc-timeout", b"500m"), (b"accept", b"text/html, Text/Event-Stream;q=0.9")]

    answer = await surface.answer(asked("/v1/health/s:watch", headers))

    assert (answer.status, answer.content_type) == (200, "text/event-stream")
    assert dict(answer.headers)["cache-control"] == "no-store"
    assert answer.stream is not None
    pieces = [piece async for piece in answer.stream]
    assert pieces[:2] == [b"retry: 1000\n\n", b'data: {"status":"SERVICE_UNKNOWN"}\n\n']
    assert pieces[-1].startswith(b'event: status\ndata: {"code":4,')
    assert pieces[-1].endswith(b"}\n\n")


def test_event_has_the_token_as_its_id_and_a_data_field_for_each_line() -> None:
    """Embedded JSON keeps its line breaks, which an event's data cannot hold in one field."""
    (binding,) = method_bindings(method("AdminRuntime.ExportHistory"))
    (watching,) = method_bindings(method("UserTaskRuntime.WatchUserTasks"))
    exported = admin.ExportHistoryResponse(history_event=HistoryEvent(attributes='{"a":\n1}'))

    event = written_event(watching, WatchUserTasksResponse(resume_token="t-1"))
    lines = written_event(binding, exported).split(b"\n")

    assert event.startswith(b'id: t-1\ndata: {"kind":"KIND_UNSPECIFIED"')
    assert all(line.startswith(b"data: ") for line in lines[:-2])
    assert json.loads(b"\n".join(line.removeprefix(b"data: ") for line in lines))["historyEvent"]["attributes"] == {
        "a": 1
    }


@pytest.mark.parametrize(
    ("last", "token"), ((b"t-2", "t-2"), (b"", "t-1"), (b" t-2 ", "t-2")), ids=("newer", "none", "spaces")
)
def test_last_event_id_goes_before_the_token_of_the_address(last: bytes, token: str) -> None:
    """A browser that comes back asks for the address with which it began."""
    message = WatchUserTasksRequest(resume_token="t-1")

    resume(message, asked("/", [(b"last-event-id", last)]))

    assert message.resume_token == token


def test_last_event_id_that_is_no_text_is_refused() -> None:
    """What a header cannot hold properly is the caller's mistake."""
    with pytest.raises(Problem, match="last-event-id"):
        resume(WatchUserTasksRequest(), asked("/", [(b"last-event-id", b"\xff")]))


def asked(path: str, headers: list[tuple[bytes, bytes]]) -> Any:
    from bpmgrpc_rest.exchange import Request

    scope = {"method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    return Request(scope, receive, RestSettings())


CLAIM = "ProcessRuntime.ClaimUserTask"


def test_body_and_response_fields_are_served() -> None:
    """A rule may name the request field that the body is and the response field that the answer is."""
    rule = http_pb2.HttpRule(post="/v1/x/{user_task_id}", body="user", response_body="user_task")
    binding = Binding.from_rule(method(CLAIM), rule)

    request = binding.request({"user_task_id": "t"}, {"etag": ["e"]}, ' "ann" ')
    answer = binding.response(rt.ClaimUserTaskResponse())

    assert request == rt.ClaimUserTaskRequest(user_task_id="t", user="ann", etag="e")
    assert answer == "null"
    assert binding.response(rt.ClaimUserTaskResponse(user_task=UserTask())).startswith('{"userTaskId":""')


def test_custom_pattern_is_served() -> None:
    """A custom pattern brings its own method."""
    rule = http_pb2.HttpRule(custom=http_pb2.CustomHttpPattern(kind="MERGE", path="/v1/x/{user_task_id}"))

    assert Binding.from_rule(method(CLAIM), rule).verb == "MERGE"


@pytest.mark.parametrize(
    ("rule", "reason"),
    (
        (http_pb2.HttpRule(), "bpmgrpc.v1.ProcessRuntime.ClaimUserTask: the rule has no path"),
        (
            http_pb2.HttpRule(post="/v1/{task}"),
            "bpmgrpc.v1.ProcessRuntime.ClaimUserTask: path variable 'task' is no single primitive field of the request",
        ),
        (
            http_pb2.HttpRule(post="/v1/x", body="task"),
            "bpmgrpc.v1.ProcessRuntime.ClaimUserTask: ClaimUserTaskRequest has no field 'task'",
        ),
        (
            http_pb2.HttpRule(post="/v1/x", response_body="task"),
            "bpmgrpc.v1.ProcessRuntime.ClaimUserTask: ClaimUserTaskResponse has no field 'task'",
        ),
    ),
)
def test_rule_that_cannot_be_served_is_refused_at_the_start(rule: http_pb2.HttpRule, reason: str) -> None:
    """A rule that does not fit its method is refused when the adapter starts."""
    with pytest.raises(BindingError) as error:
        Binding.from_rule(method(CLAIM), rule)

    assert str(error.value) == reason


def test_malformed_template_in_a_rule_is_refused_at_the_start() -> None:
    """A malformed template is refused when the adapter starts."""
    with pytest.raises(TemplateError):
        Binding.from_rule(method(CLAIM), http_pb2.HttpRule(post="/v1/{user_task_id"))
