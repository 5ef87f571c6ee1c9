"""What this server wrote last: the rows of recent instances, so that their next command need not load them.

Rule of this file: nothing here is believed. A command that is decided on it is written only if the root and the task
still have the versions that it was decided on, in the same statement that writes; whoever loses is decided anew on the
stored rows. Only what those versions vouch for is kept: rows of the instance and its user tasks, never who belongs to
what, nor which definition is the latest. It is bounded, and may be thrown away at any time.

A version vouches for its rows as long as no commit is undone. Where a database loses some (a failover to a standby that
lags behind), every connection to it ends; so a connection is asked only about what was written since it was made.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.state import (
    LARGE,
    OPEN_USER_TASK_STATES,
    ROOT_SCOPE,
    ElementState,
    InstanceState,
    Large,
    Snapshot,
)
from bpmgrpc.store.interface import LARGE_BYTES

if TYPE_CHECKING:
    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.engine.state import ElementRow, JobRow, Root, UserTaskRow
    from bpmgrpc.store.interface import Target

__all__ = ["RecentRoots"]

MAX_ROOTS: Final = 1_000  # of some kilobytes each
MAX_ROWS: Final = 64  # of one root; a larger one is not kept
MAX_CHARACTERS: Final = 8_192  # of one root's variables
MAX_SECONDS: Final = 60.0  # a pooler may hide a failover; beyond that nobody is in such a hurry
_WEIGHT: Final = 1 / 64
_LEAST_LUCK: Final = 0.5  # a try that wins saves one round trip, one that loses costs one
_REST: Final = 1_000  # look-ups


@dataclass(frozen=True, slots=True)
class _Recent:
    """One root as it was written last. Never changed in place: threads read it while the loop puts a newer one."""

    made: int  # how many connections there had been when it was written
    until: float
    root: Root
    elements: Mapping[int, ElementRow]
    variables: Mapping[tuple[int, str], str | Large]
    # Element instances, and the outermost scope, of which all is here that a command loads: the row, the joins and the
    # variables in it.
    known: frozenset[int]
    names_known: frozenset[int]
    values_known: frozenset[int]
    tasks: Mapping[int, UserTaskRow]  # open ones
    jobs: Mapping[int, JobRow]  # as they were leased to workers of this server

    def with_tasks(self, tasks: Mapping[int, UserTaskRow]) -> _Recent:
        """Returns it with other open tasks: a fourth of what ``replace`` costs."""
        return _Recent(
            self.made,
            self.until,
            self.root,
            self.elements,
            self.variables,
            self.known,
            self.names_known,
            self.values_known,
            tasks,
            self.jobs,
        )

    def scopes_around(self, seq: int) -> list[int] | None:
        """Returns an element instance and the scopes around it, from inside; None where one of them is not here."""
        found = []
        while seq != ROOT_SCOPE:
            row = self.elements.get(seq)
            if row is None or seq not in self.known:
                return None
            found.append(seq)
            seq = row.scope
        return found if ROOT_SCOPE in self.known else None


class RecentRoots:
    """The roots that this server wrote last, the least recently written dropped first.

    Rows are put by the event loop's thread only; commands ask, and tell what came of it, from any.

    Args:
        made: Returns how many connections to the database there have been.
        now: A clock, in seconds.
    """

    def __init__(self, made: Callable[[], int], now: Callable[[], float] = time.monotonic) -> None:
        self.made = made
        self._now = now
        self._roots: dict[str, _Recent] = {}  # the least recently written first
        self._changing = threading.Lock()  # whoever looks for the oldest must not meet another one's removal
        self._luck = 1.0  # running mean of the tries that won
        self._resting = 0

    def __len__(self) -> int:
        """How many roots are here."""
        return len(self._roots)

    # -- asked by commands ----------------------------------------------------------------------------------------

    def snapshot(self, root_id: str, seq: int, kind: Target, born: int) -> Snapshot | None:
        """Returns what a load for a user task or job would have found when the root was written last; None where it is
        not here, or was written before the asking session's connection was ``born``.
        """
        recent = self._find(root_id, born)
        if recent is None:
            return None
        task, job = (recent.tasks.get(seq), None) if kind == "user_task" else (None, recent.jobs.get(seq))
        around = recent.scopes_around(seq)
        if (task is None and job is None) or around is None:
            return None
        own = {*around, ROOT_SCOPE}
        joins_in = {*around[1:], ROOT_SCOPE}
        return Snapshot(
            root=recent.root,
            elements={
                row.seq: row
                for row in recent.elements.values()
                if row.seq in own or (row.state is ElementState.JOIN and row.scope in joins_in)
            },
            variables={key: value for key, value in recent.variables.items() if key[0] in own},
            names_known=own & recent.names_known,
            values_known=own & recent.values_known,
            user_task=task,
            job=job,
        )

    def task(self, root_id: str, seq: int, born: int) -> UserTaskRow | None:
        """Returns an open user task as it was written last; None where it is not here; see ``snapshot``."""
        recent = self._find(root_id, born)
        return recent.tasks.get(seq) if recent is not None else None

    def _find(self, root_id: str, born: int) -> _Recent | None:
        recent = self._roots.get(root_id)
        if recent is None:
            return None
        if self._resting:
            self._resting -= 1
            return None
        if recent.made < born or recent.until <= self._now():
            return None
        return recent

    def lost(self, root_id: str) -> None:
        """Notes that somebody else has written since: a try was in vain.

        Where that happens too often (other servers work on the same instances), none is made for a while.
        """
        self._forget(root_id)
        self._luck -= self._luck * _WEIGHT
        if self._luck < _LEAST_LUCK:
            self._luck = (1.0 + _LEAST_LUCK) / 2
            self._resting = _REST

    def _forget(self, root_id: str) -> None:
        with self._changing:
            self._roots.pop(root_id, None)

    def won(self) -> None:
        """Notes that a try was written."""
        self._luck += (1.0 - self._luck) * _WEIGHT

    # -- told after the commit, on the event loop ------------------------------------------------------------------

    def after(self, changes: Changes, snapshot: Snapshot, made: int, born: int) -> None:
        """Keeps a root as a command has left it.

        Args:
            changes: What it changed; committed.
            snapshot: What it was decided on.
            made: How many connections there had been when it was decided.
            born: See ``Session.born``.
        """
        root = changes.root
        base = self._base(changes, snapshot, made, born)
        if base is None or root.state is not InstanceState.ACTIVE or root.ready or changes.is_operation:
            self._forget(root.id)
            return
        recent = _changed(base, changes, made, self._now() + MAX_SECONDS)
        if not _is_small(recent):
            self._forget(root.id)
            return
        self._keep(recent)

    def task_changed(self, root_id: str, row: UserTaskRow) -> None:
        """Keeps an open user task as a command has left it, where its root is here.

        Args:
            root_id: Its root.
            row: The task; committed.
        """
        recent = self._roots.get(root_id)
        if recent is None:
            return
        known = recent.tasks.get(row.seq)
        if known is None or known.version < row.version:
            newer = recent.with_tasks({**recent.tasks, row.seq: row})
            with self._changing:
                if root_id in self._roots:
                    self._roots[root_id] = newer

    def leased(self, snapshot: Snapshot, made: int) -> None:
        """Keeps a root as it was read for a job that was leased to a worker, who will soon say something about it.

        Args:
            snapshot: What was read after the lease; all that a load for the job would find.
            made: How many connections there had been when it was read.
        """
        root, job = snapshot.root, snapshot.job
        assert root is not None  # noqa: S101 - narrows the types
        assert job is not None  # noqa: S101
        known = self._roots.get(root.id)
        if known is not None and known.root.version == root.version and known.scopes_around(job.seq) is not None:
            recent = replace(known, jobs={**known.jobs, job.seq: job})
        elif root.state is not InstanceState.ACTIVE or root.ready or (known and known.root.version > root.version):
            return
        else:
            recent = replace(_read(snapshot, root, job.seq, made), until=self._now() + MAX_SECONDS)
        if _is_small(recent):
            self._keep(recent)

    def _keep(self, recent: _Recent) -> None:
        with self._changing:
            self._roots.pop(recent.root.id, None)
            self._roots[recent.root.id] = recent
            if len(self._roots) > MAX_ROOTS:
                del self._roots[next(iter(self._roots))]

    def _base(self, changes: Changes, snapshot: Snapshot, made: int, born: int) -> _Recent | None:
        """Returns the root as it was before a command, as far as it is known."""
        if changes.created:
            everything = frozenset((ROOT_SCOPE,))
            return _Recent(made, 0.0, changes.root, _NONE, _NONE, everything, everything, everything, _NONE, _NONE)
        before = snapshot.root
        known = self._roots.get(changes.root.id)
        if before is not None and known is not None and known.root.version == before.version and known.made >= born:
            return known
        target = snapshot.user_task or snapshot.job
        if before is None or target is None:
            return None
        return _read(snapshot, before, target.seq, made)


_NONE: Final[Mapping[Any, Any]] = MappingProxyType({})


def _read(snapshot: Snapshot, root: Root, seq: int, made: int) -> _Recent:
    """Returns a root as a load for a user task or job found it."""
    task, job = snapshot.user_task, snapshot.job
    around = {ROOT_SCOPE}
    inner = seq
    while inner != ROOT_SCOPE and inner in snapshot.elements:
        around.add(inner)
        inner = snapshot.elements[inner].scope
    return _Recent(
        made,
        0.0,
        root,
        snapshot.elements,
        {key: value for key, value in snapshot.variables.items() if value is not None},
        frozenset(around),
        frozenset(snapshot.names_known),
        frozenset(snapshot.values_known),
        _NONE if task is None else {seq: task},
        _NONE if job is None else {seq: job},
    )


def _changed(base: _Recent, changes: Changes, made: int, until: float) -> _Recent:
    """Returns a root with the changes of a command applied, as the store applies them."""
    first_new = 0 if changes.created else base.root.next_seq
    elements = dict(base.elements)
    for seq in changes.delete_elements:
        elements.pop(seq, None)
    elements.update((row.seq, row) for row in changes.put_elements)
    born = [row.seq for row in changes.put_elements if row.seq >= first_new]
    gone = {*changes.delete_elements, *changes.delete_variable_scopes}
    variables = {key: value for key, value in base.variables.items() if key[0] not in gone}
    values_known = (base.values_known - gone).union(born)
    for scope, name, text in changes.put_variables:
        if scope != ROOT_SCOPE and scope not in elements:
            continue  # what a loop keeps for itself: never loaded with the state
        variables[scope, name] = text
        if len(text) > LARGE_BYTES // 4 and len(text.encode("utf-8", "surrogatepass")) > LARGE_BYTES:
            variables[scope, name] = LARGE
            values_known -= {scope}
    tasks = dict(base.tasks)
    for seq in changes.cancel_user_tasks:
        tasks.pop(seq, None)
    for row, expected in changes.put_user_tasks:
        tasks.pop(row.seq, None)
        if row.state in OPEN_USER_TASK_STATES and expected is not None:  # else its version is not known
            tasks[row.seq] = row
    tasks.update((row.seq, row) for row in changes.new_user_tasks if row.state in OPEN_USER_TASK_STATES)
    ended = {*changes.delete_jobs, *(row.seq for row in changes.put_jobs)}
    jobs = {seq: row for seq, row in base.jobs.items() if seq not in ended}
    return _Recent(
        made,
        until,
        changes.root,
        elements,
        variables,
        (base.known - gone).union(born),
        (base.names_known - gone).union(born),
        values_known,
        tasks,
        jobs,
    )


def _is_small(recent: _Recent) -> bool:
    if len(recent.elements) + len(recent.tasks) + len(recent.jobs) + len(recent.variables) > MAX_ROWS:
        return False
    return _characters(recent.variables.values()) <= MAX_CHARACTERS


def _characters(texts: Iterable[str | Large]) -> int:
    return sum(len(text) for text in texts if isinstance(text, str))
