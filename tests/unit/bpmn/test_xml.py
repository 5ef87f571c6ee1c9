"""Hostile and broken files, and where elements stand."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.model import Position
from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.bpmn.xml import MAX_BYTES, read
from bpmgrpc.errors import InvalidArgument

BPMN = 'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [
 <!ENTITY lol "lol">
 <!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
 <!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">
]>
<definitions>&lol3;</definitions>"""


def refusal(content: bytes) -> InvalidArgument:
    """Reads a file that must be refused."""
    with pytest.raises(InvalidArgument) as caught:
        parse_file("bad.bpmn", content)
    return caught.value


@pytest.mark.parametrize(
    "content",
    (
        BILLION_LAUGHS,
        b'<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><x/>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://example.org/p"> %p;]><x/>',
        b"<!-- c --><?pi x?>\n <!DOCTYPE x><x/>",
        '\ufeff<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><x/>'.encode("utf-16-le"),
    ),
    ids=("billion laughs", "external DTD", "external entity", "parameter entity", "behind comments", "UTF-16"),
)
def test_doctype_is_refused(content: bytes) -> None:
    """A document type declaration is refused before anything in it is read."""
    error = refusal(content)

    assert error.reason == "XML_DOCTYPE"
    assert "DOCTYPE" in error.message


def test_doctype_is_refused_with_its_place() -> None:
    """The refusal of a DOCTYPE names file, line and column."""
    error = refusal(BILLION_LAUGHS)

    assert error.message.startswith("bad.bpmn, line 2, column 1: ")
    assert error.metadata == {"file": "bad.bpmn", "line": "2", "column": "1"}


def test_word_doctype_in_text_is_no_declaration() -> None:
    """DOCTYPE in a comment or in CDATA declares nothing."""
    document = read("f", b"<!-- <!DOCTYPE x> --><a><![CDATA[<!DOCTYPE x>]]></a>")

    assert document.root.text == "<!DOCTYPE x>"


@pytest.mark.parametrize("size", (64 * 1024 * 1024, MAX_BYTES + 1))
def test_large_file_is_refused(size: int) -> None:
    """A file over the byte limit is refused without being read."""
    error = refusal(b"<" * size)

    assert error.reason == "XML_TOO_LARGE"
    assert "4,194,304 are allowed" in error.message


def test_deep_nesting_is_refused() -> None:
    """Elements nested 100,000 deep are refused where the limit is passed."""
    error = refusal(b"<a>" * 100_000)

    assert error.reason == "XML_TOO_DEEP"
    assert error.metadata["column"] == str(200 * 3 + 1)


def test_deep_nesting_within_a_diagram_is_refused() -> None:
    """Diagrams are skipped, but not their depth."""
    diagram = b'<d:BPMNDiagram xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI">'

    error = refusal(b"<a>" + diagram + b"<x>" * 100_000)

    assert error.reason == "XML_TOO_DEEP"


def test_many_elements_are_refused() -> None:
    """More than 200,000 elements are refused, however small the file."""
    error = refusal(b"<a>" + b"<b/>" * 200_001 + b"</a>")

    assert error.reason == "XML_TOO_MANY_ELEMENTS"


def test_many_attributes_are_refused() -> None:
    """More than 256 attributes of one element are refused."""
    error = refusal(b"<a " + b" ".join(b'b%d=""' % number for number in range(257)) + b"/>")

    assert error.reason == "XML_TOO_MANY_ATTRIBUTES"


@pytest.mark.parametrize(
    ("content", "place"),
    (
        (b"", "line 1, column 1"),
        (b"not XML", "line 1, column 1"),
        (b'{"json": true}', "line 1, column 1"),
        (b"<a>\n  <b></c>\n</a>", "line 2, column 8"),
        (b"<a>\n <b x=1/></a>", "line 2, column 7"),
        (b"<a>&unknown;</a>", "line 1, column 4"),
        (b"<a><x:b/></a>", "line 1, column 4"),
        (b"<a>\x00</a>", "line 1, column 4"),
        ("<a>ทดสอบ&nope;</a>".encode(), "line 1, column 9"),
    ),
    ids=("empty", "text", "JSON", "wrong end tag", "bare value", "entity", "prefix", "NUL", "after Thai letters"),
)
def test_malformed_file_is_refused_with_its_place(content: bytes, place: str) -> None:
    """What is not well-formed is refused with file, line and column."""
    error = refusal(content)

    assert error.reason == "XML_MALFORMED"
    assert error.message.startswith(f"bad.bpmn, {place}: not well-formed XML: ")


