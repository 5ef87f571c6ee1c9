"""The history of an instance, event by event.

A row holds the events of one command; a page may begin and end within a row, so a token names the row and the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, tuple_

from bpmgrpc.store import tables
from bpmgrpc.store.history import read_events
from bpmgrpc.store.paging import PageOf, read_token, write_token
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, number, word

if TYPE_CHECKING:
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.paging import Page

_history: Final = table_of(tables.History)
_KEY: Final = ("version", "create_us", "seq", "task_version")
_key: Final = [_history.c[name] for name in _KEY]
_ROWS: Final = 200  # rows read at a time


def _select(*, goes_on: bool) -> Statement:
    statement = select(*_key, _history.c.actor, _history.c.events).where(_history.c.root_id == word("root_id"))
    if goes_on:
        statement = statement.where(tuple_(*_key) >= tuple_(*(number(name) for name in _KEY)))
    return Statement(statement.order_by(*_key).limit(number("row_limit")))


_FIRST: Final = _select(goes_on=False)
_NEXT: Final = _select(goes_on=True)


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """One event of an instance."""

    key: tuple[int, ...]  # of its row
    place: int  # within its row
    create_us: int
    actor: str
    type: str
    element_id: str
    seq: int
    attributes: dict[str, Any]


class HistoryQueries:
    """What people ask about the past."""

    db: Connection

    def history(self, root_id: str, page: Page) -> PageOf[FoundEvent]:
        """Returns a part of an instance's history, the oldest first; the total is not counted (0).

        Raises:
            InvalidArgument: The token is none of this history.
        """
        identity = ["history", root_id]
        start: tuple[int, ...] | None = None
        place = 0
        if page.token:
            *key, place = read_token(page.token, identity, [int] * (len(_KEY) + 1))
            start = tuple(key)
        wanted = page.skip + page.size + 1
        found: list[FoundEvent] = []
        while len(found) < wanted:
            values: dict[str, Any] = {"root_id": root_id, "row_limit": _ROWS}
            if start is not None:
                values.update(zip(_KEY, start, strict=True))
            rows = self.db.fetch(_NEXT if start is not None else _FIRST, values)
            for row in rows:
                key_of_row = tuple(row[: len(_KEY)])
                skipped = place if key_of_row == start else 0
                events = read_events(row[-1])
                found += [
                    FoundEvent(key_of_row, index, row[1], row[-2], *event)
                    for index, event in enumerate(events)
                    if index >= skipped
                ]
                last = (key_of_row, len(events))
            if len(rows) < _ROWS:
                break
            start, place = last
        events = found[page.skip : page.skip + page.size]
        token = ""
        if len(found) > page.skip + page.size:
            following = found[page.skip + page.size]
            token = write_token(identity, [*following.key, following.place])
        return PageOf(events, token, 0)
