"""Vendors' extensions in one vocabulary."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bpmgrpc.bpmn.extensions import VENDORS, VOCABULARY
from bpmgrpc.bpmn.model import Position, Verdict
from bpmgrpc.bpmn.parser import parse_file
from tests.unit.bpmn.conftest import Bpmn

Properties = Callable[..., dict[str, str]]


def wrap(element: str, inner: str, attributes: str = "") -> str:
    """Writes a node "n" with extension elements."""
    return f'<{element} id="n" {attributes}><extensionElements>{inner}</extensionElements></{element}>'


def test_every_word_of_the_tables_is_in_the_vocabulary() -> None:
    """No vendor's attribute is translated into a word that nobody knows."""
    words = {row for vendor in VENDORS.values() for row in vendor.attributes.values() if isinstance(row, str)}

    assert words <= VOCABULARY.keys()


@pytest.mark.parametrize("vendor", ("camunda", "flowable", "activiti"))
def test_user_task_of_the_java_engines(properties: Properties, vendor: str) -> None:
    """Camunda 7, Flowable and Activiti write people as attributes."""
    names = ("assignee", "candidateUsers", "candidateGroups", "owner", "priority", "dueDate", "followUpDate", "formKey")
    attributes = " ".join(f'{vendor}:{name}="{name} x"' for name in names)

    found = properties(f'<userTask id="n" {attributes}/>')

    assert found == {name: f"{name} x" for name in names}


def test_user_task_of_camunda_8(properties: Properties) -> None:
    """Camunda 8 writes people as extension elements."""
    found = properties(
        wrap(
            "userTask",
            '<zeebe:userTask/><zeebe:assignmentDefinition assignee="demo" candidateUsers="=[&quot;a&quot;]" '
            'candidateGroups="g, h"/><zeebe:formDefinition formId="booking"/><zeebe:taskSchedule dueDate="=d" '
            'followUpDate="=f"/><zeebe:priorityDefinition priority="70"/>',
        )
    )

    assert found == {
        "assignee": "demo",
        "candidateUsers": '=["a"]',
        "candidateGroups": "g, h",
        "formKey": "booking",
        "dueDate": "=d",
        "followUpDate": "=f",
        "priority": "70",
    }


def test_user_task_of_this_product(properties: Properties) -> None:
    """Each word of the vocabulary is an attribute of this product's namespace."""
    attributes = " ".join(f'bpmgrpc:{word}="{word}"' for word in VOCABULARY)

    assert properties(f'<userTask id="n" {attributes}/>') == {word: word for word in VOCABULARY}


@pytest.mark.parametrize(
    ("attribute", "language"),
    (
        ('camunda:assignee="${starter}"', "juel"),
        ('camunda:assignee="#{starter}"', "juel"),
        ('camunda:assignee="demo"', "text"),
        ('camunda:assignee="=demo"', "text"),
        ('bpmgrpc:assignee="=starter"', "feel"),
        ('bpmgrpc:assignee="${starter}"', "juel"),
        ('bpmgrpc:assignee="demo"', "text"),
    ),
)
def test_language_of_a_property_is_its_vendors(bpmn: Bpmn, attribute: str, language: str) -> None:
    """A vendor's own rule says whether a text is an expression."""
    assert bpmn.node(f'<userTask id="n" {attribute}/>').properties["assignee"].language == language


def test_property_has_the_place_of_its_value() -> None:
    """An error in an attribute's expression can be shown at the value."""
    content = (
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"\n'
        b'  xmlns:camunda="http://camunda.org/schema/1.0/bpmn"><process id="P">\n'
        b'  <userTask id="n"\n    camunda:assignee="${x}"/></process></definitions>'
    )

    node = parse_file("f", content).processes[0].nodes["n"]

    assert node.position == Position(3, 3)
    assert node.properties["assignee"].position == Position(4, 23)


