"""Servers of this release on the schema of the next one: those that run when it comes, and those that start on it."""

import json

import pytest
from sqlalchemy import text

from bpmgrpc.server.application import open_application
from bpmgrpc.server.errors import StartError
from bpmgrpc.settings import Settings
from bpmgrpc.store.migrate import check_schema
from bpmgrpc.v1 import process_instance_pb2 as instances
from bpmgrpc.v1 import process_runtime_pb2 as runtime
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import deploy, flow, process, start
from tests.e2e.server_process import SECONDS, ServerProcess
from tests.support.database import connected

# What a release may add while the last one runs; see bpmgrpc.store.compatibility.
ADDED = (
    "ALTER TABLE user_task ADD COLUMN mood TEXT",
    "ALTER TABLE process_instance ADD COLUMN mood TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE mood (name VARCHAR(10) PRIMARY KEY)",
    "CREATE INDEX ix_user_task_mood ON user_task (mood)",
    "UPDATE alembic_version SET version_num = '9999'",
)
MODEL = (
    '<bpmn:startEvent id="s"/><bpmn:userTask id="a" bpmgrpc:candidateUsers="ann"/>'
    '<bpmn:userTask id="b" bpmgrpc:candidateUsers="ann"/><bpmn:endEvent id="e"/>'
    + flow("s", "a")
    + flow("a", "b")
    + flow("b", "e")
)


def migrate_to_the_next_release(url: str) -> None:
    with connected(url) as connection:
        for statement in ADDED:
            connection.execute(text(statement))


def do_next_task(server: ServerProcess, instance: str) -> str:
    """Claims and completes the one task of an instance; returns its element."""
    wanted = runtime.ListUserTasksRequest(process_instance_id=instance, user="ann")
    (task,) = server.processes.ListUserTasks(wanted, timeout=SECONDS).user_tasks
    claim = runtime.ClaimUserTaskRequest(user_task_id=task.user_task_id, user="ann")
    server.processes.ClaimUserTask(claim, timeout=SECONDS)
    complete = runtime.CompleteUserTaskRequest(
        user_task_id=task.user_task_id, user="ann", variables=json.dumps({task.element_id: 1})
    )
    server.processes.CompleteUserTask(complete, timeout=SECONDS)
    return task.element_id


@pytest.mark.postgresql
def test_servers_of_the_last_release_go_on_while_the_next_one_comes(
    postgresql_url: str, run_server: ServerFactory
) -> None:
    """One that runs when the schema changes serves on, one that starts afterwards serves too, on the same instances."""
    running = run_server(postgresql_url)
    deploy(running, process("p", MODEL))
    first = start(running, "p")

    migrate_to_the_next_release(postgresql_url)
    started = run_server(postgresql_url)
    second = start(started, "p")

    assert check_schema(postgresql_url).current == "9999"
    assert [do_next_task(started, first), do_next_task(running, first)] == ["a", "b"]
    assert [do_next_task(running, second), do_next_task(started, second)] == ["a", "b"]
    for instance in (first, second):
        request = runtime.GetProcessInstanceRequest(process_instance_id=instance)
        found = running.processes.GetProcessInstance(request, timeout=SECONDS).process_instance
        assert found.state == instances.ProcessInstance.STATE_COMPLETED


async def test_server_that_is_too_old_does_not_start(database_url: str) -> None:
    """It says what the schema needs, and leaves it alone."""
    settings = Settings(database_url=database_url)
    await (await open_application(settings)).close()
    with connected(database_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE schema_compatibility SET oldest_program = '9998'"))

    with pytest.raises(StartError, match="needs a program of '9998' or later"):
        await open_application(settings)

    assert check_schema(database_url).current == "9999"
