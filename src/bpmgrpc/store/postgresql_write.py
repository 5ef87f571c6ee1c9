"""PostgreSQL's one write of a command, as a statement made of the parts that the command has.

Rules of this file. ``hit`` is the compare-and-set; every other part that changes data reads from it, so that a lost
one writes nothing at all. Rows come as one JSON document for each table, so the text does not depend on how many there
are; texts are cached by their set of parts. A join with a document also names its keys as an array, so that the rows
are found by the table's key whatever the planner believes about the document. Where more than the root's version
decides (a task's version, a lease), the root's row is locked first and the others after it: the order in which
everybody locks, and what was checked stays true until the commit. Parts of one statement do not see each other's
changes: none may touch a row of another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    Integer,
    LargeBinary,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSON, insert

from bpmgrpc.engine.state import UserTaskState
from bpmgrpc.store import rows, tables
from bpmgrpc.store.definitions import still_meant
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Compiled, among, compile_statement, constant, number, word

if TYPE_CHECKING:
    from sqlalchemy import CTE, ColumnElement, Table

__all__ = ["document", "instance_write", "task_write"]

_instances: Final = table_of(tables.ProcessInstance)
_elements: Final = table_of(tables.ElementInstance)
_variables: Final = table_of(tables.Variable)
_fields: Final = table_of(tables.InstanceField)
_tasks: Final = table_of(tables.UserTask)
_KEPT: Final = ("root_id", "seq", "parent_seq")  # of a task: what never changes
_candidates: Final = table_of(tables.UserTaskCandidate)
_jobs: Final = table_of(tables.Job)
_timers: Final = table_of(tables.Timer)
_subscriptions: Final = table_of(tables.EventSubscription)
_incidents: Final = table_of(tables.Incident)
_history: Final = table_of(tables.History)
_answers: Final = table_of(tables.RequestAnswer)

_ZERO: Final = constant("0")
_ONE: Final = constant("1")
_ROOT: Final = cast(word("root_id"), Text)


def document(columns: Sequence[str], values: Sequence[Sequence[Any]]) -> str:
    """Writes rows as the JSON document that a part reads.

    Args:
        columns: Names of the columns.
        values: The rows, in the same order.

    Raises:
        InvalidArgument: A text holds a lone surrogate.
    """
    try:
        return orjson.dumps([dict(zip(columns, row, strict=True)) for row in values]).decode()
    except orjson.JSONEncodeError as error:
        raise rows.nul_refused() from error


def _read(name: str, table: Table, *more: str) -> Any:
    """A document as a table of the columns of `table` but ``root_id``, and further numbers."""
    columns = [column(c.name, _plain(c)) for c in table.columns if c.name != "root_id"]
    columns += [column(name_, BigInteger) for name_ in more]
    return _recordset(name, *columns)


def _recordset(name: str, *columns: Any) -> Any:
    return (
        func.json_to_recordset(cast(word(name), JSON))
        .table_valued(*columns)
        .render_derived(name=f"new_{name}", with_types=True)
    )


def _plain(c: Any) -> Any:
    """A column's type without its collation."""
    return type(c.type) if isinstance(c.type, BigInteger | Integer) else Text


def _hit(compared: CTE) -> ColumnElement[bool]:
    return exists(select(compared.c.one))


def _insert(table: Table, name: str, compared: CTE, *, replace: bool = False) -> CTE:
    """Inserts the rows of a document."""
    new = _read(name, table)
    columns = [c.name for c in table.columns]
    source = select(*(_ROOT if c == "root_id" else new.c[c] for c in columns)).select_from(new).where(_hit(compared))
    statement = insert(table).from_select(columns, source)
    if replace:
        keys = [c.name for c in table.primary_key.columns]
        changed = {c: statement.excluded[c] for c in columns if c not in keys}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    return statement.cte(f"put_{name}")


def _delete(table: Table, key: str, name: str, compared: CTE, *more: ColumnElement[bool]) -> CTE:
    """Deletes the rows whose key is among the numbers of a parameter."""
    statement = delete(table).where(
        table.c.root_id == word("root_id"), among(table.c[key], name, "postgresql"), _hit(compared), *more
    )
    return statement.cte(name)


