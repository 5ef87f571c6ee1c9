"""Rows in a real store: a harness that works on them saves and reloads after each command.

Rule of this file: the store is used as ``bpmgrpc.runtime.instances`` uses it, and gives the engine no more than it
gives there. What a test looks at is read from the tables directly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, literal_column, select, update

from bpmgrpc.engine.state import InstanceRow, InstanceState
from bpmgrpc.store import rows, tables
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, number, word

if TYPE_CHECKING:
    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.engine.state import (
        ElementRow,
        IncidentRow,
        JobRow,
        Need,
        Root,
        Snapshot,
        SubscriptionRow,
        TimerRow,
        UserTaskRow,
    )
    from bpmgrpc.store.interface import Store, Target


def _all_of(model: Any) -> Statement:
    table = table_of(model)
    key = list(table.primary_key.columns)[1]
    return Statement(select(*list(table.columns)[1:]).where(table.c.root_id == word("root_id")).order_by(key))


_INSTANCES = _all_of(tables.ProcessInstance)
_ELEMENTS = _all_of(tables.ElementInstance)
_VARIABLES = _all_of(tables.Variable)
_TASKS = _all_of(tables.UserTask)
_JOBS = _all_of(tables.Job)
_TIMERS = _all_of(tables.Timer)
_INCIDENTS = _all_of(tables.Incident)
_SUBSCRIPTIONS = _all_of(tables.EventSubscription)

_jobs = table_of(tables.Job)
_LEASE = Statement(
    update(_jobs)
    .values(
        {
            _jobs.c.lease_token: bindparam("token"),
            _jobs.c.worker: bindparam("by_worker"),
            _jobs.c.available_us: bindparam("until_us"),
            _jobs.c.leased: literal_column("1"),
            _jobs.c.queued: literal_column("0"),
        }
    )
    .where(_jobs.c.root_id == word("root"), _jobs.c.seq == number("of"))
)


class StoreRows:
    """Keeps the rows of a root instance in a store.

    Args:
        store: The open, migrated store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self, root_id: str, seq: int, kind: Target) -> Snapshot | None:
        with self._store.writer() as session:
            loaded = session.load(root_id, seq, kind, None)
        return loaded.snapshot if loaded is not None else None

    def load_more(self, root_id: str, snapshot: Snapshot, need: Need) -> None:
        with self._store.writer() as session:
            session.load_more(root_id, snapshot, need)

    def write(self, changes: Changes) -> None:
        with self._store.writer() as session:
            assert session.write(changes, None), "somebody else changed the instance"

    def root(self, root_id: str) -> Root:
        return rows.read_root(root_id, self._fetch(_INSTANCES, root_id)[0])

    def user_tasks(self, root_id: str) -> list[UserTaskRow]:
        return self._read(_TASKS, root_id, rows.read_user_task)

    def jobs(self, root_id: str) -> list[JobRow]:
        return self._read(_JOBS, root_id, rows.read_job)

    def timers(self, root_id: str) -> list[TimerRow]:
        return self._read(_TIMERS, root_id, rows.read_timer)

    def subscriptions(self, root_id: str) -> list[SubscriptionRow]:
        return self._read(_SUBSCRIPTIONS, root_id, rows.read_subscription)

    def incidents(self, root_id: str) -> list[IncidentRow]:
        return self._read(_INCIDENTS, root_id, rows.read_incident)

    def elements(self, root_id: str) -> list[ElementRow]:
        return self._read(_ELEMENTS, root_id, rows.read_element)

    def instances(self, root_id: str) -> list[InstanceRow]:
        return self._read(_INSTANCES, root_id, _read_instance)[1:]  # the first is the root

    def variables(self, root_id: str) -> dict[tuple[int, str], str]:
        return {(row[0], row[1]): row[-1] for row in self._fetch(_VARIABLES, root_id)}

    def excluded(self, root_id: str, seq: int) -> frozenset[str]:
        with self._store.writer() as session:
            return session.excluded_users(root_id, seq)

    def lease(self, root_id: str, seq: int, token: str, until_us: int) -> None:
        values = {"root": root_id, "of": seq, "token": token, "by_worker": "w", "until_us": until_us}
        with self._store.writer() as session:
            assert session.db.run(_LEASE, values) == 1  # type: ignore[attr-defined]

    def _fetch(self, statement: Statement, root_id: str) -> list[tuple[Any, ...]]:
        with self._store.writer() as session:
            found: list[tuple[Any, ...]] = session.db.fetch(statement, {"root_id": root_id})  # type: ignore[attr-defined]
        return found

    def _read(self, statement: Statement, root_id: str, read: Callable[[Any], Any]) -> list[Any]:
        return [read(row) for row in self._fetch(statement, root_id)]


def _read_instance(row: Any) -> InstanceRow:
    values = dict(zip(rows.ROOT_COLUMNS[1:], row, strict=True))
    return InstanceRow(
        values["seq"],
        values["definition_id"],
        values["parent_scope"],
        values["business_key"],
        values["create_us"],
        InstanceState(values["state"]),
        values["end_us"],
        values["end_reason"],
    )
