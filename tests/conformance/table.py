"""The tables of docs/bpmn.md: what runs, and by how many cases of our own that is shown.

Rule of this file: the rows are the engine's registries, the numbers and clauses those of the cases; what an element
does is prose that stands in the document and stays as it is. ``python -m tests.conformance.table --write`` writes the
tables anew; a test compares.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.event_definitions import EVENT_DEFINITIONS, Position
from tests.conformance.elements import CASES
from tests.conformance.elements.case import Case, Shown

__all__ = ["DOCUMENT", "lacking", "placed", "with_tables"]

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "bpmn.md"

_MULTIPLE: Final = frozenset((Position.START, Position.EVENT_SUB_PROCESS, Position.CATCH, Position.BOUNDARY))
# Beside the definitions: an event without one, with several, and with several that have to occur all.
_OTHERS: Final = {
    "": frozenset((Position.START, Position.THROW, Position.END)),
    "multiple": frozenset(Position),
    "parallelMultiple": _MULTIPLE,
}
# The two places where an event interrupts or not, and the definitions that may do both (tables 10.86 and 10.90).
_BOTH_KINDS: Final = frozenset((Position.EVENT_SUB_PROCESS, Position.BOUNDARY))
_NOT_INTERRUPTING: Final = frozenset(
    {
        "conditionalEventDefinition",
        "escalationEventDefinition",
        "messageEventDefinition",
        "multiple",
        "parallelMultiple",
        "signalEventDefinition",
        "timerEventDefinition",
    }
)
_COLUMNS: Final = {
    Position.START: "Start",
    Position.EVENT_SUB_PROCESS: "Start of event sub-process",
    Position.CATCH: "Catch",
    Position.THROW: "Throw",
    Position.BOUNDARY: "Boundary",
    Position.END: "End",
}
_NONE: Final = {"startEvent": Position.START, "intermediateThrowEvent": Position.THROW, "endEvent": Position.END}


def placed() -> Iterator[tuple[str, Position, bool]]:
    """All that an event may be: definition (or none, multiple), place, and whether it interrupts."""
    definitions = {name: definition.positions for name, definition in EVENT_DEFINITIONS.items()}
    for name, positions in {**_OTHERS, **definitions}.items():
        for position in Position:
            if position in positions:
                yield name, position, True
                if position in _BOTH_KINDS and name in _NOT_INTERRUPTING:
                    yield name, position, False


def lacking() -> list[str]:
    """What runs and has no case."""
    shown = {_place(case.shown) for case in CASES}
    found = sorted(set(ELEMENTS) - {case.shown.element for case in CASES})
    for name, position, interrupts in placed():
        if (name, position, interrupts) not in shown:
            kind = "" if interrupts else ", not interrupting"
            found.append(f"{name or 'no definition'}, {position.value}{kind}")
    return found


def _place(shown: Shown) -> tuple[str, Position | None, bool]:
    return shown.definition, shown.position or _NONE.get(shown.element), shown.interrupts


def _clauses(cases: Iterable[Case]) -> str:
    """The clauses of some cases, in order; tables are left to the cases."""
    found = {part.strip() for case in cases for part in case.clause.split(";")}
    sections = [part for part in found if re.fullmatch(r"[\d.]+", part)]
    return ", ".join(sorted(sections, key=lambda text: [int(number) for number in text.split(".")]))


def _element_rows(texts: dict[str, str]) -> Iterator[str]:
    yield "| Element | Status | What it does here | Cases | BPMN 2.0.2 |"
    yield "|---|---|---|---:|---|"
    for element in (*(name for name in texts if name in ELEMENTS), *sorted(set(ELEMENTS) - set(texts))):
        cases = [case for case in CASES if case.shown.element == element]
        yield f"| `{element}` | runs | {texts.get(element, '')} | {len(cases)} | {_clauses(cases)} |"


def _definition_rows() -> Iterator[str]:
    yield f"| Definition | {' | '.join(_COLUMNS.values())} | BPMN 2.0.2 |"
    yield f"|---|{'---|' * len(_COLUMNS)}---|"
    allowed = set(placed())
    for name in (*_OTHERS, *sorted(EVENT_DEFINITIONS)):
        cells = [_cell(name, position, allowed) for position in _COLUMNS]
        title = {"": "none", "multiple": "multiple", "parallelMultiple": "parallel multiple"}.get(name, f"`{name}`")
        positions = {position for one, position, _ in allowed if one == name}
        cases = [case for case in CASES if case.shown.definition == name and _place(case.shown)[1] in positions]
        yield f"| {title} | {' | '.join(cells)} | {_clauses(cases)} |"


def _cell(name: str, position: Position, allowed: set[tuple[str, Position, bool]]) -> str:
    kinds = [interrupts for interrupts in (True, False) if (name, position, interrupts) in allowed]
    numbers = [str(sum(_place(case.shown) == (name, position, kind) for case in CASES)) for kind in kinds]
    return " + ".join(numbers) or "–"


def with_tables(document: str) -> str:
    """Returns the document with both tables as they should be."""
    parts = re.split(r"(?<=\n)(?=## )", document)
    for number, part in enumerate(parts):
        if part.startswith("## Flow nodes\n"):
            cells = [re.split(r" *\| *", line.strip("| ")) for line in part.split("\n") if line.startswith("| `")]
            texts = {row[0].strip("`"): row[2 if row[1] == "runs" else 1] for row in cells}
            parts[number] = _with_table(part, _element_rows(texts))
        elif part.startswith("## Event definitions\n"):
            parts[number] = _with_table(part, _definition_rows())
    return "".join(parts)


def _with_table(part: str, rows: Iterable[str]) -> str:
    return re.sub(r"(^\|.*\n)+", lambda _: "".join(f"{row}\n" for row in rows), part, count=1, flags=re.MULTILINE)


def main() -> int:
    """Compares the document with the tables, or writes them.

    Returns:
        1 where the document is out of date or something has no case.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/bpmn.md")
    arguments = parser.parse_args()
    document = DOCUMENT.read_text("utf-8")
    wanted = with_tables(document)
    if arguments.write:
        DOCUMENT.write_text(wanted, "utf-8")
    for lack in lacking():
        print(f"no case: {lack}", file=sys.stderr)
    return 1 if lacking() or (wanted != document and not arguments.write) else 0


if __name__ == "__main__":
    sys.exit(main())
