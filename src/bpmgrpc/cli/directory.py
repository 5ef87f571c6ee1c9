"""`bpmgrpc directory`: users, groups, roles and work parties."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bpmgrpc.cli.failures import guarded
from bpmgrpc.cli.options import ConfigOption, JsonOption, ServerOption, TimeoutOption
from bpmgrpc.cli.output import Column, print_json, print_table, tell, working

__all__ = ["list_directory", "load"]

_ALL = 1_000_000


@guarded
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML file.", exists=True, dir_okay=False)],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take out every user and work party that is not in the file.")
    ] = False,
    server: ServerOption = None,
    timeout: TimeoutOption = 120.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    r"""Writes the users and work parties of a YAML file into the directory, all or none. Safe to repeat.

    The file, each name with what belongs to it, all of it optional:

      users:

        ann: {display_name: Ann Miller, groups: \[front-office], roles: \[R0003]}

      work_parties:

        Front Office: {users: \[ann], roles: \[R0003], lead: ann}
    """
    from bpmgrpc.cli.client import connect
    from bpmgrpc.cli.directory_file import read_directory

    with working(f"Reading {file.name}…") as show:
        request = read_directory(file)
        request.replace_all = replace
        show(f"Writing {len(request.users)} user(s) and {len(request.work_parties)} work parties…")
        with connect(server, config, timeout) as client:
            response = client.call(client.admin.ImportDirectory, request)
    if as_json:
        print_json(response)
    else:
        tell(f"the directory has {response.user_count} user(s) and {response.work_party_count} work parties now")


@guarded
def list_directory(
    *,
    server: ServerOption = None,
    timeout: TimeoutOption = 30.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Lists the users and work parties of the directory, by name."""
    from bpmgrpc.cli.client import connect, pages
    from bpmgrpc.cli.json_output import message_document
    from bpmgrpc.v1.admin_runtime_pb2 import ListDirectoryUsersRequest, ListWorkPartiesRequest

    with connect(server, config, timeout) as client:
        users = pages(
            client, client.admin.ListDirectoryUsers, ListDirectoryUsersRequest(), "directory_users", _ALL
        ).directory_users
        parties = pages(
            client, client.admin.ListWorkParties, ListWorkPartiesRequest(), "work_parties", _ALL
        ).work_parties
    if as_json:
        document = {
            "directoryUsers": [message_document(user) for user in users],
            "workParties": [message_document(party) for party in parties],
        }
        print_json(document)
        return
    print_table(_USERS, users)
    typer.echo()
    print_table(_PARTIES, parties)


_USERS = (
    Column("USER", lambda u: u.user),
    Column("NAME", lambda u: u.display_name),
    Column("GROUPS", lambda u: ", ".join(u.groups)),
    Column("ROLES", lambda u: ", ".join(u.roles)),
)
_PARTIES = (
    Column("WORK PARTY", lambda p: p.work_party),
    Column("LEAD", lambda p: p.lead),
    Column("USERS", lambda p: ", ".join(p.users)),
    Column("ROLES", lambda p: ", ".join(p.roles)),
)
