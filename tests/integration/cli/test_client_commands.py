import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

from bpmgrpc.v1.admin_runtime_pb2 import ResumeProcessInstanceRequest
from bpmgrpc.v1.batch_pb2 import BatchOperation, BatchSelection
from bpmgrpc.v1.batch_runtime_pb2 import CreateBatchRequest, PauseBatchRequest
from bpmgrpc.v1.batch_runtime_pb2_grpc import BatchRuntimeStub
from tests.support.running import SECONDS, Running, clean_environment, running

PROGRAM = (sys.executable, "-m", "bpmgrpc")

BOOKING = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    targetNamespace="http://example.org" id="d">
  <process id="จอง ห้อง" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="choose"/>
    <userTask id="choose" name="เลือกห้อง" camunda:candidateGroups="front-office"/>
    <sequenceFlow id="b" sourceRef="choose" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>
"""
REFUSED = BOOKING.replace('<endEvent id="end"/>', '<endEvent id="end"/>\n    <choreographyTask id="fork"/>')
FAILING = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="http://example.org" id="d">
  <process id="failing" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="fork"/>
    <exclusiveGateway id="fork"/>
    <sequenceFlow id="b" sourceRef="fork" targetRef="end">
      <conditionExpression>${total > 3}</conditionExpression>
    </sequenceFlow>
    <endEvent id="end"/>
  </process>
</definitions>
"""
WAITING = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="http://example.org" id="d">
  <message id="m" name="paid"/>
  <signal id="g" name="closed"/>
  <process id="waiting" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="paid"/>
    <intermediateCatchEvent id="paid"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
    <sequenceFlow id="b" sourceRef="paid" targetRef="closed"/>
    <intermediateCatchEvent id="closed"><signalEventDefinition signalRef="g"/></intermediateCatchEvent>
  </process>
</definitions>
"""
DIRECTORY = """
users:
  ann: {display_name: แอน, groups: [front-office]}
  bob: {roles: [R0003]}
