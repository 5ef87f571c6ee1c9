import datetime

from bpmgrpc.v1 import user_task_pb2 as _user_task_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UserTaskFilter(_message.Message):
    __slots__ = ("parts", "process_instance_id", "process_name", "app_name", "business_key", "states", "assignee", "role", "group", "work_party", "owner", "element_id", "name_contains", "priority_min", "priority_max", "create_time", "due_time", "follow_up_time", "fields", "end_time", "parent_user_task_id")
    class Part(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PART_UNSPECIFIED: _ClassVar[UserTaskFilter.Part]
        PART_CLAIMED: _ClassVar[UserTaskFilter.Part]
        PART_OFFERED_TO_USER: _ClassVar[UserTaskFilter.Part]
        PART_OFFERED_TO_GROUPS: _ClassVar[UserTaskFilter.Part]
        PART_OFFERED_TO_ROLES: _ClassVar[UserTaskFilter.Part]
        PART_OFFERED_TO_WORK_PARTIES: _ClassVar[UserTaskFilter.Part]
    PART_UNSPECIFIED: UserTaskFilter.Part
    PART_CLAIMED: UserTaskFilter.Part
    PART_OFFERED_TO_USER: UserTaskFilter.Part
    PART_OFFERED_TO_GROUPS: UserTaskFilter.Part
    PART_OFFERED_TO_ROLES: UserTaskFilter.Part
    PART_OFFERED_TO_WORK_PARTIES: UserTaskFilter.Part
    PARTS_FIELD_NUMBER: _ClassVar[int]
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_KEY_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    WORK_PARTY_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_CONTAINS_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_MIN_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_MAX_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_UP_TIME_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    PARENT_USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    parts: _containers.RepeatedScalarFieldContainer[UserTaskFilter.Part]
    process_instance_id: str
    process_name: str
    app_name: str
    business_key: str
    states: _containers.RepeatedScalarFieldContainer[_user_task_pb2.UserTask.State]
    assignee: str
    role: str
    group: str
    work_party: str
    owner: str
    element_id: str
    name_contains: str
    priority_min: int
    priority_max: int
    create_time: TimeRange
    due_time: TimeRange
    follow_up_time: TimeRange
    fields: _containers.RepeatedScalarFieldContainer[str]
    end_time: TimeRange
    parent_user_task_id: str
    def __init__(self, parts: _Optional[_Iterable[_Union[UserTaskFilter.Part, str]]] = ..., process_instance_id: _Optional[str] = ..., process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., business_key: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_user_task_pb2.UserTask.State, str]]] = ..., assignee: _Optional[str] = ..., role: _Optional[str] = ..., group: _Optional[str] = ..., work_party: _Optional[str] = ..., owner: _Optional[str] = ..., element_id: _Optional[str] = ..., name_contains: _Optional[str] = ..., priority_min: _Optional[int] = ..., priority_max: _Optional[int] = ..., create_time: _Optional[_Union[TimeRange, _Mapping]] = ..., due_time: _Optional[_Union[TimeRange, _Mapping]] = ..., follow_up_time: _Optional[_Union[TimeRange, _Mapping]] = ..., fields: _Optional[_Iterable[str]] = ..., end_time: _Optional[_Union[TimeRange, _Mapping]] = ..., parent_user_task_id: _Optional[str] = ...) -> None: ...

class TimeRange(_message.Message):
    __slots__ = ("start_time", "end_time", "absent")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ABSENT_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    absent: bool
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., absent: bool = ...) -> None: ...
