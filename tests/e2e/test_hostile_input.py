"""Input that means harm, or is merely wrong: a clear answer, nothing half done, the server alive."""

import json
from collections.abc import Callable
from urllib.parse import quote

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from bpmgrpc.v1 import process_runtime_pb2 as runtime
from tests.e2e.models import HEAD, USER_TASK, deploy, open_task, process, start
from tests.e2e.server_process import SECONDS, ServerProcess

MIB = 1024 * 1024
ENVELOPE = {"data", "code", "timestamp", "totalRecordCount", "message"}
DEEP = 100_000

HOSTILE_BODIES: dict[str, tuple[bytes, int, int]] = {
    "64 MiB": (b'{"processName":"booking room","object":{"a":"' + b"x" * (64 * MIB) + b'"}}', 413, 3),
    "nested 100,000 deep": (
        b'{"processName":"booking room","object":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
        400,
        3,
    ),
    "lists 100,000 deep": (b'{"processName":"booking room","object":{"a":' + b"[" * DEEP, 400, 3),
    "nested 101 deep": (
        b'{"processName":"booking room","object":' + b'{"a":' * 101 + b"1" + b"}" * 101 + b"}",
        400,
        3,
    ),
    "not UTF-8": (b'{"processName":"booking room","object":{"a":"\xff\xfe"}}', 400, 3),
    "NaN": (b'{"processName":"booking room","object":{"a":NaN}}', 400, 3),
    "Infinity": (b'{"processName":"booking room","object":{"a":-Infinity}}', 400, 3),
    "a number of 1,001 digits": (
        b'{"processName":"booking room","object":{"a":' + b"7" * 1001 + b"}}",
        400,
        3,
    ),
    "a lone surrogate": (rb'{"processName":"booking room","object":{"a":"\ud800"}}', 400, 3),
    "a member twice": (b'{"processName":"booking room","object":{"a":1,"a":2}}', 400, 3),
    "NUL in the name": (rb'{"processName":"booking\u0000room"}', 400, 3),
    "not JSON": (b"processName=booking+room", 400, 3),
    "not an object": (b"[]", 400, 3),
}


@pytest.mark.parametrize("case", HOSTILE_BODIES)
def test_hostile_body_is_refused_in_the_envelope(server: ServerProcess, case: str) -> None:
    """A start with such a body gets its code and one sentence, starts nothing, and the next call is served."""
    body, status, code = HOSTILE_BODIES[case]
    before = count_instances(server)

    response = server.call("POST", "process/start", body)

    answer = response.json()
    assert (response.status_code, answer["code"]) == (status, code)
    assert answer.keys() - {"errors"} == ENVELOPE
    assert answer["message"]
    assert len(response.content) < 2000
    assert count_instances(server) == before


def count_instances(server: ServerProcess) -> int:
    response = server.processes.ListProcessInstances(runtime.ListProcessInstancesRequest(page_size=1), timeout=SECONDS)
    total: int = response.total_size
    return total


def test_numbers_beyond_64_bits_are_kept_digit_by_digit(server: ServerProcess) -> None:
    """A number of 400 digits, a long fraction and a trailing zero come back as they were sent, over both surfaces."""
    digits = "1234567890" * 40
    sent = f'{{"big":{digits},"long":0.{digits},"price":1.10,"exponent":1E+400,"minus":-0.0}}'

    instance = server.data("POST", "process/start", f'{{"processName":"booking room","object":{{"N":{sent}}}}}')

    task = open_task(server, instance)
    over_http = server.call("POST", f"tasks/{task}/variables", '["N"]').text
    over_grpc = server.processes.GetUserTaskVariables(
        runtime.GetUserTaskVariablesRequest(user_task_id=task, names=["N"]), timeout=SECONDS
    ).variables
    assert over_http.startswith(f'{{"data":{{"N":{sent}}},"code":0,')
    assert over_grpc == f'{{"N":{sent}}}'


@pytest.mark.parametrize("name", ("จองห้องประชุม", "จอง ห้อง 1", "a/b c%d+e?f#g", "..", "processes & <tags>'"), ids=ascii)
def test_process_with_any_name_is_started_by_it(server: ServerProcess, name: str) -> None:
    """Thai letters, spaces and signs with a meaning in URLs are names like others, in the path and in the body."""
    escaped = name.replace("&", "&amp;").replace("<", "&lt;")
    deploy(server, process(escaped, USER_TASK))

    by_path = server.data("POST", f"process/{quote(name, safe='') if name != '..' else '%2E%2E'}/start", "{}")
    by_body = server.data("POST", "process/start", json.dumps({"processName": name}))

    for instance in (by_path, by_body):
        (task,) = server.data("GET", f"instance/{instance}/tasks")
        assert task["processName"] == name


