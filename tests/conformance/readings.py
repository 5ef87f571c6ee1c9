"""How we read the standard where others doubt what the betsy suite expects of a process.

Rule of this file: one sentence and the clause for each process that the suite's readers mark as suspect, and the traces
that follow from it. A run of such a process is reported apart: it passes by the suite or by our reading, and fails
where it gives neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["READINGS", "Reading"]


@dataclass(frozen=True)
class Reading:
    """What a process does by the standard as we read it.

    Attributes:
        sentence: Why, with the clause of BPMN 2.0.2.
        traces: The multisets of labels that follow.
    """

    sentence: str
    traces: tuple[tuple[str, ...], ...]


def _tasks(*numbers: int) -> tuple[str, ...]:
    return tuple(f"SCRIPT_task{number}" for number in numbers)


_INTERRUPTS = Reading(
    "cancelActivity is true where it is not written (10.5.4, table 10.91): the first event that the multi-instance "
    "throws cancels what is left of it, and the flow of the boundary event is taken once.",
    (_tasks(1, 3),),
)
_RACE = (
    "A signal reaches who waits when it is thrown (10.5.1, 10.5.7), and the standard does not say which of two "
    "parallel branches moves first: "
)
_AD_HOC = Reading(
    "Every activity without incoming flow is run once (10.3.5, 13.3.5), so the labels are those that the model holds: "
    "SCRIPT_task1 stands in it twice and SCRIPT_task3 not at all.",
    (_tasks(1, 1, 2),),
)

READINGS: Mapping[str, Reading] = {
    "MultiInstance_NoneBehavior": _INTERRUPTS,
    "MultiInstance_OneBehavior": _INTERRUPTS,
    "MultiInstance_ComplexBehavior": _INTERRUPTS,
    "WCP09_Structured_Discriminator_MultiInstance": _INTERRUPTS,
    "WCP12_MultipleInstancesWithoutSynchronization": _INTERRUPTS,
    "AdHocSubProcess_Sequential": _AD_HOC,
    "AdHocSubProcess_Parallel": _AD_HOC,
    "ComplexGateway": Reading(
        "A gateway that resets asks the conditions of its outgoing flows again (13.4.5); a flow without condition is "
        "taken when it activates and not when it resets, since nothing in the model tells the two apart and a modeller "
        "draws one flow for one token.",
        (),
    ),
    "WCP09_Structured_Discriminator_ComplexGateway": Reading(
        "As for ComplexGateway: one token goes out when the gateway activates, none when it resets (13.4.5).",
        (),
    ),
    "Conditional_StartEvent_EventSubProcess_NonInterrupting": Reading(
        'The condition ends with a stray ">", which is an expression in no language (8.4.6): the file is refused.',
        (("ERROR_deployment",),),
    ),
    "Timer_IntermediateTimeCycleEvent": Reading(
        "An intermediate event that has been triggered consumes its token and is over (13.5.2): of a cycle only the "
        "first time counts.",
        (_tasks(1),),
    ),
    "Multiple_Parallel_IntermediateEvent": Reading(
        f"{_RACE}a signal thrown before the catch event waits is lost.", ((),)
    ),
    "Multiple_IntermediateEvent_ThrowFirstEventDefinition": Reading(
        f"{_RACE}a signal thrown before the catch event waits is lost.", ((),)
    ),
    "Multiple_IntermediateEvent_ThrowLastEventDefinition": Reading(
        f"{_RACE}a signal thrown before the catch event waits is lost.", ((),)
    ),
    "Multiple_IntermediateThrowEvent": Reading(
        f"{_RACE}each of the two signals is caught or lost.", (_tasks(1), _tasks(2), ())
    ),
}
