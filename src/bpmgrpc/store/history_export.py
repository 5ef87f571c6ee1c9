"""The history of many instances, event by event, in one order that never changes: by root, then by what came first.

Rule of this file: a place in the export is the key of an event, so an export goes on exactly where it stopped, on any
server. Ids of roots ascend with time, so instances come as they were started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, or_, select, tuple_

from bpmgrpc.ids import new_id
from bpmgrpc.store import tables
from bpmgrpc.store.history import read_events
from bpmgrpc.store.history_filter import ALL_EVENTS, HistoryEventFilter
from bpmgrpc.store.history_queries import event_view
from bpmgrpc.store.paging import Position
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, constant, number, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.views import HistoryEventView

__all__ = ["Exported", "ExportedBatch", "HistoryExport", "export_history"]

_history: Final = table_of(tables.History)
_roots: Final = table_of(tables.ProcessInstance)
_definitions: Final = table_of(tables.ProcessDefinition)

_KEYS: Final = (_history.c.root_id, _history.c.version, _history.c.create_us, _history.c.seq, _history.c.task_version)
_NAMES: Final = ("root_id", "version", "create_us", "seq", "task_version")
_LAST_ID: Final = "~"  # greater than every id


class HistoryExport(NamedTuple):
    """What is exported.

    Attributes:
        process_name: Only instances of this process; empty: of all.
        app_name: Only of this application.
        from_us: Only instances started then or later.
        until_us: Only instances started before; 0: no end.
        ended_only: Only instances that have ended, whose history is complete.
        events: Which of their events.
    """

    process_name: str = ""
    app_name: str = ""
    from_us: int = 0
    until_us: int = 0
    ended_only: bool = False
    events: HistoryEventFilter = ALL_EVENTS


class Exported(NamedTuple):
    """An event, and the token for going on after it."""

    event: HistoryEventView
    token: str


class ExportedBatch(NamedTuple):
    """Events that come next.

    Attributes:
        events: The events; of all that was read none may be wanted.
        next_token: For reading on; empty where there is no more.
    """

    events: list[Exported]
    next_token: str


def _statement(*, named: bool, ended: bool) -> Statement:
    after = tuple_(word("after_root_id"), *(number(f"after_{name}") for name in _NAMES[1:]))
    found = (
        select(*_KEYS, _history.c.actor, _history.c.events)
        .join_from(_history, _roots, and_(_roots.c.root_id == _history.c.root_id, _roots.c.seq == constant("0")))
        .where(tuple_(*_KEYS) > after, _KEYS[0] < word("until_id"))
    )
    if ended:
        found = found.where(_roots.c.end_us.is_not(None))
    if named:
        wanted = select(_definitions.c.id).where(
            or_(word("process_name") == constant("''"), _definitions.c.process_name == word("process_name")),
            or_(word("app_name") == constant("''"), _definitions.c.app_name == word("app_name")),
        )
        found = found.where(_roots.c.definition_id.in_(wanted))
    return Statement(found.order_by(*_KEYS).limit(number("room")))


_STATEMENTS: Final = {
    (named, ended): _statement(named=named, ended=ended) for named in (False, True) for ended in (False, True)
}


def export_history(db: Connection, wanted: HistoryExport, token: str, limit: int) -> ExportedBatch:
    """Returns the next events.

    Args:
        db: The connection.
        wanted: Which.
        token: After which event to go on; empty: from the first.
        limit: How many commands to read; each has one event at least.

    Raises:
        InvalidArgument: The token is none, or is one of another export.
    """
    position = Position("history_export", *wanted[:-1], *wanted.events)
    key: Sequence[Any] = (_first_id(wanted.from_us), -1, 0, 0, 0)
    seen = -1  # events of the command at the key that were given already
    if token:
        *key, seen = position.values(token)
        key = (*key[:-1], key[-1] - 1)  # the command itself once more: it may have more events
    values: dict[str, Any] = {f"after_{name}": value for name, value in zip(_NAMES, key, strict=True)}
    # The command of the token is read once more.
    values |= {"process_name": wanted.process_name, "app_name": wanted.app_name, "room": limit + 1}
    values["until_id"] = _first_id(wanted.until_us) if wanted.until_us else _LAST_ID
    named = bool(wanted.process_name or wanted.app_name)
    commands = db.fetch(_STATEMENTS[named, wanted.ended_only], values)
    exported: list[Exported] = []
    last = ""
    for row in commands:
        is_first = bool(token) and tuple(row[:-3]) == tuple(key[:-1]) and row[4] == key[-1] + 1
        events = read_events(row[-1])
        last = position.token([*row[:5], len(events) - 1])
        if not wanted.events.fits_command(row[2], row[5]):
            continue
        for index, event in enumerate(events):
            if wanted.events.fits_event(event[0], event[1], event[3]) and not (is_first and index <= seen):
                view = event_view(row[0], row[1:], index, event)
                exported.append(Exported(view, position.token([*row[:5], index])))
    return ExportedBatch(exported, last if len(commands) > limit else "")


def _first_id(time_us: int) -> str:
    """The smallest id that a root started at a time may have."""
    return new_id(max(time_us, 0), lambda _bits: 0)
