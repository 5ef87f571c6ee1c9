"""Expressions give what the specifications say; the FEEL cases of the DMN TCK are counted."""

from __future__ import annotations

import pytest

from bpmgrpc.engine.expressions.budget import MAX_STEPS
from tests.conformance.expression_table import Row, expected, outcome, rows
from tests.conformance.hostile import COSTLY, NESTED, REACHING, stop
from tests.conformance.models import ABSENT, MODELS
from tests.conformance.tck import evaluate, feel_cases, is_right

ROWS = list(rows())
RIGHT_OF_TCK = 2853  # at least: the count must not fall


def test_table_is_long_enough() -> None:
    """The table holds more than three hundred expressions, each once, and names a clause for each."""
    assert len(ROWS) > 300
    assert len({(row.language, row.text, str(row.variables)) for row in ROWS}) == len(ROWS)
    assert all(row.clause for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.language}:{row.line}")
def test_expression_gives_what_its_specification_says(row: Row) -> None:
    """Value and type are those that the clause asks for."""
    found, wanted = outcome(row), expected(row)

    assert found == wanted, row
    assert isinstance(found, bool) is isinstance(wanted, bool), row


@pytest.mark.skipif(not MODELS.is_dir(), reason=ABSENT)
def test_literal_feel_cases_of_the_tck_are_right() -> None:
    """No case of the TCK that was right becomes wrong unnoticed."""
    right = [case.id for case in feel_cases(MODELS / "dmn-tck") if is_right(evaluate(case), case.expected)]

    assert len(right) >= RIGHT_OF_TCK


@pytest.mark.parametrize("text", COSTLY, ids=lambda text: text[:50])
def test_costly_expression_is_stopped_by_its_budget(text: str) -> None:
    """What would not end is stopped, and was charged no more than the budget before its last part was asked for."""
    stopped = stop(text)

    assert stopped.by == "budget", stopped
    assert stopped.steps >= 0


@pytest.mark.parametrize("text", NESTED, ids=lambda text: f"{text[:30]}…{len(text)}")
def test_nested_expression_is_stopped_before_it_runs(text: str) -> None:
    """Depth and length are refused by the reader, or cost nothing that a budget would not stop."""
    stopped = stop(text)

    assert stopped.by in ("reader", "budget") or stopped.value is None, stopped
    assert stopped.steps <= MAX_STEPS


@pytest.mark.parametrize("text", REACHING)
def test_expression_does_not_reach_the_host(text: str) -> None:
    """Names of the host mean nothing: an error, or FEEL's null, and never a value."""
    stopped = stop(text)

    assert stopped.by in ("reader", "error") or (stopped.by == "value" and stopped.value is None), stopped
