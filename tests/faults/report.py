"""The figures of a run, for people and for docs/reliability.md."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.faults.scenarios import SCENARIOS, Result

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- figures: written by make faults -->", "<!-- end of figures -->"
HEAD = (
    "| Scenario | Seed | Faults | Seconds | Instances | Calls | Attempts | Acknowledged "
    "| Lost | Doubled | Other |\n"
    "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
)
SHOWN = 20  # findings


def row(result: Result) -> str:
    """One row of the table."""
    scenario = SCENARIOS[result.name]
    faults = ", ".join(f"{count} {name}" for name, count in result.faults.items())
    findings, history = result.findings, result.history
    cells = (
        f"`{result.name}`: {scenario.title}",
        result.seed,
        faults,
        f"{result.seconds:.0f}",
        result.orders,
        len(history.calls),
        history.attempts().total(),
        len(history.acknowledged),
        len(findings.lost),
        len(findings.doubled),
        len(findings.other),
    )
    return "| " + " | ".join(map(str, cells)) + " |\n"


def text(result: Result) -> str:
    """What is printed: the figures, the attempts by code, and the findings."""
    found = result.findings.all()
    lines = [row(result).strip(), f"attempts: {dict(result.history.attempts())}", *found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(f"... and {len(found) - SHOWN} more")
    return "\n".join(lines)


def write(results: Iterable[Result]) -> None:
    """Puts the rows into the document; those of scenarios that did not run stay."""
    before = DOCUMENT.read_text(encoding="utf-8")
    head, _, rest = before.partition(BEGIN)
    old, _, tail = rest.partition(END)
    rows = {found[1]: found[0] + "\n" for found in re.finditer(r"^\| `([\w-]+)`:.*$", old, re.MULTILINE)}
    rows |= {result.name: row(result) for result in results}
    table = HEAD + "".join(rows[name] for name in SCENARIOS if name in rows)
    DOCUMENT.write_text(f"{head}{BEGIN}\n{table}{END}{tail}", encoding="utf-8")
