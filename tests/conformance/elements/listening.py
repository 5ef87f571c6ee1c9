"""Events at the border of an activity and at the start of an event sub-process (BPMN 2.0.2, tables 10.86 and 10.90).

Rule of this file: what may stand in both places is one table, ``_WAYS``: how the event is written and how it is made to
occur beside an activity "w". Each row gives a case for the border of "w", for an event sub-process of the
process and for one of a sub-process, of the kind that interrupts and, where the tables allow it, of the one that does
not. What stands in one place only is written out below.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from bpmgrpc.engine.event_definitions import Position
from tests.conformance.elements.case import (
    Case,
    Step,
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
from tests.support.harness import boundary, error, event, event_sub_process, flows, timer


class _Way(NamedTuple):
    """How an event is written and made to occur.

    Attributes:
        name: What the case shows.
        kind: The event definition.
        definition: The same, written out.
        occurs: Makes it occur.
        again: Makes it occur once more, where it does not interrupt; empty where it occurs once only.
        work: The activity "w", at whose border it stands, or beside which its event sub-process does.
        finish: Completes "w".
        before: The flow nodes in "w" that have completed when the event occurs.
        after: Those that complete with "w" when nothing interrupts it, itself included.
        both: Whether it may be of the kind that does not interrupt.
        attributes: Attributes of the event.
    """

    name: str
    kind: str
    definition: str
    occurs: tuple[Step, ...]
    again: tuple[Step, ...] = ()
    work: str = '<userTask id="w"/>'
    finish: Step = complete("w")
    before: str = ""
    after: str = "w"
    both: bool = True
    attributes: str = ""


def _escalates(code: str) -> str:
    """A sub-process that throws an escalation between two user tasks."""
    throw = f'<intermediateThrowEvent id="x">{event("escalation", code)}</intermediateThrowEvent>'
    links = flows("w1| u -> x", "w2| x -> v")
    return f'<subProcess id="w"><userTask id="u"/>{throw}<userTask id="v"/>{links}</subProcess>'


def _fails(code: str) -> str:
    """A sub-process that ends with an error beside work that is not done."""
    end = f'<endEvent id="x">{error(code)}</endEvent>'
    return f'<subProcess id="w"><userTask id="u"/>{end}<userTask id="v"/>{flows("w1| u -> x")}</subProcess>'


_STEPS = ("u1", "u2", "u3", "u4", "u5", "u6")
# User tasks one after another, so that variables can be set while "w" is active.
_SETTING = (
    '<subProcess id="w">' + "".join(f'<userTask id="{name}"/>' for name in _STEPS)
    + flows(*(f"w_{one}| {one} -> {next_}" for one, next_ in pairwise(_STEPS))) + "</subProcess>"
)  # fmt: skip
_BOTH = event("message", "M") + event("signal", "S")

_WAYS: tuple[_Way, ...] = (
    _Way(
        "occurs with its message",
        "message",
        event("message", "M"),
        (publish("N"), active("w"), publish("M")),
        again=(publish("M"),),
    ),
    _Way(
        "occurs with its signal",
        "signal",
        event("signal", "S"),
        (broadcast("T"), active("w"), broadcast("S")),
        again=(broadcast("S"),),
    ),
    _Way("occurs after its time", "timer", timer("timeDuration", "PT1M"), (wait(59), active("w"), wait(1))),
    _Way("occurs at its date", "timer", timer("timeDate", "2024-01-01T00:01:00Z"), (wait(60),)),
    _Way(
        "occurs as often as its cycle says where it does not interrupt",
        "timer",
        timer("timeCycle", "R2/PT1M"),
        (wait(60),),
        again=(wait(60), wait(60)),
    ),
    _Way(
        "occurs when its condition becomes true, and again only after it was false",
        "conditional",
        event("conditional", "x > 1"),
        (complete("u1", x=1), complete("u2", x=2)),
        again=(complete("u3", x=3), complete("u4", x=1), complete("u5", x=2)),
        work=_SETTING,
        finish=complete("u6"),
        before="u1 u2",
        after="u3 u4 u5 u6 w",
    ),
    _Way(
        "catches its escalation",
        "escalation",
        event("escalation", "E"),
        (complete("u"),),
        work=_escalates("E"),
        finish=complete("v"),
        before="u",
        after="x v w",
    ),
    _Way(
        "without a code catches every escalation",
        "escalation",
        event("escalation"),
        (complete("u"),),
        work=_escalates("F"),
        finish=complete("v"),
        before="u",
        after="x v w",
    ),
    _Way(
        "catches its error",
        "error",
        error("E"),
        (complete("u"),),
        work=_fails("E"),
        before="u",
        both=False,
    ),
    _Way(
        "without a code catches every error",
        "error",
        error(),
        (complete("u"),),
        work=_fails("F"),
        before="u",
        both=False,
    ),
    _Way(
        "occurs with any of its events",
        "multiple",
        _BOTH,
        (publish("M"),),
        again=(broadcast("S"),),
    ),
    _Way(
        "occurs when all of its events have occurred",
        "parallelMultiple",
        _BOTH,
        (publish("M"), active("w"), broadcast("S")),
        again=(broadcast("S"), publish("M")),
        attributes=' parallelMultiple="true"',
    ),
)

_AT_BORDER = "10.5.4; 13.5.3; table 10.90"
_IN_EVENT_SUB_PROCESS = "10.5.2; 13.5.4; table 10.86"


def _twice(way: _Way, names: str) -> str:
    """The flow nodes of an event that does not interrupt, for each time that it occurs."""
    return f"{names} {names}" if way.again else names


def _at_border(way: _Way, *, interrupts: bool) -> Case:
    """The event stands at the border of "w" and leads to the task "y"."""
    event_ = boundary("b", "w", way.definition, interrupts=interrupts)
    event_ = event_.replace('id="b"', f'id="b"{way.attributes}')
    body = f'<startEvent id="s"/>{way.work}{event_}<task id="y"/><task id="z"/>' + flows("s -> w", "w -> z", "b -> y")
    if interrupts:
        steps, trace = (*way.occurs,), f"s {way.before} b y"
    else:
        steps = (*way.occurs, *way.again, way.finish)
        trace = f"s {way.before} {way.after} z {_twice(way, 'b y')}"
    shown = in_event(way.kind, Position.BOUNDARY, interrupts=interrupts)
    return case(way.name, shown, _AT_BORDER, body, start(x=0), *steps, trace=trace)


def _in_event_sub_process(way: _Way, *, interrupts: bool) -> Case:
    """The event starts the event sub-process "h" in the process, beside "w"."""
    handler = event_sub_process("h", way.definition, interrupts=interrupts)
    handler = handler.replace('id="h_start"', f'id="h_start"{way.attributes}')
    body = f'<startEvent id="s"/>{way.work}{handler}<task id="z"/>' + flows("s -> w", "w -> z")
    if interrupts:
        steps = (*way.occurs, active("h h_task"), complete("h_task"))
        trace = f"s {way.before} h_start h_task h"
    else:
        times = 2 if way.again else 1
        steps = (*way.occurs, *way.again, *[complete("h_task")] * times, way.finish)
        trace = f"s {way.before} {way.after} z {_twice(way, 'h_start h_task h')}"
    shown = in_event(way.kind, Position.EVENT_SUB_PROCESS, interrupts=interrupts)
    return case(way.name, shown, _IN_EVENT_SUB_PROCESS, body, start(x=0), *steps, trace=trace)


def _in_nested_event_sub_process(way: _Way, *, interrupts: bool) -> Case:
    """The same in the sub-process "o", which goes on to the task "after"."""
    handler = event_sub_process("h", way.definition, interrupts=interrupts)
    handler = handler.replace('id="h_start"', f'id="h_start"{way.attributes}')
    body = (
        f'<startEvent id="s"/><subProcess id="o">{way.work}{handler}<task id="z"/>{flows("o1| w -> z")}</subProcess>'
        '<task id="after"/>' + flows("s -> o", "o -> after")
    )
    occurs = tuple(active(f"{step.name} o") if step.verb == "active" else step for step in way.occurs)
    if interrupts:
        steps = (*occurs, active("o h h_task"), complete("h_task"))
        trace = f"s {way.before} h_start h_task h o after"
    else:
        times = 2 if way.again else 1
        steps = (*occurs, *way.again, way.finish, *[complete("h_task")] * times)
        trace = f"s {way.before} {way.after} z {_twice(way, 'h_start h_task h')} o after"
    shown = in_event(way.kind, Position.EVENT_SUB_PROCESS, interrupts=interrupts)
    name = f"in a sub-process, {way.name}"
    return case(name, shown, _IN_EVENT_SUB_PROCESS, body, start(x=0), *steps, trace=trace)


def _everywhere() -> Iterator[Case]:
    for way in _WAYS:
        for interrupts in (True, False) if way.both else (True,):
            yield _at_border(way, interrupts=interrupts)
            yield _in_event_sub_process(way, interrupts=interrupts)
            yield _in_nested_event_sub_process(way, interrupts=interrupts)


def undone(activity: str) -> str:
    """What undoes an activity: a boundary event, its association, and the handler, a task "undo_<activity>"."""
    return (
        boundary(f"on_{activity}", activity, "<compensateEventDefinition/>")
        + f'<task id="undo_{activity}" isForCompensation="true"/><association id="as_{activity}" '
        f'associationDirection="One" sourceRef="on_{activity}" targetRef="undo_{activity}"/>'
    )


_NESTED = (
    '<startEvent id="s"/><subProcess id="o"><subProcess id="w"><userTask id="u"/><endEvent id="x">{thrown}</endEvent>'
    + flows("w1| u -> x") + "{inside}</subProcess>{around}" + flows("o1| w -> v") + '<task id="v"/></subProcess>'
    '<task id="y"/><task id="z"/>{outside}' + flows("s -> o", "o -> z")
)  # fmt: skip


CASES: tuple[Case, ...] = (
    *_everywhere(),
    case(
        "an event that names the error is taken before one that catches all",
        in_event("error", Position.BOUNDARY),
        "10.5.6; 13.5.3",
        f'<startEvent id="s"/>{_fails("E")}<task id="y"/><task id="z"/>{boundary("any", "w", error())}'
        + boundary("b", "w", error("E"))
        + flows("s -> w", "any -> z", "b -> y"),
        start(),
        complete("u"),
        trace="s u b y",
    ),
    case(
        "an error goes outwards until an event names it",
        in_event("error", Position.BOUNDARY),
        "10.5.6; 13.5.3",
        _NESTED.format(
            thrown=error("E"),
            inside="",
            around=boundary("near", "w", error("F")),
            outside=boundary("b", "o", error("E")) + flows("of_b| b -> y"),
        ),
        start(),
        complete("u"),
        trace="s u b y",
    ),
    case(
        "an event sub-process catches what is thrown in its scope before the border does",
        in_event("error", Position.EVENT_SUB_PROCESS),
        "10.5.6; 13.5.4",
        _NESTED.format(
            thrown=error("E"),
            inside=event_sub_process("h", error("E")),
            around=boundary("b", "w", error("E")),
            outside="",
        ),
        start(),
        complete("u"),
        complete("h_task"),
        trace="s u h_start h_task h w v o z",
    ),
    case(
        "catches the error of a worker",
        in_event("error", Position.BOUNDARY),
        "10.5.4; 13.5.3",
        '<startEvent id="s"/><serviceTask id="w"/><task id="y"/><task id="z"/>'
        + boundary("b", "w", error("E"))
        + flows("s -> w", "w -> z", "b -> y"),
        start(),
        throw_error("w", "E"),
        trace="s b y",
    ),
    case(
        "takes over from a transaction that was canceled",
        in_event("cancel", Position.BOUNDARY),
        "10.5.4; 13.5.3; table 10.90",
        '<startEvent id="s"/><transaction id="w"><userTask id="u"/><userTask id="v"/><endEvent id="x">'
        f'<cancelEventDefinition/></endEvent>{flows("w1| u -> x")}</transaction><task id="y"/><task id="z"/>'
        + boundary("b", "w", "<cancelEventDefinition/>")
        + flows("s -> w", "w -> z", "b -> y"),
        start(),
        complete("u"),
        trace="s u b y",
    ),
    case(
        "its handler undoes the activity that has completed",
        in_event("compensate", Position.BOUNDARY),
        "10.7.1; 13.5.5; table 10.90",
        '<startEvent id="s"/><userTask id="w"/><intermediateThrowEvent id="x"><compensateEventDefinition/>'
        f'</intermediateThrowEvent><endEvent id="e"/>{undone("w")}' + flows("s -> w", "w -> x", "x -> e"),
        start(),
        complete("w"),
        trace="s w undo_w x e",
    ),
    case(
        "its handler does not run where the activity has not completed",
        in_event("compensate", Position.BOUNDARY),
        "10.7.2; 13.5.5",
        '<startEvent id="s"/><userTask id="w"/><userTask id="a"/><intermediateThrowEvent id="x">'
        f"<compensateEventDefinition/></intermediateThrowEvent>{undone('w')}" + flows("s -> w", "s -> a", "a -> x"),
        start(),
        complete("a"),
        complete("w"),
        trace="s a x w",
    ),
    case(
        "undoes its sub-process in place of what is inside",
        in_event("compensate", Position.EVENT_SUB_PROCESS),
        "10.7.1; 13.5.5; table 10.86",
        '<startEvent id="s"/><subProcess id="w"><task id="a"/>'
        + undone("a")
        + event_sub_process("h", "<compensateEventDefinition/>")
        + '</subProcess><intermediateThrowEvent id="x"><compensateEventDefinition/></intermediateThrowEvent>'
        + flows("s -> w", "w -> x"),
        start(),
        active("x w h h_task"),
        complete("h_task"),
        trace="s a w h_start h_task h x",
    ),
)
