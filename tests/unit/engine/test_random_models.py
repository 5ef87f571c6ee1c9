"""Random models on random paths: what has to be true of every model, whatever it looks like.

After every command ``tests.support.harness.check`` counts the tokens and looks for what was left behind, and each
element instance has to wait for something that is there. The same commands go to rows in memory, in a store, and given
when asked for; all must be equal after each, with all that happened.

A model and its path come from a seed, which a failure names. ``make property`` runs more of them: the variables
``BPMGRPC_RANDOM_MODELS`` (how many of each kind) and ``BPMGRPC_RANDOM_SEED`` (the first seed) say which.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from bpmgrpc.engine.execution import Limits
from bpmgrpc.engine.state import ElementState
from tests.support.harness import Harness
from tests.support.random_blocks import BlockModel, random_block
from tests.support.random_graphs import GraphModel
from tests.support.random_paths import Path as Steps
from tests.support.random_paths import actions, finish, has_grown, random_path, triplets, walk

MODELS = int(os.environ.get("BPMGRPC_RANDOM_MODELS", "200"))
FIRST_SEED = int(os.environ.get("BPMGRPC_RANDOM_SEED", "1"))
BATCHES = 4  # so that a run on several processors shares them


def seeds(batch: int) -> range:
    """The seeds of a batch."""
    return range(FIRST_SEED + batch, FIRST_SEED + MODELS, BATCHES)


def run(
    seed: int, files: list[bytes], path: Steps, template: Path, look: Callable[[Harness], None], *, steps: int = 1_000
) -> None:
    """Walks through a model in three ways, then looks at the first."""
    limits = Limits(steps=steps, steps_per_slice=path.steps_per_slice)
    try:
        with triplets(files, limits, template) as all_three:
            walk(all_three, path)
            look(all_three[0])
    except Exception as failure:
        failure.add_note(f"seed {seed}: make property MODELS=1 SEED={seed}\n{path}")
        for content in files:
            failure.add_note(content.decode())
        raise


def completes_once(h: Harness) -> None:
    """All work done ends the instance by one token."""
    if not has_grown(h) and finish(h):
        assert h.state == "COMPLETED", h.active()
        assert h.completed().count("end") == 1


@pytest.mark.timeout(0)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_block_model_loses_and_doubles_no_token(batch, migrated_sqlite):
    """Whatever the blocks and path: counts are right, reloading changes nothing, all work done ends the instance."""
    for seed in seeds(batch):
        random = Random(seed)
        model = BlockModel(random_block(random, random.randint(1, 7)))
        run(seed, model.files, random_path(random), migrated_sqlite, completes_once)


@pytest.mark.parametrize("kind", ("exclusive", "parallel", "inclusive"))
def test_random_model_writes_what_it_says(kind):
    """The models of this file are what they seem to be."""
    content = BlockModel((kind, [("user",), ("user",)])).files[0].decode()

    assert content.count(f"<{kind}Gateway") == 2
    assert content.count("<userTask") == 2


def is_gone_when_canceled(h: Harness) -> None:
    """Whatever state it is in, nothing is left; where nothing can be done, tokens wait for each other at joins."""
    if h.state == "ACTIVE":
        assert actions(h) or any(row.state is ElementState.JOIN for row in h.rows.elements(h.root_id)) or h.waiting()
        h.cancel()
        assert h.state == "CANCELED"


@pytest.mark.timeout(0)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_graph_loses_and_doubles_no_token(batch, migrated_sqlite):
    """Whatever leads wherever: counts are right, reloading changes nothing, nothing is left of what is canceled."""
    for seed in seeds(batch):
        random = Random(seed)
        model = GraphModel(random)
        run(seed, model.files, random_path(random), migrated_sqlite, is_gone_when_canceled, steps=100)
