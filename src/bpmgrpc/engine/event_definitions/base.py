"""The hooks of an event definition.

Rule of this file: a definition compiles itself into a plan, and the plan does the rest: it listens, throws or catches.
The event that carries it knows no more than that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.correlation import CorrelationPlan
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.place import Place
    from bpmgrpc.engine.program import Node
    from bpmgrpc.engine.state import ElementRow


class Position(Enum):
    """Where an event stands (BPMN 2.0.2, table 10.93)."""

    START = "start"
    EVENT_SUB_PROCESS = "start of an event sub-process"
    CATCH = "intermediate catch"
    THROW = "intermediate throw"
    BOUNDARY = "boundary"
    END = "end"


class CatchPlan:
    """What an event that waits has compiled. By default nothing is set up: what it waits for comes from inside."""

    __slots__ = ()

    @property
    def correlation(self) -> CorrelationPlan | None:
        """What correlates the message that the event waits for."""
        return None

    @property
    def has_timer(self) -> bool:
        """Whether ``listen`` makes timers."""
        return False

    @property
    def subscribes(self) -> bool:
        """Whether ``listen`` makes subscriptions."""
        return False

    @property
    def is_conditional(self) -> bool:
        """Whether variables decide when the event occurs."""
        return False

    @property
    def always_interrupts(self) -> bool:
        """Whether the event interrupts whatever its attributes say."""
        return False

    def listen(self, run: Execution, node: Node, place: Place) -> None:
        """Begins to wait.

        Raises:
            StepFailure, ExpressionError: What it waits for cannot be worked out.
        """

    def catches_error(self, code: str) -> int:
        """How well the event fits a thrown error: 0 not at all, 1 catches every error, 2 this very code."""
        return 0

    def catches_escalation(self, code: str) -> int:
        """How well the event fits a thrown escalation; see ``catches_error``."""
        return 0


class ThrowPlan(ABC):
    """What an event that throws has compiled."""

    __slots__ = ()

    #: Of several definitions of one event the higher ones are thrown later: they may end the scope.
    order: ClassVar[int] = 0

    @property
    def waits_its_turn(self) -> bool:
        """Whether it is thrown only when nothing else moves, so that whoever is on the way to wait for it waits."""
        return False

    @abstractmethod
    def throw(self, run: Execution, node: Node, row: ElementRow) -> bool | None:
        """Throws.

        Returns:
            False where the event has to wait for what it threw.

        Raises:
            StepFailure, ExpressionError: What is thrown cannot be worked out.
        """


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


def interrupts(node: model.FlowNode) -> bool:
    """Whether a boundary event interrupts its activity, or a start event of an event sub-process its scope."""
    name = "isInterrupting" if node.type == "startEvent" else "cancelActivity"
    return node.attributes.get(name, "true").strip() not in ("false", "0")
