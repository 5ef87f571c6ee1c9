"""Variables keep their source text through every call; what is no JSON object is refused before it does anything."""

import json
from typing import Any

import pytest

from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import job_runtime_pb2 as job_pb
from bpmgrpc.v1 import process_runtime_pb2 as pb
from tests.integration.runtime.servers import JOB, USER_TASK, Server, failure
from tests.support.harness import bpmn, flows

EXACT = (
    "12345678901234567890123",
    "-0.0",
    "1.10",
    "1E5",
    "1e-400",
    "0.1000000000000000055511151231257827",
    '"จองห้อง 🏠 \\u0e01 \\n \\"q\\""',
    '"\\u0000"',
    '{"b":{"z":1.0,"a":[1E5,null,true]},"":2}',
    "[]",
    "null",
)


@pytest.mark.parametrize("text", EXACT, ids=ascii)
async def test_value_keeps_its_source_text(reached: Server, text: str) -> None:
    """A value that nobody computes with comes back as it was written, whichever call wrote and whichever reads it."""
    await reached.deploy(USER_TASK)
    instance = await reached.start(variables=f'{{"started":{text}}}')
    task = await reached.open_task(instance)
    request = pb.SetUserTaskVariablesRequest(user_task_id=task.user_task_id, variables=f'{{"set":{text}}}')
    answer = await reached.processes.SetUserTaskVariables(request)
    seen = await reached.variables(task)
    await reached.complete(task, f'{{"completed":{text}}}')

    expected = f'{{"set":{text},"started":{text}}}'
    assert (answer.variables, seen) == (expected, expected)
    found = (await reached.instance(instance)).variables
    assert found == f'{{"completed":{text},"set":{text},"started":{text}}}'


@pytest.mark.parametrize("text", EXACT, ids=ascii)
async def test_value_keeps_its_source_text_through_a_worker(server: Server, text: str) -> None:
    """The same where a job hands it out and takes it back."""
    await server.deploy(JOB)
    instance = await server.start(variables=f'{{"v":{text}}}')

    (job,) = await server.activate()
    await server.complete_job(job, f'{{"w":{text}}}')

    assert job.variables == f'{{"v":{text}}}'
    assert (await server.instance(instance)).variables == f'{{"v":{text},"w":{text}}}'


