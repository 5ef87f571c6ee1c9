"""Safe reading of XML: bytes of strangers to a tree of elements with exact positions.

Rule of this file: nothing in a file can reach outside of it, and its cost is bounded before it is paid. Size is checked
before decoding, DOCTYPE before parsing (without one there are no entities but the five predefined ones, hence no
expansion and nothing to fetch), depth and number of elements while parsing. Encodings are ours (``encoding``), so the
parser below sees UTF-8 only.

The parser is Expat, because it tells at which byte an element begins, so that its line *and* column can be worked out
when they are asked for; lxml tells lines only. Diagram interchange is skipped while reading: it is more than half of
most files and has no effect on execution.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Any
from xml.parsers import expat

from bpmgrpc.bpmn.encoding import decode
from bpmgrpc.bpmn.model import Position
from bpmgrpc.bpmn.names import BPMN, DIAGRAM_NAMESPACES
from bpmgrpc.bpmn.problems import malformed

__all__ = ["MAX_ATTRIBUTES", "MAX_BYTES", "MAX_DEPTH", "MAX_ELEMENTS", "Document", "Element", "read"]

MAX_BYTES = 4 * 1024 * 1024  # of the file as it comes
MAX_DEPTH = 200  # open elements; the deepest of 459 reference models has 11
MAX_ELEMENTS = 200_000  # the densest of those models would reach 59,000 at 4 MiB
MAX_ATTRIBUTES = 256  # of one element; those models have 15 at most

_SEPARATOR = "}"  # cannot stand in a namespace URI or a name

# What may stand before a DOCTYPE: XML declaration, comments, processing instructions, white space.
_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
# A start tag from its "<" to its ">"; well-formed, since the parser has been through it.
_START_TAG = re.compile(rb"<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>")
_ATTRIBUTE = re.compile(rb"\s([^\s=\"'<>]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_BLOCK = 1024  # bytes
_CONTINUATION = bytes(range(0x80, 0xC0))  # bytes of UTF-8 that begin no character
_LINE_FEED = re.compile(rb"\n")
_BEFORE_TEXT = re.compile(rb"(?:\s+|<!--.*?-->|<\?.*?\?>|<!\[CDATA\[)*", re.DOTALL)


class Element:
    """An element of the file.

    Attributes:
        namespace: Namespace URI, empty where there is none.
        name: Local name.
        attributes: By local name, or by ``uri}local`` where the attribute has a namespace; in the order of the file.
        children: Child elements; without diagram interchange.
        text: The character data directly inside, outer white space removed.
        offset: Bytes of the source before the "<".
    """

    __slots__ = ("_lines", "attributes", "children", "name", "namespace", "offset", "text")

    def __init__(self, namespace: str, name: str, attributes: dict[str, str], offset: int, lines: _Lines) -> None:
        self.namespace = namespace
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""
        self.offset = offset
        self._lines = lines

    @property
    def position(self) -> Position:
        """The place of the "<" of the start tag."""
        return self._lines.position(self.offset)

    def get(self, name: str, default: str = "") -> str:
        """Returns the attribute without namespace of this name."""
        return self.attributes.get(name, default)

    def bpmn_children(self, name: str) -> Iterator[Element]:
        """Iterates over the BPMN child elements of this name."""
        return (child for child in self.children if child.name == name and child.namespace == BPMN)

    def bpmn_child(self, name: str) -> Element | None:
        """Returns the first BPMN child element of this name."""
        for child in self.children:
            if child.name == name and child.namespace == BPMN:
                return child
        return None

    def bpmn_text(self, name: str) -> str:
        """Returns the text of the first BPMN child element of this name, empty where there is none."""
        child = self.bpmn_child(name)
        return "" if child is None else child.text


class _Lines:
    """The lines of a source, which positions are worked out from."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self._starts: list[int] = []  # bytes before each line
        self._blocks: list[int] = []  # characters before each block; empty where each byte is one

    def position(self, offset: int) -> Position:
        if not self._starts:
            self._index()
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        return Position(line, 1 + self._characters(offset) - self._characters(start))

    def _index(self) -> None:
        source = self.source
        self._starts = [0, *(match.end() for match in _LINE_FEED.finditer(source))]
        if not source.isascii():
            # A file may be one line of megabytes, so characters are not counted from the line's start each time.
            blocks = (source[start : start + _BLOCK] for start in range(0, len(source), _BLOCK))
            self._blocks = [0, *accumulate(len(block.translate(None, _CONTINUATION)) for block in blocks)]

    def _characters(self, offset: int) -> int:
        if not self._blocks:
            return offset
        block = offset // _BLOCK
        return self._blocks[block] + len(self.source[block * _BLOCK : offset].translate(None, _CONTINUATION))


