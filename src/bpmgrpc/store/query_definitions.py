"""Lists of process definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, literal_column, select

from bpmgrpc.store import tables
from bpmgrpc.store.lists import Listing
from bpmgrpc.store.paging import Order
from bpmgrpc.store.rows import read_definition, table_of
from bpmgrpc.store.statements import Statement, word

if TYPE_CHECKING:
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.interface import DefinitionRow
    from bpmgrpc.store.paging import Page, PageOf

_definitions: Final = table_of(tables.ProcessDefinition)
_resources: Final = table_of(tables.ProcessResource)
_newer: Final = _definitions.alias("newer")
_ZERO: Final = literal_column("0")

_ALL: Final = Statement(select(_definitions).where(_definitions.c.deleted == _ZERO))
_BY_ID: Final = Statement(select(_definitions).where(_definitions.c.id == word("id")))
_CONTENT: Final = Statement(
    select(_resources.c.content)
    .join(_definitions, _definitions.c.resource_hash == _resources.c.hash)
    .where(_definitions.c.id == word("id"))
)
_LISTING: Final = Listing(
    name="process_definitions",
    columns=list(_definitions.columns),
    source=_definitions,
    orders={
        name: Order(name, _definitions.c[column])
        for name, column in (
            ("process_name", "process_name"),
            ("app_name", "app_name"),
            ("version", "version"),
            ("create_time", "create_us"),
        )
    },
    default_order="app_name, process_name, version desc",
    keys=(Order("id", _definitions.c.id),),
    conditions={
        "deployed": lambda _: _definitions.c.deleted == _ZERO,
        "process_name": lambda _: _definitions.c.process_name == word("process_name"),
        "app_name": lambda _: _definitions.c.app_name == word("app_name"),
        "version_tag": lambda _: _definitions.c.version_tag == word("version_tag"),
        "latest": lambda _: (
            ~exists().where(
                _newer.c.process_name == _definitions.c.process_name,
                _newer.c.app_name == _definitions.c.app_name,
                _newer.c.version > _definitions.c.version,
                _newer.c.deleted == _ZERO,
            )
        ),
    },
    read=read_definition,
)


class DefinitionQueries:
    """What people ask about definitions."""

    db: Connection

    def all_definitions(self) -> list[DefinitionRow]:
        """Returns every version that is deployed."""
        return [read_definition(row) for row in self.db.fetch(_ALL)]

    def get_definition(self, definition_id: str) -> DefinitionRow | None:
        """Returns one version."""
        found = self.db.fetch(_BY_ID, {"id": definition_id})
        return read_definition(found[0]) if found else None

    def get_resource(self, definition_id: str) -> bytes:
        """Returns the file of a version; empty where there is none."""
        found = self.db.fetch(_CONTENT, {"id": definition_id})
        return bytes(found[0][0]) if found else b""

    def list_definitions(
        self, page: Page, *, process_name: str = "", app_name: str = "", version_tag: str = "", latest: bool = False
    ) -> PageOf[DefinitionRow]:
        """Lists versions; empty filters do not filter."""
        filters: dict[str, Mapping[str, Any]] = {"deployed": {}}
        for name, value in (("process_name", process_name), ("app_name", app_name), ("version_tag", version_tag)):
            if value:
                filters[name] = {name: value}
        if latest:
            filters["latest"] = {}
        return _LISTING.page(self.db, filters, page)
