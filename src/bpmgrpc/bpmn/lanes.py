"""What a lane says about the user tasks in it, beside its name: their assignment strategy.

Rule of this file: a task that says how it is assigned, or to whom, is not overruled by its lane; an inner lane that
says something is not overruled by the one around it.
"""

from __future__ import annotations

from bpmgrpc.bpmn.model import Text
from bpmgrpc.bpmn.names import OWN
from bpmgrpc.bpmn.reading import Extensions, Owner, Reading, own_language
from bpmgrpc.bpmn.xml import Element

__all__ = ["ASSIGNMENT_WORDS", "inherit_assignment", "read_lane"]

ASSIGNMENT_WORDS = ("assignment", "assignmentLimit", "assignmentOrder", "assignmentJobType")


def read_lane(reading: Reading, owner: Owner, lane: Element) -> dict[str, Text]:
    """Returns a lane's own properties; what has no meaning for a lane is refused, since a modeler counts on it."""
    properties = {}
    for key, value in lane.attributes.items():
        namespace, _, word = key.rpartition("}")
        if namespace != OWN or not value:
            continue
        if word in ASSIGNMENT_WORDS:
            properties[word] = reading.attribute(lane, key, own_language(value))
        else:
            position = reading.document.attribute_position(lane, key)
            reading.refuse(owner, f"a lane has no bpmgrpc:{word}, only {', '.join(ASSIGNMENT_WORDS)}", position)
    return properties


def inherit_assignment(lane: dict[str, Text] | None, task: Extensions) -> None:
    """Gives a user task the strategy of its lane, where it has none of its own and no assignee."""
    if lane and "assignment" not in task.properties and "assignee" not in task.properties:
        task.properties.update({**lane, **{word: task.properties[word] for word in lane if word in task.properties}})
