"""The texts of SQLite's hot statements, compiled when this module is imported.

Rule of this file: parameters are in the order in which the session gives them; where the compiler's order differs from
that of the columns, a ``pick_…`` function turns a row of columns into parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, case, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bpmgrpc.store import rows, tables
from bpmgrpc.store.definitions import still_meant
from bpmgrpc.store.interface import LARGE_BYTES, Target
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import compile_statement, constant, number, word
from bpmgrpc.store.targets import TARGETS

if TYPE_CHECKING:
    from sqlalchemy import Table, Update

    from bpmgrpc.store.statements import Compiled

_instances: Final = table_of(tables.ProcessInstance)
_elements: Final = table_of(tables.ElementInstance)
_variables: Final = table_of(tables.Variable)
_fields: Final = table_of(tables.InstanceField)
_tasks: Final = table_of(tables.UserTask)
_candidates: Final = table_of(tables.UserTaskCandidate)
_jobs: Final = table_of(tables.Job)
_timers: Final = table_of(tables.Timer)
_subscriptions: Final = table_of(tables.EventSubscription)
_incidents: Final = table_of(tables.Incident)
_history: Final = table_of(tables.History)
_answers: Final = table_of(tables.RequestAnswer)
_generations: Final = table_of(tables.CacheGeneration)


def _sql(element: Any, *names: str) -> str:
    """Compiles a statement whose parameters are these, in this order."""
    compiled = compile_statement(element, "sqlite")
    if compiled.names != names:
        raise AssertionError(f"parameters are {compiled.names}, not {names}, of: {compiled.sql}")
    return compiled.sql


def _by_index(text: str, table: str, index: str) -> str:
    """Has SQLite enter a table at an index where, left to itself, it would go through all of a root's rows: it takes
    these to be ten, and reading another tree as well to be dearer.
    """
    entered = text.replace(f"FROM {table} ", f"FROM {table} INDEXED BY {index} ", 1)
    if entered == text:
        raise AssertionError(f"{table} is not read in: {text}")
    return entered


def _insert(table: Table, *, prefix: str = "") -> str:
    statement = insert(table)
    if prefix:
        statement = statement.prefix_with(prefix)
    return compile_statement(statement, "sqlite", [column.name for column in table.columns]).sql


def _update_of(table: Table, keys: Sequence[str]) -> Update:
    """Sets all columns but the key to parameters ``new_<column>``."""
    return update(table).values(
        {column: bindparam(f"new_{column.name}") for column in table.columns if column.name not in keys}
    )


def _new(columns: Sequence[str], keys: Sequence[str], *more: str) -> list[str]:
    return [name if name in keys else f"new_{name}" for name in columns] + list(more)


# -- load -------------------------------------------------------------------------------------------------------------

GENERATION: Final = _sql(select(_generations.c.generation).where(_generations.c.scope == constant("''")))

_generation = (
    select(func.coalesce(func.max(_generations.c.generation), constant("0")))
    .where(_generations.c.scope == constant("''"))
    .scalar_subquery()
)


def _target(kind: Target) -> str:
    """The cache's generation, the root and the target: found by ``(seq, root_id)``."""
    model = TARGETS[kind].model
    root_columns = list(_instances.columns)[1:]
    if model is None:
        return _sql(
            select(_generation, *root_columns).where(
                _instances.c.seq == number("seq"),
                _instances.c.root_id == word("root_id"),
                _instances.c.seq == constant("0"),
            ),
            "seq",
            "root_id",
        )
    table = table_of(model)
    return _sql(
        select(_generation, *root_columns, *list(table.columns)[1:])
        .select_from(_instances)
        .join(table, (table.c.root_id == _instances.c.root_id) & (table.c.seq == number("seq")))
        .where(_instances.c.root_id == word("root_id"), _instances.c.seq == constant("0")),
        "seq",
        "root_id",
    )


TARGET: Final[Mapping[Target, str]] = {kind: _target(kind) for kind in TARGETS}
TARGET_BEGINS: Final = len(rows.ROOT_COLUMNS)  # the generation, and the root without its id

_element_columns = list(_elements.columns)[1:]
_of_root = _elements.c.root_id == word("root_id")

