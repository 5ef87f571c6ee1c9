"""Complex gateway (BPMN 2.0.2, 10.6.5 and 13.4.5): fires when its condition says so, then waits for the late ones.

*Waiting for start* it evaluates its activationCondition with every token that arrives; ``activationCount`` is the
number of its incoming flows at which a token waits. Without a condition it is activated by a token at each incoming
flow. When it is activated it takes a token from each flow that has one and sends tokens out like an inclusive gateway.

*Waiting for reset* it waits for a token at each of the other incoming flows, unless none can arrive there any more (the
rule of the inclusive join). Then it takes these, and is waiting for start again. The standard has it evaluate the
conditions of its outgoing flows a second time then, with ``waitingForStart`` false. Chosen: only where it took a token
by the reset, and only for flows that have a condition (else the default flow); so a flow without a condition has one
token for each activation, as a discriminator needs it, and a gateway that splits never sends tokens twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import joins
from bpmgrpc.engine.conditions import all_true_flows, holds
from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.variables import NamedScope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Flow, Node, Program
    from bpmgrpc.engine.state import ElementRow


class ComplexGateway(Element):
    """Joins by a condition and splits by conditions."""

    type: ClassVar[str] = "complexGateway"
    decides_on_arrival: ClassVar[bool] = True

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the activation condition."""
        text = node.texts.get("activationCondition")
        if text is None and len(node.incoming) > 1:
            compiler.remark("without an activationCondition it waits for a token at each incoming flow")
        return compiler.expression(text, "activation condition")

    def arrive(self, run: Execution, program: Program, node: Node, scope: int, flow: str | None) -> None:
        """Keeps the token, and fires where the condition is true."""
        if flow is None or len(node.incoming) < 2:
            run.enter(program, node, scope, flow)
        else:
            _activate(run, program, node, joins.keep_token(run, node, scope, flow))

    def joins_when_nothing_moves(self, row: ElementRow) -> bool:
        """Waiting for reset it does."""
        return "consumed" in row.data

    def join(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Resets."""
        joins.reset(run, program, node, row)

    def leaving(self, run: Execution, program: Program, node: Node, row: ElementRow) -> Sequence[Flow]:
        """Chooses flows as an inclusive gateway; after a reset those whose condition is true then."""
        late = row.data.get("reset")
        if not node.has_conditions:
            flows = node.outgoing if late is None else ()
        else:
            scope = NamedScope(run.variables.seen_from(row.scope), {"waitingForStart": late is None})
            flows = tuple(all_true_flows(node, scope)) if late is None else _true_flows(node, scope) if late else ()
        if late is not None:
            waiting = run.ledger.join_row(row.scope, node.id)
            if waiting is not None:
                _activate(run, program, node, waiting)  # by tokens that came while it waited for reset
        return flows


def _activate(run: Execution, program: Program, node: Node, row: ElementRow) -> None:
    waiting: ElementRow | None = row
    while waiting is not None and "consumed" not in waiting.data and _is_activated(run, node, waiting):
        waiting = joins.activate(run, program, node, waiting)


def _is_activated(run: Execution, node: Node, row: ElementRow) -> bool:
    count = len(row.data["tokens"])
    if node.plan is None:
        return count == len(node.incoming)
    named = {"activationCount": count, "waitingForStart": True}
    return holds(node.plan, NamedScope(run.variables.seen_from(row.scope), named))


def _true_flows(node: Node, scope: NamedScope) -> tuple[Flow, ...]:
    chosen = tuple(flow for flow in node.outgoing if flow.condition is not None and holds(flow.condition, scope))
    return chosen or (() if node.default is None else (node.default,))
