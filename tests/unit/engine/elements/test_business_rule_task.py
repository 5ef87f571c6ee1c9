"""Business rule task (BPMN 2.0.2, 10.3.3)."""

from __future__ import annotations

from tests.support.harness import bpmn, flows


def test_business_rule_task_is_served_by_a_worker(harness):
    """A worker evaluates the rules and gives the result back."""
    h = harness(bpmn('<startEvent id="s"/><businessRuleTask id="w" bpmgrpc:jobType="rate"/>' + flows("s -> w")))

    h.start(age=20)
    type_ = h.job("w").type
    h.complete_job("w", rate=3)

    assert type_ == "rate"
    assert h.variables() == {"age": 20, "rate": 3}


def test_business_rule_task_names_its_decision(harness):
    """The worker is told which decision is meant."""
    task = '<businessRuleTask id="w" bpmgrpc:jobType="rate" bpmgrpc:decisionId="Rates"/>'
    h = harness(bpmn(task))

    h.start()

    assert h.job("w").headers == {"decisionId": "Rates"}
