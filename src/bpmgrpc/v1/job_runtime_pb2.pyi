import datetime

from bpmgrpc.v1 import job_pb2 as _job_pb2
from bpmgrpc.v1 import options_pb2 as _options_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ActivateJobsRequest(_message.Message):
    __slots__ = ("type", "worker", "max_jobs", "lease_duration", "request_timeout", "fetch_variables", "request_id")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    MAX_JOBS_FIELD_NUMBER: _ClassVar[int]
    LEASE_DURATION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    FETCH_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    type: str
    worker: str
    max_jobs: int
    lease_duration: _duration_pb2.Duration
    request_timeout: _duration_pb2.Duration
    fetch_variables: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, type: _Optional[str] = ..., worker: _Optional[str] = ..., max_jobs: _Optional[int] = ..., lease_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., fetch_variables: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ActivateJobsResponse(_message.Message):
    __slots__ = ("jobs",)
    JOBS_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[_job_pb2.Job]
    def __init__(self, jobs: _Optional[_Iterable[_Union[_job_pb2.Job, _Mapping]]] = ...) -> None: ...

class CompleteJobRequest(_message.Message):
    __slots__ = ("job_id", "lease_token", "variables", "request_id")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    lease_token: str
    variables: str
    request_id: str
    def __init__(self, job_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., variables: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CompleteJobResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class FailJobRequest(_message.Message):
    __slots__ = ("job_id", "lease_token", "retries", "retry_backoff", "error_message", "variables", "request_id")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RETRIES_FIELD_NUMBER: _ClassVar[int]
    RETRY_BACKOFF_FIELD_NUMBER: _ClassVar[int]
    ERROR_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    lease_token: str
    retries: int
    retry_backoff: _duration_pb2.Duration
    error_message: str
    variables: str
    request_id: str
    def __init__(self, job_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., retries: _Optional[int] = ..., retry_backoff: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., error_message: _Optional[str] = ..., variables: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class FailJobResponse(_message.Message):
    __slots__ = ("incident_id",)
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    incident_id: str
    def __init__(self, incident_id: _Optional[str] = ...) -> None: ...

class ThrowJobErrorRequest(_message.Message):
    __slots__ = ("job_id", "lease_token", "error_code", "error_message", "variables", "request_id")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    ERROR_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    lease_token: str
    error_code: str
    error_message: str
    variables: str
    request_id: str
    def __init__(self, job_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., error_code: _Optional[str] = ..., error_message: _Optional[str] = ..., variables: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ThrowJobErrorResponse(_message.Message):
    __slots__ = ("incident_id",)
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    incident_id: str
    def __init__(self, incident_id: _Optional[str] = ...) -> None: ...

class ExtendJobLeaseRequest(_message.Message):
    __slots__ = ("job_id", "lease_token", "lease_duration")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LEASE_DURATION_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    lease_token: str
    lease_duration: _duration_pb2.Duration
    def __init__(self, job_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., lease_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ExtendJobLeaseResponse(_message.Message):
    __slots__ = ("lease_expire_time",)
    LEASE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    lease_expire_time: _timestamp_pb2.Timestamp
    def __init__(self, lease_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ThrowJobEscalationRequest(_message.Message):
    __slots__ = ("job_id", "lease_token", "escalation_code", "variables", "request_id")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_CODE_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    lease_token: str
    escalation_code: str
    variables: str
    request_id: str
    def __init__(self, job_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., escalation_code: _Optional[str] = ..., variables: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ThrowJobEscalationResponse(_message.Message):
    __slots__ = ("catching_element_id", "interrupted")
    CATCHING_ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
    catching_element_id: str
    interrupted: bool
    def __init__(self, catching_element_id: _Optional[str] = ..., interrupted: bool = ...) -> None: ...

class StreamJobsRequest(_message.Message):
    __slots__ = ("command_id", "subscribe", "add_credits", "complete_job", "fail_job", "throw_job_error", "throw_job_escalation", "extend_job_lease", "set_credits", "more")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    ADD_CREDITS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_JOB_FIELD_NUMBER: _ClassVar[int]
    FAIL_JOB_FIELD_NUMBER: _ClassVar[int]
    THROW_JOB_ERROR_FIELD_NUMBER: _ClassVar[int]
    THROW_JOB_ESCALATION_FIELD_NUMBER: _ClassVar[int]
    EXTEND_JOB_LEASE_FIELD_NUMBER: _ClassVar[int]
    SET_CREDITS_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    command_id: int
    subscribe: JobSubscription
    add_credits: int
    complete_job: CompleteJobRequest
    fail_job: FailJobRequest
    throw_job_error: ThrowJobErrorRequest
    throw_job_escalation: ThrowJobEscalationRequest
    extend_job_lease: ExtendJobLeaseRequest
    set_credits: int
    more: _containers.RepeatedCompositeFieldContainer[StreamJobsRequest]
    def __init__(self, command_id: _Optional[int] = ..., subscribe: _Optional[_Union[JobSubscription, _Mapping]] = ..., add_credits: _Optional[int] = ..., complete_job: _Optional[_Union[CompleteJobRequest, _Mapping]] = ..., fail_job: _Optional[_Union[FailJobRequest, _Mapping]] = ..., throw_job_error: _Optional[_Union[ThrowJobErrorRequest, _Mapping]] = ..., throw_job_escalation: _Optional[_Union[ThrowJobEscalationRequest, _Mapping]] = ..., extend_job_lease: _Optional[_Union[ExtendJobLeaseRequest, _Mapping]] = ..., set_credits: _Optional[int] = ..., more: _Optional[_Iterable[_Union[StreamJobsRequest, _Mapping]]] = ...) -> None: ...

class JobSubscription(_message.Message):
    __slots__ = ("types", "worker", "credits", "lease_duration", "fetch_variables", "bundled")
    TYPES_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    LEASE_DURATION_FIELD_NUMBER: _ClassVar[int]
    FETCH_VARIABLES_FIELD_NUMBER: _ClassVar[int]
    BUNDLED_FIELD_NUMBER: _ClassVar[int]
    types: _containers.RepeatedScalarFieldContainer[str]
    worker: str
    credits: int
    lease_duration: _duration_pb2.Duration
    fetch_variables: _containers.RepeatedScalarFieldContainer[str]
    bundled: bool
    def __init__(self, types: _Optional[_Iterable[str]] = ..., worker: _Optional[str] = ..., credits: _Optional[int] = ..., lease_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., fetch_variables: _Optional[_Iterable[str]] = ..., bundled: bool = ...) -> None: ...

class StreamJobsResponse(_message.Message):
    __slots__ = ("command_id", "error", "job", "complete_job", "fail_job", "throw_job_error", "throw_job_escalation", "extend_job_lease", "more")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_JOB_FIELD_NUMBER: _ClassVar[int]
    FAIL_JOB_FIELD_NUMBER: _ClassVar[int]
    THROW_JOB_ERROR_FIELD_NUMBER: _ClassVar[int]
    THROW_JOB_ESCALATION_FIELD_NUMBER: _ClassVar[int]
    EXTEND_JOB_LEASE_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    command_id: int
    error: _status_pb2.Status
    job: _job_pb2.Job
    complete_job: CompleteJobResponse
    fail_job: FailJobResponse
    throw_job_error: ThrowJobErrorResponse
    throw_job_escalation: ThrowJobEscalationResponse
    extend_job_lease: ExtendJobLeaseResponse
    more: _containers.RepeatedCompositeFieldContainer[StreamJobsResponse]
    def __init__(self, command_id: _Optional[int] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., job: _Optional[_Union[_job_pb2.Job, _Mapping]] = ..., complete_job: _Optional[_Union[CompleteJobResponse, _Mapping]] = ..., fail_job: _Optional[_Union[FailJobResponse, _Mapping]] = ..., throw_job_error: _Optional[_Union[ThrowJobErrorResponse, _Mapping]] = ..., throw_job_escalation: _Optional[_Union[ThrowJobEscalationResponse, _Mapping]] = ..., extend_job_lease: _Optional[_Union[ExtendJobLeaseResponse, _Mapping]] = ..., more: _Optional[_Iterable[_Union[StreamJobsResponse, _Mapping]]] = ...) -> None: ...
