"""What the contract does not use today and may use tomorrow: every kind of field, nested queries, streams to the
wire.
"""

import asyncio
import json
import math
from typing import Any

import grpc
import pytest
from google.api import http_pb2
from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    field_mask_pb2,
    json_format,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor import FieldDescriptor
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2

from bpmgrpc_rest import RestSettings
from bpmgrpc_rest.app import Adapter
from bpmgrpc_rest.contract import message_class
from bpmgrpc_rest.errors import Problem, status_json
from bpmgrpc_rest.json_reader import merge_message
from bpmgrpc_rest.json_writer import message_json
from bpmgrpc_rest.query import merge_query
from bpmgrpc_rest.transcode import Binding
from bpmgrpc_rest.upstream import Upstream
from bpmgrpc_rest.v1 import V1
from tests.rest.scripted_runtime import NOW, ScriptedRuntime

KINDS = [
    "double",
    "float",
    "int64",
    "uint64",
    "int32",
    "fixed64",
    "fixed32",
    "bool",
    "string",
    "bytes",
    "uint32",
    "sfixed32",
    "sfixed64",
    "sint32",
    "sint64",
]
WELL_KNOWN: tuple[Any, ...] = (timestamp_pb2, duration_pb2, field_mask_pb2, wrappers_pb2, struct_pb2)
NUMBERS = {name: getattr(FieldDescriptor, f"TYPE_{name.upper()}") for name in KINDS}


