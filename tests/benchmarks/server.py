"""The server under test: `bpmgrpc serve`, started as a user starts it, on ports that are free."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.benchmarks.program import TOP, ProgramError, environment

START_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.005


def free_address() -> str:
    """Returns an address of this machine that nobody listens on now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{trial.getsockname()[1]}"


class ServerProcess:
    """A running server.

    Args:
        database_url: Its database.
        log: Where its log goes: one line for each call, as by default.
        settings: Further settings, by name.

    Attributes:
        grpc: Address of gRPC.
        rest: Address of REST.
        start_seconds: From the start of the process to the first answer that says it is ready.
    """

    def __init__(self, database_url: str, log: Path, settings: Mapping[str, str] | None = None) -> None:
        self.grpc, self.rest = free_address(), free_address()
        chosen = {
            "database_url": database_url,
            "grpc_address": self.grpc,
            "rest_address": self.rest,
            **(settings or {}),
        }
        variables = {f"BPMGRPC_{name.upper()}": value for name, value in chosen.items()}
        self._log = log
        begun = time.perf_counter()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bpmgrpc", "serve"],
                cwd=TOP,
                env=environment() | variables,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
            )
        while not self._is_ready():
            if self._process.poll() is not None or time.perf_counter() > begun + START_SECONDS:
                self.close()
                raise ProgramError(log.read_text(encoding="utf-8", errors="replace")[-4000:])
            time.sleep(_POLL_SECONDS)
        self.start_seconds = time.perf_counter() - begun

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(self.rest, timeout=START_SECONDS)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def resident_bytes(self) -> int:
        """Memory of the process that is in RAM now; Linux only."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def state(self) -> str:
        """Says how the server is, for whoever lost it: with its log's end where it ended."""
        code = self._process.poll()
        if code is None:
            return "the server runs"
        return f"the server ended with code {code}:\n{self._log.read_text(encoding='utf-8', errors='replace')[-2000:]}"

    def close(self) -> None:
        """Ends the server in order."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        """Returns the server."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends it."""
        self.close()
