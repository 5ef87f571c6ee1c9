"""Timed rows: a stage brings up what its rows need, then measures them in turn, round after round.

Rows that are compared stand side by side in each round, so that a slow moment of the machine meets both; the figure of
a row is the median of its rounds. What is not measured at a moment idles: it waits for its next question.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.databases import Databases
from tests.benchmarks.figures import Figures, median
from tests.benchmarks.models import JAVASCRIPT, PYTHON, files
from tests.benchmarks.peers.environments import BPMN_ENGINE, node_with, python_with
from tests.benchmarks.program import Program, ProgramError, cpu_seconds
from tests.benchmarks.rows import CONNECTIONS, STAGES, Row, Stage
from tests.benchmarks.server import ServerProcess
from tests.benchmarks.works import ORDER

_GIVEN: Final = {"variables": {**ORDER, "clerk": "u"}}  # what a peer starts its works with


@dataclass(frozen=True, slots=True)
class Effort:
    """How long a run takes.

    Attributes:
        rounds: Rounds for each row.
        seconds: Length of one.
        warm_seconds: Work before the first round.
        open_instances: Instances for the footprint.
        starts: Starts of the server.
    """

    rounds: int
    seconds: float
    warm_seconds: float
    open_instances: int
    starts: int


FULL: Final = Effort(rounds=3, seconds=3.0, warm_seconds=1.0, open_instances=10_000, starts=3)
QUICK: Final = Effort(rounds=1, seconds=1.0, warm_seconds=0.3, open_instances=500, starts=1)

Progress = Callable[[str], None]

_CHANNELS: Final = 16  # connections are spread over the workers, not calls: with few, one gets most


class StageRun:
    """The programs of one stage, started when a row asks for them.

    Args:
        stage: The stage.
        databases: Makes its databases.
        folder: Where logs go.
        stack: Ends what was started.
    """

    def __init__(self, stage: Stage, databases: Databases, folder: Path, stack: ExitStack) -> None:
        self._stage = stage
        self._databases = databases
        self._folder = folder
        self._stack = stack
        self._programs: dict[str, Program] = {}
        self._server: ServerProcess | None = None
        self._measured: dict[str, int] = {}  # the process whose processor time counts, by meter

    def program(self, meter: str) -> Program:
        """Returns the program that measures.

        Raises:
            LookupError: It cannot be had here; the text says why.
        """
        if meter not in self._programs:
            program = self._programs[meter] = _STARTERS[meter](self)
            self._measured.setdefault(meter, program.process.pid)
        return self._programs[meter]

    def measure(self, row: Row, seconds: float) -> Figures:
        """Measures a row once.

        Args:
            row: The row.
            seconds: How long.

        Raises:
            LookupError: It cannot be measured here; the text says why.
            ProgramError: A program ended.
        """
        program = self.program(row.meter)
        pid = self._measured[row.meter]
        begun = _cpu_seconds(pid)
        try:
            figures = Figures(**program.ask(work=row.work, seconds=seconds))
            used = _cpu_seconds(pid) - begun
            return replace(figures, cpu_ms=used * 1000 / max(1, figures.details["works_measured"]))
        except ProgramError as error:
            state = self._server.state() if self._server is not None else "no server was started"
            raise ProgramError(f"{row.key}: {error}\n{state}") from error

    def _start(self, module: str, specification: dict[str, Any]) -> tuple[Program, dict[str, Any]]:
        program = self._stack.enter_context(Program.module(module, specification, self._folder / f"{module}.log"))
        return program, program.ready()

    def _load(self, by: str, users: str, **where: Any) -> Program:
        return self._start("load", {"by": by, "callers": self._stage.callers, "users": users, **where})[0]

    def _served(self) -> ServerProcess:
        if self._server is None:
            url = self._databases.make(self._stage.dialect)
            server = ServerProcess(url, self._folder / "server.log", self._stage.settings)
            self._server = self._stack.enter_context(server)
            self._measured |= dict.fromkeys(("grpc", "stream", "rest"), server.pid)
        return self._server

    def _limit(self) -> dict[str, Any]:
        return {
            "database_url": self._databases.make(self._stage.dialect),
            "synchronous": self._stage.settings.get("sqlite_synchronous", ""),
            "callers": self._stage.callers,
            "connections": CONNECTIONS,
        }

    def inprocess(self) -> Program:
        """The product and its load in one process."""
        url = self._databases.make(self._stage.dialect)
        return self._load("inprocess", "inprocess", database_url=url, settings=dict(self._stage.settings))

    def grpc(self) -> Program:
        """Load over gRPC on the server."""
        return self._load("grpc", "grpc", address=self._served().grpc, deploy=True)

    def stream(self) -> Program:
        """The same load on the same server, all of it over one command stream."""
        self.program("grpc")
        return self._load("stream", "stream", address=self._served().grpc)

    def workers(self) -> Program:
        """Load over gRPC on two server processes that share an address."""
        url = self._databases.make(self._stage.dialect)
        settings = {**self._stage.settings, "workers": "2"}
        server = self._stack.enter_context(ServerProcess(url, self._folder / "workers.log", settings))
        self._measured["workers"] = server.pid
        return self._load("grpc", "workers", address=server.grpc, deploy=True, channels=_CHANNELS)

    def rest(self) -> Program:
        """Load over the legacy REST calls on the same server, which gets its works deployed over gRPC."""
        self.program("grpc")
        return self._load("rest", "rest", address=self._served().rest)

    def raw(self) -> Program:
        """The bare database."""
        return self._start("raw", self._limit())[0]

    def echo(self) -> Program:
        """Load over gRPC on the server without an engine."""
        server, about = self._start("echo", self._limit())
        self._measured["echo"] = server.process.pid
        return self._load("grpc", "echo", address=about["address"])

    def spiffworkflow(self, *, keep: bool = False) -> Program:
        """SpiffWorkflow, its state loaded by each call."""
        python = python_with("spiffworkflow-3.2", "SpiffWorkflow==3.2.*")
        specification = {"path": str(self._folder / f"spiffworkflow-{keep}.db"), "files": files(PYTHON), "keep": keep}
        return self._peer("peers.spiffworkflow_application", specification, python)

    def spiffworkflow_kept(self) -> Program:
        """SpiffWorkflow with its state kept in memory."""
        return self.spiffworkflow(keep=True)

    def dbos(self) -> Program:
        """DBOS on PostgreSQL."""
        python = python_with("dbos-3", "dbos==3.*")
        return self._peer("peers.dbos_application", {"database_url": self._databases.make(self._stage.dialect)}, python)

    def bpmn_engine(self) -> Program:
        """bpmn-engine on Node.js, its state loaded by each call."""
        node, home = node_with("bpmn-engine-25", BPMN_ENGINE)
        specification = {"home": str(home), "path": str(self._folder / "bpmn-engine.db"), "files": files(JAVASCRIPT)}
        script = str(Path(__file__).parent / "peers" / "bpmn_engine_application.mjs")
        log = self._folder / "bpmn-engine.log"
        program = Program([str(node), script, json.dumps(specification | _GIVEN)], log)
        return self._begun(program)

    def _peer(self, module: str, specification: dict[str, Any], python: Path) -> Program:
        return self._begun(Program.module(module, specification | _GIVEN, self._folder / f"{module}.log", python))

    def _begun(self, program: Program) -> Program:
        self._stack.enter_context(program)
        program.ready()
        return program


def _cpu_seconds(pid: int) -> float:
    """Processor time of a process and of those that it started and that still run: a server's workers."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return sum(map(cpu_seconds, [pid, *map(int, children)]))


