"""References and attributes without effect on execution: noted where they say something that does not hold."""

from __future__ import annotations

import pytest

from tests.unit.bpmn.conftest import Bpmn

BODY = '<startEvent id="s"/><task id="a"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/>'


def noted(bpmn: Bpmn, roots: str = "", body: str = BODY, **options: str) -> list[tuple[str, str]]:
    """Returns what is said about a file, without what is said of every collaboration."""
    findings = bpmn.parse(body, roots=roots, **options).findings
    return [(found.element_type, found.reason) for found in findings if found.element_type != "collaboration"]


@pytest.mark.parametrize(
    ("roots", "element", "reason"),
    (
        ('<message id="m" itemRef="m"/>', "message", "itemRef names 'm', which is no itemDefinition of this file"),
        (
            '<collaboration><participant id="p" processRef="Q"/></collaboration>',
            "participant",
            "processRef names 'Q', which is no process of this file",
        ),
        (
            '<collaboration><participant id="p"/><messageFlow sourceRef="p" targetRef="f"/></collaboration>',
            "messageFlow",
            "targetRef names 'f', which is no participant, activity or event of this file",
        ),
        (
            '<partnerRole id="r"><participantRef>a</participantRef></partnerRole>',
            "partnerRole",
            "participantRef names 'a', which is no participant of this file",
        ),
    ),
)
def test_reference_that_leads_nowhere_is_noted(bpmn: Bpmn, roots: str, element: str, reason: str) -> None:
    """A reference names an element of the file, and of the right kind, or has no effect."""
    assert noted(bpmn, roots) == [(element, f"{reason}: it has no effect")]


@pytest.mark.parametrize(
    "roots",
    (
        '<itemDefinition id="i"/><message id="m" itemRef="i"/>',
        '<message id="m" itemRef="xsd:string"/>',
        '<collaboration><participant id="p"/><messageFlow sourceRef="p" targetRef="a"/></collaboration>',
        '<collaboration><participant id="p"/><messageFlow sourceRef="s" targetRef="p"/></collaboration>',
    ),
    ids=("found", "imported", "to an activity", "from an event"),
)
def test_reference_that_leads_somewhere_is_not_mentioned(bpmn: Bpmn, roots: str) -> None:
    """What is found, or lies in an imported file, is in order."""
    assert noted(bpmn, roots) == []


def test_flow_that_need_not_be_immediate_is_noted(bpmn: Bpmn) -> None:
    """A flow with isImmediate false would allow work that the model does not show: here every flow is taken at once."""
    body = BODY.replace('id="f"', 'id="f" isImmediate="false"')

    assert noted(bpmn, body=body) == [
        ("sequenceFlow", "isImmediate is not obeyed: a flow is taken at once (BPMN 2.0.2, 8.4.13)")
    ]
    assert noted(bpmn, body=body.replace("false", "true")) == []


def test_public_process_that_is_executable_is_noted(bpmn: Bpmn) -> None:
    """A public process shows what others may see and is not run; isExecutable has the last word."""
    reason = "processType Public is not obeyed: isExecutable says that it runs (BPMN 2.0.2, 10.2)"

    assert noted(bpmn, process='processType="Public" isExecutable="true"') == [("process", reason)]
    assert noted(bpmn, process='processType="Public"') == []
