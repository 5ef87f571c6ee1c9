"""Users who may not do a user task, whoever offers it to them: four eyes.

Rule of this file: an exclusion is a row of a user and an open task, made when the task is made, when somebody completes
a task that the other one is to be separate from, or by a call; it goes when the task ends. So a user has few of them,
and a list is narrowed by all of the user's at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Text, cast, delete, select, tuple_, update

from bpmgrpc.engine.state import UserTaskState
from bpmgrpc.store import tables
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import (
    Statement,
    among_texts,
    constant,
    insert_or_nothing,
    insert_or_nothing_from,
    number,
    word,
)
from bpmgrpc.values import serialize

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.elements import ClauseElement

    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = ["ExclusionCalls", "excluded_users", "not_excluded"]

_exclusions: Final = table_of(tables.UserTaskExclusion)
_tasks: Final = table_of(tables.UserTask)


def not_excluded(task: Any) -> ColumnElement[bool]:
    """A condition on a task, or on an entry of a pool: the parameter ``user`` may do it."""
    theirs = select(_exclusions.c.root_id, _exclusions.c.seq).where(_exclusions.c.user_name == word("user"))
    return tuple_(task.root_id, task.seq).not_in(theirs)


_OF_TASK: Final = Statement(
    select(_exclusions.c.user_name).where(_exclusions.c.root_id == word("root_id"), _exclusions.c.seq == number("seq"))
)
_ADD: Final = insert_or_nothing(_exclusions)
_LIFT: Final = Statement(
    delete(_exclusions).where(_exclusions.c.root_id == word("root_id"), _exclusions.c.seq == number("seq"))
)


def _of_instance(dialect: Dialect) -> tuple[ColumnElement[bool], ...]:
    return (
        _tasks.c.root_id == word("root_id"),
        _tasks.c.instance == number("instance"),
        among_texts(_tasks.c.element_id, "elements", dialect),
    )


def _add_completers(dialect: Dialect) -> ClauseElement:
    """Those who completed tasks of some elements, for a new task."""
    completed = constant(f"'{UserTaskState.COMPLETED.value}'")
    found = select(_tasks.c.assignee, _tasks.c.root_id, number("seq")).distinct()
    return insert_or_nothing_from(
        _exclusions, found.where(*_of_instance(dialect), _tasks.c.state == completed), dialect
    )


def _add_completer(dialect: Dialect) -> ClauseElement:
    """Somebody who completed a task, for the open tasks of some elements."""
    found = select(cast(word("user"), Text), _tasks.c.root_id, _tasks.c.seq)
    return insert_or_nothing_from(_exclusions, found.where(*_of_instance(dialect), _tasks.c.end_us.is_(None)), dialect)


def _touch(dialect: Dialect) -> ClauseElement:
    """Gives open tasks of some elements a new version: a claim under way is decided anew, and watchers are told."""
    changed = update(_tasks).values({_tasks.c.version: _tasks.c.version + constant("1")})
    return changed.where(*_of_instance(dialect), _tasks.c.end_us.is_(None))


_TOUCH: Final = Statement(_touch)
_ADD_COMPLETERS: Final = Statement(_add_completers)
_ADD_COMPLETER: Final = Statement(_add_completer)


def excluded_users(db: Connection, root_id: str, seq: int) -> frozenset[str]:
    """Returns who may not do a user task."""
    return frozenset(row[0] for row in db.fetch(_OF_TASK, {"root_id": root_id, "seq": seq}))


class ExclusionCalls:
    """The calls of ``Session`` that are about who may not do a user task."""

    db: Connection

    def excluded_users(self, root_id: str, seq: int) -> frozenset[str]:
        """See ``Session.excluded_users``."""
        return excluded_users(self.db, root_id, seq)

    def exclude_users(self, root_id: str, seq: int, users: Iterable[str]) -> None:
        """See ``Session.exclude_users``."""
        self.db.run_many(_ADD, [(user, root_id, seq) for user in users])

    def allow_users(self, root_id: str, seq: int) -> None:
        """See ``Session.allow_users``."""
        self.db.run(_LIFT, {"root_id": root_id, "seq": seq})

    def write_restrictions(self, changes: Changes) -> None:
        """Writes what a command changed of who may not do a task, after its tasks were written."""
        root_id = changes.root.id
        for restriction in changes.restrictions:
            self.exclude_users(root_id, restriction.seq, restriction.users)
            if restriction.completers_of:
                self.db.run(
                    _ADD_COMPLETERS,
                    {
                        "root_id": root_id,
                        "instance": restriction.instance,
                        "seq": restriction.seq,
                        "elements": serialize(list(restriction.completers_of)),
                    },
                )
        for completer in changes.completers:
            values = {
                "root_id": root_id,
                "instance": completer.instance,
                "user": completer.user,
                "elements": serialize(list(completer.elements)),
            }
            self.db.run(_ADD_COMPLETER, values)
            self.db.run(_TOUCH, values)
        for seq in changes.lift_restrictions:
            self.allow_users(root_id, seq)
