"""Call activity (BPMN 2.0.2, 10.3.6): runs another process as a step of this one.

The called process runs in the same root instance, so that both change in the same transactions. Which version is
meant is decided when the call is made: the latest, or the version or version tag that the model binds it to.
Variables do not cross the border by themselves: input mappings bring them in, and output mappings bring them back.
Where the model has no mappings of a kind, all variables that the call activity sees go in, and all of the called
process's come back: that is what Camunda 8 does by default. A model that says otherwise is obeyed
("propagateAllParentVariables", "propagateAllChildVariables"); what a mapping sets wins over what is handed on whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.plan_values import as_integer, as_text
from bpmgrpc.engine.state import ROOT_SCOPE, CalledProcess, InstanceRow, InstanceState, copy_row
from bpmgrpc.engine.steps import StepFailure

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow


@dataclass(frozen=True, slots=True)
class CallPlan:
    """A compiled call activity."""

    process: Expression
    version: Expression | None
    version_tag: Expression | None
    business_key: Expression | None
    all_in: bool
    all_out: bool


class CallActivity(Element):
    """Starts the called process and waits until it is complete."""

    type: ClassVar[str] = "callActivity"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles which process is called."""
        process = compiler.template(node.properties.get("calledElement"), "called element")
        if process is None:
            compiler.refuse("a call activity needs a called element (BPMN 2.0.2, 10.3.6)")
            return None
        binding = node.properties.get("calledElementBinding")
        if binding is not None and binding.value == "deployment":
            compiler.remark("binding to the deployment: the latest version at the time of the call is called")
        return CallPlan(
            process,
            compiler.template(node.properties.get("calledElementVersion"), "called version"),
            compiler.template(node.properties.get("calledElementVersionTag"), "called version tag"),
            compiler.template(node.properties.get("businessKey"), "business key"),
            all_in=_says(node, "propagateAllParentVariables", default=not node.inputs),
            all_out=_says(node, "propagateAllChildVariables", default=not node.outputs),
        )

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Finds the called process and starts it."""
        plan: CallPlan = node.plan
        # The called process's own scope cannot see outwards, so everything of the caller's is read from its scope.
        # One instance of a loop has the loop's variables in its own.
        around = row.seq if node.body is not None else row.scope
        scope = run.variables.seen_from(around)
        name = as_text(scope.evaluate(plan.process), "called element")
        version = as_integer(scope.evaluate(plan.version), "called version") if plan.version else None
        tag = as_text(scope.evaluate(plan.version_tag), "called version tag") if plan.version_tag else ""
        called = CalledProcess(program.app_name, name, version or 0, tag)
        definition_id = run.called_definition(called)
        if definition_id is None:
            wanted = f" version {version}" if version else f" version tag {tag!r}" if tag else ""
            raise StepFailure(
                "CALLED_PROCESS_NOT_FOUND",
                f"call activity {node.id!r}: no process {name!r}{wanted} is deployed in application "
                f"{program.app_name!r}, or it is suspended",
            )
        depth = _depth(run, row.scope) + 1
        if depth > run.limits.call_depth:
            raise StepFailure(
                "CALL_DEPTH",
                f"call activity {node.id!r}: processes call each other more than {run.limits.call_depth:,} deep",
            )
        callee = run.programs(definition_id)
        if not callee.starts:
            raise StepFailure(
                "CALLED_PROCESS_NOT_FOUND", f"call activity {node.id!r}: process {name!r} has no none start"
            )
        key = (
            as_text(scope.evaluate(plan.business_key), "business key")
            if plan.business_key
            else run.business_key(row.scope)
        )
        inward: list[tuple[str, str]] = []
        if plan.all_in:
            for variable in run.variables.names(around):
                found = run.variables.text(around, variable)
                if found is not None and (row.seq, variable) not in run.ledger.variables:
                    inward.append((variable, found[1]))
        row = copy_row(row, data={**row.data, "definition": definition_id, "depth": depth, "key": key})
        run.ledger.new_scope(row)
        run.ledger.new_instance(InstanceRow(row.seq, definition_id, run.instance_of(row.scope), key, run.now_us))
        for variable, text in inward:
            run.variables.put(row.seq, variable, text)
        run.start_scope(callee, callee.starts, row.seq)
        return False

    def exit(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Ends the called instance and brings its variables back."""
        plan: CallPlan = node.plan
        if plan.all_out:
            of_loop = node.body.plan.own_names if node.body is not None else ()
            for name in run.variables.own_names(row.seq):
                if name in of_loop:
                    continue
                run.variables.merge(row.scope, [(name, run.variables.own_text(row.seq, name))])
        run.ledger.end_instance(row.seq, InstanceState.COMPLETED, run.now_us)


def _depth(run: Execution, scope: int) -> int:
    """How many calls are around a scope."""
    instance = run.instance_of(scope)
    if instance == ROOT_SCOPE:
        return 0
    depth: int = run.ledger.element(instance).data["depth"]
    return depth


def _says(node: FlowNode, name: str, *, default: bool) -> bool:
    text = node.properties.get(name)
    return default if text is None else text.value.strip().lower() == "true"
