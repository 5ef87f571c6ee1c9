"""Expressions that mean harm: each is stopped by its budget, by its reader, or means nothing.

Rule of this file: tests assert what stops an expression and how many steps it was charged, never a time;
``make conformance`` prints the times, which are to stay below 100 ms of the processor each.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bpmgrpc.engine.expressions import (
    Budget,
    ExpressionBudgetExceeded,
    ExpressionError,
    ExpressionSyntaxError,
    compile_expression,
)
from tests.conformance.expression_table import Variables

__all__ = ["COSTLY", "NESTED", "REACHING", "VARIABLES", "Stopped", "stop"]

VARIABLES: Mapping[str, Any] = {
    "xs": list(range(20_000)),
    "a": "a" * 30_000 + "!",
    "long": "x" * 900_000,
    "big": 10**900,
    "c": {"a": 1},
}

# Endless lists and loops, exploding texts and numbers, patterns that go back over and over: stopped by the budget.
COSTLY = (
    "=for i in 1..1000000000 return i",
    "=for i in 1..1000, j in 1..1000, k in 1..1000 return i * j * k",
    "=count(for i in 1..100000000 return [i, i])",
    "=some x in 1..1000000000 satisfies x < 0",
    "=every x in 1..1000000000 satisfies x > 0",
    "=(for i in 1..50 return xs)[item = xs]",
    "=flatten(for i in 1..1000 return xs)",
    "=concatenate(xs, xs, xs, xs, xs, xs)",
    "=distinct values(xs)",
    "=sort(xs, function(x, y) x > y)",
    "={f: function(n) f(n + 1), r: f(1)}.r",
    "={f: function(n) if n < 2 then 1 else f(n - 1) + f(n - 2), r: f(40)}.r",
    "={f: function(g, n) g(g, n + 1), r: f(f, 1)}.r",
    '=for i in 1..200 return if i = 1 then "ab" else partial[-1] + partial[-1]',
    "=for i in 1..60 return if i = 1 then [1, 1] else [partial[-1], partial[-1]]",
    '=string join(for i in 1..100 return long, "")',
    '=replace(long, "x", long)',
    "=string(for i in 1..1000 return xs)",
    '=matches(a, "(a+)+$")',
    '=matches(a, "(a|aa)+$")',
    '=matches(a, "(.*)(.*)(.*)(.*)(.*)[^!]$")',
    '=replace(a, "(a*)*b", "")',
    '=split(a, "(a|a)*b")',
    "=context merge(for i in 1..100000 return c)",
    "=for i in 1..100000 return context put(c, string(i), xs)",
    "${a.matches('(a+)+')}",
    "${a.replaceAll('(a|aa)+b', 'x')}",
    "${a.split('(a|b|c)*d')}",
    "${long.concat(long)}",
    "${long.replace('x', long)}",
    "${long}${long}",
    "${big * big}",
    "${xs.containsAll(xs)}",
    "long + long",
    "big * big * 1.5",
)
# Deep nesting: refused by the reader before anybody recurses.
NESTED = (
    "=" + "(" * 5_000 + "1" + ")" * 5_000,
    "=" + "[" * 5_000 + "]" * 5_000,
    "=" + "{a: " * 2_000 + "1" + "}" * 2_000,
    "=" + "not(" * 2_000 + "true" + ")" * 2_000,
    "=" + "if true then " * 500 + "1" + " else 2" * 500,
    "=" + "-" * 20_000 + "1",
    "=a" + ".b" * 10_000,
    "=1" + " + 1" * 10_000,
    "${" + "(" * 5_000 + "1" + ")" * 5_000 + "}",
    "${" + "!" * 20_000 + "true}",
    "${a" + "[0]" * 10_000 + "}",
    "${" + "true ? 1 : " * 3_000 + "2}",
    "(" * 5_000 + "1" + ")" * 5_000,
    "=" + "1" * 40_000,
    "=1e999999999",
    "=" + '"' + "x" * 40_000 + '"',
    '=matches("a", "' + "(" * 3_000 + "a" + ")" * 3_000 + '")',
    '=matches("a", "a{1,100000}{1,100000}")',
)
# Ways to the host: they are errors, refused, or (in FEEL) null.
REACHING = (
    "${''.getClass().forName('java.lang.Runtime')}",
    "${''['class']}",
    "${c.class}",
    "${execution.getEngineServices()}",
    "${execution.getClass()}",
    "${c.__class__}",
    "${c['__class__'].__mro__}",
    "${T(java.lang.Runtime).getRuntime()}",
    "#{''.getClass()}",
    "${xs.append(1)}",
    "${c.clear()}",
    "c.__class__.__bases__[0].__subclasses__()",
    "__import__('os').system('true')",
    "open('/dev/null')",
    "eval('1')",
    "a.format(c)",
    "a.__init__.__globals__",
    "java.lang.System.exit(0)",
    "return new ProcessBuilder('true').start();",
    "return constructor.constructor('return 1')();",
    "c.getClass().getClassLoader()",
    "=__builtins__",
    "=c.__class__",
    '=get value(c, "__class__")',
    '=external("os", "system")',
    '=function(x) external {java: {class: "java.lang.Math", method signature: "cos(double)"}}',
    "=abs.__globals__",
    "=a.upper",
)


@dataclass(frozen=True)
class Stopped:
    """How an expression ended.

    Attributes:
        by: "budget", "reader", "error" or "value".
        value: The value, where there was one.
        steps: Steps that it was charged.
        milliseconds: Processor time for reading and running it; what else the machine does is none of its cost.
    """

    by: str
    value: Any
    steps: int
    milliseconds: float


def stop(text: str) -> Stopped:
    """Compiles and runs an expression and says what stopped it."""
    budget = Budget()
    allowed = budget.steps
    began = time.thread_time()
    value = None
    try:
        value = compile_expression(text, names=VARIABLES).evaluate(Variables(dict(VARIABLES)), budget)
        by = "value"
    except ExpressionSyntaxError:
        by = "reader"
    except ExpressionBudgetExceeded:
        by = "budget"
    except ExpressionError:
        by = "error"
    return Stopped(by, value, allowed - budget.steps, (time.thread_time() - began) * 1000)
