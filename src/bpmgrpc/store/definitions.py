"""Definitions in the database: find them by name, add versions, tell every server to drop what it has cached.

Rule of this file: a definition never changes once it is there, but for its state; what is "latest" is asked of the
database each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, delete, exists, func, or_, select, true, update

from bpmgrpc.store import rows, tables
from bpmgrpc.store.interface import LoadedDefinitions, Replay, SerializationConflict
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, constant, insert_of, insert_or_nothing, insert_or_replace, number, word

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.interface import DefinitionRow, EventStartRow, Meant, RequestKey, StartTimerRow

__all__ = ["ALL_PROCESSES", "DefinitionCalls", "meant_parts", "meant_values", "still_meant"]

ALL_PROCESSES: Final = "*"  # the scope, in cache_generation, of a refresh of everything; no process id can be this

_definitions: Final = table_of(tables.ProcessDefinition)
_resources: Final = table_of(tables.ProcessResource)
_start_timers: Final = table_of(tables.TimerStart)
_event_starts: Final = table_of(tables.EventStart)
_generations: Final = table_of(tables.CacheGeneration)
_answers: Final = table_of(tables.RequestAnswer)

_ZERO: Final = constant("0")


def _fitting(
    found: Any, prefix: str, *, app: bool, version: bool, tag: bool, latest: bool
) -> list[ColumnElement[bool]]:
    """Conditions under which a definition is one that a name means; only those that are asked for."""

    def of_app(table: Any) -> ColumnElement[bool]:
        return table.c.app_name == word(f"{prefix}app_name") if app else true()

    def of_tag(table: Any) -> ColumnElement[bool]:
        return table.c.version_tag == word(f"{prefix}version_tag") if tag else true()

    name = f"{prefix}process_name"
    named = _definitions.alias("named")
    by_id = exists().where(named.c.process_name == word(name), named.c.deleted == _ZERO, of_app(named))
    fits = [
        found.c.deleted == _ZERO,
        of_app(found),
        of_tag(found),
        or_(found.c.process_name == word(name), and_(found.c.display_name == word(name), ~by_id)),
    ]
    if version:
        # One version at most: whether it is the latest is no matter.
        fits.append(found.c.version == number(f"{prefix}version"))
    elif latest:
        newer = _definitions.alias("newer")
        fits.append(
            ~exists().where(
                newer.c.process_name == found.c.process_name,
                newer.c.app_name == found.c.app_name,
                newer.c.version > found.c.version,
                newer.c.deleted == _ZERO,
                of_tag(newer),
            )
        )
    return fits


def still_meant(app: bool, version: bool, tag: bool, latest: bool) -> ColumnElement[bool]:
    """Returns the condition that a name means what it did: parameters are those of `Meant`, as ``meant_…``.

    Args:
        app: Whether the name has an application.
        version: Whether it has a version.
        tag: Whether it has a version tag.
        latest: Whether only the latest version is meant.
    """
    found = _definitions.alias("found")
    fits = _fitting(found, "meant_", app=app, version=version, tag=tag, latest=latest)
    one_that_is_active = and_(func.count() == constant("1"), func.min(found.c.state) == constant("'ACTIVE'"))
    refreshed = select(_generations.c.generation).where(_generations.c.scope == constant("''")).scalar_subquery()
    return and_(
        select(case((one_that_is_active, func.min(found.c.id)))).select_from(found).where(*fits).scalar_subquery()
        == word("meant_definition_id"),
        func.coalesce(refreshed, _ZERO) == number("meant_generation"),
    )


def meant_parts(meant: Meant) -> tuple[bool, bool, bool, bool]:
    """Returns the arguments of `still_meant` for a name."""
    return meant.app_name != "", meant.version != 0, meant.version_tag != "", meant.latest


def meant_values(meant: Meant) -> dict[str, Any]:
    """Returns the parameters of `still_meant`."""
    return {f"meant_{name}": value for name, value in meant._asdict().items()}


@cache
def _find(app: bool, version: bool, tag: bool, latest: bool, request: bool) -> Statement:
    """A statement that has only the conditions that are asked for, so that it is planned for them.

    It gives one row at least: the generation and the earlier answer, with the definitions beside them, if any.
    """
    found = _definitions.alias("found")
    fits = _fitting(found, "", app=app, version=version, tag=tag, latest=latest)
    start = select(_ZERO.label("anchor")).subquery("start")
    source = start.outerjoin(_generations, _generations.c.scope == constant("''"))
    replay: tuple[Any, Any] = (constant("NULL"), constant("NULL"))
    if request:
        source = source.outerjoin(
            _answers,
            and_(
                _answers.c.caller == word("caller"),
                _answers.c.rpc == word("rpc"),
                _answers.c.request_id == word("request_id"),
                _answers.c.expire_us > number("now_us"),
            ),
        )
        replay = (_answers.c.content_hash, _answers.c.response)
    source = source.outerjoin(found, and_(*fits))
    return Statement(
        select(_generations.c.generation, *replay, *found.columns)
        .select_from(source)
        .order_by(found.c.app_name, found.c.process_name, found.c.version.desc())
    )


_BY_ID: Final = Statement(select(_definitions).where(_definitions.c.id == word("id")))
_LATEST: Final = Statement(
    select(_definitions)
    .where(_definitions.c.process_name == word("process_name"), _definitions.c.app_name == word("app_name"))
    .order_by(_definitions.c.version.desc())
    .limit(1)
)
_CONTENT: Final = Statement(
    select(_resources.c.content)
    .join(_definitions, _definitions.c.resource_hash == _resources.c.hash)
    .where(_definitions.c.id == word("id"))
)
_INSERT: Final = insert_or_nothing(_definitions)
_INSERT_RESOURCE: Final = insert_or_nothing(_resources)
_DELETE_START_TIMERS: Final = Statement(
    delete(_start_timers).where(
        _start_timers.c.definition_id.in_(
            select(_definitions.c.id).where(
                _definitions.c.process_name == word("process_name"), _definitions.c.app_name == word("app_name")
            )
        )
    )
)
_INSERT_START_TIMER: Final = insert_of(_start_timers)
_DELETE_EVENT_STARTS: Final = Statement(
    delete(_event_starts).where(
        _event_starts.c.definition_id.in_(
            select(_definitions.c.id).where(
                _definitions.c.process_name == word("process_name"), _definitions.c.app_name == word("app_name")
            )
        )
    )
)
_INSERT_EVENT_START: Final = insert_or_nothing(_event_starts)
_COUNT_REFRESH: Final = Statement(
    update(_generations)
    .values({_generations.c.generation: _generations.c.generation + constant("1")})
    .where(_generations.c.scope == constant("''"))
    .returning(_generations.c.generation)
)
_FIRST_REFRESH: Final = insert_or_nothing(_generations)
_PUT_GENERATION: Final = insert_or_replace(_generations)
_GENERATIONS: Final = Statement(select(_generations))


class DefinitionCalls:
    """The calls of ``Session`` that are about definitions."""

    db: Connection

    def find_definitions(
        self,
        app_name: str,
        process_name: str,
        *,
        version: int = 0,
        version_tag: str = "",
        latest: bool = True,
        request: RequestKey | None = None,
    ) -> LoadedDefinitions:
        """See ``Session.find_definitions``."""
        statement = _find(app_name != "", version != 0, version_tag != "", latest, request is not None)
        values: dict[str, Any] = {
            "app_name": app_name,
            "process_name": process_name,
            "version": version,
            "version_tag": version_tag,
        }
        if request is not None:
            values |= request._asdict()
        found = self.db.fetch(statement, values)
        generation, content_hash, response = found[0][:3]
        return LoadedDefinitions(
            [rows.read_definition(row[3:]) for row in found if row[3] is not None],
            Replay(content_hash, bytes(response)) if content_hash is not None else None,
            generation or 0,
        )

    def find_definition(self, definition_id: str) -> DefinitionRow | None:
        """See ``Session.find_definition``."""
        found = self.db.fetch(_BY_ID, {"id": definition_id})
        return rows.read_definition(found[0]) if found else None

    def load_resource(self, definition_id: str) -> bytes | None:
        """See ``Session.load_resource``."""
        found = self.db.fetch(_CONTENT, {"id": definition_id})
        return bytes(found[0][0]) if found else None

    def latest_definition(self, app_name: str, process_name: str) -> DefinitionRow | None:
        """See ``Session.latest_definition``."""
        found = self.db.fetch(_LATEST, {"app_name": app_name, "process_name": process_name})
        return rows.read_definition(found[0]) if found else None

    def insert_resource(self, content: bytes) -> str:
        """See ``Session.insert_resource``."""
        digest = hashlib.sha256(content).hexdigest()
        self.db.run(_INSERT_RESOURCE, {"hash": digest, "content": content})
        return digest

    def insert_definition(self, row: DefinitionRow) -> None:
        """See ``Session.insert_definition``."""
        values = dict(zip(rows.DEFINITION_COLUMNS, rows.definition_values(row), strict=True))
        if self.db.run(_INSERT, values) != 1:
            raise SerializationConflict

    def replace_start_timers(self, app_name: str, process_name: str, timers: Sequence[StartTimerRow]) -> None:
        """See ``Session.replace_start_timers``."""
        with self.db.transaction():
            self.db.run(_DELETE_START_TIMERS, {"app_name": app_name, "process_name": process_name})
            self.db.run_many(
                _INSERT_START_TIMER,
                [(t.definition_id, t.element_id, t.due_us, t.cycle, t.remaining) for t in timers],
            )

    def replace_event_starts(self, app_name: str, process_name: str, starts: Sequence[EventStartRow]) -> None:
        """See ``Session.replace_event_starts``."""
        with self.db.transaction():
            self.db.run(_DELETE_EVENT_STARTS, {"app_name": app_name, "process_name": process_name})
            self.db.run_many(
                _INSERT_EVENT_START,
                [(s.definition_id, s.element_id, s.kind, s.name, s.app_name, s.part, s.gateway_id) for s in starts],
            )

    def bump_cache_generation(self, process_name: str = "") -> int:
        """See ``Session.bump_cache_generation``."""
        with self.db.transaction():
            counted = self.db.fetch(_COUNT_REFRESH)
            if not counted:
                # Somebody else may make the row at the same time: whoever comes second counts on.
                self.db.run(_FIRST_REFRESH, {"scope": "", "generation": 0})
                counted = self.db.fetch(_COUNT_REFRESH)
            generation: int = counted[0][0]
            self.db.run(_PUT_GENERATION, {"scope": process_name or ALL_PROCESSES, "generation": generation})
        return generation

    def cache_generations(self) -> dict[str, int]:
        """See ``Session.cache_generations``."""
        found = {row[0]: row[1] for row in self.db.fetch(_GENERATIONS) if row[0]}
        return {("" if scope == ALL_PROCESSES else scope): generation for scope, generation in found.items()}
