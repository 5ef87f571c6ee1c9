"""docs/howto/inbox.md shows what happens: its commands and its program are run as they are written."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1.user_task_runtime_pb2 import WatchUserTasksResponse
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import open_task, start
from tests.e2e.server_process import BOOKING_ROOM, SECONDS, TOP, ServerProcess

TEXT = (TOP / "docs" / "howto" / "inbox.md").read_text("utf-8")
(PROGRAM,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
SERVE, LOAD, START, *LISTS, NEXT, BATCH, WATCH = re.findall(
    r"^    (\.venv/bin/bpmgrpc .*|curl .*)$", TEXT, re.MULTILINE
)


def environment(server: ServerProcess) -> dict[str, str]:
    return os.environ | {"BPMGRPC_GRPC_ADDRESS": server.grpc}


def run(server: ServerProcess, command: str) -> Any:
    """Runs a command, at the server's address instead of the usual one; returns its answer."""
    written = command.replace("localhost:8080", server.rest.removeprefix("http://"))
    done = subprocess.run(  # noqa: S602 - a document's own commands
        written, shell=True, cwd=TOP, env=environment(server), check=True, timeout=SECONDS, capture_output=True
    )
    return json.loads(done.stdout) if command.startswith("curl") else done.stdout.decode()


def served(run_server: ServerFactory, sqlite_url: str) -> ServerProcess:
    """The server that the text begins with."""
    assert f".venv/bin/bpmgrpc serve --deploy {BOOKING_ROOM.relative_to(TOP)} --app booking" == SERVE
    return run_server(sqlite_url, "--deploy", str(BOOKING_ROOM), "--app", "booking")


def test_commands_answer_as_the_text_says(run_server: ServerFactory, sqlite_url: str) -> None:
    """The list has the task, filters narrow it, the next task is claimed once, a batch answers for each."""
    server = served(run_server, sqlite_url)
    run(server, LOAD)
    run(server, START)

    counts = [len(run(server, command)["userTasks"]) for command in LISTS]
    claimed = run(server, NEXT)
    again = run(server, NEXT)
    (result,) = run(server, BATCH)["results"]

    assert counts == [1, 0, 1, 1]
    assert claimed["userTask"]["assignee"] == "ann"
    assert again == claimed
    assert result["error"]["code"] == 5


def test_events_are_those_of_the_table(run_server: ServerFactory, sqlite_url: str) -> None:
    """The command prints the tasks, then CURRENT; the table has every kind of event."""
    server = served(run_server, sqlite_url)
    run(server, LOAD)
    run(server, START)
    address = server.rest.removeprefix("http://")

    with subprocess.Popen(  # noqa: S602 - a document's own command
        WATCH.replace("localhost:8080", address).replace("curl", "exec curl", 1),
        shell=True,
        stdout=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        events: list[Any] = []
        while len(events) < 2:
            line = watching.stdout.readline()
            if line.startswith("data: "):
                events.append(json.loads(line.removeprefix("data: ")))
        watching.terminate()

    kinds = {value.name for value in WatchUserTasksResponse.Kind.DESCRIPTOR.values if value.number}
    assert [event["kind"] for event in events] == ["KIND_ADDED", "KIND_CURRENT"]
    assert set(re.findall(r"^\| `(KIND_\w+)`", TEXT, re.MULTILINE)) == kinds


def test_program_keeps_its_copy_when_its_server_dies(
    run_server: ServerFactory, sqlite_url: str, tmp_path: Path
) -> None:
    """The copy shows what the list shows, before and after the server was killed and another one came."""
    server = served(run_server, sqlite_url)
    run(server, LOAD)
    run(server, START)
    program = tmp_path / "copy.py"
    program.write_text(PROGRAM, "utf-8")
    with subprocess.Popen(
        [sys.executable, program], env=environment(server), stdout=subprocess.PIPE, text=True
    ) as copy:
        try:
            assert copy.stdout is not None
            first = copy.stdout.readline()
            server.end()
            other = run_server(sqlite_url, grpc_address=server.grpc)
            task = open_task(other, start(other, "booking room"))
            while copy.stdout.readline().count("'") != 2 * first.count("'"):
                pass
            other.processes.ClaimUserTask(runtime.ClaimUserTaskRequest(user_task_id=task, user="bob"), timeout=SECONDS)
            while copy.stdout.readline() != first:
                pass
        finally:
            copy.send_signal(signal.SIGKILL)
