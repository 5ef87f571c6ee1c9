"""`bpmgrpc publish` and `bpmgrpc signal`."""

from __future__ import annotations

from typing import Annotated

import typer

from bpmgrpc.cli.failures import guarded
from bpmgrpc.cli.options import ConfigOption, JsonOption, ServerOption, TimeoutOption, VariablesOption
from bpmgrpc.cli.output import print_json, tell

__all__ = ["publish", "signal"]


@guarded
def publish(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Name of the message.")],
    *,
    key: Annotated[str, typer.Option("--key", metavar="KEY", help="Key of the one that it is for.")] = "",
    app: Annotated[str, typer.Option("--app", help="Application (default: every one).")] = "",
    variables: VariablesOption = "",
    time_to_live: Annotated[
        int, typer.Option("--time-to-live", metavar="SECONDS", min=0, help="How long it waits for its receiver.")
    ] = 0,
    message_id: Annotated[
        str, typer.Option("--message-id", metavar="ID", help="Your own id: while one is kept another is refused.")
    ] = "",
    request_id: Annotated[
        str, typer.Option("--request-id", metavar="ID", help="Makes repeating safe: the same id publishes once.")
    ] = "",
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Publishes a message and prints the id of the instance that received it.

    $ bpmgrpc publish "payment received" --key PO-4711 --variables '{"amount": 12.50}' --time-to-live 3600
    """
    from google.protobuf.duration_pb2 import Duration

    from bpmgrpc.cli.client import connect, read_variables
    from bpmgrpc.v1.process_runtime_pb2 import PublishMessageRequest

    request = PublishMessageRequest(
        message_name=message,
        correlation_key=key,
        app_name=app,
        variables=read_variables(variables),
        time_to_live=Duration(seconds=time_to_live),
        message_id=message_id,
        request_id=request_id,
    )
    with connect(server, config, timeout) as client:
        response = client.call(client.processes.PublishMessage, request)
    if as_json:
        print_json(response)
    elif response.process_instance_id:
        typer.echo(response.process_instance_id)
    else:
        tell(f"nobody waits for {message}" + ("; it is kept" if time_to_live else ""))


@guarded
def signal(
    name: Annotated[str, typer.Argument(metavar="SIGNAL", help="Name of the signal.")],
    *,
    app: Annotated[str, typer.Option("--app", help="Application; needed where several have such a signal.")] = "",
    variables: VariablesOption = "",
    request_id: Annotated[
        str, typer.Option("--request-id", metavar="ID", help="Makes repeating safe: the same id broadcasts once.")
    ] = "",
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Broadcasts a signal and prints how many receivers it has.

    $ bpmgrpc signal "hotel closed" --app booking
    """
    from bpmgrpc.cli.client import connect, read_variables
    from bpmgrpc.v1.process_runtime_pb2 import BroadcastSignalRequest

    request = BroadcastSignalRequest(
        signal_name=name, app_name=app, variables=read_variables(variables), request_id=request_id
    )
    with connect(server, config, timeout) as client:
        response = client.call(client.processes.BroadcastSignal, request)
    if as_json:
        print_json(response)
    else:
        typer.echo(str(response.receiver_count))
