"""What became of a command: what callers, services and background loops get to see of it.

Rule of this file: data only, never changed; what is durable by then, and what is a plan, says each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from bpmgrpc.engine.operations.plan import Plan, plan_of

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.engine.state import Root, Snapshot
    from bpmgrpc.runtime.definitions import Definition

__all__ = ["Decided", "Outcome", "Planned", "planned"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What became of a request: its result, with the answer that was stored where one was, or the answer that it got
    the first time.
    """

    result: T | None = None
    replay: bytes | None = None
    answer: Message | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A command that was obeyed: what changed (None where there was nothing to do), from which state, by which
    definitions.
    """

    changes: Changes | None
    snapshot: Snapshot
    definitions: Mapping[str, Definition]  # by id: the root's, and all that the run touched
    began: bool = False  # a transaction, to hold a pool that it chose from; who writes the changes commits it
    made: int = 0  # how many connections there had been when it was decided
    born: int = 0  # when its own was made; see ``Session.born``


@dataclass(frozen=True, slots=True)
class Planned:
    """What an operation would do, or did.

    Attributes:
        plan: What.
        root: The root instance as it would be, or is, afterwards.
        definitions: By id: the root's, and all that the run touched.
    """

    plan: Plan
    root: Root
    definitions: Mapping[str, Definition]


def planned(decided: Decided) -> Planned:
    """Returns what a command did, which was decided with everything at hand (``explain``)."""
    assert decided.changes is not None  # noqa: S101 - an operation always changes something
    plan = plan_of(decided.snapshot, decided.changes)
    return Planned(plan, decided.changes.root, decided.definitions)
