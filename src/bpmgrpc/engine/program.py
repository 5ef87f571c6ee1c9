"""A program: a process graph made ready to run.

Rule of this file: what can be decided before an instance runs is decided here, once, when the process is deployed:
which element class serves a node, what its expressions are, where its flows lead. A program is never changed after
it was compiled and holds no state of any instance, so that all servers and instances share it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.bpmn.model import Finding, FlowNode, LoopCharacteristics, ProcessGraph, Verdict
from bpmgrpc.bpmn.names import is_activity, is_true
from bpmgrpc.bpmn.rules import is_event_sub_process
from bpmgrpc.engine.event_definitions.base import CatchPlan, interrupts
from bpmgrpc.engine.event_definitions.cancel import CancelCatchPlan
from bpmgrpc.engine.event_definitions.compensate import CompensateCatchPlan
from bpmgrpc.engine.event_definitions.link import LinkCatchPlan, LinkThrowPlan
from bpmgrpc.engine.event_definitions.multiple import parts_of
from bpmgrpc.engine.expressions import Expression, JavaScript, literal_expression
from bpmgrpc.engine.node_compiler import NodeCompiler, shorten, variable_path
from bpmgrpc.engine.search_fields import Searchable, read_paths

if TYPE_CHECKING:
    from bpmgrpc.engine.correlation import CorrelationPlan
    from bpmgrpc.engine.elements.base import Element

_QUANTITY: Final = re.compile(
    "0*[1-9][0-9]{0,2}"
)  # each is a token: nobody means a million, and a run could not hold it


@dataclass(slots=True, eq=False)
class Flow:
    """A sequence flow with its compiled condition."""

    id: str
    target: Node
    condition: Expression | None = None


@dataclass(slots=True, eq=False)
class VariableMapping:
    """A compiled input or output mapping: ``source`` becomes the variable, or the member, at ``path``."""

    source: Expression
    path: tuple[str, ...]
    condition: Expression | None = None


@dataclass(slots=True, eq=False)
class Node:
    """A flow node made ready to run.

    ``plan`` is what the node's element class compiled for itself. ``starts`` are the nodes at which a scope starts
    when it is entered.
    """

    id: str
    type: str
    name: str
    element: Element
    source: FlowNode
    plan: Any = None
    scope_id: str = ""
    incoming: tuple[str, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    default: Flow | None = None
    inputs: tuple[VariableMapping, ...] = ()
    outputs: tuple[VariableMapping, ...] = ()
    boundaries: tuple[Node, ...] = ()
    starts: tuple[Node, ...] = ()
    inner: Node | None = None  # of a loop or multi-instance: the activity that each of its instances is
    body: Node | None = None  # the other way round
    ad_hoc: Node | None = None  # of an activity: the ad-hoc sub-process that it stands in
    start_quantity: int = 1  # tokens that have to arrive before the activity starts (BPMN 2.0.2, 10.3)
    completion_quantity: int = 1  # tokens that leave by each flow that is taken
    has_conditions: bool = False  # a flow has a condition, or is the default flow
    has_timers: bool = False  # timers hang on an element instance of this node
    has_subscriptions: bool = False  # subscriptions do
    listens: bool = False  # of an event: it makes timers or subscriptions when it begins to wait
    interrupts: bool = True  # of an event: it occurs once; a boundary event or event sub-process may occur again
    compensation_handler: Node | None = None  # the activity that undoes this one
    compensation_start: Node | None = None  # of a sub-process: the start of the event sub-process that undoes it
    compensable: bool = False  # something is kept when it completes, so that it, or what is inside, can be undone
    cancel_event: Node | None = None  # of a transaction: the boundary event that takes over when it is canceled
    interrupts_scope: bool = False  # an event sub-process that interrupts the scope it stands in

    def __repr__(self) -> str:
        return f"<{self.type} {self.id!r}>"

    @property
    def is_scope(self) -> bool:
        """Whether tokens may be inside of an element instance of this node."""
        return bool(self.source.children) or self.inner is not None


@dataclass(slots=True, eq=False)
class Program:
    """A process that can run, under the id of its definition."""

    definition_id: str
    process_id: str
    app_name: str
    graph: ProcessGraph
    nodes: Mapping[str, Node]
    starts: tuple[Node, ...]  # where an instance starts that is started by a call
    process_starts: tuple[Node, ...] = ()  # the events, and receive tasks, that start instances by themselves
    instantiating_gateways: tuple[Node, ...] = ()
    # By sub-process, "" for the process: the start events of the event sub-processes that stand in it.
    event_starts: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    link_sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # throwing links, by the one that catches
    # User tasks that the completers of another one may not do, by that one.
    guarded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has_timers: bool = False  # timers of event sub-processes hang on an instance of the process
    has_subscriptions: bool = False  # subscriptions do
    has_compensation: bool = False  # activities of it can be undone
    has_complex_gateways: bool = False
    correlations: Mapping[str, CorrelationPlan] = field(default_factory=dict)  # of messages it waits for, by name
    searchable: Searchable = field(default_factory=dict)  # values by which its tasks are found
    is_conditional: bool = False  # it has conditional events, so that every change of a variable may matter


@dataclass(slots=True)
class Compilation:
    """What ``compile_process`` made: the program, unless an element was refused, and the verdict on every element."""

    program: Program | None
    findings: list[Finding] = field(default_factory=list)


def compile_process(
    graph: ProcessGraph,
    elements: Mapping[str, Element],
    *,
    definition_id: str = "",
    app_name: str = "",
    javascript: JavaScript | None = None,
) -> Compilation:
    """Compiles a process graph.

    Args:
        graph: The graph, which has passed ``bpmgrpc.bpmn.validation``.
        elements: The element classes by BPMN element name (``bpmgrpc.engine.elements.ELEMENTS``).
        definition_id: Id under which the program runs.
        app_name: Application that called processes are looked up in.
        javascript: What runs scripts in JavaScript; None where they are left to workers.

    Returns:
        The program and the verdicts; no program where an element was refused.
    """
    findings: list[Finding] = []
    nodes: dict[str, Node] = {}
    for source in graph.nodes.values():
        node = _compile_node(graph, source, elements, findings, javascript)
        if node is not None:
            nodes[source.id] = node
    _connect(graph, nodes, findings, javascript)
    if any(finding.verdict is Verdict.REFUSED for finding in findings):
        return Compilation(None, findings)
    starts = _starts(graph.children, nodes)
    left_out = _starts_left_out(graph, nodes, starts)
    unused = {finding.element_id for finding in left_out}
    findings[:] = [finding for finding in findings if finding.element_id not in unused] + left_out
    gateways = tuple(node for node in _of(graph.children, nodes) if node.element.instantiates(node))
    process_starts = (
        *(node for node in _of(graph.children, nodes) if node.element.starts_by_event(node)),
        *(flow.target for gateway in gateways for flow in gateway.outgoing),
    )
    try:
        searchable = read_paths(graph.searchable_fields.value) if graph.searchable_fields else {}
    except ValueError as error:
        reason = f"searchableFields: {error}"
        findings.append(Finding(Verdict.REFUSED, "process", graph.process_id, graph.process_id, reason, graph.position))
        return Compilation(None, findings)
    if not starts and not process_starts:
        findings.append(
            Finding(
                Verdict.REFUSED,
                "process",
                graph.process_id,
                graph.process_id,
                "the process has no start: no start event, and no flow node without incoming flow",
                graph.position,
            )
        )
        return Compilation(None, findings)
    for node in nodes.values():
        if node.source.children:
            within = node.inner or node
            within.starts = _starts(node.source.children, nodes, of_event=is_event_sub_process(node.source))
            if node.type == "adHocSubProcess":
                for activity in _of(node.source.children, nodes):
                    activity.ad_hoc = within if is_activity(activity.type) else None
    event_starts = _event_starts(nodes)
    for node in (*nodes.values(), *(node.inner for node in nodes.values() if node.inner is not None)):
        # What stands in a sub-process that loops listens for each of its instances.
        inside = event_starts.get(node.id, ()) if node.inner is None else ()
        listening = (*_listening(node), *inside)
        node.has_timers = any(one.plan.has_timer for one in listening)
        node.has_subscriptions = any(one.plan.subscribes for one in listening)
    _prepare_compensation(nodes, event_starts)
    inside = event_starts.get("", ())
    program = Program(
        definition_id,
        graph.process_id,
        app_name,
        graph,
        nodes,
        starts,
        process_starts,
        gateways,
        event_starts,
        _link_sources(nodes),
        _guarded(nodes),
        searchable=searchable,
        has_timers=any(start.plan.has_timer for start in inside),
        has_subscriptions=any(start.plan.subscribes for start in inside),
        has_compensation=any(node.compensable for node in nodes.values()),
        has_complex_gateways=any(node.type == "complexGateway" for node in nodes.values()),
        correlations=_correlations(nodes.values()),
        is_conditional=any(
            isinstance(node.plan, CatchPlan) and node.plan.is_conditional and node not in process_starts
            for node in nodes.values()
        ),
    )
    return Compilation(program, findings)


def _listening(node: Node) -> list[Node]:
    """What hangs on an element instance of a node: its own event, its boundary events, the events that a gateway waits
    for.
    """
    if node.type == "startEvent":
        return []  # what it listens for hangs on the scope around the event sub-process
    awaited = [flow.target for flow in node.outgoing] if node.element.waits_for_targets else []
    return [one for one in (node, *node.boundaries, *awaited) if isinstance(one.plan, CatchPlan)]


def _event_starts(nodes: Mapping[str, Node]) -> dict[str, tuple[Node, ...]]:
    """The start events of event sub-processes, by the process or sub-process that these stand in."""
    found: dict[str, list[Node]] = {}
    for node in nodes.values():
        if is_event_sub_process(node.source):
            node.interrupts_scope = all(start.interrupts for start in node.starts)
            found.setdefault(node.scope_id, []).extend(node.starts)
    return {scope: tuple(starts) for scope, starts in found.items()}


def _prepare_compensation(nodes: Mapping[str, Node], event_starts: Mapping[str, tuple[Node, ...]]) -> None:
    """Finds what undoes each activity, and marks those with the sub-processes around them."""
    for node in nodes.values():
        for boundary in node.boundaries:
            if isinstance(boundary.plan, CompensateCatchPlan):
                for one in (node, node.inner or node):
                    one.compensation_handler = nodes.get(boundary.plan.activity)
            elif isinstance(boundary.plan, CancelCatchPlan):
                node.cancel_event = boundary
        starts = [start for start in event_starts.get(node.id, ()) if isinstance(start.plan, CompensateCatchPlan)]
        (node.inner or node).compensation_start = starts[0] if starts else None
        around: Node | None = node
        if node.compensation_handler is not None or starts:
            while around is not None and not around.compensable:
                around.compensable = True
                if around.inner is not None:
                    around.inner.compensable = True
                around = nodes.get(around.scope_id)


def _correlations(nodes: Iterable[Node]) -> dict[str, CorrelationPlan]:
    """What correlates the messages that a process waits for, by their names."""
    plans = [(node.inner or node).plan for node in nodes]
    parts = [part for plan in plans if isinstance(plan, CatchPlan) for part in parts_of(plan)]
    return {part.correlation.message_name: part.correlation for part in parts if part.correlation is not None}


def _guarded(nodes: Mapping[str, Node]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for node in nodes.values():
        for other in (node.inner or node).element.separate_from(node.inner or node):
            found.setdefault(other, []).append(node.id)
    return {other: tuple(guarded) for other, guarded in found.items()}


def _link_sources(nodes: Mapping[str, Node]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for node in nodes.values():
        if isinstance(node.plan, LinkThrowPlan):
            for flow in node.outgoing:
                found.setdefault(flow.target.id, []).append(node.id)
    return {target: tuple(sources) for target, sources in found.items()}


def _compile_node(
    graph: ProcessGraph,
    source: FlowNode,
    elements: Mapping[str, Element],
    findings: list[Finding],
    javascript: JavaScript | None,
) -> Node | None:
    compiler = NodeCompiler(graph, source, findings, javascript)
    element = elements.get(source.type)
    if element is None:
        compiler.refuse(f"{source.type} does not run in this release")
        return None
    node = Node(source.id, source.type, source.name or source.id, element, source, scope_id=source.scope_id)
    node.incoming = source.incoming
    node.start_quantity = _quantity(compiler, source, "startQuantity")
    node.completion_quantity = _quantity(compiler, source, "completionQuantity")
    node.inputs = _mappings(compiler, source.inputs, "input")
    node.outputs = _mappings(compiler, source.outputs, "output")
    node.plan = element.compile(source, compiler)
    if source.loop is not None:
        node = _repeated(compiler, node, source.loop, elements)
    if not compiler.refused:
        findings.append(
            Finding(Verdict.RUNS, source.type, source.id, graph.process_id, compiler.remarks, source.position)
        )
    return node


def _repeated(compiler: NodeCompiler, inner: Node, loop: LoopCharacteristics, elements: Mapping[str, Element]) -> Node:
    """Puts the loop around an activity: flows and boundary events are the loop's, mappings each instance's."""
    element = elements.get(loop.type)
    if element is None:
        compiler.refuse(f"{loop.type} does not run in this release", loop.position)
        return inner
    body = Node(inner.id, inner.type, inner.name, element, inner.source, scope_id=inner.scope_id)
    body.incoming = inner.incoming
    body.start_quantity = inner.start_quantity
    body.completion_quantity = inner.completion_quantity
    body.plan = element.compile(inner.source, compiler)
    body.inner = inner
    inner.body = body
    if is_event_sub_process(inner.source) or inner.element.starts_by_event(inner):
        compiler.refuse("what an event starts cannot loop (BPMN 2.0.2, 10.3.5 and 10.3.3)", loop.position)
    if not compiler.refused:
        element.settle(body)
    return body


def _quantity(compiler: NodeCompiler, source: FlowNode, name: str) -> int:
    text = source.attributes.get(name, "1").strip()
    if _QUANTITY.fullmatch(text):
        return int(text)
    compiler.refuse(f"{name} has to be a number from 1 to 999, not {shorten(text)!r}")
    return 1


def _mappings(compiler: NodeCompiler, mappings: Iterable[Any], what: str) -> tuple[VariableMapping, ...]:
    compiled = []
    for mapping in mappings:
        path = variable_path(mapping.target)
        if not path:
            compiler.refuse(
                f"the {what} mapping's target {mapping.target!r} is no variable path", mapping.source.position
            )
            continue
        source = compiler.template(mapping.source, f"{what} mapping to {mapping.target!r}")
        condition = compiler.expression(mapping.condition, f"condition of the {what} mapping to {mapping.target!r}")
        if source is None and not mapping.source.value:
            source = literal_expression("")
        if source is not None:
            compiled.append(VariableMapping(source, path, condition))
    return tuple(compiled)


def _connect(
    graph: ProcessGraph, nodes: dict[str, Node], findings: list[Finding], javascript: JavaScript | None
) -> None:
    for node in nodes.values():
        outgoing: list[Flow] = []
        for flow_id in node.source.outgoing:
            flow = graph.flows[flow_id]
            compiler = NodeCompiler(graph, node.source, findings, javascript)
            condition = compiler.expression(flow.condition, f"condition of sequence flow {flow.id!r}")
            target = nodes.get(flow.target_id)
            if target is None:
                continue  # the target was refused
            compiled = Flow(flow.id, target, condition)
            outgoing.append(compiled)
            if node.element.waits_for_targets and target.inner is not None:
                NodeCompiler(graph, target.source, findings).refuse(
                    "a receive task behind an event-based gateway cannot loop (BPMN 2.0.2, 10.6.6)"
                )
            if flow_id == node.source.default_flow:
                node.default = compiled
                compiled.condition = None  # BPMN 2.0.2, 8.3.13: a default flow has no condition of its own
        if isinstance(node.plan, LinkThrowPlan):
            outgoing = [Flow(f"link {node.plan.name}", target) for target in _link_targets(nodes, node)]
        node.outgoing = tuple(outgoing)
        node.has_conditions = node.default is not None or any(flow.condition is not None for flow in outgoing)
        node.boundaries = tuple(nodes[key] for key in node.source.boundary_events if key in nodes)
        if isinstance(node.plan, CatchPlan):
            node.listens = node.plan.has_timer or node.plan.subscribes
            node.interrupts = node.plan.always_interrupts or interrupts(node.source)


def _link_targets(nodes: Mapping[str, Node], source: Node) -> list[Node]:
    """The catching link of a throwing one's name in its scope."""
    return [
        node
        for node in nodes.values()
        if isinstance(node.plan, LinkCatchPlan)
        and node.plan.name == source.plan.name
        and node.scope_id == source.scope_id
    ]


