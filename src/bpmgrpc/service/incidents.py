"""AdminRuntime: incidents, one, all and many at a time."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from google.rpc.status_pb2 import Status

from bpmgrpc import values
from bpmgrpc.engine import commands
from bpmgrpc.engine.state import copy_row
from bpmgrpc.service import checks, filters, mapping
from bpmgrpc.service.batches import MOST_ITEMS, item_results
from bpmgrpc.service.pages import page
from bpmgrpc.service.servicer import Servicer
from bpmgrpc.store.paging import PageRequest
from bpmgrpc.store.views import IncidentFilter
from bpmgrpc.v1 import admin_runtime_pb2 as pb
from bpmgrpc.v1 import incident_pb2
from bpmgrpc.v1.incident_pb2 import Incident

if TYPE_CHECKING:
    from bpmgrpc.runtime.outcomes import Decided
    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.store.views import IncidentView

_STATES: Final = {Incident.STATE_OPEN: "OPEN", Incident.STATE_RESOLVED: "RESOLVED"}
_RESOLVE: Final = "/bpmgrpc.v1.AdminRuntime/ResolveIncident"
_TEXTS: Final = ("process_name", "app_name", "element_id", "reason")


class IncidentMethods(Servicer):
    """The methods about incidents."""

    async def ListIncidents(self, request: pb.ListIncidentsRequest, call: CallContext) -> pb.ListIncidentsResponse:
        """Lists incidents."""
        wanted, wanted_page = incident_filter(request), page(request, request.order_by)
        found = await self.runtime.read(lambda queries: queries.list_incidents(wanted, wanted_page))
        return pb.ListIncidentsResponse(
            incidents=[_message(one) for one in found.items],
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )

    async def CountIncidents(self, request: pb.CountIncidentsRequest, call: CallContext) -> pb.CountIncidentsResponse:
        """Counts incidents."""
        wanted = _filter(request.filter)
        count = await self.runtime.read(lambda queries: queries.count_incidents(wanted))
        return pb.CountIncidentsResponse(total_size=count)

    async def GetIncident(self, request: pb.GetIncidentRequest, call: CallContext) -> pb.GetIncidentResponse:
        """Returns an incident with the variables at hand."""
        checks.opaque_id(request.incident_id, "incident_id")
        root_id, seq = checks.row_id(request.incident_id, "incident_id", "incident")
        found = await self.runtime.read(lambda queries: queries.get_incident(root_id, seq))
        message = _message(found.incident)
        message.attempts = found.attempts
        if found.incident.row.open:
            message.variables = values.join_members(found.variables)
        return pb.GetIncidentResponse(incident=message)

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

    async def BatchResolveIncidents(
        self, request: pb.BatchResolveIncidentsRequest, call: CallContext
    ) -> pb.BatchResolveIncidentsResponse:
        """Tries many failed steps again."""
        if bool(request.requests) == request.HasField("filter"):
            checks.invalid("requests", "either requests or a filter is needed, and not both")
        if request.requests:
            if request.variables or request.retries:
                name = "variables" if request.variables else "retries"
                checks.invalid(name, "goes with a filter; each of the requests has its own")
            requests, left = list(request.requests), 0
        else:
            requests, left = await self._found(request)
        results: list[incident_pb2.IncidentResult] = []
        if requests:
            results = await item_results(
                _RESOLVE, requests, request.request_id, call, lambda one: str(one.incident_id), _result
            )
        return pb.BatchResolveIncidentsResponse(results=results, left_count=left)

    async def _found(self, request: pb.BatchResolveIncidentsRequest) -> tuple[list[pb.ResolveIncidentRequest], int]:
        """Makes a request for each incident that the filter finds; returns how many it finds beyond them, too."""
        if request.request_id:
            checks.invalid("request_id", "goes with requests; by filter a repeated call finds what is still open")
        if request.retries < 0:
            checks.invalid("retries", "cannot be negative")
        checks.variables(request.variables)
        if not request.filter.ListFields():
            checks.invalid("filter", "says nothing, and would resolve all incidents there are")
        if any(state != Incident.STATE_OPEN for state in request.filter.states):
            checks.invalid("filter.states", "only open incidents can be resolved")
        wanted, oldest = _filter(request.filter), PageRequest(MOST_ITEMS, order_by="create_time")
        found = await self.runtime.read(lambda queries: queries.list_incidents(wanted, oldest))
        requests = [
            pb.ResolveIncidentRequest(
                incident_id=_message(one).incident_id, variables=request.variables, retries=request.retries
            )
            for one in found.items
        ]
        return requests, found.total_size - len(requests)


def _filter(message: incident_pb2.IncidentFilter, field: str = "filter.") -> IncidentFilter:
    texts: dict[str, Any] = {name: checks.name(getattr(message, name), f"{field}{name}") for name in _TEXTS}
    states = checks.states(message.states, _STATES, f"{field}states")
    root_id, instance = "", 0
    if message.process_instance_id:
        root_id, instance = checks.instance_id(message.process_instance_id, f"{field}process_instance_id")
    if message.create_time.absent:
        checks.invalid(f"{field}create_time.absent", "every incident has a create_time")
    return IncidentFilter(
        root_id=root_id,
        instance=instance,
        open=not states or "OPEN" in states,
        resolved="RESOLVED" in states,
        **texts,
        **filters.time_range(message.create_time, f"{field}create_time", "create"),
    )


def incident_filter(request: pb.ListIncidentsRequest) -> IncidentFilter:
    """Reads the filters of a list: the fields of the request, and those of its ``filter``.

    Raises:
        InvalidArgument: One that cannot be read, or two that contradict each other.
        NotFound: An instance id that is none of ours.
    """
    plain = incident_pb2.IncidentFilter(
        process_instance_id=request.process_instance_id,
        process_name=request.process_name,
        app_name=request.app_name,
        states=request.states,
    )
    found = _filter(plain, "")
    if not request.HasField("filter"):
        return found
    more = _filter(request.filter)
    if request.states and request.filter.states and (found.open, found.resolved) != (more.open, more.resolved):
        checks.invalid("filter.states", "contradicts states, which is given as well")
    chosen = found if request.states else more
    given = {one.name: getattr(found, one.name) for one in fields(found) if getattr(found, one.name)}
    for name in ("root_id", "instance", *_TEXTS):
        other = getattr(more, name)
        if name in given and other and other != given[name]:
            shown = "process_instance_id" if name in ("root_id", "instance") else name
            checks.invalid(f"filter.{shown}", f"contradicts {shown}, which is given as well")
    return replace(more, **given | {"open": chosen.open, "resolved": chosen.resolved})


def _message(found: IncidentView) -> Incident:
    return mapping.incident(found.root_id, found.row, found.process_name, found.app_name)


def _result(outcome: Any) -> incident_pb2.IncidentResult:
    if isinstance(outcome, Status):
        return incident_pb2.IncidentResult(error=outcome)
    return incident_pb2.IncidentResult(incident=outcome.incident)


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
