"""Which language a text is written in: its form decides first, then what the model declares.

``${…}`` and ``#{…}`` are JUEL and a leading ``=`` is FEEL wherever they stand, because modelers write them whatever the
file declares. A text without such a mark is in the declared language; without a declaration, in the caller's default.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from bpmgrpc.engine.expressions.errors import ExpressionSyntaxError

__all__ = ["Dialect", "declared_dialect"]


class Dialect(Enum):
    """A language of expressions."""

    JUEL = "juel"
    FEEL = "feel"
    BARE = "bare"
    JAVASCRIPT = "javascript"  # read by no reader of ours: see ``javascript``


# Words that appear in the URIs and names in use: "http://www.java.com/java", "http://www.mvel.org/2.0",
# "https://www.omg.org/spec/DMN/20191111/FEEL/", "http://www.jboss.org/drools/rule" and the like. First match wins.
_WORDS: Final = (
    ("feel", Dialect.FEEL),
    ("juel", Dialect.JUEL),
    ("uel", Dialect.JUEL),
    ("javascript", Dialect.BARE),
    ("ecmascript", Dialect.BARE),
    ("java", Dialect.BARE),
    ("mvel", Dialect.BARE),
    ("groovy", Dialect.BARE),
    ("bare", Dialect.BARE),
)
# The specification's default, XPath, is what editors write without anybody having chosen it: it says nothing.
_SILENT: Final = ("xpath", "natural", "omg.org/spec/bpmn")


def declared_dialect(language: str | None, default: Dialect) -> Dialect:
    """Finds the dialect for a declared language.

    Args:
        language: An ``expressionLanguage``, ``language`` or ``scriptFormat``: a URI, a media type or a name; None or
            blank where nothing is declared.
        default: What holds then.

    Raises:
        ExpressionSyntaxError: The language is none that we read (Python, Drools rules, …).
    """
    name = (language or "").strip().lower()
    for word, dialect in _WORDS:
        if word in name:
            return dialect
    if not name or any(word in name for word in _SILENT):
        return default
    raise ExpressionSyntaxError(f"expressions in {language!r} are not supported", 1, 1)
