"""Intermediate catch event (BPMN 2.0.2, 10.5.4): waits for what its event definition says.

Behind an event-based gateway the gateway waits for it, and the event is passed when it occurs. A catching link never
waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.event_definitions import Position, compile_event
from bpmgrpc.engine.event_definitions.link import LinkCatchPlan
from bpmgrpc.engine.place import Place
from bpmgrpc.engine.steps import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow


class IntermediateCatchEvent(Element):
    """Waits."""

    type: ClassVar[str] = "intermediateCatchEvent"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles what it waits for."""
        if not node.event_definitions:
            compiler.refuse("an intermediate catch event needs an event definition (BPMN 2.0.2, table 10.93)")
            return None
        return compile_event(node, compiler, Position.CATCH)

    def starts_implicitly(self, node: Node) -> bool:
        """A catching link is reached by those that throw."""
        return not isinstance(node.plan, LinkCatchPlan)

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Begins to wait."""
        if isinstance(node.plan, LinkCatchPlan):
            return True
        node.plan.listen(run, node, Place(row.seq, row.sees))
        return False

    def occurred(self, run: Execution, program: Program, node: Node, seq: int, variables: Mapping[str, str]) -> None:
        """Lets the token go on; what it waited for has done its work even where leaving the event fails."""
        row = run.awaited(program, node, seq)
        run.take_results(node, row, variables)
        run.agenda.append(Exit(program, node, row.seq))
