"""Start events of processes and sub-processes, and intermediate catch events (BPMN 2.0.2, 10.5.2, 10.5.4)."""

from __future__ import annotations

from bpmgrpc.engine.event_definitions import Position
from tests.conformance.elements.case import Case, active, broadcast, case, complete, in_event, publish, start, wait
from tests.support.harness import catch_event, event, flows, throw_event, timer

_START = "10.5.2; 13.2; table 10.84"
_CATCH = "10.5.4; 13.5.2; table 10.89"


def _begins(definition: str, attributes: str = "") -> str:
    """A process that an event starts, with one user task."""
    return f'<startEvent id="b"{attributes}>{definition}</startEvent><userTask id="a"/>' + flows("b -> a")


def _waits(definition: str, attributes: str = "") -> str:
    """A process that waits for an event, and then has one user task."""
    return f'<startEvent id="s"/>{catch_event("c", definition, attributes)}<userTask id="a"/>' + flows(
        "s -> c", "c -> a"
    )


_BOTH = event("message", "M") + event("signal", "S")
_ALL = ' parallelMultiple="true"'
_SETS = '<userTask id="u"/><userTask id="v"/>' + flows("set1| s -> u", "set2| u -> v")

_STARTS: tuple[Case, ...] = (
    case(
        "none: a call starts the process",
        "startEvent",
        _START,
        '<startEvent id="s"/><userTask id="a"/>' + flows("s -> a"),
        start(),
        complete("a"),
        trace="s a",
    ),
    case(
        "none: the sub-process around it starts it",
        "startEvent",
        "10.5.2; 13.3.4; table 10.85",
        '<startEvent id="s"/><subProcess id="p1"><startEvent id="i"/><task id="a"/>'
        + flows("in1| i -> a")
        + "</subProcess>"
        + flows("s -> p1"),
        start(),
        trace="s i a p1",
    ),
    case(
        "sends a token by each outgoing flow",
        "startEvent",
        "10.5.2; 13.2",
        '<startEvent id="s"/><task id="a"/><task id="b"/>' + flows("s -> a", "s -> b"),
        start(),
        trace="s a b",
    ),
    case(
        "each message starts an instance",
        in_event("message", Position.START),
        _START,
        _begins(event("message", "M")),
        publish("N"),
        publish("M"),
        publish("M"),
        complete("a"),
        complete("a"),
        trace="b a b a",
        ends="COMPLETED COMPLETED",
    ),
    case(
        "what the message carries comes in",
        in_event("message", Position.START),
        "10.5.2; 13.2",
        _begins(event("message", "M")),
        publish("M", x=1),
        complete("a"),
        trace="b a",
        variables={"x": 1},
    ),
    case(
        "each start event of a process starts instances of its own",
        in_event("message", Position.START),
        "10.5.2; 13.2",
        _begins(event("message", "M"))
        + f'<startEvent id="other">{event("message", "N")}</startEvent><task id="z"/>'
        + flows("other -> z"),
        publish("N"),
        publish("M"),
        complete("a"),
        trace="other z b a",
        ends="COMPLETED COMPLETED",
    ),
    case(
        "each signal starts an instance",
        in_event("signal", Position.START),
        _START,
        _begins(event("signal", "S")),
        broadcast("T"),
        broadcast("S", x=1),
        complete("a"),
        trace="b a",
        variables={"x": 1},
    ),
    case(
        "a signal starts an instance and reaches who waits for it",
        in_event("signal", Position.START),
        "10.5.1; 10.5.2; 13.2",
        f'<startEvent id="b">{event("signal", "S")}</startEvent>{catch_event("c", event("signal", "S"))}'
        + flows("b -> c"),
        broadcast("S"),
        broadcast("S"),
        trace="b c b",
        ends="ACTIVE COMPLETED",
    ),
    case(
        "an instance starts at its date",
        in_event("timer", Position.START),
        _START,
        _begins(timer("timeDate", "2024-01-01T00:01:00Z")),
        wait(59),
        active(""),
        wait(1),
        complete("a"),
        trace="b a",
    ),
    case(
        "an instance starts as often as its cycle says",
        in_event("timer", Position.START),
        _START,
        _begins(timer("timeCycle", "R2/PT1M")),
        wait(60),
        active("a"),
        wait(60),
        wait(60),
        complete("a"),
        complete("a"),
        trace="b a b a",
        ends="COMPLETED COMPLETED",
    ),
    case(
        "an instance starts where its condition is true",
        in_event("conditional", Position.START),
        _START,
        _begins(event("conditional", "x > 1")),
        start(x=2),
        complete("a"),
        trace="b a",
    ),
    case(
        "a message or a time starts an instance",
        in_event("multiple", Position.START),
        _START,
        _begins(event("message", "M") + timer("timeDate", "2024-01-01T00:01:00Z")),
        publish("M"),
        wait(60),
        complete("a"),
        complete("a"),
        trace="b a b a",
        ends="COMPLETED COMPLETED",
    ),
    case(
        "any of its events starts an instance",
        in_event("multiple", Position.START),
        _START,
        _begins(_BOTH),
        publish("M"),
        broadcast("S"),
        complete("a"),
        complete("a"),
        trace="b a b a",
        ends="COMPLETED COMPLETED",
    ),
    case(
        "an instance starts when all of its events have occurred, in any order",
        in_event("parallelMultiple", Position.START),
        _START,
        _begins(_BOTH, _ALL),
        broadcast("S", x=1),
        active(""),
        publish("M", y=2),
        complete("a"),
        trace="b a",
        variables={"x": 1, "y": 2},
    ),
    case(
        "messages of one key belong together",
        in_event("parallelMultiple", Position.START),
        "8.4.2; 10.5.2; 13.2",
        _begins(event("message", "M") + event("message", "N"), _ALL),
        publish("M", "k1", x=1),
        publish("M", "k2", x=2),
        publish("N", "k2"),
        complete("a"),
        publish("N", "k3"),
        active(""),
        trace="b a",
        variables={"x": 2},
    ),
    case(
        "a time is one of its events",
        in_event("parallelMultiple", Position.START),
        _START,
        _begins(event("message", "M") + timer("timeDate", "2024-01-01T00:01:00Z"), _ALL),
        publish("M"),
        active(""),
        wait(60),
        complete("a"),
        trace="b a",
    ),
    case(
        "a condition is one of its events: it has to hold for what the others bring along",
        in_event("parallelMultiple", Position.START),
        "10.5.2; 13.2; 13.5.2",
        _begins(_BOTH + event("conditional", "x + y > 10"), _ALL),
        broadcast("S", x=9),
        publish("M", y=1),
        active(""),
        publish("M", y=2),
        complete("a"),
        trace="b a",
        variables={"x": 9, "y": 2},
    ),
)

