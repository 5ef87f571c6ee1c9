"""What people ask: rows as the last commit left them.

Rule of this package's queries: nothing is changed, and everything in one ``Store.reader()`` block sees one state. Each
kind of row has its own file; this class puts them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import literal_column, select

from bpmgrpc.store.query_definitions import DefinitionQueries
from bpmgrpc.store.query_directory import DirectoryQueries
from bpmgrpc.store.query_history import HistoryQueries
from bpmgrpc.store.query_incidents import IncidentQueries
from bpmgrpc.store.query_instances import InstanceQueries
from bpmgrpc.store.query_user_tasks import UserTaskQueries
from bpmgrpc.store.statements import Statement

if TYPE_CHECKING:
    from bpmgrpc.store.connection import Connection

__all__ = ["Queries"]

_PING: Final = Statement(select(literal_column("1")))


class Queries(
    DefinitionQueries, DirectoryQueries, HistoryQueries, IncidentQueries, InstanceQueries, UserTaskQueries
):
    """A connection that reads.

    Args:
        db: The connection.
    """

    def __init__(self, db: Connection) -> None:
        self.db = db

    def ping(self) -> None:
        """Asks the database for a sign of life."""
        self.db.fetch(_PING)
