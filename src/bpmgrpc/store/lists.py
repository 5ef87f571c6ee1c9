"""The lists: which rows, in which orders.

Rule of this file: a filter that is not given is not in the statement, so that each statement is planned for what it
asks; open tasks and open incidents are asked for in the words of their partial indexes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, exists, func, select

from bpmgrpc.engine.state import InstanceState
from bpmgrpc.store import rows, tables
from bpmgrpc.store.interface import DefinitionRow
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
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from bpmgrpc.store.statements import Dialect

__all__ = [
    "DEFINITIONS",
    "INCIDENTS",
    "INSTANCES",
    "Shape",
    "definition_shape",
    "incident_shape",
    "incident_source",
    "instance_shape",
    "read_incident",
    "values_of",
]

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
    type_: tuple(field.name for field in fields(type_) if field.type in ("str", "int", "int | None"))
    for type_ in (UserTaskFilter, ProcessInstanceFilter, DefinitionFilter, IncidentFilter)
}


def values_of(filter_: Any) -> dict[str, Any]:
    """Returns the parameters of the statements of a filter."""
    found = {name: getattr(filter_, name) for name in _PARAMETERS[type(filter_)]}
    for n, condition in enumerate(getattr(filter_, "fields", ())):
        type_ = condition.key[0]  # keys of one type have one first letter
        found |= {
            f"field_{n}": condition.path,
            f"field_{n}_key": condition.key,
            f"field_{n}_type": type_,
            f"field_{n}_next": chr(ord(type_) + 1),
        }
    return found


def given_of(filter_: Any, *names: str) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if getattr(filter_, name) not in (None, "", 0, ())))


def quoted(text: str) -> ColumnElement[str]:
    return constant(f"'{text}'")  # of our own words only


def absent_last(column: Any) -> ColumnElement[int]:
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


def of_process(columns: Any, shape: Shape) -> list[ColumnElement[bool]]:
    """Filters by process, which its few definitions answer."""
    conditions = []
    if "process_name" in shape.filters:
        conditions.append(_definitions.c.process_name == word("process_name"))
    if "app_name" in shape.filters:
        conditions.append(_definitions.c.app_name == word("app_name"))
    if conditions:
        return [columns.definition_id.in_(select(_definitions.c.id).where(*conditions))]
    return []


_described = _definitions.alias("described")

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


_INSTANCE_TIMES: Final[Mapping[str, ColumnElement[bool]]] = {
    "create_from_us": _instances.c.create_us >= number("create_from_us"),
    "create_until_us": _instances.c.create_us < number("create_until_us"),
    "end_from_us": _instances.c.end_us >= number("end_from_us"),
    "end_until_us": _instances.c.end_us < number("end_until_us"),
    "without_end": _instances.c.end_us.is_(None),
}


def instance_shape(filter_: ProcessInstanceFilter) -> Shape:
    """Returns the shape of a filter."""
    names = ("process_name", "app_name", "definition_id", "business_key", "root_id", "root_only")
    return Shape(given_of(filter_, *names, *_INSTANCE_TIMES), tuple(sorted({state.value for state in filter_.states})))


def _process_instances(shape: Shape, _dialect: Dialect) -> tuple[Select[Any], Any]:
    given = shape.filters
    times = [condition for name, condition in _INSTANCE_TIMES.items() if name in given]
    found = instance_source().where(*of_process(_instances.c, shape), *times)
    if shape.states:
        found = found.where(_instances.c.state.in_([quoted(state) for state in shape.states]))
    if "definition_id" in given:
        found = found.where(_instances.c.definition_id == word("definition_id"))
    if "business_key" in given:
        found = found.where(_instances.c.business_key == word("business_key"), _instances.c.business_key != quoted(""))
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
        "end_time": lambda instance: absent_last(instance.end_us),
        "business_key": lambda instance: instance.business_key,
    },
    default_order="create_time desc",
    key=("root_id", "seq"),
    read=read_instance,
)

# -- definitions ------------------------------------------------------------------------------------------------------


def definition_shape(filter_: DefinitionFilter) -> Shape:
    """Returns the shape of a filter."""
    return Shape(given_of(filter_, "process_name", "app_name", "version_tag", "latest_only"))


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


_INCIDENT_FILTERS: Final = {
    "root_id": _incidents.c.root_id == word("root_id"),
    "element_id": _incidents.c.element_id == word("element_id"),
    "reason": _incidents.c.reason == word("reason"),
    "create_from_us": _incidents.c.create_us >= number("create_from_us"),
    "create_until_us": _incidents.c.create_us < number("create_until_us"),
}


def read_incident(row: Sequence[Any]) -> IncidentView:
    """Reads a row of `incident_source`."""
    return IncidentView(row[0], rows.read_incident(row[1:-2]), row[-2], row[-1])


def incident_shape(filter_: IncidentFilter) -> Shape:
    """Returns the shape of a filter."""
    return Shape(given_of(filter_, "instance", "process_name", "app_name", "open", "resolved", *_INCIDENT_FILTERS))


def incident_source() -> Select[Any]:
    """Incidents with their process."""
    return select(*_incidents.columns, _described.c.process_name, _described.c.app_name).join_from(
        _incidents, _described, _described.c.id == _incidents.c.definition_id
    )


def _incident_list(shape: Shape, _dialect: Dialect) -> tuple[Select[Any], Any]:
    given = shape.filters
    found = incident_source().where(*of_process(_incidents.c, shape))
    if "open" not in given:
        found = found.where(_incidents.c.open == _ZERO)
    elif "resolved" not in given:
        found = found.where(_incidents.c.open == constant("1"))
    if "instance" in given:
        found = found.where(_incidents.c.instance.in_(instances_inside()))
    return found.where(*(_INCIDENT_FILTERS[name] for name in given if name in _INCIDENT_FILTERS)), _incidents.c


INCIDENTS: Final = Listing(
    name="incidents",
    build=_incident_list,
    orders={"create_time": lambda incident: incident.create_us},
    default_order="create_time desc",
    key=("root_id", "seq"),
    read=read_incident,
)
