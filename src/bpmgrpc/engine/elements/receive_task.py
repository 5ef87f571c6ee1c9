"""Receive task (BPMN 2.0.2, 10.3.3): waits for a message.

One that instantiates, and has no incoming sequence flow, starts an instance of its process when its message comes.
Without a message in the file the task's own id is the name of the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bpmgrpc.bpmn.names import is_true
from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.event_definitions.message import compile_message
from bpmgrpc.engine.place import Place
from bpmgrpc.engine.steps import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow


class ReceiveTask(Element):
    """Waits for a message."""

    type: ClassVar[str] = "receiveTask"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the message that it waits for."""
        attributes = node.attributes
        if not attributes.get("messageName"):
            compiler.remark(f"it names no message: it waits for one of the name {node.id!r}")
            attributes = {"messageName": node.id}
        return compile_message(compiler, attributes, node.texts, node.position, throws=False)

    def starts_implicitly(self, node: Node) -> bool:
        """One that instantiates is started by its message, not by a call."""
        return not self.starts_by_event(node)

    def starts_by_event(self, node: Node) -> bool:
        """Whether it instantiates."""
        return is_true(node.source.attributes.get("instantiate")) and not node.incoming

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Begins to wait."""
        node.plan.listen(run, node, Place(row.seq, row.sees))
        return False

    def occurred(self, run: Execution, program: Program, node: Node, seq: int, variables: Mapping[str, str]) -> None:
        """Takes what the message carries and lets the token go on."""
        row = run.awaited(program, node, seq)
        run.take_results(node, row, variables)
        run.agenda.append(Exit(program, node, row.seq))
