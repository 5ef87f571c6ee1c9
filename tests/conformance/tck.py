"""The literal FEEL cases of the DMN TCK: decisions that are one expression and need no input.

Rule of this file: a scoreboard, not a gate by case. Numbers are compared with a relative tolerance of 1e-8, since the
TCK writes down rounded results; dates, times and durations by value, so ``PT24H`` is ``P1D``. A decision whose
expression does not compile gives null, as the TCK wants of an error.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from bpmgrpc.engine.expressions import MISSING, Dialect, ExpressionFault, compile_expression

__all__ = ["FeelCase", "evaluate", "feel_cases", "is_right"]

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_TOLERANCE = Decimal("1e-8")
_FUNCTIONS = {"date": "date", "time": "time", "dateTime": "date and time", "duration": "duration"}
_TEST = "{http://www.omg.org/spec/DMN/20160719/testcase}"


@dataclass(frozen=True)
class FeelCase:
    """One expression and the result that the TCK expects.

    Attributes:
        id: Folder, case and decision.
        folder: Folder, which names what is tested.
        text: The expression.
        expected: The result, JSON; texts of dates and the like as `Typed`.
    """

    id: str
    folder: str
    text: str
    expected: Any


@dataclass(frozen=True)
class Typed:
    """A date, a time or a duration as XML Schema writes it."""

    type: str
    text: str


class _NoVariables:
    now_us = 1_795_429_800_000_000

    def lookup(self, name: str) -> Any:
        return MISSING

    def names(self) -> list[str]:
        return []


@dataclass(frozen=True)
class _Two(_NoVariables):
    left: Any
    right: Any

    def lookup(self, name: str) -> Any:
        return {"left": self.left, "right": self.right}.get(name, MISSING)


def feel_cases(folder: Path) -> Iterator[FeelCase]:
    """Reads the cases of all compliance levels.

    Args:
        folder: Where ``compliance-level-2`` and ``compliance-level-3`` are.
    """
    for tests in sorted(folder.glob("compliance-level-*/*/*.xml")):
        root = ET.parse(tests).getroot()  # noqa: S314 - test data that the project holds
        if root.tag != f"{_TEST}testCases":
            continue
        model = tests.parent / (root.findtext(f"{_TEST}modelName") or "")
        decisions = _literal_decisions(model) if model.is_file() else {}
        for case in root.iter(f"{_TEST}testCase"):
            for node in case.iter(f"{_TEST}resultNode"):
                name = node.get("name", "")
                expected = node.find(f"{_TEST}expected")
                if name in decisions and expected is not None:
                    id = f"{tests.parent.name}/{case.get('id')}/{name}"
                    yield FeelCase(id, tests.parent.name, decisions[name], _value(expected))


def _literal_decisions(model: Path) -> Mapping[str, str]:
    found = {}
    for decision in ET.parse(model).getroot():  # noqa: S314 - test data that the project holds
        children = {child.tag.rpartition("}")[2]: child for child in decision}
        if "literalExpression" not in children or any(name.endswith("Requirement") for name in children):
            continue
        text = next((part.text for part in children["literalExpression"] if part.tag.endswith("}text")), None)
        found[decision.get("name", "")] = text or ""
    return found


def _value(element: ET.Element) -> Any:
    components = element.findall(f"{_TEST}component")
    if components:
        return {component.get("name"): _value(component) for component in components}
    items = element.find(f"{_TEST}list")
    if items is not None:
        return None if items.get(_NIL) == "true" else [_value(item) for item in items.findall(f"{_TEST}item")]
    value = element.find(f"{_TEST}value")
    if value is None or value.get(_NIL) == "true":
        return None
    type, text = value.get(_TYPE, "xsd:string").rpartition(":")[2], value.text or ""
    if type in {"decimal", "double", "float", "integer", "int", "long"}:
        return Decimal(text)
    if type == "boolean":
        return text.strip() == "true"
    return Typed(type, text.strip()) if type in _FUNCTIONS else text


def evaluate(case: FeelCase) -> Any:
    """Computes a case; null where it does not compile or fails."""
    try:
        return compile_expression(case.text, default=Dialect.FEEL, language="feel").evaluate(_NoVariables())
    except ExpressionFault:
        return None


def is_right(found: Any, expected: Any) -> bool:
    """Compares a result with what is expected."""
    if isinstance(expected, Typed):
        return isinstance(found, str) and _same_time(expected, found)
    if isinstance(expected, Decimal):
        if isinstance(found, bool) or not isinstance(found, int | Decimal):
            return False
        return abs(found - expected) <= _TOLERANCE * max(Decimal(1), abs(expected))
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(is_right(one, other) for one, other in zip(found, expected, strict=True))
        )
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and found.keys() == expected.keys()
            and all(is_right(found[name], expected[name]) for name in expected)
        )
    return type(found) is type(expected) and bool(found == expected)


def _same_time(expected: Typed, found: str) -> bool:
    if expected.text == found:
        return True
    function = _FUNCTIONS[expected.type]
    wanted = re.sub(r"\+00:00$", "Z", expected.text)
    text = f"={function}(left) = {function}(right)"
    return compile_expression(text).evaluate(_Two(wanted, found)) is True
