"""Variables: where a name leads, and where a value goes.

Rule of this file: a name is looked up in the scope it is used in, then outwards, up to the process instance and not
beyond (BPMN 2.0.2, 10.4.7). A value that is set goes to the nearest scope that has a variable of its name, else to
the process instance's own scope. Values are kept as the JSON text they came with; they are parsed when an
expression reads them and not before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from bpmgrpc import values
from bpmgrpc.engine import loop_counters
from bpmgrpc.engine.events import EventType
from bpmgrpc.engine.expressions import MISSING, Budget
from bpmgrpc.engine.expressions.budget import MAX_STEPS
from bpmgrpc.engine.state import LARGE, ROOT_SCOPE, Large, Need

if TYPE_CHECKING:
    from bpmgrpc.engine.expressions import Expression, JavaScriptExpression, Missing
    from bpmgrpc.engine.expressions.javascript import Assignment
    from bpmgrpc.engine.ledger import Ledger
    from bpmgrpc.values import Value

_UNKNOWN: Final = object()
_CHARACTERS_PER_STEP: Final = 6  # as a power of two: parsing 64 characters takes about as long as a step


class Variables:
    """The variables of one run.

    Args:
        ledger: Where rows are read and written.
        now_us: The time, microseconds since the epoch.
    """

    def __init__(self, ledger: Ledger, now_us: int) -> None:
        self._ledger = ledger
        self.now_us = now_us
        self.changed: set[int] = set()  # scopes in which a variable was set since conditional events were looked at
        self.cost = 0  # what evaluations have cost since somebody looked: steps of ``expressions.budget``
        self._parsed: dict[tuple[int, str], tuple[str, Value]] = {}

    def text(self, scope: int, name: str) -> tuple[int, str] | None:
        """Returns the scope in which a name is found from a scope outwards, and the JSON text of its value.

        Raises:
            Need: A row that decides it is not at hand.
        """
        ledger = self._ledger
        while True:
            text = self._own(scope, name)
            if text is not None:
                if text is LARGE:
                    raise Need(variables=frozenset(((scope, name),)))
                assert isinstance(text, str)  # noqa: S101 - narrows the type
                return scope, text
            if scope == ROOT_SCOPE:
                return None
            row = ledger.element(scope)
            if "made" in row.data:
                count = loop_counters.find(row, name)
                if count is not None:
                    return scope, count
            if "definition" in row.data:
                return None
            scope = row.scope

    def _own(self, scope: int, name: str) -> str | Large | None:
        ledger = self._ledger
        key = (scope, name)
        text: str | Large | object | None = ledger.variables.get(key, _UNKNOWN)
        if text is _UNKNOWN:
            snapshot = ledger.snapshot
            text = snapshot.variables.get(key, _UNKNOWN)
            if text is _UNKNOWN:
                if (
                    scope not in ledger.scopes_born
                    and scope not in snapshot.names_known
                    and ledger.root.version != 0
                    and (scope == ROOT_SCOPE or self._has_scope(scope))
                ):
                    raise Need(variables=frozenset((key,)))
                return None
        return text  # type: ignore[return-value]

    def _has_scope(self, scope: int) -> bool:
        data = self._ledger.element(scope).data
        return "local" in data or "definition" in data

    def value(self, scope: int, name: str) -> Value | Missing:
        """Returns the value that a name has as seen from a scope, or ``MISSING``."""
        found = self.text(scope, name)
        if found is None:
            return MISSING
        where, text = found
        key = (where, name)
        known = self._parsed.get(key)
        if known is not None and known[0] is text:
            return known[1]
        self.cost += len(text) >> _CHARACTERS_PER_STEP
        value = values.parse(text)
        self._parsed[key] = (text, value)
        return value

    def home(self, scope: int, name: str) -> int:
        """Returns the scope that a value of this name goes to when it is set from a scope."""
        ledger = self._ledger
        while True:
            if scope == ROOT_SCOPE or self._own(scope, name) is not None:
                return scope
            row = ledger.element(scope)
            if "definition" in row.data:
                return scope
            scope = row.scope

    def put(self, scope: int, name: str, text: str) -> None:
        """Sets a variable of exactly this scope to a JSON text."""
        ledger = self._ledger
        ledger.put_variable(scope, name, text)
        self.changed.add(scope)
        ledger.event(EventType.VARIABLE_SET, "", scope, {"name": name, "json": text})

    def merge(self, scope: int, members: Iterable[tuple[str, str]]) -> None:
        """Sets variables as seen from a scope: each in the nearest scope that has it, else in the instance's own."""
        for name, text in members:
            self.put(self.home(scope, name), name, text)

    def names(self, scope: int) -> list[str]:
        """Returns the names that are visible from a scope, sorted: a store may give them in any order.

        Raises:
            Need: The names of a scope are not at hand.
        """
        ledger = self._ledger
        snapshot = ledger.snapshot
        found: set[str] = set()
        while True:
            if (
                scope not in ledger.scopes_born
                and scope not in snapshot.names_known
                and ledger.root.version != 0
                and (scope == ROOT_SCOPE or self._has_scope(scope))
            ):
                raise Need(all_variables=frozenset((scope,)))
            for table in (snapshot.variables, ledger.variables):
                found.update(name for (where, name), text in table.items() if where == scope and text is not None)
            if scope == ROOT_SCOPE:
                return sorted(found)
            row = ledger.element(scope)
            if "definition" in row.data:
                return sorted(found)
            scope = row.scope

    def seen(self, scope: int) -> dict[str, str]:
        """Returns the JSON texts of all variables that are visible from a scope, in order of their names.

        Raises:
            Need: A row that decides it is not at hand.
        """
        found = {}
        for name in self.names(scope):
            text = self.text(scope, name)
            assert text is not None, f"{name!r} is not visible"  # noqa: S101 - it was found
            found[name] = text[1]
        return found

    def private_text(self, scope: int, name: str) -> str | None:
        """Returns a JSON text that a private scope keeps (``Ledger.new_private_scope``), or None.

        Raises:
            Need: It is not at hand.
        """
        ledger = self._ledger
        key = (scope, name)
        text = ledger.variables.get(key)
        if text is not None or scope in ledger.scopes_born:
            return text
        snapshot = ledger.snapshot
        kept = snapshot.variables.get(key, None if scope in snapshot.values_known else LARGE)
        if isinstance(kept, Large):
            raise Need(variables=frozenset((key,)))
        return kept

    def own_names(self, scope: int) -> list[str]:
        """Returns the names of a scope's own variables, sorted: a store may give them in any order.

        Raises:
            Need: They are not at hand.
        """
        ledger = self._ledger
        snapshot = ledger.snapshot
        if scope not in ledger.scopes_born and scope not in snapshot.values_known:
            raise Need(all_variables=frozenset((scope,)))
        found = {name for (where, name), text in snapshot.variables.items() if where == scope and text is not None}
        found.update(name for where, name in ledger.variables if where == scope)
        return sorted(found)

    def own_text(self, scope: int, name: str) -> str:
        """Returns the JSON text of a variable that a scope itself has."""
        text = self._own(scope, name)
        assert isinstance(text, str), f"{name!r} is no variable of scope {scope}"  # noqa: S101 - own_names gave it
        return text

    def seen_from(self, scope: int) -> Scope:
        """Returns what an expression that is evaluated in a scope sees."""
        return Scope(self, scope)