@pytest.mark.parametrize(
    ("content", "found"),
    (
        (b"\n <html/>", "found html"),
        (b"\n <definitions/>", "found definitions"),
        (f"\n <process {BPMN}/>".encode(), "found {http://www.omg.org/spec/BPMN/20100524/MODEL}process"),
        (b'\n <definitions xmlns="urn:other"/>', "found {urn:other}definitions"),
    ),
)
def test_wrong_root_is_refused(content: bytes, found: str) -> None:
    """A file whose root is not BPMN 2.0's definitions is refused, naming what was found."""
    error = refusal(content)

    assert error.reason == "BPMN_WRONG_ROOT"
    assert error.message.startswith("bad.bpmn, line 2, column 2: ")
    assert error.message.endswith(found)


def test_predefined_entities_and_cdata_are_text() -> None:
    """The five predefined entities, character references and CDATA come out as the characters they stand for."""
    document = read("f", b"<a b='&lt;&#x0E01;'> x &lt; <![CDATA[y & ]]><!-- c --><?pi?>z&amp;&gt;&quot;&apos; </a>")

    assert document.root.attributes == {"b": "<\u0e01"}
    assert document.root.text == "x < y & z&>\"'"


def test_positions_count_characters() -> None:
    """Line and column of an element count characters from 1, whatever their bytes."""
    document = read("f", '<a>\n <!-- ก --><b/>\n\t<c x="ทดสอบ😀"/><d/>\n</a>'.encode())

    assert [child.position for child in document.root.children] == [Position(2, 12), Position(3, 2), Position(3, 17)]


def test_positions_are_exact_in_long_lines() -> None:
    """Columns are exact in a line of many thousand characters."""
    document = read("f", ("<a>" + "ก" * 5000 + "<b/>" + "x" * 5000 + "<c/></a>").encode())

    assert [child.position for child in document.root.children] == [Position(1, 5004), Position(1, 10008)]


def test_position_beyond_65535_lines_is_exact() -> None:
    """Lines are counted beyond 65,535."""
    document = read("f", b"<a>" + b"\n" * 70_000 + b"  <b/></a>")

    assert document.root.children[0].position == Position(70_001, 3)


def test_windows_line_ends_count_once() -> None:
    """CR LF and CR end a line as LF does, and texts hold LF."""
    document = read("f", b"<a>\r\n<b/>\r <c>x\r\ny</c></a>")

    assert [child.position for child in document.root.children] == [Position(2, 1), Position(3, 2)]
    assert document.root.children[1].text == "x\ny"


def test_attribute_position_is_that_of_its_value() -> None:
    """An attribute's place is its value's first character, also behind line breaks and values that look like one."""
    document = read("f", b"<a>\n <b xmlns:p='urn:p' one=' two=\"x\"'\n   p:two  =  'v'\n  three=\">\"/></a>")
    element = document.root.children[0]

    assert document.attribute_position(element, "one") == Position(2, 26)
    assert document.attribute_position(element, "urn:p}two") == Position(3, 15)
    assert document.attribute_position(element, "three") == Position(4, 10)
    assert document.attribute_position(element, "absent") == Position(2, 2)


@pytest.mark.parametrize(
    ("content", "place"),
    (
        (b"<a>x</a>", Position(1, 4)),
        (b"<a>\n   x</a>", Position(2, 4)),
        (b"<a> <!-- c -->\n<![CDATA[ x]]></a>", Position(2, 11)),
        (b"<a><b/>x</a>", Position(1, 1)),
    ),
    ids=("plain", "behind white space", "in CDATA", "behind a child"),
)
def test_text_position_is_that_of_its_first_character(content: bytes, place: Position) -> None:
    """A text begins behind white space, comments and the opening of CDATA."""
    document = read("f", content)

    assert document.text_position(document.root) == place


def test_diagrams_are_skipped() -> None:
    """Diagram interchange is no part of the tree, what follows it is."""
    document = read(
        "f",
        b'<a xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI"><d:BPMNDiagram>x<y/>z</d:BPMNDiagram> <b>text</b></a>',
    )

    assert [(child.name, child.text) for child in document.root.children] == [("b", "text")]
