"""How long ended instances are kept, and taking out those that need not be any longer.

Rule of this file: an instance that has ended goes whole, with every row that is keyed by its root, in one transaction;
one that is open never goes. No index is kept for it, so that a command pays nothing: whoever takes instances out walks
over all that are old enough, in the order in which they were started, some rows at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, delete, or_, select

from bpmgrpc.store import tables
from bpmgrpc.store.paging import Listing
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, constant, insert_or_replace, number, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

    from bpmgrpc.store.connection import Connection
    from bpmgrpc.store.statements import Dialect

__all__ = [
    "FOREVER",
    "RETENTIONS",
    "AgedInstance",
    "RetentionCalls",
    "RetentionRow",
    "aged_instances",
    "all_retentions",
]

FOREVER: Final = -1  # in keep_us: it is never taken out

_retentions: Final = table_of(tables.HistoryRetention)
_instances: Final = table_of(tables.ProcessInstance)
_definitions: Final = table_of(tables.ProcessDefinition)


class RetentionRow(NamedTuple):
    """How long ended instances of a process are kept, as far as somebody said so.

    Attributes:
        process_name: The process.
        app_name: Its application.
        model_us: What the model of the latest version says, microseconds; FOREVER; None: nothing.
        call_us: What a call said, which counts more.
    """

    process_name: str
    app_name: str
    model_us: int | None
    call_us: int | None

    @property
    def keep_us(self) -> int:
        """What counts; a row says one of the two at least."""
        keep = self.model_us if self.call_us is None else self.call_us
        return FOREVER if keep is None else keep


class AgedInstance(NamedTuple):
    """A root instance, on the walk over them."""

    create_us: int
    root_id: str
    end_us: int | None
    process_name: str
    app_name: str


_AGED: Final = Statement(
    select(
        _instances.c.create_us,
        _instances.c.root_id,
        _instances.c.end_us,
        _definitions.c.process_name,
        _definitions.c.app_name,
    )
    .join_from(_instances, _definitions, _definitions.c.id == _instances.c.definition_id)
    .where(
        _instances.c.seq == constant("0"),
        _instances.c.create_us < number("before_us"),
        # The first comparison again, as a range that the index can be entered at.
        _instances.c.create_us >= number("after_us"),
        or_(
            _instances.c.create_us > number("after_us"),
            and_(_instances.c.create_us == number("after_us"), _instances.c.root_id > word("after_id")),
        ),
    )
    .order_by(_instances.c.create_us, _instances.c.root_id)
    .limit(number("room"))
)
# The log of changes is not found by root; it is removed from its old end, by itself.
_OF_ROOTS: Final = tuple(
    table
    for table in tables.METADATA.sorted_tables
    if "root_id" in table.columns and table is not table_of(tables.UserTaskChange)
)
_DELETE: Final = tuple(Statement(delete(table).where(table.c.root_id == word("root_id"))) for table in _OF_ROOTS)

_FIND: Final = Statement(
    select(_retentions).where(
        _retentions.c.process_name == word("process_name"), _retentions.c.app_name == word("app_name")
    )
)
_ALL: Final = Statement(select(_retentions))
_PUT: Final = insert_or_replace(_retentions)
_REMOVE: Final = Statement(
    delete(_retentions).where(
        _retentions.c.process_name == word("process_name"), _retentions.c.app_name == word("app_name")
    )
)


def _list(_shape: object, _dialect: Dialect) -> tuple[Select[Any], Any]:
    return select(_retentions), _retentions.c


def _read(row: Sequence[Any]) -> RetentionRow:
    return RetentionRow(*row)


RETENTIONS: Final[Listing[RetentionRow]] = Listing(
    name="history_retentions",
    build=_list,
    orders={"process_name": lambda row: row.process_name, "app_name": lambda row: row.app_name},
    default_order="process_name, app_name",
    key=("process_name", "app_name"),
    read=_read,
)


def aged_instances(db: Connection, after: tuple[int, str], before_us: int, limit: int) -> list[AgedInstance]:
    """Returns root instances in the order in which they were started, ended or not.

    Args:
        db: The connection.
        after: Start time and id of the last one seen.
        before_us: Only those started before.
        limit: How many.
    """
    values = {"after_us": after[0], "after_id": after[1], "before_us": before_us, "room": limit}
    return [AgedInstance(*row) for row in db.fetch(_AGED, values)]


def all_retentions(db: Connection) -> list[RetentionRow]:
    """Returns what is said of each process."""
    return [_read(row) for row in db.fetch(_ALL)]


class RetentionCalls:
    """The calls of ``Session`` that are about how long instances are kept."""

    db: Connection

    def find_retention(self, process_name: str, app_name: str) -> RetentionRow | None:
        """See ``Session.find_retention``."""
        found = self.db.fetch(_FIND, {"process_name": process_name, "app_name": app_name})
        return _read(found[0]) if found else None

    def put_retention(self, row: RetentionRow) -> None:
        """See ``Session.put_retention``."""
        if row.model_us is None and row.call_us is None:
            self.db.run(_REMOVE, row._asdict())
        else:
            self.db.run(_PUT, row._asdict())

    def delete_instances(self, root_ids: Sequence[str]) -> None:
        """See ``Session.delete_instances``."""
        rows = [(root_id,) for root_id in root_ids]
        with self.db.transaction():
            for statement in _DELETE:
                self.db.run_many(statement, rows)
