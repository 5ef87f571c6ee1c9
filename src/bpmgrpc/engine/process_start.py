"""Where and how an event starts an instance of a process (BPMN 2.0.2, 10.5.2 and 13.2).

Rule of this file: what starts a process is worked out when it is deployed (``event_starts``); an instance that an event
starts begins behind that event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bpmgrpc.engine import correlation
from bpmgrpc.engine.elements.event_based_gateway import is_parallel
from bpmgrpc.engine.event_definitions.conditional import ConditionalPlan
from bpmgrpc.engine.event_definitions.message import MessageCatchPlan
from bpmgrpc.engine.event_definitions.multiple import MultipleCatchPlan, parts_of
from bpmgrpc.engine.event_definitions.signal import SignalCatchPlan
from bpmgrpc.engine.event_definitions.timer import NOTHING
from bpmgrpc.engine.plan_values import as_text
from bpmgrpc.engine.state import ROOT_SCOPE, SubscriptionKind
from bpmgrpc.engine.steps import Arrive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.engine.event_definitions.base import CatchPlan
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, Program


class EventStart(NamedTuple):
    """A message or signal that starts instances of a process."""

    element_id: str
    kind: SubscriptionKind
    name: str
    part: int = 0  # which of the event's definitions it is
    gateway_id: str = ""  # the parallel event-based gateway that the event stands behind


def event_starts(program: Program) -> list[EventStart]:
    """Returns the messages and signals that start instances of a process."""
    found = []
    for node in program.process_starts:
        gateway = parallel_gateway_before(program, node)
        for part, plan in enumerate(parts_of(node.plan)):
            name = name_of(plan)
            if name is not None:
                found.append(EventStart(node.id, *name, part, gateway.id if gateway is not None else ""))
    return found


def name_of(plan: CatchPlan) -> tuple[SubscriptionKind, str] | None:
    """Returns the message or signal that a definition of a start event waits for; None where it is neither."""
    if isinstance(plan, MessageCatchPlan):
        return SubscriptionKind.MESSAGE, as_text(plan.name.evaluate(NOTHING), "message name")
    if isinstance(plan, SignalCatchPlan):
        return SubscriptionKind.SIGNAL, as_text(plan.name.evaluate(NOTHING), "signal name")
    return None


def parallel_gateway_before(program: Program, node: Node) -> Node | None:
    """Returns the parallel event-based gateway that instantiates and that an event stands behind; None: none does."""
    for gateway in program.instantiating_gateways:
        if is_parallel(gateway) and any(flow.target is node for flow in gateway.outgoing):
            return gateway
    return None


def conditional_starts(run: Execution, program: Program) -> tuple[Node, ...]:
    """Returns the conditional start events whose condition is true for the variables that a call starts with; where one
    waits for several events at once a call starts it if all of them are conditions.
    """
    return tuple(node for node in program.process_starts if _is_true(run, node.plan))


def _is_true(run: Execution, plan: CatchPlan) -> bool:
    found = (isinstance(part, ConditionalPlan) and part.is_true(run, ROOT_SCOPE) for part in parts_of(plan))
    return all(found) if isinstance(plan, MultipleCatchPlan) and plan.parallel else any(found)


def begin_at(run: Execution, program: Program, node: Node, variables: Mapping[str, str]) -> None:
    """Begins an instance behind the event that started it.

    Where the event stands behind a parallel event-based gateway the instance waits for the other events there too.
    """
    gateway = parallel_gateway_before(program, node)
    others: tuple[Node, ...] = ()
    if gateway is not None:
        others = tuple(flow.target for flow in gateway.outgoing if flow.target is not node)
    run.start_scope(program, (), ROOT_SCOPE)
    run.add_tokens(ROOT_SCOPE, 1 + len(others))
    run.pass_event(program, node, ROOT_SCOPE, variables)
    correlation.take_from(run, node, ROOT_SCOPE, variables)
    for other in others:
        run.agenda.append(Arrive(program, other, ROOT_SCOPE, None))