work_parties:
  ฝ่ายขาย: {users: [ann], lead: ann}
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the commands are given."""
    path = tmp_path_factory.mktemp("cli")
    for name, text in (
        ("booking.bpmn", BOOKING),
        ("refused.bpmn", REFUSED),
        ("failing.bpmn", FAILING),
        ("waiting.bpmn", WAITING),
        ("directory.yaml", DIRECTORY),
    ):
        (path / name).write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Running]:
    """A server on SQLite with the booking process and the directory."""
    command = (*PROGRAM, "serve", "--deploy", "booking.bpmn", "--app", "booking")
    with running(command, cwd=folder) as program:
        yield program.ready()


@pytest.fixture(scope="module")
def bpmgrpc(server: Running, folder: Path) -> Run:
    """Runs a command against the server."""

    def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*PROGRAM, *arguments],
            cwd=folder,
            env=clean_environment() | {"BPMGRPC_GRPC_ADDRESS": server.grpc} | environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
        )

    return run


@pytest.fixture
def task(bpmgrpc: Run) -> tuple[str, str]:
    """A new instance of the booking process, and its user task."""
    instance = bpmgrpc("start", "จอง ห้อง", "--variables", '{"room": 7}').stdout.strip()
    listed = bpmgrpc("tasks", "--instance", instance, "--json")
    [found] = json.loads(listed.stdout)["userTasks"]
    return instance, found["userTaskId"]


def test_process_runs_from_start_to_end(bpmgrpc: Run, folder: Path) -> None:
    """A person starts an instance, finds its task, claims and completes it, and sees the instance completed."""
    (folder / "result.json").write_text('{"total": 12345678901234567890123, "ชื่อ": "สมชาย"}', "utf-8")

    started = bpmgrpc("start", "จอง ห้อง", "--app", "booking", "--business-key", "PO-1")
    instance = started.stdout.strip()
    listed = bpmgrpc("tasks", "--instance", instance, "--group", "front-office")
    task = next(word for word in listed.stdout.split() if word.startswith(f"{instance}-"))
    claimed = bpmgrpc("claim", task, "--user", "nobody-in-particular")
    bpmgrpc("directory", "load", "directory.yaml")
    claimed_by_member = bpmgrpc("claim", task, "--user", "ann")
    completed = bpmgrpc("complete", task, "--user", "ann", "--variables", "@result.json")
    shown = bpmgrpc("instances", "show", instance)

    assert (started.returncode, started.stderr) == (0, "จอง ห้อง version 1 of booking: active\n")
    assert "เลือกห้อง" in listed.stdout
    assert "group front-office" in listed.stdout
    assert claimed.returncode == 4
    assert (claimed_by_member.returncode, claimed_by_member.stderr) == (0, "เลือกห้อง: claimed by ann\n")
    assert (completed.returncode, completed.stderr) == (0, "เลือกห้อง: completed by ann\n")
    assert "COMPLETED" in shown.stdout
    assert "12345678901234567890123" in shown.stdout
    assert "PO-1" in shown.stdout


def test_message_and_signal_move_an_instance_on(bpmgrpc: Run) -> None:
    """The receiver's id is printed, or the number of receivers; that nobody waits is told on stderr."""
    bpmgrpc("deploy", "waiting.bpmn", "--app", "events")
    early = bpmgrpc("publish", "paid", "--key", "PO-2", "--time-to-live", "600", "--message-id", "1")
    refused = bpmgrpc("publish", "paid", "--message-id", "1")
    nobody = bpmgrpc("publish", "unpaid", "--json")
    first = bpmgrpc("start", "waiting", "--business-key", "PO-1").stdout.strip()
    received = bpmgrpc("publish", "paid", "--key", "PO-1", "--variables", '{"amount": 12.50}')
    gone = bpmgrpc("publish", "paid")
    counted = bpmgrpc("signal", "closed", "--app", "events")
    none_left = bpmgrpc("signal", "closed", "--json")
    shown = bpmgrpc("instances", "show", first)

    assert (early.stdout, early.stderr) == ("", "nobody waits for paid; it is kept\n")
    assert refused.returncode == 4
    assert json.loads(nobody.stdout) == {"processInstanceId": ""}
    assert received.stdout.strip() == first
    assert (gone.returncode, gone.stderr) == (0, "nobody waits for paid\n")
    assert counted.stdout == "1\n"
    assert json.loads(none_left.stdout) == {"receiverCount": 0}
    assert "COMPLETED" in shown.stdout
    assert "12.50" in shown.stdout


def test_lost_claim_exits_with_four(bpmgrpc: Run, task: tuple[str, str]) -> None:
    """Who claims a task that somebody else has learns it in one line, with exit code 4."""
    bpmgrpc("directory", "load", "directory.yaml")
    bpmgrpc("claim", task[1], "--user", "ann")

    lost = bpmgrpc("claim", task[1], "--user", "bob")

    assert lost.returncode == 4
    assert lost.stderr.startswith("error: ")
    assert "Traceback" not in lost.stderr


@pytest.mark.parametrize(
    "arguments",
    (
        ("claim", "00000000000000000000-1", "--user", "ann"),
        ("instances", "show", "00000000000000000000"),
        ("start", "no such process"),
        ("incidents", "resolve", "00000000000000000000-1"),
        ("batches", "show", "00000000000000000000"),
        ("batches", "pause", "00000000000000000000"),
    ),
    ids=" ".join,
)
def test_unknown_id_exits_with_three(bpmgrpc: Run, arguments: tuple[str, ...]) -> None:
    """What does not exist is told in one line, with exit code 3."""
    result = bpmgrpc(*arguments)

    assert result.returncode == 3
    assert result.stderr.count("\n") == 1
    assert not result.stdout


def test_malformed_variables_exit_with_two(bpmgrpc: Run) -> None:
    """Variables that are no JSON object are refused by the server, with the place, and exit code 2."""
    result = bpmgrpc("start", "จอง ห้อง", "--variables", '{"a": 1,}')

    assert result.returncode == 2
    assert "variables" in result.stderr
    assert "line 1, column 9" in result.stderr