@pytest.mark.parametrize("length", (4_095, 4_096, 4_097, 300_000))
async def test_large_value_comes_back_whole(server: Server, length: int) -> None:
    """A value beyond what is loaded with the state is read, kept and handed out like any other."""
    await server.deploy(JOB)
    text = json.dumps("ก" * (length // 3) + "x" * (length % 3))
    await server.start(variables=f'{{"v":{text}}}')

    (job,) = await server.activate()

    assert job.variables == f'{{"v":{text}}}'


REFUSED = {
    "not JSON": "booking",
    "an array": "[1]",
    "a text": '"a"',
    "a comma too many": '{"a":1,}',
    "a member twice": '{"a":1,"a":2}',
    "a member twice inside": '{"a":{"b":1,"b":2}}',
    "not a number": '{"a":NaN}',
    "an infinity": '{"a":-Infinity}',
    "a lone surrogate": '{"a":"\\ud800"}',
    "a NUL in a name": '{"a\\u0000":1}',
    "1,001 digits": '{"a":' + "1" * 1_001 + "}",
    "101 deep": '{"a":' + "[" * 101 + "]" * 101 + "}",
    "100,000 deep": '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
    "a control character": '{"a":"\n"}',
    "more after the end": "{} {}",
}


@pytest.mark.parametrize("case", REFUSED)
async def test_text_that_is_no_json_object_is_refused_by_every_call(server: Server, case: str) -> None:
    """INVALID_ARGUMENT names the field, and nothing has changed."""
    text = REFUSED[case]
    await server.deploy(USER_TASK)
    instance = await server.start(variables='{"a":1}')
    task = await server.open_task(instance)
    calls: list[Any] = [
        server.start(variables=text),
        server.complete(task, text),
        server.processes.SetUserTaskVariables(
            pb.SetUserTaskVariablesRequest(user_task_id=task.user_task_id, variables=text)
        ),
        server.jobs.CompleteJob(job_pb.CompleteJobRequest(job_id="x", lease_token="t", variables=text)),
        server.jobs.FailJob(job_pb.FailJobRequest(job_id="x", lease_token="t", variables=text)),
        server.jobs.ThrowJobError(
            job_pb.ThrowJobErrorRequest(job_id="x", lease_token="t", error_code="E", variables=text)
        ),
        server.admin.ResolveIncident(admin_pb.ResolveIncidentRequest(incident_id="x", variables=text)),
    ]

    found = [await failure(call) for call in calls]

    # A job id that is none of ours may be told first: both are wrong whatever the state is.
    assert [code for code, _, _ in found[:3]] == ["INVALID_ARGUMENT"] * 3
    assert {code for code, _, _ in found[3:]} <= {"INVALID_ARGUMENT", "NOT_FOUND"}
    assert all(text.startswith("variables") for _, _, text in found[:3])
    assert all(len(text) < 1_000 for _, _, text in found)
    assert (await server.instance(instance)).variables == '{"a":1}'
    assert len(await server.instances()) == 1


async def test_number_of_1000_digits_and_100_levels_are_taken(server: Server) -> None:
    """The limits are what is still allowed."""
    await server.deploy(USER_TASK)
    text = '{"deep":' + "[" * 99 + "]" * 99 + ',"long":' + "9" * 1_000 + "}"

    instance = await server.start(variables=text)

    assert (await server.instance(instance)).variables == text


async def test_members_are_in_order_of_their_names(server: Server) -> None:
    """The same object comes back whatever the order in which its members were written, on both databases."""
    await server.deploy(USER_TASK)
    instance = await server.start(variables='{"é":1,"b":2,"B":3,"a":4,"ก":5,"_":6,"1":7}')

    found = (await server.instance(instance)).variables

    assert found == '{"1":7,"B":3,"_":6,"a":4,"b":2,"é":1,"ก":5}'


NUL = "a\0b"
LONG = "x" * 256


@pytest.mark.parametrize("name", (NUL, LONG), ids=["NUL", "256 characters"])
async def test_name_that_is_none_is_refused_by_every_call(server: Server, name: str) -> None:
    """A name has at most 255 characters and no NUL; the error names its field."""
    await server.deploy(USER_TASK)
    task = (await server.open_task(await server.start())).user_task_id
    file = pb.ResourceFile(name="p.bpmn", content=USER_TASK)
    deploy, start, tasks = (
        pb.DeployProcessDefinitionsRequest,
        pb.StartProcessInstanceRequest,
        pb.ListUserTasksRequest,
    )
    cases: list[tuple[str, Any]] = [
        ("app_name", server.processes.DeployProcessDefinitions(deploy(files=[file], app_name=name))),
        ("version_tag", server.processes.DeployProcessDefinitions(deploy(files=[file], version_tag=name))),
        (
            "files[0].name",
            server.processes.DeployProcessDefinitions(deploy(files=[pb.ResourceFile(name=name, content=USER_TASK)])),
        ),
        ("process_name", server.processes.StartProcessInstance(start(process_name=name))),
        ("business_key", server.processes.StartProcessInstance(start(process_name="p", business_key=name))),
        ("user", server.processes.ClaimUserTask(pb.ClaimUserTaskRequest(user_task_id=task, user=name))),
        ("user", server.processes.CompleteUserTask(pb.CompleteUserTaskRequest(user_task_id=task, user=name))),
        ("users[1]", server.processes.AssignUserTask(pb.AssignUserTaskRequest(user_task_id=task, users=["a", name]))),
        ("work_party", server.processes.AssignUserTask(pb.AssignUserTaskRequest(user_task_id=task, work_party=name))),
        ("role", server.processes.ListUserTasks(tasks(role=name))),
        ("group", server.processes.ListUserTasks(tasks(group=name))),
        ("assignee", server.processes.ListUserTasks(tasks(assignee=name))),
        ("type", server.jobs.ActivateJobs(job_pb.ActivateJobsRequest(type=name, worker="w"))),
        ("worker", server.jobs.ActivateJobs(job_pb.ActivateJobsRequest(type="t", worker=name))),
        ("user", server.admin.GetDirectoryUser(admin_pb.GetDirectoryUserRequest(user=name))),
    ]

    for field, call in cases:
        code, _, text = await failure(call)
        assert (code, text.partition(":")[0]) == ("INVALID_ARGUMENT", field)
    assert len(await server.instances()) == 1


@pytest.mark.parametrize("wanted", ("x", "0123456789abcdefghjk-99", "-", "a\0b", "é" * 70, "0" * 5_000), ids=ascii)
async def test_id_that_is_none_of_ours_is_unknown(server: Server, wanted: str) -> None:
    """Ids are opaque: one that cannot be ours is NOT_FOUND, one with NUL INVALID_ARGUMENT; the text stays short."""
    expected = "INVALID_ARGUMENT" if "\0" in wanted else "NOT_FOUND"

    found = [
        await failure(server.processes.GetUserTask(pb.GetUserTaskRequest(user_task_id=wanted))),
        await failure(server.instance(wanted)),
        await failure(
            server.processes.GetProcessDefinition(pb.GetProcessDefinitionRequest(process_definition_id=wanted))
        ),
        await failure(server.start(process_definition_id=wanted)),
        await failure(server.jobs.CompleteJob(job_pb.CompleteJobRequest(job_id=wanted, lease_token="t"))),
        await failure(server.admin.ResolveIncident(admin_pb.ResolveIncidentRequest(incident_id=wanted))),
    ]

    codes = [code for code, _, _ in found]
    if len(wanted) > 255:
        assert codes.pop(3) in {"INVALID_ARGUMENT", "NOT_FOUND"}  # a start reads it as a name first
    assert set(codes) == {expected}
    assert all(len(text) < 500 for _, _, text in found)


NESTED = bpmn(
    '<startEvent id="s"/><endEvent id="e"/>'
    '<subProcess id="inner"><startEvent id="is"/><userTask id="m" camunda:candidateUsers="ann">'
    "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    '<extensionElements><camunda:inputOutput><camunda:inputParameter name="local">${outer + 1}</camunda:inputParameter>'
    "</camunda:inputOutput></extensionElements></userTask>"
    '<endEvent id="ie"/>' + flows("is -> m", "m -> ie") + "</subProcess>" + flows("s -> inner", "inner -> e")
)


async def test_answer_is_what_the_task_sees(reached: Server) -> None:
    """Its own variables, those of the scopes around it, large ones, and none of a neighbour."""
    await reached.deploy(NESTED)
    large = "x" * 20_000
    await reached.start(variables=f'{{"outer":1,"large":"{large}"}}')
    first, second = await reached.tasks()

    request = pb.SetUserTaskVariablesRequest(user_task_id=first.user_task_id, variables='{"local":5,"new":[1.0]}')
    answer = await reached.processes.SetUserTaskVariables(request)

    assert answer.variables == await reached.variables(first)
    assert json.loads(answer.variables)["local"] == 5
    assert json.loads(answer.variables)["large"] == large
    assert json.loads(await reached.variables(second))["local"] == 2


async def test_repeated_request_is_answered_as_the_first_time(reached: Server) -> None:
    """Whatever was set in the meantime; nothing is set again."""
    await reached.deploy(USER_TASK)
    task = await reached.open_task(await reached.start(variables='{"a":1}'))
    request = pb.SetUserTaskVariablesRequest(user_task_id=task.user_task_id, variables='{"b":2}', request_id="r-1")
    first = await reached.processes.SetUserTaskVariables(request)
    other = pb.SetUserTaskVariablesRequest(user_task_id=task.user_task_id, variables='{"b":3,"c":4}')
    await reached.processes.SetUserTaskVariables(other)

    again = await reached.processes.SetUserTaskVariables(request)

    assert first.variables == again.variables == '{"a":1,"b":2}'
    assert await reached.variables(task) == '{"a":1,"b":3,"c":4}'