@pytest.mark.parametrize(
    ("element", "users", "groups", "roles", "assignee"),
    (
        (
            "<potentialOwner>{}user(kermit), group(managers), sales{}</potentialOwner>",
            "kermit",
            "managers,sales",
            "",
            "",
        ),
        ("<potentialOwner>{}${{candidates}}{}</potentialOwner>", "", "${candidates}", "", ""),
        ("<humanPerformer>{}kermit{}</humanPerformer>", "", "", "", "kermit"),
        ("<performer>{}${{boss}}{}</performer>", "", "", "", "${boss}"),
        ("<potentialOwner><resourceRef>r</resourceRef></potentialOwner>", "", "", "Approver", ""),
    ),
)
def test_resource_roles_are_people(
    properties: Properties, element: str, users: str, groups: str, roles: str, assignee: str
) -> None:
    """BPMN's performers are assignees, its potential owners candidates."""
    opened = "<resourceAssignmentExpression><formalExpression>"
    closed = "</formalExpression></resourceAssignmentExpression>"
    expected = {"candidateUsers": users, "candidateGroups": groups, "candidateRoles": roles, "assignee": assignee}

    found = properties(
        f'<userTask id="n">{element.format(opened, closed)}</userTask>', roots='<resource id="r" name="Approver"/>'
    )

    assert found == {word: value for word, value in expected.items() if value}


@pytest.mark.parametrize(
    ("attributes", "job_type", "reason"),
    (
        ('camunda:type="external" camunda:topic="charge"', "charge", None),
        ('camunda:class="org.acme.Charge"', "org.acme.Charge", "camunda:class is not run here"),
        ('camunda:delegateExpression="${charge}"', "charge", "camunda:delegateExpression is not run here"),
        ('flowable:expression="#{bean.run(x)}"', "bean.run(x)", "flowable:expression is not run here"),
        ('activiti:type="mail"', "mail", "activiti:type is not run here"),
    ),
)
def test_implementation_becomes_a_job(bpmn: Bpmn, attributes: str, job_type: str, reason: str | None) -> None:
    """Code of a vendor's engine becomes a job that a worker serves, and the finding says so."""
    body = f'<serviceTask id="n" {attributes}/>'

    assert bpmn.node(body).properties["jobType"].value == job_type
    assert [text.partition(":")[0] + text[text.index(":") :].partition(": ")[0] for text in bpmn.ignored(body)] == (
        [] if reason is None else [reason]
    )


def test_service_task_of_camunda_8(bpmn: Bpmn) -> None:
    """Type, retries, headers and mappings of a job worker's task."""
    node = bpmn.node(
        wrap(
            "serviceTask",
            '<zeebe:taskDefinition type="charge" retries="5"/><zeebe:taskHeaders><zeebe:header key="k" value="v"/>'
            '</zeebe:taskHeaders><zeebe:properties><zeebe:property name="p" value="q"/></zeebe:properties>'
            '<zeebe:ioMapping><zeebe:input source="=order.total" target="amount"/><zeebe:input source="EUR" '
            'target="currency"/><zeebe:output source="=id" target="payment.id"/></zeebe:ioMapping>',
        )
    )

    assert {word: text.value for word, text in node.properties.items()} == {"jobType": "charge", "retries": "5"}
    assert node.headers == {"k": "v", "p": "q"}
    assert [(mapping.source.value, mapping.source.language, mapping.target) for mapping in node.inputs] == [
        ("=order.total", "feel", "amount"),
        ("EUR", "text", "currency"),
    ]
    assert [(mapping.source.value, mapping.target) for mapping in node.outputs] == [("=id", "payment.id")]


