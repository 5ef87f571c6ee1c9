import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
import httpx2
import pytest

from bpmgrpc.v1 import process_runtime_pb2 as runtime
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import TEN_AT_ONCE, deploy, process, start
from tests.e2e.server_process import BOOKING_ROOM, SECONDS, ServerProcess

RACERS = 32
USERS = [f"racer-{number:02}" for number in range(RACERS)]


def new_task(server: ServerProcess) -> str:
    """Starts an instance whose task is offered to all racers."""
    instance = server.data("POST", "process/start", '{"processName":"booking room"}')
    (task,) = server.data("GET", f"instance/{instance}/tasks")
    server.data("POST", f"tasks/{task['id']}/assign?" + "&".join(f"user={user}" for user in USERS))
    task_id: str = task["id"]
    return task_id


def assignee(server: ServerProcess, task_id: str) -> str:
    response = server.processes.GetUserTask(runtime.GetUserTaskRequest(user_task_id=task_id), timeout=SECONDS)
    name: str = response.user_task.assignee
    return name


def race(run: Callable[[str], object]) -> dict[str, object]:
    """Lets all racers go at once."""
    line = threading.Barrier(RACERS)

    def go(user: str) -> object:
        line.wait(SECONDS)
        return run(user)

    with ThreadPoolExecutor(RACERS) as pool:
        return dict(zip(USERS, pool.map(go, USERS), strict=True))


def claim_over_http(server: ServerProcess, task_id: str, user: str) -> tuple[int, int]:
    with httpx2.Client(trust_env=False, timeout=SECONDS) as client:
        answer = client.post(f"{server.legacy}/tasks/{task_id}/claim?user={user}")
    return answer.status_code, answer.json()["code"]


def claim_over_grpc(server: ServerProcess, task_id: str, user: str) -> str:
    try:
        server.processes.ClaimUserTask(runtime.ClaimUserTaskRequest(user_task_id=task_id, user=user), timeout=SECONDS)
    except grpc.RpcError as error:
        code: str = error.code().name
        return code
    return "OK"


def test_of_32_racing_claims_over_http_one_wins(booking_server: ServerProcess) -> None:
    """One caller gets the task; the 31 others get code 9 with HTTP 409, and the winner has the task."""
    task_id = new_task(booking_server)

    answers = race(lambda user: claim_over_http(booking_server, task_id, user))

    assert Counter(answers.values()) == {(200, 0): 1, (409, 9): 31}
    assert answers[assignee(booking_server, task_id)] == (200, 0)


def test_of_32_racing_claims_over_grpc_one_wins(booking_server: ServerProcess) -> None:
    """One caller gets the task; the 31 others get FAILED_PRECONDITION, and the winner has the task."""
    task_id = new_task(booking_server)

    answers = race(lambda user: claim_over_grpc(booking_server, task_id, user))

    assert Counter(answers.values()) == {"OK": 1, "FAILED_PRECONDITION": 31}
    assert answers[assignee(booking_server, task_id)] == "OK"


def test_of_32_racing_completions_one_runs(booking_server: ServerProcess) -> None:
    """One caller completes the task, the others get code 9, and the process goes on once."""
    task_id = new_task(booking_server)
    instance = task_id.rpartition("-")[0]

    def complete(user: str) -> tuple[int, int]:
        with httpx2.Client(trust_env=False, timeout=SECONDS) as client:
            answer = client.post(f"{booking_server.legacy}/tasks/{task_id}/complete?user={user}")
        return answer.status_code, answer.json()["code"]

    answers = race(complete)

    assert Counter(answers.values()) == {(200, 0): 1, (409, 9): 31}
    tasks = booking_server.data("GET", f"instance/{instance}/tasks")
    assert [task["name"] for task in tasks] == ["Add customer details"]


@pytest.mark.postgresql
def test_racing_claims_over_two_servers_have_one_winner(postgresql_url: str, run_server: ServerFactory) -> None:
    """Two servers share the database, half of the racers call each, and still one wins."""
    first = run_server(postgresql_url, "--deploy", str(BOOKING_ROOM))
    second = run_server(postgresql_url)
    task_id = new_task(first)

    answers = race(lambda user: claim_over_http((first, second)[USERS.index(user) % 2], task_id, user))

    assert Counter(answers.values()) == {(200, 0): 1, (409, 9): 31}
    assert answers[assignee(second, task_id)] == (200, 0)


def complete_all_at_once(instance: str, *servers: ServerProcess) -> list[int]:
    """Completes the open tasks of an instance at the same time; returns the codes of the answers."""
    tasks = servers[0].data("GET", f"instance/{instance}/tasks")
    line = threading.Barrier(len(tasks))

    def complete(number: int) -> int:
        line.wait(SECONDS)
        server = servers[number % len(servers)]
        path = f"tasks/{tasks[number]['id']}/complete?user=u"
        code: int = server.call("POST", path, f'{{"result{number}":{number}}}').json()["code"]
        return code

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(complete, range(len(tasks))))


def test_branches_of_an_instance_never_show_a_conflict(booking_server: ServerProcess) -> None:
    """Ten people complete the ten branches of one instance at once: all succeed, and the join fires once."""
    deploy(booking_server, process("ten at once", TEN_AT_ONCE))
    instance = start(booking_server, "ten at once")

    codes = complete_all_at_once(instance, booking_server)

    assert codes == [0] * 10
    (task,) = booking_server.data("GET", f"instance/{instance}/tasks")
    assert task["name"] == "after"
    found = booking_server.data("POST", f"tasks/{task['id']}/variables")
    assert found == {f"result{number}": number for number in range(10)}


@pytest.mark.postgresql
def test_branches_over_two_servers_never_show_a_conflict(postgresql_url: str, run_server: ServerFactory) -> None:
    """The same where half of the people call another server: what lost a compare-and-set is tried again unseen."""
    first, second = run_server(postgresql_url), run_server(postgresql_url)
    deploy(first, process("ten at once", TEN_AT_ONCE))
    instance = start(first, "ten at once")

    codes = complete_all_at_once(instance, first, second)

    assert codes == [0] * 10
    (task,) = second.data("GET", f"instance/{instance}/tasks")
    assert task["name"] == "after"
