"""Instances that an event starts.

Rule of this file: an instance is started in the transaction that takes the event. Where several events start one
instance together, whoever brings one of them takes the turn first, so that of those who come at once, on whichever
server, the last one finds all the others, and nobody else does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmgrpc import values
from bpmgrpc.engine import commands, gathering
from bpmgrpc.engine.event_definitions.multiple import parts_of
from bpmgrpc.engine.gathering import Occurrence
from bpmgrpc.engine.process_start import name_of, parallel_gateway_before
from bpmgrpc.engine.state import Snapshot, SubscriptionKind
from bpmgrpc.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bpmgrpc.clock import Clock
    from bpmgrpc.engine.program import Program
    from bpmgrpc.runtime.instances import Instances
    from bpmgrpc.runtime.outcomes import Decided
    from bpmgrpc.store.interface import DeliveryRow, Receiver, Session

__all__ = ["EventStarts"]

_ACTORS = {SubscriptionKind.TIMER: "timer"}


class EventStarts:
    """Starts instances by events.

    Args:
        instances: Decides what is started.
        clock: The time.
    """

    def __init__(self, instances: Instances, clock: Clock) -> None:
        self._instances = instances
        self._clock = clock

    def occurrence(
        self, kind: SubscriptionKind, name: str = "", key: str = "", variables: Mapping[str, str] | None = None
    ) -> Occurrence:
        """Makes an event that occurs now.

        Args:
            kind: What it is.
            name: Of the message or signal.
            key: Of the message.
            variables: What it brings along, as JSON texts.
        """
        text = values.join_members(variables) if variables else ""
        return Occurrence(0, kind, name, key, text)

    def key_of(self, session: Session, app_name: str, name: str, variables: Mapping[str, str]) -> str:
        """Returns the key that a message has by what it carries; empty where no process says how, or it has none.

        Args:
            session: A session.
            app_name: Application; empty: every application.
            name: Name of the message.
            variables: What it carries, as JSON texts.
        """
        for definition_id in session.correlating(app_name, name):
            key = self._program(session, definition_id).correlations[name].of_message(variables, self._clock.now_us())
            if key:
                return key
        return ""

    def start(self, session: Session, definition_id: str, element_id: str, event: Occurrence) -> Decided:
        """Starts an instance by an event, or keeps the event until the others have occurred that it takes.

        Args:
            session: In its transaction.
            definition_id: The process.
            element_id: The start event, or receive task.
            event: What occurs.

        Returns:
            What is to be written; no changes where nothing is started yet.
        """
        program = self._program(session, definition_id)
        node = program.nodes[element_id]
        slots = gathering.wanted(node)
        if not slots:
            return self._decide(session, definition_id, element_id, [event])
        at = (program.app_name, program.process_id, element_id)
        event = event._replace(number=session.take_turn(*at))
        waiting = session.gathered_events(*at)
        conditions = gathering.conditions_of(node)
        together = gathering.complete(slots, waiting, event, conditions, self._clock.now_us())
        if together is not None:
            session.delete_gathered_events(*at, [one.number for one in together if one is not event])
            return self._decide(session, definition_id, element_id, together)
        if gathering.is_kept(slots, waiting, event):
            session.insert_gathered_event(*at, event)
        return self._instances.nothing()

    def _decide(self, session: Session, definition_id: str, element_id: str, events: list[Occurrence]) -> Decided:
        correlations = self._program(session, definition_id).correlations  # their keys are no business keys
        command = commands.StartInstance(
            new_id(self._clock.now_us()),
            definition_id,
            business_key=next((event.key for event in events if event.key and event.name not in correlations), ""),
            start_element_id=element_id,
            event_variables=gathering.brought_by(events),
        )
        return self._instances.decide(session, Snapshot(), command, _ACTORS.get(events[-1].kind, "event"))

    def takes_turn(self, session: Session, definition_id: str, element_id: str) -> bool:
        """Takes the turn where an event stands behind a parallel event-based gateway that instantiates (BPMN 2.0.2,
        10.6.6): somebody else may have just started the instance that waits for this event.

        Returns:
            Whether it stands there, so that it is worth looking for such an instance again.
        """
        program = self._program(session, definition_id)
        gateway = parallel_gateway_before(program, program.nodes[element_id])
        if gateway is not None:
            session.take_turn(program.app_name, program.process_id, gateway.id)
        return gateway is not None

    def signal_receiver(self, session: Session, row: DeliveryRow) -> tuple[str, Receiver | None]:
        """Returns the name of the signal that a delivery brings to a start event, and the instance that waits for it
        there by now, behind a parallel event-based gateway.
        """
        program = self._program(session, row.receiver)
        named = name_of(parts_of(program.nodes[row.element_id].plan)[row.seq])
        name = named[1] if named is not None else ""
        if not self.takes_turn(session, row.receiver, row.element_id):
            return name, None
        return name, session.find_signal_receiver(program.app_name, program.process_id, row.element_id, name)

    def _program(self, session: Session, definition_id: str) -> Program:
        return self._instances.program(session, definition_id)
