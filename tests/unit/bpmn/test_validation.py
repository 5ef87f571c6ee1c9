"""The structural rules: refused, noted, accepted."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.model import Position, Verdict
from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.bpmn.validation import validate_graph
from tests.unit.bpmn.conftest import Bpmn

START = '<startEvent id="s"/>'
CONDITION = "<conditionExpression>${x}</conditionExpression>"


def flow(source: str, target: str, inner: str = "") -> str:
    """Writes a sequence flow."""
    return f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def nodes(element: str, *ids: str) -> str:
    """Writes nodes of one type."""
    return "".join(f'<{element} id="{id}"/>' for id in ids)


def event(element: str, kind: str, attributes: str = "", inner: str = "") -> str:
    """Writes an event "n" with one definition that has all it needs."""
    needs = {
        "message": 'messageRef="m"',
        "signal": 'signalRef="g"',
        "error": 'errorRef="e"',
        "escalation": 'escalationRef="c"',
        "link": 'name="L"',
    }
    texts = {"timer": "<timeDuration>PT1S</timeDuration>", "conditional": "<condition>${x}</condition>"}
    definition = (
        f"<{kind}EventDefinition {needs.get(kind, '')}>{texts.get(kind, '')}</{kind}EventDefinition>" if kind else ""
    )
    return f'<{element} id="n" {attributes}>{definition}{inner}</{element}>'


ROOTS = '<message id="m" name="M"/><signal id="g" name="G"/><error id="e" errorCode="E"/><escalation id="c"/>'
KINDS = (
    "",
    "message",
    "timer",
    "error",
    "escalation",
    "cancel",
    "compensate",
    "conditional",
    "link",
    "signal",
    "terminate",
)


def test_sound_process_has_no_findings(bpmn: Bpmn) -> None:
    """A process as the book draws it passes in silence."""
    body = (
        f'{START}<exclusiveGateway id="g" default="g-b" gatewayDirection="Diverging"/><task id="a"/><task id="b"/>'
        f'<endEvent id="e"/>{flow("s", "g")}{flow("g", "a", "<conditionExpression>${x}</conditionExpression>")}'
        f"{flow('g', 'b')}{flow('a', 'e')}{flow('b', 'e')}"
    )

    assert bpmn.check(body) == []


@pytest.mark.parametrize(
    "body",
    (
        '<task id="a"/><task id="b"/>' + flow("a", "b"),
        START + '<task id="a"/>' + flow("s", "a"),
        START + '<exclusiveGateway id="g"/><task id="a"/>' + flow("s", "g") + flow("g", "a"),
        START + '<task id="a"/>' + flow("s", "a") + flow("a", "a"),
        '<receiveTask id="a" instantiate="true"/>',
        '<scriptTask id="a"><script>x</script></scriptTask>',
    ),
    ids=("no start event", "no end event", "gateway of one way", "flow to itself", "instantiating", "no format"),
)
def test_what_real_files_leave_out_is_accepted(bpmn: Bpmn, body: str) -> None:
    """Start and end events, formats and second ways may be missing."""
    assert bpmn.check(body) == []


@pytest.mark.parametrize("body", ("", '<task id="a"/><task id="b"/>' + flow("a", "b") + flow("b", "a")))
def test_process_without_start_is_refused(bpmn: Bpmn, body: str) -> None:
    """Something must have no incoming flow, or nothing ever begins."""
    ((id, reason),) = bpmn.refused(body)

    assert id == "P"
    assert reason.startswith("the process has no start: ")


def test_sub_process_without_start_is_refused(bpmn: Bpmn) -> None:
    """The same holds inside of a sub-process; an empty one completes at once."""
    loop = '<task id="a"/><task id="b"/>' + flow("a", "b") + flow("b", "a")

    assert [id for id, _ in bpmn.refused(f'<subProcess id="n">{loop}</subProcess>')] == ["n"]
    assert bpmn.check('<subProcess id="n"/>')[0].reason == "the sub-process is empty: it completes at once"


@pytest.mark.parametrize(
    ("body", "id", "reason"),
    (
        (f'<task id="a"/>{flow("a", "x")}', "a-x", "targetRef names 'x', which is no flow node of this process"),
        (f'<task id="a"/>{flow("x", "a")}<task id="b"/>', "x-a", "sourceRef names 'x', which is no flow node"),
        (f'<task id="a"/><textAnnotation id="x"/>{flow("a", "x")}', "a-x", "targetRef names 'x', which is no flow"),
        (
            f'<task id="a"/><subProcess id="p"><task id="b"/></subProcess>{flow("a", "b")}',
            "a-b",
            "it joins 'a' and 'b' across the border of a sub-process",
        ),
        ('<exclusiveGateway id="n" default="f"/>', "n", "default names 'f', which is no sequence flow that leaves it"),
        (f'<task id="a"/>{START}{flow("a", "s")}', "s", "a start event must not have incoming sequence flows"),
        (
            f'<endEvent id="n"/><task id="a"/>{flow("n", "a")}',
            "n",
            "an end event must not have outgoing sequence flows",
        ),
        ('<task id="n" startQuantity="0"/>', "n", "startQuantity must be 1 or more, found '0'"),
        ('<task id="n" completionQuantity="many"/>', "n", "completionQuantity must be 1 or more, found 'many'"),
        (
            f'<task id="a"/><receiveTask id="n" instantiate="true"/>{flow("a", "n")}',
            "n",
            "an instantiating receive task",
        ),
        (f'<task id="a"/><task id="n" isForCompensation="true"/>{flow("a", "n")}', "n", "an activity for compensation"),
        ('<receiveTask id="n" messageRef="x"/>', "n", "messageRef names 'x', which is no message of this file"),
        (
            '<task id="n"><multiInstanceLoopCharacteristics/></task>',
            "n",
            "a multi-instance needs loopCardinality or a collection",
        ),
        ('<task id="n"><standardLoopCharacteristics/></task>', "n", "a loop needs loopCondition or loopMaximum"),
        (
            '<task id="a"/><eventBasedGateway id="n" instantiate="true"/>' + flow("a", "n"),
            "n",
            "an instantiating event-based gateway must not have incoming sequence flows",
        ),
        ('<eventBasedGateway id="n"/>', "n", "an event-based gateway needs events to wait for"),
        (
            f'<eventBasedGateway id="g"/><task id="n"/>{flow("g", "n")}',
            "n",
            "behind the event-based gateway 'g' must stand a receive task or an intermediate message,",
        ),
        ('<adHocSubProcess id="n"/>', "n", "an ad-hoc sub-process needs an activity"),
        (
            f'<adHocSubProcess id="p"><task id="a"/>{START}</adHocSubProcess>',
            "s",
            "an ad-hoc sub-process must not hold a startEvent",
        ),
        (
            f'{START}<subProcess id="n" triggeredByEvent="true"><task id="a"/></subProcess>',
            "n",
            "an event sub-process needs exactly one start event, found 0",
        ),
    ),
)
def test_broken_rule_is_refused(bpmn: Bpmn, body: str, id: str, reason: str) -> None:
    """A broken rule is refused at the element that breaks it, in words."""
    refused = [(found, said) for found, said in bpmn.refused(body) if found == id]

    assert refused
    assert refused[0][1].startswith(reason)


def test_event_sub_process_has_no_flows(bpmn: Bpmn) -> None:
    """An event sub-process is started by its event alone."""
    body = (
        f'{START}<task id="a"/><subProcess id="n" triggeredByEvent="true">{event("startEvent", "signal")}</subProcess>'
    ).replace('<startEvent id="n"', '<startEvent id="t"')

    assert [id for id, _ in bpmn.refused(body + flow("a", "n") + flow("n", "a"), roots=ROOTS)] == ["a-n", "n-a"]


@pytest.mark.parametrize(
    ("element", "allowed"),
    (
        ("startEvent", {"", "message", "timer", "conditional", "signal"}),
        ("intermediateCatchEvent", {"message", "timer", "conditional", "link", "signal"}),
        ("intermediateThrowEvent", {"", "message", "escalation", "compensate", "signal"}),
        ("endEvent", {"", "message", "error", "escalation", "compensate", "signal", "terminate"}),
    ),
)
def test_events_of_a_process_allow_what_the_standard_allows(bpmn: Bpmn, element: str, allowed: set[str]) -> None:
    """Table 10.93 says which definition an event of a process may have."""
    # A throwing link needs its target, a cancel end event its transaction: tested by themselves.
    accepted = {kind for kind in KINDS if not bpmn.refused(START + event(element, kind), roots=ROOTS)}

    assert accepted == allowed


@pytest.mark.parametrize(
    ("cancels", "allowed"),
    (
        ("true", {"message", "timer", "error", "escalation", "conditional", "signal"}),
        ("false", {"message", "timer", "escalation", "conditional", "signal"}),
    ),
)
def test_boundary_events_allow_what_the_standard_allows(bpmn: Bpmn, cancels: str, allowed: set[str]) -> None:
    """Interrupting boundary events know errors, others do not; cancel and compensation are tested by themselves."""
    attributes = f'attachedToRef="a" cancelActivity="{cancels}"'
    accepted = {
        kind
        for kind in KINDS
        if not bpmn.refused(f'<task id="a"/>{event("boundaryEvent", kind, attributes)}', roots=ROOTS)
    }

    assert accepted == allowed


@pytest.mark.parametrize(
    ("sub_process", "interrupts", "allowed"),
    (
        ("", "true", {""}),
        (
            'triggeredByEvent="true"',
            "true",
            {"message", "timer", "error", "escalation", "compensate", "conditional", "signal"},
        ),
        ('triggeredByEvent="true"', "false", {"message", "timer", "escalation", "conditional", "signal"}),
    ),
    ids=("embedded", "event", "event, non-interrupting"),
)
def test_start_events_of_sub_processes_allow_what_the_standard_allows(
    bpmn: Bpmn, sub_process: str, interrupts: str, allowed: set[str]
) -> None:
    """An embedded sub-process starts by its token, an event sub-process by its event."""
    accepted = set()
    for kind in KINDS:
        start = event("startEvent", kind, f'isInterrupting="{interrupts}"')
        if not bpmn.refused(f'{START}<subProcess id="p" {sub_process}>{start}</subProcess>', roots=ROOTS):
            accepted.add(kind)

    assert accepted == allowed


def test_cancel_belongs_to_a_transaction(bpmn: Bpmn) -> None:
    """Cancel ends stand in a transaction, cancel boundary events on one."""
    inside = f'<transaction id="t">{event("endEvent", "cancel")}</transaction>'
    boundary = '<boundaryEvent id="b" attachedToRef="t"><cancelEventDefinition/></boundaryEvent>'

    assert bpmn.refused(inside + boundary) == []
    assert [id for id, _ in bpmn.refused((inside + boundary).replace("transaction", "subProcess"))] == ["n", "b"]


@pytest.mark.parametrize(
    ("host", "attached", "reason"),
    (
        ('<task id="a"/>', "x", "attachedToRef names 'x', which is no activity of this process"),
        ('<exclusiveGateway id="a"/>', "a", "attachedToRef names 'a', an exclusiveGateway: it must be an activity"),
        (
            '<subProcess id="p"><task id="a"/></subProcess>',
            "a",
            "attachedToRef names 'a', which stands in another sub-process",
        ),
    ),
)
def test_boundary_event_hangs_on_an_activity_beside_it(bpmn: Bpmn, host: str, attached: str, reason: str) -> None:
    """A boundary event is attached to an activity of its own scope."""
    body = host + event("boundaryEvent", "timer", f'attachedToRef="{attached}"')

    ((id, said),) = bpmn.refused(body)

    assert id == "n"
    assert said.startswith(reason)


def test_boundary_event_has_no_incoming_flow(bpmn: Bpmn) -> None:
    """Nothing flows into a boundary event."""
    body = '<task id="a"/><task id="b"/>' + event("boundaryEvent", "timer", 'attachedToRef="a"') + flow("b", "n")

    assert [id for id, _ in bpmn.refused(body)] == ["n"]


@pytest.mark.parametrize(
    ("rest", "reasons"),
    (
        ('<task id="u" isForCompensation="true"/><association sourceRef="n" targetRef="u"/>', 0),
        ('<task id="u" isForCompensation="true"/><association sourceRef="u" targetRef="n"/>', 0),
        ('<task id="u"/><association sourceRef="n" targetRef="u"/>', 1),
        ('<task id="u" isForCompensation="true"/>', 1),
        ('<task id="u" isForCompensation="true"/><association sourceRef="n" targetRef="u"/><task id="b"/>|', 1),
    ),
)
def test_compensation_boundary_event_leads_to_its_activity(bpmn: Bpmn, rest: str, reasons: int) -> None:
    """An association, not a flow, leads to an activity that is marked for compensation."""
    body = '<task id="a"/>' + event("boundaryEvent", "compensate", 'attachedToRef="a"')
    body += rest.replace("|", flow("n", "b"))

    assert len(bpmn.refused(body)) == reasons


def test_compensation_throw_names_an_activity(bpmn: Bpmn) -> None:
    """An activityRef that names no activity is refused."""
    body = START + '<endEvent id="n"><compensateEventDefinition activityRef="x"/></endEvent>'

    assert bpmn.refused(body) == [("n", "activityRef names 'x', which is no activity of this process")]


@pytest.mark.parametrize(
    ("definition", "reason"),
    (
        ("<messageEventDefinition/>", "a caught message needs messageRef"),
        ('<messageEventDefinition messageRef="x"/>', "messageRef names 'x', which is no message of this file"),
        ('<messageEventDefinition messageRef="g"/>', "messageRef names 'g', which is no message of this file"),
        ("<signalEventDefinition/>", "a signal needs signalRef"),
        ('<signalEventDefinition signalRef="x"/>', "signalRef names 'x', which is no signal of this file"),
        ("<timerEventDefinition/>", "a timer needs one of timeDate, timeDuration and timeCycle, found none of them"),
        ("<timerEventDefinition><timeDate> </timeDate></timerEventDefinition>", "a timer needs one of"),
        (
            "<timerEventDefinition><timeDate>a</timeDate><timeCycle>b</timeCycle></timerEventDefinition>",
            "a timer needs one of timeDate, timeDuration and timeCycle, found timeDate, timeCycle",
        ),
        (
            "<conditionalEventDefinition><condition/></conditionalEventDefinition>",
            "a conditional event needs a condition",
        ),
        ("<linkEventDefinition/>", "a link needs a name"),
        ("<eventDefinitionRef>x</eventDefinitionRef>", "eventDefinitionRef names 'x', which is no event definition"),
    ),
)
def test_catching_event_needs_what_it_waits_for(bpmn: Bpmn, definition: str, reason: str) -> None:
    """A definition without its data cannot be waited for."""
    body = f'{START}<intermediateCatchEvent id="n">{definition}</intermediateCatchEvent>{flow("s", "n")}'

    refused = [said for id, said in bpmn.refused(body, roots=ROOTS) if id == "n"]

    assert any(said.startswith(reason) for said in refused)


@pytest.mark.parametrize(
    ("definition", "reason"),
    (
        ("<errorEventDefinition/>", "a thrown error needs errorRef"),
        ("<escalationEventDefinition/>", "a thrown escalation needs escalationRef"),
        ("<signalEventDefinition/>", "a signal needs signalRef"),
        ("<messageEventDefinition/>", "a thrown message needs messageRef, or a job that sends it"),
        ('<messageEventDefinition camunda:type="external" camunda:topic="t"/>', None),
    ),
)
def test_throwing_event_needs_what_it_throws(bpmn: Bpmn, definition: str, reason: str | None) -> None:
    """Errors, escalations and signals have names; a message has one, or a job that sends it."""
    refused = bpmn.refused(f'{START}<endEvent id="n">{definition}</endEvent>{flow("s", "n")}')

    assert [said.partition(" (")[0] for _, said in refused] == ([] if reason is None else [reason])


def test_boundary_error_without_code_catches_all(bpmn: Bpmn) -> None:
    """To catch any error no errorRef is needed."""
    body = '<task id="a"/><boundaryEvent id="n" attachedToRef="a"><errorEventDefinition/></boundaryEvent>'

    assert bpmn.refused(body) == []


def link(element: str, id: str, name: str = "L") -> str:
    """Writes a link event."""
    return f'<{element} id="{id}"><linkEventDefinition name="{name}"/></{element}>'


THROW, CATCH = "intermediateThrowEvent", "intermediateCatchEvent"


@pytest.mark.parametrize(
    ("body", "refused"),
    (
        (link(THROW, "t") + link(CATCH, "c") + flow("s", "t"), []),
        (link(THROW, "t") + link(THROW, "u") + link(CATCH, "c") + flow("s", "t") + flow("s", "u"), []),
        (link(THROW, "t") + link(CATCH, "c", "other") + flow("s", "t"), ["t"]),
        (link(THROW, "t") + link(CATCH, "c") + link(CATCH, "d") + flow("s", "t"), ["c", "d"]),
        (
            link(THROW, "t") + f'<subProcess id="p"><task id="a"/>{link(CATCH, "c")}</subProcess>' + flow("s", "t"),
            ["t"],
        ),
        (link(THROW, "t") + link(CATCH, "c") + flow("s", "t") + flow("t", "c"), ["t", "c"]),
    ),
)
def test_link_has_one_target_in_its_scope(bpmn: Bpmn, body: str, refused: list[str]) -> None:
    """A link leads from any number of sources to one target of the same process level, and no flow does."""
    assert [id for id, _ in bpmn.refused(START + body)] == refused


GATEWAY = '<eventBasedGateway id="g"/>'


@pytest.mark.parametrize(
    ("body", "id", "reason"),
    (
        (
            '<exclusiveGateway id="g" default="g-a"/><task id="a"/>' + flow("g", "a", CONDITION),
            "g-a",
            "the condition of a default flow is not asked (BPMN 2.0.2, 8.4.13)",
        ),
        (
            '<parallelGateway id="g"/><task id="a"/>' + flow("g", "a", CONDITION),
            "g-a",
            "a condition behind a parallelGateway is not asked (BPMN 2.0.2, 10.6.4)",
        ),
        (
            '<parallelGateway id="g" default="g-a"/><task id="a"/>' + flow("g", "a"),
            "g",
            "a parallelGateway has no default flow: it counts as any other (BPMN 2.0.2, 10.6.4)",
        ),
        (
            START + nodes("task", "a", "b") + flow("s", "a"),
            "b",
            "no sequence flow leads here from a start: it never runs (BPMN 2.0.2, 10.5.2)",
        ),
        (
            GATEWAY
            + nodes("receiveTask", "a")
            + flow("g", "a")
            + flow("g", "n")
            + event("intermediateCatchEvent", "message"),
            "g",
            "it should lead to receive tasks or to message events, not to both (BPMN 2.0.2, 10.6.6)",
        ),
        (
            nodes("task", "a", "b") + flow("a", "b", CONDITION),
            "a",
            "the only flow that leaves it should have no condition (BPMN 2.0.2, 8.4.13)",
        ),
    ),
)
def test_what_has_no_effect_is_noted(bpmn: Bpmn, body: str, id: str, reason: str) -> None:
    """What the process runs without is ignored, and said so."""
    noted = [said for found, said in bpmn.noted(body, roots=ROOTS) if found == id]

    assert len(noted) == 1
    assert noted[0].startswith(reason)
    assert bpmn.refused(body, roots=ROOTS) == []


TWO = GATEWAY + nodes("receiveTask", "a", "b") + flow("g", "a") + flow("g", "b")


@pytest.mark.parametrize(
    ("body", "id", "reason"),
    (
        (
            '<exclusiveGateway id="g" gatewayDirection="Converging"/>'
            + nodes("task", "a", "b")
            + flow("g", "a")
            + flow("g", "b"),
            "g",
            "gatewayDirection 'converging' is contradicted by 0 incoming and 2 outgoing flows (BPMN 2.0.2, 10.6.1)",
        ),
        (
            GATEWAY + nodes("receiveTask", "a") + flow("g", "a"),
            "g",
            "an event-based gateway needs two outgoing sequence flows or more (BPMN 2.0.2, 10.6.6)",
        ),
        (
            GATEWAY + nodes("receiveTask", "a", "b") + flow("g", "a") + flow("g", "b", CONDITION),
            "g-b",
            "a flow that leaves an event-based gateway must not have a condition (BPMN 2.0.2, 10.6.6)",
        ),
        (
            TWO + nodes("task", "t") + flow("t", "a"),
            "a",
            "behind the event-based gateway 'g' it must not have other incoming flows (10.6.6)",
        ),
        (
            TWO + event("boundaryEvent", "timer", 'attachedToRef="a"'),
            "a",
            "behind the event-based gateway 'g' it must not have boundary events (BPMN 2.0.2, 10.6.6)",
        ),
        (
            START + nodes("choreographyTask", "a") + flow("s", "a"),
            "a",
            "a process must not hold a choreographyTask: it belongs to a choreography (BPMN 2.0.2, 10.1, 11)",
        ),
    ),
)
def test_gateways_and_choreographies_that_break_a_must_are_refused(bpmn: Bpmn, body: str, id: str, reason: str) -> None:
    """A gateway that contradicts itself, a choice of events that is none, and a choreography's activity do not run."""
    assert bpmn.refused(body) == [(id, reason)]


