"""Sub-processes, transactions, loops and multi-instances (BPMN 2.0.2, 10.3.5, 10.3.8; 13.3.4 to 13.3.7)."""

from __future__ import annotations

from tests.conformance.elements.case import Case, active, case, complete, publish, start, throw_error, wait, work
from tests.support.harness import boundary, error, event, flows, timer


def _sub_process(inside: str, *, kind: str = "subProcess", loop: str = "", more: str = "", links: str = "") -> str:
    """A sub-process "p1" between the start and the task "z"."""
    return (
        f'<startEvent id="s"/><{kind} id="p1">{loop}{inside}</{kind}><task id="z"/>{more}'
        + flows("s -> p1", "p1 -> z")
        + links
    )


_INNER = '<startEvent id="i"/><userTask id="a"/><endEvent id="o"/>' + flows("in1| i -> a", "in2| a -> o")

_CANCELABLE = (
    '<startEvent id="s"/><transaction id="p1">'
    '<startEvent id="i"/><userTask id="a"/><exclusiveGateway id="g" default="ok"/><endEvent id="o"/>'
    '<endEvent id="no"><cancelEventDefinition/></endEvent>'
    + boundary("on_a", "a", "<compensateEventDefinition/>")
    + '<task id="undo_a" isForCompensation="true"/>'
    '<association id="as" associationDirection="One" sourceRef="on_a" targetRef="undo_a"/>'
    + flows("in1| i -> a", "in2| a -> g", "ok| g -> o", "in3| g -> no: fails")
    + '</transaction><task id="y"/><task id="z"/>'
    + boundary("b", "p1", "<cancelEventDefinition/>")
    + flows("s -> p1", "p1 -> z", "b -> y")
)


_SEQUENTIAL = 'isSequential="true"'


def _loop(attributes: str = "", condition: str = "") -> str:
    inner = f"<loopCondition>{condition}</loopCondition>" if condition else ""
    return f"<standardLoopCharacteristics {attributes}>{inner}</standardLoopCharacteristics>"


def _multiple(attributes: str = "", **texts: str) -> str:
    parts = "".join(f"<{name}>{text}</{name}>" for name, text in texts.items())
    return f"<multiInstanceLoopCharacteristics {attributes}>{parts}</multiInstanceLoopCharacteristics>"


def _each(attributes: str = "") -> str:
    """One instance for each of the variable "items"; what each calls "result" is collected in "results"."""
    return (
        f"<multiInstanceLoopCharacteristics {attributes}><extensionElements><zeebe:loopCharacteristics "
        'inputCollection="=items" inputElement="item" outputCollection="results" outputElement="=result"/>'
        "</extensionElements></multiInstanceLoopCharacteristics>"
    )


def _marked(marker: str, activity: str = "userTask", more: str = "") -> str:
    """An activity "m" with a loop marker, before the task "z"."""
    return f'<startEvent id="s"/><{activity} id="m">{marker}</{activity}><task id="z"/>{more}' + flows(
        "s -> m", "m -> z"
    )


_ONE_EVENT = (
    '<multiInstanceLoopCharacteristics behavior="{}" {}BehaviorEventRef="thrown"><loopCardinality>3</loopCardinality>'
    "</multiInstanceLoopCharacteristics>"
)
_THROWN = '<signalEventDefinition id="thrown" signalRef="S_signal"/>'
_ON_EVENT = '<task id="y"/>' + boundary("b", "m", event("signal", "S"), interrupts=False) + flows("of_b| b -> y")

