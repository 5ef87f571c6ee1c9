"""Business rule task (BPMN 2.0.2, 10.3.3): a worker evaluates the rules. See ``job_element``.

The decision that the model names goes with the job, as its header "decisionId".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.elements.job_element import JobElement, JobPlan

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.node_compiler import NodeCompiler


class BusinessRuleTask(JobElement):
    """Waits for a worker."""

    type: ClassVar[str] = "businessRuleTask"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the job, and tells the worker which decision is meant."""
        plan: JobPlan = super().compile(node, compiler)
        decision = node.properties.get("decisionId")
        if decision is None:
            return plan
        return replace(plan, headers={**plan.headers, "decisionId": decision.value})
