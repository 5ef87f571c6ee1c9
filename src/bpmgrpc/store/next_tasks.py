"""What a user can do next in an instance.

Rule of this file: what is found are the tasks that the user has claimed, or could claim now; so a task without
candidates is among them, and one that is offered to the work party of its lane where the directory has none of that
name. The tasks are reached by the instance's active elements, and subtasks by an index of their own: what has ended
long ago costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, or_, select, union_all

from bpmgrpc.store import inbox, tables
from bpmgrpc.store.exclusions import not_excluded
from bpmgrpc.store.membership import OFFERED, candidate_keys_of
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, constant, word

if TYPE_CHECKING:
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.views import UserTaskView

__all__ = ["MOST_NEXT_TASKS", "next_user_tasks"]

MOST_NEXT_TASKS: Final = 50

_elements: Final = table_of(tables.ElementInstance)
_tasks: Final = table_of(tables.UserTask)
_candidates: Final = table_of(tables.UserTaskCandidate)
_parties: Final = table_of(tables.WorkPartyRow)


def _statement() -> Statement:
    task = _tasks.c
    entry: Any = _candidates.c
    same = and_(entry.root_id == task.root_id, entry.seq == task.seq)
    party_exists = exists().where(same, entry.candidate == constant("'P'").concat(_parties.c.name))
    offered = or_(
        task.candidates == constant("''"),
        exists().where(same, entry.candidate.in_(candidate_keys_of(word("user"), OFFERED))),
        and_(task.flags.op("&")(constant("1")) == constant("1"), ~party_exists),
    )
    active = _elements.join(_tasks, and_(task.root_id == _elements.c.root_id, task.seq == _elements.c.seq))
    theirs = (
        task.end_us.is_(None),
        or_(task.assignee == word("user"), and_(task.claim_us.is_(None), offered, not_excluded(task))),
    )
    own = inbox.user_task_source(active).where(_elements.c.root_id == word("root_id"), *theirs)
    # In the words of the partial index, which is empty where nobody has made a subtask.
    parts = inbox.user_task_source().where(task.root_id == word("root_id"), task.parent_seq != constant("0"), *theirs)
    found = union_all(own, parts).subquery("found")
    ordered = select(found).order_by(found.c.priority.desc(), found.c.create_us, found.c.seq)
    return Statement(ordered.limit(constant(str(MOST_NEXT_TASKS))))


_NEXT: Final = _statement()


def next_user_tasks(db: Connection, root_id: str, user: str) -> list[UserTaskView]:
    """Returns the open tasks of a root instance that a user has claimed or may claim: at most 50, high priority first,
    then the oldest.
    """
    return [inbox.read_user_task(row) for row in db.fetch(_NEXT, {"root_id": root_id, "user": user})]
