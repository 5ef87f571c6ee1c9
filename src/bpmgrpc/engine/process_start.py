"""Where and how an event starts an instance of a process (BPMN 2.0.2, 10.5.2 and 13.2).

Rule of this file: what starts a process is worked out when it is deployed (``event_starts``); an instance that an event
starts begins behind that event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bpmgrpc.engine.elements.event_based_gateway import is_parallel
from bpmgrpc.engine.event_definitions.conditional import ConditionalPlan
from bpmgrpc.engine.event_definitions.message import MessageCatchPlan
from bpmgrpc.engine.event_definitions.multiple import parts_of
from bpmgrpc.engine.event_definitions.signal import SignalCatchPlan
from bpmgrpc.engine.event_definitions.timer import NOTHING
from bpmgrpc.engine.plan_values import as_text
from bpmgrpc.engine.state import ROOT_SCOPE, SubscriptionKind
from bpmgrpc.engine.steps import Arrive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, Program


class EventStart(NamedTuple):
    """A message or signal that starts instances of a process."""

    element_id: str
    kind: SubscriptionKind
    name: str


def event_starts(program: Program) -> list[EventStart]:
    """Returns the messages and signals that start instances of a process."""
    found = []
    for node in program.process_starts:
        for plan in parts_of(node.plan):
            if isinstance(plan, MessageCatchPlan):
                name = as_text(plan.name.evaluate(NOTHING), "message name")
                found.append(EventStart(node.id, SubscriptionKind.MESSAGE, name))
            elif isinstance(plan, SignalCatchPlan):
                name = as_text(plan.name.evaluate(NOTHING), "signal name")
                found.append(EventStart(node.id, SubscriptionKind.SIGNAL, name))
    return found


def conditional_starts(run: Execution, program: Program) -> tuple[Node, ...]:
    """Returns the conditional start events whose condition is true for the variables that a call starts with."""
    return tuple(
        node
        for node in program.process_starts
        if any(isinstance(plan, ConditionalPlan) and plan.is_true(run, ROOT_SCOPE) for plan in parts_of(node.plan))
    )


def begin_at(run: Execution, program: Program, node: Node, variables: Mapping[str, str]) -> None:
    """Begins an instance behind the event that started it.

    Where the event stands behind a parallel event-based gateway the instance waits for the other events there too.
    """
    gateway = next((one for one in program.instantiating_gateways if any(f.target is node for f in one.outgoing)), None)
    others: tuple[Node, ...] = ()
    if gateway is not None and is_parallel(gateway):
        others = tuple(flow.target for flow in gateway.outgoing if flow.target is not node)
    run.start_scope(program, (), ROOT_SCOPE)
    run.add_tokens(ROOT_SCOPE, 1 + len(others))
    run.pass_event(program, node, ROOT_SCOPE, variables)
    for other in others:
        run.agenda.append(Arrive(program, other, ROOT_SCOPE, None))
