"""One run of the engine: an agenda of steps on a copy of the rows.

Rule of this file: a step happens whole or not at all. Steps change rows only through the ``Ledger``, which can
undo them back to a mark; a step that fails becomes an incident where the failed step is kept, and the others go on.
Steps are taken from an agenda, never by recursion, so that a process of any length needs no stack.

When the agenda is empty the inclusive joins are asked, because they wait for "nothing else can arrive" (BPMN 2.0.2,
13.4.3). When it is too long for one transaction the remaining steps are parked as READY rows and the caller goes on
with ``Continue``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine import cancellation, compensation, correlation, joins
from bpmgrpc.engine.event_definitions.conditional import occur_where_true
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.expressions import ExpressionError
from bpmgrpc.engine.ledger import Ledger
from bpmgrpc.engine.mappings import apply_mappings
from bpmgrpc.engine.place import Place
from bpmgrpc.engine.state import (
    ROOT_SCOPE,
    CalledProcess,
    ElementRow,
    ElementState,
    IncidentRow,
    InstanceState,
    Need,
    Root,
    Snapshot,
    SubscriptionKind,
    SubscriptionRow,
    copy_row,
)
from bpmgrpc.engine.steps import (
    Arrive,
    Compensate,
    Enter,
    EnterInTurn,
    Exit,
    Listen,
    Repeat,
    ScopeDone,
    Step,
    StepFailure,
    TakeAnswer,
)
from bpmgrpc.engine.variables import Variables

if TYPE_CHECKING:
    from bpmgrpc.engine.program import Node, Program

Programs = Callable[[str], "Program"]  # by definition id; raises Need where it is not at hand


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a run may go."""

    steps: int = 1_000_000  # steps without waiting, over all transactions; then an incident
    steps_per_slice: int = 2_000  # steps in one transaction; about 20 ms, so that other instances have their turn
    call_depth: int = 1_000  # calls within calls; then an incident


# What evaluations cost (a step of ``expressions.budget`` takes up to two microseconds) as steps of a slice, which take
# about ten, and as steps of the whole run, whose limit is there for what never ends.
COST_OF_SLICE_STEP: Final = 10
COST_OF_STEP: Final = 100

DEFAULT_LIMITS: Final = Limits()


