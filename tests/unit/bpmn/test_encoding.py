"""Encodings that files declare."""

from __future__ import annotations

import codecs

import pytest

from bpmgrpc.bpmn.parser import parse_file
from bpmgrpc.errors import InvalidArgument

TEXT = (
    '<?xml version="1.0" encoding="{}"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="P" name="{}"/></definitions>'
)


def name_of(content: bytes) -> str:
    """Reads a file and returns the name of its process."""
    return parse_file("f", content).processes[0].name


@pytest.mark.parametrize(
    ("declared", "codec", "name"),
    (
        ("UTF-8", "utf-8", "จองห้อง 会議室 😀"),
        ("utf-8", "utf-8", "é"),
        ("windows-874", "cp874", "จองห้องประชุม"),
        ("TIS-620", "tis-620", "จองห้องประชุม"),
        ("ISO-8859-11", "iso8859-11", "จองห้องประชุม"),
        ("ISO-8859-1", "latin-1", "Prüfung"),
        ("ISO-8859-15", "iso8859-15", "5 €"),
        ("WINDOWS-1252", "cp1252", "5 €"),
        ("windows-1251", "cp1251", "Заявка"),
        ("KOI8-R", "koi8-r", "Заявка"),
        ("Shift_JIS", "cp932", "会議室"),
        ("EUC-JP", "euc-jp", "会議室"),
        ("GB18030", "gb18030", "会议室"),
        ("GBK", "gbk", "会议室"),
        ("Big5", "big5", "會議室"),
        ("EUC-KR", "euc-kr", "회의실"),
        ("US-ASCII", "ascii", "room"),
    ),
)
def test_declared_encoding_is_used(declared: str, codec: str, name: str) -> None:
    """A file is read in the encoding that its XML declaration names."""
    assert name_of(TEXT.format(declared, name).encode(codec)) == name


@pytest.mark.parametrize(
    ("mark", "codec"),
    (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
        (b"", "utf-32-le"),
    ),
)
def test_byte_order_mark_or_its_absence_tells_the_encoding(mark: bytes, codec: str) -> None:
    """A byte order mark wins over the declaration; without one, wide characters are recognised."""
    assert name_of(mark + TEXT.format("UTF-16", "จองห้อง").encode(codec)) == "จองห้อง"


def test_wide_declaration_of_a_narrow_file_is_not_believed() -> None:
    """A file that was converted to UTF-8 without changing its declaration is read as UTF-8."""
    assert name_of(TEXT.format("UTF-16", "จองห้อง").encode()) == "จองห้อง"


def test_file_without_declaration_is_utf_8() -> None:
    """Without declaration and mark the encoding is UTF-8."""
    _, _, undeclared = TEXT.partition("\n")

    assert name_of(undeclared.format("จองห้อง").encode()) == "จองห้อง"


@pytest.mark.parametrize("declared", ("utf-7", "unicode_escape", "idna", "rot13", "base64", "x-unknown"))
def test_unknown_encoding_is_refused(declared: str) -> None:
    """An encoding outside of the list is refused, even where the language behind us has a codec of that name."""
    with pytest.raises(InvalidArgument) as caught:
        name_of(TEXT.format(declared, "x").encode())

    assert caught.value.reason == "XML_ENCODING"
    assert f"{declared!r} is not supported" in caught.value.message


def test_wrong_byte_is_refused_with_its_place() -> None:
    """A byte that does not belong to the encoding is refused with line and column."""
    with pytest.raises(InvalidArgument) as caught:
        name_of("<a>\r\nก".encode() + b"\xff</a>")

    assert caught.value.reason == "XML_ENCODING"
    assert caught.value.message == "f, line 2, column 2: the byte 0xff does not belong to the encoding utf-8"
