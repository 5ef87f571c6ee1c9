"""What BPMN 2.0.2 lets stand on any activity: loop markers and boundary events (10.3.8, 10.5.4).

Rule of this file: the kinds of activity are one table, ``_ACTIVITIES``: how "m" is written and how it is done. Each row
gives a case for each marker; each row that waits, and each marker, gives one for a boundary event of both kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bpmgrpc.engine.event_definitions import Position
from tests.conformance.elements.case import Case, Step, active, case, complete, in_event, publish, start, work
from tests.support.harness import boundary, event, flows


class _Activity(NamedTuple):
    """A kind of activity.

    Attributes:
        name: What the case shows.
        content: The activity "m", with "{}" where its marker stands.
        once: Does it once; nothing where it does not wait.
        inside: The flow nodes that complete before it does, each time.
        others: What else stands in the file.
        calls: How many processes it calls, each time.
    """

    name: str
    content: str
    once: tuple[Step, ...] = ()
    inside: str = ""
    others: str = ""
    calls: int = 0


_CALLED = (
    '<process id="q" isExecutable="true"><startEvent id="q_s"/><userTask id="i"/><endEvent id="q_e"/>'
    + flows("qf1| q_s -> i", "qf2| i -> q_e")
    + "</process>"
)
_INSIDE = '<userTask id="i"/>'
_PYTHON = '<scriptTask id="m" scriptFormat="python">{}<script>print()</script></scriptTask>'

_ACTIVITIES: tuple[_Activity, ...] = (
    _Activity("an abstract task", '<task id="m">{}</task>'),
    _Activity("a manual task", '<manualTask id="m">{}</manualTask>'),
    _Activity("a script task", '<scriptTask id="m" scriptFormat="feel">{}<script>=1</script></scriptTask>'),
    _Activity("a script task of a worker", _PYTHON, (work("python"),)),
    _Activity("a user task", '<userTask id="m">{}</userTask>', (complete("m"),)),
    _Activity("a service task", '<serviceTask id="m">{}</serviceTask>', (work("m"),)),
    _Activity("a send task", '<sendTask id="m">{}</sendTask>', (work("m"),)),
    _Activity("a business rule task", '<businessRuleTask id="m">{}</businessRuleTask>', (work("m"),)),
    _Activity("a receive task", '<receiveTask id="m" messageRef="M_message">{}</receiveTask>', (publish("M"),)),
    _Activity("a sub-process", f'<subProcess id="m">{{}}{_INSIDE}</subProcess>', (complete("i"),), "i"),
    _Activity("a transaction", f'<transaction id="m">{{}}{_INSIDE}</transaction>', (complete("i"),), "i"),
    _Activity(
        "an ad-hoc sub-process", f'<adHocSubProcess id="m">{{}}{_INSIDE}</adHocSubProcess>', (complete("i"),), "i"
    ),
    _Activity(
        "a call activity",
        '<callActivity id="m" calledElement="q">{}</callActivity>',
        (complete("i"),),
        "q_s i q_e",
        _CALLED,
        1,
    ),
)

_STANDARD = '<standardLoopCharacteristics loopMaximum="2"/>'
_MULTIPLE = (
    '<multiInstanceLoopCharacteristics isSequential="{}"><loopCardinality>2</loopCardinality>'
    "</multiInstanceLoopCharacteristics>"
)
# Each lets its activity run twice.
_MARKERS = (
    ("standardLoopCharacteristics", "loops", "10.3.8; 13.3.6", _STANDARD),
    ("multiInstanceLoopCharacteristics", "side by side", "10.3.8; 13.3.7", _MULTIPLE.format("false")),
    ("multiInstanceLoopCharacteristics", "one after another", "10.3.8; 13.3.7", _MULTIPLE.format("true")),
)

_LINE = flows("s -> m", "m -> z")


def _marked() -> Iterator[Case]:
    """Each activity with each marker."""
    for activity in _ACTIVITIES:
        for element, how, clause, marker in _MARKERS:
            yield case(
                f"{activity.name}, {how}",
                element,
                clause,
                f'<startEvent id="s"/>{activity.content.format(marker)}<task id="z"/>{_LINE}',
                start(),
                *activity.once * 2,
                trace=f"s {activity.inside} m {activity.inside} m m z",
                ends="COMPLETED " * (1 + 2 * activity.calls),
                others=activity.others,
            )


def _with_boundary_events() -> Iterator[Case]:
    """Each activity that waits, and each marker, with a message boundary event before the task "y"."""
    user_task = next(one for one in _ACTIVITIES if one.name == "a user task")
    looping = [
        _Activity(f"a user task, {how}", user_task.content.format(marker), user_task.once * 2, "m m")
        for _, how, _, marker in _MARKERS
    ]
    for activity in (*(one for one in _ACTIVITIES if one.once), *looping):
        for interrupts in (True, False):
            events = boundary("b", "m", event("message", "N"), interrupts=interrupts)
            body = f'<startEvent id="s"/>{activity.content.format("")}<task id="z"/><task id="y"/>{events}{_LINE}' + (
                flows("of_b| b -> y")
            )
            begun = "q_s" if activity.calls else ""
            called = ("CANCELED " if interrupts else "COMPLETED ") * activity.calls
            yield case(
                f"at the border of {activity.name}",
                in_event("message", Position.BOUNDARY, interrupts=interrupts),
                "10.5.4; 13.5.3; table 10.90",
                body,
                start(),
                publish("N"),
                *((active(""),) if interrupts else activity.once),
                trace=f"s {begun} b y" if interrupts else f"s b y {activity.inside} m z",
                ends=f"{called}COMPLETED",
                others=activity.others,
            )


CASES: tuple[Case, ...] = (*_marked(), *_with_boundary_events())
