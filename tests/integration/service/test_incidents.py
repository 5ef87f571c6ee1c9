"""Incidents: found by any combination of filters, explained, and resolved one by one or by the hundred."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from bpmgrpc.v1 import admin_runtime_pb2 as pb
from bpmgrpc.v1 import job_runtime_pb2 as job_pb
from bpmgrpc.v1.incident_pb2 import Incident, IncidentFilter
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.integration.runtime.servers import JOB, Server, failure, opened
from tests.support.harness import bpmn, flows

STUCK = bpmn(
    '<startEvent id="s"/><exclusiveGateway id="g"/><endEvent id="e"/>'
    + flows("s -> g", "g -> e: =amount = 1", "g -> e: =amount = 2"),
    process="stuck",
)
CALLER = bpmn(
    '<startEvent id="s"/><callActivity id="c" calledElement="stuck"/><endEvent id="e"/>' + flows("s -> c", "c -> e"),
    process="caller",
)
BEFORE, AFTER = Timestamp(seconds=1), Timestamp(seconds=4_000_000_000)


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[Server]:
    """A server with three processes."""
    async with opened(database_url, 1) as (one,):
        await one.deploy(STUCK, CALLER)
        await one.deploy(JOB, app="shop")
        yield one


async def listed(server: Server, order_by: str = "create_time", **fields: Any) -> list[Incident]:
    """Lists incidents, the oldest first."""
    return list((await server.admin.ListIncidents(pb.ListIncidentsRequest(order_by=order_by, **fields))).incidents)


async def count(server: Server, **fields: Any) -> int:
    """Counts incidents."""
    request = pb.CountIncidentsRequest(filter=IncidentFilter(**fields))
    found: int = (await server.admin.CountIncidents(request)).total_size
    return found


async def got(server: Server, incident_id: str) -> Incident:
    """Gets an incident."""
    found: Incident = (await server.admin.GetIncident(pb.GetIncidentRequest(incident_id=incident_id))).incident
    return found


async def fail_job(server: Server, retries: int = 0, message: str = "no paper") -> str:
    """Fails the next job; returns the id of the incident, where there is one."""
    (job,) = await server.activate(max_jobs=1)
    request = job_pb.FailJobRequest(
        job_id=job.job_id, lease_token=job.lease_token, retries=retries, error_message=message
    )
    found: str = (await server.jobs.FailJob(request)).incident_id
    return found


async def test_filters_combine(server: Server) -> None:
    """Process, application, instance, element, kind of failure, state and time; the list and the count agree."""
    stuck = await server.start("stuck", '{"amount":3}')
    caller = await server.start("caller", '{"amount":3}')
    await server.start(app_name="shop")
    await fail_job(server)
    (resolved,) = await listed(server, filter={"process_instance_id": stuck})
    await server.admin.ResolveIncident(
        pb.ResolveIncidentRequest(incident_id=resolved.incident_id, variables='{"amount":1}')
    )

    both = [Incident.STATE_OPEN, Incident.STATE_RESOLVED]
    for fields, expected in (
        ({}, [("stuck", caller), ("p", None)]),
        ({"states": both}, [("stuck", stuck), ("stuck", caller), ("p", None)]),
        ({"states": [Incident.STATE_RESOLVED]}, [("stuck", stuck)]),
        ({"process_name": "stuck"}, [("stuck", caller)]),
        ({"app_name": "shop"}, [("p", None)]),
        ({"element_id": "g", "states": both}, [("stuck", stuck), ("stuck", caller)]),
        ({"element_id": "t", "reason": "NO_SEQUENCE_FLOW_TRUE"}, []),
        ({"reason": "JOB_NO_RETRIES"}, [("p", None)]),
        ({"process_instance_id": caller}, [("stuck", caller)]),
        ({"create_time": {"start_time": BEFORE, "end_time": AFTER}, "reason": "JOB_NO_RETRIES"}, [("p", None)]),
        ({"create_time": {"end_time": BEFORE}}, []),
        ({"create_time": {"start_time": AFTER}}, []),
    ):
        found = await listed(server, filter=IncidentFilter(**fields))
        shown = [(one.process_name, one.root_process_instance_id) for one in found]
        assert [(name, root if name != "p" else None) for name, root in shown] == expected, fields
        assert await count(server, **fields) == len(expected)


async def test_filter_and_fields_of_a_list_are_combined(server: Server) -> None:
    """What is said twice has to be the same; what is said once counts."""
    await server.start("stuck", '{"amount":3}')

    found = await listed(server, process_name="stuck", filter={"element_id": "g", "process_name": "stuck"})
    none = await listed(server, states=[Incident.STATE_RESOLVED], filter={"element_id": "g"})
    contradicted = [
        await failure(listed(server, **{name: one}, filter={name: other}))
        for name, one, other in (
            ("process_name", "stuck", "other"),
            ("states", [Incident.STATE_OPEN], [Incident.STATE_RESOLVED]),
        )
    ]

    assert (len(found), none) == (1, [])
    assert [(code, text.partition(":")[0]) for code, _, text in contradicted] == [
        ("INVALID_ARGUMENT", "filter.process_name"),
        ("INVALID_ARGUMENT", "filter.states"),
    ]


async def test_incident_says_what_is_at_hand_and_how_often_it_failed(server: Server) -> None:
    """Three attempts of a worker, then one after a repair; the variables are those that the job sees now."""
    instance = await server.start(app_name="shop", variables='{"id":18446744073709551616,"price":1.10}')
    for retries in (2, 1):
        assert await fail_job(server, retries) == ""
    first = await fail_job(server, 0)
    open_one = await got(server, first)
    await server.admin.ResolveIncident(
        pb.ResolveIncidentRequest(incident_id=first, variables='{"price":2.20}', retries=1)
    )
    second = await fail_job(server, 0, "no ink")
    resolved, again = await got(server, first), await got(server, second)

    assert (open_one.attempts, open_one.variables) == (3, '{"id":18446744073709551616,"price":1.10}')
    assert (open_one.reason, open_one.element_id, open_one.process_instance_id) == ("JOB_NO_RETRIES", "t", instance)
    assert (resolved.attempts, resolved.variables, resolved.state) == (3, "", Incident.STATE_RESOLVED)
    assert (again.attempts, again.variables) == (4, '{"id":18446744073709551616,"price":2.20}')
    assert again.message.endswith("no ink")


async def test_attempts_of_a_step_without_a_job_are_counted(server: Server) -> None:
    """Each attempt that fails again is one more; another branch's failures are not counted."""
    await server.start("stuck", '{"amount":3}')
    await server.start("stuck", '{"amount":3}')
    (one, _) = await listed(server)
    assert (await got(server, one.incident_id)).attempts == 1

    await server.admin.ResolveIncident(pb.ResolveIncidentRequest(incident_id=one.incident_id))
    (again,) = await listed(server, process_instance_id=one.process_instance_id)

    assert (await got(server, again.incident_id)).attempts == 2


