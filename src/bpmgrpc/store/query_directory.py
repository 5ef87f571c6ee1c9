"""Lists of the directory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import literal_column, select

from bpmgrpc.store import tables
from bpmgrpc.store.interface import DirectoryUser, WorkParty
from bpmgrpc.store.lists import Listing
from bpmgrpc.store.paging import Order, Page, PageOf
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, among_texts, word

if TYPE_CHECKING:
    from bpmgrpc.store.connection import Connection

_users: Final = table_of(tables.DirectoryUserRow)
_memberships: Final = table_of(tables.DirectoryMembership)
_parties: Final = table_of(tables.WorkPartyRow)
_members: Final = table_of(tables.WorkPartyMember)


def _by_name(name: str, table: Any) -> Listing[Sequence[Any]]:
    return Listing(
        name=name,
        columns=list(table.columns),
        source=table,
        orders={"name": Order("name", table.c.name)},
        default_order="name",
        keys=(),
        conditions={"name": lambda _: table.c.name == word("name")},
        read=lambda row: row,
    )


_USERS: Final = _by_name("users", _users)
_PARTIES: Final = _by_name("work_parties", _parties)
_OF_USERS: Final = Statement(
    lambda dialect: select(_memberships.c.user_name, _memberships.c.kind, _memberships.c.name)
    .where(among_texts(_memberships.c.user_name, "names", dialect))
    .order_by(_memberships.c.name)
)
_OF_PARTIES: Final = Statement(
    lambda dialect: select(_members.c.work_party, _members.c.member)
    .where(among_texts(_members.c.work_party, "names", dialect), _members.c.listed == literal_column("1"))
    .order_by(_members.c.member)
)


class DirectoryQueries:
    """What people ask about the directory."""

    db: Connection

    def get_directory_user(self, name: str) -> DirectoryUser | None:
        """Returns one user."""
        users = self._with_memberships(_USERS.page(self.db, {"name": {"name": name}}, Page(size=1)).rows)
        return users[0] if users else None

    def list_directory_users(self, page: Page) -> PageOf[DirectoryUser]:
        """Lists users by name."""
        found = _USERS.page(self.db, {}, page)
        return PageOf(self._with_memberships(found.rows), found.next_token, found.total)

    def _with_memberships(self, rows: Sequence[Sequence[Any]]) -> list[DirectoryUser]:
        names: dict[tuple[str, str], list[str]] = {}
        asked = json.dumps([row[0] for row in rows], ensure_ascii=False)
        for user, kind, name in self.db.fetch(_OF_USERS, {"names": asked}):
            names.setdefault((user, kind), []).append(name)
        return [
            DirectoryUser(user, shown, tuple(names.get((user, "G"), ())), tuple(names.get((user, "R"), ())))
            for user, shown in rows
        ]

    def list_work_parties(self, page: Page) -> PageOf[WorkParty]:
        """Lists work parties by name."""
        found = _PARTIES.page(self.db, {}, page)
        members: dict[tuple[str, str], list[str]] = {}
        asked = json.dumps([row[0] for row in found.rows], ensure_ascii=False)
        for party, member in self.db.fetch(_OF_PARTIES, {"names": asked}):
            members.setdefault((party, member[0]), []).append(member[1:])
        parties = [
            WorkParty(party, tuple(members.get((party, "U"), ())), tuple(members.get((party, "R"), ())), lead)
            for party, lead in found.rows
        ]
        return PageOf(parties, found.next_token, found.total)
