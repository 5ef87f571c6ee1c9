"""A real server process: the installed program, free ports, a database of the test's own.

Nothing here knows the inside of the product: tests speak HTTP, gRPC and signals.
"""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import grpc
import httpx2
import pytest

from bpmgrpc.v1.admin_runtime_pb2_grpc import AdminRuntimeStub
from bpmgrpc.v1.batch_runtime_pb2_grpc import BatchRuntimeStub
from bpmgrpc.v1.command_runtime_pb2_grpc import CommandRuntimeStub
from bpmgrpc.v1.job_runtime_pb2_grpc import JobRuntimeStub
from bpmgrpc.v1.process_runtime_pb2_grpc import ProcessRuntimeStub
from bpmgrpc.v1.user_task_runtime_pb2_grpc import UserTaskRuntimeStub

TOP = Path(__file__).resolve().parents[2]
BOOKING_ROOM = TOP / "examples" / "booking-room" / "booking-room.bpmn"
LEGACY_BASE = "/BPMREST/service/runtime"
SECONDS = 60  # how long to wait for what comes at once on any machine


class Program:
    """A command of the product that runs until it is ended, and what it logs.

    Args:
        arguments: The command and its arguments.
        settings: Settings by name.
    """

    def __init__(self, *arguments: str, **settings: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BPMGRPC_")}
        settings = {"log_format": "json", "rest_address": "127.0.0.1:0", **settings}
        environment |= {f"BPMGRPC_{name.upper()}": value for name, value in settings.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bpmgrpc", *arguments],
            cwd=TOP,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.log: list[str] = []
        self._lines: Queue[dict[str, Any] | None] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.ready = self.event("ready")
        except BaseException:
            self.end()
            raise

    def _read(self) -> None:
        for line in self.process.stderr or ():
            self.log.append(line)
            self._lines.put(json.loads(line) if line.startswith("{") else {"event": line.rstrip("\n")})
        self._lines.put(None)

    def event(self, name: str) -> dict[str, Any]:
        """Waits for a log line with this event, and returns it; fails with the log where the process ends before."""
        while True:
            try:
                line = self._lines.get(timeout=SECONDS)
            except Empty:
                pytest.fail(f"no {name!r} within {SECONDS} seconds:\n{''.join(self.log)}", pytrace=False)
            if line is None:
                pytest.fail(f"the program ended before {name!r}:\n{''.join(self.log)}", pytrace=False)
            if line["event"] == name:
                return line

    def end(self) -> None:
        """Kills the process, if it still runs, as a loss of power would: no signal handler, no goodbye."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        if self.process.stderr is not None:
            self.process.stderr.close()


class ServerProcess:
    """`bpmgrpc serve` on a database. It can be killed and started again on the same one.

    Args:
        database_url: The database.
        arguments: Further arguments of `bpmgrpc serve`.
        settings: Further settings, by name.
    """

    def __init__(self, database_url: str, *arguments: str, **settings: str) -> None:
        self._arguments = arguments
        self._settings = {"database_url": database_url, "grpc_address": "127.0.0.1:0", **settings}
        self.start()

    def start(self) -> None:
        """Starts the process and waits until it says that it is ready."""
        self.program = Program("serve", *self._arguments, **self._settings)
        self.process = self.program.process
        self.grpc: str = self.program.ready["grpc"]
        self.rest: str = self.program.ready["rest"]
        self.legacy = self.rest + LEGACY_BASE
        self.channel = grpc.insecure_channel(
            self.grpc, options=[("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", -1)]
        )
        self.processes = ProcessRuntimeStub(self.channel)
        self.jobs = JobRuntimeStub(self.channel)
        self.admin = AdminRuntimeStub(self.channel)
        self.people = UserTaskRuntimeStub(self.channel)
        self.commands = CommandRuntimeStub(self.channel)
        self.batches = BatchRuntimeStub(self.channel)
        self.http = httpx2.Client(base_url=self.rest, timeout=SECONDS, trust_env=False)

    def event(self, name: str) -> dict[str, Any]:
        """Waits for a log line with this event, and returns it."""
        return self.program.event(name)

    def end(self) -> None:
        """Kills the process, if it still runs."""
        self.program.end()
        self.http.close()
        self.channel.close()

    def restart_after_kill(self) -> None:
        """Kills the process with -9 and starts another on the same database."""
        self.end()
        self.start()

    def call(self, verb: str, path: str, content: str | bytes | None = None) -> "httpx2.Response":
        """Makes a legacy call; a body is sent as it stands."""
        return self.http.request(verb, f"{self.legacy}/{path}", content=content)

    def data(self, verb: str, path: str, content: str | None = None) -> Any:
        """Makes a legacy call that must succeed, and returns its `data`."""
        response = self.call(verb, path, content)
        body = response.json()
        assert (response.status_code, body["code"]) == (200, 0), response.text
        return body["data"]
