"""Inboxes watched over server processes that come and go."""

import json
import signal
from collections.abc import Iterator
from typing import Any

import grpc
import httpx2
import pytest

from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1 import user_task_runtime_pb2 as people
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import USER_TASK, deploy, open_task, process, start
from tests.e2e.server_process import SECONDS, Program, ServerProcess

WATCH = "/v1/userTasks:watch?filter.processName=watched"
EVENTS = {"accept": "text/event-stream"}


def task_of(server: ServerProcess) -> str:
    """Starts an instance; returns its task."""
    return open_task(server, start(server, "watched"))


def claim(server: ServerProcess, task: str) -> None:
    server.processes.ClaimUserTask(runtime.ClaimUserTaskRequest(user_task_id=task, user="u"), timeout=SECONDS)


class Told:
    """The events of one stream of server-sent events."""

    def __init__(self, response: "httpx2.Response") -> None:
        assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream")
        self._lines = response.iter_lines()
        self.last_id = ""

    def events(self) -> Iterator[tuple[str, Any]]:
        """Yields the type and the data of each event."""
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "data" in fields:
                self.last_id = fields.get("id", self.last_id)
                yield fields.get("event", ""), json.loads(fields["data"])
                fields = {}

    def until(self, kind: str) -> list[tuple[str, str]]:
        """Returns kind and task of the events up to one of a kind."""
        found = []
        for _, data in self.events():
            found.append((data["kind"].removeprefix("KIND_"), (data.get("userTask") or {}).get("userTaskId", "")))
            if found[-1][0] == kind:
                return found
        raise AssertionError(f"the stream ended before {kind}: {found}")


def test_watcher_goes_on_after_its_server_was_killed(database_url: str, run_server: ServerFactory) -> None:
    """Over gRPC, what happened before the server died and after another one came is told, once each."""
    server = run_server(database_url)
    deploy(server, process("watched", USER_TASK))
    first, second = task_of(server), task_of(server)
    stream = server.people.WatchUserTasks(people.WatchUserTasksRequest(), timeout=SECONDS)
    told = [next(stream) for _ in range(3)]
    assert {one.user_task.user_task_id for one in told} == {first, second, ""}
    claim(server, first)

    server.restart_after_kill()

    with pytest.raises(grpc.RpcError):
        told.extend(stream)
    claim(server, second)
    third = task_of(server)
    request = people.WatchUserTasksRequest(resume_token=told[-1].resume_token)
    again = server.people.WatchUserTasks(request, timeout=SECONDS)
    for response in again:
        told.append(response)
        if response.kind == response.KIND_CURRENT:
            break
    again.cancel()
    changes = [(one.kind, one.user_task.user_task_id) for one in told[3:]]
    kinds = people.WatchUserTasksResponse
    assert sorted(changes) == sorted(
        [(kinds.KIND_CHANGED, first), (kinds.KIND_CHANGED, second), (kinds.KIND_ADDED, third), (kinds.KIND_CURRENT, "")]
    )


@pytest.mark.parametrize("alone", (False, True), ids=("within the server", "alone"))
def test_events_over_http_go_on_behind_the_last_id(run_server: ServerFactory, sqlite_url: str, alone: bool) -> None:
    """A browser that comes back with Last-Event-ID is told what it missed, by the server's adapter and by one alone."""
    server = run_server(sqlite_url)
    adapter = Program("rest", "--upstream", server.grpc) if alone else None
    try:
        base = adapter.ready["rest"] if adapter else server.rest
        deploy(server, process("watched", USER_TASK))
        task = task_of(server)
        with httpx2.Client(base_url=base, timeout=SECONDS, trust_env=False) as http:
            with http.stream("GET", WATCH, headers=EVENTS) as response:
                told = Told(response)
                assert told.until("CURRENT") == [("ADDED", task), ("CURRENT", "")]
                claim(server, task)
                assert told.until("CHANGED") == [("CHANGED", task)]
            server.processes.CompleteUserTask(
                runtime.CompleteUserTaskRequest(user_task_id=task, user="u"), timeout=SECONDS
            )
            other = task_of(server)
            with http.stream("GET", WATCH, headers=EVENTS | {"last-event-id": told.last_id}) as response:
                assert Told(response).until("CURRENT") == [("REMOVED", task), ("ADDED", other), ("CURRENT", "")]
            refused = http.get(WATCH, headers=EVENTS | {"last-event-id": "x"})
            assert (refused.status_code, refused.json()["code"]) == (400, 3)
    finally:
        if adapter is not None:
            adapter.end()


def test_events_over_http_end_with_a_status_when_the_server_stops(run_server: ServerFactory, sqlite_url: str) -> None:
    """A server that drains tells so in a last event, and ends in order."""
    server = run_server(sqlite_url)
    deploy(server, process("watched", USER_TASK))
    with server.http.stream("GET", WATCH, headers=EVENTS) as response:
        told = Told(response)
        told.until("CURRENT")

        server.process.send_signal(signal.SIGTERM)

        (last,) = list(told.events())
    assert (last[0], last[1]["code"]) == ("status", 14)
    assert server.process.wait(SECONDS) == 0
