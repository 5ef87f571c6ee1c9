"""JavaScript, where a server runs it: conditions and scripts beyond what ``bare`` reads.

Rule of this file: the engine decides what goes into a script and what its answer means; what runs the script is handed
in, and keeps to time, memory and stack of its own (``bpmgrpc.runtime.javascript``). In go the variables that the script
mentions, as JSON text, and the time of the command; out come its value and the variables that it set. A script has no
clock, no chance and no host, so that the same one on the same variables gives the same answer.

Numbers: what a number of JavaScript (a double) holds as it is written becomes one. A whole number beyond 2**53 becomes
a BigInt, which JavaScript mixes with no number; a decimal with too many digits stays what it is while nobody computes
with it, and fails who does. Nothing is rounded in silence on the way in or out.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from bpmgrpc import values
from bpmgrpc.engine.expressions.budget import Budget
from bpmgrpc.engine.expressions.dialect import Dialect
from bpmgrpc.engine.expressions.errors import (
    ExpressionBudgetExceeded,
    ExpressionError,
    ExpressionSyntaxError,
    Position,
)
from bpmgrpc.engine.expressions.expression import Expression
from bpmgrpc.engine.expressions.frame import MISSING
from bpmgrpc.errors import InvalidArgument

if TYPE_CHECKING:
    from bpmgrpc.engine.expressions.frame import Scope
    from bpmgrpc.values import Value

__all__ = ["ABSENT", "Assignment", "JavaScript", "JavaScriptExpression", "is_javascript"]

STEPS: Final = 1_000  # of the budget, for one script: making its context takes about a millisecond
TOO_COSTLY: Final = "the script takes too long or needs too much memory"
_WORD: Final = re.compile(r"[\w$\u0080-\U0010ffff]+")
_QUOTED: Final = re.compile(r"""\(\s*(?:'([^'\\\n]*)'|"([^"\\\n]*)")""")
# A variable whose name is worked out: then all of them go in.
_COMPUTED: Final = re.compile(r"""\b(?:get|has)Variable(?:Local)?+(?!\s*\(\s*(?:'[^'\\\n]*'|"[^"\\\n]*")\s*\))""")
# Words of the language that many scripts hold: nobody is asked for variables of these names.
_RESERVED: Final = frozenset(
    """
    break case catch class const continue default delete do else false finally for function if in instanceof let
    new null return switch this throw true try typeof undefined var void while with execution kcontext print
    println console log getVariable hasVariable setVariable getVariableLocal hasVariableLocal setVariableLocal
    Array Boolean Date Error JSON Math Number Object RegExp String length
    """.split()  # noqa: SIM905 - a list of so many quotes reads worse
)
_NAMES: Final = frozenset({"js", "graal.js", "graaljs", "nashorn", "rhino"})


class JavaScript(Protocol):
    """What runs scripts."""

    def run(self, request: str) -> str | None:
        """Runs a script, or reads it only.

        Args:
            request: A JSON object on one line: ``script``; to run it also ``now`` (milliseconds since the epoch),
                ``variables`` (name to JSON text) and ``changes`` (null: none allowed, "set": by setVariable, "all":
                top-level variables too).

        Returns:
            A JSON object: ``value`` (JSON text) and ``set`` (a list of ``name``, ``json``, ``local``); or ``error``
            with ``line`` and ``column`` (0 where unknown), and ``stopped`` where it was too costly. None where the
            script was cut off.
        """
        ...


class _Absent:
    """Runs nothing: stands for JavaScript where a server does not run it but meets a process that another one took."""

    def run(self, request: str) -> str | None:
        """Refuses."""
        reason = "this server does not run JavaScript (setting javascript)"
        return json.dumps({"error": reason, "line": 0, "column": 0})


ABSENT: Final[JavaScript] = _Absent()


@dataclass(frozen=True, slots=True)
class Assignment:
    """A variable that a script set.

    Attributes:
        name: The variable's name.
        text: The value as JSON text.
        local: Whether it is to be the task's own (``setVariableLocal``).
    """

    name: str
    text: str
    local: bool


def is_javascript(language: str | None) -> bool:
    """Whether a declared language, a URI, media type or name, is JavaScript."""
    name = (language or "").strip().lower()
    return name in _NAMES or "javascript" in name or "ecmascript" in name


