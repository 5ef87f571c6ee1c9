"""Which element of another version is the same as one of this version.

Rule of this file: an element's counterpart is the one that a mapping names for it, else the one of its own id; and it
has to be of the same kind: the same BPMN element, waiting for the same kind of thing, alone or repeated in the same
way. Names, expressions, forms, job types and the like may differ: they count from the next time on that the element is
entered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from bpmgrpc.bpmn.names import is_true
from bpmgrpc.engine.elements.job_element import JobPlan
from bpmgrpc.engine.elements.multi_instance import MultiInstancePlan
from bpmgrpc.engine.event_definitions.base import CatchPlan
from bpmgrpc.engine.event_definitions.multiple import MultipleCatchPlan, parts_of
from bpmgrpc.engine.state import ElementState

if TYPE_CHECKING:
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow

_NOT_ENTERED = ("arrive", "turn", "enter", "listen")


class Listener(NamedTuple):
    """An event that listens at an element instance, or in a scope."""

    node: Node
    inside: bool  # it is the start of an event sub-process


def kind_of(node: Node) -> tuple[Any, ...]:
    """What a node has to have in common with its counterpart."""
    return (
        node.type,
        type(node.element).__name__,  # of a loop: which
        isinstance(node.plan, JobPlan),
        trigger_of(node),
        kind_of(node.inner) if node.inner is not None else None,
        is_true(node.source.attributes.get("isForCompensation")),
        node.interrupts_scope,
    )


def trigger_of(node: Node) -> tuple[Any, ...]:
    """What an event, or receive task, waits for, by kind; nothing of another node."""
    if not isinstance(node.plan, CatchPlan):
        return ()
    parallel = isinstance(node.plan, MultipleCatchPlan) and node.plan.parallel
    return (parallel, node.interrupts, *(type(part).__name__ for part in parts_of(node.plan)))


def listeners(program: Program, node: Node, row: ElementRow) -> list[Listener]:
    """Returns what listens at an element instance, or may have listened.

    Args:
        program: The program.
        node: The element instance's node.
        row: The element instance.
    """
    if row.state in (ElementState.JOIN, ElementState.DONE) or row.data.get("op") in _NOT_ENTERED:
        return []
    found = []
    if isinstance(node.plan, CatchPlan) and node.type not in ("startEvent", "boundaryEvent"):
        found.append(node)
    found += [boundary for boundary in node.boundaries if boundary.listens]
    if node.element.waits_for_targets:
        found += [flow.target for flow in node.outgoing]
    outside = [Listener(one, inside=False) for one in found]
    return outside + (inside_of(program, node.id) if node.inner is None else [])


def keeps_items(node: Node) -> bool:
    """Whether a loop keeps items for its instances, or their results."""
    return isinstance(node.plan, MultiInstancePlan) and bool(node.plan.item or node.plan.outputs)


def is_complete(node: Node, row: ElementRow) -> bool:
    """Whether a token waits at each sequence flow that leads to a parallel join."""
    return node.type == "parallelGateway" and len(row.data["tokens"]) == len(node.incoming)


def inside_of(program: Program, container: str) -> list[Listener]:
    """Returns what listens in a process or sub-process: the starts of its event sub-processes."""
    return [Listener(start, inside=True) for start in program.event_starts.get(container, ()) if start.listens]


class Counterparts:
    """The counterparts of one program's elements in another.

    Args:
        source: The program that runs.
        target: The other one.
        mapping: Ids of elements and sequence flows there, by the ids here, where they differ.
    """

    def __init__(self, source: Program, target: Program, mapping: Mapping[str, str]) -> None:
        self.source = source
        self.target = target
        self._mapping = mapping

    def id_of(self, element_id: str) -> str:
        """Returns the id that an element, or sequence flow, has there."""
        return self._mapping.get(element_id, element_id)

    def of(self, node: Node) -> Node | None:
        """Returns the counterpart of a node; None where it has none of its kind."""
        found = self.target.nodes.get(self.id_of(node.id))
        if found is None:
            return None
        if node.body is not None:
            return found.inner if found.inner is not None and kind_of(found) == kind_of(node.body) else None
        return found if kind_of(found) == kind_of(node) else None
