"""Cancel event definition (BPMN 2.0.2, 10.5.6, 10.3.5.2 and 13.5.5): cancels a transaction.

A cancel end event cancels all else that is active in its transaction, undoes what was completed in it, and only then
lets the transaction's cancel boundary event take over. Where the transaction has none its token ends there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import compensation, listening
from bpmgrpc.engine.event_definitions.base import CatchPlan, EventDefinition, Position, ThrowPlan
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.state import copy_row

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow


class CancelThrowPlan(ThrowPlan):
    """Cancels the transaction."""

    __slots__ = ()

    order: ClassVar[int] = 2

    def throw(self, run: Execution, node: Node, row: ElementRow) -> bool:
        """Cancels what is active in the transaction and begins to undo the rest; the event waits for that."""
        scope = row.scope
        run.event(EventType.TRANSACTION_CANCELED, node.id, row.seq)
        run.ledger.put_element(row)
        listening.interrupt(run, scope, keep=row.seq)
        transaction = run.ledger.element(scope)
        run.ledger.put_element(copy_row(transaction, active=1))  # the event's own token
        compensation.begin(run, node, row, compensation.completed(run, scope), cancels=True)
        return False


class CancelCatchPlan(CatchPlan):
    """Takes over from a transaction that was canceled."""

    __slots__ = ()

    @property
    def always_interrupts(self) -> bool:
        """A canceled transaction is over."""
        return True


class CancelEventDefinition(EventDefinition):
    """Cancels a transaction, or takes over from it."""

    type: ClassVar[str] = "cancelEventDefinition"
    positions: ClassVar[frozenset[Position]] = frozenset((Position.BOUNDARY, Position.END))

    def compile(
        self, node: model.FlowNode, definition: model.EventDefinition, compiler: NodeCompiler, position: Position
    ) -> Any:
        """Has nothing to compile."""
        return CancelThrowPlan() if position is Position.END else CancelCatchPlan()