def test_service_task_of_camunda_7(bpmn: Bpmn) -> None:
    """Mappings, fields and properties of an external task."""
    node = bpmn.node(
        wrap(
            "serviceTask",
            "<camunda:inputOutput>"
            '<camunda:inputParameter name="text">Hello ${name}</camunda:inputParameter>'
            '<camunda:inputParameter name="plain">x</camunda:inputParameter>'
            '<camunda:inputParameter name="list"><camunda:list><camunda:value>a</camunda:value><camunda:value>b'
            "</camunda:value></camunda:list></camunda:inputParameter>"
            '<camunda:inputParameter name="map"><camunda:map><camunda:entry key="k">v</camunda:entry></camunda:map>'
            "</camunda:inputParameter>"
            '<camunda:outputParameter name="out">${result}</camunda:outputParameter></camunda:inputOutput>'
            '<camunda:properties><camunda:property name="p" value="q"/></camunda:properties>'
            '<camunda:field name="f"><camunda:string>s</camunda:string></camunda:field>'
            '<camunda:field name="g" stringValue="t"/>'
            "<camunda:failedJobRetryTimeCycle>R3/PT10M</camunda:failedJobRetryTimeCycle>",
            'camunda:topic="t" camunda:resultVariable="r"',
        )
    )

    assert [(mapping.source.value, mapping.source.language, mapping.target) for mapping in node.inputs] == [
        ("Hello ${name}", "juel", "text"),
        ("x", "text", "plain"),
        ('=["a", "b"]', "feel", "list"),
        ('={"k": "v"}', "feel", "map"),
    ]
    assert [(mapping.source.value, mapping.target) for mapping in node.outputs] == [("${result}", "out")]
    assert node.headers == {"p": "q", "f": "s", "g": "t"}
    assert {word: text.value for word, text in node.properties.items()} == {
        "jobType": "t",
        "resultVariable": "r",
        "retries": "3",
        "retryBackoff": "PT10M",
    }


@pytest.mark.parametrize(
    ("cycle", "retries", "backoff"),
    (("R5/PT1M", "5", "PT1M"), ("PT1M, PT5M", "3", "PT1M,PT5M"), ("PT30S", "1", "PT30S"), ("${c}", "${c}", None)),
)
def test_retry_time_cycle_is_retries_and_backoff(
    properties: Properties, cycle: str, retries: str, backoff: str | None
) -> None:
    """A failed job's retry cycle says how often and after which pause."""
    element = f"<camunda:failedJobRetryTimeCycle>{cycle}</camunda:failedJobRetryTimeCycle>"
    found = properties(wrap("serviceTask", element))

    assert (found["retries"], found.get("retryBackoff")) == (retries, backoff)


def test_connector_becomes_a_job(bpmn: Bpmn) -> None:
    """A connector is work for a worker of its id, with the connector's inputs."""
    body = wrap(
        "serviceTask",
        "<camunda:connector><camunda:connectorId>http</camunda:connectorId><camunda:inputOutput>"
        '<camunda:inputParameter name="url">u</camunda:inputParameter><camunda:inputParameter name="nested">'
        '<camunda:list><camunda:map><camunda:entry key="k"><camunda:value>v</camunda:value></camunda:entry>'
        '</camunda:map></camunda:list></camunda:inputParameter><camunda:inputParameter name="s">'
        '<camunda:script scriptFormat="groovy">1</camunda:script></camunda:inputParameter></camunda:inputOutput>'
        "</camunda:connector>",
    )

    node = bpmn.node(body)

    assert node.properties["jobType"].value == "http"
    assert [(mapping.source.value, mapping.target) for mapping in node.inputs] == [
        ("u", "url"),
        ('=[{"k": "v"}]', "nested"),
    ]
    assert bpmn.ignored(body) == [
        "connectors are not run here: a worker for jobs of type 'http' does it",
        "parameter 's': a script in a parameter is not run; the variable is not set",
    ]


def test_call_mapping_without_target_is_noted(bpmn: Bpmn) -> None:
    """A mapping that maps nothing is mentioned."""
    inner = '<camunda:in source="a"/><camunda:in variables="all"/><camunda:out source="a" target="b"/>'
    body = wrap("callActivity", inner)

    node = bpmn.node(body)

    assert bpmn.ignored(body) == ["in without source or target maps nothing"]
    assert node.properties["propagateAllParentVariables"].value == "true"
    assert [mapping.target for mapping in node.outputs] == ["b"]


def test_empty_source_of_a_mapping_is_an_empty_text(bpmn: Bpmn) -> None:
    """Camunda 8 allows an input without source; without target it maps nothing."""
    inner = '<zeebe:ioMapping><zeebe:input target="a"/><zeebe:input source="=b"/></zeebe:ioMapping>'

    node = bpmn.node(wrap("serviceTask", inner))

    assert [(mapping.source.value, mapping.target) for mapping in node.inputs] == [("", "a")]


def test_values_that_ask_for_nothing_are_not_mentioned(bpmn: Bpmn) -> None:
    """What would be done anyway needs no finding."""
    body = '<callActivity id="n" flowable:calledElementType="key" flowable:inheritBusinessKey="false"/>'

    assert bpmn.ignored(body) == []


