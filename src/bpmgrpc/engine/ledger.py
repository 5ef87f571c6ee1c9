"""The ledger: the rows as a run has changed them so far, and how to take changes back.

Rule of this file: rows are replaced, never changed in place, and every replacement is noted in a journal, so that a
failed step can be undone exactly. At the end the ledger gives the net difference (``changes``): a row that was
made and taken away within the run leaves nothing but events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from bpmgrpc.engine.changes import Changes, Completer, Deadline, Moved, Restriction, ThrownMessage, ThrownSignal
from bpmgrpc.engine.events import Event, EventType
from bpmgrpc.engine.state import (
    ROOT_SCOPE,
    Candidates,
    ElementRow,
    ElementState,
    IncidentRow,
    InstanceRow,
    InstanceState,
    JobRow,
    Need,
    Root,
    Snapshot,
    SubscriptionRow,
    TimerRow,
    UserTaskRow,
    UserTaskState,
    Work,
    copy_row,
)

_MISSING: Final = object()

# The root's columns that a step can change, and so what a mark has to remember.
_ROOT_COLUMNS: Final = ("next_seq", "active", "open_incidents", "state", "ready", "end_us", "end_reason")

Mark = tuple[int, int, tuple[Any, ...]]


class Ledger:
    """The changed rows of one run.

    Args:
        snapshot: The rows before the run; never changed.
        root: The root row that the run works on.
    """

    def __init__(self, snapshot: Snapshot, root: Root) -> None:
        self.snapshot = snapshot
        self.root = root
        self.events: list[Event] = []
        self._journal: list[tuple[dict[Any, Any], Any, Any]] = []
        self._elements: dict[int, ElementRow | None] = {}
        self._born: dict[int, bool] = {}  # element instances made in this run
        self.scopes_born: dict[int, bool] = {}  # scopes whose variables are all in this ledger
        self.variables: dict[tuple[int, str], str] = {}
        self._ended_scopes: dict[int, bool] = {}
        self._user_tasks: dict[int, UserTaskRow] = {}
        self._put_user_tasks: dict[int, tuple[UserTaskRow, int | None]] = {}
        self._cancel_user_tasks: dict[int, bool] = {}
        self._restrictions: dict[Restriction, bool] = {}
        self._completers: dict[Completer, bool] = {}
        self._lift_restrictions: dict[int, bool] = {}
        self._starts: dict[int, int] = {}
        self._deadlines: dict[Deadline, bool] = {}
        self._jobs: dict[int, JobRow] = {}
        self._put_jobs: dict[int, JobRow] = {}
        self._delete_jobs: dict[int, bool] = {}
        self._timers: dict[int, TimerRow] = {}
        self._delete_timers: dict[int, bool] = {}
        self._delete_timers_of: dict[int, bool] = {}
        self._delete_timers_inside: dict[int, bool] = {}
        self._subscriptions: dict[int, SubscriptionRow] = {}
        self._delete_subscriptions: dict[int, bool] = {}
        self._delete_subscriptions_of: dict[int, bool] = {}
        self._delete_subscriptions_inside: dict[int, bool] = {}
        self._thrown: dict[int, ThrownSignal | ThrownMessage] = {}
        self._incidents: dict[int, IncidentRow] = {}
        self._resolve_incidents_of: dict[int, bool] = {}
        self._instances: dict[int, InstanceRow] = {}
        self._end_instances: dict[int, InstanceRow] = {}
        self._moved: dict[tuple[str, int], Moved] = {}
        self.turns: dict[Candidates, str] = {}
        self.hold: bool | None = None
        self.expected_lease: tuple[int, str] | None = None

    # -- the journal ----------------------------------------------------------------------------------------------

    def mark(self) -> Mark:
        """Returns a point that ``undo`` can go back to."""
        root = self.root
        return (
            len(self._journal),
            len(self.events),
            (root.next_seq, root.active, root.open_incidents, root.state, root.ready, root.end_us, root.end_reason),
        )

    def undo(self, mark: Mark) -> None:
        """Takes back everything since a mark."""
        journal = self._journal
        length, events, columns = mark
        while len(journal) > length:
            table, key, old = journal.pop()
            if old is _MISSING:
                del table[key]
            else:
                table[key] = old
        del self.events[events:]
        for column, value in zip(_ROOT_COLUMNS, columns, strict=True):
            setattr(self.root, column, value)

    def _set(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self._journal.append((table, key, table.get(key, _MISSING)))
        table[key] = value

    def _drop(self, table: dict[Any, Any], key: Any) -> None:
        self._journal.append((table, key, table.pop(key)))

    def next_seq(self) -> int:
        """Returns the next number within the root instance."""
        seq = self.root.next_seq
        self.root.next_seq = seq + 1
        return seq

    def event(
        self, type_: EventType, element_id: str = "", seq: int = 0, attributes: Mapping[str, Any] | None = None
    ) -> None:
        """Writes an event into the history."""
        self.events.append(Event(type_, element_id, seq, attributes))

    # -- element instances ----------------------------------------------------------------------------------------

    def element(self, seq: int) -> ElementRow:
        """Returns an element instance's row.

        Raises:
            Need: The row is not at hand.
        """
        row = self._elements.get(seq, _MISSING)
        if row is _MISSING:
            row = self.snapshot.elements.get(seq)
            if row is None:
                raise Need(elements=frozenset((seq,)))
        assert isinstance(row, ElementRow), f"element instance {seq} is gone"  # noqa: S101 - our own invariant
        return row

    def find_element(self, seq: int) -> ElementRow | None:
        """Returns an element instance's row; None where it ended, in this run or before.

        Raises:
            Need: Whether it has a row is not known.
        """
        if seq in self.snapshot.absent or self.gone(seq):
            return None
        return self.element(seq)

    def has_element(self, seq: int) -> bool:
        """Whether an element instance has a row, as far as this run knows."""
        row = self._elements.get(seq, _MISSING)
        if row is _MISSING:
            return seq in self.snapshot.elements
        return row is not None

    def gone(self, seq: int) -> bool:
        """Whether an element instance, or scope, ended within this run."""
        return self._elements.get(seq, _MISSING) is None

    def children(self, scope: int) -> list[ElementRow]:
        """Returns all rows of a scope in order of their seq, waiting joins included.

        Raises:
            Need: Not all of them are at hand.
        """
        snapshot = self.snapshot
        born = scope in self._born or self.root.version == 0
        if not born and scope not in snapshot.children_known:
            raise Need(children=frozenset((scope,)))
        rows = [row for row in self._elements.values() if row is not None and row.scope == scope]
        if not born:
            changed = self._elements
            rows += [row for seq, row in snapshot.elements.items() if row.scope == scope and seq not in changed]
        rows.sort(key=lambda row: row.seq)
        return rows

    def all_elements(self) -> list[ElementRow]:
        """Returns the rows of the whole root instance in order of their seq.

        Raises:
            Need: Not all of them are at hand.
        """
        if self.root.version != 0 and ROOT_SCOPE not in self.snapshot.children_known:
            raise Need(children=frozenset((ROOT_SCOPE,)))
        changed = self._elements
        rows = [row for row in changed.values() if row is not None]
        rows += [row for seq, row in self.snapshot.elements.items() if seq not in changed]
        rows.sort(key=lambda row: row.seq)
        return rows

    def require_inside(self, scope: int) -> None:
        """Makes sure that what waits at joins in a scope, and in those around it, is at hand where tokens begin to move
        that no command is about.

        Raises:
            Need: It is not at hand.
        """
        outermost = ROOT_SCOPE  # its own joins are always at hand
        while scope != ROOT_SCOPE:
            outermost, scope = scope, self.element(scope).scope
        if outermost != ROOT_SCOPE:
            self.children(outermost)

    def join_row(self, scope: int, element_id: str) -> ElementRow | None:
        """Returns the tokens that wait at a join in a scope, if any do. These rows are always at hand."""
        for row in self._elements.values():
            if (
                row is not None
                and row.scope == scope
                and row.state is ElementState.JOIN
                and row.element_id == element_id
            ):
                return row
        for seq, known in self.snapshot.elements.items():
            if (
                known.scope == scope
                and known.state is ElementState.JOIN
                and known.element_id == element_id
                and seq not in self._elements
            ):
                return known
        return None

    def waiting_joins(self) -> list[ElementRow]:
        """Returns the rows of all joins at hand at which tokens wait, in order of their seq."""
        rows = [row for row in self._elements.values() if row is not None and row.state is ElementState.JOIN]
        rows += [
            row
            for seq, row in self.snapshot.elements.items()
            if row.state is ElementState.JOIN and seq not in self._elements
        ]
        rows.sort(key=lambda row: row.seq)
        return rows

    def put_element(self, row: ElementRow) -> None:
        """Writes an element instance's row."""
        seq = row.seq
        if seq not in self._elements and seq not in self.snapshot.elements:
            self._set(self._born, seq, True)
        self._set(self._elements, seq, row)

    def new_scope(self, row: ElementRow) -> None:
        """Writes the row of an element instance that begins to have variables of its own."""
        self.put_element(row)
        if row.seq in self._born:
            self._set(self.scopes_born, row.seq, True)

    def delete_element(self, row: ElementRow) -> None:
        """Takes an element instance's row away, with the variables of its own scope."""
        seq = row.seq
        if self.has_element(seq):
            if seq not in self._born and ("local" in row.data or "definition" in row.data):
                self._set(self._ended_scopes, seq, True)
            self._set(self._elements, seq, None)

    def put_variable(self, scope: int, name: str, text: str) -> None:
        """Writes a variable; an element instance that has its first one is marked to have a scope of its own."""
        if scope != ROOT_SCOPE:
            row = self.element(scope)
            if "local" not in row.data and "definition" not in row.data:
                self.put_element(copy_row(row, data={**row.data, "local": True}))
                self._set(self.scopes_born, scope, True)
        self._set(self.variables, (scope, name), text)

    def new_private_scope(self) -> int:
        """Returns the number of a scope that no expression sees: what a loop keeps for its instances."""
        scope = self.next_seq()
        self._set(self.scopes_born, scope, True)
        return scope

    def put_private(self, scope: int, name: str, text: str) -> None:
        """Keeps a JSON text in a private scope."""
        self._set(self.variables, (scope, name), text)

    def end_private_scope(self, scope: int) -> None:
        """Takes a private scope away with all that is in it."""
        for key in [key for key in self.variables if key[0] == scope]:
            self._drop(self.variables, key)
        if scope not in self.scopes_born:
            self._set(self._ended_scopes, scope, True)

    # -- user tasks, jobs, timers, incidents, called instances -------------------------------------------------------

    def new_user_task(self, row: UserTaskRow) -> None:
        """Writes a new user task."""
        self._set(self._user_tasks, row.seq, row)

    def put_user_task(self, row: UserTaskRow, expected_version: int | None) -> None:
        """Writes a changed user task, which has to have had a version until now (None: any)."""
        self._set(self._put_user_tasks, row.seq, (row, expected_version))

    def cancel_user_task(self, seq: int) -> None:
        """Cancels an open user task."""
        made = self._user_tasks.get(seq)
        if made is not None:
            canceled = copy_row(made, state=UserTaskState.CANCELED, end_us=made.create_us)
            self._set(self._user_tasks, seq, canceled)
        else:
            self._set(self._cancel_user_tasks, seq, True)

    def restrict(self, restriction: Restriction) -> None:
        """Says who may not do a new user task."""
        self._set(self._restrictions, restriction, True)

    def exclude_completer(self, completer: Completer) -> None:
        """Says which other tasks somebody may not do any more who has completed one."""
        self._set(self._completers, completer, True)

    def lift_restrictions(self, seq: int) -> None:
        """Forgets who may not do a user task that has ended."""
        self._set(self._lift_restrictions, seq, True)

    def completed_user_tasks(self) -> list[UserTaskRow]:
        """Returns the user tasks that this run completed."""
        return [row for row, _ in self._put_user_tasks.values() if row.state is UserTaskState.COMPLETED]

    def claims(self) -> Counter[str]:
        """Returns how many more open tasks each user has than before the run; fewer by the one that was completed."""
        tasks = Counter(task.assignee for task in self._user_tasks.values() if task.end_us is None)
        before = self.snapshot.user_task
        if before is not None and before.seq in self._put_user_tasks:
            tasks.subtract([before.assignee])
        return tasks

    def take_turn(self, candidates: Candidates, user: str) -> None:
        """Notes who was chosen last from a pool."""
        self._set(self.turns, candidates, user)

    def set_deadline(self, deadline: Deadline) -> None:
        """Has something done about a new user task at a time, if it is open then."""
        self._set(self._deadlines, deadline, True)

    def start_task_at(self, seq: int, time_us: int) -> None:
        """Says when work on a new user task should begin."""
        self._set(self._starts, seq, time_us)

    def new_job(self, row: JobRow) -> None:
        """Writes a new job."""
        self._set(self._jobs, row.seq, row)

    def put_job(self, row: JobRow) -> None:
        """Writes a changed job."""
        self._set(self._put_jobs, row.seq, row)

    def delete_job(self, seq: int) -> None:
        """Takes a job away."""
        if seq in self._jobs:
            self._drop(self._jobs, seq)
        else:
            self._set(self._delete_jobs, seq, True)

    def new_timer(self, row: TimerRow) -> None:
        """Writes a new timer."""
        self._set(self._timers, row.seq, row)

    def delete_timer(self, seq: int) -> None:
        """Takes one timer away."""
        self._set(self._delete_timers, seq, True)

    def delete_timers_of(self, element_seq: int) -> None:
        """Takes all timers of an element instance away."""
        for seq in [timer.seq for timer in self._timers.values() if timer.element_seq == element_seq]:
            self._drop(self._timers, seq)
        if not self._is_new(element_seq):
            self._set(self._delete_timers_of, element_seq, True)

    def delete_timers_inside(self, scope: int) -> None:
        """Takes the timers of a scope's event sub-processes away."""
        for seq in [timer.seq for timer in self._timers.values() if timer.element_seq == scope and timer.inside]:
            self._drop(self._timers, seq)
        if not self._is_new(scope):
            self._set(self._delete_timers_inside, scope, True)

    def subscriptions(self) -> list[SubscriptionRow]:
        """Returns all subscriptions of the root instance in order of their seq.

        Raises:
            Need: They are not at hand.
        """
        if not self.snapshot.subscriptions_known and self.root.version != 0:
            raise Need(subscriptions=True)
        rows = [row for row in self.snapshot.subscriptions.values() if not self._is_deleted(row)]
        rows += self._subscriptions.values()
        rows.sort(key=lambda row: row.seq)
        return rows

    def _is_deleted(self, row: SubscriptionRow) -> bool:
        """Whether a stored subscription was taken away, or replaced, in this run."""
        return (
            row.seq in self._subscriptions
            or row.seq in self._delete_subscriptions
            or row.element_seq in self._delete_subscriptions_of
            or (row.inside and row.element_seq in self._delete_subscriptions_inside)
        )

    def put_subscription(self, row: SubscriptionRow) -> None:
        """Writes a new or changed subscription."""
        self._set(self._subscriptions, row.seq, row)

    def delete_subscription(self, seq: int) -> None:
        """Takes one subscription away."""
        if seq in self._subscriptions:
            self._drop(self._subscriptions, seq)
        self._set(self._delete_subscriptions, seq, True)

    def delete_subscriptions_of(self, element_seq: int) -> None:
        """Takes all subscriptions of an element instance, or scope, away."""
        for seq in [row.seq for row in self._subscriptions.values() if row.element_seq == element_seq]:
            self._drop(self._subscriptions, seq)
        if not self._is_new(element_seq):
            self._set(self._delete_subscriptions_of, element_seq, True)

    def delete_subscriptions_inside(self, scope: int) -> None:
        """Takes the subscriptions of a scope's event sub-processes away."""
        for seq in [row.seq for row in self._subscriptions.values() if row.element_seq == scope and row.inside]:
            self._drop(self._subscriptions, seq)
        if not self._is_new(scope):
            self._set(self._delete_subscriptions_inside, scope, True)

    def work(self) -> Work:
        """Returns what waited in the root instance before this run.

        Raises:
            Need: It is not at hand.
        """
        if self.snapshot.work is None:
            raise Need(work=True)
        return self.snapshot.work

    def move(self, moved: Moved) -> None:
        """Has a row wait for another element from now on."""
        self._set(self._moved, (moved.kind, moved.seq), moved)

    def throw(self, thrown: ThrownSignal | ThrownMessage) -> None:
        """Hands a signal or message over, to be sent when the run is committed."""
        self._set(self._thrown, len(self._thrown), thrown)

    def _is_new(self, seq: int) -> bool:
        """Whether an element instance, or the root, was made in this run, so that nothing stored hangs on it."""
        return self.root.version == 0 or seq in self._born

    def new_incident(self, row: IncidentRow) -> None:
        """Writes a new incident."""
        self._set(self._incidents, row.seq, row)

    def resolve_incidents_of(self, element_seq: int) -> None:
        """Resolves the open incidents of an element instance, those of this run included."""
        for incident in list(self._incidents.values()):
            if incident.element_seq == element_seq and incident.open:
                closed = copy_row(incident, open=False, resolve_us=incident.create_us)
                self._set(self._incidents, incident.seq, closed)
        if element_seq not in self._born:
            self._set(self._resolve_incidents_of, element_seq, True)

    def new_instance(self, row: InstanceRow) -> None:
        """Writes a called process instance."""
        self._set(self._instances, row.seq, row)

    def end_instance(self, seq: int, state: InstanceState, now_us: int, reason: str = "") -> None:
        """Ends a called process instance."""
        made = self._instances.get(seq)
        row = InstanceRow(
            seq,
            made.definition_id if made else "",
            made.parent_scope if made else ROOT_SCOPE,
            made.business_key if made else "",
            made.create_us if made else 0,
            state,
            now_us,
            reason,
        )
        self._set(self._instances if made else self._end_instances, seq, row)

    # -- the result -------------------------------------------------------------------------------------------------

    def changes(self, now_us: int, actor: str) -> Changes:
        """Returns the net difference between the snapshot and now."""
        born = self._born
        put = [row for row in self._elements.values() if row is not None]
        deleted = [seq for seq, row in self._elements.items() if row is None and seq not in born]
        elements = self._elements
        variables = [
            (scope, name, text)
            for (scope, name), text in self.variables.items()
            if elements.get(scope, _MISSING) is not None
        ]
        root = self.root
        created = root.version == 0
        root.version += 1
        return Changes(
            root=root,
            created=created,
            put_elements=put,
            delete_elements=deleted,
            put_variables=variables,
            delete_variable_scopes=list(self._ended_scopes),
            new_user_tasks=list(self._user_tasks.values()),
            put_user_tasks=list(self._put_user_tasks.values()),
            cancel_user_tasks=list(self._cancel_user_tasks),
            restrictions=list(self._restrictions),
            completers=list(self._completers),
            lift_restrictions=list(self._lift_restrictions),
            starts=list(self._starts.items()),
            deadlines=list(self._deadlines),
            new_jobs=list(self._jobs.values()),
            put_jobs=[job for seq, job in self._put_jobs.items() if seq not in self._delete_jobs],
            delete_jobs=list(self._delete_jobs),
            expected_lease=self.expected_lease,
            new_timers=list(self._timers.values()),
            delete_timers=list(self._delete_timers),
            delete_timers_of=list(self._delete_timers_of),
            delete_timers_inside=list(self._delete_timers_inside),
            put_subscriptions=list(self._subscriptions.values()),
            delete_subscriptions=list(self._delete_subscriptions),
            delete_subscriptions_of=list(self._delete_subscriptions_of),
            delete_subscriptions_inside=list(self._delete_subscriptions_inside),
            signals=[one for one in self._thrown.values() if isinstance(one, ThrownSignal)],
            messages=[one for one in self._thrown.values() if isinstance(one, ThrownMessage)],
            new_incidents=list(self._incidents.values()),
            resolve_incidents_of=list(self._resolve_incidents_of),
            new_instances=list(self._instances.values()),
            end_instances=list(self._end_instances.values()),
            moved=list(self._moved.values()),
            turns=list(self.turns.items()),
            hold=self.hold,
            events=self.events,
            now_us=now_us,
            actor=actor,
        )
