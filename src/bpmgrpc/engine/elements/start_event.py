"""Start event (BPMN 2.0.2, 10.5.2).

A none start event starts its process by a call, or its sub-process when that is entered. A timer start event starts
instances of its process by itself; only those of the latest version are live. With several none start events the first
of the file is the one that a call starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.event_definitions import Position, compile_event
from bpmgrpc.engine.event_definitions.timer import TimerPlan

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.program import Node, NodeCompiler


class StartEvent(Element):
    """Lets the token of a new scope, or a new instance, in."""

    type: ClassVar[str] = "startEvent"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the trigger. Only the process itself may start by a timer."""
        around = compiler.graph.nodes.get(node.scope_id)
        if around is not None and around.attributes.get("triggeredByEvent") in ("true", "1"):
            return None  # the event sub-process itself is refused
        if node.event_definitions and around is not None:
            compiler.refuse(
                "a start event inside of an embedded sub-process has no event definition (BPMN 2.0.2, 10.5.2)"
            )
            return None
        return compile_event(node, compiler, Position.START)

    def starts_by_timer(self, node: Node) -> bool:
        """Whether the event has a timer."""
        return isinstance(node.plan, TimerPlan)
