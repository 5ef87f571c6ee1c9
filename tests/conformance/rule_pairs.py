"""For each refused rule the smallest model that keeps it, and one that breaks it.

Rule of this file: both models of a pair differ in nothing but what the rule asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PAIRS", "Pair", "file_of"]

_ROOTS = (
    '<message id="m" name="Order"/><signal id="g" name="Alarm"/><error id="e" errorCode="E"/>'
    '<escalation id="c" escalationCode="C"/>'
)
_NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"


@dataclass(frozen=True)
class Pair:
    """What stands in a process: once with the rule kept, once broken."""

    kept: str
    broken: str


def file_of(body: str) -> bytes:
    """Makes a file of one process."""
    return (
        f'<definitions xmlns="{_NAMESPACE}" targetNamespace="urn:pairs">{_ROOTS}'
        f'<process id="P" isExecutable="true">{body}</process></definitions>'
    ).encode()


def _flow(source: str, target: str, inner: str = "", attributes: str = "") -> str:
    id = f"{source}-{target}"
    return f'<sequenceFlow id="{id}" sourceRef="{source}" targetRef="{target}" {attributes}>{inner}</sequenceFlow>'


def _changed(kept: str, old: str, new: str) -> Pair:
    broken = kept.replace(old, new)
    if broken == kept:
        raise ValueError(f"{old!r} does not stand in {kept!r}")
    return Pair(kept, broken)


def _added(kept: str, more: str) -> Pair:
    return Pair(kept, kept + more)


_START = '<startEvent id="s"/>'
_END = '<endEvent id="z"/>'
_TASK = '<task id="a"/>'
_PLAIN = _START + _TASK + _END + _flow("s", "a") + _flow("a", "z")
_MESSAGE = '<messageEventDefinition messageRef="m"/>'
_TIMER = "<timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition>"
_CONDITION = "<conditionExpression>${x}</conditionExpression>"


def _gateway(direction: str, ways_in: str, ways_out: str) -> str:
    nodes = "".join(f'<task id="{id}"/>' for id in ways_in + ways_out)
    flows = "".join(_flow("s", id) + _flow(id, "x") for id in ways_in) or _flow("s", "x")
    flows += "".join(_flow("x", id) for id in ways_out)
    return f'{_START}<parallelGateway id="x" gatewayDirection="{direction}"/>{nodes}{flows}'


def _event_sub_process(start: str, attributes: str = "") -> str:
    return (
        f'{_PLAIN}<subProcess id="n" triggeredByEvent="true"><startEvent id="t" {attributes}>{start}</startEvent>'
        f'<task id="b"/>{_flow("t", "b")}</subProcess>'
    )


def _boundary(definition: str, host: str = "a", attributes: str = "", more: str = "") -> str:
    event = f'<boundaryEvent id="n" attachedToRef="{host}" {attributes}>{definition}</boundaryEvent>'
    return f'{_PLAIN}{event}<task id="b"/>{_flow("n", "b")}{more}'


def _intermediate(element: str, definition: str) -> str:
    return f'{_START}<{element} id="n">{definition}</{element}>{_TASK}{_flow("s", "n")}{_flow("n", "a")}'


def _ad_hoc(inner: str) -> str:
    return f'{_START}<adHocSubProcess id="n">{inner}</adHocSubProcess>{_flow("s", "n")}'


def _sub_process(inner: str, element: str = "subProcess") -> str:
    return f'{_START}<{element} id="n">{inner}</{element}>{_flow("s", "n")}'


_ONE_LOOP = "<standardLoopCharacteristics loopMaximum='2'/>"
_OTHER_LOOP = (
    "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
)


def _loops(element: str, inner: str = "") -> Pair:
    kept = f'{_START}<{element} id="n">{inner}{_ONE_LOOP}</{element}>{_flow("s", "n")}'
    return _changed(kept, _ONE_LOOP, _ONE_LOOP + _OTHER_LOOP)


def _links(target: str, inner: str = "") -> str:
    catch = f'<intermediateCatchEvent id="l"><linkEventDefinition name="{target}"/></intermediateCatchEvent>'
    throw = '<intermediateThrowEvent id="n"><linkEventDefinition name="L"/></intermediateThrowEvent>'
    return f"{_START}{throw}{catch}{_TASK}{_flow('s', 'n')}{_flow('l', 'a')}{inner}"


_CHOICE = (
    f'{_START}<eventBasedGateway id="x"/><intermediateCatchEvent id="b">{_MESSAGE}</intermediateCatchEvent>'
    f'<intermediateCatchEvent id="t">{_TIMER}</intermediateCatchEvent>{_TASK}'
    f"{_flow('s', 'x')}{_flow('x', 'b')}{_flow('x', 't')}{_flow('b', 'a')}{_flow('t', 'a')}"
)
_RECEIVE = _CHOICE.replace(
    f'<intermediateCatchEvent id="b">{_MESSAGE}</intermediateCatchEvent>', '<receiveTask id="b" messageRef="m"/>'
)
_COMPENSATED = (
    f'{_PLAIN}<boundaryEvent id="n" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>'
    '<task id="u" isForCompensation="true"/><association id="as" sourceRef="n" targetRef="u"/>'
)
_TRANSACTION = (
    f'{_START}<transaction id="n"><startEvent id="i"/><endEvent id="k"><cancelEventDefinition/></endEvent>'
    f'{_flow("i", "k")}</transaction><boundaryEvent id="b" attachedToRef="n"><cancelEventDefinition/></boundaryEvent>'
    f"{_flow('s', 'n')}"
)
_NO_SIGNAL = "<linkEventDefinition name='L'/>"

PAIRS: Mapping[str, Pair] = {
    "EXT002": _changed(_PLAIN, '<endEvent id="z"/>', '<endEvent id="z"/><task id="a"/>'),
    "EXT003": _changed(_PLAIN, '<task id="a"/>', "<task/>"),
    "EXT006": _changed(_PLAIN, _TASK, '<textAnnotation id="a"/>'),
    "EXT007": _changed(_START + _TASK + _flow("s", "a"), _START, '<textAnnotation id="s"/>'),
    "EXT014": _changed(
        _START
        + _TASK
        + '<task id="b"/>'
        + _flow("s", "a")
        + _flow("s", "b", "<conditionExpression>x</conditionExpression>"),
        "<conditionExpression>",
        '<conditionExpression language="my own">',
    ),
    "EXT017": Pair(_gateway("Converging", "ab", "c"), _gateway("Converging", "ab", "cd")),
    "EXT018": Pair(_gateway("Diverging", "", "cd"), _gateway("Diverging", "ab", "cd")),
    "EXT019": Pair(_gateway("Mixed", "ab", "cd"), _gateway("Mixed", "ab", "c")),
    "EXT021": _added(_event_sub_process(_MESSAGE), _flow("n", "a")),
    "EXT022": _added(_event_sub_process(_MESSAGE), _flow("a", "n")),
    "EXT026": _changed(_PLAIN, '<task id="a"/>', '<task id="a" default="s-a"/>'),
    "EXT028": _changed(_PLAIN, 'targetRef="z"', 'targetRef="nowhere"'),
    "EXT036": _changed(_PLAIN, '<task id="a"/>', '<choreographyTask id="a"/>'),
    "EXT037": _changed(_PLAIN, '<task id="a"/>', '<task id="a" startQuantity="0"/>'),
    "EXT038": _changed(_PLAIN, '<task id="a"/>', '<task id="a" completionQuantity="0"/>'),
    "EXT041": _loops("task"),
    "EXT049": _changed(
        _START + '<receiveTask id="a" messageRef="m"/>' + _flow("s", "a"),
        "<receiveTask",
        '<receiveTask instantiate="true"',
    ),
    "EXT054": _loops("adHocSubProcess", _TASK),
    "EXT055": _loops("subProcess", _TASK),
    "EXT056": _changed(_sub_process(_TASK), '<task id="a"/>', '<choreographyTask id="a"/>'),
    "EXT057": _added(_event_sub_process(_MESSAGE), _flow("s", "n")),
    "EXT058": _changed(
        _event_sub_process(_MESSAGE), '<task id="b"/>', f'<task id="b"/><startEvent id="t2">{_MESSAGE}</startEvent>'
    ),
    "EXT059": Pair(_event_sub_process(_MESSAGE), _event_sub_process(_NO_SIGNAL)),
    "EXT061": Pair(_ad_hoc(_TASK), _ad_hoc("")),
    "EXT062": Pair(_ad_hoc(_TASK), _ad_hoc(_TASK + _END)),
    "EXT067": _changed(
        f'{_START}<task id="n">{_OTHER_LOOP}</task>{_flow("s", "n")}', "<loopCardinality>2</loopCardinality>", ""
    ),
    "EXT096": _added(_PLAIN, _flow("a", "s")),
    "EXT098": _changed(
        f'<startEvent id="s">{_MESSAGE}</startEvent>{_TASK}{_flow("s", "a")}',
        _MESSAGE,
        '<escalationEventDefinition escalationRef="c"/>',
    ),
    "EXT100": _changed(
        _sub_process(f'<startEvent id="i"/>{_TASK}{_flow("i", "a")}'),
        '<startEvent id="i"/>',
        f'<startEvent id="i">{_TIMER}</startEvent>',
    ),
    "EXT104": _added(_PLAIN, _flow("z", "a")),
    "EXT106": _changed(_TRANSACTION.partition("<boundaryEvent")[0] + _flow("s", "n"), "transaction", "subProcess"),
    "EXT110": Pair(_boundary(_TIMER), _boundary("<terminateEventDefinition/>")),
    "EXT111": _changed(
        _TRANSACTION.replace('<endEvent id="k"><cancelEventDefinition/></endEvent>', '<endEvent id="k"/>'),
        "transaction",
        "subProcess",
    ),
    "EXT112": _added(_boundary(_TIMER), _flow("b", "n")),
    "EXT114": _added(_COMPENSATED, '<task id="b"/>' + _flow("n", "b")),
    "EXT117": _added(_links("L"), _flow("n", "a")),
    "EXT118": Pair(_links("L"), _links("other")),
    "EXT120": _changed(_TRANSACTION, "transaction", "subProcess"),
    "EXT121": _changed(
        f'<startEvent id="s">{_MESSAGE}</startEvent>{_TASK}{_flow("s", "a")}', _MESSAGE, "<compensateEventDefinition/>"
    ),
    "EXT122": Pair(
        _intermediate("intermediateCatchEvent", _MESSAGE),
        _intermediate("intermediateCatchEvent", "<compensateEventDefinition/>"),
    ),
    "EXT123": _changed(
        _intermediate(
            "intermediateCatchEvent",
            "<conditionalEventDefinition><condition>${x}</condition></conditionalEventDefinition>",
        ),
        "<condition>${x}</condition>",
        "",
    ),
    "EXT125": _changed(
        _links("L"),
        '<intermediateCatchEvent id="l"><linkEventDefinition name="L"/>',
        '<intermediateCatchEvent id="l">' + _MESSAGE,
    ),
    "EXT126": Pair(
        _links("L"),
        f'{_START}<intermediateThrowEvent id="n"><linkEventDefinition name="L"/></intermediateThrowEvent>'
        f'<subProcess id="p"><intermediateCatchEvent id="l"><linkEventDefinition name="L"/></intermediateCatchEvent>'
        f'{_TASK}<task id="b"/>{_flow("l", "a")}</subProcess>{_flow("s", "n")}',
    ),
    "EXT127": Pair(
        _intermediate("intermediateCatchEvent", _MESSAGE),
        _intermediate("intermediateCatchEvent", "<messageEventDefinition/>"),
    ),
    "EXT129": Pair(_event_sub_process(_MESSAGE), _event_sub_process("")),
    "EXT130": Pair(_boundary(_TIMER), _boundary("")),
    "EXT131": _changed(
        _intermediate("intermediateCatchEvent", _TIMER),
        "<timeDuration>",
        "<timeDate>2030-01-01T00:00:00Z</timeDate><timeDuration>",
    ),
    "EXT132": _changed(
        _intermediate(
            "intermediateCatchEvent", "<timerEventDefinition><timeDate>2030-01-01</timeDate></timerEventDefinition>"
        ),
        "2030-01-01",
        "some day",
    ),
    "EXT133": _changed(
        _intermediate(
            "intermediateCatchEvent", "<timerEventDefinition><timeCycle>R3/PT1M</timeCycle></timerEventDefinition>"
        ),
        "R3/PT1M",
        "often",
    ),
    "EXT134": _changed(_intermediate("intermediateCatchEvent", _TIMER), "PT1M", "a while"),
    "EXT136": _changed(_CHOICE, _flow("x", "t"), _flow("a", "t")),
    "EXT137": _changed(_CHOICE, _flow("x", "t"), _flow("x", "t", _CONDITION)),
    "EXT138": _changed(
        _CHOICE, f'<intermediateCatchEvent id="t">{_TIMER}</intermediateCatchEvent>', '<userTask id="t"/>'
    ),
    "EXT140": _added(_RECEIVE, f'<boundaryEvent id="n" attachedToRef="b">{_TIMER}</boundaryEvent>'),
    "EXT141": _added(_CHOICE, _flow("a", "b")),
    "EXT142": _changed(_CHOICE, '<eventBasedGateway id="x"/>', '<eventBasedGateway id="x" instantiate="true"/>'),
    "EXT143": _changed(_COMPENSATED, '<association id="as" sourceRef="n" targetRef="u"/>', ""),
    "EXT144": _changed(_COMPENSATED, ' isForCompensation="true"', ""),
    "EXT146": _changed(_PLAIN, '<endEvent id="z"/>', f'<endEvent id="z">{_TIMER}</endEvent>'),
    "EXT147": Pair(
        _boundary('<errorEventDefinition errorRef="e"/>'),
        _boundary('<errorEventDefinition errorRef="e"/>', attributes='cancelActivity="false"'),
    ),
    "EXT148": Pair(
        _intermediate("intermediateCatchEvent", _MESSAGE),
        _intermediate("intermediateCatchEvent", "<terminateEventDefinition/>"),
    ),
    "EXT149": Pair(
        _intermediate("intermediateThrowEvent", _MESSAGE),
        _intermediate("intermediateThrowEvent", _TIMER),
    ),
    "EXT152": _changed(
        f'{_PLAIN}<subProcess id="p"><task id="b"/></subProcess>{_flow("a", "p")}', _flow("a", "p"), _flow("a", "b")
    ),
}
