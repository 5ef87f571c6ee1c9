"""What the parser makes of processes, nodes, flows and references."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.model import Finding, Position, Text, Verdict
from bpmgrpc.bpmn.parser import parse_file
from tests.unit.bpmn.conftest import Bpmn

ZEEBE_LOOP = (
    '<extensionElements><zeebe:loopCharacteristics inputCollection="=list" inputElement="item" outputCollection="done" '
    'outputElement="=r"/></extensionElements>'
)


def test_process_is_read_with_its_head(bpmn: Bpmn) -> None:
    """A process keeps id, name, documentation and the expression language of its file."""
    graph = bpmn.graph(
        '<documentation>First.</documentation><documentation>Second.</documentation><task id="n"/>',
        process='name="จองห้อง &amp; more"',
        attributes='expressionLanguage="http://www.w3.org/1999/XPath"',
    )

    assert (graph.process_id, graph.name, graph.documentation) == ("P", "จองห้อง & more", "First.\n\nSecond.")
    assert graph.expression_language == "http://www.w3.org/1999/XPath"
    assert graph.is_executable


@pytest.mark.parametrize(
    ("attribute", "is_executable"), (("", True), ('isExecutable="true"', True), ('isExecutable="false"', False))
)
def test_process_is_executable_unless_the_file_says_no(bpmn: Bpmn, attribute: str, is_executable: bool) -> None:
    """A missing isExecutable counts as true."""
    assert bpmn.graph('<task id="n"/>', process=attribute).is_executable is is_executable


@pytest.mark.parametrize("process_id", ("Booking Room", "a/b", "1st", "a:b"))
def test_process_id_that_is_no_ncname_is_accepted_with_a_finding(process_id: str) -> None:
    """Spaces and slashes in a process id are kept, and mentioned."""
    content = (
        f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="{process_id}"/></definitions>'
    )

    parsed = parse_file("f", content.encode())

    assert parsed.processes[0].process_id == process_id
    assert [(found.verdict, found.element_id) for found in parsed.findings] == [(Verdict.IGNORED, process_id)]


def test_thai_process_id_is_an_ncname(bpmn: Bpmn) -> None:
    """Thai letters are letters: XML allows them in ids."""
    content = (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="จองห้องประชุม"/></definitions>'
    )

    assert parse_file("f", content.encode()).findings == ()


def test_process_without_id_is_refused() -> None:
    """A process that has no id cannot be known by one."""
    content = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">\n <process/></definitions>'

    parsed = parse_file("f", content)

    assert parsed.processes == ()
    assert [(found.verdict, found.position) for found in parsed.findings] == [(Verdict.REFUSED, Position(2, 2))]


def test_node_keeps_what_the_file_says(bpmn: Bpmn) -> None:
    """A node has its BPMN name as type, and its BPMN attributes as they stand."""
    node = bpmn.node(
        '<userTask id="n" name="Choose" implementation="##unspecified"><documentation>Pick one.</documentation>'
        "</userTask>"
    )

    assert (node.id, node.type, node.scope_id, node.name) == ("n", "userTask", "", "Choose")
    assert node.documentation == "Pick one."
    assert node.attributes == {"implementation": "##unspecified"}


def test_unknown_element_becomes_a_node_of_its_type(bpmn: Bpmn) -> None:
    """A BPMN element that the parser has never heard of reaches the engine, which decides."""
    assert bpmn.node('<usrTask id="n"/>').type == "usrTask"


def test_parts_of_a_process_are_no_nodes(bpmn: Bpmn) -> None:
    """Artifacts, data and the like are not flow nodes, nor are foreign elements."""
    graph = bpmn.graph(
        '<task id="n"/><textAnnotation id="t"><text>x</text></textAnnotation><group id="g"/>'
        '<association id="a" sourceRef="n" targetRef="t"/><dataObject id="d"/><dataStoreReference id="s"/>'
        '<property id="p"/><acme:thing id="x"/>'
    )

    assert list(graph.nodes) == ["n"]


def test_flows_connect_nodes_in_the_order_of_the_file(bpmn: Bpmn) -> None:
    """Incoming and outgoing flows come from the sequence flows, in their order."""
    graph = bpmn.graph(
        '<exclusiveGateway id="g" default="f2"/><task id="a"/><task id="b"/>'
        '<sequenceFlow id="f2" sourceRef="g" targetRef="b" name="Otherwise"/>'
        '<sequenceFlow id="f1" sourceRef="g" targetRef="a"/><sequenceFlow id="f3" sourceRef="b" targetRef="a"/>'
    )

    assert graph.nodes["g"].outgoing == ("f2", "f1")
    assert graph.nodes["g"].default_flow == "f2"
    assert graph.nodes["a"].incoming == ("f1", "f3")
    assert graph.flows["f2"].name == "Otherwise"


def test_ids_that_are_missing_are_made(bpmn: Bpmn) -> None:
    """Flows and nodes without id get ids that only depend on what surrounds them."""
    graph = bpmn.graph(
        '<task id="a"/><subProcess><task/><task/></subProcess>'
        '<sequenceFlow sourceRef="a" targetRef="a"/><sequenceFlow sourceRef="a" targetRef="a"/>'
    )

    assert list(graph.nodes) == ["a", "P.subProcess.1", "P.subProcess.1.task.1", "P.subProcess.1.task.2"]
    assert list(graph.flows) == ["a.to.a", "a.to.a.2"]


def test_ids_that_differ_only_in_case_are_different(bpmn: Bpmn) -> None:
    """Ids are compared letter by letter."""
    graph = bpmn.graph('<task id="Task"/><task id="task"/><sequenceFlow id="f" sourceRef="Task" targetRef="task"/>')

    assert (graph.nodes["Task"].outgoing, graph.nodes["task"].incoming) == (("f",), ("f",))


def test_condition_has_its_place_and_language(bpmn: Bpmn) -> None:
    """A condition is the text of its element, with the language in force for it."""
    body = (
        '<task id="a"/>\n<sequenceFlow id="f" sourceRef="a" targetRef="a">'
        '<conditionExpression xsi:type="tFormalExpression">\n  <![CDATA[ Leave.days > 3 && Leave.ok ]]>'
        '</conditionExpression></sequenceFlow><sequenceFlow id="g" sourceRef="a" targetRef="a">'
        '<conditionExpression language="juel">${x}</conditionExpression></sequenceFlow>'
    )

    flows = bpmn.graph(body, attributes='expressionLanguage="urn:mine"').flows

    assert flows["f"].condition is not None
    assert (flows["f"].condition.value, flows["f"].condition.language) == ("Leave.days > 3 && Leave.ok", "urn:mine")
    assert flows["f"].condition.position.column == 13
    assert flows["g"].condition is not None
    assert flows["g"].condition.language == "juel"


def test_empty_condition_is_none_and_said_so(bpmn: Bpmn) -> None:
    """A condition without text is not one; a finding says so."""
    body = '<task id="a"/><sequenceFlow id="f" sourceRef="a" targetRef="a"><conditionExpression/></sequenceFlow>'

    assert bpmn.graph(body).flows["f"].condition is None
    assert bpmn.ignored(body) == ["an empty condition is none: the flow is taken"]


def test_sub_processes_are_flat_with_scopes(bpmn: Bpmn) -> None:
    """All nodes stand in one table; each knows its scope, each scope its children."""
    graph = bpmn.graph(
        '<subProcess id="outer"><transaction id="inner"><task id="deep"/></transaction><task id="n"/></subProcess>'
        '<adHocSubProcess id="free"><task id="m"/><completionCondition>${done}</completionCondition></adHocSubProcess>'
    )

    assert graph.children == ("outer", "free")
    assert {node.id: node.scope_id for node in graph.nodes.values()} == {
        "outer": "",
        "inner": "outer",
        "deep": "inner",
        "n": "outer",
        "free": "",
        "m": "free",
    }
    assert graph.nodes["outer"].children == ("inner", "n")
    assert graph.nodes["free"].texts["completionCondition"].value == "${done}"


def test_boundary_event_and_activity_know_each_other(bpmn: Bpmn) -> None:
    """A boundary event names its activity, the activity its boundary events."""
    graph = bpmn.graph(
        '<boundaryEvent id="b" attachedToRef="a" cancelActivity="false"><timerEventDefinition>'
        '<timeDuration>PT10S</timeDuration></timerEventDefinition></boundaryEvent><task id="a"/>'
    )

    assert graph.nodes["b"].attached_to == "a"
    assert graph.nodes["a"].boundary_events == ("b",)
    assert graph.nodes["b"].attributes["cancelActivity"] == "false"


@pytest.mark.parametrize("name", ("timeDate", "timeDuration", "timeCycle"))
def test_timer_keeps_its_text(bpmn: Bpmn, name: str) -> None:
    """A timer's date, duration or cycle is a text."""
    node = bpmn.node(
        f'<startEvent id="n"><timerEventDefinition id="d"><{name}>R3/PT10S</{name}></timerEventDefinition></startEvent>'
    )

    (definition,) = node.event_definitions
    assert (definition.type, definition.id) == ("timerEventDefinition", "d")
    assert definition.texts[name].value == "R3/PT10S"