_STARTERS: Final[dict[str, Callable[[StageRun], Program]]] = {
    "inprocess": StageRun.inprocess,
    "grpc": StageRun.grpc,
    "stream": StageRun.stream,
    "rest": StageRun.rest,
    "workers": StageRun.workers,
    "raw": StageRun.raw,
    "echo": StageRun.echo,
    "spiffworkflow": StageRun.spiffworkflow,
    "spiffworkflow_kept": StageRun.spiffworkflow_kept,
    "dbos": StageRun.dbos,
    "bpmn_engine": StageRun.bpmn_engine,
}


def measure_stage(
    key: str, rows: Sequence[Row], effort: Effort, databases: Databases, folder: Path, progress: Progress
) -> dict[str, Figures]:
    """Measures rows of one stage.

    Args:
        key: The stage.
        rows: Its rows.
        effort: How long.
        databases: Makes databases.
        folder: A folder for logs, which is made.
        progress: Is told what is being done.

    Returns:
        Figures by the row's key; of a row that cannot be measured here, a note with the reason.
    """
    folder.mkdir()
    rounds: dict[str, list[Figures]] = {row.key: [] for row in rows}
    missing: dict[str, Figures] = {}
    with ExitStack() as stack:
        run = StageRun(STAGES[key], databases, folder, stack)
        for row in rows:
            progress(f"{row.key}: warming up")
            try:
                run.measure(row, effort.warm_seconds)
            except LookupError as error:
                missing[row.key] = Figures(note=str(error))
        for number in range(effort.rounds):
            for row in _measurable(rows, missing):
                progress(f"{row.key}: round {number + 1} of {effort.rounds}")
                rounds[row.key].append(run.measure(row, effort.seconds))
    return missing | {name: median(found) for name, found in rounds.items() if found}


def _measurable(rows: Iterable[Row], missing: dict[str, Figures]) -> Iterable[Row]:
    return (row for row in rows if row.key not in missing)
