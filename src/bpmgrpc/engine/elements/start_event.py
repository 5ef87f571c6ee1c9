"""Start event (BPMN 2.0.2, 10.5.2).

A none start event starts its process by a call, or its sub-process when that is entered. With several none start events
the first of the file is the one that a call starts. A timer, message or signal start event starts instances of its
process by itself; only those of the latest version are live. The start event of an event sub-process listens while the
scope around the sub-process is active.

``initiator``, as Camunda 7, Flowable and Activiti have it, names a variable of the process that becomes the user who
started the instance; null where an event or a call without a user did. A called process is started by the same user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc import values
from bpmgrpc.bpmn.rules import is_event_sub_process
from bpmgrpc.engine import listening
from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.event_definitions import Position, compile_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow


class StartEvent(Element):
    """Lets the token of a new scope, or a new instance, in."""

    type: ClassVar[str] = "startEvent"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the trigger. The start event of an embedded sub-process has none."""
        around = compiler.graph.nodes.get(node.scope_id)
        if around is not None and "initiator" in node.properties:
            compiler.remark("initiator: only the start event of a process notes who started the instance")
        if around is not None and is_event_sub_process(around):
            if not node.event_definitions:
                compiler.refuse(
                    "the start event of an event sub-process needs an event definition (BPMN 2.0.2, table 10.86)"
                )
                return None
            return compile_event(node, compiler, Position.EVENT_SUB_PROCESS)
        if node.event_definitions and around is not None:
            compiler.refuse(
                "a start event inside of an embedded sub-process has no event definition (BPMN 2.0.2, 10.5.2)"
            )
            return None
        return compile_event(node, compiler, Position.START)

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Notes who started the instance, where a variable of that is asked for."""
        _note_initiator(run, node, row)
        return True

    def exit(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """The same where an event started it: then nobody did."""
        _note_initiator(run, node, row)

    def starts_by_event(self, node: Node) -> bool:
        """Whether the event has a definition."""
        return node.plan is not None

    def occurred(self, run: Execution, program: Program, node: Node, seq: int, variables: Mapping[str, str]) -> None:
        """Starts the event sub-process in its scope."""
        listening.start_event_sub_process(run, program, node, seq, variables)


def _note_initiator(run: Execution, node: Node, row: ElementRow) -> None:
    initiator = node.source.properties.get("initiator")
    if initiator is not None and not node.scope_id:
        run.variables.put(row.scope, initiator.value, values.serialize(run.root.create_by or None))
