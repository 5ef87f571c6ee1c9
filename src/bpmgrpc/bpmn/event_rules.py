"""Structural rules of events (BPMN 2.0.2, 10.5).

Rule of this file: one table says which event definition may stand where (10.5.5, table 10.93), one what each of them
needs; the few rules that no table holds are functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bpmgrpc.bpmn.model import EventDefinition, Finding, FlowNode, Verdict
from bpmgrpc.bpmn.names import is_activity, is_true
from bpmgrpc.bpmn.rules import Facts, Scope, an, is_event_sub_process, node_finding

__all__ = ["check_boundary", "check_event", "check_links"]

_REFUSED = Verdict.REFUSED
_EVENT_TYPES = frozenset(
    {
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "implicitThrowEvent",
        "boundaryEvent",
    }
)
_THROWING = frozenset({"endEvent", "intermediateThrowEvent", "implicitThrowEvent"})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an event stands: its name for the reader, what it may be triggered by, and whether by nothing."""

    name: str
    allowed: frozenset[str]
    none_allowed: bool
    clause: str


def _place(name: str, allowed: str, *, none: bool, clause: str) -> _Place:
    return _Place(name, frozenset(allowed.split()), none, clause)


_EVENT_SUB_PROCESS = "message timer escalation conditional signal"
_PLACES: Mapping[str, _Place] = {
    "start": _place(
        "a start event of a process", "message timer conditional signal", none=True, clause="10.5.2, table 10.84"
    ),
    "start in sub-process": _place(
        "a start event of an embedded sub-process", "", none=True, clause="10.5.2, table 10.85"
    ),
    "start in event sub-process": _place(
        "an interrupting start event of an event sub-process",
        _EVENT_SUB_PROCESS + " error compensate",
        none=False,
        clause="10.5.2, table 10.86",
    ),
    "non-interrupting start in event sub-process": _place(
        "a non-interrupting start event of an event sub-process",
        _EVENT_SUB_PROCESS,
        none=False,
        clause="10.5.2, table 10.86",
    ),
    "intermediateCatchEvent": _place(
        "an intermediate catch event", "message timer conditional link signal", none=False, clause="10.5.4"
    ),
    "intermediateThrowEvent": _place(
        "an intermediate throw event", "message escalation compensate link signal", none=True, clause="10.5.4"
    ),
    "boundaryEvent": _place(
        "an interrupting boundary event",
        "message timer escalation error cancel compensate conditional signal",
        none=False,
        clause="10.5.4, table 10.90",
    ),
    "non-interrupting boundaryEvent": _place(
        "a non-interrupting boundary event",
        "message timer escalation conditional signal",
        none=False,
        clause="10.5.4, table 10.90",
    ),
    "endEvent": _place(
        "an end event",
        "message escalation error cancel compensate signal terminate",
        none=True,
        clause="10.5.3, table 10.88",
    ),
}

# Reference attribute of a definition, and the attribute that it leads to.
_REFERENCES = {
    "messageRef": "messageName",
    "signalRef": "signalName",
    "escalationRef": "escalationCode",
}
# What a definition needs to be caught or thrown: attribute, and the sentence where it is missing.
_NEEDED_TO_CATCH = {
    "messageEventDefinition": ("messageName", "a caught message needs messageRef (BPMN 2.0.2, 10.5.5)"),
    "signalEventDefinition": ("signalName", "a signal needs signalRef (BPMN 2.0.2, 10.5.5)"),
    "linkEventDefinition": ("linkName", "a link needs a name (BPMN 2.0.2, 10.5.5)"),
}
_NEEDED_TO_THROW = {
    "signalEventDefinition": _NEEDED_TO_CATCH["signalEventDefinition"],
    "linkEventDefinition": _NEEDED_TO_CATCH["linkEventDefinition"],
    "errorEventDefinition": ("errorCode", "a thrown error needs errorRef (BPMN 2.0.2, table 10.88)"),
    "escalationEventDefinition": (
        "escalationCode",
        "a thrown escalation needs escalationRef (BPMN 2.0.2, table 10.88)",
    ),
}
_TIMES = ("timeDate", "timeDuration", "timeCycle")


