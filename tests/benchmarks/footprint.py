"""What open instances cost: memory of the server, bytes in the database; and how fast the server starts.

Instances of W1 are started over gRPC and left open. Before the memory is looked at, as many have been started already:
caches (SQLite's pages, the allocator's arenas) are full by then, and what grows from there on is kept per instance.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bpmgrpc.store.migrate import migrate
from tests.benchmarks.databases import Databases, sizes
from tests.benchmarks.figures import Figures
from tests.benchmarks.program import Program
from tests.benchmarks.server import ServerProcess
from tests.benchmarks.stages import Effort, Progress

PER: Final = 10_000
_MIB: Final = 2**20


def start_up(databases: Databases, effort: Effort, folder: Path, progress: Progress) -> dict[str, Figures]:
    """Measures `bpmgrpc serve` from its start to its first answer, on a new SQLite database and on a known one."""
    new: list[float] = []
    known: list[float] = []
    for number in range(effort.starts):
        progress(f"start-up: {number + 1} of {effort.starts}")
        url = databases.make("sqlite")
        for times in (new, known):
            with ServerProcess(url, folder / "server.log") as server:
                times.append(server.start_seconds)
    return {
        "start-up-new": Figures(value=statistics.median(new), unit="s", details={"rounds": new}),
        "start-up": Figures(value=statistics.median(known), unit="s", details={"rounds": known}),
    }


def open_instances(
    dialect: str, databases: Databases, effort: Effort, folder: Path, progress: Progress
) -> dict[str, Figures]:
    """Measures memory and bytes of open instances.

    Args:
        dialect: The database.
        databases: Makes it.
        effort: How many instances.
        folder: Where logs go.
        progress: Is told what is being done.
    """
    count = effort.open_instances
    url = databases.make(dialect)
    with ExitStack() as stack:
        server = stack.enter_context(ServerProcess(url, folder / "server.log", {"sqlite_synchronous": "NORMAL"}))
        where = {"by": "grpc", "address": server.grpc, "deploy": True, "callers": 16, "users": "open"}
        load = stack.enter_context(Program.module("load", where, folder / "load.log"))
        load.ready()
        # PostgreSQL has its memory elsewhere; there only the bytes are asked for, and once is enough.
        rounds = 2 if dialect == "sqlite" else 1
        resident = [server.resident_bytes]
        for number in range(rounds):
            progress(f"open instances on {dialect}: {count} more ({number + 1} of {rounds})")
            load.ask(work="open", count=count)
            resident.append(server.resident_bytes)
    figures = _bytes_each(dialect, url, count * rounds, databases)
    if dialect == "sqlite":
        mib = [value / _MIB for value in resident]
        figures["memory"] = Figures(
            value=(mib[-1] - mib[-2]) * PER / count,
            unit="MiB",
            note=f"server: {mib[0]:.0f} MiB; {mib[-2]:.0f} with {count:,} open, {mib[-1]:.0f} with {count * 2:,}",
            details={"resident_bytes": resident, "instances_per_step": count},
        )
    return figures


def _bytes_each(dialect: str, url: str, count: int, databases: Databases) -> dict[str, Figures]:
    empty = databases.make(dialect)
    migrate(empty, None)
    before, after = sizes(empty), sizes(url)
    each = {part: (after[part] - before[part]) / count for part in after}
    return {
        f"bytes-{dialect}": Figures(
            value=each["state"],
            unit="bytes",
            note=f"and {each['history']:.0f} of history, {each['answers']:.0f} of kept answers to request ids",
            details=each,
        )
    }
