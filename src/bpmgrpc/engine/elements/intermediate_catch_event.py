"""Intermediate catch event (BPMN 2.0.2, 10.5.4): waits for what its event definition says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.event_definitions import Position, compile_event
from bpmgrpc.engine.event_definitions.timer import TimerPlan
from bpmgrpc.engine.steps import Exit

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, NodeCompiler, Program
    from bpmgrpc.engine.state import ElementRow, TimerRow


class IntermediateCatchEvent(Element):
    """Waits."""

    type: ClassVar[str] = "intermediateCatchEvent"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles what it waits for."""
        if not node.event_definitions:
            compiler.refuse("an intermediate catch event needs an event definition (BPMN 2.0.2, table 10.93)")
            return None
        return compile_event(node, compiler, Position.CATCH)

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Begins to wait."""
        node.plan.schedule(run, node, row.seq, row.seq if node.inputs else row.scope)
        return False

    def waits_for_timer(self, node: Node) -> bool:
        """Whether it waits for a time."""
        return isinstance(node.plan, TimerPlan)

    def timer_fired(self, run: Execution, program: Program, node: Node, timer: TimerRow) -> None:
        """Lets the token go on; the timer has done its work even where leaving the event fails."""
        run.ledger.delete_timer(timer.seq)
        run.agenda.append(Exit(program, node, timer.element_seq))
