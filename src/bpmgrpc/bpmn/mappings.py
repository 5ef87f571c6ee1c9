"""Inputs, outputs and headers as vendors write them.

Rule of this file: a mapping's source comes out as a text that reads the same in every engine: an expression in ``${…}``
or behind "=", or a constant. What cannot be said so is ignored with a finding.
"""

from __future__ import annotations

import contextlib
import json

from bpmgrpc.bpmn.model import Position, Text, VariableMapping
from bpmgrpc.bpmn.names import FEEL, JUEL, TEXT
from bpmgrpc.bpmn.reading import Extensions, Owner, Reading, expression_language_of, feel_or_text, variable
from bpmgrpc.bpmn.xml import Element

__all__ = [
    "as_expression",
    "call_input",
    "call_output",
    "header_field",
    "header_properties",
    "input_output",
    "io_mapping",
    "own_header",
    "own_input",
    "own_output",
]


def as_expression(text: Text) -> Text:
    """Returns a text that is an expression by its place (``Room.status``) so that it is one by its form."""
    if text.value.startswith("=") or "${" in text.value or "#{" in text.value:
        return text
    # The column steps back, so that an error within the text is shown where the text has it.
    position = Position(text.position.line, max(text.position.column - 2, 1)) if text.position.line else text.position
    return Text(f"${{{text.value}}}", position, JUEL)


def input_output(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    """Reads ``camunda:inputOutput``."""
    for parameter in element.children:
        source = _parameter(reading, owner, parameter)
        mappings = into.outputs if parameter.name == "outputParameter" else into.inputs
        if source is not None and parameter.get("name"):
            mappings.append(VariableMapping(source, parameter.get("name")))


def _parameter(reading: Reading, owner: Owner, parameter: Element) -> Text | None:
    if not parameter.children:
        return reading.text(parameter, expression_language_of(parameter.text))
    value = parameter.children[0]
    with contextlib.suppress(_NotConstant):
        # Constants only, so JSON, which FEEL can read, says the same.
        return Text(f"={json.dumps(_constant(value), ensure_ascii=False)}", value.position, FEEL)
    try:
        return _structure(reading, value)
    except _Script:
        reading.ignore(
            owner,
            f"parameter {parameter.get('name')!r}: a script in a parameter is not run; the variable is not set",
            value.position,
        )
        return None


class _NotConstant(Exception):
    """Something has to be evaluated."""


class _Script(Exception):
    """Something is a script, whose language may be any."""


def _structure(reading: Reading, element: Element) -> Text:
    """Reads a list or map that holds expressions."""
    if element.name not in ("list", "map"):
        raise _Script
    members = tuple((member.get("key"), _member(reading, member)) for member in element.children)
    return Text(element.name, element.position, element.name, members)


def _member(reading: Reading, element: Element) -> Text:
    """Reads a member: a value, a list or map, or an entry of a map that holds one of them."""
    if element.name == "value" or (element.name == "entry" and not element.children):
        return reading.text(element, expression_language_of(element.text))
    return _structure(reading, element.children[0] if element.name == "entry" else element)


def _constant(element: Element) -> object:
    if element.name == "list":
        return [_constant(item) for item in element.children]
    if element.name == "map":
        return {
            entry.get("key"): _constant(entry.children[0]) if entry.children else _plain(entry)
            for entry in element.children
        }
    if element.name == "value":
        return _plain(element)
    raise _NotConstant


def _plain(element: Element) -> str:
    if expression_language_of(element.text) != TEXT:
        raise _NotConstant
    return element.text


def io_mapping(reading: Reading, _owner: Owner, element: Element, into: Extensions) -> None:
    """Reads ``zeebe:ioMapping``."""
    for mapping in element.children:
        target = mapping.get("target")
        if not target:
            continue
        text = Text("", mapping.position, TEXT)
        if mapping.get("source"):
            text = reading.attribute(mapping, "source", feel_or_text(mapping.get("source")))
        (into.outputs if mapping.name == "output" else into.inputs).append(VariableMapping(text, target))


def call_input(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    """Reads ``in`` of a call activity: a variable, an expression, all variables or the business key."""
    into.properties.setdefault("propagateAllParentVariables", Text("false", element.position, TEXT))
    if element.get("businessKey"):
        value = element.get("businessKey")
        into.properties["businessKey"] = reading.attribute(element, "businessKey", expression_language_of(value))
    elif element.get("variables") == "all":
        into.properties["propagateAllParentVariables"] = Text("true", element.position, TEXT)
    else:
        _call_mapping(reading, owner, element, into, is_output=False)


def call_output(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    """Reads ``out`` of a call activity: a variable, an expression or all variables."""
    into.properties.setdefault("propagateAllChildVariables", Text("false", element.position, TEXT))
    if element.get("variables") == "all":
        into.properties["propagateAllChildVariables"] = Text("true", element.position, TEXT)
    else:
        _call_mapping(reading, owner, element, into, is_output=True)


def _call_mapping(reading: Reading, owner: Owner, element: Element, into: Extensions, *, is_output: bool) -> None:
    target = element.get("target")
    expression = element.get("sourceExpression")
    if not target or not (expression or element.get("source")):
        reading.ignore(owner, f"{element.name} without source or target maps nothing", element.position)
        return
    if expression:
        source = reading.attribute(element, "sourceExpression", expression_language_of(expression))
    else:
        source = variable(element.get("source"), reading.document.attribute_position(element, "source"))
    (into.outputs if is_output else into.inputs).append(VariableMapping(source, target))


def header_properties(_reading: Reading, _owner: Owner, element: Element, into: Extensions) -> None:
    """Reads ``camunda:properties`` (name or id, value), ``zeebe:taskHeaders`` (key) and ``zeebe:properties`` (name)."""
    for child in element.children:
        name = child.get("name") or child.get("key") or child.get("id")
        if name:
            into.headers[name] = child.get("value")


def header_field(_reading: Reading, _owner: Owner, element: Element, into: Extensions) -> None:
    """Reads an injected ``field``: its text goes to the worker as it stands, expressions too."""
    text = element.get("stringValue") or element.get("expression")
    for child in element.children:
        text = text or child.text
    if element.get("name"):
        into.headers[element.get("name")] = text


def own_input(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    """Reads ``bpmgrpc:input``."""
    _own_mapping(reading, owner, element, into.inputs)


def own_output(reading: Reading, owner: Owner, element: Element, into: Extensions) -> None:
    """Reads ``bpmgrpc:output``."""
    _own_mapping(reading, owner, element, into.outputs)


def _own_mapping(reading: Reading, owner: Owner, element: Element, mappings: list[VariableMapping]) -> None:
    """Attributes: ``source``, an expression in any of the languages; ``target``, a path; ``condition``, optional."""
    target = element.get("target")
    if not target or not element.get("source"):
        reading.refuse(owner, f"bpmgrpc:{element.name} needs source and target", element.position)
        return
    source = as_expression(reading.attribute(element, "source"))
    condition = reading.attribute(element, "condition") if element.get("condition") else None
    mappings.append(VariableMapping(source, target, condition))


def own_header(_reading: Reading, _owner: Owner, element: Element, into: Extensions) -> None:
    """Reads ``bpmgrpc:header``."""
    if element.get("name"):
        into.headers[element.get("name")] = element.get("value") or element.text
