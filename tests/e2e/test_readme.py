"""The README shows what happens: its commands are run in order, and answer what stands below them.

Blocks marked `console` are one shell session from top to bottom: lines after "$ " are commands (a backslash continues
one), the rest is what they answer. A block marked `python` is a program, and the block `text` after it what it prints.
The first block starts the server. A comment `<!-- not run: reason -->` leaves the next block out.

Ids, times, ports and widths of tables differ from run to run. An id of the README stands for the one that was really
answered in its place, in later commands as well. "…" stands for the rest of what would not fit on a line.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

from tests.e2e.server_process import SECONDS, TOP

README = TOP / "README.md"
BLOCK = re.compile(r"(?:^<!-- (?P<mark>.*?) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ID = re.compile(r"\b[0-9a-hjkmnp-tv-z]{20}(?:-\d+)?\b")
VARYING = (
    (re.compile(r"\b1\d{12}\b"), "<ms>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"), "<time>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b"), "<time>"),
    (re.compile(r"\d+(?:\.\d+)? ms"), "<duration>"),
)
END = "end-of-the-command's-output"


@dataclass(frozen=True)
class Step:
    """A command and what the README says that it answers."""

    command: str
    answer: str
    line: int


def steps() -> list[Step]:
    """Reads the steps; the first is the server's."""
    text = README.read_text("utf-8")
    found: list[Step] = []
    program: tuple[str, int] | None = None
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start("text"))
        if (block["mark"] or "").startswith("not run"):
            continue
        if block["kind"] == "python":
            program = (block["text"], line)
        elif block["kind"] == "text" and program is not None:
            found.append(Step(f".venv/bin/python - <<'PROGRAM'\n{program[0]}PROGRAM", block["text"], program[1]))
        elif block["kind"] == "console":
            found += session(block["text"], line)
    return found


def session(text: str, line: int) -> Iterator[Step]:
    """Splits a block into commands and answers."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        length = 1 + next(n for n, each in enumerate(lines) if not each.endswith("\\\n"))
        yield Step("".join(lines[:length]).rstrip("\n"), "".join(lines[length:]), line)


def plain(text: str) -> str:
    """Takes out what differs from run to run, and the widths of tables."""
    for pattern, word in VARYING:
        text = pattern.sub(word, text)
    lines = (re.sub(r"\s{2,}", "  ", re.sub("─+", "─", line)).rstrip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def same(shown: str, found: str) -> bool:
    """Tells whether an answer is what the README shows."""
    pattern = re.escape(plain(shown)).replace("…", ".*")
    return re.fullmatch(pattern, plain(found)) is not None


class Shell:
    """A shell that stays, as a reader's does.

    Args:
        environment: Its environment.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["sh"],
            cwd=TOP,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def run(self, command: str) -> str:
        """Runs a command; returns what it wrote."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\nprintf '\\n%s\\n' \"{END}\"\n")
        self._process.stdin.flush()
        written = ""
        for line in self._process.stdout:
            if line == f"{END}\n":
                break
            written += line
        return written

    def close(self) -> None:
        """Ends it."""
        self._process.communicate()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A reader's environment, but for free ports and a database of its own."""
    if Path(sys.prefix) != TOP / ".venv":
        pytest.skip("the README's commands use the environment that `make install` builds, and this is another one")
    if shutil.which("curl") is None:
        pytest.skip("the README calls with curl, and curl is not installed")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BPMGRPC_", "MAKE", "MFLAGS"))}
    return kept | {
        "BPMGRPC_GRPC_ADDRESS": "127.0.0.1:0",
        "BPMGRPC_REST_ADDRESS": "127.0.0.1:0",
        "BPMGRPC_DATABASE_URL": f"sqlite:///{tmp_path / 'bpmgrpc.db'}",
        "BPMGRPC_LOG_FORMAT": "console",
        "COLUMNS": "200",
    }


@pytest.fixture
def server_lines(environment: dict[str, str]) -> Iterator[list[str]]:
    """The lines that the README's first command writes until the server is ready; it runs until the test ends."""
    lines: Queue[str | None] = Queue()
    process = subprocess.Popen(
        steps()[0].command.split(),
        cwd=TOP,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )

    def read() -> None:
        assert process.stdout is not None
        with process.stdout as stream:
            for line in stream:
                lines.put(line)
        lines.put(None)

    reader = Thread(target=read, daemon=True)
    reader.start()
    try:
        found: list[str] = []
        while not found or " ready " not in found[-1]:
            line = lines.get(timeout=SECONDS)
            assert line is not None, "".join(found)
            found.append(line)
        yield found
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(SECONDS)
        reader.join(SECONDS)


def test_readme_shows_what_its_commands_answer(environment: dict[str, str], server_lines: list[str]) -> None:
    """Each command of the README, run as it stands and in its order, answers what the README shows."""
    first, *others = steps()
    ready = server_lines[-1]
    grpc_address = re.search(r"grpc=(\S+)", ready)[1]  # type: ignore[index]
    rest_address = re.search(r"rest=http://(\S+)", ready)[1]  # type: ignore[index]
    places = {
        "127.0.0.1:50051": grpc_address,
        "127.0.0.1:8080": rest_address,
        "sqlite:///bpmgrpc.db": environment["BPMGRPC_DATABASE_URL"],
    }

    def real(text: str) -> str:
        for shown, found in places.items():
            text = text.replace(shown, found)
        return text

    assert same(real(first.answer), "".join(server_lines)), plain("".join(server_lines))
    shell = Shell(environment | {"BPMGRPC_GRPC_ADDRESS": grpc_address, "BPMGRPC_REST_ADDRESS": rest_address})
    try:
        for step in others:
            written = shell.run(real(step.command))
            for shown, found in zip(ID.findall(step.answer), ID.findall(written), strict=False):
                if places.setdefault(shown, found) != found:
                    break
            told = f"README.md, block at line {step.line}: {step.command}\n{plain(written)}"
            assert same(real(step.answer), written), told
    finally:
        shell.close()
