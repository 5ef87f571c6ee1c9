"""Error event definition (BPMN 2.0.2, 10.5.6 and 13.5.4)."""

from __future__ import annotations

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import compile_process
from tests.support.harness import boundary, bpmn, error, extensions, flows


def end(name: str, code: str = "") -> str:
    """An error end event."""
    return f'<endEvent id="{name}">{error(code)}</endEvent>'


def test_error_end_event_is_caught_by_the_boundary_event_that_names_its_code(harness):
    """Of several boundary events the one that names the very code wins over the one that catches every error."""
    h = harness(
        bpmn(
            f'<subProcess id="sub"><userTask id="a"/>{end("e", "E1")}' + flows("a -> e") + "</subProcess>"
            f"{boundary('all', 'sub', error())}{boundary('e1', 'sub', error('E1'))}{boundary('e2', 'sub', error('E2'))}"
            '<userTask id="x"/><userTask id="y"/><userTask id="z"/>'
            + flows("n1| all -> x", "n2| e1 -> y", "n3| e2 -> z")
        )
    )

    h.start()
    h.complete("a")

    assert h.active() == ["y"]
    thrown = [event for event in h.events if event.type == "ERROR_THROWN"]
    assert [(event.element_id, event.attributes) for event in thrown] == [("e", {"code": "E1", "caught_by": "e1"})]


def test_error_passes_scopes_that_do_not_catch_it(harness):
    """The innermost scope whose boundary event fits catches the error; those inside of it are canceled."""
    h = harness(
        bpmn(
            '<subProcess id="out"><subProcess id="in"><userTask id="a"/><userTask id="b"/>'
            + end("e", "E1")
            + flows("a -> e")
            + f'</subProcess>{boundary("e2", "in", error("E2"))}<userTask id="beside"/></subProcess>'
            + boundary("e1", "out", error("E1"))
            + '<userTask id="z"/>'
            + flows("n1| e1 -> z")
        )
    )

    h.start()
    h.complete("a")

    assert h.active() == ["z"]
    assert h.root.active == 1


def test_error_that_nothing_catches_fails_the_instance(harness):
    """An uncaught error end event ends the root instance, FAILED, and cancels everything else."""
    h = harness(
        bpmn(
            '<startEvent id="s"/><userTask id="a"/><userTask id="b"/><serviceTask id="w"/>'
            + end("e", "E1")
            + flows("s -> a", "s -> b", "s -> w", "a -> e")
        )
    )

    h.start(x=1)
    h.complete("a")

    assert h.state == "FAILED"
    assert h.root.end_reason == "error 'E1' of end event 'e' was not caught"
    assert h.active() == []
    assert h.variables() == {"x": 1}
    assert h.rows.jobs(h.root_id) == []


def test_error_voids_the_steps_that_are_still_to_be_taken(harness):
    """Steps of other branches that were due in the same command are not taken any more."""
    h = harness(
        bpmn(
            '<subProcess id="sub"><startEvent id="s"/>'
            + end("e", "E1")
            + '<task id="t"/><userTask id="a"/><parallelGateway id="p"/>'
            + flows("s -> p", "p -> t", "p -> e", "p -> a", "t -> a")
            + f'</subProcess>{boundary("er", "sub", error())}<userTask id="z"/>'
            + flows("n1| er -> z")
        )
    )

    h.start()

    assert h.active() == ["z"]
    assert h.root.active == 1
    assert h.open_tasks() == ["z"]


def test_uncaught_error_voids_the_steps_that_are_still_to_be_taken(harness):
    """The same in the outermost scope."""
    h = harness(
        bpmn(
            '<startEvent id="s"/>'
            + end("e", "E1")
            + '<task id="t"/><userTask id="a"/>'
            + flows("s -> e", "s -> t", "t -> a")
        )
    )

    h.start()

    assert h.state == "FAILED"
    assert h.rows.user_tasks(h.root_id) == []


def test_error_code_of_an_end_event_may_come_from_its_input_mappings(harness):
    """An error end event with input mappings has variables of its own, which go with it."""
    h = harness(
        bpmn(
            '<subProcess id="sub"><endEvent id="e">'
            + extensions(inputs=["why -> code"])
            + error("E1")
            + f'</endEvent></subProcess><userTask id="a"/>{boundary("er", "sub", error("E1"))}'
        )
    )

    h.start(why="x")

    assert h.active() == ["a"]


def test_error_boundary_event_keeps_code_and_message_in_variables(harness):
    """The names come from the model; an error's variables come along."""
    h = harness(
        bpmn(
            '<serviceTask id="w"/><userTask id="z"/>'
            '<boundaryEvent id="er" attachedToRef="w" camunda:errorCodeVariable="code"'
            ' camunda:errorMessageVariable="why">'
            "<errorEventDefinition/></boundaryEvent>" + flows("er -> z")
        )
    )

    h.start()
    h.throw_error("w", "E7", "broken", left=3)

    assert h.variables() == {"code": "E7", "why": "broken", "left": 3}


def test_error_boundary_event_that_says_it_does_not_interrupt_does(harness):
    """An error always interrupts (BPMN 2.0.2, table 10.93); the verdict says so."""
    content = bpmn(
        '<serviceTask id="w"/><userTask id="z"/>' + boundary("er", "w", error(), interrupts=False) + flows("er -> z")
    )
    h = harness(content)
    findings = compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS).findings

    h.start()
    h.throw_error("w", "E")

    assert h.active() == ["z"]
    assert "an event that catches an error always interrupts (BPMN 2.0.2, table 10.93)" in [f.reason for f in findings]


def test_error_end_event_without_code_is_caught_by_every_error_only(harness):
    """An error without code fits no boundary event that names one."""
    h = harness(
        bpmn(
            f'<subProcess id="in"><userTask id="a"/>{end("e")}'
            + flows("a -> e")
            + "</subProcess>"
            + boundary("e1", "in", error("E1"))
            + boundary("all", "in", error())
            + '<userTask id="y"/><userTask id="z"/>'
            + flows("n1| e1 -> y", "n2| all -> z")
        )
    )

    h.start()
    h.complete("a")

    assert h.active() == ["z"]
