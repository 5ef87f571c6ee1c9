"""What a session can do on either database with the same statements: all that is not hot, and transactions.

Rule of this file: one statement serves both databases unless that costs a hot path a round trip.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from bpmgrpc.store import rows, tables
from bpmgrpc.store.batches import BatchCalls
from bpmgrpc.store.beside import BesideCalls
from bpmgrpc.store.definitions import DefinitionCalls
from bpmgrpc.store.directory import DirectoryCalls
from bpmgrpc.store.gathering import GatheringCalls
from bpmgrpc.store.handovers import HandoverCalls
from bpmgrpc.store.interface import DuplicateRequest, Replay
from bpmgrpc.store.jobs import DueCalls, JobCalls
from bpmgrpc.store.more import load_more
from bpmgrpc.store.notes import NoteCalls
from bpmgrpc.store.operations import OperationCalls
from bpmgrpc.store.pools import PoolCalls
from bpmgrpc.store.retention import RetentionCalls
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, constant, insert_or_replace_expired, number, word
from bpmgrpc.store.user_task_changes import ChangeLogCalls

if TYPE_CHECKING:
    from bpmgrpc.engine.state import Need, Snapshot, UserTaskRow
    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.interface import RequestKey, StoredAnswer

__all__ = ["SessionCalls"]

_tasks: Final = table_of(tables.UserTask)
_instances: Final = table_of(tables.ProcessInstance)
_answers: Final = table_of(tables.RequestAnswer)

_SAVEPOINT: Final = "command"

_ANSWER: Final = Statement(
    select(_answers.c.content_hash, _answers.c.response).where(
        _answers.c.caller == word("caller"),
        _answers.c.rpc == word("rpc"),
        _answers.c.request_id == word("request_id"),
        _answers.c.expire_us > number("now_us"),
    )
)

_PUT_ANSWER: Final = insert_or_replace_expired(_answers, _answers.c.expire_us)


def _open_tasks(*, of_called: bool) -> Statement:
    found = select(*list(_tasks.columns)[1:]).where(_tasks.c.root_id == word("root_id"), _tasks.c.end_us.is_(None))
    if of_called:
        inside = select(number("instance").label("seq")).cte("inside", recursive=True)
        inside = inside.union_all(
            select(_instances.c.seq).where(
                _instances.c.root_id == word("root_id"),
                _instances.c.parent_scope == inside.c.seq,
                # A root has no parent; this keeps it from being its own.
                _instances.c.seq != constant("0"),
            )
        )
        found = found.where(_tasks.c.instance.in_(select(inside.c.seq)))
    return Statement(found.order_by(_tasks.c.create_us, _tasks.c.seq))


_OPEN_TASKS: Final = _open_tasks(of_called=False)
_OPEN_TASKS_OF_CALLED: Final = _open_tasks(of_called=True)


class SessionCalls(
    DefinitionCalls,
    JobCalls,
    DueCalls,
    OperationCalls,
    GatheringCalls,
    DirectoryCalls,
    PoolCalls,
    RetentionCalls,
    ChangeLogCalls,
    BesideCalls,
    HandoverCalls,
    NoteCalls,
    BatchCalls,
):
    """The calls that both kinds of sessions share.

    Args:
        db: The connection.
    """

    def __init__(self, db: Connection) -> None:
        self.db = db

    # -- transactions ---------------------------------------------------------------------------------------------

    @property
    def in_transaction(self) -> bool:
        """See ``Session.in_transaction``."""
        return self.db.in_transaction

    def begin(self) -> None:
        """See ``Session.begin``."""
        self.db.command(self.db.begin_text())

    def savepoint(self) -> None:
        """See ``Session.savepoint``."""
        self.db.command(f"SAVEPOINT {_SAVEPOINT}")

    def release(self) -> None:
        """See ``Session.release``."""
        self.db.command(f"RELEASE SAVEPOINT {_SAVEPOINT}")

    def rollback_to(self) -> None:
        """See ``Session.rollback_to``."""
        self.db.command(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
        self.db.command(f"RELEASE SAVEPOINT {_SAVEPOINT}")

    def commit(self) -> None:
        """See ``Session.commit``."""
        self.db.command("COMMIT")

    def rollback(self) -> None:
        """See ``Session.rollback``."""
        self.db.rollback()

    def transaction(self) -> AbstractContextManager[None]:
        """See ``Session.transaction``."""
        return self.db.transaction()

    # -- answers, tasks, and what commands need besides -----------------------------------------------------------

    def find_answer(self, request: RequestKey) -> Replay | None:
        """See ``Session.find_answer``."""
        found = self.db.fetch(_ANSWER, request._asdict())
        return Replay(found[0][0], bytes(found[0][1])) if found else None

    def insert_answer(self, answer: StoredAnswer, now_us: int) -> None:
        """See ``Session.insert_answer``."""
        values = answer.key._asdict() | {
            "content_hash": answer.content_hash,
            "response": answer.response,
            "expire_us": answer.expire_us,
            "now_us": now_us,
        }
        if self.db.run(_PUT_ANSWER, values) != 1:
            raise DuplicateRequest

    def load_more(self, root_id: str, snapshot: Snapshot, need: Need) -> None:
        """See ``Session.load_more``."""
        load_more(self.db, root_id, snapshot, need)

    def open_user_tasks_of(self, root_id: str, instance: int | None = None) -> list[UserTaskRow]:
        """See ``Session.open_user_tasks_of``."""
        if instance:
            found = self.db.fetch(_OPEN_TASKS_OF_CALLED, {"root_id": root_id, "instance": instance})
        else:
            found = self.db.fetch(_OPEN_TASKS, {"root_id": root_id})
        return [rows.read_user_task(row) for row in found]
