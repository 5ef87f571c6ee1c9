"""Compiling a process: the verdict on every element, all refusals at once."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS, Element
from bpmgrpc.engine.event_definitions import EVENT_DEFINITIONS, EventDefinition
from bpmgrpc.engine.event_definitions.timer import NOTHING
from bpmgrpc.engine.expressions import MISSING
from bpmgrpc.engine.node_compiler import shorten
from bpmgrpc.engine.program import Compilation, compile_process
from tests.support.harness import bpmn, flows


def compiled(body: str) -> Compilation:
    """Compiles a process."""
    return compile_process(parse_file("f.bpmn", bpmn(body)).processes[0], ELEMENTS)


def verdicts(body: str) -> dict[str, tuple[str, str]]:
    """The verdict on each element, with what there is to say."""
    return {finding.element_id: (finding.verdict.value, finding.reason) for finding in compiled(body).findings}


def test_every_element_that_runs_has_a_verdict():
    """Each element is named with what it does otherwise than the file says."""
    found = verdicts(
        '<startEvent id="s"/><serviceTask id="w" bpmgrpc:retryBackoff="PT1S"/>'
        '<scriptTask id="t"><script>${1}</script></scriptTask>'
        '<callActivity id="c" calledElement="q" camunda:calledElementBinding="deployment"/><task id="a"/>'
    )

    assert found == {
        "s": ("runs", ""),
        "w": (
            "runs",
            "a worker serves it as job type 'w'",
        ),
        "t": ("runs", "the script's value is dropped: the task names no result variable"),
        "c": ("runs", "binding to the deployment: the latest version at the time of the call is called"),
        "a": ("runs", ""),
    }


def test_what_does_not_run_is_refused_with_everything_else_that_is_wrong():
    """One deployment tells all that is wrong; sequence flows to refused elements do not matter."""
    compilation = compiled(
        '<startEvent id="s"/><choreographyTask id="g"/><userTask id="u">'
        '<standardLoopCharacteristics loopMaximum="many"/></userTask>'
        '<boundaryEvent id="b" attachedToRef="u"/><task id="a"/>' + flows("s -> g", "g -> u", "u -> a: x >")
    )

    refused = {
        f.element_id: f.reason for f in compilation.findings if f.verdict.value == "refused" and f.element_id != "u"
    }
    of_u = [f.reason for f in compilation.findings if f.verdict.value == "refused" and f.element_id == "u"]
    assert compilation.program is None
    assert refused == {
        "g": "choreographyTask does not run in this release",
        "b": "a boundary event needs an event definition (BPMN 2.0.2, table 10.93)",
    }
    assert of_u[0] == "loopMaximum has to be a whole number, not 'many' (BPMN 2.0.2, table 10.28)"
    assert of_u[1].startswith("the condition of sequence flow 'flow3_u_a' 'x >' cannot be read: ")


def test_refusals_name_their_place():
    """Line and column are the text's own."""
    compilation = compiled('\n<userTask id="u"\n camunda:assignee="${1 +}"/>')

    places = [(f.position.line, f.position.column > 0) for f in compilation.findings if f.verdict.value == "refused"]
    assert places == [(3, True)]


def test_program_node_shows_its_element():
    """A node's name in a debugger is that of the file."""
    program = compiled('<task id="a"/>').program

    assert program is not None
    assert repr(program.nodes["a"]) == "<task 'a'>"


def test_element_catches_no_error_unless_it_says_so():
    """Boundary events do; the default is not to."""
    program = compiled('<task id="a"/>').program

    assert program is not None
    assert program.nodes["a"].element.catches_error(program.nodes["a"], "E") == 0


def test_element_takes_no_event_unless_it_says_so():
    """The default is to do nothing."""
    assert Element().occurred(None, None, None, 0, {}) is None  # type: ignore[arg-type]


def test_registries_hold_every_class_by_its_bpmn_name():
    """One line in the registry makes an element or event definition known, under its BPMN name."""
    found = {cls.type for cls in _concrete(Element)}

    assert found == ELEMENTS.keys()
    assert {cls.type for cls in EventDefinition.__subclasses__()} == EVENT_DEFINITIONS.keys()


def _concrete(cls):
    """The subclasses that have a BPMN name."""
    for sub in cls.__subclasses__():
        if "type" in vars(sub):
            yield sub
        yield from _concrete(sub)


def test_text_outside_of_any_instance_sees_no_variables():
    """A start event's time is evaluated where there are none."""
    assert NOTHING.lookup("x") is MISSING
    assert NOTHING.names() == []


@pytest.mark.parametrize(("text", "short"), (("a\n  b", "a b"), ("x" * 100, "x" * 79 + "…")))
def test_shorten_puts_a_text_on_one_line(text, short):
    """A message holds no line breaks and no long texts."""
    assert shorten(text) == short


def test_constant_priority_is_judged_when_it_is_deployed():
    """A constant that is no priority refuses the element, rather than failing in every instance."""
    found = verdicts('<startEvent id="s"/><userTask id="a" camunda:priority="x"/>' + flows("s -> a"))

    assert found["a"] == ("refused", "priority has to be a whole number, not a text")


def test_none_start_event_that_no_call_reaches_is_said_to_be_ignored():
    """Of several none start events of a process all but the first are ignored, with the reason."""
    found = verdicts('<startEvent id="s1"/><startEvent id="s2"/><task id="a"/>' + flows("s1 -> a", "s2 -> a"))

    assert found["s1"] == ("runs", "")
    assert found["s2"] == ("ignored", "a call starts the process at the first none start event of the file only")
