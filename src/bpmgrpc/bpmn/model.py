"""The process graph: a BPMN process as immutable data.

Rule of this file: a graph says what the file says and nothing more. It holds raw expression texts with their
positions, knows no behaviour, and never changes after the parser made it. What an element *does* is decided in
``bpmgrpc.engine.elements``; what it is *called* is decided here, by the names of BPMN 2.0.2.

A graph is flat: ``nodes`` holds every flow node of the process, those inside of sub-processes too, and
``FlowNode.scope_id`` says which sub-process a node belongs to, if any. Vendors' extension attributes and
elements have been translated into one vocabulary (see ``bpmgrpc.bpmn.extensions``): ``properties``, ``inputs``,
``outputs`` and ``headers``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

_NO_TEXTS: Mapping[str, Text] = MappingProxyType({})
_NO_STRINGS: Mapping[str, str] = MappingProxyType({})


# Factories, since Python 3.11 takes a mapping proxy for a mutable default.
def _no_texts() -> Mapping[str, Text]:
    return _NO_TEXTS


def _no_strings() -> Mapping[str, str]:
    return _NO_STRINGS


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file. Line and column count from 1; 0 means unknown."""

    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the file that may be an expression, with the place and the language that it was declared with.

    A list or map of texts is one too: its language is "list" or "map", and its members are ``parts``, with their keys.
    """

    value: str
    position: Position = Position()
    language: str | None = None  # the language URI or name in force for it; None where nothing declares one
    parts: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class VariableMapping:
    """One input or output of a flow node: the value of ``source`` becomes the variable ``target``.

    ``target`` may be a path ("Room.status"): then the member of that path is set. ``condition`` makes the mapping
    apply only where it is true.
    """

    source: Text
    target: str
    condition: Text | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One route of a user task's routing policy: whom the task goes to where its conditions hold.

    ``people`` are the task's properties of the same names ("assignee", "candidateUsers", …), which they replace.
    """

    conditions: tuple[Text, ...]
    any_of: bool  # one condition that is true is enough
    people: Mapping[str, Text]
    position: Position = Position()


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    """A sequence flow (BPMN 2.0.2, 8.4.13)."""

    id: str
    source_id: str
    target_id: str
    name: str = ""
    condition: Text | None = None
    position: Position = Position()


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """One event definition of an event (BPMN 2.0.2, 10.5.5).

    ``type`` is the BPMN element name, such as "timerEventDefinition". ``texts`` holds its expressions by BPMN
    name: "timeDate", "timeDuration", "timeCycle", "condition"; and a message's "correlationKey". ``attributes`` holds
    the BPMN attributes and what its references lead to, already resolved: "errorCode", "errorName", "messageName",
    "signalName", "escalationCode", "linkName", "activityRef", "compensationActivity" (where the association of a
    compensation boundary event leads). A reference that leads nowhere has no name beside it.
    """

    type: str
    id: str = ""
    texts: Mapping[str, Text] = field(default_factory=_no_texts)
    attributes: Mapping[str, str] = field(default_factory=_no_strings)
    position: Position = Position()


