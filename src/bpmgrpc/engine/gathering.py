"""Start events of a process that wait for several events at once (BPMN 2.0.2, 10.5.2, "Parallel Multiple").

Rule of this file: before there is an instance, each event that occurs is kept until the others are there; then all of
them start one instance. The standard does not say which of them belong together; here the keys of messages do, as they
do where an instance waits (8.4.2). Messages of one key belong together. What has no key (a signal, a time, a message
without one) belongs to whichever set lacks it, the one that has waited longest first. Each occurrence counts for one
instance: a second message waits for the next set. A signal or time that is there already is not kept twice.

A condition among these events is about what the others bring along together, of two of one name the later one's: a set
that does not make it true starts nothing and waits on. Then the latest events of a key are tried beside the oldest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bpmgrpc import values
from bpmgrpc.engine.brought import Brought
from bpmgrpc.engine.event_definitions.conditional import ConditionalPlan
from bpmgrpc.engine.event_definitions.multiple import MultipleCatchPlan, parts_of
from bpmgrpc.engine.expressions import Budget, ExpressionError, truth
from bpmgrpc.engine.process_start import name_of
from bpmgrpc.engine.state import SubscriptionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.program import Node


class Occurrence(NamedTuple):
    """An event that has occurred for a start event that waits for several."""

    number: int  # in the order in which they occurred
    kind: SubscriptionKind
    name: str = ""  # of the message or signal
    key: str = ""  # of the message
    variables: str = ""  # JSON object, or empty


def wanted(node: Node) -> tuple[tuple[SubscriptionKind, str], ...]:
    """Returns what all has to occur, kind and name, before a start event starts an instance; nothing where one event
    is enough.
    """
    if not isinstance(node.plan, MultipleCatchPlan) or not node.plan.parallel:
        return ()
    return tuple(
        name_of(part) or (SubscriptionKind.TIMER, "")
        for part in node.plan.parts
        if not isinstance(part, ConditionalPlan)
    )


def conditions_of(node: Node) -> tuple[Expression, ...]:
    """Returns the conditions among the events that a start event waits for."""
    return tuple(part.condition for part in parts_of(node.plan) if isinstance(part, ConditionalPlan))


def complete(
    slots: Iterable[tuple[SubscriptionKind, str]],
    waiting: Sequence[Occurrence],
    new: Occurrence,
    conditions: Sequence[Expression] = (),
    now_us: int = 0,
) -> list[Occurrence] | None:
    """Returns the set that a new occurrence completes, in the order in which they occurred; None where it completes
    none.

    Args:
        slots: What is wanted.
        waiting: What has occurred and is kept, the oldest first.
        new: What occurs now.
        conditions: What has to be true of all that the set brings along.
        now_us: The time, microseconds since the epoch.
    """
    left = list(slots)
    if (new.kind, new.name) not in left:
        return None  # of a version of the process that is no longer the latest
    left.remove((new.kind, new.name))
    keys = [new.key] if new.key else dict.fromkeys((*(one.key for one in waiting if one.key), ""))
    for key in keys:
        for latest in (False, True) if conditions else (False,):
            found = _fill(left, waiting, key, latest=latest)
            if found is not None:
                together = sorted((*found, new))
                if not conditions or _hold(conditions, Brought(brought_by(together), now_us)):
                    return together
    return None


def brought_by(events: Iterable[Occurrence]) -> dict[str, str]:
    """Returns all that events bring along, as JSON texts; of two of one name the later one's."""
    brought: dict[str, str] = {}
    for event in events:
        if event.variables:
            brought |= values.split_members(event.variables)
    return brought


def is_kept(slots: Iterable[tuple[SubscriptionKind, str]], waiting: Iterable[Occurrence], new: Occurrence) -> bool:
    """Whether an occurrence that completes no set is kept: not where nobody wants it, nor a signal or time that is
    there already.
    """
    same = ((one.kind, one.name) == (new.kind, new.name) for one in waiting)
    return (new.kind, new.name) in slots and (new.kind is SubscriptionKind.MESSAGE or not any(same))


def _hold(conditions: Iterable[Expression], brought: Brought) -> bool:
    """Whether all conditions are true; one that cannot be evaluated is not, as where an instance waits."""
    try:
        return all(truth(condition.evaluate(brought, Budget()), condition.dialect) for condition in conditions)
    except ExpressionError:
        return False


def _fill(
    slots: Iterable[tuple[SubscriptionKind, str]], waiting: Sequence[Occurrence], key: str, *, latest: bool
) -> list[Occurrence] | None:
    """Takes for each slot the oldest, or latest, occurrence that fits: one of the key rather than one of none."""
    order = -1 if latest else 1
    free = sorted(
        (one for one in waiting if one.key in (key, "")), key=lambda one: (one.key != key, order * one.number)
    )
    found = []
    for slot in slots:
        fitting = next((one for one in free if (one.kind, one.name) == slot), None)
        if fitting is None:
            return None
        free.remove(fitting)
        found.append(fitting)
    return found
