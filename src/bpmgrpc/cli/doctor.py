"""`bpmgrpc doctor`: looks at everything that a server needs, changes nothing, and says what to do.

A check is a function that returns findings; it never raises for what it was made to find. They run in the order of
`_CHECKS`, each whatever the others found.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import typer

from bpmgrpc.cli.exit_codes import ExitCode
from bpmgrpc.cli.failures import guarded
from bpmgrpc.cli.options import ConfigOption, JsonOption, TimeoutOption, loaded, with_settings
from bpmgrpc.cli.output import print_json
from bpmgrpc.settings import hide_password, split_address, unknown_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bpmgrpc.settings import Settings

__all__ = ["doctor"]

OK: Final = "ok"
WARN: Final = "warn"
FAIL: Final = "fail"

_COLORS: Final = {OK: "green", WARN: "yellow", FAIL: "red"}
_LEAST_PYTHON: Final = (3, 11)
_DISK_FAIL: Final = 100 * 1024 * 1024  # bytes: SQLite is about to fail
_DISK_WARN: Final = 1024 * 1024 * 1024  # bytes
_SKEW_WARN: Final = 1.0  # seconds: beyond, timers and leases of several servers are seen late or early
_SKEW_FAIL: Final = 60.0  # seconds


class Finding(NamedTuple):
    """One line of the doctor's.

    Attributes:
        level: ``ok``, ``warn`` or ``fail``.
        check: What was looked at.
        text: What was found.
        advice: What to do; empty where nothing is.
    """

    level: str
    check: str
    text: str
    advice: str = ""


@guarded
@with_settings("database_url", "grpc_address", "rest_address")
def doctor(
    *,
    timeout: TimeoutOption = 3.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    flags: dict[str, Any],
) -> None:
    """Checks Python, settings, database, schema, clocks, disk, ports and the running server. Changes nothing.

    Every line says ok, warn or fail, and what to do. The exit code is 1 where a check failed.

    $ bpmgrpc doctor

    $ bpmgrpc doctor --database-url postgresql://bpm@db/bpm --json
    """
    settings = loaded(config, flags).settings
    findings: list[Finding] = []
    for check in _CHECKS:
        for finding in check(settings, timeout):
            findings.append(finding)
            if not as_json:
                _print(finding)
    if as_json:
        print_json({"findings": [finding._asdict() for finding in findings]})
    if any(finding.level == FAIL for finding in findings):
        raise typer.Exit(ExitCode.FAILURE)


def _print(finding: Finding) -> None:
    typer.secho(f"{finding.level:<5}", fg=_COLORS[finding.level], nl=False)
    advice = f" -> {finding.advice}" if finding.advice else ""
    typer.echo(f"{finding.check}: {finding.text}{advice}")


def _python(_settings: Settings, _timeout: float) -> Iterable[Finding]:
    found = platform.python_version()
    if sys.version_info >= _LEAST_PYTHON:
        yield Finding(OK, "python", f"{found} ({platform.system()} {platform.machine()})")
    else:
        yield Finding(FAIL, "python", found, "install Python 3.11 or newer")


def _packages(_settings: Settings, _timeout: float) -> Iterable[Finding]:
    names = ("bpmgrpc", "grpcio", "protobuf", "sqlalchemy", "psycopg", "starlette", "uvicorn")
    found: list[str] = []
    for name in names:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            yield Finding(WARN, "packages", f"{name} is not installed as a package", "run pip install bpmgrpc")
    yield Finding(OK, "packages", ", ".join(found))


def _environment(_settings: Settings, _timeout: float) -> Iterable[Finding]:
    unknown = unknown_variables(os.environ)
    for name in unknown:
        yield Finding(WARN, "settings", f"no setting is called {name}", "see bpmgrpc config")
    if not unknown:
        yield Finding(OK, "settings", "all can be used")


def _database(settings: Settings, _timeout: float) -> Iterable[Finding]:
    from bpmgrpc.errors import BpmError
    from bpmgrpc.store.migrate import check_schema

    shown = hide_password(settings.database_url)
    path = _sqlite_path(settings)
    if path is not None and not path.exists():
        folder = path.absolute().parent
        if os.access(folder, os.W_OK):
            yield Finding(OK, "database", f"{shown} does not exist yet; `bpmgrpc serve` makes it")
        else:
            yield Finding(FAIL, "database", f"{folder} cannot be written", "choose another --database-url")
        return
    try:
        status = check_schema(settings.database_url)
    except BpmError as error:
        advice = "start the database, or correct --database-url (BPMGRPC_DATABASE_URL)"
        yield Finding(FAIL, "database", f"{shown}: {error.message}", advice)
        return
    yield Finding(OK, "database", f"{shown} can be reached")
    if status.is_current:
        yield Finding(OK, "schema", f"is up to date ({status.expected})")
    elif status.suits:
        text = f"is {status.current}, newer than this program's {status.expected}, and suits it"
        yield Finding(WARN, "schema", text, "replace this server by one of the newer release, too")
    elif not status.known:
        text = f"is {status.current}, newer than this program's {status.expected}"
        yield Finding(FAIL, "schema", text, "install the newer release")
    else:
        text = f"is {status.current or 'empty'}, this program needs {status.expected}"
        yield Finding(WARN, "schema", text, "run `bpmgrpc migrate`, or let `bpmgrpc serve` do it")


def _clock(settings: Settings, timeout: float) -> Iterable[Finding]:
    if _sqlite_path(settings) is not None:
        return  # its clock is ours
    import psycopg

    try:
        with psycopg.connect(_conninfo(settings), connect_timeout=max(2, round(timeout))) as connection:
            before = time.time()
            row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
            after = time.time()
    except psycopg.Error:
        return  # the check of the database has said so
    skew = abs(float(row[0]) - (before + after) / 2) if row else 0.0
    text = f"differs from the database's by {skew:.3f} seconds"
    advice = "synchronise the clocks (NTP) of this machine and the database's"
    if skew > _SKEW_FAIL:
        yield Finding(FAIL, "clock", text, advice)
    elif skew > _SKEW_WARN:
        yield Finding(WARN, "clock", text, advice)
    else:
        yield Finding(OK, "clock", text)


def _disk(settings: Settings, _timeout: float) -> Iterable[Finding]:
    path = _sqlite_path(settings)
    if path is None:
        return  # it is the database's disk that counts, and that is another machine's
    folder = path.absolute().parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        yield Finding(FAIL, "disk", f"{folder}: {error.strerror}", "choose another --database-url")
        return
    text = f"{free / 1024**3:.1f} GiB are free in {folder}"
    level = FAIL if free < _DISK_FAIL else WARN if free < _DISK_WARN else OK
    yield Finding(level, "disk", text, "" if level == OK else "make room, or move the database")


def _server(settings: Settings, timeout: float) -> Iterable[Finding]:
    from bpmgrpc.cli.client import open_channel

    with open_channel(settings.grpc_address) as channel:
        serving, text = _health(channel, timeout)
    if serving:
        yield Finding(OK, "server", f"gRPC serves at {settings.grpc_address}")
        yield from _ready(settings, timeout)
    elif text != "UNAVAILABLE":
        yield Finding(FAIL, "server", f"{settings.grpc_address} answers {text}", "look into the server's log")
    else:
        yield Finding(WARN, "server", f"none answers at {settings.grpc_address}", "start one with `bpmgrpc serve`")
        yield from _ports(settings)


def _health(channel: Any, timeout: float) -> tuple[bool, str]:
    """Asks for the health of the whole server; returns whether it serves, and what it said."""
    import grpc
    from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
    from grpc_health.v1.health_pb2_grpc import HealthStub

    stub: Any = HealthStub(channel)
    try:
        response = stub.Check(HealthCheckRequest(), timeout=timeout)
    except grpc.RpcError as error:
        return False, error.code().name
    status = response.status
    return status == HealthCheckResponse.SERVING, HealthCheckResponse.ServingStatus.Name(status)


def _ready(settings: Settings, timeout: float) -> Iterable[Finding]:
    """Asks the REST adapter whether it is ready."""
    if not settings.rest_address:
        return
    from http.client import HTTPConnection, HTTPException

    host, port = split_address(settings.rest_address)
    connection = HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", "/readyz")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        text = f"none answers at {settings.rest_address}: {error}"
        yield Finding(WARN, "rest", text, "look whether the server was started with another --rest-address")
        return
    finally:
        connection.close()
    if status == 200:
        yield Finding(OK, "rest", f"serves at http://{settings.rest_address}")
    else:
        yield Finding(FAIL, "rest", f"/readyz answers {status}", "look into the server's log")


def _ports(settings: Settings) -> Iterable[Finding]:
    """Tries the addresses that a server would take."""
    from bpmgrpc.server.addresses import listen
    from bpmgrpc.server.errors import StartError

    for name in ("grpc_address", "rest_address"):
        address = getattr(settings, name)
        if not address:
            continue
        try:
            listen(address, name).close()
        except StartError as error:
            yield Finding(FAIL, "ports", str(error))
        else:
            yield Finding(OK, "ports", f"{name} {address} is free")


def _sqlite_path(settings: Settings) -> Path | None:
    from bpmgrpc.store.url import parse_url

    url = parse_url(settings.database_url)
    return url.path if url.dialect == "sqlite" else None


def _conninfo(settings: Settings) -> str:
    from bpmgrpc.store.url import parse_url

    return parse_url(settings.database_url).conninfo


_CHECKS: Final[tuple[Callable[[Settings, float], Iterable[Finding]], ...]] = (
    _python,
    _packages,
    _environment,
    _database,
    _clock,
    _disk,
    _server,
)
