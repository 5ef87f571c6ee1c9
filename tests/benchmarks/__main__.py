"""`make bench`: measures, prints one table, writes the same as JSON.

make bench                                   everything, about eight minutes
make bench ARGS="--quick"                    the same rows, each only briefly: about a minute, not for comparisons
make bench ARGS="--only w1-full,statements"  some rows, by the beginnings of their keys (see --list)
make bench ARGS="--markdown FILE"            the table as Markdown, too: between its marks, where the file has them
make bench ARGS="--publish"                  into docs/: performance.md, performance.json and performance.png
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from tests.benchmarks import footprint, machine, rows
from tests.benchmarks.databases import Databases
from tests.benchmarks.figures import Figures
from tests.benchmarks.pages import write, write_between_marks
from tests.benchmarks.peers.environments import python_with
from tests.benchmarks.program import TOP
from tests.benchmarks.report import Line, as_json, as_markdown, as_text, judge
from tests.benchmarks.stages import FULL, QUICK, Effort, Progress, measure_stage
from tests.benchmarks.statements import count_now

STATEMENTS_GROUP: Final = "Statements per command ({}), counted, in-process"
START_GROUP: Final = "Start-up, `bpmgrpc serve` to its first answer, SQLite"
PUBLISHED: Final = TOP / "docs" / "performance"
OPEN_GROUP: Final = "Open instances of W1, waiting at the first task"

KEYS: Final = (
    *(row.key for row in rows.ROWS),
    "statements-postgresql",
    "statements-sqlite",
    "start-up",
    "open-sqlite",
    "open-postgresql",
)


class Run:
    """One run: measures what was chosen, in order, and keeps the lines.

    Args:
        effort: How long.
        chosen: Tells by its key whether a row is wanted.
        progress: Is told what is being done.
    """

    def __init__(self, effort: Effort, chosen: Callable[[str], bool], progress: Progress) -> None:
        self._effort = effort
        self._chosen = chosen
        self._progress = progress
        self.lines: list[Line] = []

    def measure(self) -> None:
        """Measures all that was chosen."""
        parts: list[Callable[[Path, Databases], None]] = [
            *(partial(self._stage, key) for key in rows.STAGES),
            *(partial(self._statements, dialect) for dialect in ("postgresql", "sqlite")),
            self._start_up,
            *(partial(self._open, dialect) for dialect in ("sqlite", "postgresql")),
        ]
        for part in parts:
            self._in_folder(part)

    @staticmethod
    def _in_folder(measure: Callable[[Path, Databases], None]) -> None:
        """Measures in a folder and with databases that are gone afterwards."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bpmgrpc-bench-")))
            measure(folder, Databases(folder, stack))

    def _stage(self, key: str, folder: Path, databases: Databases) -> None:
        wanted = [row for row in rows.ROWS if row.stage == key and self._chosen(row.key)]
        if not wanted:
            return
        found = measure_stage(key, wanted, self._effort, databases, folder / key, self._progress)
        title = rows.STAGES[key].title
        self.lines += [Line(row.key, title, row.title, found[row.key], row.target) for row in wanted]

    def _statements(self, dialect: str, _folder: Path, databases: Databases) -> None:
        if not self._chosen(f"statements-{dialect}"):
            return
        self._progress(f"statements on {dialect}")
        counts: dict[str, int] = {}
        missing = Figures()
        try:
            counts = count_now(databases.make(dialect))
        except LookupError as error:
            missing = Figures(note=str(error))
        unit = "round trips" if dialect == "postgresql" else "statements"
        for command, target in rows.STATEMENTS.items():
            figures = Figures(value=counts[command], unit=unit) if counts else missing
            judged = target if dialect == "postgresql" else None
            group = STATEMENTS_GROUP.format(dialect)
            self.lines.append(Line(f"statements-{dialect}-{command}", group, command, figures, judged))

    def _start_up(self, folder: Path, databases: Databases) -> None:
        if self._chosen("start-up"):
            found = footprint.start_up(databases, self._effort, folder, self._progress)
            self._add(START_GROUP, found, "start-up-new", "new database, migrated first", rows.START_UP)
            self._add(START_GROUP, found, "start-up", "database of this release", rows.START_UP)

    def _open(self, dialect: str, folder: Path, databases: Databases) -> None:
        if not self._chosen(f"open-{dialect}"):
            return
        try:
            found = footprint.open_instances(dialect, databases, self._effort, folder, self._progress)
        except LookupError as error:
            found = {f"bytes-{dialect}": Figures(note=str(error))}
        if dialect == "sqlite":
            self._add(OPEN_GROUP, found, "memory", "memory of the server for 10,000 more", rows.MEMORY)
        self._add(OPEN_GROUP, found, f"bytes-{dialect}", f"{dialect}: bytes each, without history", rows.BYTES)

    def _add(self, group: str, found: dict[str, Figures], key: str, title: str, target: rows.Target) -> None:
        self.lines.append(Line(key, group, title, found[key], target))


def main() -> int:
    """Runs the program; returns 0 whether targets are met or not, since a slow machine is no fault."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a short run, to see that everything works")
    parser.add_argument("--only", default="", metavar="KEY,…", help="rows whose keys begin so")
    parser.add_argument("--list", action="store_true", help="show the keys and end")
    parser.add_argument(
        "--json", type=Path, default=TOP / "build" / "bench.json", metavar="FILE", help="where JSON goes"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table as Markdown, too")
    parser.add_argument("--publish", action="store_true", help="write table, JSON and picture into docs/")
    arguments = parser.parse_args()
    if arguments.publish:
        arguments.json, arguments.markdown = PUBLISHED.with_suffix(".json"), PUBLISHED.with_suffix(".md")
    if arguments.list:
        print("\n".join(KEYS))
        return 0
    wanted = tuple(part for part in arguments.only.split(",") if part)
    about = {"date": datetime.now(UTC).strftime("%Y-%m-%d"), **machine.describe()}
    begun = time.monotonic()

    def progress(text: str) -> None:
        print(f"[{time.monotonic() - begun:5.0f} s] {text}", file=sys.stderr, flush=True)

    run = Run(QUICK if arguments.quick else FULL, lambda key: not wanted or key.startswith(wanted), progress)
    run.measure()
    print("\n".join(f"{name}: {value}" for name, value in about.items()), end="\n\n")
    print(as_text(run.lines))
    if arguments.quick:
        print("\nA quick run: one short round a row. Its ratios say little.")
    write(arguments.json, json.dumps(as_json(run.lines, {"machine": about, "quick": arguments.quick}), indent=1) + "\n")
    if arguments.markdown:
        write_between_marks(arguments.markdown, as_markdown(run.lines, about), "bench")
    if arguments.publish:
        draw(arguments.json, PUBLISHED.with_suffix(".png"))
    figures = {line.key: line.figures for line in run.lines}
    missed = [line.key for line in run.lines if judge(line, figures).met is False]
    print(f"\nNot met: {', '.join(missed)}" if missed else "\nEvery target that was measured is met.")
    print(f"Written: {arguments.json}")
    return 0


def draw(run: Path, picture: Path) -> None:
    """Draws a run that was written as JSON, or says why not."""
    try:
        python = python_with("plots", "matplotlib==3.*")
    except LookupError as error:
        print(f"No picture was drawn: matplotlib was {error}", file=sys.stderr)
        return
    subprocess.run([str(python), "-m", "tests.benchmarks.plot", str(run), str(picture)], check=True, cwd=TOP)


if __name__ == "__main__":
    sys.exit(main())
