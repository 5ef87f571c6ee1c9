"""Two server processes on one PostgreSQL are one runtime."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from google.protobuf.duration_pb2 import Duration

from bpmgrpc.v1 import job_runtime_pb2 as jobs
from bpmgrpc.v1 import process_runtime_pb2 as runtime
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import SERVICE_TASK, TIMER_START, USER_TASK, deploy, open_task, process, start, wait_for_tasks
from tests.e2e.server_process import BOOKING_ROOM, SECONDS, ServerProcess

pytestmark = pytest.mark.postgresql
Pair = tuple[ServerProcess, ServerProcess]


@pytest.fixture
def pair(postgresql_url: str, run_server: ServerFactory) -> Pair:
    """Two servers on one database; the first deploys the sample process."""
    first = run_server(postgresql_url, "--deploy", str(BOOKING_ROOM), "--app", "booking")
    return first, run_server(postgresql_url)


def test_two_servers_serve_the_same_instance(pair: Pair) -> None:
    """What one server did, the other one sees in its next answer and goes on with."""
    first, second = pair
    instance = first.data("POST", "process/start", '{"processName":"booking room"}')

    (task,) = second.data("GET", f"instance/{instance}/tasks")
    second.data("POST", f"tasks/{task['id']}/claim?user=ann")
    refused = first.call("POST", f"tasks/{task['id']}/claim?user=bob").json()
    first.data("POST", f"tasks/{task['id']}/complete?user=ann")
    (task,) = second.data("GET", f"instance/{instance}/tasks")
    second.data("POST", f"tasks/{task['id']}/complete?user=ann")

    assert refused["code"] == 9
    assert first.data("GET", f"instance/{instance}/tasks") == []


def test_both_servers_start_the_version_that_one_deployed_last(pair: Pair) -> None:
    """Which version is the latest is read with the state, not remembered."""
    first, second = pair
    deploy(first, process("growing", USER_TASK))
    start(second, "growing")

    deploy(first, process("growing", USER_TASK.replace('"t"', '"newer"')))
    instance = start(second, "growing")

    request = runtime.GetProcessInstanceRequest(process_instance_id=instance)
    assert second.processes.GetProcessInstance(request, timeout=SECONDS).process_instance.version == 2


def test_refresh_of_all_reaches_the_other_server(pair: Pair) -> None:
    """After a refresh on one server the other's next command drops what it had cached, and reads what it needs anew."""
    first, second = pair
    deploy(first, process("another", USER_TASK))
    start(second, "another")
    instance = start(second, "booking room")

    assert first.data("POST", "refreshCache") == "RefreshCache Success"

    start(second, "another")
    dropped = second.processes.RefreshCache(runtime.RefreshCacheRequest(), timeout=SECONDS)
    assert dropped.process_definition_count == 1
    second.data("POST", f"tasks/{open_task(second, instance)}/complete?user=ann")


def test_refresh_of_one_process_reaches_the_other_server(pair: Pair) -> None:
    """After a refresh of one process on one server the other drops that process, and no other."""
    first, second = pair
    deploy(first, process("kept", USER_TASK), process("another", USER_TASK))
    for name in ("kept", "another", "booking room"):
        start(second, name)

    first.data("POST", "classAction", '{"processName":"booking room"}')

    start(second, "another")
    kept = second.data("POST", "classAction", '{"processName":"kept","event":"file"}')
    gone = second.data("POST", "classAction", '{"processName":"booking room","event":"file"}')
    assert (kept["cacheClassSize"], gone["cacheClassSize"]) == (1, 0)


def test_worker_at_one_server_gets_the_job_that_another_made(pair: Pair) -> None:
    """A worker waits at one server; a job that the other server makes comes to it within its request's time."""
    first, second = pair
    deploy(first, process("with a job", SERVICE_TASK.format(type="across")))
    request = jobs.ActivateJobsRequest(type="across", worker="w", request_timeout=Duration(seconds=30))
    waiting = second.jobs.ActivateJobs.future(request, timeout=SECONDS)

    instance = start(first, "with a job")

    (job,) = waiting.result(SECONDS).jobs
    assert job.process_instance_id == instance


def test_timer_start_event_starts_one_instance_for_each_time(pair: Pair) -> None:
    """Both servers look for due timers, and each time is served once."""
    first, second = pair
    deploy(first, process("clockwork", TIMER_START.format(cycle="R3/PT1S")))

    wait_for_tasks(second, "clockwork", 3)
    deploy(first, process("later", TIMER_START.format(cycle="R1/PT2S")))
    wait_for_tasks(second, "later", 1)

    assert len(wait_for_tasks(second, "clockwork", 3)) == 3


def test_servers_that_start_at_once_on_an_empty_database_both_serve(
    postgresql_url: str, run_server: ServerFactory
) -> None:
    """Four servers migrate one empty database and deploy one file at the same time: one version, and all serve."""
    arguments = ("--deploy", str(BOOKING_ROOM))
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: run_server(postgresql_url, *arguments), range(4)))

    for server in servers:
        start(server, "booking room")
    listed = servers[0].processes.ListProcessDefinitions(runtime.ListProcessDefinitionsRequest(), timeout=SECONDS)
    assert [definition.version for definition in listed.process_definitions] == [1]