class JavaScriptExpression(Expression):
    """A script in JavaScript.

    Args:
        text: The script.
        javascript: What runs it.
        stores: Whether variables of the script's top level are set in the process when it ends.
    """

    __slots__ = ("_javascript", "_reads_all", "_stores")

    def __init__(self, text: str, javascript: JavaScript, *, stores: bool = False) -> None:
        # Nothing of the syntax tree of other languages: the text itself is what is run.
        self.text = text
        self.dialect = Dialect.JAVASCRIPT
        self.reference = None
        self.is_literal = False
        self._javascript = javascript
        self._stores = stores
        words = {word for word in _WORD.findall(text) if not word[0].isdigit()} - _RESERVED
        quoted = {one or other for one, other in _QUOTED.findall(text)} - {""}
        self.references = frozenset(words | quoted)
        self._reads_all = _COMPUTED.search(text) is not None

    @classmethod
    def read(cls, text: str, javascript: JavaScript, *, stores: bool = False) -> Self:
        """Makes a script and reads it, without running it.

        Args:
            text: The script.
            javascript: What runs it.
            stores: Whether variables of the script's top level are set in the process when it ends.

        Raises:
            ExpressionSyntaxError: It is no script, with the place.
        """
        script = cls(text, javascript, stores=stores)
        if javascript is not ABSENT:
            answer = script._ask({"script": text})
            if "error" in answer:
                raise ExpressionSyntaxError(answer["error"], answer.get("line") or 1, answer.get("column") or 1)
        return script

    def evaluate(self, scope: Scope, budget: Budget | None = None) -> Value:
        """Computes the value; a script that sets variables fails. See ``Expression.evaluate``."""
        text, _ = self._run(scope, budget or Budget(), None)
        return _parsed(text, "the result")

    def run(self, scope: Scope, budget: Budget) -> tuple[str, list[Assignment]]:
        """Runs the script as a task does.

        Args:
            scope: The variables.
            budget: What may be spent.

        Returns:
            The JSON text of its value, and the variables that it set, in order.

        Raises:
            ExpressionError: It failed, with the place where that is known.
            ExpressionBudgetExceeded: It took too long, or needed too much memory.
        """
        text, changed = self._run(scope, budget, "all" if self._stores else "set")
        _parsed(text, "the result")
        for assignment in changed:
            _check_name(assignment.name)
            _parsed(assignment.text, assignment.name)
        return text, changed

    def _run(self, scope: Scope, budget: Budget, changes: str | None) -> tuple[str, list[Assignment]]:
        names = scope.names() if self._reads_all else sorted(self.references)
        found = {name: value for name in names if (value := scope.lookup(name)) is not MISSING}
        variables = {name: values.serialize(value) for name, value in found.items()}
        budget.charge(STEPS)
        for text in variables.values():
            budget.text(len(text))
        request = {"script": self.text, "now": scope.now_us // 1000, "variables": variables, "changes": changes}
        answer = self._ask(request)
        if "error" in answer:
            place = Position(answer["line"], answer["column"]) if answer.get("line") else Position(1, 1)
            raise ExpressionError(answer["error"], place)
        changed = [Assignment(one["name"], one["json"], one["local"]) for one in answer["set"]]
        for text in (answer["value"], *(assignment.text for assignment in changed)):
            budget.text(len(text))
        return answer["value"], changed

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        text = self._javascript.run(json.dumps(request))
        if text is None:
            raise ExpressionBudgetExceeded(TOO_COSTLY)
        answer: dict[str, Any] = json.loads(text)
        if "stopped" in answer:
            raise ExpressionBudgetExceeded(TOO_COSTLY)
        return answer


def _parsed(text: str, what: str) -> Value:
    try:
        value = values.parse(text)
        values.serialize(value)  # one level less deep than what is merely read
        return value
    except InvalidArgument as error:
        raise ExpressionError(f"{what} is no value of a variable: {error}") from error


def _check_name(name: str) -> None:
    try:
        values.check_name(name)
    except InvalidArgument as error:
        raise ExpressionError(f"{name[:80]!r} is no name of a variable: {error}") from error
