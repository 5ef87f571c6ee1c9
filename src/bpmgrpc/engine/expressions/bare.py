"""Reads bare conditions, ``Leave.days > 3 && Leave.ok``, and ``return a > 3;`` of Java, MVEL, JavaScript and Groovy.

One expression, no statements. ``&& || !`` and ``and or not`` mean the same, so do ``==`` and ``===``; a single ``=`` is
refused, because in one language it compares and in another it assigns. Texts stand in single or double quotes. Words
side by side that all begin with a capital letter are one name, as modelers write them: ``Service Level == 'Premium'``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.expressions.infix import Grammar, InfixReader
from bpmgrpc.engine.expressions.lexer import pattern, tokenize
from bpmgrpc.engine.expressions.reader import check_size

if TYPE_CHECKING:
    from bpmgrpc.engine.expressions.ast import Node

__all__ = ["read_bare"]

_TOKENS: Final = pattern(
    operators="=== !== && || == != <> <= >= ?. ?? ?: = ( ) [ ] . , ? : ; ! < > + - * / %",
    quotes="\"'",
    signs="$",
)
_GRAMMAR: Final = Grammar(
    operators={
        "||": "or", "or": "or", "OR": "or", "&&": "and", "and": "and", "AND": "and",
        "==": "==", "===": "==", "!=": "!=", "!==": "!=", "<>": "!=",
        "<": "<", ">": ">", "<=": "<=", ">=": ">=",
        "+": "+", "-": "-", "*": "*", "/": "/", "%": "%",
    },
    signs={"-": "-", "+": "+", "!": "not", "not": "not", "NOT": "not"},
    suffixes="LlDdFfBGg",
    long_names=True,
)  # fmt: skip


def read_bare(text: str) -> Node:
    """Reads a bare condition.

    Args:
        text: The condition, ``return`` before it and semicolons behind it allowed.

    Raises:
        ExpressionSyntaxError: It is not one expression.
    """
    check_size(text)
    reader = InfixReader(text, tokenize(text, _TOKENS), _GRAMMAR)
    if reader.ahead(1).kind != "end":
        reader.accept("return")
    node = reader.expression()
    if reader.at("="):
        reader.fail("'=' does not compare: write '=='")
    if reader.at(";"):
        while reader.accept(";"):
            pass
        if reader.token.kind != "end":
            reader.fail(f"expected one expression, found a second statement at {reader.found()}")
    return reader.finish(node)
