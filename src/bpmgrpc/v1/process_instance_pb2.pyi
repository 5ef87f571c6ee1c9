import datetime

from bpmgrpc.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProcessInstance(_message.Message):
    __slots__ = ("process_instance_id", "root_process_instance_id", "parent_process_instance_id", "process_definition_id", "process_name", "app_name", "version", "version_tag", "business_key", "state", "create_time", "end_time", "create_by", "variables", "end_reason", "open_incident_count")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[ProcessInstance.State]
        STATE_ACTIVE: _ClassVar[ProcessInstance.State]
        STATE_SUSPENDED: _ClassVar[ProcessInstance.State]
        STATE_COMPLETED: _ClassVar[ProcessInstance.State]
        STATE_CANCELED: _ClassVar[ProcessInstance.State]
        STATE_FAILED: _ClassVar[ProcessInstance.State]
    STATE_UNSPECIFIED: ProcessInstance.State
    STATE_ACTIVE: ProcessInstance.State
    STATE_SUSPENDED: ProcessInstance.State
    STATE_COMPLETED: ProcessInstance.State
    STATE_CANCELED: ProcessInstance.State
    STATE_FAILED: ProcessInstance.State
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    ROOT_PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PARENT_PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    VERSION_TAG_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_KEY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_BY_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    END_REASON_FIELD_NUMBER: _ClassVar[int]
    OPEN_INCIDENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    root_process_instance_id: str
    parent_process_instance_id: str
    process_definition_id: str
    process_name: str
    app_name: str
    version: int
    version_tag: str
    business_key: str
    state: ProcessInstance.State
    create_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    create_by: str
    variables: str
    end_reason: str
    open_incident_count: int
    def __init__(self, process_instance_id: _Optional[str] = ..., root_process_instance_id: _Optional[str] = ..., parent_process_instance_id: _Optional[str] = ..., process_definition_id: _Optional[str] = ..., process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., version: _Optional[int] = ..., version_tag: _Optional[str] = ..., business_key: _Optional[str] = ..., state: _Optional[_Union[ProcessInstance.State, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_by: _Optional[str] = ..., variables: _Optional[str] = ..., end_reason: _Optional[str] = ..., open_incident_count: _Optional[int] = ...) -> None: ...

class ElementInstance(_message.Message):
    __slots__ = ("element_instance_id", "process_instance_id", "element_id", "element_type", "name", "state", "create_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[ElementInstance.State]
        STATE_ACTIVE: _ClassVar[ElementInstance.State]
        STATE_INCIDENT: _ClassVar[ElementInstance.State]
        STATE_READY: _ClassVar[ElementInstance.State]
    STATE_UNSPECIFIED: ElementInstance.State
    STATE_ACTIVE: ElementInstance.State
    STATE_INCIDENT: ElementInstance.State
    STATE_READY: ElementInstance.State
    ELEMENT_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    element_instance_id: str
    process_instance_id: str
    element_id: str
    element_type: str
    name: str
    state: ElementInstance.State
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, element_instance_id: _Optional[str] = ..., process_instance_id: _Optional[str] = ..., element_id: _Optional[str] = ..., element_type: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[ElementInstance.State, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HistoryEvent(_message.Message):
    __slots__ = ("history_event_id", "root_process_instance_id", "event_time", "event_type", "element_id", "element_instance_id", "actor", "attributes")
    HISTORY_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    ROOT_PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    history_event_id: str
    root_process_instance_id: str
    event_time: _timestamp_pb2.Timestamp
    event_type: str
    element_id: str
    element_instance_id: str
    actor: str
    attributes: str
    def __init__(self, history_event_id: _Optional[str] = ..., root_process_instance_id: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_type: _Optional[str] = ..., element_id: _Optional[str] = ..., element_instance_id: _Optional[str] = ..., actor: _Optional[str] = ..., attributes: _Optional[str] = ...) -> None: ...
