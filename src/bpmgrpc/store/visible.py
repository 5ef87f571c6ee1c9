"""Which variables an element instance sees: its own, and those of the scopes around it up to the next border.

Rule of this file: a name is looked up from the inside outwards, up to the process instance and not beyond (BPMN 2.0.2,
10.4.7); a call activity's row marks the border of the process that it called. One statement serves any number of
element instances.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Text, and_, case, cast, column, func, select, true
from sqlalchemy.dialects.postgresql import JSON

from bpmgrpc.store import tables
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, among_texts, constant, word

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ClauseElement

    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = ["asked_elements", "at_key", "elements_asked", "visible_variables"]

_elements: Final = table_of(tables.ElementInstance)
_variables: Final = table_of(tables.Variable)
_tasks: Final = table_of(tables.UserTask)
_is_open: Final = _tasks.c.end_us.is_(None)


def elements_asked(asked: Sequence[tuple[str, int]]) -> str:
    """Returns the parameter ``asked`` of `asked_elements`: root id and seq of each element instance."""
    return json.dumps([{"n": n, "root_id": root_id, "seq": seq} for n, (root_id, seq) in enumerate(asked)])


def asked_elements(dialect: Dialect) -> Any:
    """Element instances, or their jobs, as rows ``(n, root_id, seq)``, from the parameter ``asked``."""
    if dialect == "sqlite":
        value = constant("value")
        return (
            select(
                func.json_extract(value, constant("'$.n'")).label("n"),
                func.json_extract(value, constant("'$.root_id'")).label("root_id"),
                func.json_extract(value, constant("'$.seq'")).label("seq"),
            )
            .select_from(func.json_each(word("asked")))
            .subquery("asked")
        )
    return (
        func.json_to_recordset(cast(word("asked"), JSON))
        .table_valued(column("n", BigInteger), column("root_id", Text), column("seq", BigInteger))
        .render_derived(name="asked", with_types=True)
    )


def at_key(dialect: Dialect, table: Any, *key: Any, one: bool = False) -> tuple[Any, Any]:
    """Returns what to join with for the rows of a table that have a key, or a part of it, and the condition to join on.

    PostgreSQL enters the table at its key then, whatever its statistics say of young tables: without, it has read whole
    tables for some rows.

    Args:
        dialect: The database.
        table: The table.
        key: Conditions on the key, with columns of what is joined.
        one: There is one row at the most.
    """
    if dialect == "sqlite":
        return table, and_(*key)
    found = select(table).where(*key)
    found = found.limit(constant("1")) if one else found.offset(constant("0"))
    return found.lateral(f"at_{table.name}"), true()


@cache
def _statement(*, named: bool, open_tasks: bool) -> Statement:
    def build(dialect: Dialect) -> ClauseElement:
        source: Any = asked_elements(dialect)
        asked = source.c
        seq: Any = asked.seq
        if open_tasks:
            task, on = at_key(
                dialect, _tasks, _tasks.c.root_id == asked.root_id, _tasks.c.seq == asked.seq, _is_open, one=True
            )
            source = source.join(task, on)
            seq = case((task.c.parent_seq != constant("0"), task.c.parent_seq), else_=task.c.seq)
        own, on = at_key(dialect, _elements, _elements.c.root_id == asked.root_id, _elements.c.seq == seq, one=True)
        first = select(
            asked.n,
            own.c.root_id,
            own.c.seq.label("scope"),
            own.c.scope.label("outer_scope"),
            cast(constant("0"), BigInteger).label("depth"),
        ).select_from(source.join(own, on))
        chain = first.cte("chain", recursive=True)
        table = _elements.alias("around")
        around, on = at_key(
            dialect, table, table.c.root_id == chain.c.root_id, table.c.seq == chain.c.outer_scope, one=True
        )
        chain = chain.union_all(
            select(
                chain.c.n,
                chain.c.root_id,
                chain.c.outer_scope,
                case((around.c.border == constant("0"), around.c.scope)),
                chain.c.depth + constant("1"),
            )
            .select_from(chain.outerjoin(around, on))
            .where(chain.c.outer_scope.is_not(None))
        )
        names = (among_texts(_variables.c.name, "names", dialect),) if named else ()
        seen, on = at_key(
            dialect,
            _variables,
            _variables.c.root_id == chain.c.root_id,
            _variables.c.scope == chain.c.scope,
            *names,
        )
        return (
            select(chain.c.n, seen.c.name, seen.c.value)
            .select_from(chain.join(seen, on))
            .order_by(chain.c.n, seen.c.name, chain.c.depth)
        )

    return Statement(build)


def visible_variables(
    db: Connection, asked: Sequence[tuple[str, int]], names: Sequence[str] = (), *, open_tasks: bool = False
) -> list[dict[str, str]]:
    """Returns what element instances see, in one statement.

    Args:
        db: The connection.
        asked: Root id and seq of each element instance.
        names: Which variables are wanted; empty: all.
        open_tasks: They are user tasks; of one that is not open nothing is returned, and a part of a task sees what
            that sees.

    Returns:
        For each, in the same order: name to JSON text, in order of the names.
    """
    found: list[dict[str, str]] = [{} for _ in asked]
    if asked:
        values = {"asked": elements_asked(asked), "names": json.dumps(list(names), ensure_ascii=False)}
        for n, name, value in db.fetch(_statement(named=bool(names), open_tasks=open_tasks), values):
            found[n].setdefault(name, value)
    return found
