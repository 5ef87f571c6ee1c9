"""Whether a server's memory stays flat in a long run: W1 and W3 by turns, over gRPC, on both databases at a time.

    make soak                                          # twenty minutes; writes its part of docs/large-data.md
    make soak ARGS="--minutes 480"                     # a night

Looked at after each round: memory of the server that is in RAM, open files and threads, works done, latency. The first
quarter is left out of what is compared: caches fill, and allocators take what they will use.
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.benchmarks.databases import Databases
from tests.benchmarks.large import DOCS
from tests.benchmarks.pages import write_between_marks
from tests.benchmarks.program import Program
from tests.benchmarks.server import ServerProcess

CALLERS: Final = 16
ROUND_SECONDS: Final = 15.0
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Look:
    """What a server was like at one moment.

    Attributes:
        minutes: Since the begin.
        works: Done so far.
        resident: Bytes of memory in RAM.
        files: Open files.
        threads: Threads.
        p99_ms: Of the calls of the last round.
    """

    minutes: float
    works: int
    resident: int
    files: int
    threads: int
    p99_ms: float


class Soaked:
    """A server under load on one database.

    Args:
        dialect: The database.
        databases: Makes it.
        folder: Where logs go.
        stack: Ends what was started.
    """

    def __init__(self, dialect: str, databases: Databases, folder: Path, stack: ExitStack) -> None:
        settings = {"sqlite_synchronous": "NORMAL", "history_retention_days": "0.001", "log_level": "warning"}
        log = folder / f"{dialect}.log"
        self.server = stack.enter_context(ServerProcess(databases.make(dialect), log, settings))
        where = {"by": "grpc", "address": self.server.grpc, "deploy": True, "callers": CALLERS, "users": "soak"}
        self._load = stack.enter_context(Program.module("load", where, folder / f"{dialect}-load.log"))
        self._load.ready()
        self._works = 0
        self.looks: list[Look] = []

    def round(self, work: str, begun: float) -> Look:
        """Works for a while, then looks."""
        answer = self._load.ask(work=work, seconds=ROUND_SECONDS)
        self._works += answer["details"]["works_measured"]
        of_process = Path(f"/proc/{self.server.pid}")
        look = Look(
            (time.monotonic() - begun) / 60,
            self._works,
            self.server.resident_bytes,
            sum(1 for _ in (of_process / "fd").iterdir()),
            sum(1 for _ in (of_process / "task").iterdir()),
            answer["p99_ms"],
        )
        self.looks.append(look)
        return look


def growth(looks: list[Look]) -> float:
    """Bytes of memory per 1,000 works by which the server grew after the first quarter, as a line through all looks."""
    kept = looks[len(looks) // 4 :]
    mean_x = sum(look.works for look in kept) / len(kept)
    mean_y = sum(look.resident for look in kept) / len(kept)
    above = sum((look.works - mean_x) * (look.resident - mean_y) for look in kept)
    below = sum((look.works - mean_x) ** 2 for look in kept)
    return above / below * 1_000 if below else 0.0


def table(found: dict[str, list[Look]]) -> list[str]:
    """The page's lines: each database at five moments, and how it grew."""
    lines = ["| database | minutes | works | memory, MiB | files | threads | p99 ms |", "|---|--:|--:|--:|--:|--:|--:|"]
    for dialect, looks in found.items():
        for quarter in range(5):
            look = looks[quarter * (len(looks) - 1) // 4]
            lines.append(
                f"| {dialect} | {look.minutes:.0f} | {look.works:,} | {look.resident / _MIB:.1f}"
                f" | {look.files} | {look.threads} | {look.p99_ms:.1f} |"
            )
    lines.append("")
    for dialect, looks in found.items():
        lines.append(f"- {dialect}: {growth(looks) / 1024:+.1f} KiB for each 1,000 works after the first quarter.")
    return lines


def main() -> None:
    """Runs, prints, and writes the page's part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--databases", nargs="+", default=["postgresql", "sqlite"])
    parser.add_argument("--write", action="store_true", help="write docs/large-data.md")
    options = parser.parse_args()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        databases = Databases(Path(folder), stack)
        runs = {dialect: Soaked(dialect, databases, Path(folder), stack) for dialect in options.databases}
        begun = time.monotonic()
        number = 0
        while time.monotonic() < begun + options.minutes * 60:
            for dialect, run in runs.items():
                look = run.round(("W1", "W3")[number % 2], begun)
                print(f"{dialect}: {look}", flush=True)
            number += 1
        lines = table({dialect: run.looks for dialect, run in runs.items()})
    print(*lines, sep="\n")
    if options.write:
        write_between_marks(DOCS / "large-data.md", "\n".join(lines) + "\n", "soak")


if __name__ == "__main__":
    main()
