"""Link event definition (BPMN 2.0.2, 10.5.6): a sequence flow that is not drawn.

A throwing link hands its token to the catching link of the same name in the same scope. Several may throw to one that
catches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.event_definitions.base import CatchPlan, EventDefinition, Position, ThrowPlan

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow


@dataclass(frozen=True, slots=True)
class LinkThrowPlan(ThrowPlan):
    """Hands its token over; where to is one of the node's flows (``program``)."""

    name: str

    def throw(self, run: Execution, node: Node, row: ElementRow) -> None:
        """Does nothing: the token leaves by the link."""


@dataclass(frozen=True, slots=True)
class LinkCatchPlan(CatchPlan):
    """Takes a token over."""

    name: str


class LinkEventDefinition(EventDefinition):
    """Throws or catches a token."""

    type: ClassVar[str] = "linkEventDefinition"
    positions: ClassVar[frozenset[Position]] = frozenset((Position.THROW, Position.CATCH))

    def compile(
        self, node: model.FlowNode, definition: model.EventDefinition, compiler: NodeCompiler, position: Position
    ) -> Any:
        """Compiles the link's name."""
        name = definition.attributes.get("linkName", "")
        return LinkThrowPlan(name) if position is Position.THROW else LinkCatchPlan(name)