# -- the compare-and-set of an instance -------------------------------------------------------------------------------


def _create(condition: ColumnElement[bool] | None) -> CTE:
    values: dict[Any, Any] = {c: bindparam(f"new_{c.name}", type_=_plain(c)) for c in _instances.columns}
    statement = insert(_instances)
    if condition is None:
        statement = statement.values(values)
    else:
        source = select(*(cast(value, _plain(c)) for c, value in values.items())).where(condition)
        statement = statement.from_select([c.name for c in values], source)
    return statement.on_conflict_do_nothing().returning(_ONE.label("one")).cte("hit")


_ROOT_CONSTANTS: Final = ("root_id", "seq", "parent_scope", "create_us", "create_by")


def _compare_and_set(parts: frozenset[str]) -> CTE:
    this_version = and_(
        _instances.c.root_id == word("root_id"),
        _instances.c.seq == _ZERO,
        _instances.c.version == number("expected_version"),
    )
    statement = (
        update(_instances)
        .values(
            {
                c: bindparam(f"new_{c.name}", type_=_plain(c))
                for c in _instances.columns
                if c.name not in _ROOT_CONSTANTS
            }
        )
        .where(this_version)
    )
    if "put_tasks" in parts or "lease" in parts:
        locked = (
            (select(_ONE.label("one")).select_from(_instances).where(this_version).with_for_update(key_share=True))
            .cte("locked")
            .prefix_with("MATERIALIZED")
        )
        if "put_tasks" in parts:
            statement = statement.where(_unchanged_tasks(exists(select(locked.c.one))))
        if "lease" in parts:
            leased = (
                select(_ONE.label("one"))
                .select_from(_jobs)
                .where(
                    _jobs.c.root_id == word("root_id"),
                    _jobs.c.seq == number("lease_seq"),
                    _jobs.c.lease_token == word("lease_token"),
                    exists(select(locked.c.one)),
                )
                .with_for_update()
                .cte("leased")
                .prefix_with("MATERIALIZED")
            )
            statement = statement.where(exists(select(leased.c.one)))
    return statement.returning(_ONE.label("one")).cte("hit")


