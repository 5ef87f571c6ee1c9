"""Input and output mappings (BPMN 2.0.2, 10.4.2), and values that keep their source text."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine import commands
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import compile_process
from tests.support.harness import bpmn, extensions, flows

EXACT = {"id": "12345678901234567890123", "price": "1.10", "big": "1E5", "text": '"\\u0041"', "list": "[1.0, 2]"}


def task(*, inputs=(), outputs=()) -> bytes:
    """A process with one user task that has mappings."""
    return bpmn(
        f'<userTask id="a">{extensions(inputs=inputs, outputs=outputs)}</userTask><userTask id="z"/>' + flows("a -> z")
    )


def start(h, texts):
    """Starts an instance with variables by their JSON texts."""
    h.submit(commands.StartInstance(h.root_id, h.first, texts))


def test_value_that_nobody_computes_with_keeps_its_source_text(harness):
    """Start, mappings, call activities and results hand values over byte for byte."""
    names = list(EXACT)
    given = extensions(inputs=[f"{name} -> in_{name}" for name in names])
    h = harness(
        bpmn(f'<callActivity id="c" calledElement="q">{given}</callActivity><userTask id="z"/>' + flows("c -> z")),
        bpmn(f'<userTask id="a">{extensions(outputs=[f"in_{n} -> out_{n}" for n in names])}</userTask>', process="q"),
    )

    start(h, EXACT)
    inside = h.texts(h.row("c").seq)
    seq = h.task("a").seq
    h.submit(
        commands.CompleteUserTask(seq, "ann", {f"in_{name}": text for name, text in EXACT.items()}), seq, "user_task"
    )

    inputs = {f"in_{name}": text for name, text in EXACT.items()}
    outputs = {f"out_{name}": text for name, text in EXACT.items()}
    assert inside == inputs
    assert h.texts() == EXACT | inputs | outputs


def test_member_of_an_object_keeps_its_value_exactly(harness):
    """Setting one member leaves long numbers and decimals of the others what they are."""
    h = harness(task(outputs=['"done" -> Room.status']))

    start(h, {"Room": '{"id": 12345678901234567890123, "price": 1.10}'})
    h.complete("a")

    assert h.texts()["Room"] == '{"id":12345678901234567890123,"price":1.10,"status":"done"}'


def test_input_mapping_to_a_path_makes_an_object(harness):
    """Where there is no object yet the path makes one, in the element's own scope."""
    h = harness(task(inputs=["1 -> o.p.q", "2 -> o.r"]))

    h.start()

    assert h.variables(h.row("a").seq) == {"o": {"p": {"q": 1}, "r": 2}}


def test_input_mapping_to_a_path_copies_the_object_around_it(harness):
    """The element gets an object of its own with one member changed; the one outside stays."""
    h = harness(task(inputs=["1 -> o.p"]))

    h.start(o={"p": 0, "k": True})

    assert h.variables(h.row("a").seq) == {"o": {"p": 1, "k": True}}
    assert h.variables() == {"o": {"p": 0, "k": True}}


def test_mapping_applies_only_where_its_condition_is_true(harness):
    """A condition is asked in the scope that the source is read in."""
    h = harness(task(inputs=["1 -> low: n < 5", "2 -> high: n > 4"], outputs=["r -> out: r > 1", "r -> other: r < 1"]))

    h.start(n=7)
    local = h.variables(h.row("a").seq)
    h.complete("a", r=3)

    assert local == {"high": 2}
    assert h.variables() == {"n": 7, "out": 3}


def test_mappings_read_all_sources_before_they_write(harness):
    """The order of the mappings does not matter: two variables can be swapped."""
    h = harness(task(outputs=["x -> y", "y -> x"]))

    h.start(x=1, y=2)
    h.complete("a")

    assert h.variables() == {"x": 2, "y": 1}


@pytest.mark.parametrize(
    ("outputs", "reason", "message"),
    (
        (["nothing.at.all -> x"], "EXPRESSION_ERROR", "userTask 'a': "),
        (["1 -> n.member"], "MAPPING_ERROR", "the mapping's target n.member leads through a value that is no object"),
        (["1 -> o.n.deep"], "MAPPING_ERROR", "the mapping's target o.n.deep leads through a value that is no object"),
        (["1 -> x: n"], "EXPRESSION_ERROR", "userTask 'a': "),
    ),
)
def test_mapping_that_fails_is_an_incident(harness, outputs, reason, message):
    """A mapping that cannot be done stops the token, and sets nothing."""
    h = harness(task(outputs=["1 -> first", *outputs]))

    h.start(n=1, o={"n": 1})
    h.complete("a")

    assert [(incident.reason, incident.element_id) for incident in h.incidents()] == [(reason, "a")]
    assert h.incidents()[0].message.startswith(message)
    assert h.variables() == {"n": 1, "o": {"n": 1}}