def _starts_left_out(graph: ProcessGraph, nodes: Mapping[str, Node], starts: tuple[Node, ...]) -> list[Finding]:
    """The verdicts on none start events beside the first of the process."""
    reason = "a call starts the process at the first none start event of the file only"
    return [
        Finding(Verdict.IGNORED, node.type, node.id, graph.process_id, reason, node.source.position)
        for node in _of(graph.children, nodes)
        if node.type == "startEvent" and not node.source.event_definitions and node not in starts
    ]


def _of(ids: Iterable[str], nodes: Mapping[str, Node]) -> list[Node]:
    return [nodes[key] for key in ids if key in nodes]


def _starts(children: Iterable[str], nodes: Mapping[str, Node], *, of_event: bool = False) -> tuple[Node, ...]:
    """Where a scope starts: at its none start event, an event sub-process at its event; where it has no start event at
    all, at every flow node without incoming flow (BPMN 2.0.2, 10.5.2).
    """
    members = _of(children, nodes)
    events = [node for node in members if node.type == "startEvent"]
    if of_event:
        return tuple(events)[:1]
    if events:
        return tuple(node for node in events if not node.source.event_definitions)[:1]
    return tuple(node for node in members if not node.incoming and _starts_by_itself(node))


def _starts_by_itself(node: Node) -> bool:
    return node.element.starts_implicitly(node) and not is_true(node.source.attributes.get("isForCompensation"))
