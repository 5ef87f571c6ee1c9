"""Small processes for these tests, and how to deploy them."""

import time

from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.e2e.server_process import SECONDS, ServerProcess

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmgrpc="https://bpmgrpc.dev/schema/1.0" targetNamespace="urn:test">'
)


def process(name: str, body: str) -> bytes:
    """Writes a BPMN file with one process."""
    return f'{HEAD}<bpmn:process id="{name}" isExecutable="true">{body}</bpmn:process></bpmn:definitions>'.encode()


def flow(source: str, target: str, condition: str = "") -> str:
    """Writes a sequence flow."""
    inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    ends = f'id="{source}-{target}" sourceRef="{source}" targetRef="{target}"'
    return f"<bpmn:sequenceFlow {ends}>{inner}</bpmn:sequenceFlow>"


USER_TASK = '<bpmn:startEvent id="s"/><bpmn:userTask id="t"/><bpmn:endEvent id="e"/>' + flow("s", "t") + flow("t", "e")
SERVICE_TASK = (
    '<bpmn:startEvent id="s"/><bpmn:serviceTask id="t" bpmgrpc:jobType="{type}"/><bpmn:endEvent id="e"/>'
    + flow("s", "t")
    + flow("t", "e")
)
NO_TRUE_FLOW = (
    '<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g"/><bpmn:endEvent id="small"/><bpmn:endEvent id="large"/>'
    + flow("s", "g")
    + flow("g", "small", "=amount = 1")
    + flow("g", "large", "=amount = 2")
)
ENDLESS_LOOP = (
    '<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g"/><bpmn:task id="t"/>'
    + flow("s", "g")
    + flow("g", "t")
    + flow("t", "g")
)


TEN_AT_ONCE = (
    '<bpmn:startEvent id="s"/><bpmn:parallelGateway id="split"/><bpmn:parallelGateway id="join"/>'
    '<bpmn:userTask id="after"/>'
    + flow("s", "split")
    + "".join(f'<bpmn:userTask id="t{n}"/>' + flow("split", f"t{n}") + flow(f"t{n}", "join") for n in range(10))
    + flow("join", "after")
)
TIMER = (
    '<bpmn:startEvent id="s"/><bpmn:intermediateCatchEvent id="w"><bpmn:timerEventDefinition>'
    "<bpmn:timeDuration>{duration}</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    '<bpmn:userTask id="t"/>' + flow("s", "w") + flow("w", "t")
)
TIMER_START = (
    '<bpmn:startEvent id="s"><bpmn:timerEventDefinition><bpmn:timeCycle>{cycle}</bpmn:timeCycle>'
    '</bpmn:timerEventDefinition></bpmn:startEvent><bpmn:userTask id="t"/>' + flow("s", "t")
)


def waits_for_signal(name: str, signal: str, times: int) -> bytes:
    """Writes a BPMN file with a process that waits for a signal so many times at once."""
    body = '<bpmn:startEvent id="s"/><bpmn:userTask id="t"/>'
    for n in range(times):
        body += f'<bpmn:intermediateCatchEvent id="c{n}"><bpmn:signalEventDefinition signalRef="g"/>'
        body += "</bpmn:intermediateCatchEvent>" + flow("s", f"c{n}") + flow(f"c{n}", "t")
    declared = f'<bpmn:signal id="g" name="{signal}"/><bpmn:process'
    return process(name, body).replace(b"<bpmn:process", declared.encode(), 1)


def started_by_signal(name: str, signal: str) -> bytes:
    """Writes a BPMN file with a process that a signal starts."""
    start = '<bpmn:startEvent id="s"><bpmn:signalEventDefinition signalRef="g"/></bpmn:startEvent>'
    content = process(name, start + '<bpmn:userTask id="t"/>' + flow("s", "t"))
    return content.replace(b"<bpmn:process", f'<bpmn:signal id="g" name="{signal}"/><bpmn:process'.encode(), 1)


def deploy(server: ServerProcess, *files: bytes, app_name: str = "") -> runtime.DeployProcessDefinitionsResponse:
    """Deploys files."""
    resources = [runtime.ResourceFile(name=f"{n}.bpmn", content=content) for n, content in enumerate(files)]
    request = runtime.DeployProcessDefinitionsRequest(files=resources, app_name=app_name)
    response: runtime.DeployProcessDefinitionsResponse = server.processes.DeployProcessDefinitions(
        request, timeout=SECONDS
    )
    return response


def start(server: ServerProcess, name: str, variables: str = "", app_name: str = "") -> str:
    """Starts an instance and returns its id."""
    request = runtime.StartProcessInstanceRequest(process_name=name, variables=variables, app_name=app_name)
    response = server.processes.StartProcessInstance(request, timeout=SECONDS)
    instance_id: str = response.process_instance.process_instance_id
    return instance_id


def wait_for_tasks(server: ServerProcess, name: str, count: int) -> list[UserTask]:
    """Waits until a process has so many open user tasks, however long a busy machine takes; returns them."""
    until = time.monotonic() + SECONDS
    while True:
        found = server.processes.ListUserTasks(runtime.ListUserTasksRequest(process_name=name), timeout=SECONDS)
        if found.total_size >= count or time.monotonic() > until:
            return list(found.user_tasks)
        time.sleep(0.1)


def open_task(server: ServerProcess, instance_id: str) -> str:
    """Returns the id of the one open task of an instance."""
    request = runtime.ListUserTasksRequest(process_instance_id=instance_id)
    (task,) = server.processes.ListUserTasks(request, timeout=SECONDS).user_tasks
    task_id: str = task.user_task_id
    return task_id
