"""What the references of events and tasks lead to: names and codes instead of ids.

Rule of this file: a reference that leads nowhere leaves its attribute without the name that belongs to it; the
structural rules (``validation``) see that and refuse. One exception: an ``errorRef`` without error element is the error
code itself, as Activiti and Flowable document it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bpmgrpc.bpmn.model import Text
from bpmgrpc.bpmn.reading import Owner, Reading, feel_or_text
from bpmgrpc.bpmn.xml import Element

__all__ = ["REFERENCES", "Reference", "resolve_references"]

_ZEEBE = "http://camunda.org/schema/zeebe/1.0"


@dataclass(frozen=True, slots=True)
class Reference:
    """A referencing attribute.

    Attributes:
        target: BPMN name of the element that it must name.
        results: Attributes that come out: the first of the target's attributes that has a value; in the end its id.
    """

    target: str
    results: Mapping[str, tuple[str, ...]]


REFERENCES: Mapping[str, Reference] = {
    "messageRef": Reference("message", {"messageName": ("name",)}),
    "signalRef": Reference("signal", {"signalName": ("name",)}),
    "errorRef": Reference("error", {"errorCode": ("errorCode", "name"), "errorName": ("name",)}),
    "escalationRef": Reference(
        "escalation", {"escalationCode": ("escalationCode", "name"), "escalationName": ("name",)}
    ),
    "operationRef": Reference("operation", {"operationName": ("name",)}),
}


def resolve_references(
    reading: Reading, owner: Owner, attributes: dict[str, str], texts: dict[str, Text] | None = None
) -> None:
    """Adds to attributes what their references lead to.

    Args:
        reading: The file.
        owner: Whom findings are about.
        attributes: Attributes of an event definition or a task; changed in place.
        texts: Receives a message's ``correlationKey``, where it declares one.
    """
    for name, reference in REFERENCES.items():
        value = attributes.get(name)
        if not value:
            continue
        target = reading.resolve(value, reference.target)
        if target is not None:
            for result, sources in reference.results.items():
                named = next((target.get(source) for source in sources if target.get(source)), target.get("id"))
                attributes.setdefault(result, named)
            if texts is not None and name == "messageRef":
                _correlation_key(reading, target, texts)
        elif name == "errorRef":
            attributes["errorCode"] = attributes["errorName"] = reading.local(value)
            reading.ignore(owner, f"the file has no error {value!r}: this is taken as the error code")


def _correlation_key(reading: Reading, message: Element, texts: dict[str, Text]) -> None:
    extension_elements = message.bpmn_child("extensionElements")
    if extension_elements is None:
        return
    for child in extension_elements.children:
        key = child.get("correlationKey")
        if child.namespace == _ZEEBE and child.name == "subscription" and key:
            texts["correlationKey"] = reading.attribute(child, "correlationKey", feel_or_text(key))
