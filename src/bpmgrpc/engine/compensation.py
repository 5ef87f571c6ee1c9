"""Compensation (BPMN 2.0.2, 10.7 and 13.5.5): undoing what has been completed.

Rule of this file: an activity that can be compensated leaves a row in state DONE where it ran, when it completes; a
sub-process its own row, with its variables as they were at its end and the rows of what can be compensated inside.
Nothing else is kept, nothing of it is loaded until something is to be compensated, and it goes with the scope around.

Who throws compensation works through its list (``data["undo"]``), the last completed first, one after another: the
standard asks for the reverse order of the forward execution and lets an engine choose where that was parallel. Each
is undone once: by the handler that its boundary event leads to; a sub-process by its compensation event sub-process,
or where it has none by undoing what is inside, which is the default compensation. The handler of a loop or multi-
instance runs once for each instance that has completed, the last one first (13.5.5 asks for that order; where they ran
in parallel an engine may choose), and sees the variables that the instance had, such as its item. A called process that
is complete is not undone from outside: its caller has a handler or nothing. A scope that was terminated has nothing
left to undo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.bpmn.rules import is_event_sub_process
from bpmgrpc.engine import cancellation, listening
from bpmgrpc.engine.state import ROOT_SCOPE, ElementRow, ElementState, copy_row
from bpmgrpc.engine.steps import Arrive, Compensate, Enter, ScopeDone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, Program


def keep(run: Execution, node: Node, row: ElementRow) -> bool:
    """Keeps what it takes to undo an activity that completes.

    Returns:
        Whether the activity's own row stays.
    """
    ledger = run.ledger
    number = ledger.next_seq()
    handled = node.compensation_handler is not None and node.inner is None  # of a loop its instances are
    if handled and "loop" in row.data:
        done = _kept_instance(run, node, row, number)
    elif handled:
        done = ElementRow(number, row.scope, node.id, ElementState.DONE, create_us=run.now_us, data={"order": number})
    elif "kept" in row.data or node.compensation_start is not None:
        done = copy_row(row, state=ElementState.DONE, flow=None, active=0, data={**row.data, "order": number})
    else:
        return False  # nothing inside of it is to be undone
    ledger.put_element(done)
    if row.scope != ROOT_SCOPE:
        around = ledger.element(row.scope)
        if "kept" not in around.data:
            ledger.put_element(copy_row(around, data={**around.data, "kept": True}))
    return done.seq == row.seq


def _kept_instance(run: Execution, node: Node, row: ElementRow, number: int) -> ElementRow:
    """Returns what is kept of an instance of a loop: its variables; of a called process those of the instance only."""
    data = {"loop": row.data["loop"], "local": True, "order": number}
    if "kept" in row.data:
        forget(run, row.seq)  # it has a handler of its own
    if "definition" not in row.data:
        return copy_row(row, state=ElementState.DONE, flow=None, active=0, data=data)
    done = ElementRow(number, row.scope, node.id, ElementState.DONE, create_us=run.now_us, data=data)
    run.ledger.new_scope(done)
    assert node.body is not None  # noqa: S101 - an instance of a loop has a loop around it
    for name in run.variables.own_names(row.seq):
        if name in node.body.plan.own_names:
            run.ledger.put_variable(done.seq, name, run.variables.own_text(row.seq, name))
    return done


def completed(run: Execution, scope: int, activity: str = "") -> list[ElementRow]:
    """Returns what can be undone in a scope, or of one activity in it, the last completed first.

    Raises:
        Need: The rows of the scope are not at hand.
    """
    found = [
        row for row in run.ledger.children(scope) if row.state is ElementState.DONE and activity in ("", row.element_id)
    ]
    found.sort(key=lambda row: row.data["order"], reverse=True)
    return found


def scope_of(run: Execution, scope: int, activity: str) -> int:
    """Returns the scope that a throwing event means (BPMN 2.0.2, 10.5.6).

    It is the one that the event stands in; from inside of an event sub-process, the one around that; where an activity
    is named that is elsewhere, the nearest one outwards that holds it.
    """
    program = run.program_of(scope)
    target = program.nodes.get(activity)
    while scope != ROOT_SCOPE:
        row = run.ledger.element(scope)
        if "definition" in row.data:
            break  # the border of the process
        node = run.node_of(row)
        if not is_event_sub_process(node.source) and (target is None or target.scope_id == node.id):
            break
        scope = row.scope
    return scope


def begin(run: Execution, node: Node, row: ElementRow, found: Sequence[ElementRow], **data: bool) -> None:
    """Begins to undo; the throwing event's element instance lives until all is done.

    Args:
        run: The run.
        node: The throwing event.
        row: Its element instance.
        found: What to undo, in order.
        data: What else to remember: ``cancels`` the transaction afterwards, or has ``left`` already.
    """
    run.ledger.put_element(copy_row(row, data={**row.data, **data, "undo": [done.seq for done in found]}))
    run.agenda.append(Compensate(run.program_of(row.scope), node, row.seq))


def leave_before(run: Execution, node: Node, scope: int) -> None:
    """Lets the token of an event that does not wait for the compensation go on."""
    program = run.program_of(scope)
    flows = node.element.flows(run, node, scope)
    for flow in flows:
        run.agenda.append(Arrive(program, flow.target, scope, flow.id))
    if flows:
        run.add_tokens(scope, len(flows))


def undo_next(run: Execution, row: ElementRow) -> bool:
    """Undoes the next one of a list.

    Returns:
        Whether there was one.
    """
    left = list(row.data["undo"])
    while left:
        # Somebody else may have undone it since, or be at it: each is undone once.
        done = run.ledger.find_element(left.pop(0))
        if done is not None and done.state is ElementState.DONE:
            run.ledger.put_element(copy_row(row, data={**row.data, "undo": left}))
            _undo(run, done, row.seq)
            return True
    return False


def _undo(run: Execution, done: ElementRow, thrower: int) -> None:
    program = run.program_of(done.scope)
    node = run.node_of(done)
    ledger = run.ledger
    run.add_tokens(done.scope, 1)
    # A loop that completed before its instances were kept has one handler for all of them.
    if node.compensation_handler is not None and (node.inner is None or "kept" not in done.data):
        if "loop" in done.data:
            data = {**done.data, "compensates": thrower, "again": True, "undo": []}
            ledger.put_element(copy_row(done, state=ElementState.ACTIVE, data=data))
            run.add_tokens(done.seq, 1)
            _begin_handler(run, program, node.compensation_handler, done.seq, done.seq)
        else:
            ledger.delete_element(done)
            _begin_handler(run, program, node.compensation_handler, done.scope, thrower)
        return
    data = {key: value for key, value in done.data.items() if key != "order"}
    data |= {"compensates": thrower, "again": True}  # it has completed before, its output mappings are done
    if node.compensation_start is not None:
        ledger.put_element(copy_row(done, state=ElementState.ACTIVE, data=data))
        listening.start_event_sub_process(run, program, node.compensation_start, done.seq, {})
        return
    data["undo"] = [inner.seq for inner in completed(run, done.seq)]
    ledger.put_element(copy_row(done, state=ElementState.ACTIVE, data=data))
    run.agenda.append(Compensate(program, node, done.seq))


def _begin_handler(run: Execution, program: Program, handler: Node, scope: int, thrower: int) -> None:
    data = {"compensates": thrower, "op": Enter.operation}
    made = ElementRow(run.ledger.next_seq(), scope, handler.id, create_us=run.now_us, data=data)
    run.ledger.put_element(made)
    run.agenda.append(Enter(program, handler, made.seq))


def end(run: Execution, row: ElementRow) -> None:
    """Ends a list that is done: default compensation ends its scope, a canceled transaction is left."""
    if "cancels" in row.data:
        _leave_transaction(run, row.scope)
    else:
        data = {key: value for key, value in row.data.items() if key != "undo"}
        run.ledger.put_element(copy_row(row, data=data))
        run.agenda.append(ScopeDone(row.seq))


def _leave_transaction(run: Execution, scope: int) -> None:
    transaction = run.ledger.element(scope)
    node = run.node_of(transaction)
    if node.body is not None:  # one instance of a loop: what takes over takes over from all of them
        transaction, node = run.ledger.element(transaction.scope), node.body
    event = node.cancel_event
    if event is not None:
        event.element.occurred(run, run.program_of(transaction.scope), event, transaction.seq, {})
        return
    cancellation.cancel_element(run, transaction)
    run.add_tokens(transaction.scope, -1)


def forget(run: Execution, scope: int) -> None:
    """Takes away what was kept in a scope that is over.

    Raises:
        Need: The rows of the scope are not at hand.
    """
    for row in completed(run, scope):
        cancellation.cancel_element(run, row)
