import datetime

from bpmgrpc.v1 import options_pb2 as _options_pb2
from bpmgrpc.v1 import process_instance_pb2 as _process_instance_pb2
from bpmgrpc.v1 import process_runtime_pb2 as _process_runtime_pb2
from bpmgrpc.v1 import user_task_pb2 as _user_task_pb2
from bpmgrpc.v1 import user_task_filter_pb2 as _user_task_filter_pb2
from bpmgrpc.v1 import user_task_note_pb2 as _user_task_note_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClaimNextUserTaskRequest(_message.Message):
    __slots__ = ("user", "include_variables", "request_id", "filter")
    USER_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    user: str
    include_variables: bool
    request_id: str
    filter: _user_task_filter_pb2.UserTaskFilter
    def __init__(self, user: _Optional[str] = ..., include_variables: bool = ..., request_id: _Optional[str] = ..., filter: _Optional[_Union[_user_task_filter_pb2.UserTaskFilter, _Mapping]] = ...) -> None: ...

class ClaimNextUserTaskResponse(_message.Message):
    __slots__ = ("user_task", "variables")
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    variables: str
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ..., variables: _Optional[str] = ...) -> None: ...

class BatchClaimUserTasksRequest(_message.Message):
    __slots__ = ("requests", "request_id")
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[_process_runtime_pb2.ClaimUserTaskRequest]
    request_id: str
    def __init__(self, requests: _Optional[_Iterable[_Union[_process_runtime_pb2.ClaimUserTaskRequest, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class BatchClaimUserTasksResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[UserTaskResult]
    def __init__(self, results: _Optional[_Iterable[_Union[UserTaskResult, _Mapping]]] = ...) -> None: ...

class BatchAssignUserTasksRequest(_message.Message):
    __slots__ = ("requests", "request_id")
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[_process_runtime_pb2.AssignUserTaskRequest]
    request_id: str
    def __init__(self, requests: _Optional[_Iterable[_Union[_process_runtime_pb2.AssignUserTaskRequest, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class BatchAssignUserTasksResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[UserTaskResult]
    def __init__(self, results: _Optional[_Iterable[_Union[UserTaskResult, _Mapping]]] = ...) -> None: ...

class BatchCompleteUserTasksRequest(_message.Message):
    __slots__ = ("requests", "request_id")
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[_process_runtime_pb2.CompleteUserTaskRequest]
    request_id: str
    def __init__(self, requests: _Optional[_Iterable[_Union[_process_runtime_pb2.CompleteUserTaskRequest, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class BatchCompleteUserTasksResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[UserTaskResult]
    def __init__(self, results: _Optional[_Iterable[_Union[UserTaskResult, _Mapping]]] = ...) -> None: ...

class UserTaskResult(_message.Message):
    __slots__ = ("user_task", "error")
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    error: _status_pb2.Status
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class WatchUserTasksRequest(_message.Message):
    __slots__ = ("user", "filter", "resume_token", "skip_existing", "heartbeat_interval")
    USER_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_EXISTING_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    user: str
    filter: _user_task_filter_pb2.UserTaskFilter
    resume_token: str
    skip_existing: bool
    heartbeat_interval: _duration_pb2.Duration
    def __init__(self, user: _Optional[str] = ..., filter: _Optional[_Union[_user_task_filter_pb2.UserTaskFilter, _Mapping]] = ..., resume_token: _Optional[str] = ..., skip_existing: bool = ..., heartbeat_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class WatchUserTasksResponse(_message.Message):
    __slots__ = ("kind", "user_task", "resume_token")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[WatchUserTasksResponse.Kind]
        KIND_ADDED: _ClassVar[WatchUserTasksResponse.Kind]
        KIND_CHANGED: _ClassVar[WatchUserTasksResponse.Kind]
        KIND_REMOVED: _ClassVar[WatchUserTasksResponse.Kind]
        KIND_CURRENT: _ClassVar[WatchUserTasksResponse.Kind]
        KIND_HEARTBEAT: _ClassVar[WatchUserTasksResponse.Kind]
        KIND_RESET: _ClassVar[WatchUserTasksResponse.Kind]
    KIND_UNSPECIFIED: WatchUserTasksResponse.Kind
    KIND_ADDED: WatchUserTasksResponse.Kind
    KIND_CHANGED: WatchUserTasksResponse.Kind
    KIND_REMOVED: WatchUserTasksResponse.Kind
    KIND_CURRENT: WatchUserTasksResponse.Kind
    KIND_HEARTBEAT: WatchUserTasksResponse.Kind
    KIND_RESET: WatchUserTasksResponse.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    kind: WatchUserTasksResponse.Kind
    user_task: _user_task_pb2.UserTask
    resume_token: str
    def __init__(self, kind: _Optional[_Union[WatchUserTasksResponse.Kind, str]] = ..., user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ..., resume_token: _Optional[str] = ...) -> None: ...

class DelegateUserTaskRequest(_message.Message):
    __slots__ = ("user_task_id", "user", "delegate", "etag", "request_id")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    DELEGATE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user: str
    delegate: str
    etag: str
    request_id: str
    def __init__(self, user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., delegate: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DelegateUserTaskResponse(_message.Message):
    __slots__ = ("user_task",)
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ...) -> None: ...

class ResolveUserTaskRequest(_message.Message):
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

class ResolveUserTaskResponse(_message.Message):
    __slots__ = ("user_task",)
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ...) -> None: ...

class ForwardUserTaskRequest(_message.Message):
    __slots__ = ("user_task_id", "user", "users", "groups", "roles", "work_party", "etag", "request_id")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    WORK_PARTY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user: str
    users: _containers.RepeatedScalarFieldContainer[str]
    groups: _containers.RepeatedScalarFieldContainer[str]
    roles: _containers.RepeatedScalarFieldContainer[str]
    work_party: str
    etag: str
    request_id: str
    def __init__(self, user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., users: _Optional[_Iterable[str]] = ..., groups: _Optional[_Iterable[str]] = ..., roles: _Optional[_Iterable[str]] = ..., work_party: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ForwardUserTaskResponse(_message.Message):
    __slots__ = ("user_task",)
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ...) -> None: ...

class ReassignUserTaskRequest(_message.Message):
    __slots__ = ("user_task_id", "user", "assignee", "etag", "request_id")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user: str
    assignee: str
    etag: str
    request_id: str
    def __init__(self, user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., assignee: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReassignUserTaskResponse(_message.Message):
    __slots__ = ("user_task",)
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ...) -> None: ...

class UpdateUserTaskRequest(_message.Message):
    __slots__ = ("user_task_id", "user_task", "update_mask", "user", "etag", "request_id")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user_task: _user_task_pb2.UserTask
    update_mask: _field_mask_pb2.FieldMask
    user: str
    etag: str
    request_id: str
    def __init__(self, user_task_id: _Optional[str] = ..., user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., user: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateUserTaskResponse(_message.Message):
    __slots__ = ("user_task",)
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ...) -> None: ...

class CreateSubtaskRequest(_message.Message):
    __slots__ = ("parent_user_task_id", "user", "name", "description", "assignee", "candidate_users", "candidate_groups", "candidate_roles", "work_party", "priority", "due_time", "follow_up_time", "etag", "request_id")
    PARENT_USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_USERS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_GROUPS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_ROLES_FIELD_NUMBER: _ClassVar[int]
    WORK_PARTY_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_UP_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent_user_task_id: str
    user: str
    name: str
    description: str
    assignee: str
    candidate_users: _containers.RepeatedScalarFieldContainer[str]
    candidate_groups: _containers.RepeatedScalarFieldContainer[str]
    candidate_roles: _containers.RepeatedScalarFieldContainer[str]
    work_party: str
    priority: int
    due_time: _timestamp_pb2.Timestamp
    follow_up_time: _timestamp_pb2.Timestamp
    etag: str
    request_id: str
    def __init__(self, parent_user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., assignee: _Optional[str] = ..., candidate_users: _Optional[_Iterable[str]] = ..., candidate_groups: _Optional[_Iterable[str]] = ..., candidate_roles: _Optional[_Iterable[str]] = ..., work_party: _Optional[str] = ..., priority: _Optional[int] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., follow_up_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateSubtaskResponse(_message.Message):
    __slots__ = ("user_task",)
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ...) -> None: ...

class CancelSubtaskRequest(_message.Message):
    __slots__ = ("user_task_id", "user", "reason", "etag", "request_id")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user: str
    reason: str
    etag: str
    request_id: str
    def __init__(self, user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., reason: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CancelSubtaskResponse(_message.Message):
    __slots__ = ("user_task",)
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ...) -> None: ...

class CreateUserTaskCommentRequest(_message.Message):
    __slots__ = ("user_task_id", "user", "text", "request_id")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user: str
    text: str
    request_id: str
    def __init__(self, user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., text: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateUserTaskCommentResponse(_message.Message):
    __slots__ = ("comment",)
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    comment: _user_task_note_pb2.UserTaskComment
    def __init__(self, comment: _Optional[_Union[_user_task_note_pb2.UserTaskComment, _Mapping]] = ...) -> None: ...

class ListUserTaskCommentsRequest(_message.Message):
    __slots__ = ("user_task_id", "page_size", "page_token", "skip")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    page_size: int
    page_token: str
    skip: int
    def __init__(self, user_task_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., skip: _Optional[int] = ...) -> None: ...

class ListUserTaskCommentsResponse(_message.Message):
    __slots__ = ("comments", "next_page_token", "total_size")
    COMMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    comments: _containers.RepeatedCompositeFieldContainer[_user_task_note_pb2.UserTaskComment]
    next_page_token: str
    total_size: int
    def __init__(self, comments: _Optional[_Iterable[_Union[_user_task_note_pb2.UserTaskComment, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class CreateUserTaskAttachmentRequest(_message.Message):
    __slots__ = ("user_task_id", "user", "name", "content_type", "content", "request_id")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user: str
    name: str
    content_type: str
    content: bytes
    request_id: str
    def __init__(self, user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., name: _Optional[str] = ..., content_type: _Optional[str] = ..., content: _Optional[bytes] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateUserTaskAttachmentResponse(_message.Message):
    __slots__ = ("attachment",)
    ATTACHMENT_FIELD_NUMBER: _ClassVar[int]
    attachment: _user_task_note_pb2.UserTaskAttachment
    def __init__(self, attachment: _Optional[_Union[_user_task_note_pb2.UserTaskAttachment, _Mapping]] = ...) -> None: ...

class ListUserTaskAttachmentsRequest(_message.Message):
    __slots__ = ("user_task_id", "page_size", "page_token", "skip")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    page_size: int
    page_token: str
    skip: int
    def __init__(self, user_task_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., skip: _Optional[int] = ...) -> None: ...

class ListUserTaskAttachmentsResponse(_message.Message):
    __slots__ = ("attachments", "next_page_token", "total_size")
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    attachments: _containers.RepeatedCompositeFieldContainer[_user_task_note_pb2.UserTaskAttachment]
    next_page_token: str
    total_size: int
    def __init__(self, attachments: _Optional[_Iterable[_Union[_user_task_note_pb2.UserTaskAttachment, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class GetUserTaskAttachmentRequest(_message.Message):
    __slots__ = ("attachment_id",)
    ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    attachment_id: str
    def __init__(self, attachment_id: _Optional[str] = ...) -> None: ...

class GetUserTaskAttachmentResponse(_message.Message):
    __slots__ = ("attachment", "content")
    ATTACHMENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    attachment: _user_task_note_pb2.UserTaskAttachment
    content: bytes
    def __init__(self, attachment: _Optional[_Union[_user_task_note_pb2.UserTaskAttachment, _Mapping]] = ..., content: _Optional[bytes] = ...) -> None: ...

class DeleteUserTaskAttachmentRequest(_message.Message):
    __slots__ = ("attachment_id", "user", "request_id")
    ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    attachment_id: str
    user: str
    request_id: str
    def __init__(self, attachment_id: _Optional[str] = ..., user: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteUserTaskAttachmentResponse(_message.Message):
    __slots__ = ("user_task",)
    USER_TASK_FIELD_NUMBER: _ClassVar[int]
    user_task: _user_task_pb2.UserTask
    def __init__(self, user_task: _Optional[_Union[_user_task_pb2.UserTask, _Mapping]] = ...) -> None: ...

class SaveUserTaskDraftRequest(_message.Message):
    __slots__ = ("user_task_id", "user", "variables", "request_id")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user: str
    variables: str
    request_id: str
    def __init__(self, user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., variables: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SaveUserTaskDraftResponse(_message.Message):
    __slots__ = ("save_time",)
    SAVE_TIME_FIELD_NUMBER: _ClassVar[int]
    save_time: _timestamp_pb2.Timestamp
    def __init__(self, save_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetUserTaskDraftRequest(_message.Message):
    __slots__ = ("user_task_id", "user")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    user: str
    def __init__(self, user_task_id: _Optional[str] = ..., user: _Optional[str] = ...) -> None: ...

class GetUserTaskDraftResponse(_message.Message):
    __slots__ = ("variables", "save_time")
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    SAVE_TIME_FIELD_NUMBER: _ClassVar[int]
    variables: str
    save_time: _timestamp_pb2.Timestamp
    def __init__(self, variables: _Optional[str] = ..., save_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListUserTaskEventsRequest(_message.Message):
    __slots__ = ("user_task_id", "page_size", "page_token", "skip")
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    user_task_id: str
    page_size: int
    page_token: str
    skip: int
    def __init__(self, user_task_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., skip: _Optional[int] = ...) -> None: ...

class ListUserTaskEventsResponse(_message.Message):
    __slots__ = ("history_events", "next_page_token")
    HISTORY_EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    history_events: _containers.RepeatedCompositeFieldContainer[_process_instance_pb2.HistoryEvent]
    next_page_token: str
    def __init__(self, history_events: _Optional[_Iterable[_Union[_process_instance_pb2.HistoryEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
