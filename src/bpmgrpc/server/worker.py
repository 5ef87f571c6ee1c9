"""One of several server processes that share their addresses: ``python -m bpmgrpc.server.worker``, for the supervisor.

It reads its orders from standard input, one line of JSON, and tells on standard output, one line of JSON each, that it
serves or why it cannot. Standard input then stays open and says nothing: when it ends, the supervisor is gone, however
it went, and the worker ends in order instead of holding the address for nobody.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Orders", "Report", "main"]

_LISTS: Final = tuple(field.name for field in dataclasses.fields(Settings) if isinstance(field.default, tuple))


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is to do.

    Attributes:
        settings: The settings, with the addresses that all workers share.
        number: Which worker it is, from 1; its log lines say so.
        deploy: Files to deploy before it serves.
        app_name: Application that they belong to.
    """

    settings: Settings
    number: int
    deploy: Sequence[Path] = ()
    app_name: str = ""

    def to_line(self) -> bytes:
        """Returns the line that a worker reads."""
        values = dataclasses.asdict(self.settings)
        line = {"settings": values, "number": self.number, "app": self.app_name}
        return json.dumps(line | {"deploy": [str(path) for path in self.deploy]}).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Orders:
        """Reads the line."""
        read: dict[str, Any] = json.loads(line)
        values = read["settings"] | {name: tuple(read["settings"][name]) for name in _LISTS}
        return cls(Settings(**values), read["number"], [Path(path) for path in read["deploy"]], read["app"])


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker tells.

    Attributes:
        error: Why it cannot serve; empty: it serves.
        usage: Whether a setting or a file is to blame.
    """

    error: str = ""
    usage: bool = False

    def to_line(self) -> bytes:
        """Returns the line that the supervisor reads."""
        return json.dumps(dataclasses.asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Report:
        """Reads the line."""
        return cls(**json.loads(line))


def main() -> int:
    """Serves as ordered.

    Returns:
        The exit code: 0 where it ended in order.
    """
    # Whatever prints to standard output must not be taken for a report.
    reports = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    orders = Orders.from_line(sys.stdin.buffer.readline())
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # before gRPC is imported: its core writes lines of its own
    from bpmgrpc.server.logs import configure_logging

    settings = orders.settings
    configure_logging(settings.log_level, settings.log_format, constant={"worker": orders.number})
    from bpmgrpc.server.app import serve
    from bpmgrpc.server.application import open_application
    from bpmgrpc.server.errors import StartError
    from bpmgrpc.server.loop import run

    def ready() -> None:
        reports.write(Report().to_line())
        threading.Thread(target=_end_with_supervisor, name="supervisor-watch", daemon=True).start()

    try:
        in_order = run(
            serve(settings, open_application, deploy=orders.deploy, app_name=orders.app_name, on_ready=ready)
        )
    except StartError as error:
        reports.write(Report(str(error), error.usage).to_line())
        return 1
    return 0 if in_order else 1


def _end_with_supervisor() -> None:
    os.read(0, 1)  # returns at the end of the pipe only: nothing is ever written to it
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
