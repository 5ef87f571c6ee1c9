"""Compiling the texts of one node: expressions, templates, constants and names.

Rule of this file: what cannot be read refuses the element and says where, unless the element can do without it; then a
remark says what happens instead. All of it is told at once, never only the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.bpmn.model import Finding, Text, Verdict
from bpmgrpc.engine.expressions import (
    Dialect,
    ExpressionSyntaxError,
    JavaScriptExpression,
    StructureExpression,
    compile_expression,
    compile_template,
    is_javascript,
    literal_expression,
)
from bpmgrpc.values import MAX_DEPTH

if TYPE_CHECKING:
    from bpmgrpc.bpmn.model import FlowNode, Position, ProcessGraph
    from bpmgrpc.engine.expressions import Expression, JavaScript

JAVASCRIPT_IS_OFF: Final = "a server with the setting javascript takes more of the language"
CONSTANT: Final = "text"  # language of a text that is a constant, whatever signs it holds (see bpmn.extensions)


class NodeCompiler:
    """Compiles the texts of one node; what cannot be read becomes a finding that refuses the element."""

    def __init__(
        self, graph: ProcessGraph, node: FlowNode, findings: list[Finding], javascript: JavaScript | None = None
    ) -> None:
        self.graph = graph
        self.node = node
        self.javascript = javascript
        self._findings = findings
        self.refused = False
        self._remarks: list[str] = []

    @property
    def remarks(self) -> str:
        """What the verdict on an element that runs has to say; empty where nothing."""
        return "; ".join(self._remarks)

    def remark(self, text: str) -> None:
        """Adds a sentence to the verdict on an element that runs: a deviation, or a choice that was made."""
        self._remarks.append(text)

    def refuse(self, reason: str, position: Position | None = None) -> None:
        """Refuses the element, naming the rule; the whole deployment is then refused."""
        self.refused = True
        where = position if position is not None and position.line else self.node.position
        self._findings.append(
            Finding(Verdict.REFUSED, self.node.type, self.node.id, self.graph.process_id, reason, where)
        )

    def expression(self, text: Text | None, what: str) -> Expression | None:
        """Compiles an expression.

        Args:
            text: The text, or None where the file has none.
            what: What it is, for the finding, such as "condition".

        Returns:
            The expression; None where there is no text or it was refused.
        """
        return self._compile(text, what, template=False)

    def expression_or_remark(self, text: Text, what: str, instead: str) -> Expression | None:
        """Compiles an expression that the element can do without; one that cannot be read becomes a remark.

        Args:
            text: The text.
            what: What it is, for the remark.
            instead: What happens without it.
        """
        try:
            return self._read(text)
        except ExpressionSyntaxError as error:
            self.remark(f"the {what} {shorten(text.value)!r} cannot be read, {instead}: {error}")
            return None

    def template(self, text: Text | None, what: str) -> Expression | None:
        """Compiles an attribute's value that is a plain text, or holds an expression."""
        return self._compile(text, what, template=True)

    def constant(self, what: str) -> str:
        """Returns a property that has to be a plain text; empty where it is missing, or was refused."""
        text = self.node.properties.get(what)
        if text is None:
            return ""
        if text.language != CONSTANT:
            self.refuse(f"{what} has to be a plain text, not an expression", text.position)
        return text.value

    def name(self, text: str, what: str, position: Position) -> Expression | None:
        """Compiles a name or code of what an event is about, which may hold expressions; None where it was refused."""
        if not text:
            self.refuse(f"the {what} is missing (BPMN 2.0.2, 10.5.5)", position)
            return None
        return self.template(Text(text, position), what)

    def literal(self, value: str) -> Expression:
        """Returns an expression whose value is a plain text."""
        return literal_expression(value)

    def _compile(self, text: Text | None, what: str, *, template: bool) -> Expression | None:
        if text is None or (template and not text.value):
            return None
        if text.parts:
            return self._structure(text, what)
        try:
            if text.language == CONSTANT:
                return literal_expression(text.value)
            if template:
                return compile_template(text.value)
            return self._read(text)
        except ExpressionSyntaxError as error:
            self.refuse(f"the {what} {shorten(text.value)!r} cannot be read: {error}", text.position)
            return None

    def _structure(self, text: Text, what: str) -> Expression | None:
        found = [
            self._compile(part, what, template=True) if part.value else literal_expression("") for _, part in text.parts
        ]
        parts = [part for part in found if part is not None]
        keys = [key for key, _ in text.parts] if text.language == "map" else None
        return StructureExpression(parts, keys) if len(parts) == len(found) else None

    def _read(self, text: Text) -> Expression:
        language = text.language or self.graph.expression_language
        if not is_javascript(language):
            return compile_expression(text.value, language=language, default=Dialect.BARE)
        return self._read_javascript(text.value, language)

    def _read_javascript(self, text: str, language: str | None) -> Expression:
        """Reads a condition in JavaScript: by the plain reader where it can, whose decimals are exact."""
        try:
            if "`" not in text:  # within a template's quotes ${…} is no JUEL
                return compile_expression(text, language=language, default=Dialect.BARE)
            raise ExpressionSyntaxError("a template literal is beyond the plain reader", 1, text.index("`") + 1)
        except ExpressionSyntaxError as error:
            if self.javascript is None:
                error.message += f"; {JAVASCRIPT_IS_OFF}"
                raise
            return JavaScriptExpression.read(text, self.javascript)


def variable_path(text: str) -> tuple[str, ...]:
    """Returns the names in a text such as "Room.status"; none where it is no path to a variable, or to a member so deep
    that no variable can hold it.
    """
    path = tuple(text.split("."))
    return path if all(path) and len(path) < MAX_DEPTH else ()


def shorten(text: str, length: int = 80) -> str:
    """Returns a text short enough for a message, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
