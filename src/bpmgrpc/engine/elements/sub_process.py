"""Embedded sub-process (BPMN 2.0.2, 10.3.5 and 13.3.4): a scope of its own.

It is entered at its none start event, or at every flow node without incoming flow where it has no start event, and
is complete when no token is left inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.elements.base import Element

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, NodeCompiler, Program
    from bpmgrpc.engine.state import ElementRow


class SubProcess(Element):
    """Runs its inner elements and waits for them."""

    type: ClassVar[str] = "subProcess"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Refuses the sub-process that an event triggers."""
        if node.attributes.get("triggeredByEvent") in ("true", "1"):
            compiler.refuse("an event sub-process does not run in this release")

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Starts what is inside."""
        run.ledger.new_scope(row)
        run.start_scope(program, node.starts, row.seq)
        return False
