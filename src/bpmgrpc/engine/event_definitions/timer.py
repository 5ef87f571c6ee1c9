"""Timer event definition (BPMN 2.0.2, 10.5.6): waits for a date, a duration or a cycle, in ISO 8601 or as a cron line.

The due time is worked out when the event begins to wait. A boundary event or an event sub-process that does not
interrupt, and a start event, fire again as their cycle says; the next due time counts from the last one, not from when
it was served, so that repeats do not drift. Any other event fires once, at the first time of its cycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from bpmgrpc.engine import schedule
from bpmgrpc.engine.event_definitions.base import CatchPlan, EventDefinition, Position, interrupts
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.expressions import MISSING
from bpmgrpc.engine.place import Place
from bpmgrpc.engine.plan_values import as_text
from bpmgrpc.engine.state import TimerRow, copy_row
from bpmgrpc.engine.steps import StepFailure

if TYPE_CHECKING:
    from bpmgrpc.bpmn import model
    from bpmgrpc.engine.execution import Execution
    from bpmgrpc.engine.expressions import Expression, Missing
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.program import Node

_KINDS: Final = ("timeDate", "timeDuration", "timeCycle")


@dataclass(frozen=True, slots=True)
class Due:
    """When a timer fires: first time, text of its cycle (empty: once), firings left after the first (-1: endless)."""

    due_us: int
    cycle: str = ""
    remaining: int = 0


@dataclass(frozen=True, slots=True)
class TimerPlan(CatchPlan):
    """A compiled timer."""

    kind: str
    text: Expression
    repeats: bool  # whether the event may fire more than once

    def due(self, text: str, now_us: int) -> Due:
        """Works out when the timer fires first.

        Raises:
            ScheduleError: The text is no schedule of the timer's kind.
        """
        if self.kind == "timeDate":
            return Due(schedule.parse_date(text))
        if self.kind == "timeDuration":
            return Due(schedule.parse_duration(text).after(now_us))
        cycle = schedule.parse_cycle(text)
        first = cycle.first(now_us)
        if first is None:
            return Due(now_us)  # its last time is over: fire now, once, rather than wait for ever
        return Due(first, text, cycle.remaining_after_first) if self.repeats else Due(first)

    @property
    def has_timer(self) -> bool:
        """Whether ``listen`` makes timers."""
        return True

    def listen(self, run: Execution, node: Node, place: Place) -> None:
        """Makes the timer.

        Raises:
            StepFailure: The expression's value is no schedule.
        """
        text = as_text(run.variables.seen_from(place.scope).evaluate(self.text), self.kind)
        try:
            due = self.due(text, run.now_us)
        except schedule.ScheduleError as error:
            raise StepFailure("TIMER_ERROR", f"timer of {node.type} {node.id!r}: {error}") from error
        timer = TimerRow(
            run.ledger.next_seq(),
            place.element_seq,
            node.id,
            due.due_us,
            due.cycle,
            due.remaining,
            place.inside,
            place.part,
        )
        run.ledger.new_timer(timer)
        run.event(EventType.TIMER_SCHEDULED, node.id, place.element_seq, {"timer": timer.seq, "due_us": timer.due_us})


def next_timer(run: Execution, timer: TimerRow) -> TimerRow | None:
    """Returns the timer that follows one that has fired, or None where it was the last."""
    if not timer.cycle or timer.remaining == 0:
        return None
    due = schedule.parse_cycle(timer.cycle).next(timer.due_us)
    if due is None:
        return None
    left = timer.remaining - 1 if timer.remaining > 0 else timer.remaining
    return copy_row(timer, seq=run.ledger.next_seq(), due_us=due, remaining=left)


class TimerEventDefinition(EventDefinition):
    """Waits for a time."""

    type: ClassVar[str] = "timerEventDefinition"
    positions: ClassVar[frozenset[Position]] = frozenset(
        (Position.START, Position.EVENT_SUB_PROCESS, Position.CATCH, Position.BOUNDARY)
    )

    def compile(
        self, node: model.FlowNode, definition: model.EventDefinition, compiler: NodeCompiler, position: Position
    ) -> Any:
        """Compiles the time; one that is no expression is read now, so that a wrong one is refused."""
        kinds = [kind for kind in _KINDS if kind in definition.texts and definition.texts[kind].value]
        if len(kinds) != 1:
            compiler.refuse(
                f"a timer needs one of timeDate, timeDuration and timeCycle (BPMN 2.0.2, table 10.101), "
                f"not {len(kinds)}",
                definition.position,
            )
            return None
        kind = kinds[0]
        text = definition.texts[kind]
        expression = compiler.template(text, kind)
        if expression is None:
            return None
        repeats = position is Position.START or (
            position in (Position.BOUNDARY, Position.EVENT_SUB_PROCESS) and not interrupts(node)
        )
        plan = TimerPlan(kind, expression, repeats)
        if expression.is_literal:
            try:
                plan.due(as_text(expression.evaluate(NOTHING), kind), 0)
            except schedule.ScheduleError as error:
                compiler.refuse(f"{kind}: {error}", text.position)
        elif position is Position.START:
            compiler.refuse(f"{kind} of a start event cannot read variables: there are none yet", text.position)
        return plan


class _NoVariables:
    """What a text that is evaluated outside of any instance sees: nothing."""

    now_us = 0

    def lookup(self, name: str) -> Missing:
        return MISSING

    def names(self) -> list[str]:
        return []


NOTHING: Final = _NoVariables()
