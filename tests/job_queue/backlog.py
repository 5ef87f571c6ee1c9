"""How long a backlog takes to drain, beside how long it took to build.

Rule of this file: both are done as fast as one client process can: 64 callers start instances, one worker with as many
jobs at a time completes them, doing nothing for each. Same server, same machine, one after the other.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.job_queue.queue import CALLERS, TOP, Queue

LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Backlog:
    """What it took.

    Attributes:
        jobs: How many.
        seconds: To build, and to drain.
        cpu_seconds: Processor time of the server, for the same.
    """

    jobs: int
    seconds: tuple[float, float]
    cpu_seconds: tuple[float, float]

    @property
    def ratio(self) -> float:
        """Time to drain by time to build."""
        return self.seconds[1] / self.seconds[0]

    @property
    def cpu_ratio(self) -> float:
        """The same of the server's processor time, which others on the machine do not change."""
        return self.cpu_seconds[1] / self.cpu_seconds[0]


def backlog(queue: Queue, jobs: int, folder: Path) -> Backlog:
    """Builds a backlog and lets it drain; the worker's start is left out."""
    file = folder / "drained"
    idle = queue.cpu_seconds()
    build_seconds = queue.build(jobs)
    built = queue.cpu_seconds()
    words = (queue.addresses[0], str(file), "0", str(CALLERS))
    with subprocess.Popen([sys.executable, "-m", "tests.job_queue.worker", *words], cwd=TOP) as worker:
        try:
            while not (file.exists() and file.stat().st_size):
                time.sleep(0.001)
            begun = time.perf_counter()
            line = len(file.read_bytes().split()[0]) + 1
            while file.stat().st_size < jobs * line:  # all are begun: only then the store is asked
                time.sleep(LOOK_SECONDS)
            while queue.count(ProcessInstance.STATE_ACTIVE):
                time.sleep(LOOK_SECONDS)
            drain_seconds = time.perf_counter() - begun
            cpu_seconds = built - idle, queue.cpu_seconds() - built
            return Backlog(jobs, (build_seconds, drain_seconds), cpu_seconds)
        finally:
            worker.terminate()
