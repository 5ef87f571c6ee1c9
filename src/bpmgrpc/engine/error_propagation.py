"""How a thrown error finds the event that catches it (BPMN 2.0.2, 13.5.4).

Rule of this file: which event catches is found as for everything that is thrown (``catching``); it takes what the error
brings along, and always interrupts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bpmgrpc.engine import catching
from bpmgrpc.engine.events import EventType

if TYPE_CHECKING:
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.state import ElementRow


@dataclass(frozen=True, slots=True)
class ThrownError:
    """An error on its way: its code, a message for people, and variables (JSON texts) that it brings along."""

    code: str
    message: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


def throw_error(
    run: Execution,
    error: ThrownError,
    element_id: str,
    seq: int,
    scope: int,
    host: ElementRow | None = None,
    *,
    thrower: ElementRow | None = None,
) -> bool:
    """Throws an error.

    Args:
        run: The run.
        error: The error.
        element_id: The element that throws, for the history.
        seq: Its element instance, for the history.
        scope: The scope that the element is in.
        host: The throwing activity where its own boundary events may catch the error; None for an end event.
        thrower: The throwing event, where one throws.

    Returns:
        Whether an event caught it. Where none did nothing has changed.

    Raises:
        Need: Rows of what is to be canceled are not at hand.
    """
    found = catching.find(run, scope, host, lambda event: event.element.catches_error(event, error.code))
    if found is None:
        return False
    run.event(EventType.ERROR_THROWN, element_id, seq, {"code": error.code, "caught_by": found.event.id})
    plan = catching.fitting(found.event, lambda plan: plan.catches_error(error.code))
    told = catching.named_values((plan.code_variable, error.code), (plan.message_variable, error.message))
    catching.catch(run, found, thrower, {**error.variables, **told})
    return True
