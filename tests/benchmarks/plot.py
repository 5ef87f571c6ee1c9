"""Program: draws a run of the benchmark as a picture: works a second of each timed row, in the groups of the table.

Runs on an environment of its own that has matplotlib, which is no dependency of the product or of its tests.

    python -m tests.benchmarks.plot RUN.json PICTURE.png
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl  # type: ignore[import-not-found,unused-ignore]

mpl.use("Agg")

import matplotlib.pyplot as plt  # type: ignore[import-not-found,unused-ignore]

# One color for each part that a row can play; told by its key.
PARTS = (
    ("spiffworkflow", "other engines", "#b07aa1"),
    ("bpmn-engine", "other engines", "#b07aa1"),
    ("dbos", "other engines", "#b07aa1"),
    ("raw", "limit without an engine", "#bab0ac"),
    ("echo", "limit without an engine", "#bab0ac"),
    ("", "this product", "#4e79a7"),
)


def part(key: str) -> tuple[str, str]:
    """Returns what a row stands for, and its color."""
    return next((label, color) for word, label, color in PARTS if word in key)


def draw(run: dict[str, Any], picture: Path) -> None:
    """Draws the timed rows of a run.

    Args:
        run: What `make bench` wrote as JSON.
        picture: The PNG file.
    """
    rows = [(key, row) for key, row in run["rows"].items() if row.get("works") is not None]
    groups = list(dict.fromkeys(row["group"] for _, row in rows))
    heights = [sum(row["group"] == group for _, row in rows) for group in groups]
    figure, axes = plt.subplots(
        len(groups),
        1,
        figsize=(11, 0.36 * sum(heights) + 1.3 * len(groups)),
        height_ratios=heights,
        sharex=True,
        squeeze=False,
    )
    for (axis,), group in zip(axes, groups, strict=True):
        chosen = [(key, row) for key, row in reversed(rows) if row["group"] == group]
        works = [row["works"] for _, row in chosen]
        bars = axis.barh([row["title"] for _, row in chosen], works, color=[part(key)[1] for key, _ in chosen])
        axis.bar_label(bars, [f"{value:,.3g}" if value < 100 else f"{value:,.0f}" for value in works], padding=3)
        axis.set_xscale("log")
        axis.set_title(group, loc="left", fontsize=10, fontweight="bold")
        axis.spines[["top", "right"]].set_visible(False)
    axes[-1][0].set_xlabel("works a second (logarithmic), median of the rounds")
    axes[-1][0].margins(x=0.15)
    labels = {label: color for _, label, color in PARTS}
    figure.legend(
        [plt.Rectangle((0, 0), 1, 1, color=color) for color in labels.values()], labels, loc="upper right", ncols=3
    )
    machine = run["machine"]
    figure.suptitle(
        f"{machine['date']}, {machine['cores']} cores {machine['processor']}, {machine['python']}, "
        f"PostgreSQL {machine['postgresql'].split()[0]}, SQLite {machine['sqlite']}",
        x=0.01,
        ha="left",
        fontsize=9,
    )
    figure.tight_layout(rect=(0, 0, 1, 0.98))
    figure.savefig(picture, dpi=90)


def main() -> None:
    """Runs the program."""
    run, picture = map(Path, sys.argv[1:])
    draw(json.loads(run.read_text(encoding="utf-8")), picture)


if __name__ == "__main__":
    main()
