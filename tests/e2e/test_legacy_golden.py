"""Golden pairs over real HTTP: every legacy call of `golden/*.json` gets exactly the answer that stands beside it.

A member is compared with its JSON type; an answer has the members that are listed and no others. Words in angle
brackets stand for what differs from run to run:

    <id:NAME>        an id; the same one wherever the name occurs in the file, and {NAME} in later calls
    <ms>             epoch milliseconds, a JSON number
    <int>            a whole number
    <text>           a text that is not empty
    <number:DIGITS>  a number written with exactly these digits
    <contains>       a list that holds this item
    <schema>         a JSON Schema with this title
"""

import json
import re
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.server_process import ServerProcess

FILES = sorted((Path(__file__).parent / "golden").glob("*.json"))
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
EARLIEST = 1_700_000_000_000  # ms: November 2023


class Exact(str):
    """A number with a fraction, by its digits."""

    __slots__ = ()


class Comparison:
    """Compares answers with what is written in a file, and remembers the ids that it meets."""

    def __init__(self) -> None:
        self.ids = {"unique": f"user-{uuid.uuid4().hex[:12]}"}

    def fill(self, text: str) -> str:
        """Puts known ids into a call."""
        return re.sub(r"\{([a-z][a-z0-9]*)\}", lambda found: self.ids.get(found[1], found[0]), text)

    def differences(self, expected: Any, found: Any, place: str = "answer") -> list[str]:
        """Returns what differs, one sentence each."""
        if isinstance(expected, str):
            return self._text(expected, found, place)
        if isinstance(expected, dict) and set(expected) == {"<contains>"}:
            item = expected["<contains>"]
            if not isinstance(found, list) or all(self.differences(item, each) for each in found):
                return [f"{place} has no item {item}, it is {found}"]
            return []
        if isinstance(expected, dict) and set(expected) == {"<schema>"}:
            title = found.get("title") if isinstance(found, dict) else None
            return [] if title == expected["<schema>"] else [f"{place} should be a schema of {expected}, it is {found}"]
        if isinstance(expected, dict) and isinstance(found, dict):
            if set(expected) != set(found):
                return [f"{place} should have the members {sorted(expected)}, it has {sorted(found)}"]
            return [line for key in expected for line in self.differences(expected[key], found[key], f"{place}.{key}")]
        if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
            pairs = enumerate(zip(expected, found, strict=True))
            return [line for index, (a, b) in pairs for line in self.differences(a, b, f"{place}[{index}]")]
        if type(expected) is type(found) and expected == found:
            return []
        return [f"{place} should be {expected!r}, it is {found!r}"]

    def _text(self, expected: str, found: Any, place: str) -> list[str]:
        word = re.fullmatch(r"<([a-z]+)(?::(.+))?>", expected)
        if word is None:
            wanted = self.fill(expected)
            right = type(found) is str and found == wanted
        elif word[1] == "id":
            right = isinstance(found, str) and ID.fullmatch(found) is not None
            right = right and self.ids.setdefault(word[2], found) == found
        elif word[1] == "ms":
            right = type(found) is int and found > EARLIEST
        elif word[1] == "int":
            right = type(found) is int
        elif word[1] == "number":
            right = isinstance(found, Exact) and found == word[2]
        else:
            right = type(found) is str and found != ""
        return [] if right else [f"{place} should be {expected}, it is {found!r}"]


@pytest.fixture(params=["adapter in the server", "adapter alone"])
def base(request: pytest.FixtureRequest, server: ServerProcess) -> str:
    """Where the legacy calls are: at the server itself, or at an adapter that speaks gRPC to it."""
    if request.param == "adapter in the server":
        return server.legacy
    alone: str = request.getfixturevalue("lone_adapter")
    return alone


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_legacy_call_answers_exactly_what_is_written(server: ServerProcess, base: str, file: Path) -> None:
    """Each call of the file gets the status, headers, members and types that stand beside it."""
    comparison = Comparison()
    exchanges = json.loads(file.read_text("utf-8"), parse_float=Decimal)["exchanges"]

    for number, exchange in enumerate(exchanges, start=1):
        verb, path = exchange["call"].split(" ", 1)
        body = exchange.get("body")
        content = None if body is None else comparison.fill(body)
        response = server.http.request(verb, f"{base}/{comparison.fill(path)}", content=content)
        found = json.loads(response.content.decode("utf-8"), parse_float=Exact)
        where = f"{file.name}, exchange {number}, {exchange['call']}"

        assert response.status_code == exchange["status"], f"{where}: {response.text}"
        for name, value in exchange.get("headers", {}).items():
            assert response.headers.get(name) == value, f"{where}: header {name}"
        assert comparison.differences(exchange["answer"], found) == [], f"{where}: {response.text}"
