"""Runs the proofs of the job queue at full length: `make job-queue`.

python -m tests.job_queue [--jobs N] [--workers N] [--seed N] [--write] [storm] [backlog]
"""

from __future__ import annotations

import argparse
import random
import re
import secrets
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.databases import Databases
from tests.job_queue.backlog import backlog
from tests.job_queue.queue import queue
from tests.job_queue.storm import storm

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "job-queue.md"
SERVERS = {"sqlite": 1, "postgresql": 2}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
PARTS = ("storm", "backlog")
STORM_HEAD = (
    "| Database | Server processes | Workers | Jobs | Kills | Begun | Begun again | Done once | Done twice | Left "
    "| Seconds |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
)
BACKLOG_HEAD = (
    "| Database | Jobs | Built in, s | Drained in, s | Drained by built | The same of the server's processor time |\n"
    "|---|---:|---:|---:|---:|---:|\n"
)


def main() -> int:
    """Runs the parts that the command line names, else all; exit code 1 where a job was lost or counted twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.job_queue", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="storm, backlog; both where none is named")
    parser.add_argument("--jobs", type=int, default=10_000, help="how many jobs (10,000)")
    parser.add_argument("--workers", type=int, default=4, help="worker processes at a time (4)")
    parser.add_argument("--seed", type=int, help="chooses whom to kill and when; a new one where not given")
    parser.add_argument("--seconds", type=float, default=900, help="longest time of a storm (900)")
    parser.add_argument("--write", action="store_true", help="write the figures into docs/job-queue.md")
    arguments = parser.parse_args()
    parts = arguments.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    is_exact, storms, backlogs = True, "", ""
    for dialect, servers in SERVERS.items():
        with tempfile.TemporaryDirectory(prefix="bpmgrpc-jobs-") as name, ExitStack() as stack:
            folder, databases = Path(name), Databases(Path(name), stack)
            if "storm" in parts:
                with queue(databases.make(dialect), servers) as one:
                    rng = random.Random(seed)
                    found = storm(one, arguments.jobs, arguments.workers, folder, rng, arguments.seconds)
                print(f"{dialect}: seed {seed}: {found}", flush=True)
                is_exact = is_exact and found.is_exact
                doubled = sum(count for times, count in found.done.items() if times > 1)
                storms += (
                    f"| {NAMES[dialect]} | {servers} | {arguments.workers} | {found.jobs:,} | {found.kills} "
                    f"| {found.begun:,} | {found.begun_again} | {found.done[1]:,} | {doubled} | {found.left} "
                    f"| {found.seconds:.0f} |\n"
                )
            if "backlog" in parts:
                with queue(databases.make(dialect), 1) as one:
                    drained = backlog(one, arguments.jobs, folder)
                print(f"{dialect}: {drained}, {drained.ratio:.2f} and {drained.cpu_ratio:.2f}", flush=True)
                backlogs += (
                    f"| {NAMES[dialect]} | {drained.jobs:,} | {drained.seconds[0]:.1f} | {drained.seconds[1]:.1f} "
                    f"| {drained.ratio:.2f} | {drained.cpu_ratio:.2f} |\n"
                )
    if arguments.write:
        _write({"storm": storms and STORM_HEAD + storms, "backlog": backlogs and BACKLOG_HEAD + backlogs})
    return 0 if is_exact else 1


def _write(tables: dict[str, str]) -> None:
    """Puts the tables that there are between their marks in the document."""
    text = DOCUMENT.read_text("utf-8")
    for part, table in tables.items():
        if table:
            between = rf"(<!-- {part}: written by make job-queue -->\n\n).*?(<!-- end of {part} -->)"
            text = re.sub(between, rf"\g<1>{table}\n\g<2>", text, flags=re.DOTALL)
    DOCUMENT.write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
