"""Standard loop (BPMN 2.0.2, 10.3.7 and 13.3.6): an activity that runs again while its condition is true.

``testBefore`` asks before the first time, else the activity runs once at least. ``loopMaximum`` caps the number of
times, also where no condition is given; 0 runs it not at all. A negative one means nothing: the verdict says so, and
the activity is an incident when it is entered, as with a negative number of instances.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from bpmgrpc.bpmn.names import is_true
from bpmgrpc.engine.conditions import holds
from bpmgrpc.engine.elements.loop_body import COUNTER, LoopBody
from bpmgrpc.engine.steps import StepFailure

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node, Program
    from bpmgrpc.engine.state import ElementRow

_NUMBER: Final = re.compile("[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """A compiled loop."""

    condition: Expression | None
    maximum: int | None
    test_before: bool
    counts_from: int
    own_names: tuple[str, ...] = (COUNTER,)  # variables of each instance


class StandardLoop(LoopBody):
    """Runs an activity one time after the other."""

    type: ClassVar[str] = "standardLoopCharacteristics"

    def compile(self, node: FlowNode, compiler: NodeCompiler) -> Any:
        """Compiles the condition and the cap."""
        loop = node.loop
        assert loop is not None  # noqa: S101 - it is what brought us here
        text = loop.attributes.get("loopMaximum", "").strip()
        if text and not _NUMBER.fullmatch(text):
            compiler.refuse(
                f"loopMaximum has to be a whole number, not {text!r} (BPMN 2.0.2, table 10.28)",
                loop.position,
            )
            return None
        if text.startswith("-"):
            compiler.remark(f"an incident when it is entered: loopMaximum {text} is below 0 (BPMN 2.0.2, table 10.28)")
        return LoopPlan(
            compiler.expression(loop.texts.get("loopCondition"), "loop condition"),
            int(text) if text else None,
            is_true(loop.attributes.get("testBefore")),
            int(loop.attributes.get("countsFrom", "1")),
        )

    def enter(self, run: Execution, program: Program, node: Node, row: ElementRow) -> bool:
        """Begins the first time, unless the loop is over before."""
        plan: LoopPlan = node.plan
        if plan.maximum is not None and plan.maximum < 0:
            raise StepFailure("LOOP_MAXIMUM", f"loop {node.id!r}: its loopMaximum {plan.maximum} is below 0")
        if plan.maximum == 0:
            return True
        self.begin_body(run, program, node, row)
        return bool(plan.test_before and not _holds(run, plan, row.seq))

    def wanted(self, node: Node, row: ElementRow) -> int:
        """One at a time."""
        return 1

    def is_over(self, run: Execution, node: Node, body: ElementRow, view: int) -> bool:
        """Whether the cap is reached, or the condition no longer true."""
        plan: LoopPlan = node.plan
        return body.data["done"] == plan.maximum or not _holds(run, plan, view)


def _holds(run: Execution, plan: LoopPlan, view: int) -> bool:
    return plan.condition is None or holds(plan.condition, run.variables.seen_from(view))