def _unchanged_tasks(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """All tasks of the document are there in the version that is expected, and stay so: they are locked."""
    wanted = _recordset("task_versions", column("seq", BigInteger), column("expected", BigInteger))
    unchanged = (
        select(_tasks.c.seq)
        .select_from(_tasks)
        .join(wanted, wanted.c.seq == _tasks.c.seq)
        .where(
            _tasks.c.root_id == word("root_id"),
            among(_tasks.c.seq, "put_seqs", "postgresql"),
            or_(wanted.c.expected.is_(None), wanted.c.expected == _tasks.c.version),
            *conditions,
        )
        .order_by(_tasks.c.seq)
        .with_for_update(of=_tasks)
        .cte("unchanged")
        .prefix_with("MATERIALIZED")
    )
    return select(func.count()).select_from(unchanged).scalar_subquery() == number("task_count")


# -- parts of an instance's write -------------------------------------------------------------------------------------


def _put_tasks(compared: CTE) -> CTE:
    new = _read("put_tasks", _tasks, "expected")
    values: dict[Any, Any] = {c: new.c[c.name] for c in _tasks.columns if c.name not in _KEPT}
    values[_tasks.c.version] = case((new.c.expected.is_(None), _tasks.c.version + _ONE), else_=new.c.version)
    statement = (
        update(_tasks)
        .values(values)
        .where(
            _tasks.c.root_id == word("root_id"),
            among(_tasks.c.seq, "put_seqs", "postgresql"),
            _tasks.c.seq == new.c.seq,
            _hit(compared),
        )
    )
    return statement.cte("put_tasks")


def _cancel_tasks(compared: CTE) -> CTE:
    statement = (
        update(_tasks)
        .values(
            {
                _tasks.c.state: constant(f"'{UserTaskState.CANCELED.value}'"),
                _tasks.c.end_us: number("now_us"),
                _tasks.c.version: _tasks.c.version + _ONE,
            }
        )
        .where(
            _tasks.c.root_id == word("root_id"),
            among(_tasks.c.seq, "cancel_tasks", "postgresql"),
            _tasks.c.end_us.is_(None),
            _hit(compared),
        )
    )
    return statement.returning(_tasks.c.seq, _tasks.c.version).cte("cancel_tasks")


def _clear_candidates(parts: frozenset[str], compared: CTE) -> CTE:
    """Deletes candidates of tasks that end or get others; those that stay are replaced."""
    statement = delete(_candidates).where(
        _candidates.c.root_id == word("root_id"),
        among(_candidates.c.seq, "clear_candidates", "postgresql"),
        _hit(compared),
    )
    if "candidates" in parts:
        kept = _read("candidates", _candidates)
        statement = statement.where(
            ~exists(
                select(_ONE)
                .select_from(kept)
                .where(kept.c.seq == _candidates.c.seq, kept.c.candidate == _candidates.c.candidate)
            )
        )
    return statement.cte("clear_candidates")


def _resolve_incidents(compared: CTE) -> CTE:
    statement = (
        update(_incidents)
        .values({_incidents.c.open: _ZERO, _incidents.c.resolve_us: number("now_us")})
        .where(
            _incidents.c.root_id == word("root_id"),
            among(_incidents.c.element_seq, "resolve_incidents", "postgresql"),
            _incidents.c.open == _ONE,
            _hit(compared),
        )
    )
    return statement.cte("resolve_incidents")


def _end_instances(compared: CTE) -> CTE:
    new = _recordset(
        "end_instances",
        column("seq", BigInteger),
        column("state", Text),
        column("end_us", BigInteger),
        column("end_reason", Text),
    )
    statement = (
        update(_instances)
        .values({_instances.c[name]: new.c[name] for name in ("state", "end_us", "end_reason")})
        .where(_instances.c.root_id == word("root_id"), _instances.c.seq == new.c.seq, _hit(compared))
    )
    return statement.cte("end_instances")


def _insert_history(compared: CTE, *, of_task: bool) -> CTE:
    version: Any = number("root_version")
    if of_task:
        version = (
            select(_instances.c.version)
            .where(_instances.c.root_id == word("root_id"), _instances.c.seq == _ZERO)
            .scalar_subquery()
        )
    values = {
        "root_id": _ROOT,
        "version": cast(version, BigInteger),
        "create_us": cast(number("now_us"), BigInteger),
        "seq": cast(number("task_seq"), BigInteger),
        "task_version": cast(number("task_version"), BigInteger),
        "actor": cast(word("actor"), Text),
        "events": cast(word("events"), Text),
    }
    statement = insert(_history).from_select(list(values), select(*list[Any](values.values())).where(_hit(compared)))
    return statement.cte("put_history")


def _insert_answer(compared: CTE) -> CTE:
    """A plain INSERT: a key that is there already fails the statement, and so takes back everything."""
    values = {c.name: cast(bindparam(f"answer_{c.name}"), _answer_type(c)) for c in _answers.columns}
    statement = insert(_answers).from_select(list(values), select(*list[Any](values.values())).where(_hit(compared)))
    return statement.cte("put_answer")


def _answer_type(c: Any) -> Any:
    return LargeBinary if isinstance(c.type, LargeBinary) else _plain(c)


_PARTS: Final[Mapping[str, Callable[[frozenset[str], CTE], CTE]]] = {
    "delete_elements": lambda _, hit: _delete(_elements, "seq", "delete_elements", hit),
    "elements": lambda _, hit: _insert(_elements, "elements", hit, replace=True),
    "delete_variables": lambda _, hit: _delete(_variables, "scope", "delete_variables", hit),
    "variables": lambda _, hit: _insert(_variables, "variables", hit, replace=True),
    "fields": lambda _, hit: _insert(_fields, "fields", hit, replace=True),
    "new_tasks": lambda _, hit: _insert(_tasks, "new_tasks", hit),
    "put_tasks": lambda _, hit: _put_tasks(hit),
    "cancel_tasks": lambda _, hit: _cancel_tasks(hit),
    "clear_candidates": _clear_candidates,
    "candidates": lambda _, hit: _insert(_candidates, "candidates", hit, replace=True),
    "delete_jobs": lambda _, hit: _delete(_jobs, "seq", "delete_jobs", hit),
    "jobs": lambda _, hit: _insert(_jobs, "jobs", hit, replace=True),
    "delete_timers": lambda _, hit: _delete(_timers, "seq", "delete_timers", hit),
    "delete_timers_of": lambda _, hit: _delete(_timers, "element_seq", "delete_timers_of", hit),
    "delete_timers_inside": lambda _, hit: _delete(
        _timers, "element_seq", "delete_timers_inside", hit, _timers.c.inside == _ONE
    ),
    "timers": lambda _, hit: _insert(_timers, "timers", hit),
    "delete_subscriptions": lambda _, hit: _delete(_subscriptions, "seq", "delete_subscriptions", hit),
    "delete_subscriptions_of": lambda _, hit: _delete(_subscriptions, "element_seq", "delete_subscriptions_of", hit),
    "delete_subscriptions_inside": lambda _, hit: _delete(
        _subscriptions, "element_seq", "delete_subscriptions_inside", hit, _subscriptions.c.inside == _ONE
    ),
    "subscriptions": lambda _, hit: _insert(_subscriptions, "subscriptions", hit, replace=True),
    "resolve_incidents": lambda _, hit: _resolve_incidents(hit),
    "incidents": lambda _, hit: _insert(_incidents, "incidents", hit),
    "instances": lambda _, hit: _insert(_instances, "instances", hit),
    "end_instances": lambda _, hit: _end_instances(hit),
    "history": lambda _, hit: _insert_history(hit, of_task=False),
    "answer": lambda _, hit: _insert_answer(hit),
}


def _compile(hit: CTE, others: Mapping[str, CTE]) -> Compiled:
    written = [select(func.count()).select_from(hit).scalar_subquery()]
    canceled = others.get("cancel_tasks")
    if canceled is not None:
        # The table as the statement saw it when it began, beside what it found once it had the rows.
        before = _tasks.alias("before")
        moved = and_(
            before.c.root_id == word("root_id"),
            before.c.seq == canceled.c.seq,
            before.c.version + _ONE != canceled.c.version,
        )
        written.append(select(func.count()).select_from(canceled).join(before, moved).scalar_subquery())
    return compile_statement(select(*written).add_cte(hit, *others.values()), "postgresql")


@cache
def instance_write(parts: frozenset[str], meant: tuple[bool, ...] | None = None) -> Compiled:
    """Returns the statement that writes some parts of an instance; it returns how often the compare-and-set hit, and
    with ``cancel_tasks`` how many of these were changed by others while it waited for them.

    Args:
        parts: Names of parts, and ``created``, ``lease`` where these hold.
        meant: Of a start: which conditions the name has that has to mean what it did; see `meant_parts`.
    """
    condition = still_meant(*meant) if meant is not None else None
    hit = _create(condition) if "created" in parts else _compare_and_set(parts)
    return _compile(hit, {name: part(parts, hit) for name, part in _PARTS.items() if name in parts})


@cache
def task_write(parts: frozenset[str]) -> Compiled:
    """Returns the statement that writes user tasks alone; it returns how many it wrote.

    Args:
        parts: ``many``, ``clear_candidates``, ``candidates``, ``history``, ``answer`` where these hold.
    """
    new = _read("put_tasks", _tasks, "expected")
    statement = (
        update(_tasks)
        .values({c: new.c[c.name] for c in _tasks.columns if c.name not in _KEPT})
        .where(
            _tasks.c.root_id == word("root_id"),
            among(_tasks.c.seq, "put_seqs", "postgresql"),
            _tasks.c.seq == new.c.seq,
            _tasks.c.version == new.c.expected,
        )
    )
    if "many" in parts:
        statement = statement.where(_unchanged_tasks())
    hit = statement.returning(_ONE.label("one")).cte("hit")
    others = {}
    if "clear_candidates" in parts:
        others["clear_candidates"] = _clear_candidates(parts, hit)
    if "candidates" in parts:
        others["candidates"] = _insert(_candidates, "candidates", hit, replace=True)
    if "history" in parts:
        others["history"] = _insert_history(hit, of_task=True)
    if "answer" in parts:
        others["answer"] = _insert_answer(hit)
    return _compile(hit, others)
