"""The table, for people, in Markdown and in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.benchmarks.figures import Figures
from tests.benchmarks.rows import Target

HEADINGS: Final = ("row", "work/s", "calls/s", "p50 ms", "p99 ms", "CPU ms/work", "figure", "target", "reached", "met")
_LEFT: Final = {"row", "target", "met", "figure"}


@dataclass(frozen=True, slots=True)
class Line:
    """One measured row.

    Attributes:
        key: Names it.
        group: Heading above it.
        title: What was measured.
        figures: What came out.
        target: What it had to reach.
    """

    key: str
    group: str
    title: str
    figures: Figures
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a row stands to its target.

    Attributes:
        reached: The ratio, or the figure itself; None where one of the two was not measured.
        met: Whether that is enough; None where it is not known.
    """

    reached: float | None
    met: bool | None


def judge(line: Line, figures: Mapping[str, Figures]) -> Verdict:
    """Compares a row with its target.

    Args:
        line: The row.
        figures: All figures of the run, by key.
    """
    target, own = line.target, line.figures.main
    if target is None or own is None:
        return Verdict(None, None)
    if target.most is not None:
        return Verdict(own, own <= target.most)
    other = figures.get(target.against, Figures()).main
    if not other or target.least is None:
        return Verdict(None, None)
    return Verdict(own / other, own / other >= target.least)


def as_json(lines: Sequence[Line], about: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the run as JSON."""
    figures = {line.key: line.figures for line in lines}
    return {
        **about,
        "rows": {
            line.key: {
                "group": line.group,
                "title": line.title,
                **line.figures.as_json(),
                **_target_as_json(line, judge(line, figures)),
            }
            for line in lines
        },
    }


def _target_as_json(line: Line, verdict: Verdict) -> dict[str, Any]:
    if line.target is None:
        return {}
    return {
        "target": {
            "text": line.target.text,
            "against": line.target.against,
            "reached": verdict.reached,
            "met": verdict.met,
        }
    }


def as_text(lines: Sequence[Line]) -> str:
    """Returns the table for a terminal."""
    groups = _grouped(lines)
    widths = [
        max(len(cell) for cell in column) for column in zip(HEADINGS, *(c for _, g in groups for c in g), strict=True)
    ]
    ruler = "-" * (sum(widths) + 2 * len(widths) - 2)
    parts = [_padded(HEADINGS, widths), ruler]
    for group, cells in groups:
        parts += ["", group, *(_padded(row, widths) for row in cells)]
    return "\n".join(parts)


def as_markdown(lines: Sequence[Line], about: Mapping[str, str]) -> str:
    """Returns the run as a section of a Markdown document."""
    parts = ["| machine | |", "|---|---|", *(f"| {name} | {value} |" for name, value in about.items()), ""]
    aligned = ["---" if heading in _LEFT else "--:" for heading in HEADINGS]
    parts += [f"| {' | '.join(HEADINGS)} |", f"|{'|'.join(aligned)}|"]
    for group, cells in _grouped(lines):
        parts.append(f"| **{group}** {'| ' * len(HEADINGS)}".rstrip())
        parts += [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join(parts) + "\n"


def _grouped(lines: Sequence[Line]) -> list[tuple[str, list[tuple[str, ...]]]]:
    figures = {line.key: line.figures for line in lines}
    groups: dict[str, list[tuple[str, ...]]] = {}
    for line in lines:
        groups.setdefault(line.group, []).append(_cells(line, judge(line, figures)))
    return list(groups.items())


def _cells(line: Line, verdict: Verdict) -> tuple[str, ...]:
    found, target = line.figures, line.target
    figure = f"{_number(found.value)} {found.unit}".strip()
    reached = ""
    if verdict.reached is not None and target is not None:
        reached = _number(verdict.reached) if target.most is not None else f"{verdict.reached:.2f}x"
    met = {True: "met", False: "not met", None: "not known" if target is not None else ""}[verdict.met]
    return (
        line.title,
        _number(found.works),
        _number(found.calls),
        _number(found.p50_ms),
        _number(found.p99_ms),
        _number(found.cpu_ms),
        "; ".join(part for part in (figure, found.note) if part),
        target.text if target is not None else "",
        reached,
        met,
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _padded(cells: Iterable[str], widths: Sequence[int]) -> str:
    return "  ".join(
        cell.ljust(width) if heading in _LEFT else cell.rjust(width)
        for heading, cell, width in zip(HEADINGS, cells, widths, strict=True)
    ).rstrip()
