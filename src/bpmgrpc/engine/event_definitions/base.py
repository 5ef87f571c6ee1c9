"""The hooks of an event definition.

Rule of this file: a definition compiles itself into a plan, and the plan does the rest: it schedules, throws or
catches. The event that carries it knows no more than that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.program import NodeCompiler


class Position(Enum):
    """Where an event stands (BPMN 2.0.2, table 10.93)."""

    START = "start"
    CATCH = "intermediate catch"
    THROW = "intermediate throw"
    BOUNDARY = "boundary"
    END = "end"


class EventDefinition(ABC):
    """One type of event definition; one instance of the class serves all events that have it."""

    #: BPMN element name.
    type: ClassVar[str]
    #: Where it may stand.
    positions: ClassVar[frozenset[Position]]

    @abstractmethod
    def compile(
        self, node: model.FlowNode, definition: model.EventDefinition, compiler: NodeCompiler, position: Position
    ) -> Any:
        """Compiles the definition's texts, when its process is deployed.

        Args:
            node: The event.
            definition: The definition as the file has it.
            compiler: Compiles texts and takes refusals.
            position: Where the event stands.

        Returns:
            The plan; None where the definition was refused.
        """
