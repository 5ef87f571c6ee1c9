"""Commands on PostgreSQL: one statement to read, one to write.

Rule of this file: no transaction is opened for a command; the write is one statement and so is whole or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import psycopg
from sqlalchemy import delete

from bpmgrpc.store import postgresql_load, rows, tables
from bpmgrpc.store.calls import SessionCalls
from bpmgrpc.store.definitions import meant_parts, meant_values
from bpmgrpc.store.failures import DRIVER_ERRORS, translate
from bpmgrpc.store.history import write_events
from bpmgrpc.store.interface import DuplicateRequest
from bpmgrpc.store.job_states import job_states
from bpmgrpc.store.postgresql_write import document, instance_write, task_write
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, among, number, numbers, word

if TYPE_CHECKING:
    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.engine.events import Event
    from bpmgrpc.engine.state import JobRow, Snapshot, UserTaskRow
    from bpmgrpc.store.connection import Row
    from bpmgrpc.store.interface import Loaded, LoadedTask, Meant, RequestKey, StoredAnswer, Target
    from bpmgrpc.store.postgresql_connection import PostgresqlConnection
    from bpmgrpc.store.statements import Compiled

__all__ = ["PostgresqlSession"]

_answers: Final = table_of(tables.RequestAnswer)
_FORGET_EXPIRED: Final = Statement(
    delete(_answers).where(
        _answers.c.caller == word("caller"),
        _answers.c.rpc == word("rpc"),
        _answers.c.request_id == word("request_id"),
        _answers.c.expire_us <= number("at_us"),
    )
)

_candidates: Final = table_of(tables.UserTaskCandidate)
_LEAVE_POOLS: Final = Statement(
    delete(_candidates).where(_candidates.c.root_id == word("root_id"), among(_candidates.c.seq, "seqs", "postgresql"))
)

_ROOT_NAMES: Final = tuple(f"new_{name}" for name in rows.ROOT_COLUMNS)
_TASK_VERSIONS: Final = ("seq", "expected")
_ENDED: Final = ("seq", "state", "end_us", "end_reason")


def _document(columns: Sequence[str], values: Sequence[Sequence[Any]]) -> str:
    """A document of whole rows: all columns but the root's id, which is a parameter of its own."""
    return document(columns[1:], [row[1:] for row in values])


