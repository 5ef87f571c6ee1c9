"""`bpmgrpc serve`, `rest`, `migrate`, `config` and `version`: the server's own commands."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bpmgrpc import __version__
from bpmgrpc.cli.exit_codes import ExitCode
from bpmgrpc.cli.failures import Failure, guarded
from bpmgrpc.cli.options import ConfigOption, JsonOption, loaded, with_settings
from bpmgrpc.cli.output import Column, print_json, print_table, tell, working
from bpmgrpc.settings import hide_password, rows, split_address, unknown_variables

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bpmgrpc.settings import Loaded, Row

__all__ = ["config", "migrate", "rest", "serve", "version"]


@guarded
@with_settings()
def serve(
    *,
    deploy: Annotated[
        list[Path] | None,
        typer.Option(
            "--deploy",
            metavar="FILE",
            help="Deploy this BPMN file before serving; one that is deployed already deploys nothing new. Repeatable.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    app: Annotated[str, typer.Option("--app", help="Application that the deployed processes belong to.")] = "",
    config: ConfigOption = None,
    flags: dict[str, Any],
) -> None:
    """Runs the server: gRPC, REST and the background work, on one database that it migrates first.

    It says "ready" with its addresses on standard error. SIGTERM or Ctrl-C lets running calls finish; a second one ends
    at once.

    $ bpmgrpc serve

    $ bpmgrpc serve --database-url postgresql://bpm@db/bpm --deploy order.bpmn --app shop

    $ BPMGRPC_REST_ADDRESS= bpmgrpc serve      gRPC only

    $ bpmgrpc serve --workers 4 --database-url postgresql://bpm@db/bpm      four processes on the same addresses
    """
    chosen = loaded(config, flags)
    _begin(chosen)
    if chosen.settings.workers > 1:
        from bpmgrpc.server.supervisor import serve_workers

        _run(serve_workers(chosen.settings, deploy=deploy or (), app_name=app))
        return
    from bpmgrpc.server.app import serve as run_server
    from bpmgrpc.server.application import open_application

    _run(run_server(chosen.settings, open_application, deploy=deploy or (), app_name=app))


_REST_SETTINGS = (
    "rest_address",
    "insecure",
    "legacy_base",
    "legacy_errors",
    "rest_max_body_bytes",
    "cors_origins",
    "allowed_hosts",
    "trusted_proxies",
    "default_deadline_seconds",
    "drain_seconds",
    "log_level",
    "log_format",
)


@guarded
@with_settings(*_REST_SETTINGS)
def rest(
    *,
    upstream: Annotated[
        str | None,
        typer.Option("--upstream", metavar="HOST:PORT", help="The gRPC server to speak to (default: grpc_address)."),
    ] = None,
    config: ConfigOption = None,
    flags: dict[str, Any],
) -> None:
    """Runs the REST adapter alone, in front of a gRPC server elsewhere.

    $ bpmgrpc rest --upstream 10.0.0.7:50051 --rest-address 127.0.0.1:8080
    """
    chosen = loaded(config, flags)
    target = upstream or chosen.settings.grpc_address
    try:
        split_address(target)
    except ValueError as error:
        raise Failure(f"--upstream {error}", ExitCode.USAGE) from error
    if not chosen.settings.rest_address:
        raise Failure("rest_address is empty, so there is nothing to run: give --rest-address", ExitCode.USAGE)
    _begin(chosen)
    from bpmgrpc.server.app import serve_rest

    _run(serve_rest(chosen.settings, target))


@guarded
@with_settings("database_url")
def migrate(*, config: ConfigOption = None, flags: dict[str, Any]) -> None:
    """Brings the database's schema up to date. `serve` does it too; run it apart to know when it happens.

    Safe to repeat, and safe while others try the same.

    $ bpmgrpc migrate --database-url postgresql://bpm@db/bpm
    """
    settings = loaded(config, flags).settings
    from bpmgrpc.errors import BpmError, Unavailable
    from bpmgrpc.store.migrate import migrate as migrate_database

    url = settings.database_url
    try:
        with working(f"Migrating {hide_password(url)}…") as show:

            def step(text: str) -> None:
                show(text)
                tell(text)

            migrate_database(url, step)
    except BpmError as error:
        code = ExitCode.UNAVAILABLE if isinstance(error, Unavailable) else ExitCode.FAILURE
        raise Failure(f"{hide_password(url)} cannot be migrated: {error.message}", code) from error


@guarded
@with_settings()
def config(*, config: ConfigOption = None, as_json: JsonOption = False, flags: dict[str, Any]) -> None:
    """Lists all settings with their values and where each comes from. Passwords are not shown.

    $ bpmgrpc config

    $ bpmgrpc config --config server.toml --json
    """
    chosen = loaded(config, flags)
    table = rows()
    if as_json:
        print_json(
            {
                row.name: {
                    "value": _plain(chosen, row),
                    "source": chosen.sources[row.name],
                    "flag": row.flag,
                    "variable": row.variable,
                    "unit": row.rule.unit,
                    "help": row.rule.help,
                }
                for row in table
            }
        )
    else:
        print_table(
            (
                Column("SETTING", lambda row: row.name, whole=True),
                Column("VALUE", lambda row: _shown(chosen, row)),
                Column("UNIT", lambda row: row.rule.unit),
                Column("FROM", lambda row: chosen.sources[row.name]),
                Column("VARIABLE", lambda row: row.variable),
                Column("MEANING", lambda row: row.rule.help),
            ),
            table,
        )
    for name in unknown_variables(os.environ):
        tell(f"warning: no setting is called {name}")


@guarded
def version(*, as_json: JsonOption = False) -> None:
    """Prints the version."""
    if as_json:
        print_json({"version": __version__, "python": platform.python_version()})
    else:
        typer.echo(f"bpmgrpc {__version__}")


def _begin(chosen: Loaded) -> None:
    """Sets up what has to stand before the first slow import."""
    # gRPC's core writes lines of its own to standard error, in a form of its own; it reads this when it is imported.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from bpmgrpc.server.logs import configure_logging

    configure_logging(chosen.settings.log_level, chosen.settings.log_format)
    for name in unknown_variables(os.environ):
        tell(f"warning: no setting is called {name}")


def _run(server: Coroutine[Any, Any, bool]) -> None:
    """Runs a server; what keeps it from starting ends the command with its own exit code."""
    from bpmgrpc.server.errors import StartError
    from bpmgrpc.server.loop import run

    try:
        in_order = run(server)
    except StartError as error:
        message, *details = str(error).split("\n")
        raise Failure(message, ExitCode.USAGE if error.usage else ExitCode.UNAVAILABLE, details) from error
    if not in_order:
        raise typer.Exit(ExitCode.FAILURE)


def _plain(chosen: Loaded, row: Row) -> Any:
    value = getattr(chosen.settings, row.name)
    if isinstance(value, tuple):
        return list(value)
    return hide_password(value) if isinstance(value, str) else value


def _shown(chosen: Loaded, row: Row) -> str:
    value = _plain(chosen, row)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
