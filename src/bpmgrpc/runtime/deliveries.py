"""Signals and messages between instances: what one transaction leaves to be done in others is done here.

Rule of this file: a delivery is taken and done in one transaction, so that it is done exactly once. Whoever left
deliveries does them as soon as its own transaction is committed; those that it could not do, because it ended or its
time did, the background does. A publication and a new subscription both leave a match to look for, so that whichever
commits later sees the other.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bpmgrpc import values
from bpmgrpc.engine import commands
from bpmgrpc.engine.state import InstanceState, SubscriptionKind
from bpmgrpc.errors import BpmError
from bpmgrpc.runtime.event_starts import EventStarts
from bpmgrpc.store.interface import DeliveryKind, DeliveryRow, SerializationConflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bpmgrpc.clock import Clock
    from bpmgrpc.runtime.instances import Instances
    from bpmgrpc.runtime.outcomes import Decided
    from bpmgrpc.store.interface import Loaded, MessageRow, Receiver, Session

AT_ONCE: Final = 200  # deliveries that a caller waits for; the others are the background's
ACTOR: Final = "event"
_ANSWER_SECONDS: Final = 0.25  # kept of a caller's time for the answer to reach it

_log = logging.getLogger(__name__)


class Deliveries:
    """Does what transactions left to be done.

    Args:
        instances: Runs what is delivered.
        clock: The time.
    """

    def __init__(self, instances: Instances, clock: Clock) -> None:
        self._instances = instances
        self._clock = clock
        self.starts = EventStarts(instances, clock)

    async def follow(self, sources: Iterable[str], deadline: float) -> list[Decided]:
        """Does what some transactions left to be done, and what that leaves in turn.

        Args:
            sources: The transactions.
            deadline: When the caller stops waiting (``time.monotonic``); the rest is left to the background.

        Returns:
            What became of the instances that were reached.
        """
        done: list[Decided] = []
        agenda = deque(sources)
        try:
            while agenda and len(done) < AT_ONCE:
                source = agenda.popleft()
                for row in await self._instances.run("", _of_source(source), deadline):
                    if len(done) >= AT_ONCE or time.monotonic() >= deadline - _ANSWER_SECONDS:
                        return done
                    decided = await self.deliver(row, deadline)
                    if decided is not None:
                        done.append(decided)
                        agenda.extend(await self._instances.go_on(decided, deadline))
                        if row.kind is DeliveryKind.AWAITED:
                            agenda.append(source)  # it has left another match to look for
        except BpmError as error:
            # What the caller asked for is done and durable: it must not be told otherwise, or it would ask again.
            _log.info("deliveries are left to the background: %s", error.message)
        return done

    async def deliver(self, row: DeliveryRow, deadline: float) -> Decided | None:
        """Does one delivery.

        Returns:
            What became of the instance that it reached; None where there was nothing to do any more.
        """
        handle = _HANDLERS[row.kind]

        def work(session: Session) -> Decided | None:
            with session.transaction():
                return handle(self, session, row) if session.take_delivery(row) else None

        root_id = row.receiver if row.kind in (DeliveryKind.SIGNAL, DeliveryKind.AWAITED) else ""
        return await self._instances.run(root_id, work, deadline)

    def _signal(self, session: Session, row: DeliveryRow) -> Decided | None:
        loaded = session.load(row.receiver, row.seq, "subscription", None)
        if loaded is None:
            return None
        root = loaded.snapshot.root
        if root is not None and root.state is InstanceState.SUSPENDED:
            # Whom it reaches is fixed, so it waits too; at the end of the queue, where it is in nobody's way.
            session.insert_delivery(row, self._clock.now_us())
            return None
        return self._to_loaded(session, loaded, row.seq, values.split_members(row.variables))

    def _signal_start(self, session: Session, row: DeliveryRow) -> Decided | None:
        name, waiting = self.starts.signal_receiver(session, row)
        if waiting is not None:
            to = row._replace(kind=DeliveryKind.SIGNAL, receiver=waiting.id, seq=waiting.seq, element_id="")
            return self._signal(session, to)
        variables = values.split_members(row.variables)
        event = self.starts.occurrence(SubscriptionKind.SIGNAL, name, variables=variables)
        return self._written(session, self.starts.start(session, row.receiver, row.element_id, event))

    def _message(self, session: Session, row: DeliveryRow) -> Decided | None:
        message = session.find_message(row.receiver, self._clock.now_us())
        if message is None:
            return None
        variables = values.split_members(message.variables)
        if not message.key:
            key = self.starts.key_of(session, message.app_name, message.name, variables)
            if key:
                message = replace(message, key=key)
                session.correlate_message(message.id, key)
        receiver = session.find_receiver(message.app_name, message.name, message.key)
        if receiver is None or not session.take_message(message.id):
            return None
        return self.receive(session, receiver, message, variables)

    def _awaited(self, session: Session, row: DeliveryRow) -> Decided | None:
        loaded = session.load(row.receiver, row.seq, "subscription", None)
        subscription = loaded.snapshot.subscription if loaded is not None else None
        if loaded is None or subscription is None or subscription.kind is SubscriptionKind.HELD_MESSAGE:
            return None  # whoever resumes a held instance leaves another match to look for
        now_us = self._clock.now_us()
        message = session.find_message_for(subscription, now_us)
        if message is None or not session.take_message(message.id):
            return None
        # One that waits on may have another message waiting for it.
        session.insert_delivery(row._replace(number=row.number + 1), now_us)
        return self._to_subscription(session, row.receiver, row.seq, values.split_members(message.variables))

    def receive(
        self, session: Session, receiver: Receiver, message: MessageRow, variables: Mapping[str, str]
    ) -> Decided:
        """Gives a message to its receiver.

        Args:
            session: In its transaction.
            receiver: Who gets it.
            message: The message.
            variables: What it carries, as JSON texts.

        Returns:
            What became of the receiver; no changes where it waits for others before it starts an instance.

        Raises:
            SerializationConflict: It has stopped to wait in the meantime: look for another one.
        """
        if not receiver.seq and self.starts.takes_turn(session, receiver.id, receiver.element_id):
            receiver = session.find_receiver(message.app_name, message.name, message.key) or receiver
        if receiver.seq:
            decided = self._to_subscription(session, receiver.id, receiver.seq, variables)
        else:
            event = self.starts.occurrence(SubscriptionKind.MESSAGE, message.name, message.key, variables)
            decided = self._written(session, self.starts.start(session, receiver.id, receiver.element_id, event))
            return decided or self._instances.nothing()
        if decided is None:
            raise SerializationConflict
        return decided

    def _to_subscription(
        self, session: Session, root_id: str, seq: int, variables: Mapping[str, str]
    ) -> Decided | None:
        loaded = session.load(root_id, seq, "subscription", None)
        return None if loaded is None else self._to_loaded(session, loaded, seq, variables)

    def _to_loaded(self, session: Session, loaded: Loaded, seq: int, variables: Mapping[str, str]) -> Decided | None:
        self._instances.see(session, loaded.cache_generation)
        decided = self._instances.decide(session, loaded.snapshot, commands.DeliverEvent(seq, variables), ACTOR)
        return self._written(session, decided)

    def _written(self, session: Session, decided: Decided) -> Decided | None:
        if decided.changes is None:
            return None
        if not session.write(decided.changes, None):
            raise SerializationConflict
        return decided


_HANDLERS: Final = {
    DeliveryKind.SIGNAL: Deliveries._signal,  # noqa: SLF001 - the class's own table
    DeliveryKind.SIGNAL_START: Deliveries._signal_start,  # noqa: SLF001
    DeliveryKind.MESSAGE: Deliveries._message,  # noqa: SLF001
    DeliveryKind.AWAITED: Deliveries._awaited,  # noqa: SLF001
}


def _of_source(source: str) -> Callable[[Session], list[DeliveryRow]]:
    return lambda session: session.deliveries_of(source, AT_ONCE)
