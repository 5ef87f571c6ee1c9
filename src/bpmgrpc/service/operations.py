"""The methods of AdminRuntime that operate on running instances and on definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from bpmgrpc.engine import commands
from bpmgrpc.engine.state import ROOT_SCOPE
from bpmgrpc.errors import FailedPrecondition, NotFound, PreconditionViolation
from bpmgrpc.ids import new_id
from bpmgrpc.runtime import restart
from bpmgrpc.runtime.choice import ProcessName
from bpmgrpc.runtime.outcomes import Planned, planned
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.service import checks, mapping, operation_mapping
from bpmgrpc.service.servicer import Servicer, respond
from bpmgrpc.store.interface import SerializationConflict
from bpmgrpc.v1 import admin_runtime_pb2 as pb
from bpmgrpc.v1.batch_runtime_pb2 import CreateBatchRequest
from bpmgrpc.v1.process_instance_pb2 import ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from bpmgrpc.runtime.outcomes import Decided
    from bpmgrpc.service.dispatch import CallContext
    from bpmgrpc.store.interface import DefinitionRow, Session
    from bpmgrpc.store.queries import Queries
    from bpmgrpc.store.views import ProcessInstanceView

LONGEST_REASON: Final = 1_000  # characters
ResponseT = TypeVar("ResponseT", bound="Message")
VARIABLE_SOURCES: Final = {
    pb.RestartProcessInstanceRequest.VARIABLE_SOURCE_UNSPECIFIED: restart.start_variables,
    pb.RestartProcessInstanceRequest.VARIABLE_SOURCE_START: restart.start_variables,
    pb.RestartProcessInstanceRequest.VARIABLE_SOURCE_LAST: restart.last_variables,
}
Request: TypeAlias = Any  # with the fields that operations share: generated messages have no type that says so


class OperationMethods(Servicer):
    """Holds, changes and moves instances; each with a dry run."""

    async def SuspendProcessInstance(
        self, request: pb.SuspendProcessInstanceRequest, call: CallContext
    ) -> pb.SuspendProcessInstanceResponse:
        """Holds a root instance."""
        reason = checks.name(request.reason, "reason", longest=LONGEST_REASON)
        root_id = await self.root_of(request.process_instance_id)
        command = commands.SuspendInstance(reason)
        return await self.operate(request, call, root_id, command, pb.SuspendProcessInstanceResponse)

    async def ResumeProcessInstance(
        self, request: pb.ResumeProcessInstanceRequest, call: CallContext
    ) -> pb.ResumeProcessInstanceResponse:
        """Lets a held root instance go on."""
        root_id = await self.root_of(request.process_instance_id)
        command = commands.ResumeInstance()
        return await self.operate(request, call, root_id, command, pb.ResumeProcessInstanceResponse)

    async def SetProcessInstanceVariables(
        self, request: pb.SetProcessInstanceVariablesRequest, call: CallContext
    ) -> pb.SetProcessInstanceVariablesResponse:
        """Sets variables of an instance or a scope."""
        variables = checks.variables(request.variables)
        root_id, seq = checks.instance_id(request.process_instance_id)
        await self._require_instance(root_id, seq)
        if request.element_instance_id:
            seq = operation_mapping.element_seq(request.element_instance_id, "element_instance_id", root_id)
        command = commands.SetInstanceVariables(seq, variables, request.local)
        return await self.operate(request, call, root_id, command, pb.SetProcessInstanceVariablesResponse)

    async def ModifyProcessInstance(
        self, request: pb.ModifyProcessInstanceRequest, call: CallContext
    ) -> pb.ModifyProcessInstanceResponse:
        """Changes where an instance is."""
        reason = checks.name(request.reason, "reason", longest=LONGEST_REASON)
        root_id, seq = checks.instance_id(request.process_instance_id)
        instructions = operation_mapping.instructions(list(request.instructions), root_id, seq)
        await self._require_instance(root_id, seq)
        command = commands.ModifyInstance(seq, instructions, reason)
        return await self.operate(request, call, root_id, command, pb.ModifyProcessInstanceResponse)

    async def MigrateProcessInstance(
        self, request: pb.MigrateProcessInstanceRequest, call: CallContext
    ) -> pb.MigrateProcessInstanceResponse:
        """Has an instance go on by another version."""
        reason = checks.name(request.reason, "reason", longest=LONGEST_REASON)
        root_id, seq = checks.instance_id(request.process_instance_id)
        target = checks.opaque_id(request.target_process_definition_id, "target_process_definition_id")
        elements = operation_mapping.element_mapping(request.element_mappings)
        await self._require_instance(root_id, seq)
        await self.runtime.read(lambda queries: queries.get_definition(target))
        command = commands.MigrateInstance(seq, target, elements, reason)
        return await self.operate(request, call, root_id, command, pb.MigrateProcessInstanceResponse)

    async def RestartProcessInstance(
        self, request: pb.RestartProcessInstanceRequest, call: CallContext
    ) -> pb.RestartProcessInstanceResponse:
        """Starts a new instance in place of one that has ended."""
        given = checks.variables(request.variables)
        ended_id = await self.root_of(request.process_instance_id)
        idempotency = self.request_id(request, request.request_id, call)
        instances = self.runtime.instances

        def read(queries: Queries) -> tuple[ProcessInstanceView, dict[str, str]]:
            with queries.snapshot():
                ended = restart.ended_instance(queries, ended_id)
                if request.variable_source not in VARIABLE_SOURCES:
                    checks.invalid("variable_source", "is no source of variables")
                return ended, VARIABLE_SOURCES[request.variable_source](queries, ended_id, given)

        ended, variables = await self.runtime.read(read)
        name = ProcessName(definition_id=ended.definition_id)
        if request.latest_version:
            name = ProcessName(ended.process_name, ended.app_name)
        root_id = new_id(self.runtime.clock.now_us())

        def make(definition_id: str) -> commands.StartInstance:
            return commands.StartInstance(
                root_id, definition_id, variables | given, ended.business_key, call.caller, restarts=ended_id
            )

        def answer(found: Planned) -> pb.RestartProcessInstanceResponse:
            return pb.RestartProcessInstanceResponse(
                process_instance=mapping.root_instance(found.root, found.definitions[found.root.definition_id].row),
                plan=operation_mapping.plan(root_id, found.plan),
            )

        if request.validate_only:
            return answer(await instances.dry_start(name, make, deadline=call.deadline, actor=call.caller))

        def reply(decided: Decided) -> pb.RestartProcessInstanceResponse:
            return answer(planned(decided))

        outcome = await instances.start(
            name, make, deadline=call.deadline, actor=call.caller, request=idempotency, reply=reply
        )
        return respond(pb.RestartProcessInstanceResponse, outcome, reply)

    async def SuspendProcessDefinition(
        self, request: pb.SuspendProcessDefinitionRequest, call: CallContext
    ) -> pb.SuspendProcessDefinitionResponse:
        """Allows no new instances of a version."""
        row, batch_id = await self._hold(request, call, hold=True)
        return pb.SuspendProcessDefinitionResponse(
            process_definition=mapping.process_definition(row), batch_id=batch_id
        )

    async def ResumeProcessDefinition(
        self, request: pb.ResumeProcessDefinitionRequest, call: CallContext
    ) -> pb.ResumeProcessDefinitionResponse:
        """Allows new instances of a version again."""
        row, batch_id = await self._hold(request, call, hold=False)
        self.runtime.wakeups.timers.set()
        return pb.ResumeProcessDefinitionResponse(process_definition=mapping.process_definition(row), batch_id=batch_id)

    async def operate(
        self,
        request: Request,
        call: CallContext,
        root_id: str,
        command: commands.Command,
        response: type[ResponseT],
    ) -> ResponseT:
        """Does an operation, or with ``validate_only`` says what it would do.

        Args:
            request: The request, with ``validate_only`` and ``request_id``.
            call: The call.
            root_id: The root instance.
            command: The operation.
            response: Type of the answer, with ``process_instance`` and ``plan``.

        Raises:
            NotFound: There is no such root.
            OperationRefused: The operation cannot be done.
        """
        subject = f"process instance {root_id!r}"
        instances = self.runtime.instances

        make: Callable[..., ResponseT] = response

        def answer(found: Planned) -> ResponseT:
            root = found.root
            return make(
                process_instance=mapping.root_instance(root, found.definitions[root.definition_id].row),
                plan=operation_mapping.plan(root_id, found.plan),
            )

        if request.validate_only:
            return answer(
                await instances.dry_run(root_id, command, deadline=call.deadline, subject=subject, actor=call.caller)
            )

        def reply(decided: Decided) -> ResponseT:
            return answer(planned(decided))

        outcome = await instances.submit(
            root_id,
            ROOT_SCOPE,
            "root",
            command,
            deadline=call.deadline,
            subject=subject,
            actor=call.caller,
            request=self.request_id(request, request.request_id, call),
            reply=reply,
            explain=True,
        )
        return respond(response, outcome, reply)

    async def root_of(self, instance_id: str) -> str:
        """Returns the id of a root instance.

        Raises:
            NotFound: There is no such instance.
            FailedPrecondition: A call activity started it.
        """
        root_id, seq = checks.instance_id(instance_id)
        if seq != ROOT_SCOPE:
            await self._require_instance(root_id, seq)
            raise not_a_root(instance_id, root_id)
        return root_id

    async def _require_instance(self, root_id: str, seq: int) -> None:
        if seq != ROOT_SCOPE:
            await self.runtime.read(lambda queries: queries.get_process_instance(root_id, seq))

    async def _hold(self, request: Request, call: CallContext, *, hold: bool) -> tuple[DefinitionRow, str]:
        """Suspends or resumes a version; returns it, and the batch that does so with its instances."""
        wanted = checks.opaque_id(request.process_definition_id, "process_definition_id")
        now_us = self.runtime.clock.now_us()

        def work(session: Session) -> tuple[DefinitionRow, str]:
            with session.transaction():
                return change(session)

        def change(session: Session) -> tuple[DefinitionRow, str]:
            row = session.find_definition(wanted)
            if row is None or row.deleted:
                raise NotFound(
                    f"process definition {wanted!r} does not exist", metadata={"process_definition_id": wanted[:64]}
                )
            if (row.state.value == "SUSPENDED") == hold:
                needed = "ACTIVE" if hold else "SUSPENDED"
                raise FailedPrecondition(
                    f"process definition {row.id!r} is {row.state.value}, not {needed}",
                    reason="PROCESS_DEFINITION_STATE",
                    violations=[
                        PreconditionViolation("STATE", f"processDefinitions/{row.id}", f"it has to be {needed}")
                    ],
                    metadata={"process_definition_id": row.id},
                )
            if not request.validate_only and not session.hold_definition(wanted, now_us, hold=hold):
                raise SerializationConflict
            found = session.find_definition(wanted)
            assert found is not None  # noqa: S101 - it was there
            if request.validate_only or not request.include_process_instances:
                return found, ""
            batch = batches.create(session, _hold_instances(wanted, hold=hold), call.caller)
            return found, batch.id

        batches = self.runtime.batches
        held = await retried(self.runtime.executor, work, call.deadline)
        batches.created()
        return held


def _hold_instances(definition_id: str, *, hold: bool) -> bytes:
    """The batch that suspends or resumes the instances of a version."""
    request = CreateBatchRequest()
    chosen = request.selection.process_instances
    chosen.process_definition_id = definition_id
    chosen.states.append(ProcessInstance.STATE_ACTIVE)
    if not hold:  # of a root that is suspended, what it called is ACTIVE still
        chosen.states.append(ProcessInstance.STATE_SUSPENDED)
    kind = request.operation.suspend if hold else request.operation.resume
    kind.SetInParent()
    return request.SerializeToString()


def not_a_root(instance_id: str, root_id: str) -> FailedPrecondition:
    """The error for an operation that is about root instances only."""
    return FailedPrecondition(
        f"process instance {instance_id!r} was started by a call activity: name its root {root_id!r}",
        reason="NOT_A_ROOT",
        metadata={"process_instance_id": instance_id, "root_process_instance_id": root_id},
    )
