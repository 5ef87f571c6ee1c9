"""Events with several event definitions (BPMN 2.0.2, 10.5.1 and 10.5.4, "Multiple" and "Parallel Multiple").

An event that catches occurs when any of its definitions does; with ``parallelMultiple`` when all of them have, in
whatever order. What an earlier one brings along is kept at once. An event that throws throws all of them, those that
may end the scope last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpmgrpc.engine.event_definitions.base import CatchPlan, ThrowPlan
from bpmgrpc.engine.state import SubscriptionKind

if TYPE_CHECKING:
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.place import Place
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow


@dataclass(frozen=True, slots=True)
class MultipleCatchPlan(CatchPlan):
    """Waits for any, or all, of several."""

    parts: tuple[CatchPlan, ...]
    parallel: bool

    @property
    def has_timer(self) -> bool:
        """Whether one of them is a timer."""
        return any(part.has_timer for part in self.parts)

    @property
    def subscribes(self) -> bool:
        """Whether one of them subscribes; where all are waited for each does, a timer too."""
        return self.parallel or any(part.subscribes for part in self.parts)

    @property
    def is_conditional(self) -> bool:
        """Whether one of them is a condition."""
        return any(part.is_conditional for part in self.parts)

    @property
    def always_interrupts(self) -> bool:
        """Whether one of them does."""
        return any(part.always_interrupts for part in self.parts)

    def listen(self, run: Execution, node: Node, place: Place) -> None:
        """Begins to wait for each of them."""
        for number, part in enumerate(self.parts):
            at = place._replace(part=number)
            part.listen(run, node, at)
            if self.parallel and part.has_timer:
                run.subscribe(node, at, SubscriptionKind.TIMER)

    def catches_error(self, code: str) -> int:
        """How well the best of them fits."""
        return max(part.catches_error(code) for part in self.parts)

    def catches_escalation(self, code: str) -> int:
        """How well the best of them fits."""
        return max(part.catches_escalation(code) for part in self.parts)


@dataclass(frozen=True, slots=True)
class MultipleThrowPlan(ThrowPlan):
    """Throws several."""

    parts: tuple[ThrowPlan, ...]

    @property
    def waits_its_turn(self) -> bool:
        """Whether one of them does."""
        return any(part.waits_its_turn for part in self.parts)

    def throw(self, run: Execution, node: Node, row: ElementRow) -> bool:
        """Throws them in turn, until one ends the event's own scope, or has to be waited for."""
        for part in sorted(self.parts, key=lambda part: part.order):
            if run.is_over(row.scope) or run.ledger.gone(row.seq):
                break
            if part.throw(run, node, row) is False:
                return False
        return True


def parts_of(plan: CatchPlan) -> tuple[CatchPlan, ...]:
    """Returns the plans of an event's definitions."""
    return plan.parts if isinstance(plan, MultipleCatchPlan) else (plan,)
