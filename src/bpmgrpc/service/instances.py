"""The methods of ProcessRuntime about process instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bpmgrpc import values
from bpmgrpc.engine import commands
from bpmgrpc.engine.state import ROOT_SCOPE
from bpmgrpc.errors import FailedPrecondition
from bpmgrpc.ids import new_id
from bpmgrpc.runtime.choice import ProcessName
from bpmgrpc.service import checks, mapping, operation_mapping
from bpmgrpc.service.filters import time_range
from bpmgrpc.service.pages import page
from bpmgrpc.service.servicer import Servicer, respond
from bpmgrpc.store.views import ProcessInstanceFilter
from bpmgrpc.v1 import process_runtime_pb2 as pb

if TYPE_CHECKING:
    from bpmgrpc.runtime.outcomes import Decided
    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.store.queries import Queries
    from bpmgrpc.store.views import ActiveElements, ProcessInstanceView

_LONGEST_REASON: Final = 1_000  # characters
_STATES: Final = {number: state for state, number in mapping.INSTANCE_STATES.items()}


class InstanceMethods(Servicer):
    """Starts, shows and cancels process instances."""

    async def StartProcessInstance(
        self, request: pb.StartProcessInstanceRequest, call: CallContext
    ) -> pb.StartProcessInstanceResponse:
        """Starts an instance."""
        name = process_name(request)
        if request.version < 0:
            checks.invalid("version", "cannot be negative")
        variables = checks.variables(request.variables)
        business_key = checks.name(request.business_key, "business_key")
        idempotency = self.request_id(request, request.request_id, call)
        root_id = new_id(self.runtime.clock.now_us())

        def make(definition_id: str) -> commands.StartInstance:
            return commands.StartInstance(root_id, definition_id, variables, business_key, call.caller)

        outcome = await self.runtime.instances.start(
            name, make, deadline=call.deadline, actor=call.caller, request=idempotency, reply=_started
        )
        response = respond(pb.StartProcessInstanceResponse, outcome, _started)
        changes = outcome.result.changes if outcome.result is not None else None
        if changes is not None and changes.root.ready:
            # A long run went on in further transactions: its first one does not tell how it stands now.
            found = await self.runtime.read(lambda queries: queries.get_process_instance(root_id))
            response.process_instance.CopyFrom(mapping.process_instance(found))
        return response

    async def GetProcessInstance(
        self, request: pb.GetProcessInstanceRequest, call: CallContext
    ) -> pb.GetProcessInstanceResponse:
        """Returns an instance with its variables and active elements, all of one moment."""
        root_id, seq = checks.instance_id(request.process_instance_id)

        def read(queries: Queries) -> tuple[ProcessInstanceView, dict[str, str], ActiveElements]:
            with queries.snapshot():
                return (
                    queries.get_process_instance(root_id, seq),
                    queries.instance_variables(root_id, seq),
                    queries.active_elements(root_id, seq),
                )

        found, variables, elements = await self.runtime.read(read)
        message = mapping.process_instance(found)
        message.variables = values.join_members(variables)
        response = pb.GetProcessInstanceResponse(process_instance=message, active_element_count=elements.count)
        if elements.rows:
            program = (await self.runtime.definition(found.definition_id, call.deadline)).program
            response.active_elements.extend(
                mapping.element_instance(root_id, seq, element, program) for element in elements.rows
            )
        return response

    async def ListProcessInstances(
        self, request: pb.ListProcessInstancesRequest, call: CallContext
    ) -> pb.ListProcessInstancesResponse:
        """Lists instances."""
        wanted_page = page(request, request.order_by)
        wanted = instance_filter(request)
        found = await self.runtime.read(lambda queries: queries.list_process_instances(wanted, wanted_page))
        return pb.ListProcessInstancesResponse(
            process_instances=[mapping.process_instance(one) for one in found.items],
            next_page_token=found.next_page_token,
            total_size=found.total_size,
        )

    async def CancelProcessInstance(
        self, request: pb.CancelProcessInstanceRequest, call: CallContext
    ) -> pb.CancelProcessInstanceResponse:
        """Cancels a root instance."""
        reason = checks.name(request.reason, "reason", longest=_LONGEST_REASON)
        root_id, seq = checks.instance_id(request.process_instance_id)
        if seq != ROOT_SCOPE:
            await self.runtime.read(lambda queries: queries.get_process_instance(root_id, seq))
            raise FailedPrecondition(
                f"process instance {request.process_instance_id!r} was started by a call activity: "
                f"cancel its root {root_id!r}",
                reason="NOT_A_ROOT",
                metadata={"process_instance_id": request.process_instance_id, "root_process_instance_id": root_id},
            )
        if request.validate_only:
            found = await self.runtime.instances.dry_run(
                root_id,
                commands.CancelInstance(reason),
                deadline=call.deadline,
                subject=f"process instance {root_id!r}",
                actor=call.caller,
            )
            definition = found.definitions[found.root.definition_id].row
            return pb.CancelProcessInstanceResponse(
                process_instance=mapping.root_instance(found.root, definition),
                plan=operation_mapping.plan(root_id, found.plan),
            )
        return await self.obey(
            request,
            call,
            (root_id, ROOT_SCOPE, "root"),
            commands.CancelInstance(reason),
            pb.CancelProcessInstanceResponse,
            _canceled,
            subject=f"process instance {root_id!r}",
        )


def process_name(request: pb.StartProcessInstanceRequest) -> ProcessName:
    """Reads which process a start means.

    Raises:
        InvalidArgument: Neither a name nor an id, or one that is none.
    """
    checks.name(request.process_name, "process_name")
    checks.name(request.app_name, "app_name")
    checks.name(request.version_tag, "version_tag")
    checks.name(request.process_definition_id, "process_definition_id")
    if not request.process_name and not request.process_definition_id:
        checks.invalid("process_name", "is required where process_definition_id is not given")
    return ProcessName(
        request.process_name, request.app_name, request.version_tag, request.version, request.process_definition_id
    )


def _started(decided: Decided) -> pb.StartProcessInstanceResponse:
    assert decided.changes is not None  # noqa: S101 - a start always changes something
    root = decided.changes.root
    return pb.StartProcessInstanceResponse(
        process_instance=mapping.root_instance(root, decided.definitions[root.definition_id].row)
    )


def _canceled(decided: Decided) -> pb.CancelProcessInstanceResponse:
    assert decided.changes is not None  # noqa: S101 - a cancellation always changes something
    root = decided.changes.root
    return pb.CancelProcessInstanceResponse(
        process_instance=mapping.root_instance(root, decided.definitions[root.definition_id].row)
    )


def instance_filter(request: pb.ListProcessInstancesRequest) -> ProcessInstanceFilter:
    """Reads the filters of a list of instances.

    Raises:
        InvalidArgument: One that cannot be read.
    """
    return ProcessInstanceFilter(
        process_name=checks.name(request.process_name, "process_name"),
        app_name=checks.name(request.app_name, "app_name"),
        definition_id=checks.name(request.process_definition_id, "process_definition_id"),
        business_key=checks.name(request.business_key, "business_key"),
        states=checks.states(request.states, _STATES, "states"),
        root_id=checks.name(request.root_process_instance_id, "root_process_instance_id"),
        root_only=request.root_only,
        **_times(request),
    )


def _times(request: pb.ListProcessInstancesRequest) -> dict[str, Any]:
    if request.create_time.absent:
        checks.invalid("create_time.absent", "every instance has a create_time")
    return {
        **time_range(request.create_time, "create_time", "create"),
        **time_range(request.end_time, "end_time", "end", "without_end"),
    }
