"""Jobs and whatever else waits for its time: leases, timers, long runs, answers that expire.

Rule of this file: a lease is a conditional UPDATE, right on both databases; SKIP LOCKED only spares PostgreSQL's
workers from waiting for each other. Lists of what is due take nothing away: a command does, and checks again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, case, delete, func, select, tuple_, update

from bpmgrpc.engine.state import InstanceState
from bpmgrpc.store import rows, tables
from bpmgrpc.store.interface import DueTimer, StartTimerRow
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, among_texts, constant, number, word
from bpmgrpc.store.visible import asked_elements, elements_asked, visible_variables

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.sql.elements import ClauseElement

    from bpmgrpc.engine.state import JobRow
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = ["DueCalls", "JobCalls"]

_jobs: Final = table_of(tables.Job)
_timers: Final = table_of(tables.Timer)
_start_timers: Final = table_of(tables.TimerStart)
_instances: Final = table_of(tables.ProcessInstance)
_answers: Final = table_of(tables.RequestAnswer)


def rank_us(jobs: Table) -> ColumnElement[Any]:
    """The place of a job in the queue that can be had from now on."""
    rank: ColumnElement[Any] = jobs.c.available_us - jobs.c.priority * constant(str(rows.PRIORITY_US))
    return rank


def _update_first(queue: Any, values: Any, dialect: Dialect) -> Any:
    """An UPDATE of the jobs that a query gives, with no other job locked, and none that somebody else has locked."""
    changed = update(_jobs).values(values)
    if dialect == "sqlite":
        return changed.where(tuple_(_jobs.c.root_id, _jobs.c.seq).in_(queue))
    # Materialized: planned into a join, the queue could be read twice, and more rows than wanted locked.
    picked = queue.with_for_update(skip_locked=True).cte("picked").prefix_with("MATERIALIZED", dialect="postgresql")
    return changed.where(_jobs.c.root_id == picked.c.root_id, _jobs.c.seq == picked.c.seq)


def _activate(dialect: Dialect) -> ClauseElement:
    queue = (
        select(_jobs.c.root_id, _jobs.c.seq)
        .where(_jobs.c.type == word("of_type"), _jobs.c.queued == constant("1"))
        .order_by(_jobs.c.rank_us, _jobs.c.root_id, _jobs.c.seq)
        .limit(number("max_jobs"))
    )
    lease = {
        _jobs.c.lease_token: bindparam("token"),
        _jobs.c.worker: bindparam("by_worker"),
        _jobs.c.available_us: bindparam("until_us"),
        _jobs.c.leased: constant("1"),
        _jobs.c.queued: constant("0"),
    }
    leased: ClauseElement = _update_first(queue, lease, dialect).returning(*_jobs.columns)
    return leased


def _queue_due(dialect: Dialect) -> ClauseElement:
    """Puts jobs into the queue whose lease or pause has ended. A lease that ended stays its holder's until it is taken:
    it can still be extended.
    """
    due = (
        select(_jobs.c.root_id, _jobs.c.seq)
        .where(
            _jobs.c.type == word("of_type"),
            _jobs.c.queued == constant("0"),
            _jobs.c.retries > constant("0"),
            _jobs.c.available_us <= number("now_us"),
        )
        .order_by(_jobs.c.available_us, _jobs.c.root_id, _jobs.c.seq)
        .limit(number("room"))
    )
    values = {_jobs.c.queued: constant("1"), _jobs.c.rank_us: rank_us(_jobs)}
    queued: ClauseElement = _update_first(due, values, dialect)
    return queued


def _given_back(dialect: Dialect) -> ClauseElement:
    """Ends leases before their time. The jobs keep their place in the queue: nobody has worked on them."""
    given = asked_elements(dialect)
    values = {
        _jobs.c.leased: constant("0"),
        _jobs.c.lease_token: constant("''"),
        _jobs.c.worker: constant("''"),
        # None of an instance that is suspended: its retries are below zero (see bpmgrpc.engine.operations.suspension).
        _jobs.c.queued: case((_jobs.c.retries > constant("0"), constant("1")), else_=constant("0")),
        _jobs.c.available_us: number("at_us"),
    }
    held = (_jobs.c.lease_token == word("token"), _jobs.c.leased == constant("1"))
    if dialect == "sqlite":
        keys = select(given.c.root_id, given.c.seq)
        return update(_jobs).values(values).where(tuple_(_jobs.c.root_id, _jobs.c.seq).in_(keys), *held)
    # One that is being completed is left to that: waiting for it could be a deadlock, and it is not held afterwards.
    picked = (
        select(_jobs.c.root_id, _jobs.c.seq)
        .join_from(given, _jobs, and_(_jobs.c.root_id == given.c.root_id, _jobs.c.seq == given.c.seq))
        .where(*held, among_texts(_jobs.c.root_id, "roots", dialect))
        .with_for_update(skip_locked=True, of=_jobs)
        .cte("picked")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return update(_jobs).values(values).where(_jobs.c.root_id == picked.c.root_id, _jobs.c.seq == picked.c.seq)


def _held(dialect: Dialect) -> ClauseElement:
    """Jobs that are still leased by a token."""
    asked = asked_elements(dialect)
    return (
        select(*_jobs.columns)
        .select_from(asked)
        .join(_jobs, and_(_jobs.c.root_id == asked.c.root_id, _jobs.c.seq == asked.c.seq))
        .where(
            _jobs.c.lease_token == word("token"),
            _jobs.c.leased == constant("1"),
            _jobs.c.available_us > number("now_us"),
            among_texts(_jobs.c.root_id, "roots", dialect),
        )
    )


_ACTIVATE: Final = Statement(_activate)
_QUEUE_DUE: Final = Statement(_queue_due)
_GIVE_BACK: Final = Statement(_given_back)
_HELD: Final = Statement(_held)
_EXTEND: Final = Statement(
    update(_jobs)
    .values({_jobs.c.available_us: bindparam("until_us"), _jobs.c.queued: constant("0")})
    .where(
        _jobs.c.root_id == word("root"),
        _jobs.c.seq == number("of"),
        _jobs.c.lease_token == word("token"),
        _jobs.c.leased == constant("1"),
    )
)
_DUE: Final = Statement(
    select(_timers.c.root_id, _timers.c.seq, _timers.c.due_us)
    .where(_timers.c.due_us <= number("now_us"))
    .order_by(_timers.c.due_us, _timers.c.root_id, _timers.c.seq)
    .limit(number("room"))
)
_DUE_STARTS: Final = Statement(
    select(_start_timers)
    .where(_start_timers.c.due_us <= number("now_us"))
    .order_by(_start_timers.c.due_us, _start_timers.c.definition_id, _start_timers.c.element_id)
    .limit(number("room"))
)
_THIS_FIRING: Final = and_(
    _start_timers.c.definition_id == word("of_definition"),
    _start_timers.c.element_id == word("of_element"),
    _start_timers.c.due_us == number("was_due_us"),
)
_MOVE_START: Final = Statement(
    update(_start_timers)
    .values(
        {
            _start_timers.c.due_us: bindparam("next_due_us"),
            _start_timers.c.remaining: bindparam("now_remaining"),
        }
    )
    .where(_THIS_FIRING)
)
_END_START: Final = Statement(delete(_start_timers).where(_THIS_FIRING))
_NEXT: Final = Statement(
    select(
        select(func.min(_timers.c.due_us)).scalar_subquery(), select(func.min(_start_timers.c.due_us)).scalar_subquery()
    )
)
_READY: Final = Statement(
    select(_instances.c.root_id)
    .where(
        _instances.c.ready_us.is_not(None),
        _instances.c.ready_us <= number("older_than_us"),
        _instances.c.state == constant(f"'{InstanceState.ACTIVE.value}'"),
    )
    .order_by(_instances.c.ready_us, _instances.c.root_id)
    .limit(number("room"))
)
_PLACE: Final = itemgetter(rows.JOB_COLUMNS.index("rank_us"), 0, 1)  # then root and number
_ANSWER_KEY: Final = tuple_(_answers.c.caller, _answers.c.rpc, _answers.c.request_id)
_EXPIRE: Final = Statement(
    delete(_answers).where(
        _ANSWER_KEY.in_(
            select(_answers.c.caller, _answers.c.rpc, _answers.c.request_id)
            .where(_answers.c.expire_us <= number("now_us"))
            .order_by(_answers.c.expire_us)
            .limit(number("room"))
        )
    )
)


class JobCalls:
    """The calls of ``Session`` that are about jobs."""

    db: Connection

    def activate_jobs(
        self,
        type: str,
        worker: str,
        max_jobs: int,
        lease_until_us: int,
        new_token: Callable[[], str],
    ) -> list[tuple[str, JobRow]]:
        """See ``Session.activate_jobs``."""
        values = {
            "of_type": type,
            "by_worker": worker,
            "max_jobs": max_jobs,
            "until_us": lease_until_us,
            "token": new_token(),
        }
        return _in_order(self.db.fetch(_ACTIVATE, values))

    def queue_due_jobs(self, type: str, now_us: int, limit: int) -> int:
        """See ``Session.queue_due_jobs``."""
        return self.db.run(_QUEUE_DUE, {"of_type": type, "now_us": now_us, "room": limit})

    def give_back_jobs(self, jobs: Sequence[tuple[str, int]], token: str, now_us: int) -> int:
        """See ``Session.give_back_jobs``."""
        return self.db.run(_GIVE_BACK, _keys(jobs) | {"token": token, "at_us": now_us})

    def held_jobs(self, jobs: Sequence[tuple[str, int]], token: str, now_us: int) -> list[tuple[str, JobRow]]:
        """See ``Session.held_jobs``."""
        return _in_order(self.db.fetch(_HELD, _keys(jobs) | {"token": token, "now_us": now_us}))

    def job_variables(
        self, jobs: Sequence[tuple[str, int]], names: Sequence[str] = (), *, tasks: bool = False
    ) -> list[dict[str, str]]:
        """See ``Session.job_variables``."""
        return visible_variables(self.db, jobs, names, open_tasks=tasks)

    def extend_job_lease(self, root_id: str, seq: int, token: str, until_us: int) -> bool:
        """See ``Session.extend_job_lease``."""
        return self.db.run(_EXTEND, {"root": root_id, "of": seq, "token": token, "until_us": until_us}) == 1


def _keys(jobs: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """The keys of jobs as parameters; the roots once more, so that PostgreSQL enters the table at its key."""
    return {"asked": elements_asked(jobs), "roots": json.dumps(sorted({root_id for root_id, _ in jobs}))}


def _in_order(found: Sequence[Sequence[Any]]) -> list[tuple[str, JobRow]]:
    """Reads jobs in the order of the queue."""
    return [(row[0], rows.read_job(row[1:])) for row in sorted(found, key=_PLACE)]


class DueCalls:
    """The calls of ``Session`` that the background makes."""

    db: Connection

    def due_timers(self, now_us: int, limit: int) -> list[DueTimer]:
        """See ``Session.due_timers``."""
        return [DueTimer(*row) for row in self.db.fetch(_DUE, {"now_us": now_us, "room": limit})]

    def due_start_timers(self, now_us: int, limit: int) -> list[StartTimerRow]:
        """See ``Session.due_start_timers``."""
        return [StartTimerRow(*row) for row in self.db.fetch(_DUE_STARTS, {"now_us": now_us, "room": limit})]

    def claim_start_timer(self, row: StartTimerRow, next_due_us: int | None) -> bool:
        """See ``Session.claim_start_timer``."""
        values = {"of_definition": row.definition_id, "of_element": row.element_id, "was_due_us": row.due_us}
        if next_due_us is None:
            return self.db.run(_END_START, values) == 1
        values |= {
            "next_due_us": next_due_us,
            "now_remaining": row.remaining - 1 if row.remaining > 0 else row.remaining,
        }
        return self.db.run(_MOVE_START, values) == 1

    def next_due_us(self) -> int | None:
        """See ``Session.next_due_us``."""
        found = [due_us for due_us in self.db.fetch(_NEXT)[0] if due_us is not None]
        return min(found, default=None)

    def ready_roots(self, limit: int, older_than_us: int) -> list[str]:
        """See ``Session.ready_roots``."""
        return [row[0] for row in self.db.fetch(_READY, {"older_than_us": older_than_us, "room": limit})]

    def delete_expired_answers(self, now_us: int, limit: int) -> int:
        """See ``Session.delete_expired_answers``."""
        return self.db.run(_EXPIRE, {"now_us": now_us, "room": limit})
