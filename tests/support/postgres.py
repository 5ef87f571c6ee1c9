"""A real PostgreSQL server for tests, measurements and documents, from nothing but the installed packages.

The rules of this file:

- One server per test run, started by the first test that wants it, shared by all test processes.
- It ends when the run ends, in whatever way: its keeper, a process of its own, reads from a named pipe that the run
  holds open, and reaches the pipe's end also when the run was killed.
- No test sees another's data: each gets a database of its own.
- No silent skipping: where no server can be run, the tests that need one fail with the reason.
- A server named by BPMGRPC_TEST_POSTGRESQL_URL (with the right to create databases) is used instead, and left running.

    python -m tests.support.postgres run -- COMMAND...     runs a command with BPMGRPC_TEST_POSTGRESQL_URL set
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from tests.support import launch

URL_VARIABLE = "BPMGRPC_TEST_POSTGRESQL_URL"
HOME_VARIABLE = "BPMGRPC_TEST_POSTGRESQL_HOME"
MODULE = "tests.support.postgres"
TOP = Path(__file__).resolve().parents[2]

START_SECONDS = 60  # a cold disk and two cores need about 2; a machine under load many times that
STOP_SECONDS = 30

# A test server keeps nothing, so it need not wait for the disk. Measurements do: see `--durable`.
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS = {
    # A socket in our own folder: no port to be free, nobody else can connect.
    "listen_addresses": "",
    # Several test processes, each with pools of several servers under test.
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}


class ServerError(Exception):
    """The server did not start; the text holds the reason, or its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server that answers.

    Attributes:
        url: URL of its administrative database; the user in it may create databases.
    """

    url: str

    def database_url(self, name: str) -> str:
        """Returns the URL of one database on this server."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{quote(name)}"))

    def execute(self, statement: str) -> None:
        """Runs one administrative statement, outside any transaction."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Creates a database under a fresh name and drops it at the end, open connections included.

        Args:
            template: Name of the database to copy; nobody may be connected to it meanwhile.

        Yields:
            The URL of the new database.
        """
        with self.named_database(template) as name:
            yield self.database_url(name)

    @contextlib.contextmanager
    def named_database(self, template: str = "template1") -> Iterator[str]:
        """The same; yields the name of the new database."""
        name = f"bpmgrpc_test_{uuid.uuid4().hex}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield name
        finally:
            self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class SharedServer:
    """The server that all processes of one test run share, started when first asked for.

    Its folder is named by an environment variable, which the processes that the run starts (pytest-xdist's workers)
    inherit: the first of them that needs the server starts it, the others find it.
    """

    def __init__(self, home: Path, pipe: int | None) -> None:
        self.home = home
        self._pipe = pipe

    @classmethod
    def open(cls) -> SharedServer:
        """Joins the run that the environment names, or begins one; no server is started yet."""
        shared = os.environ.get(HOME_VARIABLE)
        if shared is not None:
            return cls(Path(shared), pipe=None)
        # Not under TMPDIR, which may be closed to `nobody` or too long: a socket's path has room for 107 bytes.
        parent = "/tmp" if os.access("/tmp", os.W_OK) else None  # noqa: S108
        home = Path(tempfile.mkdtemp(prefix="bpmgrpc-pg-", dir=parent))
        os.mkfifo(home / "pipe")
        os.environ[HOME_VARIABLE] = str(home)
        # For reading and writing: opening for writing alone waits for a reader, which may never come.
        return cls(home, pipe=os.open(home / "pipe", os.O_RDWR))

    def server(self, *, durable: bool = False) -> Server:
        """Returns the server, started if no process of this run has done so yet.

        Args:
            durable: Wait for the disk at each commit, as a production server does; for measurements.

        Raises:
            ServerError: It does not start, with its log.
        """
        url = os.environ.get(URL_VARIABLE)
        if url is not None:
            return Server(url)
        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self.home / "url").exists():
                self._start(durable=durable)
        return Server((self.home / "url").read_text(encoding="utf-8"))

    def _start(self, *, durable: bool) -> None:
        command = [sys.executable, "-m", MODULE, "keep", str(self.home)]
        if durable:
            command.append("--durable")
        log = self.home / "keeper.log"
        if log.exists():  # another process of this run has tried before us: the reason is the same
            raise ServerError(log.read_text(encoding="utf-8", errors="replace"))
        with log.open("wb") as output:
            keeper = subprocess.Popen(
                command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        while not (self.home / "url").exists():
            if keeper.poll() is not None:
                raise ServerError(log.read_text(encoding="utf-8", errors="replace"))
            time.sleep(0.02)
        # The keeper outlives this process on purpose; without this Python warns about it when the object goes.
        keeper.returncode = 0

    def close(self) -> None:
        """Ends the run and waits until server and folder are gone; a process that joined leaves them alone."""
        if self._pipe is None:
            return
        os.environ.pop(HOME_VARIABLE, None)
        os.close(self._pipe)
        self._pipe = None
        if not (self.home / "url").exists():
            shutil.rmtree(self.home, ignore_errors=True)
        deadline = time.monotonic() + STOP_SECONDS
        while self.home.exists() and time.monotonic() < deadline:
            time.sleep(0.02)


def keep(home: Path, *, durable: bool) -> None:
    """Runs the server until the run lets go of the pipe, then removes the folder.

    Raises:
        CannotRunError, ServerError: The server cannot be run here or does not start.
    """
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, stop_at_signal)
    # Opened before the slow work: a run that dies meanwhile is then noticed at the read below.
    pipe = os.open(home / "pipe", os.O_RDONLY)
    server: subprocess.Popen[bytes] | None = None
    try:
        way = launch.initialise(home)
        server = start_server(way, home, durable=durable)
        url = f"postgresql://postgres@/postgres?host={quote(str(home), safe='/')}"
        wait_until_it_answers(url, server, home / "server.log")
        # Written aside and renamed: whoever sees the file sees all of it.
        (home / "url.new").write_text(url, encoding="utf-8")
        (home / "url.new").rename(home / "url")
        os.read(pipe, 1)  # nobody writes: this returns at the end of the pipe
    finally:
        if server is not None:
            stop(server)
        # Where the start failed, the run still wants to read why, and removes the folder itself.
        if (home / "url").exists():
            shutil.rmtree(home, ignore_errors=True)


