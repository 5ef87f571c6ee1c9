import datetime

from bpmgrpc.v1 import admin_runtime_pb2 as _admin_runtime_pb2
from bpmgrpc.v1 import operation_pb2 as _operation_pb2
from bpmgrpc.v1 import process_runtime_pb2 as _process_runtime_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Batch(_message.Message):
    __slots__ = ("batch_id", "state", "operation", "selection", "validate_only", "total_count", "succeeded_count", "failed_count", "create_by", "create_time", "end_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Batch.State]
        STATE_SELECTING: _ClassVar[Batch.State]
        STATE_RUNNING: _ClassVar[Batch.State]
        STATE_PAUSED: _ClassVar[Batch.State]
        STATE_COMPLETED: _ClassVar[Batch.State]
        STATE_CANCELED: _ClassVar[Batch.State]
    STATE_UNSPECIFIED: Batch.State
    STATE_SELECTING: Batch.State
    STATE_RUNNING: Batch.State
    STATE_PAUSED: Batch.State
    STATE_COMPLETED: Batch.State
    STATE_CANCELED: Batch.State
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUCCEEDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATE_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    state: Batch.State
    operation: BatchOperation
    selection: BatchSelection
    validate_only: bool
    total_count: int
    succeeded_count: int
    failed_count: int
    create_by: str
    create_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, batch_id: _Optional[str] = ..., state: _Optional[_Union[Batch.State, str]] = ..., operation: _Optional[_Union[BatchOperation, _Mapping]] = ..., selection: _Optional[_Union[BatchSelection, _Mapping]] = ..., validate_only: bool = ..., total_count: _Optional[int] = ..., succeeded_count: _Optional[int] = ..., failed_count: _Optional[int] = ..., create_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BatchOperation(_message.Message):
    __slots__ = ("cancel", "suspend", "resume", "set_variables", "modify", "migrate", "restart", "resolve_incident")
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    SUSPEND_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    SET_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    MODIFY_FIELD_NUMBER: _ClassVar[int]
    MIGRATE_FIELD_NUMBER: _ClassVar[int]
    RESTART_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_INCIDENT_FIELD_NUMBER: _ClassVar[int]
    cancel: _process_runtime_pb2.CancelProcessInstanceRequest
    suspend: _admin_runtime_pb2.SuspendProcessInstanceRequest
    resume: _admin_runtime_pb2.ResumeProcessInstanceRequest
    set_variables: _admin_runtime_pb2.SetProcessInstanceVariablesRequest
    modify: _admin_runtime_pb2.ModifyProcessInstanceRequest
    migrate: _admin_runtime_pb2.MigrateProcessInstanceRequest
    restart: _admin_runtime_pb2.RestartProcessInstanceRequest
    resolve_incident: _admin_runtime_pb2.ResolveIncidentRequest
    def __init__(self, cancel: _Optional[_Union[_process_runtime_pb2.CancelProcessInstanceRequest, _Mapping]] = ..., suspend: _Optional[_Union[_admin_runtime_pb2.SuspendProcessInstanceRequest, _Mapping]] = ..., resume: _Optional[_Union[_admin_runtime_pb2.ResumeProcessInstanceRequest, _Mapping]] = ..., set_variables: _Optional[_Union[_admin_runtime_pb2.SetProcessInstanceVariablesRequest, _Mapping]] = ..., modify: _Optional[_Union[_admin_runtime_pb2.ModifyProcessInstanceRequest, _Mapping]] = ..., migrate: _Optional[_Union[_admin_runtime_pb2.MigrateProcessInstanceRequest, _Mapping]] = ..., restart: _Optional[_Union[_admin_runtime_pb2.RestartProcessInstanceRequest, _Mapping]] = ..., resolve_incident: _Optional[_Union[_admin_runtime_pb2.ResolveIncidentRequest, _Mapping]] = ...) -> None: ...

class BatchSelection(_message.Message):
    __slots__ = ("process_instance_ids", "incident_ids", "process_instances", "incidents", "user_tasks")
    PROCESS_INSTANCE_IDS_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_IDS_FIELD_NUMBER: _ClassVar[int]
    PROCESS_INSTANCES_FIELD_NUMBER: _ClassVar[int]
    INCIDENTS_FIELD_NUMBER: _ClassVar[int]
    USER_TASKS_FIELD_NUMBER: _ClassVar[int]
    process_instance_ids: _containers.RepeatedScalarFieldContainer[str]
    incident_ids: _containers.RepeatedScalarFieldContainer[str]
    process_instances: _process_runtime_pb2.ListProcessInstancesRequest
    incidents: _admin_runtime_pb2.ListIncidentsRequest
    user_tasks: _process_runtime_pb2.ListUserTasksRequest
    def __init__(self, process_instance_ids: _Optional[_Iterable[str]] = ..., incident_ids: _Optional[_Iterable[str]] = ..., process_instances: _Optional[_Union[_process_runtime_pb2.ListProcessInstancesRequest, _Mapping]] = ..., incidents: _Optional[_Union[_admin_runtime_pb2.ListIncidentsRequest, _Mapping]] = ..., user_tasks: _Optional[_Union[_process_runtime_pb2.ListUserTasksRequest, _Mapping]] = ...) -> None: ...

class BatchItem(_message.Message):
    __slots__ = ("process_instance_id", "incident_id", "state", "attempts", "error", "plan", "restarted_process_instance_id", "end_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[BatchItem.State]
        STATE_PENDING: _ClassVar[BatchItem.State]
        STATE_SUCCEEDED: _ClassVar[BatchItem.State]
        STATE_FAILED: _ClassVar[BatchItem.State]
    STATE_UNSPECIFIED: BatchItem.State
    STATE_PENDING: BatchItem.State
    STATE_SUCCEEDED: BatchItem.State
    STATE_FAILED: BatchItem.State
    PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    RESTARTED_PROCESS_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    process_instance_id: str
    incident_id: str
    state: BatchItem.State
    attempts: int
    error: _status_pb2.Status
    plan: _operation_pb2.OperationPlan
    restarted_process_instance_id: str
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, process_instance_id: _Optional[str] = ..., incident_id: _Optional[str] = ..., state: _Optional[_Union[BatchItem.State, str]] = ..., attempts: _Optional[int] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., plan: _Optional[_Union[_operation_pb2.OperationPlan, _Mapping]] = ..., restarted_process_instance_id: _Optional[str] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