@pytest.mark.parametrize("reference", ("x", "tns:x"))
@pytest.mark.parametrize(
    ("root", "element", "attributes"),
    (
        ('<message id="x" name="new invoice"/>', "message", {"messageName": "new invoice"}),
        ('<signal id="x" name="stop"/>', "signal", {"signalName": "stop"}),
        ('<error id="x" errorCode="E1" name="Full"/>', "error", {"errorCode": "E1", "errorName": "Full"}),
        ('<error id="x" name="Full"/>', "error", {"errorCode": "Full", "errorName": "Full"}),
        ('<error id="x"/>', "error", {"errorCode": "x", "errorName": "x"}),
        ('<escalation id="x" escalationCode="C"/>', "escalation", {"escalationCode": "C", "escalationName": "x"}),
    ),
)
def test_reference_of_an_event_is_resolved(
    bpmn: Bpmn, reference: str, root: str, element: str, attributes: dict[str, str]
) -> None:
    """A reference, prefixed or not, leads to the name or code of the element it names."""
    body = f'<endEvent id="n"><{element}EventDefinition {element}Ref="{reference}"/></endEvent>'

    (definition,) = bpmn.node(body, roots=root).event_definitions

    assert dict(definition.attributes) == {f"{element}Ref": reference, **attributes}


