"""A table of expressions with results worked out from the specifications, not from what this product does.

Each row of ``expressions/*.tsv`` holds an expression, its variables, its result and the clause that says so, separated
by tabs. A result is JSON, ``error`` for an expression that fails on the values it meets, or ``refused`` for one that
does not compile. Numbers are compared by value: 2 and 2.0 are one number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from bpmgrpc.engine.expressions import (
    MISSING,
    Dialect,
    ExpressionError,
    ExpressionSyntaxError,
    compile_expression,
    compile_template,
)

__all__ = ["Row", "Variables", "outcome", "rows"]

_FOLDER = Path(__file__).with_name("expressions")


@dataclass(frozen=True)
class Row:
    """One expression of the table.

    Attributes:
        language: "feel", "juel", "bare" or "xpath".
        line: Where it stands.
        text: The expression.
        variables: Its variables.
        result: What comes out, as it is written in the table.
        clause: Which clause of which specification says so.
    """

    language: str
    line: int
    text: str
    variables: dict[str, Any]
    result: str
    clause: str


class Variables:
    """Variables in a dict; the time stands at 2026-11-23T10:30:00Z.

    Args:
        variables: The variables.
    """

    now_us = 1_795_429_800_000_000

    def __init__(self, variables: dict[str, Any]) -> None:
        self._variables = variables

    def lookup(self, name: str) -> Any:
        """Gives a variable."""
        return self._variables.get(name, MISSING)

    def names(self) -> Iterable[str]:
        """Gives all names."""
        return self._variables


def rows() -> Iterator[Row]:
    """Reads the table."""
    for path in sorted(_FOLDER.glob("*.tsv")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if line.startswith("# "):
                continue
            text, variables, result, clause = line.split("\t")
            yield Row(path.stem, number, text, _json(variables), result, clause)


def outcome(row: Row) -> Any:
    """Computes an expression; "error" and "refused" as texts in angle brackets."""
    try:
        if row.language == "juel":
            # In attributes a text without mark is plain, so that what is composite is read as the engines do.
            expression = compile_template(row.text)
        else:
            default = Dialect.FEEL if row.language == "feel" else Dialect.BARE
            expression = compile_expression(row.text, default=default, names=row.variables)
        return expression.evaluate(Variables(row.variables))
    except ExpressionSyntaxError:
        return "<refused>"
    except ExpressionError:
        return "<error>"


def expected(row: Row) -> Any:
    """Reads the result of a row."""
    return f"<{row.result}>" if row.result in ("error", "refused") else _json(row.result)


def _json(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)
