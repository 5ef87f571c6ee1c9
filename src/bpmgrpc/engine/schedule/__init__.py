"""Times of timers: ISO 8601 dates, durations and repeating intervals, and cron lines. Pure: no clock, no state.

All times are microseconds since the epoch in UTC. A date and time without offset is UTC. Years and months count by the
calendar and end on the month's last day where it is shorter; weeks, days and smaller units are exact in UTC.

=================================  ======================================================================
``2024-03-31T10:00:00+02:00``      `parse_date`
``P1Y2M10DT2H30M``, ``PT0.5S``     `parse_duration`
``R3/PT10S``, ``R/PT1H``           `parse_cycle`: three times, or for ever; first after one duration
``R3/2024-01-01T00:00:00Z/P1D``    three times, first at the start
``R3/P1D/2024-01-31T00:00:00Z``    three times, last at the end
``R3/<start>/<end>``               three times from the start, each time the interval further
``0 30 9 ? * MON-FRI``, ``@daily`` cron, with five to seven fields (see `cron`)
=================================  ======================================================================

A cycle is a rule, not a counter: `Cycle.next` computes from the last due time and never from now, so that repeats do
not drift; how many are left is the caller's datum, beginning with `Cycle.remaining_after_first`.
"""

from bpmgrpc.engine.schedule.cycle import Cycle, parse_cycle
from bpmgrpc.engine.schedule.errors import ScheduleError
from bpmgrpc.engine.schedule.iso import Duration, parse_date, parse_duration

__all__ = ["Cycle", "Duration", "ScheduleError", "parse_cycle", "parse_date", "parse_duration"]
