"""Tasks and the call activity (BPMN 2.0.2, 10.3.1, 10.3.3, 10.3.6; 13.3.1 to 13.3.3)."""

from __future__ import annotations

from tests.conformance.elements.case import Case, active, case, complete, publish, start, throw_error, work
from tests.support.harness import boundary, error, extensions, flows

_LINE = flows("s -> t", "t -> e")


def _line(task: str) -> str:
    """A process whose only activity is the task "t"."""
    return f'<startEvent id="s"/>{task}<endEvent id="e"/>{_LINE}'


_CALLED = (
    '<process id="q" isExecutable="true"><startEvent id="q_s"/><userTask id="a"/><endEvent id="q_e"/>'
    + flows("qf1| q_s -> a", "qf2| a -> q_e")
    + "</process>"
)
_FAILING = (
    '<process id="q" isExecutable="true"><startEvent id="q_s"/><endEvent id="q_e">'
    + error("E")
    + f"</endEvent>{flows('qf1| q_s -> q_e')}</process>"
)
_RECEIVER = (
    '<process id="q" isExecutable="true"><startEvent id="q_s"><messageEventDefinition messageRef="M_message"/>'
    f'</startEvent><userTask id="a"/>{flows("qf1| q_s -> a")}</process>'
)
_MESSAGE_FLOW = (
    '<collaboration id="both"><participant id="one" processRef="p"/><participant id="other" processRef="q"/>'
    '<messageFlow id="mf" sourceRef="t" targetRef="q_s"/></collaboration>'
)

