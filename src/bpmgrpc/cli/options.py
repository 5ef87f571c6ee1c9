"""Options that several commands share, and the flags that are made from the table of settings."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bpmgrpc.settings import Loaded, Row, load_settings, rows

__all__ = [
    "ConfigOption",
    "JsonOption",
    "LimitOption",
    "ServerOption",
    "TimeoutOption",
    "VariablesOption",
    "loaded",
    "with_settings",
]

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="TOML file with settings (default: BPMGRPC_CONFIG).", dir_okay=False),
]
ServerOption = Annotated[
    str | None,
    typer.Option("--server", metavar="HOST:PORT", help="The server to call (default: BPMGRPC_GRPC_ADDRESS)."),
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", help="How long to wait for each answer.", min=0.001)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document instead of a table.")]
LimitOption = Annotated[int, typer.Option("--limit", metavar="N", help="How many to show at the most.", min=1)]
VariablesOption = Annotated[
    str,
    typer.Option(
        "--variables", metavar="JSON|@FILE", help="A JSON object; @FILE reads it from a file, @- from standard input."
    ),
]

_PANEL: Final = "Settings (flag > environment > file > default; see bpmgrpc config)"
_METAVARS: Final = {"integer": "N", "number": "NUMBER", "list": "A,B,…", "text": "TEXT"}


def loaded(config: Path | None, flags: dict[str, Any] | None = None) -> Loaded:
    """Reads the settings for a command.

    Args:
        config: What `--config` says.
        flags: Name of a setting to what its flag says.
    """
    return load_settings(flags=flags, environment=os.environ, config=config)


def with_settings(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command a flag for each setting.

    The command gets what the flags say as its keyword argument ``flags``, a dictionary.

    Args:
        names: Settings; all where none is named.
    """
    chosen = [row for row in rows() if not names or row.name in names]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "flags"]
        made = [
            inspect.Parameter(row.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(row))
            for row in chosen
        ]

        @functools.wraps(command)
        def run(**options: Any) -> None:
            flags = {row.name: options.pop(row.name) for row in chosen}
            command(flags=flags, **options)

        # typer reads signature and annotations: they are what it makes the flags from.
        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + made
        del run.__wrapped__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        return run

    return decorate


def _annotation(row: Row) -> Any:
    values = row.rule.unit or ", ".join(row.rule.choices)
    unit = f"{values}; " if values else ""
    help_text = f"{row.rule.help} ({unit}default: {_default(row)})"
    if row.kind == "switch":
        return Annotated[
            bool | None,
            typer.Option(row.flag, help=help_text, show_default=False, rich_help_panel=_PANEL),
        ]
    return Annotated[
        str | None,
        typer.Option(row.flag, metavar=_METAVARS[row.kind], help=help_text, show_default=False, rich_help_panel=_PANEL),
    ]


def _default(row: Row) -> str:
    if row.kind == "switch":
        return "on" if row.default else "off"
    if isinstance(row.default, float):
        return f"{row.default:g}"
    return str(row.default) if row.default else "none"
