"""The events that a multi-instance activity throws when its instances end (BPMN 2.0.2, table 10.30).

Rule of this file: ``behavior`` All throws nothing, None throws with every instance, One with the first, Complex with
each definition whose condition is true. A thrown event goes to the boundary events of the activity and no further:
one of the same type and reference catches it. Where None or One name no event, it is a signal without name, which any
signal boundary event catches. An interrupting boundary event cancels the whole activity (10.5.4), however many
instances are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bpmgrpc.bpmn.model import EventDefinition
from bpmgrpc.engine.conditions import holds

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import LoopCharacteristics
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow
    from bpmgrpc.engine.variables import Scope

# The attribute by which an event of a type finds the one that catches it.
_KEYS: Final[Mapping[str, str]] = {
    "errorEventDefinition": "errorCode",
    "escalationEventDefinition": "escalationCode",
    "messageEventDefinition": "messageName",
    "signalEventDefinition": "signalName",
}


@dataclass(frozen=True, slots=True)
class BehaviorEvent:
    """An event that the end of an instance throws: with the first only, and where its condition is true."""

    definition: EventDefinition
    condition: Expression | None = None
    only_first: bool = False


def compile_events(loop: LoopCharacteristics, compiler: NodeCompiler) -> tuple[BehaviorEvent, ...]:
    """Compiles what a multi-instance throws."""
    behavior = loop.attributes.get("behavior", "All").lower()
    found: list[BehaviorEvent] = []
    if behavior in ("none", "one"):
        definition = loop.behavior_events.get(behavior, EventDefinition("signalEventDefinition"))
        found.append(BehaviorEvent(definition, only_first=behavior == "one"))
    elif behavior == "complex":
        for key, definition in loop.behavior_events.items():
            if key.startswith("complex."):
                condition = compiler.expression(loop.texts.get(key), "condition of the complex behavior")
                found.append(BehaviorEvent(definition, condition))
    elif behavior != "all":
        compiler.refuse(f"behavior has to be None, One, All or Complex, not {behavior!r} (table 10.30)", loop.position)
    for event in found:
        if event.definition.type not in _KEYS:
            compiler.refuse(
                f"a multi-instance does not throw {event.definition.type} (BPMN 2.0.2, table 10.30)", loop.position
            )
    return tuple(found)


def choose(events: Sequence[BehaviorEvent], body: ElementRow, scope: Scope) -> list[EventDefinition]:
    """Chooses what the instance that has just ended throws."""
    return [
        event.definition
        for event in events
        if not (event.only_first and body.data["done"] > 1)
        and (event.condition is None or holds(event.condition, scope))
    ]


def throw(
    run: Execution, program: Program, node: Node, body: ElementRow, definitions: Sequence[EventDefinition]
) -> bool:
    """Throws events to the boundary events of an activity.

    Returns:
        Whether the activity goes on; not where an interrupting boundary event caught one.
    """
    for definition in definitions:
        for boundary in node.boundaries:
            if _catches(boundary, definition):
                boundary.element.occurred(run, program, boundary, body.seq, {})
                if boundary.interrupts:
                    return False
    return True


def _catches(boundary: Node, thrown: EventDefinition) -> bool:
    key = _KEYS[thrown.type]
    wanted = thrown.attributes.get(key)
    return any(
        caught.type == thrown.type and (not wanted or caught.attributes.get(key, wanted) == wanted)
        for caught in boundary.source.event_definitions
    )
