import json

from bpmgrpc.cli.json_output import message_document, write_document
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from bpmgrpc.v1.process_runtime_pb2 import (
    GetProcessInstanceResponse,
    GetUserTaskVariablesResponse,
    RefreshProcessCacheResponse,
)


def test_variables_are_embedded_with_their_source_text() -> None:
    """Variables are an object of the document, and numbers of any size keep every digit."""
    response = GetUserTaskVariablesResponse(variables='{"id":12345678901234567890123,"rate":1.10,"ชื่อ":"สมชาย"}')

    text = write_document(message_document(response))

    assert text == '{\n  "variables": {"id":12345678901234567890123,"rate":1.10,"ชื่อ":"สมชาย"}\n}'


def test_empty_variables_are_the_empty_object() -> None:
    """Text that is empty means an object without members."""
    document = message_document(GetProcessInstanceResponse(process_instance=ProcessInstance()))

    assert json.loads(write_document(document))["processInstance"]["variables"] == {}


def test_every_plain_field_is_written() -> None:
    """Programs find each field whether it is set or not; absent times are left out."""
    document = message_document(ProcessInstance(process_instance_id="7", state=ProcessInstance.STATE_ACTIVE))

    assert document["processInstanceId"] == "7"
    assert document["state"] == "STATE_ACTIVE"
    assert not document["businessKey"]
    assert "endTime" not in document


def test_list_of_json_texts_is_a_list_of_objects() -> None:
    """A repeated JSON field is a list of embedded objects, within nested messages too."""
    response = RefreshProcessCacheResponse(schemas=['{"a": 1}', ""])

    assert json.loads(write_document(message_document(response)))["schemas"] == [{"a": 1}, {}]


def test_document_is_indented_json() -> None:
    """Lists and objects are written two blanks a level; empty ones on one line."""
    text = write_document({"a": [1, {"b": None}], "c": [], "d": {}, "e": "ก\n"})

    assert text == '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": [],\n  "d": {},\n  "e": "ก\\n"\n}'
