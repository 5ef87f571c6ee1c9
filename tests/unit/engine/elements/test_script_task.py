"""Script task (BPMN 2.0.2, 10.3.3)."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import compile_process
from tests.support.harness import bpmn, extensions, flows


def script(text: str, attributes: str = "", inside: str = "") -> bytes:
    """A process with a script task and a user task behind it."""
    return bpmn(
        f'<startEvent id="s"/><scriptTask id="t" {attributes}>{inside}<script>{text}</script></scriptTask>'
        '<userTask id="a"/>' + flows("s -> t", "t -> a")
    )


def test_script_task_keeps_its_value_in_a_variable(harness):
    """The script's value is the result variable's."""
    h = harness(script("${x * 2}", 'camunda:resultVariable="y"'))

    h.start(x=21)

    assert h.variables() == {"x": 21, "y": 42}


def test_script_task_sets_a_member_of_a_variable(harness):
    """A result path sets one member and leaves the others."""
    h = harness(script("${x}", 'bpmgrpc:resultVariable="Room.status.code"'))

    h.start(x=1, Room={"name": "A", "status": {"text": "free"}})

    assert h.variables()["Room"] == {"name": "A", "status": {"text": "free", "code": 1}}


def test_script_task_without_result_variable_drops_its_value(harness):
    """Without a result variable nothing is set."""
    h = harness(script("${x * 2}"))

    h.start(x=21)

    assert h.variables() == {"x": 21}
    assert h.active() == ["a"]


def test_script_task_result_goes_through_its_output_mappings(harness):
    """Where output mappings choose, the result is the task's own, and only what they name comes out."""
    h = harness(script("${x}", 'bpmgrpc:resultVariable="r.value"', extensions(outputs=["r.value + 1 -> out"])))

    h.start(x=1)

    assert h.variables() == {"x": 1, "out": 2}


def test_script_task_sees_its_input_mappings(harness):
    """The script sees what the input mappings made; its result belongs to the instance."""
    h = harness(script("${n * 2}", 'bpmgrpc:resultVariable="y"', extensions(inputs=["x + 1 -> n"])))

    h.start(x=1)

    assert h.variables() == {"x": 1, "y": 4}


def test_script_task_that_fails_is_an_incident(harness):
    """A script that cannot be evaluated waits to be repaired, and leaves nothing half done."""
    h = harness(script("${x * 2}", 'bpmgrpc:resultVariable="y"', extensions(inputs=["1 -> n"])))

    h.start(x="one")
    incident = h.incidents()[0]
    variables = h.rows.variables(h.root_id)
    h.resolve(x=1)

    assert (incident.reason, incident.element_id) == ("EXPRESSION_ERROR", "t")
    assert incident.message.startswith("scriptTask 't': ")
    assert variables == {(0, "x"): '"one"'}
    assert h.variables() == {"x": 1, "y": 2}


def test_script_task_whose_value_no_variable_can_hold_is_an_incident(harness):
    """A value nested deeper than a variable may be is the model's fault, not the caller's."""
    h = harness(script("${x}", f'bpmgrpc:resultVariable="{".".join("abcdefghij" * 6)}"'))
    deep = 1
    for _ in range(60):
        deep = [deep]

    h.start(x=deep)

    assert [incident.reason for incident in h.incidents()] == ["EXPRESSION_ERROR"]
    assert "nested deeper" in h.incidents()[0].message


@pytest.mark.parametrize(
    ("text", "attributes", "reason"),
    (
        (" ", "", "a script task needs a script"),
        ("${1}", 'bpmgrpc:resultVariable="a..b"', "the result variable 'a..b' is no variable path"),
        ("${1}", f'bpmgrpc:resultVariable="{".".join("abcdefghij" * 10)}"', "is no variable path"),
        ("${1 +}", "", "the script '${1 +}' cannot be read"),
    ),
)
def test_script_task_that_cannot_run_is_refused(text, attributes, reason):
    """A script task without script, with an impossible result variable or an unreadable script is refused."""
    compilation = compile_process(parse_file("f.bpmn", script(text, attributes)).processes[0], ELEMENTS)

    refused = [finding.reason for finding in compilation.findings if finding.verdict.value == "refused"]
    assert compilation.program is None
    assert any(reason in text for text in refused)


@pytest.mark.parametrize(
    ("attributes", "text", "value"),
    (
        ('scriptFormat="FEEL" camunda:resultVariable="y"', "x + 1", 2),
        ('scriptFormat="juel" camunda:resultVariable="y"', "${x + 1}", 2),
        ('camunda:resultVariable="y"', "x + 1", 2),
        ('camunda:resultVariable="y"', "=x + 1", 2),
    ),
)
def test_script_task_evaluates_expressions_of_its_own_languages(harness, attributes, text, value):
    """FEEL, JUEL, and a plain expression whose value is wanted."""
    h = harness(script(text, attributes))

    h.start(x=1)

    assert h.variables() == {"x": 1, "y": value}


@pytest.mark.parametrize(
    ("attributes", "text", "job_type", "headers"),
    (
        ('scriptFormat="groovy"', "println x", "groovy", {"script": "println x"}),
        ("", "doIt(); doMore()", "script", {"script": "doIt(); doMore()"}),
        (
            'scriptFormat="python" camunda:resultVariable="y"',
            "import os",
            "python",
            {"script": "import os", "resultVariable": "y"},
        ),
    ),
)
def test_script_task_of_another_language_is_served_by_a_worker(harness, attributes, text, job_type, headers):
    """The script goes to the worker as it stands, under the format's name."""
    h = harness(script(text, attributes))

    h.start()
    job = h.job("t")
    h.complete_job("t", y=1)

    assert (job.type, job.headers) == (job_type, headers)
    assert h.active() == ["a"]
    assert h.variables() == {"y": 1}


def test_script_task_whose_format_has_expressions_like_ours_is_evaluated(harness):
    """A script that reads as an expression, and whose value is wanted, needs no worker."""
    h = harness(script("x > 3", 'scriptFormat="javascript" camunda:resultVariable="y"'))

    h.start(x=5)

    assert h.variables() == {"x": 5, "y": True}