class Document:
    """A file that has been read.

    Attributes:
        name: Name of the file.
        root: Its root element.
        namespaces: Declared namespaces: prefix (empty for the default one) to URI; the last declaration wins.
    """

    def __init__(self, name: str, root: Element, namespaces: dict[str, str], lines: _Lines) -> None:
        self.name = name
        self.root = root
        self.namespaces = namespaces
        self._lines = lines
        self._tag: tuple[int, list[int]] = (-1, [])  # the tag last asked for: its offset, its values' offsets

    def attribute_position(self, element: Element, key: str) -> Position:
        """Works out where an attribute's value stands.

        Args:
            element: The element.
            key: Key in ``Element.attributes``.

        Returns:
            The place of the value's first character; the element's where it has no such attribute.
        """
        if key not in element.attributes:
            return element.position
        if self._tag[0] != element.offset:
            self._tag = (element.offset, self._value_offsets(element))
        return self._lines.position(self._tag[1][list(element.attributes).index(key)])

    def text_position(self, element: Element) -> Position:
        """Works out where an element's text begins, behind white space, comments and the opening of CDATA."""
        source = self._lines.source
        tag = _START_TAG.match(source, element.offset)
        if tag is None or not element.text:
            return element.position
        before = _BEFORE_TEXT.match(source, tag.end())
        start = tag.end() if before is None else before.end()
        return element.position if source.startswith(b"<", start) else self._lines.position(start)

    def _value_offsets(self, element: Element) -> list[int]:
        """Offsets of the attributes' values in the order of the file, which is that of ``Element.attributes``."""
        source = self._lines.source
        tag = _START_TAG.match(source, element.offset)
        if tag is None:
            return [element.offset] * len(element.attributes)
        return [
            match.start(2) + 1
            for match in _ATTRIBUTE.finditer(source, element.offset, tag.end())
            if match[1] != b"xmlns" and not match[1].startswith(b"xmlns:")
        ]


def read(name: str, content: bytes) -> Document:
    """Reads an XML file.

    Args:
        name: Name of the file, for errors.
        content: Its bytes, in any encoding of XML's that it declares.

    Returns:
        The document.

    Raises:
        InvalidArgument: With file, line and column, and reason XML_TOO_LARGE (over ``MAX_BYTES``), XML_ENCODING,
            XML_DOCTYPE (there is a document type declaration), XML_TOO_DEEP, XML_TOO_MANY_ELEMENTS,
            XML_TOO_MANY_ATTRIBUTES, or XML_MALFORMED.
    """
    if len(content) > MAX_BYTES:
        raise malformed(name, f"the file has {len(content):,} bytes, {MAX_BYTES:,} are allowed", reason="XML_TOO_LARGE")
    text = decode(name, content)
    _refuse_doctype(name, text)
    lines = _Lines(text.encode())
    builder = _TreeBuilder(name, lines)
    builder.parse()
    return Document(name, builder.root, builder.namespaces, lines)


def _refuse_doctype(name: str, text: str) -> None:
    # Before the parser is made: an exception from one of Expat's handlers does not stop it from going on natively.
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog is not None else 0
    if not text.startswith("<!DOCTYPE", start):
        return
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    raise malformed(
        name, "a document type declaration (DOCTYPE) is not allowed in a BPMN file", line, column, reason="XML_DOCTYPE"
    )


