"""Cuts a text into tokens; the languages differ only in one pattern each.

Every pattern is possessive, so that a scan is linear in the text. A token keeps its offsets: error messages and the
names of FEEL, which may hold spaces, need the text itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from bpmgrpc.engine.expressions.errors import ExpressionSyntaxError, Position

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Token", "decode", "fail", "pattern", "tokenize"]

_SPACE: Final = r"(?P<space>\s++|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)"
# Letters as FEEL's grammar has them (DMN 1.5, 10.3.1.2, rules 28 and 29) and Java much the same. Python's ``\w`` will
# not do: it leaves out the vowel signs of Thai and its like, without which those scripts have no words.
_NAME_START: Final = (
    "A-Za-z_\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_PART: Final = _NAME_START + "0-9\u00b7\u0300-\u036f\u203f\u2040"
_NUMBER: Final = r"(?P<number>(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)"
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)


class Token(NamedTuple):
    """A token: its kind (``number string at name op end``), its text, and where it lies."""

    kind: str
    text: str
    offset: int
    end: int


def pattern(
    *, operators: str, quotes: str, signs: str = "", names: str = "", at_literals: bool = False
) -> re.Pattern[str]:
    """Makes the token pattern of a language.

    Args:
        signs: Signs that a name may hold and begin with, besides letters.
        names: Pattern of names in another form.
        operators: Operators and brackets, longest first, separated by spaces.
        quotes: The characters that may surround a text.
        at_literals: Whether ``@"…"`` is a token.
    """
    texts = "|".join(rf"{quote}(?:[^{quote}\\]|\\.)*+{quote}" for quote in quotes)
    parts = [_SPACE, _NUMBER, rf"(?P<string>{texts})"]
    word = rf"[{_NAME_START}{re.escape(signs)}][{_NAME_PART}{re.escape(signs)}]*+"
    parts.append(rf"(?P<name>{names}|{word})" if names else rf"(?P<name>{word})")
    if at_literals:
        parts.append(r'(?P<at>@"(?:[^"\\]|\\.)*+")')
    parts.append(rf"(?P<op>{'|'.join(re.escape(operator) for operator in operators.split())})")
    return re.compile("|".join(parts), re.DOTALL)


def tokenize(text: str, tokens: re.Pattern[str], start: int = 0, *, braced: bool = False) -> list[Token]:
    """Cuts a text, or the braced part of one, into tokens.

    Args:
        text: The whole text.
        tokens: The language's pattern.
        start: Where to begin.
        braced: Whether to stop before the ``}`` that closes a brace opened before `start`.

    Returns:
        The tokens; the last one is of kind ``end``.

    Raises:
        ExpressionSyntaxError: A character begins no token, a text is not closed, or the brace is missing.
    """
    found: list[Token] = []
    position = start
    depth = 0
    while position < len(text):
        match = tokens.match(text, position)
        if match is None:
            if text[position] in "\"'`" and text[position] in tokens.pattern:
                fail(text, position, "the text that begins here is not closed")
            fail(text, position, f"unexpected character {text[position]!r}")
        kind = match.lastgroup or ""
        if kind != "space":
            if braced and match[0] == "{":
                depth += 1
            elif braced and match[0] == "}":
                if not depth:
                    break
                depth -= 1
            found.append(Token(kind, match[0], position, match.end()))
        position = match.end()
    if braced and position == len(text):
        fail(text, position, "expected '}'")
    found.append(Token("end", "", position, position))
    return found


def decode(text: str, token: Token, escapes: Mapping[str, str], *, quote: int = 1) -> str:
    """Reads the text between quotes.

    Args:
        text: The whole text, for errors.
        token: A token of kind ``string`` or ``at``.
        escapes: What the character after a backslash stands for; ``u`` and ``U`` are known, and an unknown escape keeps
            its backslash.
        quote: Characters before the text proper.

    Raises:
        ExpressionSyntaxError: An escape names half of a surrogate pair, or no character at all.
    """
    body = token.text[quote:-1]
    if "\\" not in body:
        return body

    def replace(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) > 1:
            number = int(code[1:], 16)
            if number > 0x10FFFF:
                fail(text, token.offset + quote + match.start(), f"{match[0]} is no character")
            return chr(number)
        return escapes.get(code, match[0])

    decoded = _ESCAPE.sub(replace, body)
    # Two escaped halves are one character, as in JSON and Java; half a pair alone is none.
    try:
        return decoded.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        fail(text, token.offset, "the text holds a lone surrogate, which is not a character")


def fail(text: str, offset: int, message: str) -> NoReturn:
    """Raises the syntax error for a place.

    Args:
        text: The whole text.
        offset: Characters before the place.
        message: What was expected and found.
    """
    line, column = Position.of(text, offset)
    raise ExpressionSyntaxError(message, line, column)
