"""Sub-process (BPMN 2.0.2, 10.3.5 and 13.3.4): a scope of its own.

An embedded one is entered at its none start event, or at every flow node without incoming flow where it has no start
event. An event sub-process (``triggeredByEvent``) is entered when its start event occurs, which listens while the scope
around it is active (``listening``). Both are complete when no token is left inside; and an event sub-process is a token
of the scope around it, which so waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bpmgrpc.bpmn.rules import is_event_sub_process
from bpmgrpc.engine.elements.base import Element

if TYPE_CHECKING:
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow


class SubProcess(Element):
    """Runs its inner elements and waits for them."""

    type: ClassVar[str] = "subProcess"

    def starts_implicitly(self, node: Node) -> bool:
        """An event sub-process is started by its event."""
        return not is_event_sub_process(node.source)

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Starts what is inside."""
        run.ledger.new_scope(row)
        declare_data(run, node, row.seq)
        run.start_scope(program, node.starts, row.seq)
        return False


def declare_data(run: Execution, node: Node, scope: int) -> None:
    """Gives a sub-process its data objects and properties as variables of its own, which end with it (BPMN 2.0.2,
    10.4.1). They are null until something is written, unless an input mapping has filled them.
    """
    own = run.variables.own_names(scope) if node.source.data_objects else ()
    for name in node.source.data_objects:
        if name not in own:
            run.variables.put(scope, name, "null")
