"""The log of changes of user tasks: what of it somebody has not seen yet.

Rules of this file. What somebody has seen is not a place in the log but a set of transactions, because on PostgreSQL
a transaction with a lower number may commit after one with a higher number: all below ``next``, without ``missing``,
which were under way. What is unseen is then a difference of two such sets, exact whatever commits when, and nobody
waits for a long transaction. On SQLite one transaction follows the other and nothing is ever missing.

A change is told with the task as it is when the log is read: changes in between are in the log as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, not_, or_, select, text

from bpmgrpc.engine.state import OPEN_USER_TASK_STATES, RESTRICTED, UserTaskState, copy_row
from bpmgrpc.store import inbox, lists, rows, tables
from bpmgrpc.store.exclusions import excluded_users
from bpmgrpc.store.membership import OFFERED, candidate_keys_of
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, among, constant, number, numbers, word
from bpmgrpc.store.triggers import DIRECTORY_CHANGED
from bpmgrpc.store.views import UserTaskPart, UserTaskView

if TYPE_CHECKING:
    from collections.abc import Container

    from sqlalchemy.sql.elements import ClauseElement

    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = ["LOG_DIRECTORY_CHANGE", "ChangeKey", "ChangeLogCalls", "ChangeQueries", "Seen", "UserTaskChange"]

ChangeKey = tuple[int, str, int]
"""Place of a row in the log: position, root id, number of the task."""

_log: Final = table_of(tables.UserTaskChange)
_horizon: Final = table_of(tables.ChangeHorizon)
_tasks: Final = table_of(tables.UserTask)
_described: Final = table_of(tables.ProcessDefinition).alias("described")

LOG_DIRECTORY_CHANGE: Final = Statement(lambda dialect: text(DIRECTORY_CHANGED[dialect]))

_BEFORE: Final = ("state", "assignee", "owner", "candidates", "priority", "due_us", "follow_up_us")


@dataclass(frozen=True, slots=True)
class Seen:
    """Which transactions somebody has seen: all below ``next``, but for those that are ``missing``, in order."""

    next: int
    missing: tuple[int, ...] = ()

    @property
    def least(self) -> int:
        """The first that is not seen."""
        return self.missing[0] if self.missing else self.next


@dataclass(frozen=True, slots=True)
class UserTaskChange:
    """A change of a user task.

    Attributes:
        key: Its place in the log.
        before: The task before the change, as far as a list can be narrowed by what changes; None: it was not there.
        task: The task as it is now; None where it is gone, and where the directory changed.
    """

    key: ChangeKey
    before: UserTaskView | None
    task: UserTaskView | None

    @property
    def is_of_directory(self) -> bool:
        """Whether not a task but the directory changed."""
        return not self.key[1]


@cache
def _statement(*, after: bool) -> Statement:
    position = _log.c.position

    def build(dialect: Dialect) -> ClauseElement:
        found = (
            select(
                position,
                _log.c.root_id,
                _log.c.seq,
                *(_log.c[name] for name in _BEFORE),
                *_tasks.c,
                _described.c.process_name,
                _described.c.app_name,
            )
            .select_from(_log)
            .outerjoin(_tasks, and_(_tasks.c.root_id == _log.c.root_id, _tasks.c.seq == _log.c.seq))
            .outerjoin(_described, _described.c.id == _tasks.c.definition_id)
            .where(
                position >= number("least"),
                or_(position >= number("since_next"), among(position, "since_missing", dialect)),
                position < number("until_next"),
                not_(among(position, "until_missing", dialect)),
            )
        )
        if after:
            key = (position, _log.c.root_id, _log.c.seq)
            values = (number("after_position"), word("after_root_id"), number("after_seq"))
            found = found.where(
                or_(
                    key[0] > values[0],
                    and_(key[0] == values[0], key[1] > values[1]),
                    and_(key[0] == values[0], key[1] == values[1], key[2] > values[2]),
                )
            )
        return found.order_by(position, _log.c.root_id, _log.c.seq).limit(number("room"))

    return Statement(build)


def _end(dialect: Dialect) -> ClauseElement:
    if dialect == "sqlite":
        return select(func.coalesce(func.max(_log.c.position), constant("0")) + constant("1"))
    return text("SELECT txid_current_snapshot()::text")


_END: Final = Statement(_end)
_HORIZON: Final = Statement(select(_horizon.c.position))
_OLDEST: Final = Statement(select(_log.c.position, _log.c.create_us).order_by(_log.c.position).limit(number("room")))
_NEWEST: Final = Statement(select(func.max(_log.c.position)))
_REMOVE: Final = Statement(_log.delete().where(_log.c.position <= number("position")))
_MOVE_HORIZON: Final = Statement(
    text(
        "INSERT INTO change_horizon VALUES (1, :position) ON CONFLICT (id) DO UPDATE "
        "SET position = excluded.position WHERE excluded.position > change_horizon.position"
    ).bindparams(number("position"))
)
_INSIDE: Final = Statement(lists.instances_inside())


@cache
def _pools(parts: frozenset[UserTaskPart]) -> Statement:
    return Statement(candidate_keys_of(word("user"), parts))


class ChangeQueries:
    """What is asked about the log."""

    db: Connection

    def change_log_end(self) -> Seen:
        """Returns what can be seen of the log now."""
        return _read_end(self.db)

    def user_task_changes(
        self, since: Seen, until: Seen, after: ChangeKey | None, limit: int
    ) -> list[UserTaskChange] | None:
        """Returns changes that can be seen in one and not in the other, in the order of the log.

        Args:
            since: What was seen before.
            until: What is seen with it.
            after: Only those behind this one.
            limit: How many at the most.

        Returns:
            None where some of them have been removed from the log.
        """
        values = {
            "least": max(since.least, after[0] if after else 0),
            "since_next": since.next,
            "since_missing": numbers(since.missing, self.db.dialect),
            "until_next": until.next,
            "until_missing": numbers(until.missing, self.db.dialect),
            "room": limit,
        }
        if after:
            values |= {"after_position": after[0], "after_root_id": after[1], "after_seq": after[2]}
        found = [self._restricted(_read(row)) for row in self.db.fetch(_statement(after=after is not None), values)]
        # Asked afterwards: what was removed meanwhile is noticed too.
        removed = self.db.fetch(_HORIZON)
        return None if removed and removed[0][0] >= since.least else found

    def _restricted(self, change: UserTaskChange) -> UserTaskChange:
        """Adds who may not do a task; few tasks have such users. Before the change anybody may have seen it."""
        task = change.task
        if task is None or not task.row.flags & RESTRICTED:
            return change
        return replace(change, task=replace(task, excluded=excluded_users(self.db, task.root_id, task.row.seq)))

    def pools_of(self, user: str, parts: Container[UserTaskPart]) -> frozenset[str]:
        """Returns the keys of the pools in which parts of a user's tasks lie."""
        chosen = frozenset(part for part in OFFERED if part in parts)
        return frozenset(row[0] for row in self.db.fetch(_pools(chosen), {"user": user})) if chosen else frozenset()

    def instances_inside(self, root_id: str, instance: int) -> frozenset[int]:
        """Returns the numbers of a called instance and of those it called."""
        return frozenset(row[0] for row in self.db.fetch(_INSIDE, {"root_id": root_id, "instance": instance}))


