"""How what is thrown inside of a scope finds the event that catches it (BPMN 2.0.2, 13.5.4).

Rule of this file: the search goes from the thrower outwards, over the borders of called processes too, and ends at the
first level where an event fits: the boundary events of an activity, then the event sub-processes of the scope around
it. Of several that fit on one level the best one wins.

An event sub-process does not catch what is thrown inside of itself. While one that interrupts runs, it is all that is
left of its scope: the other event sub-processes of that scope listen no more. A scope that has completed and is being
undone catches nothing, nor do the boundary events on it: events listen while what they belong to is active (10.5.4), so
that what a handler throws goes on outwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from bpmgrpc import values
from bpmgrpc.engine.event_definitions.multiple import parts_of
from bpmgrpc.engine.state import ROOT_SCOPE

if TYPE_CHECKING:
    from bpmgrpc.engine.event_definitions.base import CatchPlan
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow


class Catch(NamedTuple):
    """An event that catches: a boundary event of the activity ``host``, or a start event of an event sub-process."""

    event: Node
    scope: int  # that the activity, or the event sub-process, is in
    host: ElementRow | None


def find(run: Execution, scope: int, host: ElementRow | None, fits: Callable[[Node], int]) -> Catch | None:
    """Finds the event that catches.

    Args:
        run: The run.
        scope: The scope that the thrower is in.
        host: The throwing activity where its own boundary events may catch; None for an event.
        fits: How well an event fits; 0: not at all.

    Raises:
        Need: Rows of the scopes around are not at hand.
    """
    while True:
        came_from = None
        if host is not None:
            came_from = run.node_of(host)
            found = None if "again" in host.data else _best(came_from.boundaries, fits)
            if found is not None:
                return Catch(found, scope, host)
        if not (came_from is not None and came_from.interrupts_scope) and not _is_undone(run, scope):
            starts = [start for start in run.event_starts(scope) if came_from is None or start.scope_id != came_from.id]
            found = _best(starts, fits)
            if found is not None:
                return Catch(found, scope, None)
        if scope == ROOT_SCOPE:
            return None
        host = run.ledger.element(scope)
        scope = host.scope


def _is_undone(run: Execution, scope: int) -> bool:
    return scope != ROOT_SCOPE and "again" in run.ledger.element(scope).data


def _best(events: Iterable[Node], fits: Callable[[Node], int]) -> Node | None:
    best = max(events, key=fits, default=None)
    return best if best is not None and fits(best) else None


def catch(run: Execution, found: Catch, thrower: ElementRow | None, variables: dict[str, str]) -> None:
    """Lets an event that was found catch.

    Args:
        run: The run.
        found: The event.
        thrower: The throwing event; None: an activity.
        variables: What the event brings along, as JSON texts.
    """
    program = run.program_of(found.scope)
    if thrower is not None and found.host is None and found.event.interrupts and found.scope == thrower.scope:
        run.ledger.put_element(thrower)  # it is canceled with everything else in its scope
    seq = found.scope if found.host is None else found.host.seq
    found.event.element.occurred(run, program, found.event, seq, variables)


def fitting(event: Node, fits: Callable[[CatchPlan], int]) -> Any:
    """Returns the plan of an event's definition that fits best."""
    return max(parts_of(event.plan), key=fits)


def named_values(*members: tuple[str, str]) -> dict[str, str]:
    """Returns texts as variables, JSON by name; those without a name are left out."""
    return {name: values.serialize(text) for name, text in members if name}
