"""Messages and signals that come from outside.

Rule of this file: a message that somebody waits for is received in the transaction that publishes it; else it is kept,
and looked for once more when that is committed, since somebody may have begun to wait meanwhile. A signal's receivers
are fixed in the transaction that broadcasts it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpmgrpc import values
from bpmgrpc.errors import AlreadyExists, FailedPrecondition, PreconditionViolation
from bpmgrpc.ids import new_id
from bpmgrpc.runtime.outcomes import Outcome
from bpmgrpc.store.interface import DeliveryKind, DeliveryRow, MessageRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.message import Message

    from bpmgrpc.clock import Clock
    from bpmgrpc.runtime.deliveries import Deliveries
    from bpmgrpc.runtime.instances import Instances
    from bpmgrpc.runtime.outcomes import Decided
    from bpmgrpc.runtime.requests import Idempotency
    from bpmgrpc.store.interface import Session


@dataclass(frozen=True, slots=True)
class Publication:
    """A message to be published."""

    app_name: str  # empty: every application
    name: str
    key: str
    message_id: str  # empty: none
    variables: Mapping[str, str]
    time_to_live_us: int


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a publication: who received it (empty: nobody yet), and how the receiver stands."""

    root_id: str = ""
    decided: Decided | None = None


class Messages:
    """Publishes messages and broadcasts signals.

    Args:
        instances: Runs commands.
        deliveries: Does what is left to be done.
        clock: The time.
    """

    def __init__(self, instances: Instances, deliveries: Deliveries, clock: Clock) -> None:
        self._instances = instances
        self._deliveries = deliveries
        self._clock = clock

    async def publish(
        self,
        publication: Publication,
        *,
        deadline: float,
        request: Idempotency | None,
        reply: Callable[[Published], Message],
    ) -> Outcome[Published]:
        """Publishes a message.

        Args:
            publication: The message.
            deadline: When the caller stops waiting (``time.monotonic``).
            request: The request id, where there is one.
            reply: Makes the answer that is stored with it.

        Raises:
            AlreadyExists: A message with the publisher's id is kept already.
        """
        id_ = new_id(self._clock.now_us())

        def work(session: Session) -> Outcome[Published]:
            with session.transaction():
                if request is not None:
                    replay = session.find_answer(request.key)
                    if replay is not None:
                        return Outcome(replay=request.replay(replay))
                published = self._publish(session, id_, publication)
                answer = reply(published)
                if request is not None:
                    session.insert_answer(request.answer(answer), self._clock.now_us())
                return Outcome(published, answer=answer)

        outcome = await self._instances.run("", work, deadline)
        published = outcome.result
        if published is None:
            return outcome
        if published.decided is not None:
            await self._deliveries.follow(await self._instances.go_on(published.decided, deadline), deadline)
        elif publication.time_to_live_us:
            for decided in await self._deliveries.follow([id_], deadline):
                # A stored answer stands as it is: who repeats the request must not be told something else.
                if decided.changes is not None and request is None:
                    late = Published(decided.changes.root.id, decided)
                    return Outcome(late, answer=reply(late))
        return outcome

    def _publish(self, session: Session, id_: str, publication: Publication) -> Published:
        now_us = self._clock.now_us()
        app_name, name = publication.app_name, publication.name
        key = publication.key or self._deliveries.starts.key_of(session, app_name, name, publication.variables)
        receiver = session.find_receiver(app_name, name, key)
        row = MessageRow(
            id_,
            app_name,
            name,
            key,
            publication.message_id,
            values.join_members(publication.variables) if receiver is None else "",
            now_us,
            now_us + publication.time_to_live_us,
            taken=receiver is not None,
        )
        kept = receiver is None and publication.time_to_live_us > 0
        if (kept or publication.message_id) and not session.insert_message(row):
            raise AlreadyExists(
                f"a message {publication.name!r} with message_id {publication.message_id!r} is kept already",
                reason="MESSAGE_ID_TAKEN",
                metadata={"message_id": publication.message_id},
            )
        if receiver is not None:
            decided = self._deliveries.receive(session, receiver, row, publication.variables)
            return Published(decided.changes.root.id if decided.changes is not None else "", decided)
        if kept:
            session.insert_delivery(DeliveryRow(id_, 0, DeliveryKind.MESSAGE, id_, 0, "", ""), now_us)
        return Published()

    async def broadcast(
        self,
        app_name: str,
        name: str,
        variables: Mapping[str, str],
        *,
        deadline: float,
        request: Idempotency | None,
        reply: Callable[[int], Message],
    ) -> Outcome[int]:
        """Broadcasts a signal.

        Args:
            app_name: Application; empty: the only one that has the signal.
            name: Name of the signal.
            variables: What it carries, as JSON texts.
            deadline: When the caller stops waiting (``time.monotonic``).
            request: The request id, where there is one.
            reply: Makes the answer that is stored with it.

        Raises:
            FailedPrecondition: Several applications have this signal, and none is named.
        """
        source = new_id(self._clock.now_us())

        def work(session: Session) -> Outcome[int]:
            with session.transaction():
                if request is not None:
                    replay = session.find_answer(request.key)
                    if replay is not None:
                        return Outcome(replay=request.replay(replay))
                apps = [app_name] if app_name else _only(name, session.signal_apps(name))
                text = values.join_members(variables)
                now_us = self._clock.now_us()
                count = sum(session.broadcast(source, app, name, text, now_us) for app in apps)
                answer = reply(count)
                if request is not None:
                    session.insert_answer(request.answer(answer), now_us)
                return Outcome(count, answer=answer)

        outcome = await self._instances.run("", work, deadline)
        if outcome.result:
            await self._deliveries.follow([source], deadline)
        return outcome


def _only(name: str, apps: list[str]) -> list[str]:
    if len(apps) > 1:
        raise FailedPrecondition(
            f"app_name is needed: signal {name!r} belongs to the applications {', '.join(map(repr, apps))}",
            reason="APPLICATION_AMBIGUOUS",
            violations=[
                PreconditionViolation("AMBIGUOUS", f"applications/{app}", "it has this signal") for app in apps
            ],
            metadata={"signal_name": name, "app_names": ",".join(apps)},
        )
    return apps
