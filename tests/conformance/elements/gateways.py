"""Gateways (BPMN 2.0.2, 10.6 and 13.4)."""

from __future__ import annotations

from tests.conformance.elements.case import Case, active, broadcast, case, complete, publish, start, wait
from tests.support.harness import catch_event, event, flows, timer

_TASKS = "".join(f'<task id="{name}"/>' for name in ("a", "b", "c"))
_CHOICE = '<startEvent id="s"/><{}Gateway id="g" default="d"/>' + _TASKS

_EVENTS = catch_event("m", event("message", "M")) + catch_event("n", event("message", "N"))
_WAITING = (
    '<startEvent id="s"/><eventBasedGateway id="g"/>'
    + catch_event("m", event("message", "M"))
    + catch_event("x", event("signal", "S"))
    + catch_event("t", timer("timeDuration", "PT1M"))
    + _TASKS
    + flows("s -> g", "g -> m", "g -> x", "g -> t", "m -> a", "x -> b", "t -> c")
)
_FORK_AND_JOIN = (
    '<startEvent id="s"/><inclusiveGateway id="g" default="d"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
    '<inclusiveGateway id="j"/><userTask id="z"/>'
    + flows("s -> g", "g -> a: x > 0", "g -> b: x > 1", "d| g -> c", "a -> j", "b -> j", "c -> j", "j -> z")
)


def _choice(kind: str) -> str:
    """A gateway with two conditions that may both be true, and a default flow."""
    return _CHOICE.format(kind) + flows("s -> g", "g -> a: x > 2", "g -> b: x > 1", "d| g -> c")


_COMPLEX = "10.6.5; 13.4.5; table 13.5"


def _activated(condition: str, *outgoing: str) -> str:
    """A complex gateway that three user tasks lead to, before the tasks "y" and "z"."""
    inner = f"<activationCondition><![CDATA[{condition}]]></activationCondition>" if condition else ""
    default = ' default="d"' if any(text.startswith("d|") for text in outgoing) else ""
    links = [link for name in ("a", "b", "c") for link in (f"s -> {name}", f"{name} -> g")]
    return (
        '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><userTask id="c"/><task id="y"/>'
        + ('<task id="z"/>' if default else "")
        + f'<complexGateway id="g"{default}>{inner}</complexGateway>'
        + flows(*links, *outgoing)
    )


