import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support.running import SECONDS, clean_environment, running

PROGRAM = (sys.executable, "-m", "bpmgrpc")
PROCESS = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="http://example.org" id="d">
  <process id="order" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="approve"/>
    <userTask id="approve"/>
  </process>
</definitions>
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with a model that can be deployed and one that cannot."""
    (tmp_path / "order.bpmn").write_text(PROCESS)
    (tmp_path / "bad.bpmn").write_text(PROCESS.replace("<userTask", "<choreographyTask"))
    return tmp_path


def bpmgrpc(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command in a folder."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
    )


def call(url: str, body: str | None = None) -> dict[str, object]:
    """Calls REST; with a body, by POST."""
    request = urllib.request.Request(url, data=None if body is None else body.encode())  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310 - our own server
        answer: dict[str, object] = json.loads(response.read())
    return answer


def test_server_keeps_its_data_over_a_restart(folder: Path, database_url: str) -> None:
    """What was started before the server ended is there when it runs again, and its file deploys nothing new."""
    command = (*PROGRAM, "serve", "--deploy", "order.bpmn", "--app", "shop")
    settings = {"database_url": database_url}
    with running(command, cwd=folder, settings=settings) as first:
        first.ready()
        instance = call(f"{first.rest}/BPMREST/service/runtime/process/start", '{"processName": "order"}')["data"]
        first.signal(signal.SIGTERM)
        assert first.exit_code() == 0

    with running(command, cwd=folder, settings=settings) as second:
        deployed = second.event("deployed")
        second.ready()
        tasks = call(f"{second.rest}/BPMREST/service/runtime/instance/{instance}/tasks")

    assert (deployed["app"], deployed["process"], deployed["version"]) == ("shop", "order", 1)
    assert tasks["totalRecordCount"] == 1


def test_refused_file_stops_the_start(folder: Path) -> None:
    """A server that is to deploy a model that cannot run does not start, and says where the model is wrong."""
    with running((*PROGRAM, "serve", "--deploy", "bad.bpmn"), cwd=folder) as server:
        code = server.exit_code()
        lines = list(iter(server.lines.get, ""))

    assert code == 2
    assert any("bad.bpmn:6:" in line and "choreographyTask" in line for line in lines)
    assert not any("Traceback" in line for line in lines)


def test_database_out_of_reach_stops_the_start(folder: Path) -> None:
    """A server without its database does not start; the line names the setting and hides the password."""
    url = "postgresql://ann:secret@127.0.0.1:1/bpm"

    with running((*PROGRAM, "serve"), cwd=folder, settings={"database_url": url}) as server:
        code = server.exit_code()
        text = "\n".join(iter(server.lines.get, ""))

    assert code == 5
    assert "database_url postgresql://ann:***@127.0.0.1:1/bpm cannot be used" in text
    assert "secret" not in text
    assert "Traceback" not in text


def test_adapter_runs_alone_in_front_of_a_server(folder: Path) -> None:
    """`bpmgrpc rest` answers the legacy calls over a real channel, and says when its server is gone."""
    with running((*PROGRAM, "serve", "--deploy", "order.bpmn"), cwd=folder, settings={"rest_address": ""}) as server:
        server.ready()
        command = (*PROGRAM, "rest", "--upstream", server.grpc, "--rest-address", "127.0.0.1:0")
        with running(command, cwd=folder, ports=False) as adapter:
            adapter.ready()
            started = call(f"{adapter.rest}/BPMREST/service/runtime/process/start", '{"processName": "order"}')

            server.signal(signal.SIGTERM)
            server.exit_code()
            with pytest.raises(urllib.error.HTTPError) as caught:
                call(f"{adapter.rest}/readyz")
            caught.value.close()
            adapter.signal(signal.SIGTERM)
            code = adapter.exit_code()

    assert started["code"] == 0
    assert caught.value.code == 503
    assert code == 0


def test_migrate_makes_the_schema_and_repeats_safely(folder: Path, database_url: str) -> None:
    """`bpmgrpc migrate` brings an empty database up to date; the second time nothing is left to do."""
    first = bpmgrpc(folder, "migrate", "--database-url", database_url)
    second = bpmgrpc(folder, "migrate", "--database-url", database_url)
    doctor = bpmgrpc(folder, "doctor", "--database-url", database_url, "--json")

    levels = {finding["check"]: finding["level"] for finding in json.loads(doctor.stdout)["findings"]}
    assert (first.returncode, second.returncode) == (0, 0)
    assert "the schema is made" in first.stderr
    assert "up to date" in second.stderr
    assert levels["schema"] == "ok"


def test_every_call_leaves_a_json_line(folder: Path) -> None:
    """A request is one line with method, code, milliseconds and request id."""
    with running((*PROGRAM, "serve", "--deploy", "order.bpmn"), cwd=folder) as server:
        server.ready()
        call(f"{server.rest}/BPMREST/service/runtime/process/start", '{"processName": "order"}')
        line = server.event("request")

    assert line["method"] == "/bpmgrpc.v1.ProcessRuntime/StartProcessInstance"
    assert line["code"] == "OK"
    assert line["ms"] > 0
    assert line["request_id"]
