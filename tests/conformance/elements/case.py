"""A conformance case of our own: a small model, what is done from outside, and what the standard says becomes of it.

Rule of this file: a case is data. What it expects is worked out from BPMN 2.0.2, whose clause stands beside it, not
from what the engine does. ``trace`` are the ids of the flow nodes that complete, in any order, each as often as it
does: an event completes when it has occurred or has thrown, an activity when its work is done. What is canceled does
not: so neither does an event whose error, escalation or cancel takes its own scope away. Each instance of a loop or
multi-instance counts beside the activity around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bpmgrpc.engine.event_definitions import Position
from tests.support.harness import bpmn, declared

__all__ = [
    "Case",
    "Shown",
    "Step",
    "active",
    "broadcast",
    "case",
    "complete",
    "in_event",
    "publish",
    "start",
    "throw_error",
    "wait",
    "work",
]

ERRORS = "".join(f'<error id="{code}" errorCode="{code}"/>' for code in ("E", "F"))
# Messages, signals, escalations and errors of these names are there for every model.
DECLARED = declared("M", "N", "S", "T", "E", "F") + ERRORS


class Step(NamedTuple):
    """One thing that is done from outside, or looked at: the runner's table says what each verb does."""

    verb: str
    name: str = ""
    variables: Mapping[str, Any] = {}
    key: str = ""
    seconds: float = 0


class Shown(NamedTuple):
    """What a case is about.

    Attributes:
        element: Type of the element.
        definition: Of an event: the type of its event definition, "multiple" or "parallelMultiple"; empty for none.
        position: Of an event with a definition: where it stands.
        interrupts: Of a boundary event or the start event of an event sub-process: whether it interrupts.
    """

    element: str
    definition: str = ""
    position: Position | None = None
    interrupts: bool = True


@dataclass(frozen=True)
class Case:
    """One model with one run of it.

    Attributes:
        id: Its name among the cases.
        shown: What it is about.
        clause: Where the standard says it: clauses and tables of BPMN 2.0.2, separated by semicolons.
        content: The BPMN file; the process that calls start is "p".
        steps: What is done, in order.
        trace: The flow nodes that complete, in all instances.
        ends: The states in which the instances end up, called ones included, sorted.
        variables: Variables that the only instance of "p" has at its end, of those that count.
        incidents: The reasons of the incidents that are open at the end.
    """

    id: str
    shown: Shown
    clause: str
    content: bytes
    steps: tuple[Step, ...]
    trace: tuple[str, ...]
    ends: tuple[str, ...]
    variables: Mapping[str, Any] = field(default_factory=dict)
    incidents: tuple[str, ...] = ()


def case(
    id: str,
    shown: str | Shown,
    clause: str,
    body: str,
    *steps: Step,
    trace: str,
    ends: str = "COMPLETED",
    variables: Mapping[str, Any] | None = None,
    incidents: str = "",
    others: str = "",
) -> Case:
    """Makes a case.

    Args:
        id: Its name, without that of what it is about.
        shown: What it is about; a word alone is the type of an element.
        clause: Where the standard says it.
        body: What stands in the process "p".
        steps: What is done.
        trace: The flow nodes that complete, separated by blanks.
        ends: The states in which the instances end up, separated by blanks.
        variables: Variables of the only instance of "p".
        incidents: Reasons of open incidents, separated by blanks.
        others: What else stands in the file: other processes, a collaboration.
    """
    about = Shown(shown) if isinstance(shown, str) else shown
    words = [about.element]
    if about.definition:
        words.append(about.definition.removesuffix("EventDefinition"))
    if about.position is Position.EVENT_SUB_PROCESS:
        words.append("in event sub-process")
    if not about.interrupts:
        words.append("not interrupting")
    return Case(
        f"{' '.join(words)}: {id}",
        about,
        clause,
        bpmn(body, extra=DECLARED + others),
        steps,
        tuple(sorted(trace.split())),
        tuple(sorted(ends.split())),
        variables or {},
        tuple(sorted(incidents.split())),
    )


_ELEMENTS = {
    Position.START: "startEvent",
    Position.EVENT_SUB_PROCESS: "startEvent",
    Position.CATCH: "intermediateCatchEvent",
    Position.THROW: "intermediateThrowEvent",
    Position.BOUNDARY: "boundaryEvent",
    Position.END: "endEvent",
}


def in_event(kind: str, position: Position, *, interrupts: bool = True) -> Shown:
    """An event definition ("message"; or "multiple", "parallelMultiple") where it stands."""
    definition = kind if "ultiple" in kind else f"{kind}EventDefinition"
    return Shown(_ELEMENTS[position], definition, position, interrupts)


def start(**variables: Any) -> Step:
    """A call starts the process "p"."""
    return Step("start", "p", variables)


def complete(name: str, **variables: Any) -> Step:
    """A person completes the oldest open user task of an element."""
    return Step("complete", name, variables)


def work(name: str, **variables: Any) -> Step:
    """A worker does the oldest job of a type; a task that names no job type has its own id as one."""
    return Step("work", name, variables)


def throw_error(name: str, code: str) -> Step:
    """A worker ends the oldest job of a type with a BPMN error."""
    return Step("throw_error", name, key=code)


def publish(name: str, key: str = "", **variables: Any) -> Step:
    """A message comes from outside."""
    return Step("publish", name, variables, key)


def broadcast(name: str, **variables: Any) -> Step:
    """A signal comes from outside."""
    return Step("broadcast", name, variables)


def wait(seconds: float) -> Step:
    """Time passes."""
    return Step("wait", seconds=seconds)


def active(names: str) -> Step:
    """Looks at what is active in all instances, sub-processes included."""
    return Step("active", names)
