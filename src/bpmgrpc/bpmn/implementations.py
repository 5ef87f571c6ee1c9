"""Which job does the work of an activity that a vendor's engine would do itself.

Rule of this file: nothing of a model runs inside of the server, so a class, a delegate, a method or a rule group
becomes the type of a job, and a finding says that a worker serves it.
"""

from __future__ import annotations

from bpmgrpc.bpmn.model import Text
from bpmgrpc.bpmn.names import TEXT
from bpmgrpc.bpmn.reading import Extensions, Owner, Reading, expression_language_of
from bpmgrpc.bpmn.xml import Element

__all__ = ["read_implementation"]

# Namespace with its separator, and its prefix in findings.
_JAVA = {
    "http://camunda.org/schema/1.0/bpmn}": "camunda",
    "http://flowable.org/bpmn}": "flowable",
    "http://activiti.org/bpmn}": "activiti",
}
_DROOLS = "http://www.jboss.org/drools}"


def read_implementation(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    """Reads the implementation that an activity's or event definition's attributes name.

    Args:
        reading: The file; findings go there.
        owner: Whom findings are about.
        element: The activity or event definition.
        into: Receives ``jobType``; for jBPM's work items, the type "serviceTask".
    """
    for space, prefix in _JAVA.items():
        _java_implementation(reading, owner, element, space, prefix, into)
    _drools_implementation(reading, owner, element, into)


def _java_implementation(
    reading: Reading, owner: Owner, element: Element, space: str, prefix: str, into: Extensions
) -> None:
    attributes = element.attributes
    topic = attributes.get(space + "topic")
    if topic:
        text = reading.attribute(element, space + "topic", expression_language_of(topic))
        into.properties.setdefault("jobType", text)
        return
    for name in ("class", "delegateExpression", "expression", "type"):
        value = attributes.get(space + name)
        if not value or (name == "type" and value == "external"):
            continue
        # "${transferDelegate}" names the job "transferDelegate": a type is a name, not an expression.
        job_type = value[2:-1].strip() if value[:2] in {"${", "#{"} and value[-1:] == "}" else value
        position = reading.document.attribute_position(element, space + name)
        into.properties.setdefault("jobType", Text(job_type, position, TEXT))
        reason = f"{prefix}:{name} is not run here: a worker for jobs of type {job_type!r} does it"
        reading.ignore(owner, reason, position)
        return


def _drools_implementation(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    attributes = element.attributes
    interface, operation = attributes.get(_DROOLS + "serviceinterface"), attributes.get(_DROOLS + "serviceoperation")
    if interface and operation:
        position = reading.document.attribute_position(element, _DROOLS + "serviceinterface")
        into.properties.setdefault("jobType", Text(f"{interface}.{operation}", position, TEXT))
    for name in ("taskName", "ruleFlowGroup"):
        value = attributes.get(_DROOLS + name)
        if value:
            into.properties.setdefault("jobType", reading.attribute(element, _DROOLS + name, TEXT))
            if element.name == "task":
                # jBPM's work items are abstract tasks with a name; as such they would be passed through at once.
                into.type = "serviceTask"
            reading.ignore(owner, f"drools:{name} is not run here: a worker for jobs of type {value!r} does it")