def test_parameter_of_expressions_in_a_list_or_map_holds_them(bpmn: Bpmn) -> None:
    """Each member is a text of its own, lists and maps within too."""
    body = wrap(
        "serviceTask",
        '<camunda:inputOutput><camunda:inputParameter name="l"><camunda:list><camunda:value>${a}</camunda:value>'
        '<camunda:map><camunda:entry key="k">v</camunda:entry><camunda:entry key="n"><camunda:list><camunda:value>'
        "</camunda:value></camunda:list></camunda:entry></camunda:map></camunda:list></camunda:inputParameter>"
        "</camunda:inputOutput>",
    )

    (mapping,) = bpmn.node(body).inputs

    assert (mapping.source.language, [key for key, _ in mapping.source.parts]) == ("list", ["", ""])
    first, second = (part for _, part in mapping.source.parts)
    assert (first.value, first.language) == ("${a}", "juel")
    assert [(key, part.value, part.language) for key, part in second.parts] == [
        ("k", "v", "text"),
        ("n", "list", "list"),
    ]
    assert bpmn.ignored(body) == []


def test_script_within_a_parameter_is_ignored_with_a_finding(bpmn: Bpmn) -> None:
    """Its language may be any; the finding says which variable is not set."""
    body = wrap(
        "serviceTask",
        '<camunda:inputOutput><camunda:inputParameter name="l"><camunda:list><camunda:value>${a}</camunda:value>'
        '<camunda:script scriptFormat="groovy">1</camunda:script></camunda:list></camunda:inputParameter>'
        "</camunda:inputOutput>",
    )

    assert bpmn.node(body).inputs == ()
    assert bpmn.ignored(body) == ["parameter 'l': a script in a parameter is not run; the variable is not set"]


def test_call_activity_of_camunda_7(bpmn: Bpmn) -> None:
    """Binding, business key, and variables one by one or all."""
    node = bpmn.node(
        wrap(
            "callActivity",
            '<camunda:in businessKey="#{execution.processBusinessKey}"/><camunda:in source="a" target="b"/>'
            '<camunda:in sourceExpression="${x + 1}" target="c"/><camunda:in source="my room" target="d"/>'
            '<camunda:out variables="all"/>',
            'calledElement="Check" camunda:calledElementBinding="version" camunda:calledElementVersion="3"',
        )
    )

    assert {word: text.value for word, text in node.properties.items()} == {
        "calledElement": "Check",
        "calledElementBinding": "version",
        "calledElementVersion": "3",
        "businessKey": "#{execution.processBusinessKey}",
        "propagateAllParentVariables": "false",
        "propagateAllChildVariables": "true",
    }
    assert [(mapping.source.value, mapping.target) for mapping in node.inputs] == [
        ("${a}", "b"),
        ("${x + 1}", "c"),
        ('${execution.getVariable("my room")}', "d"),
    ]


def test_call_activity_of_camunda_8(properties: Properties) -> None:
    """Process, binding and propagation, which is the default there."""
    found = properties(
        wrap(
            "callActivity",
            '<zeebe:calledElement processId="Check" propagateAllChildVariables="false" bindingType="versionTag" '
            'versionTag="v1"/>',
        )
    )

    assert found == {
        "calledElement": "Check",
        "calledElementBinding": "versionTag",
        "calledElementVersionTag": "v1",
        "propagateAllParentVariables": "true",
        "propagateAllChildVariables": "false",
    }


def test_scripts_and_decisions(properties: Properties) -> None:
    """FEEL scripts and called decisions are properties."""
    script = properties(wrap("scriptTask", '<zeebe:script expression="=a + 1" resultVariable="b"/>'))
    decision = properties(wrap("businessRuleTask", '<zeebe:calledDecision decisionId="d" resultVariable="r"/>'))
    reference = properties('<businessRuleTask id="n" camunda:decisionRef="d" camunda:resultVariable="r"/>')

    assert script == {"script": "=a + 1", "resultVariable": "b"}
    assert decision == reference == {"decisionId": "d", "resultVariable": "r"}


