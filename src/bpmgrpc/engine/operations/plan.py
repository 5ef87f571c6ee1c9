"""What a command does, in words: read off its changes, whether they are committed or not.

Rule of this file: nothing is worked out anew. Every line is a row that the changes write, move or delete, compared with
what was there, or an event of theirs; so the plan of a dry run and that of the real one are the same whenever the rows
before were the same. It covers one transaction: what a long run does in further ones is not in it (``more_follows``).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.operations.suspension import due_us
from bpmgrpc.engine.state import ElementState, InstanceState, Work

if TYPE_CHECKING:
    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.engine.operations.findings import OperationFinding
    from bpmgrpc.engine.state import ElementRow, Snapshot, SubscriptionRow, TimerRow


class Subject(StrEnum):
    """What an effect is about."""

    ELEMENT = "ELEMENT"
    JOIN = "JOIN"
    USER_TASK = "USER_TASK"
    JOB = "JOB"
    TIMER = "TIMER"
    SUBSCRIPTION = "SUBSCRIPTION"
    INCIDENT = "INCIDENT"
    VARIABLE = "VARIABLE"
    PROCESS_INSTANCE = "PROCESS_INSTANCE"
    MESSAGE = "MESSAGE"
    SIGNAL = "SIGNAL"


class Effect(StrEnum):
    """What becomes of it."""

    CREATED = "CREATED"  # it is there afterwards; an element: it was entered and waits
    READY = "READY"  # of an element: its next step is due in the next transaction
    FAILED = "FAILED"  # of an element: its step failed
    COMPLETED = "COMPLETED"
    PASSED = "PASSED"  # of an element: it was entered and left
    CANCELED = "CANCELED"
    CHANGED = "CHANGED"
    MIGRATED = "MIGRATED"
    SET = "SET"
    RESOLVED = "RESOLVED"
    ENDED = "ENDED"
    THROWN = "THROWN"


class Line(NamedTuple):
    """One effect.

    Attributes:
        subject: What it is about.
        effect: What becomes of it.
        element_id: The element of the model.
        seq: Number of the row; 0 where there is none. Of a variable: its scope.
        name: Of a variable, message, signal or user task; type of a job; reason of an incident; of a called process
            instance that has ended its state.
        due_us: Of a timer.
        to_element_id: With MIGRATED: the element that it is from now on.
    """

    subject: Subject
    effect: Effect
    element_id: str = ""
    seq: int = 0
    name: str = ""
    due_us: int | None = None
    to_element_id: str = ""


class Plan(NamedTuple):
    """What a command does.

    Attributes:
        state: State of the root instance afterwards.
        lines: The effects.
        more_follows: Whether the run goes on in further transactions.
        findings: What is in the way; with any, there are no effects and the state is the one before.
    """

    state: InstanceState
    lines: tuple[Line, ...] = ()
    more_follows: bool = False
    findings: tuple[OperationFinding, ...] = ()


_STATES: Final = {
    ElementState.ACTIVE: Effect.CREATED,
    ElementState.READY: Effect.READY,
    ElementState.INCIDENT: Effect.FAILED,
    ElementState.DONE: Effect.COMPLETED,
    ElementState.JOIN: Effect.CREATED,
}
_MOVED: Final = {
    "timer": Subject.TIMER,
    "job": Subject.JOB,
    "user_task": Subject.USER_TASK,
    "incident": Subject.INCIDENT,
    "process_instance": Subject.PROCESS_INSTANCE,
}


def plan_of(snapshot: Snapshot, changes: Changes) -> Plan:
    """Returns what a command does.

    Args:
        snapshot: The rows before; with all element rows, all that waits (``Snapshot.work``) and all subscriptions. Of
            an instance that is started there are none.
        changes: What the command changes.
    """
    root = changes.root
    lines = (*_elements(snapshot, changes), *_waiting(snapshot, changes), *_around(changes))
    return Plan(root.state, lines, root.ready and root.state is InstanceState.ACTIVE)


def _elements(snapshot: Snapshot, changes: Changes) -> Iterator[Line]:
    before = snapshot.elements
    put = {row.seq for row in changes.put_elements}
    entered = {row.element_id for row in changes.put_elements if row.seq not in before}
    for event in changes.events:
        if event.type is EventType.ELEMENT_MIGRATED:
            to = str((event.attributes or {})["to"])
            yield Line(Subject.ELEMENT, Effect.MIGRATED, event.element_id, event.seq, to_element_id=to)
        elif event.type is EventType.ELEMENT_COMPLETED and event.seq not in before and event.seq not in put:
            entered.add(event.element_id)
            yield Line(Subject.ELEMENT, Effect.PASSED, event.element_id, event.seq)
    for row in changes.put_elements:
        old = before.get(row.seq)
        if old is None or row.state is not old.state:
            yield Line(_subject(row), _STATES[row.state], row.element_id, row.seq)
        elif row.state is ElementState.JOIN and _tokens(row) != _tokens(old):
            yield Line(Subject.JOIN, Effect.CHANGED, row.element_id, row.seq)
    canceled = {event.seq for event in changes.events if event.type is EventType.ELEMENT_CANCELED}
    for seq in changes.delete_elements:
        row = before[seq]
        # Tokens that go on enter their join; they and what was kept to be undone are canceled without a word.
        fires = row.state is ElementState.JOIN and row.element_id in entered
        silent = row.state in (ElementState.JOIN, ElementState.DONE) and not fires
        gone = silent or seq in canceled
        yield Line(_subject(row), Effect.CANCELED if gone else Effect.COMPLETED, row.element_id, seq)


def _tokens(row: ElementRow) -> int:
    count: int = sum(row.data["tokens"].values())
    return count


def _subject(row: ElementRow) -> Subject:
    return Subject.JOIN if row.state is ElementState.JOIN else Subject.ELEMENT


def _waiting(snapshot: Snapshot, changes: Changes) -> Iterator[Line]:
    work = snapshot.work if snapshot.root is not None else Work()
    assert work is not None, "a plan needs all that waits"  # noqa: S101 - our own invariant
    tasks = {row.seq: row for row in work.user_tasks}
    jobs = {row.seq: row for row in work.jobs}
    for task in changes.new_user_tasks:
        yield Line(Subject.USER_TASK, Effect.CREATED, task.element_id, task.seq, task.name)
        if task.end_us is not None:
            yield Line(Subject.USER_TASK, Effect.CANCELED, task.element_id, task.seq, task.name)
    for seq in changes.cancel_user_tasks:
        if seq in tasks:
            yield Line(Subject.USER_TASK, Effect.CANCELED, tasks[seq].element_id, seq, tasks[seq].name)
    for job in changes.new_jobs:
        yield Line(Subject.JOB, Effect.CREATED, job.element_id, job.seq, job.type)
    for seq in changes.delete_jobs:
        if seq in jobs:
            yield Line(Subject.JOB, Effect.CANCELED, jobs[seq].element_id, seq, jobs[seq].type)
    for timer in changes.new_timers:
        yield Line(Subject.TIMER, Effect.CREATED, timer.element_id, timer.seq, due_us=due_us(timer.due_us))
    for timer in work.timers:
        if _timer_goes(timer, changes):
            yield Line(Subject.TIMER, Effect.CANCELED, timer.element_id, timer.seq, due_us=due_us(timer.due_us))
    for row in changes.put_subscriptions:
        old = snapshot.subscriptions.get(row.seq)
        if old is None:
            yield Line(Subject.SUBSCRIPTION, Effect.CREATED, row.element_id, row.seq, row.name)
        elif old.element_id != row.element_id:
            yield Line(
                Subject.SUBSCRIPTION, Effect.MIGRATED, old.element_id, row.seq, row.name, to_element_id=row.element_id
            )
    for row in snapshot.subscriptions.values():
        if _subscription_goes(row, changes):
            yield Line(Subject.SUBSCRIPTION, Effect.CANCELED, row.element_id, row.seq, row.name)
    for incident in changes.new_incidents:
        yield Line(Subject.INCIDENT, Effect.CREATED, incident.element_id, incident.seq, incident.reason)
        if not incident.open:
            yield Line(Subject.INCIDENT, Effect.RESOLVED, incident.element_id, incident.seq, incident.reason)
    for incident in work.incidents:
        if incident.element_seq in changes.resolve_incidents_of:
            yield Line(Subject.INCIDENT, Effect.RESOLVED, incident.element_id, incident.seq, incident.reason)
    yield from _moved(work, changes)


def _moved(work: Work, changes: Changes) -> Iterator[Line]:
    rows: dict[str, dict[int, tuple[str, str, int | None]]] = {
        "timer": {timer.seq: (timer.element_id, "", due_us(timer.due_us)) for timer in work.timers},
        "job": {job.seq: (job.element_id, job.type, None) for job in work.jobs},
        "user_task": {task.seq: (task.element_id, task.name, None) for task in work.user_tasks},
        "incident": {incident.seq: (incident.element_id, incident.reason, None) for incident in work.incidents},
    }
    for moved in changes.moved:
        known = rows.get(moved.kind, {})
        element_id, name, due = known.get(moved.seq, ("", moved.definition_id, None))
        yield Line(_MOVED[moved.kind], Effect.MIGRATED, element_id, moved.seq, name, due, moved.element_id)


def _timer_goes(row: TimerRow, changes: Changes) -> bool:
    return (
        row.seq in changes.delete_timers
        or row.element_seq in changes.delete_timers_of
        or (row.inside and row.element_seq in changes.delete_timers_inside)
    )


def _subscription_goes(row: SubscriptionRow, changes: Changes) -> bool:
    return (
        row.seq in changes.delete_subscriptions
        or row.element_seq in changes.delete_subscriptions_of
        or (row.inside and row.element_seq in changes.delete_subscriptions_inside)
    )


def _around(changes: Changes) -> Iterator[Line]:
    for scope, name, _text in changes.put_variables:
        yield Line(Subject.VARIABLE, Effect.SET, "", scope, name)
    for made in changes.new_instances:
        yield Line(Subject.PROCESS_INSTANCE, Effect.CREATED, "", made.seq)
        if made.end_us is not None:
            yield Line(Subject.PROCESS_INSTANCE, Effect.ENDED, "", made.seq, made.state.value)
    for ended in changes.end_instances:
        yield Line(Subject.PROCESS_INSTANCE, Effect.ENDED, "", ended.seq, ended.state.value)
    for message in changes.messages:
        yield Line(Subject.MESSAGE, Effect.THROWN, name=message.name)
    for signal in changes.signals:
        yield Line(Subject.SIGNAL, Effect.THROWN, name=signal.name)
