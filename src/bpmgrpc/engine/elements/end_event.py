"""End event (BPMN 2.0.2, 10.5.3).

A none end event ends its token. Any other throws what its event definition says (``event_definitions``): a terminate
end event ends its whole scope, an error end event throws its error to the scopes around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.elements.throwing import ThrowingEvent
from bpmgrpc.engine.event_definitions import Position

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node


class EndEvent(ThrowingEvent):
    """Ends its token, or does what its event definition says."""

    type: ClassVar[str] = "endEvent"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the result."""
        return self.compile_throw(node, compiler, Position.END)

    def starts_implicitly(self, node: Node) -> bool:
        """An end event starts nothing."""
        return False
