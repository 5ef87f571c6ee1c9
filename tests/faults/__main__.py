"""Runs the fault tests in their long form: `make faults`.

python -m tests.faults [--seed N] [--kills N] [--callers N] [--seconds N] [--write] [SCENARIO...]
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
from pathlib import Path

from tests.faults import report
from tests.faults.scenarios import SCENARIOS, Result, run


def main() -> int:
    """Runs the scenarios that the command line names, else all; exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(SCENARIOS)}; all")
    parser.add_argument("--seed", type=int, help="of all random numbers; a new one where not given")
    parser.add_argument("--kills", type=int, default=200, help="SIGKILLs; other faults have a share of that (200)")
    parser.add_argument("--callers", type=int, default=8, help="callers at the same time, and half as many workers (8)")
    parser.add_argument("--seconds", type=float, default=600, help="longest time of faults for each scenario (600)")
    parser.add_argument("--write", action="store_true", help="write the figures into docs/reliability.md")
    arguments = parser.parse_args()
    if unknown := set(arguments.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    results: list[Result] = []
    for name in arguments.scenarios or SCENARIOS:
        print(f"{name}: seed {seed}", flush=True)
        with tempfile.TemporaryDirectory(prefix="bpmgrpc-faults-") as folder:
            result = asyncio.run(run(name, seed, arguments.kills, arguments.callers, Path(folder), arguments.seconds))
        results.append(result)
        print(report.text(result), flush=True)
    if arguments.write:
        report.write(results)
    return 1 if any(result.findings.all() for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
