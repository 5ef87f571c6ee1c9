import datetime

from bpmgrpc.v1 import directory_pb2 as _directory_pb2
from bpmgrpc.v1 import history_retention_pb2 as _history_retention_pb2
from bpmgrpc.v1 import incident_pb2 as _incident_pb2
from bpmgrpc.v1 import operation_pb2 as _operation_pb2
from bpmgrpc.v1 import options_pb2 as _options_pb2
from bpmgrpc.v1 import process_definition_pb2 as _process_definition_pb2
from bpmgrpc.v1 import process_instance_pb2 as _process_instance_pb2
from bpmgrpc.v1 import user_task_filter_pb2 as _user_task_filter_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListIncidentsRequest(_message.Message):
    __slots__ = ("process_instance_id", "process_name", "app_name", "states", "page_size", "page_token", "skip", "order_by", "filter")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    process_name: str
    app_name: str
    states: _containers.RepeatedScalarFieldContainer[_incident_pb2.Incident.State]
    page_size: int
    page_token: str
    skip: int
    order_by: str
    filter: _incident_pb2.IncidentFilter
    def __init__(self, process_instance_id: _Optional[str] = ..., process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_incident_pb2.Incident.State, str]]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., skip: _Optional[int] = ..., order_by: _Optional[str] = ..., filter: _Optional[_Union[_incident_pb2.IncidentFilter, _Mapping]] = ...) -> None: ...

