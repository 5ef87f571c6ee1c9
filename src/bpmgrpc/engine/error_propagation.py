"""How a thrown error finds the event that catches it (BPMN 2.0.2, 13.5.4).

Rule of this file: the search goes from the element that threw outwards, over the borders of called processes too,
and the first activity that has a fitting boundary event is interrupted. Of several that fit on one activity the one
that names the code wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bpmgrpc import values
from bpmgrpc.engine import cancellation
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.state import ROOT_SCOPE
from bpmgrpc.engine.steps import Arrive

if TYPE_CHECKING:
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow


@dataclass(frozen=True, slots=True)
class ThrownError:
    """An error on its way: its code, a message for people, and variables (JSON texts) that it brings along."""

    code: str
    message: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


def throw_error(
    run: Execution, error: ThrownError, element_id: str, seq: int, scope: int, host: ElementRow | None = None
) -> bool:
    """Throws an error.

    Args:
        run: The run.
        error: The error.
        element_id: The element that throws, for the history.
        seq: Its element instance, for the history.
        scope: The scope that the element is in.
        host: The throwing activity where its own boundary events may catch the error; None for an end event.

    Returns:
        Whether an event caught it. Where none did nothing has changed.

    Raises:
        Need: Rows of what is to be canceled are not at hand.
    """
    while True:
        if host is not None:
            boundary = _catching(run.node_of(host), error.code)
            if boundary is not None:
                run.event(EventType.ERROR_THROWN, element_id, seq, {"code": error.code, "caught_by": boundary.id})
                _catch(run, error, host, boundary)
                return True
        if scope == ROOT_SCOPE:
            return False
        host = run.ledger.element(scope)
        scope = host.scope


def _catching(node: Node, code: str) -> Node | None:
    best = max(node.boundaries, key=lambda boundary: boundary.element.catches_error(boundary, code), default=None)
    if best is None or not best.element.catches_error(best, code):
        return None
    return best


def _catch(run: Execution, error: ThrownError, host: ElementRow, boundary: Node) -> None:
    program = run.program_of(host.scope)
    cancellation.cancel_element(run, host)
    variables = run.variables
    variables.merge(host.scope, error.variables.items())
    plan = boundary.plan
    for name, text in ((plan.code_variable, error.code), (plan.message_variable, error.message)):
        if name:
            variables.merge(host.scope, [(name, values.serialize(text))])
    run.agenda.append(Arrive(program, boundary, host.scope, None))
