"""`bpmgrpc deploy`: files to the server, verdicts to people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bpmgrpc.cli.exit_codes import ExitCode
from bpmgrpc.cli.failures import Failure, guarded
from bpmgrpc.cli.options import ConfigOption, JsonOption, ServerOption, TimeoutOption
from bpmgrpc.cli.output import Column, print_json, print_table, short_state, tell, working

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bpmgrpc.cli.client import Client
    from bpmgrpc.v1.process_definition_pb2 import ElementVerdict

__all__ = ["deploy"]


@guarded
def deploy(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="BPMN 2.0 files.", exists=True, dir_okay=False, readable=True)
    ],
    *,
    app: Annotated[
        str, typer.Option("--app", help="Application that the processes belong to (default: default).")
    ] = "",
    version_tag: Annotated[
        str, typer.Option("--version-tag", metavar="TAG", help="Tag of this version, such as v.0.2.0.")
    ] = "",
    validate_only: Annotated[bool, typer.Option("--validate-only", help="Check only; deploy nothing.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the verdict on every element, not only the remarkable ones.")
    ] = False,
    server: ServerOption = None,
    timeout: TimeoutOption = 120.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Deploys BPMN files, all or none.

    Every process that can be executed becomes a new version. A file whose content is deployed already deploys nothing
    new. Where an element cannot run, the whole deployment is refused, and each such element is listed with its file,
    line and column.

    $ bpmgrpc deploy booking-room.bpmn --app booking --version-tag v.1.0.0

    $ bpmgrpc deploy --validate-only models/*.bpmn
    """
    from bpmgrpc.cli.client import RefusedDeploymentError, connect
    from bpmgrpc.v1.process_runtime_pb2 import (
        DeployProcessDefinitionsRequest,
        DeployProcessDefinitionsResponse,
        ResourceFile,
    )

    names = _names(files)
    try:
        resources = [ResourceFile(name=names[path], content=path.read_bytes()) for path in files]
    except OSError as error:
        raise Failure(f"{error.filename} cannot be read: {error.strerror}", ExitCode.USAGE) from error
    request = DeployProcessDefinitionsRequest(
        files=resources, app_name=app, version_tag=version_tag, validate_only=validate_only
    )
    with connect(server, config, timeout) as client:
        try:
            with working(f"{'Checking' if validate_only else 'Deploying'} {len(files)} file(s)…"):
                response = client.call(client.processes.DeployProcessDefinitions, request)
        except RefusedDeploymentError as refused:
            verdicts = list(_all_verdicts(client, request, refused))
            _print_verdicts(verdicts, verbose=verbose)
            if as_json:
                print_json(DeployProcessDefinitionsResponse(verdicts=verdicts))
            raise
    _print_verdicts(response.verdicts, verbose=verbose)
    if as_json:
        print_json(response)
    elif not validate_only:
        print_table(_DEFINITIONS, response.process_definitions)
    refused_count = sum(short_state(verdict, "verdict") == "REFUSED" for verdict in response.verdicts)
    if refused_count:
        raise Failure(f"{refused_count} element(s) cannot run", ExitCode.USAGE)


_DEFINITIONS = (
    Column("PROCESS", lambda d: d.process_name),
    Column("APP", lambda d: d.app_name),
    Column("VERSION", lambda d: str(d.version)),
    Column("TAG", lambda d: d.version_tag),
    Column("FILE", lambda d: d.resource_name),
    Column("ID", lambda d: d.process_definition_id, whole=True),
)
_VERDICTS = (
    Column("WHERE", lambda v: f"{v.resource_name}:{v.line}:{v.column}", whole=True),
    Column("ELEMENT", lambda v: f"{v.element_type} {v.element_id}".strip()),
    Column("VERDICT", lambda v: short_state(v, "verdict").lower()),
    Column("REASON", lambda v: v.reason),
)


def _names(files: Sequence[Path]) -> dict[Path, str]:
    """Names the files for the server: shortly where that tells them apart, else as they were given."""
    short = {path: path.name for path in files}
    return short if len(set(short.values())) == len(short) else {path: str(path) for path in files}


def _all_verdicts(client: Client, request: Any, refused: Any) -> Iterable[ElementVerdict]:
    """Asks once more, for the verdicts only: an error holds as many as fit into it, an answer holds all."""
    request.validate_only = True
    try:
        verdicts: Iterable[ElementVerdict] = client.call(client.processes.DeployProcessDefinitions, request).verdicts
    except Failure:
        verdicts = refused.refusal.verdicts
    return verdicts


def _print_verdicts(verdicts: Iterable[ElementVerdict], *, verbose: bool) -> None:
    order = {"REFUSED": 0, "IGNORED": 1, "RUNS": 2}
    counts = dict.fromkeys(order, 0)
    shown: list[ElementVerdict] = []
    for verdict in verdicts:
        kind = short_state(verdict, "verdict")
        counts[kind] = counts.get(kind, 0) + 1
        if verbose or kind != "RUNS" or verdict.reason:
            shown.append(verdict)
    if shown:
        print_table(_VERDICTS, sorted(shown, key=lambda v: order.get(short_state(v, "verdict"), 0)), err=True)
    if any(counts.values()):
        tell(f"{counts['RUNS']} element(s) run, {counts['IGNORED']} ignored, {counts['REFUSED']} refused")