def test_extensions_of_event_definitions_belong_to_the_event(properties: Properties) -> None:
    """Variables for a caught error, and the job that sends a message."""
    error = properties(
        '<boundaryEvent id="n"><errorEventDefinition camunda:errorCodeVariable="c" camunda:errorMessageVariable="m"/>'
        "</boundaryEvent>"
    )
    message = properties(
        '<endEvent id="n"><messageEventDefinition camunda:type="external" camunda:topic="send"/></endEvent>'
    )

    assert error == {"errorCodeVariable": "c", "errorMessageVariable": "m"}
    assert message == {"jobType": "send"}


def test_correlation_key_of_a_message(bpmn: Bpmn) -> None:
    """Camunda 8's correlation key comes with the message's name."""
    node = bpmn.node(
        '<receiveTask id="n" messageRef="m"/><intermediateCatchEvent id="c"><messageEventDefinition messageRef="m"/>'
        "</intermediateCatchEvent>",
        roots='<message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=orderId"/>'
        "</extensionElements></message>",
    )

    assert node.attributes["messageName"] == "paid"
    assert node.texts["correlationKey"].value == "=orderId"


@pytest.mark.parametrize(
    "process",
    (
        'camunda:versionTag="v.0.2.0"',
        'bpmgrpc:versionTag="v.0.2.0"',
        "><extensionElements><zeebe:versionTag value='v.0.2.0'/></extensionElements",
    ),
)
def test_version_tag_of_a_process(bpmn: Bpmn, process: str) -> None:
    """A process may carry its version tag."""
    assert bpmn.graph('<task id="n"/>', process=process).version_tag == "v.0.2.0"


@pytest.mark.parametrize(
    "inner",
    (
        '<camunda:executionListener event="start" class="x"/><camunda:executionListener event="end" class="y"/>',
        '<camunda:taskListener event="create" expression="${x}"/>',
        '<flowable:eventListener class="x"/>',
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="x"/></zeebe:executionListeners>',
        '<zeebe:taskListeners><zeebe:taskListener eventType="creating" type="x"/></zeebe:taskListeners>',
    ),
)
def test_listeners_are_ignored_in_plain_words(bpmn: Bpmn, inner: str) -> None:
    """Listeners change behaviour, so each element that has them gets one finding of each kind."""
    (reason,) = bpmn.ignored(wrap("userTask", inner))

    assert reason.endswith(": listeners are not run: what they do must be modelled, or done by a worker")


def test_harmless_attributes_are_mentioned_once(bpmn: Bpmn) -> None:
    """What has no effect here is said once for the file, with the number of its occurrences."""
    body = '<task id="a" camunda:asyncBefore="true"/><task id="b" camunda:asyncBefore="true"/>'

    (reason,) = bpmn.ignored(body)
    assert reason.startswith("camunda:asyncBefore: harmless: each command is committed by itself")
    assert reason.endswith("(2 times in this file)")


def test_attribute_that_changes_behaviour_is_mentioned_each_time(bpmn: Bpmn) -> None:
    """What an engine would have done otherwise is said of each element; a value that asks for nothing is not."""
    body = '<task id="a" flowable:skipExpression="${x}"/><task id="b" flowable:skipExpression="${y}"/>'

    assert bpmn.ignored(body) == ["flowable:skipExpression: the activity is never skipped: use a gateway"] * 2
    assert bpmn.ignored('<scriptTask id="a" flowable:autoStoreVariables="false"/>') == []


def test_unknown_extensions_are_ignored_with_a_finding(bpmn: Bpmn) -> None:
    """Unknown elements are mentioned once per node and name, unknown attributes once per file and name."""
    parsed = bpmn.parse(
        '<task id="a" acme:colour="red"><extensionElements><acme:x/><acme:x/><acme:y/><camunda:new/>'
        '</extensionElements></task><task id="b" acme:colour="blue" camunda:other="1"/>'
    )

    assert [(found.element_id, found.verdict, found.reason) for found in parsed.findings] == [
        (
            "a",
            Verdict.IGNORED,
            "attribute colour: extension of namespace 'urn:acme' is not known (2 times in this file)",
        ),
        ("a", Verdict.IGNORED, "x: extension of namespace 'urn:acme' is not known"),
        ("a", Verdict.IGNORED, "y: extension of namespace 'urn:acme' is not known"),
        (
            "a",
            Verdict.IGNORED,
            "camunda:new: extension of namespace 'http://camunda.org/schema/1.0/bpmn' is not known",
        ),
        ("b", Verdict.IGNORED, "camunda:other: this attribute is not known"),
    ]


