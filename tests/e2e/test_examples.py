import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bpmgrpc.v1 import process_runtime_pb2 as runtime
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.e2e.conftest import ServerFactory, load_directory
from tests.e2e.models import deploy, start
from tests.e2e.server_process import BOOKING_ROOM, SECONDS, TOP, ServerProcess

CLIENT = BOOKING_ROOM.with_name("grpc_client.py")
LEGACY = BOOKING_ROOM.with_name("legacy.sh")
WORKER = TOP / "examples" / "worker" / "worker.py"


def run(server: ServerProcess, *command: str | Path) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"BASE": server.legacy, "BPMGRPC_GRPC_ADDRESS": server.grpc}
    return subprocess.run(
        [str(word) for word in command],
        env=environment,
        cwd=TOP,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
    )


def state(server: ServerProcess, instance_id: str) -> str:
    request = runtime.GetProcessInstanceRequest(process_instance_id=instance_id)
    instance = server.processes.GetProcessInstance(request, timeout=SECONDS).process_instance
    return ProcessInstance.State.Name(instance.state)


@pytest.mark.parametrize("with_directory", (False, True), ids=["without a directory", "with the directory"])
def test_legacy_script_books_two_rooms(booking_server: ServerProcess, with_directory: bool) -> None:
    """The script of curl calls goes through all legacy calls and ends well, whether the directory is loaded or not."""
    if shutil.which("curl") is None:
        pytest.skip("the script is made of curl calls, and curl is not installed")
    if with_directory:
        load_directory(booking_server)

    done = run(booking_server, "sh", LEGACY)

    assert done.returncode == 0, done.stdout + done.stderr
    words = done.stdout.splitlines()[-1].split()
    assert words[:2] == ["booked:", "instances"]
    assert [state(booking_server, words[2]), state(booking_server, words[4])] == ["STATE_COMPLETED"] * 2


def test_legacy_script_stops_at_the_first_unexpected_answer(server: ServerProcess) -> None:
    """Where an answer is not as expected the script ends with an exit code, and says what was missing."""
    if shutil.which("curl") is None:
        pytest.skip("the script is made of curl calls, and curl is not installed")

    done = run(server, "env", "APP=no-such-application", "sh", LEGACY)

    assert done.returncode == 1
    assert done.stderr == 'not in the answer: "code":0,"timestamp":\n'


def test_grpc_client_books_a_room(booking_server: ServerProcess) -> None:
    """The Python client drives an instance to its end and prints each step."""
    done = run(booking_server, sys.executable, CLIENT)

    assert (done.returncode, done.stderr) == (0, "")
    first, *steps = done.stdout.splitlines()
    assert first.startswith("started ")
    assert steps == [
        "ACTIVE  Choose room  {}",
        """ann did 'Choose room': {"RoomObject": {"number": "101", "status": "booked"}}""",
        'ACTIVE  Choose room  {"RoomObject":{"number": "101", "status": "booked"},"roomStatus":"booked"}',
        """ann did 'Choose room': {"RoomObject": {"number": "102", "status": "free"}}""",
        'ACTIVE  Add customer details  {"RoomObject":{"number": "102", "status": "free"},"roomStatus":"free"}',
        """ann did 'Add customer details': {"CustomerInfo": {"name": "Malee", "phone": "+66 2 123 4567"}}""",
        (
            'COMPLETED  -  {"Booking":{"room":"102","customer":"Malee","price":null,"state":"saved"},'
            '"CustomerInfo":{"name": "Malee", "phone": "+66 2 123 4567"},'
            '"RoomObject":{"number":"102","status":"booked"},"roomStatus":"free"}'
        ),
    ]


def test_grpc_client_watches_what_legacy_calls_do(booking_server: ServerProcess) -> None:
    """While the old calls drive an instance, the client watches the same instance until it ends."""
    instance = booking_server.data("POST", "process/start", '{"processName":"booking room"}')
    environment = os.environ | {"BPMGRPC_GRPC_ADDRESS": booking_server.grpc}
    with subprocess.Popen(
        [sys.executable, CLIENT, instance], env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as client:
        assert client.stdout is not None

        seen = [client.stdout.readline()]
        for user in ("bob", "ann"):
            (task,) = booking_server.data("GET", f"instance/{instance}/tasks")
            booking_server.data("POST", f"tasks/{task['id']}/complete?user={user}")
            seen.append(client.stdout.readline())

        assert client.wait(SECONDS) == 0
    assert [line.split("  ")[:2] for line in seen] == [
        ["ACTIVE", "Choose room"],
        ["ACTIVE", "Add customer details"],
        ["COMPLETED", "-"],
    ]


def test_grpc_client_names_what_is_wrong(server: ServerProcess) -> None:
    """A wrong id ends the client with the server's sentence and an exit code."""
    done = run(server, sys.executable, CLIENT, "no-such-instance")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("NOT_FOUND: ")


def test_worker_does_the_jobs_of_its_type(run_server: ServerFactory, sqlite_url: str) -> None:
    """The worker takes the job, and the instance goes on to its end with the worker's result."""
    server = run_server(sqlite_url)
    deploy(server, WORKER.with_name("confirmation.bpmn").read_bytes())
    instance = start(server, "confirmation", '{"customer": "Malee"}')
    environment = os.environ | {"BPMGRPC_GRPC_ADDRESS": server.grpc}
    with subprocess.Popen(
        [sys.executable, WORKER], env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as worker:
        try:
            assert worker.stdout is not None

            said = worker.stdout.readline()
            # The worker's next call is only made when the one before has been answered.
            start(server, "confirmation", '{"customer": "Somchai"}')
            said += worker.stdout.readline()
        finally:
            worker.terminate()

    request = runtime.GetProcessInstanceRequest(process_instance_id=instance)
    response = server.processes.GetProcessInstance(request, timeout=SECONDS)
    assert said == ("a confirmation for Malee (booking-confirmed)\na confirmation for Somchai (booking-confirmed)\n")
    assert response.process_instance.state == ProcessInstance.STATE_COMPLETED
    assert response.process_instance.variables == '{"confirmed":true,"customer":"Malee"}'


def test_worker_has_ten_lines() -> None:
    """What a worker must do fits into ten lines, its docstring left out."""
    lines = WORKER.read_text("utf-8").splitlines()

    assert len([line for line in lines[1:] if line.strip()]) <= 10
