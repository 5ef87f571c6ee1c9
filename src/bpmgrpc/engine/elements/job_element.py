"""What service, send and business rule tasks share: an external worker does the work of a job.

Rule of this file: the engine makes the job and waits; which program does it, and where, is no business of the
model's. The rules of a job's life are in ``bpmgrpc.engine.job``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.event_definitions.timer import NOTHING
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.plan_values import as_integer, as_names, as_text
from bpmgrpc.engine.schedule import ScheduleError, parse_duration
from bpmgrpc.engine.state import JobRow
from bpmgrpc.engine.steps import StepFailure

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode, Text
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow
    from bpmgrpc.values import Value

DEFAULT_RETRIES: Final = 3
MAX_PRIORITY: Final = 1_000_000  # either way: nearly two years of waiting; see ``bpmgrpc.store.rows.PRIORITY_US``


def as_priority(value: Value, name: str) -> int:
    """Returns a job's priority, 0 where the value is null or empty.

    Raises:
        StepFailure: The value is no whole number.
    """
    return min(max(as_integer(value, name) or 0, -MAX_PRIORITY), MAX_PRIORITY)


def as_backoff(value: Value, name: str) -> str:
    """Returns the pauses between a job's attempts, as they stand in its row.

    Raises:
        StepFailure: One of them is no duration, or leads back in time.
    """
    pauses = as_names(value, name)
    for pause in pauses:
        try:
            duration = parse_duration(pause)
        except ScheduleError as error:
            raise StepFailure("EXPRESSION_ERROR", f"{name}: {error}") from error
        if not (duration.is_positive or (duration.months == 0 and duration.microseconds == 0)):
            raise StepFailure("EXPRESSION_ERROR", f"{name}: {pause!r} leads back in time")
    return ",".join(pauses)


def job_plan(
    node: FlowNode, compiler: NodeCompiler, job_type: Expression | None, headers: Mapping[str, str]
) -> JobPlan:
    """Compiles a job's properties. The process may name a priority for all of its jobs."""
    own = node.properties
    priority = own.get("jobPriority") or own.get("priority") or compiler.graph.properties.get("jobPriority")
    return JobPlan(
        compiler.literal("") if job_type is None else job_type,  # None: it was refused
        compiler.template(own.get("retries"), "retries"),
        headers,
        _checked(compiler, priority, "priority", as_priority),
        _checked(compiler, own.get("retryBackoff"), "retryBackoff", as_backoff),
    )


def _checked(
    compiler: NodeCompiler, text: Text | None, name: str, read: Callable[[Value, str], object]
) -> Expression | None:
    """Compiles a property; a constant that cannot be read is refused now, not when the first job is made."""
    expression = compiler.template(text, name)
    if text is not None and expression is not None and expression.is_literal:
        try:
            read(expression.evaluate(NOTHING), name)
        except StepFailure as failure:
            compiler.refuse(str(failure), text.position)
    return expression


@dataclass(frozen=True, slots=True)
class JobPlan:
    """A compiled task that a worker does."""

    type: Expression
    retries: Expression | None
    headers: Mapping[str, str]
    priority: Expression | None
    backoff: Expression | None


def make_job(
    run: Execution, program: Program, node: Node, row: ElementRow, plan: JobPlan, headers: Mapping[str, str]
) -> None:
    """Makes the job of an element instance.

    Args:
        run: The run.
        program: The program.
        node: The element.
        row: Its instance.
        plan: The compiled job.
        headers: What the job tells its worker.

    Raises:
        StepFailure: A property of the job is not what it has to be.
    """
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
        headers=headers,
        business_key=run.business_key(row.scope),
        available_us=run.now_us,
        priority=0 if plan.priority is None else as_priority(scope.evaluate(plan.priority), "priority"),
        backoff="" if plan.backoff is None else as_backoff(scope.evaluate(plan.backoff), "retryBackoff"),
    )
    run.ledger.new_job(job)
    run.event(EventType.JOB_CREATED, node.id, row.seq, {"type": job_type})


class JobElement(Element):
    """Makes a job and waits until a worker has done it."""

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the job's properties; a task without a job type is served under its own id."""
        job_type = compiler.template(node.properties.get("jobType"), "job type")
        if job_type is None:
            job_type = compiler.literal(node.id)
            compiler.remark(f"a worker serves it as job type {node.id!r}")
        return job_plan(node, compiler, job_type, dict(node.headers))

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Makes the job."""
        plan: JobPlan = node.plan
        make_job(run, program, node, row, plan, plan.headers)
        return False

    def cancel(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Takes the job away; the worker that has it is told so when it answers."""
        run.ledger.delete_job(row.seq)
