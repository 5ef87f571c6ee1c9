"""Path templates of google/api/http.proto.

    Template = "/" Segments [ Verb ] ;
    Segments = Segment { "/" Segment } ;
    Segment  = "*" | "**" | LITERAL | Variable ;
    Variable = "{" FieldPath [ "=" Segments ] "}" ;
    Verb     = ":" LITERAL ;

`*` takes one segment that is not empty, `**` any number of them, none included, and may be followed by the verb only. A
variable of one segment is decoded whole; one of several keeps `%2F`, or a slash inside a segment would look like one
between segments. A template that breaks these rules is refused when it is read, which is at start-up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bpmgrpc_rest.paths import decode_keeping_slashes

__all__ = ["Template", "TemplateError", "Variable"]

_TOKEN: Final = re.compile(r"\*\*|\*|[{}=/]|[^{}=/*]+")
_FIELD_PATH: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*")


class TemplateError(ValueError):
    """A path template is malformed; the message holds the template and the reason."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: the request field that it fills and the segments that it takes, `start` up to before `end`.

    `end` is None where the last segment is `**`, which takes all that are left.
    """

    field_path: str
    start: int
    end: int | None

    @property
    def takes_one(self) -> bool:
        """Whether it takes exactly one segment."""
        return self.end == self.start + 1


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template.

    Attributes:
        text: The template as written.
        segments: A literal, or None for any segment; without a `**` at the end.
        open_ended: Whether a `**` is at the end.
        variables: The variables in their order.
        verb: The custom verb, or "".
    """

    text: str
    segments: tuple[str | None, ...]
    open_ended: bool
    variables: tuple[Variable, ...]
    verb: str

    @classmethod
    def parse(cls, text: str) -> Template:
        """Reads a template.

        Raises:
            TemplateError: It is malformed.
        """
        return _Parser(text).template()

    @property
    def shape(self) -> tuple[object, ...]:
        """What the template matches: two templates of one shape match the same paths."""
        return self.segments, self.open_ended, self.verb

    @property
    def rank(self) -> tuple[bool, int, bool]:
        """Sorts the more specific template first: a verb before none, more literals before fewer, `*` before `**`."""
        literals = sum(segment is not None for segment in self.segments)
        return not self.verb, -literals, self.open_ended

    def match(self, raw: Sequence[bytes], decoded: Sequence[str]) -> dict[str, str] | None:
        """Matches a path, its verb already taken off and compared.

        Args:
            raw: The raw segments.
            decoded: The same segments, decoded.

        Returns:
            The variables' values by field path, or None where the path does not match.
        """
        count = len(self.segments)
        if len(decoded) != count and not (self.open_ended and len(decoded) > count):
            return None
        for wanted, found in zip(self.segments, decoded, strict=False):
            if not found or (wanted is not None and wanted != found):
                return None
        values = {}
        for variable in self.variables:
            if variable.takes_one:
                values[variable.field_path] = decoded[variable.start]
            else:
                pieces = raw[variable.start : variable.end]
                values[variable.field_path] = "/".join(decode_keeping_slashes(piece) for piece in pieces)
        return values


class _Parser:
    """Reads one template from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._segments: list[str | None] = []
        self._open_ended = False
        self._variables: list[Variable] = []

    def template(self) -> Template:
        body, verb = self._split_verb()
        if not body.startswith("/"):
            raise self._error("it must start with a slash")
        tokens = _TOKEN.findall(body[1:])
        rest = self._read_segments(tokens, inside=False)
        if rest:
            raise self._error(f"{rest[0]!r} is out of place")
        names = [variable.field_path for variable in self._variables]
        if len(set(names)) < len(names):
            raise self._error("a variable is bound twice")
        return Template(self._text, tuple(self._segments), self._open_ended, tuple(self._variables), verb)

    def _split_verb(self) -> tuple[str, str]:
        """The verb starts at the last colon of the last segment, outside of braces."""
        tail = max(self._text.rfind("/"), self._text.rfind("}"))
        colon = self._text.rfind(":")
        if colon <= tail:
            return self._text, ""
        verb = self._text[colon + 1 :]
        if not verb or not re.fullmatch(r"[^*{}=/]+", verb):
            raise self._error("its verb must be a literal")
        return self._text[:colon], verb

    def _read_segments(self, tokens: list[str], *, inside: bool) -> list[str]:
        while True:
            if self._open_ended:
                raise self._error("** must be the last segment")
            if not tokens:
                raise self._error("it has an empty segment")
            sign, tokens = tokens[0], tokens[1:]
            if sign == "**":
                self._open_ended = True
            elif sign == "*":
                self._segments.append(None)
            elif sign == "{":
                if inside:
                    raise self._error("a variable is inside another")
                tokens = self._read_variable(tokens)
            elif sign in "}=/":
                raise self._error("it has an empty segment")
            else:
                self._segments.append(sign)
            if not tokens or tokens[0] != "/":
                return tokens
            tokens = tokens[1:]

    def _read_variable(self, tokens: list[str]) -> list[str]:
        start = len(self._segments)
        if not tokens or not _FIELD_PATH.fullmatch(tokens[0]):
            raise self._error("a variable has no field path")
        name, tokens = tokens[0], tokens[1:]
        if tokens and tokens[0] == "=":
            tokens = self._read_segments(tokens[1:], inside=True)
        else:
            self._segments.append(None)
        if not tokens or tokens[0] != "}":
            raise self._error("a brace is not closed")
        end = None if self._open_ended else len(self._segments)
        self._variables.append(Variable(name, start, end))
        return tokens[1:]

    def _error(self, reason: str) -> TemplateError:
        return TemplateError(f"path template {self._text!r}: {reason}")
