"""PostgreSQL's one read of a command: root, target, scopes around it, their joins and variables, in one statement.

Rule of this file: every part finds its rows by a key, with a plan that does not depend on statistics (a scope list is
an array that an index is searched with, not a join), so the cost is that of the rows it returns. Single rows come as
columns; lists come as JSON arrays of columns, which hold texts and 64 bit integers only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import BigInteger, Text, and_, case, cast, func, select, union_all
from sqlalchemy.dialects.postgresql import JSON

from bpmgrpc.engine.state import ROOT_SCOPE, Snapshot
from bpmgrpc.store import rows, tables
from bpmgrpc.store.interface import LARGE_BYTES, MAX_LOADED_VARIABLES, Loaded, LoadedTask, Replay
from bpmgrpc.store.membership import membership_rows, read_membership
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.snapshots import put_variables
from bpmgrpc.store.statements import Compiled, compile_statement, constant, number, word
from bpmgrpc.store.targets import TARGETS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from bpmgrpc.engine.state import Membership
    from bpmgrpc.store.interface import RequestKey, Target
    from bpmgrpc.store.postgresql_connection import PostgresqlConnection

__all__ = ["list_of", "load", "load_user_task"]

_instances: Final = table_of(tables.ProcessInstance)
_elements: Final = table_of(tables.ElementInstance)
_variables: Final = table_of(tables.Variable)
_tasks: Final = table_of(tables.UserTask)
_answers: Final = table_of(tables.RequestAnswer)
_generations: Final = table_of(tables.CacheGeneration)

_ZERO: Final = cast(constant("0"), BigInteger)
_ROOT_WIDTH: Final = len(rows.ROOT_COLUMNS) - 1
# Generation, content hash and response come before the root.
_ROOT_BEGINS: Final = 3
_TARGET_BEGINS: Final = _ROOT_BEGINS + _ROOT_WIDTH


@dataclass(frozen=True, slots=True)
class _Load:
    statement: Compiled
    lists_begin: int


def _array(*parts: Select[Any]) -> Any:
    """An array of numbers that the planner evaluates first."""
    return func.any(func.array((union_all(*parts) if len(parts) > 1 else parts[0]).scalar_subquery()))


def list_of(columns: Sequence[Any], source: Any) -> ColumnElement[str]:
    """A scalar subquery: rows as a JSON array of arrays; NULL where there is none."""
    return cast(select(func.json_agg(func.json_build_array(*columns))).select_from(source).scalar_subquery(), Text)


def _membership(kind: Target) -> ColumnElement[str]:
    """Rows of the user's membership; K is the task's work party, which its own row names."""
    party: Any = constant("''")
    if kind == "user_task":
        offered = _tasks.alias("offered")
        key = (
            func.json_array_elements_text(cast(func.nullif(offered.c.candidates, constant("''")), JSON))
            .table_valued("value")
            .render_derived(name="key")
        )
        party = (
            select(func.substr(key.c.value, constant("2")))
            .select_from(offered.join(key, constant("true")))
            .where(
                offered.c.root_id == word("root_id"),
                offered.c.seq == number("seq"),
                key.c.value.like(constant("'P%'")),
            )
            .limit(constant("1"))
            .scalar_subquery()
        )
    found = membership_rows(word("user"), party).subquery("membership")
    return list_of([found.c.kind, found.c.name], found)


@cache
def _statement(kind: Target, *, scopes: bool, user: bool, request: bool) -> _Load:
    target = TARGETS[kind]
    columns: list[Any] = [
        select(_generations.c.generation).where(_generations.c.scope == constant("''")).scalar_subquery()
    ]
    anchor = select(_ZERO.label("anchor")).subquery("anchor")
    source: Any = anchor.outerjoin(
        _instances, and_(_instances.c.root_id == word("root_id"), _instances.c.seq == constant("0"))
    )
    if request:
        columns += [_answers.c.content_hash, _answers.c.response]
        source = source.outerjoin(
            _answers,
            and_(
                _answers.c.caller == word("caller"),
                _answers.c.rpc == word("rpc"),
                _answers.c.request_id == word("request_id"),
                _answers.c.expire_us > number("now_us"),
            ),
        )
    else:
        columns += [constant("NULL"), constant("NULL")]
    columns += list(_instances.columns)[1:]
    if target.model is not None:
        table = table_of(target.model)
        columns += list(table.columns)[1:]
        source = source.outerjoin(table, and_(table.c.root_id == _instances.c.root_id, table.c.seq == number("seq")))
    lists_begin = len(columns)
    if scopes:
        columns += _scopes(kind)
    if user:
        columns.append(_membership(kind))
    return _Load(compile_statement(select(*columns).select_from(source), "postgresql"), lists_begin)


def _scopes(kind: Target) -> list[Any]:
    """Three lists: the element with the scopes around it, the joins in these scopes, the variables of these scopes."""
    target = TARGETS[kind]
    of_root = _elements.c.root_id == word("root_id")
    element_columns = list(_elements.columns)[1:]
    own_scopes: list[Select[Any]] = [select(_ZERO)]
    join_scopes: list[Select[Any]] = [select(_ZERO)]
    chain_list: Any = constant("NULL")
    if target.model is not None:
        element_seq: Any = number("seq")
        if target.element_column != "seq":
            table = table_of(target.model)
            element_seq = (
                select(table.c[target.element_column])
                .where(table.c.root_id == word("root_id"), table.c.seq == number("seq"))
                .scalar_subquery()
            )
        chain = select(*element_columns).where(of_root, _elements.c.seq == element_seq).cte("chain", recursive=True)
        around = _elements.alias("around")
        chain = chain.union_all(
            select(*list(around.columns)[1:])
            .select_from(chain)
            .join(around, and_(around.c.root_id == word("root_id"), around.c.seq == chain.c.scope))
        )
        chain_list = list_of(list(chain.columns), chain)
        own_scopes.append(select(chain.c.seq))
        join_scopes.append(select(chain.c.seq if target.may_be_scope else chain.c.scope))
    joins = (
        select(*element_columns)
        .where(of_root, _elements.c.state == constant("'JOIN'"), _elements.c.scope == _array(*join_scopes))
        .subquery("joins")
    )
    variables = (
        select(
            _variables.c.scope,
            _variables.c.name,
            case((_variables.c.size <= constant(str(LARGE_BYTES)), _variables.c.value)).label("value"),
        )
        .where(_variables.c.root_id == word("root_id"), _variables.c.scope == _array(*own_scopes))
        .order_by(_variables.c.scope.desc(), _variables.c.name)
        .limit(constant(str(MAX_LOADED_VARIABLES + 1)))
        .subquery("variables")
    )
    return [
        chain_list,
        list_of(list(joins.columns), joins),
        list_of([variables.c.scope, variables.c.name, variables.c.value], variables),
    ]


def _fetch(
    db: PostgresqlConnection, load: _Load, root_id: str, seq: int, request: RequestKey | None, user: str
) -> tuple[Sequence[Any], Replay | None]:
    values: dict[str, Any] = {"root_id": root_id, "seq": seq, "user": user}
    if request is not None:
        values |= request._asdict()
    found = db.all(load.statement.sql, load.statement.bind(values))[0]
    return found, Replay(found[1], found[2]) if found[1] is not None else None


def _read_list(text: str | None) -> list[list[Any]]:
    found: list[list[Any]] = orjson.loads(text) if text is not None else []
    return found


def load(
    db: PostgresqlConnection, root_id: str, seq: int, kind: Target, request: RequestKey | None, user: str
) -> Loaded | None:
    """Loads what a command needs; see ``bpmgrpc.store.interface.Session.load``."""
    plan = _statement(kind, scopes=True, user=user != "", request=request is not None)
    found, replay = _fetch(db, plan, root_id, seq, request, user)
    snapshot = Snapshot()
    lists = plan.lists_begin
    if found[_ROOT_BEGINS] is None or (kind != "root" and found[_TARGET_BEGINS] is None):
        return Loaded(snapshot, replay, found[0] or 0) if replay is not None else None
    snapshot.root = rows.read_root(root_id, found[_ROOT_BEGINS:_TARGET_BEGINS])
    TARGETS[kind].put(snapshot, found[_TARGET_BEGINS:lists])
    scopes = {ROOT_SCOPE}
    elements = snapshot.elements
    for values in _read_list(found[lists]):
        row = rows.read_element(values)
        elements[row.seq] = row
        scopes.add(row.seq)
    for values in _read_list(found[lists + 1]):
        row = rows.read_element(values)
        elements[row.seq] = row
    _put_scopes(snapshot, scopes, _read_list(found[lists + 2]))
    if user:
        snapshot.membership = read_membership(user, _read_list(found[lists + 3]))
    return Loaded(snapshot, replay, found[0] or 0)


def _put_scopes(snapshot: Snapshot, scopes: set[int], found: list[list[Any]]) -> None:
    """Puts variables into a snapshot; they come inner scopes first, and one more than the limit says that some lack."""
    by_scope: dict[int, list[list[Any]]] = {scope: [] for scope in scopes}
    for scope, name, value in found:
        by_scope[scope].append([name, value])
    cut_at = found[-1][0] if len(found) > MAX_LOADED_VARIABLES else None
    for scope, variables in by_scope.items():
        put_variables(snapshot, scope, variables, complete=cut_at is None or scope > cut_at)


def load_user_task(
    db: PostgresqlConnection, root_id: str, seq: int, user: str, request: RequestKey | None
) -> LoadedTask | None:
    """Loads what claim, unclaim and assign need; see ``bpmgrpc.store.interface.Session.load_user_task``."""
    plan = _statement("user_task", scopes=False, user=True, request=request is not None)
    found, replay = _fetch(db, plan, root_id, seq, request, user)
    membership: Membership = read_membership(user, _read_list(found[plan.lists_begin]))
    if found[_TARGET_BEGINS] is None:
        return None if replay is None else LoadedTask(None, None, membership, replay)
    return LoadedTask(
        rows.read_user_task(found[_TARGET_BEGINS : plan.lists_begin]),
        rows.read_root(root_id, found[_ROOT_BEGINS:_TARGET_BEGINS]),
        membership,
        replay,
    )