_SUB_PROCESSES: tuple[Case, ...] = (
    case(
        "begins at its start event and is complete when no token is left in it",
        "subProcess",
        "10.3.5; 13.3.4",
        _sub_process(_INNER),
        start(),
        active("p1 a"),
        complete("a"),
        trace="s i a o p1 z",
    ),
    case(
        "begins at every node without incoming flow where it has no start event",
        "subProcess",
        "10.3.5; 13.3.4",
        _sub_process('<userTask id="a"/><userTask id="b"/>'),
        start(),
        active("p1 a b"),
        complete("b"),
        complete("a"),
        trace="s a b p1 z",
    ),
    case(
        "waits for all tokens in it",
        "subProcess",
        "10.3.5; 13.3.4",
        _sub_process(
            '<startEvent id="i"/><userTask id="a"/><userTask id="b"/><endEvent id="o"/>'
            + flows("in1| i -> a", "in2| i -> b", "in3| a -> o")
        ),
        start(),
        complete("a"),
        active("p1 b"),
        complete("b"),
        trace="s i a o b p1 z",
    ),
    case(
        "stands in another",
        "subProcess",
        "10.3.5; 13.3.4",
        _sub_process(f'<subProcess id="p2">{_INNER}</subProcess>'),
        start(),
        active("p1 p2 a"),
        complete("a"),
        trace="s i a o p2 p1 z",
    ),
    case(
        "all that is in it is canceled by an interrupting event at its border",
        "subProcess",
        "10.5.4; 13.3.4; 13.5.3",
        _sub_process(
            _INNER, more='<task id="y"/>' + boundary("b", "p1", event("message", "M")), links=flows("of_b| b -> y")
        ),
        start(),
        publish("M"),
        trace="s i b y",
    ),
    case(
        "an event sub-process that nothing triggers does not run",
        "subProcess",
        "10.3.5; 13.5.4",
        _sub_process(
            _INNER + '<subProcess id="h" triggeredByEvent="true"><startEvent id="h_s">'
            f'{event("message", "M")}</startEvent><task id="h_t"/>{flows("hf| h_s -> h_t")}</subProcess>'
        ),
        start(),
        complete("a"),
        trace="s i a o p1 z",
    ),
    case(
        "its scope waits for an event sub-process that does not interrupt",
        "subProcess",
        "10.3.5; 13.5.4",
        _sub_process(
            _INNER + '<subProcess id="h" triggeredByEvent="true"><startEvent id="h_s" isInterrupting="false">'
            f'{event("message", "M")}</startEvent><userTask id="h_t"/>{flows("hf| h_s -> h_t")}</subProcess>'
        ),
        start(),
        publish("M"),
        complete("a"),
        active("p1 h h_t"),
        complete("h_t"),
        trace="s i a o h_s h_t h p1 z",
    ),
    case(
        "succeeds as any sub-process does",
        "transaction",
        "10.3.5; 13.3.4",
        _CANCELABLE,
        start(fails=False),
        complete("a"),
        trace="s i a g o p1 z",
    ),
    case(
        "is canceled: what was completed is undone, then its cancel event goes on",
        "transaction",
        "10.3.5; 13.5.5",
        _CANCELABLE,
        start(fails=True),
        complete("a"),
        trace="s i a g undo_a b y",
    ),
    case(
        "an error leaves it without undoing anything",
        "transaction",
        "10.3.5; 13.5.4",
        '<startEvent id="s"/><transaction id="p1"><task id="a"/><serviceTask id="t"/>'
        + boundary("on_a", "a", "<compensateEventDefinition/>")
        + '<task id="undo_a" isForCompensation="true"/>'
        '<association id="as" associationDirection="One" sourceRef="on_a" targetRef="undo_a"/>'
        + flows("in1| a -> t")
        + '</transaction><task id="y"/>'
        + boundary("b", "p1", error("E"))
        + flows("s -> p1", "b -> y"),
        start(),
        throw_error("t", "E"),
        trace="s a b y",
    ),
)


def _ad_hoc(inside: str, attributes: str = "", condition: str = "") -> str:
    """An ad-hoc sub-process "p1" before the task "z"."""
    end = f"<completionCondition>{condition}</completionCondition>" if condition else ""
    return (
        f'<startEvent id="s"/><adHocSubProcess id="p1" {attributes}>{inside}{end}</adHocSubProcess><task id="z"/>'
        + (flows("s -> p1", "p1 -> z"))
    )


_THREE = '<userTask id="a"/><userTask id="b"/><userTask id="c"/>'

_AD_HOC: tuple[Case, ...] = (
    case(
        "enables all activities without incoming flow at once",
        "adHocSubProcess",
        "10.3.5; 13.3.5",
        _ad_hoc(_THREE + flows("in1| b -> c")),
        start(),
        active("p1 a b"),
        complete("b"),
        active("p1 a c"),
        complete("a"),
        complete("c"),
        trace="s a b c p1 z",
    ),
    case(
        "ordering Sequential runs one at a time",
        "adHocSubProcess",
        "10.3.5; 13.3.5; table 10.22",
        _ad_hoc(_THREE, 'ordering="Sequential"'),
        start(),
        active("p1 a"),
        complete("a"),
        active("p1 b"),
        complete("b"),
        complete("c"),
        trace="s a b c p1 z",
    ),
    case(
        "is complete when its condition is true, and cancels what is left",
        "adHocSubProcess",
        "10.3.5; 13.3.5; table 10.22",
        _ad_hoc(_THREE, condition="enough"),
        start(enough=False),
        complete("a"),
        active("p1 b c"),
        complete("b", enough=True),
        trace="s a b p1 z",
    ),
    case(
        "cancelRemainingInstances false waits for what runs",
        "adHocSubProcess",
        "10.3.5; 13.3.5; table 10.22",
        _ad_hoc(_THREE, 'cancelRemainingInstances="false"', condition="enough"),
        start(enough=False),
        complete("a", enough=True),
        active("p1 b c"),
        complete("c"),
        complete("b"),
        trace="s a b c p1 z",
    ),
)

