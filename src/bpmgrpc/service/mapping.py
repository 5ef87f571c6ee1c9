"""Rows to messages.

Rule of this file: one function for each resource, plain assignments, no reflection: these run with every call. Ids are
put together here and nowhere else.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.state import DELEGATED, RESOLVED, ROOT_SCOPE, ElementState, InstanceState, UserTaskState
from bpmgrpc.ids import child_id
from bpmgrpc.store.interface import DefinitionState
from bpmgrpc.v1.incident_pb2 import Incident
from bpmgrpc.v1.job_pb2 import Job
from bpmgrpc.v1.process_definition_pb2 import ProcessDefinition
from bpmgrpc.v1.process_instance_pb2 import ElementInstance, HistoryEvent, ProcessInstance
from bpmgrpc.v1.user_task_pb2 import UserTask

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp

    from bpmgrpc.engine.program import Program
    from bpmgrpc.engine.state import ElementRow, IncidentRow, Root, UserTaskRow
    from bpmgrpc.runtime.jobs import LeasedJob
    from bpmgrpc.runtime.user_tasks import ChangedTask
    from bpmgrpc.store.interface import DefinitionRow
    from bpmgrpc.store.views import HistoryEventView, ProcessInstanceView

_MICROSECONDS: Final = 1_000_000

USER_TASK_STATES: Final = {
    UserTaskState.WAITING: UserTask.STATE_WAITING,
    UserTaskState.ASSIGNED: UserTask.STATE_ASSIGNED,
    UserTaskState.CLAIMED: UserTask.STATE_CLAIMED,
    UserTaskState.COMPLETED: UserTask.STATE_COMPLETED,
    UserTaskState.CANCELED: UserTask.STATE_CANCELED,
}
_DELEGATION_STATES: Final = {
    0: UserTask.DELEGATION_STATE_UNSPECIFIED,
    DELEGATED: UserTask.DELEGATION_STATE_PENDING,
    RESOLVED: UserTask.DELEGATION_STATE_RESOLVED,
}
INSTANCE_STATES: Final = {
    InstanceState.ACTIVE: ProcessInstance.STATE_ACTIVE,
    InstanceState.SUSPENDED: ProcessInstance.STATE_SUSPENDED,
    InstanceState.COMPLETED: ProcessInstance.STATE_COMPLETED,
    InstanceState.CANCELED: ProcessInstance.STATE_CANCELED,
    InstanceState.FAILED: ProcessInstance.STATE_FAILED,
}
_ELEMENT_STATES: Final = {
    ElementState.ACTIVE: ElementInstance.STATE_ACTIVE,
    ElementState.JOIN: ElementInstance.STATE_ACTIVE,
    ElementState.READY: ElementInstance.STATE_READY,
    ElementState.INCIDENT: ElementInstance.STATE_INCIDENT,
}
_DEFINITION_STATES: Final = {
    DefinitionState.ACTIVE: ProcessDefinition.STATE_ACTIVE,
    DefinitionState.SUSPENDED: ProcessDefinition.STATE_SUSPENDED,
}


def set_time(field: Timestamp, time_us: int | None) -> None:
    """Sets a timestamp to a time in microseconds since the epoch; None leaves it absent."""
    if time_us is not None:
        field.seconds, micros = divmod(time_us, _MICROSECONDS)
        field.nanos = micros * 1000


def instance_name(root_id: str, seq: int) -> str:
    """Returns the id of a process instance: of the root (0), or of one that a call activity started."""
    return root_id if seq == ROOT_SCOPE else child_id(root_id, seq)


def process_definition(row: DefinitionRow) -> ProcessDefinition:
    """Maps a definition, without its file."""
    message = ProcessDefinition(
        process_definition_id=row.id,
        process_name=row.process_name,
        display_name=row.display_name,
        app_name=row.app_name,
        version=row.version,
        version_tag=row.version_tag,
        resource_name=row.resource_name,
        state=_DEFINITION_STATES[row.state],
    )
    set_time(message.create_time, row.create_us)
    return message


def root_instance(root: Root, definition: DefinitionRow) -> ProcessInstance:
    """Maps a root instance, without its variables."""
    message = ProcessInstance(
        process_instance_id=root.id,
        root_process_instance_id=root.id,
        process_definition_id=root.definition_id,
        process_name=definition.process_name,
        app_name=definition.app_name,
        version=definition.version,
        version_tag=definition.version_tag,
        business_key=root.business_key,
        state=INSTANCE_STATES[root.state],
        create_by=root.create_by,
        end_reason=root.end_reason,
        open_incident_count=root.open_incidents,
    )
    set_time(message.create_time, root.create_us)
    set_time(message.end_time, root.end_us)
    return message


def process_instance(found: ProcessInstanceView) -> ProcessInstance:
    """Maps an instance as it was read, without its variables."""
    message = ProcessInstance(
        process_instance_id=instance_name(found.root_id, found.seq),
        root_process_instance_id=found.root_id,
        parent_process_instance_id="" if found.parent is None else instance_name(found.root_id, found.parent),
        process_definition_id=found.definition_id,
        process_name=found.process_name,
        app_name=found.app_name,
        version=found.version,
        version_tag=found.version_tag,
        business_key=found.business_key,
        state=INSTANCE_STATES[found.state],
        create_by=found.create_by,
        end_reason=found.end_reason,
        open_incident_count=found.open_incidents,
    )
    set_time(message.create_time, found.create_us)
    set_time(message.end_time, found.end_us)
    return message


def element_instance(root_id: str, instance: int, row: ElementRow, program: Program) -> ElementInstance:
    """Maps an active element instance."""
    node = program.nodes[row.element_id]
    message = ElementInstance(
        element_instance_id=child_id(root_id, row.seq),
        process_instance_id=instance_name(root_id, instance),
        element_id=row.element_id,
        element_type=node.type,
        name=node.source.name,
        state=_ELEMENT_STATES[row.state],
    )
    set_time(message.create_time, row.create_us)
    return message


def incident(root_id: str, row: IncidentRow, process_name: str, app_name: str) -> Incident:
    """Maps an incident of a process."""
    message = Incident(
        incident_id=child_id(root_id, row.seq),
        process_instance_id=instance_name(root_id, row.instance),
        root_process_instance_id=root_id,
        process_definition_id=row.definition_id,
        process_name=process_name,
        app_name=app_name,
        element_id=row.element_id,
        element_instance_id=child_id(root_id, row.element_seq),
        reason=row.reason,
        message=row.message,
        state=Incident.STATE_OPEN if row.open else Incident.STATE_RESOLVED,
    )
    set_time(message.create_time, row.create_us)
    set_time(message.resolve_time, row.resolve_us)
    return message


def history_event(found: HistoryEventView) -> HistoryEvent:
    """Maps an event of the history."""
    message = HistoryEvent(
        history_event_id=found.id,
        root_process_instance_id=found.root_id,
        event_type=found.type,
        element_id=found.element_id,
        element_instance_id=child_id(found.root_id, found.seq) if found.seq else "",
        actor=found.actor,
        attributes=found.attributes,
    )
    set_time(message.event_time, found.time_us)
    return message


def changed_user_task(changed: ChangedTask) -> UserTask:
    """Maps a user task as a command left it."""
    definition = changed.definition.row
    return user_task(changed.root_id, changed.row, definition.process_name, definition.app_name)


_TASK_TEXTS: Final = (  # that most tasks do not have
    "description",
    "assignee",
    "owner",
    "create_by",
    "form_key",
    "load_link_entity_id",
    "load_link_param",
    "business_key",
)
_task_texts: Final = attrgetter(*_TASK_TEXTS)


def user_task(root_id: str, row: UserTaskRow, process_name: str, app_name: str) -> UserTask:
    """Maps a user task of a process.

    Field by field, and only those that have something: a constructor with all of them costs three times as much, and
    most calls answer with a task.
    """
    message = UserTask()
    message.user_task_id = child_id(root_id, row.seq)
    message.process_instance_id = instance_name(root_id, row.instance)
    message.root_process_instance_id = root_id
    message.process_definition_id = row.definition_id
    message.process_name = process_name
    message.app_name = app_name
    message.element_id = row.element_id
    message.name = row.name
    message.state = USER_TASK_STATES[row.state]
    message.priority = row.priority
    message.etag = str(row.version)
    if row.parent:
        message.parent_user_task_id = child_id(root_id, row.parent)
    texts = _task_texts(row)
    if any(texts):
        for name, text in zip(_TASK_TEXTS, texts, strict=True):
            if text:
                setattr(message, name, text)
    offered = row.candidates
    if offered.users:
        message.candidate_users.extend(offered.users)
    if offered.groups:
        message.candidate_groups.extend(offered.groups)
    if offered.roles:
        message.candidate_roles.extend(offered.roles)
    if offered.work_party:
        message.work_party = offered.work_party
    if row.flags:
        message.delegation_state = _DELEGATION_STATES[row.flags & (DELEGATED | RESOLVED)]
    set_time(message.create_time, row.create_us)
    if row.due_us is not None:
        set_time(message.due_time, row.due_us)
    if row.follow_up_us is not None:
        set_time(message.follow_up_time, row.follow_up_us)
    if row.claim_us is not None:
        set_time(message.claim_time, row.claim_us)
    if row.end_us is not None:
        set_time(message.end_time, row.end_us)
    return message


def job(leased: LeasedJob, variables: str) -> Job:
    """Maps a job that has been leased."""
    row = leased.row
    definition = leased.definition.row
    message = Job(
        job_id=child_id(leased.root_id, row.seq),
        type=row.type,
        process_instance_id=instance_name(leased.root_id, row.instance),
        process_definition_id=row.definition_id,
        process_name=definition.process_name,
        app_name=definition.app_name,
        element_id=row.element_id,
        custom_headers=row.headers,
        retries=abs(row.retries),  # below zero while the instance is suspended
        variables=variables,
        lease_token=row.lease_token,
        worker=row.worker,
        business_key=row.business_key,
        priority=row.priority,
    )
    set_time(message.lease_expire_time, row.available_us)
    set_time(message.create_time, row.create_us)
    return message