@dataclass(frozen=True, slots=True)
class LoopCharacteristics:
    """The loop or multi-instance marker of an activity (BPMN 2.0.2, 10.3.8).

    ``type`` is "standardLoopCharacteristics" or "multiInstanceLoopCharacteristics". ``texts`` by BPMN name
    ("loopCondition", "loopCardinality", "completionCondition") and by the common extension names ("collection",
    "outputElement"). ``attributes``: "testBefore", "loopMaximum", "isSequential", "behavior", "elementVariable",
    "outputCollection", … ``behavior_events`` are what a multi-instance throws when instances finish: "none", "one",
    and "complex.1", "complex.2", … whose conditions are the texts of the same name.
    """

    type: str
    texts: Mapping[str, Text] = field(default_factory=_no_texts)
    attributes: Mapping[str, str] = field(default_factory=_no_strings)
    position: Position = Position()
    behavior_events: Mapping[str, EventDefinition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlowNode:
    """An activity, gateway or event.

    ``type`` is the BPMN element name: "userTask", "exclusiveGateway", "boundaryEvent", "subProcess", …
    ``attributes`` holds the attributes of the BPMN namespace as they stand ("cancelActivity", "triggeredByEvent",
    "calledElement", "gatewayDirection", …). ``properties`` holds the vendors' extensions in this product's
    vocabulary, and ``texts`` the BPMN child elements that hold text ("script", …).
    """

    id: str
    type: str
    scope_id: str  # id of the sub-process that holds the node; empty: the process, whose id a node may have too
    name: str = ""
    documentation: str = ""
    incoming: tuple[str, ...] = ()  # ids of sequence flows, in the order of the file
    outgoing: tuple[str, ...] = ()
    default_flow: str | None = None
    attached_to: str | None = None  # boundary events: id of the activity
    boundary_events: tuple[str, ...] = ()  # activities: ids of the boundary events on it
    children: tuple[str, ...] = ()  # sub-processes: ids of the flow nodes directly inside
    data_objects: tuple[str, ...] = ()  # sub-processes: names of the data objects and properties directly inside
    event_definitions: tuple[EventDefinition, ...] = ()
    loop: LoopCharacteristics | None = None
    lane: str | None = None  # name of the innermost lane that holds the node
    sends_message: bool = False  # a message flow of the file leads away from it
    attributes: Mapping[str, str] = field(default_factory=_no_strings)
    properties: Mapping[str, Text] = field(default_factory=_no_texts)
    texts: Mapping[str, Text] = field(default_factory=_no_texts)
    inputs: tuple[VariableMapping, ...] = ()
    outputs: tuple[VariableMapping, ...] = ()
    headers: Mapping[str, str] = field(default_factory=_no_strings)
    routes: tuple[Route, ...] = ()  # user tasks: the first that fits says whom the task goes to
    position: Position = Position()


@dataclass(frozen=True, slots=True)
class BusinessObjectField:
    """A field of a business object that the file declares (an itemDefinition's structure)."""

    name: str
    type: str  # "string", "integer", "decimal", "boolean", "date", "time", "object"
    is_list: bool = False
    fields: tuple[BusinessObjectField, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrelationProperty:
    """A property that correlates messages: where its value stands in a message, and in the data of the process."""

    message_path: Text | None
    data_path: Text | None = None


@dataclass(frozen=True, slots=True)
class Correlation:
    """What correlates a message (BPMN 2.0.2, 8.4.2): the properties of a correlation key, in its order.

    Without properties: the message has several that no key names together.
    """

    key_id: str
    properties: tuple[CorrelationProperty, ...] = ()

    @property
    def is_bound(self) -> bool:
        """Whether a subscription of the process binds all of the properties to its data."""
        return all(one.data_path is not None for one in self.properties)


@dataclass(frozen=True, slots=True)
class ProcessGraph:
    """One process of a file."""

    process_id: str
    name: str = ""
    version_tag: str = ""
    documentation: str = ""
    is_executable: bool = True  # False where the file says so, and for an empty process beside others
    is_global_task: bool = False  # made of a global task (10.3.7): one node, for call activities only
    nodes: Mapping[str, FlowNode] = field(default_factory=dict)
    flows: Mapping[str, SequenceFlow] = field(default_factory=dict)
    children: tuple[str, ...] = ()  # ids of the flow nodes directly in the process
    business_objects: tuple[BusinessObjectField, ...] = ()
    properties: Mapping[str, Text] = field(default_factory=_no_texts)
    correlations: Mapping[str, Correlation] = field(default_factory=dict)  # by name of the message
    history_time_to_live: Text | None = None  # days, or an ISO 8601 duration; None: nothing is said
    searchable_fields: Text | None = None  # paths to values by which tasks are found; None: nothing is said
    expression_language: str | None = None
    position: Position = Position()


class Verdict(Enum):
    """What becomes of an element."""

    RUNS = "runs"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one element of a file, with the BPMN rule where there is something to say."""

    verdict: Verdict
    element_type: str
    element_id: str = ""
    process_id: str = ""
    reason: str = ""
    position: Position = Position()


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What the parser made of a file.

    Its processes, and findings that concern the file as a whole or parts outside of what the engine judges
    (collaborations, unknown extensions, ids that occur twice).
    """

    resource_name: str
    processes: tuple[ProcessGraph, ...]
    findings: tuple[Finding, ...] = ()
