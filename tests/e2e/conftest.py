"""Fixtures of the tests that run the whole product: server processes, alone or shared."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.server_process import BOOKING_ROOM, LEGACY_BASE, SECONDS, Program, ServerProcess

ServerFactory = Callable[..., ServerProcess]


@pytest.fixture
def run_server() -> Iterator[ServerFactory]:
    """Starts server processes and ends them with the test."""
    with contextlib.ExitStack() as stack:

        def run(database_url: str, *arguments: str, **settings: str) -> ServerProcess:
            server = ServerProcess(database_url, *arguments, **settings)
            stack.callback(server.end)
            return server

        yield run


@pytest.fixture
def booking_server(database_url: str, run_server: ServerFactory) -> ServerProcess:
    """A server of the test's own with the sample process, once on SQLite and once on PostgreSQL."""
    return run_server(database_url, "--deploy", str(BOOKING_ROOM), "--app", "booking")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server on SQLite with the sample process and its directory, shared by the tests that only call it."""
    database = tmp_path_factory.mktemp("server") / "bpmgrpc.db"
    shared = ServerProcess(f"sqlite:///{database}", "--deploy", str(BOOKING_ROOM), "--app", "booking")
    try:
        load_directory(shared)
        yield shared
    finally:
        shared.end()


@pytest.fixture(scope="session")
def lone_adapter(server: ServerProcess) -> Iterator[str]:
    """The legacy base of a REST adapter that runs by itself, in front of the shared server."""
    adapter = Program("rest", "--upstream", server.grpc)
    try:
        yield adapter.ready["rest"] + LEGACY_BASE
    finally:
        adapter.end()


def load_directory(server: ServerProcess) -> None:
    """Loads the sample's directory, as its user does."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "bpmgrpc",
            "directory",
            "load",
            str(BOOKING_ROOM.with_name("directory.yaml")),
            "--server",
            server.grpc,
        ],
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )
