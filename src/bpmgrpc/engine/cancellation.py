"""Cancellation: taking an element instance away with everything inside of it.

Rule of this file: what is canceled leaves no row behind (a user task's row stays, CANCELED), and its token is the
caller's to account for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.state import ElementState, InstanceState

if TYPE_CHECKING:
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.state import ElementRow


def cancel_element(run: Execution, row: ElementRow) -> None:
    """Cancels one element instance with everything inside of it.

    Raises:
        Need: Rows inside of it are not at hand.
    """
    # A loop, not recursion: processes may call each other deeper than a stack of calls here could follow.
    found = [row]
    for outer in found:
        is_scope = "definition" in outer.data or "again" in outer.data  # the latter: what undoes it is inside
        if outer.state is not ElementState.JOIN and (is_scope or run.node_of(outer).is_scope):
            found += run.ledger.children(outer.seq)
    for inner in reversed(found):
        _cancel(run, inner)


def cancel_children(run: Execution, scope: int, *, keep: int = -1, keep_done: bool = False) -> None:
    """Cancels everything that is active in a scope, but for the element instance ``keep``, and takes away what was
    completed in it, unless that may still have to be compensated (``keep_done``).

    Raises:
        Need: Rows inside of it are not at hand.
    """
    for row in run.ledger.children(scope):
        if row.seq != keep and not (keep_done and row.state is ElementState.DONE):
            cancel_element(run, row)


def _cancel(run: Execution, row: ElementRow) -> None:
    """Cancels an element instance that holds nothing any more."""
    ledger = run.ledger
    if row.state in (ElementState.JOIN, ElementState.DONE):
        ledger.delete_element(row)
        return
    node = run.node_of(row)
    run.close_incident(row)
    # Else it was never entered, and set nothing up; or it had completed, and was being undone.
    if row.data.get("op") not in ("arrive", "turn", "enter", "listen") and "again" not in row.data:
        node.element.cancel(run, run.program_of(row.scope), node, row)
    if "definition" in row.data:
        ledger.end_instance(row.seq, InstanceState.CANCELED, run.now_us)
    run.remove(node, row)
    run.event(EventType.ELEMENT_CANCELED, row.element_id, row.seq)
