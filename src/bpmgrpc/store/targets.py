"""What a command is about: one table row per kind of target, so that both databases load each kind the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.store import rows, tables

if TYPE_CHECKING:
    from bpmgrpc.engine.state import Snapshot
    from bpmgrpc.store.interface import Target

__all__ = ["TARGETS", "TargetKind"]


@dataclass(frozen=True, slots=True)
class TargetKind:
    """How one kind of target is read.

    Attributes:
        model: Its table; None: the root itself, which is loaded anyway.
        put: Puts the target's row (from ``seq`` on) into a snapshot and returns the seq of its element instance.
        element_column: The column that holds the seq of its element instance.
        may_be_scope: Whether something can run inside of that element instance, so that joins may wait there.
    """

    model: Any
    put: Callable[[Snapshot, Sequence[Any]], int]
    element_column: str
    may_be_scope: bool


def _put_user_task(snapshot: Snapshot, row: Sequence[Any]) -> int:
    task = snapshot.user_task = rows.read_user_task(row)
    return task.seq


def _put_job(snapshot: Snapshot, row: Sequence[Any]) -> int:
    job = snapshot.job = rows.read_job(row)
    return job.seq


def _put_timer(snapshot: Snapshot, row: Sequence[Any]) -> int:
    timer = snapshot.timer = rows.read_timer(row)
    return timer.element_seq


def _put_subscription(snapshot: Snapshot, row: Sequence[Any]) -> int:
    subscription = snapshot.subscription = rows.read_subscription(row)
    return subscription.element_seq


def _put_incident(snapshot: Snapshot, row: Sequence[Any]) -> int:
    incident = snapshot.incident = rows.read_incident(row)
    return incident.element_seq


def _put_element(snapshot: Snapshot, row: Sequence[Any]) -> int:
    element = rows.read_element(row)
    snapshot.elements[element.seq] = element
    return element.seq


def _put_nothing(_snapshot: Snapshot, _row: Sequence[Any]) -> int:
    return 0


TARGETS: Final[Mapping[Target, TargetKind]] = {
    "user_task": TargetKind(tables.UserTask, _put_user_task, "seq", may_be_scope=False),
    "job": TargetKind(tables.Job, _put_job, "seq", may_be_scope=False),
    "timer": TargetKind(tables.Timer, _put_timer, "element_seq", may_be_scope=True),
    "incident": TargetKind(tables.Incident, _put_incident, "element_seq", may_be_scope=True),
    "subscription": TargetKind(tables.EventSubscription, _put_subscription, "element_seq", may_be_scope=True),
    "element": TargetKind(tables.ElementInstance, _put_element, "seq", may_be_scope=True),
    "root": TargetKind(None, _put_nothing, "seq", may_be_scope=False),
}
