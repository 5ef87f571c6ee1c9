"""Event definitions (BPMN 2.0.2, 10.5.5).

Rule of this file: generic over the kind of definition: its expressions are texts, its attributes and references
attributes, by their BPMN names. What a kind needs is checked elsewhere.
"""

from __future__ import annotations

from bpmgrpc.bpmn.extensions import remark, translate
from bpmgrpc.bpmn.model import EventDefinition, Text
from bpmgrpc.bpmn.names import BPMN
from bpmgrpc.bpmn.reading import Extensions, Owner, Reading
from bpmgrpc.bpmn.references import resolve_references
from bpmgrpc.bpmn.xml import Element

__all__ = ["is_event_definition", "read_event_definition"]


def is_event_definition(element: Element) -> bool:
    """Returns whether an element is an event definition, or refers to one."""
    return element.name.endswith("EventDefinition") or element.name == "eventDefinitionRef"


def read_event_definition(
    reading: Reading, owner: Owner, element: Element, extensions: Extensions | None = None
) -> EventDefinition:
    """Reads an event definition, or the one that an ``eventDefinitionRef`` names.

    Args:
        reading: The file.
        owner: The event.
        element: The definition or the reference.
        extensions: Receives what the definition's extensions say about the event.

    Returns:
        The definition. A reference that leads to none keeps the type "eventDefinitionRef".
    """
    if element.name == "eventDefinitionRef":
        target = reading.resolve(element.text)
        if target is None or not target.name.endswith("EventDefinition"):
            return EventDefinition("eventDefinitionRef", attributes={"ref": element.text}, position=element.position)
        element = target
    if extensions is not None:
        translate(reading, owner, element, extensions)
    texts: dict[str, Text] = {}
    attributes = {key: value for key, value in element.attributes.items() if "}" not in key and key != "id"}
    if element.name == "linkEventDefinition" and "name" in attributes:
        attributes["linkName"] = attributes.pop("name")
    for child in element.children:
        if child.namespace != BPMN or child.name in {"documentation", "extensionElements"}:
            continue
        if child.name.endswith("Ref") or child.name in {"source", "target"}:
            attributes.setdefault(child.name, child.text)
            continue
        remark(reading, owner, child)
        expression = reading.expression(child)
        if expression is not None:
            texts[child.name] = expression
    if "activityRef" in attributes:
        attributes["activityRef"] = reading.local(attributes["activityRef"])
    resolve_references(reading, owner, attributes, texts)
    return EventDefinition(element.name, element.get("id"), texts, attributes, element.position)
