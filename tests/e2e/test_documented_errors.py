"""Every error that the contract's comments name for an RPC occurs, over gRPC and REST and on both databases, with
the details that they promise.

`CASES` has one row for each code that stands in an RPC's comment; a row gives the request that meets it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf import descriptor_pool
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from bpmgrpc.v1 import admin_runtime_pb2 as admin
from bpmgrpc.v1 import batch_pb2 as batch
from bpmgrpc.v1 import batch_runtime_pb2 as batches
from bpmgrpc.v1 import command_runtime_pb2 as commands
from bpmgrpc.v1 import directory_pb2 as directory
from bpmgrpc.v1 import job_runtime_pb2 as jobs
from bpmgrpc.v1 import process_runtime_pb2 as rt
from bpmgrpc.v1 import user_task_runtime_pb2 as people
from bpmgrpc.v1.admin_runtime_pb2_grpc import AdminRuntimeStub
from bpmgrpc.v1.batch_runtime_pb2_grpc import BatchRuntimeStub
from bpmgrpc.v1.job_runtime_pb2_grpc import JobRuntimeStub
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub
from bpmgrpc.v1.user_task_runtime_pb2_grpc import UserTaskRuntimeStub
from tests.e2e.documented_batch_errors import BATCH_CASES
from tests.e2e.documented_operation_errors import OPERATION_CASES
from tests.e2e.documented_user_task_errors import USER_TASK_CASES
from tests.e2e.models import SERVICE_TASK, USER_TASK, deploy, open_task, process, start, started_by_signal
from tests.e2e.server_process import SECONDS, TOP, ServerProcess
from tests.support.rest_channel import BlockingRestChannel, binding_of

PROTOS = TOP / "protos" / "bpmgrpc" / "v1"
CODES = re.compile("|".join(rf"\b{code.name}\b" for code in grpc.StatusCode))
RPC = re.compile(r"((?:^  //.*\n)+)^  rpc (\w+)\(", re.MULTILINE)
UNKNOWN = "0123456789abcdefghjk-99"
KEPT = Duration(seconds=600)
SERVICES = ("Process", "Job", "Admin", "UserTask", "Batch")
STUBS = (ProcessRuntimeStub, JobRuntimeStub, AdminRuntimeStub, UserTaskRuntimeStub, BatchRuntimeStub)


def documented(file: Path) -> list[tuple[str, str]]:
    """Returns the RPCs of a file, each with the codes that the paragraph "Errors:" of its comment names."""
    found = []
    for comment, rpc in RPC.findall(file.read_text("utf-8")):
        text = " ".join(line.strip().removeprefix("//").strip() for line in comment.splitlines())
        errors = re.split(r"(?:Safe to repeat|Repeat it)", text.partition("Errors:")[2])[0]
        found += [(rpc, code) for code in dict.fromkeys(CODES.findall(errors))]
    return found


DOCUMENTED = [pair for file in sorted(PROTOS.glob("*_runtime.proto")) for pair in documented(file)]


class World:
    """A server with resources in every state that an error needs; each is made when it is asked for."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        deploy(server, process("errors", USER_TASK), process("errors with a job", SERVICE_TASK.format(type="errors")))
        deploy(server, process("in two applications", USER_TASK), app_name="one")
        deploy(server, process("in two applications", USER_TASK), app_name="two")
        for app_name in ("one", "two"):
            deploy(server, started_by_signal("started", "in two applications"), app_name=app_name)

    def instance(self) -> str:
        return start(self.server, "errors")

    def definition(self, name: str) -> str:
        request = rt.ListProcessDefinitionsRequest(process_name=name)
        (found,) = self.server.processes.ListProcessDefinitions(request, timeout=SECONDS).process_definitions
        definition_id: str = found.process_definition_id
        return definition_id

    def suspended_definition(self) -> str:
        name = f"suspended {uuid4()}"
        deploy(self.server, process(name, USER_TASK))
        definition_id = self.definition(name)
        request = admin.SuspendProcessDefinitionRequest(process_definition_id=definition_id)
        self.server.admin.SuspendProcessDefinition(request, timeout=SECONDS)
        return definition_id

    def task(self) -> str:
        return open_task(self.server, self.instance())

    def task_for(self, user: str) -> str:
        """A task that only this user may claim."""
        task = self.task()
        self.server.processes.AssignUserTask(rt.AssignUserTaskRequest(user_task_id=task, users=[user]), timeout=SECONDS)
        return task

    def claimed(self, user: str) -> str:
        task = self.task()
        self.server.processes.ClaimUserTask(rt.ClaimUserTaskRequest(user_task_id=task, user=user), timeout=SECONDS)
        return task

    def subtask(self, user: str) -> str:
        request = people.CreateSubtaskRequest(parent_user_task_id=self.claimed(user), user=user, name="n")
        return self.server.people.CreateSubtask(request, timeout=SECONDS).user_task.user_task_id

    def completed(self) -> str:
        task = self.task()
        self.server.processes.CompleteUserTask(rt.CompleteUserTaskRequest(user_task_id=task, user="u"), timeout=SECONDS)
        return task

    def ended_instance(self) -> str:
        instance = self.instance()
        self.server.processes.CancelProcessInstance(
            rt.CancelProcessInstanceRequest(process_instance_id=instance), timeout=SECONDS
        )
        return instance

    def paused_batch(self) -> str:
        """A batch that is paused before its items can all be done."""
        selection = batch.BatchSelection(process_instance_ids=[f"nothing {n}" for n in range(5_000)])
        operation = batch.BatchOperation(resume=admin.ResumeProcessInstanceRequest())
        request = batches.CreateBatchRequest(operation=operation, selection=selection)
        made: str = self.server.batches.CreateBatch(request, timeout=SECONDS).batch.batch_id
        self.server.batches.PauseBatch(batches.PauseBatchRequest(batch_id=made), timeout=SECONDS)
        return made

    def canceled_batch(self) -> str:
        made = self.paused_batch()
        self.server.batches.CancelBatch(batches.CancelBatchRequest(batch_id=made), timeout=SECONDS)
        return made

    def job(self) -> Any:
        start(self.server, "errors with a job")
        request = jobs.ActivateJobsRequest(type="errors", worker="w")
        (job,) = self.server.jobs.ActivateJobs(request, timeout=SECONDS).jobs
        return job

    def kept_message(self) -> rt.PublishMessageRequest:
        request = rt.PublishMessageRequest(message_name="kept", message_id=str(uuid4()), time_to_live=KEPT)
        self.server.processes.PublishMessage(request, timeout=SECONDS)
        return request

    def resolved_incident(self) -> str:
        job = self.job()
        failed = self.server.jobs.FailJob(
            jobs.FailJobRequest(job_id=job.job_id, lease_token=job.lease_token, retries=0), timeout=SECONDS
        )
        self.server.admin.ResolveIncident(admin.ResolveIncidentRequest(incident_id=failed.incident_id), timeout=SECONDS)
        # The job is given out again; it is taken here so that no other row of the table meets it.
        self.server.jobs.ActivateJobs(jobs.ActivateJobsRequest(type="errors", worker="w"), timeout=SECONDS)
        incident_id: str = failed.incident_id
        return incident_id


