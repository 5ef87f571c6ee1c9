"""`bpmgrpc serve --workers N`: several processes that are one server."""

import os
import signal
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import USER_TASK, deploy, process, start
from tests.e2e.server_process import BOOKING_ROOM, SECONDS, ServerProcess
from tests.support.running import running

pytestmark = pytest.mark.postgresql


def _children(server: ServerProcess) -> list[int]:
    path = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [int(pid) for pid in path.read_text().split()]


def _count(server: ServerProcess) -> None:
    """Makes a call on a connection of its own."""
    options = [("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(server.grpc, options=options) as channel:
        request = runtime.CountUserTasksRequest()
        ProcessRuntimeStub(channel).CountUserTasks(request, timeout=SECONDS, wait_for_ready=True)


def test_workers_share_the_addresses_and_the_calls(postgresql_url: str, run_server: ServerFactory) -> None:
    """Two workers answer on one gRPC and one REST address, and each gets a part of the connections."""
    server = run_server(postgresql_url, "--deploy", str(BOOKING_ROOM), "--app", "booking", workers="2")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: _count(server), range(64)))
    instance = server.data("POST", "process/start", '{"processName":"booking room"}')

    assert len(server.data("GET", f"instance/{instance}/tasks")) == 1
    assert server.program.ready["workers"] == 2
    assert len(_children(server)) == 2
    served = Counter(server.event("request")["worker"] for _ in range(64))
    assert set(served) == {1, 2}


def test_a_killed_worker_is_replaced(postgresql_url: str, run_server: ServerFactory) -> None:
    """Kill -9 of a worker costs its connections, no acknowledged work, and another one takes its place."""
    server = run_server(postgresql_url, workers="2")
    deploy(server, process("p", USER_TASK))
    instance = start(server, "p")
    before = _children(server)

    os.kill(before[0], signal.SIGKILL)
    line = server.event("a worker ended and will be replaced")

    assert line["exit_code"] == -signal.SIGKILL
    deadline = time.monotonic() + SECONDS
    while len(after := _children(server)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert before[1] in after
    assert len(after) == 2
    with grpc.insecure_channel(server.grpc, options=[("grpc.enable_http_proxy", 0)]) as channel:
        request = runtime.GetProcessInstanceRequest(process_instance_id=instance)
        found = ProcessRuntimeStub(channel).GetProcessInstance(request, timeout=SECONDS, wait_for_ready=True)
    assert found.active_element_count == 1


def test_workers_end_in_order_with_one_signal(postgresql_url: str, run_server: ServerFactory) -> None:
    """SIGTERM to the supervisor drains all workers; the exit code says that it went in order."""
    server = run_server(postgresql_url, workers="3")
    children = _children(server)

    server.process.send_signal(signal.SIGTERM)

    assert server.process.wait(SECONDS) == 0
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_workers_end_when_their_supervisor_is_killed(postgresql_url: str, run_server: ServerFactory) -> None:
    """Kill -9 of the supervisor leaves nobody behind on the address."""
    server = run_server(postgresql_url, workers="2")
    children = _children(server)

    server.process.kill()

    deadline = time.monotonic() + SECONDS
    while any(_runs(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_runs(pid) for pid in children)


def _runs(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_what_keeps_one_worker_from_starting_keeps_all(postgresql_url: str, tmp_path: Path) -> None:
    """A file that cannot be deployed ends the command with the usual message and exit code."""
    (tmp_path / "bad.bpmn").write_text("<nothing/>")
    command = [".venv/bin/bpmgrpc", "serve", "--workers", "2", "--deploy", str(tmp_path / "bad.bpmn")]

    with running(command, cwd=Path.cwd(), settings={"database_url": postgresql_url}) as program:
        code = program.exit_code()
        lines = [program.lines.get(timeout=SECONDS) for _ in range(program.lines.qsize())]

    assert code == 2
    assert any(line.startswith("error: --deploy:") for line in lines)


def test_workers_need_postgresql(tmp_path: Path) -> None:
    """On SQLite more than one worker is refused, with the reason."""
    command = [".venv/bin/bpmgrpc", "serve", "--workers", "2", "--database-url", f"sqlite:///{tmp_path / 'b.db'}"]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)

    assert ended.returncode == 2
    assert "workers 2 needs PostgreSQL" in ended.stderr
