"""The tables that ``make conformance`` prints, and whether what they show is what we know.

Rule of this file: nothing is run here; results go in, text and complaints come out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.conformance.betsy import Outcome, Result
from tests.conformance.readings import READINGS

__all__ = ["KNOWN_OPEN", "betsy_table", "complaints", "suspect_table", "table"]

_LINES = Path(__file__).with_name("known_open.txt").read_text("utf-8").splitlines()
KNOWN_OPEN = frozenset(line for line in _LINES if not line.startswith("#"))
_SHOWN = (Outcome.PASSED, Outcome.FAILED, Outcome.REFUSED)


def table(rows: Sequence[Sequence[object]]) -> str:
    """Formats rows, the first of which is the heading, with columns as wide as they need."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def betsy_table(results: Iterable[Result]) -> str:
    """Counts the runs whose expectation nobody doubts, by group of features."""
    counts: dict[str, Counter[Outcome]] = {}
    suspect: Counter[str] = Counter()
    for result in results:
        found = counts.setdefault(result.case.group, Counter())
        if result.case.suspect:
            suspect[result.case.group] += 1
        else:
            found[result.outcome] += 1
    rows: list[list[object]] = [["group", "runs", *(outcome.value for outcome in _SHOWN), "suspect"]]
    for group, found in counts.items():
        rows.append([group, found.total(), *(found[outcome] for outcome in _SHOWN), suspect[group]])
    total = sum(counts.values(), Counter[Outcome]())
    rows.append(["total", total.total(), *(total[outcome] for outcome in _SHOWN), suspect.total()])
    return table(rows)


def suspect_table(results: Iterable[Result]) -> str:
    """Lists the runs whose expectation is doubted, each with our reading of the standard."""
    said = {Outcome.PASSED: "as the suite expects", Outcome.AS_WE_READ: "as we read the standard"}
    lines = []
    for result in results:
        if result.case.suspect:
            outcome = said.get(result.outcome, result.outcome.value)
            lines += [f"{result.case.id}: {outcome}", f"    logged   {result.found}"]
            lines.append(f"    reading  {READINGS[result.case.process].sentence}")
    return "\n".join(lines)


def complaints(results: Iterable[Result], known_open: frozenset[str] = KNOWN_OPEN) -> list[str]:
    """Says where the results differ from what we know.

    Args:
        results: All runs of the suite.
        known_open: The processes of which some run is known not to pass.

    Returns:
        A sentence for each run that fails unexpectedly, and for each process that is listed and passes.
    """
    open_runs: dict[str, list[Result]] = {}
    seen = set()
    for result in results:
        seen.add(result.case.process)
        if result.outcome not in (Outcome.PASSED, Outcome.AS_WE_READ):
            open_runs.setdefault(result.case.process, []).append(result)
    found = [
        f"{run.case.id} {run.outcome.value}, which known_open.txt does not list: {run.found}; "
        f"expected one of {run.case.traces}"
        for process, runs in open_runs.items()
        if process not in known_open
        for run in runs
    ]
    found += [
        f"{process} passes: strike it from known_open.txt" for process in sorted((known_open & seen) - set(open_runs))
    ]
    found += [f"{process} is in known_open.txt and not in the suite" for process in sorted(known_open - seen)]
    return found
