"""What the structural rules share: a process seen as scopes, and how a rule says what it found.

Rule of this file: facts only, worked out once for all rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bpmgrpc.bpmn.model import Finding, FlowNode, Position, ProcessGraph, SequenceFlow, Verdict
from bpmgrpc.bpmn.names import CONTAINER_TYPES, is_true

__all__ = ["Facts", "Scope", "an", "flow_finding", "is_event_sub_process", "node_finding"]


def is_event_sub_process(node: FlowNode) -> bool:
    """Returns whether a node is an event sub-process (BPMN 2.0.2, 10.3.5)."""
    return node.type in CONTAINER_TYPES and is_true(node.attributes.get("triggeredByEvent"))


@dataclass(frozen=True, slots=True)
class Scope:
    """A process or one of its sub-processes.

    Attributes:
        id: Its id.
        owner: The sub-process; None for the process.
        nodes: The flow nodes directly inside.
    """

    id: str
    owner: FlowNode | None
    nodes: tuple[FlowNode, ...]

    @property
    def is_ad_hoc(self) -> bool:
        """Whether its activities start without being told by sequence flows."""
        return self.owner is not None and self.owner.type == "adHocSubProcess"

    @property
    def is_event_sub_process(self) -> bool:
        """Whether its start event starts it, not a token."""
        return self.owner is not None and is_event_sub_process(self.owner)


class Facts:
    """A process graph with what rules ask of it."""

    def __init__(self, graph: ProcessGraph) -> None:
        self.graph = graph

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The process, then its sub-processes in the order of the file."""
        graph = self.graph
        nodes = graph.nodes
        scopes = [Scope("", None, tuple(nodes[child] for child in graph.children))]
        scopes += [
            Scope(node.id, node, tuple(nodes[child] for child in node.children))
            for node in nodes.values()
            if node.type in CONTAINER_TYPES
        ]
        return tuple(scopes)

    def outgoing(self, node: FlowNode) -> Iterator[SequenceFlow]:
        """Iterates over the sequence flows that leave a node."""
        return (self.graph.flows[flow] for flow in node.outgoing)

    def incoming(self, node: FlowNode) -> Iterator[SequenceFlow]:
        """Iterates over the sequence flows that reach a node."""
        return (self.graph.flows[flow] for flow in node.incoming)

    def starts(self, scope: Scope) -> list[FlowNode]:
        """Returns where a scope may start.

        BPMN 2.0.2, 10.5.2 and 13.2: its start events, instantiating receive tasks and instantiating event-based
        gateways; where it has no start event, every flow node without incoming flow that is not started otherwise.
        """
        explicit = [node for node in scope.nodes if node.type == "startEvent"]
        instantiating = [
            node for node in scope.nodes if is_true(node.attributes.get("instantiate")) and not node.incoming
        ]
        if explicit:
            return explicit + instantiating
        return [node for node in scope.nodes if not node.incoming and not _is_started_otherwise(node)]


def _is_started_otherwise(node: FlowNode) -> bool:
    return (
        node.type == "boundaryEvent"
        or is_event_sub_process(node)
        or is_true(node.attributes.get("isForCompensation"))
        or (
            node.type == "intermediateCatchEvent"
            and any(definition.type == "linkEventDefinition" for definition in node.event_definitions)
        )
    )


def an(type: str) -> str:
    """Returns a BPMN name with its article."""
    return f"{'an' if type[:1] in 'aeiou' else 'a'} {type}"


def node_finding(
    graph: ProcessGraph, verdict: Verdict, node: FlowNode, reason: str, position: Position | None = None
) -> Finding:
    """Makes a finding about a flow node."""
    return Finding(verdict, node.type, node.id, graph.process_id, reason, position or node.position)


def flow_finding(graph: ProcessGraph, verdict: Verdict, flow: SequenceFlow, reason: str) -> Finding:
    """Makes a finding about a sequence flow."""
    return Finding(verdict, "sequenceFlow", flow.id, graph.process_id, reason, flow.position)
