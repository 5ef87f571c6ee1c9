"""Event-based gateway (BPMN 2.0.2, 10.6.6 and 13.4.4): the first event that occurs decides where the token goes on.

The gateway waits for all the events behind it at once. When one occurs, that event is passed and the others are waited
for no more. One that instantiates starts its process: with ``eventGatewayType`` Exclusive (the default) each event
starts an instance of its own, with Parallel the first one starts the instance, which then waits for all the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.bpmn.names import is_true
from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.place import Place

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow


class EventBasedGateway(Element):
    """Waits for the first of several events."""

    type: ClassVar[str] = "eventBasedGateway"
    waits_for_targets: ClassVar[bool] = True

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Notes what it cannot do."""
        parallel = node.attributes.get("eventGatewayType", "").strip() == "Parallel"
        if parallel and not is_true(node.attributes.get("instantiate")):
            compiler.refuse("a parallel event-based gateway has to instantiate (BPMN 2.0.2, 10.6.6)")

    def starts_implicitly(self, node: Node) -> bool:
        """One that instantiates is started by its events, not by a call."""
        return not self.instantiates(node)

    def instantiates(self, node: Node) -> bool:
        """Whether its events start instances of its process."""
        return is_true(node.source.attributes.get("instantiate")) and not node.incoming

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Begins to wait for the events behind it."""
        for flow in node.outgoing:
            flow.target.plan.listen(run, flow.target, Place(row.seq, row.scope))
        return False


def is_parallel(node: Node) -> bool:
    """Whether all the events behind a gateway that instantiates have to occur."""
    return node.source.attributes.get("eventGatewayType", "").strip() == "Parallel"
