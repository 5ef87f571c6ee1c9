"""The pieces that the benchmark's figures rest on."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from bpmgrpc.bpmn.model import Verdict
from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import compile_process
from tests.benchmarks.effects import Change, Recording, Step
from tests.benchmarks.figures import Figures, from_run, median, percentile
from tests.benchmarks.models import files
from tests.benchmarks.pages import marks, write_between_marks
from tests.benchmarks.report import Line, as_json, as_markdown, as_text, judge
from tests.benchmarks.rows import ROWS, STAGES, Target
from tests.benchmarks.works import WORKS
from tests.benchmarks.writers import Identity, render


class Clerk:
    """A caller that only writes down what it is asked to do."""

    def __init__(self, tasks: int) -> None:
        self.calls: list[str] = []
        self._tasks = [f"task-{number}" for number in range(tasks)]

    async def start(self, process: str, variables: str) -> str:
        self.calls.append("start")
        return "instance"

    async def tasks(self, user: str) -> list[str]:
        self.calls.append("list")
        return self._tasks

    async def claim(self, task: str, user: str) -> None:
        self.calls.append("claim")

    async def complete(self, task: str, user: str, variables: str) -> None:
        self.calls.append("complete")


def run(work: Awaitable[None]) -> None:
    async def awaited() -> None:
        await work

    asyncio.run(awaited())


@pytest.mark.parametrize(("percent", "expected"), ((50, 5.0), (51, 6.0), (99, 10.0), (100, 10.0), (0.1, 1.0)))
def test_percentile_is_the_nearest_rank(percent, expected):
    """A percentile is a value that was measured, never one between two."""
    ordered = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]

    found = percentile(ordered, percent)

    assert found == expected


def test_percentile_of_nothing_is_refused():
    """No percentile is made up where nothing was measured."""
    with pytest.raises(ValueError, match="of 0 values"):
        percentile([], 50)


def test_figures_of_a_run_are_rates_and_percentiles_of_all_calls():
    """Ten works of two calls each in two seconds are five works and ten calls a second."""
    figures = from_run(10, 2.0, {"start": [1.0] * 10, "complete": [3.0] * 10})

    assert (figures.works, figures.calls, figures.p50_ms, figures.p99_ms) == (5.0, 10.0, 1.0, 3.0)
    assert figures.details["per_call"]["complete"] == {"p50_ms": 3.0, "p99_ms": 3.0}


def test_median_of_rounds_is_taken_figure_by_figure():
    """One slow round of three changes nothing."""
    figures = median([Figures(works=100, p99_ms=2.0), Figures(works=10, p99_ms=90.0), Figures(works=110, p99_ms=3.0)])

    assert (figures.works, figures.p99_ms) == (100, 3.0)
    assert figures.details["rounds"] == [100, 10, 110]


@pytest.mark.parametrize("name", ("W1", "W2", "W3"))
def test_every_model_deploys_without_a_refusal(name):
    """The works are ordinary BPMN: nothing of them is refused."""
    content = files()[name].encode()

    (graph,) = parse_file(f"{name}.bpmn", content).processes
    compilation = compile_process(graph, ELEMENTS, definition_id="d", app_name="bench")

    assert [finding for finding in compilation.findings if finding.verdict is Verdict.REFUSED] == []
    assert graph.process_id == name


def test_w1_is_seven_calls_of_which_five_are_durable():
    """W1 is a start and, twice, list, claim and complete."""
    clerk = Clerk(tasks=1)

    run(WORKS["W1"](clerk, "u"))

    assert clerk.calls == ["start", "list", "claim", "complete", "list", "claim", "complete"]


def test_w3_is_a_start_and_ten_times_claim_and_complete():
    """W3 completes the ten tasks that a list shows."""
    clerk = Clerk(tasks=10)

    run(WORKS["W3"](clerk, "u"))

    assert clerk.calls == ["start", "list", *["claim", "complete"] * 10]


def test_every_row_names_a_stage_and_is_judged_against_a_row_of_the_same_stage():
    """Rows are compared only where they were measured side by side."""
    stages = {row.key: row.stage for row in ROWS}

    assert len(stages) == len(ROWS)
    assert set(stages.values()) == set(STAGES)
    assert all(row.target is None or stages[row.target.against] == row.stage for row in ROWS)


@pytest.mark.parametrize(("works", "met"), ((49.9, False), (50.0, True)))
def test_row_meets_its_target_from_the_ratio_on(works, met):
    """Half of the limit is enough where half is asked for."""
    line = Line("own", "g", "t", Figures(works=works), Target("≥ 50 %", least=0.5, against="limit"))

    verdict = judge(line, {"limit": Figures(works=100.0), "own": line.figures})

    assert verdict.met is met


def test_row_whose_limit_was_not_measured_is_neither_met_nor_missed():
    """Where SpiffWorkflow is not installed, the row says so instead of failing."""
    line = Line("own", "g", "t", Figures(works=1.0), Target("≥ 2x", least=2.0, against="peer"))

    verdict = judge(line, {"peer": Figures(note="not installed"), "own": line.figures})

    assert (verdict.reached, verdict.met) == (None, None)


def test_table_json_and_markdown_show_the_same_row():
    """A row's title, figures, ratio and verdict are in all three forms."""
    lines = [
        Line("limit", "SQLite", "raw", Figures(works=200.0, calls=1000.0)),
        Line("own", "SQLite", "W1", Figures(works=50.0, p50_ms=1.25), Target("≥ 50 %", least=0.5, against="limit")),
    ]

    text, markdown = as_text(lines), as_markdown(lines, {"cores": "2"})
    found = as_json(lines, {"machine": {"cores": "2"}})

    assert text.splitlines()[-1].split() == ["W1", "50", "1.25", "≥", "50", "%", "0.25x", "not", "met"]
    assert "| W1 | 50 |  | 1.25 |  |  |  | ≥ 50 % | 0.25x | not met |" in markdown
    assert found["rows"]["own"]["target"] == {"text": "≥ 50 %", "against": "limit", "reached": 0.25, "met": False}


