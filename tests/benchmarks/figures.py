"""Figures: what one measurement gives, and how several of the same thing become one."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured in one row. None where the row does not measure it.

    Attributes:
        works: Works (W1, W2 or W3) completed per second.
        calls: Calls per second.
        p50_ms: Half of the calls took at most so many milliseconds.
        p99_ms: 99 % of the calls took at most so many milliseconds.
        cpu_ms: Processor time for each work, in milliseconds, of the process that is measured: the server, or the one
            that has product and callers in it. It depends less on who else uses the machine than all the others.
        value: The figure of rows that are about neither rates nor latency.
        unit: Unit of `value`.
        note: What a reader has to know; why there are no figures, where there are none.
        details: Further figures, for the JSON file.
    """

    works: float | None = None
    calls: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    cpu_ms: float | None = None
    value: float | None = None
    unit: str = ""
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def main(self) -> float | None:
        """The figure that a target looks at: works per second, else the value."""
        return self.works if self.works is not None else self.value

    def as_json(self) -> dict[str, Any]:
        """Returns the figures that there are."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", {})}


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Returns the smallest value that at least so many percent of the values do not exceed (nearest rank).

    Args:
        ordered: The values in ascending order; not empty.
        percent: Above 0, at most 100.

    Raises:
        ValueError: There are no values, or the percentage is out of range.
    """
    if not ordered or not 0 < percent <= 100:
        raise ValueError(f"no {percent}th percentile of {len(ordered)} values")
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def from_run(works: int, seconds: float, milliseconds: Mapping[str, Sequence[float]]) -> Figures:
    """Makes the figures of one timed run.

    Args:
        works: Works completed.
        seconds: In how much time.
        milliseconds: Name of each call to how long each took.
    """
    each = sorted(value for values in milliseconds.values() for value in values)
    per_call = {
        name: {"p50_ms": percentile(sorted(values), 50), "p99_ms": percentile(sorted(values), 99)}
        for name, values in milliseconds.items()
        if values
    }
    return Figures(
        works=works / seconds,
        calls=len(each) / seconds,
        p50_ms=percentile(each, 50) if each else None,
        p99_ms=percentile(each, 99) if each else None,
        details={"per_call": per_call, "works_measured": works},
    )


def median(rounds: Sequence[Figures]) -> Figures:
    """Makes one of several rounds: the median of each figure; details are those of the median round, with all rates.

    Args:
        rounds: The rounds; not empty.
    """
    middle = sorted(rounds, key=lambda figures: figures.main or 0.0)[len(rounds) // 2]
    return Figures(
        works=_median([figures.works for figures in rounds]),
        calls=_median([figures.calls for figures in rounds]),
        p50_ms=_median([figures.p50_ms for figures in rounds]),
        p99_ms=_median([figures.p99_ms for figures in rounds]),
        cpu_ms=_median([figures.cpu_ms for figures in rounds]),
        value=_median([figures.value for figures in rounds]),
        unit=middle.unit,
        note=middle.note,
        details={**middle.details, "rounds": [figures.main for figures in rounds]},
    )


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
