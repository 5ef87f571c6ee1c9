"""JSON as text: whatever a caller's objects hold comes out as it went in, and what comes out is always JSON."""

import json
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmgrpc.v1 import process_runtime_pb2 as rt
from bpmgrpc.v1.job_pb2 import Job
from bpmgrpc.v1.user_task_pb2 import UserTask
from bpmgrpc_rest.errors import Problem
from bpmgrpc_rest.json_reader import merge_message
from bpmgrpc_rest.json_text import JsonError, check_end, elements, members
from bpmgrpc_rest.json_writer import message_json
from bpmgrpc_rest.tasks import task_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.one_of(
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(lambda number: format(number, "f")),
    st.sampled_from(["1.10", "-0", "1E5", "12345678901234567890123", "1e400", "0.10000000000000000001"]),
)
BLANKS = st.text(" \t\n\r", max_size=2)


@st.composite
def json_texts(draw: st.DrawFn, depth: int = 3) -> str:
    kinds = ["text", "number", "word"] + (["array", "object"] if depth else [])
    match draw(st.sampled_from(kinds)):
        case "text":
            return json.dumps(draw(TEXTS), ensure_ascii=draw(st.booleans()))
        case "number":
            return draw(NUMBERS)
        case "array":
            items = draw(st.lists(json_texts(depth - 1), max_size=3))
            return "[" + ",".join(draw(BLANKS) + item + draw(BLANKS) for item in items) + "]"
        case "object":
            return draw(objects(depth - 1))
        case _:
            return draw(st.sampled_from(["true", "false", "null"]))


@st.composite
def objects(draw: st.DrawFn, depth: int = 3) -> str:
    found = draw(st.dictionaries(TEXTS, json_texts(depth), max_size=4))
    inner = ",".join(
        f"{draw(BLANKS)}{json.dumps(name)}{draw(BLANKS)}:{draw(BLANKS)}{text}" for name, text in found.items()
    )
    return "{" + inner + draw(BLANKS) + "}"


@settings(deadline=None)
@given(objects(), BLANKS, TEXTS)
def test_object_goes_in_and_out_by_its_source_text(text: str, blank: str, name: str) -> None:
    """A caller's object arrives in the message character by character, and is written so."""
    request = rt.StartProcessInstanceRequest()
    body = f'{blank}{{"variables"{blank}:{blank}{text}{blank},"processName":{json.dumps(name)}}}{blank}'

    merge_message(body, request)

    assert request.variables == text
    assert request.process_name == name
    assert f'"variables":{text},' in message_json(request)


@settings(deadline=None)
@given(objects())
def test_members_are_the_slices_of_the_object(text: str) -> None:
    """Splitting an object gives each member's own text, in order, and the object's end."""
    parts, end = members(text)

    assert end == len(text)
    whole = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    assert [part.name for part in parts] == list(whole)
    for part in parts:
        assert json.loads(text[part.start : part.end], parse_float=Decimal, parse_int=Decimal) == whole[part.name]


@settings(deadline=None)
@given(st.one_of(st.text(max_size=30), st.text('{}[]",:0123456789eE+-.tfn \\u', max_size=30)))
def test_reader_ends_in_a_message_or_a_problem(text: str) -> None:
    """Whatever text it is given, the reader fills the message or tells a problem."""
    outcome = 0
    try:
        merge_message(text, rt.StartProcessInstanceRequest())
    except Problem as problem:
        outcome = problem.number

    assert outcome in (0, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    (
        ("[]", "Expecting '{' at line 1 column 1"),
        ('{"a" 1}', "Expecting ':' at line 1 column 6"),
        ('{"a": 1 "b": 2}', "Expecting ',' at line 1 column 9"),
        ('{\n "a": 1,\n}', "Expecting a member's name in double quotes at line 3 column 1"),
        ('{"a": }', "Expecting value at line 1 column 7"),
        ('{"a": 1', "Expecting ',' at line 1 column 8"),
        ('{"a": 01}', "Expecting ',' at line 1 column 8"),
        ("{'a': 1}", "Expecting a member's name in double quotes at line 1 column 2"),
    ),
)
def test_malformed_object_is_refused_with_its_place(text: str, message: str) -> None:
    """What is no object is refused with line and column."""
    with pytest.raises(JsonError) as error:
        members(text)

    assert str(error.value) == message


def test_text_after_the_end_is_refused() -> None:
    """Only blanks may follow."""
    parts, end = elements("[1, 2] ,")

    assert [(part.value, part.start, part.end) for part in parts] == [("1", 1, 2), ("2", 4, 5)]
    with pytest.raises(JsonError, match="Expecting the end of the text at line 1 column 8"):
        check_end("[1, 2] ,", end)


MESSAGES = st.builds(
    UserTask,
    user_task_id=TEXTS,
    name=TEXTS,
    priority=st.integers(-(2**31), 2**31 - 1),
    state=st.integers(0, 5),
    candidate_users=st.lists(TEXTS, max_size=3),
)


@settings(deadline=None)
@given(MESSAGES)
def test_writer_and_reader_agree_with_the_reference(message: UserTask) -> None:
    """What is written is what protobuf's own mapping writes, and is read back as the same message."""
    text = message_json(message)
    again = UserTask()

    merge_message(text, again)

    expected = json_format.MessageToDict(message, always_print_fields_with_no_presence=True)
    assert json.loads(text) == expected
    assert again == message


@settings(deadline=None)
@given(MESSAGES)
def test_task_record_is_always_json(message: UserTask) -> None:
    """Whatever a task holds its record is JSON with the same texts."""
    record: dict[str, Any] = json.loads(task_json(message))

    assert record["id"] == (message.user_task_id or None)
    assert record["name"] == (message.name or None)


def test_map_is_read_and_written() -> None:
    """A map is an object; a doubled key is refused."""
    job = Job()
    merge_message('{"customHeaders": {"a": "1", "b": ""}}', job)

    assert dict(job.custom_headers) == {"a": "1", "b": ""}
    with pytest.raises(Problem, match=r"customHeaders\.a is there twice"):
        merge_message('{"customHeaders": {"a": "1", "a": "2"}}', Job())
    with pytest.raises(Problem, match="customHeaders must be an object"):
        merge_message('{"customHeaders": []}', Job())