HOSTILE_FILES: dict[str, bytes] = {
    "not XML": b"booking room",
    "empty": b"",
    "another root": b"<html/>",
    "entities within entities": (
        b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">'
        b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><a>&d;</a>'
    ),
    "a file of the server": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "100,000 deep": b"<a>" * DEEP + b"</a>" * DEEP,
    "no process": f"{HEAD}</bpmn:definitions>".encode(),
    "a flow to nowhere": process(
        "p", '<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="x"/>'
    ),
    "no start": process("p", '<bpmn:task id="t"/><bpmn:sequenceFlow id="f" sourceRef="t" targetRef="t"/>'),
    "an element that does not run": process(
        "p",
        '<bpmn:startEvent id="s"/><bpmn:choreographyTask id="r"/>'
        '<bpmn:sequenceFlow id="f" sourceRef="s" targetRef="r"/>',
    ),
    "a condition that cannot be read": process(
        "p",
        '<bpmn:startEvent id="s"/><bpmn:task id="t"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="t">'
        "<bpmn:conditionExpression>=1 +</bpmn:conditionExpression></bpmn:sequenceFlow>",
    ),
}


@pytest.mark.parametrize("case", HOSTILE_FILES)
def test_file_that_cannot_run_is_refused(server: ServerProcess, case: str) -> None:
    """Such a file is INVALID_ARGUMENT with a sentence that shows nothing of the server; nothing is deployed."""
    good = process(f"beside {case}", USER_TASK)

    with pytest.raises(grpc.RpcError) as caught:
        deploy(server, good, HOSTILE_FILES[case])

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "root:" not in caught.value.details()
    listed = server.processes.ListProcessDefinitions(
        runtime.ListProcessDefinitionsRequest(process_name=f"beside {case}"), timeout=SECONDS
    )
    assert listed.total_size == 0


HOSTILE_VARIABLES: dict[str, str] = {
    "nested 100,000 deep": '{"a":' + "[" * DEEP + "]" * DEEP + "}",
    "NaN": '{"a":NaN}',
    "1,001 digits": '{"a":' + "1" * 1001 + "}",
    "a list": "[]",
    "not JSON": "{",
    "a member twice": '{"a":1,"a":1}',
    "a lone surrogate": r'{"a":"\udfff"}',
    "NUL in a name": r'{"a\u0000":1}',
}


@pytest.mark.parametrize("case", HOSTILE_VARIABLES)
def test_hostile_variables_over_grpc_name_the_field(server: ServerProcess, case: str) -> None:
    """Variables that are no proper JSON object are INVALID_ARGUMENT, with a violation of the field "variables"."""
    with pytest.raises(grpc.RpcError) as caught:
        start(server, "booking room", HOSTILE_VARIABLES[case])

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert violated_fields(caught.value) == ["variables"]


def violated_fields(error: grpc.RpcError) -> list[str]:
    metadata = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    request = error_details_pb2.BadRequest()
    return [
        violation.field for detail in status.details if detail.Unpack(request) for violation in request.field_violations
    ]


HOSTILE_PATHS: dict[str, tuple[Callable[[ServerProcess], str], int]] = {
    "a bad escape": (lambda _: "instance/%zz/tasks", 400),
    "bad UTF-8": (lambda _: "instance/%ff/tasks", 400),
    "NUL": (lambda _: "instance/a%00b/tasks", 400),
    "an id of 10,000 characters": (lambda _: f"instance/{'a' * 10_000}/tasks", 404),
    "a path with two dots": (lambda _: "instance/..%2F..%2Fetc/tasks", 404),
}


@pytest.mark.parametrize("case", HOSTILE_PATHS)
def test_hostile_path_is_answered_in_the_envelope(server: ServerProcess, case: str) -> None:
    """A path that cannot be one, or leads to nothing, gets a clear answer."""
    path, status = HOSTILE_PATHS[case]

    response = server.call("GET", path(server))

    assert response.status_code == status
    assert response.json().keys() - {"errors"} == ENVELOPE
