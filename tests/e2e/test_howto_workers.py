"""docs/howto/workers.md shows what happens: its programs and commands are run as they are written."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1.admin_runtime_pb2 import ListIncidentsRequest
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.e2e.conftest import ServerFactory
from tests.e2e.models import deploy, start
from tests.e2e.server_process import SECONDS, TOP, ServerProcess
from tests.support.harness import boundary, bpmn, error, flows
from tests.support.running import eventually

TEXT = (TOP / "docs" / "howto" / "workers.md").read_text("utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^    (\.venv/bin/.*)$", TEXT, re.MULTILINE)


def environment(server: ServerProcess) -> dict[str, str]:
    return os.environ | {"BPMGRPC_GRPC_ADDRESS": server.grpc}


@contextmanager
def runs(server: ServerProcess, *command: str | Path) -> Iterator["subprocess.Popen[str]"]:
    """Runs a worker, and ends it in order."""
    with subprocess.Popen(
        command, cwd=TOP, env=environment(server), stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as worker:
        try:
            yield worker
        finally:
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(SECONDS) == 0


def ended(server: ServerProcess, instance_id: str) -> ProcessInstance:
    """Waits until an instance has ended."""

    def found() -> ProcessInstance | None:
        request = runtime.GetProcessInstanceRequest(process_instance_id=instance_id)
        instance = server.processes.GetProcessInstance(request, timeout=SECONDS).process_instance
        return None if instance.state == ProcessInstance.STATE_ACTIVE else instance

    return eventually(found)


def test_first_worker_is_the_example_and_its_commands_work(run_server: ServerFactory, sqlite_url: str) -> None:
    """The ten lines are the file's, and with the commands below them a confirmation is sent."""
    server = run_server(sqlite_url)
    *prepare, work = COMMANDS

    for command in prepare:
        subprocess.run(command, shell=True, cwd=TOP, env=environment(server), check=True, timeout=SECONDS)  # noqa: S602
    with runs(server, *work.split()) as worker:
        assert worker.stdout is not None
        said = worker.stdout.readline()

    assert PROGRAMS[0] == (TOP / "examples" / "worker" / "worker.py").read_text("utf-8")
    assert len(prepare) == 2
    assert said == "a confirmation for Malee (booking-confirmed)\n"


def test_second_worker_charges_refuses_and_fails(run_server: ServerFactory, sqlite_url: str, tmp_path: Path) -> None:
    """Typed input and result, a BPMN error, a failure and an input that does not fit, as the text says."""
    server = run_server(sqlite_url)
    model = bpmn(
        '<startEvent id="s"/><serviceTask id="j" bpmgrpc:jobType="charge-card"/><endEvent id="ok"/>'
        '<endEvent id="refused"/>' + boundary("b", "j", error("LIMIT")) + flows("s -> j", "j -> ok", "b -> refused"),
        process="charge",
    )
    deploy(server, model)
    program = tmp_path / "charge.py"
    program.write_text(PROGRAMS[1], "utf-8")

    with runs(server, sys.executable, program):
        charged = ended(server, start(server, "charge", '{"amount": 12.50}'))
        refused = ended(server, start(server, "charge", '{"amount": 1000.01}'))
        start(server, "charge", '{"amount": 0}')
        start(server, "charge", '{"amount": 1, "currency": "USD"}')

        def failed() -> set[str]:
            found = server.admin.ListIncidents(ListIncidentsRequest(), timeout=SECONDS).incidents
            return {one.message.partition(" failed: ")[2] for one in found} if len(found) == 2 else set()

        messages = eventually(failed)

    assert re.fullmatch(r'{"amount":12.50,"charged":12.50,"receipt":"R-[\w-]+"}', charged.variables)
    assert refused.variables == '{"amount":1000.01}'
    assert messages == {"nothing to charge", "variable 'currency' has to be one of 'EUR', 'THB', not 'USD'"}
