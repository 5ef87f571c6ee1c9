"""References that lead nowhere and that execution does without: they are noted, so that nobody wonders.

Rule of this file: one table of the references and what they must name. What execution needs (the ends of sequence
flows, the messages, signals and errors of events, default flows, boundary events) is refused by the structural rules
and does not stand here. A reference with the prefix of another namespace leads into an imported file, which nobody
reads (BPMN 2.0.2, 8.1.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bpmgrpc.bpmn.names import is_activity
from bpmgrpc.bpmn.reading import Owner, Reading
from bpmgrpc.bpmn.xml import Element

__all__ = ["note_loose_references"]

_ENDS_OF_MESSAGES = "participant, activity or event"
# Element, reference (an attribute or a child element) and the BPMN names of what it may name.
_REFERENCES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("conversationNode", "participantRef"): ("participant",),
    ("correlationKey", "correlationPropertyRef"): ("correlationProperty",),
    ("correlationPropertyRetrievalExpression", "messageRef"): ("message",),
    ("dataObjectReference", "dataObjectRef"): ("dataObject",),
    ("globalConversation", "participantRef"): ("participant",),
    ("inputSet", "dataInputRefs"): ("dataInput",),
    ("message", "itemRef"): ("itemDefinition",),
    ("messageFlow", "messageRef"): ("message",),
    ("messageFlow", "sourceRef"): (_ENDS_OF_MESSAGES,),
    ("messageFlow", "targetRef"): (_ENDS_OF_MESSAGES,),
    ("operation", "errorRef"): ("error",),
    ("operation", "inMessageRef"): ("message",),
    ("operation", "outMessageRef"): ("message",),
    ("outputSet", "dataOutputRefs"): ("dataOutput",),
    ("participant", "interfaceRef"): ("interface",),
    ("participant", "processRef"): ("process",),
    ("partnerEntity", "participantRef"): ("participant",),
    ("partnerRole", "participantRef"): ("participant",),
    ("process", "definitionalCollaborationRef"): ("collaboration",),
    ("receiveTask", "operationRef"): ("operation",),
    ("sendTask", "operationRef"): ("operation",),
    ("serviceTask", "operationRef"): ("operation",),
}
_OWNERS: Mapping[str, tuple[str, ...]] = {
    element: tuple(name for owner, name in _REFERENCES if owner == element) for element, _ in _REFERENCES
}


def note_loose_references(reading: Reading) -> None:
    """Notes the references of a file that lead nowhere, or to something else than they may name.

    Args:
        reading: The file; receives the findings.
    """
    for element in reading.elements():
        for name in _OWNERS.get(element.name, ()):
            for value in _values(element, name):
                wanted = _REFERENCES[element.name, name]
                if value and not _is_elsewhere(reading, value) and not _leads_to(reading, value, wanted):
                    owner = Owner(element.name, element.get("id"), "", element.position)
                    reading.ignore(
                        owner, f"{name} names {value!r}, which is no {wanted[0]} of this file: it has no effect"
                    )


def _values(element: Element, name: str) -> Iterator[str]:
    yield element.get(name)
    for child in element.bpmn_children(name):
        yield child.text


def _is_elsewhere(reading: Reading, value: str) -> bool:
    namespaces = reading.document.namespaces
    prefix, colon, _ = value.partition(":")
    return bool(colon) and namespaces.get(prefix, "") != reading.document.root.get("targetNamespace")


def _leads_to(reading: Reading, value: str, wanted: tuple[str, ...]) -> bool:
    if wanted != (_ENDS_OF_MESSAGES,):
        return reading.resolve(value, *wanted) is not None
    found = reading.resolve(value)
    return found is not None and (
        found.name == "participant" or is_activity(found.name) or found.name.endswith("Event")
    )
