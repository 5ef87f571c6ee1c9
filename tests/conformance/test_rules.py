"""Files that break one rule of the standard each get the verdict that the document promises; valid ones pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bpmgrpc.bpmn.model import Verdict
from tests.conformance.betsy import NOT_YET
from tests.conformance.models import ABSENT, MODELS
from tests.conformance.rule_pairs import PAIRS, Pair, file_of
from tests.conformance.rule_verdicts import findings, verdict
from tests.conformance.rules import RULES, RuleVerdict, document

needs_models = pytest.mark.skipif(not MODELS.is_dir(), reason=ABSENT)
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "bpmn-rules.md"

# Of the valid models: processes whose quantity of nought betsy itself wants refused.
REFUSED_PROCESSES = {"Token_StartQuantity_Zero", "Token_CompletionQuantity_Zero"}


def cases(kind: str) -> list[dict[str, Any]]:
    """Reads the suite's processes, or its files that break rules."""
    if not MODELS.is_dir():
        return []
    found: list[dict[str, Any]] = json.loads((MODELS / "betsy" / "cases.json").read_text("utf-8"))[kind]
    return found


def test_document_is_up_to_date() -> None:
    """The document is what the table says: ``python -m tests.conformance.rules > docs/bpmn-rules.md``."""
    assert DOCUMENT.read_text("utf-8") == document()


@needs_models
def test_every_rule_has_a_row() -> None:
    """Each rule that a file breaks stands in the table, once."""
    rules = [rule.id for rule in RULES]

    assert sorted(set(rules)) == sorted(rules)
    assert set(rules) == {case["constraint"] for case in cases("constraints")}


@needs_models
@pytest.mark.parametrize("case", cases("constraints"), ids=lambda case: case["id"])
def test_file_that_breaks_a_rule_gets_the_verdict_of_its_row(case: dict[str, Any]) -> None:
    """The verdict is the one that the document promises."""
    rule = next(rule for rule in RULES if rule.id == case["constraint"])
    number = case["id"].partition("_")[2]
    exceptions = [found for key, found in rule.but.items() if number == key or (number.startswith(key) and "_" in key)]
    expected = exceptions[0] if exceptions else rule.verdict

    said = findings(case["id"], (MODELS / "betsy" / case["file"]).read_bytes())

    if expected is RuleVerdict.REFUSE and any(NOT_YET in found.reason for found in said):
        return  # refused already for an element whose expressions nobody reads
    assert verdict(rule.id, said) is expected, said


@needs_models
@pytest.mark.parametrize("case", cases("processes"), ids=lambda case: case["id"])
def test_valid_process_is_not_refused(case: dict[str, Any]) -> None:
    """Processes that are made to run are refused for no rule, so refusing everything would not pass."""
    said = findings(case["id"], (MODELS / "betsy" / case["file"]).read_bytes())
    refused = [found for found in said if found.verdict is Verdict.REFUSED and NOT_YET not in found.reason]

    # One condition has a stray sign: the suite's readers call it a bug of the model.
    broken = case["suspect"] is not None and case["suspect"]["kind"] == "model-bug"
    assert bool(refused) is (case["id"] in REFUSED_PROCESSES) or broken, refused


def test_each_refused_rule_has_a_pair() -> None:
    """For every refused rule there is a small model that keeps it and one that breaks it."""
    assert set(PAIRS) == {rule.id for rule in RULES if rule.verdict is RuleVerdict.REFUSE}


@pytest.mark.parametrize("rule", PAIRS)
def test_rule_tells_the_valid_model_from_the_broken_one(rule: str) -> None:
    """The model that keeps the rule is not refused; the one that breaks it is, with a clause of the standard."""
    pair: Pair = PAIRS[rule]

    kept = [found for found in findings("kept", file_of(pair.kept)) if found.verdict is Verdict.REFUSED]
    broken = [found for found in findings("broken", file_of(pair.broken)) if found.verdict is Verdict.REFUSED]

    assert [found for found in kept if NOT_YET not in found.reason] == []
    assert [found for found in broken if NOT_YET not in found.reason] != []
