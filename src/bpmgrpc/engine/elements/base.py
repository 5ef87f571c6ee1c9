"""The hooks of a BPMN element.

Rule of this file: an element class says only where it differs from the default below. The default is an element
that does nothing and never waits: a token arrives, the element is entered, completes at once, and leaves by its
outgoing sequence flows.

The life of a token at a node::

    arrive ──> (a join may keep the token) ──> enter ──> waits ──> exit ──> leave
                                                 └── completes at once ──┘

Each hook runs inside of one step. Where it raises, the whole step is undone and becomes an incident; resolving
the incident runs the same step again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.engine import joins
from bpmgrpc.engine.conditions import conditional_flows
from bpmgrpc.engine.event_definitions.base import CatchPlan
from bpmgrpc.engine.steps import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Flow, Node, Program
    from bpmgrpc.engine.state import ElementRow


class Element:
    """One type of BPMN element; one instance of the class serves all nodes of the type."""

    #: BPMN element name.
    type: ClassVar[str]

    #: True where an arriving token may have a condition evaluated, so that an arrival that fails has not arrived.
    decides_on_arrival: ClassVar[bool] = False

    #: True where the element waits for the events behind it (event-based gateway).
    waits_for_targets: ClassVar[bool] = False

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the node's own texts, when its process is deployed.

        Args:
            node: The node as the file has it.
            compiler: Compiles texts and takes refusals.

        Returns:
            The node's plan: whatever ``enter`` and the other hooks want to find in ``node.plan``.
        """

    def arrive(self, run: Execution, program: Program, node: Node, scope: int, flow: str | None) -> None:
        """Takes a token that has reached the node. The node is not active yet: a join may keep the token."""
        if node.start_quantity > 1:
            joins.collect(run, program, node, scope, flow)
        else:
            run.enter(program, node, scope, flow)

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Enters the element.

        Returns:
            True where the element is done at once, False where it waits.
        """
        return True

    def flows(self, run: Execution, node: Node, scope: int) -> Sequence[Flow]:
        """Chooses the sequence flows by which a token leaves (default: ``conditions.conditional_flows``)."""
        if node.has_conditions:
            return conditional_flows(node, run.variables.seen_from(scope))
        return node.outgoing

    def leaving(self, run: Execution, program: Program, node: Node, row: ElementRow) -> Sequence[Flow]:
        """Chooses the sequence flows where the state of the element instance matters (default: ``flows``)."""
        return self.flows(run, node, row.scope)

    def joins_when_nothing_moves(self, row: ElementRow) -> bool:
        """Whether the tokens that wait at the node go on when no other token of the scope can still reach it."""
        return False

    def join(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Lets them go on."""
        joins.consume(run, program, node, row)

    def exit(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Does what the element does between its end and its leaving, for example end what it started."""

    def cancel(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Takes back what the element set up, because it is canceled."""

    def occurred(self, run: Execution, program: Program, node: Node, seq: int, variables: Mapping[str, str]) -> None:
        """Takes the occurrence of the event that this node waits for.

        Args:
            run: The run.
            program: The program that the node is in.
            node: The node.
            seq: The element instance that the event hangs on: its own, an activity's, an event-based gateway's, or the
                scope of an event sub-process.
            variables: What the event brings along, as JSON texts.
        """

    def job_done(
        self, run: Execution, program: Program, node: Node, row: ElementRow, variables: Mapping[str, str]
    ) -> None:
        """Takes what the worker of the element instance's job answers (default: its results, and the token goes on)."""
        run.take_results(node, row, variables)
        run.agenda.append(Exit(program, node, row.seq))

    def answered(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Goes on inside of the element after ``job_done``, in a step of its own."""

    def is_complete(self, run: Execution, node: Node, scope: int) -> Any:
        """Whether an ad-hoc sub-process begins nothing more, now that an activity inside is done."""

    def complete(self, run: Execution, node: Node, scope: int) -> None:
        """Ends an ad-hoc sub-process that begins nothing more."""

    def scope_done(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Takes the end of the last token inside of the element."""
        run.exit(program, node, row)

    def repeat(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Begins the next instance of a loop."""

    def instance_left(self, run: Execution, program: Program, node: Node, inner: ElementRow) -> None:
        """Takes the end of one instance of a loop, which has a row still."""

    def settle(self, node: Node) -> None:
        """Moves what belongs to a loop as a whole from the activity inside, when both are compiled."""

    def separate_from(self, node: Node) -> tuple[str, ...]:
        """The user tasks whose completers may not do this one."""
        return ()

    def starts_implicitly(self, node: Node) -> bool:
        """Whether a node without incoming flow is a start of a scope that has no start event."""
        return True

    def starts_by_event(self, node: Node) -> bool:
        """Whether the node starts instances of its process when its event occurs."""
        return False

    def instantiates(self, node: Node) -> bool:
        """Whether the events behind the node start instances of its process."""
        return False

    def catches_error(self, node: Node, code: str) -> int:
        """How well an event fits a thrown error: 0 not at all, 1 catches every error, 2 this very code."""
        return node.plan.catches_error(code) if isinstance(node.plan, CatchPlan) else 0

    def catches_escalation(self, node: Node, code: str) -> int:
        """How well an event fits a thrown escalation; see ``catches_error``."""
        return node.plan.catches_escalation(code) if isinstance(node.plan, CatchPlan) else 0
