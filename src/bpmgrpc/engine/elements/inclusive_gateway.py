"""Inclusive gateway (BPMN 2.0.2, 10.6.3 and 13.4.3).

As a split it sends a token out by every flow whose condition is true, else by the default flow. As a join it waits
until nothing else can arrive; that rule is in ``bpmgrpc.engine.joins``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bpmgrpc.engine.conditions import all_true_flows
from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.joins import keep_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Flow, Node, Program
    from bpmgrpc.engine.state import ElementRow


class InclusiveGateway(Element):
    """Forks by conditions and joins what was forked."""

    type: ClassVar[str] = "inclusiveGateway"

    def arrive(self, run: Execution, program: Program, node: Node, scope: int, flow: str | None) -> None:
        """Keeps the token until nothing else can arrive."""
        if flow is None or len(node.incoming) < 2:
            run.enter(program, node, scope, flow)
            return
        keep_token(run, node, scope, flow)

    def joins_when_nothing_moves(self, row: ElementRow) -> bool:
        """Whatever tokens wait."""
        return True

    def flows(self, run: Execution, node: Node, scope: int) -> Sequence[Flow]:
        """Chooses all true flows."""
        if not node.has_conditions:
            return node.outgoing
        return all_true_flows(node, run.variables.seen_from(scope))
