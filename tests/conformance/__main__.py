"""Runs the models and tables that others wrote and prints what becomes of them: ``python -m tests.conformance``.

Ends with 1 where something does not pass that is not known to be open, or passes that is.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile

from tests.conformance.betsy import Result, cases, run_case
from tests.conformance.models import ABSENT, MODELS
from tests.conformance.report import betsy_table, complaints, suspect_table
from tests.support.postgres import SharedServer


async def on_sqlite() -> list[Result]:
    """Runs every case of the betsy suite on a fresh SQLite file."""
    results = []
    for case in cases(MODELS / "betsy"):
        with tempfile.TemporaryDirectory() as folder:
            results.append(await run_case(case, f"sqlite:///{folder}/case.db"))
    return results


async def on_postgresql() -> list[Result]:
    """Runs every case of the betsy suite on a fresh PostgreSQL database."""
    shared = SharedServer.open()
    try:
        server = shared.server()
        results = []
        for case in cases(MODELS / "betsy"):
            with server.database() as url:
                results.append(await run_case(case, url))
        return results
    finally:
        shared.close()


def main() -> int:
    """Prints all tables.

    Returns:
        The exit code.
    """
    if not MODELS.is_dir():
        print(ABSENT)
        return 0
    found: list[str] = []
    for name, run in (("SQLite", on_sqlite), ("PostgreSQL", on_postgresql)):
        results = asyncio.run(run())
        print(f"betsy on {name}: runs whose expectation nobody doubts\n\n{betsy_table(results)}\n")
        found += [f"{name}: {complaint}" for complaint in complaints(results)]
    print(f"betsy: suspect runs\n\n{suspect_table(results)}\n")
    for complaint in found:
        print(complaint, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
