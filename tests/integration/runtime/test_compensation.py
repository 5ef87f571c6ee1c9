"""What is kept to be undone, in the database: seen by nobody until it is undone, and gone with the instance."""

from __future__ import annotations

from bpmgrpc.v1 import process_runtime_pb2 as pb
from tests.integration.runtime.servers import Server
from tests.support.harness import bpmn, extensions, flows

UNDONE = bpmn(
    f'<startEvent id="s"/><subProcess id="sub">{extensions(inputs=["=1 -> mine"])}<userTask id="a"/>'
    '<boundaryEvent id="on_a" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>'
    '<userTask id="undo" isForCompensation="true"/><association id="as" sourceRef="on_a" targetRef="undo"/>'
    '</subProcess><userTask id="b"/>'
    '<intermediateThrowEvent id="t"><compensateEventDefinition/></intermediateThrowEvent>'
    + flows("s -> sub", "sub -> b", "b -> t")
)


async def active(server: Server, instance: str) -> tuple[list[str], int]:
    """Returns the ids of the active elements, and their number."""
    found = await server.processes.GetProcessInstance(pb.GetProcessInstanceRequest(process_instance_id=instance))
    return sorted(element.element_id for element in found.active_elements), found.active_element_count


async def test_completed_activity_is_kept_undone_and_forgotten(server: Server) -> None:
    """Between its end and its undoing it is not active; the handler works with its scope's variables of then."""
    await server.deploy(UNDONE)
    instance = await server.start()

    await server.complete(await server.open_task(instance), '{"mine": 2}')
    kept = await active(server, instance)
    await server.complete(await server.open_task(instance))
    undoing = await active(server, instance)
    undo = await server.open_task(instance)
    seen = await server.processes.GetUserTaskVariables(pb.GetUserTaskVariablesRequest(user_task_id=undo.user_task_id))
    await server.complete(undo)

    assert kept == (["b"], 1)
    assert undoing == (["sub", "t", "undo"], 3)
    assert seen.variables == '{"mine":2}'
    assert (await server.instance(instance)).end_time.seconds > 0
    assert await active(server, instance) == ([], 0)