def _read_end(db: Connection) -> Seen:
    found = db.fetch(_END)[0][0]
    if isinstance(found, int):
        return Seen(found)
    _, following, running = found.split(":")  # PostgreSQL writes a snapshot as xmin:xmax:xid,xid,…
    return Seen(int(following), tuple(sorted(map(int, filter(None, running.split(","))))))


def _read(row: Sequence[Any]) -> UserTaskChange:
    key: ChangeKey = (row[0], row[1], row[2])
    state, assignee, owner, candidates, priority, due_us, follow_up_us = row[3 : 3 + len(_BEFORE)]
    now = row[3 + len(_BEFORE) :]
    if now[0] is None:
        return UserTaskChange(key, None, None)
    task = inbox.read_user_task(now)
    if not state:
        return UserTaskChange(key, None, task)
    before = copy_row(
        task.row,
        state=UserTaskState(state),
        assignee=assignee,
        owner=owner,
        candidates=rows.read_candidates(candidates),
        priority=priority,
        due_us=due_us,
        follow_up_us=follow_up_us,
        end_us=None if state in OPEN_USER_TASK_STATES else task.row.end_us,
    )
    return UserTaskChange(key, UserTaskView(task.root_id, before, task.process_name, task.app_name), task)


class ChangeLogCalls:
    """The calls of ``Session`` that are about the log."""

    db: Connection

    def delete_old_user_task_changes(self, older_than_us: int, limit: int) -> int:
        """See ``Session.delete_old_user_task_changes``."""
        with self.db.transaction():
            oldest = self.db.fetch(_OLDEST, {"room": limit})
            old = []
            for position, create_us in oldest:
                if create_us >= older_than_us:
                    break
                old.append(position)
            if not old:
                return 0
            # The newest stays: the next position is counted from it on SQLite. What is behind a transaction that still
            # runs stays too, or nobody's view would ever be whole while it runs.
            position = min(old[-1], self.db.fetch(_NEWEST)[0][0] - 1, _read_end(self.db).least - 1)
            self.db.run(_MOVE_HORIZON, {"position": position})
            removed = self.db.run(_REMOVE, {"position": position})
        return limit if removed and len(old) == limit else removed
