"""What was acknowledged is there after `kill -9`; what was not is there whole or not at all."""

import threading

import httpx2

from bpmgrpc.runtime.deliveries import AT_ONCE
from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from bpmgrpc.v1.user_task_pb2 import UserTask
from tests.e2e.models import TIMER, deploy, process, start, wait_for_tasks, waits_for_signal
from tests.e2e.server_process import SECONDS, ServerProcess

CALLERS = 8


def tasks_of(server: ServerProcess, instance: str) -> list[tuple[str, str | None]]:
    return [(task["name"], task["assignee"]) for task in server.data("GET", f"instance/{instance}/tasks")]


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_between_calls(booking_server: ServerProcess) -> None:
    """After each acknowledged call the server is killed with -9, and the next one finds what that call did."""
    server = booking_server
    instance = server.data(
        "POST", "process/start", '{"processName":"booking room","object":{"RoomObject":{"price":1.10}}}'
    )
    server.restart_after_kill()
    assert tasks_of(server, instance) == [("Choose room", None)]

    (task,) = server.data("GET", f"instance/{instance}/tasks")
    server.data("POST", f"tasks/{task['id']}/claim?user=ann")
    server.restart_after_kill()
    assert tasks_of(server, instance) == [("Choose room", "ann")]

    server.data("POST", f"tasks/{task['id']}/unclaim?user=ann")
    server.restart_after_kill()
    assert tasks_of(server, instance) == [("Choose room", None)]

    server.data("POST", f"tasks/{task['id']}/assign?user=dave")
    server.restart_after_kill()
    assert server.call("POST", f"tasks/{task['id']}/claim?user=ann").json()["code"] == 7

    server.data("POST", f"tasks/{task['id']}/complete?user=dave")
    server.restart_after_kill()
    assert tasks_of(server, instance) == [("Add customer details", None)]

    (task,) = server.data("GET", f"instance/{instance}/tasks")
    assert server.data("POST", f"tasks/{task['id']}/variables", '["RoomObject"]') == {"RoomObject": {"price": 1.10}}
    server.data("POST", f"tasks/{task['id']}/complete?user=ann")
    server.restart_after_kill()
    found = server.processes.GetProcessInstance(
        runtime.GetProcessInstanceRequest(process_instance_id=instance), timeout=SECONDS
    )
    assert found.process_instance.state == ProcessInstance.STATE_COMPLETED


def test_no_acknowledged_start_is_lost_when_the_server_is_killed_at_work(booking_server: ServerProcess) -> None:
    """Callers start instances while the server is killed: each id that was answered is an instance with its task."""
    server = booking_server
    acknowledged: list[str] = []
    enough = threading.Event()

    def caller(address: str) -> None:
        with httpx2.Client(trust_env=False, timeout=SECONDS) as client:
            while True:
                try:
                    answer = client.post(f"{address}/process/start", content='{"processName":"booking room"}')
                except httpx2.TransportError:
                    return
                acknowledged.append(answer.json()["data"])
                if len(acknowledged) >= 10 * CALLERS:
                    enough.set()

    threads = [threading.Thread(target=caller, args=(server.legacy,)) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    assert enough.wait(SECONDS)
    server.restart_after_kill()
    for thread in threads:
        thread.join(SECONDS)

    listed: list[UserTask] = []
    token = ""
    while token or not listed:
        page = server.processes.ListUserTasks(
            runtime.ListUserTasksRequest(process_name="booking room", page_size=1000, page_token=token), timeout=SECONDS
        )
        listed += page.user_tasks
        token = page.next_page_token
        if not token:
            break
    instances = [task.process_instance_id for task in listed]
    assert len(instances) == len(set(instances))
    assert set(acknowledged) <= set(instances)
    # A call that was cut off may have been committed, at most one for each caller.
    assert len(instances) <= len(acknowledged) + CALLERS


def test_timer_that_was_set_before_a_kill_fires_after_the_restart(booking_server: ServerProcess) -> None:
    """A timer is a row: the server that runs when it is due fires it, once."""
    server = booking_server
    deploy(server, process("waits", TIMER.format(duration="PT1S")))
    instance = start(server, "waits")

    server.restart_after_kill()

    tasks = wait_for_tasks(server, "waits", 1)
    assert [task.process_instance_id for task in tasks] == [instance]


def test_signal_reaches_all_of_its_receivers_though_the_server_is_killed_meanwhile(
    booking_server: ServerProcess,
) -> None:
    """Receivers are fixed with the answer; those that the killed server had not reached get it from the next."""
    server = booking_server
    receivers = AT_ONCE + 40
    deploy(server, waits_for_signal("listens", "closed", receivers))
    start(server, "listens")
    request = runtime.BroadcastSignalRequest(signal_name="closed")

    answer = server.processes.BroadcastSignal(request, timeout=SECONDS)
    server.restart_after_kill()

    assert answer.receiver_count == receivers
    wait_for_tasks(server, "listens", receivers)
    found = server.processes.ListUserTasks(runtime.ListUserTasksRequest(process_name="listens"), timeout=SECONDS)
    assert found.total_size == receivers
    assert server.processes.BroadcastSignal(request, timeout=SECONDS).receiver_count == 0