def test_same_file_again_deploys_nothing_new(bpmgrpc: Run) -> None:
    """Deploying what is deployed gives the version that is there."""
    result = bpmgrpc("deploy", "booking.bpmn", "--app", "booking", "--json")

    [definition] = json.loads(result.stdout)["processDefinitions"]
    assert result.returncode == 0
    assert (definition["processName"], definition["version"]) == ("จอง ห้อง", 1)


def test_refused_deployment_lists_file_line_and_column(bpmgrpc: Run) -> None:
    """A model with an element that cannot run is refused with its place and its reason, and exit code 2."""
    result = bpmgrpc("deploy", "refused.bpmn")

    lines = [line for line in result.stderr.splitlines() if "choreographyTask fork" in line]
    assert result.returncode == 2
    assert all(line.startswith("refused.bpmn:10:5 ") for line in lines)
    assert any(" refused " in line for line in lines)
    assert not result.stdout


def test_check_only_tells_the_verdicts_and_deploys_nothing(bpmgrpc: Run) -> None:
    """--validate-only has the exit code that the deployment would have, and leaves nothing behind."""
    refused = bpmgrpc("deploy", "--validate-only", "refused.bpmn", "--app", "checked")
    accepted = bpmgrpc("deploy", "--validate-only", "booking.bpmn", "--app", "checked")
    started = bpmgrpc("start", "จอง ห้อง", "--app", "checked")

    assert refused.returncode == 2
    assert accepted.returncode == 0
    assert started.returncode == 3


def test_directory_is_loaded_and_listed(bpmgrpc: Run) -> None:
    """The directory holds what the file says, and --json tells it to programs."""
    loaded = bpmgrpc("directory", "load", "directory.yaml", "--replace")
    listed = bpmgrpc("directory", "list", "--json")

    document = json.loads(listed.stdout)
    assert loaded.stderr == "the directory has 2 user(s) and 1 work parties now\n"
    assert [user["user"] for user in document["directoryUsers"]] == ["ann", "bob"]
    assert document["workParties"] == [{"workParty": "ฝ่ายขาย", "users": ["ann"], "roles": [], "lead": "ann"}]


def test_incident_is_listed_and_resolved(bpmgrpc: Run) -> None:
    """A failed step is an incident; with the missing variable set, trying it again completes the instance."""
    bpmgrpc("deploy", "failing.bpmn")
    instance = bpmgrpc("start", "failing").stdout.strip()

    listed = bpmgrpc("incidents", "--instance", instance, "--json")
    [incident] = json.loads(listed.stdout)["incidents"]
    resolved = bpmgrpc("incidents", "resolve", incident["incidentId"], "--variables", '{"total": 4}')
    shown = bpmgrpc("instances", "show", instance, "--json")

    assert incident["elementId"] in {"fork", "b"}
    assert resolved.returncode == 0
    assert json.loads(shown.stdout)["processInstance"]["state"] == "STATE_COMPLETED"


