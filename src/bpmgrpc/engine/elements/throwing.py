"""What intermediate throw events and end events share: they throw what their plan says.

Rule of this file: what is thrown is the plan's business; here is only when. A message that a vendor's engine would send
by its own program (a job type, a topic, a class) is sent by a worker: then the event is a job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmgrpc.engine.elements.job_element import JobElement, JobPlan
from bpmgrpc.engine.event_definitions import compile_event
from bpmgrpc.engine.event_definitions.base import Position, ThrowPlan

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow


class ThrowingEvent(JobElement):
    """Throws when a token enters it."""

    def compile_throw(self, node: FlowNode, compiler: NodeCompiler, position: Position) -> Any:
        """Compiles what the event throws, or the job that sends its message."""
        kinds = [definition.type for definition in node.event_definitions]
        if kinds == ["messageEventDefinition"] and "jobType" in node.properties:
            return super().compile(node, compiler)
        return compile_event(node, compiler, position)

    def arrive(self, run: Execution, program: Program, node: Node, scope: int, flow: str | None) -> None:
        """Takes a token; what has to wait its turn is entered when nothing else moves."""
        if isinstance(node.plan, ThrowPlan) and node.plan.waits_its_turn:
            run.enter_later(program, node, scope, flow)
        else:
            super().arrive(run, program, node, scope, flow)

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Throws what the event throws, or makes the job."""
        if isinstance(node.plan, JobPlan):
            return super().enter(run, program, node, row)
        return node.plan is None or node.plan.throw(run, node, row) is not False

    def cancel(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Takes the job away."""
        if isinstance(node.plan, JobPlan):
            super().cancel(run, program, node, row)
