"""FEEL's names (DMN 1.5, 10.3.1.2 to 10.3.1.5): words, spaces and signs, and where such a name ends.

Two rules decide without knowing the variables. Words side by side are one name, because nothing else could stand there.
A name with signs or reserved words is recognised where it is known: as a built-in function that is called, as a name
that the text itself binds, or because the caller gave it. The longest known name wins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.expressions.feel.functions import BUILTINS
from bpmgrpc.engine.expressions.lexer import decode, pattern
from bpmgrpc.engine.expressions.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bpmgrpc.engine.expressions.lexer import Token

__all__ = ["ESCAPES", "TOKENS", "NameReader"]

ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
TOKENS: Final = pattern(
    operators=".. ** != <= >= -> ( ) [ ] { } . , : = < > + - * /",
    quotes='"',
    signs="?",
    names="`[^`]++`",
    at_literals=True,
)
"""The tokens of FEEL."""

_KEYWORDS: Final = frozenset(
    (
        *("if", "then", "else", "for", "in", "return", "some", "every", "satisfies"),
        *("and", "or", "between", "function", "external", "true", "false", "null"),
    )
)
_SPACES: Final = re.compile(r"\s+")


def _words(name: str) -> tuple[str, ...]:
    """Cuts a name into the tokens it has in a text; a name that is no row of tokens can only be back-quoted."""
    words: list[str] = []
    position = 0
    while position < len(name):
        match = TOKENS.match(name, position)
        if match is None:
            return ()
        if match.lastgroup != "space":
            words.append(match[0])
        position = match.end()
    return tuple(words)


_BRACKETS: Final = frozenset("()[]{},")
_BUILTIN_NAMES: Final[dict[str, list[tuple[tuple[str, ...], str]]]] = {}
for _builtin in sorted(BUILTINS, key=len, reverse=True):
    _BUILTIN_NAMES.setdefault(_builtin.split()[0], []).append((tuple(_builtin.split()), _builtin))


class NameReader(Reader):
    """A reader that knows where names end.

    Args:
        text: The whole text, for errors.
        tokens: Its tokens.
        names: Known names that hold signs or reserved words.
    """

    def __init__(self, text: str, tokens: list[Token], names: Iterable[str]) -> None:
        super().__init__(text, tokens)
        # First word of a known name to all of its words and its spelling; the longest first.
        self._known: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.learn(name)

    def learn(self, name: str) -> None:
        """Makes a name known, if it is more than one word.

        Args:
            name: The name.
        """
        words = _words(name)
        if len(words) > 1:
            spellings = self._known.setdefault(words[0], [])
            if all(known != words for known, _ in spellings):
                spellings.append((words, name))
                spellings.sort(key=lambda entry: -len(entry[0]))

    def starts_with(self, words: tuple[str, ...]) -> bool:
        """Tells whether the next tokens are these.

        Args:
            words: Their texts.
        """
        return all(self.ahead(i).text == word for i, word in enumerate(words))

    def at_given_name(self) -> bool:
        """Tells whether a name is next that is known by its words, so that a reserved word begins no form here."""
        return any(self.starts_with(words) for words, _ in self._known.get(self.token.text, ()))

    def _known_name(self) -> str | None:
        """Takes a name that is known by its words."""
        first = self.token.text
        for words, name in self._known.get(first, ()):
            if self.starts_with(words):
                self.index += len(words)
                return name
        for words, name in _BUILTIN_NAMES.get(first, ()):
            if self.starts_with(words) and self.ahead(len(words)).text == "(":
                self.index += len(words)
                return name
        return None

    def _is_word(self) -> bool:
        token = self.token
        if token.kind == "name":
            return token.text not in _KEYWORDS and not (token.text == "instance" and self.ahead(1).text == "of")
        return token.kind == "number" and token.text.isdigit()

    def name(self) -> str:
        """Takes a name: words side by side."""
        known = self._known_name()
        if known is not None:
            return known
        if self.token.kind != "name" or not self._is_word():
            self.fail(f"expected a name, found {self.found()}")
        words = [self.take().text]
        if words[0][0] == "`":
            return words[0][1:-1]
        while self._is_word():
            words.append(self.take().text)
        return " ".join(words)

    def member(self) -> str:
        """Takes a name after a dot, where a reserved word is a name as well."""
        if self.token.kind == "name" and self.token.text in _KEYWORDS:
            return self.take().text
        return self.name()

    def bound_name(self, *ends: str) -> str:
        """Takes a name that the text binds here, signs included, and makes it known.

        Args:
            ends: Tokens before which it ends; brackets and commas end it as well.

        Raises:
            ExpressionSyntaxError: There is none.
        """
        first = last = self.token
        if first.kind == "string":
            self.take()
            name = decode(self.text, first, ESCAPES)
        else:
            if first.kind != "name" or self.at(*ends):
                self.fail(f"expected a name, found {self.found()}")
            while (
                not self.at(*ends) and self.token.kind in ("name", "number", "op") and self.token.text not in _BRACKETS
            ):
                last = self.take()
            name = _SPACES.sub(" ", self.text[first.offset : last.end])
            name = name[1:-1] if name[0] == "`" == name[-1] else name
        self.learn(name)
        return name
