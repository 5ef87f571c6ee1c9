"""Conditional event definition (BPMN 2.0.2, 10.5.6): occurs when a condition over variables becomes true.

The condition is evaluated when the event begins to wait, and whenever a variable of its process instance was set, as
soon as nothing else in the instance moves; a variable that changed twice by then counts once. A condition that cannot
be evaluated, for example because a variable is not there yet, is not true. An event that does not interrupt occurs
again only after its condition was false (table 10.92: "must become false and then true before the Event can be
triggered again").

Outside of instances there are no variables that could change. So the conditional start event of a process is
evaluated when a call starts the process, with the variables of the call, where the process has no none start event;
one among the events of a parallel multiple start event, when the others have occurred, with what these bring along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import listening
from bpmgrpc.engine.conditions import holds
from bpmgrpc.engine.event_definitions.base import CatchPlan, EventDefinition, Position
from bpmgrpc.engine.event_definitions.multiple import parts_of
from bpmgrpc.engine.expressions import ExpressionError
from bpmgrpc.engine.place import Place
from bpmgrpc.engine.state import InstanceState, SubscriptionKind, copy_row

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import SubscriptionRow


@dataclass(frozen=True, slots=True)
class ConditionalPlan(CatchPlan):
    """Waits for a condition."""

    condition: Expression

    @property
    def subscribes(self) -> bool:
        """Whether ``listen`` makes subscriptions."""
        return True

    @property
    def is_conditional(self) -> bool:
        """Whether variables decide when the event occurs."""
        return True

    def listen(self, run: Execution, node: Node, place: Place) -> None:
        """Begins to wait; the condition is evaluated when nothing else moves."""
        run.subscribe(node, place, SubscriptionKind.CONDITION)
        run.variables.changed.add(place.scope)

    def is_true(self, run: Execution, scope: int) -> bool:
        """Whether the condition is true as seen from a scope; one that cannot be evaluated is not."""
        try:
            return holds(self.condition, run.variables.seen_from(scope))
        except ExpressionError:
            return False


def occur_where_true(run: Execution) -> bool:
    """Lets one conditional event occur whose condition became true.

    Returns:
        Whether one did, so that there is something on the agenda again.

    Raises:
        Need: Subscriptions, or variables that decide, are not at hand.
    """
    changed = run.variables.changed
    if not changed or run.root.state is not InstanceState.ACTIVE:
        return False
    instances = {
        run.instance_of(scope) for scope in changed if not run.is_over(scope) and run.program_of(scope).is_conditional
    }
    if instances:
        for row in run.ledger.subscriptions():
            if row.kind is SubscriptionKind.CONDITION and _occurs(run, row, instances):
                return True
    changed.clear()
    return False


def _occurs(run: Execution, row: SubscriptionRow, instances: set[int]) -> bool:
    scope = row.element_seq if row.inside else run.ledger.element(row.element_seq).scope
    if run.instance_of(scope) not in instances:
        return False
    plan = parts_of(run.program_of(scope).nodes[row.element_id].plan)[row.part]
    assert isinstance(plan, ConditionalPlan)  # noqa: S101 - it subscribed
    true = plan.is_true(run, scope)
    if true == row.held:
        return False
    if true:
        run.ledger.require_inside(scope)
    row = copy_row(row, held=true)
    run.ledger.put_subscription(row)
    if true:
        listening.occur(run, row, {})
    return true


class ConditionalEventDefinition(EventDefinition):
    """Waits for a condition."""

    type: ClassVar[str] = "conditionalEventDefinition"
    positions: ClassVar[frozenset[Position]] = frozenset(
        (Position.START, Position.EVENT_SUB_PROCESS, Position.CATCH, Position.BOUNDARY)
    )

    def compile(
        self, node: model.FlowNode, definition: model.EventDefinition, compiler: NodeCompiler, position: Position
    ) -> Any:
        """Compiles the condition."""
        condition = compiler.expression(definition.texts.get("condition"), "condition")
        if condition is None:
            if not compiler.refused:
                compiler.refuse("a conditional event needs a condition (BPMN 2.0.2, 10.5.5)", definition.position)
            return None
        if position is Position.START:
            compiler.remark("its condition is evaluated when a call starts the process, with the call's variables")
        return ConditionalPlan(condition)
