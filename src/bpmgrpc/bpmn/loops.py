"""Loop and multi-instance markers of activities (BPMN 2.0.2, 10.3.8) with their vendors' spellings.

Rule of this file: whatever way a collection is named, it comes out as ``texts["collection"]``, an expression; its item
as ``attributes["elementVariable"]``; what is collected as ``texts["outputElement"]`` into
``attributes["outputCollection"]``. A work party whose members are the collection is ``texts["workParty"]``.
"""

from __future__ import annotations

from bpmgrpc.bpmn.data import variable_name
from bpmgrpc.bpmn.events import read_event_definition
from bpmgrpc.bpmn.extensions import remark
from bpmgrpc.bpmn.model import EventDefinition, LoopCharacteristics, Text
from bpmgrpc.bpmn.names import BPMN, OWN
from bpmgrpc.bpmn.reading import Owner, Reading, expression_language_of, feel_or_text, own_language, variable
from bpmgrpc.bpmn.xml import Element

__all__ = ["read_loop"]

MEMBER = "member"  # variable of the instances of a loop over a work party, where the model names none
_ZEEBE = "http://camunda.org/schema/zeebe/1.0"
_JAVA = ("http://camunda.org/schema/1.0/bpmn", "http://flowable.org/bpmn", "http://activiti.org/bpmn")
_KNOWN = frozenset({(OWN, "workParty"), (_ZEEBE, "loopCharacteristics")}) | {
    (space, name) for space in _JAVA for name in ("collection", "elementVariable", "elementIndexVariable")
}
_EXPRESSIONS = frozenset({"loopCondition", "loopCardinality", "completionCondition"})
# Attributes of multiInstanceLoopCharacteristics that name the event thrown for none or one finished instance.
_BEHAVIOR_EVENTS = {"noneBehaviorEventRef": "none", "oneBehaviorEventRef": "one"}


def read_loop(reading: Reading, owner: Owner, element: Element) -> LoopCharacteristics:
    """Reads ``standardLoopCharacteristics`` or ``multiInstanceLoopCharacteristics``.

    Args:
        reading: The file.
        owner: The activity.
        element: The marker.

    Returns:
        The marker with its extensions translated.
    """
    texts: dict[str, Text] = {}
    attributes = {key: value for key, value in element.attributes.items() if "}" not in key and key != "id"}
    events: dict[str, EventDefinition] = {}
    for name, key in _BEHAVIOR_EVENTS.items():
        definition = reading.resolve(attributes.get(name, ""))
        if definition is not None and definition.name.endswith("EventDefinition"):
            events[key] = read_event_definition(reading, owner, definition)
    remark(reading, owner, element, _KNOWN)
    for child in element.children:
        if child.namespace == BPMN:
            _read_child(reading, owner, child, texts, attributes, events)
    # These engines count instances from 0, BPMN and Camunda 8 from 1.
    spaces = set(reading.document.namespaces.values())
    if spaces.intersection(_JAVA) and _ZEEBE not in spaces:
        attributes["countsFrom"] = "0"
    for space in _JAVA:
        _java(reading, element, space + "}", texts, attributes)
    party = element.attributes.get(f"{OWN}}}workParty")
    if party and element.name == "multiInstanceLoopCharacteristics":
        texts["workParty"] = reading.attribute(element, f"{OWN}}}workParty", own_language(party))
        attributes.setdefault("elementVariable", MEMBER)
    extension_elements = element.bpmn_child("extensionElements")
    for child in extension_elements.children if extension_elements is not None else ():
        if child.namespace == _ZEEBE and child.name == "loopCharacteristics":
            _zeebe(reading, child, texts, attributes)
        elif child.namespace in _JAVA and child.name == "collection":
            text = child.text or "".join(part.text for part in child.children)
            texts["collection"] = Text(text, child.position, expression_language_of(text))
    return LoopCharacteristics(element.name, texts, attributes, element.position, events)


def _read_child(
    reading: Reading,
    owner: Owner,
    child: Element,
    texts: dict[str, Text],
    attributes: dict[str, str],
    events: dict[str, EventDefinition],
) -> None:
    name = child.name
    if name in _EXPRESSIONS:
        remark(reading, owner, child)
        expression = reading.expression(child)
        if expression is not None:
            texts[name] = expression
    elif name == "loopDataInputRef":
        # BPMN: the id of a data input; Camunda 7 and Flowable: the name of a variable.
        texts["collection"] = variable(variable_name(reading, child.text) or child.text, child.position)
    elif name == "loopDataOutputRef":
        attributes["outputCollection"] = variable_name(reading, child.text) or child.text
    elif name == "inputDataItem":
        attributes["elementVariable"] = child.get("name") or child.get("id")
    elif name == "outputDataItem":
        texts["outputElement"] = variable(child.get("name") or child.get("id"), child.position)
    elif name == "complexBehaviorDefinition":
        condition, event = child.bpmn_child("condition"), child.bpmn_child("event")
        number = int(attributes.get("complexBehaviors", "0")) + 1
        attributes["complexBehaviors"] = str(number)
        key = f"complex.{number}"
        expression = None
        if condition is not None:
            remark(reading, owner, condition)
            expression = reading.expression(condition)
        if expression is not None:
            texts[key] = expression
        for definition in event.children if event is not None else ():
            if definition.name.endswith("EventDefinition"):
                events[key] = read_event_definition(reading, owner, definition)


def _java(reading: Reading, element: Element, space: str, texts: dict[str, Text], attributes: dict[str, str]) -> None:
    collection = element.attributes.get(space + "collection")
    if collection:
        key = space + "collection"
        is_expression = "${" in collection or "#{" in collection
        texts["collection"] = (
            reading.attribute(element, key, expression_language_of(collection))
            if is_expression
            else variable(collection, reading.document.attribute_position(element, key))
        )
    for name in ("elementVariable", "elementIndexVariable"):
        value = element.attributes.get(space + name)
        if value:
            attributes[name] = value


def _zeebe(reading: Reading, element: Element, texts: dict[str, Text], attributes: dict[str, str]) -> None:
    for name, key in (("inputCollection", "collection"), ("outputElement", "outputElement")):
        value = element.get(name)
        if value:
            texts[key] = reading.attribute(element, name, feel_or_text(value))
    for name, key in (("inputElement", "elementVariable"), ("outputCollection", "outputCollection")):
        if element.get(name):
            attributes[key] = element.get(name)
