"""A worker program: notes each job that it begins, does it, and completes it.

python -m tests.job_queue.worker HOST:PORT FILE MILLISECONDS CONCURRENCY
"""

from __future__ import annotations

import asyncio
import os
import random
import sys

from bpmgrpc.worker import Job, Worker

JOB_TYPE = "queued"


def main() -> None:
    """Works until it is told to stop, or killed."""
    server, file, milliseconds, concurrency = sys.argv[1:]
    noted = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    worker = Worker(server)

    @worker.job(JOB_TYPE, concurrency=int(concurrency))
    async def work(job: Job) -> dict[str, object]:
        os.write(noted, f"{job.id}\n".encode())  # one write of a short line is never torn apart
        if int(milliseconds):
            await asyncio.sleep(random.uniform(0, int(milliseconds) / 1000))
        return {"done": True}

    worker.run()


if __name__ == "__main__":
    main()
