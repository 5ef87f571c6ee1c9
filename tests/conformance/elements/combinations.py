"""Elements together: errors and escalations across loops and calls, handlers within handlers, several tokens.

Rule of this file: a case belongs to the element, or the event, that decides what becomes of the others.
"""

from __future__ import annotations

from bpmgrpc.engine.event_definitions import Position
from tests.conformance.elements.case import (
    Case,
    active,
    broadcast,
    case,
    complete,
    in_event,
    publish,
    start,
    throw_error,
    wait,
)
from tests.conformance.elements.listening import undone
from tests.support.harness import boundary, error, event, event_sub_process, flows, timer

_TWO = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
_ON_ERROR = in_event("error", Position.BOUNDARY)
_ON_ERROR_INSIDE = in_event("error", Position.EVENT_SUB_PROCESS)
_COMPENSATE = "<compensateEventDefinition/>"


def _scope(inside: str, around: str = "", *links: str, marker: str = "") -> str:
    """A sub-process "w" between the start and the task "z", with the task "y" for what takes over."""
    return (
        f'<startEvent id="s"/><subProcess id="w">{marker}{inside}</subProcess><task id="y"/><task id="z"/>{around}'
        + flows("s -> w", "w -> z", *links)
    )


def _end(name: str, definition: str) -> str:
    return f'<endEvent id="{name}">{definition}</endEvent>'


def _throw(name: str, definition: str) -> str:
    return f'<intermediateThrowEvent id="{name}">{definition}</intermediateThrowEvent>'


_UNTIL_ERROR = '<userTask id="u"/>' + _end("x", error("E")) + flows("w1| u -> x")

