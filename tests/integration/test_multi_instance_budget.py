"""A multi-instance activity costs the same statements however many instances it has."""

import json

import pytest

from tests.benchmarks.product import open_product
from tests.benchmarks.statements import Counting

BPMN = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:bpmgrpc="https://bpmgrpc.dev/schema/1.0" targetNamespace="t">'
    '<process id="many" isExecutable="true"><userTask id="m" bpmgrpc:candidateUsers="u">'
    "<multiInstanceLoopCharacteristics><extensionElements>"
    '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="results"'
    ' outputElement="=item"/></extensionElements></multiInstanceLoopCharacteristics></userTask></process></definitions>'
)
# One statement for each kind of row that a command writes; on PostgreSQL one. An instance with many rows is not
# remembered by the server that wrote it, so that the next command has to load what it needs of it.
BUDGET = {
    "sqlite": {2: {"start": 9, "complete": 10}, 100: {"start": 9, "complete": 18}, 1000: {"start": 9, "complete": 18}},
    "postgresql": {2: {"start": 1, "complete": 1}, 100: {"start": 1, "complete": 2}, 1000: {"start": 1, "complete": 2}},
}


@pytest.mark.parametrize("instances", (2, 100, pytest.param(1000, marks=pytest.mark.slow)))
async def test_instances_are_made_in_one_command_and_completed_at_the_same_cost(database_url, instances):
    """A thousand instances begin with as many statements as two, and one of them ends with as many as one of 100."""
    async with open_product(database_url, {"timers_poll_seconds": "3600"}) as product:
        caller = Counting(product)
        await caller.deploy("many", BPMN)
        await caller.start("many", '{"items":[0,1]}')  # fills the cache of definitions
        caller.counts.clear()
        for _ in range(3):  # what the background looks for meanwhile is counted too, but not every time
            await caller.start("many", json.dumps({"items": list(range(instances))}))
        tasks = await caller.tasks("u")
        for task in tasks[2:5]:  # the first two are of the first instance
            await caller.claim(task, "u")
            await caller.complete(task, "u", "")

    budget = BUDGET[database_url.partition(":")[0]][instances]
    assert {name: min(caller.counts[name]) for name in budget} == budget
