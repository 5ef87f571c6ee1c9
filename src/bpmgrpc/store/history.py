"""History: what a command did, as compact JSON in one row.

Rule of this file: a row is an array of events, each ``[type, element id, seq, attributes]`` without what is empty at
its end. Types are written as short codes; one that has no code yet is written by its name and read back all the same,
so old rows and new event types need nothing here. The text of a large variable is replaced by its size in bytes and
its SHA-256: the history tells that and when it changed, the variable's own row holds the value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.store.rows import encode_json
from bpmgrpc.values import join_members, serialize

__all__ = ["CODES", "MAX_VALUE_CHARACTERS", "attributes_text", "read_events", "write_events"]

MAX_VALUE_CHARACTERS: Final = 1024  # of a variable's JSON text in the history

# Codes are stored: never give one a second meaning.
CODES: Final[Mapping[EventType, str]] = {
    EventType.INSTANCE_STARTED: "is",
    EventType.INSTANCE_COMPLETED: "ic",
    EventType.INSTANCE_CANCELED: "ix",
    EventType.INSTANCE_FAILED: "if",
    EventType.INSTANCE_SUSPENDED: "ih",
    EventType.INSTANCE_RESUMED: "ir",
    EventType.INSTANCE_MODIFIED: "im",
    EventType.INSTANCE_MIGRATED: "ig",
    EventType.ELEMENT_MIGRATED: "eg",
    EventType.ELEMENT_ACTIVATED: "ea",
    EventType.ELEMENT_COMPLETED: "ec",
    EventType.ELEMENT_CANCELED: "ex",
    EventType.TOKEN_ARRIVED: "ta",
    EventType.VARIABLE_SET: "vs",
    EventType.USER_TASK_CREATED: "un",
    EventType.USER_TASK_CLAIMED: "ul",
    EventType.USER_TASK_UNCLAIMED: "uu",
    EventType.USER_TASK_ASSIGNED: "ua",
    EventType.USER_TASK_COMPLETED: "uc",
    EventType.USER_TASK_CANCELED: "USER_TASK_CANCELED",  # it is rare, and programs that do not know it can show it
    EventType.USER_TASK_DELEGATED: "ud",
    EventType.USER_TASK_RESOLVED: "ur",
    EventType.USER_TASK_FORWARDED: "uf",
    EventType.USER_TASK_REASSIGNED: "ue",
    EventType.USER_TASK_UPDATED: "up",
    EventType.USER_TASK_REMINDED: "ui",
    EventType.USER_TASK_ESCALATED: "uk",
    EventType.USER_TASK_COMMENTED: "um",
    EventType.USER_TASK_ATTACHED: "ut",
    EventType.USER_TASK_DETACHED: "ux",
    EventType.JOB_CREATED: "jn",
    EventType.JOB_COMPLETED: "jc",
    EventType.JOB_FAILED: "jf",
    EventType.ERROR_THROWN: "et",
    EventType.TIMER_SCHEDULED: "ts",
    EventType.TIMER_FIRED: "tf",
    EventType.SUBSCRIPTION_CREATED: "sn",
    EventType.EVENT_RECEIVED: "sr",
    EventType.MESSAGE_THROWN: "mt",
    EventType.SIGNAL_THROWN: "st",
    EventType.ESCALATION_THROWN: "lt",
    EventType.COMPENSATION_THROWN: "ct",
    EventType.TRANSACTION_CANCELED: "tc",
    EventType.INCIDENT_RAISED: "rn",
    EventType.INCIDENT_RESOLVED: "rr",
}
_NAMES: Final = {code: type_.value for type_, code in CODES.items()}

_EMPTY: Final[list[Any]] = ["", "", 0, {}]  # what was left out at an event's end

# The attribute in which a VARIABLE_SET event carries the value's JSON text.
_VALUE: Final = "json"


def write_events(events: Iterable[Event]) -> str:
    """Writes the events of one command.

    Args:
        events: In the order in which they happened; attributes hold JSON values only.

    Raises:
        TypeError: An attribute is no JSON value.
    """
    rows: list[Sequence[Any]] = []
    codes = CODES
    for type_, element_id, seq, attributes in events:
        code = codes.get(type_) or str(type_)
        if attributes:
            kept = _without_large_value(attributes) if type_ is EventType.VARIABLE_SET else attributes
            rows.append((code, element_id, seq, kept))
        elif seq:
            rows.append((code, element_id, seq))
        elif element_id:
            rows.append((code, element_id))
        else:
            rows.append((code,))
    return encode_json(rows)


def _without_large_value(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    text = attributes.get(_VALUE)
    if not isinstance(text, str) or len(text) <= MAX_VALUE_CHARACTERS:
        return attributes
    content = text.encode()
    kept = {name: value for name, value in attributes.items() if name != _VALUE}
    return {**kept, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def read_events(text: str) -> list[tuple[str, str, int, dict[str, Any]]]:
    """Reads what `write_events` wrote.

    Returns:
        Name of the type, element id, seq and attributes of each event.
    """
    events = []
    for row in json.loads(text, parse_float=Decimal):
        code, element_id, seq, attributes = row + _EMPTY[len(row) :]
        events.append((_NAMES.get(code, code), element_id, seq, attributes))
    return events


def attributes_text(attributes: Mapping[str, Any]) -> str:
    """Writes the attributes of an event as a JSON object for people and programs.

    A variable's value is a member ``value`` as it was set, digit for digit, rather than a text that holds JSON.
    """
    return join_members(
        {
            ("value" if name == _VALUE else name): value if name == _VALUE else serialize(value)
            for name, value in attributes.items()
        }
    )
