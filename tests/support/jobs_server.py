"""A whole server around `JobsServicer`, as a program: what is tested with it is how a server starts and ends.

Run as ``python -m tests.support.jobs_server``; settings come from the environment. Each step of its application's life
is told on standard output, a word a line.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping

from bpmgrpc.server.app import serve
from bpmgrpc.server.errors import StartError
from bpmgrpc.server.logs import configure_logging
from bpmgrpc.settings import Settings, load_settings
from tests.support.jobs_servicer import SERVICE, JobsServicer


class JobsApplication:
    """Serves JobRuntime and nothing else."""

    def __init__(self) -> None:
        self._servicer = JobsServicer()
        self.services: Mapping[str, object] = {SERVICE: self._servicer}

    async def start(self) -> None:
        """Tells that background work would begin."""
        print("start", flush=True)

    async def ping(self) -> None:
        """There is no database."""

    def waited(self) -> float:
        """There are no commands."""
        return 0.0

    def drain(self) -> None:
        """Tells that the server drains, and lets the calls that wait go."""
        print("drain", flush=True)
        self._servicer.release.set()

    async def close(self) -> None:
        """Tells that the application is closed."""
        print("close", flush=True)


async def open_application(settings: Settings) -> JobsApplication:
    """Opens the application."""
    print("open", flush=True)
    return JobsApplication()


def main() -> int:
    """Runs the server; returns 0 when it ended in order, 1 when it was hurried, 2 or 5 when it could not start."""
    settings = load_settings(environment=os.environ).settings
    configure_logging(settings.log_level, settings.log_format)
    try:
        return 0 if asyncio.run(serve(settings, open_application)) else 1
    except StartError as error:
        print(error, file=sys.stderr)
        return 2 if error.usage else 5


if __name__ == "__main__":
    sys.exit(main())
