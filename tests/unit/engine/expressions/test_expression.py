from __future__ import annotations

import sys
from decimal import Decimal

import pytest

from bpmgrpc.engine.expressions import (
    MISSING,
    Budget,
    Dialect,
    ExpressionBudgetExceeded,
    ExpressionError,
    ExpressionSyntaxError,
    Position,
    compile_expression,
    compile_template,
    literal_expression,
    truth,
)

DIALECTS = [
    ("${a}", None, Dialect.JUEL),
    ("#{a}", "http://www.w3.org/1999/XPath", Dialect.JUEL),
    ("= a", None, Dialect.FEEL),
    ("=a", "groovy", Dialect.FEEL),
    ("a", None, Dialect.BARE),
    ("a", "http://www.w3.org/1999/XPath", Dialect.BARE),
    ("a", "http://www.omg.org/spec/BPMN/20100524/MODEL", Dialect.BARE),
    ("a", "https://www.omg.org/spec/DMN/20191111/FEEL/", Dialect.FEEL),
    ("a", "feel", Dialect.FEEL),
    ("a", "http://www.java.com/java", Dialect.BARE),
    ("a", "http://www.javascript.com/javascript", Dialect.BARE),
    ("a", "http://www.mvel.org/2.0", Dialect.BARE),
    ("a", "groovy", Dialect.BARE),
    ("a", "juel", Dialect.BARE),
    ("${a}", "juel", Dialect.JUEL),
    ("a", "", Dialect.BARE),
]


@pytest.mark.parametrize(("text", "language", "dialect"), DIALECTS)
def test_language_is_chosen_by_form_and_then_by_declaration(text, language, dialect):
    """The marks of JUEL and FEEL win over what the file declares; without a mark the declaration decides."""
    assert compile_expression(text, language=language).dialect is dialect


def test_default_language_holds_where_nothing_is_declared():
    """A caller may say what an unmarked text is."""
    assert compile_expression("a = 1", default=Dialect.FEEL).dialect is Dialect.FEEL


REFERENCES = [
    ("${a + b.c * d[e]}", {"a", "b", "d", "e"}),
    ("${execution.getVariable('a')}", {"a"}),
    ("${execution.hasVariable('a')}", {"a"}),
    ("${execution.hasVariable(b)}", {"b"}),
    ("${execution.getVariable(b)}", {"b"}),
    ("${variables:get(a)}", {"a"}),
    ("${variables:gt('a', b)}", {"a", "b"}),
    ("${execution.id}", {"execution"}),
    ("x ${a} y ${b}", {"a", "b"}),
    ("a ?? b", {"a", "b"}),
    ("=order total + a b.c", {"order total", "a b"}),
    ("=for x in xs return x + y + count(partial)", {"xs", "y"}),
    ("=for x in xs, y in x.ys return y", {"xs"}),
    ("=some x in xs satisfies x > limit", {"xs", "limit"}),
    ("=orders[price > limit].id", {"orders", "price", "limit"}),
    ("=xs[item > 1]", {"xs"}),
    ("={a: 1, b: a + c}.b", {"c"}),
    ("=(function(a) a + b)(c)", {"b", "c"}),
    ("=is defined(a)", {"a"}),
    ("=f(a)", {"f", "a"}),
    ("=sum(a)", {"a"}),
    ("=5", set()),
]


@pytest.mark.parametrize(("text", "references"), REFERENCES, ids=[text for text, _ in REFERENCES])
def test_references_are_the_variables_that_may_be_read(text, references):
    """An expression knows the variables of the scope that it may read, and leaves out the names it binds itself."""
    assert compile_expression(text).references == references


@pytest.mark.parametrize("text", ("${user name}", "${a}", " #{a} ", "=a", "a"))
def test_reference_is_set_for_nothing_but_a_variable(text):
    """An expression that is one variable says which, so that the value's source text can be kept."""
    if "name" in text:
        assert compile_expression("= user name").reference == "user name"
    else:
        assert compile_expression(text).reference == "a"


@pytest.mark.parametrize("text", ("${a.b}", "x${a}", "=a+1", "=5", "a > 3", "${execution.getVariable('a')}"))
def test_reference_is_none_for_anything_else(text):
    """Everything that computes, or reads a part, is no reference."""
    assert compile_expression(text).reference is None


@pytest.mark.parametrize(("text", "literal"), (("=5", True), ("${'a'}", True), ("a", False), ("=1+1", False)))
def test_literal_needs_no_scope(text, literal):
    """A value that is written down is known to be one."""
    assert compile_expression(text).is_literal is literal


def test_literal_expression_is_its_text_whatever_signs_it_holds(scope):
    """A text that is declared to be plain is never read as an expression."""
    assert literal_expression("${a} = b").evaluate(scope()) == "${a} = b"


def test_expression_keeps_its_text():
    """The text is the one that was compiled, white space included."""
    expression = compile_expression(" ${a}\n")

    assert expression.text == " ${a}\n"
    assert repr(expression) == "Expression(' ${a}\\n', Dialect.JUEL)"


class _NeedsMore(Exception):
    """What an engine raises that has not loaded a variable yet."""


class _Unloaded:
    now_us = 0

    def lookup(self, name):
        raise _NeedsMore(name)

    def names(self):
        return ()


@pytest.mark.parametrize(
    "text", ("${a}", "${a.b > 3}", "a > 3", "=a + 1", "=for x in [1] return a", "=abs(a)", "x${a}")
)
def test_errors_of_the_scope_pass_through_unchanged(text):
    """What the caller's lookup raises is the caller's, not an error of the expression."""
    with pytest.raises(_NeedsMore):
        compile_expression(text).evaluate(_Unloaded())


def test_budget_may_be_shared(scope):
    """Several evaluations can spend one budget."""
    budget = Budget(120)  # each takes 51 steps: ten turns of three, and 21 for the list of ten
    expression = compile_expression("=for i in 1..10 return i")

    expression.evaluate(scope(), budget)
    expression.evaluate(scope(), budget)
    with pytest.raises(ExpressionBudgetExceeded):
        expression.evaluate(scope(), budget)


def test_position_counts_lines_and_columns_from_one():
    """Line 2, column 3 is the third character of the second line."""
    assert Position.of("ab\ncdef", 5) == Position(line=2, column=3)
    assert Position.of("ab", 0) == Position(line=1, column=1)


def test_error_keeps_a_position_that_it_has(scope):
    """A scope that evaluates an expression of its own raises errors with places of their own."""
    inner = compile_expression("missing")

    class Outer:
        now_us = 0

        def lookup(self, name):
            return inner.evaluate(scope())

        def names(self):
            return ()

    with pytest.raises(ExpressionError) as failure:
        compile_expression("1 + 1 + a").evaluate(Outer())
    assert failure.value.position == Position(1, 1)


def test_error_without_place_is_told_without_place():
    """An error that no expression raised has no line and column."""
    assert str(ExpressionError("no")) == "no"


@pytest.mark.parametrize("value", (True, False))
@pytest.mark.parametrize("dialect", list(Dialect))
def test_truth_of_booleans_is_themselves(value, dialect):
    """A condition that is true is true in every language."""
    assert truth(value, dialect) is value


@pytest.mark.parametrize(("value", "result"), (("true", True), ("TRUE", True), ("false", False)))
def test_truth_of_juel_reads_texts(value, result):
    """JUEL reads the texts true and false as the Java engines do."""
    assert truth(value, Dialect.JUEL) is result


@pytest.mark.parametrize(
    ("value", "dialect", "found"),
    (
        ("yes", Dialect.JUEL, "a value of type string"),
        ("true", Dialect.BARE, "a value of type string"),
        ("true", Dialect.FEEL, "a value of type string"),
        (1, Dialect.JUEL, "a value of type number"),
        (Decimal(0), Dialect.BARE, "a value of type number"),
        (None, Dialect.FEEL, "null"),
        ([], Dialect.JUEL, "a value of type list"),
        ({}, Dialect.JUEL, "a value of type object"),
    ),
)
def test_truth_of_anything_else_is_an_error(value, dialect, found):
    """Nothing but true is true: a condition with another value is an error that names its type."""
    with pytest.raises(ExpressionError) as failure:
        truth(value, dialect)

    assert str(failure.value) == f"a condition gives true or false; this one gives {found}"


def test_missing_is_not_null(scope):
    """A variable that is null is known; one that is missing is not."""
    assert compile_expression("${a}").evaluate(scope(a=None)) is None
    assert scope().lookup("a") is MISSING


def test_recursion_of_the_caller_ends_in_a_budget_error(scope):
    """An evaluation deep in the caller's stack ends in an error of its own, not in RecursionError."""
    expression = compile_template("=" + "(" * 50 + "a" + ")" * 50 + "+1" * 100)

    def deeper():
        try:
            return deeper()
        except RecursionError:
            return expression.evaluate(scope(a=1))

    limit = sys.getrecursionlimit()
    try:
        with pytest.raises(ExpressionBudgetExceeded, match="nests too deeply"):
            deeper()
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize("text", ("=" + "(" * 50 + "a" + ")" * 50, "${" + "(" * 50 + "a" + ")" * 50 + "}"))
def test_recursion_of_the_caller_ends_in_a_syntax_error(text):
    """A text that is compiled deep in the caller's stack ends in an error of its own, not in RecursionError."""

    def deeper():
        try:
            return deeper()
        except RecursionError:
            return compile_template(text)

    with pytest.raises(ExpressionSyntaxError, match="nests too deeply"):
        deeper()
