"""Who does a task: BPMN's resource roles (BPMN 2.0.2, 10.3.1 and 10.3.4) in the words of the vocabulary.

Rule of this file: a performer is the assignee, potential owners are candidates. What a vendor's attribute says about
the same property goes first.

An expression of a potential owner lists names; ``user(kermit), group(management)`` says which is which. A bare name is
a group in Camunda 7, Flowable and Activiti, a user in jBPM. A resource named without an expression is a role.
"""

from __future__ import annotations

import re

from bpmgrpc.bpmn.model import Position, Text
from bpmgrpc.bpmn.names import TEXT
from bpmgrpc.bpmn.reading import Extensions, Reading, expression_language_of
from bpmgrpc.bpmn.xml import Element

__all__ = ["ROLES", "read_role"]

ROLES = frozenset({"performer", "humanPerformer", "potentialOwner", "resourceRole"})

_JBPM = "http://www.jboss.org/drools"
_NAMES = re.compile(r"\s*(?:(user|group)\(([^()]*)\)|([^,]+))")


def read_role(reading: Reading, element: Element, into: Extensions) -> None:
    """Reads a resource role of an activity.

    Args:
        reading: The file.
        element: The role.
        into: Receives ``assignee``, ``candidateUsers``, ``candidateGroups`` or ``candidateRoles``.
    """
    expression = _expression(element)
    if expression is not None:
        text = reading.text(expression, expression_language_of(expression.text))
        if element.name == "potentialOwner":
            _candidates(reading, text, into)
        else:
            into.properties.setdefault("assignee", text)
        return
    resource = reading.resolve(element.bpmn_text("resourceRef"), "resource")
    if resource is not None and element.name == "potentialOwner":
        _append(into, "candidateRoles", resource.get("name") or resource.get("id"), element.position)


def _expression(role: Element) -> Element | None:
    assignment = role.bpmn_child("resourceAssignmentExpression")
    if assignment is None:
        return None
    return next((child for child in assignment.children if child.text), None)


def _candidates(reading: Reading, text: Text, into: Extensions) -> None:
    is_jbpm = _JBPM in reading.document.namespaces.values()
    default = "candidateUsers" if is_jbpm else "candidateGroups"
    if text.language != TEXT and not text.value.startswith(("user(", "group(")):
        into.properties.setdefault(default, text)
        return
    names: dict[str, list[str]] = {}
    for match in _NAMES.finditer(text.value):
        word = {"user": "candidateUsers", "group": "candidateGroups"}.get(match[1], default)
        names.setdefault(word, []).append((match[2] or match[3] or "").strip())
    for word, found in names.items():
        _append(into, word, ",".join(name for name in found if name), text.position)


def _append(into: Extensions, word: str, names: str, position: Position) -> None:
    if not names:
        return
    known = into.properties.get(word)
    value = names if known is None else f"{known.value},{names}"
    into.properties[word] = Text(value, known.position if known else position, expression_language_of(value))
