"""Reminders and escalation of user tasks, as their model says.

Rule of this file: when a task is made its deadlines are fixed, all but the one that is the due date and moves with it.
What becomes of the task then is in ``bpmgrpc.engine.user_task``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.changes import Deadline
from bpmgrpc.engine.plan_values import as_integer, as_names, as_text, as_time
from bpmgrpc.engine.state import Candidates

if TYPE_CHECKING:
    from bpmgrpc.values import Value

__all__ = ["DEADLINE_PROPERTIES", "deadlines_of"]

_REMINDER: Final = "reminderDate"
_ESCALATION: Final = "escalationDate"
_TARGETS: Final = (
    "escalationUsers",
    "escalationGroups",
    "escalationRoles",
    "escalationWorkParty",
    "escalationPriority",
)
DEADLINE_PROPERTIES: Final = (_REMINDER, _ESCALATION, *_TARGETS)
_HIGHEST: Final = 99


def deadlines_of(found: Mapping[str, Value], seq: int, due_us: int | None, now_us: int) -> Iterator[Deadline]:
    """Returns the deadlines of a new user task.

    Args:
        found: The values of its properties.
        seq: Its number.
        due_us: Its due date.
        now_us: The time.

    Raises:
        StepFailure: A value is not what its property takes.
    """
    times = [as_time(text, _REMINDER, now_us) for text in as_names(found.get(_REMINDER), _REMINDER)]
    reminders = sorted({time for time in times if time is not None})
    yield from (Deadline(seq, number, at_us) for number, at_us in enumerate(reminders))
    own_us = as_time(found.get(_ESCALATION), _ESCALATION, now_us)
    at_us = due_us if own_us is None else own_us
    if at_us is None or (own_us is None and found.keys().isdisjoint(_TARGETS)):
        return
    users, groups, roles, party, priority = (found.get(name) for name in _TARGETS)
    candidates = Candidates(
        as_names(users, _TARGETS[0]),
        as_names(groups, _TARGETS[1]),
        as_names(roles, _TARGETS[2]),
        as_text(party, _TARGETS[3]),
    )
    raised: Any = as_integer(priority, _TARGETS[4]) or 0
    yield Deadline(seq, len(reminders), at_us, True, own_us is None, candidates, min(max(raised, 0), _HIGHEST))
