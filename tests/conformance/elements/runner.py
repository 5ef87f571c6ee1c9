"""Runs a conformance case through the public contract.

Rule of this file: nothing is known but what the contract tells. A run opens a server on a database, does one step after
the other and reads states, history and incidents; where it ``reloads``, the server is closed after each step and
another one goes on from what is stored, so that nothing can hide in memory. Time is a clock that only the case moves.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from bpmgrpc.clock import ManualClock
from bpmgrpc.store import open_store
from bpmgrpc.v1 import admin_runtime_pb2, job_runtime_pb2
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.conformance.betsy import Bench, bench
from tests.conformance.elements.case import Case, Step
from tests.support.recent import check_recent

__all__ = ["Found", "empty_database", "expected", "run"]

APP: Final = "conformance"
_PAGE: Final = 1_000


class Found(NamedTuple):
    """What became of a case."""

    trace: tuple[str, ...]
    ends: tuple[str, ...]
    variables: Mapping[str, Any]
    incidents: tuple[str, ...]


def expected(case: Case) -> Found:
    """What should become of a case."""
    return Found(case.trace, case.ends, case.variables, case.incidents)


def empty_database(folder: Path) -> Path:
    """Makes a database with its tables, to be copied: that is quicker than to make each anew."""
    file = folder / "empty.db"
    store = open_store(f"sqlite:///{file}")
    store.migrate()
    store.close()
    return file


async def run(case: Case, url: str, *, reloads: bool) -> Found:
    """Runs a case.

    Args:
        case: The case.
        url: An empty database.
        reloads: Whether each step is done by a server of its own.

    Raises:
        AssertionError: The file is refused, or a step finds something else than the case says.
    """
    clock = ManualClock()
    steps = (Step("deploy", case.content.decode()), *case.steps)
    groups = [[step] for step in steps] if reloads else [steps]
    for group in groups:
        async with bench(url, clock) as server:
            for step in group:
                await _VERBS[step.verb](server, step)
                await _let_timers_fire(server)
                check_recent(server.runtime)
    async with bench(url, clock) as server:
        return await _look(server, case)


async def _let_timers_fire(server: Bench) -> None:
    while await server.timers.step() == 0:
        pass


async def _deploy(server: Bench, step: Step) -> None:
    refusal = await server.deploy_file("case.bpmn", step.name.encode(), APP)
    assert refusal is None, refusal


async def _start(server: Bench, step: Step) -> None:
    request = pb.StartProcessInstanceRequest(process_name=step.name, app_name=APP, variables=json.dumps(step.variables))
    await server.processes.StartProcessInstance(request)


async def _complete(server: Bench, step: Step) -> None:
    tasks = (await server.processes.ListUserTasks(pb.ListUserTasksRequest(app_name=APP, page_size=_PAGE))).user_tasks
    task = next((task for task in tasks if task.element_id == step.name), None)
    assert task is not None, f"no user task {step.name!r} is open: {[task.element_id for task in tasks]}"
    await server.processes.CompleteUserTask(
        pb.CompleteUserTaskRequest(user_task_id=task.user_task_id, user="ann", variables=json.dumps(step.variables))
    )


async def _lease(server: Bench, step: Step) -> dict[str, str]:
    request = job_runtime_pb2.ActivateJobsRequest(type=step.name, worker="worker", max_jobs=1)
    jobs = (await server.jobs.ActivateJobs(request)).jobs
    assert jobs, f"there is no job of type {step.name!r}"
    return {"job_id": jobs[0].job_id, "lease_token": jobs[0].lease_token}


async def _work(server: Bench, step: Step) -> None:
    lease = await _lease(server, step)
    await server.jobs.CompleteJob(job_runtime_pb2.CompleteJobRequest(variables=json.dumps(step.variables), **lease))


async def _throw_error(server: Bench, step: Step) -> None:
    lease = await _lease(server, step)
    await server.jobs.ThrowJobError(job_runtime_pb2.ThrowJobErrorRequest(error_code=step.key, **lease))


async def _publish(server: Bench, step: Step) -> None:
    variables = json.dumps(step.variables)
    await server.processes.PublishMessage(
        pb.PublishMessageRequest(message_name=step.name, correlation_key=step.key, app_name=APP, variables=variables)
    )


async def _broadcast(server: Bench, step: Step) -> None:
    variables = json.dumps(step.variables)
    await server.processes.BroadcastSignal(
        pb.BroadcastSignalRequest(signal_name=step.name, app_name=APP, variables=variables)
    )


async def _wait(server: Bench, step: Step) -> None:
    server.clock.advance(step.seconds)


async def _active(server: Bench, step: Step) -> None:
    found = []
    for instance in await _instances(server):
        request = pb.GetProcessInstanceRequest(process_instance_id=instance.process_instance_id)
        answer = await server.processes.GetProcessInstance(request)
        found += [element.element_id for element in answer.active_elements]
    assert sorted(found) == sorted(step.name.split())


_VERBS: Final[Mapping[str, Callable[[Bench, Step], Awaitable[None]]]] = {
    "active": _active,
    "broadcast": _broadcast,
    "complete": _complete,
    "deploy": _deploy,
    "publish": _publish,
    "start": _start,
    "throw_error": _throw_error,
    "wait": _wait,
    "work": _work,
}


async def _instances(server: Bench) -> list[ProcessInstance]:
    request = pb.ListProcessInstancesRequest(app_name=APP, page_size=_PAGE)
    return list((await server.processes.ListProcessInstances(request)).process_instances)


async def _look(server: Bench, case: Case) -> Found:
    trace: list[str] = []
    instances = await _instances(server)
    for instance in instances:
        if instance.root_process_instance_id == instance.process_instance_id:
            request = admin_runtime_pb2.ListHistoryEventsRequest(
                process_instance_id=instance.process_instance_id, page_size=_PAGE
            )
            events = (await server.admin.ListHistoryEvents(request)).history_events
            trace += [event.element_id for event in events if event.event_type == "ELEMENT_COMPLETED"]
    variables = {}
    if case.variables:
        (main,) = (one for one in instances if one.process_name == "p")
        first = pb.GetProcessInstanceRequest(process_instance_id=main.process_instance_id)
        text = (await server.processes.GetProcessInstance(first)).process_instance.variables
        variables = {name: value for name, value in json.loads(text).items() if name in case.variables}
    incidents = (await server.admin.ListIncidents(admin_runtime_pb2.ListIncidentsRequest())).incidents
    ends = (ProcessInstance.State.Name(one.state).removeprefix("STATE_") for one in instances)
    return Found(tuple(sorted(trace)), tuple(sorted(ends)), variables, tuple(sorted(one.reason for one in incidents)))