def test_drawing_extensions_are_not_mentioned(bpmn: Bpmn) -> None:
    """What only concerns drawing has no finding."""
    body = wrap("task", '<signavio:signavioMetaData metaKey="bgcolor" metaValue="#fff"/>', 'signavio:x="y"')

    assert bpmn.ignored(body) == []


def test_mappings_of_this_product(bpmn: Bpmn) -> None:
    """A source is an expression by its place, whatever its language; a mapping may have a condition."""
    node = bpmn.node(
        wrap(
            "userTask",
            '<bpmgrpc:input source="Room.status" target="status"/><bpmgrpc:input source="=a + 1" target="b" '
            'condition="c &gt; 1"/><bpmgrpc:output source="${x}" target="Room.status"/>'
            '<bpmgrpc:header name="k" value="v"/>',
        )
    )

    first, second = node.inputs
    assert (first.source.value, first.target, first.condition) == ("${Room.status}", "status", None)
    assert (second.source.value, second.target) == ("=a + 1", "b")
    assert second.condition is not None
    assert second.condition.value == "c > 1"
    assert [(mapping.source.value, mapping.target) for mapping in node.outputs] == [("${x}", "Room.status")]
    assert node.headers == {"k": "v"}


def test_incomplete_mapping_of_this_product_is_refused(bpmn: Bpmn) -> None:
    """Our own extensions are not guessed at."""
    parsed = bpmn.parse(wrap("userTask", '<bpmgrpc:input source="x"/>'))

    assert [(found.verdict, found.reason) for found in parsed.findings] == [
        (Verdict.REFUSED, "bpmgrpc:input needs source and target")
    ]


def jbpm(body: str) -> bytes:
    """Writes a file as jBPM does."""
    return (
        '<bpmn2:definitions xmlns:bpmn2="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        f'xmlns:tns="http://www.jboss.org/drools"><bpmn2:process id="P" tns:version="1.0">{body}</bpmn2:process>'
        "</bpmn2:definitions>"
    ).encode()


def test_user_task_of_jbpm() -> None:
    """JBPM parametrises a user task by data inputs with constants, and names users as potential owners."""
    content = jbpm(
        '<bpmn2:userTask id="n"><bpmn2:ioSpecification><bpmn2:dataInput id="g" name="GroupId"/>'
        '<bpmn2:dataInput id="s" name="Skippable"/><bpmn2:dataInput id="r" name="room"/></bpmn2:ioSpecification>'
        "<bpmn2:dataInputAssociation><bpmn2:targetRef>g</bpmn2:targetRef><bpmn2:assignment><bpmn2:from>HR</bpmn2:from>"
        "<bpmn2:to>g</bpmn2:to></bpmn2:assignment></bpmn2:dataInputAssociation>"
        "<bpmn2:dataInputAssociation><bpmn2:targetRef>s</bpmn2:targetRef><bpmn2:assignment><bpmn2:from>true</bpmn2:from>"
        "<bpmn2:to>s</bpmn2:to></bpmn2:assignment></bpmn2:dataInputAssociation>"
        "<bpmn2:dataInputAssociation><bpmn2:targetRef>r</bpmn2:targetRef><bpmn2:assignment><bpmn2:from>Blue"
        "</bpmn2:from><bpmn2:to>r</bpmn2:to></bpmn2:assignment></bpmn2:dataInputAssociation>"
        "<bpmn2:potentialOwner><bpmn2:resourceAssignmentExpression><bpmn2:formalExpression>john,mary"
        "</bpmn2:formalExpression></bpmn2:resourceAssignmentExpression></bpmn2:potentialOwner></bpmn2:userTask>"
    )

    graph = parse_file("f", content).processes[0]

    node = graph.nodes["n"]
    assert graph.version_tag == "1.0"
    assert {word: text.value for word, text in node.properties.items()} == {
        "candidateGroups": "HR",
        "candidateUsers": "john,mary",
    }
    assert [(mapping.source.value, mapping.source.language, mapping.target) for mapping in node.inputs] == [
        ("Blue", "text", "room")
    ]


