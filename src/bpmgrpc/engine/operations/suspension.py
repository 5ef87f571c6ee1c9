"""Holding an instance, and letting it go on.

Rule of this file: while a root instance is SUSPENDED nothing in it moves, and nothing that reaches it is lost.

- Commands of people and workers are refused; so are claims.
- Timers do not fire; those that came due in the meantime fire when it is resumed, late.
- Jobs are not handed out. A worker that has one may extend its lease but not finish it; when the lease ends, or the
  instance is resumed, the job is there again.
- Messages that would reach it stay where they are kept, as long as they live, and are looked for when it is resumed.
- Signals whose receiver it is are delivered when it is resumed: they were fixed when they were thrown.
- Operations work on it: what they start is kept READY and runs when it is resumed.

Nothing that is asked often looks at the state for this. Instead what waits is put out of reach: a timer's time by
``HELD_US`` into the future, a job's retries below zero, a message's subscription to another kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.state import ROOT_SCOPE, InstanceState, SubscriptionKind, copy_row

if TYPE_CHECKING:
    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.engine.commands import SuspendInstance
    from bpmgrpc.engine.execution import Execution

HELD_US: Final = 1 << 61  # 73,000 years, microseconds


def suspend(run: Execution, command: SuspendInstance) -> None:
    """Holds an instance that is ACTIVE."""
    ledger = run.ledger
    for row in ledger.subscriptions():
        if row.kind is SubscriptionKind.MESSAGE:
            ledger.put_subscription(copy_row(row, kind=SubscriptionKind.HELD_MESSAGE))
    ledger.hold = True
    run.root.state = InstanceState.SUSPENDED
    run.event(EventType.INSTANCE_SUSPENDED, "", 0, {"reason": command.reason} if command.reason else None)


def resume(run: Execution) -> None:
    """Lets an instance that is SUSPENDED go on.

    Variables may have been set in the meantime, so that conditional events anywhere in it may be due.
    """
    ledger = run.ledger
    for row in ledger.subscriptions():
        if row.kind is SubscriptionKind.HELD_MESSAGE:
            ledger.put_subscription(copy_row(row, kind=SubscriptionKind.MESSAGE))
    ledger.hold = False
    run.root.state = InstanceState.ACTIVE
    run.event(EventType.INSTANCE_RESUMED)
    run.variables.changed.add(ROOT_SCOPE)
    run.variables.changed.update(row.seq for row in ledger.all_elements() if "definition" in row.data)


def hold_new(changes: Changes) -> None:
    """Puts what an operation made in an instance that is held out of reach, like everything else there."""
    changes.new_timers = [copy_row(row, due_us=row.due_us + HELD_US) for row in changes.new_timers]
    changes.new_jobs = [copy_row(row, retries=-row.retries) for row in changes.new_jobs]
    changes.put_subscriptions = [
        copy_row(row, kind=SubscriptionKind.HELD_MESSAGE) if row.kind is SubscriptionKind.MESSAGE else row
        for row in changes.put_subscriptions
    ]


def due_us(held_us: int) -> int:
    """Returns when a timer is due, held or not."""
    return held_us - HELD_US if held_us >= HELD_US else held_us
