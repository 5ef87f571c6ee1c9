"""What all readers share: walking over tokens, saying what was expected, and refusing texts that nest without end."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NoReturn

from bpmgrpc.engine.expressions.ast import measure
from bpmgrpc.engine.expressions.lexer import Token, fail

if TYPE_CHECKING:
    from bpmgrpc.engine.expressions.ast import Node

__all__ = ["MAX_LEVELS", "MAX_NESTING", "MAX_SOURCE", "Reader", "check_size", "number"]

MAX_SOURCE: Final = 32_768  # characters of an expression's text
MAX_NESTING: Final = 60  # brackets, conditionals and signs inside one another: a reader recurses for each
MAX_LEVELS: Final = 150  # levels of the syntax tree: evaluation recurses for each
MAX_NUMBER: Final = 1000  # characters of a number


def check_size(text: str) -> None:
    """Refuses a text that is too long to be an expression.

    Args:
        text: The text of the expression.

    Raises:
        ExpressionSyntaxError: It has more than 32,768 characters.
    """
    if len(text) > MAX_SOURCE:
        fail(text, MAX_SOURCE, f"an expression has at most {MAX_SOURCE:,} characters")


def number(text: str, token: Token) -> int | Decimal:
    """Reads a number: int where it is written without point and exponent.

    Args:
        text: The whole text, for the error.
        token: A token of kind ``number``.

    Raises:
        ExpressionSyntaxError: It is longer than 1,000 characters, or its exponent beyond 6,000.
    """
    if len(token.text) > MAX_NUMBER:
        fail(text, token.offset, f"a number has at most {MAX_NUMBER:,} digits")
    if token.text.isdigit():
        return int(token.text)
    exponent = token.text.lower().partition("e")[2]
    if exponent and abs(int(exponent)) > 6000:
        fail(text, token.offset, "a number's exponent is at most 6,000")
    return Decimal(token.text)


class Reader:
    """A reader over one list of tokens.

    Args:
        text: The whole text, for errors.
        tokens: Its tokens, ending with one of kind ``end``.
    """

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.index = 0
        self.nesting = 0

    @property
    def token(self) -> Token:
        """The token that is next."""
        return self.tokens[self.index]

    def ahead(self, count: int) -> Token:
        """Gives a later token; the end where there are not so many.

        Args:
            count: 0 is the next one.
        """
        return self.tokens[min(self.index + count, len(self.tokens) - 1)]

    def take(self) -> Token:
        """Takes the next token, which is not the end."""
        token = self.tokens[self.index]
        self.index += 1
        return token

    def at(self, *texts: str) -> bool:
        """Tells whether the next token is one of these operators or words.

        Args:
            texts: Their spellings.
        """
        token = self.tokens[self.index]
        return token.text in texts and token.kind in ("op", "name")

    def accept(self, *texts: str) -> Token | None:
        """Takes the next token if it is one of these operators or words.

        Args:
            texts: Their spellings.
        """
        return self.take() if self.at(*texts) else None

    def expect(self, *texts: str) -> Token:
        """Takes the next token, which must be one of these operators or words.

        Args:
            texts: Their spellings.

        Raises:
            ExpressionSyntaxError: It is another.
        """
        if not self.at(*texts):
            self.fail(f"expected {' or '.join(repr(text) for text in texts)}, found {self.found()}")
        return self.take()

    def found(self) -> str:
        """Names the next token for a message."""
        return repr(self.token.text) if self.token.kind != "end" else "the end"

    def fail(self, message: str, offset: int | None = None) -> NoReturn:
        """Raises the syntax error for the next token, or for a place.

        Args:
            message: What was expected and found.
            offset: The place, where it is not the next token.
        """
        fail(self.text, self.token.offset if offset is None else offset, message)

    def deeper(self) -> None:
        """Goes one level of nesting down.

        Raises:
            ExpressionSyntaxError: That is one too many.
        """
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.fail(f"an expression nests at most {MAX_NESTING} levels")

    def link(self, links: int) -> None:
        """Adds one more part to a chain such as ``a + b + c`` or ``a.b.c``, each of which is a level of the tree.

        Args:
            links: How many there are by now.

        Raises:
            ExpressionSyntaxError: That is one too many.
        """
        if links > MAX_LEVELS:
            self.fail(f"the expression has more than {MAX_LEVELS} levels: split it")

    def finish(self, node: Node) -> Node:
        """Checks that nothing is left and that the tree is not too deep.

        Args:
            node: The tree that was read.

        Raises:
            ExpressionSyntaxError: There is more text, or more than 150 levels.
        """
        if self.token.kind != "end":
            self.fail(f"expected an operator or the end, found {self.found()}")
        if measure(node)[1] > MAX_LEVELS:
            self.fail(f"the expression has more than {MAX_LEVELS} levels: split it", 0)
        return node
