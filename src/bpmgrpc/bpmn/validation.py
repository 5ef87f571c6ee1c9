"""Structural rules of BPMN: what is wrong with a graph whatever its elements do.

Rule of this file: refuse what could not run as drawn, note what has no effect, accept what only a drawing tool would
mind. Every finding names the rule; all of them come at once. "Accept" is a choice too: real files leave out end events,
incoming and outgoing elements, data specifications and script formats, and run well.

Refused
    * a sequence flow whose source or target is no flow node of the process (artifacts, other pools), that crosses the
      border of a sub-process, or touches an event sub-process (8.4.13, 10.3.5); ids that occur twice (``parser``)
    * a process without any possible start, a sub-process whose nodes all have incoming flows (10.5.2)
    * a default flow that does not leave its node (8.4.13)
    * events where table 10.93 does not allow them, without the definition or the data that they need, with references
      that lead nowhere (10.5); start events with incoming, end events with outgoing flows
    * boundary events on anything but an activity of the same scope, with incoming flows, cancel without transaction,
      compensation with outgoing flows or without an activity marked for it (10.5.4, 10.7.1)
    * links without target, with two, or with flows on the wrong side (10.5.5)
    * event sub-processes with flows, or without exactly one start event; ad-hoc sub-processes without activity, or with
      start or end events (10.3.5)
    * activities for compensation with sequence flows (10.7.1); quantities below one; loops without end, multi-instances
      without number; two loop markers (``parser``) (10.3.8)
    * a gateway whose ``gatewayDirection`` its flows contradict (10.6.1)
    * an instantiating receive task or event-based gateway with incoming flows; an event-based gateway with less than
      two outgoing flows, with conditions on them, or that leads to something it cannot wait for: other elements,
      receive tasks with boundary events, targets that other flows reach too (10.6.6)
    * activities of choreographies (10.1, 11)

Noted as ignored
    * conditions where nobody asks them: on default flows and behind parallel gateways (10.6)
    * default flows of parallel and event-based gateways
    * nodes that no token can reach, empty sub-processes
    * a condition on the only flow that leaves an activity (8.4.13): where it is false nothing follows
    * receive tasks beside message events behind an event-based gateway (10.6.6)

Accepted
    * gateways with one flow in and one out, nodes without outgoing flow (they end their token), missing end events
    * everything about data specifications, operations, choreographies, conversations, message flows, mime types and
      naming conventions, which execution does not need
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpmgrpc.bpmn.event_rules import check_boundary, check_event, check_links
from bpmgrpc.bpmn.model import Finding, FlowNode, ProcessGraph, SequenceFlow, Verdict
from bpmgrpc.bpmn.names import CONTAINER_TYPES, GATEWAY_TYPES, is_activity, is_true
from bpmgrpc.bpmn.reading import sorted_findings
from bpmgrpc.bpmn.rules import Facts, Scope, an, flow_finding, is_event_sub_process, node_finding

__all__ = ["validate_graph"]

_REFUSED, _IGNORED = Verdict.REFUSED, Verdict.IGNORED
_AWAITED = frozenset(f"{kind}EventDefinition" for kind in ("message", "signal", "timer", "conditional"))
_WITHOUT_CONDITIONS = {"parallelGateway": "10.6.4", "eventBasedGateway": "10.6.6"}
_OF_CHOREOGRAPHIES = frozenset({"callChoreography", "choreographyTask", "subChoreography"})


def validate_graph(graph: ProcessGraph) -> tuple[Finding, ...]:
    """Checks a process against the structural rules of BPMN.

    Args:
        graph: The process.

    Returns:
        All findings, REFUSED and IGNORED, by position. A process with a REFUSED one must not be deployed.
    """
    if graph.is_global_task:
        return ()
    facts = Facts(graph)
    findings: list[Finding] = []
    for flow in graph.flows.values():
        findings.extend(_check_flow(facts, flow))
    for scope in facts.scopes:
        for check_scope in _SCOPE_RULES:
            findings.extend(check_scope(facts, scope))
        for node in scope.nodes:
            for check_node in _NODE_RULES:
                findings.extend(check_node(facts, scope, node))
    findings.extend(_check_reachability(facts))
    return sorted_findings(findings)


def _check_flow(facts: Facts, flow: SequenceFlow) -> Iterator[Finding]:
    graph = facts.graph
    source, target = graph.nodes.get(flow.source_id), graph.nodes.get(flow.target_id)
    for attribute, id, node in (("sourceRef", flow.source_id, source), ("targetRef", flow.target_id, target)):
        if node is None:
            reason = (
                f"{attribute} names {id!r}, which is no flow node of this process: a sequence flow neither leaves its "
                "pool nor joins artifacts (BPMN 2.0.2, 8.4.13)"
            )
            yield flow_finding(graph, _REFUSED, flow, reason)
        elif is_event_sub_process(node):
            reason = f"{attribute} names {id!r}: an event sub-process must not have sequence flows (BPMN 2.0.2, 10.3.5)"
            yield flow_finding(graph, _REFUSED, flow, reason)
    if source is None or target is None:
        return
    if source.scope_id != target.scope_id:
        reason = f"it joins {source.id!r} and {target.id!r} across the border of a sub-process (BPMN 2.0.2, 8.4.13)"
        yield flow_finding(graph, _REFUSED, flow, reason)
    if flow.condition is None:
        return
    if source.default_flow == flow.id:
        yield flow_finding(graph, _IGNORED, flow, "the condition of a default flow is not asked (BPMN 2.0.2, 8.4.13)")
    elif source.type == "eventBasedGateway":
        reason = "a flow that leaves an event-based gateway must not have a condition (BPMN 2.0.2, 10.6.6)"
        yield flow_finding(graph, _REFUSED, flow, reason)
    elif is_activity(source.type) and len(source.outgoing) == 1:
        reason = "the only flow that leaves it should have no condition (BPMN 2.0.2, 8.4.13)"
        yield node_finding(graph, _IGNORED, source, reason, flow.position)
    elif source.type in _WITHOUT_CONDITIONS:
        reason = f"a condition behind {an(source.type)} is not asked (BPMN 2.0.2, {_WITHOUT_CONDITIONS[source.type]})"
        yield flow_finding(graph, _IGNORED, flow, reason)


def _check_start(facts: Facts, scope: Scope) -> Iterator[Finding]:
    graph, owner = facts.graph, scope.owner
    if owner is None:
        if not facts.starts(scope):
            yield Finding(
                _REFUSED,
                "process",
                graph.process_id,
                graph.process_id,
                "the process has no start: no start event, and no flow node without incoming sequence flow (BPMN "
                "2.0.2, 10.5.2)",
                graph.position,
            )
    elif scope.is_event_sub_process:
        count = sum(1 for node in scope.nodes if node.type == "startEvent")
        if count != 1:
            reason = f"an event sub-process needs exactly one start event, found {count} (BPMN 2.0.2, 10.3.5)"
            yield node_finding(graph, _REFUSED, owner, reason)
    elif scope.is_ad_hoc:
        if not any(is_activity(node.type) for node in scope.nodes):
            yield node_finding(graph, _REFUSED, owner, "an ad-hoc sub-process needs an activity (BPMN 2.0.2, 10.3.5)")
    elif not scope.nodes:
        yield node_finding(graph, _IGNORED, owner, "the sub-process is empty: it completes at once")
    elif not facts.starts(scope):
        reason = "the sub-process has no start: all its flow nodes have incoming sequence flows (BPMN 2.0.2, 10.5.2)"
        yield node_finding(graph, _REFUSED, owner, reason)


def _check_default(facts: Facts, _scope: Scope, node: FlowNode) -> Iterator[Finding]:
    if node.default_flow is None:
        return
    if node.default_flow not in node.outgoing:
        reason = f"default names {node.default_flow!r}, which is no sequence flow that leaves it (BPMN 2.0.2, 8.4.13)"
        yield node_finding(facts.graph, _REFUSED, node, reason)
    elif node.type in _WITHOUT_CONDITIONS:
        clause = _WITHOUT_CONDITIONS[node.type]
        reason = f"{an(node.type)} has no default flow: it counts as any other (BPMN 2.0.2, {clause})"
        yield node_finding(facts.graph, _IGNORED, node, reason)


def _check_choreography(facts: Facts, _scope: Scope, node: FlowNode) -> Iterator[Finding]:
    if node.type in _OF_CHOREOGRAPHIES:
        reason = f"a process must not hold {an(node.type)}: it belongs to a choreography (BPMN 2.0.2, 10.1, 11)"
        yield node_finding(facts.graph, _REFUSED, node, reason)


def _check_activity(facts: Facts, _scope: Scope, node: FlowNode) -> Iterator[Finding]:
    if not is_activity(node.type):
        return
    for reason in _activity_problems(node):
        yield node_finding(facts.graph, _REFUSED, node, reason)
    loop = node.loop
    if loop is None:
        return
    if loop.type == "multiInstanceLoopCharacteristics":
        if not any(name in loop.texts for name in ("loopCardinality", "collection", "workParty")):
            reason = "a multi-instance needs loopCardinality or a collection (BPMN 2.0.2, 10.3.8)"
            yield node_finding(facts.graph, _REFUSED, node, reason, loop.position)
    elif "loopCondition" not in loop.texts and "loopMaximum" not in loop.attributes:
        reason = "a loop needs loopCondition or loopMaximum: it would not end (BPMN 2.0.2, 10.3.8)"
        yield node_finding(facts.graph, _REFUSED, node, reason, loop.position)


def _activity_problems(node: FlowNode) -> Iterator[str]:
    for name in ("startQuantity", "completionQuantity"):
        quantity = node.attributes.get(name, "1").strip()
        if not quantity.isdecimal() or not quantity.isascii() or int(quantity[:10]) < 1:
            yield f"{name} must be 1 or more, found {quantity!r} (BPMN 2.0.2, 10.3)"
    if is_true(node.attributes.get("isForCompensation")) and (node.incoming or node.outgoing):
        yield "an activity for compensation must not have sequence flows (BPMN 2.0.2, 10.7.1)"
    if node.type == "receiveTask" and is_true(node.attributes.get("instantiate")) and node.incoming:
        yield "an instantiating receive task must not have incoming sequence flows (BPMN 2.0.2, 10.3.3)"
    if node.attributes.get("messageRef") and "messageName" not in node.attributes:
        yield f"messageRef names {node.attributes['messageRef']!r}, which is no message of this file"


def _check_gateway(facts: Facts, _scope: Scope, node: FlowNode) -> Iterator[Finding]:
    if node.type not in GATEWAY_TYPES:
        return
    direction = node.attributes.get("gatewayDirection", "Unspecified").lower()
    incoming, outgoing = len(node.incoming), len(node.outgoing)
    contradicted = {
        "converging": outgoing > 1,
        "diverging": incoming > 1,
        "mixed": incoming < 2 or outgoing < 2,
    }.get(direction, False)
    if contradicted:
        reason = f"gatewayDirection {direction!r} is contradicted by {incoming} incoming and {outgoing} outgoing flows"
        yield node_finding(facts.graph, _REFUSED, node, f"{reason} (BPMN 2.0.2, 10.6.1)")


def _check_event_based_gateway(facts: Facts, _scope: Scope, node: FlowNode) -> Iterator[Finding]:
    if node.type != "eventBasedGateway":
        return
    graph = facts.graph
    if is_true(node.attributes.get("instantiate")) and node.incoming:
        reason = "an instantiating event-based gateway must not have incoming sequence flows (BPMN 2.0.2, 10.6.6)"
        yield node_finding(graph, _REFUSED, node, reason)
    if not node.outgoing:
        reason = "an event-based gateway needs events to wait for (BPMN 2.0.2, 10.6.6)"
        yield node_finding(graph, _REFUSED, node, reason)
    elif len(node.outgoing) == 1:
        reason = "an event-based gateway needs two outgoing sequence flows or more (BPMN 2.0.2, 10.6.6)"
        yield node_finding(graph, _REFUSED, node, reason)
    targets = [
        graph.nodes[target_id]
        for target_id in dict.fromkeys(flow.target_id for flow in facts.outgoing(node))
        if target_id in graph.nodes
    ]
    for target in targets:
        yield from _check_awaited(facts, node, target)
    messages = any(found.type == "messageEventDefinition" for target in targets for found in target.event_definitions)
    if messages and any(target.type == "receiveTask" for target in targets):
        reason = "it should lead to receive tasks or to message events, not to both (BPMN 2.0.2, 10.6.6)"
        yield node_finding(graph, _IGNORED, node, reason)


def _check_awaited(facts: Facts, gateway: FlowNode, target: FlowNode) -> Iterator[Finding]:
    graph = facts.graph
    kinds = {definition.type for definition in target.event_definitions}
    can_wait = target.type == "receiveTask" or (
        target.type == "intermediateCatchEvent" and bool(kinds) and kinds <= _AWAITED
    )
    if not can_wait:
        what = " and ".join(sorted(kinds)) or "no event definition"
        reason = (
            f"behind the event-based gateway {gateway.id!r} must stand a receive task or an intermediate message, "
            f"signal, timer or conditional catch event, found {an(target.type)} with {what} (BPMN 2.0.2, 10.6.6)"
        )
        yield node_finding(graph, _REFUSED, target, reason)
        return
    if target.boundary_events:
        reason = f"behind the event-based gateway {gateway.id!r} it must not have boundary events (BPMN 2.0.2, 10.6.6)"
        yield node_finding(graph, _REFUSED, target, reason)
    if any(flow.source_id != gateway.id for flow in facts.incoming(target)):
        reason = f"behind the event-based gateway {gateway.id!r} it must not have other incoming flows (10.6.6)"
        yield node_finding(graph, _REFUSED, target, reason)


def _check_reachability(facts: Facts) -> Iterator[Finding]:
    """Notes what no token can reach; the inside of an unreachable sub-process is not mentioned again."""
    graph = facts.graph
    unreachable_scopes: set[str] = set()
    for scope in facts.scopes:
        if scope.id in unreachable_scopes:
            unreachable_scopes.update(node.id for node in scope.nodes if node.type in CONTAINER_TYPES)
            continue
        reached = _reached(facts, scope)
        if not reached:
            continue  # refused for having no start
        for node in scope.nodes:
            if node.id in reached:
                continue
            if node.type in CONTAINER_TYPES:
                unreachable_scopes.add(node.id)
            reason = "no sequence flow leads here from a start: it never runs (BPMN 2.0.2, 10.5.2)"
            yield node_finding(graph, _IGNORED, node, reason)


def _reached(facts: Facts, scope: Scope) -> set[str]:
    nodes = facts.graph.nodes
    if scope.is_ad_hoc:
        return {node.id for node in scope.nodes}
    links: dict[str, list[FlowNode]] = {}
    agenda = facts.starts(scope)
    if not agenda and not scope.is_event_sub_process:
        return set()
    for node in scope.nodes:
        if is_event_sub_process(node) or is_true(node.attributes.get("isForCompensation")):
            agenda.append(node)
        if node.type == "intermediateCatchEvent":
            for name in _link_names(node):
                links.setdefault(name, []).append(node)
        if node.type == "boundaryEvent" and nodes.get(node.attached_to or "") is None:
            agenda.append(node)  # refused for that already
    reached: set[str] = set()
    while agenda:
        node = agenda.pop()
        if node.id in reached:
            continue
        reached.add(node.id)
        agenda.extend(nodes[flow.target_id] for flow in facts.outgoing(node) if flow.target_id in nodes)
        agenda.extend(nodes[boundary] for boundary in node.boundary_events)
        if node.type == "intermediateThrowEvent":
            agenda.extend(target for name in _link_names(node) for target in links.pop(name, ()))
    return reached


def _link_names(node: FlowNode) -> list[str]:
    return [
        definition.attributes.get("linkName", "")
        for definition in node.event_definitions
        if definition.type == "linkEventDefinition"
    ]


_SCOPE_RULES: tuple[Callable[[Facts, Scope], Iterator[Finding]], ...] = (_check_start, check_links)
_NODE_RULES: tuple[Callable[[Facts, Scope, FlowNode], Iterator[Finding]], ...] = (
    check_event,
    check_boundary,
    _check_choreography,
    _check_default,
    _check_activity,
    _check_gateway,
    _check_event_based_gateway,
)
