"""The lists: which rows, in which orders.

Rule of this file: a filter that is not given is not in the statement, so that each statement is planned for what it
asks; open tasks and open incidents are asked for in the words of their partial indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, exists, func, or_, select, union

from bpmgrpc.engine.state import OPEN_USER_TASK_STATES, InstanceState, UserTaskState
from bpmgrpc.store import rows, tables
from bpmgrpc.store.interface import DefinitionRow
from bpmgrpc.store.membership import candidate_keys_of
from bpmgrpc.store.paging import ABSENT_LAST, Listing
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import constant, number, word
from bpmgrpc.store.views import (
    DefinitionFilter,
    IncidentFilter,
    IncidentView,
    ProcessInstanceFilter,
    ProcessInstanceView,
    UserTaskFilter,
    UserTaskView,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from bpmgrpc.store.statements import Dialect

__all__ = [
    "DEFINITIONS",
    "INCIDENTS",
    "INSTANCES",
    "USER_TASKS",
    "Shape",
    "definition_shape",
    "incident_shape",
    "instance_shape",
    "user_task_shape",
    "user_task_source",
    "values_of",
]

_tasks: Final = table_of(tables.UserTask)
_candidates: Final = table_of(tables.UserTaskCandidate)
_definitions: Final = table_of(tables.ProcessDefinition)
_instances: Final = table_of(tables.ProcessInstance)
_incidents: Final = table_of(tables.Incident)
_roots: Final = _instances.alias("root")

_ZERO: Final = constant("0")


class Shape(NamedTuple):
    """What makes one statement of a list differ from another: the filters that are given, and fixed words."""

    filters: tuple[str, ...]  # sorted, so that the same filters are the same text on every server
    states: tuple[str, ...] = ()


# Fields of the filters that are texts or numbers; the others are part of the statement.
_PARAMETERS: Final = {
    type_: tuple(field.name for field in fields(type_) if field.type in ("str", "int"))
    for type_ in (UserTaskFilter, ProcessInstanceFilter, DefinitionFilter, IncidentFilter)
}


def values_of(filter_: Any) -> dict[str, Any]:
    """Returns the parameters of the statements of a filter."""
    return {name: getattr(filter_, name) for name in _PARAMETERS[type(filter_)]}


def _given(filter_: Any, *names: str) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if getattr(filter_, name)))


def _quoted(text: str) -> ColumnElement[str]:
    return constant(f"'{text}'")  # of our own words only


def _absent_last(column: Any) -> ColumnElement[int]:
    return func.coalesce(column, constant(str(ABSENT_LAST)), type_=column.type)


def instances_inside() -> Select[Any]:
    """Numbers of a called instance, the parameter ``instance``, and of those it called."""
    inside = select(number("instance").label("seq")).cte("inside", recursive=True)
    child = _instances.alias("child")
    inside = inside.union_all(
        select(child.c.seq)
        .select_from(inside)
        .join(child, and_(child.c.root_id == word("root_id"), child.c.parent_scope == inside.c.seq))
    )
    return select(inside.c.seq)


def _of_process(columns: Any, shape: Shape) -> list[ColumnElement[bool]]:
    """Filters by process, which its few definitions answer."""
    conditions = []
    if "process_name" in shape.filters:
        conditions.append(_definitions.c.process_name == word("process_name"))
    if "app_name" in shape.filters:
        conditions.append(_definitions.c.app_name == word("app_name"))
    if conditions:
        return [columns.definition_id.in_(select(_definitions.c.id).where(*conditions))]
    return []


# -- user tasks -------------------------------------------------------------------------------------------------------

_OPEN: Final = frozenset(OPEN_USER_TASK_STATES)
_PEOPLE: Final = ("user", "group", "role")  # filters that lead from people to tasks
_described = _definitions.alias("described")


def user_task_shape(filter_: UserTaskFilter) -> Shape:
    """Returns the shape of a filter."""
    given = _given(filter_, *_PEOPLE, "root_id", "instance", "assignee", "process_name", "app_name", "business_key")
    states = frozenset(filter_.states) or _OPEN
    words = () if states == _OPEN else tuple(sorted(state.value for state in states))
    return Shape(("open", *given) if states <= _OPEN else given, words)


def user_task_source(source: Any = _tasks, columns: Any = _tasks.c) -> Select[Any]:
    """User tasks with their process."""
    described = _described.c.id == columns.definition_id
    return select(*columns, _described.c.process_name, _described.c.app_name).join_from(source, _described, described)


def read_user_task(row: Sequence[Any]) -> UserTaskView:
    """Reads a row of `user_task_source`."""
    return UserTaskView(row[0], rows.read_user_task(row[1:-2]), row[-2], row[-1])


def _user_tasks(shape: Shape, dialect: Dialect) -> tuple[Select[Any], Any]:
    given = shape.filters
    people = [name for name in _PEOPLE if name in given]
    found: Select[Any]
    task: Any
    if people:
        found, task = _from_people(people[0], dialect, only_open="open" in given)
        found = found.where(*(_is_offered(task, name) for name in people[1:]))
    else:
        found, task = user_task_source(), _tasks.c
    found = found.where(*_of_process(task, shape))
    if "open" in given:
        # Only the partial index's own words make SQLite read it. Tasks found from the people are few, and reading that
        # index for its order would be a detour.
        states = [_quoted(state.value) for state in OPEN_USER_TASK_STATES]
        found = found.where(task.state.in_(states) if people else task.end_us.is_(None))
    if shape.states:
        found = found.where(task.state.in_([_quoted(state) for state in shape.states]))
    if "root_id" in given:
        found = found.where(task.root_id == word("root_id"))
        if "instance" in given:
            found = found.where(task.instance.in_(instances_inside()))
    if "assignee" in given:
        found = found.where(task.assignee == word("assignee"), task.assignee != _quoted(""))
    if "business_key" in given:
        found = found.where(task.business_key == word("business_key"))
    return found, task


def _from_people(name: str, dialect: Dialect, *, only_open: bool) -> tuple[Select[Any], Any]:
    """Tasks found from a user, group or role: first their keys, then each task by its key.

    PostgreSQL is told so (a lateral subquery of one row): the statement has to be quick before statistics of young
    tables say anything, and after they have become wrong.
    """
    keys = _keys_of_user(dialect, only_open=only_open) if name == "user" else _keys_of(name)
    offered = keys.subquery("offered")
    if dialect == "sqlite":
        source: Any = offered.join(_tasks, and_(_tasks.c.root_id == offered.c.root_id, _tasks.c.seq == offered.c.seq))
        task: Any = _tasks.c
    else:
        one: Any = (
            select(_tasks)
            .where(_tasks.c.root_id == offered.c.root_id, _tasks.c.seq == offered.c.seq)
            .limit(constant("1"))
            .lateral("task")
        )
        source, task = offered.join(one, constant("true")), one.c
    unclaimed = _is_unclaimed(task)
    mine = or_(task.assignee == word("user"), unclaimed) if name == "user" else unclaimed
    return user_task_source(source, task).where(mine), task


def _is_unclaimed(task: Any) -> Any:
    return task.state.in_([_quoted(UserTaskState.WAITING.value), _quoted(UserTaskState.ASSIGNED.value)])


def _key(name: str) -> Any:
    return _quoted(name[0].upper()).concat(word(name))


def _keys_of(name: str) -> Select[Any]:
    return select(_candidates.c.root_id, _candidates.c.seq).where(_candidates.c.candidate == _key(name))


def _keys_of_user(dialect: Dialect, *, only_open: bool) -> Any:
    """Keys of the tasks that are claimed by a user or offered to one, each once."""
    user = word("user")
    claimed = _tasks.alias("claimed")
    # Words of the partial index on assignees.
    mine = select(claimed.c.root_id, claimed.c.seq).where(claimed.c.assignee == user, claimed.c.assignee != _quoted(""))
    if only_open:
        mine = mine.where(claimed.c.end_us.is_(None))
    keys = candidate_keys_of(user)
    is_key = (
        _candidates.c.candidate.in_(keys)
        if dialect == "sqlite"
        # An array that is made first, and the index then searched for.
        else _candidates.c.candidate == func.any(func.array(keys.scalar_subquery()))
    )
    return union(mine, select(_candidates.c.root_id, _candidates.c.seq).where(is_key))


def _is_offered(task: Any, name: str) -> ColumnElement[bool]:
    """Unclaimed and offered to a group or role, where the task was found otherwise."""
    offered = exists().where(
        _candidates.c.root_id == task.root_id, _candidates.c.seq == task.seq, _candidates.c.candidate == _key(name)
    )
    return and_(_is_unclaimed(task), offered)


USER_TASKS: Final = Listing(
    name="user_tasks",
    build=_user_tasks,
    orders={
        "priority": lambda task: task.priority,
        "create_time": lambda task: task.create_us,
        "due_time": lambda task: _absent_last(task.due_us),
        "name": lambda task: task.name,
    },
    default_order="priority desc, create_time",
    key=("root_id", "seq"),
    read=read_user_task,
)

# -- process instances ------------------------------------------------------------------------------------------------


def instance_source() -> Select[Any]:
    """Process instances with their process, and the open incidents of their root."""
    return (
        select(
            _instances.c.root_id,
            _instances.c.seq,
            _instances.c.parent_scope,
            _instances.c.definition_id,
            _described.c.process_name,
            _described.c.app_name,
            _described.c.version,
            _described.c.version_tag,
            _instances.c.business_key,
            _instances.c.state,
            _instances.c.create_us,
            _instances.c.end_us,
            _instances.c.create_by,
            _instances.c.end_reason,
            _roots.c.open_incidents,
        )
        .join_from(_instances, _described, _described.c.id == _instances.c.definition_id)
        .join(_roots, and_(_roots.c.root_id == _instances.c.root_id, _roots.c.seq == _ZERO))
    )


def read_instance(row: Sequence[Any]) -> ProcessInstanceView:
    """Reads a row of `instance_source`."""
    values = list(row)
    values[9] = InstanceState(values[9])
    return ProcessInstanceView(*values)


def instance_shape(filter_: ProcessInstanceFilter) -> Shape:
    """Returns the shape of a filter."""
    given = _given(filter_, "process_name", "app_name", "definition_id", "business_key", "root_id", "root_only")
    return Shape(given, tuple(sorted({state.value for state in filter_.states})))


def _process_instances(shape: Shape, _dialect: Dialect) -> tuple[Select[Any], Any]:
    given = shape.filters
    found = instance_source().where(*_of_process(_instances.c, shape))
    if shape.states:
        found = found.where(_instances.c.state.in_([_quoted(state) for state in shape.states]))
    if "definition_id" in given:
        found = found.where(_instances.c.definition_id == word("definition_id"))
    if "business_key" in given:
        found = found.where(_instances.c.business_key == word("business_key"), _instances.c.business_key != _quoted(""))
    if "root_id" in given:
        found = found.where(_instances.c.root_id == word("root_id"))
    if "root_only" in given:
        found = found.where(_instances.c.seq == _ZERO)
    return found, _instances.c


INSTANCES: Final = Listing(
    name="process_instances",
    build=_process_instances,
    orders={
        "create_time": lambda instance: instance.create_us,
        "end_time": lambda instance: _absent_last(instance.end_us),
        "business_key": lambda instance: instance.business_key,
    },
    default_order="create_time desc",
    key=("root_id", "seq"),
    read=read_instance,
)

# -- definitions ------------------------------------------------------------------------------------------------------


def definition_shape(filter_: DefinitionFilter) -> Shape:
    """Returns the shape of a filter."""
    return Shape(_given(filter_, "process_name", "app_name", "version_tag", "latest_only"))


def _process_definitions(shape: Shape, _dialect: Dialect) -> tuple[Select[Any], Any]:
    given = shape.filters
    found = select(_definitions).where(_definitions.c.deleted == _ZERO)
    for name in ("process_name", "app_name", "version_tag"):
        if name in given:
            found = found.where(_definitions.c[name] == word(name))
    if "latest_only" in given:
        newer = _definitions.alias("newer")
        is_newer = [
            newer.c.process_name == _definitions.c.process_name,
            newer.c.app_name == _definitions.c.app_name,
            newer.c.version > _definitions.c.version,
            newer.c.deleted == _ZERO,
        ]
        if "version_tag" in given:
            is_newer.append(newer.c.version_tag == word("version_tag"))
        found = found.where(~exists().where(*is_newer))
    return found, _definitions.c


DEFINITIONS: Final[Listing[DefinitionRow]] = Listing(
    name="process_definitions",
    build=_process_definitions,
    orders={
        "process_name": lambda definition: definition.process_name,
        "app_name": lambda definition: definition.app_name,
        "version": lambda definition: definition.version,
        "create_time": lambda definition: definition.create_us,
    },
    default_order="app_name, process_name, version desc",
    key=("id",),
    read=rows.read_definition,
)

# -- incidents --------------------------------------------------------------------------------------------------------


def _read_incident(row: Sequence[Any]) -> IncidentView:
    return IncidentView(row[0], rows.read_incident(row[1:-2]), row[-2], row[-1])


def incident_shape(filter_: IncidentFilter) -> Shape:
    """Returns the shape of a filter."""
    return Shape(_given(filter_, "root_id", "instance", "process_name", "app_name", "open", "resolved"))


def _incident_list(shape: Shape, _dialect: Dialect) -> tuple[Select[Any], Any]:
    given = shape.filters
    found = (
        select(*_incidents.columns, _described.c.process_name, _described.c.app_name)
        .join_from(_incidents, _described, _described.c.id == _incidents.c.definition_id)
        .where(*_of_process(_incidents.c, shape))
    )
    if "open" not in given:
        found = found.where(_incidents.c.open == _ZERO)
    elif "resolved" not in given:
        found = found.where(_incidents.c.open == constant("1"))
    if "root_id" in given:
        found = found.where(_incidents.c.root_id == word("root_id"))
        if "instance" in given:
            found = found.where(_incidents.c.instance.in_(instances_inside()))
    return found, _incidents.c


INCIDENTS: Final = Listing(
    name="incidents",
    build=_incident_list,
    orders={"create_time": lambda incident: incident.create_us},
    default_order="create_time desc",
    key=("root_id", "seq"),
    read=_read_incident,
)
