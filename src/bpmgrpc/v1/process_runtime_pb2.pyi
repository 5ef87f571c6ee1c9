import datetime

from bpmgrpc.v1 import operation_pb2 as _operation_pb2
from bpmgrpc.v1 import options_pb2 as _options_pb2
from bpmgrpc.v1 import process_definition_pb2 as _process_definition_pb2
from bpmgrpc.v1 import process_instance_pb2 as _process_instance_pb2
from bpmgrpc.v1 import user_task_pb2 as _user_task_pb2
from bpmgrpc.v1 import user_task_filter_pb2 as _user_task_filter_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ResourceFile(_message.Message):
    __slots__ = ("name", "content")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    content: bytes
    def __init__(self, name: _Optional[str] = ..., content: _Optional[bytes] = ...) -> None: ...

class DeployProcessDefinitionsRequest(_message.Message):
    __slots__ = ("files", "app_name", "version_tag", "validate_only", "request_id")
    FILES_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_TAG_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[ResourceFile]
    app_name: str
    version_tag: str
    validate_only: bool
    request_id: str
    def __init__(self, files: _Optional[_Iterable[_Union[ResourceFile, _Mapping]]] = ..., app_name: _Optional[str] = ..., version_tag: _Optional[str] = ..., validate_only: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class DeployProcessDefinitionsResponse(_message.Message):
    __slots__ = ("process_definitions", "verdicts")
    PROCESS_DEFINITIONS_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    process_definitions: _containers.RepeatedCompositeFieldContainer[_process_definition_pb2.ProcessDefinition]
    verdicts: _containers.RepeatedCompositeFieldContainer[_process_definition_pb2.ElementVerdict]
    def __init__(self, process_definitions: _Optional[_Iterable[_Union[_process_definition_pb2.ProcessDefinition, _Mapping]]] = ..., verdicts: _Optional[_Iterable[_Union[_process_definition_pb2.ElementVerdict, _Mapping]]] = ...) -> None: ...

class GetProcessDefinitionRequest(_message.Message):
    __slots__ = ("process_definition_id", "view")
    PROCESS_DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    process_definition_id: str
    view: _process_definition_pb2.ProcessDefinitionView
    def __init__(self, process_definition_id: _Optional[str] = ..., view: _Optional[_Union[_process_definition_pb2.ProcessDefinitionView, str]] = ...) -> None: ...

class GetProcessDefinitionResponse(_message.Message):
    __slots__ = ("process_definition",)
    PROCESS_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    process_definition: _process_definition_pb2.ProcessDefinition
    def __init__(self, process_definition: _Optional[_Union[_process_definition_pb2.ProcessDefinition, _Mapping]] = ...) -> None: ...

class ListProcessDefinitionsRequest(_message.Message):
    __slots__ = ("process_name", "app_name", "version_tag", "latest_only", "page_size", "page_token", "skip", "order_by")
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_TAG_FIELD_NUMBER: _ClassVar[int]
    LATEST_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    process_name: str
    app_name: str
    version_tag: str
    latest_only: bool
    page_size: int
    page_token: str
    skip: int
    order_by: str
    def __init__(self, process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., version_tag: _Optional[str] = ..., latest_only: bool = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., skip: _Optional[int] = ..., order_by: _Optional[str] = ...) -> None: ...

class ListProcessDefinitionsResponse(_message.Message):
    __slots__ = ("process_definitions", "next_page_token", "total_size")
    PROCESS_DEFINITIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    process_definitions: _containers.RepeatedCompositeFieldContainer[_process_definition_pb2.ProcessDefinition]
    next_page_token: str
    total_size: int
    def __init__(self, process_definitions: _Optional[_Iterable[_Union[_process_definition_pb2.ProcessDefinition, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class StartProcessInstanceRequest(_message.Message):
    __slots__ = ("process_name", "app_name", "version_tag", "version", "process_definition_id", "variables", "business_key", "request_id")
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_TAG_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PROCESS_DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_KEY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    process_name: str
    app_name: str
    version_tag: str
    version: int
    process_definition_id: str
    variables: str
    business_key: str
    request_id: str
    def __init__(self, process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., version_tag: _Optional[str] = ..., version: _Optional[int] = ..., process_definition_id: _Optional[str] = ..., variables: _Optional[str] = ..., business_key: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class StartProcessInstanceResponse(_message.Message):
    __slots__ = ("process_instance",)
    PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    process_instance: _process_instance_pb2.ProcessInstance
    def __init__(self, process_instance: _Optional[_Union[_process_instance_pb2.ProcessInstance, _Mapping]] = ...) -> None: ...

class GetProcessInstanceRequest(_message.Message):
    __slots__ = ("process_instance_id",)
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    def __init__(self, process_instance_id: _Optional[str] = ...) -> None: ...

class GetProcessInstanceResponse(_message.Message):
    __slots__ = ("process_instance", "active_elements", "active_element_count")
    PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_ELEMENTS_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_ELEMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    process_instance: _process_instance_pb2.ProcessInstance
    active_elements: _containers.RepeatedCompositeFieldContainer[_process_instance_pb2.ElementInstance]
    active_element_count: int
    def __init__(self, process_instance: _Optional[_Union[_process_instance_pb2.ProcessInstance, _Mapping]] = ..., active_elements: _Optional[_Iterable[_Union[_process_instance_pb2.ElementInstance, _Mapping]]] = ..., active_element_count: _Optional[int] = ...) -> None: ...

class ListProcessInstancesRequest(_message.Message):
    __slots__ = ("process_name", "app_name", "process_definition_id", "business_key", "states", "root_process_instance_id", "root_only", "page_size", "page_token", "skip", "order_by", "create_time", "end_time")
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    PROCESS_DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_KEY_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    ROOT_PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    ROOT_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    process_name: str
    app_name: str
    process_definition_id: str
    business_key: str
    states: _containers.RepeatedScalarFieldContainer[_process_instance_pb2.ProcessInstance.State]
    root_process_instance_id: str
    root_only: bool
    page_size: int
    page_token: str
    skip: int
    order_by: str
    create_time: _user_task_filter_pb2.TimeRange
    end_time: _user_task_filter_pb2.TimeRange
    def __init__(self, process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., process_definition_id: _Optional[str] = ..., business_key: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_process_instance_pb2.ProcessInstance.State, str]]] = ..., root_process_instance_id: _Optional[str] = ..., root_only: bool = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., skip: _Optional[int] = ..., order_by: _Optional[str] = ..., create_time: _Optional[_Union[_user_task_filter_pb2.TimeRange, _Mapping]] = ..., end_time: _Optional[_Union[_user_task_filter_pb2.TimeRange, _Mapping]] = ...) -> None: ...

class ListProcessInstancesResponse(_message.Message):
    __slots__ = ("process_instances", "next_page_token", "total_size")
    PROCESS_INSTANCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    process_instances: _containers.RepeatedCompositeFieldContainer[_process_instance_pb2.ProcessInstance]
    next_page_token: str
    total_size: int
    def __init__(self, process_instances: _Optional[_Iterable[_Union[_process_instance_pb2.ProcessInstance, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class CancelProcessInstanceRequest(_message.Message):
    __slots__ = ("process_instance_id", "reason", "request_id", "validate_only")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    reason: str
    request_id: str
    validate_only: bool
    def __init__(self, process_instance_id: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class CancelProcessInstanceResponse(_message.Message):
    __slots__ = ("process_instance", "plan")
    PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    process_instance: _process_instance_pb2.ProcessInstance
    plan: _operation_pb2.OperationPlan
    def __init__(self, process_instance: _Optional[_Union[_process_instance_pb2.ProcessInstance, _Mapping]] = ..., plan: _Optional[_Union[_operation_pb2.OperationPlan, _Mapping]] = ...) -> None: ...

class GetUserTaskRequest(_message.Message):
    __slots__ = ("user_task_id",)
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    def __init__(self, user_task_id: _Optional[str] = ...) -> None: ...

class GetUserTaskResponse(_message.Message):
    __slots__ = ("user_task", "outcomes", "excluded_users")
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_USERS_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    outcomes: _containers.RepeatedScalarFieldContainer[str]
    excluded_users: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ..., outcomes: _Optional[_Iterable[str]] = ..., excluded_users: _Optional[_Iterable[str]] = ...) -> None: ...

class ListUserTasksRequest(_message.Message):
    __slots__ = ("process_instance_id", "user", "role", "group", "assignee", "states", "process_name", "app_name", "business_key", "page_size", "page_token", "skip", "order_by", "filter", "skip_total")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_KEY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    SKIP_TOTAL_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    user: str
    role: str
    group: str
    assignee: str
    states: _containers.RepeatedScalarFieldContainer[_user_task_pb2.UserTask.State]
    process_name: str
    app_name: str
    business_key: str
    page_size: int
    page_token: str
    skip: int
    order_by: str
    filter: _user_task_filter_pb2.UserTaskFilter
    skip_total: bool
    def __init__(self, process_instance_id: _Optional[str] = ..., user: _Optional[str] = ..., role: _Optional[str] = ..., group: _Optional[str] = ..., assignee: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_user_task_pb2.UserTask.State, str]]] = ..., process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., business_key: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., skip: _Optional[int] = ..., order_by: _Optional[str] = ..., filter: _Optional[_Union[_user_task_filter_pb2.UserTaskFilter, _Mapping]] = ..., skip_total: bool = ...) -> None: ...

class ListUserTasksResponse(_message.Message):
    __slots__ = ("user_tasks", "next_page_token", "total_size")
    USER_TASKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    user_tasks: _containers.RepeatedCompositeFieldContainer[_user_task_pb2.UserTask]
    next_page_token: str
    total_size: int
    def __init__(self, user_tasks: _Optional[_Iterable[_Union[_user_task_pb2.UserTask, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class CountUserTasksRequest(_message.Message):
    __slots__ = ("process_instance_id", "user", "role", "group", "assignee", "states", "process_name", "app_name", "business_key", "filter")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_KEY_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    user: str
    role: str
    group: str
    assignee: str
    states: _containers.RepeatedScalarFieldContainer[_user_task_pb2.UserTask.State]
    process_name: str
    app_name: str
    business_key: str
    filter: _user_task_filter_pb2.UserTaskFilter
    def __init__(self, process_instance_id: _Optional[str] = ..., user: _Optional[str] = ..., role: _Optional[str] = ..., group: _Optional[str] = ..., assignee: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_user_task_pb2.UserTask.State, str]]] = ..., process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., business_key: _Optional[str] = ..., filter: _Optional[_Union[_user_task_filter_pb2.UserTaskFilter, _Mapping]] = ...) -> None: ...

class CountUserTasksResponse(_message.Message):
    __slots__ = ("total_size",)
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    total_size: int
    def __init__(self, total_size: _Optional[int] = ...) -> None: ...

class ClaimUserTaskRequest(_message.Message):
    __slots__ = ("user_task_id", "user", "etag", "request_id")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user: str
    etag: str
    request_id: str
    def __init__(self, user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ClaimUserTaskResponse(_message.Message):
    __slots__ = ("user_task",)
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ...) -> None: ...

class UnclaimUserTaskRequest(_message.Message):
    __slots__ = ("user_task_id", "user", "etag", "request_id")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user: str
    etag: str
    request_id: str
    def __init__(self, user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UnclaimUserTaskResponse(_message.Message):
    __slots__ = ("user_task",)
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ...) -> None: ...

class AssignUserTaskRequest(_message.Message):
    __slots__ = ("user_task_id", "users", "groups", "roles", "work_party", "etag", "request_id", "excluded_users")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    WORK_PARTY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_USERS_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    users: _containers.RepeatedScalarFieldContainer[str]
    groups: _containers.RepeatedScalarFieldContainer[str]
    roles: _containers.RepeatedScalarFieldContainer[str]
    work_party: str
    etag: str
    request_id: str
    excluded_users: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, user_task_id: _Optional[str] = ..., users: _Optional[_Iterable[str]] = ..., groups: _Optional[_Iterable[str]] = ..., roles: _Optional[_Iterable[str]] = ..., work_party: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., excluded_users: _Optional[_Iterable[str]] = ...) -> None: ...

class AssignUserTaskResponse(_message.Message):
    __slots__ = ("user_task",)
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ...) -> None: ...

class AssignProcessInstanceUserTasksRequest(_message.Message):
    __slots__ = ("process_instance_id", "users", "groups", "roles", "work_party", "request_id")
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    WORK_PARTY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    users: _containers.RepeatedScalarFieldContainer[str]
    groups: _containers.RepeatedScalarFieldContainer[str]
    roles: _containers.RepeatedScalarFieldContainer[str]
    work_party: str
    request_id: str
    def __init__(self, process_instance_id: _Optional[str] = ..., users: _Optional[_Iterable[str]] = ..., groups: _Optional[_Iterable[str]] = ..., roles: _Optional[_Iterable[str]] = ..., work_party: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AssignProcessInstanceUserTasksResponse(_message.Message):
    __slots__ = ("user_tasks",)
    USER_TASKS_FIELD_NUMBER: _ClassVar[int]
    user_tasks: _containers.RepeatedCompositeFieldContainer[_user_task_pb2.UserTask]
    def __init__(self, user_tasks: _Optional[_Iterable[_Union[_user_task_pb2.UserTask, _Mapping]]] = ...) -> None: ...

class CompleteUserTaskRequest(_message.Message):
    __slots__ = ("user_task_id", "user", "variables", "etag", "request_id", "outcome", "include_next_user_tasks")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_NEXT_USER_TASKS_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user: str
    variables: str
    etag: str
    request_id: str
    outcome: str
    include_next_user_tasks: bool
    def __init__(self, user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., variables: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., outcome: _Optional[str] = ..., include_next_user_tasks: bool = ...) -> None: ...

class CompleteUserTaskResponse(_message.Message):
    __slots__ = ("user_task", "next_user_tasks")
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    NEXT_USER_TASKS_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    next_user_tasks: _containers.RepeatedCompositeFieldContainer[_user_task_pb2.UserTask]
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ..., next_user_tasks: _Optional[_Iterable[_Union[_user_task_pb2.UserTask, _Mapping]]] = ...) -> None: ...

class GetUserTaskVariablesRequest(_message.Message):
    __slots__ = ("user_task_id", "names")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, user_task_id: _Optional[str] = ..., names: _Optional[_Iterable[str]] = ...) -> None: ...

class GetUserTaskVariablesResponse(_message.Message):
    __slots__ = ("variables",)
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    variables: str
    def __init__(self, variables: _Optional[str] = ...) -> None: ...

class SetUserTaskVariablesRequest(_message.Message):
    __slots__ = ("user_task_id", "variables", "request_id")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    variables: str
    request_id: str
    def __init__(self, user_task_id: _Optional[str] = ..., variables: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SetUserTaskVariablesResponse(_message.Message):
    __slots__ = ("variables",)
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    variables: str
    def __init__(self, variables: _Optional[str] = ...) -> None: ...

class PublishMessageRequest(_message.Message):
    __slots__ = ("message_name", "correlation_key", "app_name", "variables", "time_to_live", "message_id", "request_id")
    MESSAGE_NAME_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_KEY_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_LIVE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    message_name: str
    correlation_key: str
    app_name: str
    variables: str
    time_to_live: _duration_pb2.Duration
    message_id: str
    request_id: str
    def __init__(self, message_name: _Optional[str] = ..., correlation_key: _Optional[str] = ..., app_name: _Optional[str] = ..., variables: _Optional[str] = ..., time_to_live: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., message_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class PublishMessageResponse(_message.Message):
    __slots__ = ("process_instance_id",)
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    def __init__(self, process_instance_id: _Optional[str] = ...) -> None: ...

class BroadcastSignalRequest(_message.Message):
    __slots__ = ("signal_name", "app_name", "variables", "request_id")
    SIGNAL_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    signal_name: str
    app_name: str
    variables: str
    request_id: str
    def __init__(self, signal_name: _Optional[str] = ..., app_name: _Optional[str] = ..., variables: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class BroadcastSignalResponse(_message.Message):
    __slots__ = ("receiver_count",)
    RECEIVER_COUNT_FIELD_NUMBER: _ClassVar[int]
    receiver_count: int
    def __init__(self, receiver_count: _Optional[int] = ...) -> None: ...

class RefreshCacheRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RefreshCacheResponse(_message.Message):
    __slots__ = ("process_definition_count",)
    PROCESS_DEFINITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    process_definition_count: int
    def __init__(self, process_definition_count: _Optional[int] = ...) -> None: ...

class RefreshProcessCacheRequest(_message.Message):
    __slots__ = ("process_name", "app_name", "version_tag", "archive_names", "event")
    class Event(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        EVENT_UNSPECIFIED: _ClassVar[RefreshProcessCacheRequest.Event]
        EVENT_REFRESH: _ClassVar[RefreshProcessCacheRequest.Event]
        EVENT_FILE: _ClassVar[RefreshProcessCacheRequest.Event]
        EVENT_GENERATE: _ClassVar[RefreshProcessCacheRequest.Event]
    EVENT_UNSPECIFIED: RefreshProcessCacheRequest.Event
    EVENT_REFRESH: RefreshProcessCacheRequest.Event
    EVENT_FILE: RefreshProcessCacheRequest.Event
    EVENT_GENERATE: RefreshProcessCacheRequest.Event
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_TAG_FIELD_NUMBER: _ClassVar[int]
    ARCHIVE_NAMES_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    process_name: str
    app_name: str
    version_tag: str
    archive_names: _containers.RepeatedScalarFieldContainer[str]
    event: RefreshProcessCacheRequest.Event
    def __init__(self, process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., version_tag: _Optional[str] = ..., archive_names: _Optional[_Iterable[str]] = ..., event: _Optional[_Union[RefreshProcessCacheRequest.Event, str]] = ...) -> None: ...

class RefreshProcessCacheResponse(_message.Message):
    __slots__ = ("process_definitions", "cached_count", "business_object_count", "field_count", "files", "schemas")
    class StoredFile(_message.Message):
        __slots__ = ("name", "size_bytes")
        NAME_FIELD_NUMBER: _ClassVar[int]
        SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
        name: str
        size_bytes: int
        def __init__(self, name: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...
    PROCESS_DEFINITIONS_FIELD_NUMBER: _ClassVar[int]
    CACHED_COUNT_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_OBJECT_COUNT_FIELD_NUMBER: _ClassVar[int]
    FIELD_COUNT_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    SCHEMAS_FIELD_NUMBER: _ClassVar[int]
    process_definitions: _containers.RepeatedCompositeFieldContainer[_process_definition_pb2.ProcessDefinition]
    cached_count: int
    business_object_count: int
    field_count: int
    files: _containers.RepeatedCompositeFieldContainer[RefreshProcessCacheResponse.StoredFile]
    schemas: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, process_definitions: _Optional[_Iterable[_Union[_process_definition_pb2.ProcessDefinition, _Mapping]]] = ..., cached_count: _Optional[int] = ..., business_object_count: _Optional[int] = ..., field_count: _Optional[int] = ..., files: _Optional[_Iterable[_Union[RefreshProcessCacheResponse.StoredFile, _Mapping]]] = ..., schemas: _Optional[_Iterable[str]] = ...) -> None: ...