class PostgresqlSession(SessionCalls):
    """A session on a connection of the pool (``bpmgrpc.store.interface.Session``).

    Args:
        db: The connection.
        born: The connection's number.
    """

    def __init__(self, db: PostgresqlConnection, born: int) -> None:
        super().__init__(db)
        self.born = born
        self._db = db

    # -- read -----------------------------------------------------------------------------------------------------

    def load(self, root_id: str, seq: int, kind: Target, request: RequestKey | None, user: str = "") -> Loaded | None:
        """See ``Session.load``."""
        return postgresql_load.load(self._db, root_id, seq, kind, request, user)

    def load_user_task(self, root_id: str, seq: int, user: str, request: RequestKey | None) -> LoadedTask | None:
        """See ``Session.load_user_task``."""
        return postgresql_load.load_user_task(self._db, root_id, seq, user, request)

    def job_states(self, jobs: Sequence[tuple[str, JobRow]]) -> list[Snapshot]:
        """See ``Session.job_states``."""
        return job_states(self.db, jobs)

    # -- write ----------------------------------------------------------------------------------------------------

    def write(self, changes: Changes, answer: StoredAnswer | None, meant: Meant | None = None) -> bool:
        """See ``Session.write``."""
        if not (changes.leaves_something or changes.is_operation or changes.writes_beside):
            return self._write_instance(changes, answer, meant)
        with self.db.transaction():
            written = self._write_instance(changes, answer, meant)
            if written:
                self.leave(changes)
                self.write_operation(changes)
                self.write_beside(changes)
        return written

    def _write_instance(self, changes: Changes, answer: StoredAnswer | None, meant: Meant | None) -> bool:
        root = changes.root
        root_id = root.id
        now_us = changes.now_us
        values: dict[str, Any] = dict(zip(_ROOT_NAMES, rows.root_values(root, now_us), strict=True))
        values["root_id"] = root_id
        values["expected_version"] = root.version - 1
        values["now_us"] = now_us
        flags: set[str] = set()
        if changes.created:
            flags.add("created")
        if changes.expected_lease is not None:
            flags.add("lease")
            values["lease_seq"], values["lease_token"] = changes.expected_lease
        self._put_elements(root_id, changes, values)
        self._put_tasks(root_id, changes, values)
        self._put_waiting(root_id, changes, values)
        self._put_subscriptions(root_id, changes, values)
        if changes.new_instances:
            instances = [rows.instance_values(root, row) for row in changes.new_instances]
            values["instances"] = _document(rows.ROOT_COLUMNS, instances)
        if changes.end_instances:
            ended = [(row.seq, row.state.value, row.end_us, row.end_reason) for row in changes.end_instances]
            values["end_instances"] = document(_ENDED, ended)
        if changes.events:
            flags.add("history")
            values["root_version"] = root.version
            self._put_history(values, 0, 0, changes.actor, changes.events)
        if answer is not None:
            flags.add("answer")
            self._put_answer(values, answer)
        compiled = instance_write(frozenset(flags | values.keys()), meant_parts(meant) if meant is not None else None)
        if meant is not None:
            values |= meant_values(meant)
        written, *moved = self._write(compiled, values, answer, now_us)
        if moved and moved[0]:
            # What an assignment put into pools while the statement waited for the task's row, it did not see.
            self.db.run(_LEAVE_POOLS, {"root_id": root_id, "seqs": values["cancel_tasks"]})
        return bool(written == 1)

    @staticmethod
    def _put_elements(root_id: str, changes: Changes, values: dict[str, Any]) -> None:
        if changes.delete_elements:
            values["delete_elements"] = numbers(changes.delete_elements, "postgresql")
        if changes.put_elements:
            elements = [rows.element_values(root_id, row) for row in changes.put_elements]
            values["elements"] = _document(rows.ELEMENT_COLUMNS, elements)
        if changes.delete_variable_scopes:
            values["delete_variables"] = numbers(changes.delete_variable_scopes, "postgresql")
        if changes.put_variables:
            variables = [rows.variable_values(root_id, *variable) for variable in changes.put_variables]
            values["variables"] = _document(rows.VARIABLE_COLUMNS, variables)
        if changes.put_fields:
            values["fields"] = _document(rows.FIELD_COLUMNS, [(root_id, *row) for row in changes.put_fields])

    @staticmethod
    def _put_tasks(root_id: str, changes: Changes, values: dict[str, Any]) -> None:
        now_us = changes.now_us
        candidates = [values for row in changes.new_user_tasks for values in rows.pool_values(root_id, row)]
        clear: list[int] = []
        if changes.new_user_tasks:
            tasks = [rows.user_task_values(root_id, row, now_us) for row in changes.new_user_tasks]
            values["new_tasks"] = _document(rows.USER_TASK_COLUMNS, tasks)
        if changes.put_user_tasks:
            _put_user_tasks(root_id, changes.put_user_tasks, now_us, values)
            candidates += [values for row, _ in changes.put_user_tasks for values in rows.pool_values(root_id, row)]
            clear += [row.seq for row, _ in changes.put_user_tasks if not rows.left_pools_before(row)]
        if changes.cancel_user_tasks:
            # A statement changes a row once: a task that is put and canceled in one command is put.
            put = {row.seq for row, _ in changes.put_user_tasks}
            cancel = [seq for seq in changes.cancel_user_tasks if seq not in put] if put else changes.cancel_user_tasks
            values["cancel_tasks"] = numbers(cancel, "postgresql")
            clear += cancel
        if clear:
            values["clear_candidates"] = numbers(clear, "postgresql")
        if candidates:
            values["candidates"] = _document(rows.CANDIDATE_COLUMNS, candidates)

    @staticmethod
    def _put_waiting(root_id: str, changes: Changes, values: dict[str, Any]) -> None:
        if changes.delete_jobs:
            values["delete_jobs"] = numbers(changes.delete_jobs, "postgresql")
        jobs = [rows.job_values(root_id, row) for row in (*changes.new_jobs, *changes.put_jobs)]
        if jobs:
            values["jobs"] = _document(rows.JOB_COLUMNS, jobs)
        if changes.delete_timers:
            values["delete_timers"] = numbers(changes.delete_timers, "postgresql")
        if changes.delete_timers_of:
            values["delete_timers_of"] = numbers(changes.delete_timers_of, "postgresql")
        if changes.delete_timers_inside:
            values["delete_timers_inside"] = numbers(changes.delete_timers_inside, "postgresql")
        if changes.new_timers:
            timers = [rows.timer_values(root_id, row) for row in changes.new_timers]
            values["timers"] = _document(rows.TIMER_COLUMNS, timers)
        if changes.resolve_incidents_of:
            values["resolve_incidents"] = numbers(changes.resolve_incidents_of, "postgresql")
        if changes.new_incidents:
            incidents = [rows.incident_values(root_id, row) for row in changes.new_incidents]
            values["incidents"] = _document(rows.INCIDENT_COLUMNS, incidents)

    @staticmethod
    def _put_subscriptions(root_id: str, changes: Changes, values: dict[str, Any]) -> None:
        if changes.delete_subscriptions:
            values["delete_subscriptions"] = numbers(changes.delete_subscriptions, "postgresql")
        if changes.delete_subscriptions_of:
            values["delete_subscriptions_of"] = numbers(changes.delete_subscriptions_of, "postgresql")
        if changes.delete_subscriptions_inside:
            values["delete_subscriptions_inside"] = numbers(changes.delete_subscriptions_inside, "postgresql")
        if changes.put_subscriptions:
            subscriptions = [rows.subscription_values(root_id, row) for row in changes.put_subscriptions]
            values["subscriptions"] = _document(rows.SUBSCRIPTION_COLUMNS, subscriptions)

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
        return self._write_tasks(
            root_id, [(row, expected_version)], events, answer, now_us, actor, replace_candidates=replace_candidates
        )

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
        return self._write_tasks(root_id, tasks, events, answer, now_us, actor, replace_candidates=True)

    def _write_tasks(
        self,
        root_id: str,
        tasks: Sequence[tuple[UserTaskRow, int]],
        events: Sequence[Event],
        answer: StoredAnswer | None,
        now_us: int,
        actor: str,
        *,
        replace_candidates: bool,
    ) -> bool:
        values: dict[str, Any] = {"root_id": root_id, "now_us": now_us}
        _put_user_tasks(root_id, tasks, now_us, values)
        flags: set[str] = set()
        if len(tasks) > 1:
            flags.add("many")
        if replace_candidates:
            values["clear_candidates"] = values["put_seqs"]
            candidates = [values for row, _ in tasks for values in rows.pool_values(root_id, row)]
            if candidates:
                values["candidates"] = _document(rows.CANDIDATE_COLUMNS, candidates)
        if events:
            flags.add("history")
            row = tasks[0][0]
            self._put_history(values, row.seq, row.version, actor, events)
        if answer is not None:
            flags.add("answer")
            self._put_answer(values, answer)
        parts = frozenset(flags | (values.keys() & {"clear_candidates", "candidates"}))
        return bool(self._write(task_write(parts), values, answer, now_us)[0] == len(tasks))

    @staticmethod
    def _put_history(
        values: dict[str, Any], task_seq: int, task_version: int, actor: str, events: Sequence[Event]
    ) -> None:
        values["task_seq"] = task_seq
        values["task_version"] = task_version
        values["actor"] = actor
        values["events"] = write_events(events)

    @staticmethod
    def _put_answer(values: dict[str, Any], answer: StoredAnswer) -> None:
        key = answer.key
        values["answer_caller"] = key.caller
        values["answer_rpc"] = key.rpc
        values["answer_request_id"] = key.request_id
        values["answer_content_hash"] = answer.content_hash
        values["answer_response"] = answer.response
        values["answer_expire_us"] = answer.expire_us

    def _write(self, compiled: Compiled, values: dict[str, Any], answer: StoredAnswer | None, now_us: int) -> Row:
        """Runs a write and returns its one row: how many rows its compare-and-set touched, and what else it counts."""
        parameters = compiled.bind(values)
        try:
            try:
                return self._run(compiled, parameters)
            except psycopg.errors.UniqueViolation as error:
                if answer is None or error.diag.constraint_name != _answers.primary_key.name:
                    raise
                # An answer that has expired is still in the way until the background removes it.
                key = {**answer.key._asdict(), "at_us": now_us}
                if self._db.in_transaction or self._db.run(_FORGET_EXPIRED, key) == 0:
                    raise DuplicateRequest from error
                return self._run(compiled, parameters)
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def _run(self, compiled: Compiled, parameters: Sequence[Any]) -> Row:
        return self._db.all_or_driver_error(compiled.sql, parameters)[0]


def _put_user_tasks(
    root_id: str, tasks: Sequence[tuple[UserTaskRow, int | None]], now_us: int, values: dict[str, Any]
) -> None:
    """Puts the rows and the versions that are expected, the latter twice: for the lock and for the change."""
    written = [(*rows.user_task_values(root_id, row, now_us), expected) for row, expected in tasks]
    values["put_tasks"] = _document((*rows.USER_TASK_COLUMNS, "expected"), written)
    values["task_versions"] = document(_TASK_VERSIONS, [(row.seq, expected) for row, expected in tasks])
    values["put_seqs"] = numbers([row.seq for row, _ in tasks], "postgresql")
    values["task_count"] = len(tasks)
