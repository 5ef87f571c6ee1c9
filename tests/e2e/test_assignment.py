"""Assignment strategies that many starts ask at a time, over server processes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from bpmgrpc.v1 import admin_runtime_pb2 as admin
from bpmgrpc.v1 import directory_pb2 as directory
from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1 import user_task_runtime_pb2 as people
from bpmgrpc.v1.user_task_filter_pb2 import UserTaskFilter
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import deploy, flow, process, start
from tests.e2e.server_process import SECONDS, ServerProcess

STARTERS = 16
USERS = ("ann", "bob", "cat", "dan")
PROCESSES = pytest.mark.parametrize("processes", (1, pytest.param(2, marks=pytest.mark.postgresql)))


def serve(request: pytest.FixtureRequest, run_server: ServerFactory, processes: int) -> list[ServerProcess]:
    """One server on SQLite, or several on PostgreSQL, with a work party of four."""
    url = request.getfixturevalue("postgresql_url" if processes > 1 else "sqlite_url")
    servers = [run_server(url) for _ in range(processes)]
    desk = directory.WorkParty(work_party="desk", users=USERS[:3], roles=["helper"])
    helper = directory.DirectoryUser(user=USERS[3], roles=["helper"])
    servers[0].admin.ImportDirectory(admin.ImportDirectoryRequest(users=[helper], work_parties=[desk]), timeout=SECONDS)
    return servers


def deploy_task(server: ServerProcess, name: str, strategy: str) -> None:
    """A process with one user task of the work party."""
    task = f'<bpmn:userTask id="t" bpmgrpc:workParty="desk" bpmgrpc:assignment="{strategy}"/>'
    body = f'<bpmn:startEvent id="s"/>{task}<bpmn:endEvent id="e"/>' + flow("s", "t") + flow("t", "e")
    deploy(server, process(name, body))


def start_at_once(servers: list[ServerProcess], name: str, count: int) -> None:
    """Starts instances from many threads, on all servers in turn."""
    with ThreadPoolExecutor(STARTERS) as starters:
        list(starters.map(lambda number: start(servers[number % len(servers)], name), range(count)))


def shares(server: ServerProcess) -> dict[str, int]:
    """How many tasks each user has claimed."""
    claimed = UserTaskFilter(parts=[UserTaskFilter.PART_CLAIMED])
    found = {}
    for user in USERS:
        wanted = runtime.CountUserTasksRequest(user=user, filter=claimed)
        found[user] = server.processes.CountUserTasks(wanted, timeout=SECONDS).total_size
    return found


@PROCESSES
def test_round_robin_over_4_users_stays_within_one(
    request: pytest.FixtureRequest, run_server: ServerFactory, processes: int
) -> None:
    """However many starts come at a time, on one server or two, no user gets two tasks more than another."""
    servers = serve(request, run_server, processes)
    deploy_task(servers[0], "fair", "roundRobin")

    start_at_once(servers, "fair", 202)

    assert Counter(shares(servers[0]).values()) == {50: 2, 51: 2}


@PROCESSES
def test_load_balance_levels_what_users_have(
    request: pytest.FixtureRequest, run_server: ServerFactory, processes: int
) -> None:
    """Who has tasks already gets none until the others have as many, exactly, however many starts come at a time."""
    servers = serve(request, run_server, processes)
    deploy_task(servers[0], "pull", "pull")
    deploy_task(servers[0], "level", "loadBalance")
    start_at_once(servers, "pull", 20)
    for _ in range(20):
        servers[0].people.ClaimNextUserTask(people.ClaimNextUserTaskRequest(user="bob"), timeout=SECONDS)

    start_at_once(servers, "level", 58)

    found = shares(servers[0])
    assert (found.pop("bob"), Counter(found.values())) == (20, {19: 2, 20: 1})
