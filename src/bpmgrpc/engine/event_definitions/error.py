"""Error event definition (BPMN 2.0.2, 10.5.6 and 13.5.4).

An error end event throws its error to the scopes around it, from the inside outwards; the innermost event that catches
it, an event sub-process of a scope or a boundary event, takes over, one that names the very code before one that
catches every error. An event that catches an error always interrupts, whatever its cancelActivity or isInterrupting
says. An error that nothing catches ends the root instance, FAILED.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import error_propagation
from bpmgrpc.engine.event_definitions.base import CatchPlan, EventDefinition, Position, ThrowPlan, interrupts
from bpmgrpc.engine.plan_values import as_text
from bpmgrpc.engine.state import InstanceState

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow


@dataclass(frozen=True, slots=True)
class ErrorThrowPlan(ThrowPlan):
    """Throws an error."""

    order: ClassVar[int] = 2

    code: Expression

    def throw(self, run: Execution, node: Node, row: ElementRow) -> None:
        """Throws the error to the scopes around the event."""
        scope = run.variables.seen_from(row.sees)
        code = as_text(scope.evaluate(self.code), "error code")
        error = error_propagation.ThrownError(code)
        if not error_propagation.throw_error(run, error, node.id, row.seq, row.scope, thrower=row):
            run.end_everything(InstanceState.FAILED, f"error {code!r} of end event {node.id!r} was not caught")


@dataclass(frozen=True, slots=True)
class ErrorCatchPlan(CatchPlan):
    """Catches an error."""

    code: str  # empty: every error
    code_variable: str
    message_variable: str

    @property
    def always_interrupts(self) -> bool:
        """Whether the event interrupts whatever its attributes say."""
        return True

    def catches_error(self, code: str) -> int:
        """2 for this very code, 1 where it catches every error, else 0."""
        if not self.code:
            return 1
        return 2 if self.code == code else 0


class ErrorEventDefinition(EventDefinition):
    """Throws or catches an error."""

    type: ClassVar[str] = "errorEventDefinition"
    positions: ClassVar[frozenset[Position]] = frozenset((Position.END, Position.BOUNDARY, Position.EVENT_SUB_PROCESS))

    def compile(
        self, node: model.FlowNode, definition: model.EventDefinition, compiler: NodeCompiler, position: Position
    ) -> Any:
        """Compiles the error's code."""
        code = definition.attributes.get("errorCode", "")
        if position is Position.END:
            return ErrorThrowPlan(
                compiler.template(definition.texts.get("errorCode"), "error code") or compiler.literal(code)
            )
        if not interrupts(node):
            compiler.remark("an event that catches an error always interrupts (BPMN 2.0.2, table 10.93)")
        properties = node.properties
        return ErrorCatchPlan(code, _value(properties, "errorCodeVariable"), _value(properties, "errorMessageVariable"))


def _value(properties: Any, name: str) -> str:
    text = properties.get(name)
    return "" if text is None else text.value
