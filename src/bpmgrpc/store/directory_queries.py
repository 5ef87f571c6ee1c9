"""Questions about the directory."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from bpmgrpc.errors import NotFound
from bpmgrpc.store import tables
from bpmgrpc.store.interface import DirectoryUser, WorkParty
from bpmgrpc.store.paging import Listing, Page, PageRequest
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, among_texts, constant, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpmgrpc.store.connection import Connection

__all__ = ["DirectoryQueries"]

_users: Final = table_of(tables.DirectoryUserRow)
_memberships: Final = table_of(tables.DirectoryMembership)
_parties: Final = table_of(tables.WorkPartyRow)
_members: Final = table_of(tables.WorkPartyMember)

_USER: Final = Statement(select(_users).where(_users.c.name == word("user")))
_PARTY: Final = Statement(select(_parties).where(_parties.c.name == word("work_party")))
_MEMBERSHIPS: Final = Statement(
    lambda dialect: (
        select(_memberships)
        .where(among_texts(_memberships.c.user_name, "names", dialect))
        .order_by(_memberships.c.user_name, _memberships.c.kind, _memberships.c.name)
    )
)
_MEMBERS: Final = Statement(
    lambda dialect: (
        select(_members.c.work_party, _members.c.member)
        .where(among_texts(_members.c.work_party, "names", dialect), _members.c.listed == constant("1"))
        .order_by(_members.c.work_party, _members.c.member)
    )
)


def _pair(row: Sequence[Any]) -> tuple[str, str]:
    return row[0], row[1]


_USER_LIST: Final = Listing(
    name="directory_users",
    build=lambda _shape, _dialect: (select(_users), _users.c),
    orders={"user": lambda user: user.name},
    default_order="user",
    key=(),
    read=_pair,
)
_PARTY_LIST: Final = Listing(
    name="work_parties",
    build=lambda _shape, _dialect: (select(_parties), _parties.c),
    orders={"work_party": lambda party: party.name},
    default_order="work_party",
    key=(),
    read=_pair,
)


class DirectoryQueries:
    """The queries about users and work parties."""

    db: Connection

    def get_directory_user(self, user: str) -> DirectoryUser:
        """Returns a user with groups and roles, both in order of their names.

        Raises:
            NotFound: The directory has none of that name.
        """
        found = self.db.fetch(_USER, {"user": user})
        if not found:
            raise NotFound(f"the directory has no user {user[:255]!r}", metadata={"user": user[:255]})
        return self._users([_pair(found[0])])[0]

    def list_directory_users(self, page: PageRequest) -> Page[DirectoryUser]:
        """Returns a page of users, by name.

        Raises:
            InvalidArgument: ``page_size``, ``page_token``, ``skip`` or ``order_by`` is wrong.
        """
        found = _USER_LIST.page(self.db, None, {}, page)
        return Page(self._users(found.items), found.next_page_token, found.total_size)

    def list_work_parties(self, page: PageRequest) -> Page[WorkParty]:
        """Returns a page of work parties, by name, their members in order of their names.

        Raises:
            InvalidArgument: ``page_size``, ``page_token``, ``skip`` or ``order_by`` is wrong.
        """
        found = _PARTY_LIST.page(self.db, None, {}, page)
        return Page(self._parties(found.items), found.next_page_token, found.total_size)

    def get_work_party(self, work_party: str) -> WorkParty:
        """Returns a work party, its members in order of their names.

        Raises:
            NotFound: The directory has none of that name.
        """
        found = self.db.fetch(_PARTY, {"work_party": work_party})
        if not found:
            raise NotFound(f"the directory has no work party {work_party!r}", metadata={"work_party": work_party})
        return self._parties([_pair(found[0])])[0]

    def _parties(self, found: Sequence[tuple[str, str]]) -> list[WorkParty]:
        members: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for party, member in self._of(_MEMBERS, [name for name, _ in found]):
            members[party, member[0]].append(member[1:])
        return [WorkParty(name, tuple(members[name, "U"]), tuple(members[name, "R"]), lead) for name, lead in found]

    def _users(self, found: Sequence[tuple[str, str]]) -> list[DirectoryUser]:
        kinds: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for user, kind, name in self._of(_MEMBERSHIPS, [name for name, _ in found]):
            kinds[user, kind].append(name)
        return [
            DirectoryUser(name, display_name, tuple(kinds[name, "G"]), tuple(kinds[name, "R"]))
            for name, display_name in found
        ]

    def _of(self, statement: Statement, names: list[str]) -> list[Sequence[Any]]:
        return self.db.fetch(statement, {"names": json.dumps(names, ensure_ascii=False)}) if names else []
