"""`bpmgrpc tasks`, `claim`, `unclaim` and `complete`: the people's side."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bpmgrpc.cli.failures import guarded
from bpmgrpc.cli.options import ConfigOption, JsonOption, LimitOption, ServerOption, TimeoutOption, VariablesOption
from bpmgrpc.cli.output import Column, local_time, print_json, print_table, short_state, tell

__all__ = ["claim", "complete", "tasks", "unclaim"]

TaskArgument = Annotated[str, typer.Argument(metavar="TASK", help="Id of the user task.")]
UserOption = Annotated[str, typer.Option("--user", help="Who does it.")]


@guarded
def tasks(
    *,
    user: Annotated[
        str, typer.Option("--user", help="Claimed by this user, or offered to them directly, by group or role.")
    ] = "",
    group: Annotated[str, typer.Option("--group", help="Unclaimed and offered to this group.")] = "",
    role: Annotated[str, typer.Option("--role", help="Unclaimed and offered to this role.")] = "",
    instance: Annotated[str, typer.Option("--instance", metavar="ID", help="Of this instance.")] = "",
    process: Annotated[str, typer.Option("--process", metavar="NAME", help="Of this process.")] = "",
    limit: LimitOption = 50,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Lists open user tasks, the most important first. Filters are combined.

    $ bpmgrpc tasks --user ann

    $ bpmgrpc tasks --instance ID --json
    """
    from bpmgrpc.cli.client import connect, pages
    from bpmgrpc.v1.process_runtime_pb2 import ListUserTasksRequest

    request = ListUserTasksRequest(
        user=user, group=group, role=role, process_instance_id=instance, process_name=process
    )
    with connect(server, config, timeout) as client:
        response = pages(client, client.processes.ListUserTasks, request, "user_tasks", limit)
    if as_json:
        print_json(response)
        return
    print_table(_TASKS, response.user_tasks)
    if response.next_page_token:
        tell(f"{len(response.user_tasks)} of {response.total_size}; --limit shows more")


@guarded
def claim(
    task: TaskArgument,
    *,
    user: UserOption,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Claims a user task: it is then the user's, until they complete it or give it back.

    $ bpmgrpc claim TASK --user ann
    """
    from bpmgrpc.cli.client import connect
    from bpmgrpc.v1.process_runtime_pb2 import ClaimUserTaskRequest

    with connect(server, config, timeout) as client:
        response = client.call(client.processes.ClaimUserTask, ClaimUserTaskRequest(user_task_id=task, user=user))
    _done(response, f"claimed by {user}", as_json=as_json)


@guarded
def unclaim(
    task: TaskArgument,
    *,
    user: UserOption,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Gives a claimed user task back to those that it is offered to."""
    from bpmgrpc.cli.client import connect
    from bpmgrpc.v1.process_runtime_pb2 import UnclaimUserTaskRequest

    with connect(server, config, timeout) as client:
        response = client.call(client.processes.UnclaimUserTask, UnclaimUserTaskRequest(user_task_id=task, user=user))
    _done(response, f"given back by {user}", as_json=as_json)


@guarded
def complete(
    task: TaskArgument,
    *,
    user: UserOption,
    variables: VariablesOption = "",
    request_id: Annotated[
        str, typer.Option("--request-id", metavar="ID", help="Makes repeating safe: the same id completes once.")
    ] = "",
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Completes a user task with its results; the process goes on.

    $ bpmgrpc complete TASK --user ann --variables '{"CustomerInfo": {"name": "สมชาย"}}'
    """
    from bpmgrpc.cli.client import connect, read_variables
    from bpmgrpc.v1.process_runtime_pb2 import CompleteUserTaskRequest

    request = CompleteUserTaskRequest(
        user_task_id=task, user=user, variables=read_variables(variables), request_id=request_id
    )
    with connect(server, config, timeout) as client:
        response = client.call(client.processes.CompleteUserTask, request)
    _done(response, f"completed by {user}", as_json=as_json)


def _done(response: Any, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(response)
    else:
        tell(f"{response.user_task.name}: {what}")


def _candidates(task: Any) -> str:
    """Says to whom a task is offered."""
    groups = [f"group {name}" for name in task.candidate_groups]
    roles = [f"role {name}" for name in task.candidate_roles]
    party = [f"party {task.work_party}"] if task.work_party else []
    return ", ".join([*task.candidate_users, *groups, *roles, *party])


_TASKS = (
    Column("ID", lambda t: t.user_task_id, whole=True),
    Column("NAME", lambda t: t.name),
    Column("PROCESS", lambda t: t.process_name),
    Column("STATE", short_state),
    Column("ASSIGNEE", lambda t: t.assignee),
    Column("OFFERED TO", _candidates),
    Column("PRIORITY", lambda t: str(t.priority)),
    Column("DUE", lambda t: local_time(t, "due_time")),
    Column("CREATED", lambda t: local_time(t, "create_time")),
)
