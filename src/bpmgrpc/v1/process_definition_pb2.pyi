import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProcessDefinitionView(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROCESS_DEFINITION_VIEW_UNSPECIFIED: _ClassVar[ProcessDefinitionView]
    PROCESS_DEFINITION_VIEW_BASIC: _ClassVar[ProcessDefinitionView]
    PROCESS_DEFINITION_VIEW_FULL: _ClassVar[ProcessDefinitionView]
PROCESS_DEFINITION_VIEW_UNSPECIFIED: ProcessDefinitionView
PROCESS_DEFINITION_VIEW_BASIC: ProcessDefinitionView
PROCESS_DEFINITION_VIEW_FULL: ProcessDefinitionView

class ProcessDefinition(_message.Message):
    __slots__ = ("process_definition_id", "process_name", "display_name", "app_name", "version", "version_tag", "resource_name", "create_time", "state", "bpmn_xml")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[ProcessDefinition.State]
        STATE_ACTIVE: _ClassVar[ProcessDefinition.State]
        STATE_SUSPENDED: _ClassVar[ProcessDefinition.State]
    STATE_UNSPECIFIED: ProcessDefinition.State
    STATE_ACTIVE: ProcessDefinition.State
    STATE_SUSPENDED: ProcessDefinition.State
    PROCESS_DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    VERSION_TAG_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    BPMN_XML_FIELD_NUMBER: _ClassVar[int]
    process_definition_id: str
    process_name: str
    display_name: str
    app_name: str
    version: int
    version_tag: str
    resource_name: str
    create_time: _timestamp_pb2.Timestamp
    state: ProcessDefinition.State
    bpmn_xml: bytes
    def __init__(self, process_definition_id: _Optional[str] = ..., process_name: _Optional[str] = ..., display_name: _Optional[str] = ..., app_name: _Optional[str] = ..., version: _Optional[int] = ..., version_tag: _Optional[str] = ..., resource_name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[ProcessDefinition.State, str]] = ..., bpmn_xml: _Optional[bytes] = ...) -> None: ...

class ElementVerdict(_message.Message):
    __slots__ = ("resource_name", "process_name", "element_id", "element_type", "verdict", "reason", "line", "column")
    class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        VERDICT_UNSPECIFIED: _ClassVar[ElementVerdict.Verdict]
        VERDICT_RUNS: _ClassVar[ElementVerdict.Verdict]
        VERDICT_IGNORED: _ClassVar[ElementVerdict.Verdict]
        VERDICT_REFUSED: _ClassVar[ElementVerdict.Verdict]
    VERDICT_UNSPECIFIED: ElementVerdict.Verdict
    VERDICT_RUNS: ElementVerdict.Verdict
    VERDICT_IGNORED: ElementVerdict.Verdict
    VERDICT_REFUSED: ElementVerdict.Verdict
    RESOURCE_NAME_FIELD_NUMBER: _ClassVar[int]
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    resource_name: str
    process_name: str
    element_id: str
    element_type: str
    verdict: ElementVerdict.Verdict
    reason: str
    line: int
    column: int
    def __init__(self, resource_name: _Optional[str] = ..., process_name: _Optional[str] = ..., element_id: _Optional[str] = ..., element_type: _Optional[str] = ..., verdict: _Optional[_Union[ElementVerdict.Verdict, str]] = ..., reason: _Optional[str] = ..., line: _Optional[int] = ..., column: _Optional[int] = ...) -> None: ...

class DeploymentRefusal(_message.Message):
    __slots__ = ("verdicts",)
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    verdicts: _containers.RepeatedCompositeFieldContainer[ElementVerdict]
    def __init__(self, verdicts: _Optional[_Iterable[_Union[ElementVerdict, _Mapping]]] = ...) -> None: ...
