"""Start events of a process that wait for several events at once (BPMN 2.0.2, 10.5.2, "Parallel Multiple").

Rule of this file: before there is an instance, each event that occurs is kept until the others are there; then all of
them start one instance. The standard does not say which of them belong together; here the keys of messages do, as they
do where an instance waits (8.4.2). Messages of one key belong together. What has no key (a signal, a time, a message
without one) belongs to whichever set lacks it, the one that has waited longest first. Each occurrence counts for one
instance: a second message waits for the next set. A signal or time that is there already is not kept twice.

A condition cannot be one of these events: there is nothing yet that it could be about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bpmgrpc.engine.event_definitions.multiple import MultipleCatchPlan
from bpmgrpc.engine.process_start import name_of
from bpmgrpc.engine.state import SubscriptionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    return tuple(name_of(part) or (SubscriptionKind.TIMER, "") for part in node.plan.parts)


def complete(
    slots: Iterable[tuple[SubscriptionKind, str]], waiting: Sequence[Occurrence], new: Occurrence
) -> list[Occurrence] | None:
    """Returns the set that a new occurrence completes, in the order in which they occurred; None where it completes
    none.

    Args:
        slots: What is wanted.
        waiting: What has occurred and is kept, the oldest first.
        new: What occurs now.
    """
    left = list(slots)
    if (new.kind, new.name) not in left:
        return None  # of a version of the process that is no longer the latest
    left.remove((new.kind, new.name))
    keys = [new.key] if new.key else dict.fromkeys((*(one.key for one in waiting if one.key), ""))
    for key in keys:
        found = _fill(left, waiting, key)
        if found is not None:
            return sorted((*found, new))
    return None


def is_kept(slots: Iterable[tuple[SubscriptionKind, str]], waiting: Iterable[Occurrence], new: Occurrence) -> bool:
    """Whether an occurrence that completes no set is kept: not where nobody wants it, nor a signal or time that is
    there already.
    """
    same = ((one.kind, one.name) == (new.kind, new.name) for one in waiting)
    return (new.kind, new.name) in slots and (new.kind is SubscriptionKind.MESSAGE or not any(same))


def _fill(
    slots: Iterable[tuple[SubscriptionKind, str]], waiting: Sequence[Occurrence], key: str
) -> list[Occurrence] | None:
    """Takes for each slot the oldest occurrence that fits: one of the key rather than one of none."""
    free = sorted((one for one in waiting if one.key in (key, "")), key=lambda one: (one.key != key, one.number))
    found = []
    for slot in slots:
        fitting = next((one for one in free if (one.kind, one.name) == slot), None)
        if fitting is None:
            return None
        free.remove(fitting)
        found.append(fitting)
    return found
