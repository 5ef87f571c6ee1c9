"""Boundary event (BPMN 2.0.2, 10.5.4 and 13.5.3): listens while its activity is active.

An interrupting one cancels the activity and takes its token; one that does not interrupt sends a token of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import cancellation
from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.event_definitions import Position, compile_event
from bpmgrpc.engine.event_definitions.error import ErrorCatchPlan
from bpmgrpc.engine.event_definitions.timer import TimerPlan, next_timer
from bpmgrpc.engine.steps import Arrive

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, NodeCompiler, Program
    from bpmgrpc.engine.state import TimerRow


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

    def waits_for_timer(self, node: Node) -> bool:
        """Whether it listens for a time."""
        return isinstance(node.plan, TimerPlan)

    def catches_error(self, node: Node, error_code: str) -> int:
        """2 for this very code, 1 where it catches every error, else 0."""
        plan = node.plan
        if not isinstance(plan, ErrorCatchPlan):
            return 0
        if not plan.code:
            return 1
        return 2 if plan.code == error_code else 0

    def timer_fired(self, run: Execution, program: Program, node: Node, timer: TimerRow) -> None:
        """Interrupts the activity, or starts a token beside it and waits for the next time."""
        host = run.ledger.element(timer.element_seq)
        if node.plan.repeats:
            run.ledger.delete_timer(timer.seq)
            following = next_timer(run, timer)
            if following is not None:
                run.ledger.new_timer(following)
            run.add_tokens(host.scope, 1)
        else:
            cancellation.cancel_element(run, host)
        run.agenda.append(Arrive(program, node, host.scope, None))
