"""The processes that run scripts.

Rule of this file: a script runs in a process of its own (``child``), because nothing else stops every script: QuickJS
interrupts a loop, but not its own functions in C. A process that was ended is made anew for the next script. Scripts
leave nothing behind: each has a context of its own, so that a process serves one after another.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from bpmgrpc.errors import Unavailable

_WATCH_SECONDS: Final = 5.0  # by the clock on the wall; the child counts the processor's time itself, and is stricter
_CHILD: Final = Path(__file__).with_name("child.py")


def is_installed() -> bool:
    """Whether the optional package is there."""
    try:
        importlib.metadata.version("quickjs-ng")
    except importlib.metadata.PackageNotFoundError:
        return False
    return importlib.util.find_spec("quickjs") is not None


class JavaScriptPool:
    """Runs scripts, at most as many at a time as there are processors. Thread-safe.

    It fulfils the protocol ``JavaScript`` of ``bpmgrpc.engine.expressions.javascript``.
    """

    def __init__(self) -> None:
        spec = importlib.util.find_spec("quickjs")
        assert spec is not None, "is_installed() was not asked"  # noqa: S101 - the server's start does
        assert spec.origin is not None  # noqa: S101 - a regular package
        self._packages = str(Path(spec.origin).parent.parent)
        self._idle: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._closed = False

    def run(self, request: str) -> str | None:
        """Runs a script.

        Args:
            request: The request of ``harness.js``: JSON on one line.

        Returns:
            Its answer; None where the script was stopped with its process.

        Raises:
            Unavailable: The system starts no process.
        """
        with self._free:
            child = self._take()
            answer = self._ask(child, request)
            if answer is None:
                child.kill()
                _reap(child)
            else:
                self._give_back(child)
            return answer

    def close(self) -> None:
        """Ends the processes. Called when nothing runs any more."""
        with self._lock:
            self._closed = True
            children, self._idle = self._idle, []
        for child in children:
            _reap(child)

    def _take(self) -> subprocess.Popen[bytes]:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.poll() is None:
                    return child
                _reap(child)
        try:
            return subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", str(_CHILD), self._packages],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"TZ": "UTC", "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")},  # Windows starts nothing without it
                close_fds=True,
            )
        except OSError as error:
            raise Unavailable(f"no process for JavaScript can be started: {error.strerror}") from error

    def _give_back(self, child: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(child)
                return
        _reap(child)

    @staticmethod
    def _ask(child: subprocess.Popen[bytes], request: str) -> str | None:
        assert child.stdin is not None  # noqa: S101 - pipes were asked for
        assert child.stdout is not None  # noqa: S101 - as well
        watch = threading.Timer(_WATCH_SECONDS, child.kill)
        watch.start()
        try:
            child.stdin.write(request.encode("utf-8") + b"\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            return None
        finally:
            watch.cancel()
        return line.decode("utf-8", "replace") if line.endswith(b"\n") else None


def _reap(child: subprocess.Popen[bytes]) -> None:
    """Ends a process by the end of its input, and lets go of it."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # what was left to write has nobody to read it
                continue
    child.wait()