ELEMENT: Final = _sql(select(*_element_columns).where(_of_root, _elements.c.seq == number("seq")), "root_id", "seq")
JOINS: Final = _by_index(
    _sql(
        select(*_element_columns).where(
            _of_root, _elements.c.state == constant("'JOIN'"), _elements.c.scope == number("scope")
        ),
        "root_id",
        "scope",
    ),
    "element_instance",
    "ix_element_instance_join",
)
_variable_of = (_variables.c.root_id == word("root_id"), _variables.c.scope == number("scope"))
_small = case((_variables.c.size <= constant(str(LARGE_BYTES)), _variables.c.value))

VARIABLES: Final = _sql(
    select(_variables.c.name, _small)
    .where(*_variable_of)
    .order_by(_variables.c.name)
    .limit(number("room"))
    .offset(constant("0")),
    "root_id",
    "scope",
    "room",
)
LEASE: Final = _sql(
    select(constant("1")).where(
        _jobs.c.root_id == word("root_id"), _jobs.c.seq == number("seq"), _jobs.c.lease_token == word("token")
    ),
    "root_id",
    "seq",
    "token",
)

# -- write ------------------------------------------------------------------------------------------------------------

INSERT_ROOT: Final = _insert(_instances, prefix="OR IGNORE")
INSERT_INSTANCE: Final = _insert(_instances)


@cache
def insert_root_if_meant(app: bool, version: bool, tag: bool, latest: bool) -> Compiled:
    """An insert of a root under the condition of `still_meant`; its parameters are the columns and ``meant_…``."""
    columns = list(_instances.columns)
    source = select(*(bindparam(c.name, type_=c.type, required=True) for c in columns))
    statement = insert(_instances).prefix_with("OR IGNORE")
    return compile_statement(
        statement.from_select([c.name for c in columns], source.where(still_meant(app, version, tag, latest))), "sqlite"
    )


END_INSTANCE: Final = _sql(
    update(_instances)
    .values(
        {
            _instances.c.state: bindparam("new_state"),
            _instances.c.end_us: bindparam("new_end_us"),
            _instances.c.end_reason: bindparam("new_end_reason"),
        }
    )
    .where(_instances.c.root_id == word("root"), _instances.c.seq == number("of_seq")),
    "new_state",
    "new_end_us",
    "new_end_reason",
    "root",
    "of_seq",
)

_INSTANCE_KEYS = ("root_id", "seq", "parent_scope", "create_us", "create_by")
_update_root = compile_statement(
    _update_of(_instances, _INSTANCE_KEYS).where(
        _instances.c.root_id == word("key_root_id"),
        _instances.c.seq == constant("0"),
        _instances.c.version == number("expected"),
    ),
    "sqlite",
)
UPDATE_ROOT: Final = _update_root.sql
pick_update_root: Final = _update_root.picker(["key_root_id", *_new(rows.ROOT_COLUMNS[1:], ()), "expected"])

PUT_ELEMENT: Final = _insert(_elements, prefix="OR REPLACE")
PUT_VARIABLE: Final = _insert(_variables, prefix="OR REPLACE")
PUT_FIELD: Final = _insert(_fields, prefix="OR REPLACE")
PUT_JOB: Final = _insert(_jobs, prefix="OR REPLACE")
INSERT_USER_TASK: Final = _insert(_tasks)
INSERT_CANDIDATE: Final = _insert(_candidates)
INSERT_TIMER: Final = _insert(_timers)
PUT_SUBSCRIPTION: Final = _insert(_subscriptions, prefix="OR REPLACE")
INSERT_INCIDENT: Final = _insert(_incidents)
INSERT_HISTORY: Final = _insert(_history)


def _delete(table: Table, column: str) -> str:
    return _sql(delete(table).where(table.c.root_id == word("root"), table.c[column] == number("of")), "root", "of")


DELETE_ELEMENT: Final = _delete(_elements, "seq")
DELETE_VARIABLES: Final = _delete(_variables, "scope")
DELETE_JOB: Final = _delete(_jobs, "seq")
DELETE_TIMER: Final = _delete(_timers, "seq")
DELETE_TIMERS_OF: Final = _delete(_timers, "element_seq")
DELETE_SUBSCRIPTION: Final = _delete(_subscriptions, "seq")
DELETE_SUBSCRIPTIONS_OF: Final = _delete(_subscriptions, "element_seq")


