"""The directory: users with their groups and roles, and work parties.

Rule of this file: what is imported replaces what had its name, whole, and what is deleted is in no other row here
afterwards; nothing else in the database refers to these rows, so a name that is not in the directory is simply one that
matches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select, update

from bpmgrpc.errors import NotFound
from bpmgrpc.store import tables
from bpmgrpc.store.membership import MEMBERSHIP, read_membership
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, constant, insert_or_nothing, insert_or_replace, word
from bpmgrpc.store.user_task_changes import LOG_DIRECTORY_CHANGE

if TYPE_CHECKING:
    from bpmgrpc.engine.state import Membership
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.interface import DirectoryUser, WorkParty

__all__ = ["DirectoryCalls"]

_users: Final = table_of(tables.DirectoryUserRow)
_memberships: Final = table_of(tables.DirectoryMembership)
_parties: Final = table_of(tables.WorkPartyRow)
_members: Final = table_of(tables.WorkPartyMember)

_PUT_USER: Final = insert_or_replace(_users)
_PUT_PARTY: Final = insert_or_replace(_parties)
_ADD_MEMBERSHIP: Final = insert_or_nothing(_memberships)
_ADD_MEMBER: Final = insert_or_nothing(_members)
_CLEAR_USER: Final = Statement(delete(_memberships).where(_memberships.c.user_name == word("name")))
_CLEAR_PARTY: Final = Statement(delete(_members).where(_members.c.work_party == word("name")))
_DELETE_USER: Final = Statement(delete(_users).where(_users.c.name == word("name")))
_DELETE_PARTY: Final = Statement(delete(_parties).where(_parties.c.name == word("name")))
_AS_MEMBER: Final = constant("'U'").concat(word("name"))
_PARTIES_OF: Final = Statement(
    select(_members.c.work_party)
    .where(_members.c.member == _AS_MEMBER)
    .union(select(_parties.c.name).where(_parties.c.lead == word("name")))
)
_LEAVE_PARTIES: Final = Statement(delete(_members).where(_members.c.member == _AS_MEMBER))
_LEAVE_LEAD: Final = Statement(update(_parties).where(_parties.c.lead == word("name")).values(lead=constant("''")))
_CLEAR_ALL: Final = tuple(Statement(delete(table)) for table in (_memberships, _users, _members, _parties))
_COUNT: Final = Statement(
    select(
        select(func.count()).select_from(_users).scalar_subquery(),
        select(func.count()).select_from(_parties).scalar_subquery(),
    )
)


class DirectoryCalls:
    """The calls of ``Session`` that are about the directory."""

    db: Connection

    def import_directory(
        self, users: Sequence[DirectoryUser], work_parties: Sequence[WorkParty], *, replace_all: bool
    ) -> tuple[int, int]:
        """See ``Session.import_directory``."""
        db = self.db
        with db.transaction():
            if replace_all:
                for statement in _CLEAR_ALL:
                    db.run(statement)
            db.run_many(_PUT_USER, [(user.user, user.display_name) for user in users])
            db.run_many(_CLEAR_USER, [(user.user,) for user in users])
            db.run_many(
                _ADD_MEMBERSHIP,
                [
                    (user.user, kind, name)
                    for user in users
                    for kind, names in (("G", user.groups), ("R", user.roles))
                    for name in names
                ],
            )
            db.run_many(_PUT_PARTY, [(party.work_party, party.lead) for party in work_parties])
            db.run_many(_CLEAR_PARTY, [(party.work_party,) for party in work_parties])
            # Listed members first: a lead who is listed too stays listed.
            db.run_many(
                _ADD_MEMBER,
                [
                    (kind + name, party.work_party, 1)
                    for party in work_parties
                    for kind, names in (("U", party.users), ("R", party.roles))
                    for name in names
                ],
            )
            leads = [(f"U{party.lead}", party.work_party, 0) for party in work_parties if party.lead]
            db.run_many(_ADD_MEMBER, leads)
            db.run(LOG_DIRECTORY_CHANGE)
            user_count, work_party_count = db.fetch(_COUNT)[0]
        return user_count, work_party_count

    def delete_directory_user(self, user: str) -> list[str]:
        """See ``Session.delete_directory_user``."""
        db = self.db
        with db.transaction():
            work_parties = sorted({name for (name,) in db.fetch(_PARTIES_OF, {"name": user})})
            if not db.run(_DELETE_USER, {"name": user}):
                raise NotFound(f"the directory has no user {user!r}", metadata={"user": user})
            for statement in (_CLEAR_USER, _LEAVE_PARTIES, _LEAVE_LEAD):
                db.run(statement, {"name": user})
            db.run(LOG_DIRECTORY_CHANGE)
        return work_parties

    def delete_work_party(self, work_party: str) -> None:
        """See ``Session.delete_work_party``."""
        db = self.db
        with db.transaction():
            if not db.run(_DELETE_PARTY, {"name": work_party}):
                raise NotFound(f"the directory has no work party {work_party!r}", metadata={"work_party": work_party})
            db.run(_CLEAR_PARTY, {"name": work_party})
            db.run(LOG_DIRECTORY_CHANGE)

    def membership(self, user: str, work_party: str = "") -> Membership:
        """See ``Session.membership``."""
        return read_membership(user, self.db.fetch(MEMBERSHIP, {"user": user, "work_party": work_party}))
