from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bpmgrpc.engine.schedule import Duration, ScheduleError, parse_cycle, parse_date, parse_duration


def us(text: str) -> int:
    """Microseconds since the epoch of a plain UTC time, by the standard library."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000_000)


def shown(time_us: int | None) -> str | None:
    """A time as text, by the standard library."""
    return None if time_us is None else datetime.fromtimestamp(time_us / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")


DATES = [
    ("2011-03-11T12:13:14Z", "2011-03-11T12:13:14"),
    ("2011-03-11T12:13:14", "2011-03-11T12:13:14"),
    (" 2011-03-11T12:13:14Z\n", "2011-03-11T12:13:14"),
    ("2011-03-11T12:13:14+02:00", "2011-03-11T10:13:14"),
    ("2011-03-11T12:13:14-0530", "2011-03-11T17:43:14"),
    ("2011-03-11T12:13:14+02", "2011-03-11T10:13:14"),
    ("2011-03-11T12:13:14.5Z", "2011-03-11T12:13:14.500000"),
    ("2011-03-11T12:13:14,123456789Z", "2011-03-11T12:13:14.123456"),
    ("2011-03-11T12:13Z", "2011-03-11T12:13:00"),
    ("2011-03-11T12", "2011-03-11T12:00:00"),
    ("2011-03-11", "2011-03-11T00:00:00"),
    ("20110311T121314Z", "2011-03-11T12:13:14"),
    ("20110311", "2011-03-11T00:00:00"),
    ("2011-W10-5", "2011-03-11T00:00:00"),
    ("2011W105T1213", "2011-03-11T12:13:00"),
    ("2011-03-11T24:00:00Z", "2011-03-12T00:00:00"),
    ("2011-12-31T24:00", "2012-01-01T00:00:00"),
    ("2011-07-11T12:00:00+02:00[Europe/Berlin]", "2011-07-11T10:00:00"),
    ("2011-07-11T12:00:00[Europe/Berlin]", "2011-07-11T10:00:00"),
    ("2011-01-11T12:00:00@Europe/Berlin", "2011-01-11T11:00:00"),
    ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59"),
]


@pytest.mark.parametrize(("text", "time"), DATES)
def test_date_is_microseconds_since_the_epoch(text, time):
    """A date and time of ISO 8601 is read exactly; without offset it is UTC."""
    assert parse_date(text) == us(time)


@pytest.mark.parametrize(
    "text",
    (
        "",
        "tomorrow",
        "2011-03-11 12:13:14",
        "2011-3-11",
        "11.03.2011",
        "2011-03-11T12:13:14 Z",
        "2011-03-11T12:13:14+2",
        "2011-03-11T1213:14",
        "２０１１-03-11",
        "2011-03-11" + " " * 200 + "x",
        "PT5M",
    ),
)
def test_text_that_is_no_date_is_refused(text):
    """What is not written as ISO 8601 says is refused, with what was found."""
    with pytest.raises(ScheduleError, match="expected a date such as 2024-03-31T10:00:00Z, found"):
        parse_date(text)


@pytest.mark.parametrize(
    "text",
    (
        "2011-02-29",
        "2011-13-01T00:00:00Z",
        "2011-03-11T25:00:00Z",
        "2011-03-11T24:00:01Z",
        "2011-03-11T12:60:00Z",
        "2011-03-11T12:13:60Z",
        "2011-03-11T12:13:14+24:00",
        "2011-03-11T12:13:14+02:60",
        "2011-W54-1",
        "2011-03-11T12:00:00[Mars/Olympus]",
        "9999-12-31T24:00:00Z",
        "0000-01-01",
    ),
)
def test_date_that_does_not_exist_is_refused(text):
    """A day, time, offset or zone that there is not is refused."""
    with pytest.raises(ScheduleError, match="there is no such date, time or zone"):
        parse_date(text)


SECOND = 1_000_000
DURATIONS = [
    ("PT10S", 0, 10 * SECOND),
    ("PT0.5S", 0, 500_000),
    ("PT0,000001S", 0, 1),
    ("PT1.5M", 0, 90 * SECOND),
    ("PT1H30M", 0, 5400 * SECOND),
    ("PT1.5H", 0, 5400 * SECOND),
    ("P1D", 0, 86_400 * SECOND),
    ("P1.5D", 0, 129_600 * SECOND),
    ("P2W", 0, 14 * 86_400 * SECOND),
    ("P1M", 1, 0),
    ("P1Y2M10DT2H30M", 14, (10 * 86_400 + 9000) * SECOND),
    ("P0.5Y", 6, 0),
    ("P1.25Y", 15, 0),
    ("-PT5M", 0, -300 * SECOND),
    ("+PT5M", 0, 300 * SECOND),
    ("-P1M", -1, 0),
    (" PT5M ", 0, 300 * SECOND),
    ("PT0S", 0, 0),
]


@pytest.mark.parametrize(("text", "months", "microseconds"), DURATIONS)
def test_duration_is_months_and_microseconds(text, months, microseconds):
    """Years and months stay calendar units; all others are exact."""
    assert parse_duration(text) == Duration(months, microseconds)


@pytest.mark.parametrize(
    "text", ("", "P", "PT", "P1DT", "1D", "PT5", "P5S", "PT1D", "P1W2D", "P1H", "P-1D", "P" + "1" * 100 + "D")
)
def test_text_that_is_no_duration_is_refused(text):
    """What is not written as ISO 8601 says is refused, with what was found."""
    with pytest.raises(ScheduleError, match="expected a duration such as PT1H30M or P1D, found"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "message"),
    (
        ("P1.5DT1H", "only the last unit of a duration has a fraction"),
        ("P1.5M", "a fraction of a month has no length"),
        ("P0.3Y", "a fraction of a month has no length"),
        ("P9999999999999D", "the duration is beyond all calendars"),
    ),
)
def test_duration_without_meaning_is_refused(text, message):
    """A fraction stands last and is no part of a month."""
    with pytest.raises(ScheduleError, match=message):
        parse_duration(text)


@pytest.mark.parametrize(
    ("duration", "start", "times", "end"),
    (
        ("PT1H", "2024-03-31T00:30:00", 1, "2024-03-31T01:30:00"),
        ("P1M", "2024-01-31T10:00:00", 1, "2024-02-29T10:00:00"),
        ("P1M", "2024-01-31T10:00:00", 2, "2024-03-31T10:00:00"),
        ("P1Y", "2024-02-29T00:00:00", 1, "2025-02-28T00:00:00"),
        ("P1M", "2024-12-15T00:00:00", 1, "2025-01-15T00:00:00"),
        ("-P1M", "2024-03-31T00:00:00", 1, "2024-02-29T00:00:00"),
        ("P1MT1H", "2024-01-31T23:30:00", 1, "2024-03-01T00:30:00"),
    ),
)
def test_duration_is_added_by_the_calendar(duration, start, times, end):
    """Months end on the last day where the month is shorter; then the exact part is added."""
    assert shown(parse_duration(duration).after(us(start), times)) == end


@pytest.mark.parametrize("duration", ("P8000Y", "P9000000D", "-P3000Y", "P900000000000W"))
def test_duration_beyond_the_calendar_is_refused(duration):
    """A time outside the years 1 to 9999 cannot be waited for."""
    with pytest.raises(ScheduleError, match="the time lies outside the years 1 to 9999"):
        parse_duration(duration).after(us("2024-01-01T00:00:00"))


def test_time_beyond_the_calendar_is_refused():
    """So is one that is given as a number."""
    with pytest.raises(ScheduleError, match="the time lies outside the years 1 to 9999"):
        Duration(0, 1).after(10**18)


NOW = "2024-01-31T10:00:00"
# Cycle; repeats after the first; the first times after 2024-01-31T10:00:00Z, None for the end.
CYCLES = [
    ("R3/PT10S", 2, ["2024-01-31T10:00:10", "2024-01-31T10:00:20", "2024-01-31T10:00:30"]),
    ("R/PT1H", -1, ["2024-01-31T11:00:00", "2024-01-31T12:00:00", "2024-01-31T13:00:00"]),
    ("R/P1M", -1, ["2024-02-29T10:00:00", "2024-03-29T10:00:00"]),
    ("R1/PT5M", 0, ["2024-01-31T10:05:00"]),
    # From a start: at the start itself, and what is over is not made up for.
    ("R3/2024-02-01T00:00:00Z/P1D", 2, ["2024-02-01T00:00:00", "2024-02-02T00:00:00", "2024-02-03T00:00:00", None]),
    ("R3/2024-01-31T00:00:00Z/P1M", 2, ["2024-02-29T00:00:00", "2024-03-31T00:00:00", None]),
    ("R/2024-01-31T10:00:00Z/PT1H", -1, ["2024-01-31T10:00:00", "2024-01-31T11:00:00"]),
    ("R/2000-01-01T00:00:00Z/PT0.1S", -1, ["2024-01-31T10:00:00", "2024-01-31T10:00:00"]),
    ("R2/2023-01-01T00:00:00Z/P1D", 1, [None]),
    ("R/9999-12-01T00:00:00Z/P1M", -1, ["9999-12-01T00:00:00", None]),
    ("R2/2024-02-01/2024-02-03", 1, ["2024-02-01T00:00:00", "2024-02-03T00:00:00", None]),
    # Up to an end.
    ("R3/P1D/2024-02-05T00:00:00Z", 2, ["2024-02-03T00:00:00", "2024-02-04T00:00:00", "2024-02-05T00:00:00", None]),
    ("R3/P1D/2024-02-01T12:00:00Z", 2, ["2024-01-31T12:00:00", "2024-02-01T12:00:00", None]),
    ("R/PT1H/2024-01-31T12:30:00Z", -1, ["2024-01-31T10:30:00", "2024-01-31T11:30:00", "2024-01-31T12:30:00", None]),
    ("R/P1M/2024-03-31T00:00:00Z", -1, ["2024-02-29T00:00:00", "2024-03-31T00:00:00", None]),
    ("R2/P5000Y/2024-03-31T00:00:00Z", 1, ["2024-03-31T00:00:00", None]),
    ("R3/P1D/2024-01-01T00:00:00Z", 2, [None]),
    # Cron, Unix: five fields.
    ("*/20 * * * *", -1, ["2024-01-31T10:00:00", "2024-01-31T10:20:00", "2024-01-31T10:40:00", "2024-01-31T11:00:00"]),
    ("30 9 * * MON-FRI", -1, ["2024-02-01T09:30:00", "2024-02-02T09:30:00", "2024-02-05T09:30:00"]),
    ("0 0 * * 7", -1, ["2024-02-04T00:00:00", "2024-02-11T00:00:00"]),
    ("0 0 * * 0,3", -1, ["2024-02-04T00:00:00", "2024-02-07T00:00:00"]),
    ("0 0 10 * 5", -1, ["2024-02-02T00:00:00", "2024-02-09T00:00:00", "2024-02-10T00:00:00"]),
    ("0 22-2 * * *", -1, ["2024-01-31T22:00:00", "2024-01-31T23:00:00", "2024-02-01T00:00:00"]),
    ("0 0 * * FRI-MON", -1, ["2024-02-02T00:00:00", "2024-02-03T00:00:00", "2024-02-04T00:00:00"]),
    ("15 10 31 1 *", -1, ["2024-01-31T10:15:00", "2025-01-31T10:15:00"]),
    # Cron, Spring: six fields without "?", 0 or 7 is Sunday, both days must hold.
    ("0 0/5 * * * *", -1, ["2024-01-31T10:00:00", "2024-01-31T10:05:00"]),
    ("10,40 0 10 * * *", -1, ["2024-01-31T10:00:10", "2024-01-31T10:00:40", "2024-02-01T10:00:10"]),
    ("0 0 12 * * 2", -1, ["2024-02-06T12:00:00", "2024-02-13T12:00:00"]),
    ("0 0 0 13 * FRI", -1, ["2024-09-13T00:00:00", "2024-12-13T00:00:00"]),
    ("@daily", -1, ["2024-02-01T00:00:00", "2024-02-02T00:00:00"]),
    ("@weekly", -1, ["2024-02-04T00:00:00", "2024-02-11T00:00:00"]),
    ("@YEARLY", -1, ["2025-01-01T00:00:00", "2026-01-01T00:00:00"]),
    # Cron, Quartz: "?" or seven fields, 1 is Sunday.
    ("0 0/15 * * * ?", -1, ["2024-01-31T10:00:00", "2024-01-31T10:15:00"]),
    ("0 0 12 ? * 2", -1, ["2024-02-05T12:00:00", "2024-02-12T12:00:00"]),
    ("0 0 12 ? * MON,WED", -1, ["2024-01-31T12:00:00", "2024-02-05T12:00:00"]),
    ("0 0 12 ? * mon-fri", -1, ["2024-01-31T12:00:00", "2024-02-01T12:00:00"]),
    ("0 0 0 L * ?", -1, ["2024-02-29T00:00:00", "2024-03-31T00:00:00"]),
    ("0 0 0 L-1 * ?", -1, ["2024-02-28T00:00:00", "2024-03-30T00:00:00"]),
    ("0 0 0 LW * ?", -1, ["2024-02-29T00:00:00", "2024-03-29T00:00:00"]),
    ("0 0 0 1W * ?", -1, ["2024-02-01T00:00:00", "2024-03-01T00:00:00", "2024-04-01T00:00:00"]),
    ("0 0 0 1W 6,9 ?", -1, ["2024-06-03T00:00:00", "2024-09-02T00:00:00"]),
    ("0 0 0 15W 6,9 ?", -1, ["2024-06-14T00:00:00", "2024-09-16T00:00:00"]),
    ("0 0 0 31W * ?", -1, ["2024-03-29T00:00:00", "2024-05-31T00:00:00"]),
    ("0 0 0 30W 6 ?", -1, ["2024-06-28T00:00:00"]),
    ("0 0 0 1,15 * ?", -1, ["2024-02-01T00:00:00", "2024-02-15T00:00:00"]),
    ("0 0 0 ? * 6L", -1, ["2024-02-23T00:00:00", "2024-03-29T00:00:00"]),
    ("0 0 0 ? * FRIL", -1, ["2024-02-23T00:00:00", "2024-03-29T00:00:00"]),
    ("0 0 0 ? * 6#2", -1, ["2024-02-09T00:00:00", "2024-03-08T00:00:00"]),
    ("0 0 0 ? * L", -1, ["2024-02-03T00:00:00", "2024-02-10T00:00:00"]),
    ("0 0 0 29 2 ? *", -1, ["2024-02-29T00:00:00", "2028-02-29T00:00:00"]),
    ("0 0 0 1 1 ? 2026,2028", -1, ["2026-01-01T00:00:00", "2028-01-01T00:00:00", None]),
    ("0 0 0 30 2 ?", -1, [None]),
    ("0 0 12 * * 2#1", -1, ["2024-02-06T12:00:00", "2024-03-05T12:00:00"]),
]


@pytest.mark.parametrize(("text", "remaining", "times"), CYCLES, ids=[text for text, *_ in CYCLES])
def test_cycle_gives_its_times(text, remaining, times):
    """A cycle gives its first time at or after now, and each next one from the last, until its rule ends."""
    cycle = parse_cycle(text)

    found = [cycle.first(us(NOW))]
    while len(found) < len(times) and found[-1] is not None:
        found.append(cycle.next(found[-1]))

    assert [shown(time) for time in found] == times
    assert cycle.remaining_after_first == remaining


def test_cycle_counts_from_the_last_time_and_not_from_now():
    """However late a timer is served, the next one is due an interval after the last due time."""
    assert shown(parse_cycle("R/PT1H").next(us("2024-01-31T10:00:00"))) == "2024-01-31T11:00:00"


def test_cycle_ends_with_the_calendar():
    """A next time after the year 9999 is none."""
    assert parse_cycle("R/P1D").next(us("9999-12-31T12:00:00")) is None
    assert parse_cycle("@daily").next(us("9999-12-31T12:00:00")) is None


def test_cycle_of_too_long_an_interval_is_refused_when_it_begins():
    """A first time after the year 9999 is an error, since nothing would ever happen."""
    with pytest.raises(ScheduleError, match="outside the years"):
        parse_cycle("R/P9000Y").first(us(NOW))


@pytest.mark.parametrize(
    ("text", "message"),
    (
        ("", "expected a cycle such as R3/PT10M"),
        ("PT10S", "expected a cycle such as R3/PT10M"),
        ("R3", "expected a cycle such as R3/PT10M"),
        ("R-1/PT10S", "expected a cycle such as R3/PT10M"),
        ("R3/PT10S/2024-01-01/x", "expected a cycle such as R3/PT10M"),
        ("r3/PT10S", "expected a cycle such as R3/PT10M"),
        ("R0/PT10S", "a cycle repeats at least once"),
        ("R3/PT0S", "the interval of a cycle goes forward"),
        ("R3/-PT1S", "the interval of a cycle goes forward"),
        ("R3/2024-01-02/2024-01-01", "the interval of a cycle goes forward"),
        ("R3/x", "expected a duration"),
        ("R3/x/PT1S", "expected a date"),
        ("R3/PT1S/x", "expected a date"),
        ("R3/2024-01-01/x", "expected a date"),
        ("* * * *", "expected a cron line of five to seven fields"),
        ("@never", "expected a cron line of five to seven fields"),
        ("* * * * * " + "1," * 100, "expected a cron line of five to seven fields"),
        ("60 * * * *", "expected a minute from 0 to 59 in a cron line, found '60'"),
        ("* 24 * * *", "expected a hour from 0 to 23"),
        ("* * 0 * *", "expected a day of the month from 1 to 31"),
        ("* * * 13 *", "expected a month from 1 to 12"),
        ("* * * FOO *", "expected a month from 1 to 12 in a cron line, found 'FOO'"),
        ("* * * * 8", "expected a weekday from 0 to 7"),
        ("* * * * FOO", "expected a weekday from 0 to 7 in a cron line, found 'FOO'"),
        ("0 0 0 ? * 8", "expected a weekday from 1 to 7"),
        ("0 0 0 ? * FOO", "expected a weekday from 1 to 7"),
        ("0 0 0 ? * X#1", "expected a weekday from 0 to 7"),
        ("0 0 0 ? * 9L", "expected a weekday from 0 to 7"),
        ("0 0 0 L-31 * ?", "expected a number of days from 0 to 30"),
        ("0 0 0 32W * ?", "expected a day of the month from 1 to 31"),
        ("*/0 * * * *", "expected a minute"),
        ("*-5 * * * *", "expected a minute"),
        ("1-2-3 * * * *", "expected a minute"),
        ("x * * * *", "expected a minute"),
        (", * * * *", "expected a minute"),
    ),
)
def test_text_that_is_no_cycle_is_refused(text, message):
    """A cycle that is none is refused, with the part that is wrong."""
    with pytest.raises(ScheduleError, match=message):
        parse_cycle(text)
