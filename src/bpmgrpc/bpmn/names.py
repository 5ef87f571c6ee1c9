"""Names of BPMN 2.0 and of its neighbours that more than one module of this package needs.

Rule of this file: constants only.
"""

from __future__ import annotations

__all__ = [
    "ACTIVITY_TYPES",
    "BPMN",
    "CONTAINER_TYPES",
    "DESIGN_NAMESPACES",
    "DIAGRAM_NAMESPACES",
    "FEEL",
    "GATEWAY_TYPES",
    "GLOBAL_TASKS",
    "JUEL",
    "OWN",
    "TEXT",
    "is_activity",
    "is_true",
]

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
OWN = "https://bpmgrpc.dev/schema/1.0"

# Diagram interchange (BPMN 2.0.2, 12): where things are drawn.
DIAGRAM_NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/BPMN/20100524/DI",
        "http://www.omg.org/spec/DD/20100524/DC",
        "http://www.omg.org/spec/DD/20100524/DI",
    }
)

# Extensions for whoever draws, documents or simulates a model. They have no effect on execution in the products that
# write them, so no finding is made of them.
DESIGN_NAMESPACES = frozenset(
    {
        "http://activiti.com/modeler",
        "http://bpmn.io/schema/bpmn/biocolor/1.0",
        "http://bpmn.sourceforge.net",
        "http://camunda.org/schema/modeler/1.0",
        "http://flowable.org/modeler",
        "http://www.bpsim.org/schemas/1.0",
        "http://www.bpsim.org/schemas/2.0",
        "http://www.itp-commerce.com/BPMN2.0",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
        "http://www.omg.org/spec/BPMN/non-normative/extensions/i18n/1.0",
        "http://www.signavio.com",
        "http://www.w3.org/2001/XMLSchema-instance",
        "http://www.w3.org/XML/1998/namespace",
        "http://www.w4.eu/spec/BPMN/20110701/MODEL",
        "http://www.w4.eu/spec/BPMN/20110930/GRAPH",
    }
)

# Values of ``Text.language`` for texts of vendors' extensions, where the vendor's own rules and not the file's
# expressionLanguage say how to read them.
FEEL = "feel"  # begins with "=", which is not part of the expression
JUEL = "juel"  # holds ${…} or #{…}
TEXT = "text"  # a constant

# Elements that hold flow nodes of their own.
CONTAINER_TYPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})

# Global tasks (BPMN 2.0.2, 10.3.7): the task that stands for them inside of a process.
GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}

GATEWAY_TYPES = frozenset(
    {
        "exclusiveGateway",
        "inclusiveGateway",
        "parallelGateway",
        "complexGateway",
        "eventBasedGateway",
    }
)

ACTIVITY_TYPES = CONTAINER_TYPES | {"callActivity", "task"}


def is_activity(type: str) -> bool:
    """Returns whether an element of this type is an activity: a task, a sub-process or a call activity (10.3)."""
    return type in ACTIVITY_TYPES or type.endswith("Task")


def is_true(value: str | None, *, default: bool = False) -> bool:
    """Returns the value of an attribute of XML Schema's type boolean, where "1" is true and "0" false too."""
    return default if value is None else value.strip() in {"true", "1"}
