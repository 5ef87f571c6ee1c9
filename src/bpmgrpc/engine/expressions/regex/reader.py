r"""Reads the text of a regular expression into a tree, by recursive descent.

A tree is nested tuples, a throw-away form: ``("sequence", parts)``, ``("choice", branches)``, ``("group", number,
body)``, ``("repeat", body, least, most, greedy)``, ``("test", test)``, ``("begin",)``, ``("end",)``. A test tells
whether one character fits. What this file does not read is refused with the place, never approximated.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from bpmgrpc.engine.expressions.errors import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Callable

    Test: TypeAlias = "Callable[[str], bool]"

__all__ = ["Tree", "read_pattern"]

Tree: TypeAlias = "tuple[object, ...]"
"""A parsed pattern."""

_MAX_REPEAT: Final = 1000
_MAX_GROUPS: Final = 99
_MAX_NESTING: Final = 50
_FLAGS: Final = frozenset("smixq")


def read_pattern(pattern: str, flags: str) -> tuple[Tree, int]:
    """Reads a pattern.

    Args:
        pattern: The regular expression.
        flags: See `compile_pattern`.

    Returns:
        The tree, and the number of its groups.

    Raises:
        ExpressionError: It is no regular expression, or goes beyond what is supported.
    """
    if not _FLAGS.issuperset(flags):
        raise ExpressionError(f"unknown flags {flags!r}: a pattern knows s, m, i, x and q")
    reader = _Reader(pattern, flags)
    return reader.read(), reader.groups


class _Reader:
    """Reads a pattern into a tree, by recursive descent."""

    def __init__(self, pattern: str, flags: str) -> None:
        self._pattern = _without_space(pattern) if "x" in flags else pattern
        self._at = 0
        self._nesting = 0
        self._any_line = "s" in flags
        self._fold = "i" in flags
        self._plain = "q" in flags
        self.groups = 0

    def read(self) -> Tree:
        if self._plain:
            return ("sequence", [self._test(_equal(character)) for character in self._pattern])
        tree = self._choice()
        if self._at < len(self._pattern):
            self._fail("a ')' without '('")
        return tree

    def _fail(self, message: str) -> NoReturn:
        raise ExpressionError(f"not a pattern: {message} at character {self._at + 1}")

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        character = self._pattern[self._at : self._at + 1]
        if not character:
            self._fail("it ends too early")
        self._at += 1
        return character

    def _accept(self, text: str) -> bool:
        if self._pattern.startswith(text, self._at):
            self._at += len(text)
            return True
        return False

    def _choice(self) -> Tree:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            self._fail(f"more than {_MAX_NESTING} groups in one another")
        branches = [self._branch()]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._branch())
        self._nesting -= 1
        return branches[0] if len(branches) == 1 else ("choice", branches)

    def _branch(self) -> Tree:
        parts: list[Tree] = []
        while (character := self._peek()) and character not in "|)":
            parts.append(self._quantified(self._atom()))
        return ("sequence", parts)

    def _atom(self) -> Tree:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return self._test(self._class())
        if character == "^":
            return ("begin",)
        if character == "$":
            return ("end",)
        if character == ".":
            return ("test", _anything if self._any_line else _not_line_end)
        if character == "\\":
            return self._test(self._escape())
        if character in "*+?{":
            self._fail(f"{character!r} with nothing to repeat")
        if character in "]}":
            self._fail(f"{character!r} without its opening bracket")
        return self._test(_equal(character))

    def _group(self) -> Tree:
        number = 0
        if self._accept("?:"):
            pass
        elif self._accept("?"):
            self._fail("a group that looks around or has a name is not supported")
        else:
            self.groups += 1
            number = self.groups
            if number > _MAX_GROUPS:
                self._fail(f"more than {_MAX_GROUPS} groups")
        body = self._choice()
        self._take()  # a branch ends at ")", or where the pattern does: then this fails
        return ("group", number, body) if number else body

    def _quantified(self, atom: Tree) -> Tree:
        character = self._peek()
        if not character or character not in "*+?{":
            return atom
        self._at += 1
        least, most = _QUANTIFIERS[character] if character != "{" else self._counts()
        greedy = not self._accept("?")
        if self._peek() and self._peek() in "*+?{":
            # Java's possessive a++ is one of these; in XPath it is an error as well.
            self._fail("a quantifier after a quantifier")
        return ("repeat", atom, least, most, greedy)

    def _counts(self) -> tuple[int, int | None]:
        least = self._integer()
        most: int | None = least
        if self._accept(","):
            most = None if self._pattern.startswith("}", self._at) else self._integer()
        if self._take() != "}":
            self._fail("expected '}'")
        if most is not None and most < least:
            self._fail("the greatest number of repeats is below the least")
        return least, most

    def _integer(self) -> int:
        start = self._at
        while self._pattern[self._at : self._at + 1] in _DIGITS:
            self._at += 1
        digits = self._pattern[start : self._at]
        if not digits or len(digits) > len(str(_MAX_REPEAT)) or int(digits) > _MAX_REPEAT:
            self._fail(f"expected a number of repeats up to {_MAX_REPEAT:,}")
        return int(digits)

    def _class(self) -> Test:
        negated = self._accept("^")
        tests: list[Test] = []
        minus: Test | None = None
        while not self._accept("]"):
            if tests and self._accept("-["):
                minus = self._class()
                if not self._accept("]"):
                    self._fail("expected ']' after what a class leaves out")
                break
            tests.append(self._class_item())
        if not tests:
            self._fail("an empty class")
        found = _any_of(tests)
        if self._fold:
            found = _folded(found)
        if negated:
            found = _negation(found)
        return found if minus is None else _except(found, minus)

    def _class_item(self) -> Test:
        low = self._take()
        if low == "[":
            self._fail("'[' in a class is written '\\['")
        if low == "\\":
            escaped = self._escape_character()
            if escaped is None:
                return self._escape()
            low = escaped
        if self._pattern.startswith("-", self._at) and self._pattern[self._at + 1 : self._at + 2] not in ("]", "["):
            self._at += 1
            high = self._take()
            if high == "\\":
                high = self._escape_character() or self._fail("a range ends with a character")
            if high < low:
                self._fail("a range that ends before it begins")
            return _between(low, high)
        return _equal(low)

    def _escape_character(self) -> str | None:
        """Takes an escaped single character; leaves a class escape where it is."""
        code = self._pattern[self._at : self._at + 1]
        if code in _ESCAPES:
            self._at += 1
            return _ESCAPES[code]
        return None

    def _escape(self) -> Test:
        plain = self._escape_character()
        if plain is not None:
            return _equal(plain)
        code = self._take()
        if code in "pP":
            return self._category(negated=code == "P")
        test = _CLASSES.get(code.lower())
        if test is None:
            self._fail(f"the escape '\\{code}' is not supported")
        return _negation(test) if code.isupper() else test

    def _category(self, *, negated: bool) -> Test:
        if self._take() != "{":
            self._fail("expected '{'")
        end = self._pattern.find("}", self._at)
        name = self._pattern[self._at : end]
        block = _BLOCKS.get(name)
        if end < 0 or (name not in _CATEGORIES and block is None):
            self._fail("expected a general category such as {Lu}, or a block such as {IsThai}")
        self._at = end + 1
        if block is not None:
            inside = _between(*map(chr, block))
            return _negation(inside) if negated else inside

        def within(character: str) -> bool:
            return unicodedata.category(character).startswith(name) is not negated

        return within

    def _test(self, test: Test) -> Tree:
        return ("test", _folded(test) if self._fold else test)


# The blocks of Unicode that texts of people are written in, by the names of XML Schema, part 2, F.1.1.
_BLOCKS: Final = {
    "IsBasicLatin": (0x0000, 0x007F),
    "IsLatin-1Supplement": (0x0080, 0x00FF),
    "IsLatinExtended-A": (0x0100, 0x017F),
    "IsLatinExtended-B": (0x0180, 0x024F),
    "IsGreek": (0x0370, 0x03FF),
    "IsCyrillic": (0x0400, 0x04FF),
    "IsHebrew": (0x0590, 0x05FF),
    "IsArabic": (0x0600, 0x06FF),
    "IsDevanagari": (0x0900, 0x097F),
    "IsThai": (0x0E00, 0x0E7F),
    "IsGeneralPunctuation": (0x2000, 0x206F),
    "IsCurrencySymbols": (0x20A0, 0x20CF),
    "IsHiragana": (0x3040, 0x309F),
    "IsKatakana": (0x30A0, 0x30FF),
    "IsCJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "IsHangulSyllables": (0xAC00, 0xD7A3),
}


def _without_space(pattern: str) -> str:
    """Takes out the white space that flag ``x`` makes meaningless: all of it outside classes."""
    kept: list[str] = []
    depth = 0
    escaped = False
    for character in pattern:
        if depth or character not in _WHITE:
            kept.append(character)
            if not escaped:
                depth += (character == "[") - (character == "]")
            escaped = character == "\\" and not escaped
    return "".join(kept)


def _equal(wanted: str) -> Test:
    return wanted.__eq__


def _between(low: str, high: str) -> Test:
    return lambda character: low <= character <= high


def _any_of(tests: list[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda character: any(test(character) for test in tests)


def _negation(test: Test) -> Test:
    return lambda character: not test(character)


def _except(test: Test, minus: Test) -> Test:
    return lambda character: test(character) and not minus(character)


def _folded(test: Test) -> Test:
    return lambda character: test(character) or test(character.lower()) or test(character.upper())


def _anything(_: str) -> bool:
    return True


def _not_line_end(character: str) -> bool:
    return character not in "\n\r"


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] not in "PZC"


def _is_digit(character: str) -> bool:
    return unicodedata.category(character) == "Nd"


def _begins_name(character: str) -> bool:
    return character.isalpha() or character in "_:"


def _continues_name(character: str) -> bool:
    return character.isalnum() or character in "_:-.·"


_DIGITS: Final = frozenset("0123456789")
_WHITE: Final = frozenset(" \t\n\r")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", **{sign: sign for sign in "\\|.-^?*+{}()[]$/ "}}
_CLASSES: Final = {"d": _is_digit, "s": _WHITE.__contains__, "w": _is_word, "i": _begins_name, "c": _continues_name}
_QUANTIFIERS: Final = {"*": (0, None), "+": (1, None), "?": (0, 1)}
# General categories of Unicode, whole ones and their parts.
_CATEGORIES: Final = frozenset(
    (
        *("L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No"),
        *("P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp"),
        *("S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn"),
    )
)
