"""The event definitions: what an event waits for or throws.

Rule of this package: events and event definitions are separate axes. A file of ``elements`` says what an event is
(start, end, intermediate, boundary), a file here says what it is about; ``EVENT_DEFINITIONS`` is the one list of
those that run, with the places where BPMN 2.0.2 (table 10.93) allows them and this release runs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.bpmn.rules import an
from bpmgrpc.engine.event_definitions.base import EventDefinition, Position
from bpmgrpc.engine.event_definitions.error import ErrorEventDefinition
from bpmgrpc.engine.event_definitions.terminate import TerminateEventDefinition
from bpmgrpc.engine.event_definitions.timer import TimerEventDefinition

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.program import NodeCompiler

__all__ = ["EVENT_DEFINITIONS", "EventDefinition", "Position", "compile_event"]

EVENT_DEFINITIONS: Final[Mapping[str, EventDefinition]] = MappingProxyType(
    {
        definition.type: definition
        for definition in (ErrorEventDefinition(), TerminateEventDefinition(), TimerEventDefinition())
    }
)


def compile_event(node: FlowNode, compiler: NodeCompiler, position: Position) -> Any:
    """Compiles the event definition of an event.

    Returns:
        The definition's plan; None for a none event, or where the definition was refused.
    """
    if not node.event_definitions:
        return None
    if len(node.event_definitions) > 1:
        compiler.refuse(f"{an(node.type)} with several event definitions does not run in this release")
        return None
    source = node.event_definitions[0]
    definition = EVENT_DEFINITIONS.get(source.type)
    if definition is None:
        compiler.refuse(f"{source.type} does not run in this release", source.position)
        return None
    if position not in definition.positions:
        compiler.refuse(f"{an(node.type)} cannot have {an(source.type)} (BPMN 2.0.2, table 10.93)", source.position)
        return None
    return definition.compile(node, source, compiler, position)
