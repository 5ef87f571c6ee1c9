"""What a command changed: the net difference between the rows before and after it, and the events.

Rule of this file: only the net effect is here. An element that was entered and left within one command has events
but no row; a row that changed twice appears once. The store writes all of it in one transaction, together with the
compare-and-set of ``Root.version``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bpmgrpc.engine.events import Event
from bpmgrpc.engine.state import ElementRow, IncidentRow, InstanceRow, JobRow, Root, TimerRow, UserTaskRow


@dataclass(slots=True)
class Changes:
    """The net effect of one command on one root instance.

    ``root.version`` is the new version; the stored one has to be ``root.version - 1`` (or absent, where ``created``).
    """

    root: Root
    created: bool = False
    put_elements: list[ElementRow] = field(default_factory=list)  # insert or replace
    delete_elements: list[int] = field(default_factory=list)
    put_variables: list[tuple[int, str, str]] = field(default_factory=list)  # scope, name, JSON text
    delete_variable_scopes: list[int] = field(default_factory=list)  # all variables of these scopes
    new_user_tasks: list[UserTaskRow] = field(default_factory=list)
    # (new row, version that the stored row has to have, or None where any will do)
    put_user_tasks: list[tuple[UserTaskRow, int | None]] = field(default_factory=list)
    cancel_user_tasks: list[int] = field(default_factory=list)  # open ones become CANCELED, ended now
    new_jobs: list[JobRow] = field(default_factory=list)
    put_jobs: list[JobRow] = field(default_factory=list)
    delete_jobs: list[int] = field(default_factory=list)
    # (job seq, lease token): the stored job has to be leased with this token, or nothing at all is written. Set
    # where a worker's call deletes or changes its job; other deletions of jobs need no lease.
    expected_lease: tuple[int, str] | None = None
    new_timers: list[TimerRow] = field(default_factory=list)
    delete_timers: list[int] = field(default_factory=list)  # by their own seq
    delete_timers_of: list[int] = field(default_factory=list)  # by the seq of their element
    new_incidents: list[IncidentRow] = field(default_factory=list)
    resolve_incidents_of: list[int] = field(default_factory=list)  # open ones, by the seq of their element
    new_instances: list[InstanceRow] = field(default_factory=list)
    end_instances: list[InstanceRow] = field(default_factory=list)  # state, end_us and end_reason have changed
    events: list[Event] = field(default_factory=list)
    now_us: int = 0
    actor: str = ""