def stop_at_signal(number: int, _frame: FrameType | None) -> None:
    """Turns a signal into an orderly end."""
    raise SystemExit(128 + number)


def start_server(way: launch.Way, home: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    """Starts `postgres` itself, not through `pg_ctl`, so that its end is seen by us and by nobody else."""
    settings = SETTINGS | {"unix_socket_directories": str(home)} | ({} if durable else FAST_SETTINGS)
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return way.start("postgres", "-D", str(home / "data"), *options, log=home / "server.log")


def wait_until_it_answers(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when a connection succeeds; raises ServerError when the server ends or the time is over."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise ServerError(log.read_text(encoding="utf-8", errors="replace")) from error
            time.sleep(0.02)
        else:
            return


def stop(server: subprocess.Popen[bytes]) -> None:
    """Stops the server at once: its data is thrown away, so it need not write them out."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def run(command: list[str], *, durable: bool) -> int:
    """Runs a command beside a server, its URL in the environment; returns the command's exit code."""
    shared = SharedServer.open()
    try:
        url = shared.server(durable=durable).url
        return subprocess.run(command, env={**os.environ, URL_VARIABLE: url}, check=False).returncode
    except ServerError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        shared.close()


def main() -> int:
    """Runs the module from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.postgres", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    runs = actions.add_parser("run", help="run a command with a server beside it")
    runs.add_argument("command", nargs="+", metavar="COMMAND")
    keeps = actions.add_parser("keep", help="(for this module itself) run the server until the end of its pipe")
    keeps.add_argument("home", type=Path)
    for action in (runs, keeps):
        action.add_argument("--durable", action="store_true", help="wait for the disk at each commit")
    arguments = parser.parse_args()
    if arguments.action == "run":
        return run(arguments.command, durable=arguments.durable)
    try:
        keep(arguments.home, durable=arguments.durable)
    except (launch.CannotRunError, ServerError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
