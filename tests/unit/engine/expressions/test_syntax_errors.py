from __future__ import annotations

import pytest

from bpmgrpc.engine.expressions import ExpressionSyntaxError, compile_expression

REFUSED = [
    # Bare.
    ("", "expected a value, found the end", 1, 1),
    ("a >", "expected a value, found the end", 1, 4),
    ("a > 3)", "expected an operator or the end, found ')'", 1, 6),
    ("(a > 3", "expected ')', found the end", 1, 7),
    ("a\n  > > 3", "expected a value, found '>'", 2, 5),
    ("a = 3", "'=' does not compare: write '=='", 1, 3),
    ("a > 3; b", "expected one expression, found a second statement at 'b'", 1, 8),
    ("a b", "expected an operator or the end, found 'b'", 1, 3),
    ("a # b", "unexpected character '#'", 1, 3),
    ("'abc", "the text that begins here is not closed", 1, 1),
    ("a.", "expected a name after the dot, found the end", 1, 3),
    ("a.3", "expected an operator or the end, found '.3'", 1, 2),
    ("a[1", "expected ']', found the end", 1, 4),
    ("a ? 1", "expected ':', found the end", 1, 6),
    ("a.contains(1 2)", "expected ',' or ')', found '2'", 1, 14),
    ("foo(1)", "unknown function foo()", 1, 1),
    ("and", "expected a value, found 'and'", 1, 1),
    ("12days", "expected an operator after the number, found 'days'", 1, 3),
    ("'\\ud800'", "the text holds a lone surrogate, which is not a character", 1, 1),
    ("'\\U110000'", "\\U110000 is no character", 1, 2),
    ("1" * 1001, "a number has at most 1,000 digits", 1, 1),
    ("1e6001", "a number's exponent is at most 6,000", 1, 1),
    ("KieFunctions.format(a)", "unknown function format()", 1, 14),
    ("KieFunctions.isNull()", "isNull() takes 1 argument, not 0", 1, 14),
    ("KieFunctions.equalsTo(a)", "equalsTo() takes 2 arguments, not 1", 1, 14),
    ("kcontext.getVariable()", "expected 1 argument, found 0", 1, 10),
    # JUEL.
    ("${a", "expected '}'", 1, 4),
    ("x ${a > }", "expected a value, found the end", 1, 9),
    ("${a}${b c}", "expected an operator or the end, found 'c'", 1, 9),
    ("${}", "expected a value, found the end", 1, 3),
    ("${{a}}", "expected a value, found '{'", 1, 3),
    ("${noon()}", "unknown function noon()", 1, 3),
    ("${variables:foo(a)}", "unknown function foo()", 1, 3),
    ("${variables:isEmpty()}", "variables:isEmpty() needs a variable's name", 1, 3),
    ("${variables:getOrDefault(a)}", "expected 2 arguments, found 1", 1, 3),
    ("${variables:get()}", "variables:get() needs a variable's name", 1, 3),
    ("${a = 1}", "unexpected character '='", 1, 5),
    # FEEL.
    ("=", "expected a value, found the end", 1, 2),
    ("= a +", "expected a value, found the end", 1, 6),
    ("= if a then b", "expected 'else', found the end", 1, 14),
    ("= for x in y", "expected 'return', found the end", 1, 13),
    ("= for in y return 1", "expected a name, found 'in'", 1, 7),
    ("= some x in y", "expected 'satisfies', found the end", 1, 14),
    ("= for , in y return 1", "expected a name, found ','", 1, 7),
    ("= [1, 2", "expected ',' or ']', found the end", 1, 8),
    ("= {a: 1", "expected ',', found the end", 1, 8),
    ("= {a 1}", "expected ':', found '}'", 1, 7),
    ("= {a: 1, a: 2}", "a context with two entries 'a'", 1, 10),
    ("= {: 1}", "expected a name, found ':'", 1, 4),
    ("= {1: 1}", "expected a name, found '1'", 1, 4),
    ("= a.", "expected a name, found the end", 1, 5),
    ("= a.5", "expected an operator or the end, found '.5'", 1, 4),
    ("= f(a: 1, 2)", "an argument without a name after one with a name", 1, 11),
    ("= f(1, a: 2)", "an argument with a name after one without", 1, 8),
    ("= f(1 2", "expected ',', found '2'", 1, 7),
    ("= x instance of foo", "unknown type 'foo'", 1, 5),
    ("= x instance of list<foo>", "unknown type 'foo'", 1, 5),
    ("= x instance of context<a: >", "expected a name, found '>'", 1, 28),
    ("= x instance of list<number string", "expected ',', found the end", 1, 35),
    ("= function(a: foo) a", "unknown type 'foo'", 1, 3),
    ("= function(a b", "expected ',', found the end", 1, 15),
    ("= function() external {java: {}}", "external functions are not supported", 1, 14),
    ("= function", "expected '(', found the end", 1, 11),
    ("= (!= 5)", "'!=' makes no range", 1, 3),
    ("= [1..2", "expected ']' or ')' or '[', found the end", 1, 8),
    ("= x between 1 or 2", "expected 'and', found 'or'", 1, 15),
    ("= x in (1 2)", "expected ',' or ')', found '2'", 1, 11),
    ('= "abc', "the text that begins here is not closed", 1, 3),
    ("= then", "expected a name, found 'then'", 1, 3),
    ("= a\n  b\n  )", "expected an operator or the end, found ')'", 3, 3),
    # Limits.
    ("a" * 32_769, "an expression has at most 32,768 characters", 1, 32_769),
    ("!" * 61 + "a", "an expression nests at most 60 levels", 1, 61),
    ("(" * 60 + "a" + ")" * 60, "an expression nests at most 60 levels", 1, 61),
    ("1" + "+1" * 151, "the expression has more than 150 levels: split it", 1, 303),
    ("1" + "+1" * 150, "the expression has more than 150 levels: split it", 1, 1),
    ("a" + ".a" * 151, "the expression has more than 150 levels: split it", 1, 303),
    ("=1" + "+1" * 151, "the expression has more than 150 levels: split it", 1, 304),
    ("=a" + "[1]" * 151, "the expression has more than 150 levels: split it", 1, 456),
    ("=a" + "<1" * 151, "the expression has more than 150 levels: split it", 1, 305),
    (
        "= for " + ", ".join(f"x{i} in y" for i in range(17)) + " return 1",
        "an expression has at most 16 iterators in one loop",
        1,
        166,
    ),
]


@pytest.mark.parametrize(("text", "message", "line", "column"), REFUSED, ids=[repr(text[:40]) for text, *_ in REFUSED])
def test_syntax_error_says_what_was_expected_and_where(text, message, line, column):
    """A text that is no expression is refused when it is compiled, with line and column."""
    with pytest.raises(ExpressionSyntaxError) as refusal:
        compile_expression(text)

    assert message in refusal.value.message
    assert (refusal.value.line, refusal.value.column) == (line, column)


def test_unknown_language_is_refused():
    """A condition in a language that nobody reads is refused by its name."""
    with pytest.raises(ExpressionSyntaxError, match="expressions in 'python' are not supported"):
        compile_expression("a > 3", language="python")


def test_long_row_of_conditions_is_no_deep_one(evaluate):
    """A thousand conditions joined by "and" are wide, not deep."""
    assert evaluate(" && ".join(["a > 0"] * 1000), a=1) is True
    assert evaluate("=" + " or ".join(["a < 0"] * 1000), a=1) is False
