"""Signal event definition (BPMN 2.0.2, 10.5.6): thrown once, caught by everybody in the application who waits for it.

Those who wait in the instance that throws it catch it at once. The others are fixed in the transaction that throws, and
get it when that is committed. A signal is thrown when nothing else in its instance moves: BPMN has no order between
parallel paths, and so whoever is on the way to wait for the signal does not miss it. It is not kept for those who come
later.

What a signal carries is what the input mappings of the event that throws it choose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import listening
from bpmgrpc.engine.changes import ThrownSignal
from bpmgrpc.engine.event_definitions.base import CatchPlan, EventDefinition, Position, ThrowPlan
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.place import Place
from bpmgrpc.engine.plan_values import as_text
from bpmgrpc.engine.state import SubscriptionKind

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow


@dataclass(frozen=True, slots=True)
class SignalThrowPlan(ThrowPlan):
    """Throws a signal."""

    name: Expression

    @property
    def waits_its_turn(self) -> bool:
        """Whether it is thrown only when nothing else moves."""
        return True

    def throw(self, run: Execution, node: Node, row: ElementRow) -> None:
        """Throws the signal."""
        scope = run.variables.seen_from(row.sees)
        name = as_text(scope.evaluate(self.name), "signal name")
        app_name = run.program_of(row.scope).app_name
        variables = listening.payload(run, node, row)
        run.ledger.throw(ThrownSignal(app_name, name, variables))
        run.event(EventType.SIGNAL_THROWN, node.id, row.seq, {"name": name})
        receivers = [
            one.seq
            for one in run.ledger.subscriptions()
            if one.kind is SubscriptionKind.SIGNAL and (one.app_name, one.name) == (app_name, name)
        ]
        if receivers:
            run.ledger.put_element(row)  # an event that it triggers may cancel it
        for seq in receivers:
            waiting = next((one for one in run.ledger.subscriptions() if one.seq == seq), None)
            if waiting is not None:
                listening.occur(run, waiting, variables)


@dataclass(frozen=True, slots=True)
class SignalCatchPlan(CatchPlan):
    """Waits for a signal."""

    name: Expression

    @property
    def subscribes(self) -> bool:
        """Whether ``listen`` makes subscriptions."""
        return True

    def listen(self, run: Execution, node: Node, place: Place) -> None:
        """Begins to wait."""
        name = as_text(run.variables.seen_from(place.scope).evaluate(self.name), "signal name")
        run.subscribe(node, place, SubscriptionKind.SIGNAL, name=name)


class SignalEventDefinition(EventDefinition):
    """Throws or catches a signal."""

    type: ClassVar[str] = "signalEventDefinition"
    positions: ClassVar[frozenset[Position]] = frozenset(Position)

    def compile(
        self, node: model.FlowNode, definition: model.EventDefinition, compiler: NodeCompiler, position: Position
    ) -> Any:
        """Compiles the signal's name."""
        name = compiler.name(definition.attributes.get("signalName", ""), "signal name", definition.position)
        if name is None:
            return None
        if position in (Position.THROW, Position.END):
            return SignalThrowPlan(name)
        if position is Position.START and not name.is_literal:
            compiler.refuse("the signal of a start event cannot read variables: there are none yet")
        return SignalCatchPlan(name)