def test_reference_that_leads_nowhere_has_no_name(bpmn: Bpmn) -> None:
    """A dangling reference keeps its value and gets no name."""
    (definition,) = bpmn.node('<endEvent id="n"><signalEventDefinition signalRef="x"/></endEvent>').event_definitions

    assert dict(definition.attributes) == {"signalRef": "x"}


def test_error_reference_without_error_is_the_code(bpmn: Bpmn) -> None:
    """An errorRef that names no error element is taken as the error code, with a finding."""
    body = '<endEvent id="n"><errorEventDefinition errorRef="FULL"/></endEvent>'

    (definition,) = bpmn.node(body).event_definitions

    assert definition.attributes["errorCode"] == "FULL"
    assert bpmn.ignored(body) == ["the file has no error 'FULL': this is taken as the error code"]


def test_event_definition_may_stand_at_the_root(bpmn: Bpmn) -> None:
    """An eventDefinitionRef is replaced by the definition it names."""
    node = bpmn.node(
        '<endEvent id="n"><eventDefinitionRef>tns:d</eventDefinitionRef></endEvent>',
        roots='<error id="e" errorCode="E1"/><errorEventDefinition id="d" errorRef="e"/>',
    )

    (definition,) = node.event_definitions
    assert (definition.type, definition.id) == ("errorEventDefinition", "d")
    assert definition.attributes["errorCode"] == "E1"


