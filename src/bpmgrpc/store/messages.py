"""Messages, signals, and what a transaction leaves to be done in others.

Rule of this file: a delivery is written by the transaction that causes it and removed by the one that does it, so that
it is done once, whoever does it and whatever fails in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    insert,
    not_,
    or_,
    select,
    true,
    union,
    union_all,
    update,
)

from bpmgrpc import values
from bpmgrpc.store import tables
from bpmgrpc.store.records import DeliveryKind, DeliveryRow, MessageRow, Receiver, source_of
from bpmgrpc.store.rows import refuse_nul, table_of
from bpmgrpc.store.statements import Statement, constant, insert_of, insert_or_nothing, number, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select

    from bpmgrpc.engine.changes import Changes
    from bpmgrpc.engine.state import SubscriptionRow
    from bpmgrpc.store.connection import Connection

__all__ = ["THROWN_MESSAGE_US", "MessageCalls"]

THROWN_MESSAGE_US: Final = 86_400_000_000  # a message that an event throws waits a day for its receiver

_subscriptions: Final = table_of(tables.EventSubscription)
_starts: Final = table_of(tables.EventStart)
_messages: Final = table_of(tables.Message)
_deliveries: Final = table_of(tables.Delivery)
_instances: Final = table_of(tables.ProcessInstance)
_definitions: Final = table_of(tables.ProcessDefinition)

_NONE: Final = constant("''")
_ZERO: Final = constant("0")
_ONE: Final = constant("1")
_HAS_NAME: Final = _subscriptions.c.name != _NONE  # as the index on names says
_IS_SIGNAL: Final = and_(_HAS_NAME, _subscriptions.c.kind == constant("'SIGNAL'"))
_IS_MESSAGE: Final = and_(_HAS_NAME, _subscriptions.c.kind == constant("'MESSAGE'"))
_STARTS_BY_SIGNAL: Final = _starts.c.kind == constant("'SIGNAL'")
_STARTS_BY_MESSAGE: Final = _starts.c.kind == constant("'MESSAGE'")


def _delivery(kind: DeliveryKind, receiver: Any, seq: Any, element_id: Any) -> Select[Any]:
    """A delivery of a signal for each row of a table."""
    return select(
        cast(word("source"), Text),
        cast(number("number"), BigInteger),
        constant(f"'{kind.value}'"),
        receiver,
        seq,
        element_id,
        cast(word("variables"), Text),
        cast(number("now_us"), BigInteger),
    )


def _waits_behind_the_gateway() -> ColumnElement[bool]:
    """Whether an instance of the process waits for the signal at the event of a start, behind a parallel event-based
    gateway. Then the signal is that instance's, and starts no other.
    """
    mine, others = _definitions.alias("mine"), _definitions.alias("others")
    return exists(
        select(constant("1"))
        .select_from(_subscriptions)
        .join(_instances, and_(_instances.c.root_id == _subscriptions.c.root_id, _instances.c.seq == _ZERO))
        .join(others, others.c.id == _instances.c.definition_id)
        .join(mine, and_(mine.c.process_name == others.c.process_name, mine.c.app_name == others.c.app_name))
        .where(
            _IS_SIGNAL,
            _subscriptions.c.name == word("name"),
            _subscriptions.c.app_name == word("app_name"),
            _subscriptions.c.element_id == _starts.c.element_id,
            mine.c.id == _starts.c.definition_id,
        )
        .correlate(_starts)
    )


def _broadcast() -> Statement:
    """Leaves a signal for everybody who waits for it: one statement, so that all of them are those of one moment."""
    waiting = _delivery(DeliveryKind.SIGNAL, _subscriptions.c.root_id, _subscriptions.c.seq, _NONE).where(
        _IS_SIGNAL,
        _subscriptions.c.name == word("name"),
        _subscriptions.c.app_name == word("app_name"),
        _subscriptions.c.root_id != word("but_root"),
    )
    started = _delivery(DeliveryKind.SIGNAL_START, _starts.c.definition_id, _starts.c.part, _starts.c.element_id).where(
        _STARTS_BY_SIGNAL,
        _starts.c.name == word("name"),
        _starts.c.app_name == word("app_name"),
        or_(_starts.c.gateway_id == _NONE, not_(_waits_behind_the_gateway())),
    )
    names = [column.name for column in _deliveries.columns]
    return Statement(insert(_deliveries).from_select(names, union_all(waiting, started)))


_SIGNAL: Final = _broadcast()
_SIGNAL_APPS: Final = Statement(
    union(
        select(_subscriptions.c.app_name.label("app_name")).where(_IS_SIGNAL, _subscriptions.c.name == word("name")),
        select(_starts.c.app_name).where(_STARTS_BY_SIGNAL, _starts.c.name == word("name")),
    ).order_by("app_name")
)

_INSERT_MESSAGE: Final = insert_or_nothing(_messages)
_FORGET_MESSAGE: Final = Statement(
    delete(_messages).where(
        _messages.c.name == word("of_name"),
        _messages.c.app_name == word("of_app"),
        _messages.c.message_id == word("of_message_id"),
        _messages.c.message_id != _NONE,
        _messages.c.expire_us <= number("now_us"),
    )
)
_WAITS: Final = (_messages.c.taken == _ZERO, _messages.c.expire_us > number("now_us"))
_FIND_MESSAGE: Final = Statement(select(_messages).where(_messages.c.id == word("id"), *_WAITS))


def _find_message_for(*, explicit: bool) -> Statement:
    key = _messages.c.correlation_key
    fits = (
        key == word("key")
        if explicit
        else or_(word("business_key") == _NONE, key == _NONE, key == word("business_key"))
    )
    return Statement(
        select(_messages)
        .where(
            _messages.c.name == word("name"),
            or_(_messages.c.app_name == word("app_name"), _messages.c.app_name == _NONE),
            fits,
            *_WAITS,
        )
        .order_by(_messages.c.create_us, _messages.c.id)
        .limit(1)
    )


_MESSAGE_OF_KEY: Final = _find_message_for(explicit=True)
_MESSAGE_OF_NAME: Final = _find_message_for(explicit=False)
_TAKE_MESSAGE: Final = Statement(
    update(_messages)
    .values(
        {
            _messages.c.taken: _ONE,
            _messages.c.variables: _NONE,
            # Only what has a publisher's id is kept longer, so that a second one of that id is known.
            _messages.c.expire_us: case((_messages.c.message_id == _NONE, _ZERO), else_=_messages.c.expire_us),
        }
    )
    .where(_messages.c.id == word("of_id"), _messages.c.taken == _ZERO)
)
_CORRELATE_MESSAGE: Final = Statement(
    update(_messages).values({_messages.c.correlation_key: word("key")}).where(_messages.c.id == word("of_id"))
)
_EXPIRE_MESSAGES: Final = Statement(
    delete(_messages).where(
        _messages.c.id.in_(
            select(_messages.c.id)
            .where(_messages.c.expire_us <= number("now_us"))
            .order_by(_messages.c.expire_us)
            .limit(number("room"))
        )
    )
)


def _find_receiver(*, app: bool) -> Statement:
    key, business_key = _subscriptions.c.correlation_key, _subscriptions.c.business_key
    return Statement(
        select(_subscriptions.c.root_id, _subscriptions.c.seq)
        .where(
            _IS_MESSAGE,
            _subscriptions.c.name == word("name"),
            _subscriptions.c.app_name == word("app_name") if app else true(),
            or_(key == word("key"), key == _NONE),
            or_(key != _NONE, business_key == _NONE, word("key") == _NONE, business_key == word("key")),
        )
        .order_by(
            case((key != _NONE, _ZERO), (business_key == word("key"), _ONE), else_=constant("2")),
            _subscriptions.c.create_us,
            _subscriptions.c.root_id,
            _subscriptions.c.seq,
        )
        .limit(1)
    )


def _find_start(*, app: bool) -> Statement:
    return Statement(
        select(_starts.c.definition_id, _starts.c.element_id)
        .where(
            _STARTS_BY_MESSAGE,
            _starts.c.name == word("name"),
            _starts.c.app_name == word("app_name") if app else true(),
        )
        .order_by(_starts.c.definition_id, _starts.c.element_id)
        .limit(1)
    )


# Also of a process that is suspended: that holds its starts, not its instances.
_CORRELATES: Final = _starts.c.kind.in_((constant("'CORRELATED'"), constant("'HELD_CORRELATED'")))


def _find_correlating(*, app: bool) -> Statement:
    return Statement(
        select(_starts.c.definition_id)
        .where(
            _CORRELATES,
            _starts.c.name == word("name"),
            _starts.c.app_name == word("app_name") if app else true(),
        )
        .order_by(_starts.c.definition_id)
    )


_CORRELATING: Final = {app: _find_correlating(app=app) for app in (False, True)}
_RECEIVER: Final = {app: _find_receiver(app=app) for app in (False, True)}
_START: Final = {app: _find_start(app=app) for app in (False, True)}

_AT_EVENT: Final = Statement(
    select(_subscriptions.c.root_id, _subscriptions.c.seq)
    .select_from(_subscriptions)
    .join(_instances, and_(_instances.c.root_id == _subscriptions.c.root_id, _instances.c.seq == _ZERO))
    .join(_definitions, _definitions.c.id == _instances.c.definition_id)
    .where(
        _IS_SIGNAL,
        _subscriptions.c.name == word("name"),
        _subscriptions.c.app_name == word("app_name"),
        _subscriptions.c.element_id == word("element_id"),
        _definitions.c.process_name == word("process_name"),
    )
    .order_by(_subscriptions.c.create_us, _subscriptions.c.root_id, _subscriptions.c.seq)
    .limit(1)
)

_INSERT_DELIVERY: Final = insert_of(_deliveries)
_OF_SOURCE: Final = Statement(
    select(_deliveries)
    .where(_deliveries.c.source == word("source"))
    .order_by(*_deliveries.primary_key.columns)
    .limit(number("room"))
)
_OLD: Final = Statement(
    select(_deliveries)
    .where(_deliveries.c.create_us <= number("older_than_us"))
    .order_by(_deliveries.c.create_us, *_deliveries.primary_key.columns)
    .limit(number("room"))
)
_TAKE: Final = Statement(
    delete(_deliveries).where(
        _deliveries.c.source == word("of_source"),
        _deliveries.c.number == number("of_number"),
        _deliveries.c.kind == word("of_kind"),
        _deliveries.c.receiver == word("of_receiver"),
        _deliveries.c.seq == number("of_seq"),
        _deliveries.c.element_id == word("of_element_id"),
    )
)


def _read_message(row: Sequence[Any]) -> MessageRow:
    id_, app_name, name, key, message_id, variables, create_us, expire_us, taken = row
    return MessageRow(id_, app_name, name, key, message_id, variables, create_us, expire_us, taken == 1)


def _read_delivery(row: Sequence[Any]) -> DeliveryRow:
    source, number_, kind, receiver, seq, element_id, variables, _ = row
    return DeliveryRow(source, number_, DeliveryKind(kind), receiver, seq, element_id, variables)


class MessageCalls:
    """The calls of ``Session`` that are about messages, signals and deliveries."""

    db: Connection

    def leave(self, changes: Changes) -> None:
        """Leaves what a command caused to be done in other transactions; within the command's own."""
        root_id, now_us = changes.root.id, changes.now_us
        source = source_of(root_id, changes.root.version)
        for number_, signal in enumerate(changes.signals):
            variables = values.join_members(signal.variables)
            self._broadcast(source, number_, signal.app_name, signal.name, variables, now_us, but_root=root_id)
        for number_, message in enumerate(changes.messages):
            id_ = f"{source}.{number_}"
            variables = values.join_members(message.variables)
            expire_us = now_us + THROWN_MESSAGE_US
            self.insert_message(
                MessageRow(id_, message.app_name, message.name, message.key, "", variables, now_us, expire_us)
            )
            self.insert_delivery(DeliveryRow(source, number_, DeliveryKind.MESSAGE, id_, 0, "", ""), now_us)
        for row in changes.awaited:
            self.insert_delivery(DeliveryRow(source, 0, DeliveryKind.AWAITED, root_id, row.seq, "", ""), now_us)

    def broadcast(self, source: str, app_name: str, name: str, variables: str, now_us: int) -> int:
        """See ``Session.broadcast``."""
        return self._broadcast(source, 0, app_name, name, variables, now_us, but_root="")

    def _broadcast(
        self, source: str, number_: int, app_name: str, name: str, variables: str, now_us: int, *, but_root: str
    ) -> int:
        parameters = {
            "source": source,
            "number": number_,
            "app_name": app_name,
            "name": name,
            "variables": variables,
            "now_us": now_us,
            "but_root": but_root,
        }
        refuse_nul(([name, variables],))
        return self.db.run(_SIGNAL, parameters)

    def signal_apps(self, name: str) -> list[str]:
        """See ``Session.signal_apps``."""
        return [row[0] for row in self.db.fetch(_SIGNAL_APPS, {"name": name})]

    def insert_message(self, row: MessageRow) -> bool:
        """See ``Session.insert_message``."""
        if row.message_id:
            key = {"of_name": row.name, "of_app": row.app_name, "of_message_id": row.message_id}
            self.db.run(_FORGET_MESSAGE, {**key, "now_us": row.create_us})
        columns = {
            "id": row.id,
            "app_name": row.app_name,
            "name": row.name,
            "correlation_key": row.key,
            "message_id": row.message_id,
            "variables": row.variables,
            "create_us": row.create_us,
            "expire_us": row.expire_us,
            "taken": 1 if row.taken else 0,
        }
        refuse_nul((tuple(columns.values()),))
        return self.db.run(_INSERT_MESSAGE, columns) == 1

    def find_message(self, id: str, now_us: int) -> MessageRow | None:
        """See ``Session.find_message``."""
        found = self.db.fetch(_FIND_MESSAGE, {"id": id, "now_us": now_us})
        return _read_message(found[0]) if found else None

    def find_message_for(self, row: SubscriptionRow, now_us: int) -> MessageRow | None:
        """See ``Session.find_message_for``."""
        statement = _MESSAGE_OF_KEY if row.key else _MESSAGE_OF_NAME
        parameters = {
            "name": row.name,
            "app_name": row.app_name,
            "key": row.key,
            "business_key": row.business_key,
            "now_us": now_us,
        }
        found = self.db.fetch(statement, parameters)
        return _read_message(found[0]) if found else None

    def take_message(self, id: str) -> bool:
        """See ``Session.take_message``."""
        return self.db.run(_TAKE_MESSAGE, {"of_id": id}) == 1

    def find_receiver(self, app_name: str, name: str, key: str) -> Receiver | None:
        """See ``Session.find_receiver``."""
        parameters = {"app_name": app_name, "name": name, "key": key}
        found = self.db.fetch(_RECEIVER[app_name != ""], parameters)
        if found:
            return Receiver(found[0][0], found[0][1])
        found = self.db.fetch(_START[app_name != ""], parameters)
        return Receiver(found[0][0], 0, found[0][1]) if found else None

    def find_signal_receiver(self, app_name: str, process_name: str, element_id: str, name: str) -> Receiver | None:
        """See ``Session.find_signal_receiver``."""
        parameters = {"app_name": app_name, "process_name": process_name, "element_id": element_id, "name": name}
        found = self.db.fetch(_AT_EVENT, parameters)
        return Receiver(*found[0]) if found else None

    def correlating(self, app_name: str, name: str) -> list[str]:
        """See ``Session.correlating``."""
        found = self.db.fetch(_CORRELATING[app_name != ""], {"app_name": app_name, "name": name})
        return [row[0] for row in found]

    def correlate_message(self, id: str, key: str) -> None:
        """See ``Session.correlate_message``."""
        self.db.run(_CORRELATE_MESSAGE, {"of_id": id, "key": key})

    def insert_delivery(self, row: DeliveryRow, now_us: int) -> None:
        """See ``Session.insert_delivery``."""
        columns = {**row._asdict(), "kind": row.kind.value, "create_us": now_us}
        self.db.run(_INSERT_DELIVERY, columns)

    def deliveries_of(self, source: str, limit: int) -> list[DeliveryRow]:
        """See ``Session.deliveries_of``."""
        return [_read_delivery(row) for row in self.db.fetch(_OF_SOURCE, {"source": source, "room": limit})]

    def old_deliveries(self, older_than_us: int, limit: int) -> list[DeliveryRow]:
        """See ``Session.old_deliveries``."""
        return [_read_delivery(row) for row in self.db.fetch(_OLD, {"older_than_us": older_than_us, "room": limit})]

    def take_delivery(self, row: DeliveryRow) -> bool:
        """See ``Session.take_delivery``."""
        key = {f"of_{name}": value for name, value in row._asdict().items()}
        return self.db.run(_TAKE, {**key, "of_kind": row.kind.value}) == 1

    def delete_expired_messages(self, now_us: int, limit: int) -> int:
        """See ``Session.delete_expired_messages``."""
        return self.db.run(_EXPIRE_MESSAGES, {"now_us": now_us, "room": limit})
