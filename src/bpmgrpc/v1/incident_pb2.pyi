import datetime

from bpmgrpc.v1 import options_pb2 as _options_pb2
from bpmgrpc.v1 import user_task_filter_pb2 as _user_task_filter_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Incident(_message.Message):
    __slots__ = ("incident_id", "process_instance_id", "root_process_instance_id", "process_definition_id", "process_name", "app_name", "element_id", "element_instance_id", "reason", "message", "state", "create_time", "resolve_time", "variables", "attempts")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Incident.State]
        STATE_OPEN: _ClassVar[Incident.State]
        STATE_RESOLVED: _ClassVar[Incident.State]
    STATE_UNSPECIFIED: Incident.State
    STATE_OPEN: Incident.State
    STATE_RESOLVED: Incident.State
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    ROOT_PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_TIME_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    incident_id: str
    process_instance_id: str
    root_process_instance_id: str
    process_definition_id: str
    process_name: str
    app_name: str
    element_id: str
    element_instance_id: str
    reason: str
    message: str
    state: Incident.State
    create_time: _timestamp_pb2.Timestamp
    resolve_time: _timestamp_pb2.Timestamp
    variables: str
    attempts: int
    def __init__(self, incident_id: _Optional[str] = ..., process_instance_id: _Optional[str] = ..., root_process_instance_id: _Optional[str] = ..., process_definition_id: _Optional[str] = ..., process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., element_id: _Optional[str] = ..., element_instance_id: _Optional[str] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., state: _Optional[_Union[Incident.State, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolve_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., variables: _Optional[str] = ..., attempts: _Optional[int] = ...) -> None: ...

class IncidentFilter(_message.Message):
    __slots__ = ("process_instance_id", "process_name", "app_name", "states", "element_id", "reason", "create_time")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    process_name: str
    app_name: str
    states: _containers.RepeatedScalarFieldContainer[Incident.State]
    element_id: str
    reason: str
    create_time: _user_task_filter_pb2.TimeRange
    def __init__(self, process_instance_id: _Optional[str] = ..., process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Incident.State, str]]] = ..., element_id: _Optional[str] = ..., reason: _Optional[str] = ..., create_time: _Optional[_Union[_user_task_filter_pb2.TimeRange, _Mapping]] = ...) -> None: ...

class IncidentResult(_message.Message):
    __slots__ = ("incident", "error")
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    incident: Incident
    error: _status_pb2.Status
    def __init__(self, incident: _Optional[_Union[Incident, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...
