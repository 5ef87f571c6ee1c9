"""Commands on SQLite: a few small statements each, inside the transaction that the one writer holds.

Rule of this file: a statement finds its rows by a key, so it costs microseconds, and their number depends on what the
command touches (scopes around its target, kinds of rows that change), never on how large the instance is. What
decides whether the command may be written at all comes first: the compare-and-set, the lease, the tasks' versions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.state import OPEN_USER_TASK_STATES, ROOT_SCOPE, Membership, Snapshot, UserTaskState
from bpmgrpc.store import rows
from bpmgrpc.store import sqlite_statements as sql
from bpmgrpc.store.calls import SessionCalls
from bpmgrpc.store.definitions import meant_parts, meant_values
from bpmgrpc.store.history import write_events
from bpmgrpc.store.interface import (
    MAX_LOADED_VARIABLES,
    DuplicateRequest,
    Loaded,
    LoadedTask,
)
from bpmgrpc.store.membership import read_membership
from bpmgrpc.store.snapshots import put_variables
from bpmgrpc.store.targets import TARGETS

if TYPE_CHECKING:
    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.engine.events import Event
    from bpmgrpc.engine.state import JobRow, UserTaskRow
    from bpmgrpc.store.interface import Meant, RequestKey, StoredAnswer, Target
    from bpmgrpc.store.sqlite_connection import SqliteConnection

__all__ = ["SqliteSession"]

_CANCELED: Final = UserTaskState.CANCELED.value


def _directory_matters(task: UserTaskRow, user: str) -> bool:
    """Whether anything in the directory could decide what a user may do with a task."""
    offered = task.candidates
    if task.state is UserTaskState.CLAIMED or user in offered.users:
        return False
    return bool(offered.groups or offered.roles or offered.work_party)


class SqliteSession(SessionCalls):
    """The session that writes (``bpmgrpc.store.interface.Session``).

    Args:
        db: The writer's connection.
    """

    born = 0

    def __init__(self, db: SqliteConnection) -> None:
        super().__init__(db)
        self.connection = self._db = db

    @property
    def rows_changed(self) -> int:
        """How many rows were changed so far, also in what was taken back."""
        return self.connection.raw.total_changes

    def begin(self) -> None:
        """Begins a transaction and takes the write lock."""
        self._db.command("BEGIN IMMEDIATE")

    # -- load -----------------------------------------------------------------------------------------------------

    def load(self, root_id: str, seq: int, kind: Target, request: RequestKey | None, user: str = "") -> Loaded | None:
        """See ``Session.load``."""
        one = self._db.one
        replay = self.find_answer(request) if request is not None else None
        found = one(sql.TARGET[kind], (seq, root_id))
        snapshot = Snapshot()
        if found is None:
            return Loaded(snapshot, replay, self._generation()) if replay is not None else None
        target = TARGETS[kind]
        snapshot.root = rows.read_root(root_id, found[1 : sql.TARGET_BEGINS])
        element_seq = target.put(snapshot, found[sql.TARGET_BEGINS :])
        self._load_scopes(root_id, snapshot, element_seq, may_be_scope=target.may_be_scope)
        task = snapshot.user_task
        if user and (task is None or _directory_matters(task, user)):
            snapshot.membership = self.membership(user, task.candidates.work_party if task is not None else "")
        return Loaded(snapshot, replay, found[0])

    def _generation(self) -> int:
        found = self._db.one(sql.GENERATION, ())
        return found[0] if found is not None else 0

    def _load_scopes(self, root_id: str, snapshot: Snapshot, seq: int, *, may_be_scope: bool) -> None:
        """Loads an element instance, the scopes around it, and what lies in them."""
        db = self._db
        elements = snapshot.elements
        with_variables: list[int] = []
        with_joins: list[int] = [seq] if may_be_scope and seq else []
        while seq:
            row = elements.get(seq)
            if row is None:
                found = db.one(sql.ELEMENT, (root_id, seq))
                if found is None:
                    break
                row = elements[seq] = rows.read_element(found)
            if "local" in row.data or "definition" in row.data:
                with_variables.append(seq)
            else:
                snapshot.names_known.add(seq)  # it has no variables of its own
            seq = row.scope
            if seq:
                with_joins.append(seq)
        for scope in (*with_joins, ROOT_SCOPE):
            for join in db.all(sql.JOINS, (root_id, scope)):
                row = rows.read_element(join)
                elements[row.seq] = row
        room = MAX_LOADED_VARIABLES
        for scope in (*with_variables, ROOT_SCOPE):
            if room <= 0:
                break
            variables = db.all(sql.VARIABLES, (root_id, scope, room + 1))
            complete = len(variables) <= room
            put_variables(snapshot, scope, variables, complete=complete)
            room = room - len(variables) if complete else 0

    def job_states(self, jobs: Sequence[tuple[str, JobRow]]) -> list[Snapshot]:
        """See ``Session.job_states``: there are no round trips to save."""
        return []

    # -- write ----------------------------------------------------------------------------------------------------

    def _atomically(self, write: Callable[[], bool]) -> bool:
        """Gives a write a transaction of its own where the caller has none open."""
        if self._db.in_transaction:
            return write()
        self.begin()
        try:
            done = write()
        except BaseException:
            self.rollback()
            raise
        if done:
            self.commit()
        else:
            self.rollback()
        return done

    def write(self, changes: Changes, answer: StoredAnswer | None, meant: Meant | None = None) -> bool:
        """See ``Session.write``."""
        if self._db.in_transaction:
            return self._write(changes, answer, meant)
        return self._atomically(lambda: self._write(changes, answer, meant))

    def _write(self, changes: Changes, answer: StoredAnswer | None, meant: Meant | None) -> bool:
        db = self._db
        root = changes.root
        root_id = root.id
        now_us = changes.now_us
        row = rows.root_values(root, now_us)
        rows.refuse_nul_in((*row, changes.actor))
        if changes.created:
            if meant is not None:
                insert = sql.insert_root_if_meant(*meant_parts(meant))
                values = dict(zip(rows.ROOT_COLUMNS, row, strict=True)) | meant_values(meant)
                if db.change(insert.sql, insert.bind(values)) != 1:
                    return False
            elif db.change(sql.INSERT_ROOT, row) != 1:
                return False
        elif db.change(sql.UPDATE_ROOT, sql.pick_update_root((*row, root.version - 1))) != 1:
            return False
        if changes.expected_lease is not None:
            seq, token = changes.expected_lease
            if db.one(sql.LEASE, (root_id, seq, token)) is None:
                return False
        for task, expected in changes.put_user_tasks:
            if not self._put_user_task(root_id, task, expected, now_us):
                return False
        self._write_elements(root_id, changes)
        self._write_waiting(root_id, changes)
        self._write_subscriptions(root_id, changes)
        if changes.leaves_something:
            self.leave(changes)
        if changes.is_operation:
            self.write_operation(changes)
        if changes.new_user_tasks:
            self._insert_user_tasks(root_id, changes.new_user_tasks, now_us)
        if changes.cancel_user_tasks:
            db.change_many(sql.DELETE_CANDIDATES, [(root_id, seq) for seq in changes.cancel_user_tasks])
            db.change_many(
                sql.CANCEL_USER_TASK, [(_CANCELED, now_us, root_id, seq) for seq in changes.cancel_user_tasks]
            )
        if changes.writes_beside:
            self.write_beside(changes)
        if changes.new_instances:
            self._insert(
                sql.INSERT_INSTANCE, [rows.instance_values(root, instance) for instance in changes.new_instances]
            )
        if changes.end_instances:
            ended = [(i.state.value, i.end_us, i.end_reason, root_id, i.seq) for i in changes.end_instances]
            self._insert(sql.END_INSTANCE, ended)
        if changes.events:
            history = (root_id, root.version, now_us, 0, 0, changes.actor, write_events(changes.events))
            db.change(sql.INSERT_HISTORY, history)
        if answer is not None:
            self._insert_answer(answer, now_us)
        return True

    def _insert(self, text: str, values: Sequence[Sequence[Any]]) -> None:
        rows.refuse_nul(values)
        self._db.change_many(text, values)

    def _write_elements(self, root_id: str, changes: Changes) -> None:
        db = self._db
        if changes.delete_elements:
            db.change_many(sql.DELETE_ELEMENT, [(root_id, seq) for seq in changes.delete_elements])
        if changes.put_elements:
            self._insert(sql.PUT_ELEMENT, [rows.element_values(root_id, row) for row in changes.put_elements])
        if changes.delete_variable_scopes:
            db.change_many(sql.DELETE_VARIABLES, [(root_id, scope) for scope in changes.delete_variable_scopes])
        if changes.put_variables:
            self._insert(
                sql.PUT_VARIABLE,
                [rows.variable_values(root_id, scope, name, value) for scope, name, value in changes.put_variables],
            )
        if changes.put_fields:
            self._insert(sql.PUT_FIELD, [(root_id, *row) for row in changes.put_fields])

    def _write_waiting(self, root_id: str, changes: Changes) -> None:
        """Writes jobs, timers and incidents; what goes, goes first, since a new timer may take an old one's place."""
        db = self._db
        if changes.delete_jobs:
            db.change_many(sql.DELETE_JOB, [(root_id, seq) for seq in changes.delete_jobs])
        jobs = [*changes.new_jobs, *changes.put_jobs]
        if jobs:
            self._insert(sql.PUT_JOB, [rows.job_values(root_id, row) for row in jobs])
        if changes.delete_timers:
            db.change_many(sql.DELETE_TIMER, [(root_id, seq) for seq in changes.delete_timers])
        if changes.delete_timers_of:
            db.change_many(sql.DELETE_TIMERS_OF, [(root_id, seq) for seq in changes.delete_timers_of])
        if changes.delete_timers_inside:
            db.change_many(sql.DELETE_TIMERS_INSIDE, [(root_id, seq) for seq in changes.delete_timers_inside])
        if changes.new_timers:
            self._insert(sql.INSERT_TIMER, [rows.timer_values(root_id, row) for row in changes.new_timers])
        if changes.resolve_incidents_of:
            resolved = [(changes.now_us, root_id, seq) for seq in changes.resolve_incidents_of]
            db.change_many(sql.RESOLVE_INCIDENTS_OF, resolved)
        if changes.new_incidents:
            self._insert(sql.INSERT_INCIDENT, [rows.incident_values(root_id, row) for row in changes.new_incidents])

    def _write_subscriptions(self, root_id: str, changes: Changes) -> None:
        """Writes subscriptions; what goes, goes first, as with timers."""
        db = self._db
        if changes.delete_subscriptions:
            db.change_many(sql.DELETE_SUBSCRIPTION, [(root_id, seq) for seq in changes.delete_subscriptions])
        if changes.delete_subscriptions_of:
            db.change_many(sql.DELETE_SUBSCRIPTIONS_OF, [(root_id, seq) for seq in changes.delete_subscriptions_of])
        if changes.delete_subscriptions_inside:
            inside = [(root_id, seq) for seq in changes.delete_subscriptions_inside]
            db.change_many(sql.DELETE_SUBSCRIPTIONS_INSIDE, inside)
        if changes.put_subscriptions:
            written = [rows.subscription_values(root_id, row) for row in changes.put_subscriptions]
            self._insert(sql.PUT_SUBSCRIPTION, written)

    def _insert_user_tasks(self, root_id: str, tasks: Sequence[UserTaskRow], now_us: int) -> None:
        values = [rows.user_task_values(root_id, row, now_us) for row in tasks]
        for row in values:
            rows.refuse_nul_in(row)
        self._db.change_many(sql.INSERT_USER_TASK, values)
        pools = [pool for task in tasks for pool in rows.pool_values(root_id, task)]
        if pools:
            self._insert(sql.INSERT_CANDIDATE, pools)

    def _put_user_task(self, root_id: str, row: UserTaskRow, expected: int | None, now_us: int) -> bool:
        db = self._db
        values = rows.user_task_values(root_id, row, now_us)
        rows.refuse_nul_in(values)
        if not rows.left_pools_before(row):
            db.change(sql.DELETE_CANDIDATES, (root_id, row.seq))
        if expected is None:
            touched = db.change(sql.UPDATE_USER_TASK, sql.pick_update_user_task(values))
        else:
            touched = db.change(sql.UPDATE_USER_TASK_OF, sql.pick_update_user_task_of((*values, expected)))
        if touched != 1:
            return False
        self._insert_candidates(root_id, row)
        return True

    def _offer_user_task(
        self,
        root_id: str,
        row: UserTaskRow,
        expected: int,
        now_us: int,
        *,
        replace_candidates: bool,
        whole: bool = False,
    ) -> bool:
        values = rows.user_task_values(root_id, row, now_us)
        rows.refuse_nul_in(values)
        if row.end_us is None and row.state in OPEN_USER_TASK_STATES and not whole:
            touched = self._db.change(sql.UPDATE_OFFER, sql.pick_update_offer((*values, expected)))
        else:
            touched = self._db.change(sql.UPDATE_USER_TASK_OF, sql.pick_update_user_task_of((*values, expected)))
        if touched != 1:
            return False
        if replace_candidates:
            self._db.change(sql.DELETE_CANDIDATES, (root_id, row.seq))
            self._insert_candidates(root_id, row)
        return True

    def _insert_candidates(self, root_id: str, row: UserTaskRow) -> None:
        pools = rows.pool_values(root_id, row)
        if pools:
            self._insert(sql.INSERT_CANDIDATE, pools)

    def _insert_answer(self, answer: StoredAnswer, now_us: int) -> None:
        key = answer.key
        values = (key.caller, key.rpc, key.request_id, answer.content_hash, answer.response, answer.expire_us)
        rows.refuse_nul((values,))
        if self._db.change(sql.PUT_ANSWER, sql.pick_put_answer((*values, now_us))) != 1:
            raise DuplicateRequest

    # -- user tasks alone -----------------------------------------------------------------------------------------

    def load_user_task(self, root_id: str, seq: int, user: str, request: RequestKey | None) -> LoadedTask | None:
        """See ``Session.load_user_task``."""
        replay = self.find_answer(request) if request is not None else None
        found = self._db.one(sql.TARGET["user_task"], (seq, root_id))
        if found is None:
            return None if replay is None else LoadedTask(None, None, read_membership(user, ()), replay)
        root = rows.read_root(root_id, found[1 : sql.TARGET_BEGINS])
        row = rows.read_user_task(found[sql.TARGET_BEGINS :])
        matters = _directory_matters(row, user)
        membership = self.membership(user, row.candidates.work_party) if matters else Membership(user)
        return LoadedTask(row, root, membership, replay)

    def write_user_task(
        self,
        root_id: str,
        row: UserTaskRow,
        expected_version: int,
        events: Sequence[Event],
        answer: StoredAnswer | None,
        now_us: int,
        actor: str,
        replace_candidates: bool,
    ) -> bool:
        """See ``Session.write_user_task``."""

        def write() -> bool:
            if not self._offer_user_task(root_id, row, expected_version, now_us, replace_candidates=replace_candidates):
                return False
            self._end_task_command(root_id, row, events, answer, now_us, actor)
            return True

        return self._atomically(write)

    def write_user_tasks(
        self,
        root_id: str,
        tasks: Sequence[tuple[UserTaskRow, int]],
        events: Sequence[Event],
        answer: StoredAnswer | None,
        now_us: int,
        actor: str,
    ) -> bool:
        """See ``Session.write_user_tasks``."""

        def write() -> bool:
            for row, expected in tasks:
                if not self._offer_user_task(root_id, row, expected, now_us, replace_candidates=True, whole=True):
                    return False
            self._end_task_command(root_id, tasks[0][0], events, answer, now_us, actor)
            return True

        return self._atomically(write)

    def _end_task_command(
        self,
        root_id: str,
        row: UserTaskRow,
        events: Sequence[Event],
        answer: StoredAnswer | None,
        now_us: int,
        actor: str,
    ) -> None:
        if events:
            rows.refuse_nul(((actor,),))
            history = (root_id, root_id, now_us, row.seq, row.version, actor, write_events(events))
            self._db.change(sql.INSERT_TASK_HISTORY, history)
        if answer is not None:
            self._insert_answer(answer, now_us)

    def close(self) -> None:
        """Closes the connection."""
        self._db.raw.close()
