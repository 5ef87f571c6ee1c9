"""Parallel gateway (BPMN 2.0.2, 10.6.4 and 13.4.1).

It fires when a token waits at each incoming flow, takes one from each, and sends one out by every outgoing flow.
Tokens in excess stay at their flow for the next time. Conditions on its outgoing flows have no effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.joins import consume, keep_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Flow, Node, Program


class ParallelGateway(Element):
    """Joins all incoming flows and forks into all outgoing ones."""

    type: ClassVar[str] = "parallelGateway"

    def arrive(self, run: Execution, program: Program, node: Node, scope: int, flow: str | None) -> None:
        """Keeps the token until one waits at every incoming flow."""
        if flow is None or len(node.incoming) < 2:
            run.enter(program, node, scope, flow)
            return
        row = keep_token(run, node, scope, flow)
        if len(row.data["tokens"]) == len(node.incoming):
            consume(run, program, node, row)

    def flows(self, run: Execution, node: Node, scope: int) -> Sequence[Flow]:
        """Takes every flow."""
        return node.outgoing
