"""The processes of the betsy suite give the traces that the suite expects, or are refused for an element that does
not run in this release; none runs wrongly.
"""

from __future__ import annotations

import pytest

from tests.conformance.betsy import Case, bench, cases, outcome
from tests.conformance.models import ABSENT, MODELS

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason=ABSENT)

CASES = list(cases(MODELS / "betsy")) if MODELS.is_dir() else []

# Runs whose expectation the suite's readers doubt, and that we read otherwise.
READ_OTHERWISE = {
    # An intermediate event fires once (BPMN 2.0.2, 13.5.2); the suite expects it to fire with each repeat of its cycle.
    "Timer_IntermediateTimeCycleEvent-1",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_betsy_run_gives_an_expected_trace_or_is_refused(case: Case, sqlite_url: str) -> None:
    """A run logs one of the expected multisets of labels, unless its model is refused with the reason."""
    async with bench(sqlite_url) as runtime:
        refusal = await runtime.deploy(case)
        if refusal is not None:
            assert "does not run in this release" in refusal or ["ERROR_deployment"] in case.traces
            return

        trace = await runtime.run(case)

        expected = "suspect" if case.id in READ_OTHERWISE else "passed"
        assert outcome(case, trace) == expected, f"logged {trace}, expected one of {case.traces}"
