"""BPMN 2.0 XML to process graphs.

Rule of this file: the parser knows the shape of BPMN, not its elements. Within a process, and within a sub-process of
any kind, every BPMN element is a flow node unless ``_NOT_FLOW_NODES`` says that it is something else; so a new element
needs no change here, and a misspelt one reaches the engine's registry, which refuses it.

What files leave out is filled in where the meaning is plain: ids of flow nodes and sequence flows (made from what
surrounds them, so that the same file gives the same ids), ``isExecutable``, ``incoming`` and ``outgoing``. What has no
effect here is said in findings. Nothing is decided about behaviour.

The order of a node's outgoing flows is the order of the sequence flows in the file, as in most engines; the
``outgoing`` elements of a node may be missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from bpmgrpc.bpmn.correlation import read_correlations
from bpmgrpc.bpmn.data import data_objects_of, read_association, read_business_objects
from bpmgrpc.bpmn.events import is_event_definition, read_event_definition
from bpmgrpc.bpmn.extensions import remark, translate
from bpmgrpc.bpmn.lanes import inherit_assignment, read_lane
from bpmgrpc.bpmn.loops import read_loop
from bpmgrpc.bpmn.loose_references import note_loose_references
from bpmgrpc.bpmn.model import (
    EventDefinition,
    FlowNode,
    LoopCharacteristics,
    ParsedFile,
    ProcessGraph,
    SequenceFlow,
    Text,
)
from bpmgrpc.bpmn.names import BPMN, CONTAINER_TYPES, GLOBAL_TASKS, TEXT, is_true
from bpmgrpc.bpmn.people import ROLES, read_role
from bpmgrpc.bpmn.problems import malformed
from bpmgrpc.bpmn.reading import Extensions, Owner, Reading, expression_language_of
from bpmgrpc.bpmn.references import resolve_references
from bpmgrpc.bpmn.xml import Element, read

__all__ = ["parse_file"]

# BPMN elements that may stand in a process or a sub-process and are no flow nodes.
_NOT_FLOW_NODES = ROLES | {
    "artifact",
    "association",
    "auditing",
    "completionCondition",
    "correlationSubscription",
    "dataInputAssociation",
    "dataObject",
    "dataObjectReference",
    "dataOutputAssociation",
    "dataStoreReference",
    "documentation",
    "extensionElements",
    "group",
    "incoming",
    "ioBinding",
    "ioSpecification",
    "laneSet",
    "monitoring",
    "multiInstanceLoopCharacteristics",
    "outgoing",
    "property",
    "sequenceFlow",
    "standardLoopCharacteristics",
    "supportedInterfaceRef",
    "supports",
    "textAnnotation",
}

# Root elements beside the processes that say nothing about their execution.
_WITHOUT_EFFECT = {
    "choreography": "choreographies are not run",
    "globalChoreographyTask": "choreographies are not run",
    "globalConversation": "conversations have no effect",
    "import": "imported files are not read: deploy them as well",
}

# XML 1.0, fifth edition: NameStartChar and NameChar without the colon.
_NAME_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NCNAME = re.compile(f"[{_NAME_START}][-.0-9\u00b7\u0300-\u036f\u203f-\u2040{_NAME_START}]*")


def parse_file(name: str, content: bytes) -> ParsedFile:
    """Reads a BPMN file.

    Args:
        name: Name of the file, for errors and as ``resource_name``.
        content: Its bytes.

    Returns:
        Its processes, those that are not executable too, and findings about the file; IGNORED for what has no effect,
        REFUSED for what makes a process ambiguous (ids that occur twice) or nameless.

    Raises:
        InvalidArgument: The file is no XML that we read (see ``xml.read``), or no BPMN 2.0: reason BPMN_WRONG_ROOT.
    """
    document = read(name, content)
    root = document.root
    if (root.namespace, root.name) != (BPMN, "definitions"):
        found = f"{{{root.namespace}}}{root.name}" if root.namespace else root.name
        raise malformed(
            name,
            f"the root element must be BPMN 2.0's {{{BPMN}}}definitions, found {found}",
            root.position.line,
            root.position.column,
            reason="BPMN_WRONG_ROOT",
        )
    reading = Reading(document)
    processes = [_read_process(reading, element) for element in root.bpmn_children("process")]
    processes += [_read_global_task(reading, child) for child in root.children if _is_global_task(child)]
    _note_root_elements(reading)
    note_loose_references(reading)
    graphs = _without_black_boxes(reading, [graph for graph in processes if graph is not None])
    _note_duplicates(reading, graphs)
    return ParsedFile(name, tuple(graphs), reading.all_findings())


def _is_global_task(element: Element) -> bool:
    return element.namespace == BPMN and element.name in GLOBAL_TASKS


def _read_process(reading: Reading, element: Element) -> ProcessGraph | None:
    process_id = element.get("id")
    owner = Owner("process", process_id, process_id, element.position)
    if not process_id:
        reading.refuse(owner, "a process needs an id, which it is known and started by (BPMN 2.0.2, 8.3.1)")
        return None
    if not _NCNAME.fullmatch(process_id):
        reading.ignore(owner, f"the id {process_id!r} is no NCName (XML Schema, xsd:ID): accepted as it stands")
    if element.get("processType") == "Public" and is_true(element.get("isExecutable")):
        reading.ignore(owner, "processType Public is not obeyed: isExecutable says that it runs (BPMN 2.0.2, 10.2)")
    extensions = Extensions()
    translate(reading, owner, element, extensions)
    reader = _ProcessReader(reading, process_id)
    children = reader.read_container(element, "")
    version_tag = extensions.properties.pop("versionTag", None)
    time_to_live = extensions.properties.pop("historyTimeToLive", None)
    searchable_fields = extensions.properties.pop("searchableFields", None)
    return ProcessGraph(
        process_id,
        name=element.get("name"),
        version_tag="" if version_tag is None else version_tag.value,
        documentation=_documentation(element),
        is_executable=element.get("isExecutable") not in {"false", "0"},
        nodes=reader.nodes(),
        flows=reader.flows,
        children=tuple(children),
        business_objects=read_business_objects(reading, element),
        history_time_to_live=time_to_live,
        searchable_fields=searchable_fields,
        properties=extensions.properties,
        correlations=read_correlations(reading, element),
        expression_language=reading.expression_language,
        position=element.position,
    )


def _read_global_task(reading: Reading, element: Element) -> ProcessGraph | None:
    """A global task becomes a process of one node, so that call activities need to know processes only."""
    process_id = element.get("id")
    if not process_id:
        reading.ignore(Owner(element.name, "", "", element.position), "without an id nothing can call it")
        return None
    reader = _ProcessReader(reading, process_id)
    node_id = f"{process_id}.task"
    reader.read_node(element, "", node_id, GLOBAL_TASKS[element.name])
    return ProcessGraph(
        process_id,
        name=element.get("name"),
        documentation=_documentation(element),
        is_global_task=True,
        nodes=reader.nodes(),
        children=(node_id,),
        expression_language=reading.expression_language,
        position=element.position,
    )


def _without_black_boxes(reading: Reading, graphs: list[ProcessGraph]) -> list[ProcessGraph]:
    """A process without flow nodes beside others is a pool whose inside is not shown, unless it says isExecutable."""
    if not any(graph.nodes for graph in graphs):
        return graphs
    kept = []
    for graph in graphs:
        element = reading.ids.get(graph.process_id)
        if not graph.nodes and graph.is_executable and (element is None or not element.get("isExecutable")):
            owner = Owner("process", graph.process_id, graph.process_id, graph.position)
            reading.ignore(owner, "a pool whose inside is not shown: no process to run")
        else:
            kept.append(graph)
    return kept


def _note_root_elements(reading: Reading) -> None:
    for child in reading.document.root.children:
        if child.namespace != BPMN:
            continue
        owner = Owner(child.name, child.get("id"), "", child.position)
        if child.name in _WITHOUT_EFFECT:
            reading.ignore(owner, _WITHOUT_EFFECT[child.name])
        elif child.name == "collaboration":
            flows = sum(1 for _ in child.bpmn_children("messageFlow"))
            reason = "pools have no effect"
            if flows:
                reason = f"pools and message flows ({flows}) do not lead messages: these find their way by name"
            reading.ignore(owner, reason)


def _note_duplicates(reading: Reading, graphs: list[ProcessGraph]) -> None:
    """XML Schema's xsd:ID: an id occurs once in a file. It matters where something is found by it.

    Within a process its reader has said so already.
    """
    refused = {"process", "message", "signal", "error", "escalation"}
    owners: dict[str, ProcessGraph] = {}
    for graph in graphs:
        for id in (*graph.nodes, *graph.flows):
            first = owners.setdefault(id, graph)
            if first is not graph and first.is_executable and graph.is_executable:
                where = (graph.nodes.get(id) or graph.flows[id]).position
                type = graph.nodes[id].type if id in graph.nodes else "sequenceFlow"
                owner = Owner(type, id, graph.process_id, where)
                reading.refuse(owner, f"the id {id!r} occurs in process {first.process_id!r} too (xsd:ID)")
    for element in reading.duplicates:
        id = element.get("id")
        owner = Owner(element.name, id, "", element.position)
        first_line = reading.ids[id].position.line
        if element.name in refused:
            reading.refuse(owner, f"the id {id!r} has been used in line {first_line} (xsd:ID)")
        elif id not in owners:
            reading.ignore(owner, f"the id {id!r} has been used in line {first_line} (xsd:ID): the first one counts")


def _documentation(element: Element) -> str:
    return "\n\n".join(child.text for child in element.bpmn_children("documentation") if child.text)


@dataclass(slots=True)
class _Draft:
    """A flow node while its process is read."""

    element: Element
    owner: Owner
    type: str
    scope_id: str
    attributes: dict[str, str]
    extensions: Extensions = field(default_factory=Extensions)
    texts: dict[str, Text] = field(default_factory=dict)
    event_definitions: list[EventDefinition] = field(default_factory=list)
    loop: LoopCharacteristics | None = None
    children: tuple[str, ...] = ()
    incoming: list[str] = field(default_factory=list)
    outgoing: list[str] = field(default_factory=list)
    boundary_events: list[str] = field(default_factory=list)
    declared_flows: list[Element] = field(default_factory=list)  # its incoming and outgoing elements


class _ProcessReader:
    """Reads one process: containers from the outside in, then everything that connects nodes."""

    def __init__(self, reading: Reading, process_id: str) -> None:
        self.flows: dict[str, SequenceFlow] = {}
        self._reading = reading
        self._process_id = process_id
        self._drafts: dict[str, _Draft] = {}
        self._lanes: dict[str, str] = {}
        self._lane_properties: dict[str, dict[str, Text]] = {}
        self._associated: dict[str, str] | None = None
        self._unnamed_flows: dict[str, int] = {}  # how many there are between two nodes

    def read_container(self, element: Element, scope_id: str) -> list[str]:
        """Reads what stands in a process or sub-process.

        Returns:
            The ids of its flow nodes, in the order of the file.
        """
        children: list[str] = []
        counts: dict[str, int] = {}
        for child in element.children:
            if child.namespace != BPMN:
                continue
            if child.name == "sequenceFlow":
                self._read_flow(child)
            elif child.name == "laneSet":
                self._read_lanes(child)
            elif child.name == "dataObject":
                owner = Owner(child.name, child.get("id"), self._process_id, child.position)
                translate(self._reading, owner, child, Extensions())
            elif child.name not in _NOT_FLOW_NODES:
                node_id = child.get("id")
                if not node_id:
                    counts[child.name] = counts.get(child.name, 0) + 1
                    node_id = f"{scope_id or self._process_id}.{child.name}.{counts[child.name]}"
                if self._is_new(child, node_id):
                    self.read_node(child, scope_id, node_id, child.name)
                    children.append(node_id)
        return children

    def read_node(self, element: Element, scope_id: str, node_id: str, type: str) -> None:
        """Reads a flow node and what stands in it."""
        reading = self._reading
        owner = Owner(type, node_id, self._process_id, element.position)
        attributes = {key: value for key, value in element.attributes.items() if "}" not in key}
        attributes.pop("id", None)
        attributes.pop("name", None)
        draft = _Draft(element, owner, type, scope_id, attributes)
        self._drafts[node_id] = draft
        translate(reading, owner, element, draft.extensions)
        if type in CONTAINER_TYPES:
            draft.children = tuple(self.read_container(element, node_id))
        for child in element.children:
            if child.namespace == BPMN:
                self._read_part(draft, child)
        resolve_references(reading, owner, attributes, draft.texts)
        self._complete(draft)

    def nodes(self) -> dict[str, FlowNode]:
        """Connects the nodes that have been read and returns them, in the order of the file."""
        for flow in self.flows.values():
            source, target = self._drafts.get(flow.source_id), self._drafts.get(flow.target_id)
            if source is not None:
                source.outgoing.append(flow.id)
            if target is not None:
                target.incoming.append(flow.id)
        for node_id, draft in self._drafts.items():
            host = self._drafts.get(self._reference(draft.attributes.get("attachedToRef", "")))
            if host is not None and draft.type == "boundaryEvent":
                host.boundary_events.append(node_id)
        return {node_id: self._node(node_id, draft) for node_id, draft in self._drafts.items()}

    def _node(self, node_id: str, draft: _Draft) -> FlowNode:
        flows = {"incoming": set(draft.incoming), "outgoing": set(draft.outgoing)} if draft.declared_flows else {}
        for declared in draft.declared_flows:
            actual = flows[declared.name]
            if declared.text not in actual and self._reading.local(declared.text) not in actual:
                self._reading.ignore(
                    draft.owner,
                    f"{declared.name} names {declared.text!r}, which is no such sequence flow of this node",
                    declared.position,
                )
        attributes, extensions, element = draft.attributes, draft.extensions, draft.element
        if draft.type == "userTask":
            inherit_assignment(self._lane_properties.get(node_id), extensions)
        return FlowNode(
            node_id,
            extensions.type or draft.type,
            draft.scope_id,
            name=element.get("name"),
            documentation=_documentation(element),
            incoming=tuple(draft.incoming),
            outgoing=tuple(draft.outgoing),
            default_flow=self._reference(attributes["default"]) if attributes.get("default") else None,
            attached_to=self._reference(attributes["attachedToRef"]) if "attachedToRef" in attributes else None,
            boundary_events=tuple(draft.boundary_events),
            children=draft.children,
            data_objects=data_objects_of(element) if draft.type in CONTAINER_TYPES else (),
            event_definitions=tuple(draft.event_definitions),
            loop=draft.loop,
            lane=self._lanes.get(node_id),
            sends_message=node_id in self._reading.message_sources,
            attributes=attributes,
            properties=extensions.properties,
            texts=draft.texts,
            inputs=tuple(extensions.inputs),
            outputs=tuple(extensions.outputs),
            headers=extensions.headers,
            routes=tuple(extensions.routes),
            position=draft.owner.position,
        )

    def _read_part(self, draft: _Draft, child: Element) -> None:
        reading, name = self._reading, child.name
        if name in {"incoming", "outgoing"}:
            draft.declared_flows.append(child)
        elif is_event_definition(child):
            draft.event_definitions.append(self._read_event_definition(draft, child))
        elif name.endswith("LoopCharacteristics"):
            if draft.loop is not None:
                reason = "an activity has one loop marker at most (BPMN 2.0.2, 10.3.8)"
                reading.refuse(draft.owner, reason, child.position)
            draft.loop = read_loop(reading, draft.owner, child)
        elif name in {"dataInputAssociation", "dataOutputAssociation"}:
            read_association(reading, draft.owner, child, draft.extensions)
        elif name in ROLES:
            read_role(reading, child, draft.extensions)
        elif child.text and name != "documentation" and not child.children:
            if name.endswith("Ref"):
                draft.attributes.setdefault(name, child.text)
            elif name == "script":
                remark(reading, draft.owner, child)
                draft.texts[name] = reading.text(child, draft.attributes.get("scriptFormat"))
            else:
                remark(reading, draft.owner, child)
                expression = reading.expression(child)
                if expression is not None:
                    draft.texts[name] = expression

    def _read_event_definition(self, draft: _Draft, element: Element) -> EventDefinition:
        definition = read_event_definition(self._reading, draft.owner, element, draft.extensions)
        if definition.type == "compensateEventDefinition" and draft.type == "boundaryEvent":
            handler = self._compensation_activity(draft.owner.id)
            if handler:
                return replace(definition, attributes={**definition.attributes, "compensationActivity": handler})
        return definition

    def _compensation_activity(self, event_id: str) -> str:
        """The activity that an association joins to a compensation boundary event (BPMN 2.0.2, 10.7.1)."""
        if self._associated is None:
            self._associated = {}
            for association in self._reading.associations:
                source = self._reference(association.get("sourceRef"))
                target = self._reference(association.get("targetRef"))
                self._associated.setdefault(source, target)
                self._associated.setdefault(target, source)  # drawn the other way round
        return self._associated.get(event_id, "")

    def _complete(self, draft: _Draft) -> None:
        """Fills in properties that BPMN itself gives, where no extension has."""
        properties, attributes = draft.extensions.properties, draft.attributes
        if attributes.get("calledElement"):
            called = self._reference(attributes["calledElement"])
            where = self._reading.document.attribute_position(draft.element, "calledElement")
            properties.setdefault("calledElement", Text(called, where, expression_language_of(called)))
        operation = attributes.get("operationName")
        sent = attributes.get("messageName") and draft.owner.id in self._reading.message_sources
        if operation and (draft.type == "serviceTask" or (draft.type == "sendTask" and not sent)):
            properties.setdefault("jobType", Text(operation, draft.owner.position, TEXT))

    def _read_flow(self, element: Element) -> None:
        reading = self._reading
        source, target = self._reference(element.get("sourceRef")), self._reference(element.get("targetRef"))
        flow_id = element.get("id")
        if not flow_id:
            flow_id = f"{source}.to.{target}"
            self._unnamed_flows[flow_id] = number = self._unnamed_flows.get(flow_id, 0) + 1
            if number > 1:
                flow_id = f"{flow_id}.{number}"
        if not self._is_new(element, flow_id):
            return
        owner = Owner("sequenceFlow", flow_id, self._process_id, element.position)
        condition = None
        expression = element.bpmn_child("conditionExpression")
        if expression is not None:
            remark(reading, owner, expression)
            condition = reading.expression(expression)
            if condition is None:
                reading.ignore(owner, "an empty condition is none: the flow is taken", expression.position)
        if not is_true(element.get("isImmediate") or None, default=True):
            reading.ignore(owner, "isImmediate is not obeyed: a flow is taken at once (BPMN 2.0.2, 8.4.13)")
        translate(reading, owner, element, Extensions())
        self.flows[flow_id] = SequenceFlow(flow_id, source, target, element.get("name"), condition, owner.position)

    def _read_lanes(self, lane_set: Element, around: dict[str, Text] | None = None) -> None:
        for lane in lane_set.bpmn_children("lane"):
            name = lane.get("name")
            owner = Owner("lane", lane.get("id"), self._process_id, lane.position)
            properties = read_lane(self._reading, owner, lane) or around or {}
            for reference in lane.bpmn_children("flowNodeRef"):
                node_id = self._reference(reference.text)
                if name:
                    self._lanes[node_id] = name
                self._lane_properties[node_id] = properties
            for inner in lane.bpmn_children("childLaneSet"):
                self._read_lanes(inner, properties)

    def _is_new(self, element: Element, id: str) -> bool:
        if id not in self._drafts and id not in self.flows:
            return True
        owner = Owner(element.name, id, self._process_id, element.position)
        self._reading.refuse(
            owner, f"the id {id!r} has been used in line {self._reading.ids[id].position.line} (xsd:ID)"
        )
        return False

    def _reference(self, reference: str) -> str:
        return reference if reference in self._reading.ids else self._reading.local(reference)