def test_link_and_compensation_are_read(bpmn: Bpmn) -> None:
    """A link's name is its linkName; a compensation boundary event knows the activity that its association leads to."""
    graph = bpmn.graph(
        '<intermediateThrowEvent id="l"><linkEventDefinition name="A"/></intermediateThrowEvent><task id="a"/>'
        '<boundaryEvent id="b" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>'
        '<task id="undo" isForCompensation="true"/><association id="x" sourceRef="b" targetRef="undo"/>'
    )

    assert graph.nodes["l"].event_definitions[0].attributes == {"linkName": "A"}
    assert graph.nodes["b"].event_definitions[0].attributes == {"compensationActivity": "undo"}


def test_tasks_resolve_message_and_operation(bpmn: Bpmn) -> None:
    """Receive and send tasks know their message, service tasks the operation, which is their job's type."""
    roots = '<message id="m" name="paid"/><interface id="i" name="I"><operation id="o" name="pay"/></interface>'

    assert bpmn.node('<receiveTask id="n" messageRef="m"/>', roots=roots).attributes["messageName"] == "paid"
    assert bpmn.node('<serviceTask id="n" operationRef="o"/>', roots=roots).properties["jobType"].value == "pay"


def test_script_task_keeps_script_and_format(bpmn: Bpmn) -> None:
    """A script is a text in the language of its scriptFormat."""
    node = bpmn.node('<scriptTask id="n" scriptFormat="groovy"><script>a &lt; 1\nb</script></scriptTask>')

    assert (node.texts["script"].value, node.texts["script"].language) == ("a < 1\nb", "groovy")


def test_call_activity_names_what_it_calls(bpmn: Bpmn) -> None:
    """The called element is a property, without the prefix of its QName."""
    assert bpmn.node('<callActivity id="n" calledElement="tns:Check"/>').properties["calledElement"].value == "Check"


def test_innermost_lane_names_its_nodes(bpmn: Bpmn) -> None:
    """A node has the name of the innermost lane that lists it; a lane without name gives none."""
    graph = bpmn.graph(
        '<laneSet><lane name="Office"><flowNodeRef>a</flowNodeRef><flowNodeRef>b</flowNodeRef><childLaneSet>'
        '<lane name="Cashier"><flowNodeRef>b</flowNodeRef></lane></childLaneSet></lane>'
        '<lane name=""><flowNodeRef>c</flowNodeRef></lane></laneSet><task id="a"/><task id="b"/><task id="c"/>'
    )

    assert [graph.nodes[key].lane for key in "abc"] == ["Office", "Cashier", None]


def test_several_processes_are_read(bpmn: Bpmn) -> None:
    """A file may hold several processes; one without flow nodes beside others is a pool that shows nothing."""
    roots = (
        '<process id="Q"><task id="q"/></process><process id="Empty"/><collaboration><participant processRef="P"/>'
        '<participant name="Bank"/><messageFlow sourceRef="q" targetRef="p"/></collaboration><choreography id="c"/>'
    )

    parsed = bpmn.parse('<task id="p"/>', roots=roots)

    assert [graph.process_id for graph in parsed.processes] == ["Q", "P"]
    assert [(found.element_type, found.element_id, found.reason) for found in parsed.findings] == [
        ("process", "Empty", "a pool whose inside is not shown: no process to run"),
        ("collaboration", "", "pools and message flows (1) do not lead messages: these find their way by name"),
        ("choreography", "c", "choreographies are not run"),
    ]


def test_global_task_becomes_a_process_of_one_node(bpmn: Bpmn) -> None:
    """A global task can be called like a process."""
    parsed = bpmn.parse(
        '<task id="n"/>', roots='<globalScriptTask id="G" name="Add"><script>1</script></globalScriptTask>'
    )

    graph = parsed.processes[1]
    assert (graph.process_id, graph.is_global_task, graph.children) == ("G", True, ("G.task",))
    assert (graph.nodes["G.task"].type, graph.nodes["G.task"].texts["script"].value) == ("scriptTask", "1")


def test_declared_flow_that_does_not_exist_is_noted(bpmn: Bpmn) -> None:
    """An incoming or outgoing element that no sequence flow answers to is ignored with a finding."""
    body = (
        '<task id="a"><incoming>f</incoming><outgoing>tns:f</outgoing></task>'
        '<sequenceFlow id="f" sourceRef="a" targetRef="b"/>'
    )

    assert bpmn.ignored(body) == ["incoming names 'f', which is no such sequence flow of this node"]


