"""`bpmgrpc start` and `bpmgrpc instances`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bpmgrpc.cli.exit_codes import ExitCode
from bpmgrpc.cli.failures import Failure, guarded
from bpmgrpc.cli.options import ConfigOption, JsonOption, LimitOption, ServerOption, TimeoutOption, VariablesOption
from bpmgrpc.cli.output import Column, local_time, print_json, print_table, short_state, tell

__all__ = ["cancel", "instances", "show", "start"]


@guarded
def start(
    process: Annotated[str, typer.Argument(metavar="PROCESS", help="BPMN process id, or its display name.")],
    *,
    app: Annotated[str, typer.Option("--app", help="Application; needed where several have such a process.")] = "",
    version_tag: Annotated[
        str, typer.Option("--version-tag", metavar="TAG", help="Tag of the version to start (default: the latest).")
    ] = "",
    variables: VariablesOption = "",
    business_key: Annotated[str, typer.Option("--business-key", metavar="KEY", help="Your own key for it.")] = "",
    request_id: Annotated[
        str, typer.Option("--request-id", metavar="ID", help="Makes repeating safe: the same id starts only one.")
    ] = "",
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Starts an instance of a process and prints its id.

    $ bpmgrpc start "booking room" --app booking --variables '{"RoomObject": {"roomId": 7}}'

    $ bpmgrpc start order --variables @order.json --business-key PO-4711 --request-id PO-4711
    """
    from bpmgrpc.cli.client import connect, read_variables
    from bpmgrpc.v1.process_runtime_pb2 import StartProcessInstanceRequest

    request = StartProcessInstanceRequest(
        process_name=process,
        app_name=app,
        version_tag=version_tag,
        variables=read_variables(variables),
        business_key=business_key,
        request_id=request_id,
    )
    with connect(server, config, timeout) as client:
        response = client.call(client.processes.StartProcessInstance, request)
    if as_json:
        print_json(response)
        return
    instance = response.process_instance
    typer.echo(instance.process_instance_id)
    tell(f"{instance.process_name} version {instance.version} of {instance.app_name}: {_state(instance).lower()}")


@guarded
def instances(
    context: typer.Context,
    *,
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state", metavar="STATE", help="Only these: active, suspended, completed, canceled, failed. Repeatable."
        ),
    ] = None,
    process: Annotated[str, typer.Option("--process", metavar="NAME", help="Only of this process.")] = "",
    app: Annotated[str, typer.Option("--app", help="Only of this application.")] = "",
    business_key: Annotated[str, typer.Option("--business-key", metavar="KEY", help="Only with this key.")] = "",
    limit: LimitOption = 50,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Lists process instances, the newest first.

    $ bpmgrpc instances --state active --process "booking room"

    $ bpmgrpc instances show ID      one instance, with its variables and where it stands
    """
    if context.invoked_subcommand is not None:
        return
    from bpmgrpc.cli.client import connect, pages
    from bpmgrpc.v1.process_runtime_pb2 import ListProcessInstancesRequest

    request = ListProcessInstancesRequest(
        process_name=process, app_name=app, business_key=business_key, states=_states(state or [])
    )
    with connect(server, config, timeout) as client:
        response = pages(client, client.processes.ListProcessInstances, request, "process_instances", limit)
    if as_json:
        print_json(response)
        return
    print_table(_INSTANCES, response.process_instances)
    if response.next_page_token:
        tell(f"{len(response.process_instances)} of {response.total_size}; --limit shows more")


@guarded
def show(
    instance: Annotated[str, typer.Argument(metavar="ID", help="Id of the instance.")],
    *,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Shows one instance: its state, its variables, and the elements where it stands."""
    from bpmgrpc.cli.client import connect
    from bpmgrpc.v1.process_runtime_pb2 import GetProcessInstanceRequest

    with connect(server, config, timeout) as client:
        response = client.call(
            client.processes.GetProcessInstance, GetProcessInstanceRequest(process_instance_id=instance)
        )
    if as_json:
        print_json(response)
        return
    print_table((Column("", lambda pair: pair[0]), Column("", lambda pair: pair[1])), _facts(response.process_instance))
    if response.active_element_count:
        typer.echo()
        print_table(_ELEMENTS, response.active_elements)


@guarded
def cancel(
    instance: Annotated[str, typer.Argument(metavar="ID", help="Id of the root instance.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who look later.")] = "",
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Cancels an active instance with everything in it: tasks, jobs, timers and incidents go away."""
    from bpmgrpc.cli.client import connect
    from bpmgrpc.v1.process_runtime_pb2 import CancelProcessInstanceRequest

    with connect(server, config, timeout) as client:
        response = client.call(
            client.processes.CancelProcessInstance,
            CancelProcessInstanceRequest(process_instance_id=instance, reason=reason),
        )
    if as_json:
        print_json(response)
    else:
        tell(f"canceled {instance}")


def _state(instance: Any) -> str:
    return short_state(instance)


_INSTANCES = (
    Column("ID", lambda i: i.process_instance_id, whole=True),
    Column("PROCESS", lambda i: i.process_name),
    Column("APP", lambda i: i.app_name),
    Column("VERSION", lambda i: str(i.version)),
    Column("STATE", _state),
    Column("KEY", lambda i: i.business_key),
    Column("STARTED", lambda i: local_time(i, "create_time")),
    Column("ENDED", lambda i: local_time(i, "end_time")),
    Column("INCIDENTS", lambda i: str(i.open_incident_count or "")),
)
_ELEMENTS = (
    Column("ELEMENT", lambda e: e.element_id),
    Column("NAME", lambda e: e.name),
    Column("TYPE", lambda e: e.element_type),
    Column("STATE", _state),
    Column("SINCE", lambda e: local_time(e, "create_time")),
    Column("ID", lambda e: e.element_instance_id, whole=True),
)


def _facts(instance: Any) -> list[tuple[str, str]]:
    """Returns what is known of an instance, without what is empty."""
    facts = [
        ("id", instance.process_instance_id),
        ("process", f"{instance.process_name}, version {instance.version} {instance.version_tag}".rstrip()),
        ("application", instance.app_name),
        ("state", _state(instance)),
        ("end reason", instance.end_reason),
        ("business key", instance.business_key),
        ("started", f"{local_time(instance, 'create_time')} {instance.create_by}".rstrip()),
        ("ended", local_time(instance, "end_time")),
        ("open incidents", str(instance.open_incident_count or "")),
        ("called by", instance.parent_process_instance_id),
        ("variables", instance.variables),
    ]
    return [(name, value) for name, value in facts if value]


def _states(names: list[str]) -> list[Any]:
    from bpmgrpc.v1.process_instance_pb2 import ProcessInstance

    known = {
        name.removeprefix("STATE_"): number
        for name, number in ProcessInstance.State.items()
        if number != ProcessInstance.STATE_UNSPECIFIED
    }
    for name in names:
        if name.upper() not in known:
            raise Failure(f"--state must be one of {', '.join(known).lower()}, not {name!r}", ExitCode.USAGE)
    return [known[name.upper()] for name in names]
