"""Server programs of tests: started, waited for, signalled, and ended whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any, TypeVar

T = TypeVar("T")

SECONDS = 60  # how long to wait for what comes at once on any machine; reached only when something is broken


@dataclass
class Running:
    """A server program.

    Attributes:
        process: The process.
        lines: What it wrote to standard error and nobody has read yet.
        grpc: Its gRPC address, once it is ready; empty for an adapter alone.
        rest: Its REST address with ``http://``, once it is ready; empty where it has none.
    """

    process: subprocess.Popen[str]
    lines: Queue[str] = field(default_factory=Queue)
    grpc: str = ""
    rest: str = ""

    def event(self, name: str) -> dict[str, Any]:
        """Waits for the log line with this event, and returns it; the lines before it are dropped."""
        seen: list[str] = []
        while True:
            text = self.lines.get(timeout=SECONDS)
            seen.append(text)
            line: dict[str, Any] = json.loads(text) if text.startswith("{") else {"event": text}
            if line["event"] == name:
                return line
            if not text:
                raise AssertionError(f"the program ended without {name!r}:\n" + "\n".join(seen))

    def ready(self) -> Running:
        """Waits until it is ready, and notes its addresses."""
        line = self.event("ready")
        self.grpc, self.rest = line.get("grpc", ""), line.get("rest", "")
        return self

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self.process.send_signal(number)

    def exit_code(self) -> int:
        """Waits for the end."""
        return self.process.wait(SECONDS)

    def output(self) -> str:
        """Returns what it wrote to standard output; waits for the end."""
        assert self.process.stdout is not None
        return self.process.stdout.read()


def eventually(true: Callable[[], T | None]) -> T:
    """Waits until something is true, however long a busy machine takes, and returns it."""
    end = time.monotonic() + SECONDS
    while not (found := true()):
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)
    return found


@contextlib.contextmanager
def running(
    command: Sequence[str], *, cwd: Path, settings: Mapping[str, str] | None = None, ports: bool = True
) -> Iterator[Running]:
    """Runs a server program for a block; it is killed at the end, unless it has ended.

    Args:
        command: The command.
        cwd: Where it runs.
        settings: Settings by their names, given as environment variables.
        ports: Let the system choose the ports, unless the settings name them.
    """
    given = {"log_format": "json", **(settings or {})}
    if ports:
        given = {"grpc_address": "127.0.0.1:0", "rest_address": "127.0.0.1:0", **given}
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=clean_environment() | {f"BPMGRPC_{name.upper()}": value for name, value in given.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    program = Running(process)
    threading.Thread(target=_read, args=(program,), daemon=True).start()
    try:
        yield program
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def clean_environment() -> dict[str, str]:
    """Returns our environment without settings of this machine's owner."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BPMGRPC_")}


def _read(program: Running) -> None:
    stream = program.process.stderr
    assert stream is not None
    with stream:
        for line in stream:
            program.lines.put(line.rstrip("\n") or " ")
    program.lines.put("")  # the end