def _everything() -> type[Any]:
    """Makes a message type with a field of every kind."""
    file = descriptor_pb2.FileDescriptorProto(
        name="tests/rest/everything.proto",
        package="bpmgrpc_rest_tests",
        syntax="proto3",
        dependency=[module.DESCRIPTOR.name for module in WELL_KNOWN],
    )
    message = file.message_type.add(name="Everything")
    for number, (name, kind) in enumerate(NUMBERS.items(), start=1):
        message.field.add(name=f"a_{name}", number=number, type=kind, label=1)
    singular = {
        "inner": ".bpmgrpc_rest_tests.Everything",
        "when": ".google.protobuf.Timestamp",
        "mask": ".google.protobuf.FieldMask",
        "wrapped": ".google.protobuf.Int32Value",
        "word": ".google.protobuf.StringValue",
        "free": ".google.protobuf.Struct",
    }
    for number, (name, type_name) in enumerate(singular.items(), start=20):
        message.field.add(name=name, number=number, type=11, label=1, type_name=type_name)
    message.field.add(name="inners", number=30, type=11, label=3, type_name=singular["inner"])
    for number, (name, key, value) in enumerate(
        (("by_number", 5, 11), ("by_truth", 8, 9), ("by_name", 9, 3)), start=40
    ):
        entry = message.nested_type.add(name=name.title().replace("_", "") + "Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=key, label=1)
        inner = singular["inner"] if value == 11 else None
        entry.field.add(name="value", number=2, type=value, label=1, type_name=inner)
        type_name = f".bpmgrpc_rest_tests.Everything.{entry.name}"
        message.field.add(name=name, number=number, type=11, label=3, type_name=type_name)
    message.oneof_decl.add(name="choice")
    for number, name in enumerate(("left", "right"), start=50):
        message.field.add(name=name, number=number, type=9, label=1, oneof_index=0)
    pool = descriptor_pool.Default()
    pool.Add(file)
    return message_class(pool.FindMessageTypeByName("bpmgrpc_rest_tests.Everything"))


Everything = _everything()


def read(text: str) -> Any:
    message = Everything()
    merge_message(text, message)
    return message


def asked(query: dict[str, list[str]]) -> Any:
    message = Everything()
    merge_query(query, message, frozenset())
    return message


def refusal(text: str) -> str:
    with pytest.raises(Problem) as error:
        read(text)
    return error.value.message


FULL = """{
    "aDouble": 1.5, "aFloat": "-Infinity", "aInt64": "-9223372036854775808", "aUint64": 18446744073709551615,
    "aInt32": -2147483648, "aFixed64": "7", "aFixed32": 4294967295, "aBool": true, "aString": "ห้อง\\u0000", "aBytes":
    "/+8=", "aUint32": 1e3, "aSfixed32": -7, "aSfixed64": "-7", "aSint32": 5, "aSint64": 1.0,
    "inner": {"inner": {"aInt32": 3}, "inners": [{}, {"aBool": true}]},
    "when": "2026-11-23T10:00:00.5Z", "mask": "aInt32,inner.aBool", "wrapped": 0, "word": "", "free": {"x": [1, null]},
    "inners": [{"left": "l"}], "byNumber": {"-4": {"aInt32": 1}}, "byTruth": {"true": "yes"}, "byName": {"n":
    "9007199254740993"}, "right": "r"
}"""


def test_every_kind_of_field_is_read_as_the_reference_reads_it() -> None:
    """A message with a field of every kind is read as protobuf's own mapping reads it."""
    expected = Everything()
    json_format.Parse(FULL, expected)

    assert read(FULL) == expected


def test_every_kind_of_field_is_written_as_the_reference_writes_it() -> None:
    """A message with a field of every kind is written as protobuf's own mapping writes it, and read back the same."""
    message = read(FULL)

    text = message_json(message)

    reference = json_format.MessageToDict(message, always_print_fields_with_no_presence=True)
    assert json.loads(text) == reference
    assert read(text) == message


def test_numbers_that_are_none_are_written_by_their_names() -> None:
    """NaN and the infinities are strings."""
    message = Everything(a_double=math.nan, a_float=math.inf)

    written = json.loads(message_json(message))

    assert (written["aDouble"], written["aFloat"]) == ("NaN", "Infinity")


@pytest.mark.parametrize(
    ("text", "message"),
    (
        ('{"left": "l", "right": "r"}', "right and left exclude each other."),
        ('{"aDouble": "fast"}', 'aDouble must be a number, not "fast".'),
        ('{"aFloat": true}', "aFloat must be a number, not true."),
        ('{"aBool": "true"}', 'aBool must be true or false, not "true".'),
        ('{"aBytes": 1}', "aBytes must be base64 in a string, not 1."),
        ('{"aUint64": -1}', "aUint64 must be an integer from 0 to 18446744073709551615, not -1."),
        ('{"aInt32": []}', "aInt32 must be an integer from -2147483648 to 2147483647, not an array."),
        (
            '{"aInt32": ' + "9" * 50 + "}",
            "aInt32 must be an integer from -2147483648 to 2147483647, not a longer number.",
        ),
        ('{"inner": 1}', "inner must be an object."),
        ('{"inner": {"inner": {"aInt": 1}}}', '"inner.inner.aInt" is no member of Everything.'),
        ('{"byNumber": {"x": {}}}', 'byNumber.x must be an integer from -2147483648 to 2147483647, not "x".'),
        ('{"byName": {"a": null}}', "byName.a must not be null."),
        (
            '{"when": 1}',
            'when must be a time of RFC 3339 such as "2026-11-23T10:00:00Z", not 1.',
        ),
        (
            '{"when": "tomorrow"}',
            'when must be a time of RFC 3339 such as "2026-11-23T10:00:00Z", not "tomorrow".',
        ),
    ),
)
def test_value_that_does_not_fit_is_refused_with_its_path(text: str, message: str) -> None:
    """A value that does not fit is refused, with the path to it."""
    assert refusal(text) == message


def test_well_known_type_that_cannot_be_read_is_refused() -> None:
    """What protobuf's own mapping refuses is refused with the field's name."""
    assert refusal('{"wrapped": "x"}').startswith("wrapped cannot be read: ")


def test_query_reaches_into_nested_messages() -> None:
    """Dotted names reach nested fields; times, masks and wrappers are texts."""
    message = asked(
        {
            "inner.a_int32": ["3"],
            "inner.inner.aBool": ["true"],
            "when": ["2026-11-23T10:00:00Z"],
            "mask": ["aInt32,inner"],
            "wrapped": ["0"],
            "word": ["5"],
            "aBytes": ["_-8"],
            "aDouble": ["-1.5e3"],
        }
    )

    expected = {
        "inner": {"aInt32": 3, "inner": {"aBool": True}},
        "when": "2026-11-23T10:00:00Z",
        "mask": "aInt32,inner",
        "wrapped": 0,
        "word": "5",
        "aBytes": "/+8=",
        "aDouble": -1500.0,
    }
    assert json_format.MessageToDict(message) == expected


@pytest.mark.parametrize("name", ("inners", "inners.aBool", "byName", "inner", "free", "aInt32.x", "nothing"))
def test_query_refuses_what_text_cannot_tell(name: str) -> None:
    """Maps, lists of messages, whole messages and what does not exist are no query parameters."""
    with pytest.raises(Problem) as error:
        asked({name: ["1"]})

    assert error.value.message == f'"{name}" is no query parameter of this method.'


def test_query_refuses_a_wrapper_that_does_not_fit() -> None:
    """A wrapped number is a number in the query too."""
    with pytest.raises(Problem) as error:
        asked({"wrapped": ["many"]})

    assert error.value.message == 'wrapped cannot be "many".'


def test_detail_of_an_unknown_type_keeps_its_name_and_bytes() -> None:
    """A detail of a type that this process does not know is shown by name and base64."""
    unknown = any_pb2.Any(type_url="type.googleapis.com/other.Thing", value=b"\x08\x01")
    known = any_pb2.Any()
    known.Pack(error_details_pb2.ErrorInfo(reason="R"))
    problem = Problem(grpc.StatusCode.ABORTED, "No.", rpc_status=status_pb2.Status(details=[unknown, known]))

    assert json.loads(status_json(problem))["details"] == [
        {"@type": "type.googleapis.com/other.Thing", "value": "CAE="},
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "R"},
    ]


