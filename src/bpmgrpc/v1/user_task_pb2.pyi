import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UserTask(_message.Message):
    __slots__ = ("user_task_id", "process_instance_id", "root_process_instance_id", "process_definition_id", "process_name", "app_name", "element_id", "name", "description", "state", "assignee", "owner", "candidate_users", "candidate_groups", "candidate_roles", "work_party", "priority", "create_time", "due_time", "follow_up_time", "claim_time", "end_time", "create_by", "form_key", "load_link_entity_id", "load_link_param", "business_key", "parent_user_task_id", "etag", "delegation_state", "start_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[UserTask.State]
        STATE_WAITING: _ClassVar[UserTask.State]
        STATE_ASSIGNED: _ClassVar[UserTask.State]
        STATE_CLAIMED: _ClassVar[UserTask.State]
        STATE_COMPLETED: _ClassVar[UserTask.State]
        STATE_CANCELED: _ClassVar[UserTask.State]
    STATE_UNSPECIFIED: UserTask.State
    STATE_WAITING: UserTask.State
    STATE_ASSIGNED: UserTask.State
    STATE_CLAIMED: UserTask.State
    STATE_COMPLETED: UserTask.State
    STATE_CANCELED: UserTask.State
    class DelegationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        DELEGATION_STATE_UNSPECIFIED: _ClassVar[UserTask.DelegationState]
        DELEGATION_STATE_PENDING: _ClassVar[UserTask.DelegationState]
        DELEGATION_STATE_RESOLVED: _ClassVar[UserTask.DelegationState]
    DELEGATION_STATE_UNSPECIFIED: UserTask.DelegationState
    DELEGATION_STATE_PENDING: UserTask.DelegationState
    DELEGATION_STATE_RESOLVED: UserTask.DelegationState
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    ROOT_PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_USERS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_GROUPS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_ROLES_FIELD_NUMBER: _ClassVar[int]
    WORK_PARTY_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_UP_TIME_FIELD_NUMBER: _ClassVar[int]
    CLAIM_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_BY_FIELD_NUMBER: _ClassVar[int]
    FORM_KEY_FIELD_NUMBER: _ClassVar[int]
    LOAD_LINK_ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    LOAD_LINK_PARAM_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_KEY_FIELD_NUMBER: _ClassVar[int]
    PARENT_USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    DELEGATION_STATE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    process_instance_id: str
    root_process_instance_id: str
    process_definition_id: str
    process_name: str
    app_name: str
    element_id: str
    name: str
    description: str
    state: UserTask.State
    assignee: str
    owner: str
    candidate_users: _containers.RepeatedScalarFieldContainer[str]
    candidate_groups: _containers.RepeatedScalarFieldContainer[str]
    candidate_roles: _containers.RepeatedScalarFieldContainer[str]
    work_party: str
    priority: int
    create_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    follow_up_time: _timestamp_pb2.Timestamp
    claim_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    create_by: str
    form_key: str
    load_link_entity_id: str
    load_link_param: str
    business_key: str
    parent_user_task_id: str
    etag: str
    delegation_state: UserTask.DelegationState
    start_time: _timestamp_pb2.Timestamp
    def __init__(self, user_task_id: _Optional[str] = ..., process_instance_id: _Optional[str] = ..., root_process_instance_id: _Optional[str] = ..., process_definition_id: _Optional[str] = ..., process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., element_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., state: _Optional[_Union[UserTask.State, str]] = ..., assignee: _Optional[str] = ..., owner: _Optional[str] = ..., candidate_users: _Optional[_Iterable[str]] = ..., candidate_groups: _Optional[_Iterable[str]] = ..., candidate_roles: _Optional[_Iterable[str]] = ..., work_party: _Optional[str] = ..., priority: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., follow_up_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., claim_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_by: _Optional[str] = ..., form_key: _Optional[str] = ..., load_link_entity_id: _Optional[str] = ..., load_link_param: _Optional[str] = ..., business_key: _Optional[str] = ..., parent_user_task_id: _Optional[str] = ..., etag: _Optional[str] = ..., delegation_state: _Optional[_Union[UserTask.DelegationState, str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
