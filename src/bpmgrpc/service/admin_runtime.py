"""AdminRuntime: incidents; with history, the directory, and operations on instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.engine import commands
from bpmgrpc.engine.state import copy_row
from bpmgrpc.service import checks, mapping
from bpmgrpc.service.directory import DirectoryMethods
from bpmgrpc.service.history import HistoryMethods
from bpmgrpc.service.operations import OperationMethods
from bpmgrpc.service.pages import page
from bpmgrpc.store.views import IncidentFilter
from bpmgrpc.v1 import admin_runtime_pb2 as pb
from bpmgrpc.v1.incident_pb2 import Incident

if TYPE_CHECKING:
    from bpmgrpc.runtime.instances import Decided
    from bpmgrpc.service.dispatch import CallContext

_INCIDENT_STATES: Final = {Incident.STATE_OPEN: "OPEN", Incident.STATE_RESOLVED: "RESOLVED"}


class AdminRuntime(HistoryMethods, DirectoryMethods, OperationMethods):
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
