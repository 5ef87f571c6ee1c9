"""`bpmgrpc incidents`: failed steps, and trying them again."""

from __future__ import annotations

from typing import Annotated

import typer

from bpmgrpc.cli.failures import guarded
from bpmgrpc.cli.options import ConfigOption, JsonOption, LimitOption, ServerOption, TimeoutOption, VariablesOption
from bpmgrpc.cli.output import Column, local_time, print_json, print_table, short_state, tell

__all__ = ["incidents", "resolve"]


@guarded
def incidents(
    context: typer.Context,
    *,
    instance: Annotated[str, typer.Option("--instance", metavar="ID", help="Of this instance.")] = "",
    process: Annotated[str, typer.Option("--process", metavar="NAME", help="Of this process.")] = "",
    app: Annotated[str, typer.Option("--app", help="Of this application.")] = "",
    limit: LimitOption = 50,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Lists open incidents, the newest first: steps that failed and wait to be tried again.

    $ bpmgrpc incidents --process order

    $ bpmgrpc incidents resolve ID --variables '{"total": 0}'
    """
    if context.invoked_subcommand is not None:
        return
    from bpmgrpc.cli.client import connect, pages
    from bpmgrpc.v1.admin_runtime_pb2 import ListIncidentsRequest

    request = ListIncidentsRequest(process_instance_id=instance, process_name=process, app_name=app)
    with connect(server, config, timeout) as client:
        response = pages(client, client.admin.ListIncidents, request, "incidents", limit)
    if as_json:
        print_json(response)
        return
    print_table(_INCIDENTS, response.incidents)
    if response.next_page_token:
        tell(f"{len(response.incidents)} of {response.total_size}; --limit shows more")


@guarded
def resolve(
    incident: Annotated[str, typer.Argument(metavar="ID", help="Id of the incident.")],
    *,
    variables: VariablesOption = "",
    retries: Annotated[
        int, typer.Option("--retries", metavar="N", help="For a job: its attempts from now on.", min=0)
    ] = 0,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Sets variables, where some are given, and tries the failed step again."""
    from bpmgrpc.cli.client import connect, read_variables
    from bpmgrpc.v1.admin_runtime_pb2 import ResolveIncidentRequest

    request = ResolveIncidentRequest(incident_id=incident, variables=read_variables(variables), retries=retries)
    with connect(server, config, timeout) as client:
        response = client.call(client.admin.ResolveIncident, request)
    if as_json:
        print_json(response)
    else:
        tell(f"{response.incident.element_id} was tried again; `bpmgrpc incidents` tells whether it failed again")


_INCIDENTS = (
    Column("ID", lambda i: i.incident_id, whole=True),
    Column("INSTANCE", lambda i: i.process_instance_id, whole=True),
    Column("PROCESS", lambda i: i.process_name),
    Column("ELEMENT", lambda i: i.element_id),
    Column("REASON", lambda i: i.reason),
    Column("MESSAGE", lambda i: i.message),
    Column("STATE", short_state),
    Column("SINCE", lambda i: local_time(i, "create_time")),
)
