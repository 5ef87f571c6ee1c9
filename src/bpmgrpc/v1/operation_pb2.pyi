import datetime

from bpmgrpc.v1 import options_pb2 as _options_pb2
from bpmgrpc.v1 import process_instance_pb2 as _process_instance_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OperationPlan(_message.Message):
    __slots__ = ("state", "effects", "effect_count", "more_follows", "findings")
    STATE_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    EFFECT_COUNT_FIELD_NUMBER: _ClassVar[int]
    MORE_FOLLOWS_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    state: _process_instance_pb2.ProcessInstance.State
    effects: _containers.RepeatedCompositeFieldContainer[OperationEffect]
    effect_count: int
    more_follows: bool
    findings: _containers.RepeatedCompositeFieldContainer[OperationFinding]
    def __init__(self, state: _Optional[_Union[_process_instance_pb2.ProcessInstance.State, str]] = ..., effects: _Optional[_Iterable[_Union[OperationEffect, _Mapping]]] = ..., effect_count: _Optional[int] = ..., more_follows: bool = ..., findings: _Optional[_Iterable[_Union[OperationFinding, _Mapping]]] = ...) -> None: ...

class OperationEffect(_message.Message):
    __slots__ = ("subject", "kind", "element_id", "id", "name", "due_time", "to_element_id")
    class Subject(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SUBJECT_UNSPECIFIED: _ClassVar[OperationEffect.Subject]
        SUBJECT_ELEMENT: _ClassVar[OperationEffect.Subject]
        SUBJECT_JOIN: _ClassVar[OperationEffect.Subject]
        SUBJECT_USER_TASK: _ClassVar[OperationEffect.Subject]
        SUBJECT_JOB: _ClassVar[OperationEffect.Subject]
        SUBJECT_TIMER: _ClassVar[OperationEffect.Subject]
        SUBJECT_SUBSCRIPTION: _ClassVar[OperationEffect.Subject]
        SUBJECT_INCIDENT: _ClassVar[OperationEffect.Subject]
        SUBJECT_VARIABLE: _ClassVar[OperationEffect.Subject]
        SUBJECT_PROCESS_INSTANCE: _ClassVar[OperationEffect.Subject]
        SUBJECT_MESSAGE: _ClassVar[OperationEffect.Subject]
        SUBJECT_SIGNAL: _ClassVar[OperationEffect.Subject]
    SUBJECT_UNSPECIFIED: OperationEffect.Subject
    SUBJECT_ELEMENT: OperationEffect.Subject
    SUBJECT_JOIN: OperationEffect.Subject
    SUBJECT_USER_TASK: OperationEffect.Subject
    SUBJECT_JOB: OperationEffect.Subject
    SUBJECT_TIMER: OperationEffect.Subject
    SUBJECT_SUBSCRIPTION: OperationEffect.Subject
    SUBJECT_INCIDENT: OperationEffect.Subject
    SUBJECT_VARIABLE: OperationEffect.Subject
    SUBJECT_PROCESS_INSTANCE: OperationEffect.Subject
    SUBJECT_MESSAGE: OperationEffect.Subject
    SUBJECT_SIGNAL: OperationEffect.Subject
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[OperationEffect.Kind]
        KIND_CREATED: _ClassVar[OperationEffect.Kind]
        KIND_READY: _ClassVar[OperationEffect.Kind]
        KIND_FAILED: _ClassVar[OperationEffect.Kind]
        KIND_COMPLETED: _ClassVar[OperationEffect.Kind]
        KIND_PASSED: _ClassVar[OperationEffect.Kind]
        KIND_CANCELED: _ClassVar[OperationEffect.Kind]
        KIND_CHANGED: _ClassVar[OperationEffect.Kind]
        KIND_MIGRATED: _ClassVar[OperationEffect.Kind]
        KIND_SET: _ClassVar[OperationEffect.Kind]
        KIND_RESOLVED: _ClassVar[OperationEffect.Kind]
        KIND_ENDED: _ClassVar[OperationEffect.Kind]
        KIND_THROWN: _ClassVar[OperationEffect.Kind]
    KIND_UNSPECIFIED: OperationEffect.Kind
    KIND_CREATED: OperationEffect.Kind
    KIND_READY: OperationEffect.Kind
    KIND_FAILED: OperationEffect.Kind
    KIND_COMPLETED: OperationEffect.Kind
    KIND_PASSED: OperationEffect.Kind
    KIND_CANCELED: OperationEffect.Kind
    KIND_CHANGED: OperationEffect.Kind
    KIND_MIGRATED: OperationEffect.Kind
    KIND_SET: OperationEffect.Kind
    KIND_RESOLVED: OperationEffect.Kind
    KIND_ENDED: OperationEffect.Kind
    KIND_THROWN: OperationEffect.Kind
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    subject: OperationEffect.Subject
    kind: OperationEffect.Kind
    element_id: str
    id: str
    name: str
    due_time: _timestamp_pb2.Timestamp
    to_element_id: str
    def __init__(self, subject: _Optional[_Union[OperationEffect.Subject, str]] = ..., kind: _Optional[_Union[OperationEffect.Kind, str]] = ..., element_id: _Optional[str] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., to_element_id: _Optional[str] = ...) -> None: ...

class OperationFinding(_message.Message):
    __slots__ = ("reason", "message", "element_id", "element_instance_id", "instruction")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTION_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    element_id: str
    element_instance_id: str
    instruction: int
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ..., element_id: _Optional[str] = ..., element_instance_id: _Optional[str] = ..., instruction: _Optional[int] = ...) -> None: ...

