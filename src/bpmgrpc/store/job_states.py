"""What the commands on some jobs will be decided on, read for all of them at once.

Rule of this file: it finds for each job what ``Session.load`` would find, in one round trip however many they are. It
is for PostgreSQL, where a round trip costs more than what it brings. Too much is not read: a job of which more lies
around than is worth to be kept is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import case, select

from bpmgrpc.engine.state import ROOT_SCOPE, Snapshot
from bpmgrpc.store import rows, tables
from bpmgrpc.store.interface import LARGE_BYTES
from bpmgrpc.store.postgresql_load import list_of
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.snapshots import put_variables
from bpmgrpc.store.statements import Statement, constant
from bpmgrpc.store.visible import asked_elements, at_key, elements_asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.sql.elements import ClauseElement

    from bpmgrpc.engine.state import JobRow
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = ["job_states"]

MOST_VARIABLES: Final = 4_096  # of all jobs together

_instances: Final = table_of(tables.ProcessInstance)
_elements: Final = table_of(tables.ElementInstance)
_variables: Final = table_of(tables.Variable)
_element_columns: Final = list(_elements.columns)[1:]


def _build(dialect: Dialect) -> ClauseElement:
    source: Any = asked_elements(dialect)
    asked = source.c
    own, on = at_key(dialect, _elements, _elements.c.root_id == asked.root_id, _elements.c.seq == asked.seq, one=True)
    chain = select(asked.n, *own.c).select_from(source.join(own, on)).cte("chain", recursive=True)
    table = _elements.alias("around")
    around, on = at_key(dialect, table, table.c.root_id == chain.c.root_id, table.c.seq == chain.c.scope, one=True)
    chain = chain.union_all(select(chain.c.n, *around.c).select_from(chain.join(around, on)))
    outermost = select(asked.n, asked.root_id, constant("0").label("scope"))
    # A job's own element instance has variables, and nothing inside of it that could join.
    seen = outermost.union(select(chain.c.n, chain.c.root_id, chain.c.seq)).cte("seen")
    outer = outermost.union(select(chain.c.n, chain.c.root_id, chain.c.scope)).cte("outer_scope")
    root, on_root = at_key(
        dialect, _instances, _instances.c.root_id == asked.root_id, _instances.c.seq == constant("0"), one=True
    )
    is_join = _elements.c.state == constant("'JOIN'")
    join, on_join = at_key(
        dialect, _elements, _elements.c.root_id == outer.c.root_id, _elements.c.scope == outer.c.scope, is_join
    )
    variable, on = at_key(
        dialect, _variables, _variables.c.root_id == seen.c.root_id, _variables.c.scope == seen.c.scope
    )
    variables = (
        select(
            seen.c.n,
            variable.c.scope,
            variable.c.name,
            case((variable.c.size <= constant(str(LARGE_BYTES)), variable.c.value)).label("value"),
        )
        .select_from(seen.join(variable, on))
        .limit(constant(str(MOST_VARIABLES + 1)))
        .subquery("variables")
    )
    return select(
        list_of([asked.n, *list(root.c)[1:]], source.join(root, on_root)),
        list_of([chain.c.n, *(chain.c[column.name] for column in _element_columns)], chain),
        list_of([outer.c.n, *(join.c[column.name] for column in _element_columns)], outer.join(join, on_join)),
        list_of(list(variables.c), variables),
    )


_STATES: Final = Statement(_build)


def job_states(db: Connection, jobs: Sequence[tuple[str, JobRow]]) -> list[Snapshot]:
    """Reads what the commands on some jobs will need.

    Args:
        db: A connection to PostgreSQL.
        jobs: Root id of each, and its row.

    Returns:
        A snapshot for each, in the same order, that is still there; none where there is too much.
    """
    asked = elements_asked([(root_id, job.seq) for root_id, job in jobs])
    roots, chain, joins, variables = (
        orjson.loads(text) if text is not None else [] for text in db.fetch(_STATES, {"asked": asked})[0]
    )
    if len(variables) > MOST_VARIABLES:
        return []
    found: dict[int, Snapshot] = {}
    scopes: dict[tuple[int, int], list[list[Any]]] = {}
    for n, *values in roots:
        root_id, job = jobs[n]
        found[n] = Snapshot(root=rows.read_root(root_id, values), job=job)
        scopes[n, ROOT_SCOPE] = []
    for n, *values in (*chain, *joins):
        row = rows.read_element(values)
        found[n].elements[row.seq] = row
    for n, *values in chain:
        scopes[n, values[0]] = []
    for n, scope, name, value in variables:
        scopes[n, scope].append([name, value])
    for (n, scope), values in scopes.items():
        put_variables(found[n], scope, values, complete=True)
    return list(found.values())