def test_inside_of_an_unreachable_sub_process_is_not_repeated(bpmn: Bpmn) -> None:
    """One finding for a sub-process that never runs, none for what it holds."""
    body = f'{START}<subProcess id="p"><startEvent id="t"/><task id="a"/></subProcess>'

    assert [id for id, _ in bpmn.noted(body)] == ["p"]


def test_handlers_are_reachable(bpmn: Bpmn) -> None:
    """What events, compensation and links start needs no flow."""
    body = (
        f'{START}<task id="a"/>{flow("s", "a")}<boundaryEvent id="b" attachedToRef="a"><compensateEventDefinition/>'
        '</boundaryEvent><task id="u" isForCompensation="true"/><association sourceRef="b" targetRef="u"/>'
        f'<subProcess id="p" triggeredByEvent="true">{event("startEvent", "signal")}</subProcess>'
        f"{link(THROW, 't')}{link(CATCH, 'c')}{flow('a', 't')}"
        '<adHocSubProcess id="h"><task id="x"/><task id="y"/></adHocSubProcess>' + flow("c", "h")
    )

    assert bpmn.check(body, roots=ROOTS) == []


def test_all_findings_come_at_once_with_their_places() -> None:
    """Every broken rule is reported in one answer, in the order of the file."""
    content = (
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="P">\n'
        b'  <startEvent id="s"/>\n'
        b'  <sequenceFlow id="f" sourceRef="s" targetRef="x"/>\n'
        b'  <endEvent id="e"><timerEventDefinition/></endEvent>\n'
        b"</process></definitions>"
    )

    findings = validate_graph(parse_file("f", content).processes[0])

    assert [(found.verdict, found.element_id, found.position) for found in findings] == [
        (Verdict.REFUSED, "f", Position(3, 3)),
        (Verdict.IGNORED, "e", Position(4, 3)),
        (Verdict.REFUSED, "e", Position(4, 20)),
        (Verdict.REFUSED, "e", Position(4, 20)),
    ]


def test_global_task_needs_no_structure(bpmn: Bpmn) -> None:
    """A global task is one node and has nothing to break."""
    assert validate_graph(bpmn.parse('<task id="n"/>', roots='<globalTask id="G"/>').processes[1]) == ()
