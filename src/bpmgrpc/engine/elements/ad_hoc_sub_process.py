"""Ad-hoc sub-process (BPMN 2.0.2, 10.3.5 and 13.3.5): activities in no order, or one after the other.

When it is entered every activity without incoming sequence flow is enabled (13.3.5). The standard leaves the choice
which of them run, and how often, to whoever works on them. Chosen: each runs once; or ``activeElementsCollection``
(Camunda 8) names those that do. Sequence flows inside lead on as anywhere. With ordering Sequential one activity runs
at a time, in the order of the file or of the collection.

When an activity inside is done the completionCondition is asked. Once it is true nothing more begins, and what runs is
canceled, or with cancelRemainingInstances false completes. Without a condition, or where it never becomes true, the
sub-process is complete when no token is left inside: there is nothing left that anybody could do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from bpmgrpc.bpmn.names import is_true
from bpmgrpc.engine import cancellation
from bpmgrpc.engine.conditions import holds
from bpmgrpc.engine.elements.sub_process import SubProcess, declare_data
from bpmgrpc.engine.plan_values import as_names
from bpmgrpc.engine.state import copy_row
from bpmgrpc.engine.steps import Arrive, ScopeDone, StepFailure

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow

_ORDERINGS: Final = ("Parallel", "Sequential")


@dataclass(frozen=True, slots=True)
class AdHocPlan:
    """A compiled ad-hoc sub-process."""

    sequential: bool
    condition: Expression | None
    cancels: bool  # what runs when the condition becomes true
    chosen: Expression | None  # ids of the flow nodes that are begun; None: all without incoming flow


class AdHocSubProcess(SubProcess):
    """Begins what is inside, all at once or one by one."""

    type: ClassVar[str] = "adHocSubProcess"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles ordering and completion."""
        ordering = node.attributes.get("ordering", "Parallel")
        if ordering not in _ORDERINGS:
            compiler.refuse(f"ordering has to be Parallel or Sequential, not {ordering!r} (BPMN 2.0.2, table 10.22)")
        return AdHocPlan(
            ordering == "Sequential",
            compiler.expression(node.texts.get("completionCondition"), "completion condition"),
            is_true(node.attributes.get("cancelRemainingInstances"), default=True),
            compiler.template(node.properties.get("activeElementsCollection"), "activeElementsCollection"),
        )

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Begins all that is enabled, or the first."""
        plan: AdHocPlan = node.plan
        starts = node.starts if plan.chosen is None else _chosen(run, program, node, row, plan.chosen)
        if plan.sequential:
            row = copy_row(row, data={**row.data, "queue": [start.id for start in starts[1:]]})
            starts = starts[:1]
        run.ledger.new_scope(row)
        declare_data(run, node, row.seq)
        run.start_scope(program, starts, row.seq)
        return False

    def is_complete(self, run: Execution, node: Node, scope: int) -> bool:
        """Whether the completion condition is true, or was before."""
        plan: AdHocPlan = node.plan
        if plan.condition is None:
            return False
        return "ending" in run.ledger.element(scope).data or holds(plan.condition, run.variables.seen_from(scope))

    def complete(self, run: Execution, node: Node, scope: int) -> None:
        """Begins nothing more; what runs is canceled, or completes."""
        plan: AdHocPlan = node.plan
        row = run.ledger.element(scope)
        row = copy_row(row, data={**row.data, "queue": [], "ending": True})
        run.ledger.put_element(row)
        if plan.cancels and row.active:
            cancellation.cancel_children(run, scope, keep_done=True)  # that can be undone still
            run.drop_arrivals(scope)
            run.ledger.put_element(copy_row(row, active=0))
            run.agenda.append(ScopeDone(scope))

    def scope_done(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Begins the next, or completes."""
        queue = row.data.get("queue")
        if not queue:
            run.exit(program, node, row)
            return
        run.ledger.put_element(copy_row(row, data={**row.data, "queue": queue[1:]}))
        run.add_tokens(row.seq, 1)
        run.agenda.append(Arrive(program, program.nodes[queue[0]], row.seq, None))


def _chosen(run: Execution, program: Program, node: Node, row: ElementRow, expression: Expression) -> tuple[Node, ...]:
    names = as_names(run.variables.seen_from(row.sees).evaluate(expression), "activeElementsCollection")
    unknown = [name for name in names if name not in node.source.children]
    if unknown:
        raise StepFailure(
            "AD_HOC_ACTIVITY",
            f"ad-hoc sub-process {node.id!r}: its active elements name {unknown[0]!r}, not inside",
        )
    return tuple(program.nodes[name] for name in names)
