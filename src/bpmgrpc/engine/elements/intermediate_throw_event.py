"""Intermediate throw event (BPMN 2.0.2, 10.5.4): throws what its event definition says; a none event marks a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.elements.throwing import ThrowingEvent
from bpmgrpc.engine.event_definitions import Position

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.node_compiler import NodeCompiler


class IntermediateThrowEvent(ThrowingEvent):
    """Throws, and passes the token on."""

    type: ClassVar[str] = "intermediateThrowEvent"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles what it throws."""
        return self.compile_throw(node, compiler, Position.THROW)