def test_input_mapping_that_fails_leaves_no_variables(harness):
    """An element whose input mapping fails was not entered."""
    h = harness(task(inputs=["1 -> first", "n + 1 -> second"]))

    h.start(n="one")
    failed = (h.rows.variables(h.root_id), h.open_tasks())
    h.resolve(n=1)

    assert failed == ({(0, "n"): '"one"'}, [])
    assert h.variables(h.row("a").seq) == {"first": 1, "second": 2}


def test_mapping_of_a_missing_variable_is_null_or_fails_as_its_language_says(harness):
    """A source that is nothing but a name without value is no value of a variable to hand over."""
    h = harness(task(inputs=["=missing -> x"]))

    h.start()

    assert h.variables(h.row("a").seq) == {"x": None}


@pytest.mark.parametrize(
    ("mapping", "reason"),
    (
        ('<bpmgrpc:input source="1" target="a..b"/>', "the input mapping's target 'a..b' is no variable path"),
        ('<bpmgrpc:output source="${1 +}" target="b"/>', "the output mapping to 'b' '${1 +}' cannot be read"),
        (
            '<bpmgrpc:output source="1" target="b" condition="n &gt;"/>',
            "the condition of the output mapping to 'b' 'n >' cannot be read",
        ),
    ),
)
def test_mapping_that_cannot_be_read_is_refused(mapping, reason):
    """A mapping is compiled when its process is deployed."""
    content = bpmn(f'<userTask id="a"><extensionElements>{mapping}</extensionElements></userTask>')

    compilation = compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS)

    assert compilation.program is None
    refused = [finding.reason for finding in compilation.findings if finding.verdict.value == "refused"]
    assert refused[0].startswith(reason)


def test_mapping_without_source_sets_the_empty_text(harness):
    """Camunda's mapping without a source is the empty text."""
    inside = '<extensionElements><zeebe:ioMapping><zeebe:input target="x"/></zeebe:ioMapping></extensionElements>'
    h = harness(bpmn(f'<userTask id="a">{inside}</userTask>'))

    h.start()

    assert h.variables(h.row("a").seq) == {"x": ""}


def parameter(content: str) -> bytes:
    """A process whose task has one input parameter, as Camunda 7 writes it, which comes out as "found"."""
    inputs = f'<camunda:inputParameter name="p">{content}</camunda:inputParameter>'
    outputs = '<camunda:outputParameter name="found">${p}</camunda:outputParameter>'
    mappings = f"<extensionElements><camunda:inputOutput>{inputs}{outputs}</camunda:inputOutput></extensionElements>"
    return bpmn(f'<userTask id="a">{mappings}</userTask><userTask id="z"/>' + flows("a -> z"))


def test_parameter_may_be_a_list_or_map_of_expressions(harness):
    """Members keep their types; plain texts stay texts, and empty ones too."""
    h = harness(
        parameter(
            "<camunda:list><camunda:value>${n + 1}</camunda:value><camunda:value>n</camunda:value><camunda:map>"
            '<camunda:entry key="who">${customer.name}</camunda:entry><camunda:entry key="none"/>'
            '<camunda:entry key="all"><camunda:list><camunda:value>${items}</camunda:value></camunda:list>'
            "</camunda:entry></camunda:map></camunda:list>"
        )
    )

    h.start(n=1, customer={"name": "ann"}, items=[1, "x"])
    h.complete("a")

    assert h.variables()["found"] == [2, "n", {"who": "ann", "none": "", "all": [[1, "x"]]}]


def test_member_of_a_parameter_that_fails_is_an_incident(harness):
    """As any expression that cannot be evaluated."""
    h = harness(parameter("<camunda:map><camunda:entry key='k'>${missing.name}</camunda:entry></camunda:map>"))

    h.start()

    assert [incident.reason for incident in h.incidents()] == ["EXPRESSION_ERROR"]


def test_member_of_a_parameter_that_cannot_be_read_is_refused():
    """The finding names the parameter and the member."""
    graph = parse_file("f.bpmn", parameter("<camunda:list><camunda:value>${a +}</camunda:value></camunda:list>"))
    compilation = compile_process(graph.processes[0], ELEMENTS)

    assert compilation.program is None
    assert any("mapping to 'p' '${a +}' cannot be read" in finding.reason for finding in compilation.findings)