class Scope:
    """The variables as an expression sees them (the ``Scope`` protocol of ``bpmgrpc.engine.expressions``)."""

    __slots__ = ("_scope", "_variables", "now_us")

    def __init__(self, variables: Variables, scope: int) -> None:
        self._variables = variables
        self._scope = scope
        self.now_us = variables.now_us

    def lookup(self, name: str) -> Value | Missing:
        """Returns the value of a name, or ``MISSING``."""
        return self._variables.value(self._scope, name)

    def evaluate(self, expression: Expression) -> Value:
        """Returns the value of an expression; what it costs is counted.

        Raises:
            ExpressionError: It cannot be evaluated, or costs more than an evaluation may.
            Need: A variable that it reads is not at hand.
        """
        budget = Budget()
        try:
            return expression.evaluate(self, budget)
        finally:
            self._variables.cost += MAX_STEPS - budget.steps

    def run(self, script: JavaScriptExpression) -> tuple[str, list[Assignment]]:
        """Runs a script; what it costs is counted. See ``JavaScriptExpression.run``."""
        budget = Budget()
        try:
            return script.run(self, budget)
        finally:
            self._variables.cost += MAX_STEPS - budget.steps

    def names(self) -> list[str]:
        """Returns all names that are visible."""
        return self._variables.names(self._scope)


class NamedScope(Scope):
    """A scope with a few more names, which win.

    Args:
        scope: The scope.
        named: Values by name.
    """

    __slots__ = ("_named",)

    def __init__(self, scope: Scope, named: Mapping[str, Value]) -> None:
        super().__init__(scope._variables, scope._scope)  # noqa: SLF001 - its own kind
        self._named = named

    def lookup(self, name: str) -> Value | Missing:
        """Returns the value of a name, or ``MISSING``."""
        return self._named[name] if name in self._named else super().lookup(name)
