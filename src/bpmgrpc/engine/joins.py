"""Joins: tokens that wait for others.

Rule of this file: the tokens that wait at a join are one row for each (scope, gateway), with their number at each
incoming flow, so that a join costs the same however many tokens wait elsewhere.

The inclusive join (BPMN 2.0.2, 13.4.3): an inclusive gateway fires when a token waits at one of its incoming flows at
least and no token elsewhere can still reach a flow at which none waits. In the standard's words: for every directed
path that starts at a token, ends at an incoming flow of the gateway that has no token and does not visit the gateway,
there is also a directed path from that token to an incoming flow that has one, not visiting the gateway.

A complex gateway that was activated waits for late tokens by the same rule (13.4.5); the flows that it took a token
from then count as flows that have one.

This is asked when nothing else moves, and only where tokens wait at such a gateway.

Where such gateways stand in a circle each may wait for a token that waits at another one. The standard's rule resolves
the circles that look to one of them only; of the others nobody can say which should go first (H. Völzer, "A new
semantics for the inclusive converging gateway in safe processes", 2010), so that they would wait for ever. That is an
incident at the gateway whose tokens have waited longest. It names all of them; resolving it lets that one go on with
the tokens that it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.state import ElementRow, ElementState, copy_row
from bpmgrpc.engine.steps import Enter

if TYPE_CHECKING:
    from collections.abc import Collection

    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, Program


_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def fire_inclusive_joins(run: Execution) -> bool:
    """Fires one inclusive join that can fire, or resets a complex gateway.

    Returns:
        Whether one fired, so that there is something on the agenda again.

    Raises:
        Need: Rows of a scope in which tokens wait at an inclusive join are not at hand.
    """
    for row in run.ledger.waiting_joins():
        program = run.program_of(row.scope)
        node = program.nodes[row.element_id]
        if node.element.joins_when_nothing_moves(row) and _can_fire(run, program, node, row):
            node.element.join(run, program, node, row)
            return True
    return False


def report_circle(run: Execution) -> None:
    """Opens an incident where joins wait for each other, and for nothing else that could still come.

    Raises:
        Need: Rows of a scope in which tokens wait at several inclusive joins are not at hand.
    """
    waiting: dict[int, list[ElementRow]] = {}
    for row in run.ledger.waiting_joins():
        if run.node_of(row).element.joins_when_nothing_moves(row):
            waiting.setdefault(row.scope, []).append(row)
    for scope, rows in waiting.items():
        if len(rows) > 1:
            stuck = _stuck(run, scope, rows)
            if len(stuck) > 1:
                names = " and ".join(repr(row.element_id) for row in stuck)
                message = (
                    f"the gateways {names} wait for each other's tokens for ever (BPMN 2.0.2, 13.4.3); resolving the "
                    f"incident lets {stuck[0].element_id!r} go on with the tokens that it has"
                )
                run.raise_incident(stuck[0], "join", "JOINS_WAIT_FOR_EACH_OTHER", message)


def _stuck(run: Execution, scope: int, rows: list[ElementRow]) -> list[ElementRow]:
    """Those of the waiting joins of a scope that nothing can still reach but the tokens at each other."""
    program = run.program_of(scope)
    present = [row for row in run.ledger.children(scope) if row.state is not ElementState.DONE]
    upstream = {}
    for row in rows:
        node = program.nodes[row.element_id]
        arrived = {*row.data["tokens"], *row.data.get("consumed", ())}
        missing = [flow for flow in node.incoming if flow not in arrived]
        upstream[row.seq] = _upstream(program, node, missing) | {node.id}
    while True:
        others = {row.element_id for row in present if row.seq not in upstream}
        awaited = [row for row in rows if not others.isdisjoint(upstream[row.seq])]
        if not awaited:
            return rows
        rows = [row for row in rows if row not in awaited]
        for row in awaited:
            del upstream[row.seq]


def go_on(run: Execution, program: Program, node: Node, row: ElementRow) -> None:
    """Lets a join go on with the tokens that it has, those included that came after it was given up."""
    later = run.ledger.join_row(row.scope, node.id)
    tokens: dict[str, int] = dict(row.data["tokens"])
    if later is not None:
        run.ledger.delete_element(later)
        for flow, count in later.data["tokens"].items():
            tokens[flow] = tokens.get(flow, 0) + count
    node.element.join(run, program, node, copy_row(row, state=ElementState.JOIN, data={**row.data, "tokens": tokens}))


def consume(run: Execution, program: Program, node: Node, row: ElementRow) -> None:
    """Takes one token from each incoming flow at which one waits and enters the gateway with one token."""
    tokens = row.data["tokens"]
    left = {flow: count - 1 for flow, count in tokens.items() if count > 1}
    _enter(run, program, node, row, left, len(tokens))


def collect(run: Execution, program: Program, node: Node, scope: int, flow: str | None) -> None:
    """Keeps a token until as many have arrived, by whichever flows, as the activity's startQuantity says (BPMN 2.0.2,
    10.3); then enters the activity with one.
    """
    row = keep_token(run, node, scope, flow or "")
    tokens: dict[str, int] = dict(row.data["tokens"])
    if sum(tokens.values()) < node.start_quantity:
        return
    wanted = node.start_quantity
    for key, count in list(tokens.items()):
        taken = min(count, wanted)
        wanted -= taken
        tokens[key] = count - taken
    _enter(run, program, node, row, {key: count for key, count in tokens.items() if count}, node.start_quantity)


def activate(run: Execution, program: Program, node: Node, row: ElementRow) -> ElementRow | None:
    """Takes one token from each incoming flow of a complex gateway at which one waits, and enters it. Until it resets
    it remembers which flows these were; where they are all there are it need not.

    Returns:
        The tokens that wait for the next time; None where there are none.
    """
    tokens = row.data["tokens"]
    left = {flow: count - 1 for flow, count in tokens.items() if count > 1}
    consumed = {} if len(tokens) == len(node.incoming) else {"consumed": list(tokens)}
    return _enter(run, program, node, row, left, len(tokens), keep=consumed)


def reset(run: Execution, program: Program, node: Node, row: ElementRow) -> None:
    """Ends the wait of a complex gateway (BPMN 2.0.2, 13.4.5): takes one token from each incoming flow that it had none
    from when it was activated.
    """
    tokens, consumed = row.data["tokens"], row.data["consumed"]
    late = [flow for flow in tokens if flow not in consumed]
    left = {flow: count - 1 if flow in late else count for flow, count in tokens.items()}
    left = {flow: count for flow, count in left.items() if count}
    if late or left:
        _enter(run, program, node, row, left, len(late), data={"reset": len(late)})
    else:
        run.ledger.delete_element(row)


def forget_activations(run: Execution, scope: int) -> None:
    """Resets the complex gateways of a scope that is done: nothing can arrive there any more."""
    if run.program_of(scope).has_complex_gateways:
        for row in run.ledger.waiting_joins():
            if row.scope == scope:
                run.ledger.delete_element(row)


def _enter(
    run: Execution,
    program: Program,
    node: Node,
    row: ElementRow,
    left: dict[str, int],
    taken: int,
    *,
    keep: Mapping[str, Any] = _NOTHING,
    data: Mapping[str, Any] = _NOTHING,
) -> ElementRow | None:
    """Enters a node with one token in place of those that were taken from where they waited.

    Args:
        run: The run.
        program: The program that the node is in.
        node: The node.
        row: The tokens that waited.
        left: How many wait on, by flow.
        taken: How many were taken.
        keep: What else is kept where they wait.
        data: What the element instance is given.

    Returns:
        The tokens that wait on; None where there is nothing to keep.
    """
    ledger = run.ledger
    waiting = copy_row(row, data={"tokens": left, **keep}) if left or keep else None
    if waiting is not None:
        ledger.put_element(waiting)
    else:
        ledger.delete_element(row)
    instance = ElementRow(ledger.next_seq(), row.scope, node.id, create_us=run.now_us, data=dict(data))
    ledger.put_element(instance)
    run.agenda.append(Enter(program, node, instance.seq))
    if taken != 1:
        run.add_tokens(row.scope, 1 - taken)
    return waiting


def keep_token(run: Execution, node: Node, scope: int, flow: str) -> ElementRow:
    """Keeps a token that arrived at a join.

    Returns:
        The tokens that wait there now.
    """
    ledger = run.ledger
    row = ledger.join_row(scope, node.id)
    if row is None:
        row = ElementRow(
            ledger.next_seq(), scope, node.id, ElementState.JOIN, create_us=run.now_us, data={"tokens": {flow: 1}}
        )
    else:
        tokens = row.data["tokens"]
        row = copy_row(row, data={**row.data, "tokens": {**tokens, flow: tokens.get(flow, 0) + 1}})
    ledger.put_element(row)
    run.event(EventType.TOKEN_ARRIVED, node.id, row.seq, {"flow": flow})
    return row


def _can_fire(run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
    waiting = {*row.data["tokens"], *row.data.get("consumed", ())}
    if len(waiting) == len(node.incoming):
        return True
    to_waiting = _upstream(program, node, [flow for flow in node.incoming if flow in waiting])
    to_empty = _upstream(program, node, [flow for flow in node.incoming if flow not in waiting])
    blocking = to_empty - to_waiting
    # A token at the gateway itself would have to visit it, so it blocks nothing; unless it is still on its way to it.
    return not any(
        other.element_id in blocking or _is_on_its_way(node, other, waiting)
        for other in run.ledger.children(row.scope)
        if other.seq != row.seq and other.state is not ElementState.DONE
    )


def _is_on_its_way(node: Node, row: ElementRow, waiting: Collection[str]) -> bool:
    """Whether a token that was parked, or stopped, just before it reached a gateway will come by an empty flow."""
    return row.element_id == node.id and row.data.get("op") == "arrive" and row.flow not in waiting


def _upstream(program: Program, gateway: Node, flows: list[str]) -> frozenset[str]:
    """The flow nodes from which a path leads to one of the flows without visiting the gateway."""
    graph = program.graph
    found: set[str] = set()
    agenda = [graph.flows[flow].source_id for flow in flows]
    while agenda:
        key = agenda.pop()
        if key in found or key == gateway.id:
            continue
        found.add(key)
        source = graph.nodes[key]
        agenda.extend(graph.flows[flow].source_id for flow in source.incoming)
        agenda.extend(program.link_sources.get(key, ()))
        if source.attached_to is not None:
            agenda.append(source.attached_to)  # the activity's token may leave by its boundary event
    return frozenset(found)
