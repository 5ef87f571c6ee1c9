"""Script task (BPMN 2.0.2, 10.3.3): evaluates an expression, runs JavaScript, or has a worker run a script.

A script that is an expression of this product (FEEL, JUEL, or a plain expression whose value goes to a result variable)
is evaluated here; so is JavaScript on a server that runs it (``engine.expressions.javascript``). Any other is a program
of another language, which is none of the engine's business: it becomes a job, of the script format's type ("script"
where the file names no format), with the text in the header "script".

What a script in JavaScript sets: the result variable gets its value; ``execution.setVariable`` sets as any value is set
(``Variables.home``), ``setVariableLocal`` the task's own; variables of its top level are set only where the file says
``autoStoreVariables="true"``, as in Flowable and Activiti. Where it fails nothing is set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from bpmgrpc.bpmn.names import is_true
from bpmgrpc.engine.elements.job_element import JobElement, JobPlan, job_plan
from bpmgrpc.engine.expressions import (
    ABSENT,
    Dialect,
    ExpressionSyntaxError,
    JavaScriptExpression,
    compile_expression,
    is_javascript,
)
from bpmgrpc.engine.mappings import set_target, text_of
from bpmgrpc.engine.node_compiler import JAVASCRIPT_IS_OFF, shorten, variable_path

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode, Text
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow

DEFAULT_JOB_TYPE: Final = "script"
_EXPRESSION_FORMATS: Final = ("feel", "juel")


@dataclass(frozen=True, slots=True)
class ScriptPlan:
    """A script that is an expression."""

    script: Expression
    target: tuple[str, ...]  # path of the variable that takes the value; empty: the value is dropped


class ScriptTask(JobElement):
    """Evaluates an expression, or waits for a worker."""

    type: ClassVar[str] = "scriptTask"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the script."""
        text = node.properties.get("script") or node.texts.get("script")
        if text is None or not text.value.strip():
            compiler.refuse("a script task needs a script")
            return None
        target = node.properties.get("resultVariable")
        path = variable_path(target.value) if target is not None else ()
        if target is not None and not path:
            compiler.refuse(f"the result variable {target.value!r} is no variable path", target.position)
            return None
        script_format = node.attributes.get("scriptFormat", "").strip()
        stored = node.properties.get("autoStoreVariables")
        stores = stored is not None and is_true(stored.value.strip())
        if not _is_expression(text, script_format, has_target=bool(path)):
            if compiler.javascript not in (None, ABSENT) and is_javascript(script_format):
                return _javascript(compiler, text, path, stores=stores)
            return _job(node, compiler, text, script_format, stores=stores)
        if not path:
            compiler.remark("the script's value is dropped: the task names no result variable")
        script = compiler.expression(text, "script")
        return None if script is None else ScriptPlan(script, path)

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Evaluates the script; its value goes to the result variable, as ``Variables.home`` says, or into the task's
        own scope where output mappings will choose from it. Any other script becomes a job.
        """
        plan = node.plan
        if isinstance(plan, JobPlan):
            return super().enter(run, program, node, row)
        if isinstance(plan.script, JavaScriptExpression):
            self._run(run, node, row, plan.script)
            return True
        scope = row.sees
        text = text_of(run.variables, plan.script, scope)
        if plan.target and node.outputs:
            run.ledger.new_scope(row)
            set_target(run.variables, row.seq, plan.target, text, local=True)
        elif plan.target:
            set_target(run.variables, scope, plan.target, text)
        return True

    def _run(self, run: Execution, node: Node, row: ElementRow, script: JavaScriptExpression) -> None:
        target: tuple[str, ...] = node.plan.target
        value, assignments = run.variables.seen_from(row.sees).run(script)
        if node.outputs or any(assignment.local for assignment in assignments):
            run.ledger.new_scope(row)
        for assignment in assignments:
            local = assignment.local or bool(node.outputs)
            where = row.seq if local else row.sees
            set_target(run.variables, where, (assignment.name,), assignment.text, local=local)
        if target:
            local = bool(node.outputs)
            set_target(run.variables, row.seq if local else row.sees, target, value, local=local)


def _is_expression(text: Text, script_format: str, *, has_target: bool) -> bool:
    """Whether a script is an expression: by its form, by its declared format, or because it reads as one and its value
    is wanted.
    """
    value = text.value.strip()
    if any(word in script_format.lower() for word in _EXPRESSION_FORMATS):
        return True
    if not script_format:
        return has_target or value.startswith("=") or "${" in value or "#{" in value
    if not has_target or "`" in value:
        return False
    try:
        compile_expression(value, language=script_format, default=Dialect.BARE)
    except ExpressionSyntaxError:
        return False
    return True


def _javascript(compiler: NodeCompiler, text: Text, target: tuple[str, ...], *, stores: bool) -> ScriptPlan | None:
    assert compiler.javascript is not None  # noqa: S101 - narrows the type
    try:
        return ScriptPlan(JavaScriptExpression.read(text.value, compiler.javascript, stores=stores), target)
    except ExpressionSyntaxError as error:
        compiler.refuse(f"the script {shorten(text.value)!r} cannot be read: {error}", text.position)
        return None


def _job(node: FlowNode, compiler: NodeCompiler, text: Text, script_format: str, *, stores: bool) -> JobPlan:
    job_type = script_format or DEFAULT_JOB_TYPE
    compiler.remark(f"a worker runs the script as job type {job_type!r}")
    if is_javascript(script_format):
        compiler.remark(JAVASCRIPT_IS_OFF)
    if stores:
        compiler.remark("autoStoreVariables: what the worker sends with CompleteJob is stored")
    headers = {**node.headers, "script": text.value}
    if "resultVariable" in node.properties:
        headers["resultVariable"] = node.properties["resultVariable"].value
    return job_plan(node, compiler, compiler.literal(job_type), headers)
