from bpmgrpc.v1 import job_runtime_pb2 as _job_runtime_pb2
from bpmgrpc.v1 import options_pb2 as _options_pb2
from bpmgrpc.v1 import process_runtime_pb2 as _process_runtime_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StreamCommandsRequest(_message.Message):
    __slots__ = ("commands",)
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    commands: _containers.RepeatedCompositeFieldContainer[Command]
    def __init__(self, commands: _Optional[_Iterable[_Union[Command, _Mapping]]] = ...) -> None: ...

class StreamCommandsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CommandResult]
    def __init__(self, results: _Optional[_Iterable[_Union[CommandResult, _Mapping]]] = ...) -> None: ...

class Command(_message.Message):
    __slots__ = ("command_id", "start_process_instance", "get_process_instance", "cancel_process_instance", "list_user_tasks", "claim_user_task", "unclaim_user_task", "assign_user_task", "complete_user_task", "get_user_task_variables", "set_user_task_variables", "publish_message", "broadcast_signal", "complete_job", "fail_job", "throw_job_error", "extend_job_lease")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    START_PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    GET_PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    CANCEL_PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    LIST_USER_TASKS_FIELD_NUMBER: _ClassVar[int]
    CLAIM_USER_TASK_FIELD_NUMBER: _ClassVar[int]
    UNCLAIM_USER_TASK_FIELD_NUMBER: _ClassVar[int]
    ASSIGN_USER_TASK_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_USER_TASK_FIELD_NUMBER: _ClassVar[int]
    GET_USER_TASK_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    SET_USER_TASK_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    BROADCAST_SIGNAL_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_JOB_FIELD_NUMBER: _ClassVar[int]
    FAIL_JOB_FIELD_NUMBER: _ClassVar[int]
    THROW_JOB_ERROR_FIELD_NUMBER: _ClassVar[int]
    EXTEND_JOB_LEASE_FIELD_NUMBER: _ClassVar[int]
    command_id: int
    start_process_instance: _process_runtime_pb2.StartProcessInstanceRequest
    get_process_instance: _process_runtime_pb2.GetProcessInstanceRequest
    cancel_process_instance: _process_runtime_pb2.CancelProcessInstanceRequest
    list_user_tasks: _process_runtime_pb2.ListUserTasksRequest
    claim_user_task: _process_runtime_pb2.ClaimUserTaskRequest
    unclaim_user_task: _process_runtime_pb2.UnclaimUserTaskRequest
    assign_user_task: _process_runtime_pb2.AssignUserTaskRequest
    complete_user_task: _process_runtime_pb2.CompleteUserTaskRequest
    get_user_task_variables: _process_runtime_pb2.GetUserTaskVariablesRequest
    set_user_task_variables: _process_runtime_pb2.SetUserTaskVariablesRequest
    publish_message: _process_runtime_pb2.PublishMessageRequest
    broadcast_signal: _process_runtime_pb2.BroadcastSignalRequest
    complete_job: _job_runtime_pb2.CompleteJobRequest
    fail_job: _job_runtime_pb2.FailJobRequest
    throw_job_error: _job_runtime_pb2.ThrowJobErrorRequest
    extend_job_lease: _job_runtime_pb2.ExtendJobLeaseRequest
    def __init__(self, command_id: _Optional[int] = ..., start_process_instance: _Optional[_Union[_process_runtime_pb2.StartProcessInstanceRequest, _Mapping]] = ..., get_process_instance: _Optional[_Union[_process_runtime_pb2.GetProcessInstanceRequest, _Mapping]] = ..., cancel_process_instance: _Optional[_Union[_process_runtime_pb2.CancelProcessInstanceRequest, _Mapping]] = ..., list_user_tasks: _Optional[_Union[_process_runtime_pb2.ListUserTasksRequest, _Mapping]] = ..., claim_user_task: _Optional[_Union[_process_runtime_pb2.ClaimUserTaskRequest, _Mapping]] = ..., unclaim_user_task: _Optional[_Union[_process_runtime_pb2.UnclaimUserTaskRequest, _Mapping]] = ..., assign_user_task: _Optional[_Union[_process_runtime_pb2.AssignUserTaskRequest, _Mapping]] = ..., complete_user_task: _Optional[_Union[_process_runtime_pb2.CompleteUserTaskRequest, _Mapping]] = ..., get_user_task_variables: _Optional[_Union[_process_runtime_pb2.GetUserTaskVariablesRequest, _Mapping]] = ..., set_user_task_variables: _Optional[_Union[_process_runtime_pb2.SetUserTaskVariablesRequest, _Mapping]] = ..., publish_message: _Optional[_Union[_process_runtime_pb2.PublishMessageRequest, _Mapping]] = ..., broadcast_signal: _Optional[_Union[_process_runtime_pb2.BroadcastSignalRequest, _Mapping]] = ..., complete_job: _Optional[_Union[_job_runtime_pb2.CompleteJobRequest, _Mapping]] = ..., fail_job: _Optional[_Union[_job_runtime_pb2.FailJobRequest, _Mapping]] = ..., throw_job_error: _Optional[_Union[_job_runtime_pb2.ThrowJobErrorRequest, _Mapping]] = ..., extend_job_lease: _Optional[_Union[_job_runtime_pb2.ExtendJobLeaseRequest, _Mapping]] = ...) -> None: ...