_RETRIEVED = (
    '<correlationPropertyRetrievalExpression messageRef="{}_message"><messagePath>{}</messagePath>'
    "</correlationPropertyRetrievalExpression>"
)
_CORRELATED = (
    f'<correlationProperty id="order">{_RETRIEVED.format("M", "number")}{_RETRIEVED.format("N", "no")}'
    f'</correlationProperty><correlationProperty id="customer">{_RETRIEVED.format("M", "who")}'
    f'{_RETRIEVED.format("N", "whom")}</correlationProperty><collaboration id="co"><correlationKey id="key">'
    "<correlationPropertyRef>order</correlationPropertyRef><correlationPropertyRef>customer</correlationPropertyRef>"
    "</correlationKey></collaboration>"
)
_SUBSCRIBED = (
    '<correlationSubscription id="cs" correlationKeyRef="key">'
    + "".join(
        f'<correlationPropertyBinding correlationPropertyRef="{name}"><dataPath>{name}</dataPath>'
        "</correlationPropertyBinding>"
        for name in ("order", "customer")
    )
    + "</correlationSubscription>"
)

_CATCHES: tuple[Case, ...] = (
    case(
        "waits for its message",
        in_event("message", Position.CATCH),
        _CATCH,
        _waits(event("message", "M")),
        start(),
        publish("N"),
        active("c"),
        publish("M", x=1),
        complete("a"),
        trace="s c a",
        variables={"x": 1},
    ),
    case(
        "one message reaches one who waits",
        in_event("message", Position.CATCH),
        "8.4.2; 10.5.1",
        _waits(event("message", "M")),
        start(),
        start(),
        publish("M"),
        active("a c"),
        complete("a"),
        trace="s c a s",
        ends="ACTIVE COMPLETED",
    ),
    case(
        "the correlation key decides who receives the message",
        in_event("message", Position.CATCH),
        "8.4.2; 10.5.1",
        '<startEvent id="s"/>'
        + catch_event("c", '<messageEventDefinition messageRef="keyed"/>')
        + '<userTask id="a"/>'
        + flows("s -> c", "c -> a"),
        start(order="o1"),
        start(order="o2"),
        publish("K", "o2", found=True),
        complete("a"),
        publish("K", "o3"),
        active("c"),
        trace="s c a s",
        ends="ACTIVE COMPLETED",
        others='<message id="keyed" name="K"><extensionElements><zeebe:subscription correlationKey="=order"/>'
        "</extensionElements></message>",
    ),
    case(
        "all properties of the correlation key have to fit",
        in_event("message", Position.CATCH),
        "8.4.2; 10.5.1",
        _SUBSCRIBED
        + '<startEvent id="s"/>'
        + catch_event("c", event("message", "M"))
        + '<userTask id="a"/>'
        + flows("s -> c", "c -> a"),
        start(order=1, customer="ann"),
        start(order=1, customer="bob"),
        publish("M", number=2, who="bob"),
        active("c c"),
        publish("M", number=1, who="bob"),
        complete("a"),
        trace="s s c a",
        ends="ACTIVE COMPLETED",
        others=_CORRELATED,
    ),
    case(
        "the first message of a conversation gives it its key",
        in_event("message", Position.CATCH),
        "8.4.2; 10.5.1",
        '<startEvent id="s"/>'
        + catch_event("c", event("message", "M"))
        + catch_event("d", event("message", "N"))
        + '<userTask id="a"/>'
        + flows("s -> c", "c -> d", "d -> a"),
        start(),
        start(),
        publish("M", number=1, who="ann"),
        publish("M", number=1, who="bob"),
        publish("N", no=1, whom="eve"),
        active("d d"),
        publish("N", no=1, whom="bob", found=True),
        complete("a"),
        trace="s s c c d a",
        ends="ACTIVE COMPLETED",
        others=_CORRELATED,
    ),
    case(
        "waits for its signal",
        in_event("signal", Position.CATCH),
        _CATCH,
        _waits(event("signal", "S")),
        start(),
        broadcast("T"),
        active("c"),
        broadcast("S"),
        complete("a"),
        trace="s c a",
    ),
    case(
        "one signal reaches all who wait",
        in_event("signal", Position.CATCH),
        "10.5.1; 13.5.2",
        _waits(event("signal", "S")),
        start(),
        start(),
        broadcast("S"),
        complete("a"),
        complete("a"),
        trace="s c a s c a",
        ends="COMPLETED COMPLETED",
    ),
    case(
        "waits for a duration",
        in_event("timer", Position.CATCH),
        _CATCH,
        _waits(timer("timeDuration", "PT1M")),
        start(),
        wait(59),
        active("c"),
        wait(1),
        complete("a"),
        trace="s c a",
    ),
    case(
        "waits for a date",
        in_event("timer", Position.CATCH),
        _CATCH,
        _waits(timer("timeDate", "2024-01-01T00:01:00Z")),
        start(),
        wait(60),
        complete("a"),
        trace="s c a",
    ),
    case(
        "a date that is over is not waited for",
        in_event("timer", Position.CATCH),
        _CATCH,
        _waits(timer("timeDate", "2023-01-01T00:00:00Z")),
        start(),
        complete("a"),
        trace="s c a",
    ),
    case(
        "a cycle fires once, at its first time",
        in_event("timer", Position.CATCH),
        "10.5.4; 10.5.5; 13.5.2",
        _waits(timer("timeCycle", "R3/PT1M")),
        start(),
        wait(60),
        wait(60),
        complete("a"),
        trace="s c a",
    ),
    case(
        "waits until its condition becomes true",
        in_event("conditional", Position.CATCH),
        _CATCH,
        _waits(event("conditional", "x > 1")) + _SETS,
        start(x=0),
        complete("u", x=1),
        active("c v"),
        complete("v", x=2),
        complete("a"),
        trace="s u v c a",
    ),
    case(
        "does not wait where its condition is true already",
        in_event("conditional", Position.CATCH),
        _CATCH,
        _waits(event("conditional", "x > 1")),
        start(x=2),
        complete("a"),
        trace="s c a",
    ),
    case(
        "a link goes on where its source has sent the token",
        in_event("link", Position.CATCH),
        "10.5.4; 10.5.5; 13.5.2",
        '<startEvent id="s"/>'
        + throw_event("x", event("link", "L"))
        + catch_event("c", event("link", "L"))
        + '<task id="a"/>'
        + flows("s -> x", "c -> a"),
        start(),
        trace="s x c a",
    ),
    case(
        "a message is enough",
        in_event("multiple", Position.CATCH),
        _CATCH,
        _waits(_BOTH),
        start(),
        publish("M"),
        complete("a"),
        trace="s c a",
    ),
    case(
        "a signal is enough, and what comes later does nothing",
        in_event("multiple", Position.CATCH),
        _CATCH,
        _waits(_BOTH),
        start(),
        broadcast("S"),
        publish("M"),
        complete("a"),
        trace="s c a",
    ),
    case(
        "waits for all of its events, in any order",
        in_event("parallelMultiple", Position.CATCH),
        _CATCH,
        _waits(_BOTH, _ALL),
        start(),
        broadcast("S"),
        active("c"),
        publish("M"),
        complete("a"),
        trace="s c a",
    ),
)

CASES: tuple[Case, ...] = _STARTS + _CATCHES