class Execution:
    """One run on one root instance.

    Args:
        programs: Gives the program of a definition.
        snapshot: The rows that are at hand.
        root: The root row to work on; the run changes this very object.
        now_us: The time, microseconds since the epoch.
        limits: How far the run may go.
    """

    def __init__(
        self, programs: Programs, snapshot: Snapshot, root: Root, now_us: int, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.programs = programs
        self.snapshot = snapshot
        self.root = root
        self.now_us = now_us
        self.limits = limits
        self.ledger = Ledger(snapshot, root)
        self.variables = Variables(self.ledger, now_us)
        self.seen: Mapping[str, str] = {}  # see ``Changes.seen``
        self.agenda: deque[Step] = deque()
        self.later: deque[Step] = deque()  # taken one by one, when nothing else moves
        self._before_drop: tuple[list[Step], list[Step]] | None = None  # both, before a step dropped some of them
        self._left = limits.steps_per_slice
        self._program_of: dict[int, Program] = {}

    # -- what is where ------------------------------------------------------------------------------------------

    def program_of(self, scope: int) -> Program:
        """Returns the program that runs in a scope."""
        program = self._program_of.get(scope)
        if program is None:
            if scope == ROOT_SCOPE:
                program = self.programs(self.root.definition_id)
            else:
                row = self.ledger.element(scope)
                definition_id = row.data.get("definition")
                program = self.programs(definition_id) if definition_id else self.program_of(row.scope)
            self._program_of[scope] = program
        return program

    def forget_programs(self) -> None:
        """Forgets which program runs where: another one does from now on."""
        self._program_of.clear()

    def instance_of(self, scope: int) -> int:
        """Returns the seq of the process instance that a scope belongs to: 0, or that of a call activity."""
        while scope != ROOT_SCOPE:
            row = self.ledger.element(scope)
            if "definition" in row.data:
                return scope
            scope = row.scope
        return ROOT_SCOPE

    def business_key(self, scope: int) -> str:
        """Returns the business key of the process instance that a scope belongs to."""
        instance = self.instance_of(scope)
        key: str = self.root.business_key if instance == ROOT_SCOPE else self.ledger.element(instance).data["key"]
        return key

    def node_of(self, row: ElementRow) -> Node:
        """Returns the node of an element instance."""
        node = self.program_of(row.scope).nodes[row.element_id]
        return node.inner if "loop" in row.data and node.inner is not None else node

    def called_definition(self, called: CalledProcess) -> str | None:
        """Returns the definition that a call activity names, or None where nothing fits."""
        try:
            return self.snapshot.called[called]
        except KeyError:
            raise Need(called=called) from None

    def is_over(self, scope: int) -> bool:
        """Whether a scope ended within this run, so that steps in it are void."""
        return self.root.state is not InstanceState.ACTIVE or (scope != ROOT_SCOPE and self.ledger.gone(scope))

    # -- tokens -------------------------------------------------------------------------------------------------

    def add_tokens(self, scope: int, count: int) -> None:
        """Changes the number of tokens in a scope; a scope that runs dry is done."""
        if scope == ROOT_SCOPE:
            self.root.active += count
            left = self.root.active
        else:
            row = self.ledger.element(scope)
            left = row.active + count
            self.ledger.put_element(copy_row(row, active=left))
        if left == 0:
            self.agenda.append(ScopeDone(scope))

    def start_scope(self, program: Program, starts: tuple[Node, ...], scope: int) -> None:
        """Puts a token on each start of a scope that has just been entered."""
        if program.event_starts:
            for start in self.event_starts(scope):
                if start.listens:
                    self.agenda.append(Listen(program, start, scope, None))
        for node in starts:
            self.agenda.append(Arrive(program, node, scope, None))
        # Last: a scope without a start is done when it listens, also where both are kept for the next transaction.
        self.add_tokens(scope, len(starts))

    def forget_activations(self, scope: int) -> None:
        """Resets the complex gateways of a scope that is done."""
        joins.forget_activations(self, scope)

    def drop_arrivals(self, scope: int) -> None:
        """Drops the tokens that are on their way in a scope which is interrupted."""
        if self._before_drop is None:
            self._before_drop = (list(self.agenda), list(self.later))
        for steps in (self.agenda, self.later):
            kept = [step for step in steps if not (isinstance(step, Arrive) and step.scope == scope)]
            steps.clear()
            steps.extend(kept)

    def enter_later(self, program: Program, node: Node, scope: int, flow: str | None) -> None:
        """Lets a token wait until nothing else moves, then enters the node."""
        self.later.append(EnterInTurn(program, node, scope, flow))

    def enter(self, program: Program, node: Node, scope: int, flow: str | None) -> None:
        """Makes an element instance for a token and enters it."""
        row = ElementRow(self.ledger.next_seq(), scope, node.id, flow=flow, create_us=self.now_us)
        self.begin(program, node, row)

    def begin(self, program: Program, node: Node, row: ElementRow) -> None:
        """Enters an element instance: input mappings, the element itself, boundary events; or straight through."""
        if node.inputs:
            outside = row.sees  # of one instance of a loop: its own scope, where the loop's variables are
            row = copy_row(row, data={**row.data, "local": True})
            self.ledger.new_scope(row)
            apply_mappings(self.variables, node.inputs, read=outside, write=row.seq, local=True)
        done = node.element.enter(self, program, node, row)
        if self.is_over(row.scope) or self.ledger.gone(row.seq):
            return  # the element ended the scope that it was in, or was canceled by what it threw
        if not done:
            if not self.ledger.has_element(row.seq):
                self.ledger.put_element(row)
            self.event(
                EventType.ELEMENT_ACTIVATED, node.id, row.seq, {"flow": row.flow} if row.flow is not None else None
            )
            for boundary in node.boundaries:
                if boundary.listens:
                    boundary.plan.listen(self, boundary, Place(row.seq, row.scope))
            return
        if self.ledger.has_element(row.seq):
            row = self.ledger.element(row.seq)
        self._leave(program, node, row)

    def exit(self, program: Program, node: Node, row: ElementRow) -> None:
        """Ends an element instance that waited, and lets its token go on."""
        if "again" not in row.data:  # else it has completed before, and was undone now
            node.element.exit(self, program, node, row)
        self._leave(program, node, self.ledger.element(row.seq))

    def _leave(self, program: Program, node: Node, row: ElementRow) -> None:
        if "compensates" in row.data or "left" in row.data:
            self._end_compensation(program, node, row)
            return
        self._map_outputs(node, row)
        if node.body is not None:
            node.body.element.instance_left(self, program, node.body, row)
            return
        ad_hoc = node.ad_hoc
        is_over = ad_hoc is not None and ad_hoc.element.is_complete(self, ad_hoc, row.scope)
        flows = () if is_over else node.element.leaving(self, program, node, row)
        if node.completion_quantity > 1:
            flows = [flow for flow in flows for _ in range(node.completion_quantity)]
        self.release(node, row)
        attributes = {"flow": row.flow} if row.flow is not None else None
        self.event(EventType.ELEMENT_COMPLETED, node.id, row.seq, attributes)
        for flow in flows:
            self.agenda.append(Arrive(program, flow.target, row.scope, flow.id))
        if len(flows) != 1:
            self.add_tokens(row.scope, len(flows) - 1)
        if ad_hoc is not None and is_over:
            ad_hoc.element.complete(self, ad_hoc, row.scope)

    def _map_outputs(self, node: Node, row: ElementRow) -> None:
        if node.outputs:
            # One instance of a loop may have a variable of its own that the loop collects.
            write = row.scope if node.body is None else row.seq
            apply_mappings(self.variables, node.outputs, read=row.sees, write=write, local=False)

    def _end_compensation(self, program: Program, node: Node, row: ElementRow) -> None:
        """Ends what undid something, or an event whose token did not wait for that: no token goes on.

        A sub-process that was undone has been compensated: it does not complete again (BPMN 2.0.2, 13.3.2).
        """
        undone = "again" in row.data
        if not undone:
            self._map_outputs(node, row)
        self.remove(node, row)
        if not undone:
            self.event(EventType.ELEMENT_COMPLETED, node.id, row.seq)
        thrower = row.data.get("compensates")
        waiting = self.ledger.find_element(thrower) if thrower is not None else None
        if waiting is not None:  # else the event that threw was canceled meanwhile
            self.agenda.append(Compensate(self.program_of(waiting.scope), self.node_of(waiting), waiting.seq))
        self.add_tokens(row.scope, -1)

    def compensate(self, program: Program, node: Node, row: ElementRow) -> None:
        """Undoes the next one of what an element instance undoes; see ``bpmgrpc.engine.compensation``."""
        if compensation.undo_next(self, row):
            return
        if "compensates" in row.data or "cancels" in row.data:
            compensation.end(self, row)
        else:
            self.agenda.append(Exit(program, node, row.seq))

    def take_results(self, node: Node, row: ElementRow, variables: Mapping[str, str]) -> None:
        """Takes what a person or worker brought back: into the element's own scope where output mappings will choose
        from it, else straight to where each name belongs.
        """
        if node.outputs:
            for name, text in variables.items():
                self.variables.put(row.seq, name, text)
        elif variables:
            self.variables.merge(row.seq if "local" in row.data else row.scope, variables.items())

    def release(self, node: Node, row: ElementRow) -> None:
        """Takes the row of an element instance that has completed away, or keeps what it takes to undo it."""
        if node.compensable and compensation.keep(self, node, row):
            self._stop_listening(node, row)
            self._program_of.pop(row.seq, None)  # of a call: what undoes it belongs to the caller
        else:
            self.remove(node, row)

    def remove(self, node: Node, row: ElementRow) -> None:
        """Takes an element instance's row away, with its local variables, its timers and its subscriptions."""
        if "kept" in row.data:
            compensation.forget(self, row.seq)
        self._stop_listening(node, row)
        if "definition" in row.data and self.programs(row.data["definition"]).correlations:
            self.ledger.end_private_scope(correlation.conversation_of(row.seq))
        self.ledger.delete_element(row)
        self._program_of.pop(row.seq, None)

    def _stop_listening(self, node: Node, row: ElementRow) -> None:
        ledger = self.ledger
        called = self.programs(row.data["definition"]) if "definition" in row.data else None
        if node.has_timers or (called is not None and called.has_timers):
            ledger.delete_timers_of(row.seq)
        if node.has_subscriptions or (called is not None and called.has_subscriptions):
            ledger.delete_subscriptions_of(row.seq)

    # -- events that wait ---------------------------------------------------------------------------------------

    def event_starts(self, scope: int) -> tuple[Node, ...]:
        """Returns the start events of the event sub-processes that stand in a scope."""
        program = self.program_of(scope)
        if not program.event_starts:
            return ()
        container = ""  # the process
        if scope != ROOT_SCOPE:
            row = self.ledger.element(scope)
            if "definition" not in row.data:
                if self.node_of(row).inner is not None:
                    return ()  # they stand in each instance of a loop
                container = row.element_id
        return program.event_starts.get(container, ())

    def subscribe(
        self,
        node: Node,
        place: Place,
        kind: SubscriptionKind,
        *,
        name: str = "",
        key: str = "",
        business_key: str = "",
    ) -> None:
        """Writes the subscription of an event that begins to wait."""
        row = SubscriptionRow(
            seq=self.ledger.next_seq(),
            element_seq=place.element_seq,
            element_id=node.id,
            kind=kind,
            app_name=self.program_of(place.scope).app_name,
            create_us=self.now_us,
            name=name,
            key=key,
            business_key=business_key,
            inside=place.inside,
            part=place.part,
        )
        self.ledger.put_subscription(row)
        self.event(
            EventType.SUBSCRIPTION_CREATED, node.id, place.element_seq, {"kind": kind.value, "name": name, "key": key}
        )

    def awaited(self, program: Program, node: Node, seq: int) -> ElementRow:
        """Returns the instance of an event, or receive task, that has occurred. Where an event-based gateway waited for
        it the gateway is done, and the instance is made now.
        """
        row = self.ledger.element(seq)
        if row.element_id == node.id:
            return row
        gateway = program.nodes[row.element_id]
        flow = next(flow.id for flow in gateway.outgoing if flow.target is node)
        self.remove(gateway, row)
        self.event(EventType.ELEMENT_COMPLETED, gateway.id, row.seq, {"flow": row.flow} if row.flow else None)
        made = ElementRow(self.ledger.next_seq(), row.scope, node.id, flow=flow, create_us=self.now_us)
        self.ledger.put_element(made)
        return made

    def leave_event(self, program: Program, node: Node, scope: int, variables: Mapping[str, str]) -> None:
        """Lets a token, which is counted already, leave an event that has occurred, with what that brings along."""
        if variables:
            self.pass_event(program, node, scope, variables)
        else:
            self.agenda.append(Arrive(program, node, scope, None))

    def pass_event(self, program: Program, node: Node, scope: int, variables: Mapping[str, str]) -> None:
        """Makes the instance of an event, or receive task, that has occurred already, and lets its token go on."""
        row = ElementRow(self.ledger.next_seq(), scope, node.id, create_us=self.now_us)
        self.ledger.put_element(row)
        self.take_results(node, row, variables)
        self.agenda.append(Exit(program, node, row.seq))

    # -- steps --------------------------------------------------------------------------------------------------

    def event(
        self, type_: EventType, element_id: str = "", seq: int = 0, attributes: Mapping[str, object] | None = None
    ) -> None:
        """Writes an event into the history."""
        self.ledger.event(type_, element_id, seq, attributes)

    def run(self) -> None:
        """Takes steps until the instance waits or ends, or the slice is full."""
        room = True
        while room:
            room = self._take_steps()
            # What a condition leads to is taken, or parked too. A join that can fire does so now, or is kept: the next
            # transaction may look into other scopes only.
            room = occur_where_true(self) or (room and self._take_turn()) or joins.fire_inclusive_joins(self)
        if not self.root.ready:
            if self.root.state is InstanceState.ACTIVE:
                joins.report_circle(self)
            self.root.steps = 0  # whoever resolves an incident of the step limit grants as many again

    def _take_turn(self) -> bool:
        """Puts one of the steps that waited until nothing else moves on the agenda; returns whether there was one."""
        if not self.later:
            return False
        self.agenda.append(self.later.popleft())
        return True

    def _take_steps(self) -> bool:
        """Empties the agenda.

        Returns:
            Whether there was room for all of it in the slice; what there was none for is parked.
        """
        agenda = self.agenda
        ledger = self.ledger
        while agenda:
            step = agenda.popleft()
            if step.is_void(self):
                continue
            if self._left == 0:
                agenda.appendleft(step)
                self.park()
                return False
            self._left -= 1
            self.root.steps += 1
            mark = ledger.mark()
            length = len(agenda)
            self._before_drop = None
            try:
                if self.root.steps > self.limits.steps and step.may_be_endless:
                    raise StepFailure(
                        "STEP_LIMIT", f"the instance took more than {self.limits.steps:,} steps without waiting"
                    )
                step.take(self)
            except (ExpressionError, StepFailure) as failure:
                ledger.undo(mark)
                self._program_of.clear()
                if self._before_drop is not None:
                    for steps, before in zip((agenda, self.later), self._before_drop, strict=True):
                        steps.clear()
                        steps.extend(before)
                while len(agenda) > length:
                    agenda.pop()
                self._fail(step, failure)
            self._count_evaluations()
        return True

    def _count_evaluations(self) -> None:
        """Counts what evaluations cost as steps, so that neither a slice nor a run is longer for costly expressions."""
        cost = self.variables.cost
        if cost:
            self.variables.cost = 0
            self._left = max(self._left - cost // COST_OF_SLICE_STEP, 0)
            self.root.steps += cost // COST_OF_STEP

    def _fail(self, step: Step, failure: ExpressionError | StepFailure) -> None:
        """Makes an incident of a step that was undone."""
        if isinstance(failure, ExpressionError):
            step.fail(self, "EXPRESSION_ERROR", f"{step.place(self)}: {failure}")
        else:
            step.fail(self, failure.reason, str(failure))

    def park(self) -> None:
        """Keeps the remaining steps as READY rows for the next transaction."""
        for step in (*self.agenda, *self.later):
            if not step.is_void(self):
                self.root.ready = True
                step.park(self)
        self.agenda.clear()
        self.later.clear()

    def resume(self, row: ElementRow) -> None:
        """Puts the step that a READY or INCIDENT row keeps on the agenda again."""
        program = self.program_of(row.scope)
        node = self.node_of(row)
        operation = row.data.get("op")
        data = {key: value for key, value in row.data.items() if key not in ("op", "incident")}
        row = copy_row(row, state=ElementState.ACTIVE, data=data)
        self.ledger.put_element(row)
        if operation == "enter":
            self.ledger.put_element(copy_row(row, data={**data, "op": operation}))
            self.agenda.append(Enter(program, node, row.seq))
        elif operation == "arrive":
            self.ledger.delete_element(row)
            self.agenda.append(Arrive(program, node, row.scope, row.flow))
        elif operation == "turn":
            self.ledger.delete_element(row)
            self.enter_later(program, node, row.scope, row.flow)
        elif operation == "listen":
            self.ledger.delete_element(row)
            self.agenda.append(Listen(program, node, row.scope, None))
            self.add_tokens(row.scope, -1)
        elif operation == "scope_done":
            self.agenda.append(ScopeDone(row.seq))
        elif operation == "join":
            joins.go_on(self, program, node, row)
        else:
            self.agenda.append(_STEPS.get(operation, Exit)(program, node, row.seq))

    # -- incidents ----------------------------------------------------------------------------------------------

    def raise_incident(self, row: ElementRow, operation: str, reason: str, message: str) -> IncidentRow:
        """Keeps a failed step at its element and opens an incident that says why.

        Args:
            row: The element instance.
            operation: What is to be tried again: "arrive", "enter", "answer", "repeat", "exit", "compensate", "listen",
                "join" or "job".
            reason: Stable word for programs.
            message: One sentence for people.
        """
        incident = IncidentRow(
            seq=self.ledger.next_seq(),
            element_seq=row.seq,
            instance=self.instance_of(row.scope),
            definition_id=self.program_of(row.scope).definition_id,
            element_id=row.element_id,
            reason=reason,
            message=message.replace("\0", "\ufffd"),  # it may quote a variable, and no database's text holds NUL
            create_us=self.now_us,
        )
        self.ledger.put_element(
            copy_row(row, state=ElementState.INCIDENT, data={**row.data, "op": operation, "incident": incident.seq})
        )
        self.ledger.new_incident(incident)
        self.root.open_incidents += 1
        self.event(
            EventType.INCIDENT_RAISED,
            row.element_id,
            row.seq,
            {"incident": incident.seq, "reason": reason, "message": incident.message},
        )
        return incident

    def close_incident(self, row: ElementRow) -> None:
        """Closes the incident that an element instance has, because its step is tried again or goes away."""
        if row.data.get("incident"):
            self.ledger.resolve_incidents_of(row.seq)
            self.root.open_incidents -= 1
            self.event(EventType.INCIDENT_RESOLVED, row.element_id, row.seq, {"incident": row.data["incident"]})

    # -- ends ---------------------------------------------------------------------------------------------------

    def end_instance(self, state: InstanceState, reason: str = "") -> None:
        """Ends the root instance; the caller has taken everything that is active in it away."""
        if state is InstanceState.COMPLETED and self.program_of(ROOT_SCOPE).has_compensation:
            compensation.forget(self, ROOT_SCOPE)
        self.root.state = state
        self.root.end_us = self.now_us
        self.root.end_reason = reason
        self.root.ready = False
        program = self.program_of(ROOT_SCOPE)
        if program.has_timers:
            self.ledger.delete_timers_of(ROOT_SCOPE)
        if program.has_subscriptions:
            self.ledger.delete_subscriptions_of(ROOT_SCOPE)
        self.event(_END_EVENTS[state], "", 0, {"reason": reason} if reason else None)

    def end_everything(self, state: InstanceState, reason: str) -> None:
        """Cancels everything that is active in the root instance and ends it."""
        cancellation.cancel_children(self, ROOT_SCOPE)
        self.root.active = 0
        self.end_instance(state, reason)


_STEPS: Final[Mapping[str | None, type[Enter]]] = {step.operation: step for step in (Compensate, Repeat, TakeAnswer)}
_END_EVENTS: Final = {
    InstanceState.COMPLETED: EventType.INSTANCE_COMPLETED,
    InstanceState.CANCELED: EventType.INSTANCE_CANCELED,
    InstanceState.FAILED: EventType.INSTANCE_FAILED,
}
