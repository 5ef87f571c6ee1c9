"""A fault of the model costs no instance: it becomes an incident, which can be seen and tried again."""

from bpmgrpc.v1 import admin_runtime_pb2 as admin
from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1.incident_pb2 import Incident
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import ENDLESS_LOOP, NO_TRUE_FLOW, USER_TASK, deploy, process, start
from tests.e2e.server_process import SECONDS, ServerProcess


def incidents(server: ServerProcess, instance_id: str) -> list[Incident]:
    request = admin.ListIncidentsRequest(process_instance_id=instance_id)
    return list(server.admin.ListIncidents(request, timeout=SECONDS).incidents)


def state(server: ServerProcess, instance_id: str) -> "ProcessInstance.State.ValueType":
    request = runtime.GetProcessInstanceRequest(process_instance_id=instance_id)
    return server.processes.GetProcessInstance(request, timeout=SECONDS).process_instance.state


def test_gateway_without_a_true_flow_waits_for_a_repair(server: ServerProcess) -> None:
    """The start succeeds, the token waits at the gateway; with the variable corrected the instance goes on."""
    deploy(server, process("no true flow", NO_TRUE_FLOW))
    instance = server.data("POST", "process/start", '{"processName":"no true flow","object":{"amount":3}}')

    (incident,) = incidents(server, instance)
    assert (incident.element_id, incident.reason) == ("g", "NO_SEQUENCE_FLOW_TRUE")
    assert state(server, instance) == ProcessInstance.STATE_ACTIVE

    again = admin.ResolveIncidentRequest(incident_id=incident.incident_id, variables='{"amount":4}')
    server.admin.ResolveIncident(again, timeout=SECONDS)
    (second,) = incidents(server, instance)
    assert second.incident_id != incident.incident_id

    repair = admin.ResolveIncidentRequest(incident_id=second.incident_id, variables='{"amount":2}')
    server.admin.ResolveIncident(repair, timeout=SECONDS)
    assert incidents(server, instance) == []
    assert state(server, instance) == ProcessInstance.STATE_COMPLETED


def test_condition_that_fails_leaves_the_completed_step_done(server: ServerProcess) -> None:
    """A task's completion succeeds although a condition behind it cannot be evaluated; the incident is behind it."""
    body = USER_TASK.replace(
        '<bpmn:endEvent id="e"/>',
        '<bpmn:endEvent id="e"/><bpmn:exclusiveGateway id="g"/><bpmn:endEvent id="e2"/>'
        '<bpmn:sequenceFlow id="g-e2" sourceRef="g" targetRef="e2">'
        "<bpmn:conditionExpression>${missing.days > 3}</bpmn:conditionExpression></bpmn:sequenceFlow>",
    ).replace('targetRef="e"', 'targetRef="g"')
    deploy(server, process("condition that fails", body))
    instance = start(server, "condition that fails")
    (task,) = server.data("GET", f"instance/{instance}/tasks")

    server.data("POST", f"tasks/{task['id']}/complete?user=anybody")

    (incident,) = incidents(server, instance)
    assert (incident.element_id, incident.reason) == ("g", "EXPRESSION_ERROR")
    repair = admin.ResolveIncidentRequest(incident_id=incident.incident_id, variables='{"missing":{"days":4}}')
    server.admin.ResolveIncident(repair, timeout=SECONDS)
    assert state(server, instance) == ProcessInstance.STATE_COMPLETED


def test_endless_loop_is_stopped_by_the_step_limit(run_server: ServerFactory, sqlite_url: str) -> None:
    """A loop that never waits ends in an incident when it has used its steps; the server goes on serving."""
    server = run_server(sqlite_url, step_limit="20000")
    deploy(server, process("endless", ENDLESS_LOOP), process("other", USER_TASK))

    instance = start(server, "endless")

    found: list[Incident] = []
    while not found:  # a long run goes on in the background, slice by slice
        start(server, "other")
        found = incidents(server, instance)
    assert found[0].reason == "STEP_LIMIT"
    assert state(server, instance) == ProcessInstance.STATE_ACTIVE
