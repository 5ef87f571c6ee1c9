"""Workers that are killed while they work, and what the store says afterwards.

Rule of this file: a worker is told nothing before it is killed (SIGKILL), and nothing of it is left but what the
server knows. A job that was begun may be begun again; that it is done is in the store once.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bpmgrpc.v1.process_instance_pb2 import ProcessInstance
from tests.job_queue.queue import TOP, Queue

WORK_MILLISECONDS = 40  # the longest time that a job takes
CONCURRENCY = 8
PAUSE_SECONDS = (0.2, 1.0)  # between two kills


@dataclass(frozen=True, slots=True)
class Storm:
    """What came of it.

    Attributes:
        jobs: How many there were.
        kills: How many workers were killed.
        begun: How often a worker began a job.
        begun_again: How many jobs were begun more than once.
        done: Instances that have ended, by how many completed jobs the store counts for them: all 1.
        left: Instances that have not ended.
        seconds: From the first worker to the last job.
    """

    jobs: int
    kills: int
    begun: int
    begun_again: int
    done: Counter[int]
    left: int
    seconds: float

    @property
    def is_exact(self) -> bool:
        """Whether each job is done, and counted once."""
        return self.done == {1: self.jobs} and self.left == 0 and self.begun >= self.jobs


def storm(queue: Queue, jobs: int, workers: int, folder: Path, rng: random.Random, seconds: float) -> Storm:
    """Lets workers do jobs and kills them at random until every job is done.

    Args:
        queue: The servers; workers are spread over them.
        jobs: How many jobs.
        workers: How many worker processes at a time; a killed one is replaced.
        folder: Where workers note what they begin.
        rng: Chooses whom to kill, and when.
        seconds: Longest time.
    """
    file = folder / "begun"
    queue.build(jobs)
    begun, kills, left = time.monotonic(), 0, jobs
    running = [_work(queue, number, file) for number in range(workers)]
    try:
        while left and time.monotonic() - begun < seconds:
            time.sleep(rng.uniform(*PAUSE_SECONDS))
            chosen = rng.randrange(workers)
            if file.exists() and file.stat().st_size:  # somebody has begun: until then there is nothing to lose
                running[chosen].send_signal(signal.SIGKILL)
                running[chosen].wait()
                kills += 1
                running[chosen] = _work(queue, kills, file)
            left = queue.count(ProcessInstance.STATE_ACTIVE)
    finally:
        for worker in running:
            worker.kill()
            worker.wait()
    lines = Counter(file.read_text("ascii").split())
    return Storm(
        jobs,
        kills,
        lines.total(),
        sum(count > 1 for count in lines.values()),
        queue.completions(),
        left,
        time.monotonic() - begun,
    )


def _work(queue: Queue, number: int, file: Path) -> subprocess.Popen[bytes]:
    address = queue.addresses[number % len(queue.addresses)]
    words = (address, str(file), str(WORK_MILLISECONDS), str(CONCURRENCY))
    return subprocess.Popen([sys.executable, "-m", "tests.job_queue.worker", *words], cwd=TOP)
