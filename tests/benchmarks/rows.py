"""THE table. A row says what is measured where, and against which other row or limit it is judged.

Targets are the first ones of the project's plan. To add a row: one line here. To add a kind of measurement: a method
of ``stages.StageRun`` that starts its program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Meter = Literal[
    "inprocess",
    "grpc",
    "stream",
    "rest",
    "workers",
    "raw",
    "echo",
    "spiffworkflow",
    "spiffworkflow_kept",
    "dbos",
    "bpmn_engine",
]


@dataclass(frozen=True, slots=True)
class Target:
    """What a row has to reach.

    Attributes:
        text: The target in words.
        least: The row's figure divided by that of `against` is to be at least this.
        most: The row's figure itself is to be at most this.
        against: Key of the row it is compared with.
    """

    text: str
    least: float | None = None
    most: float | None = None
    against: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where rows are measured one after the other, round by round.

    Attributes:
        title: What the database and its durability are.
        dialect: The database.
        callers: Callers in a closed loop.
        settings: The product's settings, where they are not the defaults.
    """

    title: str
    dialect: Literal["sqlite", "postgresql"]
    callers: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One timed row.

    Attributes:
        key: Names it in options, in targets and in the JSON file.
        title: What is measured.
        stage: Key of its stage.
        meter: By which program.
        work: Which work.
        target: What it has to reach.
    """

    key: str
    title: str
    stage: str
    meter: Meter
    work: str = "W1"
    target: Target | None = None


CONNECTIONS: Final = 10  # to PostgreSQL, of the product (its default) and of the limits alike

STAGES: Final[Mapping[str, Stage]] = {
    "normal": Stage("SQLite, synchronous NORMAL, 1 caller", "sqlite", 1, {"sqlite_synchronous": "NORMAL"}),
    "full": Stage("SQLite, synchronous FULL, 64 callers", "sqlite", 64, {"sqlite_synchronous": "FULL"}),
    "postgresql-one": Stage("PostgreSQL, fsync on, 1 caller", "postgresql", 1, {}),
    "postgresql": Stage("PostgreSQL, fsync on, 64 callers", "postgresql", 64, {}),
}


def _spiff(work: str) -> Target:
    return Target("≥ 2x SpiffWorkflow", least=2.0, against=f"{work.lower()}-spiffworkflow")


ROWS: Final[tuple[Row, ...]] = (
    Row("w1-spiffworkflow", "W1, SpiffWorkflow 3.2, state loaded each call", "normal", "spiffworkflow"),
    Row("w1-bpmn-engine", "W1, bpmn-engine 25 (Node.js), state loaded each call", "normal", "bpmn_engine", "W1"),
    Row("w1-normal", "W1, in-process", "normal", "inprocess", target=_spiff("W1")),
    Row("w1-normal-raw", "W1's rows, raw sqlite3", "normal", "raw"),
    Row("w1-normal-grpc", "W1, unary gRPC", "normal", "grpc"),
    Row("w1-normal-rest", "W1, REST (legacy calls)", "normal", "rest"),
    Row("w2-spiffworkflow", "W2, SpiffWorkflow 3.2, state loaded each call", "normal", "spiffworkflow", "W2"),
    Row("w2-bpmn-engine", "W2, bpmn-engine 25 (Node.js), state loaded each call", "normal", "bpmn_engine", "W2"),
    Row("w2-normal", "W2, in-process", "normal", "inprocess", "W2", _spiff("W2")),
    Row("w3-spiffworkflow", "W3, SpiffWorkflow 3.2, state loaded each call", "normal", "spiffworkflow", "W3"),
    Row("w3-spiffworkflow-kept", "W3, SpiffWorkflow 3.2, state kept in memory", "normal", "spiffworkflow_kept", "W3"),
    Row("w3-bpmn-engine", "W3, bpmn-engine 25 (Node.js), state loaded each call", "normal", "bpmn_engine", "W3"),
    Row(
        "w3-normal",
        "W3, in-process",
        "normal",
        "inprocess",
        "W3",
        Target("≥ 2x SpiffWorkflow kept in memory", least=2.0, against="w3-spiffworkflow-kept"),
    ),
    Row("w1-full-raw", "W1's rows, raw sqlite3, 64 calls a commit", "full", "raw"),
    Row("w1-full", "W1, in-process", "full", "inprocess", target=Target("≥ 20 % of raw", 0.2, against="w1-full-raw")),
    Row("w1-full-echo", "W1's calls and rows, gRPC server without engine", "full", "echo"),
    Row(
        "w1-full-grpc",
        "W1, unary gRPC",
        "full",
        "grpc",
        target=Target("≥ 50 % of the server without engine", 0.5, against="w1-full-echo"),
    ),
    Row(
        "w1-full-stream",
        "W1, command stream",
        "full",
        "stream",
        target=Target("≥ 3x unary gRPC", 3.0, against="w1-full-grpc"),
    ),
    Row(
        "w1-full-rest",
        "W1, REST (legacy calls)",
        "full",
        "rest",
        target=Target("≥ unary gRPC", 1.0, against="w1-full-grpc"),
    ),
    Row("w1-dbos", "W1, DBOS 3", "postgresql-one", "dbos", "W1"),
    Row("w1-postgresql-one", "W1, in-process", "postgresql-one", "inprocess", "W1"),
    Row("w2-dbos", "W2, DBOS 3", "postgresql-one", "dbos", "W2"),
    Row("w2-postgresql-one", "W2, in-process", "postgresql-one", "inprocess", "W2"),
    Row("w3-dbos", "W3, DBOS 3", "postgresql-one", "dbos", "W3"),
    Row("w3-postgresql-one", "W3, in-process", "postgresql-one", "inprocess", "W3"),
    Row("w1-postgresql-raw", "W1's rows, raw psycopg, one statement a call", "postgresql", "raw"),
    Row(
        "w1-postgresql",
        "W1, in-process",
        "postgresql",
        "inprocess",
        target=Target("≥ 35 % of raw", 0.35, against="w1-postgresql-raw"),
    ),
    Row("w1-postgresql-echo", "W1's calls and rows, gRPC server without engine", "postgresql", "echo"),
    Row(
        "w1-postgresql-grpc",
        "W1, unary gRPC",
        "postgresql",
        "grpc",
        target=Target("≥ 50 % of the server without engine", 0.5, against="w1-postgresql-echo"),
    ),
    Row(
        "w1-postgresql-stream",
        "W1, command stream",
        "postgresql",
        "stream",
        target=Target("≥ 3x unary gRPC", 3.0, against="w1-postgresql-grpc"),
    ),
    Row(
        "w1-postgresql-rest",
        "W1, REST (legacy calls)",
        "postgresql",
        "rest",
        target=Target("≥ unary gRPC", 1.0, against="w1-postgresql-grpc"),
    ),
    Row(
        "w1-postgresql-workers",
        "W1, unary gRPC, `--workers 2`",
        "postgresql",
        "workers",
        target=Target("≥ 1.6x one, where the database is not the limit", 1.6, against="w1-postgresql-grpc"),
    ),
)

# Round trips on PostgreSQL; BEGIN and COMMIT counted. SQLite's calls into the library are shown, not judged.
STATEMENTS: Final[Mapping[str, Target | None]] = {
    "start": Target("≤ 3 round trips", most=3),
    "claim": Target("≤ 2 round trips", most=2),
    "complete": Target("≤ 4 round trips", most=4),
    "list": None,
}

START_UP: Final = Target("≤ 3 s", most=3.0)
MEMORY: Final = Target("none kept: ≤ 5 MiB", most=5.0)
BYTES: Final = Target("≤ 2,000 bytes", most=2000)
