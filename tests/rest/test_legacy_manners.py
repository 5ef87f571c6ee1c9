"""The legacy manners of HTTP: what is let pass, what is refused, and how a refusal looks."""

import codecs
import gzip
import json

import grpc
import httpx2
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2 as details

from bpmgrpc.v1 import process_runtime_pb2 as rt
from bpmgrpc.v1.user_task_pb2 import UserTask
from bpmgrpc_rest import ErrorStyle
from tests.rest.conftest import ClientFactory
from tests.rest.scripted_runtime import BASE, Failure, ScriptedRuntime

COMPLETE = f"{BASE}/tasks/t1/complete?user=ann"


def failure(code: int, message: str, *errors: tuple[str, str]) -> dict[str, object]:
    envelope: dict[str, object] = {
        "data": "",
        "code": code,
        "timestamp": 1710000000000,
        "totalRecordCount": 1,
        "message": message,
    }
    if errors:
        envelope["errors"] = [{"field": field, "description": description} for field, description in errors]
    return envelope


REFUSED = {
    "a missing user": ("POST", "tasks/t1/claim", None, 400, "user", "user is required."),
    "an empty user": ("POST", "tasks/t1/claim?user=", None, 400, "user", "user is required."),
    "two users": (
        "POST",
        "tasks/t1/claim?user=a&user=b",
        None,
        400,
        "user",
        "user is there 2 times; it takes one value.",
    ),
    "a missing user before a bad body": (
        "POST",
        "tasks/t1/complete",
        "not json",
        400,
        "user",
        "user is required.",
    ),
    "no user to assign": (
        "POST",
        "tasks/t1/assign?user=",
        None,
        400,
        "user",
        "user is required, once or several times.",
    ),
    "NUL in an id": ("POST", "tasks/t%001/claim?user=a", None, 400, "taskId", "taskId holds the character NUL."),
    "NUL in a user": ("POST", "tasks/t1/claim?user=a%00", None, 400, "user", "user holds the character NUL."),
    "NUL in a process name": (
        "POST",
        "process/start",
        '{"processName": "a\\u0000"}',
        400,
        "processName",
        "processName holds the character NUL.",
    ),
    "half a surrogate pair": (
        "POST",
        "process/start",
        '{"processName": "a\\ud800"}',
        400,
        "processName",
        "processName holds half of a surrogate pair, which is no character.",
    ),
    "a bad escape in the path": (
        "POST",
        "tasks/t%zz/claim?user=a",
        None,
        400,
        "path",
        'The path holds "%zz", which is no percent escape.',
    ),
    "bad UTF-8 in the path": ("POST", "tasks/t%ff/claim?user=a", None, 400, "path", "The path is not UTF-8."),
    "a bad escape in the query": (
        "POST",
        "tasks/t1/claim?user=%4",
        None,
        400,
        "query",
        'The query holds "%4", which is no percent escape.',
    ),
    "bad UTF-8 in the query": ("POST", "tasks/t1/claim?user=%ff", None, 400, "query", "The query is not UTF-8."),
    "none of user, role and group": (
        "GET",
        "tasks",
        None,
        400,
        "user",
        "Exactly one of user, role, group must be given, but none is.",
    ),
    "two of user, role and group": (
        "GET",
        "tasks?user=a&group=g",
        None,
        400,
        "group",
        "Exactly one of user, role, group must be given, but user and group are given.",
    ),
    "page 0": ("GET", "tasks?user=a&page=0", None, 400, "page", 'page must be one number from 1, not "0".'),
    "a page that is no number": (
        "GET",
        "tasks?user=a&volumePerPage=ten",
        None,
        400,
        "volumePerPage",
        'volumePerPage must be one number from 1, not "ten".',
    ),
    "a page out of range": (
        "GET",
        "tasks?user=a&page=2000000000&volumePerPage=1000",
        None,
        400,
        "page",
        "page 2000000000 of 1000 is out of range: at most 2147483647 items can be counted.",
    ),
    "no process name": ("POST", "process/start", None, 400, "processName", "processName is required."),
    "an empty process name": (
        "POST",
        "process/start",
        '{"processName": ""}',
        400,
        "processName",
        "processName is required.",
    ),
    "a process name that is a number": (
        "POST",
        "process/start",
        '{"processName": 1}',
        400,
        "processName",
        "processName must be a string.",
    ),
    "an object that is none": (
        "POST",
        "process/start",
        '{"processName": "p", "object": [1]}',
        400,
        "object",
        "object must be a JSON object.",
    ),
    "a doubled member": (
        "POST",
        "process/start",
        '{"processName": "p", "processName": "q"}',
        400,
        "processName",
        '"processName" is in the body twice.',
    ),
    "a body that is a list": (
        "POST",
        "process/start",
        '["p"]',
        400,
        "body",
        "The body must be a JSON object.",
    ),
    "names that are no list": (
        "POST",
        "tasks/t1/variables",
        '{"a": 1}',
        400,
        "body",
        "The body must be a list of strings, none of them empty.",
    ),
    "a name that is a number": (
        "POST",
        "tasks/t1/variables",
        "[1]",
        400,
        "body",
        "The body must be a list of strings, none of them empty.",
    ),
    "neither archive nor process": (
        "POST",
        "classAction",
        '{"fileNames": []}',
        400,
        "fileNames",
        "Exactly one of fileNames, processName must be given, but none is.",
    ),
    "an unknown event": (
        "POST",
        "classAction",
        '{"processName": "p", "event": "explode"}',
        400,
        "event",
        "event must be one of refresh, file, generate.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_bad_request_is_told_what_is_wrong(name: str, http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """A bad request is refused before any RPC, with the field's name as the caller knows it."""
    verb, path, body, status, field, message = REFUSED[name]

    answer = await http.request(verb, f"{BASE}/{path}", content=body)

    assert answer.json() == failure(3, message, (field, message))
    assert answer.status_code == status
    assert runtime.methods == []


NOT_JSON = {
    "words": ("hello", "Expecting value at line 1 column 1"),
    "two values": ("{} {}", "Expecting the end of the text at line 1 column 4"),
    "an open object": ('{"a": 1', "Expecting ',' delimiter at line 1 column 8"),
    "a trailing comma": ('{"a": 1,}', ""),
    "NaN": ('{"a": NaN}', "NaN is not a JSON number"),
    "infinity": ('{"a": -Infinity}', "-Infinity is not a JSON number"),
    "a control character": ('{"a": "\x01"}', ""),
    "100,000 levels": ('{"a":' * 100_000 + "1" + "}" * 100_000, "it is nested too deep"),
}


@pytest.mark.parametrize("path", ("process/start", "tasks/t1/complete?user=a", "process/p/start", "tasks/t1/variables"))
@pytest.mark.parametrize("name", NOT_JSON)
async def test_body_that_is_not_json_is_refused(
    name: str, path: str, http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """A body that is not JSON gets 400 with the reason, whatever is wrong with it and whatever the call."""
    body, reason = NOT_JSON[name]

    answer = await http.post(f"{BASE}/{path}", content=body)

    assert answer.status_code == 400
    assert answer.json()["code"] == 3
    assert answer.json()["message"].startswith("The body is not JSON: ")
    if path != "process/start":
        assert reason in answer.json()["message"]
    assert runtime.methods == []


@pytest.mark.parametrize(
    "content_type", (None, "application/x-www-form-urlencoded", "text/plain", "application/json; charset=utf-8")
)
async def test_json_is_read_whatever_the_content_type_says(
    content_type: str | None, http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """Callers of the older product send no content type, or curl's."""
    headers = {"content-type": content_type} if content_type else {}

    answer = await http.post(COMPLETE, content='{"a": 1}', headers=headers)

    assert answer.status_code == 200
    assert runtime.last.request.variables == '{"a": 1}'


@pytest.mark.parametrize(
    ("content", "charset"),
    (
        ('{"a":"ห้อง"}'.encode(), None),
        (codecs.BOM_UTF8 + '{"a":"ห้อง"}'.encode(), None),
        (codecs.BOM_UTF16_LE + '{"a":"ห้อง"}'.encode("utf-16-le"), "utf-16"),
        ('{"a":"ห้อง"}'.encode("cp874"), "windows-874"),
        ('{"a":"ห้อง"}'.encode("tis-620"), '"TIS-620"'),
        (codecs.BOM_UTF32_BE + '{"a":"ห้อง"}'.encode("utf-32-be"), None),
    ),
)
async def test_declared_charset_and_byte_order_mark_are_honoured(
    content: bytes, charset: str | None, http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """Thai letters arrive as they were meant, in each encoding that says what it is."""
    headers = {"content-type": f"text/plain; charset={charset}"} if charset else {}

    answer = await http.post(COMPLETE, content=content, headers=headers)

    assert answer.status_code == 200
    assert runtime.last.request.variables == '{"a":"ห้อง"}'


@pytest.mark.parametrize("charset", ("klingon", "punycode", "base64", "utf-7"))
async def test_unknown_charset_is_415(charset: str, http: httpx2.AsyncClient) -> None:
    """A charset that is unknown, or no charset of texts, is 415."""
    answer = await http.post(COMPLETE, content="{}", headers={"content-type": f"application/json; charset={charset}"})

    assert answer.status_code == 415
    assert answer.json() == failure(3, f'The charset "{charset}" is unknown: send UTF-8.')


async def test_compressed_body_is_415(http: httpx2.AsyncClient) -> None:
    """A compressed body is not taken: what it would become cannot be known before it is too long."""
    answer = await http.post(COMPLETE, content=gzip.compress(b"{}"), headers={"content-encoding": "gzip"})

    assert answer.status_code == 415
    assert answer.json()["code"] == 3


async def test_body_that_is_not_utf8_is_refused(http: httpx2.AsyncClient) -> None:
    """Bytes that are not UTF-8 are 400 with the place of the first bad one."""
    answer = await http.post(COMPLETE, content=b'{"a":"\xe0"}')

    assert answer.status_code == 400
    assert answer.json()["message"] == "The body is not UTF-8: byte 6 cannot be decoded."


@pytest.mark.parametrize("body", (b"not json", b"\xff\xfe\x00", b'{"a":', b"x" * 5_000_000))
async def test_body_that_is_not_needed_is_ignored(
    body: bytes, http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """A call that needs no body does not look at it, whatever it holds and however long it is."""
    answer = await http.post(f"{BASE}/tasks/t1/claim?user=ann", content=body, headers={"content-encoding": "br"})

    assert answer.status_code == 200
    assert runtime.methods == ["ClaimUserTask"]


async def test_body_over_the_limit_is_413(http_with: ClientFactory, runtime: ScriptedRuntime) -> None:
    """A body over the limit is 413; one of exactly the limit is not."""
    http = http_with(max_body_bytes=64)
    fits = json.dumps({"a": "x" * (64 - len('{"a": ""}'))})

    over = await http.post(COMPLETE, content=fits + " ")
    exact = await http.post(COMPLETE, content=fits)

    assert over.status_code == 413
    assert over.json() == failure(3, "The body is longer than 64 bytes.")
    assert exact.status_code == 200
    assert len(runtime.arrived) == 1


@pytest.mark.parametrize(
    ("verb", "path"),
    (
        ("GET", "nope"),
        ("GET", ""),
        ("GET", "/"),
        ("POST", "Process/start"),
        ("POST", "tasks//claim?user=a"),
        ("GET", "tasks//?user=a"),
        ("POST", "tasks/a/b/claim?user=a"),
        ("POST", "tasks/t1/claim/x?user=a"),
    ),
)
async def test_unknown_path_is_404_in_the_envelope(verb: str, path: str, http: httpx2.AsyncClient) -> None:
    """An unknown path, one of other letter case included, is 404 with code 5, in the envelope."""
    answer = await http.request(verb, f"{BASE}/{path}")

    assert answer.status_code == 404
    assert answer.json()["code"] == 5
    assert answer.json()["data"] == ""


async def test_base_path_itself_is_404_in_the_envelope(http: httpx2.AsyncClient) -> None:
    """There is nothing at the base path; what only begins like it is not under it."""
    base = await http.get(BASE)
    neighbour = await http.get(f"{BASE}s/tasks")

    assert (base.status_code, base.json()["code"]) == (404, 5)
    assert base.json()["data"] == ""
    assert "data" not in neighbour.json()


async def test_wrong_verb_is_405_with_allow(http: httpx2.AsyncClient) -> None:
    """A wrong verb is 405 with code 12 and the verbs that are allowed."""
    claim = await http.get(f"{BASE}/tasks/t1/claim?user=a")
    refresh = await http.delete(f"{BASE}/refreshCache")

    assert (claim.status_code, claim.json()["code"], claim.headers["allow"]) == (405, 12, "OPTIONS, POST")
    assert (refresh.status_code, refresh.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


async def test_options_is_204_with_allow(http: httpx2.AsyncClient) -> None:
    """OPTIONS tells the verbs without a body; on an unknown path it is 404."""
    known = await http.options(f"{BASE}/tasks")
    unknown = await http.options(f"{BASE}/nope")

    assert (known.status_code, known.headers["allow"], known.content) == (204, "GET, HEAD, OPTIONS", b"")
    assert unknown.status_code == 404


async def test_head_is_get_without_the_body(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """HEAD has GET's status and headers, and no body."""
    get = await http.get(f"{BASE}/tasks?user=ann")
    head = await http.head(f"{BASE}/tasks?user=ann")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.content))


async def test_one_trailing_slash_is_allowed(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """One slash at the end counts for nothing; two do not."""
    one = await http.get(f"{BASE}/tasks/?user=ann")
    two = await http.get(f"{BASE}/tasks//?user=ann")

    assert (one.status_code, two.status_code) == (200, 404)


async def test_escapes_are_decoded_once(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """An escaped percent sign gives a percent sign, not another escape; an escaped slash stays in its segment."""
    await http.post(f"{BASE}/process/100%2525%2Fa%3Ab+c/start")

    assert runtime.last.request.process_name == "100%25/a:b+c"


async def test_literals_may_be_escaped(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """An escaped letter of a path is that letter, in the base path too."""
    path = BASE.replace("runtime", "r%75ntime")

    answer = await http.get(f"{path}/t%61sks?user=ann")

    assert answer.status_code == 200
    assert answer.json()["data"] == []


async def test_base_path_is_a_setting(http_with: ClientFactory, runtime: ScriptedRuntime) -> None:
    """Under another base path the calls are there, and at the usual one no longer."""
    http = http_with(legacy_base="/old/")

    there = await http.get("/old/tasks?user=ann")
    gone = await http.get(f"{BASE}/tasks?user=ann")
    deprecated = await http.post("/old/process/p/start")

    assert (there.status_code, gone.status_code) == (200, 404)
    assert deprecated.headers["link"] == '</old/process/start>; rel="successor-version"'


async def test_long_answer_is_compressed_on_request(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """A long answer is compressed for whoever accepts gzip, and for nobody else."""
    tasks = [UserTask(user_task_id=str(number)) for number in range(1000)]
    runtime.answer("ListUserTasks", rt.ListUserTasksResponse(user_tasks=tasks))
    url = f"{BASE}/tasks?user=ann"

    plain = await http.get(url, headers={"accept-encoding": "identity"})
    packed = await http.get(url, headers={"accept-encoding": "br;q=1, gzip;q=0.5"})
    refused = await http.get(url, headers={"accept-encoding": "gzip;q=0, *"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.json() == plain.json()
    assert "content-encoding" not in refused.headers
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


STATUS = {
    grpc.StatusCode.CANCELLED: (1, 499),
    grpc.StatusCode.UNKNOWN: (2, 500),
    grpc.StatusCode.INVALID_ARGUMENT: (3, 400),
    grpc.StatusCode.DEADLINE_EXCEEDED: (4, 504),
    grpc.StatusCode.NOT_FOUND: (5, 404),
    grpc.StatusCode.ALREADY_EXISTS: (6, 409),
    grpc.StatusCode.PERMISSION_DENIED: (7, 403),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (8, 429),
    grpc.StatusCode.FAILED_PRECONDITION: (9, 409),
    grpc.StatusCode.ABORTED: (10, 409),
    grpc.StatusCode.OUT_OF_RANGE: (11, 400),
    grpc.StatusCode.UNIMPLEMENTED: (12, 501),
    grpc.StatusCode.INTERNAL: (13, 500),
    grpc.StatusCode.UNAVAILABLE: (14, 503),
    grpc.StatusCode.DATA_LOSS: (15, 500),
    grpc.StatusCode.UNAUTHENTICATED: (16, 401),
}


@pytest.mark.parametrize("code", STATUS, ids=lambda code: code.name)
async def test_failed_call_gets_its_code_and_status(
    code: grpc.StatusCode, http_with: ClientFactory, runtime: ScriptedRuntime
) -> None:
    """A failure has its gRPC number as code and the documented HTTP status; in-band only four statuses stay."""
    number, status = STATUS[code]
    runtime.answer("ClaimUserTask", Failure(code, "The task t1 is bewitched."))

    strict = await http_with().post(f"{BASE}/tasks/t1/claim?user=ann")
    inband = await http_with(legacy_errors=ErrorStyle.INBAND).post(f"{BASE}/tasks/t1/claim?user=ann")

    assert strict.status_code == status
    assert strict.json() == failure(number, "The task t1 is bewitched.")
    assert inband.status_code == (status if status in (401, 413, 429, 503) else 200)
    assert inband.json() == strict.json()


async def test_inband_style_covers_paths_verbs_and_bodies(http_with: ClientFactory) -> None:
    """In-band, an unknown path, a wrong verb and a bad body are HTTP 200; a body over the limit stays 413."""
    http = http_with(legacy_errors=ErrorStyle.INBAND, max_body_bytes=8)

    unknown = await http.get(f"{BASE}/nope")
    verb = await http.get(f"{BASE}/classAction")
    bad = await http.post(COMPLETE, content="[]")
    long = await http.post(COMPLETE, content='{"a": 1234}')

    assert [(each.status_code, each.json()["code"]) for each in (unknown, verb, bad, long)] == [
        (200, 5),
        (200, 12),
        (200, 3),
        (413, 3),
    ]


async def test_violations_carry_the_names_of_the_caller(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """A violation of a request field is told by the legacy name of that field."""
    bad = details.BadRequest(
        field_violations=[
            details.BadRequest.FieldViolation(field="version_tag", description="There is no v.9."),
            details.BadRequest.FieldViolation(field="variables.Room", description="Room is doubled."),
            details.BadRequest.FieldViolation(field="request_id", description="It is too long."),
        ]
    )
    runtime.answer("StartProcessInstance", Failure(grpc.StatusCode.INVALID_ARGUMENT, "Three things.", (bad,)))

    answer = await http.post(f"{BASE}/process/start", content='{"processName": "p"}')

    assert answer.json() == failure(
        3,
        "Three things.",
        ("snapVersion", "There is no v.9."),
        ("object.Room", "Room is doubled."),
        ("Idempotency-Key", "It is too long."),
    )


async def test_retry_delay_becomes_a_header(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """RetryInfo becomes Retry-After in whole seconds, rounded up; a missing login names the scheme."""
    retry = details.RetryInfo(retry_delay=Duration(seconds=1, nanos=200_000_000))
    runtime.answer(
        "ClaimUserTask",
        Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "Too much.", (retry,)),
        Failure(grpc.StatusCode.UNAUTHENTICATED, "Who are you?"),
    )

    busy = await http.post(f"{BASE}/tasks/t1/claim?user=ann")
    unknown = await http.post(f"{BASE}/tasks/t1/claim?user=ann")

    assert (busy.status_code, busy.headers["retry-after"]) == (429, "2")
    assert (unknown.status_code, unknown.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("found", "expected"),
    (
        (rt.GetProcessDefinitionResponse(), "ours-1"),
        (Failure(grpc.StatusCode.NOT_FOUND, "No such version."), ""),
        (Failure(grpc.StatusCode.PERMISSION_DENIED, "You may only start."), ""),
    ),
)
async def test_unique_id_counts_only_where_it_is_ours(
    found: object, expected: str, http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """A uniqueId that the runtime knows goes on to it, which checks it against the name; another one is left out."""
    runtime.answer("GetProcessDefinition", found)

    answer = await http.post(f"{BASE}/process/start", content='{"processName": "p", "uniqueId": "ours-1"}')

    assert answer.status_code == 200
    assert runtime.methods == ["GetProcessDefinition", "StartProcessInstance"]
    assert runtime.arrived[0].request.process_definition_id == "ours-1"
    assert runtime.last.request.process_definition_id == expected


async def test_unique_id_of_another_shape_is_not_asked_for(http: httpx2.AsyncClient, runtime: ScriptedRuntime) -> None:
    """A uniqueId that cannot be one of ours costs no call."""
    await http.post(f"{BASE}/process/start", content='{"processName": "p", "uniqueId": "a.b:c"}')

    assert runtime.methods == ["StartProcessInstance"]
    assert runtime.last.request.process_definition_id == ""


async def test_failing_look_up_of_a_unique_id_fails_the_start(
    http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """Where it cannot be told whether a uniqueId is ours nothing is started."""
    runtime.answer("GetProcessDefinition", Failure(grpc.StatusCode.UNAVAILABLE, "Draining."))

    answer = await http.post(f"{BASE}/process/start", content='{"processName": "p", "uniqueId": "u"}')

    assert answer.status_code == 503
    assert runtime.methods == ["GetProcessDefinition"]


@pytest.mark.parametrize(
    ("header", "expected"), (("k-1", "k-1"), ('"k-1"', "k-1"), (' "a\\"b" ', 'a"b'), ('""', ""), ('"', '"'))
)
async def test_idempotency_key_becomes_the_request_id(
    header: str, expected: str, http: httpx2.AsyncClient, runtime: ScriptedRuntime
) -> None:
    """Idempotency-Key, bare or quoted, is the request id of calls that take one, and nothing to the others."""
    headers = {"idempotency-key": header}

    await http.post(f"{BASE}/tasks/t1/claim?user=ann", headers=headers)
    listed = await http.get(f"{BASE}/tasks?user=ann", headers=headers)

    assert runtime.arrived[0].request.request_id == expected
    assert listed.status_code == 200


async def test_failure_of_the_adapter_itself_is_told_safely(
    channel: grpc.aio.Channel, http: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the adapter itself fails the caller gets code 13 and a safe text, and the log gets the cause."""
    await channel.close()

    answer = await http.post(f"{BASE}/tasks/t1/claim?user=ann")

    assert answer.status_code == 500
    assert answer.json() == failure(13, "The adapter failed; its log says why.")
    assert "Channel is closed" in caplog.text
