"""Boundary event (BPMN 2.0.2, 10.5.4 and 13.5.3): listens while its activity is active.

An interrupting one cancels the activity and takes its token; one that does not interrupt sends a token of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import cancellation
from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.event_definitions import Position, compile_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program


class BoundaryEvent(Element):
    """Takes over from an activity, or runs beside it."""

    type: ClassVar[str] = "boundaryEvent"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles what it listens for."""
        if not node.event_definitions:
            compiler.refuse("a boundary event needs an event definition (BPMN 2.0.2, table 10.93)")
            return None
        return compile_event(node, compiler, Position.BOUNDARY)

    def starts_implicitly(self, node: Node) -> bool:
        """A boundary event starts nothing."""
        return False

    def occurred(self, run: Execution, program: Program, node: Node, seq: int, variables: Mapping[str, str]) -> None:
        """Interrupts the activity, or starts a token beside it."""
        host = run.ledger.element(seq)
        if node.interrupts:
            cancellation.cancel_element(run, host)
        else:
            run.add_tokens(host.scope, 1)
        run.leave_event(program, node, host.scope, variables)
