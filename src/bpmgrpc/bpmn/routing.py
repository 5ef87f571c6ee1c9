"""Routing policies of user tasks: ordered routes, each with conditions and people.

Rule of this file: a route that names nobody, or says something that is not understood, is refused; it would send tasks
to the wrong people without a word.
"""

from __future__ import annotations

from bpmgrpc.bpmn.model import Route
from bpmgrpc.bpmn.names import OWN
from bpmgrpc.bpmn.reading import Extensions, Owner, Reading, own_language
from bpmgrpc.bpmn.xml import Element

__all__ = ["PEOPLE", "own_route"]

PEOPLE = ("assignee", "candidateUsers", "candidateGroups", "candidateRoles", "workParty")
_MATCHES = ("all", "any")


def own_route(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    """Reads ``bpmgrpc:route``.

    Its people are attributes, the names in ``PEOPLE``. Its conditions are the attribute ``condition`` and the elements
    ``bpmgrpc:condition``; ``match`` says whether ``all`` of them (by default) or ``any`` has to be true. Without a
    condition it always fits.
    """
    if owner.type != "userTask":
        reading.refuse(owner, "bpmgrpc:route says who does a user task, and this is none", element.position)
        return
    known = {*PEOPLE, "condition", "match"}
    for key in element.attributes:
        if key not in known:
            position = reading.document.attribute_position(element, key)
            reading.refuse(owner, f"bpmgrpc:route has no attribute {key!r}", position)
    people = {
        name: reading.attribute(element, name, own_language(element.get(name))) for name in PEOPLE if element.get(name)
    }
    if not people:
        reading.refuse(owner, f"bpmgrpc:route names nobody: it needs one of {', '.join(PEOPLE)}", element.position)
    conditions = [reading.attribute(element, "condition")] if element.get("condition") else []
    for child in element.children:
        condition = reading.expression(child) if (child.namespace, child.name) == (OWN, "condition") else None
        if condition is None:
            reading.refuse(owner, f"bpmgrpc:route holds conditions, not {child.name!r} or empty ones", child.position)
        else:
            conditions.append(condition)
    match = element.get("match") or "all"
    if match not in _MATCHES:
        position = reading.document.attribute_position(element, "match")
        reading.refuse(owner, f"match of bpmgrpc:route has to be all or any, not {match[:80]!r}", position)
    into.routes.append(Route(tuple(conditions), match == "any", people, element.position))
