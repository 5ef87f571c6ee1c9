"""The steps that an agenda holds.

Rule of this file: a step is small, is taken whole or not at all, and knows three things: how it is taken, what
becomes of it when it fails (an incident at its element), and how it is kept when the transaction is full.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from bpmgrpc.engine.place import Place
from bpmgrpc.engine.state import ROOT_SCOPE, ElementRow, ElementState, InstanceState, copy_row

if TYPE_CHECKING:
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, Program


class StepFailure(Exception):
    """A step cannot be taken as the model says. It becomes an incident.

    Args:
        reason: Stable word for programs, such as "NO_SEQUENCE_FLOW_TRUE".
        message: One sentence for people, naming the element.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Step(ABC):
    """A step; see the subclasses."""

    __slots__ = ()

    #: Whether the step limit stops it. No run is endless without tokens that arrive somewhere, so that the other steps,
    #: which only finish what was begun, need no limit.
    may_be_endless: ClassVar[bool] = False

    @abstractmethod
    def is_void(self, run: Execution) -> bool:
        """Whether what the step is about ended in the meantime."""

    @abstractmethod
    def place(self, run: Execution) -> str:
        """Names the element that the step is about, for a message."""

    @abstractmethod
    def take(self, run: Execution) -> None:
        """Takes the step."""

    @abstractmethod
    def fail(self, run: Execution, reason: str, message: str) -> None:
        """Keeps the step, which has been undone, as an incident."""

    @abstractmethod
    def park(self, run: Execution) -> None:
        """Keeps the step as a READY row."""


class Arrive(Step):
    """A token reaches a node by a sequence flow, or by none at a start."""

    __slots__ = ("flow", "node", "program", "scope")

    may_be_endless = True
    operation: ClassVar[str] = "arrive"

    def __init__(self, program: Program, node: Node, scope: int, flow: str | None) -> None:
        self.program = program
        self.node = node
        self.scope = scope
        self.flow = flow

    def is_void(self, run: Execution) -> bool:
        """Whether the scope is over."""
        return run.is_over(self.scope)

    def place(self, run: Execution) -> str:
        """Names the node."""
        return f"{self.node.type} {self.node.id!r}"

    def take(self, run: Execution) -> None:
        """Hands the token to the node's element."""
        self.node.element.arrive(run, self.program, self.node, self.scope, self.flow)

    def fail(self, run: Execution, reason: str, message: str) -> None:
        """Opens an incident at the node; what failed is to enter it. At the step limit it was not tried, so that the
        token has yet to arrive: it may have to wait at a join. The same where arriving itself failed.
        """
        arrives = reason == "STEP_LIMIT" or self.node.element.decides_on_arrival
        run.raise_incident(self._row(run), "arrive" if arrives else "enter", reason, message)

    def park(self, run: Execution) -> None:
        """Keeps the token on its way to the node."""
        row = self._row(run)
        run.ledger.put_element(copy_row(row, state=ElementState.READY, data={"op": self.operation}))

    def _row(self, run: Execution) -> ElementRow:
        return ElementRow(run.ledger.next_seq(), self.scope, self.node.id, flow=self.flow, create_us=run.now_us)


class EnterInTurn(Arrive):
    """A token that waited until nothing else moved enters its node."""

    __slots__ = ()

    operation = "turn"  # it has arrived: to arrive again would use up the next transaction, too

    def take(self, run: Execution) -> None:
        """Enters the node."""
        run.enter(self.program, self.node, self.scope, self.flow)


class Listen(Arrive):
    """The start event of an event sub-process begins to wait in a scope that was entered.

    Where it fails, or is parked, a token of the scope stands for it, so that the scope waits.
    """

    __slots__ = ()

    may_be_endless = False
    operation = "listen"

    def take(self, run: Execution) -> None:
        """Begins to wait."""
        self.node.plan.listen(run, self.node, Place(self.scope, self.scope, inside=True))

    def fail(self, run: Execution, reason: str, message: str) -> None:
        """Opens an incident at the start event."""
        run.add_tokens(self.scope, 1)
        run.raise_incident(self._row(run), "listen", reason, message)

    def park(self, run: Execution) -> None:
        """Keeps the step for the next transaction."""
        run.add_tokens(self.scope, 1)
        super().park(run)