Case = Any | Callable[[World], Any]  # the request, or what makes it
STALE = "0"
TOO_LONG = Duration(seconds=90_000)

CASES: dict[tuple[str, str], Case] = {
    ("StreamCommands", "INVALID_ARGUMENT"): lambda _world: iter(
        [commands.StreamCommandsRequest(commands=[commands.Command()] * 1001)]
    ),
    ("DeployProcessDefinitions", "INVALID_ARGUMENT"): rt.DeployProcessDefinitionsRequest(),
    ("GetProcessDefinition", "INVALID_ARGUMENT"): rt.GetProcessDefinitionRequest(),
    ("GetProcessDefinition", "NOT_FOUND"): rt.GetProcessDefinitionRequest(process_definition_id=UNKNOWN),
    ("ListProcessDefinitions", "INVALID_ARGUMENT"): rt.ListProcessDefinitionsRequest(page_size=-1),
    ("StartProcessInstance", "INVALID_ARGUMENT"): rt.StartProcessInstanceRequest(),
    ("StartProcessInstance", "NOT_FOUND"): rt.StartProcessInstanceRequest(process_name="none of this name"),
    ("StartProcessInstance", "FAILED_PRECONDITION"): rt.StartProcessInstanceRequest(process_name="in two applications"),
    ("GetProcessInstance", "INVALID_ARGUMENT"): rt.GetProcessInstanceRequest(),
    ("GetProcessInstance", "NOT_FOUND"): rt.GetProcessInstanceRequest(process_instance_id=UNKNOWN),
    ("ListProcessInstances", "INVALID_ARGUMENT"): rt.ListProcessInstancesRequest(order_by="colour"),
    ("CancelProcessInstance", "INVALID_ARGUMENT"): rt.CancelProcessInstanceRequest(),
    ("CancelProcessInstance", "NOT_FOUND"): rt.CancelProcessInstanceRequest(process_instance_id=UNKNOWN),
    ("CancelProcessInstance", "FAILED_PRECONDITION"): lambda w: rt.CancelProcessInstanceRequest(
        process_instance_id=w.ended_instance()
    ),
    ("GetUserTask", "INVALID_ARGUMENT"): rt.GetUserTaskRequest(),
    ("GetUserTask", "NOT_FOUND"): rt.GetUserTaskRequest(user_task_id=UNKNOWN),
    ("ListUserTasks", "INVALID_ARGUMENT"): rt.ListUserTasksRequest(page_token="not a token"),
    ("ListUserTasks", "NOT_FOUND"): rt.ListUserTasksRequest(process_instance_id=UNKNOWN),
    ("CountUserTasks", "INVALID_ARGUMENT"): rt.CountUserTasksRequest(user="a\0b"),
    ("CountUserTasks", "NOT_FOUND"): rt.CountUserTasksRequest(process_instance_id=UNKNOWN),
    ("ClaimUserTask", "INVALID_ARGUMENT"): lambda w: rt.ClaimUserTaskRequest(user_task_id=w.task()),
    ("ClaimUserTask", "NOT_FOUND"): rt.ClaimUserTaskRequest(user_task_id=UNKNOWN, user="u"),
    ("ClaimUserTask", "PERMISSION_DENIED"): lambda w: rt.ClaimUserTaskRequest(user_task_id=w.task_for("v"), user="u"),
    ("ClaimUserTask", "FAILED_PRECONDITION"): lambda w: rt.ClaimUserTaskRequest(user_task_id=w.claimed("v"), user="u"),
    ("ClaimUserTask", "ABORTED"): lambda w: rt.ClaimUserTaskRequest(user_task_id=w.task(), user="u", etag=STALE),
    ("UnclaimUserTask", "INVALID_ARGUMENT"): rt.UnclaimUserTaskRequest(user="u"),
    ("UnclaimUserTask", "NOT_FOUND"): rt.UnclaimUserTaskRequest(user_task_id=UNKNOWN, user="u"),
    ("UnclaimUserTask", "PERMISSION_DENIED"): lambda w: rt.UnclaimUserTaskRequest(
        user_task_id=w.claimed("v"), user="u"
    ),
    ("UnclaimUserTask", "FAILED_PRECONDITION"): lambda w: rt.UnclaimUserTaskRequest(user_task_id=w.task(), user="u"),
    ("UnclaimUserTask", "ABORTED"): lambda w: rt.UnclaimUserTaskRequest(
        user_task_id=w.claimed("u"), user="u", etag=STALE
    ),
    ("AssignUserTask", "INVALID_ARGUMENT"): lambda w: rt.AssignUserTaskRequest(user_task_id=w.task()),
    ("AssignUserTask", "NOT_FOUND"): rt.AssignUserTaskRequest(user_task_id=UNKNOWN, users=["u"]),
    ("AssignUserTask", "FAILED_PRECONDITION"): lambda w: rt.AssignUserTaskRequest(
        user_task_id=w.completed(), users=["u"]
    ),
    ("AssignUserTask", "ABORTED"): lambda w: rt.AssignUserTaskRequest(user_task_id=w.task(), users=["u"], etag=STALE),
    ("AssignProcessInstanceUserTasks", "INVALID_ARGUMENT"): lambda w: rt.AssignProcessInstanceUserTasksRequest(
        process_instance_id=w.instance()
    ),
    ("AssignProcessInstanceUserTasks", "NOT_FOUND"): rt.AssignProcessInstanceUserTasksRequest(
        process_instance_id=UNKNOWN, roles=["r"]
    ),
    ("AssignProcessInstanceUserTasks", "FAILED_PRECONDITION"): lambda w: rt.AssignProcessInstanceUserTasksRequest(
        process_instance_id=w.ended_instance(), users=["u"]
    ),
    ("CompleteUserTask", "INVALID_ARGUMENT"): lambda w: rt.CompleteUserTaskRequest(user_task_id=w.task()),
    ("CompleteUserTask", "NOT_FOUND"): rt.CompleteUserTaskRequest(user_task_id=UNKNOWN, user="u"),
    ("CompleteUserTask", "PERMISSION_DENIED"): lambda w: rt.CompleteUserTaskRequest(
        user_task_id=w.claimed("v"), user="u"
    ),
    ("CompleteUserTask", "FAILED_PRECONDITION"): lambda w: rt.CompleteUserTaskRequest(
        user_task_id=w.completed(), user="u"
    ),
    ("CompleteUserTask", "ABORTED"): lambda w: rt.CompleteUserTaskRequest(user_task_id=w.task(), user="u", etag=STALE),
    ("GetUserTaskVariables", "INVALID_ARGUMENT"): lambda w: rt.GetUserTaskVariablesRequest(
        user_task_id=w.task(), names=[""]
    ),
    ("GetUserTaskVariables", "NOT_FOUND"): rt.GetUserTaskVariablesRequest(user_task_id=UNKNOWN),
    ("SetUserTaskVariables", "INVALID_ARGUMENT"): lambda w: rt.SetUserTaskVariablesRequest(
        user_task_id=w.task(), variables="[]"
    ),
    ("SetUserTaskVariables", "NOT_FOUND"): rt.SetUserTaskVariablesRequest(user_task_id=UNKNOWN, variables='{"a":1}'),
    ("SetUserTaskVariables", "FAILED_PRECONDITION"): lambda w: rt.SetUserTaskVariablesRequest(
        user_task_id=w.completed(), variables='{"a":1}'
    ),
    ("PublishMessage", "INVALID_ARGUMENT"): rt.PublishMessageRequest(),
    ("PublishMessage", "ALREADY_EXISTS"): lambda w: w.kept_message(),
    ("BroadcastSignal", "INVALID_ARGUMENT"): rt.BroadcastSignalRequest(signal_name="s", variables="[]"),
    ("BroadcastSignal", "FAILED_PRECONDITION"): rt.BroadcastSignalRequest(signal_name="in two applications"),
    ("RefreshProcessCache", "INVALID_ARGUMENT"): rt.RefreshProcessCacheRequest(),
    ("RefreshProcessCache", "NOT_FOUND"): rt.RefreshProcessCacheRequest(process_name="none of this name"),
    ("RefreshProcessCache", "FAILED_PRECONDITION"): rt.RefreshProcessCacheRequest(process_name="in two applications"),
    ("ActivateJobs", "INVALID_ARGUMENT"): jobs.ActivateJobsRequest(type="t", worker="w", lease_duration=TOO_LONG),
    ("CompleteJob", "INVALID_ARGUMENT"): lambda w: jobs.CompleteJobRequest(job_id=w.job().job_id),
    ("CompleteJob", "NOT_FOUND"): jobs.CompleteJobRequest(job_id=UNKNOWN, lease_token="t"),
    ("CompleteJob", "FAILED_PRECONDITION"): lambda w: jobs.CompleteJobRequest(
        job_id=w.job().job_id, lease_token="another"
    ),
    ("FailJob", "INVALID_ARGUMENT"): jobs.FailJobRequest(job_id=UNKNOWN, lease_token="t", retries=-1),
    ("FailJob", "NOT_FOUND"): jobs.FailJobRequest(job_id=UNKNOWN, lease_token="t"),
    ("FailJob", "FAILED_PRECONDITION"): lambda w: jobs.FailJobRequest(job_id=w.job().job_id, lease_token="another"),
    ("ThrowJobError", "INVALID_ARGUMENT"): jobs.ThrowJobErrorRequest(job_id=UNKNOWN, lease_token="t"),
    ("ThrowJobError", "NOT_FOUND"): jobs.ThrowJobErrorRequest(job_id=UNKNOWN, lease_token="t", error_code="E"),
    ("ThrowJobError", "FAILED_PRECONDITION"): lambda w: jobs.ThrowJobErrorRequest(
        job_id=w.job().job_id, lease_token="another", error_code="E"
    ),
    ("ExtendJobLease", "INVALID_ARGUMENT"): jobs.ExtendJobLeaseRequest(job_id=UNKNOWN, lease_token="t"),
    ("ExtendJobLease", "NOT_FOUND"): jobs.ExtendJobLeaseRequest(
        job_id=UNKNOWN, lease_token="t", lease_duration=Duration(seconds=1)
    ),
    ("ExtendJobLease", "FAILED_PRECONDITION"): lambda w: jobs.ExtendJobLeaseRequest(
        job_id=w.job().job_id, lease_token="another", lease_duration=Duration(seconds=1)
    ),
    ("ThrowJobEscalation", "INVALID_ARGUMENT"): jobs.ThrowJobEscalationRequest(job_id=UNKNOWN, lease_token="t"),
    ("ThrowJobEscalation", "NOT_FOUND"): jobs.ThrowJobEscalationRequest(
        job_id=UNKNOWN, lease_token="t", escalation_code="E"
    ),
    ("ThrowJobEscalation", "FAILED_PRECONDITION"): lambda w: jobs.ThrowJobEscalationRequest(
        job_id=w.job().job_id, lease_token="another", escalation_code="E"
    ),
    ("StreamJobs", "INVALID_ARGUMENT"): lambda _world: iter([jobs.StreamJobsRequest(add_credits=1)]),
    ("ListIncidents", "INVALID_ARGUMENT"): admin.ListIncidentsRequest(skip=-1),
    ("ListIncidents", "NOT_FOUND"): admin.ListIncidentsRequest(process_instance_id=UNKNOWN),
    ("GetIncident", "INVALID_ARGUMENT"): admin.GetIncidentRequest(),
    ("GetIncident", "NOT_FOUND"): admin.GetIncidentRequest(incident_id=UNKNOWN),
    ("CountIncidents", "INVALID_ARGUMENT"): admin.CountIncidentsRequest(filter={"create_time": {"absent": True}}),
    ("CountIncidents", "NOT_FOUND"): admin.CountIncidentsRequest(filter={"process_instance_id": UNKNOWN}),
    ("BatchResolveIncidents", "INVALID_ARGUMENT"): admin.BatchResolveIncidentsRequest(),
    ("ResolveIncident", "INVALID_ARGUMENT"): admin.ResolveIncidentRequest(),
    ("ResolveIncident", "NOT_FOUND"): admin.ResolveIncidentRequest(incident_id=UNKNOWN),
    ("ResolveIncident", "FAILED_PRECONDITION"): lambda w: admin.ResolveIncidentRequest(
        incident_id=w.resolved_incident()
    ),
    ("ListHistoryEvents", "INVALID_ARGUMENT"): admin.ListHistoryEventsRequest(),
    ("ListHistoryEvents", "NOT_FOUND"): admin.ListHistoryEventsRequest(process_instance_id=UNKNOWN),
    ("ExportHistory", "INVALID_ARGUMENT"): admin.ExportHistoryRequest(page_token="none"),
    ("SetHistoryRetention", "INVALID_ARGUMENT"): admin.SetHistoryRetentionRequest(process_name="p", app_name=""),
    ("SetHistoryRetention", "NOT_FOUND"): admin.SetHistoryRetentionRequest(
        process_name="none of this name", app_name="default"
    ),
    ("DeleteHistoryRetention", "INVALID_ARGUMENT"): admin.DeleteHistoryRetentionRequest(app_name="default"),
    ("DeleteHistoryRetention", "NOT_FOUND"): admin.DeleteHistoryRetentionRequest(
        process_name="none of this name", app_name="default"
    ),
    ("DeleteDirectoryUser", "INVALID_ARGUMENT"): admin.DeleteDirectoryUserRequest(),
    ("DeleteDirectoryUser", "NOT_FOUND"): admin.DeleteDirectoryUserRequest(user="nobody of this name"),
    ("GetWorkParty", "INVALID_ARGUMENT"): admin.GetWorkPartyRequest(),
    ("GetWorkParty", "NOT_FOUND"): admin.GetWorkPartyRequest(work_party="none of this name"),
    ("DeleteWorkParty", "INVALID_ARGUMENT"): admin.DeleteWorkPartyRequest(),
    ("DeleteWorkParty", "NOT_FOUND"): admin.DeleteWorkPartyRequest(work_party="none of this name"),
    ("ListHistoryRetentions", "INVALID_ARGUMENT"): admin.ListHistoryRetentionsRequest(page_size=-1),
    ("ImportDirectory", "INVALID_ARGUMENT"): admin.ImportDirectoryRequest(users=[directory.DirectoryUser(user="")]),
    ("GetDirectoryUser", "INVALID_ARGUMENT"): admin.GetDirectoryUserRequest(),
    ("GetDirectoryUser", "NOT_FOUND"): admin.GetDirectoryUserRequest(user="nobody of this name"),
    ("ListDirectoryUsers", "INVALID_ARGUMENT"): admin.ListDirectoryUsersRequest(page_size=-1),
    ("ListWorkParties", "INVALID_ARGUMENT"): admin.ListWorkPartiesRequest(page_token="not a token"),
    ("WatchUserTasks", "INVALID_ARGUMENT"): people.WatchUserTasksRequest(resume_token="none"),
    ("WatchUserTasks", "NOT_FOUND"): people.WatchUserTasksRequest(filter={"process_instance_id": UNKNOWN}),
    ("ClaimNextUserTask", "INVALID_ARGUMENT"): people.ClaimNextUserTaskRequest(),
    ("BatchClaimUserTasks", "INVALID_ARGUMENT"): people.BatchClaimUserTasksRequest(),
    ("BatchAssignUserTasks", "INVALID_ARGUMENT"): people.BatchAssignUserTasksRequest(
        requests=[rt.AssignUserTaskRequest(request_id="an item's own")]
    ),
    ("BatchCompleteUserTasks", "INVALID_ARGUMENT"): people.BatchCompleteUserTasksRequest(
        requests=[rt.CompleteUserTaskRequest()] * 1_001
    ),
}
CASES |= OPERATION_CASES | USER_TASK_CASES | BATCH_CASES


