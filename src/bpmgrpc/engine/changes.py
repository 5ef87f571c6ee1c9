"""What a command changed: the net difference between the rows before and after it, and the events.

Rule of this file: only the net effect is here. An element that was entered and left within one command has events
but no row; a row that changed twice appears once. The store writes all of it in one transaction, together with the
compare-and-set of ``Root.version``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from bpmgrpc.engine.events import Event
from bpmgrpc.engine.state import (
    Candidates,
    ElementRow,
    IncidentRow,
    InstanceRow,
    JobRow,
    Root,
    SubscriptionKind,
    SubscriptionRow,
    TimerRow,
    UserTaskRow,
)


@dataclass(frozen=True, slots=True)
class ThrownSignal:
    """A signal for all who wait for it in an application, but for those of the instance that threw it: these have it
    already.
    """

    app_name: str
    name: str
    variables: Mapping[str, str]  # name to JSON text


@dataclass(frozen=True, slots=True)
class ThrownMessage:
    """A message for one receiver in an application."""

    app_name: str
    name: str
    key: str
    variables: Mapping[str, str]  # name to JSON text


class Moved(NamedTuple):
    """A row that waits for an element, which has become another one by a migration."""

    kind: Literal["timer", "job", "user_task", "incident", "process_instance"]
    seq: int
    element_id: str
    definition_id: str


class Restriction(NamedTuple):
    """Who may not do a new user task: some users, and whoever completed other user tasks of its process instance."""

    seq: int
    instance: int
    users: tuple[str, ...]
    completers_of: tuple[str, ...]  # BPMN elements


class Completer(NamedTuple):
    """A user who completed a task, and so may not do the open tasks of other elements of its process instance."""

    user: str
    instance: int
    elements: tuple[str, ...]


class Deadline(NamedTuple):
    """A time at which something is done about an open user task.

    Attributes:
        seq: Number of the task.
        number: Which of its deadlines.
        at_us: When.
        escalates: The task is escalated; else people are reminded of it.
        by_due: The time is the task's due date, and moves with it.
        candidates: Whom it is offered to then; nobody: it stays with whom it is.
        priority: What its priority is raised to; 0: it stays.
    """

    seq: int
    number: int
    at_us: int
    escalates: bool = False
    by_due: bool = False
    candidates: Candidates = Candidates()
    priority: int = 0


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
    put_fields: list[tuple[int, str, str]] = field(default_factory=list)  # searchable: instance, path, key
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
    delete_timers_inside: list[int] = field(default_factory=list)  # of event sub-processes, by the seq of their scope
    put_subscriptions: list[SubscriptionRow] = field(default_factory=list)  # insert or replace
    delete_subscriptions: list[int] = field(default_factory=list)  # by their own seq
    delete_subscriptions_of: list[int] = field(default_factory=list)  # by the seq of their element
    delete_subscriptions_inside: list[int] = field(default_factory=list)  # of event sub-processes, as with timers
    signals: list[ThrownSignal] = field(default_factory=list)
    messages: list[ThrownMessage] = field(default_factory=list)
    new_incidents: list[IncidentRow] = field(default_factory=list)
    resolve_incidents_of: list[int] = field(default_factory=list)  # open ones, by the seq of their element
    new_instances: list[InstanceRow] = field(default_factory=list)
    end_instances: list[InstanceRow] = field(default_factory=list)  # state, end_us and end_reason have changed
    moved: list[Moved] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)
    completers: list[Completer] = field(default_factory=list)
    lift_restrictions: list[int] = field(default_factory=list)  # of user tasks that have ended
    turns: list[tuple[Candidates, str]] = field(default_factory=list)  # of a pool: who was chosen last
    starts: list[tuple[int, int]] = field(default_factory=list)  # of new user tasks: when work on them should begin
    deadlines: list[Deadline] = field(default_factory=list)  # of new user tasks
    hold: bool | None = None  # True: timers and jobs that wait are held; False: given free again
    events: list[Event] = field(default_factory=list)
    seen: Mapping[str, str] = field(default_factory=dict)  # not written: what a task sees whose variables were set
    now_us: int = 0
    actor: str = ""

    @property
    def leaves_something(self) -> bool:
        """Whether something is left to be done in other transactions."""
        return bool(self.signals or self.messages or self.awaited)

    @property
    def is_operation(self) -> bool:
        """Whether more is changed than what a step changes."""
        return self.hold is not None or bool(self.moved or self.turns)

    @property
    def writes_beside(self) -> bool:
        """Whether it writes what lies beside the rows of user tasks."""
        return bool(self.restrictions or self.completers or self.lift_restrictions or self.starts or self.deadlines)

    @property
    def awaited(self) -> list[SubscriptionRow]:
        """The messages that somebody began to wait for; they may have been published before."""
        return [row for row in self.put_subscriptions if row.kind is SubscriptionKind.MESSAGE]
