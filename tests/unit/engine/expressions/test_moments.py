from __future__ import annotations

import pytest

from bpmgrpc.engine.expressions import ExpressionError, ExpressionSyntaxError


@pytest.mark.parametrize(
    ("text", "value"),
    (
        ("${now()}", "2026-11-23T10:30:00Z"),
        ("now()", "2026-11-23T10:30:00Z"),
        ("${dateTime().plusYears(1).minusMonths(2)}", "2027-09-23T10:30:00Z"),
        ("${dateTime().plusWeeks(1).minusDays(1)}", "2026-11-29T10:30:00Z"),
        ("${dateTime().plusHours(14).plusMinutes(1).minusSeconds(1)}", "2026-11-24T00:30:59Z"),
        ("${dateTime().plusMillis(1)}", "2026-11-23T10:30:00.001Z"),
        ("${dateTime().plusDays(n)}", "2026-11-25T10:30:00Z"),
        ("${dateTime().withTimeAtStartOfDay()}", "2026-11-23T00:00:00Z"),
        ("${now().getTime()}", 1_795_429_800_000),
        ("${dateTime().getMillis()}", 1_795_429_800_000),
        ("${dateTime().getYear()}", 2026),
        ("${dateTime().getMonthOfYear()}", 11),
        ("${dateTime().getDayOfMonth()}", 23),
        ("${dateTime().getDayOfWeek()}", 1),
        ("${dateTime().getHourOfDay()}", 10),
        ("${dateTime().getMinuteOfHour()}", 30),
        ("${dateTime().toDate()}", "2026-11-23T10:30:00Z"),
        ("${dateTime().toDateTime().toString()}", "2026-11-23T10:30:00Z"),
        ("at ${now()}", "at 2026-11-23T10:30:00Z"),
        ("${now() == dateTime()}", True),
        ("${now().equals(dateTime())}", True),
        ("${now().equals(1)}", False),
        ("${now() > '2026-11-23T10:29:59Z'}", True),
        ("'2026-11-23T11:30:00+01:00' >= now()", True),
        ("${now().isBefore(dateTime().plusDays(1))}", True),
        ("${now().isAfter('2026-01-01')}", True),
    ),
)
def test_moment_is_the_time_of_the_command(evaluate, text, value):
    """``now()`` and ``dateTime()`` give the command's time, which may be moved, read and compared."""
    assert evaluate(text, n=2) == value


@pytest.mark.parametrize(
    ("text", "message"),
    (
        ("${now() < 'soon'}", "expected a date and time, found string"),
        ("${now() < 3}", "expected a number, found datetime"),
        ("${now() + 1}", "expected a number, found datetime"),
        ("${dateTime().plusDays('x')}", "expected a whole number, found string"),
        ("${dateTime().plusDays(1.5)}", "expected a whole number, found number"),
        ("${dateTime().plusYears(999999999)}", "beyond all calendars"),
        ("${dateTime().plusYears(99999999999)}", "beyond all calendars"),
        ("${dateTime().year}", "a datetime has no member 'year'"),
    ),
)
def test_moment_says_what_it_cannot(evaluate, text, message):
    """A wrong length, a date beyond the calendar and a member that is none are errors."""
    with pytest.raises(ExpressionError, match=message):
        evaluate(text)


@pytest.mark.parametrize("text", ("${now(1)}", "${dateTime('x')}"))
def test_moment_takes_no_arguments(evaluate, text):
    """The time of the command is the only one that these functions know."""
    with pytest.raises(ExpressionSyntaxError, match="takes no arguments"):
        evaluate(text)


@pytest.mark.parametrize(
    ("text", "value"),
    (
        ("${xs.containsAll(ys)}", True),
        ("${ys.containsAll(xs)}", False),
        ("${xs.subList(1, 2)}", [2]),
        ("${'aXbX'.replaceAll('X', '-')}", "a-b-"),
    ),
)
def test_methods_of_lists_and_texts(evaluate, text, value):
    """Lists know what they hold and give parts; texts replace by a pattern."""
    assert evaluate(text, xs=[1, 2, 3], ys=[3, 1]) == value


@pytest.mark.parametrize("text", ("${xs.containsAll(1)}", "${xs.subList(2, 9)}"))
def test_methods_of_lists_refuse_what_does_not_fit(evaluate, text):
    """What is no list, or lies outside, is an error."""
    with pytest.raises(ExpressionError, match=r"expected a list|outside a list"):
        evaluate(text, xs=[1, 2, 3])
