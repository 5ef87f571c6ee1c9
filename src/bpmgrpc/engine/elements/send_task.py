"""Send task (BPMN 2.0.2, 10.3.3): sends a message.

One that a message flow of the file leads away from, and that names a message but no job, sends it to whoever waits for
it in the application. For any other a worker sends the message; see ``job_element``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.elements.job_element import JobElement
from bpmgrpc.engine.event_definitions.message import MessageThrowPlan, compile_message

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow


class SendTask(JobElement):
    """Sends a message, or waits for a worker."""

    type: ClassVar[str] = "sendTask"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the message, or the job."""
        attributes = node.attributes
        if "jobType" not in node.properties and attributes.get("messageName") and node.sends_message:
            return compile_message(compiler, attributes, node.texts, node.position, throws=True)
        return super().compile(node, compiler)

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Sends the message, or makes the job."""
        if isinstance(node.plan, MessageThrowPlan):
            node.plan.throw(run, node, row)
            return True
        return super().enter(run, program, node, row)
