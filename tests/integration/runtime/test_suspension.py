"""While an instance, or a definition, is suspended nothing in it moves; and nothing that reaches it is lost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from bpmgrpc.background.deliveries import LeftDeliveries
from bpmgrpc.background.timers import Timers
from bpmgrpc.clock import ManualClock
from bpmgrpc.runtime.jobs import Wish
from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import job_runtime_pb2 as job_pb
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.integration.runtime.servers import JOB, USER_TASK, Server, opened
from tests.support.harness import bpmn, catch_event, declared, event, flows, timer

WAITS = bpmn(
    '<startEvent id="s"/><userTask id="after"/>'
    + catch_event("timed", timer("timeDuration", "PT1M"))
    + catch_event("told", event("message", "M"))
    + catch_event("seen", event("signal", "S"))
    + flows("s -> timed", "s -> told", "s -> seen", "timed -> after", "told -> after", "seen -> after"),
    extra=declared("M", "S"),
)


@pytest.fixture
def clock() -> ManualClock:
    """The time of the server."""
    return ManualClock()


@pytest.fixture
async def server(database_url: str, clock: ManualClock) -> AsyncIterator[Server]:
    """A server whose background loops are not started."""
    async with opened(database_url, 1, clock=clock) as (one,):
        yield one


async def suspend(server: Server, instance: str) -> Any:
    return await server.admin.SuspendProcessInstance(
        admin_pb.SuspendProcessInstanceRequest(process_instance_id=instance)
    )


async def resume(server: Server, instance: str) -> Any:
    return await server.admin.ResumeProcessInstance(admin_pb.ResumeProcessInstanceRequest(process_instance_id=instance))


async def refused(call: Any) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        await call
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    return str(caught.value.details())


async def test_people_and_workers_are_refused_while_an_instance_is_suspended(server: Server) -> None:
    """Claim, complete, variables and the outcome of a job are refused, and work again afterwards."""
    await server.deploy(USER_TASK)
    instance = await server.start()
    task = await server.open_task(instance)
    await suspend(server, instance)

    for call in (
        server.claim(task, "u"),
        server.complete(task),
        server.processes.SetUserTaskVariables(
            pb.SetUserTaskVariablesRequest(user_task_id=task.user_task_id, variables="{}")
        ),
        suspend(server, instance),
    ):
        assert "SUSPENDED" in await refused(call)

    await resume(server, instance)
    await server.complete(task)
    assert (await server.instance(instance)).state == ProcessInstance.STATE_COMPLETED


async def test_job_of_a_suspended_instance_is_not_handed_out(server: Server, clock: ManualClock) -> None:
    """Neither a waiting job nor one whose lease ends; its worker cannot finish it; all is there again afterwards."""
    await server.deploy(JOB)
    instance = await server.start()
    (job,) = await server.activate()
    await suspend(server, instance)

    done = job_pb.CompleteJobRequest(job_id=job.job_id, lease_token=job.lease_token)
    assert "SUSPENDED" in await refused(server.jobs.CompleteJob(done))
    clock.advance(600)
    assert await server.activate() == []

    await resume(server, instance)
    (again,) = await server.activate()
    assert (again.job_id, again.retries) == (job.job_id, job.retries)
    await server.jobs.CompleteJob(job_pb.CompleteJobRequest(job_id=again.job_id, lease_token=again.lease_token))
    assert (await server.instance(instance)).state == ProcessInstance.STATE_COMPLETED


async def test_job_given_back_while_its_instance_is_suspended_waits(server: Server) -> None:
    """A worker whose stream breaks gives it back; nobody gets it before the instance is resumed, then at once."""
    await server.deploy(JOB)
    instance = await server.start()
    deadline = time.monotonic() + 30
    leased = await server.runtime.jobs.take(Wish(["work"], "w", 1, 60_000_000), deadline=deadline)
    await suspend(server, instance)

    await server.runtime.jobs.give_back(leased, deadline)
    assert await server.activate() == []

    await resume(server, instance)
    assert len(await server.activate()) == 1


async def test_what_reaches_a_suspended_instance_reaches_it_when_it_is_resumed(
    server: Server, clock: ManualClock
) -> None:
    """A timer that came due, a message that was published and a signal that was thrown in the meantime."""
    await server.deploy(WAITS)
    instance = await server.start()
    await suspend(server, instance)

    clock.advance(60)
    await Timers(server.runtime).step()
    await server.processes.PublishMessage(
        pb.PublishMessageRequest(message_name="M", time_to_live=Duration(seconds=3600))
    )
    await server.processes.BroadcastSignal(pb.BroadcastSignalRequest(signal_name="S"))
    for _ in range(3):
        clock.advance(2)
        await LeftDeliveries(server.runtime).step()
    assert await server.tasks(instance) == []

    await resume(server, instance)
    clock.advance(2)
    await Timers(server.runtime).step()
    await LeftDeliveries(server.runtime).step()
    assert len(await server.tasks(instance)) == 3


async def test_message_goes_to_another_instance_while_one_is_suspended(server: Server) -> None:
    """Of two that wait for a message the one that runs receives it."""
    await server.deploy(WAITS)
    held, running = await server.start(), await server.start()
    await suspend(server, held)

    await server.processes.PublishMessage(pb.PublishMessageRequest(message_name="M"))

    assert (len(await server.tasks(held)), len(await server.tasks(running))) == (0, 1)


async def test_modified_while_suspended_runs_when_resumed(server: Server) -> None:
    """What an operation starts in a suspended instance waits until it is resumed."""
    await server.deploy(USER_TASK)
    instance = await server.start()
    await suspend(server, instance)
    request = admin_pb.ModifyProcessInstanceRequest(
        process_instance_id=instance, instructions=[{"move": {"element_id": "t", "target_element_id": "e"}}]
    )
    await server.admin.ModifyProcessInstance(request)
    assert (await server.instance(instance)).state == ProcessInstance.STATE_SUSPENDED

    await resume(server, instance)

    assert (await server.instance(instance)).state == ProcessInstance.STATE_COMPLETED


@pytest.mark.parametrize("trigger", ("timer", "message", "signal"))
async def test_suspended_definition_is_started_by_no_event(server: Server, clock: ManualClock, trigger: str) -> None:
    """Its timers do not fire and its messages wait; a signal is not for it. Afterwards all start it again."""
    definition = timer("timeDuration", "PT1M") if trigger == "timer" else event(trigger, "X")
    content = bpmn(
        f'<startEvent id="s">{definition}</startEvent><userTask id="t"/>' + flows("s -> t"), extra=declared("X")
    )
    (deployed,) = await server.deploy(content)
    key = deployed.process_definition_id
    await server.admin.SuspendProcessDefinition(admin_pb.SuspendProcessDefinitionRequest(process_definition_id=key))

    clock.advance(60)
    await Timers(server.runtime).step()
    if trigger == "message":
        await server.processes.PublishMessage(
            pb.PublishMessageRequest(message_name="X", time_to_live=Duration(seconds=3600))
        )
    signal = pb.BroadcastSignalRequest(signal_name="X", app_name="default")
    await server.processes.BroadcastSignal(signal)
    assert await server.instances() == []

    await server.admin.ResumeProcessDefinition(admin_pb.ResumeProcessDefinitionRequest(process_definition_id=key))
    if trigger == "signal":
        await server.processes.BroadcastSignal(signal)
    clock.advance(2)
    await Timers(server.runtime).step()
    await LeftDeliveries(server.runtime).step()
    assert len(await server.instances()) == 1


async def test_suspended_definition_is_called_by_nobody(server: Server) -> None:
    """A call of it is an incident, which can be resolved once it is resumed."""
    (deployed,) = await server.deploy(bpmn('<startEvent id="s"/><userTask id="t"/>' + flows("s -> t"), process="q"))
    await server.deploy(bpmn('<startEvent id="s"/><callActivity id="c" calledElement="q"/>' + flows("s -> c")))
    key = deployed.process_definition_id
    await server.admin.SuspendProcessDefinition(admin_pb.SuspendProcessDefinitionRequest(process_definition_id=key))

    instance = await server.start()

    (incident,) = (await server.admin.ListIncidents(admin_pb.ListIncidentsRequest())).incidents
    assert (incident.reason, "suspended" in incident.message) == ("CALLED_PROCESS_NOT_FOUND", True)
    await server.admin.ResumeProcessDefinition(admin_pb.ResumeProcessDefinitionRequest(process_definition_id=key))
    await server.admin.ResolveIncident(admin_pb.ResolveIncidentRequest(incident_id=incident.incident_id))
    assert [task.element_id for task in await server.tasks(instance)] == ["t"]