class ListIncidentsResponse(_message.Message):
    __slots__ = ("incidents", "next_page_token", "total_size")
    INCIDENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    incidents: _containers.RepeatedCompositeFieldContainer[_incident_pb2.Incident]
    next_page_token: str
    total_size: int
    def __init__(self, incidents: _Optional[_Iterable[_Union[_incident_pb2.Incident, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class ResolveIncidentRequest(_message.Message):
    __slots__ = ("incident_id", "variables", "retries", "request_id")
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    RETRIES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    incident_id: str
    variables: str
    retries: int
    request_id: str
    def __init__(self, incident_id: _Optional[str] = ..., variables: _Optional[str] = ..., retries: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class ResolveIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class ListHistoryEventsRequest(_message.Message):
    __slots__ = ("process_instance_id", "page_size", "page_token", "skip", "filter")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    page_size: int
    page_token: str
    skip: int
    filter: HistoryEventFilter
    def __init__(self, process_instance_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., skip: _Optional[int] = ..., filter: _Optional[_Union[HistoryEventFilter, _Mapping]] = ...) -> None: ...

class HistoryEventFilter(_message.Message):
    __slots__ = ("event_types", "element_ids", "event_time", "actor", "variable_name")
    EVENT_TYPES_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    VARIABLE_NAME_FIELD_NUMBER: _ClassVar[int]
    event_types: _containers.RepeatedScalarFieldContainer[str]
    element_ids: _containers.RepeatedScalarFieldContainer[str]
    event_time: _user_task_filter_pb2.TimeRange
    actor: str
    variable_name: str
    def __init__(self, event_types: _Optional[_Iterable[str]] = ..., element_ids: _Optional[_Iterable[str]] = ..., event_time: _Optional[_Union[_user_task_filter_pb2.TimeRange, _Mapping]] = ..., actor: _Optional[str] = ..., variable_name: _Optional[str] = ...) -> None: ...

class ListHistoryEventsResponse(_message.Message):
    __slots__ = ("history_events", "next_page_token")
    HISTORY_EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    history_events: _containers.RepeatedCompositeFieldContainer[_process_instance_pb2.HistoryEvent]
    next_page_token: str
    def __init__(self, history_events: _Optional[_Iterable[_Union[_process_instance_pb2.HistoryEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ImportDirectoryRequest(_message.Message):
    __slots__ = ("users", "work_parties", "replace_all")
    USERS_FIELD_NUMBER: _ClassVar[int]
    WORK_PARTIES_FIELD_NUMBER: _ClassVar[int]
    REPLACE_ALL_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[_directory_pb2.DirectoryUser]
    work_parties: _containers.RepeatedCompositeFieldContainer[_directory_pb2.WorkParty]
    replace_all: bool
    def __init__(self, users: _Optional[_Iterable[_Union[_directory_pb2.DirectoryUser, _Mapping]]] = ..., work_parties: _Optional[_Iterable[_Union[_directory_pb2.WorkParty, _Mapping]]] = ..., replace_all: bool = ...) -> None: ...

class ImportDirectoryResponse(_message.Message):
    __slots__ = ("user_count", "work_party_count")
    USER_COUNT_FIELD_NUMBER: _ClassVar[int]
    WORK_PARTY_COUNT_FIELD_NUMBER: _ClassVar[int]
    user_count: int
    work_party_count: int
    def __init__(self, user_count: _Optional[int] = ..., work_party_count: _Optional[int] = ...) -> None: ...

class GetDirectoryUserRequest(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: str
    def __init__(self, user: _Optional[str] = ...) -> None: ...

class GetDirectoryUserResponse(_message.Message):
    __slots__ = ("directory_user",)
    DIRECTORY_USER_FIELD_NUMBER: _ClassVar[int]
    directory_user: _directory_pb2.DirectoryUser
    def __init__(self, directory_user: _Optional[_Union[_directory_pb2.DirectoryUser, _Mapping]] = ...) -> None: ...

class ListDirectoryUsersRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "skip")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    skip: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., skip: _Optional[int] = ...) -> None: ...

class ListDirectoryUsersResponse(_message.Message):
    __slots__ = ("directory_users", "next_page_token", "total_size")
    DIRECTORY_USERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    directory_users: _containers.RepeatedCompositeFieldContainer[_directory_pb2.DirectoryUser]
    next_page_token: str
    total_size: int
    def __init__(self, directory_users: _Optional[_Iterable[_Union[_directory_pb2.DirectoryUser, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class ListWorkPartiesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "skip")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    skip: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., skip: _Optional[int] = ...) -> None: ...

class ListWorkPartiesResponse(_message.Message):
    __slots__ = ("work_parties", "next_page_token", "total_size")
    WORK_PARTIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    work_parties: _containers.RepeatedCompositeFieldContainer[_directory_pb2.WorkParty]
    next_page_token: str
    total_size: int
    def __init__(self, work_parties: _Optional[_Iterable[_Union[_directory_pb2.WorkParty, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class ExportHistoryRequest(_message.Message):
    __slots__ = ("process_name", "app_name", "start_time_from", "start_time_until", "ended_only", "page_token", "filter")
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FROM_FIELD_NUMBER: _ClassVar[int]
    START_TIME_UNTIL_FIELD_NUMBER: _ClassVar[int]
    ENDED_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    process_name: str
    app_name: str
    start_time_from: _timestamp_pb2.Timestamp
    start_time_until: _timestamp_pb2.Timestamp
    ended_only: bool
    page_token: str
    filter: HistoryEventFilter
    def __init__(self, process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., start_time_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_only: bool = ..., page_token: _Optional[str] = ..., filter: _Optional[_Union[HistoryEventFilter, _Mapping]] = ...) -> None: ...

class ExportHistoryResponse(_message.Message):
    __slots__ = ("history_event", "page_token")
    HISTORY_EVENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    history_event: _process_instance_pb2.HistoryEvent
    page_token: str
    def __init__(self, history_event: _Optional[_Union[_process_instance_pb2.HistoryEvent, _Mapping]] = ..., page_token: _Optional[str] = ...) -> None: ...

class SetHistoryRetentionRequest(_message.Message):
    __slots__ = ("process_name", "app_name", "time_to_live")
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_LIVE_FIELD_NUMBER: _ClassVar[int]
    process_name: str
    app_name: str
    time_to_live: _duration_pb2.Duration
    def __init__(self, process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., time_to_live: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class SetHistoryRetentionResponse(_message.Message):
    __slots__ = ("history_retention",)
    HISTORY_RETENTION_FIELD_NUMBER: _ClassVar[int]
    history_retention: _history_retention_pb2.HistoryRetention
    def __init__(self, history_retention: _Optional[_Union[_history_retention_pb2.HistoryRetention, _Mapping]] = ...) -> None: ...

class DeleteHistoryRetentionRequest(_message.Message):
    __slots__ = ("process_name", "app_name")
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    process_name: str
    app_name: str
    def __init__(self, process_name: _Optional[str] = ..., app_name: _Optional[str] = ...) -> None: ...

class DeleteHistoryRetentionResponse(_message.Message):
    __slots__ = ("history_retention",)
    HISTORY_RETENTION_FIELD_NUMBER: _ClassVar[int]
    history_retention: _history_retention_pb2.HistoryRetention
    def __init__(self, history_retention: _Optional[_Union[_history_retention_pb2.HistoryRetention, _Mapping]] = ...) -> None: ...

class ListHistoryRetentionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "skip")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    skip: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., skip: _Optional[int] = ...) -> None: ...

class ListHistoryRetentionsResponse(_message.Message):
    __slots__ = ("history_retentions", "next_page_token", "total_size")
    HISTORY_RETENTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    history_retentions: _containers.RepeatedCompositeFieldContainer[_history_retention_pb2.HistoryRetention]
    next_page_token: str
    total_size: int
    def __init__(self, history_retentions: _Optional[_Iterable[_Union[_history_retention_pb2.HistoryRetention, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class SuspendProcessInstanceRequest(_message.Message):
    __slots__ = ("process_instance_id", "reason", "validate_only", "request_id")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    reason: str
    validate_only: bool
    request_id: str
    def __init__(self, process_instance_id: _Optional[str] = ..., reason: _Optional[str] = ..., validate_only: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class SuspendProcessInstanceResponse(_message.Message):
    __slots__ = ("process_instance", "plan")
    PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    process_instance: _process_instance_pb2.ProcessInstance
    plan: _operation_pb2.OperationPlan
    def __init__(self, process_instance: _Optional[_Union[_process_instance_pb2.ProcessInstance, _Mapping]] = ..., plan: _Optional[_Union[_operation_pb2.OperationPlan, _Mapping]] = ...) -> None: ...

class ResumeProcessInstanceRequest(_message.Message):
    __slots__ = ("process_instance_id", "validate_only", "request_id")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    validate_only: bool
    request_id: str
    def __init__(self, process_instance_id: _Optional[str] = ..., validate_only: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class ResumeProcessInstanceResponse(_message.Message):
    __slots__ = ("process_instance", "plan")
    PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    process_instance: _process_instance_pb2.ProcessInstance
    plan: _operation_pb2.OperationPlan
    def __init__(self, process_instance: _Optional[_Union[_process_instance_pb2.ProcessInstance, _Mapping]] = ..., plan: _Optional[_Union[_operation_pb2.OperationPlan, _Mapping]] = ...) -> None: ...

class SuspendProcessDefinitionRequest(_message.Message):
    __slots__ = ("process_definition_id", "validate_only", "include_process_instances")
    PROCESS_DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_PROCESS_INSTANCES_FIELD_NUMBER: _ClassVar[int]
    process_definition_id: str
    validate_only: bool
    include_process_instances: bool
    def __init__(self, process_definition_id: _Optional[str] = ..., validate_only: bool = ..., include_process_instances: bool = ...) -> None: ...

class SuspendProcessDefinitionResponse(_message.Message):
    __slots__ = ("process_definition", "batch_id")
    PROCESS_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    process_definition: _process_definition_pb2.ProcessDefinition
    batch_id: str
    def __init__(self, process_definition: _Optional[_Union[_process_definition_pb2.ProcessDefinition, _Mapping]] = ..., batch_id: _Optional[str] = ...) -> None: ...

class ResumeProcessDefinitionRequest(_message.Message):
    __slots__ = ("process_definition_id", "validate_only", "include_process_instances")
    PROCESS_DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_PROCESS_INSTANCES_FIELD_NUMBER: _ClassVar[int]
    process_definition_id: str
    validate_only: bool
    include_process_instances: bool
    def __init__(self, process_definition_id: _Optional[str] = ..., validate_only: bool = ..., include_process_instances: bool = ...) -> None: ...

class ResumeProcessDefinitionResponse(_message.Message):
    __slots__ = ("process_definition", "batch_id")
    PROCESS_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    process_definition: _process_definition_pb2.ProcessDefinition
    batch_id: str
    def __init__(self, process_definition: _Optional[_Union[_process_definition_pb2.ProcessDefinition, _Mapping]] = ..., batch_id: _Optional[str] = ...) -> None: ...

class SetProcessInstanceVariablesRequest(_message.Message):
    __slots__ = ("process_instance_id", "element_instance_id", "variables", "local", "validate_only", "request_id")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    element_instance_id: str
    variables: str
    local: bool
    validate_only: bool
    request_id: str
    def __init__(self, process_instance_id: _Optional[str] = ..., element_instance_id: _Optional[str] = ..., variables: _Optional[str] = ..., local: bool = ..., validate_only: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class SetProcessInstanceVariablesResponse(_message.Message):
    __slots__ = ("process_instance", "plan")
    PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    process_instance: _process_instance_pb2.ProcessInstance
    plan: _operation_pb2.OperationPlan
    def __init__(self, process_instance: _Optional[_Union[_process_instance_pb2.ProcessInstance, _Mapping]] = ..., plan: _Optional[_Union[_operation_pb2.OperationPlan, _Mapping]] = ...) -> None: ...

class ModifyProcessInstanceRequest(_message.Message):
    __slots__ = ("process_instance_id", "instructions", "reason", "validate_only", "request_id")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    instructions: _containers.RepeatedCompositeFieldContainer[_operation_pb2.ModificationInstruction]
    reason: str
    validate_only: bool
    request_id: str
    def __init__(self, process_instance_id: _Optional[str] = ..., instructions: _Optional[_Iterable[_Union[_operation_pb2.ModificationInstruction, _Mapping]]] = ..., reason: _Optional[str] = ..., validate_only: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class ModifyProcessInstanceResponse(_message.Message):
    __slots__ = ("process_instance", "plan")
    PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    process_instance: _process_instance_pb2.ProcessInstance
    plan: _operation_pb2.OperationPlan
    def __init__(self, process_instance: _Optional[_Union[_process_instance_pb2.ProcessInstance, _Mapping]] = ..., plan: _Optional[_Union[_operation_pb2.OperationPlan, _Mapping]] = ...) -> None: ...

class DeleteDirectoryUserRequest(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: str
    def __init__(self, user: _Optional[str] = ...) -> None: ...

class DeleteDirectoryUserResponse(_message.Message):
    __slots__ = ("work_parties",)
    WORK_PARTIES_FIELD_NUMBER: _ClassVar[int]
    work_parties: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, work_parties: _Optional[_Iterable[str]] = ...) -> None: ...

class GetWorkPartyRequest(_message.Message):
    __slots__ = ("work_party",)
    WORK_PARTY_FIELD_NUMBER: _ClassVar[int]
    work_party: str
    def __init__(self, work_party: _Optional[str] = ...) -> None: ...

class GetWorkPartyResponse(_message.Message):
    __slots__ = ("work_party",)
    WORK_PARTY_FIELD_NUMBER: _ClassVar[int]
    work_party: _directory_pb2.WorkParty
    def __init__(self, work_party: _Optional[_Union[_directory_pb2.WorkParty, _Mapping]] = ...) -> None: ...

class DeleteWorkPartyRequest(_message.Message):
    __slots__ = ("work_party",)
    WORK_PARTY_FIELD_NUMBER: _ClassVar[int]
    work_party: str
    def __init__(self, work_party: _Optional[str] = ...) -> None: ...

class DeleteWorkPartyResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class MigrateProcessInstanceRequest(_message.Message):
    __slots__ = ("process_instance_id", "target_process_definition_id", "element_mappings", "reason", "validate_only", "request_id")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_PROCESS_DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_MAPPINGS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    target_process_definition_id: str
    element_mappings: _containers.RepeatedCompositeFieldContainer[_operation_pb2.ElementMapping]
    reason: str
    validate_only: bool
    request_id: str
    def __init__(self, process_instance_id: _Optional[str] = ..., target_process_definition_id: _Optional[str] = ..., element_mappings: _Optional[_Iterable[_Union[_operation_pb2.ElementMapping, _Mapping]]] = ..., reason: _Optional[str] = ..., validate_only: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class MigrateProcessInstanceResponse(_message.Message):
    __slots__ = ("process_instance", "plan")
    PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    process_instance: _process_instance_pb2.ProcessInstance
    plan: _operation_pb2.OperationPlan
    def __init__(self, process_instance: _Optional[_Union[_process_instance_pb2.ProcessInstance, _Mapping]] = ..., plan: _Optional[_Union[_operation_pb2.OperationPlan, _Mapping]] = ...) -> None: ...

class RestartProcessInstanceRequest(_message.Message):
    __slots__ = ("process_instance_id", "latest_version", "variable_source", "variables", "validate_only", "request_id")
    class VariableSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        VARIABLE_SOURCE_UNSPECIFIED: _ClassVar[RestartProcessInstanceRequest.VariableSource]
        VARIABLE_SOURCE_START: _ClassVar[RestartProcessInstanceRequest.VariableSource]
        VARIABLE_SOURCE_LAST: _ClassVar[RestartProcessInstanceRequest.VariableSource]
    VARIABLE_SOURCE_UNSPECIFIED: RestartProcessInstanceRequest.VariableSource
    VARIABLE_SOURCE_START: RestartProcessInstanceRequest.VariableSource
    VARIABLE_SOURCE_LAST: RestartProcessInstanceRequest.VariableSource
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    LATEST_VERSION_FIELD_NUMBER: _ClassVar[int]
    VARIABLE_SOURCE_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    latest_version: bool
    variable_source: RestartProcessInstanceRequest.VariableSource
    variables: str
    validate_only: bool
    request_id: str
    def __init__(self, process_instance_id: _Optional[str] = ..., latest_version: bool = ..., variable_source: _Optional[_Union[RestartProcessInstanceRequest.VariableSource, str]] = ..., variables: _Optional[str] = ..., validate_only: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class RestartProcessInstanceResponse(_message.Message):
    __slots__ = ("process_instance", "plan")
    PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    process_instance: _process_instance_pb2.ProcessInstance
    plan: _operation_pb2.OperationPlan
    def __init__(self, process_instance: _Optional[_Union[_process_instance_pb2.ProcessInstance, _Mapping]] = ..., plan: _Optional[_Union[_operation_pb2.OperationPlan, _Mapping]] = ...) -> None: ...

class GetIncidentRequest(_message.Message):
    __slots__ = ("incident_id",)
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    incident_id: str
    def __init__(self, incident_id: _Optional[str] = ...) -> None: ...

class GetIncidentResponse(_message.Message):
    __slots__ = ("incident",)
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ...) -> None: ...

class CountIncidentsRequest(_message.Message):
    __slots__ = ("filter",)
    FILTER_FIELD_NUMBER: _ClassVar[int]
    filter: _incident_pb2.IncidentFilter
    def __init__(self, filter: _Optional[_Union[_incident_pb2.IncidentFilter, _Mapping]] = ...) -> None: ...

class CountIncidentsResponse(_message.Message):
    __slots__ = ("total_size",)
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    total_size: int
    def __init__(self, total_size: _Optional[int] = ...) -> None: ...

class BatchResolveIncidentsRequest(_message.Message):
    __slots__ = ("requests", "filter", "variables", "retries", "request_id")
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    RETRIES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[ResolveIncidentRequest]
    filter: _incident_pb2.IncidentFilter
    variables: str
    retries: int
    request_id: str
    def __init__(self, requests: _Optional[_Iterable[_Union[ResolveIncidentRequest, _Mapping]]] = ..., filter: _Optional[_Union[_incident_pb2.IncidentFilter, _Mapping]] = ..., variables: _Optional[str] = ..., retries: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class BatchResolveIncidentsResponse(_message.Message):
    __slots__ = ("results", "left_count")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    LEFT_COUNT_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_incident_pb2.IncidentResult]
    left_count: int
    def __init__(self, results: _Optional[_Iterable[_Union[_incident_pb2.IncidentResult, _Mapping]]] = ..., left_count: _Optional[int] = ...) -> None: ...
