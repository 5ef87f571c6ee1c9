"""The history, event by event, out of rows that hold the events of one command each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_, select

from bpmgrpc.store import tables
from bpmgrpc.store.history import attributes_text, read_events
from bpmgrpc.store.paging import Page, PageRequest, Position, limits
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, number, word
from bpmgrpc.store.views import HistoryEventView

if TYPE_CHECKING:
    from bpmgrpc.store.connection import Connection

__all__ = ["list_history"]

_BATCH: Final = 200  # commands; a page has at most 1,000 events, and a command has several

_history: Final = table_of(tables.History)
_KEYS: Final = (_history.c.version, _history.c.create_us, _history.c.seq, _history.c.task_version)
_NAMES: Final = ("version", "create_us", "seq", "task_version")


def _statement(*, after: bool) -> Statement:
    found = select(*_KEYS, _history.c.actor, _history.c.events).where(_history.c.root_id == word("root_id"))
    if after:
        values = [number(f"after_{name}") for name in _NAMES]
        ways = [
            and_(*(_KEYS[before] == values[before] for before in range(index)), _KEYS[index] > values[index])
            for index in range(len(_KEYS))
        ]
        found = found.where(_KEYS[0] >= values[0], or_(*ways))
    return Statement(found.order_by(*_KEYS).limit(number("room")))


_FIRST: Final = _statement(after=False)
_NEXT: Final = _statement(after=True)
_ROW: Final = Statement(
    select(*_KEYS, _history.c.actor, _history.c.events).where(
        _history.c.root_id == word("root_id"), *(key == number(f"after_{name}") for key, name in zip(_KEYS, _NAMES, strict=True))
    )
)


def list_history(db: Connection, root_id: str, request: PageRequest) -> Page[HistoryEventView]:
    """Returns a page of events, the oldest first.

    Args:
        db: The connection.
        root_id: Id of the root instance.
        request: Which page; the order is always the same.

    Raises:
        InvalidArgument: ``page_size``, ``page_token`` or ``skip`` is wrong.
    """
    size, skip = limits(request)
    position = Position("history", root_id)
    values: dict[str, Any] = {"root_id": root_id, "room": _BATCH}
    events: list[HistoryEventView] = []
    places: list[list[int]] = []
    statement = _FIRST
    found: list[Any] = []
    if request.page_token:
        *key, index = position.values(request.page_token)
        values |= _after(key)
        # The row in which the last page ended may hold more events than fitted on it.
        found = list(db.fetch(_ROW, values))
        skip += index + 1
        statement = _NEXT
    wanted = size + 1
    while True:
        for row in found:
            for index, event in enumerate(read_events(row[5])):
                if skip:
                    skip -= 1
                else:
                    events.append(_view(root_id, row, index, event))
                    places.append([*row[:4], index])
            if len(events) >= wanted:
                return Page(events[:size], position.token(places[size - 1]))
        if found and len(found) < _BATCH and statement is _NEXT and values.get("asked"):
            return Page(events)
        found = db.fetch(statement, values)
        values["asked"] = True
        if not found:
            return Page(events)
        values |= _after(found[-1])
        statement = _NEXT


def _after(row: Any) -> dict[str, int]:
    return {f"after_{name}": value for name, value in zip(_NAMES, row, strict=False)}


def _view(root_id: str, row: Any, index: int, event: tuple[str, str, int, dict[str, Any]]) -> HistoryEventView:
    version, create_us, seq, task_version, actor, _ = row
    type_, element_id, element_seq, attributes = event
    # Widths that keep the order as text and stay within 64 characters.
    number_ = f"{version:08x}{create_us:013x}{seq:08x}{task_version:04x}{index:05x}"
    return HistoryEventView(
        f"{root_id}-{number_}",
        root_id,
        create_us,
        type_,
        element_id,
        element_seq,
        actor,
        attributes_text(attributes),
    )
