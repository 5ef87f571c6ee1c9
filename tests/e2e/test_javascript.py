"""Scripts in JavaScript on a whole server, over gRPC, and on one that does not run them."""

import json

import grpc
import pytest

from bpmgrpc.server.application import open_application
from bpmgrpc.server.errors import StartError
from bpmgrpc.settings import Settings
from bpmgrpc.v1 import admin_runtime_pb2 as admin
from bpmgrpc.v1 import job_runtime_pb2 as jobs
from bpmgrpc.v1 import process_runtime_pb2 as runtime
from tests.e2e.conftest import ServerFactory
from tests.e2e.server_process import SECONDS, ServerProcess
from tests.support.harness import bpmn, flows


def model(script: str) -> bytes:
    return bpmn(
        '<startEvent id="s"/><scriptTask id="t" scriptFormat="javascript">'
        f'<script><![CDATA[{script}]]></script></scriptTask><userTask id="a"/>' + flows("s -> t", "t -> a")
    )


def deploy(server: ServerProcess, content: bytes) -> runtime.DeployProcessDefinitionsResponse:
    request = runtime.DeployProcessDefinitionsRequest(files=[{"name": "p.bpmn", "content": content}])
    return server.processes.DeployProcessDefinitions(request, timeout=SECONDS)


def start(server: ServerProcess, **variables: object) -> str:
    request = runtime.StartProcessInstanceRequest(process_name="p", variables=json.dumps(variables))
    return server.processes.StartProcessInstance(request, timeout=SECONDS).process_instance.process_instance_id


def variables(server: ServerProcess, instance: str) -> str:
    request = runtime.ListUserTasksRequest(process_instance_id=instance)
    (task,) = server.processes.ListUserTasks(request, timeout=SECONDS).user_tasks
    wanted = runtime.GetUserTaskVariablesRequest(user_task_id=task.user_task_id)
    return server.processes.GetUserTaskVariables(wanted, timeout=SECONDS).variables


def test_script_runs_in_the_server(database_url: str, run_server: ServerFactory) -> None:
    """A script sets variables in the call that reaches it, a 64-bit id exactly, and so does another server later."""
    server = run_server(database_url, javascript="true")
    deploy(server, model("execution.setVariable('next', id + 1n); execution.setVariable('n', items.length)"))
    first = start(server, id=9007199254740993, items=[1, 2])
    assert json.loads(variables(server, first)) == {
        "id": 9007199254740993,
        "items": [1, 2],
        "next": 9007199254740994,
        "n": 2,
    }

    server.restart_after_kill()

    assert json.loads(variables(server, start(server, id=9223372036854775807, items=[])))["next"] == 2**63


def test_hostile_script_is_an_incident(sqlite_url: str, run_server: ServerFactory) -> None:
    """A script that nothing interrupts costs its instance an incident and the server nothing."""
    server = run_server(sqlite_url, javascript="true")
    deploy(server, model("Array.prototype.join.call({length: 2 ** 32})"))

    instance = start(server)

    request = admin.ListIncidentsRequest(process_instance_id=instance)
    (incident,) = server.admin.ListIncidents(request, timeout=SECONDS).incidents
    assert (incident.element_id, incident.reason) == ("t", "EXPRESSION_ERROR")
    assert "takes too long or needs too much memory" in incident.message
    deploy(server, model("execution.setVariable('x', 1)"))
    assert variables(server, start(server)) == '{"x":1}'


def test_syntax_error_is_refused_at_deployment(sqlite_url: str, run_server: ServerFactory) -> None:
    """The refusal names file, element, and the place in the script."""
    server = run_server(sqlite_url, javascript="true")

    with pytest.raises(grpc.RpcError) as refusal:
        deploy(server, model("var a = 1;\n b c"))

    assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "scriptTask 't': the script 'var a = 1; b c' cannot be read" in refusal.value.details()
    assert "(line 2, column 4)" in refusal.value.details()


def test_server_without_the_setting_makes_a_job(sqlite_url: str, run_server: ServerFactory) -> None:
    """The setting decides when a task is entered: where it is off a worker gets the script, whoever deployed it."""
    server = run_server(sqlite_url, javascript="true")
    deploy(server, model("execution.setVariable('x', 1)"))
    server.end()
    server = run_server(sqlite_url)

    start(server)

    request = jobs.ActivateJobsRequest(type="javascript", worker="w", max_jobs=1)
    (job,) = server.jobs.ActivateJobs(request, timeout=SECONDS).jobs
    assert job.custom_headers["script"] == "execution.setVariable('x', 1)"


async def test_server_without_the_package_does_not_start(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> None:
    """The setting without its package is refused at the start, with the command that installs it."""
    monkeypatch.setattr("bpmgrpc.server.application.is_installed", lambda: False)

    with pytest.raises(StartError, match=r"pip install 'bpmgrpc\[javascript\]'") as refusal:
        await open_application(Settings(database_url=sqlite_url, javascript=True))

    assert refusal.value.usage
