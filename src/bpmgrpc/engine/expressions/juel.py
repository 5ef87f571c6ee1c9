r"""Reads ``${…}`` and ``#{…}`` as Camunda 7, Flowable and Activiti write them (Unified Expression Language 2.2, JUEL).

A text may be one expression, whose value has its own type, or mix text and expressions (``Hello ${name}``), whose value
is text. ``\${`` and ``\#{`` are plain text. Read like the Java engines: ``and or not eq ne lt gt le ge div mod empty``,
``? :``, index and property access, methods, functions with a prefix (``variables:get(x)``). Not read: lambdas,
assignments, lists and maps written down, which JUEL 2.2 does not know either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.expressions.ast import Composite, Literal
from bpmgrpc.engine.expressions.infix import Grammar, InfixReader
from bpmgrpc.engine.expressions.lexer import pattern, tokenize
from bpmgrpc.engine.expressions.reader import check_size

if TYPE_CHECKING:
    from bpmgrpc.engine.expressions.ast import Node

__all__ = ["is_juel", "read_juel"]

_TOKENS: Final = pattern(
    operators="&& || == != <= >= ( ) [ ] { } . , ? : ! < > + - * / %",
    quotes="\"'",
    signs="$",
)
_GRAMMAR: Final = Grammar(
    operators={
        "||": "or", "or": "or", "&&": "and", "and": "and",
        "==": "==", "eq": "==", "!=": "!=", "ne": "!=",
        "<": "<", "lt": "<", ">": ">", "gt": ">", "<=": "<=", "le": "<=", ">=": ">=", "ge": ">=",
        "+": "+", "-": "-", "*": "*", "/": "/", "div": "/", "%": "%", "mod": "%",
    },
    signs={"-": "-", "!": "not", "not": "not", "empty": "empty"},
    prefixes=frozenset({"variables", "vars", "var"}),
)  # fmt: skip


def is_juel(text: str) -> bool:
    """Tells whether a text holds a JUEL expression.

    Args:
        text: Any text.
    """
    return "${" in text or "#{" in text


def read_juel(text: str, start: int = 0) -> Node:
    """Reads a text with expressions in it.

    Args:
        text: The text; without ``${`` and ``#{`` all of it is a literal.
        start: Where to begin.

    Returns:
        The expression's node where the text is nothing but one expression, else a composite.

    Raises:
        ExpressionSyntaxError: A part is not an expression.
    """
    check_size(text)
    if not is_juel(text):
        return Literal(start, text[start:])
    parts: list[Node] = []
    plain: list[str] = []
    position = start
    while position < len(text):
        mark = text[position : position + 2]
        if mark in ("${", "#{"):
            if plain:
                parts.append(Literal(position - len(plain), "".join(plain)))
                plain = []
            tokens = tokenize(text, _TOKENS, position + 2, braced=True)
            reader = InfixReader(text, tokens, _GRAMMAR)
            parts.append(reader.finish(reader.expression()))
            position = tokens[-1].offset + 1
        else:
            if mark in ("\\$", "\\#") and text[position + 2 : position + 3] == "{":
                position += 1
            plain.append(text[position])
            position += 1
    if plain:
        parts.append(Literal(position - len(plain), "".join(plain)))
    if len(parts) == 1:
        return parts[0]
    return Composite(start, tuple(parts))
