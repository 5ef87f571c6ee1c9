"""The strategy ``custom``: a worker says whom a user task goes to.

Rule of this file: first the job, then the task. The element instance is served as any job is, with its retries, its
incidents and the errors that a worker throws; the task is made of what the worker answers, and nobody sees it before.
So no task changes under the hands of people, and an answer that comes twice is refused as any lost lease.

The worker answers with variables: ``assignee``, who has the task then, or ``candidateUsers``, ``candidateGroups``,
``candidateRoles`` and ``workParty``, to whom it is offered instead of those whom the model names; or nothing, and the
task is offered as the model says. The job's headers have these names too, with what the model says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc import values
from bpmgrpc.bpmn.routing import PEOPLE
from bpmgrpc.engine.assignment import completers_of
from bpmgrpc.engine.elements.job_element import JobPlan, job_plan, make_job
from bpmgrpc.engine.plan_values import as_names, as_text
from bpmgrpc.engine.steps import StepFailure
from bpmgrpc.errors import FailedPrecondition, FieldViolation, InvalidArgument, PreconditionViolation
from bpmgrpc.ids import child_id

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.changes import Restriction
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import Candidates, ElementRow

__all__ = ["JOB_TYPE", "ask", "compile_question", "read_answer", "require_allowed"]

JOB_TYPE: Final = "assignmentJobType"
_ASSIGNEE: Final = "assignee"
_PARTY: Final = "workParty"


def compile_question(node: FlowNode, compiler: NodeCompiler) -> JobPlan:
    """Compiles the job of a task whose strategy is ``custom``."""
    job_type = compiler.template(node.properties.get(JOB_TYPE), JOB_TYPE)
    if job_type is None and JOB_TYPE not in node.properties:
        reason = f'assignment="custom" needs {JOB_TYPE}: the type of the job that a worker answers'
        compiler.refuse(reason, node.properties["assignment"].position)
    return job_plan(node, compiler, job_type, dict(node.headers))


def ask(run: Execution, program: Program, node: Node, row: ElementRow, plan: JobPlan, offered: Candidates) -> None:
    """Makes the job.

    Args:
        run: The run.
        program: The program.
        node: The user task.
        row: Its element instance.
        plan: The job.
        offered: Whom the model names.
    """
    said = {
        "candidateUsers": ",".join(offered.users),
        "candidateGroups": ",".join(offered.groups),
        "candidateRoles": ",".join(offered.roles),
        _PARTY: offered.work_party,
    }
    make_job(run, program, node, row, plan, {**plan.headers, **{name: text for name, text in said.items() if text}})


def read_answer(variables: Mapping[str, str]) -> dict[str, Any]:
    """Reads what a worker answers.

    Args:
        variables: Name to JSON text.

    Returns:
        The people, by the words of a model's properties.

    Raises:
        InvalidArgument: A variable that says nothing of people, or is no name or names.
    """
    answer: dict[str, Any] = {}
    for name, text in variables.items():
        if name not in PEOPLE:
            known = ", ".join(PEOPLE)
            raise _unfit(f"{name[:80]!r} is none of {known}: that is all that an assignment is answered with")
        try:
            value = values.parse(text)
            answer[name] = as_text(value, name) if name in (_ASSIGNEE, _PARTY) else list(as_names(value, name))
        except StepFailure as failure:
            raise _unfit(str(failure)) from failure
    return answer


def _unfit(why: str) -> InvalidArgument:
    return InvalidArgument(
        f"variables: {why}", reason="ASSIGNMENT_ANSWER", violations=[FieldViolation("variables", why)]
    )


def require_allowed(run: Execution, seq: int, assignee: str, restriction: Restriction) -> None:
    """Raises FailedPrecondition where a worker gives a task to somebody who may not do it.

    Args:
        run: The run.
        seq: Number of the task.
        assignee: Whom the worker names.
        restriction: Who may not do the task.

    Raises:
        Need: Who completed other tasks is not at hand.
    """
    barred = {*restriction.users}
    if restriction.completers_of:
        barred |= completers_of(run, restriction)
    if assignee in barred:
        task_id = child_id(run.root.id, seq)
        raise FailedPrecondition(
            f"user {assignee!r} is excluded from user task {task_id!r}",
            reason="EXCLUDED_OWNER",
            violations=[PreconditionViolation("STATE", f"jobs/{task_id}", "it has to be given to somebody else")],
            metadata={"job_id": task_id, "user": assignee},
        )
