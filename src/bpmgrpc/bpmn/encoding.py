"""From the bytes of an XML file to its characters.

Rule of this file: the encoding is the one that the byte order mark or the XML declaration names, from a closed list;
what cannot be decoded is refused with its line and column, never repaired.

XML 1.0, appendix F tells how to read a declaration before its encoding is known. Line ends come out as single line
feeds (XML 1.0, 2.11), so that positions count the same lines whatever system wrote the file.
"""

from __future__ import annotations

import codecs
import re

from bpmgrpc.bpmn.problems import malformed

__all__ = ["decode"]

# Longest mark first: the mark of UTF-32LE begins with that of UTF-16LE.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# "<?" or "<d" as they look in encodings of two or four bytes without a mark.
_WIDE_STARTS = (
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARATION = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*(?:"([A-Za-z0-9._:-]+)"|'([A-Za-z0-9._:-]+)')""")

# Closed on purpose: Python knows codecs that are no character encodings of XML (utf-7, idna, unicode_escape, …).
# Value: the Python codec.
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "windows-874": "cp874",
    "cp874": "cp874",
    "tis-620": "tis-620",
    "iso-8859-11": "iso8859-11",
    "shift_jis": "cp932",
    "windows-31j": "cp932",
    "euc-jp": "euc-jp",
    "iso-2022-jp": "iso2022-jp",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "macintosh": "mac-roman",
    "ibm850": "cp850",
    "ibm437": "cp437",
    "latin1": "iso8859-1",
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)},
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    **{f"cp{page}": f"cp{page}" for page in range(1250, 1259)},
}
# Declared, yet the declaration was readable byte by byte: the file has been converted since, by habit to UTF-8.
_WIDE_NAMES = frozenset({"utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be", "unicode"})


def decode(name: str, content: bytes) -> str:
    r"""Decodes a file, without its byte order mark and with line ends as ``\n``.

    Args:
        name: Name of the file, for errors.
        content: The bytes.

    Returns:
        The characters.

    Raises:
        InvalidArgument: The declared encoding is not on the list, or a byte does not belong to it.
    """
    codec, skipped = _codec(name, content)
    try:
        text = content[skipped:].decode(codec)
    except UnicodeDecodeError as error:
        before = _unify_line_ends(content[skipped : skipped + error.start].decode(codec, "replace"))
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        found = error.object[error.start : error.start + 1].hex()
        raise malformed(
            name, f"the byte 0x{found} does not belong to the encoding {codec}", line, column, reason="XML_ENCODING"
        ) from error
    return _unify_line_ends(text)


def _codec(name: str, content: bytes) -> tuple[str, int]:
    for mark, codec in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return codec, len(mark)
    for start, codec in _WIDE_STARTS:
        if content.startswith(start):
            return codec, 0
    declaration = _DECLARATION.match(content[:1024])
    if declaration is None:
        return "utf-8", 0
    declared = (declaration[1] or declaration[2]).decode("ascii").lower()
    if declared in _WIDE_NAMES:
        return "utf-8", 0
    known = _CODECS.get(declared)
    if known is None:
        raise malformed(name, f"the encoding {declared!r} is not supported", 1, 1, reason="XML_ENCODING")
    return known, 0


def _unify_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
