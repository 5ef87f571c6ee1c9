from __future__ import annotations

from decimal import Decimal

import pytest

from bpmgrpc.errors import FieldViolation, InvalidArgument
from bpmgrpc.values import check_name, join_members, parse, serialize, split_members

MEMBERS = [
    ("", {}),
    ("  \n", {}),
    ("{}", {}),
    (" { } ", {}),
    ('{"a":1}', {"a": "1"}),
    ('{ "a" : 1.10 , "b":\t1E5\n}', {"a": "1.10", "b": "1E5"}),
    ('{"a": 12345678901234567890123}', {"a": "12345678901234567890123"}),
    ('{"a": -0.0, "b": 1e-7}', {"a": "-0.0", "b": "1e-7"}),
    ('{"a": { "x" : [ 1 , 2 ] } }', {"a": '{ "x" : [ 1 , 2 ] }'}),
    ('{"a": "x\\u0041", "b": "\\ud83d\\ude00"}', {"a": '"x\\u0041"', "b": '"\\ud83d\\ude00"'}),
    ('{"\\u0061": null, "ลา": true}', {"a": "null", "ลา": "true"}),
    ('{"a": "\\\\ud800", "b": "\\\\"}', {"a": '"\\\\ud800"', "b": '"\\\\"'}),
    ('{"a": "[[[{{{", "b": "]]\\"}}"}', {"a": '"[[[{{{"', "b": '"]]\\"}}"'}),
    ('{"a": ' + "[" * 99 + "]" * 99 + "}", {"a": "[" * 99 + "]" * 99}),
    ('{"a": "' + "[" * 200 + '"}', {"a": '"' + "[" * 200 + '"'}),
    ('{"a": ' + "9" * 1000 + "}", {"a": "9" * 1000}),
    ('{"a": -' + "9" * 1000 + "}", {"a": "-" + "9" * 1000}),
    ('{"a": 1e999}', {"a": "1e999"}),
    ('{"a": 0.' + "1" * 999 + "}", {"a": "0." + "1" * 999}),
    ('{"' + "n" * 255 + '": 1}', {"n" * 255: "1"}),
]


@pytest.mark.parametrize(("text", "members"), MEMBERS, ids=[text[:30] for text, _ in MEMBERS])
def test_members_keep_their_source_text(text, members):
    """Each top-level member is the text it was sent as, without the white space around it."""
    assert split_members(text) == members
    assert list(split_members(text)) == list(members)


