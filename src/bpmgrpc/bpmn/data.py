"""Data of BPMN (2.0.2, 10.4) as variables.

Rule of this file: every item-aware element (data object, property, data input, data output) is a variable; its name is
the variable's name, where it has none its id. A data object reference is its data object. So a data association is an
input or output mapping:

=====================================  ============================================
association                            mapping
=====================================  ============================================
one ``sourceRef``, nothing else        the source's variable becomes the target's
``transformation``                     its value becomes the target; also one in DMN's box
``assignment``                         ``from``'s value becomes what ``to`` names
=====================================  ============================================

Business objects are the data objects and properties of a process whose item definitions say what they are, and item
definitions that declare ``bpmgrpc:field`` elements themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import unescape

from bpmgrpc.bpmn.mappings import as_expression
from bpmgrpc.bpmn.model import BusinessObjectField, Text, VariableMapping
from bpmgrpc.bpmn.names import FEEL, OWN, is_true
from bpmgrpc.bpmn.reading import Extensions, Owner, Reading, expression_language_of, variable
from bpmgrpc.bpmn.xml import Element

__all__ = ["data_objects_of", "read_association", "read_business_objects", "variable_name"]

_ITEM_AWARE = frozenset(
    {
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "dataStore",
        "property",
        "dataInput",
        "dataOutput",
        "inputDataItem",
        "outputDataItem",
    }
)

_JBPM = "http://www.jboss.org/drools"
# Data inputs by which jBPM parametrises a user task; constants assigned to them are properties of the task.
_JBPM_INPUTS: Mapping[str, str] = {
    "ActorId": "candidateUsers",
    "GroupId": "candidateGroups",
    "BusinessAdministratorId": "owner",
    "Priority": "priority",
    "TaskName": "formKey",
    "DueDate": "dueDate",
}
# jBPM writes these on every user task; they carry nothing that is used here.
_JBPM_NOISE = frozenset({"Skippable", "Comment", "Description", "Content", "CreatedBy", "Locale", "NotStartedReassign"})

# Type names of XML Schema, Java, FEEL and of the old product, lower case, without prefix and package.
_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("string", "normalizedstring", "token", "anyuri", "text", "id", "char", "character"), "string"),
    **dict.fromkeys(("int", "integer", "long", "short", "byte", "biginteger", "nonnegativeinteger"), "integer"),
    **dict.fromkeys(("positiveinteger", "unsignedint", "unsignedlong"), "integer"),
    **dict.fromkeys(("decimal", "double", "float", "number", "bigdecimal"), "decimal"),
    **dict.fromkeys(("boolean", "bool"), "boolean"),
    **dict.fromkeys(("date", "localdate", "datetime", "localdatetime", "timestamp", "instant"), "date"),
    **dict.fromkeys(("time", "localtime"), "time"),
}
# <literalExpression><text>…</text></literalExpression> of DMN, written as a text within the transformation.
_BOXED = re.compile(
    r"<(?P<prefix>(?:[\w.-]+:)?)literalExpression(?:\s[^>]*)?>\s*<(?P=prefix)text>(?P<text>[^<]*)</(?P=prefix)text>\s*"
    r"</(?P=prefix)literalExpression>"
)
_MAX_FIELD_DEPTH = 20
_MAX_FIELDS = 10_000  # of one process: structures that hold structures multiply


def variable_name(reading: Reading, reference: str) -> str | None:
    """Returns the name of the variable that an item-aware element stands for.

    Args:
        reading: The file.
        reference: Reference to the element.

    Returns:
        The name; None where the reference leads to no item-aware element.
    """
    element = reading.resolve(reference)
    if element is None or element.name not in _ITEM_AWARE:
        return None
    referenced = element.get("dataObjectRef") or element.get("dataStoreRef")
    if referenced:
        # The name of a reference shows the state too: "Order [paid]" (BPMN 2.0.2, 10.4.1).
        target = reading.resolve(referenced)
        name = "" if target is None else target.get("name")
        return name or element.get("name").partition("[")[0].strip() or referenced
    return element.get("name") or element.get("id")


def read_association(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    """Reads a ``dataInputAssociation`` or ``dataOutputAssociation`` of an activity or event.

    Args:
        reading: The file.
        owner: The activity or event.
        element: The association.
        into: Receives mappings; for jBPM's user tasks, properties.
    """
    mappings = into.inputs if element.name == "dataInputAssociation" else into.outputs
    target_id = element.bpmn_text("targetRef")
    target = variable_name(reading, target_id)
    assignments = list(element.bpmn_children("assignment"))
    sources = [source.text for source in element.bpmn_children("sourceRef")]
    if target is None and not assignments:
        reading.ignore(owner, f"data association to {target_id!r}, which names no data: not copied", element.position)
        return
    is_jbpm = _JBPM in reading.document.namespaces.values()
    if is_jbpm and owner.type == "userTask" and target in _JBPM_NOISE and element.name == "dataInputAssociation":
        return
    if assignments:
        for assignment in assignments:
            _read_assignment(reading, owner, assignment, target_id, target, mappings, into)
        return
    transformation = element.bpmn_child("transformation")
    if transformation is not None and transformation.text and target is not None:
        mappings.append(VariableMapping(_transformed(reading, transformation), target))
        return
    source = variable_name(reading, sources[0]) if len(sources) == 1 else None
    if source is None or target is None:
        what = f"{len(sources)} sources and no transformation" if len(sources) != 1 else f"source {sources[0]!r}"
        reading.ignore(owner, f"data association with {what}: not copied", element.position)
        return
    mappings.append(VariableMapping(variable(source, element.position), target))


def _transformed(reading: Reading, transformation: Element) -> Text:
    """Reads a transformation: an expression, or one in the box that DMN draws around it (DMN 1.5, 10.2.1.1)."""
    text = reading.text(transformation)
    boxed = _BOXED.fullmatch(text.value.strip())
    return as_expression(text) if boxed is None else Text(f"={unescape(boxed['text'])}", text.position, FEEL)


def _read_assignment(
    reading: Reading,
    owner: Owner,
    assignment: Element,
    target_id: str,
    target: str | None,
    mappings: list[VariableMapping],
    into: Extensions,
) -> None:
    source, to = assignment.bpmn_child("from"), assignment.bpmn_child("to")
    path = "" if to is None else _unwrap(to.text)
    path = variable_name(reading, path) or ("" if path == target_id else path) or target or ""
    if source is None or not path:
        reading.ignore(owner, "assignment without from or to: nothing is assigned", assignment.position)
        return
    is_jbpm = _JBPM in reading.document.namespaces.values()
    text = reading.text(source)
    if is_jbpm:
        # jBPM reads a plain text as a constant.
        text = Text(text.value, text.position, expression_language_of(text.value))
        word = _JBPM_INPUTS.get(path) if owner.type == "userTask" else None
        if word is not None:
            if text.value:
                into.properties.setdefault(word, text)
            return
        if owner.type == "userTask" and path in _JBPM_NOISE:
            return
    elif text.value:
        named = variable_name(reading, text.value)
        text = as_expression(text) if named is None else variable(named, text.position)
    mappings.append(VariableMapping(text, path))


def _unwrap(text: str) -> str:
    return text[2:-1].strip() if text[:2] in {"${", "#{"} and text[-1:] == "}" else text.removeprefix("=").strip()


def data_objects_of(element: Element) -> tuple[str, ...]:
    """Returns the names of the data objects and properties that stand directly in a process or sub-process."""
    found = (element.bpmn_children("dataObject"), element.bpmn_children("property"))
    return tuple(data.get("name") or data.get("id") for children in found for data in children)


def read_business_objects(reading: Reading, process: Element) -> tuple[BusinessObjectField, ...]:
    """Reads the business objects that a file declares for a process.

    Args:
        reading: The file.
        process: The process.

    Returns:
        Its data objects and properties with an item definition, then item definitions with fields of their own; one of
        each name.
    """
    return _BusinessObjects(reading).read(process)


class _BusinessObjects:
    """Reads structures, counting fields."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._count = 0

    def read(self, process: Element) -> tuple[BusinessObjectField, ...]:
        found: dict[str, BusinessObjectField] = {}
        used: set[str] = set()
        for element in process.children:
            if element.name not in {"dataObject", "property"} or not element.get("itemSubjectRef"):
                continue
            reference = element.get("itemSubjectRef")
            item = self._reading.resolve(reference, "itemDefinition")
            if item is not None:
                used.add(item.get("id"))
            name = element.get("name") or element.get("id")
            is_list = is_true(element.get("isCollection")) or (item is not None and is_true(item.get("isCollection")))
            type, fields = (_type(reference), ()) if item is None else self._structure(item, 0)
            if name:
                found.setdefault(name, BusinessObjectField(name, type, is_list, fields))
        for item in self._reading.document.root.bpmn_children("itemDefinition"):
            name = item.get("id")
            if name and name not in used and _declared_fields(item):
                type, fields = self._structure(item, 0)
                found.setdefault(name, BusinessObjectField(name, type, is_true(item.get("isCollection")), fields))
        return tuple(found.values())

    def _structure(self, item: Element, depth: int) -> tuple[str, tuple[BusinessObjectField, ...]]:
        declared = _declared_fields(item)
        if not declared or self._count >= _MAX_FIELDS:
            return _type(item.get("structureRef")), ()
        return "object", tuple(self._field(child, depth) for child in declared)

    def _field(self, element: Element, depth: int) -> BusinessObjectField:
        self._count += 1
        declared, name = element.get("type", "string"), element.get("name")
        is_list = is_true(element.get("list"))
        inner = [child for child in element.children if child.namespace == OWN and child.name == "field"]
        if inner:
            return BusinessObjectField(name, "object", is_list, tuple(self._field(child, depth + 1) for child in inner))
        item = self._reading.resolve(declared, "itemDefinition")
        # A structure may hold itself (a tree of rooms): its declaration ends somewhere.
        if item is None or depth >= _MAX_FIELD_DEPTH:
            return BusinessObjectField(name, _type(declared), is_list)
        type, fields = self._structure(item, depth + 1)
        return BusinessObjectField(name, type, is_list or is_true(item.get("isCollection")), fields)


def _declared_fields(item: Element) -> list[Element]:
    extension_elements = item.bpmn_child("extensionElements")
    holder = item if extension_elements is None else extension_elements
    return [child for child in holder.children if child.namespace == OWN and child.name == "field"]


def _type(declared: str) -> str:
    """Returns our name of a declared type: "xsd:string", "java.lang.Integer" and "feel:number" have one each."""
    name = declared.replace("}", ":").rpartition(":")[2].rpartition(".")[2]
    return _TYPES.get(name.lower(), "object")
