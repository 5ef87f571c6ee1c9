"""What loops and multi-instances share: an activity around the instances of an activity (BPMN 2.0.2, 10.3.7, 13.3.6).

Rule of this file: the loop is a scope. It has a row, with the counts of its instances; each instance has one, numbered
by ``data["loop"]``, inside of it. Boundary events and sequence flows belong to the loop, mappings to each instance, so
that to cancel the loop cancels all. An instance that ends changes the loop's row and looks at no other instance.

Each instance has ``loopCounter`` as a variable of its own. It counts from 1, as table 10.31 and Camunda 8 have it; in a
file of Camunda 7, Flowable or Activiti from 0, as these engines have it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine import cancellation, loop_events
from bpmgrpc.engine.elements.base import Element
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.state import ElementRow, copy_row
from bpmgrpc.engine.steps import Enter, Exit, Repeat

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import EventDefinition
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.program import Node, Program

COUNTER: Final = "loopCounter"
INSTANCES_PER_STEP: Final = 500  # rows made in one step, so that none takes long


class LoopBody(Element, ABC):
    """Begins instances of the activity inside, one after the other or side by side."""

    def begin_body(self, run: Execution, program: Program, node: Node, row: ElementRow, **counts: int) -> None:
        """Writes the loop's row and begins its first instance."""
        run.ledger.put_element(copy_row(row, data={**row.data, "made": 0, "done": 0, **counts}))
        run.agenda.append(Repeat(program, node, row.seq))

    def repeat(self, run: Execution, program: Program, node: Node, row: ElementRow) -> None:
        """Makes the next instances and has them entered."""
        assert node.inner is not None  # noqa: S101 - a loop has an activity inside
        wanted = self.wanted(node, row)
        made: int = row.data["made"]
        turn = min(wanted, INSTANCES_PER_STEP)
        run.ledger.put_element(
            copy_row(row, active=row.active + turn, data={**row.data, "made": made + turn}),
        )
        for index in range(made, made + turn):
            data = {"loop": index, "local": True, "op": Enter.operation}
            inner = ElementRow(run.ledger.next_seq(), row.seq, node.id, create_us=run.now_us, data=data)
            run.ledger.new_scope(inner)
            run.variables.put(inner.seq, COUNTER, str(index + self.counts_from(node)))
            self.equip(run, node, row, inner)
            run.agenda.append(Enter(program, node.inner, inner.seq))
        if wanted > turn:
            run.agenda.append(Repeat(program, node, row.seq))

    def instance_left(self, run: Execution, program: Program, node: Node, inner: ElementRow) -> None:
        """Counts an instance that has ended, and goes on with the next, or with the end of the loop."""
        ledger = run.ledger
        body = ledger.element(inner.scope)
        done: int = body.data["done"] + 1
        body = copy_row(body, active=body.active - 1, data={**body.data, "done": done})
        ledger.put_element(body)
        # What runs in a called process does not see the loop.
        view = body.seq if "definition" in inner.data else inner.sees
        self.collect(run, node, body, inner)
        is_over = self.is_over(run, node, body, view)
        events = self.thrown(run, node, body, view)
        assert node.inner is not None  # noqa: S101 - a loop has an activity inside
        run.release(node.inner, inner)
        run.event(EventType.ELEMENT_COMPLETED, node.id, inner.seq, {"loop": inner.data["loop"]})
        if not loop_events.throw(run, program, node, body, events):
            return  # an interrupting boundary event took over
        if is_over:
            if body.active:
                cancellation.cancel_children(run, body.seq, keep_done=True)
                ledger.put_element(copy_row(ledger.element(body.seq), active=0))
            run.close_incident(body)  # the next instances could not begin, and are no longer wanted
            run.agenda.append(Exit(program, node, body.seq))
        elif body.active == 0:
            run.agenda.append(Repeat(program, node, body.seq))

    @abstractmethod
    def wanted(self, node: Node, row: ElementRow) -> int:
        """How many instances may begin now."""

    @abstractmethod
    def is_over(self, run: Execution, node: Node, body: ElementRow, view: int) -> bool:
        """Whether an instance that has just ended was the last."""

    def counts_from(self, node: Node) -> int:
        """The counter of the first instance."""
        count: int = node.plan.counts_from
        return count

    def equip(self, run: Execution, node: Node, body: ElementRow, inner: ElementRow) -> None:
        """Gives a new instance its variables."""

    def collect(self, run: Execution, node: Node, body: ElementRow, inner: ElementRow) -> None:
        """Takes the result of an instance that has ended."""

    def thrown(self, run: Execution, node: Node, body: ElementRow, view: int) -> Sequence[EventDefinition]:
        """The events that the end of an instance throws."""
        return ()
