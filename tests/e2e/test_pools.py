"""A pool that many people empty at a time, over server processes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from bpmgrpc.v1 import admin_runtime_pb2 as admin
from bpmgrpc.v1 import directory_pb2 as directory
from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1 import user_task_runtime_pb2 as people
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import deploy, flow, process, start
from tests.e2e.server_process import SECONDS, ServerProcess

CLAIMERS = 64
TASKS = 1_000
POOL = (
    '<bpmn:startEvent id="s"/><bpmn:userTask id="t" bpmgrpc:candidateGroups="clerks"/><bpmn:endEvent id="e"/>'
    + flow("s", "t")
    + flow("t", "e")
)


def fill(server: ServerProcess, users: list[str], tasks: int = TASKS) -> None:
    """Makes the users clerks, and tasks for them."""
    clerks = [directory.DirectoryUser(user=user, groups=["clerks"]) for user in users]
    server.admin.ImportDirectory(admin.ImportDirectoryRequest(users=clerks), timeout=SECONDS)
    deploy(server, process("pool", POOL))
    with ThreadPoolExecutor(16) as starters:
        list(starters.map(lambda _: start(server, "pool"), range(tasks)))


def empty(server: ServerProcess, user: str) -> list[str]:
    """Claims until nothing is left."""
    request = people.ClaimNextUserTaskRequest(user=user)
    claimed = []
    while True:
        task = server.people.ClaimNextUserTask(request, timeout=SECONDS).user_task
        if not task.user_task_id:
            return claimed
        assert task.assignee == user
        claimed.append(task.user_task_id)


@pytest.mark.parametrize("processes", (1, pytest.param(2, marks=pytest.mark.postgresql)))
def test_64_claimers_empty_a_pool_of_1000_tasks(
    request: pytest.FixtureRequest, run_server: ServerFactory, processes: int
) -> None:
    """On one server with SQLite and on two with PostgreSQL nobody gets a task that another has, and none is left."""
    url = request.getfixturevalue("postgresql_url" if processes > 1 else "sqlite_url")
    servers = [run_server(url) for _ in range(processes)]
    users = [f"clerk-{number:02}" for number in range(CLAIMERS)]
    fill(servers[0], users)

    with ThreadPoolExecutor(CLAIMERS) as claimers:
        shares = list(claimers.map(lambda n: empty(servers[n % processes], users[n]), range(CLAIMERS)))

    counts = Counter(task for share in shares for task in share)
    assert (len(counts), set(counts.values())) == (TASKS, {1})
    count = servers[0].processes.CountUserTasks(runtime.CountUserTasksRequest(group="clerks"), timeout=SECONDS)
    assert count.total_size == 0


@pytest.mark.parametrize("processes", (1, pytest.param(2, marks=pytest.mark.postgresql)))
def test_8_identical_requests_claim_one_task(
    request: pytest.FixtureRequest, run_server: ServerFactory, processes: int
) -> None:
    """Calls with one request id, at a time and over two servers, act once and are all answered the same."""
    url = request.getfixturevalue("postgresql_url" if processes > 1 else "sqlite_url")
    servers = [run_server(url) for _ in range(processes)]
    fill(servers[0], ["ann"], tasks=20)
    once = people.ClaimNextUserTaskRequest(user="ann", request_id="once")

    with ThreadPoolExecutor(8) as callers:
        answers = list(
            callers.map(lambda n: servers[n % processes].people.ClaimNextUserTask(once, timeout=SECONDS), range(8))
        )

    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert answers[0].user_task.assignee == "ann"
    count = runtime.CountUserTasksRequest(assignee="ann")
    assert servers[-1].processes.CountUserTasks(count, timeout=SECONDS).total_size == 1