REFUSED = [
    ("[1]", "is not a JSON object at line 1, column 1"),
    ("null", "is not a JSON object at line 1, column 1"),
    ("\ufeff{}", "is not a JSON object at line 1, column 1"),
    ("{", "is not JSON: expected a member's name in double quotes at line 1, column 2"),
    ("{a: 1}", "is not JSON: expected a member's name in double quotes at line 1, column 2"),
    ('{"a', "is not JSON: unterminated string starting at line 1, column 2"),
    ('{"a"', "is not JSON: expected ':' at line 1, column 5"),
    ('{"a" 1}', "is not JSON: expected ':' at line 1, column 6"),
    ('{"a":', "is not JSON: expecting value at line 1, column 6"),
    ('{"a":}', "is not JSON: expecting value at line 1, column 6"),
    ('{"a":.5}', "is not JSON: expecting value at line 1, column 6"),
    ('{"a": 01}', "is not JSON: expected ',' or '}' at line 1, column 8"),
    ('{"a": 1', "is not JSON: expected ',' or '}' at line 1, column 8"),
    ('{"a": 1,}', "is not JSON: expected a member's name in double quotes at line 1, column 9"),
    ('{"a": 1} x', "is not JSON: expected nothing more after the object at line 1, column 10"),
    ('{"a": 1}\x0c', "is not JSON: expected nothing more after the object at line 1, column 9"),
    ('{\n "a": 1,\n "b": [1,}]\n}', "is not JSON: expecting value at line 3, column 10"),
    ('{"a": "x\ny"}', "is not JSON: invalid control character at line 1, column 9"),
    ('{"a": "\\x"}', "is not JSON: invalid \\escape at line 1, column 8"),
    ('{"a": NaN}', "holds NaN, which is not a JSON number in member 'a', which begins at line 1, column 7"),
    (
        '{"a": [-Infinity]}',
        "holds -Infinity, which is not a JSON number in member 'a', which begins at line 1, column 7",
    ),
    ('{"a": 1, "\\u0061": 2}', "has two members 'a' at line 1, column 10"),
    (
        '{"x": [{"a": 1, "b": 2, "b": 3}]}',
        "holds an object with two members 'b' in member 'x', which begins at line 1, column 7",
    ),
    ('{"": 1}', "has a member with an empty name at line 1, column 2"),
    ('{"a\\u0000": 1}', "has a member whose name holds NUL at line 1, column 2"),
    ('{"' + "n" * 256 + '": 1}', "has a member whose name is longer than 255 characters at line 1, column 2"),
    ('{"a": "\\ud800"}', "holds an escaped lone surrogate, which is not a character at line 1, column 8"),
    ('{"a": "\\udc00\\ud800"}', "holds an escaped lone surrogate, which is not a character at line 1, column 8"),
    ('{"a": "\\\\\\uDBFF"}', "holds an escaped lone surrogate, which is not a character at line 1, column 10"),
    ('{"a": "\ud800"}', "holds a lone surrogate, which is not a character at line 1, column 8"),
    ('{"\\udfff": 1}', "holds an escaped lone surrogate, which is not a character at line 1, column 3"),
    ('{"a": ' + "[" * 100 + "]" * 100 + "}", "is nested deeper than 100 levels at line 1, column 106"),
    (
        '{"a": ' + "9" * 1001 + "}",
        "holds a number of more than 1,000 digits in member 'a', which begins at line 1, column 7",
    ),
    (
        '{"a": ' + "9" * 5000 + "}",
        "holds a number of more than 1,000 digits in member 'a', which begins at line 1, column 7",
    ),
    ('{"a": 1e1000}', "holds a number of more than 1,000 digits in member 'a', which begins at line 1, column 7"),
    ('{"a": 1e-1000}', "holds a number of more than 1,000 digits in member 'a', which begins at line 1, column 7"),
    (
        '{"a": 1E99999999999999999999}',
        "holds a number of more than 1,000 digits in member 'a', which begins at line 1, column 7",
    ),
    (
        '{"a": 0.' + "1" * 1001 + "}",
        "holds a number of more than 1,000 digits in member 'a', which begins at line 1, column 7",
    ),
    (
        '{"' + "n" * 100 + '": 1, "' + "n" * 100 + '": 1}',
        "has two members '" + "n" * 80 + "…' at line 1, column 109",
    ),
]


@pytest.mark.parametrize(("text", "problem"), REFUSED, ids=[ascii(text[:30]) for text, _ in REFUSED])
def test_text_that_is_no_object_is_refused_with_the_place(text, problem):
    """What is not JSON, or breaks a limit, is refused: the error names the field, the rule and the place."""
    with pytest.raises(InvalidArgument) as refusal:
        split_members(text, field="process.variables")

    assert refusal.value.message == f"process.variables {problem}"
    assert refusal.value.reason == "INVALID_VARIABLES"
    assert refusal.value.violations == [FieldViolation("process.variables", problem)]


@pytest.mark.parametrize(
    "text",
    (
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"a": [' + '"[",' * 300_000,
        '{"a": "' + '\\"' * 1_000_000,
        '{"a": [' + "1" * 1_000_000,
        '{"a": ' + "[[]," * 300_000,
    ),
    ids=["arrays", "objects", "strings", "escapes", "digits", "wide"],
)
def test_hostile_text_is_refused_and_not_recursed_into(text):
    """A text nested a hundred thousand deep, or a megabyte of quotes, ends in InvalidArgument and nothing else."""
    with pytest.raises(InvalidArgument):
        split_members(text)


VALUES = [
    ("null", None),
    (" true ", True),
    ("0", 0),
    ("-12345678901234567890123", -12345678901234567890123),
    ("1.10", Decimal("1.10")),
    ("1E5", Decimal(100_000)),
    ('"a\\n"', "a\n"),
    ('[1, {"a": []}]', [1, {"a": []}]),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_numbers_are_read_as_int_or_decimal(text, value):
    """A parsed value holds no float: whole numbers are ints, all others Decimals."""
    result = parse(text)

    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    (
        ("", "value is not JSON: expecting value at line 1, column 1"),
        ("1 2", "value is not JSON: expected nothing more after the value at line 1, column 3"),
        ('{"a": 1, "a": 2}', "value holds an object with two members 'a', which begins at line 1, column 1"),
        ("[" * 101 + "]" * 101, "value is nested deeper than 100 levels at line 1, column 101"),
    ),
)
def test_text_that_is_no_value_is_refused(text, message):
    """A single value is held to the same rules."""
    with pytest.raises(InvalidArgument) as refusal:
        parse(text)

    assert refusal.value.message == message


TEXTS = [
    (None, "null"),
    (True, "true"),
    (False, "false"),
    (0, "0"),
    (-5, "-5"),
    (12345678901234567890123, "12345678901234567890123"),
    (Decimal("1.10"), "1.10"),
    (Decimal("0.0000001"), "0.0000001"),
    (Decimal("1E+5"), "100000"),
    (Decimal("1E+41"), "1E+41"),
    (Decimal("1E-41"), "1E-41"),
    (Decimal("-0"), "-0"),
    ('a"\\\n\x00ลา😀', '"a\\"\\\\\\n\\u0000ลา😀"'),
    ([], "[]"),
    ({}, "{}"),
    ([1, [2], {"a": None}], '[1,[2],{"a":null}]'),
    ({"b": 1, "a": [True]}, '{"b":1,"a":[true]}'),
]


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=[text[:20] for _, text in TEXTS])
def test_value_is_written_exactly(value, text):
    """A value is written compactly and reads back as itself, numbers to the last digit."""
    assert serialize(value) == text
    assert parse(text) == value


