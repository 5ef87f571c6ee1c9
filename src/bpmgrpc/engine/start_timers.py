"""The timers by which a process starts itself.

Rule of this file: they are worked out when a process is deployed, and again each time one has fired; the next due time
counts from the last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.engine import schedule
from bpmgrpc.engine.event_definitions.multiple import parts_of
from bpmgrpc.engine.event_definitions.timer import NOTHING, Due, TimerPlan
from bpmgrpc.engine.plan_values import as_text

if TYPE_CHECKING:
    from bpmgrpc.engine.program import Program


def start_timers(program: Program, now_us: int) -> list[tuple[str, Due]]:
    """Returns the timer start events of a process with their first due times.

    Args:
        program: The process, as it is deployed.
        now_us: The time, microseconds since the epoch.

    Raises:
        ScheduleError: A timer is due beyond what a time can be.
    """
    found = []
    for node in program.process_starts:
        for plan in parts_of(node.plan):
            if isinstance(plan, TimerPlan):
                text = as_text(plan.text.evaluate(NOTHING), plan.kind)
                found.append((node.id, plan.due(text, now_us)))
    return found


def next_start(due: Due) -> Due | None:
    """Returns when a timer start event fires after it has fired at ``due``; None where that was the last time."""
    if not due.cycle or due.remaining == 0:
        return None
    following = schedule.parse_cycle(due.cycle).next(due.due_us)
    if following is None:
        return None
    return Due(following, due.cycle, due.remaining - 1 if due.remaining > 0 else due.remaining)
