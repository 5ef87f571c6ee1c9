"""docs/howto/operations.md and docs/howto/migration.md show what happens: their commands are run as written."""

import json
import os
import re
import subprocess
import time
from typing import Any

from bpmgrpc.v1.process_runtime_pb2 import CancelProcessInstanceRequest
from tests.e2e.conftest import ServerFactory
from tests.e2e.server_process import SECONDS, TOP, ServerProcess

COMMAND = re.compile(r"^    (\S.*(?:\n      .*)*)$", re.MULTILINE)


class Reader:
    """Runs the commands of a document in their order.

    Args:
        name: The document.
        server: The server that its first command starts.
    """

    def __init__(self, name: str, server: ServerProcess) -> None:
        text = (TOP / "docs" / "howto" / name).read_text("utf-8")
        serve, *self.commands = COMMAND.findall(text)
        assert serve == ".venv/bin/bpmgrpc serve"
        self._server = server
        self.known: dict[str, str] = {}

    def run(self) -> Any:
        """Runs the next command; returns its answer."""
        command = self.commands.pop(0).replace("localhost:8080", self._server.rest.removeprefix("http://"))
        for word, found in self.known.items():
            command = re.sub(rf"\b{word}\b", found, command)
        done = subprocess.run(  # noqa: S602 - a document's own commands
            command,
            shell=True,
            cwd=TOP,
            env=os.environ | {"BPMGRPC_GRPC_ADDRESS": self._server.grpc},
            check=True,
            timeout=SECONDS,
            capture_output=True,
        )
        return json.loads(done.stdout) if command.startswith("curl") else done.stdout.decode()

    def ended_batch(self) -> Any:
        """Runs the next command until the batch that it shows has ended."""
        command, until = self.commands[0], time.monotonic() + SECONDS
        while (batch := self.run()["batch"])["state"] != "STATE_COMPLETED":
            assert time.monotonic() < until
            self.commands.insert(0, command)
        return batch


def last_word(text: str) -> str:
    """The last id that a command printed."""
    return re.findall(r"\b[0-9a-hjkmnp-tv-z]{20}\b", text)[-1]


def test_operations_do_what_their_document_says(run_server: ServerFactory, sqlite_url: str) -> None:
    """Suspended, tried before, and resumed; what a modification would do is told."""
    reader = Reader("operations.md", run_server(sqlite_url))
    reader.run()
    reader.known["ID"] = last_word(reader.run())

    tried, suspended, resumed = reader.run(), reader.run(), reader.run()
    answer = reader.run()

    states = [one["processInstance"]["state"] for one in (tried, suspended, resumed)]
    assert states == ["STATE_SUSPENDED", "STATE_SUSPENDED", "STATE_ACTIVE"]
    kinds = sorted(one["kind"] for one in answer["plan"]["effects"] if one["subject"] == "SUBJECT_USER_TASK")
    assert kinds == ["KIND_CANCELED", "KIND_CREATED"]
    dry, made = reader.run()["batch"], reader.run()["batch"]
    assert (dry["validateOnly"], made["state"]) == (True, "STATE_SELECTING")
    reader.known["BATCH"] = made["batchId"]
    assert reader.ended_batch()["succeededCount"] == 1
    assert reader.run().get("batchItems", []) == []
    assert reader.commands == []


def test_migration_does_what_its_document_says(run_server: ServerFactory, sqlite_url: str) -> None:
    """Refused without a mapping, tried with one, done, and started anew once it is over."""
    server = run_server(sqlite_url)
    reader = Reader("migration.md", server)
    reader.run()
    reader.known["ID"] = last_word(reader.run())
    reader.known["VERSION"] = last_word(reader.run())

    refused, tried, done = reader.run(), reader.run(), reader.run()
    server.processes.CancelProcessInstance(
        CancelProcessInstanceRequest(process_instance_id=reader.known["ID"]), timeout=SECONDS
    )
    restarted = reader.run()

    assert [found["reason"] for found in refused["plan"]["findings"]] == ["NO_TARGET"]
    kinds = {(effect["subject"], effect["kind"]) for effect in tried["plan"]["effects"]}
    assert {("SUBJECT_USER_TASK", "KIND_MIGRATED"), ("SUBJECT_TIMER", "KIND_CREATED")} <= kinds
    assert (tried["processInstance"]["version"], done["processInstance"]["version"]) == (2, 2)
    assert restarted["processInstance"]["version"] == 2
    assert reader.commands == []
