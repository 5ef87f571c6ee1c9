"""The store: rows in SQLite or PostgreSQL, and nothing that decides.

``open_store`` gives a `Store`; ``bpmgrpc.store.interface`` says what that can do.
"""

from __future__ import annotations

from typing import Literal

from bpmgrpc.store.interface import Counter as Counter
from bpmgrpc.store.interface import DefinitionRow as DefinitionRow
from bpmgrpc.store.interface import DefinitionState as DefinitionState
from bpmgrpc.store.interface import DirectoryUser as DirectoryUser
from bpmgrpc.store.interface import DueTimer as DueTimer
from bpmgrpc.store.interface import DuplicateRequest as DuplicateRequest
from bpmgrpc.store.interface import Loaded as Loaded
from bpmgrpc.store.interface import LoadedDefinitions as LoadedDefinitions
from bpmgrpc.store.interface import LoadedTask as LoadedTask
from bpmgrpc.store.interface import Replay as Replay
from bpmgrpc.store.interface import RequestKey as RequestKey
from bpmgrpc.store.interface import SerializationConflict as SerializationConflict
from bpmgrpc.store.interface import Session as Session
from bpmgrpc.store.interface import Settings as Settings
from bpmgrpc.store.interface import StartTimerRow as StartTimerRow
from bpmgrpc.store.interface import Store as Store
from bpmgrpc.store.interface import StoredAnswer as StoredAnswer
from bpmgrpc.store.interface import Target as Target
from bpmgrpc.store.interface import WorkParty as WorkParty
from bpmgrpc.store.url import parse_url

__all__ = [
    "Counter",
    "DefinitionRow",
    "DefinitionState",
    "DirectoryUser",
    "DueTimer",
    "DuplicateRequest",
    "Loaded",
    "LoadedDefinitions",
    "LoadedTask",
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
    "open_store",
]


def open_store(
    url: str,
    *,
    synchronous: Literal["FULL", "NORMAL"] = "FULL",
    pool_size: int = 16,
    statement_timeout_s: float = 30.0,
    lock_timeout_s: float = 5.0,
) -> Store:
    """Opens a database. It is not migrated: see ``Store.migrate``.

    Args:
        url: ``sqlite:///FILE`` or ``postgresql://…``; see ``bpmgrpc.store.url``.
        synchronous: See `Settings`, as the others.
        pool_size: Connections at the most.
        statement_timeout_s: PostgreSQL's limit for one statement, in seconds.
        lock_timeout_s: How long to wait for a lock or a free connection, in seconds.

    Raises:
        InvalidArgument: The URL is wrong.
        Unavailable: The database cannot be reached.
    """
    settings = Settings(
        synchronous=synchronous,
        pool_size=pool_size,
        statement_timeout_s=statement_timeout_s,
        lock_timeout_s=lock_timeout_s,
    )
    parsed = parse_url(url)
    if parsed.dialect == "sqlite":
        from bpmgrpc.store.sqlite_store import SqliteStore

        return SqliteStore(parsed, settings)
    from bpmgrpc.store.postgresql_store import PostgresqlStore

    return PostgresqlStore(parsed, url, settings)
