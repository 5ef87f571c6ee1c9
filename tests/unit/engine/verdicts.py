"""What a deployment says of a file's first process, for tests of refusals and remarks."""

from __future__ import annotations

from bpmgrpc.bpmn.model import Finding
from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.engine.elements import ELEMENTS
from bpmgrpc.engine.program import Program, compile_process


def findings(content: bytes) -> list[Finding]:
    """The verdicts on the elements."""
    return compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS).findings


def refusals(content: bytes) -> list[str]:
    """Why elements are refused."""
    return [one.reason for one in findings(content) if one.verdict.value == "refused"]


def remarks(content: bytes) -> list[str]:
    """What is said of elements that run."""
    return [one.reason for one in findings(content) if one.verdict.value == "runs" and one.reason]


def program(content: bytes) -> Program:
    """The program."""
    made = compile_process(parse_file("f.bpmn", content).processes[0], ELEMENTS, app_name="app").program
    assert made is not None
    return made
