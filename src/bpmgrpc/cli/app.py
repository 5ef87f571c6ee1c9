"""The tree of commands, and the one way in."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Final

import typer

from bpmgrpc import __version__
from bpmgrpc.cli import batches, definitions, directory, doctor, incidents, instances, messages, server, tasks
from bpmgrpc.cli.exit_codes import EPILOG
from bpmgrpc.cli.output import utf8_output

__all__ = ["app", "main"]

_SERVER: Final = "Server"
_WORK: Final = "Processes and tasks (call a running server)"
_ADMIN: Final = "Administration (call a running server)"

app: Final = typer.Typer(
    name="bpmgrpc",
    help="A business-process runtime: BPMN 2.0 behind one gRPC contract, with REST beside it.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
_instances = typer.Typer(epilog=EPILOG, invoke_without_command=True)
_incidents = typer.Typer(epilog=EPILOG, invoke_without_command=True)
_batches = typer.Typer(epilog=EPILOG, invoke_without_command=True)
_directory = typer.Typer(
    help="Shows and loads users, groups, roles and work parties.", epilog=EPILOG, no_args_is_help=True
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"bpmgrpc {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Holds the options that stand before a command."""


def _help(command: Callable[..., None]) -> str:
    """Returns a command's docstring with each paragraph on one line, so that it wraps as the terminal does.

    A line that is indented stays as it is; an example begins with a dollar sign.
    """
    paragraphs = (inspect.getdoc(command) or "").split("\n\n")
    return "\n\n".join(text if text.startswith(" ") else " ".join(text.split("\n")) for text in paragraphs)


def _add(group: typer.Typer, name: str, command: Callable[..., None], panel: str | None = None) -> None:
    group.command(name, help=_help(command), epilog=EPILOG, rich_help_panel=panel)(command)


for _name, _command, _panel in (
    ("serve", server.serve, _SERVER),
    ("rest", server.rest, _SERVER),
    ("migrate", server.migrate, _SERVER),
    ("config", server.config, _SERVER),
    ("doctor", doctor.doctor, _SERVER),
    ("version", server.version, _SERVER),
    ("deploy", definitions.deploy, _WORK),
    ("start", instances.start, _WORK),
    ("tasks", tasks.tasks, _WORK),
    ("claim", tasks.claim, _WORK),
    ("unclaim", tasks.unclaim, _WORK),
    ("complete", tasks.complete, _WORK),
    ("publish", messages.publish, _WORK),
    ("signal", messages.signal, _WORK),
):
    _add(app, _name, _command, _panel)

_instances.callback(help=_help(instances.instances))(instances.instances)
_add(_instances, "show", instances.show)
_add(_instances, "cancel", instances.cancel)
app.add_typer(_instances, name="instances", rich_help_panel=_WORK)

_incidents.callback(help=_help(incidents.incidents))(incidents.incidents)
_add(_incidents, "resolve", incidents.resolve)
app.add_typer(_incidents, name="incidents", rich_help_panel=_ADMIN)

_batches.callback(help=_help(batches.batches))(batches.batches)
_add(_batches, "show", batches.show)
_add(_batches, "pause", batches.pause)
_add(_batches, "resume", batches.resume)
_add(_batches, "cancel", batches.cancel)
app.add_typer(_batches, name="batches", rich_help_panel=_ADMIN)

_add(_directory, "load", directory.load)
_add(_directory, "list", directory.list_directory)
app.add_typer(_directory, name="directory", rich_help_panel=_ADMIN)


def main() -> None:
    """Runs the command that the arguments name, and exits with its code."""
    utf8_output()
    app(prog_name="bpmgrpc")