def check_event(facts: Facts, scope: Scope, node: FlowNode) -> Iterator[Finding]:
    """Checks one event: where it stands, what triggers it, and which sequence flows it has."""
    if node.type not in _EVENT_TYPES:
        return
    graph = facts.graph
    place = _place_of(scope, node)
    if place is not None:
        if not node.event_definitions and not place.none_allowed:
            yield node_finding(
                graph, _REFUSED, node, f"{place.name} needs an event definition (BPMN 2.0.2, {place.clause})"
            )
        for definition in node.event_definitions:
            kind = definition.type.removesuffix("EventDefinition")
            if definition.type != "eventDefinitionRef" and kind not in place.allowed:
                reason = f"{place.name} must not have {an(definition.type)} (BPMN 2.0.2, {place.clause})"
                yield node_finding(graph, _REFUSED, node, reason, definition.position)
    for definition in node.event_definitions:
        for reason in _definition_problems(facts, node, definition):
            yield node_finding(graph, _REFUSED, node, reason, definition.position)
    if node.type == "startEvent" and node.incoming:
        yield node_finding(
            graph, _REFUSED, node, "a start event must not have incoming sequence flows (BPMN 2.0.2, 10.5.2)"
        )
    if node.type == "endEvent" and node.outgoing:
        yield node_finding(
            graph, _REFUSED, node, "an end event must not have outgoing sequence flows (BPMN 2.0.2, 10.5.3)"
        )
    if scope.is_ad_hoc and node.type in {"startEvent", "endEvent"}:
        yield node_finding(
            graph, _REFUSED, node, f"an ad-hoc sub-process must not hold {an(node.type)} (BPMN 2.0.2, 10.3.5)"
        )
    in_transaction = scope.owner is not None and scope.owner.type == "transaction"
    if node.type == "endEvent" and "cancelEventDefinition" in _kinds(node) and not in_transaction:
        yield node_finding(graph, _REFUSED, node, "a cancel end event must stand in a transaction (BPMN 2.0.2, 10.5.3)")


def _place_of(scope: Scope, node: FlowNode) -> _Place | None:
    if node.type == "startEvent":
        if scope.is_event_sub_process:
            interrupts = is_true(node.attributes.get("isInterrupting"), default=True)
            return _PLACES[("" if interrupts else "non-interrupting ") + "start in event sub-process"]
        return _PLACES["start" if scope.owner is None else "start in sub-process"]
    if node.type == "boundaryEvent" and not is_true(node.attributes.get("cancelActivity"), default=True):
        return _PLACES["non-interrupting boundaryEvent"]
    return _PLACES.get(node.type)


def _kinds(node: FlowNode) -> set[str]:
    return {definition.type for definition in node.event_definitions}


def _definition_problems(facts: Facts, node: FlowNode, definition: EventDefinition) -> Iterator[str]:
    attributes, texts = definition.attributes, definition.texts
    if definition.type == "eventDefinitionRef":
        yield f"eventDefinitionRef names {attributes['ref']!r}, which is no event definition of this file"
        return
    dangling = False
    for reference, result in _REFERENCES.items():
        if attributes.get(reference) and result not in attributes:
            dangling = True
            kind = reference.removesuffix("Ref")
            yield f"{reference} names {attributes[reference]!r}, which is no {kind} of this file"
    needed = (_NEEDED_TO_THROW if node.type in _THROWING else _NEEDED_TO_CATCH).get(definition.type)
    if needed is not None and not dangling and not attributes.get(needed[0]):
        yield needed[1]
    if definition.type == "messageEventDefinition" and node.type in _THROWING and not dangling:
        is_sent = attributes.get("messageName") or "jobType" in node.properties
        if not is_sent:
            yield "a thrown message needs messageRef, or a job that sends it (BPMN 2.0.2, 10.5.5)"
    if definition.type == "timerEventDefinition":
        times = [name for name in _TIMES if name in texts]
        if len(times) != 1:
            found = ", ".join(times) or "none of them"
            yield f"a timer needs one of timeDate, timeDuration and timeCycle, found {found} (BPMN 2.0.2, 10.5.5)"
    if definition.type == "conditionalEventDefinition" and "condition" not in texts:
        yield "a conditional event needs a condition (BPMN 2.0.2, 10.5.5)"
    if definition.type == "compensateEventDefinition" and attributes.get("activityRef"):
        activity = facts.graph.nodes.get(attributes["activityRef"])
        if activity is None or not is_activity(activity.type):
            yield f"activityRef names {attributes['activityRef']!r}, which is no activity of this process"


