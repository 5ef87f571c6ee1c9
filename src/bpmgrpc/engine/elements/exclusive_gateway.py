"""Exclusive gateway (BPMN 2.0.2, 10.6.2 and 13.4.2).

Each token passes by itself: nothing is joined. It leaves by the first flow, in the order of the file, whose condition
is true, else by the default flow. Where there is neither, the standard has the process throw an exception: an incident.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bpmgrpc.engine.conditions import first_true_flow
from bpmgrpc.engine.elements.base import Element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Flow, Node


class ExclusiveGateway(Element):
    """Chooses one flow."""

    type: ClassVar[str] = "exclusiveGateway"

    def flows(self, run: Execution, node: Node, scope: int) -> Sequence[Flow]:
        """Chooses the first true flow."""
        outgoing = node.outgoing
        if len(outgoing) < 2 and not node.has_conditions:
            return outgoing
        return first_true_flow(node, run.variables.seen_from(scope))
