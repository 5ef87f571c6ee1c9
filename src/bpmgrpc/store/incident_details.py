"""One incident with what people need to mend it: what the failed element sees, and how often it has failed.

Rule of this file: the number of failures is counted in the history, which has them all, so that no row that is written
when nothing fails has to remember it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select

from bpmgrpc.engine.events import EventType
from bpmgrpc.store import tables
from bpmgrpc.store.history import CODES, read_events
from bpmgrpc.store.lists import incident_source, read_incident
from bpmgrpc.store.rows import table_of
from bpmgrpc.store.statements import Statement, number, word
from bpmgrpc.store.views import IncidentDetails
from bpmgrpc.store.visible import visible_variables

if TYPE_CHECKING:
    from bpmgrpc.engine.state import IncidentRow
    from bpmgrpc.store.connection import Connection

__all__ = ["incident_details"]

_incidents: Final = table_of(tables.Incident)
_history: Final = table_of(tables.History)
_FAILED: Final = (EventType.JOB_FAILED, EventType.INCIDENT_RAISED)
_REPORTED: Final = "JOB_NO_RETRIES"  # the incident of a failure that has an event of its own

_INCIDENT: Final = Statement(
    incident_source().where(_incidents.c.root_id == word("root_id"), _incidents.c.seq == number("seq"))
)
# Of the commands of the root, those that may have a failure of the element; which have, their events say.
_FAILURES: Final = Statement(
    select(_history.c.events).where(
        _history.c.root_id == word("root_id"),
        _history.c.create_us <= number("until_us"),
        or_(_history.c.events.like(word("failed_job")), _history.c.events.like(word("raised"))),
    )
)


def incident_details(db: Connection, root_id: str, seq: int) -> IncidentDetails | None:
    """Returns an incident, open or resolved; None where there is none."""
    found = db.fetch(_INCIDENT, {"root_id": root_id, "seq": seq})
    if not found:
        return None
    incident = read_incident(found[0])
    row = incident.row
    variables = visible_variables(db, [(root_id, row.element_seq)])[0] if row.open else {}
    return IncidentDetails(incident, variables, _attempts(db, root_id, row))


def _attempts(db: Connection, root_id: str, row: IncidentRow) -> int:
    failed, raised = (f'%"{CODES[type_]}"%' for type_ in _FAILED)
    found = db.fetch(_FAILURES, {"root_id": root_id, "until_us": row.create_us, "failed_job": failed, "raised": raised})
    return sum(
        seq == row.element_seq and type_ in _FAILED and attributes.get("reason") != _REPORTED
        for (events,) in found
        for type_, _, seq, attributes in read_events(events)
    )