def test_details_that_cannot_be_read_leave_code_and_message() -> None:
    """Trailing metadata that is no Status costs the details, not the answer."""
    trailing = grpc.aio.Metadata(("grpc-status-details-bin", b"\xff\xff"))
    error = grpc.aio.AioRpcError(grpc.StatusCode.NOT_FOUND, grpc.aio.Metadata(), trailing, details="Gone.")

    problem = Problem.from_rpc(error)

    assert (problem.code, problem.message, problem.rpc_status) == (grpc.StatusCode.NOT_FOUND, "Gone.", None)


async def test_websocket_is_refused(channel: grpc.aio.Channel) -> None:
    """The adapter speaks no websocket."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await Adapter(channel, RestSettings(), lambda: NOW)({"type": "websocket"}, receive, send)

    assert sent == [{"type": "websocket.close"}]


def watching(channel: grpc.aio.Channel) -> Adapter:
    """Makes an adapter that serves the health service's stream."""
    watch = health_pb2.DESCRIPTOR.services_by_name["Health"].methods_by_name["Watch"]
    adapter = Adapter(channel, RestSettings(), lambda: NOW)
    binding = Binding.from_rule(watch, http_pb2.HttpRule(get="/v1/health:watch"))
    adapter._v1 = V1([binding], Upstream(channel), RestSettings())
    return adapter


def scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/v1/health:watch",
        "raw_path": b"/v1/health:watch",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 1),
    }


async def test_stream_is_sent_line_by_line(channel: grpc.aio.Channel, runtime: ScriptedRuntime) -> None:
    """Each response is sent when it comes; the deadline's error is the last line."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)
        if message.get("body", b"").startswith(b'{"status":"SERVING"}'):
            await runtime.health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)

    await watching(channel)(scope((b"grpc-timeout", b"500m")), receive, send)

    assert sent[0]["status"] == 200
    assert sent[1] == {"type": "http.response.body", "body": b'{"status":"SERVING"}\n', "more_body": True}
    assert sent[2]["body"] == b'{"status":"NOT_SERVING"}\n'
    assert json.loads(sent[3]["body"])["error"]["code"] == 4
    assert sent[-1] == {"type": "http.response.body", "body": b""}


async def test_stream_ends_with_its_reader(channel: grpc.aio.Channel, runtime: ScriptedRuntime) -> None:
    """When the reader goes away the stream ends."""
    sent: list[dict[str, Any]] = []
    seen = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await seen.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) > 1:
            seen.set()

    await watching(channel)(scope(), receive, send)

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