_LOOPS: tuple[Case, ...] = (
    case(
        "runs again while its condition is true",
        "standardLoopCharacteristics",
        "10.3.8; 13.3.6",
        _marked(_loop(condition="again")),
        start(again=True),
        complete("m"),
        active("m m"),
        complete("m", again=False),
        trace="s m m m z",
    ),
    case(
        "asks after the first time unless it is told to test before",
        "standardLoopCharacteristics",
        "10.3.8; 13.3.6; table 10.28",
        _marked(_loop(condition="false")),
        start(),
        complete("m"),
        trace="s m m z",
    ),
    case(
        "testBefore asks before the first time",
        "standardLoopCharacteristics",
        "10.3.8; 13.3.6; table 10.28",
        _marked(_loop('testBefore="true"', "false")),
        start(),
        trace="s m z",
    ),
    case(
        "loopMaximum ends it, however true the condition is",
        "standardLoopCharacteristics",
        "10.3.8; 13.3.6; table 10.28",
        _marked(_loop('loopMaximum="2"', "true")),
        start(),
        complete("m"),
        complete("m"),
        trace="s m m m z",
    ),
    case(
        "a sub-process loops as a whole",
        "standardLoopCharacteristics",
        "10.3.8; 13.3.6",
        _marked(_loop('loopMaximum="2"') + '<task id="a"/><userTask id="c"/>' + flows("in1| a -> c"), "subProcess"),
        start(),
        complete("c"),
        complete("c"),
        trace="s a c m a c m m z",
    ),
    case(
        "an interrupting event at its border ends the loop",
        "standardLoopCharacteristics",
        "10.5.4; 13.3.6",
        _marked(
            _loop(condition="true"),
            more='<task id="y"/>' + boundary("b", "m", timer("timeDuration", "PT1M")) + flows("of_b| b -> y"),
        ),
        start(),
        complete("m"),
        wait(60),
        trace="s m b y",
    ),
    case(
        "parallel instances are all there at once",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7",
        _marked(_multiple(loopCardinality="2")),
        start(),
        active("m m m"),
        complete("m"),
        complete("m"),
        trace="s m m m z",
    ),
    case(
        "sequential instances follow each other",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7; table 10.29",
        _marked(_multiple('isSequential="true"', loopCardinality="2")),
        start(),
        active("m m"),
        complete("m"),
        active("m m"),
        complete("m"),
        trace="s m m m z",
    ),
    case(
        "no instances: the activity is done at once",
        "multiInstanceLoopCharacteristics",
        "13.3.7",
        _marked(_multiple(loopCardinality="0")),
        start(),
        trace="s m z",
    ),
    case(
        "a collection gives each instance its item, and takes its result",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7; table 10.29",
        '<startEvent id="s"/><scriptTask id="m" scriptFormat="feel" camunda:resultVariable="result">'
        f'{_each()}<script>=item * 10</script></scriptTask><task id="z"/>' + flows("s -> m", "m -> z"),
        start(items=[1, 2, 3]),
        trace="s m m m m z",
        variables={"items": [1, 2, 3], "results": [10, 20, 30]},
    ),
    case(
        "results stand in the order of the items when instances follow each other",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7; table 10.29",
        f'<startEvent id="s"/><serviceTask id="m">{_each(_SEQUENTIAL)}'
        '</serviceTask><task id="z"/>' + flows("s -> m", "m -> z"),
        start(items=["a", "b"]),
        work("m", result="A"),
        work("m", result="B"),
        trace="s m m m z",
        variables={"results": ["A", "B"]},
    ),
    case(
        "the completion condition cancels the instances that are left",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7; table 10.29",
        _marked(_multiple(loopCardinality="3", completionCondition="enough")),
        start(enough=False),
        complete("m"),
        complete("m", enough=True),
        trace="s m m m z",
    ),
    case(
        "behavior None throws its event with each instance",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7; table 10.30",
        _marked(_ONE_EVENT.format("None", "none"), more=_ON_EVENT),
        start(),
        complete("m"),
        complete("m"),
        complete("m"),
        trace="s m m m m z b y b y b y",
        others=_THROWN,
    ),
    case(
        "behavior One throws its event with the first instance",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7; table 10.30",
        _marked(_ONE_EVENT.format("One", "one"), more=_ON_EVENT),
        start(),
        complete("m"),
        complete("m"),
        complete("m"),
        trace="s m m m m z b y",
        others=_THROWN,
    ),
    case(
        "behavior All throws nothing",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7; table 10.30",
        _marked(_multiple('behavior="All"', loopCardinality="2"), more=_ON_EVENT),
        start(),
        complete("m"),
        complete("m"),
        trace="s m m m z",
    ),
    case(
        "behavior Complex throws where its condition is true",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7; table 10.30; table 10.31",
        _marked(
            '<multiInstanceLoopCharacteristics behavior="Complex"><loopCardinality>3</loopCardinality>'
            "<complexBehaviorDefinition><condition>numberOfCompletedInstances == 2</condition>"
            f'<event id="ev">{event("signal", "S")}</event></complexBehaviorDefinition>'
            "</multiInstanceLoopCharacteristics>",
            more=_ON_EVENT,
        ),
        start(),
        complete("m"),
        complete("m"),
        complete("m"),
        trace="s m m m m z b y",
    ),
    case(
        "a sub-process runs as often as the number says",
        "multiInstanceLoopCharacteristics",
        "10.3.8; 13.3.7",
        _marked(_multiple(loopCardinality="2") + '<userTask id="c"/>', "subProcess"),
        start(),
        complete("c"),
        complete("c"),
        trace="s c m c m m z",
    ),
)

CASES: tuple[Case, ...] = _SUB_PROCESSES + _AD_HOC + _LOOPS
