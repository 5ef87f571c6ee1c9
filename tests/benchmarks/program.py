"""Programs that a run starts: one line of JSON asks, one line answers, the end of the input ends them.

Every measurement runs in a process of its own, so that none pays for another's garbage, threads or event loop.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import uvloop

TOP: Final = Path(__file__).resolve().parents[2]
STOP_SECONDS: Final = 30

Answer = dict[str, Any]


class ProgramError(Exception):
    """A program ended when it should have answered; the text holds what it wrote to its log."""


class Program:
    """A started program.

    Args:
        command: The words of its command; the last one is its specification, as JSON.
        log: Where its standard error goes.
    """

    def __init__(self, command: list[str], log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                command,
                cwd=TOP,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    @classmethod
    def module(cls, name: str, specification: dict[str, Any], log: Path, python: Path | None = None) -> Self:
        """Starts a module of this package with our own Python, or that of another environment."""
        return cls([str(python or sys.executable), "-m", f"tests.benchmarks.{name}", json.dumps(specification)], log)

    def ready(self) -> Answer:
        """Waits until the program is ready; returns what it says about itself.

        Raises:
            ProgramError: It ended.
        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise ProgramError(self._log.read_text(encoding="utf-8", errors="replace")[-4000:])
        answer: Answer = json.loads(line)
        return answer

    def ask(self, **question: Any) -> Answer:
        """Asks and waits for the answer.

        Raises:
            ProgramError: It ended instead.
        """
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return self.ready()

    def close(self) -> None:
        """Ends the program."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        """Returns the program."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends it."""
        self.close()


def cpu_seconds(pid: int) -> float:
    """Returns the processor time that a process has used, all threads together; Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def environment() -> dict[str, str]:
    """Returns our environment without settings of the product, so that every run measures its defaults."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BPMGRPC_")}
    return kept | {"GRPC_VERBOSITY": "NONE"}


def specification() -> Answer:
    """Returns what a program was started with."""
    found: Answer = json.loads(sys.argv[1])
    return found


async def serve(answer: Callable[..., Awaitable[Answer]], about: Answer | None = None) -> None:
    """Answers questions until the input ends. The input is read on a thread: the loop goes on meanwhile.

    Args:
        answer: Gets the members of the question as arguments.
        about: What to say when ready.
    """
    print(json.dumps(about or {}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await answer(**json.loads(line))), flush=True)


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Runs a program on the event loop that the product's server uses."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_awaited(main))


async def _awaited(main: Callable[[], Awaitable[None]]) -> None:
    await main()
