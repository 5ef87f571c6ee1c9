"""The processes of the betsy suite give the traces that the suite expects, or are refused for an element that does
not run in this release; none runs wrongly.
"""

from __future__ import annotations

import pytest

from tests.conformance.betsy import Case, Outcome, Result, cases, judge, run_case
from tests.conformance.models import ABSENT, MODELS
from tests.conformance.readings import READINGS
from tests.conformance.report import complaints, suspect_table

needs_models = pytest.mark.skipif(not MODELS.is_dir(), reason=ABSENT)

CASES = list(cases(MODELS / "betsy")) if MODELS.is_dir() else []


@needs_models
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_betsy_run_gives_an_expected_trace_or_is_refused(case: Case, sqlite_url: str) -> None:
    """A run logs one of the expected multisets of labels, unless an element of its model is not run yet."""
    result = await run_case(case, sqlite_url)

    assert result.outcome is not Outcome.FAILED, f"logged {result.found}, expected one of {case.traces}"


@needs_models
def test_each_doubted_process_has_our_reading() -> None:
    """Every suspect process of the suite, and no other, has our reading of the standard."""
    assert {case.process for case in CASES if case.suspect} == set(READINGS)


def example(process: str = "Loop_Task", *, suspect: bool = False) -> Case:
    """Makes a run that expects one label."""
    return Case(f"{process}-1", process, "activities", MODELS, process, [], 0, [["SCRIPT_task1"]], suspect)


def test_order_does_not_count_and_repetition_does() -> None:
    """A trace is a multiset: one label more is a failure."""
    case = example()

    assert judge(case, None, ["SCRIPT_task1"]).outcome is Outcome.PASSED
    assert judge(case, None, ["SCRIPT_task1", "SCRIPT_task1"]).outcome is Outcome.FAILED


def test_refusal_for_want_of_an_element_is_no_pass() -> None:
    """Where a refused deployment is expected, one that only says that an element is not run yet does not count."""
    case = Case("a-1", "a", "errors", MODELS, "a", [], 0, [["ERROR_deployment"]], suspect=False)

    assert judge(case, "loopMaximum must not be negative", None).outcome is Outcome.PASSED
    assert judge(case, "a loop does not run in this release", None).outcome is Outcome.REFUSED


def test_suspect_run_passes_by_our_reading() -> None:
    """A doubted run passes by the suite or by our reading, and is shown with the reading's sentence."""
    case = example("Timer_IntermediateTimeCycleEvent", suspect=True)
    case.traces[:] = [["SCRIPT_task1", "SCRIPT_task1"]]

    result = judge(case, None, ["SCRIPT_task1"])

    assert result.outcome is Outcome.AS_WE_READ
    assert READINGS[case.process].sentence in suspect_table([result])


def test_known_open_list_only_shrinks() -> None:
    """An unlisted failure is a complaint, and so is a listed process that passes or that nobody has."""
    passed = Result(example("A"), Outcome.PASSED, "SCRIPT_task1")
    failed = Result(example("B"), Outcome.FAILED, "nothing logged")

    assert complaints([passed, failed], frozenset({"B"})) == []
    assert len(complaints([passed, failed], frozenset())) == 1
    assert complaints([passed, failed], frozenset({"A", "B"})) == ["A passes: strike it from known_open.txt"]
    assert complaints([passed, failed], frozenset({"B", "C"})) == ["C is in known_open.txt and not in the suite"]
