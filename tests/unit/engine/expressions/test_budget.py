from __future__ import annotations

from functools import reduce

import pytest

from bpmgrpc.engine.expressions import Budget, ExpressionBudgetExceeded, ExpressionError, ExpressionSyntaxError

VARIABLES = {
    "xs": list(range(20_000)),
    "many": list(range(100_001)),
    "s": "a" * 50_000,
    "t": "x" * 900_000,
    "big": 10**900,
    "tiny": {"k" * 1000: 1},
    "deep": [[[[]]]],
    "deepest": reduce(lambda inner, _: [inner], range(100), []),
    "wide": [{"k" * 1000: [1]}] * 10_000,
}

# What it does, and the words of the error that stops it. No time is asserted: the steps are what is bounded.
STOPPED = [
    ("=for i in 1..3000000 return i", "too many steps"),
    ("=for i in 1..1000, j in 1..1000, k in 1..1000 return i", "too many steps"),
    ("=some x in 1..100000000 satisfies false", "too many steps"),
    ("=every x in 1..100000000 satisfies true", "too many steps"),
    ("=count(for i in 1..100000000 return i)", "too many steps"),
    ("=(for i in 1..20 return xs)[item[item > 5] = xs]", "too many steps"),
    ("={f: function(n) f(n + 1), r: f(1)}.r", "calls functions too deeply"),
    ("={f: function(n) if n = 0 then 0 else f(n - 1) + f(n - 1), r: f(30)}.r", "too many steps"),
    ('=matches(s, "(a|b|c)*d")', "too many steps"),
    ('=replace(s, "a", s)', "too many steps"),
    ('=for i in 1..100 return if i = 1 then "aaaaaaaaaa" else partial[-1] + partial[-1]', "1,000,000 characters"),
    ('=string join(for i in 1..30 return t, "")', "1,000,000 characters"),
    ("=for i in 1..60 return if i = 1 then [1, 1] else [partial[-1], partial[-1]]", "too many steps"),
    ("=for i in 1..2000 return if i = 1 then [] else [partial[-1]]", "nested too deeply"),
    ("={a: for i in 1..200 return if i = 1 then [] else [partial[-1]], r: a[-1] = a[-1]}.r", "too deeply"),
    ("={a: for i in 1..200 return if i = 1 then [] else [partial[-1]], r: string(a[-1])}.r", "too deeply"),
    ("=distinct values(xs)", "too many steps"),
    ("=duplicate values(xs)", "too many steps"),
    ("=flatten(for i in 1..1000 return xs)", "too many steps"),
    ("=string(for i in 1..1000 return xs)", "too many steps"),
    ("=concatenate(xs, xs, xs, xs, xs, xs)", "too many steps|100,000 items"),
    ("=count(many)", "100,000 items"),
    ("=many", "too many steps"),
    ("=sort(xs, function(a, b) if a > b then true else false)", "too many steps"),
    ("=t + t", "1,000,000 characters"),
    ("t + t", "1,000,000 characters"),
    ("${t}${t}${t}${t}${t}${t}${t}${t}", "too many steps|1,000,000 characters"),
    ("${t.concat(t)}", "1,000,000 characters"),
    ("${t.replace('x', t)}", "1,000,000 characters"),
    ("${s.matches('(a|b|c)*d')}", "too many steps"),
    ("${s.split('(a|b|c)*d')}", "too many steps"),
    ("${many.contains(-1)}", "100,000 items"),
    ("${many.equals(many)}", "too many steps"),
    ("${big * big}", "more than 1,000 digits"),
    ("big * 1.5 * big", "more than 1,000 digits"),
    ("big * 10 * big", "more than 1,000 digits"),
    ("many", "too many steps"),
    ("deepest", "nested too deeply"),
    ("a${deepest}", "the text of a value cannot be made"),
    ("wide", "too many steps"),
]


@pytest.mark.parametrize(("text", "message"), STOPPED, ids=[text[:60] for text, _ in STOPPED])
def test_hostile_expression_is_stopped(evaluate, text, message):
    """Endless loops, exploding texts, lists, numbers and patterns end in a budget error."""
    with pytest.raises(ExpressionBudgetExceeded, match=message):
        evaluate(text, **VARIABLES)


def test_huge_powers_cost_nothing(evaluate):
    """A power beyond decimal128 is null at once, not computed."""
    assert evaluate("=9 ** 9999999999") is None
    assert evaluate("=(9 ** 9999) ** 9999") is None


@pytest.mark.parametrize(
    "text",
    (
        "${''.getClass().forName('java.lang.Runtime')}",
        "${xs.__class__}",
        "${xs['__class__']}",
        "${execution.getClass()}",
        "xs.__class__.__mro__",
        "__import__('os')",
        "xs.append(1)",
        "xs.sort()",
        "s.format(xs)",
        "s.encode()",
        "deep.pop()",
        "tiny.update(tiny)",
        "(1).real",
        "1 .bit_length()",
    ),
)
def test_no_expression_reaches_the_host(evaluate, text):
    """Python's own attributes and methods are not there: the names mean nothing."""
    with pytest.raises((ExpressionError, ExpressionSyntaxError)):
        evaluate(text, **VARIABLES)


@pytest.mark.parametrize("text", ("=s.upper", "=xs.__class__[1]", "=__builtins__", "=tiny.keys", "=abs.__globals__"))
def test_feel_does_not_reach_the_host_either(evaluate, text):
    """In FEEL a name that means nothing is null."""
    assert evaluate(text, **VARIABLES) is None


def test_variables_are_never_changed(evaluate):
    """Functions on lists and contexts give new ones."""
    xs, c = [2, 1], {"a": {"b": 1}}

    evaluate('=[append(xs, 3), sort(xs), reverse(xs), remove(xs, 1), context put(c, ["a", "b"], 2)]', xs=xs, c=c)

    assert xs == [2, 1]
    assert c == {"a": {"b": 1}}


def test_depth_is_given_back(evaluate):
    """A budget that is shared counts the depth of calls anew for each evaluation, even after one that failed."""
    budget = Budget(1_000_000)
    for _ in range(3):
        with pytest.raises(ExpressionBudgetExceeded, match="too deeply"):
            evaluate("={f: function(n) f(n + 1), r: f(1)}.r", budget=budget)

    assert evaluate("={f: function(n) if n = 0 then 0 else f(n - 1), r: f(20)}.r", budget=budget) == 0


def test_everyday_conditions_cost_no_steps(evaluate):
    """Straight-line code is bounded by its text and is not charged."""
    budget = Budget(0)

    assert evaluate("${a > 100 && b == 'x'}", budget=budget, a=150, b="x") is True
    assert evaluate('=a > 100 and b = "x"', budget=budget, a=150, b="x") is True


def test_function_of_many_results_is_bounded(evaluate):
    """A list has at most a hundred thousand items, even where the budget would allow more."""
    with pytest.raises(ExpressionBudgetExceeded, match="a list of more than 100,000 items"):
        evaluate("=count(for i in 1..200000 return i)", budget=Budget(10**9))
