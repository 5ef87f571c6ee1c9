from __future__ import annotations

from decimal import Decimal

import pytest

from bpmgrpc.engine.expressions import ExpressionError

VARIABLES = {
    "a": 5,
    "b": 2,
    "x": Decimal("1.5"),
    "name": "Ann",
    "digits": "5",
    "yes": True,
    "no": False,
    "nothing": None,
    "items": [1, 2, 3],
    "Leave": {"days": 5, "ok": True, "by": {"name": "Ann"}, "reason": None},
    "ลา": 3,
    "ชื่อ": {"ที่อยู่": "กท"},
    "$index": 1,
}

VALUES = [
    ("Leave.days > 3 && Leave.ok", True),
    ("Leave.days > 3 and Leave.ok", True),
    ("Leave.days > 3 AND not Leave.ok", False),
    ("Leave.days<=3||Leave.ok", True),
    ("Leave.days <= 3 or !Leave.ok", False),
    ("a == 5", True),
    ("a === 5", True),
    ("a != 5", False),
    ("a !== 5", False),
    ("a <> 5", False),
    ("a >= 5 && b <= 2 && x < 2", True),
    ("(a > 9 || b == 2) && !(x > 2)", True),
    ("a > 9 || b == 2 && no", False),
    ("return a > 3;", True),
    ("return a > 3", True),
    ("return(a > 3);;", True),
    ("\n  return a > 3 ; // long leave\n", True),
    ("a /* days */ > 3", True),
    ('name == "Ann"', True),
    ("name == 'Ann'", True),
    ("name.equals('Ann')", True),
    ("'Ann'.equals(name)", True),
    ("Leave.by.name == 'Ann'", True),
    ("Leave.getDays() > 3", True),
    ("Leave.isOk()", True),
    ("Leave['days'] == 5", True),
    ("items[0] == 1", True),
    ("items.size() == 3", True),
    ("items.length == 3", True),
    ("items.contains(2)", True),
    ("kcontext.getVariable('a') > 3", True),
    ("KieFunctions.greaterThan(a, '3')", True),
    ("KogitoFunctions.lessOrEqualThan(a, 5)", True),
    ("ลา > 2", True),
    ("ชื่อ.ที่อยู่ == 'กท'", True),
    ("$index == 1", True),
    ("return_value ?? 7", 7),
    ("a ?? 7", 5),
    ("nothing ?: 'x'", "x"),
    ("Leave.reason ?: 'none'", "none"),
    ("Leave?.days", 5),
    ("nothing?.days", None),
    ("yes ? 'y' : 'n'", "y"),
    # Numbers.
    ("a + b * 2", 9),
    ("a - -b", 7),
    ("+a", 5),
    ("-x", Decimal("-1.5")),
    ("a / b", Decimal("2.5")),
    ("4 / 2", 2),
    ("-7 % 3", -1),
    ("10L + 1", 11),
    ("1.5d * 2F", Decimal("3.0")),
    ("x == 1.50", True),
    ("digits > 3", True),
    ("digits == 5", True),
    ("5 == digits", True),
    ("5 == '5x'", False),
    ("digits + 1", "51"),
    ("1 + 'a'", "1a"),
    ("'a' + null", "anull"),
    ("'n: ' + x", "n: 1.5"),
    ("yes + ''", "true"),
    # Equality never fails and never crosses kinds, but for numbers in texts.
    ("'a' == 1", False),
    ("1 == 'a'", False),
    ("true == 1", False),
    ("'true' == yes", False),
    ("nothing == null", True),
    ("nothing == 0", False),
    ("Leave.missing == null", True),
    ("Leave.missing == 'taken'", False),
    ("items == items", True),
    ("yes == true", True),
    ("yes == no", False),
    ("Leave.by == Leave", False),
    ("'a' < 'b'", True),
    ("true", True),
    ("null", None),
    ("return", "the variable"),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_bare_condition_gives_its_value(evaluate, text, value):
    """A bare condition of any of its spellings has the value that its author meant."""
    result = evaluate(text, **VARIABLES, **{"return": "the variable"})

    assert result == value
    assert type(result) is type(value)


FAILURES = [
    ("unknown > 3", "unknown variable 'unknown' (line 1, column 1)"),
    ("a > 3 && unknown", "unknown variable 'unknown' (line 1, column 10)"),
    ("nothing.days", "cannot read 'days' of null (line 1, column 9)"),
    ("Leave.reason.text", "cannot read 'text' of null (line 1, column 14)"),
    ("nothing['days']", "cannot read 'days' of null (line 1, column 8)"),
    ("nothing > 3", "cannot compare null with number (line 1, column 9)"),
    ("3 < Leave.reason", "cannot compare number with null (line 1, column 3)"),
    ("items > 3", "expected a number, found list (line 1, column 7)"),
    ("yes < no", "cannot compare boolean with boolean (line 1, column 5)"),
    ("nothing + 1", "expected a number, found null (line 1, column 9)"),
    ("items + 'a'", "cannot add list and string (line 1, column 7)"),
    ("'a' - 1", "expected a number, found the text 'a' (line 1, column 5)"),
    ("+name", "expected a number, found the text 'Ann' (line 1, column 1)"),
    ("a / 0", "division by zero (line 1, column 3)"),
    ("a / 0.0", "division by zero (line 1, column 3)"),
    ("a && yes", "expected true or false, found number (line 1, column 3)"),
    ("name && yes", "expected true or false, found string (line 1, column 6)"),
    ("!nothing", "expected true or false, found null (line 1, column 1)"),
    ("a ? 1 : 2", "expected true or false, found number (line 1, column 1)"),
    (
        "'" + "y" * 50 + "' * 2",
        "expected a number, found the text '" + "y" * 40 + "…' (line 1, column 54)",
    ),
]


@pytest.mark.parametrize(("text", "message"), FAILURES, ids=[text for text, _ in FAILURES])
def test_bare_failure_names_what_was_found_and_where(evaluate, text, message):
    """A bare condition does not guess: null in an order, a number as a condition and an unknown name are errors."""
    with pytest.raises(ExpressionError) as failure:
        evaluate(text, **VARIABLES)

    assert str(failure.value) == message
