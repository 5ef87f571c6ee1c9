import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bpmgrpc import __version__
from bpmgrpc.cli.app import app
from bpmgrpc.settings import rows

COMMANDS = (
    ("serve",),
    ("rest",),
    ("migrate",),
    ("config",),
    ("doctor",),
    ("version",),
    ("deploy",),
    ("start",),
    ("tasks",),
    ("claim",),
    ("unclaim",),
    ("complete",),
    ("instances",),
    ("instances", "show"),
    ("instances", "cancel"),
    ("incidents",),
    ("incidents", "resolve"),
    ("batches",),
    ("batches", "show"),
    ("batches", "pause"),
    ("batches", "resume"),
    ("batches", "cancel"),
    ("directory",),
    ("directory", "load"),
    ("directory", "list"),
)


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("BPMGRPC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    """Runs the command line within this process."""
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_its_exit_codes(command: tuple[str, ...]) -> None:
    """Each command says what it does, and what its exit codes mean."""
    result = run(*command, "--help")

    assert result.exit_code == 0
    assert f"Usage: bpmgrpc {' '.join(command)}" in result.stdout.replace("root", "bpmgrpc")
    assert "Exit codes: 0 done" in " ".join(result.stdout.split())


def test_serve_has_a_flag_for_every_setting() -> None:
    """Whatever can be set in a file can be set by a flag of `serve`."""
    result = run("serve", "--help")

    assert [row.flag for row in rows() if f"{row.flag} " not in result.stdout] == []


def test_config_lists_every_setting_with_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """`config` tells value and source of each setting, and hides passwords."""
    monkeypatch.setenv("BPMGRPC_DATABASE_URL", "postgresql://ann:secret@db/bpm")

    result = run("config", "--json", "--drain-seconds", "5")

    document = json.loads(result.stdout)
    assert list(document) == [row.name for row in rows()]
    assert document["database_url"]["value"] == "postgresql://ann:***@db/bpm"
    assert document["database_url"]["source"] == "environment BPMGRPC_DATABASE_URL"
    assert (document["drain_seconds"]["value"], document["drain_seconds"]["source"]) == (5.0, "flag --drain-seconds")


def test_config_warns_of_a_variable_that_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped variable is told, with the likely right one."""
    monkeypatch.setenv("BPMGRPC_GRCP_ADDRESS", "127.0.0.1:1")

    result = run("config")

    assert "no setting is called BPMGRPC_GRCP_ADDRESS; did you mean BPMGRPC_GRPC_ADDRESS?" in result.stderr
    assert "grpc_address" in result.stdout


@pytest.mark.parametrize("command", ("serve", "config", "migrate", "doctor"))
def test_bad_setting_is_told_in_one_line_with_exit_code_two(command: str) -> None:
    """A setting that cannot be used stops any command, with the setting, the value and its source."""
    result = run(command, "--database-url", "mysql://db")

    assert result.exit_code == 2
    assert "database_url must be like sqlite:///bpmgrpc.db" in result.stderr
    assert "(flag --database-url)" in result.stderr
    assert "Traceback" not in result.stderr


def test_unreachable_server_is_told_with_exit_code_five() -> None:
    """Where no server answers, the sentence says whom we asked and what to do."""
    result = run("tasks", "--server", "127.0.0.1:1")

    assert result.exit_code == 5
    assert result.stderr == (
        "error: no server answers at 127.0.0.1:1: start one with `bpmgrpc serve`, or name another with --server\n"
    )
    assert not result.stdout


def test_server_that_is_no_address_is_wrong_usage() -> None:
    """--server wants HOST:PORT."""
    result = run("tasks", "--server", "localhost")

    assert result.exit_code == 2
    assert "--server must be HOST:PORT" in result.stderr


def test_missing_file_of_variables_is_wrong_usage() -> None:
    """A file of variables that is not there is told by name."""
    result = run("start", "order", "--variables", "@nowhere.json")

    assert result.exit_code == 2
    assert "--variables @nowhere.json cannot be read: No such file or directory" in result.stderr


def test_unknown_state_is_wrong_usage() -> None:
    """A state that does not exist is refused with those that do."""
    result = run("instances", "--state", "sleeping")

    assert result.exit_code == 2
    assert "--state must be one of active, suspended, completed, canceled, failed, not 'sleeping'" in result.stderr


def test_rest_without_an_address_is_wrong_usage() -> None:
    """The adapter alone with its only address empty has nothing to do."""
    result = run("rest", "--rest-address", "")

    assert result.exit_code == 2
    assert "rest_address is empty" in result.stderr


def test_version_is_printed() -> None:
    """The version is told by command and by flag."""
    assert run("version").stdout == f"bpmgrpc {__version__}\n"
    assert run("--version").stdout == f"bpmgrpc {__version__}\n"
    assert json.loads(run("version", "--json").stdout)["version"] == __version__


def test_doctor_without_a_server_finds_no_failure() -> None:
    """On a machine where nothing runs yet everything is fine but for the server, which it says how to start."""
    result = run("doctor", "--json", "--grpc-address", "127.0.0.1:0", "--rest-address", "127.0.0.1:0")

    findings = {finding["check"]: finding for finding in json.loads(result.stdout)["findings"]}
    assert result.exit_code == 0
    assert findings["server"]["level"] == "warn"
    assert findings["server"]["advice"] == "start one with `bpmgrpc serve`"
    assert findings["database"]["text"] == "sqlite:///bpmgrpc.db does not exist yet; `bpmgrpc serve` makes it"
    assert not Path("bpmgrpc.db").exists()


def test_doctor_fails_where_the_database_cannot_be_reached() -> None:
    """A database out of reach is a failure with exit code 1, and the password is not shown."""
    result = run("doctor", "--database-url", "postgresql://ann:secret@127.0.0.1:1/bpm", "--grpc-address", "127.0.0.1:0")

    assert result.exit_code == 1
    assert "fail database: postgresql://ann:***@127.0.0.1:1/bpm" in result.stdout
    assert "secret" not in result.stdout + result.stderr
