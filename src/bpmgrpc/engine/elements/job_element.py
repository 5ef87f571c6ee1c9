"""What service, send and business rule tasks share: an external worker does the work of a job.

Rule of this file: the engine makes the job and waits; which program does it, and where, is no business of the
model's. The rules of a job's life are in ``bpmgrpc.engine.job``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.plan_values import as_integer, as_text
from bpmgrpc.engine.state import JobRow
from bpmgrpc.engine.steps import StepFailure

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.program import Node, NodeCompiler, Program
    from bpmgrpc.engine.state import ElementRow

DEFAULT_RETRIES: Final = 3


@dataclass(frozen=True, slots=True)
class JobPlan:
    """A compiled task that a worker does."""

    type: Expression
    retries: Expression | None
    headers: Mapping[str, str]


class JobElement(Element):
    """Makes a job and waits until a worker has done it."""

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles type and retries of the job; a task without a job type is served under its own id."""
        job_type = compiler.template(node.properties.get("jobType"), "job type")
        if job_type is None:
            job_type = compiler.literal(node.id)
            compiler.remark(f"a worker serves it as job type {node.id!r}")
        if "retryBackoff" in node.properties:
            compiler.remark("the pause before another attempt is the one that the worker gives with FailJob")
        return JobPlan(job_type, compiler.template(node.properties.get("retries"), "retries"), dict(node.headers))

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Makes the job."""
        plan: JobPlan = node.plan
        scope = run.variables.seen_from(row.sees)
        job_type = as_text(scope.evaluate(plan.type), "job type")
        if not job_type:
            raise StepFailure("EXPRESSION_ERROR", "job type: it has to be a text that is not empty")
        retries = DEFAULT_RETRIES
        if plan.retries is not None:
            retries = as_integer(scope.evaluate(plan.retries), "retries") or DEFAULT_RETRIES
        job = JobRow(
            seq=row.seq,
            instance=run.instance_of(row.scope),
            definition_id=program.definition_id,
            element_id=node.id,
            type=job_type,
            retries=min(max(retries, 1), 2**31 - 1),
            create_us=run.now_us,
            headers=plan.headers,
            business_key=run.business_key(row.scope),
            available_us=run.now_us,
        )
        run.ledger.new_job(job)
        run.event(EventType.JOB_CREATED, node.id, row.seq, {"type": job_type})
        return False

    def cancel(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Takes the job away; the worker that has it is told so when it answers."""
        run.ledger.delete_job(row.seq)
