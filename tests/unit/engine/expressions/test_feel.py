from __future__ import annotations

from decimal import Decimal

import pytest

from bpmgrpc.engine.expressions import ExpressionError

VARIABLES = {
    "amount": 150,
    "price": Decimal("9.90"),
    "name": "Ann",
    "yes": True,
    "nothing": None,
    "order total": 5,
    "a-b": 7,
    "date": "a variable",
    "in stock": True,
    "order": {"customer": {"name": "Ann"}, "items": [{"id": 1, "price": 5}, {"id": 2, "price": 15}]},
    "orders": [{"id": 1, "price": 5}, {"id": 2, "price": 15}],
    "xs": [1, 2, 3, 4],
    "for sale": 1,
    "phase 2": "second",
    "big": 12345678901234567890123,
}

# Results by DMN 1.5, chapter 10 (grammar 10.3.1, semantics 10.3.2).
VALUES = [
    # Literals and names.
    ("42", 42),
    ("-1.50", Decimal("-1.50")),
    (".5", Decimal("0.5")),
    ("1.2e3", Decimal(1200)),
    ("true", True),
    ("null", None),
    ('"a\\n\\"b\\" \\u0e01 \\s"', 'a\n"b" ก \\s'),
    ('"\\U01F600"', "😀"),
    ("[]", []),
    ("{}", {}),
    ("order total + 1", 6),
    ("order   total", 5),
    ("a-b", 7),
    ("`a-b` + 1", 8),
    ("date", "a variable"),
    ("`in stock`", True),
    ("in stock", True),
    ("for sale + 1", 2),
    ("phase 2", "second"),
    ("undefined variable", None),
    ("amount // the amount\n + 1 /* more */", 151),
    # Arithmetic is decimal with 34 digits.
    ("1 + 2 * 3", 7),
    ("2 ** 10", 1024),
    ("2 ** 3 ** 2", 64),
    ("-2 ** 2", 4),
    ("-(3 - 5)", 2),
    ("- -3", 3),
    ("0.1 + 0.2 = 0.3", True),
    ("10 / 4", Decimal("2.5")),
    ("1 / 3", Decimal("0.3333333333333333333333333333333333")),
    ("1 / 0", None),
    ("10 ** 7000", None),
    ("big + 1", 12345678901234567890124),
    ("price * 2", Decimal("19.80")),
    ('"a" + "b"', "ab"),
    ('"a" + 1', None),
    ('1 - "a"', None),
    ('2 * "a"', None),
    ('2 / "a"', None),
    ('2 ** "a"', None),
    ("1 + null", None),
    ('-"a"', None),
    ("-price", Decimal("-9.90")),
    ("true + true", None),
    # Comparison.
    ("amount > 100", True),
    ("amount >= 150.0", True),
    ("1 < 2", True),
    ("2 <= 1", False),
    ("1 != 2", True),
    ('1 != "a"', None),
    ('"a" < "b"', True),
    ('1 < "a"', None),
    ('1 = "a"', None),
    ("1 = null", False),
    ("null = null", True),
    ("null != null", False),
    ("null < 1", None),
    ("true = true", True),
    ("true > false", None),
    ("[1, 2] = [1, 2]", True),
    ("[1, 2] = [1]", False),
    ("[1, [2]] = [1, [3]]", False),
    ("{a: 1, b: 2} = {b: 2, a: 1}", True),
    ("{a: 1} = {b: 1}", False),
    ("{a: 1} = {a: 2}", False),
    ("[1..3] = [1..3]", True),
    ("[1..3] = [1..3)", False),
    ("abs = abs", False),
    ("for f in [function(x) x] return f = f", [True]),
    ("5 between 1 and 10", True),
    ("11 between 1 and 10", False),
    ('5 between 1 and "a"', None),
    ("null between 1 and 10", None),
    # In, with tests and ranges.
    ("5 in [1..10]", True),
    ("1 in (1..10]", False),
    ("1 in ]1..10]", False),
    ("10 in [1..10)", False),
    ("10 in [1..10[", False),
    ("10 in [1..10]", True),
    ("5 in (1, 3, 5)", True),
    ("5 in (1, 3)", False),
    ("5 in (> 3)", True),
    ("5 in > 3", True),
    ("5 in <= 3", False),
    ("5 in (< 3, = 5)", True),
    ("5 in (!= 5)", False),
    ("5 in (> 3, < 1)", True),
    ('5 in < "a"', None),
    ('5 in = "a"', None),
    ('5 in ("a", > 9)', None),
    ("5 in [1, 5]", True),
    ("5 in xs", False),
    ("5 in ([1..3], [4..6])", True),
    ("[1, 2] in [[1, 2], [3]]", True),
    ("[1, 2] in [1, 2]", True),
    ("5 in [[1..3], [4..6]]", True),
    ("5 in (1..10)", True),
    ("5 in 5", True),
    ("null in null", True),
    ("5 in [1..null]", None),
    ('"b" in ["a".."c"]', True),
    ('5 in ["a".."c"]', None),
    ('5 in (> "a")', None),
    ("5 in [(< 10)]", True),
    ("10 in [(< 10)]", False),
    ("5 in [(> 10)]", False),
    ("5 in [(> 3)]", True),
    ('5 in [(< "a")]', False),
    ("[1..2] in [1..2]", True),
    ("5 in (< 10)", True),
    ("(> 5)", "(5..null)"),
    ("(<= 5)", "(null..5]"),
    ("(>= 5)", "[5..null)"),
    ("(< 5)", "(null..5)"),
    ("(= 5)", "[5..5]"),
    ("[1..3].start", 1),
    ("[1..3).end included", False),
    ("]1..3].start included", False),
    ("[1..3].end", 3),
    ("[1..3].middle", None),
    ("[3..1]", None),
    ('[1.."a"]', None),
    # Logic has three values.
    ("true and true", True),
    ("true and null", None),
    ("null and false", False),
    ("false or null", None),
    ("true or null", True),
    ("false or false", False),
    ('"a" and true', None),
    ('"a" or true', True),
    ("not(true)", False),
    ("not(null)", None),
    ('not("a")', None),
    ("not(amount > 100) or yes", True),
    # If, for, some, every.
    ('if 1 > 2 then "a" else "b"', "b"),
    ("if null then 1 else 2", 2),
    ('if "true" then 1 else 2', 2),
    ("1 + if yes then 1 else 2", 2),
    ("for i in [1, 2, 3] return i * 2", [2, 4, 6]),
    ("for i in 1..3 return i", [1, 2, 3]),
    ("for i in 3..1 return i", [3, 2, 1]),
    ("for i in -1..1 return i", [-1, 0, 1]),
    ("for i in [1..3] return i", [1, 2, 3]),
    ("for i in (1..4) return i", [2, 3]),
    ("for i in 1.5..3 return i", None),
    ('for i in "a".."c" return i', None),
    ("for x in [1, 2], y in [3, 4] return x * y", [3, 4, 6, 8]),
    ("for x in [[1, 2], [3]], y in x return y", [1, 2, 3]),
    ("for n in 1..3, m in n..1 return m", [1, 2, 1, 3, 2, 1]),
    ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", [1, 1, 2, 6, 24]),
    ("for x in null return x", None),
    ("for x in 5 return x", [5]),
    ("for x in [] return x", []),
    ("for x in xs, y in null return x", None),
    ("for the item in xs return the item + 1", [2, 3, 4, 5]),
    ('for d in @"2024-02-28"..@"2024-03-01" return day of week(d)', ["Wednesday", "Thursday", "Friday"]),
    ("for f in (for i in 1..2 return function(x) x + i) return f(10)", [11, 12]),
    ("some x in [1, 2, 3] satisfies x > 2", True),
    ("some x in [1, 2] satisfies x > 2", False),
    ("some x in [] satisfies true", False),
    ("some x in [1, null] satisfies x > 2", None),
    ("some x in null satisfies true", None),
    ("every x in [1, 2, 3] satisfies x > 2", False),
    ("every x in [3, 4] satisfies x > 2", True),
    ("every x in [] satisfies false", True),
    ("every x in [3, null] satisfies x > 2", None),
    ("some x in [1, 2], y in [2, 3] satisfies x = y", True),
    # Filters.
    ("[1, 2, 3, 4][item > 2]", [3, 4]),
    ("[10, 20, 30][1]", 10),
    ("[10, 20, 30][-1]", 30),
    ("[10, 20, 30][0]", None),
    ("[10, 20, 30][4]", None),
    ("[10, 20, 30][-4]", None),
    ("[10, 20, 30][1.5]", None),
    ("xs[amount - 149]", 1),
    ("[][1]", None),
    ("[][item > 1]", []),
    ("nothing[1]", None),
    ("5[1]", 5),
    ("5[item > 6]", []),
    ("[{a: 1, b: 2}, {a: 3, b: 4}][a > 1].b", [4]),
    ("[{item: 1}, {item: 2}][item > 1]", [{"item": 2}]),
    ("orders[price > 10].id", [2]),
    ("orders[price > amount].id", []),
    ("orders[item.price > 10][1].id", 2),
    ("[1, null, 2][item != null]", [1, 2]),
    # Contexts and paths.
    ("{a: 1, b: a + 1}.b", 2),
    ("{a: 1, b: a + 1}", {"a": 1, "b": 2}),
    ('{"a key": 1, sum of it: 2}.sum of it', 2),
    ("{a+b: 1, c: a+b + 1}.c", 2),
    ("{`x y`: 1}.x y", 1),
    ("[{a+b: 1}, {a+b: 2}].a+b", [1, 2]),
    ("{if: 1}.if", 1),
    ("order.customer.name", "Ann"),
    ("order.missing.name", None),
    ("order.items.price", [5, 15]),
    ("name.first", None),
    # Functions.
    ("{f: function(a) a + 1, r: f(2)}.r", 3),
    ("(function(x, y) x - y)(5, 3)", 2),
    ("(function(x, y) x - y)(y: 5, x: 3)", -2),
    ("(function(x, y) x - y)(x: 5, z: 3)", None),
    ("{fact: function(n) if n <= 1 then 1 else n * fact(n - 1), r: fact(5)}.r", 120),
    ("(function(a: number) a)(1)", 1),
    ('(function(a: number) a)("x")', None),
    ("(function(a: number) a)(null)", None),
    ("(function(a: number) a)([1])", 1),
    ("(function(a: list<number>) a)(1)", [1]),
    ("(function(a: number, b) a)(1)", None),
    ("(function(a) a)()", None),
    ("{abs: function(x) 1, r: abs(-5)}.r", 1),
    ("amount(1)", None),
    ("{c: {f: function(x) x * 2}}.c.f(4)", 8),
    ("sort(xs, function(x, y) x > y)", [4, 3, 2, 1]),
    ("(function() 1)()", 1),
    ("{f: abs, r: f(-3)}.r", 3),
    ("{f: max, r: f(1, 2, 3)}.r", 3),
    ("{f: function(x) x, r: f(1, 2)}.r", None),
    ("unknown thing(1)", None),
    # Types.
    ('"abc" instance of string', True),
    ("1 instance of number", True),
    ("1 instance of string", False),
    ("null instance of number", False),
    ("null instance of Any", False),
    ("null instance of Null", True),
    ("1 instance of Any", True),
    ("true instance of boolean", True),
    ("[1, 2] instance of list<number>", True),
    ('[1, "a"] instance of list<number>', False),
    ("[1, null] instance of list<number>", True),
    ("xs instance of list", True),
    ("{a: 1} instance of context", True),
    ('{a: 1, b: "x"} instance of context<a: number, b: string>', True),
    ("{a: 1} instance of context<b: number>", False),
    ("[1..2] instance of range<number>", True),
    ("(> 2) instance of range<string>", False),
    ("abs instance of function<number> -> number", True),
    ("abs instance of function<number, number> -> number", False),
    ("abs instance of function", True),
    ('@"2024-01-01" instance of date', True),
    ('@"P1D" instance of days and time duration', True),
    ('@"P1Y" instance of years and months duration', True),
    ('@"2024-01-01T00:00:00" instance of date and time', True),
    ('@"10:00:00" instance of time', True),
    # Camunda 8 adds these.
    ("is defined(amount)", True),
    ("is defined(unknown)", False),
    ("is defined(order.missing)", False),
    ("is defined(nothing)", True),
    ("get or else(nothing, 1)", 1),
    ("get or else(2, 1)", 2),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_feel_gives_what_the_standard_says(evaluate, text, value):
    """A FEEL expression has the value of DMN 1.5; what does not go together is null."""
    variables = {"abs = abs": {}}.get(text, VARIABLES)

    result = evaluate(f"={text}", **variables)

    assert result == value
    assert isinstance(result, bool) is isinstance(value, bool)


def test_feel_result_cannot_be_a_function(evaluate):
    """A function as a result is an error: no variable can hold it."""
    with pytest.raises(ExpressionError, match="gives a function, which no variable can hold"):
        evaluate("=[function(x) x]")


def test_feel_result_must_fit_into_a_variable(evaluate):
    """A number of more than a thousand digits is refused as a result."""
    with pytest.raises(ExpressionError, match="more than 1,000 digits"):
        evaluate("=10 ** 6000")


def test_feel_names_may_be_any_script(evaluate):
    """Names are words of any script, pictures included."""
    assert evaluate("=ชื่อ ลูกค้า", **{"ชื่อ ลูกค้า": "Ann"}) == "Ann"
    assert evaluate("={🐎: 1}.🐎") == 1


def test_feel_known_name_without_tokens_needs_back_quotes(evaluate):
    """A name with signs that FEEL has not can only be read between back-quotes."""
    assert evaluate("=`a#b`", **{"a#b": 1}) == 1


def test_feel_results_are_json(evaluate):
    """Dates, times, durations and ranges leave an expression as their texts."""
    result = evaluate('={d: @"2024-01-31", t: [@"10:00:00Z"], p: @"P1D", y: @"P2M", r: [1..2], n: 1.0}')

    assert result == {
        "d": "2024-01-31",
        "t": ["10:00:00Z"],
        "p": "P1D",
        "y": "P2M",
        "r": "[1..2]",
        "n": Decimal("1.0"),
    }