def test_batch_is_shown_held_and_ended(bpmgrpc: Run, server: Running) -> None:
    """Its progress, its items with their errors; resumed, canceled, refused; as tables and as JSON."""
    operation = BatchOperation(resume=ResumeProcessInstanceRequest())
    ids = [f"nothing {number}" for number in range(5_000)]
    request = CreateBatchRequest(operation=operation, selection=BatchSelection(process_instance_ids=ids))
    with grpc.insecure_channel(server.grpc) as channel:
        stub = BatchRuntimeStub(channel)
        other, batch = (stub.CreateBatch(request, timeout=SECONDS).batch.batch_id for _ in range(2))
        for made in (other, batch):
            stub.PauseBatch(PauseBatchRequest(batch_id=made), timeout=SECONDS)

    again = bpmgrpc("batches", "pause", batch)
    listed = bpmgrpc("batches", "--limit", "1")
    shown = bpmgrpc("batches", "show", batch, "--limit", "2")
    failed = bpmgrpc("batches", "show", batch, "--failed", "--json")
    canceled = bpmgrpc("batches", "cancel", batch)
    resumed = bpmgrpc("batches", "resume", other, "--json")
    document = json.loads(bpmgrpc("batches", "--json").stdout)

    assert (again.returncode, listed.returncode, canceled.returncode) == (4, 0, 0)
    assert re.search(rf"{batch} +resume +PAUSED +\d+ of 5000", listed.stdout)
    assert listed.stderr == "1 of 2; --limit shows more\n"
    assert re.match(r"PAUSED, \d+ of 5000", shown.stderr)
    assert shown.stderr.endswith("2 of 5000; --limit shows more\n")
    assert [line.split()[:2] for line in shown.stdout.splitlines()[-2:]] == [["nothing", "0"], ["nothing", "1"]]
    assert all(item["error"]["code"] == 5 for item in json.loads(failed.stdout)["batchItems"])
    assert re.fullmatch(r"CANCELED, \d+ of 5000(, \d+ failed)?\n", canceled.stderr)
    assert json.loads(resumed.stdout)["batch"]["state"] == "STATE_RUNNING"
    assert [one["batchId"] for one in document["batches"]] == [batch, other]


def test_thai_is_written_in_any_locale(bpmgrpc: Run) -> None:
    """Names are printed as they are, also where the locale knows ASCII only."""
    result = bpmgrpc("tasks", LC_ALL="C", LANG="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert result.returncode == 0
    assert "UnicodeEncodeError" not in result.stderr


def test_table_in_a_pipe_has_one_line_for_each_row(bpmgrpc: Run, task: tuple[str, str]) -> None:
    """Programs that read tables find a row on one line, with its id whole."""
    result = bpmgrpc("tasks", "--instance", task[0], COLUMNS="20")

    assert len([line for line in result.stdout.splitlines() if task[1] in line.split()]) == 1


def test_list_says_that_there_is_more(bpmgrpc: Run, task: tuple[str, str]) -> None:
    """A list that was cut says so on standard error."""
    bpmgrpc("start", "จอง ห้อง")

    result = bpmgrpc("instances", "--limit", "1", "--json")
    table = bpmgrpc("instances", "--limit", "1")

    assert len(json.loads(result.stdout)["processInstances"]) == 1
    assert "--limit shows more" in table.stderr


def test_instance_is_canceled(bpmgrpc: Run, task: tuple[str, str]) -> None:
    """A canceled instance has ended, its reason is kept, and canceling it again exits with 4."""
    first = bpmgrpc("instances", "cancel", task[0], "--reason", "สั่งผิด")
    again = bpmgrpc("instances", "cancel", task[0])
    shown = bpmgrpc("instances", "show", task[0])

    assert (first.returncode, again.returncode) == (0, 4)
    assert "CANCELED" in shown.stdout
    assert "สั่งผิด" in shown.stdout


def test_doctor_is_content_with_a_running_server(bpmgrpc: Run, server: Running) -> None:
    """Beside a running server every check is ok, REST included."""
    result = bpmgrpc("doctor", "--json", "--rest-address", server.rest.removeprefix("http://"))

    findings = {finding["check"]: finding["level"] for finding in json.loads(result.stdout)["findings"]}
    assert result.returncode == 0
    assert (findings["database"], findings["schema"]) == ("ok", "ok")
    assert (findings["server"], findings["rest"]) == ("ok", "ok")


def test_output_that_nobody_reads_is_no_failure(bpmgrpc: Run, server: Running, folder: Path) -> None:
    """When the reader of a pipe has gone, the command ends quietly."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = subprocess.run(
            [*PROGRAM, "config"],
            cwd=folder,
            env=clean_environment(),
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=SECONDS,
        )
    finally:
        os.close(writer)

    assert "Traceback" not in result.stderr
    assert result.returncode == 0