CASES: tuple[Case, ...] = (
    case(
        "an error in one instance of a multi-instance cancels all of them",
        _ON_ERROR,
        "10.5.4; 13.3.7; 13.5.3",
        _scope(_UNTIL_ERROR, boundary("b", "w", error("E")), "b -> y", marker=_TWO),
        start(),
        complete("u"),
        active(""),
        trace="s u b y",
    ),
    case(
        "an event sub-process catches the error of its own instance only",
        _ON_ERROR_INSIDE,
        "13.3.7; 13.5.4",
        _scope(_UNTIL_ERROR + event_sub_process("h", error("E")), marker=_TWO),
        start(),
        complete("u"),
        complete("h_task"),
        complete("u"),
        complete("h_task"),
        trace="s u h_start h_task h w u h_start h_task h w w z",
    ),
    case(
        "each instance of a multi-instance may escalate",
        in_event("escalation", Position.BOUNDARY, interrupts=False),
        "10.5.4; 13.3.7; 13.5.3",
        _scope(
            '<userTask id="u"/>' + _end("x", event("escalation", "E")) + flows("w1| u -> x"),
            boundary("b", "w", event("escalation", "E"), interrupts=False),
            "b -> y",
            marker=_TWO,
        ),
        start(),
        complete("u"),
        complete("u"),
        trace="s u x b y w u x b y w w z",
    ),
    case(
        "terminates its own instance of a multi-instance",
        in_event("terminate", Position.END),
        "10.5.3; 13.3.7; 13.5.6",
        _scope(
            '<userTask id="u"/><userTask id="v"/>' + _end("x", "<terminateEventDefinition/>") + flows("w1| u -> x"),
            marker=_TWO,
        ),
        start(),
        active("w w w u u v v"),
        complete("u"),
        active("w w u v"),
        complete("u"),
        trace="s u x w u x w w z",
    ),
    case(
        "what its handler throws again goes outwards",
        _ON_ERROR_INSIDE,
        "10.5.6; 13.5.4",
        _scope(
            _UNTIL_ERROR
            + f'<subProcess id="h" triggeredByEvent="true"><startEvent id="h_s">{error("E")}</startEvent>'
            + _end("again", error("E"))
            + flows("h1| h_s -> again")
            + "</subProcess>",
            boundary("b", "w", error("E")),
            "b -> y",
        ),
        start(),
        complete("u"),
        trace="s u h_s b y",
    ),
    case(
        "catches what a sub-process of its scope throws",
        _ON_ERROR_INSIDE,
        "10.5.6; 13.5.4",
        _scope(_UNTIL_ERROR)
        + '<userTask id="beside"/>'
        + event_sub_process("h", error("E"))
        + flows("to| s -> beside"),
        start(),
        complete("u"),
        active("h h_task"),
        complete("h_task"),
        trace="s u h_start h_task h",
    ),
    case(
        "a worker's error passes the scopes that do not catch it",
        _ON_ERROR,
        "10.5.6; 13.5.3",
        _scope(
            '<subProcess id="v"><serviceTask id="t"/></subProcess>' + boundary("near", "v", error("F")),
            boundary("b", "w", error("E")),
            "b -> y",
        ),
        start(),
        throw_error("t", "E"),
        trace="s b y",
    ),
    case(
        "an error that nothing catches in the called process ends the caller too",
        in_event("error", Position.END),
        "10.5.6; 13.5.6",
        '<startEvent id="s"/><callActivity id="c" calledElement="q"/><userTask id="a"/>' + flows("s -> c", "s -> a"),
        start(),
        complete("u"),
        trace="s q_s u",
        ends="CANCELED FAILED",  # the called one goes with its caller
        others='<process id="q" isExecutable="true"><startEvent id="q_s"/>'
        + _UNTIL_ERROR
        + flows("qf1| q_s -> u")
        + "</process>",
    ),
    case(
        "an interrupting one occurs once",
        in_event("message", Position.EVENT_SUB_PROCESS),
        "13.5.4",
        _scope('<userTask id="u"/>' + event_sub_process("h", event("message", "M"))),
        start(),
        publish("M"),
        publish("M"),
        active("w h h_task"),
        complete("h_task"),
        trace="s h_start h_task h w z",
    ),
    case(
        "an escalation from inside of an event sub-process goes outwards",
        in_event("escalation", Position.BOUNDARY),
        "10.5.6; 13.5.3; 13.5.4",
        _scope(
            '<userTask id="u"/><subProcess id="h" triggeredByEvent="true"><startEvent id="h_s" isInterrupting="false">'
            + event("message", "M")
            + "</startEvent>"
            + _throw("x", event("escalation", "E"))
            + flows("h1| h_s -> x")
            + "</subProcess>",
            boundary("b", "w", event("escalation", "E")),
            "b -> y",
        ),
        start(),
        publish("M"),
        trace="s h_s b y",
    ),
    case(
        "an event that names the code is taken before one that catches every escalation",
        in_event("escalation", Position.BOUNDARY),
        "10.5.6; 13.5.3",
        _scope(
            '<userTask id="u"/>' + _end("x", event("escalation", "E")) + flows("w1| u -> x"),
            boundary("any", "w", event("escalation"))
            + boundary("b", "w", event("escalation", "E"))
            + '<task id="other"/>',
            "any -> other",
            "b -> y",
        ),
        start(),
        complete("u"),
        trace="s u b y",
    ),
    case(
        "a cycle ends with its activity",
        in_event("timer", Position.BOUNDARY, interrupts=False),
        "10.5.4; 13.5.3",
        _scope('<userTask id="u"/>', boundary("b", "w", timer("timeCycle", "R/PT1M"), interrupts=False), "b -> y"),
        start(),
        wait(60),
        wait(60),
        complete("u"),
        wait(600),
        trace="s b y b y u w z",
    ),
    case(
        "each token in an activity has a boundary event of its own: one takes the message",
        in_event("message", Position.BOUNDARY),
        "10.5.1; 13.3.2; 13.5.3",
        '<startEvent id="s"/><task id="a" completionQuantity="2"/><userTask id="w"/><task id="y"/>'
        + boundary("b", "w", event("message", "M"))
        + flows("s -> a", "a -> w", "b -> y"),
        start(),
        active("w w"),
        publish("M"),
        active("w"),
        complete("w"),
        trace="s a b y w",
    ),
    case(
        "each token in an activity has a boundary event of its own: all take the signal",
        in_event("signal", Position.BOUNDARY),
        "10.5.1; 13.3.2; 13.5.3",
        '<startEvent id="s"/><task id="a" completionQuantity="2"/><userTask id="w"/><task id="y"/>'
        + boundary("b", "w", event("signal", "S"))
        + flows("s -> a", "a -> w", "b -> y"),
        start(),
        broadcast("S"),
        trace="s a b y b y",
    ),
    case(
        "the same event twice does not stand for the others",
        in_event("parallelMultiple", Position.BOUNDARY),
        "10.5.4; 13.5.3",
        _scope(
            '<userTask id="u"/>',
            boundary("b", "w", event("message", "M") + event("signal", "S")).replace(
                'id="b"', 'id="b" parallelMultiple="true"'
            ),
            "b -> y",
        ),
        start(),
        publish("M"),
        publish("M"),
        active("w u"),
        broadcast("S"),
        trace="s b y",
    ),
    case(
        "an activity that completed twice is undone twice",
        in_event("compensate", Position.THROW),
        "10.7.2; 13.5.5",
        '<startEvent id="s"/><task id="a" completionQuantity="2"/><task id="w"/>'
        + undone("w")
        + '<userTask id="u"/>'
        + _throw("x", _COMPENSATE)
        + flows("s -> a", "a -> w", "s -> u", "u -> x"),
        start(),
        complete("u"),
        trace="s a w w u undo_w undo_w x",
    ),
    case(
        "undoes what its own scope has completed and nothing outside",
        in_event("compensate", Position.END),
        "10.5.3; 13.5.5",
        '<startEvent id="s"/><task id="a"/>'
        + undone("a")
        + '<subProcess id="w"><task id="c"/>'
        + undone("c")
        + _end("x", _COMPENSATE)
        + flows("w1| c -> x")
        + "</subProcess>"
        + flows("s -> a", "a -> w"),
        start(),
        trace="s a c undo_c x w",
    ),
    case(
        "what was undone is not undone again",
        in_event("compensate", Position.END),
        "10.7.2; 13.5.5",
        '<startEvent id="s"/><task id="a"/>'
        + undone("a")
        + _throw("x", _COMPENSATE)
        + _end("e", _COMPENSATE)
        + flows("s -> a", "a -> x", "x -> e"),
        start(),
        trace="s a undo_a x e",
    ),
    case(
        "a canceled transaction inside of another leaves that one running",
        "transaction",
        "10.3.5; 13.5.5",
        '<startEvent id="s"/><transaction id="w"><task id="a"/>'
        + undone("a")
        + '<transaction id="v"><task id="c"/>'
        + undone("c")
        + _end("x", "<cancelEventDefinition/>")
        + flows("v1| c -> x")
        + '</transaction><task id="d"/>'
        + boundary("b", "v", "<cancelEventDefinition/>")
        + flows("w1| a -> v", "w2| b -> d")
        + "</transaction>"
        + flows("s -> w"),
        start(),
        trace="s a c undo_c b d w",
    ),
    case(
        "what was completed in a transaction can be undone later",
        "transaction",
        "10.3.5; 10.7.2; 13.5.5",
        f'<startEvent id="s"/><transaction id="w"><task id="a"/>{undone("a")}</transaction>'
        + _throw("x", _COMPENSATE)
        + flows("s -> w", "w -> x"),
        start(),
        trace="s a w undo_a x",
    ),
    case(
        "of a multi-instance undoes each of its instances",
        in_event("compensate", Position.BOUNDARY),
        "10.7.1; 13.3.7; 13.5.5",
        f'<startEvent id="s"/><userTask id="m">{_TWO}</userTask>{undone("m")}{_throw("x", _COMPENSATE)}'
        + flows("s -> m", "m -> x"),
        start(),
        complete("m"),
        complete("m"),
        trace="s m m m undo_m undo_m x",
    ),
    case(
        "of a loop undoes each of its rounds",
        in_event("compensate", Position.BOUNDARY),
        "10.7.1; 13.3.6; 13.5.5",
        '<startEvent id="s"/><userTask id="m"><standardLoopCharacteristics loopMaximum="3"/></userTask>'
        + undone("m")
        + _throw("x", _COMPENSATE)
        + flows("s -> m", "m -> x"),
        start(),
        complete("m"),
        complete("m"),
        complete("m"),
        trace="s m m m m undo_m undo_m undo_m x",
    ),
    case(
        "inside of a multi-instance undoes what each instance has completed",
        in_event("compensate", Position.BOUNDARY),
        "10.7.2; 13.3.7; 13.5.5",
        f'<startEvent id="s"/><subProcess id="w">{_TWO}<userTask id="m"/>{undone("m")}</subProcess>'
        + _throw("x", _COMPENSATE)
        + flows("s -> w", "w -> x"),
        start(),
        complete("m"),
        complete("m"),
        trace="s m w m w w undo_m undo_m x",
    ),
    case(
        "inside of a loop undoes what each round has completed",
        in_event("compensate", Position.BOUNDARY),
        "10.7.2; 13.3.6; 13.5.5",
        '<startEvent id="s"/><subProcess id="w"><standardLoopCharacteristics loopMaximum="2"/><userTask id="m"/>'
        + undone("m")
        + "</subProcess>"
        + _throw("x", _COMPENSATE)
        + flows("s -> w", "w -> x"),
        start(),
        complete("m"),
        complete("m"),
        trace="s m w m w w undo_m undo_m x",
    ),
    case(
        "runs for each instance of a multi-instance",
        in_event("compensate", Position.EVENT_SUB_PROCESS),
        "10.7.1; 13.3.7; 13.5.5",
        f'<startEvent id="s"/><subProcess id="w">{_TWO}<userTask id="m"/>{event_sub_process("h", _COMPENSATE)}'
        "</subProcess>" + _throw("x", _COMPENSATE) + flows("s -> w", "w -> x"),
        start(),
        complete("m"),
        complete("m"),
        complete("h_task"),
        complete("h_task"),
        trace="s m w m w w h_start h_task h h_start h_task h x",
    ),
    case(
        "an error of a handler that undoes goes outwards",
        _ON_ERROR,
        "10.5.6; 13.5.5",
        _scope(
            f'<task id="a"/>{undone("a").replace("<task", "<serviceTask")}{_throw("x", _COMPENSATE)}'
            + flows("w1| a -> x"),
            boundary("b", "w", error("E")),
            "b -> y",
        ),
        start(),
        throw_error("undo_a", "E"),
        trace="s a b y",
    ),
    case(
        "undoes a called process by the handler of its caller",
        "transaction",
        "10.3.5; 10.7.1; 13.5.5",
        '<startEvent id="s"/><transaction id="w"><callActivity id="c" calledElement="q"/>'
        + undone("c")
        + _end("x", "<cancelEventDefinition/>")
        + flows("w1| c -> x")
        + '</transaction><task id="y"/>'
        + boundary("b", "w", "<cancelEventDefinition/>")
        + flows("s -> w", "b -> y"),
        start(),
        trace="s q_s c undo_c b y",
        ends="COMPLETED COMPLETED",
        others='<process id="q" isExecutable="true"><startEvent id="q_s"/></process>',
    ),
    case(
        "occurs at once where its condition is true when the activity begins",
        in_event("conditional", Position.BOUNDARY),
        "10.5.4; 10.5.5; 13.5.3",
        _scope('<userTask id="u"/>', boundary("b", "w", event("conditional", "x > 1")), "b -> y"),
        start(x=2),
        trace="s b y",
    ),
    case(
        "its process waits for the token that it has sent",
        in_event("message", Position.BOUNDARY, interrupts=False),
        "10.5.4; 13.2; 13.5.3",
        '<startEvent id="s"/><userTask id="w"/><userTask id="v"/>'
        + boundary("b", "w", event("message", "M"), interrupts=False)
        + flows("s -> w", "b -> v"),
        start(),
        publish("M"),
        complete("w"),
        active("v"),
        complete("v"),
        trace="s b w v",
    ),
    case(
        "occurs in every scope that waits for it",
        in_event("signal", Position.EVENT_SUB_PROCESS, interrupts=False),
        "10.5.1; 13.5.4",
        _scope('<userTask id="u"/>' + event_sub_process("h", event("signal", "S"), interrupts=False))
        + event_sub_process("k", event("signal", "S"), interrupts=False),
        start(),
        broadcast("S"),
        complete("h_task"),
        complete("k_task"),
        complete("u"),
        trace="s h_start h_task h k_start k_task k u w z",
    ),
    case(
        "cancels event sub-processes of the scopes inside",
        in_event("signal", Position.EVENT_SUB_PROCESS),
        "13.5.4",
        _scope('<userTask id="u"/>' + event_sub_process("h", event("message", "M"), interrupts=False))
        + event_sub_process("k", event("signal", "S")),
        start(),
        publish("M"),
        broadcast("S"),
        active("k k_task"),
        complete("k_task"),
        trace="s h_start k_start k_task k",
    ),
    case(
        "its escalation is caught by an event sub-process of its own scope",
        in_event("escalation", Position.END),
        "10.5.3; 13.5.4; 13.5.6",
        _scope(
            '<userTask id="u"/>'
            + _end("x", event("escalation", "E"))
            + flows("w1| u -> x")
            + event_sub_process("h", event("escalation", "E"), interrupts=False)
        ),
        start(),
        complete("u"),
        active("w h h_task"),
        complete("h_task"),
        trace="s u x h_start h_task h w z",
    ),
    case(
        "its message reaches an event sub-process of its own instance",
        in_event("message", Position.THROW),
        "10.5.1; 10.5.4; 13.5.4",
        f'<startEvent id="s"/>{_throw("x", event("message", "M"))}<userTask id="u"/>'
        + event_sub_process("h", event("message", "M"), interrupts=False)
        + flows("s -> x", "x -> u"),
        start(),
        complete("h_task"),
        complete("u"),
        trace="s x h_start h_task h u",
    ),
    case(
        "links within a sub-process",
        in_event("link", Position.THROW),
        "10.5.4; 10.5.5; 13.5.2",
        _scope(
            f'<task id="a"/>{_throw("x", event("link", "L"))}'
            '<intermediateCatchEvent id="c"><linkEventDefinition name="L"/></intermediateCatchEvent><task id="d"/>'
            + flows("w1| a -> x", "w2| c -> d")
        ),
        start(),
        trace="s a x c d w z",
    ),
)