@pytest.mark.parametrize(
    ("value", "problem"),
    (
        (10**1000, "holds a number of more than 1,000 digits"),
        (-(10**1000), "holds a number of more than 1,000 digits"),
        pytest.param(1 << 100_000, "holds a number of more than 1,000 digits", id="a hundred thousand bits"),
        (Decimal("1E+1000"), "holds a number of more than 1,000 digits"),
        (Decimal("1E-1000"), "holds a number of more than 1,000 digits"),
        (Decimal("NaN"), "holds a number that is not finite"),
        (Decimal("Infinity"), "holds a number that is not finite"),
        ("\ud800", "holds a lone surrogate, which is not a character"),
    ),
)
def test_value_beyond_the_limits_is_refused(value, problem):
    """What could not be read again is not written."""
    with pytest.raises(InvalidArgument) as refusal:
        serialize([value], field="result")

    assert refusal.value.message == f"result {problem}"


def test_value_may_have_a_thousand_digits():
    """The limits are met exactly."""
    assert serialize(10**1000 - 1) == "9" * 1000
    assert serialize(-(10**1000 - 1)) == "-" + "9" * 1000


def test_value_must_fit_into_the_variables():
    """A value has at most 99 levels, since the variables' object around it is one more."""
    deepest = []
    for _ in range(98):
        deepest = [deepest]

    assert split_members(join_members({"a": serialize(deepest)})) == {"a": "[" * 99 + "]" * 99}
    with pytest.raises(InvalidArgument, match="value is nested deeper than 99 levels"):
        serialize([deepest])
    with pytest.raises(InvalidArgument, match="value is nested deeper than 99 levels"):
        serialize({"a": deepest})


def test_float_is_no_value():
    """A float never gets in: it would have lost digits already."""
    with pytest.raises(TypeError, match="int and Decimal for numbers; float is not"):
        serialize(1.5)


def test_joined_members_split_into_themselves():
    """Joining is the inverse of splitting, source texts untouched."""
    members = {"a": "1.10", 'b"\n': '{ "x" : 1E5 }', "ลา": '"\\u0041"'}

    assert join_members(members) == '{"a":1.10,"b\\"\\n":{ "x" : 1E5 },"ลา":"\\u0041"}'
    assert split_members(join_members(members)) == members
    assert join_members({}) == "{}"


@pytest.mark.parametrize(
    ("name", "problem"),
    (
        ("", "has a member with an empty name"),
        ("a\0", "has a member whose name holds NUL"),
        ("n" * 256, "has a member whose name is longer than 255 characters"),
        ("\ud800", "has a member whose name holds a lone surrogate"),
    ),
)
def test_name_that_is_none_is_refused(name, problem):
    """A variable's name is not empty, not endless, and holds characters only."""
    with pytest.raises(InvalidArgument) as refusal:
        check_name(name)

    assert refusal.value.message == f"variables {problem}"


@pytest.mark.parametrize("name", ("a", "ลา ป่วย", "n" * 255))
def test_name_of_any_script_is_accepted(name):
    """Names may hold spaces and letters of any script."""
    check_name(name)
