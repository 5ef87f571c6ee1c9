"""The pools that assignment strategies choose from.

Rule of this file: who chooses from a pool holds its row until the transaction ends, so that of two commands the later
one sees what the earlier one chose: its turn, and the open tasks that came of it. Candidates are resolved now, by the
directory as it is.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, or_, select, union

from bpmgrpc.engine.state import Pool, UserTaskState
from bpmgrpc.store import tables
from bpmgrpc.store.rows import candidate_keys, table_of
from bpmgrpc.store.statements import (
    Statement,
    among_texts,
    constant,
    insert_or_nothing,
    insert_or_replace,
    number,
    word,
)

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ClauseElement

    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.engine.state import Candidates, PoolAsk
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = ["AssignmentCalls", "pool_key"]

_turns: Final = table_of(tables.AssignmentTurn)
_memberships: Final = table_of(tables.DirectoryMembership)
_members: Final = table_of(tables.WorkPartyMember)
_tasks: Final = table_of(tables.UserTask)

MAX_KEY: Final = 500  # characters of a key that people can read; an index of PostgreSQL takes 2,700 bytes

_LAST: Final = Statement(
    lambda dialect: (
        select(_turns.c.last_user).where(_turns.c.pool == word("pool"))
        if dialect == "sqlite"  # whose transactions that write are one after the other
        else select(_turns.c.last_user).where(_turns.c.pool == word("pool")).with_for_update()
    )
)
_MAKE: Final = insert_or_nothing(_turns)
_PUT: Final = insert_or_replace(_turns)


def _resolved(dialect: Dialect) -> ClauseElement:
    """Users of groups, of roles, of a work party by name (its lead too), and of that by role."""
    party = _members.c.work_party == word("work_party")
    named = _memberships.c.name
    return union(
        select(_memberships.c.user_name).where(
            or_(
                and_(_memberships.c.kind == constant("'G'"), among_texts(named, "groups", dialect)),
                and_(_memberships.c.kind == constant("'R'"), among_texts(named, "roles", dialect)),
            )
        ),
        select(func.substr(_members.c.member, constant("2"))).where(
            party, func.substr(_members.c.member, constant("1"), constant("1")) == constant("'U'")
        ),
        select(_memberships.c.user_name)
        .join_from(_members, _memberships, _members.c.member == constant("'R'").concat(named))
        .where(party, _memberships.c.kind == constant("'R'")),
    )


_MEMBERS: Final = Statement(_resolved)


def _open(dialect: Dialect) -> ClauseElement:
    # "assignee <> ''" names the partial index on what users have claimed.
    return (
        select(_tasks.c.assignee, func.count())
        .where(
            _tasks.c.end_us.is_(None),
            _tasks.c.assignee != constant("''"),
            among_texts(_tasks.c.assignee, "users", dialect),
        )
        .group_by(_tasks.c.assignee)
    )


_OPEN: Final = Statement(_open)


_COMPLETERS: Final = Statement(
    lambda dialect: (
        select(_tasks.c.assignee)
        .where(
            _tasks.c.root_id == word("root_id"),
            _tasks.c.instance == number("instance"),
            among_texts(_tasks.c.element_id, "elements", dialect),
            _tasks.c.state == constant(f"'{UserTaskState.COMPLETED.value}'"),
        )
        .distinct()
    )
)


def pool_key(candidates: Candidates) -> str:
    """Returns the key of a pool: its candidates as they are written with a task, a hash where they are many."""
    text = json.dumps(candidate_keys(candidates), ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= MAX_KEY else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _texts(names: tuple[str, ...]) -> str:
    return json.dumps(names, ensure_ascii=False)


class AssignmentCalls:
    """The calls of ``Session`` that choose people for tasks."""

    db: Connection

    def pool(self, ask: PoolAsk, root_id: str = "") -> Pool:
        """See ``Session.pool``."""
        candidates = ask.candidates
        last = self._hold(pool_key(candidates)) if ask.held else ""
        members = set(candidates.users)
        if candidates.groups or candidates.roles or candidates.work_party:
            asked = {
                "groups": _texts(candidates.groups),
                "roles": _texts(candidates.roles),
                "work_party": candidates.work_party,
            }
            members.update(user for (user,) in self.db.fetch(_MEMBERS, asked))
        users = tuple(sorted(members))
        # After the row is held: on PostgreSQL a statement sees what was committed when it began.
        counts = self.db.fetch(_OPEN, {"users": _texts(users)}) if ask.counted else ()
        completers = self._completers(ask, root_id) if ask.completers_of else frozenset[str]()
        return Pool(users, last, {row[0]: row[1] for row in counts}, completers)

    def _completers(self, ask: PoolAsk, root_id: str) -> frozenset[str]:
        asked = {"root_id": root_id, "instance": ask.instance, "elements": _texts(ask.completers_of)}
        return frozenset(row[0] for row in self.db.fetch(_COMPLETERS, asked))

    def _hold(self, key: str) -> str:
        found = self.db.fetch(_LAST, {"pool": key})
        if not found and self.db.dialect == "postgresql":
            self.db.run_many(_MAKE, [(key, "")])  # waits for whoever makes it at the same time
            found = self.db.fetch(_LAST, {"pool": key})
        return str(found[0][0]) if found else ""

    def write_turns(self, changes: Changes) -> None:
        """Writes who was chosen last; within the command's own transaction."""
        values: list[tuple[Any, ...]] = [(pool_key(candidates), user) for candidates, user in changes.turns]
        self.db.run_many(_PUT, values)
