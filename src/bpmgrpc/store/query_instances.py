"""Process instances: lists, one with what is active in it, and its variables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, literal_column, select

from bpmgrpc.store import tables
from bpmgrpc.store.lists import Listing
from bpmgrpc.store.paging import Order
from bpmgrpc.store.rows import DEFINITION_COLUMNS, read_definition, read_element, table_of
from bpmgrpc.store.statements import Statement, among_texts, number, word

if TYPE_CHECKING:
    from bpmgrpc.engine.state import ElementRow
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.interface import DefinitionRow
    from bpmgrpc.store.paging import Page, PageOf

_instances: Final = table_of(tables.ProcessInstance)
_definitions: Final = table_of(tables.ProcessDefinition)
_elements: Final = table_of(tables.ElementInstance)
_variables: Final = table_of(tables.Variable)
_roots: Final = _instances.alias("root")
_ZERO: Final = literal_column("0")

_SHOWN: Final = ("root_id", "seq", "parent_scope", "definition_id", "state", "business_key")
_COLUMNS: Final = [
    *(_instances.c[name] for name in _SHOWN),
    *(_instances.c[name] for name in ("create_by", "create_us", "end_us", "end_reason")),
    _roots.c.open_incidents,
    *_definitions.columns,
]
_SOURCE: Final = _instances.join(_definitions, _definitions.c.id == _instances.c.definition_id).join(
    _roots, and_(_roots.c.root_id == _instances.c.root_id, _roots.c.seq == _ZERO)
)


@dataclass(frozen=True, slots=True)
class FoundInstance:
    """A process instance, root (seq 0) or called, with its definition."""

    root_id: str
    seq: int
    parent_scope: int | None
    state: str
    business_key: str
    create_by: str
    create_us: int
    end_us: int | None
    end_reason: str
    open_incidents: int  # of the whole root
    definition: DefinitionRow


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """Which instances are wanted; empty fields do not filter."""

    process_name: str = ""
    app_name: str = ""
    definition_id: str = ""
    business_key: str = ""
    states: tuple[str, ...] = ()
    root_id: str = ""
    root_only: bool = False


def _read(row: Sequence[Any]) -> FoundInstance:
    width = len(row) - len(DEFINITION_COLUMNS)
    root_id, seq, parent, _, state, key, by, create, end, reason, incidents = row[:width]
    definition = read_definition(row[width:])
    return FoundInstance(root_id, seq, parent, state, key, by, create, end, reason, incidents, definition)


_LISTING: Final = Listing(
    name="process_instances",
    columns=_COLUMNS,
    source=_SOURCE,
    orders={
        "create_time": Order("create_time", _instances.c.create_us),
        "end_time": Order("end_time", _instances.c.end_us, nullable=True),
        "business_key": Order("business_key", _instances.c.business_key),
    },
    default_order="create_time desc",
    keys=(Order("root_id", _instances.c.root_id), Order("seq", _instances.c.seq)),
    conditions={
        "process_name": lambda _: _definitions.c.process_name == word("process_name"),
        "app_name": lambda _: _definitions.c.app_name == word("app_name"),
        "definition_id": lambda _: _instances.c.definition_id == word("definition_id"),
        "business_key": lambda _: and_(
            _instances.c.business_key == word("business_key"), _instances.c.business_key != literal_column("''")
        ),
        "states": lambda dialect: among_texts(_instances.c.state, "states", dialect),
        "root_id": lambda _: _instances.c.root_id == word("root_id"),
        "root_only": lambda _: _instances.c.seq == _ZERO,
    },
    read=_read,
)
_GET: Final = Statement(
    select(*_COLUMNS)
    .select_from(_SOURCE)
    .where(_instances.c.root_id == word("root_id"), _instances.c.seq == number("seq"))
)
_CALLED: Final = Statement(
    select(_instances.c.seq, _instances.c.parent_scope).where(
        _instances.c.root_id == word("root_id"), _instances.c.seq != _ZERO
    )
)
_OF_SCOPE: Final = Statement(
    select(_variables.c.name, _variables.c.value)
    .where(_variables.c.root_id == word("root_id"), _variables.c.scope == number("scope"))
    .order_by(_variables.c.name)
)


def _inside() -> Any:
    """The element instances of one process instance: directly in its scope, and in its sub-processes; not in called ones."""
    inner = (
        select(_elements.c.seq, _elements.c.border)
        .where(_elements.c.root_id == word("root_id"), _elements.c.scope == number("scope"))
        .cte("inner_elements", recursive=True)
    )
    deeper = _elements.alias("deeper")
    return inner.union_all(
        select(deeper.c.seq, deeper.c.border)
        .select_from(inner)
        .join(deeper, and_(deeper.c.root_id == word("root_id"), deeper.c.scope == inner.c.seq))
        .where(inner.c.border == _ZERO)
    )


_inner: Final = _inside()
_COUNT_ACTIVE: Final = Statement(select(func.count()).select_from(_inner))
_ACTIVE: Final = Statement(
    select(*list(_elements.columns)[1:])
    .select_from(_inner)
    .join(_elements, and_(_elements.c.root_id == word("root_id"), _elements.c.seq == _inner.c.seq))
    .order_by(_elements.c.seq)
    .limit(number("row_limit"))
)


def descendants(db: Connection, root_id: str, instance: int) -> list[int]:
    """Returns the seq of a called instance and of all that it called, directly or not."""
    children: dict[int, list[int]] = {}
    for seq, parent in db.fetch(_CALLED, {"root_id": root_id}):
        children.setdefault(parent, []).append(seq)
    found: list[int] = []
    agenda = [instance]
    while agenda:
        seq = agenda.pop()
        found.append(seq)
        agenda.extend(children.get(seq, ()))
    return found


class InstanceQueries:
    """What people ask about process instances."""

    db: Connection

    def get_process_instance(self, root_id: str, seq: int) -> FoundInstance | None:
        """Returns an instance: a root (seq 0) or one that a call activity started."""
        found = self.db.fetch(_GET, {"root_id": root_id, "seq": seq})
        return _read(found[0]) if found else None

    def list_process_instances(self, wanted: InstanceFilter, page: Page) -> PageOf[FoundInstance]:
        """Lists instances."""
        filters: dict[str, Mapping[str, Any]] = {}
        for name in ("process_name", "app_name", "definition_id", "business_key", "root_id"):
            value = getattr(wanted, name)
            if value:
                filters[name] = {name: value}
        if wanted.states:
            filters["states"] = {"states": json.dumps(wanted.states)}
        if wanted.root_only:
            filters["root_only"] = {}
        return _LISTING.page(self.db, filters, page)

    def active_elements(self, root_id: str, instance: int, limit: int) -> tuple[list[ElementRow], int]:
        """Returns the first active elements of an instance, and how many there are."""
        values = {"root_id": root_id, "scope": instance, "row_limit": limit}
        rows = [read_element(row) for row in self.db.fetch(_ACTIVE, values)]
        total = self.db.fetch(_COUNT_ACTIVE, values)[0][0] if len(rows) == limit else len(rows)
        return rows, total

    def instance_variables(self, root_id: str, instance: int) -> dict[str, str]:
        """Returns the variables of an instance's own scope, by name in order, as JSON texts."""
        return {name: value for name, value in self.db.fetch(_OF_SCOPE, {"root_id": root_id, "scope": instance})}
