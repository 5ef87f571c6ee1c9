"""The events: what can happen in a process instance.

Rule of this file: an event type is generic over element types, so a new BPMN element needs no new event. Events
are the history; the rows of ``bpmgrpc.engine.state`` are the state. Both leave the engine together and are written
in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class EventType(StrEnum):
    """What happened."""

    INSTANCE_STARTED = "INSTANCE_STARTED"
    INSTANCE_COMPLETED = "INSTANCE_COMPLETED"
    INSTANCE_CANCELED = "INSTANCE_CANCELED"
    INSTANCE_FAILED = "INSTANCE_FAILED"
    INSTANCE_SUSPENDED = "INSTANCE_SUSPENDED"
    INSTANCE_RESUMED = "INSTANCE_RESUMED"
    INSTANCE_MODIFIED = "INSTANCE_MODIFIED"
    INSTANCE_MIGRATED = "INSTANCE_MIGRATED"
    ELEMENT_MIGRATED = "ELEMENT_MIGRATED"
    ELEMENT_ACTIVATED = "ELEMENT_ACTIVATED"
    ELEMENT_COMPLETED = "ELEMENT_COMPLETED"  # without ELEMENT_ACTIVATED before it: it never waited
    ELEMENT_CANCELED = "ELEMENT_CANCELED"
    TOKEN_ARRIVED = "TOKEN_ARRIVED"  # noqa: S105 - a token of BPMN; it waits at a join
    VARIABLE_SET = "VARIABLE_SET"
    USER_TASK_CREATED = "USER_TASK_CREATED"
    USER_TASK_CLAIMED = "USER_TASK_CLAIMED"
    USER_TASK_UNCLAIMED = "USER_TASK_UNCLAIMED"
    USER_TASK_ASSIGNED = "USER_TASK_ASSIGNED"
    USER_TASK_COMPLETED = "USER_TASK_COMPLETED"
    USER_TASK_CANCELED = "USER_TASK_CANCELED"  # of a subtask; any other ends with its element
    USER_TASK_DELEGATED = "USER_TASK_DELEGATED"
    USER_TASK_RESOLVED = "USER_TASK_RESOLVED"
    USER_TASK_FORWARDED = "USER_TASK_FORWARDED"
    USER_TASK_REASSIGNED = "USER_TASK_REASSIGNED"
    USER_TASK_UPDATED = "USER_TASK_UPDATED"
    USER_TASK_REMINDED = "USER_TASK_REMINDED"
    USER_TASK_ESCALATED = "USER_TASK_ESCALATED"
    USER_TASK_COMMENTED = "USER_TASK_COMMENTED"
    USER_TASK_ATTACHED = "USER_TASK_ATTACHED"
    USER_TASK_DETACHED = "USER_TASK_DETACHED"
    JOB_CREATED = "JOB_CREATED"
    JOB_COMPLETED = "JOB_COMPLETED"
    JOB_FAILED = "JOB_FAILED"
    ERROR_THROWN = "ERROR_THROWN"
    TIMER_SCHEDULED = "TIMER_SCHEDULED"
    TIMER_FIRED = "TIMER_FIRED"
    SUBSCRIPTION_CREATED = "SUBSCRIPTION_CREATED"
    EVENT_RECEIVED = "EVENT_RECEIVED"  # a message, a signal, or a condition that became true
    MESSAGE_THROWN = "MESSAGE_THROWN"
    SIGNAL_THROWN = "SIGNAL_THROWN"
    ESCALATION_THROWN = "ESCALATION_THROWN"
    COMPENSATION_THROWN = "COMPENSATION_THROWN"
    TRANSACTION_CANCELED = "TRANSACTION_CANCELED"
    INCIDENT_RAISED = "INCIDENT_RAISED"
    INCIDENT_RESOLVED = "INCIDENT_RESOLVED"


class Event(NamedTuple):
    """One thing that happened. ``seq`` is that of the element instance concerned, or 0."""

    type: EventType
    element_id: str = ""
    seq: int = 0
    attributes: Mapping[str, Any] | None = None  # JSON values only
