"""End event (BPMN 2.0.2, 10.5.3).

A none end event ends its token. A terminate end event ends its whole scope, an error end event throws its error to
the scopes around it; both live in ``event_definitions``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.event_definitions import Position, compile_event

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, NodeCompiler, Program
    from bpmgrpc.engine.state import ElementRow


class EndEvent(Element):
    """Ends its token, or does what its event definition says."""

    type: ClassVar[str] = "endEvent"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the result."""
        return compile_event(node, compiler, Position.END)

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Throws what the event throws."""
        if node.plan is not None:
            node.plan.throw(run, node, row)
        return True

    def starts_implicitly(self, node: Node) -> bool:
        """An end event starts nothing."""
        return False
