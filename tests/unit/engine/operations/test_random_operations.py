"""Random operations on random instances: a dry run says what happens, and no operation breaks an instance.

Each is decided without being kept first, which changes nothing; then it is done; both plans are equal, and equal to
what rows and history tell. Afterwards counts are right, and the instance ends, waits for something, or has an incident.

``make property`` runs more of them; a failure names its seed.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from bpmgrpc.engine.commands import StartInstance
from bpmgrpc.engine.execution import Limits
from bpmgrpc.engine.state import ElementState, InstanceState
from tests.support.harness import Harness, MemoryRows
from tests.support.random_blocks import BlockModel, random_block
from tests.support.random_graphs import GraphModel
from tests.support.random_operations import (
    LIVES,
    Observed,
    assert_says_what_happened,
    changed,
    random_operation,
    renamed,
)
from tests.support.random_paths import (
    act,
    actions,
    assert_equal,
    assert_waits,
    has_grown,
    serve_signals,
    start,
    state_of,
    triplets,
)

MODELS = int(os.environ.get("BPMGRPC_RANDOM_MODELS", "200"))
FIRST_SEED = int(os.environ.get("BPMGRPC_RANDOM_SEED", "1"))
BATCHES = 4


def files_of(random: Random) -> list[bytes]:
    """A random model."""
    if random.random() < 0.7:
        return BlockModel(random_block(random, random.randint(1, 7))).files
    return GraphModel(random).files


def restart(all_three: list[Harness], n: int) -> None:
    """Starts the instance as one that takes the place of another, tried first, with all harnesses."""
    plans = []
    for h in all_three:
        variables = {"n": str(n), "done": "0"}
        command = StartInstance(h.root_id, h.first, variables, create_by="starter", restarts="an ended one")
        before = Observed(h)
        planned = h.plan(command)
        assert before.elements == Observed(h).elements == {}, "a dry run starts something"
        done = h.operate(command)
        assert planned == done, "a dry run says something else than the run"
        assert_says_what_happened(done, before, h)
        h.go_on()
        serve_signals(h, 0)
        assert_waits(h)
        plans.append(done)
    assert plans[0] == plans[1] == plans[2]


def operate(all_three: list[Harness], random: Random, mapping: dict[str, str] | None) -> str:
    """Does a random operation, tried first, with all harnesses; returns what became of it."""
    command = random_operation(random, all_three[0], mapping)
    plans = []
    try:
        for h in all_three:
            before, kept = Observed(h), state_of(h)
            thrown = len(h.signals)
            planned = h.plan(command)
            assert state_of(h) == kept, "a dry run changes something"
            done = h.operate(command)
            assert planned == done, "a dry run says something else than the run"
            if done.findings:
                assert state_of(h) == kept
            else:
                assert_says_what_happened(done, before, h)
                h.go_on()
                serve_signals(h, thrown)
            assert_waits(h)
            plans.append(done)
    except Exception as failure:
        failure.add_note(repr(command))
        raise
    assert plans[0] == plans[1] == plans[2]
    assert_equal(all_three)
    return plans[0].findings[0].reason if plans[0].findings else type(command).__name__


def comes_to_rest(h: Harness) -> None:
    """An instance that was operated on ends when its work is done, or waits for something that can be told."""
    if h.root.state is InstanceState.SUSPENDED:
        raise AssertionError("resume it first")
    for number in range(200):
        if h.root.state not in LIVES or has_grown(h):
            return
        if not actions(h):
            rows = h.rows.elements(h.root_id)
            assert h.waiting() or any(row.state is ElementState.JOIN for row in rows), h.active()
            break
        work = h.open_tasks() or h.incidents() or any(job.retries for job in h.rows.jobs(h.root_id))
        act(h, 0 if work else number, 0)
    if h.root.state in LIVES:
        h.cancel()
        assert h.state == "CANCELED"


def walk(seed: int, template: Path, seen: set[str]) -> None:
    """Starts an instance, works and operates on it, and brings it to rest."""
    random = Random(seed)
    files = files_of(random)
    mapping = None
    if random.random() < 0.6:
        version, mapping = renamed(files[0], random) if random.random() < 0.3 else changed(files[0], random)
        files.append(version)
    limits = Limits(steps=200, steps_per_slice=random.choice((1, 3, 5_000)))
    try:
        with triplets(files, limits, template) as all_three:
            first = all_three[0]
            restart(all_three, random.randint(0, 9))
            for _ in range(random.randint(2, 14)):
                if first.root.state not in LIVES or has_grown(first):
                    break
                if first.root.state is InstanceState.SUSPENDED or random.random() < 0.5:
                    seen.add(operate(all_three, random, mapping))
                else:
                    choice, value = random.randint(0, 30), random.randint(0, 9)
                    for h in all_three:
                        act(h, choice, value)
                    assert_equal(all_three)
            if first.root.state is InstanceState.SUSPENDED:
                first.resume_instance()
            comes_to_rest(first)
    except Exception as failure:
        failure.add_note(f"seed {seed}: make property MODELS=1 SEED={seed}")
        for content in files:
            failure.add_note(content.decode())
        raise


@pytest.mark.timeout(0)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_dry_run_of_a_random_operation_says_what_happens(batch, migrated_sqlite):
    """The plan equals what the real run did, and the instance can go on afterwards."""
    seen: set[str] = set()
    for seed in range(FIRST_SEED + batch, FIRST_SEED + MODELS, BATCHES):
        walk(seed, migrated_sqlite, seen)
    assert (
        MODELS < 100
        or {
            *("ModifyInstance", "SuspendInstance", "ResumeInstance", "MigrateInstance", "CancelInstance"),
            "NOT_ACTIVE",
        }
        <= seen
    )


def under_new_names(h: Harness, mapping: dict[str, str]) -> list[object]:
    """The rows of an instance, with the ids that another version gives its elements."""
    rows, root_id = h.rows, h.root_id

    def new(name: str | None) -> str | None:
        if name is not None and name.startswith("link "):
            return "link"  # the way that a token came by has the name that the link had then
        return None if name is None else mapping.get(name, name)

    elements = []
    for row in rows.elements(root_id):
        data = {key: value for key, value in row.data.items() if key not in ("definition", "depth")}
        if "tokens" in data:
            data["tokens"] = {new(flow): count for flow, count in data["tokens"].items()}
        for key in ("consumed", "queue"):
            if key in data:
                data[key] = [new(name) for name in data[key]]
        elements.append((row.seq, row.scope, new(row.element_id), row.state, new(row.flow), row.active, data))
    return [
        h.state,
        elements,
        [(task.seq, new(task.element_id)) for task in rows.user_tasks(root_id) if task.end_us is None],
        [(job.seq, new(job.element_id), job.retries) for job in rows.jobs(root_id)],
        [(one.seq, new(one.element_id), one.due_us, one.remaining) for one in rows.timers(root_id)],
        [(one.seq, new(one.element_id), one.kind, one.held) for one in rows.subscriptions(root_id)],
        [(one.seq, new(one.element_id)) for one in h.incidents()],
        [(one.seq, one.state) for one in rows.instances(root_id)],
        rows.variables(root_id),
    ]


def follow(seed: int, seen: set[str]) -> None:
    """Goes a path twice, once with a migration to a version of other names in between."""
    random = Random(seed)
    files = files_of(random)
    version, mapping = renamed(files[0], random)
    limits = Limits(steps=200, steps_per_slice=random.choice((1, 3, 5_000)))
    moved, stayed = (Harness([*files, version], MemoryRows(), limits=limits) for _ in range(2))
    try:
        n = random.randint(0, 9)
        for h in (moved, stayed):
            start(h, n)
        for number in range(random.randint(1, 25)):
            if moved.root.state not in LIVES or has_grown(moved):
                break
            if number and moved.root.definition_id == "d-p" and random.random() < 0.3:
                plan = moved.migrate("p2", mapping)
                assert plan.findings == ()
                assert {line.effect.value for line in plan.lines} <= {"MIGRATED"}
                seen.add("migrated")
            choice, value = random.randint(0, 30), random.randint(0, 9)
            for h in (moved, stayed):
                act(h, choice, value)
            there = moved.root.definition_id == "d-p2"
            assert under_new_names(moved, {}) == under_new_names(stayed, mapping if there else {})
    except Exception as failure:
        failure.add_note(f"seed {seed}: make property MODELS=1 SEED={seed}")
        for content in files:
            failure.add_note(content.decode())
        raise


@pytest.mark.timeout(0)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_migrated_instance_goes_on_as_it_would_have(batch):
    """To a version that differs in the ids only: each row is the same after each command, but for the ids."""
    seen: set[str] = set()
    for seed in range(FIRST_SEED + batch, FIRST_SEED + MODELS, BATCHES):
        follow(seed, seen)
    assert MODELS < 100 or seen == {"migrated"}
