"""Pages of docs/ a part of which a make target writes: the part lies between two marks."""

from __future__ import annotations

from pathlib import Path


def marks(target: str) -> tuple[str, str]:
    """Returns the marks around what a make target writes."""
    return f"<!-- begin: written by make {target} -->", f"<!-- end: written by make {target} -->"


def write(path: Path, text: str) -> None:
    """Writes a file, and the folder for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_between_marks(path: Path, text: str, target: str) -> None:
    """Writes text into a page: between its two marks, or as the whole page where it has none."""
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    begin, end = marks(target)
    before, begins, rest = page.partition(begin)
    _, ends, after = rest.partition(end)
    write(path, f"{before}{begins}\n\n{text}\n{ends}{after}" if ends else text)