async def test_many_incidents_are_resolved_by_a_filter(server: Server) -> None:
    """One call mends those that the filter finds with the same variables; others stay, and so do those that fail."""
    mended = [await server.start("stuck", '{"amount":3}') for _ in range(5)]
    await server.start(app_name="shop")
    await fail_job(server)
    batch = pb.BatchResolveIncidentsRequest(filter={"element_id": "g"}, variables='{"amount":2}')

    answer = await server.admin.BatchResolveIncidents(batch)
    again = await server.admin.BatchResolveIncidents(batch)

    assert [one.incident.process_instance_id for one in answer.results] == mended
    assert {one.incident.state for one in answer.results} == {Incident.STATE_RESOLVED}
    assert (answer.left_count, len(again.results)) == (0, 0)
    states = [(await server.instance(instance)).state for instance in mended]
    assert set(states) == {ProcessInstance.STATE_COMPLETED}
    assert await count(server) == 1


async def test_jobs_get_the_attempts_that_a_batch_gives(server: Server) -> None:
    """With retries for all of them the jobs are back in the queue."""
    for _ in range(3):
        await server.start(app_name="shop")
        await fail_job(server)
    assert await server.activate() == []

    batch = pb.BatchResolveIncidentsRequest(filter={"reason": "JOB_NO_RETRIES"}, retries=7)
    await server.admin.BatchResolveIncidents(batch)

    assert [job.retries for job in await server.activate()] == [7, 7, 7]


async def test_batch_that_is_no_batch_is_refused(server: Server) -> None:
    """The error names the field, and nothing is resolved."""
    await server.start("stuck", '{"amount":3}')
    (one,) = await listed(server)
    item = pb.ResolveIncidentRequest(incident_id=one.incident_id, variables='{"amount":1}')

    for fields, field in (
        ({}, "requests"),
        ({"requests": [item], "filter": {"element_id": "g"}}, "requests"),
        ({"requests": [item] * 1_001}, "requests"),
        ({"requests": [item], "variables": "{}"}, "variables"),
        ({"requests": [item], "retries": 1}, "retries"),
        ({"filter": {}}, "filter"),
        ({"filter": {"states": [Incident.STATE_RESOLVED]}}, "filter.states"),
        ({"filter": {"element_id": "g"}, "request_id": "r"}, "request_id"),
        ({"filter": {"element_id": "g"}, "retries": -1}, "retries"),
        ({"filter": {"element_id": "g"}, "variables": "[]"}, "variables"),
        ({"filter": {"create_time": {"absent": True}}}, "filter.create_time.absent"),
    ):
        code, _, text = await failure(server.admin.BatchResolveIncidents(pb.BatchResolveIncidentsRequest(**fields)))
        assert (code, text.startswith(field)) == ("INVALID_ARGUMENT", True), (fields, text)
    assert await count(server) == 1