class CommandResult(_message.Message):
    __slots__ = ("command_id", "error", "start_process_instance", "get_process_instance", "cancel_process_instance", "list_user_tasks", "claim_user_task", "unclaim_user_task", "assign_user_task", "complete_user_task", "get_user_task_variables", "set_user_task_variables", "publish_message", "broadcast_signal", "complete_job", "fail_job", "throw_job_error", "extend_job_lease")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    START_PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    GET_PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    CANCEL_PROCESS_INSTANCE_FIELD_NUMBER: _ClassVar[int]
    LIST_USER_TASKS_FIELD_NUMBER: _ClassVar[int]
    CLAIM_USER_TASK_FIELD_NUMBER: _ClassVar[int]
    UNCLAIM_USER_TASK_FIELD_NUMBER: _ClassVar[int]
    ASSIGN_USER_TASK_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_USER_TASK_FIELD_NUMBER: _ClassVar[int]
    GET_USER_TASK_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    SET_USER_TASK_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    BROADCAST_SIGNAL_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_JOB_FIELD_NUMBER: _ClassVar[int]
    FAIL_JOB_FIELD_NUMBER: _ClassVar[int]
    THROW_JOB_ERROR_FIELD_NUMBER: _ClassVar[int]
    EXTEND_JOB_LEASE_FIELD_NUMBER: _ClassVar[int]
    command_id: int
    error: _status_pb2.Status
    start_process_instance: _process_runtime_pb2.StartProcessInstanceResponse
    get_process_instance: _process_runtime_pb2.GetProcessInstanceResponse
    cancel_process_instance: _process_runtime_pb2.CancelProcessInstanceResponse
    list_user_tasks: _process_runtime_pb2.ListUserTasksResponse
    claim_user_task: _process_runtime_pb2.ClaimUserTaskResponse
    unclaim_user_task: _process_runtime_pb2.UnclaimUserTaskResponse
    assign_user_task: _process_runtime_pb2.AssignUserTaskResponse
    complete_user_task: _process_runtime_pb2.CompleteUserTaskResponse
    get_user_task_variables: _process_runtime_pb2.GetUserTaskVariablesResponse
    set_user_task_variables: _process_runtime_pb2.SetUserTaskVariablesResponse
    publish_message: _process_runtime_pb2.PublishMessageResponse
    broadcast_signal: _process_runtime_pb2.BroadcastSignalResponse
    complete_job: _job_runtime_pb2.CompleteJobResponse
    fail_job: _job_runtime_pb2.FailJobResponse
    throw_job_error: _job_runtime_pb2.ThrowJobErrorResponse
    extend_job_lease: _job_runtime_pb2.ExtendJobLeaseResponse
    def __init__(self, command_id: _Optional[int] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., start_process_instance: _Optional[_Union[_process_runtime_pb2.StartProcessInstanceResponse, _Mapping]] = ..., get_process_instance: _Optional[_Union[_process_runtime_pb2.GetProcessInstanceResponse, _Mapping]] = ..., cancel_process_instance: _Optional[_Union[_process_runtime_pb2.CancelProcessInstanceResponse, _Mapping]] = ..., list_user_tasks: _Optional[_Union[_process_runtime_pb2.ListUserTasksResponse, _Mapping]] = ..., claim_user_task: _Optional[_Union[_process_runtime_pb2.ClaimUserTaskResponse, _Mapping]] = ..., unclaim_user_task: _Optional[_Union[_process_runtime_pb2.UnclaimUserTaskResponse, _Mapping]] = ..., assign_user_task: _Optional[_Union[_process_runtime_pb2.AssignUserTaskResponse, _Mapping]] = ..., complete_user_task: _Optional[_Union[_process_runtime_pb2.CompleteUserTaskResponse, _Mapping]] = ..., get_user_task_variables: _Optional[_Union[_process_runtime_pb2.GetUserTaskVariablesResponse, _Mapping]] = ..., set_user_task_variables: _Optional[_Union[_process_runtime_pb2.SetUserTaskVariablesResponse, _Mapping]] = ..., publish_message: _Optional[_Union[_process_runtime_pb2.PublishMessageResponse, _Mapping]] = ..., broadcast_signal: _Optional[_Union[_process_runtime_pb2.BroadcastSignalResponse, _Mapping]] = ..., complete_job: _Optional[_Union[_job_runtime_pb2.CompleteJobResponse, _Mapping]] = ..., fail_job: _Optional[_Union[_job_runtime_pb2.FailJobResponse, _Mapping]] = ..., throw_job_error: _Optional[_Union[_job_runtime_pb2.ThrowJobErrorResponse, _Mapping]] = ..., extend_job_lease: _Optional[_Union[_job_runtime_pb2.ExtendJobLeaseResponse, _Mapping]] = ...) -> None: ...
