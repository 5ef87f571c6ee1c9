"""Deploys the reference models of the interchange working group and walks through those that are executable.

Rule of this file: the suite holds no expectations, so a walk says what people and workers do and is right when the
instance completes without an incident. People and workers are played by the contract alone, as in any client.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bpmgrpc.bpmn.model import Verdict
from bpmgrpc.runtime.deployment import ResourceFile, check_files
from bpmgrpc.v1 import admin_runtime_pb2, job_runtime_pb2
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.conformance.betsy import Bench, bench

__all__ = ["WALKS", "Model", "Walk", "models", "walk"]

_STEPS = 60  # of work and waiting; a walk that needs more does not end
_PAUSE_SECONDS = 86_400.0  # at most, so that work between two timers is done in time


@dataclass(frozen=True)
class Walk:
    """One way through a model.

    Attributes:
        file: The model.
        process: The process that is started.
        message: The message that starts it; empty where a call does.
        variables: What it is started with.
        results: What workers answer, by job type.
        answers: What people answer, by the id of the user task.
    """

    file: str
    process: str
    message: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


_CLARIFIED = {"reviewInvoice": {"clarified": "yes", "approved": True}}
_VACATION = {"From": "2026-12-01", "To": "2026-12-05", "Employee Badge Number": 7}
_EMPLOYEE = {"email": "ann@example.org", "name": "Ann", "days": 20}
WALKS = (
    Walk(
        "C.1.0.bpmn",
        "bpmn-miwg-test-case-c.1.0",
        message="invoice-received-C.1.0",
        results={"archiveService": {}},
        answers={"assignApprover": {"approver": "Bob"}, "approveInvoice": {"approved": True}, **_CLARIFIED},
    ),
    Walk(
        "C.1.1.bpmn",
        "handle-invoice",
        results={"archiveService": {}},
        answers={"assignApprover": {"approver": "Bob"}, "approveInvoice": {"approved": True}, **_CLARIFIED},
    ),
    Walk(
        "C.8.1.bpmn",
        "VacationRequestProcess",
        variables=_VACATION,
        results={
            "http": {"body": {"value": [_EMPLOYEE]}, "vacation": {"value": [_EMPLOYEE]}},
            "DMN": {"Vacation Approval Status": {"Approval": "Approved", "Reason": "enough days left"}},
            "update": {},
            "emailService": {},
        },
    ),
    Walk(
        "C.9.2.bpmn",
        "ManualCheck",
        variables={
            "risks": ["age"],
            "applicant": {"age": 17, "name": "Ann"},
            "documentReferenceId": "D-1",
            "fraudSuspectedId": "F-1",
        },
        results={"notifyCustomerDelay": {}},
    ),
    Walk(
        "C.9.0.bpmn",
        "customer_onboarding_en",
        variables={
            "applicant": {"name": "Ann", "email": "ann@example.org"},
            "applicationNumber": 7,
            "corporation": "ACME",
            "product": "account",
        },
        results={
            "calculateScore": {"score": 700},
            "BusinessRuleTask_CheckApplicationAutomatically": {"result": {"riskLevel": ["green"], "risk": []}},
            "issuePolicy": {},
            "io.camunda:sendgrid:1": {},
        },
    ),
    Walk("C.9.1.bpmn", "requestDocument_en", variables={"documentReferenceId": "D-1"}, results={"emailService": {}}),
)


@dataclass(frozen=True)
class Model:
    """A reference model and what a deployment says of it.

    Attributes:
        name: Its file.
        executable: Whether it declares an executable process.
        nodes: Flow nodes of all its processes.
        refused: Why it is not deployed.
        ignored: How many elements of each kind are ignored.
    """

    name: str
    executable: bool
    nodes: int
    refused: tuple[str, ...]
    ignored: Mapping[str, int]


def models(folder: Path) -> Iterator[Model]:
    """Judges the reference models.

    Args:
        folder: Where they are, with their manifest.
    """
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for entry in manifest["files"]:
        name = entry["file"]
        (checked,) = check_files([ResourceFile(name, (folder / name).read_bytes())])
        ignored = Counter(found.element_type for found in checked.findings if found.verdict is Verdict.IGNORED)
        refused = tuple(
            f"{found.element_type} {found.element_id}: {found.reason}" for found in checked.refusals if found.element_id
        )
        nodes = sum(process["flow_nodes"] for process in entry["processes"])
        yield Model(name, bool(entry["executable"]), nodes, refused, ignored)


async def walk(way: Walk, folder: Path, url: str) -> str:
    """Walks through a model on a fresh database.

    Returns:
        "completed", or what came instead.
    """
    async with bench(url) as runtime:
        refusal = await runtime.deploy_file(way.file, (folder / way.file).read_bytes(), "miwg")
        if refusal is not None:
            return f"refused: {refusal}"
        instance_id = await _start(runtime, way)
        for _ in range(_STEPS):
            worked = await _work(runtime, way)
            found = await runtime.processes.GetProcessInstance(
                pb.GetProcessInstanceRequest(process_instance_id=instance_id)
            )
            if found.process_instance.state != ProcessInstance.STATE_ACTIVE:
                return ProcessInstance.State.Name(found.process_instance.state).removeprefix("STATE_").lower()
            incidents = await runtime.admin.ListIncidents(admin_runtime_pb2.ListIncidentsRequest())
            if incidents.incidents:
                return f"incident: {incidents.incidents[0].message}"
            pause = await runtime.timers.step()
            if not worked:
                runtime.clock.advance(min(pause, _PAUSE_SECONDS))
        return "does not end"


async def _start(runtime: Bench, way: Walk) -> str:
    variables = json.dumps(way.variables)
    if way.message:
        request = pb.PublishMessageRequest(message_name=way.message, app_name="miwg", variables=variables)
        await runtime.processes.PublishMessage(request)
        started = await runtime.processes.ListProcessInstances(pb.ListProcessInstancesRequest())
        return str(started.process_instances[0].process_instance_id)
    answer = await runtime.processes.StartProcessInstance(
        pb.StartProcessInstanceRequest(process_name=way.process, app_name="miwg", variables=variables)
    )
    return str(answer.process_instance.process_instance_id)


async def _work(runtime: Bench, way: Walk) -> bool:
    """Plays people and workers; returns whether there was something to do."""
    worked = False
    for type, results in way.results.items():
        found = await runtime.jobs.ActivateJobs(
            job_runtime_pb2.ActivateJobsRequest(type=type, worker="walk", max_jobs=100)
        )
        for job in found.jobs:
            worked = True
            request = job_runtime_pb2.CompleteJobRequest(
                job_id=job.job_id, lease_token=job.lease_token, variables=json.dumps(results)
            )
            await runtime.jobs.CompleteJob(request)
    open_states = [UserTask.STATE_WAITING, UserTask.STATE_ASSIGNED, UserTask.STATE_CLAIMED]
    tasks = await runtime.processes.ListUserTasks(pb.ListUserTasksRequest(states=open_states))
    for task in tasks.user_tasks:
        worked = True
        user = task.assignee
        if not user:  # no directory says who belongs to the model's groups
            user = "ann"
            await runtime.processes.AssignUserTask(
                pb.AssignUserTaskRequest(user_task_id=task.user_task_id, users=[user])
            )
        answers = json.dumps(way.answers.get(task.element_id, {}))
        await runtime.processes.CompleteUserTask(
            pb.CompleteUserTaskRequest(user_task_id=task.user_task_id, user=user, variables=answers)
        )
    return worked
