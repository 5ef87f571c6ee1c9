"""Script task (BPMN 2.0.2, 10.3.3): evaluates an expression and keeps its value in a variable.

Deviation: the script is an expression of this product (FEEL, JUEL or a plain comparison), not a program of
another language; scripts in other languages are refused when they are deployed, with the place that cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.mappings import set_target, text_of
from bpmgrpc.engine.program import variable_path

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.program import Node, NodeCompiler, Program
    from bpmgrpc.engine.state import ElementRow


@dataclass(frozen=True, slots=True)
class ScriptPlan:
    """A compiled script task."""

    script: Expression
    target: tuple[str, ...]  # path of the variable that takes the value; empty: the value is dropped


class ScriptTask(Element):
    """Evaluates an expression."""

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
        if not path:
            compiler.remark("the script's value is dropped: the task names no result variable")
        script = compiler.expression(text, "script")
        return None if script is None else ScriptPlan(script, path)

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Evaluates the script; its value goes to the result variable, as ``Variables.home`` says, or into the task's
        own scope where output mappings will choose from it.
        """
        plan: ScriptPlan = node.plan
        scope = row.seq if node.inputs else row.scope
        text = text_of(run.variables, plan.script, scope)
        if plan.target and node.outputs:
            run.ledger.new_scope(row)
            set_target(run.variables, row.seq, plan.target, text, local=True)
        elif plan.target:
            set_target(run.variables, scope, plan.target, text)
        return True
