"""Every RPC of the contract does what its comment says, within the process, over gRPC and REST, on both databases.

`CALLS` has one row for each RPC. A row calls it and returns what it found beside what it should have found. The errors
that the comments name are in ``tests/e2e/test_documented_errors.py``; commands over a stream and batches have files of
their own, ``test_command_stream.py`` and ``test_batches.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from google.protobuf import descriptor_pool
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2

from bpmgrpc.v1 import admin_runtime_pb2 as admin_pb
from bpmgrpc.v1 import directory_pb2, operation_pb2
from bpmgrpc.v1 import job_runtime_pb2 as job_pb
from bpmgrpc.v1 import process_runtime_pb2 as pb
from bpmgrpc.v1 import user_task_runtime_pb2 as people_pb
from bpmgrpc.v1.history_retention_pb2 import HistoryRetention
from bpmgrpc.v1.incident_pb2 import Incident
from bpmgrpc.v1.job_pb2 import Job
from bpmgrpc.v1.process_definition_pb2 import ElementVerdict, ProcessDefinition
from bpmgrpc.v1.process_instance_pb2 import ElementInstance, ProcessInstance
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.integration.runtime.servers import JOB, USER_TASK, Server
from tests.integration.service.user_task_rows import USER_TASK_CALLS
from tests.support.harness import bpmn, catch_event, declared, event, flows
from tests.support.rest_channel import is_over_rest

Found = tuple[Any, Any]  # what was found, what was expected
Call = Callable[[Server], Awaitable[Found]]
CALLS: dict[str, Call] = dict(USER_TASK_CALLS)

UNKNOWN = "0123456789abcdefghjk-99"
STUCK = bpmn(
    '<startEvent id="s"/><exclusiveGateway id="g"/><endEvent id="e"/>'
    + flows("s -> g", "g -> e: =amount = 1", "g -> e: =amount = 2"),
    process="stuck",
)


def row(rpc: str) -> Callable[[Call], Call]:
    """Adds a row to the table."""

    def add(call: Call) -> Call:
        CALLS[rpc] = call
        return call

    return add


async def started(server: Server) -> tuple[str, UserTask]:
    """Starts the process with one task."""
    await server.deploy(USER_TASK, tag="v.1")
    instance = await server.start(variables='{"a":1.10}', business_key="key")
    return instance, await server.open_task(instance)


async def leased(server: Server) -> Job:
    """Starts the process with one job and leases that."""
    await server.deploy(JOB)
    await server.start()
    (job,) = await server.activate()
    return job


@row("DeployProcessDefinitions")
async def deploy_process_definitions(server: Server) -> Found:
    request = pb.DeployProcessDefinitionsRequest(
        files=[pb.ResourceFile(name="p.bpmn", content=USER_TASK)], app_name="office", version_tag="v.1"
    )
    answer = await server.processes.DeployProcessDefinitions(request)
    (one,) = answer.process_definitions
    runs = {verdict.element_id for verdict in answer.verdicts if verdict.verdict == ElementVerdict.VERDICT_RUNS}
    found = (one.process_name, one.app_name, one.version, one.version_tag, one.resource_name, one.state, runs)
    return found, ("p", "office", 1, "v.1", "p.bpmn", ProcessDefinition.STATE_ACTIVE, {"s", "t", "e"})


@row("GetProcessDefinition")
async def get_process_definition(server: Server) -> Found:
    (deployed,) = await server.deploy(USER_TASK)
    request = pb.GetProcessDefinitionRequest(process_definition_id=deployed.process_definition_id)
    return (await server.processes.GetProcessDefinition(request)).process_definition, deployed


@row("ListProcessDefinitions")
async def list_process_definitions(server: Server) -> Found:
    await server.deploy(USER_TASK)
    await server.deploy(JOB)
    answer = await server.processes.ListProcessDefinitions(pb.ListProcessDefinitionsRequest(latest_only=True))
    return ([one.version for one in answer.process_definitions], answer.total_size), ([2], 1)


@row("StartProcessInstance")
async def start_process_instance(server: Server) -> Found:
    await server.deploy(USER_TASK, tag="v.1")
    request = pb.StartProcessInstanceRequest(process_name="p", business_key="key")
    one = (await server.processes.StartProcessInstance(request, metadata=(("authorization", "ann"),))).process_instance
    found = (one.process_name, one.app_name, one.version, one.version_tag, one.business_key, one.create_by, one.state)
    return found, ("p", "default", 1, "v.1", "key", "ann", ProcessInstance.STATE_ACTIVE)


@row("GetProcessInstance")
async def get_process_instance(server: Server) -> Found:
    instance, task = await started(server)
    answer = await server.processes.GetProcessInstance(pb.GetProcessInstanceRequest(process_instance_id=instance))
    (element,) = answer.active_elements
    found = (answer.process_instance.variables, answer.active_element_count, element.element_id, element.state)
    assert element.element_instance_id == task.user_task_id
    return found, ('{"a":1.10}', 1, "t", ElementInstance.STATE_ACTIVE)


@row("ListProcessInstances")
async def list_process_instances(server: Server) -> Found:
    instance, _ = await started(server)
    answer = await server.processes.ListProcessInstances(pb.ListProcessInstancesRequest(business_key="key"))
    return ([one.process_instance_id for one in answer.process_instances], answer.total_size), ([instance], 1)


@row("CancelProcessInstance")
async def cancel_process_instance(server: Server) -> Found:
    instance, task = await started(server)
    request = pb.CancelProcessInstanceRequest(process_instance_id=instance, reason="no longer wanted")
    dry = pb.CancelProcessInstanceRequest(process_instance_id=instance, reason="no longer wanted", validate_only=True)
    planned = await server.processes.CancelProcessInstance(dry)
    assert {effect.kind for effect in planned.plan.effects} == {operation_pb2.OperationEffect.KIND_CANCELED}
    assert (await server.open_task(instance)) == task
    one = (await server.processes.CancelProcessInstance(request)).process_instance
    get = pb.GetUserTaskRequest(user_task_id=task.user_task_id)
    state = (await server.processes.GetUserTask(get)).user_task.state
    return (one.state, one.end_reason, one.HasField("end_time"), state), (
        ProcessInstance.STATE_CANCELED,
        "no longer wanted",
        True,
        UserTask.STATE_CANCELED,
    )


@row("GetUserTask")
async def get_user_task(server: Server) -> Found:
    instance, task = await started(server)
    one = (await server.processes.GetUserTask(pb.GetUserTaskRequest(user_task_id=task.user_task_id))).user_task
    assert one == task
    return (one.process_instance_id, one.state, one.etag, one.business_key), (
        instance,
        UserTask.STATE_WAITING,
        "1",
        "key",
    )


@row("ListUserTasks")
async def list_user_tasks(server: Server) -> Found:
    _, task = await started(server)
    answer = await server.processes.ListUserTasks(pb.ListUserTasksRequest(process_name="p"))
    return (list(answer.user_tasks), answer.total_size), ([task], 1)


@row("CountUserTasks")
async def count_user_tasks(server: Server) -> Found:
    await started(server)
    await server.start()
    return (await server.processes.CountUserTasks(pb.CountUserTasksRequest(process_name="p"))).total_size, 2


@row("ClaimUserTask")
async def claim_user_task(server: Server) -> Found:
    _, task = await started(server)
    one = await server.claim(task, "ann", etag="1")
    again = await server.claim(task, "ann")
    return (one.state, one.assignee, one.etag, again), (UserTask.STATE_CLAIMED, "ann", "2", one)


@row("UnclaimUserTask")
async def unclaim_user_task(server: Server) -> Found:
    _, task = await started(server)
    await server.claim(task, "ann")
    request = pb.UnclaimUserTaskRequest(user_task_id=task.user_task_id, user="ann", etag="2")
    one = (await server.processes.UnclaimUserTask(request)).user_task
    return (one.state, one.assignee, one.HasField("claim_time")), (UserTask.STATE_WAITING, "", False)


@row("AssignUserTask")
async def assign_user_task(server: Server) -> Found:
    _, task = await started(server)
    request = pb.AssignUserTaskRequest(
        user_task_id=task.user_task_id, users=["ann", "ann"], groups=["g"], roles=["r"], work_party="w"
    )
    one = (await server.processes.AssignUserTask(request)).user_task
    found = (one.state, list(one.candidate_users), list(one.candidate_groups), list(one.candidate_roles))
    assert one.work_party == "w"
    return found, (UserTask.STATE_ASSIGNED, ["ann"], ["g"], ["r"])


@row("AssignProcessInstanceUserTasks")
async def assign_process_instance_user_tasks(server: Server) -> Found:
    instance, task = await started(server)
    request = pb.AssignProcessInstanceUserTasksRequest(process_instance_id=instance, roles=["r"])
    (one,) = (await server.processes.AssignProcessInstanceUserTasks(request)).user_tasks
    return (one.user_task_id, one.state, list(one.candidate_roles)), (task.user_task_id, UserTask.STATE_WAITING, ["r"])


@row("CompleteUserTask")
async def complete_user_task(server: Server) -> Found:
    instance, task = await started(server)
    one = await server.complete(task, '{"b":[1E5]}', "ann")
    ended = await server.instance(instance)
    return (one.state, one.assignee, ended.state, ended.variables), (
        UserTask.STATE_COMPLETED,
        "ann",
        ProcessInstance.STATE_COMPLETED,
        '{"a":1.10,"b":[1E5]}',
    )


@row("GetUserTaskVariables")
async def get_user_task_variables(server: Server) -> Found:
    _, task = await started(server)
    return (await server.variables(task), await server.variables(task, "b")), ('{"a":1.10}', "{}")


@row("SetUserTaskVariables")
async def set_user_task_variables(server: Server) -> Found:
    instance, task = await started(server)
    request = pb.SetUserTaskVariablesRequest(user_task_id=task.user_task_id, variables='{"b":2.0}')
    answer = await server.processes.SetUserTaskVariables(request)
    return (answer.variables, (await server.instance(instance)).variables), ('{"a":1.10,"b":2.0}',) * 2


@row("PublishMessage")
async def publish_message(server: Server) -> Found:
    waits = catch_event("c", event("message", "M"))
    await server.deploy(bpmn('<startEvent id="s"/>' + waits + flows("s -> c"), process="waits", extra=declared("M")))
    instance = await server.start("waits")
    request = pb.PublishMessageRequest(message_name="M", variables='{"a":1.10}')
    answers = [await server.processes.PublishMessage(request) for _ in range(2)]
    ended = await server.instance(instance)
    return (
        [answer.process_instance_id for answer in answers],
        ended.state,
        ended.variables,
    ), ([instance, ""], ProcessInstance.STATE_COMPLETED, '{"a":1.10}')


@row("BroadcastSignal")
async def broadcast_signal(server: Server) -> Found:
    waits = catch_event("c", event("signal", "S"))
    await server.deploy(bpmn('<startEvent id="s"/>' + waits + flows("s -> c"), process="waits", extra=declared("S")))
    instances = [await server.start("waits") for _ in range(2)]
    request = pb.BroadcastSignalRequest(signal_name="S", variables='{"a":1.10}')
    answers = [await server.processes.BroadcastSignal(request) for _ in range(2)]
    ended = [await server.instance(instance) for instance in instances]
    return (
        [answer.receiver_count for answer in answers],
        [(one.state, one.variables) for one in ended],
    ), ([2, 0], [(ProcessInstance.STATE_COMPLETED, '{"a":1.10}')] * 2)


@row("RefreshCache")
async def refresh_cache(server: Server) -> Found:
    await started(server)
    answers = [await server.processes.RefreshCache(pb.RefreshCacheRequest()) for _ in range(2)]
    return [answer.process_definition_count for answer in answers], [1, 0]


@row("RefreshProcessCache")
async def refresh_process_cache(server: Server) -> Found:
    await started(server)
    request = pb.RefreshProcessCacheRequest(process_name="p", app_name="default", version_tag="v.1")
    answer = await server.processes.RefreshProcessCache(request)
    return ([one.version_tag for one in answer.process_definitions], answer.cached_count), (["v.1"], 1)


@row("ActivateJobs")
async def activate_jobs(server: Server) -> Found:
    await server.deploy(JOB)
    instance = await server.start(variables='{"a":1.10}', business_key="key")
    (job,) = await server.activate("ann", lease_duration=Duration(seconds=5))
    lease = job.lease_expire_time.ToMicroseconds() > job.create_time.ToMicroseconds()
    found = (job.type, job.process_instance_id, job.element_id, job.worker, job.variables, job.business_key, lease)
    return found, ("work", instance, "t", "ann", '{"a":1.10}', "key", True)


@row("ThrowJobEscalation")
async def throw_job_escalation(server: Server) -> Found:
    job = await leased(server)
    request = job_pb.ThrowJobEscalationRequest(job_id=job.job_id, lease_token=job.lease_token, escalation_code="E")
    answer = await server.jobs.ThrowJobEscalation(request)
    await server.complete_job(job)
    return (answer.catching_element_id, answer.interrupted), ("", False)


@row("CompleteJob")
async def complete_job(server: Server) -> Found:
    job = await leased(server)
    await server.complete_job(job, '{"b":1}')
    ended = await server.instance(job.process_instance_id)
    return (ended.state, ended.variables), (ProcessInstance.STATE_COMPLETED, '{"b":1}')


@row("FailJob")
async def fail_job(server: Server) -> Found:
    job = await leased(server)
    request = job_pb.FailJobRequest(job_id=job.job_id, lease_token=job.lease_token, retries=4)
    answer = await server.jobs.FailJob(request)
    (again,) = await server.activate()
    return (answer.incident_id, again.job_id, again.retries), ("", job.job_id, 4)


@row("ThrowJobError")
async def throw_job_error(server: Server) -> Found:
    job = await leased(server)
    request = job_pb.ThrowJobErrorRequest(job_id=job.job_id, lease_token=job.lease_token, error_code="E")
    answer = await server.jobs.ThrowJobError(request)
    (incident,) = (await server.admin.ListIncidents(admin_pb.ListIncidentsRequest())).incidents
    return (incident.reason, incident.element_id, incident.incident_id), ("ERROR_NOT_CAUGHT", "t", answer.incident_id)


@row("ExtendJobLease")
async def extend_job_lease(server: Server) -> Found:
    job = await leased(server)
    request = job_pb.ExtendJobLeaseRequest(
        job_id=job.job_id, lease_token=job.lease_token, lease_duration=Duration(seconds=3600)
    )
    answer = await server.jobs.ExtendJobLease(request)
    return answer.lease_expire_time.ToMicroseconds() > job.lease_expire_time.ToMicroseconds(), True


@row("StreamJobs")
async def stream_jobs(server: Server) -> Found:
    await server.deploy(JOB)
    await server.start()

    async def requests() -> AsyncIterator[job_pb.StreamJobsRequest]:
        subscription = job_pb.JobSubscription(types=["work"], worker="w", credits=1)
        yield job_pb.StreamJobsRequest(subscribe=subscription)
        await asyncio.Event().wait()  # a worker that ends its half has said that it wants no more

    call = server.jobs.StreamJobs(requests())
    job = (await anext(aiter(call))).job
    return (job.element_id, job.worker), ("t", "w")


@row("ListIncidents")
async def list_incidents(server: Server) -> Found:
    await server.deploy(STUCK)
    instance = await server.start("stuck", '{"amount":3}')
    answer = await server.admin.ListIncidents(admin_pb.ListIncidentsRequest(process_instance_id=instance))
    (one,) = answer.incidents
    found = (one.process_name, one.element_id, one.state, answer.total_size, one.process_instance_id)
    return found, ("stuck", "g", Incident.STATE_OPEN, 1, instance)


@row("GetIncident")
async def get_incident(server: Server) -> Found:
    await server.deploy(STUCK)
    await server.start("stuck", '{"amount":3.10}')
    (one,) = (await server.admin.ListIncidents(admin_pb.ListIncidentsRequest())).incidents
    answer = await server.admin.GetIncident(admin_pb.GetIncidentRequest(incident_id=one.incident_id))
    return (answer.incident.reason, answer.incident.variables), ("NO_SEQUENCE_FLOW_TRUE", '{"amount":3.10}')


@row("CountIncidents")
async def count_incidents(server: Server) -> Found:
    await server.deploy(STUCK)
    for amount in (1, 3, 4):
        await server.start("stuck", f'{{"amount":{amount}}}')
    answer = await server.admin.CountIncidents(admin_pb.CountIncidentsRequest(filter={"process_name": "stuck"}))
    return answer.total_size, 2


@row("BatchResolveIncidents")
async def batch_resolve_incidents(server: Server) -> Found:
    await server.deploy(STUCK)
    await server.start("stuck", '{"amount":3}')
    (one,) = (await server.admin.ListIncidents(admin_pb.ListIncidentsRequest())).incidents
    good = admin_pb.ResolveIncidentRequest(incident_id=one.incident_id, variables='{"amount":2}')
    requests = [good, admin_pb.ResolveIncidentRequest(incident_id=UNKNOWN)]
    batch = admin_pb.BatchResolveIncidentsRequest(requests=requests, request_id="b")
    done, failed = (await server.admin.BatchResolveIncidents(batch)).results
    again = (await server.admin.BatchResolveIncidents(batch)).results
    found = (done.incident.state, failed.error.code, again[0] == done)
    return found, (Incident.STATE_RESOLVED, code_pb2.NOT_FOUND, True)


@row("ResolveIncident")
async def resolve_incident(server: Server) -> Found:
    await server.deploy(STUCK)
    instance = await server.start("stuck", '{"amount":3}')
    (one,) = (await server.admin.ListIncidents(admin_pb.ListIncidentsRequest())).incidents
    request = admin_pb.ResolveIncidentRequest(incident_id=one.incident_id, variables='{"amount":2}')
    resolved = (await server.admin.ResolveIncident(request)).incident
    found = (resolved.state, resolved.HasField("resolve_time"), (await server.instance(instance)).state)
    return found, (Incident.STATE_RESOLVED, True, ProcessInstance.STATE_COMPLETED)


@row("ListHistoryEvents")
async def list_history_events(server: Server) -> Found:
    instance, task = await started(server)
    await server.complete(task, user="ann")
    events = [(event.event_type, event.actor) for event in await server.history(instance)]
    return (events[0], ("USER_TASK_COMPLETED", "ann") in events, events[-1][0]), (
        ("INSTANCE_STARTED", ""),
        True,
        "INSTANCE_COMPLETED",
    )


@row("ExportHistory")
async def export_history(server: Server) -> Found:
    instance, task = await started(server)
    await server.complete(task, user="ann")
    exported = [one async for one in server.admin.ExportHistory(admin_pb.ExportHistoryRequest(process_name="p"))]
    assert all(one.page_token for one in exported)
    return [one.history_event for one in exported], await server.history(instance)


def kept(process_name: str, days: int, source: HistoryRetention.Source) -> HistoryRetention:
    """What is said of a process of the default application."""
    duration = Duration(seconds=days * 86_400)
    return HistoryRetention(process_name=process_name, app_name="default", time_to_live=duration, source=source)


@row("SetHistoryRetention")
async def set_history_retention(server: Server) -> Found:
    await server.deploy(USER_TASK)
    request = admin_pb.SetHistoryRetentionRequest(
        process_name="p", app_name="default", time_to_live=Duration(seconds=2 * 86_400)
    )
    answer = await server.admin.SetHistoryRetention(request)
    return answer.history_retention, kept("p", 2, HistoryRetention.SOURCE_CALL)


@row("DeleteHistoryRetention")
async def delete_history_retention(server: Server) -> Found:
    await set_history_retention(server)
    request = admin_pb.DeleteHistoryRetentionRequest(process_name="p", app_name="default")
    answer = await server.admin.DeleteHistoryRetention(request)
    listed = await server.admin.ListHistoryRetentions(admin_pb.ListHistoryRetentionsRequest())
    return (answer.HasField("history_retention"), listed.total_size), (False, 0)


@row("ListHistoryRetentions")
async def list_history_retentions(server: Server) -> Found:
    await set_history_retention(server)
    await server.deploy(bpmn('<startEvent id="s"/>', process='a" camunda:historyTimeToLive="P3D'))
    answer = await server.admin.ListHistoryRetentions(admin_pb.ListHistoryRetentionsRequest())
    return (list(answer.history_retentions), answer.total_size), (
        [kept("a", 3, HistoryRetention.SOURCE_MODEL), kept("p", 2, HistoryRetention.SOURCE_CALL)],
        2,
    )


def directory() -> admin_pb.ImportDirectoryRequest:
    """Two users and a work party."""
    return admin_pb.ImportDirectoryRequest(
        users=[
            directory_pb2.DirectoryUser(user="bob", groups=["g"], roles=["r"]),
            directory_pb2.DirectoryUser(user="ann", display_name="แอน"),
        ],
        work_parties=[directory_pb2.WorkParty(work_party="w", users=["ann"], roles=["r"], lead="ann")],
    )


@row("ImportDirectory")
async def import_directory(server: Server) -> Found:
    first = await server.admin.ImportDirectory(directory())
    only = admin_pb.ImportDirectoryRequest(users=[directory_pb2.DirectoryUser(user="cay")], replace_all=True)
    second = await server.admin.ImportDirectory(only)
    counts = [(answer.user_count, answer.work_party_count) for answer in (first, second)]
    return counts, [(2, 1), (1, 0)]


@row("DeleteDirectoryUser")
async def delete_directory_user(server: Server) -> Found:
    await server.admin.ImportDirectory(directory())
    before = await server.admin.ListDirectoryUsers(admin_pb.ListDirectoryUsersRequest())
    answer = await server.admin.DeleteDirectoryUser(admin_pb.DeleteDirectoryUserRequest(user="ann"))
    after = await server.admin.ListDirectoryUsers(admin_pb.ListDirectoryUsersRequest())
    parties = await server.admin.ListWorkParties(admin_pb.ListWorkPartiesRequest())
    assert all("ann" not in (*party.users, party.lead) for party in parties.work_parties)
    return (list(answer.work_parties), before.total_size - after.total_size), (["w"], 1)


@row("GetWorkParty")
async def get_work_party(server: Server) -> Found:
    await server.admin.ImportDirectory(directory())
    answer = await server.admin.GetWorkParty(admin_pb.GetWorkPartyRequest(work_party="w"))
    return answer.work_party, directory().work_parties[0]


@row("DeleteWorkParty")
async def delete_work_party(server: Server) -> Found:
    await server.admin.ImportDirectory(directory())
    await server.admin.DeleteWorkParty(admin_pb.DeleteWorkPartyRequest(work_party="w"))
    parties = await server.admin.ListWorkParties(admin_pb.ListWorkPartiesRequest())
    return [party.work_party for party in parties.work_parties], []


@row("GetDirectoryUser")
async def get_directory_user(server: Server) -> Found:
    await server.admin.ImportDirectory(directory())
    answer = await server.admin.GetDirectoryUser(admin_pb.GetDirectoryUserRequest(user="bob"))
    return answer.directory_user, directory().users[0]


@row("ListDirectoryUsers")
async def list_directory_users(server: Server) -> Found:
    await server.admin.ImportDirectory(directory())
    answer = await server.admin.ListDirectoryUsers(admin_pb.ListDirectoryUsersRequest())
    return ([one.user for one in answer.directory_users], answer.total_size), (["ann", "bob"], 2)


@row("ListWorkParties")
async def list_work_parties(server: Server) -> Found:
    await server.admin.ImportDirectory(directory())
    answer = await server.admin.ListWorkParties(admin_pb.ListWorkPartiesRequest())
    return (list(answer.work_parties), answer.total_size), (list(directory().work_parties), 1)


@row("WatchUserTasks")
async def watch_user_tasks(server: Server) -> Found:
    _, task = await started(server)
    told = []
    async for response in server.people.WatchUserTasks(people_pb.WatchUserTasksRequest()):
        told.append(response)
        if len(told) == 2:
            break
    kinds = [people_pb.WatchUserTasksResponse.KIND_ADDED, people_pb.WatchUserTasksResponse.KIND_CURRENT]
    return [(one.kind, one.user_task) for one in told], [(kinds[0], task), (kinds[1], UserTask())]


@row("BatchClaimUserTasks")
async def batch_claim_user_tasks(server: Server) -> Found:
    _, task = await started(server)
    requests = [pb.ClaimUserTaskRequest(user_task_id=one, user="ann") for one in (task.user_task_id, UNKNOWN)]
    batch = people_pb.BatchClaimUserTasksRequest(requests=requests, request_id="b")
    done, failed = (await server.people.BatchClaimUserTasks(batch)).results
    again = (await server.people.BatchClaimUserTasks(batch)).results
    assert list(again) == [done, failed]
    return (done.user_task.state, done.user_task.assignee, failed.error.code, len(failed.error.details)), (
        *(UserTask.STATE_CLAIMED, "ann"),
        5,
        1,
    )


@row("BatchAssignUserTasks")
async def batch_assign_user_tasks(server: Server) -> Found:
    _, task = await started(server)
    requests = [pb.AssignUserTaskRequest(user_task_id=one, users=["ann"]) for one in (task.user_task_id, UNKNOWN)]
    batch = people_pb.BatchAssignUserTasksRequest(requests=requests, request_id="b")
    done, failed = (await server.people.BatchAssignUserTasks(batch)).results
    again = (await server.people.BatchAssignUserTasks(batch)).results
    assert list(again) == [done, failed]
    return (done.user_task.state, done.user_task.assignee, failed.error.code, len(failed.error.details)), (
        *(UserTask.STATE_ASSIGNED, ""),
        5,
        1,
    )


@row("BatchCompleteUserTasks")
async def batch_complete_user_tasks(server: Server) -> Found:
    _, task = await started(server)
    requests = [pb.CompleteUserTaskRequest(user_task_id=one, user="ann") for one in (task.user_task_id, UNKNOWN)]
    batch = people_pb.BatchCompleteUserTasksRequest(requests=requests, request_id="b")
    done, failed = (await server.people.BatchCompleteUserTasks(batch)).results
    again = (await server.people.BatchCompleteUserTasks(batch)).results
    assert list(again) == [done, failed]
    return (done.user_task.state, done.user_task.assignee, failed.error.code, len(failed.error.details)), (
        *(UserTask.STATE_COMPLETED, "ann"),
        5,
        1,
    )


@row("ClaimNextUserTask")
async def claim_next_user_task(server: Server) -> Found:
    _, task = await started(server)
    await server.processes.AssignUserTask(pb.AssignUserTaskRequest(user_task_id=task.user_task_id, users=["ann"]))
    request = people_pb.ClaimNextUserTaskRequest(user="ann", include_variables=True)
    answer = await server.people.ClaimNextUserTask(request)
    found = (answer.user_task.user_task_id, answer.user_task.state, answer.user_task.assignee, answer.variables)
    nothing = await server.people.ClaimNextUserTask(request)
    assert not nothing.HasField("user_task")
    return found, (task.user_task_id, UserTask.STATE_CLAIMED, "ann", '{"a":1.10}')


@row("SuspendProcessInstance")
async def suspend_process_instance(server: Server) -> Found:
    instance, _ = await started(server)
    dry = admin_pb.SuspendProcessInstanceRequest(process_instance_id=instance, validate_only=True)
    planned = await server.admin.SuspendProcessInstance(dry)
    assert (await server.instance(instance)).state == ProcessInstance.STATE_ACTIVE
    request = admin_pb.SuspendProcessInstanceRequest(process_instance_id=instance, reason="audit")
    answer = await server.admin.SuspendProcessInstance(request)
    found = (answer.plan, answer.process_instance.state, (await server.instance(instance)).state)
    return found, (planned.plan, ProcessInstance.STATE_SUSPENDED, ProcessInstance.STATE_SUSPENDED)


@row("ResumeProcessInstance")
async def resume_process_instance(server: Server) -> Found:
    instance, task = await started(server)
    await server.admin.SuspendProcessInstance(admin_pb.SuspendProcessInstanceRequest(process_instance_id=instance))
    answer = await server.admin.ResumeProcessInstance(
        admin_pb.ResumeProcessInstanceRequest(process_instance_id=instance)
    )
    await server.complete(task)
    found = (answer.process_instance.state, (await server.instance(instance)).state)
    return found, (ProcessInstance.STATE_ACTIVE, ProcessInstance.STATE_COMPLETED)


@row("SuspendProcessDefinition")
async def suspend_process_definition(server: Server) -> Found:
    (deployed,) = await server.deploy(USER_TASK)
    request = admin_pb.SuspendProcessDefinitionRequest(process_definition_id=deployed.process_definition_id)
    answer = await server.admin.SuspendProcessDefinition(request)
    with pytest.raises(Exception, match="SUSPENDED"):
        await server.start()
    return answer.process_definition.state, ProcessDefinition.STATE_SUSPENDED


@row("ResumeProcessDefinition")
async def resume_process_definition(server: Server) -> Found:
    (deployed,) = await server.deploy(USER_TASK)
    key = deployed.process_definition_id
    await server.admin.SuspendProcessDefinition(admin_pb.SuspendProcessDefinitionRequest(process_definition_id=key))
    request = admin_pb.ResumeProcessDefinitionRequest(process_definition_id=key)
    answer = await server.admin.ResumeProcessDefinition(request)
    return (answer.process_definition, len(await server.start())), (deployed, 20)


@row("SetProcessInstanceVariables")
async def set_process_instance_variables(server: Server) -> Found:
    instance, task = await started(server)
    request = admin_pb.SetProcessInstanceVariablesRequest(process_instance_id=instance, variables='{"a":2}')
    await server.admin.SetProcessInstanceVariables(request)
    await server.admin.SetProcessInstanceVariables(
        admin_pb.SetProcessInstanceVariablesRequest(
            process_instance_id=instance, element_instance_id=task.user_task_id, variables='{"b":3}', local=True
        )
    )
    found = ((await server.instance(instance)).variables, await server.variables(task))
    return found, ('{"a":2}', '{"a":2,"b":3}')


@row("MigrateProcessInstance")
async def migrate_process_instance(server: Server) -> Found:
    instance, task = await started(server)
    (newer,) = await server.deploy(USER_TASK.replace(b'"t"', b'"v"'))
    request = admin_pb.MigrateProcessInstanceRequest(
        process_instance_id=instance,
        target_process_definition_id=newer.process_definition_id,
        element_mappings=[operation_pb2.ElementMapping(source_element_id="t", target_element_id="v")],
        validate_only=True,
    )
    planned = await server.admin.MigrateProcessInstance(request)
    assert (await server.instance(instance)).version == 1
    request.validate_only = False
    answer = await server.admin.MigrateProcessInstance(request)
    moved = await server.open_task(instance)
    assert (moved.user_task_id, moved.element_id) == (task.user_task_id, "v")
    await server.complete(moved)
    found = await server.instance(instance)
    return (answer.plan, answer.process_instance.version, found.version, found.state), (
        planned.plan,
        2,
        2,
        ProcessInstance.STATE_COMPLETED,
    )


@row("RestartProcessInstance")
async def restart_process_instance(server: Server) -> Found:
    instance, task = await started(server)
    await server.complete(task, variables='{"a":2,"b":3}')
    request = admin_pb.RestartProcessInstanceRequest(process_instance_id=instance, validate_only=True)
    planned = await server.admin.RestartProcessInstance(request)
    assert len(await server.instances()) == 1
    request.validate_only, request.request_id, request.variables = False, "again", '{"c":4}'
    answer = await server.admin.RestartProcessInstance(request)
    assert await server.admin.RestartProcessInstance(request) == answer
    request.variable_source, request.request_id = admin_pb.RestartProcessInstanceRequest.VARIABLE_SOURCE_LAST, ""
    last = await server.admin.RestartProcessInstance(request)
    found = [(await server.instance(one.process_instance.process_instance_id)).variables for one in (answer, last)]
    return (len(planned.plan.effects), answer.process_instance.state, found), (
        4,
        ProcessInstance.STATE_ACTIVE,
        ['{"a":1.10,"c":4}', '{"a":2,"b":3,"c":4}'],
    )


@row("ModifyProcessInstance")
async def modify_process_instance(server: Server) -> Found:
    instance, task = await started(server)
    move = operation_pb2.MoveInstruction(element_id="t", target_element_id="t", variables='{"again":true}')
    request = admin_pb.ModifyProcessInstanceRequest(
        process_instance_id=instance,
        instructions=[operation_pb2.ModificationInstruction(move=move)],
        validate_only=True,
    )
    planned = await server.admin.ModifyProcessInstance(request)
    assert (await server.open_task(instance)) == task
    request.validate_only = False
    answer = await server.admin.ModifyProcessInstance(request)
    again = await server.open_task(instance)
    assert again.user_task_id != task.user_task_id
    return (answer.plan, await server.variables(again)), (planned.plan, '{"a":1.10,"again":true}')


def test_every_rpc_has_its_row() -> None:
    """The table has a row for each RPC of the contract, and no other."""
    pool = descriptor_pool.Default()
    services = [pool.FindServiceByName(f"bpmgrpc.v1.{name}Runtime") for name in ("Process", "Job", "Admin", "UserTask")]

    assert sorted(CALLS) == sorted(method.name for service in services for method in service.methods)


@pytest.mark.parametrize("rpc", CALLS)
async def test_rpc_does_what_its_comment_says(reached: Server, rpc: str) -> None:
    """The RPC succeeds, answers with what it did, and later calls see it."""
    found, expected = await CALLS[rpc](reached)

    assert found == expected


OVER_REST = [rpc for rpc in CALLS if rpc != "StreamJobs"]  # a stream of requests is for gRPC only


def test_all_but_streams_of_requests_are_over_rest() -> None:
    """The rows that are not called over REST are those whose methods have no address there."""
    pool = descriptor_pool.Default()
    services = [f"bpmgrpc.v1.{name}Runtime" for name in ("Process", "Job", "Admin", "UserTask")]
    methods = [(name, method.name) for name in services for method in pool.FindServiceByName(name).methods]

    assert sorted(OVER_REST) == sorted(method for name, method in methods if is_over_rest(name, method))


@pytest.mark.parametrize("reached", ("rest",), indirect=True)
@pytest.mark.parametrize("rpc", OVER_REST)
async def test_rpc_does_the_same_over_rest(reached: Server, rpc: str) -> None:
    """Each call of the row goes out as an HTTP request to the address that the contract gives it."""
    found, expected = await CALLS[rpc](reached)

    assert found == expected
