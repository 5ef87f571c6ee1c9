"""The definition cache: compiled programs by the id of their definition.

Rule of this file: a deployed version never changes, so nothing here can go stale; what can change (which version is
the latest, whether it is suspended) is read with the state and never cached. A refresh is a counter in the
database that every server reads with the state of each command, and so sees before its next command is decided.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.expressions import ABSENT
from bpmgrpc.engine.program import compile_process
from bpmgrpc.errors import Internal

if TYPE_CHECKING:
    from bpmgrpc.engine.expressions import JavaScript
    from bpmgrpc.engine.program import Program
    from bpmgrpc.store.interface import DefinitionRow, Session

DEFAULT_SIZE: Final = 1_000  # definitions


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition that is at hand: its row and its program."""

    row: DefinitionRow
    program: Program


class DefinitionCache:
    """The programs of one server, the least recently used dropped first. Thread-safe.

    Args:
        size: How many definitions are kept.
        javascript: What runs scripts in JavaScript; None where they are left to workers. A condition that another
            server took, where it runs, is an incident here then.
    """

    def __init__(self, size: int = DEFAULT_SIZE, javascript: JavaScript | None = None) -> None:
        self._size = size
        self._javascript = javascript
        self._entries: OrderedDict[str, Definition] = OrderedDict()
        self._generation = -1
        self._generations: dict[str, int] = {}
        self._lock = threading.Lock()

    def get(self, definition_id: str) -> Definition | None:
        """Returns a definition, if it is cached."""
        with self._lock:
            entry = self._entries.get(definition_id)
            if entry is not None:
                self._entries.move_to_end(definition_id)
            return entry

    def load(self, session: Session, definition_id: str) -> Definition:
        """Returns a definition, from the cache or the database.

        Raises:
            Internal: A definition that instances refer to is not there, or cannot be compiled any more.
        """
        entry = self.get(definition_id)
        if entry is None:
            row = session.find_definition(definition_id)
            content = session.load_resource(definition_id)
            if row is None or content is None:
                raise Internal(f"process definition {definition_id!r} is not stored")
            entry = Definition(row, _compile(row, content, self._javascript or ABSENT))
            with self._lock:
                self._entries[definition_id] = entry
                while len(self._entries) > self._size:
                    self._entries.popitem(last=False)
        return entry

    def see(self, session: Session, generation: int) -> None:
        """Drops what a refresh, on whichever server, said to drop since the last look.

        Args:
            session: Where to ask what was refreshed, if anything was.
            generation: The counter as it was read with a command's state.
        """
        if generation == self._generation:
            return
        generations = session.cache_generations()
        with self._lock:
            changed = {name for name, value in generations.items() if self._generations.get(name) != value}
            self._generations = generations
            self._generation = generation
            if "" in changed:
                self._entries.clear()
                return
            for key in [key for key, entry in self._entries.items() if entry.row.process_name in changed]:
                del self._entries[key]

    def count(self, definition_ids: set[str] | None = None) -> int:
        """Returns how many definitions are cached: of some, or all."""
        with self._lock:
            return len(self._entries if definition_ids is None else definition_ids & self._entries.keys())


def _compile(row: DefinitionRow, content: bytes, javascript: JavaScript) -> Program:
    for graph in parse_file(row.resource_name, content).processes:
        if graph.process_id == row.process_name:
            program = compile_process(
                graph, ELEMENTS, definition_id=row.id, app_name=row.app_name, javascript=javascript
            ).program
            if program is not None:
                return program
    raise Internal(f"process definition {row.id!r} was deployed by a release that ran more than this one does")