@pytest.fixture(scope="module", params=("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)))
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A server on each database, and its resources."""
    if request.param == "sqlite":
        yield World(request.getfixturevalue("server"))
        return
    with request.getfixturevalue("postgresql_server").database() as url:
        server = ServerProcess(url)
        try:
            yield World(server)
        finally:
            server.end()


def test_every_documented_error_has_its_case() -> None:
    """The table has a row for each code that a comment of the contract names, and no other row."""
    assert sorted(CASES) == sorted(DOCUMENTED)


def refusal(stubs: Iterable[Any], rpc: str, request: Any) -> grpc.RpcError:
    """Makes a call that has to fail; returns its error."""
    stub = next(stub for stub in stubs if hasattr(stub, rpc))

    def call() -> None:
        answer = getattr(stub, rpc)(request, timeout=SECONDS)
        if isinstance(answer, Iterator):
            next(answer)  # a stream's error comes with its first message

    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value


def check(error: Any) -> None:
    """One sentence, ErrorInfo of our domain, and the details of the code's kind."""
    status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    assert any(detail.Unpack(info) for detail in status.details)
    assert (info.domain, re.fullmatch("[A-Z][A-Z_]+", info.reason) is not None) == ("bpmgrpc", True)
    assert status.message == error.details()
    assert error.details()
    if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
        assert any(detail.Unpack(bad_request) for detail in status.details)
        assert all(violation.field and violation.description for violation in bad_request.field_violations)


@pytest.mark.parametrize(("rpc", "code"), CASES, ids=map("-".join, CASES))
def test_documented_error_occurs(world: World, rpc: str, code: str) -> None:
    """The RPC fails with the documented code, and says what is wrong."""
    case = CASES[rpc, code]
    server = world.server
    stubs = (server.processes, server.jobs, server.admin, server.people, server.commands, server.batches)

    error = refusal(stubs, rpc, case(world) if callable(case) else case)

    assert error.code().name == code
    check(error)


OVER_REST = [(rpc, code) for rpc, code in CASES if rpc not in ("StreamCommands", "StreamJobs")]


@pytest.fixture(scope="module")
def rest_stubs(world: World) -> Iterator[Sequence[Any]]:
    """The stubs of the services, over the adapter of the same server."""
    channel: Any = BlockingRestChannel(world.server.rest)
    yield [stub(channel) for stub in STUBS]
    channel.close()


@pytest.mark.parametrize(("rpc", "code"), OVER_REST, ids=map("-".join, OVER_REST))
def test_documented_error_occurs_over_rest(world: World, rest_stubs: Sequence[Any], rpc: str, code: str) -> None:
    """The adapter answers with the same, as google.rpc.Status."""
    case = CASES[rpc, code]
    request = case(world) if callable(case) else case

    error = refusal(rest_stubs, rpc, request)

    # Without an id there is another address, or none.
    assert error.code().name in (("NOT_FOUND", "UNIMPLEMENTED") if lacks_an_id(rpc, request) else (code,))
    check(error)


def lacks_an_id(rpc: str, request: Any) -> bool:
    """Whether a part of the call's address is empty."""
    pool = descriptor_pool.Default()
    services = [pool.FindServiceByName(f"bpmgrpc.v1.{name}Runtime") for name in SERVICES]
    (path,) = (f"/{one.full_name}/{rpc}" for one in services if rpc in one.methods_by_name)
    template = binding_of(path)[1]
    return any(not getattr(request, name) for name in re.findall(r"\{(\w+)\}", template))