def test_services_and_rules_of_jbpm_are_jobs() -> None:
    """A Java service is the job of its operation, a rule flow group the job of its name."""
    content = jbpm(
        '<bpmn2:serviceTask id="s" tns:serviceinterface="org.acme.Mail" tns:serviceoperation="send"/>'
        '<bpmn2:businessRuleTask id="r" tns:ruleFlowGroup="discounts"/>'
        '<bpmn2:callActivity id="c" calledElement="x" tns:waitForCompletion="true" tns:independent="true"/>'
    )

    parsed = parse_file("f", content)

    nodes = parsed.processes[0].nodes
    assert nodes["s"].properties["jobType"].value == "org.acme.Mail.send"
    assert (nodes["r"].type, nodes["r"].properties["jobType"].value) == ("businessRuleTask", "discounts")
    assert [found.reason for found in parsed.findings if found.element_id == "c"] == [
        "drools:independent: a called instance ends with its caller"
    ]


def test_work_item_of_jbpm_is_a_job() -> None:
    """An abstract task with a task name would do nothing; in jBPM it is work for a handler."""
    content = jbpm(
        '<bpmn2:task id="n" tns:taskName="Email"><bpmn2:extensionElements><tns:onEntry-script scriptFormat="java"/>'
        "<tns:metaData/></bpmn2:extensionElements></bpmn2:task>"
    )

    parsed = parse_file("f", content)

    node = parsed.processes[0].nodes["n"]
    assert (node.type, node.properties["jobType"].value) == ("serviceTask", "Email")
    assert sorted(found.reason for found in parsed.findings) == [
        "drools:onEntry-script: listeners are not run: what they do must be modelled, or done by a worker",
        "drools:taskName is not run here: a worker for jobs of type 'Email' does it",
    ]


@pytest.mark.parametrize(
    ("node", "told"),
    (
        (
            (
                '<intermediateCatchEvent id="n"><timerEventDefinition><timeCycle activiti:endDate="${d}">R1/PT1H'
                "</timeCycle></timerEventDefinition></intermediateCatchEvent>"
            ),
            ["activiti:endDate of timeCycle: this attribute is not known"],
        ),
        (
            '<scriptTask id="n" scriptFormat="feel"><script camunda:resource="r" odd:x="1">1</script></scriptTask>',
            [
                "camunda:resource: scripts in other files are not read",
                "attribute x: extension of namespace 'urn:odd' is not known",
            ],
        ),
        (
            (
                '<task id="n"><multiInstanceLoopCharacteristics camunda:collection="c" camunda:assignee="a" '
                'bpmgrpc:workParty="w">'
                "<extensionElements><camunda:failedJobRetryTimeCycle>R3/PT1M</camunda:failedJobRetryTimeCycle>"
                "<odd:y/><zeebe:loopCharacteristics/></extensionElements>"
                '<completionCondition odd:z="1">=true</completionCondition></multiInstanceLoopCharacteristics></task>'
            ),
            [
                "camunda:assignee of multiInstanceLoopCharacteristics: this attribute is not known",
                "camunda:failedJobRetryTimeCycle of multiInstanceLoopCharacteristics: this is not known",
                "y of multiInstanceLoopCharacteristics: this is not known",
                "attribute z: extension of namespace 'urn:odd' is not known",
            ],
        ),
        (
            (
                '<startEvent id="n"/><task id="m"/><sequenceFlow id="f" sourceRef="n" targetRef="m">'
                '<conditionExpression camunda:resource="r" xsi:type="tFormalExpression">=true</conditionExpression>'
                "</sequenceFlow>"
            ),
            ["camunda:resource: scripts in other files are not read"],
        ),
    ),
)
def test_extension_inside_of_a_node_or_flow_is_never_passed_over_in_silence(
    bpmn: Bpmn, node: str, told: list[str]
) -> None:
    """Of expressions, scripts and loop markers too it is told which attributes and elements are ignored."""
    assert sorted(bpmn.ignored(node, attributes='xmlns:odd="urn:odd"')) == sorted(told)
