"""Who gets a delegated user task back, and who leads a work party.

Rule of this file: it is read only when a task changes hands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from bpmgrpc.store import tables
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, insert_or_replace, number, word

if TYPE_CHECKING:
    from bpmgrpc.store.connection import Connection

__all__ = ["HandoverCalls"]

_delegations: Final = table_of(tables.UserTaskDelegation)
_parties: Final = table_of(tables.WorkPartyRow)

_PUT: Final = insert_or_replace(_delegations)
_FIND: Final = Statement(
    select(_delegations.c.delegator).where(
        _delegations.c.root_id == word("root_id"), _delegations.c.seq == number("seq")
    )
)
_LEAD: Final = Statement(select(_parties.c.lead).where(_parties.c.name == word("name")))


class HandoverCalls:
    """The calls of ``Session`` that are about user tasks that change hands."""

    db: Connection

    def put_delegator(self, root_id: str, seq: int, delegator: str) -> None:
        """See ``Session.put_delegator``."""
        self.db.run(_PUT, {"root_id": root_id, "seq": seq, "delegator": delegator})

    def delegator_of(self, root_id: str, seq: int) -> str:
        """See ``Session.delegator_of``."""
        found = self.db.fetch(_FIND, {"root_id": root_id, "seq": seq})
        return str(found[0][0]) if found else ""

    def lead_of(self, work_party: str) -> str:
        """See ``Session.lead_of``."""
        found = self.db.fetch(_LEAD, {"name": work_party})
        return str(found[0][0]) if found else ""