def test_ids_that_occur_twice_are_refused(bpmn: Bpmn) -> None:
    """A node, flow or message of an id that has been used is refused, and named with both lines."""
    body = '\n<task id="a"/>\n<task id="a"/>\n<sequenceFlow id="a" sourceRef="a" targetRef="a"/>'

    parsed = bpmn.parse(body, roots='<message id="m"/><message id="m"/>')

    refused = [found for found in parsed.findings if found.verdict is Verdict.REFUSED]
    assert [(found.element_type, found.element_id) for found in refused] == [
        ("message", "m"),
        ("task", "a"),
        ("sequenceFlow", "a"),
    ]
    assert "has been used in line " in refused[1].reason
    assert list(parsed.processes[0].nodes) == ["a"]


def test_ids_shared_by_two_processes_are_refused_where_both_run(bpmn: Bpmn) -> None:
    """Ids are unique in the whole file; a process that does not run disturbs none that does."""
    twice = bpmn.parse('<task id="a"/>', roots='<process id="Q"><task id="a"/></process>')
    beside = bpmn.parse('<task id="a"/>', roots='<process id="Q" isExecutable="false"><task id="a"/></process>')

    assert [(found.verdict, found.process_id) for found in twice.findings] == [(Verdict.REFUSED, "P")]
    assert Verdict.REFUSED not in {found.verdict for found in beside.findings}


def test_second_loop_marker_is_refused(bpmn: Bpmn) -> None:
    """An activity has one loop marker."""
    parsed = bpmn.parse('<task id="n"><standardLoopCharacteristics/><multiInstanceLoopCharacteristics/></task>')

    assert [(found.verdict, found.reason) for found in parsed.findings] == [
        (Verdict.REFUSED, "an activity has one loop marker at most (BPMN 2.0.2, 10.3.8)")
    ]


def test_standard_loop_is_read(bpmn: Bpmn) -> None:
    """A loop keeps condition, maximum and when it tests."""
    loop = bpmn.node(
        '<task id="n"><standardLoopCharacteristics testBefore="true" loopMaximum="3">'
        "<loopCondition>${a}</loopCondition></standardLoopCharacteristics></task>"
    ).loop

    assert loop is not None
    assert loop.attributes == {"testBefore": "true", "loopMaximum": "3"}
    assert loop.texts["loopCondition"].value == "${a}"


def test_flowable_collection_may_be_an_element(bpmn: Bpmn) -> None:
    """Flowable's other way to name a collection."""
    inner = "<flowable:collection><flowable:expression>${list}</flowable:expression></flowable:collection>"
    marker = (
        f"<multiInstanceLoopCharacteristics><extensionElements>{inner}</extensionElements>"
        "</multiInstanceLoopCharacteristics>"
    )

    loop = bpmn.node(f'<task id="n">{marker}</task>').loop

    assert loop is not None
    assert loop.texts["collection"].value == "${list}"


def test_global_task_without_id_is_ignored(bpmn: Bpmn) -> None:
    """Nothing can call a global task that has no id."""
    parsed = bpmn.parse('<task id="n"/>', roots="<globalTask/>")

    assert [graph.process_id for graph in parsed.processes] == ["P"]
    assert [found.reason for found in parsed.findings] == ["without an id nothing can call it"]


def test_lone_empty_process_stays_a_process() -> None:
    """A file whose only process is empty gets the refusal that it deserves, not silence."""
    content = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="P"/></definitions>'

    assert [graph.process_id for graph in parse_file("f", content).processes] == ["P"]


def test_id_shared_with_a_part_is_noted(bpmn: Bpmn) -> None:
    """An id that occurs twice where nothing is found by it is only mentioned."""
    body = '<dataObject id="d"/>\n<dataObject id="d"/><task id="n"/>'

    (reason,) = bpmn.ignored(body)

    assert reason.endswith("(xsd:ID): the first one counts")


