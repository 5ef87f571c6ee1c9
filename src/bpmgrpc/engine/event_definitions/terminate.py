"""Terminate event definition (BPMN 2.0.2, 10.5.3): ends its whole scope.

Everything else that is active in the scope is canceled. A terminate end event in a sub-process ends the sub-process,
which then continues with its outgoing flows; in a called process it ends the called process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import cancellation
from bpmgrpc.engine.event_definitions.base import EventDefinition, Position, ThrowPlan
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.state import ROOT_SCOPE, InstanceState, copy_row

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow


class TerminatePlan(ThrowPlan):
    """Ends the scope."""

    __slots__ = ()

    order: ClassVar[int] = 3

    def throw(self, run: Execution, node: Node, row: ElementRow) -> None:
        """Cancels what else is active in the scope and completes it."""
        scope = row.scope
        run.event(EventType.ELEMENT_COMPLETED, node.id, row.seq, {"flow": row.flow} if row.flow else None)
        cancellation.cancel_children(run, scope, keep=row.seq)
        if run.ledger.has_element(row.seq):
            run.remove(node, row)
        if scope == ROOT_SCOPE:
            run.root.active = 0
            run.end_instance(InstanceState.COMPLETED)
            return
        holder = run.ledger.element(scope)
        data = {key: value for key, value in holder.data.items() if key != "kept"}  # nothing is left to compensate
        holder = copy_row(holder, active=0, data=data)
        run.ledger.put_element(holder)
        run.exit(run.program_of(holder.scope), run.node_of(holder), holder)


class TerminateEventDefinition(EventDefinition):
    """Ends a scope."""

    type: ClassVar[str] = "terminateEventDefinition"
    positions: ClassVar[frozenset[Position]] = frozenset((Position.END,))

    def compile(
        self, node: model.FlowNode, definition: model.EventDefinition, compiler: NodeCompiler, position: Position
    ) -> Any:
        """Has nothing to compile."""
        return TerminatePlan()
