"""The grammar that JUEL and bare conditions share; a language is a table of operators and a few words.

::

    expression  = choice [ "?" expression ":" expression | "?:" expression | "??" expression ]
    choice      = operators by precedence, from the left
    operand     = ( "-" | "!" | "not" | "empty" ) operand | postfix
    postfix     = primary { "." name [ arguments ] | "?." name | "[" expression "]" }
    primary     = number | text | true | false | null | name [ arguments ] | "(" expression ")"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.expressions.ast import (
    Binary,
    Call,
    Conditional,
    Fallback,
    Index,
    Literal,
    Logical,
    Method,
    Name,
    Node,
    Property,
    Unary,
)
from bpmgrpc.engine.expressions.lexer import Token, decode
from bpmgrpc.engine.expressions.reader import Reader, number

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ESCAPES", "Grammar", "InfixReader"]

ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "\\": "\\", '"': '"', "'": "'", "/": "/"}

_CONSTANTS: Final = {"true": True, "false": False, "null": None}
# Tighter binds higher. `and` and `or` are Logical, all others Binary.
_PRECEDENCE: Final = {
    "or": 1, "and": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grammar:
    """What one language adds to the common grammar.

    Attributes:
        operators: Each spelling of an operator with two operands, and the operator that is meant.
        signs: Each spelling of an operator with one operand, and the operator that is meant.
        prefixes: Words that may stand before a colon and a function's name, as in ``variables:get(x)``.
        suffixes: Letters that may follow a number, as in ``10L``.
    """

    operators: Mapping[str, str]
    signs: Mapping[str, str]
    prefixes: frozenset[str] = frozenset()
    suffixes: str = ""
    long_names: bool = False  # "Service Level" is one name: words that all begin with a capital letter


class InfixReader(Reader):
    """Reads one expression.

    Args:
        text: The whole text, for errors.
        tokens: Its tokens.
        grammar: The language.
    """

    def __init__(self, text: str, tokens: list[Token], grammar: Grammar) -> None:
        super().__init__(text, tokens)
        self._grammar = grammar

    def expression(self) -> Node:
        """Reads an expression.

        Raises:
            ExpressionSyntaxError: There is none.
        """
        self.deeper()
        node = self._choice(1)
        if token := self.accept("?"):
            then = self.expression()
            self.expect(":")
            node = Conditional(token.offset, node, then, self.expression())
        elif token := self.accept("?:", "??"):
            node = Fallback(token.offset, node, self.expression())
        self.nesting -= 1
        return node

    def _choice(self, least: int) -> Node:
        left = self._operand()
        links = 0
        while True:
            token = self.token
            operator = self._grammar.operators.get(token.text, "") if token.kind in ("op", "name") else ""
            precedence = _PRECEDENCE.get(operator, 0)
            if precedence < least:
                return left
            if operator in ("and", "or"):
                left = self._row(operator, precedence, left)
            else:
                self.take()
                links += 1
                self.link(links)
                left = Binary(token.offset, operator, left, self._choice(precedence + 1))

    def _row(self, operator: str, precedence: int, first: Node) -> Node:
        """Reads ``a and b and c`` as one node."""
        offset, operands = self.token.offset, [first]
        while self.token.kind in ("op", "name") and self._grammar.operators.get(self.token.text) == operator:
            self.take()
            operands.append(self._choice(precedence + 1))
        return Logical(offset, operator, tuple(operands))

    def _operand(self) -> Node:
        token = self.token
        sign = self._grammar.signs.get(token.text) if token.kind in ("op", "name") else None
        if sign is None:
            return self._postfix(self._primary())
        self.take()
        self.deeper()
        operand = self._operand()
        self.nesting -= 1
        return Unary(token.offset, sign, operand)

    def _postfix(self, node: Node) -> Node:
        links = 0
        while token := self.accept(".", "?.", "["):
            links += 1
            self.link(links)
            if token.text == "[":
                node = Index(token.offset, node, self.expression())
                self.expect("]")
                continue
            name = self._member()
            if self.at("(") and token.text == ".":
                node = Method(name.offset, node, name.text, self._arguments())
            else:
                node = Property(name.offset, node, name.text, safe=token.text == "?.")
        return node

    def _member(self) -> Token:
        if self.token.kind != "name":
            self.fail(f"expected a name after the dot, found {self.found()}")
        return self.take()

    def _arguments(self) -> tuple[Node, ...]:
        self.expect("(")
        arguments: list[Node] = []
        if not self.accept(")"):
            arguments.append(self.expression())
            while self.expect(",", ")").text == ",":
                arguments.append(self.expression())
        return tuple(arguments)

    def _primary(self) -> Node:
        token = self.token
        if token.kind == "number":
            self.take()
            return Literal(token.offset, self._number(token))
        if token.kind == "string":
            self.take()
            return Literal(token.offset, decode(self.text, token, ESCAPES))
        if self.accept("("):
            node = self.expression()
            self.expect(")")
            return node
        if token.kind != "name" or token.text in self._grammar.operators:
            self.fail(f"expected a value, found {self.found()}")
        self.take()
        if token.text in _CONSTANTS:
            return Literal(token.offset, _CONSTANTS[token.text])
        if token.text in self._grammar.prefixes and self.at(":") and self.ahead(1).kind == "name":
            self.take()
            return Call(token.offset, f"{token.text}:{self.take().text}", self._arguments())
        if self.at("("):
            return Call(token.offset, token.text, self._arguments())
        return Name(token.offset, self._long_name(token.text))

    def _long_name(self, name: str) -> str:
        """Returns a name with the words that follow it, where the language has such names."""
        while (
            self._grammar.long_names
            and name[:1].isupper()
            and self.token.kind == "name"
            and self.token.text[:1].isupper()
            and self.token.text not in self._grammar.operators
        ):
            name = f"{name} {self.take().text}"
        return name

    def _number(self, token: Token) -> object:
        value = number(self.text, token)
        follower = self.token
        if follower.offset == token.end and follower.kind == "name":
            if follower.text not in self._grammar.suffixes:
                self.fail(f"expected an operator after the number, found {self.found()}")
            self.take()
        return value