class ModificationInstruction(_message.Message):
    __slots__ = ("start_before", "start_after", "cancel", "move")
    START_BEFORE_FIELD_NUMBER: _ClassVar[int]
    START_AFTER_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    MOVE_FIELD_NUMBER: _ClassVar[int]
    start_before: StartBeforeInstruction
    start_after: StartAfterInstruction
    cancel: CancelInstruction
    move: MoveInstruction
    def __init__(self, start_before: _Optional[_Union[StartBeforeInstruction, _Mapping]] = ..., start_after: _Optional[_Union[StartAfterInstruction, _Mapping]] = ..., cancel: _Optional[_Union[CancelInstruction, _Mapping]] = ..., move: _Optional[_Union[MoveInstruction, _Mapping]] = ...) -> None: ...

class StartBeforeInstruction(_message.Message):
    __slots__ = ("element_id", "ancestor_element_instance_id", "variables", "local")
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ANCESTOR_ELEMENT_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    element_id: str
    ancestor_element_instance_id: str
    variables: str
    local: bool
    def __init__(self, element_id: _Optional[str] = ..., ancestor_element_instance_id: _Optional[str] = ..., variables: _Optional[str] = ..., local: bool = ...) -> None: ...

class StartAfterInstruction(_message.Message):
    __slots__ = ("element_id", "ancestor_element_instance_id", "variables", "local")
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ANCESTOR_ELEMENT_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    element_id: str
    ancestor_element_instance_id: str
    variables: str
    local: bool
    def __init__(self, element_id: _Optional[str] = ..., ancestor_element_instance_id: _Optional[str] = ..., variables: _Optional[str] = ..., local: bool = ...) -> None: ...

class CancelInstruction(_message.Message):
    __slots__ = ("element_id", "element_instance_id")
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    element_id: str
    element_instance_id: str
    def __init__(self, element_id: _Optional[str] = ..., element_instance_id: _Optional[str] = ...) -> None: ...

class MoveInstruction(_message.Message):
    __slots__ = ("element_id", "element_instance_id", "target_element_id", "variables", "local")
    ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    element_id: str
    element_instance_id: str
    target_element_id: str
    variables: str
    local: bool
    def __init__(self, element_id: _Optional[str] = ..., element_instance_id: _Optional[str] = ..., target_element_id: _Optional[str] = ..., variables: _Optional[str] = ..., local: bool = ...) -> None: ...

class ElementMapping(_message.Message):
    __slots__ = ("source_element_id", "target_element_id")
    SOURCE_ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_ELEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    source_element_id: str
    target_element_id: str
    def __init__(self, source_element_id: _Optional[str] = ..., target_element_id: _Optional[str] = ...) -> None: ...
