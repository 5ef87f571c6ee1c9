"""Conditions, and the choice of sequence flows by them.

Rule of this file: a condition is true, false, or an error; nothing else counts as true. Flows are tried in the
order of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.engine.expressions import truth
from bpmgrpc.engine.steps import StepFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.program import Flow, Node
    from bpmgrpc.engine.variables import Scope


def holds(condition: Expression, scope: Scope) -> bool:
    """Returns whether a condition is true.

    Raises:
        ExpressionError: It cannot be evaluated, or its value is neither true nor false.
    """
    return truth(scope.evaluate(condition), condition.dialect)


def first_true_flow(node: Node, scope: Scope) -> Sequence[Flow]:
    """Chooses the flow of an exclusive gateway (BPMN 2.0.2, 10.6.2): the first whose condition is true, else the
    default flow. A flow without a condition counts as true.

    Raises:
        StepFailure: No condition is true and there is no default flow.
    """
    default = node.default
    for flow in node.outgoing:
        if flow is not default and (flow.condition is None or holds(flow.condition, scope)):
            return (flow,)
    return _default_flow(node)


def all_true_flows(node: Node, scope: Scope) -> Sequence[Flow]:
    """Chooses the flows of an inclusive gateway (BPMN 2.0.2, 10.6.3): all whose condition is true or absent; where
    none is, the default flow.

    Raises:
        StepFailure: No condition is true and there is no default flow.
    """
    default = node.default
    chosen = [
        flow
        for flow in node.outgoing
        if flow is not default and (flow.condition is None or holds(flow.condition, scope))
    ]
    return chosen or _default_flow(node)


def conditional_flows(node: Node, scope: Scope) -> Sequence[Flow]:
    """Chooses the flows by which a token leaves an activity (BPMN 2.0.2, 13.3.1): all without a condition, all whose
    condition is true, and the default flow where no condition is true.

    Raises:
        StepFailure: There is no flow to leave by although the activity has some.
    """
    default = node.default
    chosen: list[Flow] = []
    condition_true = False
    for flow in node.outgoing:
        if flow is default:
            continue
        if flow.condition is None:
            chosen.append(flow)
        elif holds(flow.condition, scope):
            chosen.append(flow)
            condition_true = True
    if default is not None and not condition_true:
        chosen.append(default)
    if not chosen:
        return _default_flow(node)
    return chosen


def _default_flow(node: Node) -> Sequence[Flow]:
    if node.default is not None:
        return (node.default,)
    raise StepFailure(
        "NO_SEQUENCE_FLOW_TRUE",
        f"no condition of {node.type} {node.id!r} is true and it has no default flow",
    )
