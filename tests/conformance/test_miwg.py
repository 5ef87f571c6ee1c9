"""The reference models of the interchange working group are read, and no part of them is lost.

The models are not part of this repository; ``models.py`` says where they are looked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bpmgrpc.bpmn.model import Finding, ParsedFile, Verdict
from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.bpmn.validation import validate_graph
from tests.conformance.miwg import WALKS, Walk, models, walk
from tests.conformance.models import ABSENT, MODELS

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason=ABSENT)

# The executable process of these is no finished one: messages without messageRef, timers without time, and the like.
UNFINISHED = {"C.4.0.bpmn", "C.5.0.bpmn", "C.6.0.bpmn", "C.7.0.bpmn"}


def read(path: Path) -> ParsedFile:
    """Reads a model."""
    return parse_file(path.name, path.read_bytes())


def findings(parsed: ParsedFile) -> Iterator[Finding]:
    """Iterates over all findings, those of the structural rules on executable processes too."""
    yield from parsed.findings
    for graph in parsed.processes:
        if graph.is_executable:
            yield from validate_graph(graph)


def refused(parsed: ParsedFile) -> list[Finding]:
    """Returns what is refused."""
    return [found for found in findings(parsed) if found.verdict is Verdict.REFUSED]


def reference_models() -> list[Path]:
    """The interchange working group's models."""
    return sorted((MODELS / "miwg").glob("*.bpmn"))


@pytest.mark.parametrize("path", reference_models(), ids=lambda path: path.name)
def test_reference_model_is_read(path: Path) -> None:
    """Every reference model is read; the finished ones break no structural rule."""
    parsed = read(path)

    assert any(graph.nodes for graph in parsed.processes)
    assert bool(refused(parsed)) is (path.name in UNFINISHED)


def test_reference_models_have_the_nodes_that_their_manifest_counts() -> None:
    """No flow node is lost, none invented."""
    manifest = json.loads((MODELS / "miwg" / "manifest.json").read_text("utf-8"))
    differences = []

    for entry in manifest["files"]:
        parsed = read(MODELS / "miwg" / entry["file"])
        counted = {process["id"]: process["flow_nodes"] for process in entry["processes"]}
        found = {graph.process_id: len(graph.nodes) for graph in parsed.processes if not graph.is_global_task}
        differences += [(entry["file"], key) for key, count in found.items() if counted[key] != count]

    assert differences == []


# The executable model without a walk waits for ever: its first task wants two tokens (startQuantity), and one comes.
WITHOUT_WALK = {"C.3.0.bpmn"}


@pytest.mark.parametrize("way", WALKS, ids=lambda way: way.file)
async def test_executable_model_is_walked_through(way: Walk, sqlite_url: str) -> None:
    """An executable reference model is deployed, started and completed by people and workers alone."""
    assert await walk(way, MODELS / "miwg", sqlite_url) == "completed"


def test_every_executable_model_is_walked_through_or_open() -> None:
    """No executable model is forgotten, and each is deployed without a refusal."""
    executable = {model.name: model for model in models(MODELS / "miwg") if model.executable}
    walked = {way.file for way in WALKS}

    assert set(executable) == walked | WITHOUT_WALK
    assert [name for name, model in executable.items() if model.refused] == []


def test_verdict_names_what_is_ignored() -> None:
    """Pools, data and extensions that have no effect are named by the kind of element."""
    found = {model.name: model.ignored for model in models(MODELS / "miwg")}

    assert found["C.1.0.bpmn"]["collaboration"] == 1
    assert found["C.1.1.bpmn"]["import"] == 1
