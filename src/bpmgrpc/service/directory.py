"""The methods of AdminRuntime about the directory: users with their groups and roles, and work parties.

Rule of this file: a name that is not in the directory is one that matches nothing; tasks keep the names they have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc.runtime.retrying import retried
from bpmgrpc.service import checks
from bpmgrpc.service.pages import page
from bpmgrpc.service.servicer import Servicer
from bpmgrpc.store.interface import DirectoryUser, WorkParty
from bpmgrpc.v1 import admin_runtime_pb2 as pb
from bpmgrpc.v1 import directory_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.store.interface import Session


class DirectoryMethods(Servicer):
    """Keeps the directory."""

    async def ImportDirectory(
        self, request: pb.ImportDirectoryRequest, call: CallContext
    ) -> pb.ImportDirectoryResponse:
        """Writes users and work parties."""
        users = [_user(user, f"users[{index}]") for index, user in enumerate(request.users)]
        parties = [_party(party, f"work_parties[{index}]") for index, party in enumerate(request.work_parties)]
        _require_distinct((user.user for user in users), "users", "user")
        _require_distinct((party.work_party for party in parties), "work_parties", "work_party")

        def work(session: Session) -> tuple[int, int]:
            return session.import_directory(users, parties, replace_all=request.replace_all)

        user_count, party_count = await retried(self.runtime.executor, work, call.deadline)
        return pb.ImportDirectoryResponse(user_count=user_count, work_party_count=party_count)

    async def GetDirectoryUser(
        self, request: pb.GetDirectoryUserRequest, call: CallContext
    ) -> pb.GetDirectoryUserResponse:
        """Returns one user."""
        name = checks.name(request.user, "user", required=True)
        found = await self.runtime.read(lambda queries: queries.get_directory_user(name))
        return pb.GetDirectoryUserResponse(directory_user=_user_message(found))

    async def ListDirectoryUsers(
        self, request: pb.ListDirectoryUsersRequest, call: CallContext
    ) -> pb.ListDirectoryUsersResponse:
        """Lists users by name."""
        wanted_page = page(request)
        found = await self.runtime.read(lambda queries: queries.list_directory_users(wanted_page))
        return pb.ListDirectoryUsersResponse(
            directory_users=[_user_message(user) for user in found.items],
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )

    async def ListWorkParties(
        self, request: pb.ListWorkPartiesRequest, call: CallContext
    ) -> pb.ListWorkPartiesResponse:
        """Lists work parties by name."""
        wanted_page = page(request)
        found = await self.runtime.read(lambda queries: queries.list_work_parties(wanted_page))
        return pb.ListWorkPartiesResponse(
            work_parties=[_party_message(party) for party in found.items],
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )

    async def DeleteDirectoryUser(
        self, request: pb.DeleteDirectoryUserRequest, call: CallContext
    ) -> pb.DeleteDirectoryUserResponse:
        """Takes a user out."""
        name = checks.name(request.user, "user", required=True)
        work_parties = await retried(
            self.runtime.executor, lambda session: session.delete_directory_user(name), call.deadline
        )
        return pb.DeleteDirectoryUserResponse(work_parties=work_parties)

    async def GetWorkParty(self, request: pb.GetWorkPartyRequest, call: CallContext) -> pb.GetWorkPartyResponse:
        """Returns one work party."""
        name = checks.name(request.work_party, "work_party", required=True)
        found = await self.runtime.read(lambda queries: queries.get_work_party(name))
        return pb.GetWorkPartyResponse(work_party=_party_message(found))

    async def DeleteWorkParty(
        self, request: pb.DeleteWorkPartyRequest, call: CallContext
    ) -> pb.DeleteWorkPartyResponse:
        """Takes a work party out."""
        name = checks.name(request.work_party, "work_party", required=True)
        await retried(self.runtime.executor, lambda session: session.delete_work_party(name), call.deadline)
        return pb.DeleteWorkPartyResponse()


def _user(user: directory_pb2.DirectoryUser, field: str) -> DirectoryUser:
    return DirectoryUser(
        checks.name(user.user, f"{field}.user", required=True),
        checks.name(user.display_name, f"{field}.display_name"),
        checks.names(user.groups, f"{field}.groups"),
        checks.names(user.roles, f"{field}.roles"),
    )


def _party(party: directory_pb2.WorkParty, field: str) -> WorkParty:
    return WorkParty(
        checks.name(party.work_party, f"{field}.work_party", required=True),
        checks.names(party.users, f"{field}.users"),
        checks.names(party.roles, f"{field}.roles"),
        checks.name(party.lead, f"{field}.lead"),
    )


def _user_message(user: DirectoryUser) -> directory_pb2.DirectoryUser:
    return directory_pb2.DirectoryUser(
        user=user.user, display_name=user.display_name, groups=user.groups, roles=user.roles
    )


def _party_message(party: WorkParty) -> directory_pb2.WorkParty:
    return directory_pb2.WorkParty(work_party=party.work_party, users=party.users, roles=party.roles, lead=party.lead)


def _require_distinct(names: Iterable[str], field: str, member: str) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            checks.invalid(f"{field}[{index}].{member}", f"{checks.shown(name)} comes twice")
        seen.add(name)
