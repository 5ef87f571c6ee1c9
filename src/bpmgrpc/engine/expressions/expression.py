"""Compiled expressions: made once at deployment, evaluated often, never changed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.ast import Literal, Name, Node
from bpmgrpc.engine.expressions.bare import read_bare
from bpmgrpc.engine.expressions.budget import Budget
from bpmgrpc.engine.expressions.compiler import Emitter
from bpmgrpc.engine.expressions.dialect import Dialect, declared_dialect
from bpmgrpc.engine.expressions.errors import (
    ExpressionBudgetExceeded,
    ExpressionError,
    ExpressionSyntaxError,
    Position,
)
from bpmgrpc.engine.expressions.feel import FEEL, read_feel
from bpmgrpc.engine.expressions.frame import Frame
from bpmgrpc.engine.expressions.java import BARE, JUEL
from bpmgrpc.engine.expressions.juel import is_juel, read_juel
from bpmgrpc.engine.expressions.semantics import kind_name
from bpmgrpc.engine.expressions.xpath import is_xpath, read_xpath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bpmgrpc.engine.expressions.frame import Scope
    from bpmgrpc.engine.expressions.semantics import Semantics
    from bpmgrpc.values import Value

__all__ = ["Expression", "compile_expression", "compile_template", "literal_expression", "truth"]

# What a result of these types needs no further check for.
_SMALL: Final = frozenset({bool, int, type(None)})

_SEMANTICS: Final[Mapping[Dialect, Semantics]] = {Dialect.JUEL: JUEL, Dialect.FEEL: FEEL, Dialect.BARE: BARE}


class Expression:
    """A compiled expression. Made by `compile_expression` and `compile_template`; safe to share between threads.

    Attributes:
        text: The text it was made from, unchanged.
        dialect: The language it was read in.
        references: Names of the variables it may read, as far as they are known before it runs (a name made by
            ``getVariable(a + b)`` is not).
        reference: The variable's name where the expression is nothing but one variable, so that its value's source text
            can be kept; else None.
        is_literal: Whether the value is written down in the text: it needs no scope.
    """

    __slots__ = ("_code", "_finish", "dialect", "is_literal", "reference", "references", "text")

    def __init__(self, text: str, dialect: Dialect, node: Node) -> None:
        semantics = _SEMANTICS[dialect]
        emitter = Emitter(text, semantics)
        self.text = text
        self.dialect = dialect
        self._code = emitter.emit(node)
        self._finish: Callable[[Any, Budget], Any] = semantics.finish
        self.references = frozenset(emitter.references)
        self.reference = node.name if isinstance(node, Name) else None
        self.is_literal = isinstance(node, Literal)

    def __repr__(self) -> str:
        return f"Expression({self.text!r}, {self.dialect})"

    def evaluate(self, scope: Scope, budget: Budget | None = None) -> Value:
        """Computes the value.

        Args:
            scope: The variables. What its `lookup` raises passes through unchanged.
            budget: What may be spent, where several evaluations share one; else each has its own.

        Returns:
            A JSON value; dates, times and durations of FEEL as their texts.

        Raises:
            ExpressionError: It failed on the values it met, with the place.
            ExpressionBudgetExceeded: It costs too much.
        """
        if budget is None:
            budget = Budget()
        depth = budget.depth
        try:
            value = self._code(Frame(scope, budget))
            result: Value = value if type(value) in _SMALL else self._finish(value, budget)
            return result
        except ExpressionError as error:
            if error.position is None:
                error.position = Position.of(self.text, error.offset or 0)
            raise
        except RecursionError as error:
            # The levels of tree and calls are bounded; this is for a caller that is itself deep in its stack.
            raise ExpressionBudgetExceeded("the expression nests too deeply", Position(1, 1)) from error
        finally:
            budget.depth = depth


def compile_expression(
    text: str,
    *,
    language: str | None = None,
    default: Dialect = Dialect.BARE,
    names: Iterable[str] = (),
) -> Expression:
    """Compiles a text that must be an expression, such as a condition or a script.

    Args:
        text: The expression. ``${…}`` and ``#{…}`` are JUEL, a leading ``=`` is FEEL, whatever is declared.
        language: The declared language, URI or name.
        default: The language where neither form nor declaration tells.
        names: Names of variables that FEEL would read as several words or as an operation (``a-b``); names of words
            with single spaces need not be given.

    Raises:
        ExpressionSyntaxError: The text is no expression of its language, or the language is not supported.
    """
    with _within_the_stack():
        return _compile(text, language, default, names)


def _compile(text: str, language: str | None, default: Dialect, names: Iterable[str]) -> Expression:
    stripped = text.strip()
    if stripped.startswith("=") and not stripped.startswith("=="):
        return Expression(text, Dialect.FEEL, read_feel(text, text.index("=") + 1, names))
    if is_juel(text):
        # White space around a condition comes from how the file is laid out; it must not make a text of it.
        return Expression(text, Dialect.JUEL, read_juel(text.rstrip(), len(text) - len(text.lstrip())))
    dialect = declared_dialect(language, default)
    if dialect is Dialect.FEEL:
        return Expression(text, dialect, read_feel(text, 0, names))
    if is_xpath(text):
        return Expression(text, Dialect.BARE, read_xpath(text))
    # Declared as JUEL but without its marks it can only be a condition without them.
    return Expression(text, Dialect.BARE, read_bare(text))


def compile_template(text: str, *, names: Iterable[str] = ()) -> Expression:
    """Compiles the value of an attribute, which may be an expression or plain text.

    ``ann`` is the text ``ann``; ``${starter}``, ``Mr ${name}`` and ``=starter`` are expressions.

    Args:
        text: The attribute's value.
        names: As for `compile_expression`.

    Raises:
        ExpressionSyntaxError: It is written as an expression, and is none.
    """
    if text.lstrip().startswith("="):
        return compile_expression(text, names=names)
    with _within_the_stack():
        return Expression(text, Dialect.JUEL, read_juel(text))


@contextmanager
def _within_the_stack() -> Iterator[None]:
    """Makes an error of the expression of a stack that ends: levels are bounded, but not how deep the caller is."""
    try:
        yield
    except RecursionError as error:
        raise ExpressionSyntaxError("the expression nests too deeply", 1, 1) from error


def literal_expression(text: str) -> Expression:
    """Makes the expression whose value is a text as it stands, whatever signs are in it.

    Args:
        text: The text.
    """
    return Expression(text, Dialect.JUEL, Literal(0, text))


def truth(value: Value, dialect: Dialect) -> bool:
    """Reads the result of a condition.

    Args:
        value: The result.
        dialect: The language of the condition; only JUEL reads texts as booleans.

    Raises:
        ExpressionError: It is neither true nor false, with the type that was found.
    """
    if isinstance(value, bool):
        return value
    if dialect is Dialect.JUEL and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ExpressionError(f"a condition gives true or false; this one gives {_described(value)}")


def _described(value: Value) -> str:
    return "null" if value is None else f"a value of type {kind_name(value)}"
