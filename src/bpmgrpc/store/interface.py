"""What the store gives to the layers above: the rows it keeps, and the calls that move them.

Rules of this file. Everything is synchronous; whoever must not wait calls from a thread. A *hot* method is part of a
command and has a fixed budget: on PostgreSQL one statement, that is one round trip and one transaction; on SQLite a
few cheap statements inside the transaction that the one writer holds. Row counts never change the budget. A method that
compares a version before it writes answers False when it lost, and has then written nothing on PostgreSQL; on SQLite
the caller goes back to its savepoint.

::

    Store ── writer() ──> Session    commands: load, decide elsewhere, write; administration; background
          └─ reader() ──> Queries    what people ask; see ``bpmgrpc.store.queries``

Errors: ``InvalidArgument`` (NUL in a text, a bad page token), ``Unavailable`` (not reachable, locked, full),
``Aborted`` (a lock was not free in time), ``Internal`` (our fault; the cause is chained). Two are for the runtime only
and never reach a caller: `DuplicateRequest` and `SerializationConflict`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, Protocol

from bpmgrpc.store.batch_session import BatchSession
from bpmgrpc.store.records import (
    LARGE_BYTES,
    MAX_LOADED_VARIABLES,
    Counter,
    DefinitionRow,
    DefinitionState,
    DeliveryKind,
    DeliveryRow,
    DirectoryUser,
    DueTimer,
    DuplicateRequest,
    EventStartRow,
    Loaded,
    LoadedDefinitions,
    LoadedTask,
    Meant,
    MessageRow,
    QueryTooLong,
    Receiver,
    Replay,
    RequestKey,
    SerializationConflict,
    Settings,
    StartTimerRow,
    StoredAnswer,
    Target,
    WorkParty,
    source_of,
)

if TYPE_CHECKING:
    from bpmgrpc.engine.changes import Changes, Deadline
    from bpmgrpc.engine.events import Event
    from bpmgrpc.engine.gathering import Occurrence
    from bpmgrpc.engine.state import JobRow, Membership, Need, Pool, PoolAsk, Snapshot, SubscriptionRow, UserTaskRow
    from bpmgrpc.store.hints import HintChannel
    from bpmgrpc.store.notes import AttachmentRow, CommentRow, DraftRow
    from bpmgrpc.store.queries import Queries
    from bpmgrpc.store.retention import RetentionRow
    from bpmgrpc.store.views import UserTaskFilter

__all__ = [
    "LARGE_BYTES",
    "MAX_LOADED_VARIABLES",
    "Counter",
    "DefinitionRow",
    "DefinitionState",
    "DeliveryKind",
    "DeliveryRow",
    "DirectoryUser",
    "DueTimer",
    "DuplicateRequest",
    "EventStartRow",
    "Loaded",
    "LoadedDefinitions",
    "LoadedTask",
    "Meant",
    "MessageRow",
    "QueryTooLong",
    "Receiver",
    "Replay",
    "RequestKey",
    "SerializationConflict",
    "Session",
    "Settings",
    "StartTimerRow",
    "Store",
    "StoredAnswer",
    "Target",
    "WorkParty",
    "source_of",
]


class Session(BatchSession, Protocol):
    """One connection that may write. It belongs to one thread at a time."""

    born: int
    """``Store.connections_made`` when its own connection was. Commits are not undone while a connection lives: what
    was committed when at least as many had been made is still so, as this one tells by answering."""

    @property
    def in_transaction(self) -> bool:
        """Whether ``begin`` has no ``commit`` or ``rollback`` yet, and the database still holds the transaction."""
        ...

    def begin(self) -> None:
        """Begins a transaction; on SQLite BEGIN IMMEDIATE, so that it cannot fail for a lock later.

        Raises:
            Unavailable: Another process holds SQLite's write lock for longer than ``lock_timeout_s``.
        """
        ...

    def savepoint(self) -> None:
        """Sets the savepoint of one command within a group of commands."""
        ...

    def release(self) -> None:
        """Keeps what was done since the savepoint."""
        ...

    def rollback_to(self) -> None:
        """Takes back what was done since the savepoint, and removes it."""
        ...

    def commit(self) -> None:
        """Makes the transaction durable.

        Raises:
            Unavailable: The disk is full or cannot be written; nothing of the transaction is there.
        """
        ...

    def rollback(self) -> None:
        """Takes the transaction back. Does nothing where there is none."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Begins, and commits at the end of the block; an exception rolls back. Joins a transaction that is open."""
        ...

    # -- hot: commands on an instance ------------------------------------------------------------------------------

    def load(self, root_id: str, seq: int, kind: Target, request: RequestKey | None, user: str = "") -> Loaded | None:
        """Loads what most commands need, in one round trip.

        The root row; the target row; the target's element row (timers and incidents: of the element they are about) and
        the rows of all scopes around it; every row in state JOIN of these scopes; the variables of these scopes and
        of the element itself, values of more than 4 KiB as ``LARGE``, at most about 256 of them, inner scopes first.

        Args:
            root_id: Id of the root instance.
            seq: Number of the target; 0 with ``root``.
            kind: What the target is.
            request: Whose earlier answer is wanted too.
            user: Whose membership is wanted in the snapshot; empty: nobody's.

        Returns:
            None where there is neither such a root and target nor an earlier answer.
        """
        ...

    def load_more(self, root_id: str, snapshot: Snapshot, need: Need) -> None:
        """Adds to a snapshot what the engine asked for: elements, children, variables, all variables, ready elements.

        Definitions, called processes and memberships are not rows of an instance; the caller asks
        ``find_definition``, ``find_definitions`` and ``membership`` for them.
        """
        ...

    def write(self, changes: Changes, answer: StoredAnswer | None, meant: Meant | None = None) -> bool:
        """Writes the outcome of a command and its history, in one round trip.

        Args:
            changes: The outcome.
            answer: The answer to keep.
            meant: Of a start: what the name of the process has to mean.

        Returns:
            False where the root's version, a user task's expected version or the expected lease was another one, or
            the name means something else.

        Raises:
            DuplicateRequest: The request has an answer already.
            InvalidArgument: A text holds NUL.
        """
        ...

    def load_user_task(self, root_id: str, seq: int, user: str, request: RequestKey | None) -> LoadedTask | None:
        """Loads what claim, unclaim and assign need, in one round trip.

        Returns:
            None where there is neither such a task nor an earlier answer.
        """
        ...

    def write_user_task(
        self,
        root_id: str,
        row: UserTaskRow,
        expected_version: int,
        events: Sequence[Event],
        answer: StoredAnswer | None,
        now_us: int,
        actor: str,
        replace_candidates: bool,
    ) -> bool:
        """Writes a changed user task that leaves its instance as it is, in one round trip.

        Args:
            root_id: Id of the root instance.
            row: The task as it is to be, ``version`` included. Of one that stays open only state, assignee, candidates
                and claim time may differ: nothing else changes without its instance.
            expected_version: Version that the stored row has to have.
            events: The history.
            answer: The answer to keep.
            now_us: The time.
            actor: Whose command it was.
            replace_candidates: Whether the task lies in other pools than before, or elsewhere in them; see
                ``bpmgrpc.engine.user_task.pools_differ``.

        Returns:
            False where the stored version was another one.

        Raises:
            DuplicateRequest: The request has an answer already.
            InvalidArgument: A text holds NUL.
        """
        ...

    def write_user_tasks(
        self,
        root_id: str,
        tasks: Sequence[tuple[UserTaskRow, int]],
        events: Sequence[Event],
        answer: StoredAnswer | None,
        now_us: int,
        actor: str,
    ) -> bool:
        """Writes many changed user tasks of one root with their candidates, all or none, in one round trip.

        Args:
            root_id: Id of the root instance.
            tasks: Each task as it is to be, and the version that the stored row has to have. Not empty.
            events: The history.
            answer: The answer to keep.
            now_us: The time.
            actor: Whose command it was.

        Returns:
            False where one of the stored versions was another one.

        Raises:
            DuplicateRequest: The request has an answer already.
            InvalidArgument: A text holds NUL.
        """
        ...

    def open_user_tasks_of(self, root_id: str, instance: int | None = None) -> list[UserTaskRow]:
        """Returns the open tasks of an instance and of those it called, the oldest first.

        Args:
            root_id: Id of the root instance.
            instance: Number of a called instance; None or 0: the root.
        """
        ...

    def next_user_tasks(self, wanted: UserTaskFilter, limit: int) -> list[tuple[str, int]]:
        """Returns the first unclaimed tasks that a filter lets through, highest priority first, then oldest first.

        Args:
            wanted: Which tasks; its states count for nothing.
            limit: How many at the most.

        Returns:
            Root id and number of each.
        """
        ...

    def lock_user_task(self, tasks: Sequence[tuple[str, int]]) -> tuple[str, int] | None:
        """Locks the first of some tasks that is still unclaimed and that no other transaction has locked.

        Returns:
            Root id and number; None where others have them all.
        """
        ...

    # -- user tasks: who may not do them, and who gets them back ----------------------------------------------------

    def excluded_users(self, root_id: str, seq: int) -> frozenset[str]:
        """Returns who may not do a user task."""
        ...

    def exclude_users(self, root_id: str, seq: int, users: Iterable[str]) -> None:
        """Adds users who may not do a user task; the task's flag RESTRICTED is its writer's to set."""
        ...

    def allow_users(self, root_id: str, seq: int) -> None:
        """Forgets who may not do a user task."""
        ...

    def put_start_time(self, root_id: str, seq: int, start_us: int | None) -> None:
        """Keeps when work on a user task should begin; None: nobody says. The flag STARTS is its writer's to set."""
        ...

    def due_deadlines(self, now_us: int, limit: int) -> list[tuple[str, Deadline]]:
        """Returns deadlines of user tasks whose time has come, with their roots; not those of suspended instances."""
        ...

    def next_deadline_us(self, now_us: int) -> int | None:
        """Returns when the next deadline after a time is; None: there is none."""
        ...

    def take_deadline(self, root_id: str, deadline: Deadline) -> bool:
        """Removes a deadline; False where somebody else has, or has moved it."""
        ...

    def move_deadlines(self, root_id: str, seq: int, due_us: int | None) -> None:
        """Moves the deadline that is a task's due date; None: removes it."""
        ...

    def insert_comment(self, row: CommentRow) -> None:
        """Adds a comment.

        Raises:
            InvalidArgument: A text holds NUL.
        """
        ...

    def insert_attachment(self, row: AttachmentRow, content: bytes) -> None:
        """Adds an attachment.

        Raises:
            InvalidArgument: A text holds NUL.
        """
        ...

    def delete_attachment(self, root_id: str, seq: int, number_: int) -> bool:
        """Removes an attachment; returns whether it was there."""
        ...

    def put_draft(self, root_id: str, seq: int, draft: DraftRow) -> None:
        """Keeps a draft in place of the one before."""
        ...

    def put_delegator(self, root_id: str, seq: int, delegator: str) -> None:
        """Keeps who gets a delegated user task back."""
        ...

    def delegator_of(self, root_id: str, seq: int) -> str:
        """Returns who gets a delegated user task back; empty where nobody does."""
        ...

    def lead_of(self, work_party: str) -> str:
        """Returns who leads a work party; empty where it has no lead, or is not in the directory."""
        ...

    def find_answer(self, request: RequestKey) -> Replay | None:
        """Returns the answer that a request was given, if one is kept."""
        ...

    def insert_answer(self, answer: StoredAnswer, now_us: int) -> None:
        """Keeps the answer to a request whose work is done by other calls of the same transaction.

        Raises:
            DuplicateRequest: The request has an answer already.
        """
        ...

    # -- definitions -----------------------------------------------------------------------------------------------

    def find_definitions(
        self,
        app_name: str,
        process_name: str,
        *,
        version: int = 0,
        version_tag: str = "",
        latest: bool = True,
        request: RequestKey | None = None,
    ) -> LoadedDefinitions:
        """Finds deployed versions by name, in one round trip.

        Args:
            app_name: Application; empty: any.
            process_name: BPMN process id, or, where no process has that, a display name.
            version: Number of the version; 0: any.
            version_tag: Its tag; empty: any.
            latest: Only the newest of those that fit, of each process.
            request: Whose earlier answer is wanted too.
        """
        ...

    def find_definition(self, definition_id: str) -> DefinitionRow | None:
        """Returns one deployed version."""
        ...

    def load_resource(self, definition_id: str) -> bytes | None:
        """Returns the BPMN file of a deployed version."""
        ...

    def latest_definition(self, app_name: str, process_name: str) -> DefinitionRow | None:
        """Returns the newest version of exactly this process, deleted ones included."""
        ...

    def insert_resource(self, content: bytes) -> str:
        """Keeps a file once.

        Returns:
            Its hash, for ``DefinitionRow.resource_hash``.
        """
        ...

    def insert_definition(self, row: DefinitionRow) -> None:
        """Adds a version.

        Raises:
            SerializationConflict: Somebody else took this version number: read the latest again.
            InvalidArgument: A text holds NUL.
        """
        ...

    def replace_start_timers(self, app_name: str, process_name: str, timers: Sequence[StartTimerRow]) -> None:
        """Makes these the only live timer start events of a process."""
        ...

    def replace_event_starts(self, app_name: str, process_name: str, starts: Sequence[EventStartRow]) -> None:
        """Makes these the only live message and signal start events of a process."""
        ...

    def hold_definition(self, definition_id: str, now_us: int, *, hold: bool) -> bool:
        """Suspends a version with its start events, or lets it start instances again.

        Args:
            definition_id: The version.
            now_us: The time.
            hold: Whether to suspend it.

        Returns:
            False where there is none of that id in the state to change.
        """
        ...

    def bump_cache_generation(self, process_name: str = "") -> int:
        """Tells every server to drop cached definitions: of one process, or all.

        Returns:
            The new generation.
        """
        ...

    def cache_generations(self) -> dict[str, int]:
        """Returns the generation in which each process was dropped last; under ``""`` that of all."""
        ...

    # -- jobs and background ---------------------------------------------------------------------------------------

    def activate_jobs(
        self,
        type: str,
        worker: str,
        max_jobs: int,
        lease_until_us: int,
        new_token: Callable[[], str],
    ) -> list[tuple[str, JobRow]]:
        """Leases the first jobs of a queue to a worker, in one round trip.

        A job's place is the time since when it can be had, put forward by a minute for each point of its priority. So
        jobs of one priority are taken oldest first, and no job is passed by others for ever.

        Args:
            type: Their type.
            worker: Who gets them.
            max_jobs: How many at most.
            lease_until_us: When the lease ends.
            new_token: Makes a lease token; called once, as one call's leases share it.

        Returns:
            Root ids and rows as leased, in the queue's order. No job is ever in two answers while its lease lasts.
        """
        ...

    def queue_due_jobs(self, type: str, now_us: int, limit: int) -> int:
        """Puts jobs whose lease or pause has ended back into the queue of their type; returns how many.

        Args:
            type: Their type.
            now_us: The time.
            limit: How many at most.
        """
        ...

    def give_back_jobs(self, jobs: Sequence[tuple[str, int]], token: str, now_us: int) -> int:
        """Ends leases before their time: the jobs can be had again at once, at their old places in the queue.

        Args:
            jobs: Root id and seq of each.
            token: The lease token; jobs that are not leased by it are left alone.
            now_us: The time.

        Returns:
            How many were given back.
        """
        ...

    def held_jobs(self, jobs: Sequence[tuple[str, int]], token: str, now_us: int) -> list[tuple[str, JobRow]]:
        """Returns those of some jobs that are still leased by a token, in the queue's order.

        Args:
            jobs: Root id and seq of each.
            token: The lease token.
            now_us: The time.
        """
        ...

    def job_variables(
        self, jobs: Sequence[tuple[str, int]], names: Sequence[str] = (), *, tasks: bool = False
    ) -> list[dict[str, str]]:
        """Returns the variables that element instances see, for each by name, in a constant number of round trips.

        Args:
            jobs: Root id and seq of each job (or other element instance).
            names: Which are wanted; empty: all.
            tasks: They are open user tasks.
        """
        ...

    def job_states(self, jobs: Sequence[tuple[str, JobRow]]) -> list[Snapshot]:
        """Returns what ``load`` would find for each of some jobs, so that the next command on it need not ask.

        Args:
            jobs: Root id of each, and its row.

        Returns:
            One for each of which it is not too much; none at all where a load costs next to nothing.
        """
        ...

    def extend_job_lease(self, root_id: str, seq: int, token: str, until_us: int) -> bool:
        """Makes a lease end later; False where the job is gone or leased by another token."""
        ...

    def due_timers(self, now_us: int, limit: int) -> list[DueTimer]:
        """Returns timers that are due, the earliest first. They stay due until a command fires them."""
        ...

    def due_start_timers(self, now_us: int, limit: int) -> list[StartTimerRow]:
        """Returns timer start events that are due, the earliest first."""
        ...

    def claim_start_timer(self, row: StartTimerRow, next_due_us: int | None) -> bool:
        """Takes one firing of a timer start event: moves it to its next due time, or removes it (None).

        Returns:
            False where somebody else took this firing, or a newer version was deployed.
        """
        ...

    def next_due_us(self) -> int | None:
        """Returns when the next timer of any kind is due; None where there is none."""
        ...

    def ready_roots(self, limit: int, older_than_us: int) -> list[str]:
        """Returns roots that have READY elements and were not continued since a time, the oldest first."""
        ...

    def delete_expired_answers(self, now_us: int, limit: int) -> int:
        """Removes answers that need not be given again; returns how many."""
        ...

    # -- how long instances are kept -----------------------------------------------------------------------------------

    def find_retention(self, process_name: str, app_name: str) -> RetentionRow | None:
        """Returns how long ended instances of a process are kept; None where nobody said so."""
        ...

    def put_retention(self, row: RetentionRow) -> None:
        """Writes how long ended instances of a process are kept; a row that says nothing is removed."""
        ...

    def delete_instances(self, root_ids: Sequence[str]) -> None:
        """Removes root instances that have ended, with everything that belongs to them."""
        ...

    # -- messages and signals ----------------------------------------------------------------------------------------

    def broadcast(self, source: str, app_name: str, name: str, variables: str, now_us: int) -> int:
        """Fixes the receivers of a signal: one delivery for each.

        Returns:
            How many receivers there are.
        """
        ...

    def signal_apps(self, name: str) -> list[str]:
        """Returns the applications in which somebody waits for a signal, or is started by it."""
        ...

    def insert_message(self, row: MessageRow) -> bool:
        """Keeps a message; one that has expired makes room for another of the same publisher's id.

        Returns:
            False where a message with its publisher's id is kept already.
        """
        ...

    def find_message(self, id: str, now_us: int) -> MessageRow | None:
        """Returns a message that waits for its receiver; None where it is taken or has expired."""
        ...

    def find_message_for(self, row: SubscriptionRow, now_us: int) -> MessageRow | None:
        """Returns the oldest message that is kept for a subscription."""
        ...

    def take_message(self, id: str) -> bool:
        """Takes a message for its receiver; False where somebody else has."""
        ...

    def find_receiver(self, app_name: str, name: str, key: str) -> Receiver | None:
        """Returns who gets a message: whoever fits best of those that wait for it, else a start event.

        Args:
            app_name: Application; empty: every application.
            name: Name of the message.
            key: Its key; see ``bpmgrpc.engine.event_definitions.message``.
        """
        ...

    def correlating(self, app_name: str, name: str) -> list[str]:
        """Returns the definitions, latest versions, that say how a message of a name is correlated by what it carries.

        Args:
            app_name: Application; empty: every application.
            name: Name of the message.
        """
        ...

    def correlate_message(self, id: str, key: str) -> None:
        """Gives a message that is kept the key that its content says."""
        ...

    def find_signal_receiver(self, app_name: str, process_name: str, element_id: str, name: str) -> Receiver | None:
        """Returns the instance of a process that has waited longest for a signal at an event."""
        ...

    def insert_delivery(self, row: DeliveryRow, now_us: int) -> None:
        """Leaves something to be done in another transaction."""
        ...

    def deliveries_of(self, source: str, limit: int) -> list[DeliveryRow]:
        """Returns what a transaction left to be done, in order."""
        ...

    def old_deliveries(self, older_than_us: int, limit: int) -> list[DeliveryRow]:
        """Returns what was left to be done and is not done yet, the oldest first."""
        ...

    def take_delivery(self, row: DeliveryRow) -> bool:
        """Takes a delivery to be done in this transaction; False where somebody else has."""
        ...

    def delete_expired_messages(self, now_us: int, limit: int) -> int:
        """Removes messages that have expired; returns how many."""
        ...

    def take_turn(self, app_name: str, process_name: str, element_id: str) -> int:
        """Waits until nobody else is at a start that waits for several events, and keeps the others waiting until the
        end of the transaction.

        Args:
            app_name: Application of the process.
            process_name: The process.
            element_id: The start event, or the event-based gateway that instantiates.

        Returns:
            A number that is higher at each turn.
        """
        ...

    def gathered_events(self, app_name: str, process_name: str, element_id: str) -> list[Occurrence]:
        """Returns what has occurred for a start event that waits for several events, the oldest first."""
        ...

    def insert_gathered_event(self, app_name: str, process_name: str, element_id: str, event: Occurrence) -> None:
        """Keeps an event until the others have occurred.

        Raises:
            InvalidArgument: A text holds NUL.
        """
        ...

    def delete_gathered_events(self, app_name: str, process_name: str, element_id: str, numbers: Iterable[int]) -> None:
        """Removes what has started an instance."""
        ...

    def keep_gathered_events(self, app_name: str, process_name: str, wanted: Collection[tuple[str, str, str]]) -> None:
        """Removes what a new version of a process does not wait for any more.

        Args:
            app_name: Application of the process.
            process_name: The process.
            wanted: Element, kind and name of all that it waits for.
        """
        ...

    def delete_old_user_task_changes(self, older_than_us: int, limit: int) -> int:
        """Removes the oldest entries of the log of changes of user tasks, and remembers up to where.

        Args:
            older_than_us: Only those from before this time.
            limit: How many at about the most.

        Returns:
            How many; ``limit`` where there may be more.
        """
        ...

    # -- directory -------------------------------------------------------------------------------------------------

    def import_directory(
        self, users: Sequence[DirectoryUser], work_parties: Sequence[WorkParty], *, replace_all: bool
    ) -> tuple[int, int]:
        """Writes users and work parties, each replacing the one of its name.

        Args:
            users: The users.
            work_parties: The work parties.
            replace_all: Whether all others go.

        Returns:
            How many users and how many work parties there are now.

        Raises:
            InvalidArgument: A text holds NUL.
        """
        ...

    def delete_directory_user(self, user: str) -> list[str]:
        """Takes a user out: of groups and roles, of the members and from the lead of work parties.

        Args:
            user: Name of the user.

        Returns:
            The work parties that the user was a member or the lead of, by name.

        Raises:
            NotFound: There is no such user.
        """
        ...

    def delete_work_party(self, work_party: str) -> None:
        """Takes a work party out. Tasks offered to it stay so, and nobody finds them there.

        Args:
            work_party: Name of the work party.

        Raises:
            NotFound: There is no such work party.
        """
        ...

    def membership(self, user: str, work_party: str = "") -> Membership:
        """Returns the groups, roles and work parties of a user, in one round trip.

        Args:
            user: The user; an unknown one belongs to nothing.
            work_party: Is among ``known_parties`` where it exists.
        """
        ...

    def pool(self, ask: PoolAsk, root_id: str = "") -> Pool:
        """Returns the users that candidates stand for, by the directory as it is.

        Args:
            ask: Which; where it is to be held, within a transaction: nobody else has it until that ends.
            root_id: The root instance whose completers are wanted.
        """
        ...


