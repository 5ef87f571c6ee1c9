"""Books a room over gRPC, or watches an instance that somebody else drives.

python examples/booking-room/grpc_client.py           starts an instance and does its user tasks, as ann
python examples/booking-room/grpc_client.py ID        prints what instance ID does until it ends

The server is 127.0.0.1:50051, or what BPMGRPC_GRPC_ADDRESS says.
"""

import os
import sys
import time

import grpc

from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub

ADDRESS = os.environ.get("BPMGRPC_GRPC_ADDRESS", "127.0.0.1:50051")
USER = "ann"
DEADLINE = 30  # seconds, for each call
PAUSE = 0.2  # seconds between two looks

# What ann enters, by the id of the task's element. The first room is taken, so she is asked a second time.
ANSWERS = {
    "choose-room": [
        '{"RoomObject": {"number": "101", "status": "booked"}}',
        '{"RoomObject": {"number": "102", "status": "free"}}',
    ],
    "add-customer-details": ['{"CustomerInfo": {"name": "Malee", "phone": "+66 2 123 4567"}}'],
}


def show(stub: ProcessRuntimeStub, instance_id: str, before: str = "") -> tuple[ProcessInstance, str]:
    """Prints where an instance stands, unless that is what it was before; returns the instance and the line."""
    request = runtime.GetProcessInstanceRequest(process_instance_id=instance_id)
    response = stub.GetProcessInstance(request, timeout=DEADLINE)
    instance = response.process_instance
    state = ProcessInstance.State.Name(instance.state).removeprefix("STATE_")
    waiting = ", ".join(element.name for element in response.active_elements)
    line = f"{state}  {waiting or '-'}  {instance.variables or '{}'}"
    if line != before:
        print(line, flush=True)
    return instance, line


def watch(stub: ProcessRuntimeStub, instance_id: str) -> None:
    line = ""
    while True:
        instance, line = show(stub, instance_id, line)
        if instance.HasField("end_time"):
            return
        time.sleep(PAUSE)


def book(stub: ProcessRuntimeStub) -> None:
    start = runtime.StartProcessInstanceRequest(process_name="booking room", business_key="example")
    instance_id = stub.StartProcessInstance(start, timeout=DEADLINE).process_instance.process_instance_id
    print(f"started {instance_id}")
    answers = {element: iter(given) for element, given in ANSWERS.items()}
    while True:
        instance, _ = show(stub, instance_id)
        if instance.HasField("end_time"):
            return
        open_tasks = runtime.ListUserTasksRequest(process_instance_id=instance_id)
        for task in stub.ListUserTasks(open_tasks, timeout=DEADLINE).user_tasks:
            claim = runtime.ClaimUserTaskRequest(user_task_id=task.user_task_id, user=USER)
            stub.ClaimUserTask(claim, timeout=DEADLINE)
            done = runtime.CompleteUserTaskRequest(
                user_task_id=task.user_task_id, user=USER, variables=next(answers[task.element_id])
            )
            stub.CompleteUserTask(done, timeout=DEADLINE)
            print(f"{USER} did {task.name!r}: {done.variables}")


def main() -> int:
    with grpc.insecure_channel(ADDRESS) as channel:
        stub = ProcessRuntimeStub(channel)
        try:
            if len(sys.argv) > 1:
                watch(stub, sys.argv[1])
            else:
                book(stub)
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
