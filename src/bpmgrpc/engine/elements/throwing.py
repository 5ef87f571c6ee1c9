"""What intermediate throw events, end events and send tasks share: they throw what their plan says.

Rule of this file: what is thrown is the plan's business; here is only when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.event_definitions.base import ThrowPlan

if TYPE_CHECKING:
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow


class ThrowingEvent(Element):
    """Throws when a token enters it."""

    def arrive(self, run: Execution, program: Program, node: Node, scope: int, flow: str | None) -> None:
        """Takes a token; what has to wait its turn is entered when nothing else moves."""
        if isinstance(node.plan, ThrowPlan) and node.plan.waits_its_turn:
            run.enter_later(program, node, scope, flow)
        else:
            super().arrive(run, program, node, scope, flow)

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Throws what the event throws."""
        return node.plan is None or node.plan.throw(run, node, row) is not False