class Store(Protocol):
    """An open database. Thread-safe."""

    dialect: Literal["sqlite", "postgresql"]
    statements: Counter
    hints: HintChannel | None
    """What servers say to each other; None where there is one server."""
    connections_made: int
    """How many connections there have been; where none can lose a commit while this process lives, 0 for ever."""

    def writer(self) -> AbstractContextManager[Session]:
        """Lends a session. SQLite has exactly one: a second borrower waits up to ``lock_timeout_s``.

        Raises:
            Unavailable: None became free in time, or the database is not reachable.
        """
        ...

    def reader(self, *, brief: bool = False) -> AbstractContextManager[Queries]:
        """Lends a connection that only reads. On SQLite all reads of one block see the same state.

        Args:
            brief: On SQLite, a query that takes more than a millisecond or two is given up.

        Raises:
            QueryTooLong: A brief query was given up.
            Unavailable: None became free in time, or the database is not reachable.
        """
        ...

    def ping(self) -> None:
        """Asks the database for a sign of life.

        Raises:
            Unavailable: It gives none.
        """
        ...

    def migrate(self, progress: Callable[[str], None] | None = None) -> None:
        """Brings the schema up to date; see ``bpmgrpc.store.migrate``."""
        ...

    def close(self) -> None:
        """Closes all connections; the store is of no use afterwards."""
        ...
