"""AdminRuntime: incidents, history, the directory; with operations on instances."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine import commands
from bpmgrpc.engine.state import copy_row
from bpmgrpc.runtime.instances import retried
from bpmgrpc.service import checks, mapping
from bpmgrpc.service.history import HistoryMethods
from bpmgrpc.service.operations import OperationMethods
from bpmgrpc.service.pages import page
from bpmgrpc.store.interface import DirectoryUser, WorkParty
from bpmgrpc.store.views import IncidentFilter
from bpmgrpc.v1 import admin_runtime_pb2 as pb
from bpmgrpc.v1 import directory_pb2
from bpmgrpc.v1.incident_pb2 import Incident

if TYPE_CHECKING:
    from bpmgrpc.runtime.instances import Decided
    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.store.interface import Session

_INCIDENT_STATES: Final = {Incident.STATE_OPEN: "OPEN", Incident.STATE_RESOLVED: "RESOLVED"}


class AdminRuntime(HistoryMethods, OperationMethods):
    """Serves ``bpmgrpc.v1.AdminRuntime``."""

    async def ListIncidents(self, request: pb.ListIncidentsRequest, call: CallContext) -> pb.ListIncidentsResponse:
        """Lists incidents."""
        wanted_page = page(request, request.order_by)
        states = checks.states(request.states, _INCIDENT_STATES, "states")
        root_id, instance = checks.instance_id(request.process_instance_id) if request.process_instance_id else ("", 0)
        wanted = IncidentFilter(
            root_id,
            instance,
            checks.name(request.process_name, "process_name"),
            checks.name(request.app_name, "app_name"),
            open=not states or "OPEN" in states,
            resolved="RESOLVED" in states,
        )
        found = await self.runtime.read(lambda queries: queries.list_incidents(wanted, wanted_page))
        return pb.ListIncidentsResponse(
            incidents=[mapping.incident(one.root_id, one.row, one.process_name, one.app_name) for one in found.items],
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )

    async def ResolveIncident(
        self, request: pb.ResolveIncidentRequest, call: CallContext
    ) -> pb.ResolveIncidentResponse:
        """Tries a failed step again."""
        checks.opaque_id(request.incident_id, "incident_id")
        variables = checks.variables(request.variables)
        if request.retries < 0:
            checks.invalid("retries", "cannot be negative")
        root_id, seq = checks.row_id(request.incident_id, "incident_id", "incident")
        command = commands.ResolveIncident(seq, variables, request.retries or 1)
        return await self.obey(
            request,
            call,
            (root_id, seq, "incident"),
            command,
            pb.ResolveIncidentResponse,
            _resolved,
            subject=f"incident {request.incident_id!r}",
        )

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
            work_parties=[
                directory_pb2.WorkParty(
                    work_party=party.work_party, users=party.users, roles=party.roles, lead=party.lead
                )
                for party in found.items
            ],
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )


def _resolved(decided: Decided) -> pb.ResolveIncidentResponse:
    """The incident as the command left it; where the step failed again a new one is open."""
    changes = decided.changes
    row = decided.snapshot.incident
    assert changes is not None  # noqa: S101 - a resolution always changes something
    assert row is not None  # noqa: S101 - it was loaded
    definition = decided.definitions[row.definition_id].row
    closed = copy_row(row, open=False, resolve_us=changes.now_us)
    message = mapping.incident(changes.root.id, closed, definition.process_name, definition.app_name)
    return pb.ResolveIncidentResponse(incident=message)


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


def _require_distinct(names: Iterable[str], field: str, member: str) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            checks.invalid(f"{field}[{index}].{member}", f"{checks.shown(name)} comes twice")
        seen.add(name)
