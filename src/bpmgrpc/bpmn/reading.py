"""What the modules that read one file share: the document, its ids, the texts made from it and the findings.

Rule of this file: nothing here knows a particular element or vendor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bpmgrpc.bpmn.model import Finding, Position, Route, Text, VariableMapping, Verdict
from bpmgrpc.bpmn.names import BPMN, FEEL, JUEL, TEXT
from bpmgrpc.bpmn.xml import Document, Element

__all__ = [
    "MAX_FINDINGS",
    "Extensions",
    "Owner",
    "Reading",
    "expression_language_of",
    "feel_or_text",
    "own_language",
    "sorted_findings",
    "variable",
]


# Words of JUEL and FEEL that a variable cannot be read by without a detour.
# fmt: off
_RESERVED = frozenset({
    "and", "between", "div", "else", "empty", "eq", "every", "false", "for", "function", "ge", "gt", "if", "in",
    "instanceof", "le", "lt", "mod", "ne", "not", "null", "or", "return", "satisfies", "some", "then", "true",
})
# fmt: on
MAX_FINDINGS = 1_000  # of one file: more than anybody reads, and the answer stays small


@dataclass(slots=True)
class Owner:
    """The element that a finding is about."""

    type: str
    id: str
    process_id: str
    position: Position


@dataclass(slots=True)
class Extensions:
    """What vendors' extensions say about one element, in this product's vocabulary, while it is collected."""

    properties: dict[str, Text] = field(default_factory=dict)
    inputs: list[VariableMapping] = field(default_factory=list)
    outputs: list[VariableMapping] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    type: str = ""  # where an extension makes another BPMN element of it


def expression_language_of(value: str) -> str:
    """Returns the language of a text as the Java engines read it: JUEL where it holds an expression, else constant."""
    return JUEL if "${" in value or "#{" in value else TEXT


def sorted_findings(findings: list[Finding]) -> tuple[Finding, ...]:
    """Returns findings by position; of more than ``MAX_FINDINGS`` the refused ones, and one that counts the rest."""
    if len(findings) > MAX_FINDINGS:
        findings = sorted(findings, key=lambda found: found.verdict is not Verdict.REFUSED)
        rest, verdict = len(findings) - MAX_FINDINGS, findings[MAX_FINDINGS].verdict
        findings = [*findings[:MAX_FINDINGS], Finding(verdict, "definitions", reason=f"and {rest:,} more findings")]
    return tuple(sorted(findings, key=lambda found: (found.position.line or 1 << 30, found.position.column)))


def feel_or_text(value: str) -> str:
    """Returns the language of a text as Camunda 8 reads it: FEEL behind a "=", else a constant."""
    return FEEL if value.startswith("=") else TEXT


def own_language(value: str) -> str:
    """Returns the language of a text as our own attributes have it: FEEL behind a "=", JUEL, or a constant."""
    return feel_or_text(value) if value.startswith("=") else expression_language_of(value)


def variable(name: str, position: Position) -> Text:
    """Makes the expression that reads a variable, whatever its name is."""
    if name.isidentifier() and name not in _RESERVED:
        return Text(f"${{{name}}}", position, JUEL)
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return Text(f'${{execution.getVariable("{quoted}")}}', position, JUEL)


class Reading:
    """The state of reading one file.

    Attributes:
        document: The file.
        ids: Every BPMN element that has an id, by that id; the first one where an id occurs twice.
        duplicates: The further elements of ids that occur more than once.
        associations: All associations of the file (BPMN 2.0.2, 8.4.1).
        message_sources: The ids that a message flow leads away from (BPMN 2.0.2, 9.4).
        findings: What has been found so far.
        expression_language: The language that the file declares for its expressions, if it does.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.ids: dict[str, Element] = {}
        self.duplicates: list[Element] = []
        self.associations: list[Element] = []
        self.message_sources: set[str] = set()
        self.findings: list[Finding] = []
        self.expression_language: str | None = document.root.get("expressionLanguage") or None
        self._ignored_attributes: dict[tuple[str, str], tuple[Owner, Position, str, int]] = {}
        for element in _bpmn_elements(document.root):
            if element.name == "association":
                self.associations.append(element)
            elif element.name == "messageFlow":
                self.message_sources.update((element.get("sourceRef"), self.local(element.get("sourceRef"))))
            id = element.get("id")
            if id and self.ids.setdefault(id, element) is not element:
                self.duplicates.append(element)

    def elements(self) -> Iterator[Element]:
        """Iterates over the BPMN elements in the order of the file, without what stands in extension elements."""
        return _bpmn_elements(self.document.root)

    def resolve(self, reference: str, *types: str) -> Element | None:
        """Finds what a reference names.

        Args:
            reference: An id, or a QName whose prefix the file declares ("tns:newInvoice").
            types: The BPMN element names that it may have; none for any.

        Returns:
            The element; None where there is none of this id, or it is of another type.
        """
        element = self.ids.get(reference) or self.ids.get(self.local(reference))
        return element if element is not None and (not types or element.name in types) else None

    def local(self, reference: str) -> str:
        """Returns a reference without its prefix, where that is a prefix that the file declares."""
        prefix, colon, local = reference.partition(":")
        return local if colon and local and prefix in self.document.namespaces else reference

    def expression(self, element: Element) -> Text | None:
        """Makes the text of an expression element (BPMN 2.0.2, 8.4.6); None where it has none."""
        if not element.text:
            return None
        language = element.get("language") or self.expression_language
        return Text(element.text, self.document.text_position(element), language)

    def text(self, element: Element, language: str | None = None) -> Text:
        """Makes a text of an element's character data."""
        return Text(element.text, self.document.text_position(element), language)

    def attribute(self, element: Element, key: str, language: str | None = None) -> Text:
        """Makes a text of an attribute."""
        return Text(element.attributes[key], self.document.attribute_position(element, key), language)

    def ignore(self, owner: Owner, reason: str, position: Position | None = None) -> None:
        """Notes that something is ignored."""
        self._note(Verdict.IGNORED, owner, reason, position)

    def refuse(self, owner: Owner, reason: str, position: Position | None = None) -> None:
        """Notes that something is refused."""
        self._note(Verdict.REFUSED, owner, reason, position)

    def ignore_attribute(self, owner: Owner, element: Element, key: str, reason: str) -> None:
        """Notes an attribute that is ignored; one finding for all its occurrences in the file."""
        known = self._ignored_attributes.get((key, reason))
        if known is None:
            position = self.document.attribute_position(element, key)
            self._ignored_attributes[key, reason] = (owner, position, reason, 1)
        else:
            self._ignored_attributes[key, reason] = (*known[:3], known[3] + 1)

    def all_findings(self) -> tuple[Finding, ...]:
        """Returns the findings, by position."""
        for owner, position, reason, count in self._ignored_attributes.values():
            times = f" ({count} times in this file)" if count > 1 else ""
            self._note(Verdict.IGNORED, owner, reason + times, position)
        self._ignored_attributes.clear()
        return sorted_findings(self.findings)

    def _note(self, verdict: Verdict, owner: Owner, reason: str, position: Position | None) -> None:
        self.findings.append(
            Finding(verdict, owner.type, owner.id, owner.process_id, reason, position or owner.position)
        )


def _bpmn_elements(root: Element) -> Iterator[Element]:
    """Iterates over the BPMN elements in the order of the file, without what stands in extension elements."""
    stack = [root]
    while stack:
        element = stack.pop()
        if element.namespace != BPMN or element.name == "extensionElements":
            continue
        yield element
        if element.children:
            stack.extend(reversed(element.children))
