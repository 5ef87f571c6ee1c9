"""Intermediate throw events and end events (BPMN 2.0.2, 10.5.3, 10.5.4, tables 10.88 and 10.89).

Rule of this file: a signal, message, escalation or compensation is thrown in the same way by an intermediate event and
by an end event: ``_THROWN`` says how and what follows, and each row gives a case for both. The intermediate event "x"
is followed by the task "z"; the end event "x" by nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bpmgrpc.engine.event_definitions import Position
from tests.conformance.elements.case import Case, Step, active, case, complete, in_event, start
from tests.conformance.elements.listening import undone
from tests.support.harness import boundary, catch_event, error, event, extensions, flows

_END = "10.5.3; 13.5.6; table 10.88"
_THROW = "10.5.4; 13.5.2; table 10.89"


class _Thrown(NamedTuple):
    """What an event throws after the user task "u" in the sub-process "w", and what becomes of it.

    Attributes:
        name: What the case shows.
        kind: The event definition.
        definition: The same, written out.
        beside: What else stands in the process.
        links: Its sequence flows.
        steps: What is done after "u".
        also: The flow nodes that complete beside those of "w".
        ends: How the instances end.
        inside: What else stands in "w".
        others: What else stands in the file.
    """

    name: str
    kind: str
    definition: str
    beside: str = ""
    links: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    also: str = ""
    ends: str = "COMPLETED"
    inside: str = ""
    others: str = ""


def _process(definition: str, name: str = "q") -> str:
    """Another process, which an event starts."""
    return (
        f'<process id="{name}" isExecutable="true"><startEvent id="{name}_s">{definition}</startEvent>'
        f'<userTask id="a"/>{flows(f"{name}f| {name}_s -> a")}</process>'
    )


_COMPENSATE = "<compensateEventDefinition{}/>"
_NOT_WAITING = ' waitForCompletion="false"'

_THROWN: tuple[_Thrown, ...] = (
    _Thrown(
        "its message starts another process",
        "message",
        event("message", "M"),
        others=_process(event("message", "M")),
        steps=(complete("a"),),
        also="q_s a",
        ends="COMPLETED COMPLETED",
    ),
    _Thrown(
        "its message reaches an event that waits",
        "message",
        event("message", "M"),
        beside=catch_event("c", event("message", "M")),
        links=("to_c| s -> c",),
        also="c",
    ),
    _Thrown(
        "its signal reaches all who wait, in its own process and in others",
        "signal",
        event("signal", "S"),
        beside=catch_event("c", event("signal", "S")) + catch_event("d", event("signal", "S")),
        links=("to_c| s -> c", "to_d| s -> d"),
        others=_process(event("signal", "S")),
        steps=(complete("a"),),
        also="c d q_s a",
        ends="COMPLETED COMPLETED",
    ),
    _Thrown(
        "its signal is caught by nobody, and lost",
        "signal",
        event("signal", "S"),
        beside='<userTask id="a"/>' + catch_event("c", event("signal", "S")),
        links=("to_a| s -> a", "to_c| a -> c"),
        steps=(complete("a"), active("c")),
        also="a",
        ends="ACTIVE",
    ),
    _Thrown(
        "its escalation is caught beside the scope that goes on",
        "escalation",
        event("escalation", "E"),
        beside='<task id="y"/>' + boundary("b", "w", event("escalation", "E"), interrupts=False),
        links=("of_b| b -> y",),
        also="b y",
    ),
    _Thrown("its escalation is caught by nobody, and has no effect", "escalation", event("escalation", "E")),
    _Thrown(
        "undoes what its scope has completed",
        "compensate",
        _COMPENSATE.format(""),
        inside=undone("u"),
        also="undo_u",
    ),
    _Thrown(
        "undoes the activity that it names, once",
        "compensate",
        _COMPENSATE.format(' activityRef="u"'),
        inside=undone("u") + '<task id="t"/>' + undone("t"),
        also="undo_u t",
    ),
    _Thrown(
        "throws all of its events",
        "multiple",
        event("message", "M") + event("signal", "S") + event("escalation", "E"),
        beside=catch_event("c", event("message", "M"))
        + catch_event("d", event("signal", "S"))
        + '<task id="y"/>'
        + boundary("b", "w", event("escalation", "E"), interrupts=False),
        links=("to_c| s -> c", "to_d| s -> d", "of_b| b -> y"),
        also="c d b y",
    ),
)


def _both() -> Iterator[Case]:
    for thrown in _THROWN:
        for position in (Position.THROW, Position.END):
            if position is Position.THROW:
                event_ = f'<intermediateThrowEvent id="x">{thrown.definition}</intermediateThrowEvent><task id="z"/>'
                links, after, clause = ("w1| u -> x", "w2| x -> z"), "x z w", _THROW
            else:
                event_ = f'<endEvent id="x">{thrown.definition}</endEvent>'
                links, after, clause = ("w1| u -> x",), "x w", _END
            body = (
                f'<startEvent id="s"/><subProcess id="w"><userTask id="u"/>{event_}{thrown.inside}{flows(*links)}'
                f"</subProcess>{thrown.beside}" + flows("s -> w", *thrown.links)
            )
            yield case(
                thrown.name,
                in_event(thrown.kind, position),
                clause,
                body,
                start(),
                complete("u"),
                *thrown.steps,
                trace=f"s u {after} {thrown.also}",
                ends=thrown.ends,
                others=thrown.others,
            )


CASES: tuple[Case, ...] = (
    *_both(),
    case(
        "none: marks a place that the token passes",
        "intermediateThrowEvent",
        _THROW,
        '<startEvent id="s"/><intermediateThrowEvent id="x"/><userTask id="a"/>' + flows("s -> x", "x -> a"),
        start(),
        complete("a"),
        trace="s x a",
    ),
    case(
        "sends along what its data associations choose",
        in_event("message", Position.THROW),
        "10.4.2; 10.5.4",
        f'<startEvent id="s"/><intermediateThrowEvent id="x">{extensions(inputs=["x + 1 -> y"])}'
        + event("message", "M")
        + "</intermediateThrowEvent>"
        + catch_event("c", event("message", "M"))
        + flows("s -> x", "s -> c"),
        start(x=1),
        trace="s x c",
        variables={"x": 1, "y": 2},
    ),
    case(
        "a link sends the token to its target",
        in_event("link", Position.THROW),
        "10.5.4; 10.5.5; 13.5.2",
        '<startEvent id="s"/><userTask id="a"/><userTask id="b"/>'
        f'<intermediateThrowEvent id="x">{event("link", "L")}</intermediateThrowEvent>'
        f'<intermediateThrowEvent id="y">{event("link", "L")}</intermediateThrowEvent>'
        + catch_event("c", event("link", "L"))
        + '<task id="z"/>'
        + flows("s -> a", "s -> b", "a -> x", "b -> y", "c -> z"),
        start(),
        complete("b"),
        complete("a"),
        trace="s b y c z a x c z",
    ),
    case(
        "its escalation is caught at the border of the call activity around its process",
        in_event("escalation", Position.THROW),
        "10.5.6; 13.5.3",
        '<startEvent id="s"/><callActivity id="c" calledElement="q"/><task id="y"/><task id="z"/>'
        + boundary("b", "c", event("escalation", "E"), interrupts=False)
        + flows("s -> c", "c -> z", "b -> y"),
        start(),
        complete("a"),
        trace="s q_s x b y a c z",
        ends="COMPLETED COMPLETED",
        others='<process id="q" isExecutable="true"><startEvent id="q_s"/><intermediateThrowEvent id="x">'
        + event("escalation", "E")
        + f'</intermediateThrowEvent><userTask id="a"/>{flows("qf1| q_s -> x", "qf2| x -> a")}</process>',
    ),
    case(
        "a sub-process without a handler is undone by undoing what is inside",
        in_event("compensate", Position.THROW),
        "10.7.2; 13.5.5",
        f'<startEvent id="s"/><subProcess id="w"><task id="a"/><task id="c"/>{undone("a")}{undone("c")}'
        + flows("w1| a -> c")
        + '</subProcess><intermediateThrowEvent id="x"><compensateEventDefinition/></intermediateThrowEvent>'
        + flows("s -> w", "w -> x"),
        start(),
        trace="s a c w undo_c undo_a x",
    ),
    case(
        "what completed last is undone first",
        in_event("compensate", Position.THROW),
        "10.7.2; 13.5.5",
        '<startEvent id="s"/><task id="a"/><task id="c"/>'
        + undone("a").replace("<task", "<userTask")
        + undone("c").replace("<task", "<userTask")
        + '<intermediateThrowEvent id="x"><compensateEventDefinition/></intermediateThrowEvent>'
        + flows("s -> a", "a -> c", "c -> x"),
        start(),
        active("undo_c x"),
        complete("undo_c"),
        active("undo_a x"),
        complete("undo_a"),
        trace="s a c undo_c undo_a x",
    ),
    case(
        "does not wait where it is told not to",
        in_event("compensate", Position.THROW),
        "10.5.5; 13.5.5",
        '<startEvent id="s"/><task id="a"/>'
        + undone("a").replace("<task", "<userTask")
        + f'<intermediateThrowEvent id="x">{_COMPENSATE.format(_NOT_WAITING)}</intermediateThrowEvent>'
        '<userTask id="z"/>' + flows("s -> a", "a -> x", "x -> z"),
        start(),
        complete("z"),
        complete("undo_a"),
        trace="s a x z undo_a",
    ),
    case(
        "none: ends its token and no other",
        "endEvent",
        _END,
        '<startEvent id="s"/><endEvent id="x"/><userTask id="a"/>' + flows("s -> x", "s -> a"),
        start(),
        active("a"),
        complete("a"),
        trace="s x a",
    ),
    case(
        "none: each token that reaches it is consumed",
        "endEvent",
        _END,
        '<startEvent id="s"/><task id="a"/><task id="b"/><endEvent id="x"/>'
        + flows("s -> a", "s -> b", "a -> x", "b -> x"),
        start(),
        trace="s a b x x",
    ),
    case(
        "an error that nothing catches ends the process",
        in_event("error", Position.END),
        _END,
        f'<startEvent id="s"/><userTask id="a"/><endEvent id="x">{error("E")}</endEvent>' + flows("s -> x", "s -> a"),
        start(),
        trace="s",
        ends="FAILED",
    ),
    case(
        "its error is caught at the border of its scope",
        in_event("error", Position.END),
        _END,
        f'<startEvent id="s"/><subProcess id="w"><userTask id="u"/><endEvent id="x">{error("E")}</endEvent>'
        + flows("w1| u -> x")
        + '</subProcess><task id="y"/>'
        + boundary("b", "w", error("E"))
        + flows("s -> w", "b -> y"),
        start(),
        complete("u"),
        trace="s u b y",
    ),
    case(
        "cancels its transaction: what is active is canceled, what was completed is undone",
        in_event("cancel", Position.END),
        _END,
        '<startEvent id="s"/><transaction id="w"><userTask id="u"/><userTask id="v"/><task id="a"/>'
        + undone("a")
        + '<endEvent id="x"><cancelEventDefinition/></endEvent>'
        + flows("w1| u -> x")
        + '</transaction><task id="y"/>'
        + boundary("b", "w", "<cancelEventDefinition/>")
        + flows("s -> w", "b -> y"),
        start(),
        complete("u"),
        trace="s a u undo_a b y",
    ),
    case(
        "ends its whole process",
        in_event("terminate", Position.END),
        _END,
        '<startEvent id="s"/><userTask id="a"/><userTask id="b"/>'
        '<endEvent id="x"><terminateEventDefinition/></endEvent>' + flows("s -> a", "s -> b", "a -> x"),
        start(),
        complete("a"),
        trace="s a x",
    ),
    case(
        "ends its sub-process and no more",
        in_event("terminate", Position.END),
        _END,
        '<startEvent id="s"/><subProcess id="w"><userTask id="a"/><userTask id="b"/><endEvent id="x">'
        "<terminateEventDefinition/></endEvent>"
        + flows("w1| a -> x")
        + '</subProcess><userTask id="c"/><task id="z"/>'
        + flows("s -> w", "s -> c", "w -> z"),
        start(),
        complete("a"),
        active("c"),
        complete("c"),
        trace="s a x w z c",
    ),
    case(
        "ends the called process and not its caller",
        in_event("terminate", Position.END),
        _END,
        '<startEvent id="s"/><callActivity id="c" calledElement="q"/><userTask id="d"/><task id="z"/>'
        + flows("s -> c", "s -> d", "c -> z"),
        start(),
        complete("a"),
        active("d"),
        complete("d"),
        trace="s q_s a x c z d",
        ends="COMPLETED COMPLETED",
        others='<process id="q" isExecutable="true"><startEvent id="q_s"/><userTask id="a"/><userTask id="b"/>'
        '<endEvent id="x"><terminateEventDefinition/></endEvent>'
        + flows("qf1| q_s -> a", "qf2| q_s -> b", "qf3| a -> x")
        + "</process>",
    ),
    case(
        "nothing that was terminated is undone",
        in_event("terminate", Position.END),
        "10.5.3; 13.5.5; 13.5.6",
        f'<startEvent id="s"/><subProcess id="w"><task id="a"/>{undone("a")}<endEvent id="x">'
        f"<terminateEventDefinition/></endEvent>{flows('w1| a -> x')}</subProcess>"
        '<intermediateThrowEvent id="t"><compensateEventDefinition/></intermediateThrowEvent>'
        + flows("s -> w", "w -> t"),
        start(),
        trace="s a x w t",
    ),
)
