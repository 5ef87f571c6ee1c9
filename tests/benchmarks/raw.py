"""Program: the bare database limit. Writes the rows of W1 with the driver alone, as often as it can.

On SQLite as many instances as there are callers share each commit; on PostgreSQL each of so many connections commits
every call. Reads are left out: the limit is what has to be written.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from bpmgrpc.store.url import parse_url
from tests.benchmarks import program
from tests.benchmarks.effects import Recording, record
from tests.benchmarks.figures import from_run
from tests.benchmarks.writers import Identities, PostgresqlWriter, SqliteWriter


def measure_sqlite(writer: SqliteWriter, calls: int, group: int, seconds: float) -> dict[str, Any]:
    """Writes groups of instances for so long."""
    identities = Identities()
    commits: list[float] = []
    started = time.perf_counter()
    while time.perf_counter() < started + seconds:
        instances = [identities.next() for _ in range(group)]
        for step in range(calls):
            begun = time.perf_counter()
            writer.write([(step, identity) for identity in instances])
            commits.append((time.perf_counter() - begun) * 1000)
    works = len(commits) // calls * group
    figures = from_run(works, time.perf_counter() - started, {"commit": commits})
    # A commit is that of a whole group, so the calls are not its number.
    return replace(
        figures, calls=(figures.works or 0.0) * calls, note=f"{group} calls a commit" if group > 1 else "a commit each"
    ).as_json()


def measure_postgresql(writers: list[PostgresqlWriter], calls: int, seconds: float) -> dict[str, Any]:
    """Writes instances on all connections for so long."""
    commits: list[list[float]] = [[] for _ in writers]
    started = time.perf_counter()

    def work(writer: PostgresqlWriter, took: list[float]) -> None:
        identities = Identities()
        while time.perf_counter() < started + seconds:
            identity = identities.next()
            for step in range(calls):
                begun = time.perf_counter()
                writer.write(step, identity)
                took.append((time.perf_counter() - begun) * 1000)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(writers, commits, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    works = sum(len(took) // calls for took in commits)
    every = [value for took in commits for value in took]
    return from_run(works, time.perf_counter() - started, {"commit": every}).as_json()


async def main() -> None:
    """Runs the program."""
    given = program.specification()
    url = parse_url(given["database_url"])
    recording: Recording = await record(given["database_url"])
    calls = len(recording.durable)
    with ExitStack() as stack:
        if url.dialect == "sqlite":
            sqlite = SqliteWriter(url.path, given["synchronous"], recording)
            stack.callback(sqlite.close)
        else:
            writers = [PostgresqlWriter(url.conninfo, recording) for _ in range(given["connections"])]
            for writer in writers:
                stack.callback(writer.close)

        async def answer(*, seconds: float, **_: Any) -> dict[str, Any]:
            if url.dialect == "sqlite":
                return await asyncio.to_thread(measure_sqlite, sqlite, calls, given["callers"], seconds)
            return await asyncio.to_thread(measure_postgresql, writers, calls, seconds)

        rows = [len(step.changes) for step in recording.durable]
        await program.serve(answer, {"rows_per_call": rows})


if __name__ == "__main__":
    program.run(main)
