"""The one door of the engine.

Rule of this file: ``advance`` gets everything as data and gives everything back as data. It does no I/O, reads no
clock, draws no random numbers and keeps nothing between two calls, so that the same call gives the same answer on
every server. It either returns the changes, or raises and has changed nothing: ``Need`` where rows are missing, a
``BpmError`` where the command cannot be obeyed. A step of the *model* that fails is no error of the command: it becomes
an incident in the changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from bpmgrpc.engine import commands, job, listening, process_start, subtasks, user_task
from bpmgrpc.engine.changes import Changes, Completer
from bpmgrpc.engine.commands import Command
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.execution import DEFAULT_LIMITS, Execution, Limits, Programs
from bpmgrpc.engine.operations import migration, modification, suspension
from bpmgrpc.engine.search_fields import field_values
from bpmgrpc.engine.state import (
    RESTRICTED,
    ROOT_SCOPE,
    ElementState,
    InstanceState,
    Need,
    Root,
    Snapshot,
    UserTaskRow,
    copy_row,
)
from bpmgrpc.engine.steps import Exit
from bpmgrpc.errors import FailedPrecondition, PreconditionViolation
from bpmgrpc.ids import child_id


def advance(
    programs: Programs,
    snapshot: Snapshot,
    command: Command,
    now_us: int,
    *,
    limits: Limits = DEFAULT_LIMITS,
    actor: str = "",
) -> Changes | None:
    """Obeys a command on one root instance.

    Args:
        programs: Gives the program of a definition by its id; raises ``Need`` where it is not at hand.
        snapshot: The rows at hand; not changed. Its target row (user task, job, timer, incident) is loaded.
        command: What to do.
        now_us: The time, microseconds since the epoch.
        limits: How far one run may go.
        actor: Who asks, for the history.

    Returns:
        What changed; None where the command has nothing to do any more (a timer that is no longer wanted).

    Raises:
        Need: Rows are missing. Load them into the snapshot and call again.
        FailedPrecondition, PermissionDenied, Aborted: The command cannot be obeyed.
    """
    root = _new_root(command, now_us) if isinstance(command, commands.StartInstance) else snapshot.root
    if root is None:
        raise Need(elements=frozenset((ROOT_SCOPE,)))
    run = Execution(programs, snapshot, copy_row(root), now_us, limits)
    was = run.root.state
    if _HANDLERS[type(command)](run, command) is False:
        return None
    if run.root.state is InstanceState.SUSPENDED:
        changes = _changes(run, actor)
        if was is InstanceState.SUSPENDED:
            suspension.hold_new(changes)
        return changes
    run.run()
    return _changes(run, actor)


def _changes(run: Execution, actor: str) -> Changes:
    changes = run.ledger.changes(run.now_us, actor)
    if changes.put_variables:
        changes.put_fields = field_values(run, changes.put_variables)
    changes.seen = run.seen
    return changes


def _new_root(command: commands.StartInstance, now_us: int) -> Root:
    return Root(
        id=command.root_id,
        definition_id=command.definition_id,
        business_key=command.business_key,
        create_by=command.create_by,
        create_us=now_us,
    )


def _start(run: Execution, command: commands.StartInstance) -> None:
    program = run.program_of(ROOT_SCOPE)
    said = {"definition": program.definition_id} | ({"restarts": command.restarts} if command.restarts else {})
    run.event(EventType.INSTANCE_STARTED, program.process_id, 0, said)
    for name, text in command.variables.items():
        run.variables.put(ROOT_SCOPE, name, text)
    if command.start_element_id is not None:
        process_start.begin_at(run, program, program.nodes[command.start_element_id], command.event_variables)
        return
    starts = program.starts or process_start.conditional_starts(run, program)
    if not starts:
        raise FailedPrecondition(
            f"process {program.process_id!r} has no none start event that a call could start",
            reason="NO_NONE_START_EVENT",
            violations=[
                PreconditionViolation("MODEL", f"processDefinitions/{program.definition_id}", "no none start event")
            ],
            metadata={"process_definition_id": program.definition_id},
        )
    run.start_scope(program, starts, ROOT_SCOPE)


def _complete_user_task(run: Execution, command: commands.CompleteUserTask) -> None:
    task = run.snapshot.user_task
    assert task is not None, "the caller loads the user task"  # noqa: S101 - our own invariant
    user_task.require_version(run.root.id, task, command.version)
    done = user_task.complete(run.root.id, task, command.user, run.snapshot.membership, run.now_us)
    require_active(run.root)
    if task.flags & RESTRICTED:
        user_task.require_allowed(run.root.id, task, command.user, run.snapshot.excluded)
        run.ledger.lift_restrictions(task.seq)
    if task.parent:
        subtasks.complete(run, command, task, done)
        return
    row = run.ledger.element(task.seq)
    subtasks.require_none_open(run.root.id, row)
    run.ledger.put_user_task(done, task.version)
    guarded = run.program_of(row.scope).guarded
    if task.element_id in guarded:
        run.ledger.exclude_completer(Completer(command.user, task.instance, guarded[task.element_id]))
    node = run.node_of(row)
    variables = command.variables
    said = {"user": command.user}
    if command.outcome:
        said["outcome"] = command.outcome
        variables = {**variables, **user_task.decided(node.plan, command.outcome)}
    run.event(EventType.USER_TASK_COMPLETED, task.element_id, task.seq, said)
    run.take_results(node, row, variables)
    run.agenda.append(Exit(run.program_of(row.scope), node, row.seq))


def _set_variables(run: Execution, command: commands.SetVariables) -> None:
    task = run.snapshot.user_task
    seq = command.seq
    if task is not None:
        user_task.require_open(run.root.id, task)
        seq = task.parent or seq
    require_active(run.root)
    scope = run.ledger.element(seq).sees
    run.variables.merge(scope, command.variables.items())
    run.seen = run.variables.seen(scope)


def _fire_timer(run: Execution, _command: commands.FireTimer) -> bool:
    timer = run.snapshot.timer
    if timer is None or timer.due_us > run.now_us or run.root.state is not InstanceState.ACTIVE:
        return False
    listening.occur(run, timer, {})
    return True


def _deliver_event(run: Execution, command: commands.DeliverEvent) -> bool:
    subscription = run.snapshot.subscription
    if subscription is None or run.root.state is not InstanceState.ACTIVE:
        return False
    listening.occur(run, subscription, command.variables)
    return True


def _while_active(obey: Callable[[Execution, Any], None]) -> Callable[[Execution, Any], None]:
    """Returns the handler of a command that an instance obeys while it is ACTIVE only."""

    def handle(run: Execution, command: Any) -> None:
        require_active(run.root)
        obey(run, command)

    return handle


def _cancel(run: Execution, command: commands.CancelInstance) -> None:
    if run.root.state not in (InstanceState.ACTIVE, InstanceState.SUSPENDED):
        raise _wrong_state(run.root, "ACTIVE")
    run.end_everything(InstanceState.CANCELED, command.reason)


def _suspend(run: Execution, command: commands.SuspendInstance) -> None:
    require_active(run.root)
    suspension.suspend(run, command)


def _resume(run: Execution, _command: commands.ResumeInstance) -> None:
    if run.root.state is not InstanceState.SUSPENDED:
        raise _wrong_state(run.root, "SUSPENDED")
    suspension.resume(run)


def _set_instance_variables(run: Execution, command: commands.SetInstanceVariables) -> None:
    scope = command.seq
    if scope != ROOT_SCOPE:
        row = next((row for row in run.ledger.all_elements() if row.seq == scope), None)
        if row is None or row.state in (ElementState.JOIN, ElementState.DONE):
            raise FailedPrecondition(
                f"element instance {child_id(run.root.id, scope)!r} is not active",
                reason="ELEMENT_INSTANCE_STATE",
                metadata={"element_instance_id": child_id(run.root.id, scope)},
            )
        scope = row.sees
    if command.local:
        for name, text in command.variables.items():
            run.variables.put(command.seq, name, text)
    else:
        run.variables.merge(scope, command.variables.items())


def _operate(run: Execution, operation: Callable[[], None]) -> None:
    """Runs an operation on an instance that is ACTIVE or SUSPENDED; what it starts there waits to be resumed."""
    if run.root.state not in (InstanceState.ACTIVE, InstanceState.SUSPENDED):
        raise _wrong_state(run.root, "ACTIVE or SUSPENDED")
    was = run.root.state
    run.root.state = InstanceState.ACTIVE
    operation()
    if was is InstanceState.SUSPENDED and run.root.state is InstanceState.ACTIVE:
        run.park()
        run.root.state = was


def _require_called(run: Execution, instance: int) -> None:
    """Raises FailedPrecondition where a called process instance has ended."""
    if instance != ROOT_SCOPE and not any(
        row.seq == instance and "definition" in row.data for row in run.ledger.all_elements()
    ):
        instance_id = child_id(run.root.id, instance)
        raise FailedPrecondition(
            f"process instance {instance_id!r} has ended",
            reason="PROCESS_INSTANCE_STATE",
            violations=[PreconditionViolation("STATE", f"processInstances/{instance_id}", "it has to be active")],
            metadata={"process_instance_id": instance_id},
        )


def _modify(run: Execution, command: commands.ModifyInstance) -> None:
    def modify() -> None:
        _require_called(run, command.instance)
        modification.modify(run, command)

    _operate(run, modify)


def _migrate(run: Execution, command: commands.MigrateInstance) -> None:
    def migrate() -> None:
        _require_called(run, command.instance)
        migration.migrate(run, command)

    _operate(run, migrate)


def _resolve_incident(run: Execution, command: commands.ResolveIncident) -> None:
    incident = run.snapshot.incident
    assert incident is not None, "the caller loads the incident"  # noqa: S101 - our own invariant
    if not incident.open:
        incident_id = child_id(run.root.id, incident.seq)
        raise FailedPrecondition(
            f"incident {incident_id!r} is resolved already",
            reason="INCIDENT_RESOLVED",
            violations=[PreconditionViolation("STATE", f"incidents/{incident_id}", "it has to be OPEN")],
            metadata={"incident_id": incident_id},
        )
    require_active(run.root)
    row = run.ledger.element(incident.element_seq)
    run.variables.merge(row.sees, command.variables.items())
    row = run.ledger.element(incident.element_seq)
    run.close_incident(row)
    if row.data["op"] != "job":
        run.resume(row)
        return
    failed = run.snapshot.job
    if failed is None:
        raise Need(job=row.seq)
    data = {key: value for key, value in row.data.items() if key not in ("op", "incident")}
    run.ledger.put_element(copy_row(row, state=ElementState.ACTIVE, data=data))
    run.ledger.put_job(copy_row(failed, retries=max(command.retries, 1), available_us=run.now_us))


def _continue(run: Execution, _command: commands.Continue) -> bool:
    if run.root.state is not InstanceState.ACTIVE or not run.root.ready:
        return False
    if not run.snapshot.ready_known:
        raise Need(ready=True)
    ready = [row for row in run.snapshot.elements.values() if row.state is ElementState.READY]
    if any(row.scope != ROOT_SCOPE for row in ready) and ROOT_SCOPE not in run.snapshot.children_known:
        raise Need(children=frozenset((ROOT_SCOPE,)))  # tokens may wait at joins in any scope that the steps lead to
    ready.sort(key=lambda row: (row.data["op"] == "turn", row.seq))  # these wait until nothing else moves
    turn = ready[: run.limits.steps_per_slice]
    run.root.ready = len(turn) < len(ready)
    for row in turn:
        run.variables.changed.add(row.scope)  # conditional events may be due
        run.resume(row)
    return True


def require_active(root: Root) -> None:
    """Raises FailedPrecondition where an instance does not run."""
    if root.state is not InstanceState.ACTIVE:
        raise _wrong_state(root, "ACTIVE")


def _wrong_state(root: Root, wanted: str) -> FailedPrecondition:
    return FailedPrecondition(
        f"process instance {root.id!r} is {root.state.value}, not {wanted}",
        reason="PROCESS_INSTANCE_STATE",
        violations=[
            PreconditionViolation(
                "STATE", f"processInstances/{root.id}", f"it has to be {wanted}; it is {root.state.value}"
            )
        ],
        metadata={"process_instance_id": root.id, "state": root.state.value},
    )


_HANDLERS: Final[Mapping[type[Any], Callable[[Execution, Any], bool | None]]] = MappingProxyType(
    {
        commands.StartInstance: _start,
        commands.CompleteUserTask: _complete_user_task,
        commands.CreateSubtask: _while_active(subtasks.create),
        commands.CancelSubtask: _while_active(subtasks.cancel),
        commands.SetVariables: _set_variables,
        commands.CompleteJob: _while_active(job.complete),
        commands.FailJob: _while_active(job.fail),
        commands.ThrowJobError: _while_active(job.throw),
        commands.ThrowJobEscalation: _while_active(job.escalate),
        commands.FireTimer: _fire_timer,
        commands.DeliverEvent: _deliver_event,
        commands.CancelInstance: _cancel,
        commands.SuspendInstance: _suspend,
        commands.ResumeInstance: _resume,
        commands.SetInstanceVariables: lambda run, command: _operate(
            run, lambda: _set_instance_variables(run, command)
        ),
        commands.ModifyInstance: _modify,
        commands.MigrateInstance: _migrate,
        commands.ResolveIncident: _resolve_incident,
        commands.Continue: _continue,
    }
)

__all__ = ["Limits", "UserTaskRow", "advance", "require_active"]
