"""What a command needs beyond what it started from: one statement for each kind of need, whatever its size."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from bpmgrpc.engine.state import ROOT_SCOPE, Work
from bpmgrpc.store import rows, tables
from bpmgrpc.store.exclusions import excluded_users
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, among, among_texts, constant, number, numbers, word

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.sql.elements import ClauseElement

    from bpmgrpc.engine.state import Need, Snapshot
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = ["load_more"]

_elements: Final = table_of(tables.ElementInstance)
_variables: Final = table_of(tables.Variable)
_jobs: Final = table_of(tables.Job)
_subscriptions: Final = table_of(tables.EventSubscription)
_timers: Final = table_of(tables.Timer)
_tasks: Final = table_of(tables.UserTask)
_incidents: Final = table_of(tables.Incident)
_columns: Final = list(_elements.columns)[1:]
_of_root: Final = _elements.c.root_id == word("root_id")

_ALL: Final = Statement(select(*_columns).where(_of_root))
_READY: Final = Statement(select(*_columns).where(_of_root, _elements.c.state == constant("'READY'")))
_SOME: Final = Statement(lambda dialect: select(*_columns).where(_of_root, among(_elements.c.seq, "seqs", dialect)))

_JOB: Final = Statement(
    select(*list(_jobs.columns)[1:]).where(_jobs.c.root_id == word("root_id"), _jobs.c.seq == number("seq"))
)


_SUBSCRIPTIONS: Final = Statement(
    select(*list(_subscriptions.columns)[1:]).where(_subscriptions.c.root_id == word("root_id"))
)


def _waits(table: Table, *only: ColumnElement[bool]) -> Statement:
    """All that waits of a kind, in order."""
    return Statement(
        select(*list(table.columns)[1:]).where(table.c.root_id == word("root_id"), *only).order_by(table.c.seq)
    )


_TIMERS: Final = _waits(_timers)
_JOBS: Final = _waits(_jobs)
_TASKS: Final = _waits(_tasks, _tasks.c.end_us.is_(None))
_INCIDENTS: Final = _waits(_incidents, _incidents.c.open == constant("1"))


def _inside(dialect: Dialect) -> ClauseElement:
    # "scope <> 0" names the partial index on the content of sub-processes.
    inside = (
        select(*_columns)
        .where(_of_root, _elements.c.scope != constant("0"), among(_elements.c.scope, "scopes", dialect))
        .cte("inside", recursive=True)
    )
    child = _elements.alias("child")
    inside = inside.union_all(
        select(*list(child.columns)[1:])
        .select_from(inside)
        .join(child, (child.c.root_id == word("root_id")) & (child.c.scope == inside.c.seq))
        .where(child.c.scope != constant("0"))
    )
    return select(*inside.columns)


_INSIDE: Final = Statement(_inside)


def _some_variables(*, named: bool) -> Statement:
    def build(dialect: Dialect) -> ClauseElement:
        found = select(_variables.c.scope, _variables.c.name, _variables.c.value).where(
            _variables.c.root_id == word("root_id"), among(_variables.c.scope, "scopes", dialect)
        )
        if named:
            found = found.where(among_texts(_variables.c.name, "names", dialect))
        return found

    return Statement(build)


_NAMED_VARIABLES: Final = _some_variables(named=True)
_SCOPES_VARIABLES: Final = _some_variables(named=False)


def load_more(db: Connection, root_id: str, snapshot: Snapshot, need: Need) -> None:
    """Adds to a snapshot what the engine asked for.

    Args:
        db: The connection.
        root_id: Id of the root instance.
        snapshot: What is there already; rows are added to it.
        need: What is wanted.
    """

    def add(statement: Statement, **values: Any) -> list[int]:
        found = [rows.read_element(row) for row in db.fetch(statement, {"root_id": root_id, **values})]
        snapshot.elements.update((row.seq, row) for row in found)
        return [row.seq for row in found]

    dialect = db.dialect
    if need.excluded:
        snapshot.excluded = excluded_users(db, root_id, need.excluded)
    if need.elements:
        found_seqs = add(_SOME, seqs=numbers(sorted(need.elements), dialect))
        snapshot.absent |= need.elements.difference(found_seqs)
    if need.children:
        # Everything in a root lies in its outermost scope.
        whole = ROOT_SCOPE in need.children
        inside = add(_ALL) if whole else add(_INSIDE, scopes=numbers(sorted(need.children), dialect))
        snapshot.children_known.update(need.children, inside)
    if need.ready:
        add(_READY)
        snapshot.ready_known = True
    if need.job:
        for row in db.fetch(_JOB, {"root_id": root_id, "seq": need.job}):
            snapshot.job = rows.read_job(row)
    if need.subscriptions:
        found = (rows.read_subscription(row) for row in db.fetch(_SUBSCRIPTIONS, {"root_id": root_id}))
        snapshot.subscriptions = {row.seq: row for row in found}
        snapshot.subscriptions_known = True
    if need.work:
        key = {"root_id": root_id}
        snapshot.work = Work(
            tuple(rows.read_timer(row) for row in db.fetch(_TIMERS, key)),
            tuple(rows.read_job(row) for row in db.fetch(_JOBS, key)),
            tuple(rows.read_user_task(row) for row in db.fetch(_TASKS, key)),
            tuple(rows.read_incident(row) for row in db.fetch(_INCIDENTS, key)),
        )
    if need.variables:
        scopes = numbers(sorted({scope for scope, _ in need.variables}), dialect)
        names = json.dumps(sorted({name for _, name in need.variables}), ensure_ascii=False)
        snapshot.variables.update(dict.fromkeys(need.variables))
        for scope, name, value in db.fetch(_NAMED_VARIABLES, {"root_id": root_id, "scopes": scopes, "names": names}):
            snapshot.variables[scope, name] = value
    if need.all_variables:
        scopes = numbers(sorted(need.all_variables), dialect)
        for scope, name, value in db.fetch(_SCOPES_VARIABLES, {"root_id": root_id, "scopes": scopes}):
            snapshot.variables[scope, name] = value
        snapshot.names_known.update(need.all_variables)
        snapshot.values_known.update(need.all_variables)
