"""Compensate event definition (BPMN 2.0.2, 10.5.6, 10.7 and 13.5.5).

A throwing event undoes one completed activity (``activityRef``), or all of its scope, and waits until that is done
unless ``waitForCompletion`` says otherwise. A boundary event, and the start event of an event sub-process, name what
undoes their activity; they never wait for anything: see ``bpmgrpc.engine.compensation``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import compensation
from bpmgrpc.engine.event_definitions.base import CatchPlan, EventDefinition, Position, ThrowPlan
from bpmgrpc.engine.events import EventType

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow


@dataclass(frozen=True, slots=True)
class CompensateThrowPlan(ThrowPlan):
    """Throws compensation."""

    order: ClassVar[int] = 2  # it may wait: what else the event throws is thrown before

    activity: str  # empty: all of the scope
    waits: bool

    def throw(self, run: Execution, node: Node, row: ElementRow) -> bool:
        """Begins to undo; returns False where the event waits for that."""
        scope = compensation.scope_of(run, row.scope, self.activity)
        found = compensation.completed(run, scope, self.activity)
        run.event(
            EventType.COMPENSATION_THROWN, node.id, row.seq, {"activity": self.activity} if self.activity else None
        )
        if not found:
            return True
        if self.waits:
            compensation.begin(run, node, row, found)
        else:
            compensation.leave_before(run, node, row.scope)
            compensation.begin(run, node, row, found, left=True)
        return False


@dataclass(frozen=True, slots=True)
class CompensateCatchPlan(CatchPlan):
    """Says what undoes an activity: the handler ``activity``; of an event sub-process, that itself."""

    activity: str = ""


class CompensateEventDefinition(EventDefinition):
    """Throws or catches compensation."""

    type: ClassVar[str] = "compensateEventDefinition"
    positions: ClassVar[frozenset[Position]] = frozenset(
        (Position.EVENT_SUB_PROCESS, Position.THROW, Position.BOUNDARY, Position.END)
    )

    def compile(
        self, node: model.FlowNode, definition: model.EventDefinition, compiler: NodeCompiler, position: Position
    ) -> Any:
        """Compiles which activity is meant."""
        attributes = definition.attributes
        if position in (Position.THROW, Position.END):
            waits = attributes.get("waitForCompletion", "true").strip() not in ("false", "0")
            return CompensateThrowPlan(attributes.get("activityRef", ""), waits)
        if position is Position.EVENT_SUB_PROCESS:
            around = compiler.graph.nodes[node.scope_id]
            if around.scope_id not in compiler.graph.nodes:
                compiler.remark("it never occurs: a process that is complete is not compensated (BPMN 2.0.2, 10.7.2)")
        return CompensateCatchPlan(attributes.get("compensationActivity", ""))
