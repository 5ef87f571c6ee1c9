"""Tokens that meet, go round and multiply: gateways in loops, loops in loops, quantities, starts.

Rule of this file: a case belongs to the element that decides where the tokens go.
"""

from __future__ import annotations

from bpmgrpc.engine.event_definitions import Position
from tests.conformance.elements.case import Case, active, case, complete, in_event, publish, start, throw_error, wait
from tests.support.harness import boundary, catch_event, error, event, flows, timer


def _multiple(attributes: str = "", **texts: str) -> str:
    parts = "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in texts.items())
    return f"<multiInstanceLoopCharacteristics {attributes}>{parts}</multiInstanceLoopCharacteristics>"


_TWICE = _multiple(loopCardinality="2")
_SEQUENTIAL = 'isSequential="true"'


def _tasks(names: str, kind: str = "userTask") -> str:
    return "".join(f'<{kind} id="{name}"/>' for name in names.split())


_S = '<startEvent id="s"/>'

CASES: tuple[Case, ...] = (
    case(
        "does not wait for a token that could as well reach a flow where one waits already",
        "inclusiveGateway",
        "10.6.3; 13.4.3; table 13.3",
        f'{_S}{_tasks("a b")}<exclusiveGateway id="m"/><exclusiveGateway id="x" default="d"/>'
        '<inclusiveGateway id="j"/><task id="z"/>'
        + flows("s -> a", "s -> b", "a -> m", "b -> x", "x -> m: up", "d| x -> j", "m -> j", "j -> z"),
        start(up=False),
        complete("a"),
        complete("b"),
        trace="s a m j z b x j z",
    ),
    case(
        "waits for a branch that goes round before it arrives",
        "inclusiveGateway",
        "10.6.3; 13.4.3; table 13.3",
        f'{_S}<inclusiveGateway id="g"/>{_tasks("a b")}<exclusiveGateway id="x" default="d"/>'
        '<inclusiveGateway id="j"/><task id="z"/>'
        + flows("s -> g", "g -> a", "g -> b", "a -> j", "b -> x", "x -> b: again", "d| x -> j", "j -> z"),
        start(again=True),
        complete("a"),
        complete("b"),
        active("b j"),
        complete("b", again=False),
        trace="s g a b x b x j z",
    ),
    case(
        "a late token resets it and goes no further",
        "complexGateway",
        "10.6.5; 13.4.5; table 13.5",
        f'{_S}{_tasks("a b y")}<complexGateway id="g"><activationCondition>activationCount &gt;= 1'
        "</activationCondition></complexGateway>" + flows("s -> a", "s -> b", "a -> g", "b -> g", "g -> y"),
        start(),
        complete("a"),
        complete("y"),
        complete("b"),
        trace="s a g y b g",
    ),
    case(
        "waits anew each time that a token comes back",
        "eventBasedGateway",
        "10.6.6; 13.4.4; table 13.4",
        f'{_S}<exclusiveGateway id="m"/><eventBasedGateway id="g"/>'
        + catch_event("c", event("message", "M"))
        + catch_event("t", timer("timeDuration", "PT1M"))
        + '<task id="z"/>'
        + flows("s -> m", "m -> g", "g -> c", "g -> t", "c -> m", "t -> z"),
        start(),
        publish("M"),
        wait(59),
        publish("M"),
        wait(59),
        active("g"),
        wait(1),
        trace="s m g c m g c m g t z",
    ),
    case(
        "the completion condition sees how many have completed",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7; table 10.29",
        f'{_S}<userTask id="m">'
        + _multiple(_SEQUENTIAL, loopCardinality="5", completionCondition="numberOfCompletedInstances >= 2")
        + "</userTask>"
        + flows("s -> m"),
        start(),
        complete("m"),
        complete("m"),
        trace="s m m m",
    ),
    case(
        "the completion condition sees how many there are",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7; table 10.29",
        f'{_S}<userTask id="m">'
        + _multiple(loopCardinality="4", completionCondition="numberOfCompletedInstances * 2 >= numberOfInstances")
        + "</userTask>"
        + flows("s -> m"),
        start(),
        complete("m"),
        active("m m m m"),
        complete("m"),
        trace="s m m m",
    ),
    case(
        "instances hold instances",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7",
        f'{_S}<subProcess id="w">{_multiple(_SEQUENTIAL, loopCardinality="2")}<userTask id="m">{_TWICE}</userTask>'
        "</subProcess>" + flows("s -> w"),
        start(),
        complete("m"),
        complete("m"),
        active("w w m m m"),
        complete("m"),
        complete("m"),
        trace="s m m m w m m m w w",
    ),
    case(
        "one token leaves, by the conditions of the activity's flows",
        "multiInstanceLoopCharacteristics",
        "8.4.13; 13.3.7",
        f'{_S}<userTask id="m" default="d">{_TWICE}</userTask><task id="y"/><task id="z"/>'
        + flows("s -> m", "m -> y: ok", "d| m -> z"),
        start(ok=False),
        complete("m"),
        complete("m", ok=True),
        trace="s m m m y",
    ),
    case(
        "holds activities of every kind",
        "adHocSubProcess",
        "10.3.5; 13.3.5",
        f'{_S}<adHocSubProcess id="p1"><subProcess id="w"><userTask id="a"/></subProcess>'
        f'<userTask id="m">{_TWICE}</userTask></adHocSubProcess><task id="z"/>' + flows("s -> p1", "p1 -> z"),
        start(),
        complete("a"),
        complete("m"),
        complete("m"),
        trace="s a w m m m p1 z",
    ),
    case(
        "an error of an activity in it is caught at its border",
        "adHocSubProcess",
        "10.5.4; 13.3.5; 13.5.3",
        f'{_S}<adHocSubProcess id="p1"><serviceTask id="a"/><userTask id="m"/></adHocSubProcess>{_tasks("y z", "task")}'
        + boundary("b", "p1", error("E"))
        + flows("s -> p1", "p1 -> z", "b -> y"),
        start(),
        throw_error("a", "E"),
        trace="s b y",
    ),
    case(
        "takes its startQuantity of the tokens for each time that it runs",
        "task",
        "10.3; table 10.3",
        f'{_S}<task id="a" completionQuantity="4"/><task id="t" startQuantity="2"/>' + flows("s -> a", "a -> t"),
        start(),
        trace="s a t t",
    ),
    case(
        "without incoming flow, in a process without start event, it is started with the process",
        "task",
        "10.3; 13.2",
        _tasks("a b c", "task") + flows("b -> c"),
        start(),
        trace="a b c",
    ),
    case(
        "none: a call begins here although the process has a message start event as well",
        "startEvent",
        "10.5.2; 13.2",
        f'{_S}<startEvent id="b">{event("message", "M")}</startEvent><task id="a"/>' + flows("s -> a", "b -> a"),
        start(),
        publish("M"),
        trace="s a b a",
        ends="COMPLETED COMPLETED",
    ),
    case(
        "in a called process",
        in_event("timer", Position.CATCH),
        "10.3.6; 10.5.4; 13.5.2",
        f'{_S}<callActivity id="c" calledElement="q"/>' + flows("s -> c"),
        start(),
        wait(60),
        trace="s q_s t c",
        ends="COMPLETED COMPLETED",
        others='<process id="q" isExecutable="true"><startEvent id="q_s"/>'
        + catch_event("t", timer("timeDuration", "PT1M"))
        + flows("qf1| q_s -> t")
        + "</process>",
    ),
)
