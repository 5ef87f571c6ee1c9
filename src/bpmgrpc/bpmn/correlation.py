"""Correlation of messages (BPMN 2.0.2, 8.4.2): which values tell to whom a message belongs.

Rule of this file: a correlation key of a collaboration, conversation or choreography names properties; each property
says for a message where its value stands in the message (``messagePath``), and a subscription of the process where it
stands in the data of the process (``dataPath``). A message has one key: the first of the file of which it has all
properties. A property that no key names is a key of its own, where it is the only one of the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.bpmn.model import Correlation, CorrelationProperty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.bpmn.model import Text
    from bpmgrpc.bpmn.reading import Reading
    from bpmgrpc.bpmn.xml import Element

__all__ = ["read_correlations"]


def read_correlations(reading: Reading, process: Element) -> Mapping[str, Correlation]:
    """Reads what correlates the messages of a file, for one of its processes.

    Args:
        reading: The file.
        process: The process, whose subscriptions count.

    Returns:
        The correlations by the names of the messages, as ``references`` gives them. One without properties: the
        message has several that no key names together.
    """
    properties = [element for element in reading.elements() if element.name == "correlationProperty"]
    if not properties:
        return {}
    keys = [
        (element.get("id"), [reading.local(child.text) for child in element.bpmn_children("correlationPropertyRef")])
        for element in reading.elements()
        if element.name == "correlationKey"
    ]
    bindings = _bindings(reading, process)
    found = {}
    for message in reading.elements():
        if message.name == "message":
            paths = _message_paths(reading, properties, message)
            if paths:
                found[message.get("name") or message.get("id")] = _correlation(keys, paths, bindings)
    return found


def _correlation(
    keys: list[tuple[str, list[str]]], paths: Mapping[str, Text | None], bindings: Mapping[str, Text | None]
) -> Correlation:
    for key_id, names in keys:
        if names and all(name in paths for name in names):
            return Correlation(key_id, tuple(CorrelationProperty(paths[name], bindings.get(name)) for name in names))
    if len(paths) > 1:
        return Correlation("")
    ((name, path),) = paths.items()
    return Correlation(name, (CorrelationProperty(path, bindings.get(name)),))


def _message_paths(reading: Reading, properties: list[Element], message: Element) -> dict[str, Text | None]:
    return {
        element.get("id"): _path(reading, retrieval.bpmn_child("messagePath"))
        for element in properties
        for retrieval in element.bpmn_children("correlationPropertyRetrievalExpression")
        if reading.resolve(retrieval.get("messageRef"), "message") is message
    }


def _bindings(reading: Reading, process: Element) -> dict[str, Text | None]:
    found: dict[str, Text | None] = {}
    for subscription in process.bpmn_children("correlationSubscription"):
        for binding in subscription.bpmn_children("correlationPropertyBinding"):
            name = reading.local(binding.get("correlationPropertyRef"))
            found.setdefault(name, _path(reading, binding.bpmn_child("dataPath")))
    return found


def _path(reading: Reading, element: Element | None) -> Text | None:
    return reading.expression(element) if element is not None else None