class _TreeBuilder:
    """Expat's handlers. They are closures over one parse, since each runs once for every element of a file."""

    def __init__(self, name: str, lines: _Lines) -> None:
        self.name = name
        self.namespaces: dict[str, str] = {}
        self._lines = lines
        self._document = Element("", "", {}, 0, lines)
        self._parser = expat.ParserCreate("utf-8", _SEPARATOR)
        self._parser.buffer_text = True
        self._parser.buffer_size = 65536
        self._parser.StartNamespaceDeclHandler = self._declare_namespace
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._set_handlers()

    @property
    def root(self) -> Element:
        """The root element."""
        return self._document.children[0]

    def parse(self) -> None:
        """Parses the whole file."""
        try:
            self._parser.Parse(self._lines.source, True)
        except expat.ExpatError as error:
            message = f"not well-formed XML: {expat.errors.messages.get(error.code, str(error))}"
            raise malformed(self.name, message, error.lineno, error.offset + 1, reason="XML_MALFORMED") from error

    def _refusal(self, message: str, reason: str) -> Exception:
        parser = self._parser
        return malformed(self.name, message, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1, reason=reason)

    def _set_handlers(self) -> None:
        parser, lines = self._parser, self._lines
        stack = [self._document]
        texts: list[list[str] | None] = [None]
        names: dict[str, tuple[str, str]] = {}  # Expat's expanded names, split once each
        count = 0
        skipped = 0  # open elements of a diagram

        def check(depth: int) -> None:
            nonlocal count
            count += 1
            if count > MAX_ELEMENTS:
                raise self._refusal(f"more than {MAX_ELEMENTS:,} elements", "XML_TOO_MANY_ELEMENTS")
            if depth > MAX_DEPTH:
                raise self._refusal(f"elements nested deeper than {MAX_DEPTH}", "XML_TOO_DEEP")

        def start(expanded: str, attributes: dict[str, str]) -> None:
            check(len(stack))
            if len(attributes) > MAX_ATTRIBUTES:
                raise self._refusal(f"more than {MAX_ATTRIBUTES} attributes", "XML_TOO_MANY_ATTRIBUTES")
            split = names.get(expanded)
            if split is None:
                namespace, separator, local = expanded.rpartition(_SEPARATOR)
                names[expanded] = split = (namespace if separator else "", local)
            if split[0] in DIAGRAM_NAMESPACES and len(stack) > 1:
                skip("", {})
                parser.StartElementHandler, parser.EndElementHandler = skip, end_skipped
                parser.CharacterDataHandler = None
                return
            element = Element(*split, attributes, parser.CurrentByteIndex, lines)
            stack[-1].children.append(element)
            stack.append(element)
            texts.append(None)

        def end(_expanded: str) -> None:
            element = stack.pop()
            parts = texts.pop()
            if parts is not None:
                element.text = "".join(parts).strip()

        def characters(data: str) -> None:
            parts = texts[-1]
            if parts is not None:
                parts.append(data)
            elif not data.isspace():
                texts[-1] = [data]

        def skip(_expanded: str, _attributes: dict[str, str]) -> None:
            nonlocal skipped
            check(len(stack) + skipped)
            skipped += 1

        def end_skipped(_expanded: str) -> None:
            nonlocal skipped
            skipped -= 1
            if not skipped:
                parser.StartElementHandler, parser.EndElementHandler = start, end
                parser.CharacterDataHandler = characters

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = characters

    def _declare_namespace(self, prefix: str | None, uri: str | None) -> None:
        self.namespaces[prefix or ""] = uri or ""

    def _doctype(self, *_declaration: Any) -> None:
        raise self._refusal("a document type declaration (DOCTYPE) is not allowed in a BPMN file", "XML_DOCTYPE")
