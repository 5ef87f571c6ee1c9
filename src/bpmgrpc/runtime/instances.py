"""Commands on process instances: load, decide, save, commit.

Rule of this file: one command is one transaction. The engine decides on what was loaded and asks for more where it
has to; the store writes the outcome if nobody else changed the instance in the meantime, else the command is decided
anew on the newer state, until its deadline. Nobody ever sees a conflict between branches.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from bpmgrpc.engine import commands
from bpmgrpc.engine.advance import advance
from bpmgrpc.engine.operations.findings import OperationRefused
from bpmgrpc.engine.operations.plan import Plan
from bpmgrpc.engine.state import ROOT_SCOPE, CalledProcess, Need, Snapshot
from bpmgrpc.errors import BpmError, Internal, NotFound
from bpmgrpc.runtime.choice import RecentChoices, choose, require_active
from bpmgrpc.runtime.deliveries import Deliveries
from bpmgrpc.runtime.outcomes import Decided, Outcome, Planned, planned
from bpmgrpc.runtime.retrying import retried
from bpmgrpc.runtime.root_locks import RootLocks
from bpmgrpc.store.interface import DefinitionState, SerializationConflict, source_of

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from bpmgrpc.clock import Clock
    from bpmgrpc.engine.execution import Limits
    from bpmgrpc.engine.program import Program
    from bpmgrpc.runtime.choice import ProcessName
    from bpmgrpc.runtime.definitions import Definition, DefinitionCache
    from bpmgrpc.runtime.executor import Executor
    from bpmgrpc.runtime.recent import RecentRoots
    from bpmgrpc.runtime.requests import Idempotency
    from bpmgrpc.runtime.wakeups import Wakeups
    from bpmgrpc.store.interface import Meant, Session, Target

T = TypeVar("T")

# What a plan is read off, beside the changes.
EVERYTHING: Final = Need(children=frozenset((ROOT_SCOPE,)), work=True, subscriptions=True)
MAX_NEEDS: Final = 10_000  # rounds of loading for one command: each brings something new, so this is never met
_log = logging.getLogger(__name__)

_ANSWER_SECONDS: Final = 0.25  # kept of a caller's time for the answer to reach it


class Instances:
    """Runs commands on process instances.

    Args:
        executor: Where commands meet the database.
        cache: The compiled definitions.
        clock: The time.
        limits: How far one run may go.
        wakeups: Who is to be told of new jobs and timers.
        recent: What this server wrote last.
        queue_per_root: True where commands of this process could race for a root (PostgreSQL).
    """

    def __init__(
        self,
        executor: Executor,
        cache: DefinitionCache,
        clock: Clock,
        limits: Limits,
        wakeups: Wakeups,
        recent: RecentRoots,
        *,
        queue_per_root: bool,
    ) -> None:
        self._executor = executor
        self._cache = cache
        self._clock = clock
        self._limits = limits
        self._wakeups = wakeups
        self._recent = recent
        self._choices = RecentChoices()
        self._locks = RootLocks() if queue_per_root else None
        self._deliveries = Deliveries(self, clock)

    @property
    def deliveries(self) -> Deliveries:
        """What does the things that commands leave to be done in other transactions."""
        return self._deliveries

    async def submit(
        self,
        root_id: str,
        seq: int,
        kind: Target,
        command: commands.Command,
        *,
        deadline: float,
        subject: str,
        user: str = "",
        actor: str = "",
        request: Idempotency | None = None,
        reply: Callable[[Decided], Message] | None = None,
        explain: bool = False,
    ) -> Outcome[Decided]:
        """Runs one command on an instance and goes on until the instance waits, or the deadline.

        Args:
            root_id: The root instance.
            seq: Number of the row that the command is about.
            kind: What that row is.
            command: The command.
            deadline: When the caller stops waiting (``time.monotonic``).
            subject: What is not there where the row is not, such as "user task 'x-3'".
            user: Whose membership may decide.
            actor: Who asks, for the history.
            request: The request id, where there is one.
            reply: Makes the answer that is stored with it.
            explain: Whether what is decided is to be told as a plan (``planned``).

        Raises:
            NotFound: The row is not there.
            Aborted: So much contention that the deadline passed.
            BpmError: What the engine refuses.
        """
        try_recent = kind in ("user_task", "job") and not explain

        def work(session: Session) -> Outcome[Decided]:
            nonlocal try_recent
            if try_recent:
                try_recent = False  # once: who loses, or has an answer already, is decided on what is stored
                decided = self._decide_on_recent(session, root_id, seq, kind, command, actor)
                if decided is not None:
                    return self._write_on_recent(session, decided, request, reply)
            return self._attempt(session, root_id, seq, kind, command, subject, user, actor, request, reply, explain)

        outcome = await self.run(root_id, work, deadline, long=isinstance(command, commands.Continue))
        if outcome.result is not None:
            await self.follow(outcome.result, deadline)
        return outcome

    async def dry_run(
        self, root_id: str, command: commands.Command, *, deadline: float, subject: str, actor: str = ""
    ) -> Planned:
        """Decides a command on an instance as ``submit`` would, and commits nothing.

        Args:
            root_id: The root instance.
            command: The command.
            deadline: When the caller stops waiting (``time.monotonic``).
            subject: What is not there where the root is not.
            actor: Who asks.

        Raises:
            NotFound: The root is not there.
            BpmError: What the engine refuses, but for what it finds in the way of an operation: that is in the plan.
        """
        return await self.run(root_id, lambda session: self.plan(session, root_id, command, subject, actor), deadline)

    def plan(self, session: Session, root_id: str, command: commands.Command, subject: str, actor: str) -> Planned:
        """Decides a command and says what it would do; see ``dry_run``."""
        loaded = session.load(root_id, ROOT_SCOPE, "root", None)
        if loaded is None:
            raise NotFound(f"{subject} does not exist")
        self._cache.see(session, loaded.cache_generation)
        snapshot = loaded.snapshot
        root = snapshot.root
        assert root is not None  # noqa: S101 - it was loaded
        session.load_more(root_id, snapshot, EVERYTHING)
        try:
            return planned(self.decide(session, snapshot, command, actor))
        except OperationRefused as refused:
            definition = self._cache.load(session, root.definition_id)
            return Planned(Plan(root.state, findings=refused.findings), root, {root.definition_id: definition})

    async def start(
        self,
        name: ProcessName,
        make: Callable[[str], commands.StartInstance],
        *,
        deadline: float,
        actor: str = "",
        request: Idempotency | None = None,
        reply: Callable[[Decided], Message] | None = None,
    ) -> Outcome[Decided]:
        """Starts an instance and goes on until it waits, or the deadline.

        Args:
            name: The process, whose newest version that fits is started.
            make: Makes the command for the id of that.
            deadline: When the caller stops waiting (``time.monotonic``).
            actor: Who asks, for the history.
            request: The request id, where there is one.
            reply: Makes the answer that is stored with it.

        Raises:
            BpmError: What ``choose``, ``require_active`` or the engine refuses.
        """
        meant = self._choices.find(name)

        def work(session: Session) -> Outcome[Decided]:
            nonlocal meant
            if meant is not None:
                condition, meant = meant, None  # once: who loses, or has an answer already, looks the name up
                decided = self.decide(session, Snapshot(), make(condition.definition_id), actor)
                return self._write(session, decided, request, reply, condition)
            chosen = choose(session, name, latest=True, request=request.key if request else None)
            if chosen.replay is not None and request is not None:
                return Outcome(replay=request.replay(chosen.replay))
            self._cache.see(session, chosen.cache_generation)
            definition = chosen.rows[0]
            require_active(definition)
            self._choices.keep(name, chosen)
            decided = self.decide(session, Snapshot(), make(definition.id), actor)
            return self._write(session, decided, request, reply)

        outcome = await self.run("", work, deadline)
        if outcome.result is not None:
            await self.follow(outcome.result, deadline)
        return outcome

    def program(self, session: Session, definition_id: str) -> Program:
        """Returns the program of a definition."""
        return self._cache.load(session, definition_id).program

    @staticmethod
    def nothing() -> Decided:
        """Returns what stands for a command that changes no instance."""
        return Decided(None, Snapshot(), {})

    async def dry_start(
        self, name: ProcessName, make: Callable[[str], commands.StartInstance], *, deadline: float, actor: str = ""
    ) -> Planned:
        """Decides the start of an instance as ``start`` would, and commits nothing."""

        def work(session: Session) -> Planned:
            definition = choose(session, name, latest=True).rows[0]
            require_active(definition)
            return planned(self.decide(session, Snapshot(), make(definition.id), actor))

        return await self.run("", work, deadline)

    def decide(
        self,
        session: Session,
        snapshot: Snapshot,
        command: commands.Command,
        actor: str,
        *,
        only_known: bool = False,
    ) -> Decided:
        """Has the engine decide, loading what it asks for.

        Args:
            session: Where to load from.
            snapshot: What is at hand.
            command: The command.
            actor: Who asks, for the history.
            only_known: Rows of the instance are not loaded: those that are at hand may be older.

        Raises:
            Need: Rows are missing that are not loaded.
            BpmError: What the engine refuses.
        """
        made = self._recent.made()
        definitions: dict[str, Definition] = {}

        def program(definition_id: str) -> Program:
            entry = definitions.get(definition_id)
            if entry is None:
                entry = self._cache.get(definition_id)
                if entry is None:
                    raise Need(definition_id=definition_id)
                definitions[definition_id] = entry
            return entry.program

        root = snapshot.root
        began = False
        for _ in range(MAX_NEEDS):
            try:
                changes = advance(program, snapshot, command, self._clock.now_us(), limits=self._limits, actor=actor)
                break
            except Need as need:
                if only_known and not (need.definition_id or need.called or need.membership):
                    raise
                root_id = root.id if root is not None else ""
                if need.pool is not None and need.pool.held and not session.in_transaction:
                    session.begin()
                    began = True
                self._supply(session, root_id, snapshot, need, definitions)
        else:
            raise Internal("the engine does not stop to ask for data")
        if changes is not None and changes.root.definition_id not in definitions:
            definitions[changes.root.definition_id] = self._cache.load(session, changes.root.definition_id)
        return Decided(changes, snapshot, definitions, began, made, session.born)

    def _decide_on_recent(
        self, session: Session, root_id: str, seq: int, kind: Target, command: commands.Command, actor: str
    ) -> Decided | None:
        """Has the engine decide on what this server wrote last; None where the stored rows have to be asked.

        Whatever is no change is for them to say: the command may be refused for what is not so any more, and a
        repeated one for what it did itself.
        """
        snapshot = self._recent.snapshot(root_id, seq, kind, session.born)
        if snapshot is None:
            return None
        try:
            decided = self.decide(session, snapshot, command, actor, only_known=True)
        except (BpmError, Need):
            return None
        return decided if decided.changes is not None else None

    def _write_on_recent(
        self,
        session: Session,
        decided: Decided,
        request: Idempotency | None,
        reply: Callable[[Decided], Message] | None,
    ) -> Outcome[Decided]:
        assert decided.changes is not None  # noqa: S101 - narrows the type
        try:
            outcome = self._write(session, decided, request, reply)
        except SerializationConflict:
            self._recent.lost(decided.changes.root.id)
            raise
        self._recent.won()
        return outcome

    def _supply(
        self, session: Session, root_id: str, snapshot: Snapshot, need: Need, definitions: dict[str, Definition]
    ) -> None:
        if need.definition_id:
            definitions[need.definition_id] = self._cache.load(session, need.definition_id)
        elif need.called is not None:
            snapshot.called[need.called] = _find_called(session, need.called)
        elif need.membership is not None:
            snapshot.membership = session.membership(*need.membership)
        elif need.pool is not None:
            snapshot.pools[need.pool] = session.pool(need.pool, root_id)
        else:
            session.load_more(root_id, snapshot, need)

    def _attempt(
        self,
        session: Session,
        root_id: str,
        seq: int,
        kind: Target,
        command: commands.Command,
        subject: str,
        user: str,
        actor: str,
        request: Idempotency | None,
        reply: Callable[[Decided], Message] | None,
        explain: bool = False,
    ) -> Outcome[Decided]:
        loaded = session.load(root_id, seq, kind, request.key if request else None, user)
        if loaded is None:
            raise NotFound(f"{subject} does not exist")
        if loaded.replay is not None and request is not None:
            return Outcome(replay=request.replay(loaded.replay))
        self._cache.see(session, loaded.cache_generation)
        if explain:
            session.load_more(root_id, loaded.snapshot, EVERYTHING)
        decided = self.decide(session, loaded.snapshot, command, actor)
        return Outcome(decided) if decided.changes is None else self._write(session, decided, request, reply)

    def _write(
        self,
        session: Session,
        decided: Decided,
        request: Idempotency | None,
        reply: Callable[[Decided], Message] | None,
        meant: Meant | None = None,
    ) -> Outcome[Decided]:
        assert decided.changes is not None  # noqa: S101 - narrows the type
        answer = reply(decided) if request is not None and reply is not None else None
        stored = request.answer(answer) if request is not None and answer is not None else None
        if not session.write(decided.changes, stored, meant):
            raise SerializationConflict
        if decided.began:
            session.commit()
        return Outcome(decided, answer=answer)

    def see(self, session: Session, generation: int) -> None:
        """Drops cached definitions that somebody refreshed; see ``DefinitionCache.see``."""
        self._cache.see(session, generation)

    async def run(self, root_id: str, work: Callable[[Session], T], deadline: float, *, long: bool = False) -> T:
        """Runs a transaction on a root in its turn; empty: on none in particular. See ``retried``."""
        if self._locks is None or not root_id:
            return await retried(self._executor, work, deadline, long=long)
        await self._locks.take(root_id)
        try:
            return await retried(self._executor, work, deadline, long=long)
        finally:
            self._locks.leave(root_id)

    async def follow(self, decided: Decided, deadline: float) -> None:
        """Does what comes after the commit of a command, as far as there is time."""
        sources = await self.go_on(decided, deadline)
        if sources:
            await self._deliveries.follow(sources, deadline)

    async def go_on(self, decided: Decided, deadline: float) -> list[str]:
        """Tells of new work, and goes on with an instance that filled its transaction.

        Returns:
            The transactions that left something to be done in others.
        """
        sources: list[str] = []
        changes = decided.changes
        while changes is not None:
            self._recent.after(changes, decided.snapshot, decided.made, decided.born)
            root_id = changes.root.id
            self._wakeups.after(changes)
            if changes.leaves_something:
                sources.append(source_of(root_id, changes.root.version))
            if not changes.root.ready or time.monotonic() >= deadline - _ANSWER_SECONDS:
                return sources  # what is left is the background's, so that the caller has an answer in time

            def work(session: Session, root_id: str = root_id) -> Outcome[Decided]:
                return self._attempt(
                    session,
                    root_id,
                    ROOT_SCOPE,
                    "root",
                    commands.Continue(),
                    f"process instance {root_id!r}",
                    "",
                    "",
                    None,
                    None,
                )

            try:
                outcome = await self.run(root_id, work, deadline, long=True)
            except BpmError as error:
                # What the caller asked for is done and durable: it must not be told otherwise, or it would ask again.
                _log.info("instance %s is left to the background: %s", root_id, error.message)
                return sources
            if outcome.result is None:
                return sources
            decided = outcome.result
            changes = decided.changes
        return sources


def _find_called(session: Session, called: CalledProcess) -> str | None:
    found = session.find_definitions(
        called.app_name,
        called.process_name,
        version=called.version,
        version_tag=called.version_tag,
        latest=not called.version,  # a number means one version, the newest or not
    )
    rows = [row for row in found.rows if row.process_name == called.process_name]
    return rows[0].id if rows and rows[0].state is DefinitionState.ACTIVE else None