def test_booleans_may_be_numbers(bpmn: Bpmn) -> None:
    """XML Schema allows 0 and 1 for false and true."""
    assert bpmn.graph('<task id="n"/>', process='isExecutable="0"').is_executable is False
    assert bpmn.refused('<startEvent id="s"/><subProcess id="n" triggeredByEvent="1"/>') == [
        ("n", "an event sub-process needs exactly one start event, found 0 (BPMN 2.0.2, 10.3.5)")
    ]


def test_same_file_gives_the_same_graph(bpmn: Bpmn) -> None:
    """Reading is a function of the bytes."""
    content = bpmn.file('<task/><sequenceFlow sourceRef="a" targetRef="b"/>')

    assert parse_file("f", content) == parse_file("f", content)


def test_findings_are_bounded(bpmn: Bpmn) -> None:
    """Of very many findings the refused ones are kept and the rest is counted."""
    body = '<task id="a"/>' * 1500

    findings = bpmn.parse(body).findings

    assert len(findings) == 1001
    assert findings[-1] == Finding(Verdict.REFUSED, "definitions", reason="and 499 more findings")


def test_multi_instance_of_bpmn_is_read(bpmn: Bpmn) -> None:
    """The standard's way: data references, data items, behaviour and the events it throws."""
    loop = bpmn.node(
        '<dataObject id="rooms"/><task id="n"><ioSpecification><dataInput id="in" name="all rooms"/></ioSpecification>'
        '<multiInstanceLoopCharacteristics isSequential="true" behavior="Complex" noneBehaviorEventRef="d">'
        "<loopCardinality>3</loopCardinality><loopDataInputRef>in</loopDataInputRef>"
        "<loopDataOutputRef>rooms</loopDataOutputRef>"
        '<inputDataItem id="i" name="room"/><outputDataItem id="o"/><completionCondition>${x}</completionCondition>'
        "<complexBehaviorDefinition><condition>true</condition><event><signalEventDefinition signalRef='s'/></event>"
        "</complexBehaviorDefinition></multiInstanceLoopCharacteristics></task>",
        roots='<signal id="s" name="Go"/><signalEventDefinition id="d" signalRef="s"/>',
    ).loop

    assert loop is not None
    assert {key: text.value for key, text in loop.texts.items()} == {
        "loopCardinality": "3",
        "collection": '${execution.getVariable("all rooms")}',
        "outputElement": "${o}",
        "completionCondition": "${x}",
        "complex.1": "true",
    }
    assert loop.attributes["elementVariable"] == "room"
    assert loop.attributes["outputCollection"] == "rooms"
    assert loop.attributes["isSequential"] == "true"
    assert [(key, event.attributes["signalName"]) for key, event in loop.behavior_events.items()] == [
        ("none", "Go"),
        ("complex.1", "Go"),
    ]


@pytest.mark.parametrize(
    ("marker", "collection", "attributes"),
    (
        (
            '<multiInstanceLoopCharacteristics camunda:collection="${list}" camunda:elementVariable="item"/>',
            Text("${list}", Position(0, 0), "juel"),
            {"elementVariable": "item"},
        ),
        (
            '<multiInstanceLoopCharacteristics flowable:collection="list" flowable:elementIndexVariable="i"/>',
            Text("${list}", Position(0, 0), "juel"),
            {"elementIndexVariable": "i"},
        ),
        (
            f"<multiInstanceLoopCharacteristics>{ZEEBE_LOOP}</multiInstanceLoopCharacteristics>",
            Text("=list", Position(0, 0), "feel"),
            {"elementVariable": "item", "outputCollection": "done"},
        ),
    ),
    ids=("Camunda 7", "Flowable", "Camunda 8"),
)
def test_multi_instance_of_vendors_is_read(
    bpmn: Bpmn, marker: str, collection: Text, attributes: dict[str, str]
) -> None:
    """However a vendor names the collection, it is one expression."""
    loop = bpmn.node(f'<task id="n">{marker}</task>').loop

    assert loop is not None
    found = loop.texts["collection"]
    assert (found.value, found.language) == (collection.value, collection.language)
    assert loop.attributes == attributes