class Enter(Step):
    """An element instance that has a row already is entered: a join that fires, or a step that is tried again."""

    __slots__ = ("node", "program", "seq")

    def __init__(self, program: Program, node: Node, seq: int) -> None:
        self.program = program
        self.node = node
        self.seq = seq

    operation: ClassVar[str] = "enter"

    def is_void(self, run: Execution) -> bool:
        """Whether the element instance is gone."""
        return run.is_over(ROOT_SCOPE) or run.ledger.gone(self.seq)

    def place(self, run: Execution) -> str:
        """Names the node."""
        return f"{self.node.type} {self.node.id!r}"

    def take(self, run: Execution) -> None:
        """Enters the element."""
        row = run.ledger.element(self.seq)
        if "op" in row.data:  # said until now that nothing was set up that a cancellation would have to take away
            row = copy_row(row, data={key: value for key, value in row.data.items() if key != "op"})
            run.ledger.put_element(row)
        run.begin(self.program, self.node, row)

    def fail(self, run: Execution, reason: str, message: str) -> None:
        """Opens an incident at the element."""
        run.raise_incident(run.ledger.element(self.seq), self.operation, reason, message)

    def park(self, run: Execution) -> None:
        """Keeps the step at its element."""
        row = run.ledger.element(self.seq)
        run.ledger.put_element(copy_row(row, state=ElementState.READY, data={**row.data, "op": self.operation}))


class Exit(Enter):
    """An element instance that waited is done and lets its token go on."""

    __slots__ = ()

    operation = "exit"

    def take(self, run: Execution) -> None:
        """Leaves the element."""
        run.exit(self.program, self.node, run.ledger.element(self.seq))


class TakeAnswer(Enter):
    """An element instance goes on with what a worker answered (``Element.answered``)."""

    __slots__ = ()

    operation = "answer"

    def take(self, run: Execution) -> None:
        """Has the element go on."""
        self.node.element.answered(run, self.program, self.node, run.ledger.element(self.seq))


class Repeat(Enter):
    """A loop or multi-instance activity begins its next instance, or as many as one step may make."""

    __slots__ = ()

    operation = "repeat"
    may_be_endless = True

    def take(self, run: Execution) -> None:
        """Has the loop begin what is next."""
        self.node.element.repeat(run, self.program, self.node, run.ledger.element(self.seq))


class Compensate(Enter):
    """The next one of what an element instance undoes, or the end of that."""

    __slots__ = ()

    operation = "compensate"

    def take(self, run: Execution) -> None:
        """Undoes the next one; where none is left the event that threw goes on."""
        run.compensate(self.program, self.node, run.ledger.element(self.seq))


class ScopeDone(Step):
    """The last token of a scope is gone: the sub-process, called process or root instance is complete."""

    __slots__ = ("scope",)

    def __init__(self, scope: int) -> None:
        self.scope = scope

    def is_void(self, run: Execution) -> bool:
        """Whether the scope ended otherwise, has a token again, or has more to undo inside."""
        return run.is_over(self.scope) or self._goes_on(run)

    def _goes_on(self, run: Execution) -> bool:
        if self.scope == ROOT_SCOPE:
            return run.root.active > 0
        row = run.ledger.element(self.scope)
        return row.active > 0 or "undo" in row.data

    def place(self, run: Execution) -> str:
        """Names the sub-process or call activity."""
        node = run.node_of(run.ledger.element(self.scope))
        return f"{node.type} {node.id!r}"

    def take(self, run: Execution) -> None:
        """Completes the scope, unless its element has more to begin inside."""
        run.forget_activations(self.scope)
        if self.scope == ROOT_SCOPE:
            run.end_instance(InstanceState.COMPLETED)
            return
        row = run.ledger.element(self.scope)
        node = run.node_of(row)
        node.element.scope_done(run, run.program_of(row.scope), node, row)

    def fail(self, run: Execution, reason: str, message: str) -> None:
        """Opens an incident at the sub-process or call activity; what failed is to leave it."""
        run.raise_incident(run.ledger.element(self.scope), "exit", reason, message)

    def park(self, run: Execution) -> None:
        """Keeps the end of the scope for the next transaction."""
        run.forget_activations(self.scope)
        if self.scope == ROOT_SCOPE:
            run.end_instance(InstanceState.COMPLETED)
            return
        row = run.ledger.element(self.scope)
        run.ledger.put_element(copy_row(row, state=ElementState.READY, data={**row.data, "op": "scope_done"}))