def check_boundary(facts: Facts, _scope: Scope, node: FlowNode) -> Iterator[Finding]:
    """Checks a boundary event: what it is attached to, its flows, and the activity that compensates."""
    if node.type != "boundaryEvent":
        return
    for reason in _boundary_problems(facts, node):
        yield node_finding(facts.graph, _REFUSED, node, reason)


def _boundary_problems(facts: Facts, node: FlowNode) -> Iterator[str]:
    nodes, kinds = facts.graph.nodes, _kinds(node)
    host = nodes.get(node.attached_to or "")
    if host is None:
        yield f"attachedToRef names {node.attached_to or ''!r}, which is no activity of this process (10.5.4)"
    elif not is_activity(host.type) or is_event_sub_process(host):
        yield f"attachedToRef names {host.id!r}, {an(host.type)}: it must be an activity (BPMN 2.0.2, 10.5.4)"
    elif host.scope_id != node.scope_id:
        yield f"attachedToRef names {host.id!r}, which stands in another sub-process (BPMN 2.0.2, 10.5.4)"
    if node.incoming:
        yield "a boundary event must not have incoming sequence flows (BPMN 2.0.2, 10.5.4)"
    if "cancelEventDefinition" in kinds and host is not None and host.type != "transaction":
        yield "a cancel boundary event must be attached to a transaction (BPMN 2.0.2, 10.5.4)"
    if "compensateEventDefinition" in kinds:
        if node.outgoing:
            yield "a compensation boundary event must not have outgoing sequence flows (BPMN 2.0.2, 10.5.4)"
        handler_id = next(
            (found.attributes.get("compensationActivity", "") for found in node.event_definitions if found.attributes),
            "",
        )
        handler = nodes.get(handler_id)
        if handler is None:
            yield "a compensation boundary event needs an association to an activity that compensates (10.7.1)"
        elif not is_true(handler.attributes.get("isForCompensation")):
            yield f"the activity {handler.id!r} must be marked isForCompensation to compensate (BPMN 2.0.2, 10.7.1)"


def check_links(facts: Facts, scope: Scope) -> Iterator[Finding]:
    """Checks the links of a scope (BPMN 2.0.2, 10.5.5): each source has one target, in the same scope."""
    graph = facts.graph
    sources: list[tuple[str, FlowNode]] = []
    targets: list[tuple[str, FlowNode]] = []
    for node in scope.nodes:
        for definition in node.event_definitions:
            name = definition.attributes.get("linkName", "")
            if definition.type == "linkEventDefinition" and name:
                if node.type == "intermediateThrowEvent":
                    sources.append((name, node))
                elif node.type == "intermediateCatchEvent":
                    targets.append((name, node))
    counts = Counter(name for name, _ in targets)
    for name, node in sources:
        if name not in counts:
            reason = f"the link {name!r} has no target in the same process level (BPMN 2.0.2, 10.5.5)"
            yield node_finding(graph, _REFUSED, node, reason)
        if node.outgoing:
            reason = "a throwing link must not have outgoing sequence flows (BPMN 2.0.2, 10.5.4)"
            yield node_finding(graph, _REFUSED, node, reason)
    for name, node in targets:
        if counts[name] > 1:
            reason = f"the link {name!r} has {counts[name]} targets, one is allowed (BPMN 2.0.2, 10.5.5)"
            yield node_finding(graph, _REFUSED, node, reason)
        if node.incoming:
            reason = "a catching link must not have incoming sequence flows (BPMN 2.0.2, 10.5.4)"
            yield node_finding(graph, _REFUSED, node, reason)
