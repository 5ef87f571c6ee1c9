"""A scope over a dict, and one call that compiles and evaluates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bpmgrpc.engine.expressions import MISSING, Budget, Dialect, compile_expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Variables:
    """Variables in a dict; the time stands at 2026-11-23T10:30:00Z."""

    now_us = 1_795_429_800_000_000

    def __init__(self, **variables: Any) -> None:
        self._variables = variables

    def lookup(self, name: str) -> Any:
        return self._variables.get(name, MISSING)

    def names(self) -> Iterable[str]:
        return self._variables


@pytest.fixture(name="scope")
def _scope() -> type[Variables]:
    return Variables


@pytest.fixture(name="evaluate")
def _evaluate() -> Callable[..., Any]:
    def evaluate(text: str, *, default: Dialect = Dialect.BARE, budget: Budget | None = None, **variables: Any) -> Any:
        return compile_expression(text, default=default, names=variables).evaluate(Variables(**variables), budget)

    return evaluate
