"""How a command fails: one clear line on standard error, further lines for details, and an exit code."""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import typer

from bpmgrpc.cli.exit_codes import ExitCode
from bpmgrpc.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Failure", "guarded"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Failure(Exception):
    """A command cannot do what it was asked.

    Args:
        message: One sentence.
        code: The exit code.
        details: Further lines, such as the fields that are wrong.
    """

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILURE, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details = tuple(details)


def guarded(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Wraps a command so that what goes wrong ends in a line and an exit code, never in a traceback.

    Args:
        command: The command.
    """

    @functools.wraps(command)
    def guard(*args: _P.args, **options: _P.kwargs) -> _R:
        try:
            return command(*args, **options)
        except Failure as failure:
            _tell(failure.message, failure.details)
            raise typer.Exit(failure.code) from failure
        except SettingsError as error:
            _tell("the settings cannot be used", error.problems)
            raise typer.Exit(ExitCode.USAGE) from error
        except KeyboardInterrupt as interrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from interrupt
        except BrokenPipeError as error:
            # Whoever read our output (head, less) has seen enough. Without this, the flush at exit would fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitCode.OK) from error

    return guard


def _tell(message: str, details: Sequence[str]) -> None:
    typer.secho("error: ", fg="red", bold=True, err=True, nl=False)
    typer.echo(message, err=True)
    for detail in details:
        typer.echo(f"  {detail}", err=True)
