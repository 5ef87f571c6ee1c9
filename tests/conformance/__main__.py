"""Prints what becomes of the betsy suite's runs, by group of features: ``python -m tests.conformance``."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter

from tests.conformance.betsy import bench, cases, outcome, table
from tests.conformance.models import ABSENT, MODELS


async def main() -> None:
    """Runs every case on a fresh SQLite file and prints the table."""
    results: dict[str, Counter[str]] = {}
    for case in cases(MODELS / "betsy"):
        with tempfile.TemporaryDirectory() as folder:
            async with bench(f"sqlite:///{folder}/case.db") as runtime:
                refused = await runtime.deploy(case) is not None
                found = outcome(case, None if refused else await runtime.run(case))
        results.setdefault(case.group, Counter())[found] += 1
    print(table(results))


if __name__ == "__main__":
    if not MODELS.is_dir():
        print(ABSENT)
        sys.exit(0)
    asyncio.run(main())
