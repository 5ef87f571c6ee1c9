"""Lists of incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import literal_column, select

from bpmgrpc.store import tables
from bpmgrpc.store.lists import Listing
from bpmgrpc.store.paging import Order
from bpmgrpc.store.query_instances import descendants
from bpmgrpc.store.rows import DEFINITION_COLUMNS, read_definition, read_incident, table_of
from bpmgrpc.store.statements import Statement, among, number, numbers, word

if TYPE_CHECKING:
    from bpmgrpc.engine.state import IncidentRow
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.interface import DefinitionRow
    from bpmgrpc.store.paging import Page, PageOf

_incidents: Final = table_of(tables.Incident)
_definitions: Final = table_of(tables.ProcessDefinition)
_columns: Final = [*_incidents.columns, *_definitions.columns]
_source: Final = _incidents.join(_definitions, _definitions.c.id == _incidents.c.definition_id)


@dataclass(frozen=True, slots=True)
class FoundIncident:
    """An incident with its definition."""

    root_id: str
    row: IncidentRow
    definition: DefinitionRow


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents are wanted; empty fields do not filter."""

    root_id: str = ""
    instance: int = 0  # with root_id: only of this called instance and of those it called; 0: of the whole root
    process_name: str = ""
    app_name: str = ""
    open: bool | None = True  # None: open and resolved


def _read(row: Sequence[Any]) -> FoundIncident:
    width = len(row) - len(DEFINITION_COLUMNS)
    return FoundIncident(row[0], read_incident(row[1:width]), read_definition(row[width:]))


_LISTING: Final = Listing(
    name="incidents",
    columns=_columns,
    source=_source,
    orders={"create_time": Order("create_time", _incidents.c.create_us)},
    default_order="create_time desc",
    keys=(Order("root_id", _incidents.c.root_id), Order("seq", _incidents.c.seq)),
    conditions={
        # Constants, so that the partial index of open incidents fits.
        "open": lambda _: _incidents.c.open == literal_column("1"),
        "resolved": lambda _: _incidents.c.open == literal_column("0"),
        "root": lambda _: _incidents.c.root_id == word("root_id"),
        "instances": lambda dialect: among(_incidents.c.instance, "instances", dialect),
        "process_name": lambda _: _definitions.c.process_name == word("process_name"),
        "app_name": lambda _: _definitions.c.app_name == word("app_name"),
    },
    read=_read,
)
_GET: Final = Statement(
    select(*_columns)
    .select_from(_source)
    .where(_incidents.c.root_id == word("root_id"), _incidents.c.seq == number("seq"))
)


class IncidentQueries:
    """What people ask about incidents."""

    db: Connection

    def get_incident(self, root_id: str, seq: int) -> FoundIncident | None:
        """Returns one incident."""
        found = self.db.fetch(_GET, {"root_id": root_id, "seq": seq})
        return _read(found[0]) if found else None

    def list_incidents(self, wanted: IncidentFilter, page: Page) -> PageOf[FoundIncident]:
        """Lists incidents."""
        filters: dict[str, Mapping[str, Any]] = {}
        if wanted.open is not None:
            filters["open" if wanted.open else "resolved"] = {}
        if wanted.root_id:
            filters["root"] = {"root_id": wanted.root_id}
            if wanted.instance:
                inside = descendants(self.db, wanted.root_id, wanted.instance)
                filters["instances"] = {"instances": numbers(inside, self.db.dialect)}
        for name, value in (("process_name", wanted.process_name), ("app_name", wanted.app_name)):
            if value:
                filters[name] = {name: value}
        return _LISTING.page(self.db, filters, page)
