"""Our own conformance cases: each is run straight and with another server after each step; nothing lacks one."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from bpmgrpc.bpmn.model import FlowNode, ProcessGraph
from bpmgrpc.bpmn.names import is_true
from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.bpmn.rules import is_event_sub_process
from bpmgrpc.engine.event_definitions import Position
from bpmgrpc.engine.event_definitions.base import interrupts
from tests.conformance.elements import CASES
from tests.conformance.elements.case import Case, Shown
from tests.conformance.elements.runner import empty_database, expected, run
from tests.conformance.table import DOCUMENT, lacking, with_tables

# A join, a called process, results of instances, a canceled transaction, a message, a signal, a cycle, a condition.
_ON_BOTH_DATABASES = (
    "inclusiveGateway: joins all tokens that were sent",
    "callActivity: hands over what its data associations say",
    "multiInstanceLoopCharacteristics: results stand in the order of the items when instances follow each other",
    "transaction: is canceled: what was completed is undone, then its cancel event goes on",
    "startEvent message in event sub-process not interrupting: occurs with its message",
    "endEvent signal: its signal reaches all who wait, in its own process and in others",
    "boundaryEvent timer not interrupting: occurs as often as its cycle says where it does not interrupt",
    "intermediateCatchEvent conditional: waits until its condition becomes true",
    "intermediateCatchEvent message: the first message of a conversation gives it its key",
    "startEvent parallelMultiple: messages of one key belong together",
)
ON_BOTH_DATABASES = [next(case for case in CASES if case.id == id) for id in _ON_BOTH_DATABASES]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables, to be copied."""
    return empty_database(tmp_path_factory.mktemp("empty"))


@pytest.mark.parametrize("reloads", (False, True), ids=("straight", "reload"))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_case_gives_what_the_standard_says(case: Case, reloads: bool, empty: Path, tmp_path: Path) -> None:
    """The flow nodes that complete, the end of each instance, variables and incidents are those of the case."""
    file = shutil.copy(empty, tmp_path / "case.db")

    assert await run(case, f"sqlite:///{file}", reloads=reloads) == expected(case)


@pytest.mark.parametrize("case", ON_BOTH_DATABASES, ids=lambda case: case.id)
async def test_case_gives_the_same_on_postgresql(case: Case, postgresql_url: str) -> None:
    """One case of each kind that the databases could differ in, with another server after each step."""
    assert await run(case, postgresql_url, reloads=True) == expected(case)


def test_nothing_that_runs_lacks_a_case() -> None:
    """Each element of the registry has a case, and each event definition in each of its places, interrupting or not."""
    assert lacking() == []


def test_ids_of_cases_are_unique() -> None:
    """No case hides another."""
    assert [id for id, count in Counter(case.id for case in CASES).items() if count > 1] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_model_of_a_case_holds_what_the_case_is_about(case: Case) -> None:
    """An element of the type, with the event definition, in that place and of that kind."""
    graphs = parse_file("case.bpmn", case.content).processes

    assert any(shows(case.shown, graph, node) for graph in graphs for node in graph.nodes.values())


def shows(shown: Shown, graph: ProcessGraph, node: FlowNode) -> bool:
    """Whether a node is what a case is about."""
    if shown.element.endswith("LoopCharacteristics"):
        return node.loop is not None and node.loop.type == shown.element
    if node.type != shown.element:
        return False
    if shown.position is None:
        return True
    around = graph.nodes.get(node.scope_id)
    in_event_sub_process = around is not None and is_event_sub_process(around)
    kinds = {definition.type for definition in node.event_definitions}
    if "ultiple" in shown.definition:
        parallel = is_true(node.attributes.get("parallelMultiple"))
        fits = len(node.event_definitions) > 1 and parallel is (shown.definition == "parallelMultiple")
    else:
        fits = kinds == {shown.definition}
    return (
        fits
        and interrupts(node) is shown.interrupts
        and in_event_sub_process is (shown.position is Position.EVENT_SUB_PROCESS)
    )


def test_document_has_the_numbers_of_the_cases() -> None:
    """docs/bpmn.md is what the registries and cases say: ``python -m tests.conformance.table --write``."""
    document = DOCUMENT.read_text("utf-8")

    assert with_tables(document) == document


def test_document_says_of_each_element_what_it_does() -> None:
    """No row of the table was left without its text."""
    assert "| runs |  |" not in DOCUMENT.read_text("utf-8")
