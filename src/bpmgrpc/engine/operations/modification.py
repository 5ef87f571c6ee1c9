"""Modifying an instance: tokens are started at elements, canceled, and moved.

Rule of this file: instructions are done in their order, none of the instance's own steps in between; then the scopes
that were left without a token are canceled from the inside out, up to the instance; and only then tokens begin to
move. So a scope lives on where one instruction empties it and a later one fills it again. An instance that has no token
left is CANCELED.

What is started *before* an element arrives there by no sequence flow: a join is passed. *After* an element, or at a
sequence flow, it arrives by that flow, and counts at a join.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.bpmn.names import is_true
from bpmgrpc.bpmn.rules import is_event_sub_process
from bpmgrpc.engine import cancellation, commands
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.expressions import ExpressionError
from bpmgrpc.engine.operations import places
from bpmgrpc.engine.operations.findings import OperationFinding, OperationRefused
from bpmgrpc.engine.state import ROOT_SCOPE, ElementRow, ElementState, InstanceState
from bpmgrpc.engine.steps import Arrive, StepFailure

if TYPE_CHECKING:
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node

NOTHING_LEFT: Final = "a modification left nothing active"


def modify(run: Execution, command: commands.ModifyInstance) -> None:
    """Modifies a process instance.

    Raises:
        OperationRefused: Instructions that cannot be done.
        Need: Rows are not at hand.
    """
    instance = command.instance
    run.event(
        EventType.INSTANCE_MODIFIED,
        "",
        instance,
        {"instructions": len(command.instructions), **({"reason": command.reason} if command.reason else {})},
    )
    modification = Modification(run, instance)
    modification.take(command.instructions)
    modification.end_empty_scopes()
    if modification.findings:
        raise OperationRefused(run.root.id, modification.findings)


class Modification:
    """The instructions for one process instance.

    Args:
        run: The run.
        instance: Seq of the process instance: 0, or that of a call activity.
    """

    def __init__(self, run: Execution, instance: int) -> None:
        self.findings: list[OperationFinding] = []
        self._run = run
        self._instance = instance
        self._program = run.program_of(instance)
        self._emptied: dict[int, None] = {}  # scopes that a token was taken from
        self._index = 0

    def take(self, instructions: tuple[commands.Instruction, ...]) -> None:
        """Does instructions in their order, as far as they can be done."""
        for self._index, instruction in enumerate(instructions):
            try:
                _TAKE[type(instruction)](self, instruction)
            except places.NoPlace as failure:
                self._find(failure.reason, str(failure), failure.element_id, failure.seq)
            except (ExpressionError, StepFailure) as failure:
                self._find("SCOPE_FAILED", f"a scope around the element cannot be entered: {failure}", "")

    def _find(self, reason: str, message: str, element_id: str, seq: int = 0) -> None:
        self.findings.append(OperationFinding(reason, message, element_id, seq, self._index))

    # -- starting -------------------------------------------------------------------------------------------------

    def _start_before(self, instruction: commands.StartBefore) -> None:
        node = self._node(instruction.element_id)
        if node is not None:
            self._start(node, None, instruction)

    def _start_after(self, instruction: commands.StartAfter) -> None:
        wanted = instruction.element_id
        for source in self._program.nodes.values():
            for flow in source.outgoing:
                if flow.id == wanted:
                    self._start(flow.target, flow.id, instruction)
                    return
        node = self._node(wanted)
        if node is None:
            return
        if len(node.outgoing) != 1:
            self._find(
                "SEQUENCE_FLOW_AMBIGUOUS",
                f"{node.type} {node.id!r} has {len(node.outgoing)} outgoing sequence flows: name the one to start at",
                node.id,
            )
            return
        flow = node.outgoing[0]
        self._start(flow.target, flow.id, instruction)

    def _start(
        self,
        node: Node,
        flow: str | None,
        instruction: commands.StartBefore | commands.StartAfter | commands.Move,
        near: int | None = None,
    ) -> None:
        """Puts a token on its way to a node, in or below a scope ``near`` it where one is given."""
        run = self._run
        if is_true(node.source.attributes.get("isForCompensation")):
            self._find("COMPENSATION", f"{node.type} {node.id!r} runs to compensate only", node.id)
            return
        if is_event_sub_process(node.source):
            # Its scope is made by its start event, as everything around an element is.
            node = node.starts[0]
        ancestor = None if isinstance(instruction, commands.Move) else instruction.ancestor
        around = self._instance if near is None else near
        scope = places.find_or_make(
            run,
            self._program,
            node,
            self._instance,
            around if ancestor is None else ancestor,
            anew=ancestor is not None,
        )
        if instruction.local:
            for name, text in instruction.variables.items():
                run.variables.put(scope, name, text)
        else:
            run.variables.merge(scope, instruction.variables.items())
        run.add_tokens(scope, 1)
        run.agenda.append(Arrive(self._program, node, scope, flow))

    def _node(self, element_id: str) -> Node | None:
        node = self._program.nodes.get(element_id)
        if node is None:
            self._find(
                "UNKNOWN_ELEMENT",
                f"process {self._program.process_id!r} has no element {element_id!r}",
                element_id,
            )
        return node

    # -- canceling ------------------------------------------------------------------------------------------------

    def _cancel(self, instruction: commands.CancelActive) -> None:
        for row in self._wanted(instruction.element_id, instruction.seq):
            self._cancel_row(row)

    def _move(self, instruction: commands.Move) -> None:
        target = self._node(instruction.target_id)
        if target is None:
            return
        for row in self._wanted(instruction.element_id, instruction.seq):
            if self._run.ledger.gone(row.seq):
                continue  # the one before it began an event sub-process, which interrupted the scope of both
            near = places.nearest(self._run, self._program, target, row.scope, self._instance)
            if self._cancel_row(row):
                self._start(target, None, instruction, near)

    def _wanted(self, element_id: str, seq: int) -> list[ElementRow]:
        """The rows that an instruction means."""
        rows = [row for row in places.rows_of(self._run, self._instance) if row.state is not ElementState.DONE]
        if seq:
            found = [row for row in rows if row.seq == seq]
        else:
            found = [row for row in rows if row.element_id == element_id and "loop" not in row.data]
        if not found:
            what = f"element instance {seq}" if seq else f"element {element_id!r}"
            self._find("NOT_ACTIVE", f"{what} is not active in the process instance", element_id, seq)
        return found

    def _cancel_row(self, row: ElementRow) -> bool:
        """Cancels an element instance, or the tokens at a join; returns whether that could be done."""
        run = self._run
        if "loop" in row.data:
            self._find(
                "MULTI_INSTANCE",
                f"one instance of {row.element_id!r}, which repeats, cannot be canceled: cancel it as a whole",
                row.element_id,
                row.seq,
            )
            return False
        if "compensates" in row.data:
            self._find(
                "COMPENSATION",
                f"{row.element_id!r} undoes something that an event waits for: cancel that event",
                row.element_id,
                row.seq,
            )
            return False
        tokens = sum(row.data["tokens"].values()) if "tokens" in row.data else 1
        if row.state is ElementState.JOIN:
            run.event(EventType.ELEMENT_CANCELED, row.element_id, row.seq, {"tokens": tokens})
        cancellation.cancel_element(run, row)
        if tokens:
            run.add_tokens(row.scope, -tokens)
        self._emptied[row.scope] = None
        return True

    def end_empty_scopes(self) -> None:
        """Cancels the scopes that were left without a token, from the inside out."""
        run = self._run
        for scope in sorted(self._emptied, reverse=True):  # inner scopes have higher numbers
            self._end_if_empty(scope)
        if run.root.active == 0 and ROOT_SCOPE in self._emptied:
            run.end_everything(InstanceState.CANCELED, NOTHING_LEFT)

    def _end_if_empty(self, scope: int) -> None:
        run = self._run
        while scope != ROOT_SCOPE and not run.ledger.gone(scope):
            row = run.ledger.element(scope)
            if row.active or row.data.get("queue"):
                return
            if not self._cancel_row(row):
                return
            scope = row.scope


_TAKE: Final[Mapping[type[Any], Callable[[Modification, Any], None]]] = MappingProxyType(
    {
        commands.StartBefore: Modification._start_before,  # noqa: SLF001 - the class's own table
        commands.StartAfter: Modification._start_after,  # noqa: SLF001
        commands.CancelActive: Modification._cancel,  # noqa: SLF001
        commands.Move: Modification._move,  # noqa: SLF001
    }
)
