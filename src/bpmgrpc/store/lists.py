"""The lists: which rows, in which orders.

Rule of this file: a filter that is not given is not in the statement, so that each statement is planned for what it
asks; open tasks and open incidents are asked for in the words of their partial indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, exists, func, literal_column, or_, select, tuple_, union_all

from bpmgrpc.engine.state import OPEN_USER_TASK_STATES, InstanceState, UserTaskState
from bpmgrpc.store import rows, tables
from bpmgrpc.store.interface import DefinitionRow
from bpmgrpc.store.membership import candidate_keys_of
from bpmgrpc.store.paging import ABSENT_LAST, Listing
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import number, word
from bpmgrpc.store.views import IncidentView, ProcessInstanceView, UserTaskView

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from bpmgrpc.store.statements import Dialect
    from bpmgrpc.store.views import DefinitionFilter, IncidentFilter, ProcessInstanceFilter, UserTaskFilter

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
]

_tasks: Final = table_of(tables.UserTask)
_candidates: Final = table_of(tables.UserTaskCandidate)
_definitions: Final = table_of(tables.ProcessDefinition)
_instances: Final = table_of(tables.ProcessInstance)
_incidents: Final = table_of(tables.Incident)
_roots: Final = _instances.alias("root")

_ZERO: Final = literal_column("0")


class Shape(NamedTuple):
    """What makes one statement of a list differ from another: the filters that are given, and fixed words."""

    filters: frozenset[str]
    states: tuple[str, ...] = ()


def _given(filter_: Any, *names: str) -> frozenset[str]:
    return frozenset(name for name in names if getattr(filter_, name))


def _constant(text: str) -> Any:
    return literal_column(f"'{text}'")  # of our own enums only


def _absent_last(column: Any) -> ColumnElement[int]:
    return func.coalesce(column, literal_column(str(ABSENT_LAST)), type_=column.type)


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


def _of_process(table: Any, shape: Shape) -> list[ColumnElement[bool]]:
    """Filters by process, which its few definitions answer."""
    conditions = []
    if "process_name" in shape.filters:
        conditions.append(_definitions.c.process_name == word("process_name"))
    if "app_name" in shape.filters:
        conditions.append(_definitions.c.app_name == word("app_name"))
    if conditions:
        return [table.c.definition_id.in_(select(_definitions.c.id).where(*conditions))]
    return []


# -- user tasks -------------------------------------------------------------------------------------------------------

_OPEN: Final = frozenset(OPEN_USER_TASK_STATES)
_UNCLAIMED: Final = _tasks.c.state.in_(
    [_constant(UserTaskState.WAITING.value), _constant(UserTaskState.ASSIGNED.value)]
)
_described = _definitions.alias("described")


def user_task_source() -> Select[Any]:
    """User tasks with their process."""
    return select(*_tasks.columns, _described.c.process_name, _described.c.app_name).join_from(
        _tasks, _described, _described.c.id == _tasks.c.definition_id
    )


def read_user_task(row: Sequence[Any]) -> UserTaskView:
    """Reads a row of `user_task_source`."""
    return UserTaskView(row[0], rows.read_user_task(row[1:-2]), row[-2], row[-1])


def user_task_shape(filter_: UserTaskFilter) -> Shape:
    """Returns the shape of a filter."""
    given = _given(
        filter_,
        "root_id",
        "instance",
        "user",
        "role",
        "group",
        "assignee",
        "process_name",
        "app_name",
        "business_key",
    )
    states = frozenset(filter_.states) or _OPEN
    words = () if states == _OPEN else tuple(sorted(state.value for state in states))
    return Shape(given | ({"open"} if states <= _OPEN else set()), words)


def _user_tasks(shape: Shape, dialect: Dialect) -> Select[Any]:
    given = shape.filters
    found = user_task_source().where(*_of_process(_tasks, shape))
    if "open" in given:
        found = found.where(_is_open(shape, dialect))
    if shape.states:
        found = found.where(_tasks.c.state.in_([_constant(state) for state in shape.states]))
    if "root_id" in given:
        found = found.where(_tasks.c.root_id == word("root_id"))
        if "instance" in given:
            found = found.where(_tasks.c.instance.in_(instances_inside()))
    if "user" in given:
        found = found.where(_of_user(dialect, only_open="open" in given))
    if "role" in given:
        found = found.where(_UNCLAIMED, _one_of(_offered(_candidates.c.candidate == _constant("R").concat(word("role")))))
    if "group" in given:
        found = found.where(_UNCLAIMED, _one_of(_offered(_candidates.c.candidate == _constant("G").concat(word("group")))))
    if "assignee" in given:
        found = found.where(_tasks.c.assignee == word("assignee"), _tasks.c.assignee != _constant(""))
    if "business_key" in given:
        found = found.where(_tasks.c.business_key == word("business_key"))
    return found


def _is_open(shape: Shape, dialect: Dialect) -> ColumnElement[bool]:
    if dialect == "sqlite" and not shape.filters.isdisjoint(("user", "role", "group")):
        # SQLite would scan the index of open tasks for its order; found from the people, tasks are fewer. It takes a
        # partial index only where the index's own words are used.
        return _tasks.c.state.in_([_constant(state.value) for state in OPEN_USER_TASK_STATES])
    return _tasks.c.end_us.is_(None)


def _offered(condition: ColumnElement[bool]) -> Select[Any]:
    return select(_candidates.c.root_id, _candidates.c.seq).where(condition)


def _one_of(found: Any) -> ColumnElement[bool]:
    return tuple_(_tasks.c.root_id, _tasks.c.seq).in_(found)


def _of_user(dialect: Dialect, *, only_open: bool) -> ColumnElement[bool]:
    """Claimed by the user, or unclaimed and offered: found from the people, not by looking at every open task."""
    user = word("user")
    claimed = _tasks.alias("claimed")
    # Words of the partial index on assignees.
    mine = select(claimed.c.root_id, claimed.c.seq).where(claimed.c.assignee == user, claimed.c.assignee != _constant(""))
    if only_open:
        mine = mine.where(claimed.c.end_us.is_(None))
    keys = candidate_keys_of(user)
    is_key = (
        _candidates.c.candidate.in_(keys)
        if dialect == "sqlite"
        # An array that is made first, and the index then searched for.
        else _candidates.c.candidate == func.any(func.array(keys.scalar_subquery()))
    )
    return and_(_one_of(union_all(mine, _offered(is_key))), or_(_tasks.c.assignee == user, _UNCLAIMED))


USER_TASKS: Final = Listing(
    name="user_tasks",
    build=_user_tasks,
    orders={
        "priority": _tasks.c.priority,
        "create_time": _tasks.c.create_us,
        "due_time": _absent_last(_tasks.c.due_us),
        "name": _tasks.c.name,
    },
    default_order="priority desc, create_time",
    key=(_tasks.c.root_id, _tasks.c.seq),
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
    return ProcessInstanceView(*row[:9], InstanceState(row[9]), *row[10:])


def instance_shape(filter_: ProcessInstanceFilter) -> Shape:
    """Returns the shape of a filter."""
    given = _given(filter_, "process_name", "app_name", "definition_id", "business_key", "root_id", "root_only")
    return Shape(given, tuple(sorted({state.value for state in filter_.states})))


def _process_instances(shape: Shape, _dialect: Dialect) -> Select[Any]:
    given = shape.filters
    found = instance_source().where(*_of_process(_instances, shape))
    if shape.states:
        found = found.where(_instances.c.state.in_([_constant(state) for state in shape.states]))
    if "definition_id" in given:
        found = found.where(_instances.c.definition_id == word("definition_id"))
    if "business_key" in given:
        found = found.where(_instances.c.business_key == word("business_key"), _instances.c.business_key != _constant(""))
    if "root_id" in given:
        found = found.where(_instances.c.root_id == word("root_id"))
    if "root_only" in given:
        found = found.where(_instances.c.seq == _ZERO)
    return found


INSTANCES: Final = Listing(
    name="process_instances",
    build=_process_instances,
    orders={
        "create_time": _instances.c.create_us,
        "end_time": _absent_last(_instances.c.end_us),
        "business_key": _instances.c.business_key,
    },
    default_order="create_time desc",
    key=(_instances.c.root_id, _instances.c.seq),
    read=read_instance,
)

# -- definitions ------------------------------------------------------------------------------------------------------


def definition_shape(filter_: DefinitionFilter) -> Shape:
    """Returns the shape of a filter."""
    return Shape(_given(filter_, "process_name", "app_name", "version_tag", "latest_only"))


def _process_definitions(shape: Shape, _dialect: Dialect) -> Select[Any]:
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
    return found


DEFINITIONS: Final[Listing[DefinitionRow]] = Listing(
    name="process_definitions",
    build=_process_definitions,
    orders={
        "process_name": _definitions.c.process_name,
        "app_name": _definitions.c.app_name,
        "version": _definitions.c.version,
        "create_time": _definitions.c.create_us,
    },
    default_order="app_name, process_name, version desc",
    key=(_definitions.c.id,),
    read=rows.read_definition,
)

# -- incidents --------------------------------------------------------------------------------------------------------


def _read_incident(row: Sequence[Any]) -> IncidentView:
    return IncidentView(row[0], rows.read_incident(row[1:-2]), row[-2], row[-1])


def incident_shape(filter_: IncidentFilter) -> Shape:
    """Returns the shape of a filter."""
    return Shape(_given(filter_, "root_id", "instance", "process_name", "app_name", "open", "resolved"))


def _incident_list(shape: Shape, _dialect: Dialect) -> Select[Any]:
    given = shape.filters
    found = (
        select(*_incidents.columns, _described.c.process_name, _described.c.app_name)
        .join_from(_incidents, _described, _described.c.id == _incidents.c.definition_id)
        .where(*_of_process(_incidents, shape))
    )
    if "open" not in given:
        found = found.where(_incidents.c.open == _ZERO)
    elif "resolved" not in given:
        found = found.where(_incidents.c.open == literal_column("1"))
    if "root_id" in given:
        found = found.where(_incidents.c.root_id == word("root_id"))
        if "instance" in given:
            found = found.where(_incidents.c.instance.in_(instances_inside()))
    return found


INCIDENTS: Final = Listing(
    name="incidents",
    build=_incident_list,
    orders={"create_time": _incidents.c.create_us},
    default_order="create_time desc",
    key=(_incidents.c.root_id, _incidents.c.seq),
    read=_read_incident,
)
