"""docs/howto/assignment.md says what happens: its models are deployed and run as they are written."""

from __future__ import annotations

import re
from pathlib import Path

from bpmgrpc.engine.assignment import Strategy
from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.directory_pb2 import DirectoryUser, WorkParty
from tests.integration.runtime.servers import Server
from tests.support.harness import bpmn, flows

TEXT = (Path(__file__).parents[3] / "docs" / "howto" / "assignment.md").read_text("utf-8")


def written_tasks() -> dict[str, str]:
    """The user tasks that the document shows, by id."""
    lines = "\n".join(line for line in TEXT.splitlines() if line.startswith("    "))
    found = re.findall(r"<userTask\b.*?(?:/>|</userTask>)", lines, re.DOTALL)
    return {re.search(r'id="(\w+)"', task)[1]: task for task in found}  # type: ignore[index]


def test_document_has_every_strategy() -> None:
    """The table names the strategies that there are."""
    table = re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)

    assert sorted(table) == sorted(strategy.value for strategy in Strategy)


async def test_models_of_the_document_run_as_written(server: Server) -> None:
    """Each task of the document goes to whom the document says."""
    tasks = written_tasks()
    users = [
        DirectoryUser(user="ann", groups=["hotline"]),
        DirectoryUser(user="bob", groups=["hotline"], roles=["agent"]),
        DirectoryUser(user="cat", roles=["agent"]),
    ]
    desk = WorkParty(work_party="desk", users=["ann", "bob"])
    await server.admin.ImportDirectory(admin_pb.ImportDirectoryRequest(users=users, work_parties=[desk]))
    body = '<startEvent id="s"/>' + "".join(tasks.values())
    await server.deploy(bpmn(body + flows(*(f"s -> {name}" for name in tasks))))

    found = []
    for _ in range(2):
        instance = await server.start("p", '{"nearestAgents": ["dan", "cat"]}')
        listed = await server.processes.ListUserTasks(pb.ListUserTasksRequest(process_instance_id=instance))
        found.append({task.element_id: task.assignee for task in listed.user_tasks})

    assert found == [
        {"check": "ann", "call": "bob", "visit": "cat"},
        {"check": "bob", "call": "ann", "visit": ""},
    ]