def test_table_goes_between_the_marks_of_a_document(tmp_path):
    """What people wrote around the table stays; the last table goes."""
    document = tmp_path / "performance.md"
    begin, end = marks("bench")
    document.write_text(f"# Title\n\n{begin}\n\nold\n\n{end}\n\nEnd.\n", encoding="utf-8")

    write_between_marks(document, "| new |\n", "bench")

    assert document.read_text(encoding="utf-8") == f"# Title\n\n{begin}\n\n| new |\n\n{end}\n\nEnd.\n"


def test_recorded_rows_are_written_again_under_another_id():
    """Ids and times are those of the new instance; all else is what the product wrote."""
    change = Change(
        "history",
        {"root_id": "r" * 20, "version": 1},
        {"root_id": "r" * 20, "version": 1, "create_us": 1_700_000_000_000_000, "events": f'["{"r" * 20}-3"]'},
        inserted=True,
    )
    recording = Recording("r" * 20, "p" * 16, [Step("StartProcessInstance", "", b"", [change])])

    text = render(change, recording, lambda: "?")

    assert text.sql == "INSERT INTO history (root_id, version, create_us, events) VALUES (?, ?, ?, ?)"
    parameters = text.parameters(Identity("s" * 20, "q" * 16, 1_800_000_000_000_000))
    assert parameters == ["s" * 20, 1, 1_800_000_000_000_000, f'["{"s" * 20}-3"]']


def test_peers_are_no_dependencies():
    """Peers, and what draws the picture, are installed for a run, into environments of their own."""
    top = Path(__file__).resolve().parents[2]

    locked = "".join(path.read_text().lower() for path in (top / "pyproject.toml", top / "requirements" / "dev.lock"))

    assert [name for name in ("spiffworkflow", "dbos", "bpmn-engine", "matplotlib") if name in locked] == []
