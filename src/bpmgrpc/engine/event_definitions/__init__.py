"""The event definitions: what an event waits for or throws.

Rule of this package: events and event definitions are separate axes. A file of ``elements`` says what an event is
(start, end, intermediate, boundary), a file here says what it is about; ``EVENT_DEFINITIONS`` is the one list of
those that run, with the places where BPMN 2.0.2 (table 10.93) allows them and this release runs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.bpmn.names import is_true
from bpmgrpc.bpmn.rules import an
from bpmgrpc.engine.event_definitions.base import EventDefinition, Position
from bpmgrpc.engine.event_definitions.cancel import CancelEventDefinition
from bpmgrpc.engine.event_definitions.compensate import CompensateEventDefinition
from bpmgrpc.engine.event_definitions.conditional import ConditionalEventDefinition
from bpmgrpc.engine.event_definitions.error import ErrorEventDefinition
from bpmgrpc.engine.event_definitions.escalation import EscalationEventDefinition
from bpmgrpc.engine.event_definitions.link import LinkEventDefinition
from bpmgrpc.engine.event_definitions.message import MessageEventDefinition
from bpmgrpc.engine.event_definitions.multiple import MultipleCatchPlan, MultipleThrowPlan
from bpmgrpc.engine.event_definitions.signal import SignalEventDefinition
from bpmgrpc.engine.event_definitions.terminate import TerminateEventDefinition
from bpmgrpc.engine.event_definitions.timer import TimerEventDefinition

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.node_compiler import NodeCompiler

__all__ = ["EVENT_DEFINITIONS", "EventDefinition", "Position", "compile_event"]

EVENT_DEFINITIONS: Final[Mapping[str, EventDefinition]] = MappingProxyType(
    {
        definition.type: definition
        for definition in (
            CancelEventDefinition(),
            CompensateEventDefinition(),
            ConditionalEventDefinition(),
            ErrorEventDefinition(),
            EscalationEventDefinition(),
            LinkEventDefinition(),
            MessageEventDefinition(),
            SignalEventDefinition(),
            TerminateEventDefinition(),
            TimerEventDefinition(),
        )
    }
)


_THROWING: Final = (Position.THROW, Position.END)


def compile_event(node: FlowNode, compiler: NodeCompiler, position: Position) -> Any:
    """Compiles the event definitions of an event.

    Returns:
        The definition's plan, or one for all of several; None for a none event, or where one was refused.
    """
    sources = node.event_definitions
    plans = [_compile(node, source, compiler, position) for source in sources]
    if not plans or any(plan is None for plan in plans):
        return None
    if len(plans) == 1:
        return plans[0]
    kinds = {source.type for source in sources}
    if "linkEventDefinition" in kinds:
        compiler.refuse(f"{an(node.type)} that is a link has no other event definition (BPMN 2.0.2, 10.5.6)")
        return None
    if position in _THROWING:
        return MultipleThrowPlan(tuple(plans))
    parallel = is_true(node.attributes.get("parallelMultiple"))
    if position is Position.START and sum(source.type == "timerEventDefinition" for source in sources) > 1:
        compiler.refuse("a start event has one timer at most: draw another start event")
        return None
    if parallel and not kinds <= _AWAITED:
        compiler.refuse("a parallel multiple event waits for messages, signals, timers and conditions only")
        return None
    return MultipleCatchPlan(tuple(plans), parallel)


_AWAITED: Final = frozenset(f"{kind}EventDefinition" for kind in ("message", "signal", "timer", "conditional"))


def _compile(node: FlowNode, source: model.EventDefinition, compiler: NodeCompiler, position: Position) -> Any:
    definition = EVENT_DEFINITIONS.get(source.type)
    if definition is None:
        compiler.refuse(f"{source.type} does not run in this release", source.position)
        return None
    if position not in definition.positions:
        compiler.refuse(f"{an(node.type)} cannot have {an(source.type)} (BPMN 2.0.2, table 10.93)", source.position)
        return None
    return definition.compile(node, source, compiler, position)
