"""Message event definition (BPMN 2.0.2, 10.5.6 and 8.4.2): from one who sends it to one who waits for it.

Which of those who wait for a message of its name receives it is decided by a key. Where the model gives the waiting
event a correlation key (Camunda 8's, or the standard's: ``bpmgrpc.engine.correlation``), the message's key has to be
equal. Where it gives none, the business keys have to be equal if both sides have one; else the name decides.

A message that an event throws carries what the event's input mappings choose, and the business key of its instance,
unless its own definition has a correlation key. A message that is received comes in through the output mappings of the
event that waited; where there are none each variable goes to the nearest scope that has one of its name, else to the
instance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import correlation, listening
from bpmgrpc.engine.changes import ThrownMessage
from bpmgrpc.engine.event_definitions.base import CatchPlan, EventDefinition, Position, ThrowPlan
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.place import Place
from bpmgrpc.engine.plan_values import as_text
from bpmgrpc.engine.state import SubscriptionKind
from bpmgrpc.engine.steps import StepFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.correlation import CorrelationPlan
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow
    from bpmgrpc.engine.variables import Scope


@dataclass(frozen=True, slots=True)
class MessageThrowPlan(ThrowPlan):
    """Sends a message."""

    name: Expression
    key: Expression | None
    correlation: CorrelationPlan | None = None

    def throw(self, run: Execution, node: Node, row: ElementRow) -> None:
        """Hands the message over, to be sent with the commit."""
        scope = run.variables.seen_from(row.sees)
        name = as_text(scope.evaluate(self.name), "message name")
        key = self._key(run, row, scope)
        app_name = run.program_of(row.scope).app_name
        run.ledger.throw(ThrownMessage(app_name, name, key, listening.payload(run, node, row)))
        run.event(EventType.MESSAGE_THROWN, node.id, row.seq, {"name": name, "key": key})

    def _key(self, run: Execution, row: ElementRow, scope: Scope) -> str:
        if self.key is not None:
            return as_text(scope.evaluate(self.key), "correlation key")
        key = self.correlation.sent(run, row.scope, scope) if self.correlation is not None else ""
        return key or run.business_key(row.scope)


@dataclass(frozen=True, slots=True)
class MessageCatchPlan(CatchPlan):
    """Waits for a message."""

    name: Expression
    key: Expression | None
    correlated_by: CorrelationPlan | None = None

    @property
    def correlation(self) -> CorrelationPlan | None:
        """What correlates the message; the event may have a key of its own instead."""
        return self.correlated_by

    @property
    def subscribes(self) -> bool:
        """Whether ``listen`` makes subscriptions."""
        return True

    def listen(self, run: Execution, node: Node, place: Place) -> None:
        """Begins to wait."""
        scope = run.variables.seen_from(place.scope)
        name = as_text(scope.evaluate(self.name), "message name")
        around = place.element_seq if place.inside else place.scope
        key: str | None = ""
        if self.key is not None:
            key = as_text(scope.evaluate(self.key), "correlation key") or None
        elif self.correlated_by is not None:
            key = self.correlated_by.awaited(run, around, scope)
        if key is None:
            raise StepFailure(
                "CORRELATION_KEY", f"{node.type} {node.id!r}: the correlation key has no value to wait for"
            )
        run.subscribe(node, place, SubscriptionKind.MESSAGE, name=name, key=key, business_key=run.business_key(around))


def compile_message(
    compiler: NodeCompiler,
    attributes: Mapping[str, str],
    texts: Mapping[str, model.Text],
    position: model.Position,
    *,
    throws: bool,
) -> MessageThrowPlan | MessageCatchPlan | None:
    """Compiles a message that a definition or a task names; None where it was refused."""
    name = compiler.name(attributes.get("messageName", ""), "message name", position)
    if name is None:
        return None
    key = compiler.template(texts.get("correlationKey"), "correlation key")
    found = correlation.compile_correlation(compiler, attributes["messageName"]) if key is None else None
    return MessageThrowPlan(name, key, found) if throws else MessageCatchPlan(name, key, found)


class MessageEventDefinition(EventDefinition):
    """Sends or receives a message."""

    type: ClassVar[str] = "messageEventDefinition"
    positions: ClassVar[frozenset[Position]] = frozenset(Position)

    def compile(
        self, node: model.FlowNode, definition: model.EventDefinition, compiler: NodeCompiler, position: Position
    ) -> Any:
        """Compiles the message's name and key."""
        throws = position in (Position.THROW, Position.END)
        plan = compile_message(compiler, definition.attributes, definition.texts, definition.position, throws=throws)
        if position is Position.START and plan is not None and not plan.name.is_literal:
            compiler.refuse("the message of a start event cannot read variables: there are none yet")
        return plan