CASES: tuple[Case, ...] = (
    case("is done at once", "task", "10.3.3; 13.3.3", _line('<task id="t"/>'), start(), trace="s t e"),
    case(
        "conditions on its flows are all asked, and each true one takes a token",
        "task",
        "8.4.13; 13.3.1",
        '<startEvent id="s"/><task id="t"/><task id="a"/><task id="b"/><task id="c"/>'
        + flows("s -> t", "t -> a: x > 1", "t -> b: x > 2", "t -> c: x > 3"),
        start(x=3),
        trace="s t a b",
    ),
    case(
        "its default flow is taken where no condition is true",
        "task",
        "8.4.13; 13.3.1",
        '<startEvent id="s"/><task id="t" default="d"/><task id="a"/><task id="b"/>'
        + flows("s -> t", "t -> a: x > 1", "d| t -> b"),
        start(x=1),
        trace="s t b",
    ),
    case(
        "runs for each token that arrives",
        "task",
        "13.3.1",
        '<startEvent id="s"/><parallelGateway id="g"/><task id="a"/><task id="b"/><task id="t"/>'
        + flows("s -> g", "g -> a", "g -> b", "a -> t", "b -> t"),
        start(),
        trace="s g a b t t",
    ),
    case(
        "waits for as many tokens as its startQuantity",
        "task",
        "10.3; table 10.3",
        '<startEvent id="s"/><task id="t" startQuantity="2"/><userTask id="a"/><userTask id="b"/>'
        + flows("s -> a", "s -> b", "a -> t", "b -> t"),
        start(),
        complete("a"),
        active("b t"),
        complete("b"),
        trace="s a b t",
    ),
    case(
        "sends as many tokens as its completionQuantity",
        "task",
        "10.3; table 10.3",
        '<startEvent id="s"/><task id="t" completionQuantity="3"/><task id="a"/>' + flows("s -> t", "t -> a"),
        start(),
        trace="s t a a a",
    ),
    case(
        "no system waits for it", "manualTask", "10.3.3; 13.3.3", _line('<manualTask id="t"/>'), start(), trace="s t e"
    ),
    case(
        "waits until a person has done it",
        "userTask",
        "10.3.3; 13.3.3",
        _line('<userTask id="t"/>'),
        start(),
        active("t"),
        complete("t", x=1),
        trace="s t e",
        variables={"x": 1},
    ),
    case(
        "two of them wait beside each other",
        "userTask",
        "13.3.1",
        '<startEvent id="s"/><userTask id="t"/><userTask id="a"/>' + flows("s -> t", "s -> a"),
        start(),
        active("a t"),
        complete("a"),
        active("t"),
        complete("t"),
        trace="s a t",
    ),
    case(
        "a worker does it",
        "serviceTask",
        "10.3.3; 13.3.3",
        _line('<serviceTask id="t"/>'),
        start(),
        active("t"),
        work("t", x="done"),
        trace="s t e",
        variables={"x": "done"},
    ),
    case(
        # What becomes of a fault without a handler is the engine's choice: here an operator decides.
        "a fault of its operation that nothing catches is an incident",
        "serviceTask",
        "10.3.3; 10.5.6; 13.3.3",
        _line('<serviceTask id="t"/>'),
        start(),
        throw_error("t", "E"),
        trace="s",
        ends="ACTIVE",
        incidents="ERROR_NOT_CAUGHT",
    ),
    case(
        "a fault of its operation is caught at its border",
        "serviceTask",
        "13.3.3; 10.5.4",
        '<startEvent id="s"/><serviceTask id="t"/><task id="z"/><task id="after"/>'
        + boundary("b", "t", error("E"))
        + flows("s -> t", "t -> after", "b -> z"),
        start(),
        throw_error("t", "E"),
        trace="s b z",
    ),
    case(
        "a worker sends what it sends",
        "sendTask",
        "10.3.3; 13.3.3",
        _line('<sendTask id="t"/>'),
        start(),
        active("t"),
        work("t"),
        trace="s t e",
    ),
    case(
        "sends its message along the message flow, and does not wait for an answer",
        "sendTask",
        "10.3.3; 13.3.3",
        _line('<sendTask id="t" messageRef="M_message"/>'),
        start(),
        complete("a"),
        trace="s t e q_s a",
        ends="COMPLETED COMPLETED",
        others=_RECEIVER + _MESSAGE_FLOW,
    ),
    case(
        "waits for its message",
        "receiveTask",
        "10.3.3; 13.3.3",
        _line('<receiveTask id="t" messageRef="M_message"/>'),
        start(),
        publish("N"),
        active("t"),
        publish("M", x=1),
        trace="s t e",
        variables={"x": 1},
    ),
    case(
        "one that instantiates starts its process with the message",
        "receiveTask",
        "10.3.3; 13.2",
        '<receiveTask id="t" messageRef="M_message" instantiate="true"/><userTask id="a"/>' + flows("t -> a"),
        publish("M", x=1),
        publish("M", x=2),
        active("a a"),
        complete("a"),
        complete("a"),
        trace="t t a a",
        ends="COMPLETED COMPLETED",
    ),
    case(
        "a worker or a table of decisions does it",
        "businessRuleTask",
        "10.3.3; 13.3.3",
        _line('<businessRuleTask id="t"/>'),
        start(),
        work("t", verdict="yes"),
        trace="s t e",
        variables={"verdict": "yes"},
    ),
    case(
        "its script is run, and the task is done",
        "scriptTask",
        "10.3.3; 13.3.3",
        _line('<scriptTask id="t" scriptFormat="feel" camunda:resultVariable="y"><script>=x * 2</script></scriptTask>'),
        start(x=21),
        trace="s t e",
        variables={"y": 42},
    ),
    case(
        "a script of another language is a worker's",
        "scriptTask",
        "10.3.3; 13.3.3",
        _line('<scriptTask id="t" scriptFormat="python"><script>print()</script></scriptTask>'),
        start(),
        work("python"),
        trace="s t e",
    ),
    case(
        "waits until the called process is complete",
        "callActivity",
        "10.3.6; 13.3.4",
        _line('<callActivity id="t" calledElement="q"/>'),
        start(x=1),
        active("a t"),
        complete("a", x=2),
        trace="s q_s a q_e t e",
        ends="COMPLETED COMPLETED",
        variables={"x": 2},
        others=_CALLED,
    ),
    case(
        "hands over what its data associations say",
        "callActivity",
        "10.3.6; 10.4.2",
        _line(
            '<callActivity id="t" calledElement="q">'
            + extensions(inputs=["x -> y"], outputs=["y + 1 -> z"])
            + "</callActivity>"
        ),
        start(x=1),
        complete("a", y=10),
        trace="s q_s a q_e t e",
        ends="COMPLETED COMPLETED",
        variables={"x": 1, "z": 11},
        others=_CALLED,
    ),
    case(
        "an error that ends the called process is caught at its border",
        "callActivity",
        "10.3.6; 10.5.4; 10.5.6",
        '<startEvent id="s"/><callActivity id="t" calledElement="q"/><task id="z"/>'
        + boundary("b", "t", error("E"))
        + flows("s -> t", "b -> z"),
        start(),
        trace="s q_s b z",
        ends="CANCELED COMPLETED",
        others=_FAILING,
    ),
    case(
        "calls a global task",
        "callActivity",
        "10.3.6; 10.3.7",
        _line('<callActivity id="t" calledElement="q"/>'),
        start(),
        complete("q.task"),
        trace="s q.task t e",
        ends="COMPLETED COMPLETED",
        others='<globalUserTask id="q"/>',
    ),
)