CASES: tuple[Case, ...] = (
    case(
        "the first true condition decides, however many are true",
        "exclusiveGateway",
        "10.6.2; 13.4.2; table 13.2",
        _choice("exclusive"),
        start(x=3),
        trace="s g a",
    ),
    case(
        "a later condition decides where those before are false",
        "exclusiveGateway",
        "10.6.2; 13.4.2; table 13.2",
        _choice("exclusive"),
        start(x=2),
        trace="s g b",
    ),
    case(
        "the default flow is taken where no condition is true",
        "exclusiveGateway",
        "10.6.2; 13.4.2; table 13.2",
        _choice("exclusive"),
        start(x=1),
        trace="s g c",
    ),
    case(
        "each token that arrives goes on by itself",
        "exclusiveGateway",
        "10.6.2; 13.4.2; table 13.2",
        '<startEvent id="s"/><exclusiveGateway id="g"/><task id="a"/><task id="b"/><task id="z"/>'
        + flows("s -> a", "s -> b", "a -> g", "b -> g", "g -> z"),
        start(),
        trace="s a b g g z z",
    ),
    case(
        "no true condition and no default flow is an exception",
        "exclusiveGateway",
        "10.6.2; 13.4.2; table 13.2",
        '<startEvent id="s"/><exclusiveGateway id="g"/><task id="a"/>' + flows("s -> g", "g -> a: x > 2"),
        start(x=1),
        trace="s",
        ends="ACTIVE",
        incidents="NO_SEQUENCE_FLOW_TRUE",
    ),
    case(
        "sends a token by every outgoing flow",
        "parallelGateway",
        "10.6.4; 13.4.1; table 13.1",
        '<startEvent id="s"/><parallelGateway id="g"/>' + _TASKS + flows("s -> g", "g -> a", "g -> b", "g -> c"),
        start(),
        trace="s g a b c",
    ),
    case(
        "waits for a token at each incoming flow",
        "parallelGateway",
        "10.6.4; 13.4.1; table 13.1",
        '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><parallelGateway id="g"/><task id="z"/>'
        + flows("s -> a", "s -> b", "a -> g", "b -> g", "g -> z"),
        start(),
        complete("a"),
        active("b g"),
        complete("b"),
        trace="s a b g z",
    ),
    case(
        "a second token at one flow does not stand for one at another",
        "parallelGateway",
        "10.6.4; 13.4.1; table 13.1",
        '<startEvent id="s"/><task id="a" completionQuantity="2"/><userTask id="b"/><parallelGateway id="g"/>'
        '<task id="z"/>' + flows("s -> a", "s -> b", "a -> g", "b -> g", "g -> z"),
        start(),
        active("b g"),
        complete("b"),
        active("g"),
        trace="s a b g z",
        ends="ACTIVE",
    ),
    case(
        "sends a token by every true condition",
        "inclusiveGateway",
        "10.6.3; 13.4.3; table 13.3",
        _choice("inclusive"),
        start(x=3),
        trace="s g a b",
    ),
    case(
        "sends a token by one condition where one is true",
        "inclusiveGateway",
        "10.6.3; 13.4.3; table 13.3",
        _choice("inclusive"),
        start(x=2),
        trace="s g b",
    ),
    case(
        "the default flow is taken where no condition is true",
        "inclusiveGateway",
        "10.6.3; 13.4.3; table 13.3",
        _choice("inclusive"),
        start(x=1),
        trace="s g c",
    ),
    case(
        "no true condition and no default flow is an exception",
        "inclusiveGateway",
        "10.6.3; 13.4.3; table 13.3",
        '<startEvent id="s"/><inclusiveGateway id="g"/><task id="a"/>' + flows("s -> g", "g -> a: x > 2"),
        start(x=1),
        trace="s",
        ends="ACTIVE",
        incidents="NO_SEQUENCE_FLOW_TRUE",
    ),
    case(
        "joins all tokens that were sent",
        "inclusiveGateway",
        "10.6.3; 13.4.3; table 13.3",
        _FORK_AND_JOIN,
        start(x=2),
        complete("a"),
        active("b j"),
        complete("b"),
        complete("z"),
        trace="s g a b j z",
    ),
    case(
        "joins at once where no other token can arrive",
        "inclusiveGateway",
        "10.6.3; 13.4.3; table 13.3",
        _FORK_AND_JOIN,
        start(x=1),
        complete("a"),
        active("z"),
        complete("z"),
        trace="s g a j z",
    ),
    case(
        "joins when the last other token has gone another way",
        "inclusiveGateway",
        "10.6.3; 13.4.3; table 13.3",
        '<startEvent id="s"/><userTask id="a"/><userTask id="b" default="d"/><inclusiveGateway id="g"/><task id="z"/>'
        '<endEvent id="out"/>' + flows("s -> a", "s -> b", "a -> g", "b -> g: x > 0", "d| b -> out", "g -> z"),
        start(x=0),
        complete("a"),
        active("b g"),
        complete("b"),
        trace="s a b out g z",
    ),
    case(
        "sends a token by every true condition",
        "complexGateway",
        _COMPLEX,
        _choice("complex"),
        start(x=3),
        trace="s g a b",
    ),
    case(
        "the default flow is taken where no condition is true",
        "complexGateway",
        _COMPLEX,
        _choice("complex"),
        start(x=1),
        trace="s g c",
    ),
    case(
        "is activated when its condition is true, and chooses again when the late tokens have come",
        "complexGateway",
        _COMPLEX,
        _activated("activationCount >= 2", "g -> y: waitingForStart", "d| g -> z"),
        start(),
        complete("b"),
        active("a c g"),
        complete("a"),
        active("c g"),
        complete("c"),
        trace="s a b c g y g z",
    ),
    case(
        "no condition: waits for a token at each incoming flow",
        "complexGateway",
        _COMPLEX,
        _activated("", "g -> y"),
        start(),
        complete("a"),
        complete("b"),
        active("c g"),
        complete("c"),
        trace="s a b c g y",
    ),
    case(
        "waits for no token that cannot arrive any more",
        "complexGateway",
        _COMPLEX,
        '<startEvent id="s"/><userTask id="a"/><userTask id="b" default="d"/><endEvent id="out"/><task id="y"/>'
        '<complexGateway id="g"><activationCondition>activationCount &gt;= 1</activationCondition></complexGateway>'
        + flows("s -> a", "s -> b", "a -> g", "b -> g: late", "d| b -> out", "g -> y"),
        start(late=False),
        complete("a"),
        complete("b"),
        trace="s a b out g y",
    ),
    case(
        "in a loop each round joins by itself",
        "inclusiveGateway",
        "10.6.3; 13.4.3; table 13.3",
        '<startEvent id="s"/><inclusiveGateway id="j"/><userTask id="a"/><exclusiveGateway id="g" default="d"/>'
        '<endEvent id="e"/>' + flows("s -> j", "j -> a", "a -> g", "g -> j: again", "d| g -> e"),
        start(again=True),
        complete("a"),
        complete("a", again=False),
        trace="s j a g j a g e",
    ),
    case(
        "joins what runs in its own scope, whatever waits outside",
        "inclusiveGateway",
        "10.6.3; 13.4.3; table 13.3",
        '<startEvent id="s"/><userTask id="out"/><subProcess id="p1"><startEvent id="i"/><inclusiveGateway id="g"/>'
        '<task id="a"/><task id="b"/><inclusiveGateway id="j"/><task id="c"/>'
        + flows("in1| i -> g", "in2| g -> a", "in3| g -> b", "in4| a -> j", "in5| b -> j", "in6| j -> c")
        + "</subProcess>"
        + flows("s -> out", "s -> p1"),
        start(),
        active("out"),
        complete("out"),
        trace="s i g a b j c p1 out",
    ),
    case(
        "the first event that occurs decides: a condition",
        "eventBasedGateway",
        "10.6.6; 13.4.4; table 13.4",
        '<startEvent id="s"/><userTask id="u"/><eventBasedGateway id="g"/>'
        + catch_event("q", event("conditional", "x > 1"))
        + catch_event("t", timer("timeDuration", "PT1M"))
        + _TASKS
        + flows("s -> u", "s -> g", "g -> q", "g -> t", "q -> a", "t -> b"),
        start(x=1),
        complete("u", x=2),
        wait(60),
        trace="s u g q a",
    ),
    case(
        "the first event that occurs decides: a message",
        "eventBasedGateway",
        "10.6.6; 13.4.4; table 13.4",
        _WAITING,
        start(),
        active("g"),
        publish("M"),
        broadcast("S"),
        wait(60),
        trace="s g m a",
    ),
    case(
        "the first event that occurs decides: a signal",
        "eventBasedGateway",
        "10.6.6; 13.4.4; table 13.4",
        _WAITING,
        start(),
        broadcast("S"),
        wait(60),
        trace="s g x b",
    ),
    case(
        "the first event that occurs decides: a timer",
        "eventBasedGateway",
        "10.6.6; 13.4.4; table 13.4",
        _WAITING,
        start(),
        wait(60),
        broadcast("S"),
        trace="s g t c",
    ),
    case(
        "waits for receive tasks as for messages",
        "eventBasedGateway",
        "10.6.6; 13.4.4",
        '<startEvent id="s"/><eventBasedGateway id="g"/><receiveTask id="m" messageRef="M_message"/>'
        + catch_event("t", timer("timeDuration", "PT1M"))
        + _TASKS
        + flows("s -> g", "g -> m", "g -> t", "m -> a", "t -> b"),
        start(),
        publish("M"),
        wait(60),
        trace="s g m a",
    ),
    case(
        "one that instantiates starts an instance with each event",
        "eventBasedGateway",
        "10.6.6; 13.2; 13.4.4",
        f'<eventBasedGateway id="g" instantiate="true"/>{_EVENTS}<task id="a"/><task id="b"/>'
        + flows("g -> m", "g -> n", "m -> a", "n -> b"),
        publish("M"),
        publish("N"),
        trace="m a n b",
        ends="COMPLETED COMPLETED",
    ),
    case(
        "a parallel one that instantiates waits for the other events too",
        "eventBasedGateway",
        "10.6.6; 13.2; 13.4.4",
        f'<eventBasedGateway id="g" instantiate="true" eventGatewayType="Parallel"/>{_EVENTS}<task id="a"/>'
        '<task id="b"/>' + flows("g -> m", "g -> n", "m -> a", "n -> b"),
        publish("N"),
        active("m"),
        publish("M"),
        trace="m a n b",
    ),
)
