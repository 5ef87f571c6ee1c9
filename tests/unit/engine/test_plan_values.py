"""What a model's properties may evaluate to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bpmgrpc.engine.plan_values import as_integer, as_names, as_text, as_time
from bpmgrpc.engine.steps import StepFailure

NOW_US = 1_704_067_200_000_000  # 2024-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("value", "text"), ((None, ""), ("x", "x"), (7, "7"), (Decimal("1.10"), "1.10"), (Decimal("2E+2"), "200"))
)
def test_text_may_be_a_number(value, text):
    """Numbers are written out, null is the empty text."""
    assert as_text(value, "owner") == text


@pytest.mark.parametrize("value", (True, ["a"], {"a": 1}, "a\0b", 10**2000))
def test_text_is_nothing_else(value):
    """Lists, objects, booleans, texts with NUL and numbers of thousands of digits are no texts."""
    with pytest.raises(StepFailure) as caught:
        as_text(value, "owner")

    assert caught.value.reason == "EXPRESSION_ERROR"
    assert str(caught.value).startswith("owner")


@pytest.mark.parametrize(
    ("value", "names"), ((None, ()), ("a, b,,a", ("a", "b")), (["a", " b ", 3, None], ("a", "b", "3")), (5, ("5",)))
)
def test_names_come_from_a_list_or_between_commas(value, names):
    """Each name once, without spaces around it, empty ones left out."""
    assert as_names(value, "candidateUsers") == names


@pytest.mark.parametrize(
    ("value", "number"), ((None, None), ("", None), (3, 3), ("+3", 3), ("-03 ", -3), (Decimal("3.0"), 3))
)
def test_integer_may_be_a_text(value, number):
    """Digits with a sign are a number."""
    assert as_integer(value, "priority") == number


@pytest.mark.parametrize("value", ("  ", "3.0", "--3", "٣", True, [], Decimal("3.5"), Decimal("NaN"), Decimal("1E999")))
def test_integer_is_nothing_else(value):
    """Blanks, fractions, other scripts' digits and huge numbers are none."""
    with pytest.raises(StepFailure):
        as_integer(value, "priority")


@pytest.mark.parametrize(
    ("value", "time_us"),
    (
        (None, None),
        ("", None),
        ("PT1S", NOW_US + 1_000_000),
        ("2024-01-01T00:00:01Z", NOW_US + 1_000_000),
        (" 2024-01-01 ", NOW_US),
    ),
)
def test_time_is_a_date_or_a_duration_from_now(value, time_us):
    """ISO 8601 throughout."""
    assert as_time(value, "dueDate", NOW_US) == time_us


@pytest.mark.parametrize("value", ("soon", "P", "P9999Y", 5, "2024-13-01"))
def test_time_is_nothing_else(value):
    """What cannot be read, or lies beyond the calendar, is an incident that names the property."""
    with pytest.raises(StepFailure) as caught:
        as_time(value, "dueDate", NOW_US)

    assert str(caught.value).startswith("dueDate: ")
