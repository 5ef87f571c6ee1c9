"""docs/howto/assignment.md says what happens: its models are deployed and run as they are written."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bpmgrpc.engine.assignment import Strategy
from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1.directory_pb2 import DirectoryUser, WorkParty
from tests.integration.runtime.servers import Server
from tests.support.harness import bpmn, flows

TEXT = (Path(__file__).parents[3] / "docs" / "howto" / "assignment.md").read_text("utf-8")


def written_tasks() -> dict[str, str]:
    """The user tasks that the document shows, by id."""
    lines = "\n".join(line for line in TEXT.splitlines() if line.startswith("    "))
    found = re.findall(r"<userTask\b(?:[^<>]|>=)*?/>|<userTask\b.*?</userTask>", lines, re.DOTALL)
    return {re.search(r'id="(\w+)"', task)[1]: task for task in found}  # type: ignore[index]


def test_document_has_every_strategy() -> None:
    """The table names the strategies that there are."""
    table = re.findall(r"^\| `(\w+)` \|", TEXT.split("\n## ")[0], re.MULTILINE)

    assert sorted(table) == sorted(strategy.value for strategy in Strategy)


async def test_models_of_the_document_run_as_written(server: Server) -> None:
    """Each task of the document goes to whom the document says."""
    tasks = written_tasks()
    users = [
        DirectoryUser(user="ann", groups=["hotline"]),
        DirectoryUser(user="bob", groups=["hotline"], roles=["agent"]),
        DirectoryUser(user="cat", roles=["agent"]),
    ]
    parties = [WorkParty(work_party="desk", users=["ann", "bob"]), WorkParty(work_party="board", users=["eve", "fay"])]
    await server.admin.ImportDirectory(admin_pb.ImportDirectoryRequest(users=users, work_parties=parties))
    (lane,) = re.findall(r"<lane .*?</lane>", TEXT)
    tasks["laid"] = '<userTask id="laid"/>'
    lanes = f"<laneSet>{lane.replace('…', '<flowNodeRef>laid</flowNodeRef>')}</laneSet>"
    body = lanes + '<startEvent id="s"/>' + "".join(tasks.values())
    await server.deploy(bpmn(body + flows(*(f"s -> {name}" for name in tasks))))

    found, offered, asked = [], [], []
    for amount, risk in ((1_000, "low"), (500, "low"), (1, "low")):
        variables = {"nearestAgents": ["dan", "cat"], "amount": amount, "risk": risk}
        instance = await server.start("p", json.dumps(variables))
        (job,) = await server.activate(type_="who-repairs")
        asked.append(dict(job.custom_headers))
        await server.complete_job(job, f'{{"assignee":"who repairs {amount}"}}')
        tasks_of = await server.tasks(instance)
        found.append({name: sorted(task.assignee for task in tasks_of if task.element_id == name) for name in tasks})
        (approve,) = (task for task in tasks_of if task.element_id == "approve")
        offered.append((approve.work_party, list(approve.candidate_roles), list(approve.candidate_groups)))

    everybody = {"approve": [""], "vote": ["eve", "fay"]}
    assert found == [
        {
            "check": ["ann"],
            "call": ["bob"],
            "visit": ["cat"],
            "laid": ["bob"],
            "repair": ["who repairs 1000"],
            **everybody,
        },
        {"check": ["ann"], "call": ["ann"], "visit": [""], "laid": ["bob"], "repair": ["who repairs 500"], **everybody},
        {"check": ["ann"], "call": ["bob"], "visit": [""], "laid": ["bob"], "repair": ["who repairs 1"], **everybody},
    ]
    assert asked == [{"candidateGroups": "hotline"}] * 3
    assert offered == [("board", [], []), ("", ["agent"], []), ("", [], ["hotline"])]
