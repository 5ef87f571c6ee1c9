"""Escalation event definition (BPMN 2.0.2, 10.5.6 and 13.5.4).

An escalation goes from the event that throws it outwards and is caught by the innermost event that fits, one that names
the very code before one that catches every escalation. Other than an error it is not critical: an event that does not
interrupt lets the thrower go on, and one that nothing catches ends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import catching
from bpmgrpc.engine.event_definitions.base import CatchPlan, EventDefinition, Position, ThrowPlan
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.plan_values import as_text

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow


def throw(
    run: Execution,
    code: str,
    variables: Mapping[str, str],
    element_id: str,
    seq: int,
    scope: int,
    host: ElementRow | None = None,
    *,
    thrower: ElementRow | None = None,
) -> None:
    """Throws an escalation; where nothing catches it, it stands in the history and changes nothing.

    Args:
        run: The run.
        code: The escalation's code.
        variables: What it brings along, as JSON texts.
        element_id: The element that throws, for the history.
        seq: Its element instance, for the history.
        scope: The scope that the element is in.
        host: The throwing activity where its own boundary events may catch the escalation; None for an event.
        thrower: The throwing event, where one throws.

    Raises:
        Need: Rows of what is to be canceled are not at hand.
    """
    found = catching.find(run, scope, host, lambda event: event.element.catches_escalation(event, code))
    caught_by = {} if found is None else {"caught_by": found.event.id}
    run.event(EventType.ESCALATION_THROWN, element_id, seq, {"code": code, **caught_by})
    if found is not None:
        plan = catching.fitting(found.event, lambda plan: plan.catches_escalation(code))
        catching.catch(run, found, thrower, {**variables, **catching.named_values((plan.code_variable, code))})


@dataclass(frozen=True, slots=True)
class EscalationThrowPlan(ThrowPlan):
    """Throws an escalation."""

    order: ClassVar[int] = 1

    code: Expression

    def throw(self, run: Execution, node: Node, row: ElementRow) -> None:
        """Throws the escalation to the scopes around the event."""
        scope = run.variables.seen_from(row.sees)
        code = as_text(scope.evaluate(self.code), "escalation code")
        throw(run, code, {}, node.id, row.seq, row.scope, thrower=row)


@dataclass(frozen=True, slots=True)
class EscalationCatchPlan(CatchPlan):
    """Catches an escalation."""

    code: str  # empty: every escalation
    code_variable: str

    def catches_escalation(self, code: str) -> int:
        """2 for this very code, 1 where it catches every escalation, else 0."""
        if not self.code:
            return 1
        return 2 if self.code == code else 0


class EscalationEventDefinition(EventDefinition):
    """Throws or catches an escalation."""

    type: ClassVar[str] = "escalationEventDefinition"
    positions: ClassVar[frozenset[Position]] = frozenset(
        (Position.EVENT_SUB_PROCESS, Position.THROW, Position.BOUNDARY, Position.END)
    )

    def compile(
        self, node: model.FlowNode, definition: model.EventDefinition, compiler: NodeCompiler, position: Position
    ) -> Any:
        """Compiles the escalation's code."""
        code = definition.attributes.get("escalationCode", "")
        if position in (Position.THROW, Position.END):
            thrown = compiler.name(code, "escalation code", definition.position)
            return None if thrown is None else EscalationThrowPlan(thrown)
        variable = node.properties.get("escalationCodeVariable")
        return EscalationCatchPlan(code, variable.value if variable is not None else "")
