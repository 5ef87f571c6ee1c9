"""What happens when an event that waited occurs: by its timer, its subscription, or a throw inside of its scope.

Rule of this file: a timer or subscription row says on what the event hangs (``Place``); whoever served it hands it in
here, and what the event does is its element's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.engine import cancellation, correlation
from bpmgrpc.engine.event_definitions.multiple import MultipleCatchPlan
from bpmgrpc.engine.event_definitions.timer import next_timer
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.place import Place
from bpmgrpc.engine.state import ROOT_SCOPE, ElementRow, SubscriptionKind, TimerRow, copy_row
from bpmgrpc.engine.steps import Enter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import SubscriptionRow


def occur(run: Execution, row: TimerRow | SubscriptionRow, variables: Mapping[str, str]) -> None:
    """Lets the event occur that a timer or subscription belongs to.

    Args:
        run: The run.
        row: The timer that fired, or the subscription that got what it waits for.
        variables: What it brings along, as JSON texts.
    """
    ledger = run.ledger
    seq = row.element_seq
    scope = seq if row.inside else ledger.element(seq).scope
    program = run.program_of(scope)
    node = program.nodes[row.element_id]
    node = node.inner or node  # a receive task that loops: each of its instances waits
    plan = node.plan
    parallel = isinstance(plan, MultipleCatchPlan) and plan.parallel
    if isinstance(row, TimerRow):
        run.event(EventType.TIMER_FIRED, node.id, seq, {"timer": row.seq})
        ledger.delete_timer(row.seq)
        following = None if parallel else next_timer(run, row)  # in parallel it is one of several, which occurs once
        if following is not None:
            ledger.new_timer(following)
    else:
        run.event(EventType.EVENT_RECEIVED, node.id, seq, {"kind": row.kind.value, "name": row.name})
        if node.interrupts:
            ledger.delete_subscription(row.seq)
        if row.kind is SubscriptionKind.MESSAGE:
            correlation.take_from(run, node, scope, variables, row.part)
    if parallel:
        if not _all_occurred(run, row):
            run.variables.merge(scope, variables.items())
            return
        if not node.interrupts:
            plan.listen(run, node, Place(seq, scope, row.inside))
    node.element.occurred(run, program, node, seq, variables)


def _all_occurred(run: Execution, row: TimerRow | SubscriptionRow) -> bool:
    """Whether this was the last of the definitions that an event waits for; it waits for this one no more."""
    left = False
    for one in run.ledger.subscriptions():
        if (one.element_seq, one.inside, one.element_id) == (row.element_seq, row.inside, row.element_id):
            if one.part == row.part:
                run.ledger.delete_subscription(one.seq)
            else:
                left = True
    return not left


def start_event_sub_process(
    run: Execution, program: Program, start: Node, scope: int, variables: Mapping[str, str]
) -> None:
    """Starts an event sub-process (BPMN 2.0.2, 10.3.5 and 13.5.4).

    Args:
        run: The run.
        program: The program that it is in.
        start: Its start event.
        scope: The scope that it stands in; one that interrupts cancels everything else in it.
        variables: What the event brings along, as JSON texts.
    """
    node = program.nodes[start.scope_id]
    if start.interrupts:
        interrupt(run, scope)
    run.add_tokens(scope, 1)
    row = ElementRow(run.ledger.next_seq(), scope, node.id, create_us=run.now_us)
    run.ledger.put_element(row)
    if start.outputs:  # they choose from what the event brought
        for name, text in variables.items():
            run.variables.put(row.seq, name, text)
    else:
        run.variables.merge(scope, variables.items())
    run.agenda.append(Enter(program, node, row.seq))


def interrupt(run: Execution, scope: int, *, keep: int = -1) -> None:
    """Cancels everything in a scope but the element instance ``keep``. The scope lives on without a token; nothing
    inside of it listens any more. What was completed in it can still be compensated.
    """
    cancellation.cancel_children(run, scope, keep=keep, keep_done=True)
    run.drop_arrivals(scope)
    run.ledger.delete_timers_inside(scope)
    run.ledger.delete_subscriptions_inside(scope)
    if scope == ROOT_SCOPE:
        run.root.active = 0
    else:
        run.ledger.put_element(copy_row(run.ledger.element(scope), active=0))


def payload(run: Execution, node: Node, row: ElementRow) -> dict[str, str]:
    """Returns what an event or task sends along: what its input mappings made, as JSON texts by name."""
    sent = {mapping.path[0] for mapping in node.inputs}  # an instance of a loop has more of its own
    if not sent:
        return {}
    return {name: run.variables.own_text(row.seq, name) for name in run.variables.own_names(row.seq) if name in sent}
