"""What queries give back: rows together with what a reader wants to know besides, and the filters of lists.

Rule of this file: plain data; an empty filter does not filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bpmgrpc.engine.state import ElementRow, IncidentRow, InstanceState, UserTaskRow, UserTaskState

__all__ = [
    "ActiveElements",
    "DefinitionFilter",
    "FieldCondition",
    "HistoryEventView",
    "IncidentDetails",
    "IncidentFilter",
    "IncidentView",
    "ProcessInstanceFilter",
    "ProcessInstanceView",
    "UserTaskFilter",
    "UserTaskPart",
    "UserTaskView",
]


class UserTaskPart(StrEnum):
    """A part of a user's tasks."""

    CLAIMED = "CLAIMED"
    OFFERED_TO_USER = "OFFERED_TO_USER"
    OFFERED_TO_GROUPS = "OFFERED_TO_GROUPS"
    OFFERED_TO_ROLES = "OFFERED_TO_ROLES"
    OFFERED_TO_WORK_PARTIES = "OFFERED_TO_WORK_PARTIES"


@dataclass(frozen=True, slots=True)
class UserTaskView:
    """A user task and its process; and who may not do it, where that is asked for."""

    root_id: str
    row: UserTaskRow
    process_name: str
    app_name: str
    excluded: frozenset[str] = frozenset()


class FieldCondition(NamedTuple):
    """A condition on a searchable field of a task's process instance.

    Attributes:
        path: The field, such as ``order.customer``.
        operator: ``=``, ``<``, ``<=``, ``>`` or ``>=``.
        key: The value, as ``bpmgrpc.engine.search_fields`` writes it.
    """

    path: str
    operator: str
    key: str


@dataclass(frozen=True, slots=True)
class UserTaskFilter:
    """Which user tasks.

    Attributes:
        root_id: Only of this root.
        instance: With ``root_id``: only of this called instance and of those it called; 0: all.
        parent: With ``root_id``: only subtasks of this user task; 0: any.
        user: Claimed by the user, or unclaimed and offered to the user by name, group, role or work party.
        role: Unclaimed and offered to the role.
        group: Unclaimed and offered to the group.
        assignee: Claimed by the user.
        states: Only these; the open ones where empty.
        process_name: Only this BPMN process id.
        app_name: Only this application.
        business_key: Only this key.
        parts: With ``user``: only these parts; all where empty.
        work_party: Unclaimed and offered to the work party.
        owner: Only of this owner.
        element_id: Only of this BPMN element.
        name_contains: Only with this in the name; lower case, where A to Z count as a to z.
        priority_min: At least this; 0: any.
        priority_max: At most this; 0: any.
        create_from_us: Made at this time or later; ``..._until_us`` are times before which.
        without_due: Only without a due time.
        without_follow_up: Only without a follow-up time.
        end_from_us: Ended at this time or later.
        fields: Only where the process instance's fields are so.
    """

    root_id: str = ""
    instance: int = 0
    parent: int = 0
    user: str = ""
    role: str = ""
    group: str = ""
    assignee: str = ""
    states: tuple[UserTaskState, ...] = ()
    process_name: str = ""
    app_name: str = ""
    business_key: str = ""
    parts: tuple[UserTaskPart, ...] = ()
    work_party: str = ""
    owner: str = ""
    element_id: str = ""
    name_contains: str = ""
    priority_min: int = 0
    priority_max: int = 0
    create_from_us: int | None = None
    create_until_us: int | None = None
    due_from_us: int | None = None
    due_until_us: int | None = None
    without_due: bool = False
    follow_up_from_us: int | None = None
    follow_up_until_us: int | None = None
    without_follow_up: bool = False
    end_from_us: int | None = None
    end_until_us: int | None = None
    fields: tuple[FieldCondition, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessInstanceView:
    """A process instance and its process.

    Attributes:
        seq: 0 for a root, else the number of the call activity that started it.
        parent: Number of the instance around it; None for a root.
        open_incidents: Of the whole root.
    """

    root_id: str
    seq: int
    parent: int | None
    definition_id: str
    process_name: str
    app_name: str
    version: int
    version_tag: str
    business_key: str
    state: InstanceState
    create_us: int
    end_us: int | None
    create_by: str
    end_reason: str
    open_incidents: int


@dataclass(frozen=True, slots=True)
class ProcessInstanceFilter:
    """Which process instances.

    Attributes:
        process_name: Only of this BPMN process id.
        app_name: Only of this application.
        definition_id: Only of this version.
        business_key: Only with this key.
        states: Only these; all where empty.
        root_id: Only this root and what it called.
        root_only: Only roots.
        create_from_us: Started at this time or later; ``..._until_us`` are times before which.
        end_from_us: Ended at this time or later.
        without_end: Only those that have not ended.
    """

    process_name: str = ""
    app_name: str = ""
    definition_id: str = ""
    business_key: str = ""
    states: tuple[InstanceState, ...] = ()
    root_id: str = ""
    root_only: bool = False
    create_from_us: int | None = None
    create_until_us: int | None = None
    end_from_us: int | None = None
    end_until_us: int | None = None
    without_end: bool = False


@dataclass(frozen=True, slots=True)
class ActiveElements:
    """The active elements of one process instance, the oldest first.

    Attributes:
        rows: The first 1,000.
        count: How many there are.
    """

    rows: list[ElementRow]
    count: int


@dataclass(frozen=True, slots=True)
class DefinitionFilter:
    """Which definitions; ``latest_only`` means the newest version of each process that fits otherwise."""

    process_name: str = ""
    app_name: str = ""
    version_tag: str = ""
    latest_only: bool = False


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident and its process."""

    root_id: str
    row: IncidentRow
    process_name: str
    app_name: str


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents.

    Attributes:
        root_id: Only of this root.
        instance: With ``root_id``: only of this called instance and of those it called; 0: all.
        process_name: Only this BPMN process id.
        app_name: Only this application.
        open: Whether open ones are wanted.
        resolved: Whether resolved ones are wanted.
        element_id: Only of this BPMN element.
        reason: Only this kind of failure.
        create_from_us: Opened at this time or later; ``create_until_us`` is a time before which.
    """

    root_id: str = ""
    instance: int = 0
    process_name: str = ""
    app_name: str = ""
    open: bool = True
    resolved: bool = False
    element_id: str = ""
    reason: str = ""
    create_from_us: int | None = None
    create_until_us: int | None = None


@dataclass(frozen=True, slots=True)
class IncidentDetails:
    """An incident with what it takes more to find.

    Attributes:
        incident: The incident.
        variables: What the failed element sees, name to JSON text; empty where the incident is resolved.
        attempts: How often the element instance had failed when the incident was opened.
    """

    incident: IncidentView
    variables: dict[str, str]
    attempts: int


@dataclass(frozen=True, slots=True)
class HistoryEventView:
    """One thing that happened.

    Attributes:
        id: Opaque; ascends within an instance.
        seq: Of the element instance concerned; 0: none.
        attributes: A JSON object.
    """

    id: str
    root_id: str
    time_us: int
    type: str
    element_id: str
    seq: int
    actor: str
    attributes: str
