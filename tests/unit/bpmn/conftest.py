"""Fixtures of the BPMN reader's tests: BPMN inline, without what every file repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bpmgrpc.bpmn.model import Finding, FlowNode, ParsedFile, ProcessGraph, Verdict
from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.bpmn.validation import validate_graph

_NAMESPACES = """
    xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:tns="urn:test" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:flowable="http://flowable.org/bpmn"
    xmlns:activiti="http://activiti.org/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    xmlns:signavio="http://www.signavio.com" xmlns:bpmgrpc="https://bpmgrpc.dev/schema/1.0"
    xmlns:acme="urn:acme" targetNamespace="urn:test"
"""


class Bpmn:
    """Writes and reads files of one process."""

    def file(self, body: str, *, roots: str = "", attributes: str = "", process: str = 'isExecutable="true"') -> bytes:
        """Returns a file: root elements, then a process "P" that holds the body."""
        text = (
            f'<definitions {_NAMESPACES} {attributes}>{roots}<process id="P" {process}>{body}</process></definitions>'
        )
        return text.encode()

    def parse(self, body: str, **options: str) -> ParsedFile:
        """Reads such a file."""
        return parse_file("test.bpmn", self.file(body, **options))

    def graph(self, body: str, **options: str) -> ProcessGraph:
        """Reads such a file and returns its process."""
        return self.parse(body, **options).processes[0]

    def node(self, body: str, node_id: str = "n", **options: str) -> FlowNode:
        """Reads such a file and returns one of its nodes."""
        return self.graph(body, **options).nodes[node_id]

    def ignored(self, body: str, **options: str) -> list[str]:
        """Returns the reasons for all that the parser ignores."""
        return [found.reason for found in self.parse(body, **options).findings if found.verdict is Verdict.IGNORED]

    def check(self, body: str, **options: str) -> list[Finding]:
        """Reads such a file and returns what the structural rules find."""
        return list(validate_graph(self.graph(body, **options)))

    def refused(self, body: str, **options: str) -> list[tuple[str, str]]:
        """Returns id and reason of all that the structural rules refuse."""
        return [(found.element_id, found.reason) for found in self._of(Verdict.REFUSED, body, options)]

    def noted(self, body: str, **options: str) -> list[tuple[str, str]]:
        """Returns id and reason of all that the structural rules note as ignored."""
        return [(found.element_id, found.reason) for found in self._of(Verdict.IGNORED, body, options)]

    def _of(self, verdict: Verdict, body: str, options: dict[str, Any]) -> list[Finding]:
        return [found for found in self.check(body, **options) if found.verdict is verdict]


@pytest.fixture
def bpmn() -> Bpmn:
    """BPMN files of one process."""
    return Bpmn()


@pytest.fixture
def properties(bpmn: Bpmn) -> Callable[..., dict[str, str]]:
    """Reads the vocabulary of one node as plain texts."""

    def read(element: str, **options: str) -> dict[str, str]:
        return {word: text.value for word, text in bpmn.node(element, **options).properties.items()}

    return read