def _delete_inside(table: Table) -> str:
    return _sql(
        delete(table).where(
            table.c.root_id == word("root"), table.c.element_seq == number("of"), table.c.inside == constant("1")
        ),
        "root",
        "of",
    )


DELETE_TIMERS_INSIDE: Final = _delete_inside(_timers)
DELETE_SUBSCRIPTIONS_INSIDE: Final = _delete_inside(_subscriptions)

RESOLVE_INCIDENTS_OF: Final = _sql(
    update(_incidents)
    .values({_incidents.c.open: constant("0"), _incidents.c.resolve_us: bindparam("now_us")})
    .where(
        _incidents.c.root_id == word("root"),
        _incidents.c.element_seq == number("of"),
        _incidents.c.open == constant("1"),
    ),
    "now_us",
    "root",
    "of",
)

_update_user_task = _update_of(_tasks, ("root_id", "seq", "version", "parent_seq")).where(
    _tasks.c.root_id == word("key_root_id"), _tasks.c.seq == number("key_seq")
)
_any_version = compile_statement(
    _update_user_task.values({_tasks.c.version: _tasks.c.version + constant("1")}), "sqlite"
)
_this_version = compile_statement(
    _update_user_task.values({_tasks.c.version: bindparam("new_version")}).where(
        _tasks.c.version == number("expected")
    ),
    "sqlite",
)
_task_names = ["key_root_id", "key_seq", *_new(rows.USER_TASK_COLUMNS[2:], ())]

UPDATE_USER_TASK: Final = _any_version.sql
pick_update_user_task: Final = _any_version.picker(_task_names)
UPDATE_USER_TASK_OF: Final = _this_version.sql
pick_update_user_task_of: Final = _this_version.picker([*_task_names, "expected"])

# What a claim or an assignment changes, and no more: a column that is set has its indexes written, changed or not.
_OFFER_COLUMNS: Final = ("state", "assignee", "candidates", "claim_us", "version", "flags")
_offer = compile_statement(
    update(_tasks)
    .values({_tasks.c[name]: bindparam(f"new_{name}") for name in _OFFER_COLUMNS})
    .where(
        _tasks.c.root_id == word("key_root_id"),
        _tasks.c.seq == number("key_seq"),
        _tasks.c.version == number("expected"),
    ),
    "sqlite",
)
UPDATE_OFFER: Final = _offer.sql
pick_update_offer: Final = _offer.picker([*_task_names, "expected"])

CANCEL_USER_TASK: Final = _sql(
    update(_tasks)
    .values(
        {
            _tasks.c.state: bindparam("new_state"),
            _tasks.c.end_us: bindparam("now_us"),
            _tasks.c.version: _tasks.c.version + constant("1"),
        }
    )
    .where(_tasks.c.root_id == word("root"), _tasks.c.seq == number("of"), _tasks.c.end_us.is_(None)),
    "new_state",
    "now_us",
    "root",
    "of",
)

DELETE_CANDIDATES: Final = _delete(_candidates, "seq")

INSERT_TASK_HISTORY: Final = _sql(
    insert(_history)
    .values(
        root_id=bindparam("root"),
        version=select(_instances.c.version)
        .where(_instances.c.root_id == word("root"), _instances.c.seq == constant("0"))
        .scalar_subquery(),
        create_us=bindparam("now_us"),
        seq=bindparam("of"),
        task_version=bindparam("of_version"),
        actor=bindparam("by"),
        events=bindparam("what"),
    )
    .inline(),
    "root",
    "root",
    "now_us",
    "of",
    "of_version",
    "by",
    "what",
)

_insert_answer = sqlite_insert(_answers).values(
    {column: bindparam(f"new_{column.name}") for column in _answers.columns}
)
_put_answer = compile_statement(
    _insert_answer.on_conflict_do_update(
        index_elements=list(_answers.primary_key.columns),
        set_={name: _insert_answer.excluded[name] for name in ("content_hash", "response", "expire_us")},
        where=_answers.c.expire_us <= number("now_us"),  # else it is still to be given again
    ),
    "sqlite",
)
PUT_ANSWER: Final = _put_answer.sql
pick_put_answer: Final = _put_answer.picker([*(f"new_{column.name}" for column in _answers.columns), "now_us"])
