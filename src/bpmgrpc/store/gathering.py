"""What has occurred for start events that wait for several events, and whose turn it is there.

Rule of this file: whoever looks at what has occurred took the turn first (``take_turn``), in the same transaction, so
that of several who come at once, on whichever server, the last one sees what the others kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select

from bpmgrpc.engine.gathering import Occurrence
from bpmgrpc.engine.state import SubscriptionKind
from bpmgrpc.store import tables
from bpmgrpc.store.rows import refuse_nul, table_of
from bpmgrpc.store.statements import Statement, insert_of, insert_or_count, number, word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from bpmgrpc.store.connection import Connection

__all__ = ["GatheringCalls"]

_turns: Final = table_of(tables.EventGathering)
_events: Final = table_of(tables.GatheredEvent)

_TAKE_TURN: Final = insert_or_count(_turns, _turns.c.turn)
_OF_PROCESS: Final = (_events.c.process_name == word("process_name"), _events.c.app_name == word("app_name"))
_AT: Final = (*_OF_PROCESS, _events.c.element_id == word("element_id"))
_GATHERED: Final = Statement(
    select(_events.c.number, _events.c.kind, _events.c.name, _events.c.correlation_key, _events.c.variables)
    .where(*_AT)
    .order_by(_events.c.number)
)
_INSERT: Final = insert_of(_events)
_DELETE: Final = Statement(
    delete(_events).where(
        _events.c.process_name == word("of_process"),
        _events.c.app_name == word("of_app"),
        _events.c.element_id == word("of_element"),
        _events.c.number == number("of_number"),
    )
)
_KINDS: Final = Statement(select(_events.c.element_id, _events.c.kind, _events.c.name).where(*_OF_PROCESS).distinct())
_FORGET: Final = Statement(delete(_events).where(*_AT, _events.c.kind == word("kind"), _events.c.name == word("name")))


def _read(row: Sequence[Any]) -> Occurrence:
    number_, kind, name, key, variables = row
    return Occurrence(number_, SubscriptionKind(kind), name, key, variables)


class GatheringCalls:
    """The calls of ``Session`` that are about start events which wait for several events."""

    db: Connection

    def take_turn(self, app_name: str, process_name: str, element_id: str) -> int:
        """See ``Session.take_turn``."""
        at = {"process_name": process_name, "app_name": app_name, "element_id": element_id}
        turn: int = self.db.fetch(_TAKE_TURN, {**at, "turn": 1})[0][0]
        return turn

    def gathered_events(self, app_name: str, process_name: str, element_id: str) -> list[Occurrence]:
        """See ``Session.gathered_events``."""
        at = {"process_name": process_name, "app_name": app_name, "element_id": element_id}
        return [_read(row) for row in self.db.fetch(_GATHERED, at)]

    def insert_gathered_event(self, app_name: str, process_name: str, element_id: str, event: Occurrence) -> None:
        """See ``Session.insert_gathered_event``."""
        columns = {
            "process_name": process_name,
            "app_name": app_name,
            "element_id": element_id,
            "number": event.number,
            "kind": event.kind.value,
            "name": event.name,
            "correlation_key": event.key,
            "variables": event.variables,
        }
        refuse_nul((tuple(columns.values()),))
        self.db.run(_INSERT, columns)

    def delete_gathered_events(self, app_name: str, process_name: str, element_id: str, numbers: Iterable[int]) -> None:
        """See ``Session.delete_gathered_events``."""
        for number_ in numbers:
            at = {"of_process": process_name, "of_app": app_name, "of_element": element_id, "of_number": number_}
            self.db.run(_DELETE, at)

    def keep_gathered_events(self, app_name: str, process_name: str, wanted: Collection[tuple[str, str, str]]) -> None:
        """See ``Session.keep_gathered_events``."""
        of = {"process_name": process_name, "app_name": app_name}
        for element_id, kind, name in self.db.fetch(_KINDS, of):
            if (element_id, kind, name) not in wanted:
                self.db.run(_FORGET, {**of, "element_id": element_id, "kind": kind, "name": name})
