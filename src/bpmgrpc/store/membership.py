"""Membership: one statement that says to which groups, roles and work parties a user belongs.

Rule of this file: it is asked at the moment of need, never remembered with a task.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, union, union_all

from bpmgrpc.engine.state import Membership
from bpmgrpc.store import tables
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, constant, word
from bpmgrpc.store.views import UserTaskPart

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.sql.selectable import CompoundSelect

__all__ = ["MEMBERSHIP", "OFFERED", "candidate_keys_of", "membership_rows", "read_membership"]

_memberships: Final = table_of(tables.DirectoryMembership)
_members: Final = table_of(tables.WorkPartyMember)
_parties: Final = table_of(tables.WorkPartyRow)


def _quoted(text: str) -> Any:
    return constant(f"'{text}'")


def _parties_of(user: ColumnElement[str]) -> CompoundSelect[Any]:
    """Names of the work parties that a user belongs to: by name (the lead too), or by one of the user's roles."""
    by_name = select(_members.c.work_party).where(_members.c.member == _quoted("U").concat(user))
    by_role = (
        select(_members.c.work_party)
        .join_from(_memberships, _members, _members.c.member == _quoted("R").concat(_memberships.c.name))
        .where(_memberships.c.user_name == user, _memberships.c.kind == _quoted("R"))
    )
    return union(by_name, by_role)


def membership_rows(user: ColumnElement[str], work_party: ColumnElement[str]) -> CompoundSelect[Any]:
    """Rows ``(kind, name)``: G groups, R roles, P work parties of the user; K the asked work party where it exists."""
    parties = _parties_of(user).subquery()
    return union_all(
        select(_memberships.c.kind.label("kind"), _memberships.c.name.label("name")).where(
            _memberships.c.user_name == user
        ),
        select(_quoted("P"), parties.c.work_party),
        select(_quoted("K"), _parties.c.name).where(_parties.c.name == work_party),
    )


def _of_kind(kind: str) -> Callable[[ColumnElement[str]], Select[Any]]:
    return lambda user: select(_memberships.c.kind.concat(_memberships.c.name)).where(
        _memberships.c.user_name == user, _memberships.c.kind == _quoted(kind)
    )


def _of_parties(user: ColumnElement[str]) -> Select[Any]:
    return select(_quoted("P").concat(_parties_of(user).subquery().c.work_party))


# Keys of pools by the part of a user's tasks that lies in them.
OFFERED: Final[Mapping[UserTaskPart, Callable[[ColumnElement[str]], Select[Any]]]] = {
    UserTaskPart.OFFERED_TO_USER: lambda user: select(_quoted("U").concat(user)),
    UserTaskPart.OFFERED_TO_GROUPS: _of_kind("G"),
    UserTaskPart.OFFERED_TO_ROLES: _of_kind("R"),
    UserTaskPart.OFFERED_TO_WORK_PARTIES: _of_parties,
}


def candidate_keys_of(user: ColumnElement[str], parts: Container[UserTaskPart]) -> Any:
    """Keys of ``user_task_candidate`` under which parts of a user's tasks are offered."""
    chosen = [keys(user) for part, keys in OFFERED.items() if part in parts]
    return union_all(*chosen) if len(chosen) > 1 else chosen[0]


MEMBERSHIP: Final = Statement(membership_rows(word("user"), word("work_party")))


def read_membership(user: str, found: Iterable[Sequence[Any]]) -> Membership:
    """Reads the rows of `membership_rows`."""
    kinds: dict[str, set[str]] = {"G": set(), "R": set(), "P": set(), "K": set()}
    for kind, name in found:
        kinds[kind].add(name)
    return Membership(user, frozenset(kinds["G"]), frozenset(kinds["R"]), frozenset(kinds["P"]), frozenset(kinds["K"]))
