"""The table of FEEL's built-in functions, and what holds for all of them (DMN 1.5, 10.3.4).

A built-in is declared by its name and its parameters: ``"start position: number"``, with ``?`` where it may be left out
and ``*`` where the last one takes all that follow. Before it runs, arguments are counted and checked against the types,
with FEEL's two conversions: a single value where a list is wanted becomes a list of one, and a list of one where a
single value is wanted becomes its item. What does not fit gives null, without a call. Lists and texts are charged to
the budget by their size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.engine.expressions.errors import ExpressionBudgetExceeded, ExpressionError
from bpmgrpc.engine.expressions.feel.values import FeelFunction, FeelRange, kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bpmgrpc.engine.expressions.frame import Frame

__all__ = ["BUILTINS", "Builtin", "builtin"]


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    types: frozenset[str]  # empty: any value, null included
    optional: bool
    variadic: bool

    def accept(self, value: Any) -> tuple[bool, Any]:
        """Checks an argument; gives whether it fits, and what it becomes."""
        if not self.types:
            return True, value
        if value is None:
            return self.optional, None
        found = kind(value)
        if found in self.types:
            return True, value
        if "list" in self.types:
            return True, [value]
        if found == "list" and len(value) == 1 and value[0] is not None and kind(value[0]) in self.types:
            return True, value[0]
        return False, None


def _parameter(declaration: str) -> _Parameter:
    name, _, types = declaration.partition(":")
    marks = name[-1] if name[-1] in "?*" else ""
    wanted = frozenset(part.strip() for part in types.split("|")) if types else frozenset[str]()
    return _Parameter(name.rstrip("?*"), wanted, marks == "?", marks == "*")


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function.

    Attributes:
        name: Its name.
        signatures: The ways to call it; arguments by name are put in the order of the first that has all the names.
        function: Runs it: the frame, then the arguments.
    """

    name: str
    signatures: tuple[tuple[_Parameter, ...], ...]
    function: Callable[..., Any]

    def call(self, frame: Frame, arguments: Sequence[Any], names: Sequence[str] = ()) -> Any:
        """Calls the function.

        Args:
            frame: The caller's.
            arguments: The arguments.
            names: Their names, in the same order, where they are named.

        Returns:
            The result; null where the arguments do not fit.

        Raises:
            ExpressionBudgetExceeded: It costs too much.
        """
        for argument in arguments:
            if isinstance(argument, list | dict):
                frame.budget.items(len(argument))
            elif isinstance(argument, str):
                frame.budget.text(len(argument))
        for signature in self.signatures:
            fitted = _fit(signature, arguments, names)
            if fitted is not None:
                try:
                    return self.function(frame, *fitted)
                except ExpressionBudgetExceeded:
                    raise
                except (ExpressionError, ArithmeticError):
                    # A bad pattern, or a number beyond decimal128: null, as for all that does not go together.
                    return None
        return None

    def as_value(self) -> FeelFunction:
        """Gives the function as a value that can be passed on."""
        names = tuple(parameter.name for parameter in self.signatures[0])
        return FeelFunction(names, (None,) * len(names), self.call, flexible=True)


def _fit(signature: tuple[_Parameter, ...], arguments: Sequence[Any], names: Sequence[str]) -> list[Any] | None:
    if names:
        ordered = _by_name(signature, arguments, names)
        if ordered is None:
            return None
        arguments = ordered
    fitted: list[Any] = []
    for index, argument in enumerate(arguments):
        parameter = signature[min(index, len(signature) - 1)] if signature else None
        if parameter is None or (index >= len(signature) and not parameter.variadic):
            return None
        accepted, value = parameter.accept(argument)
        if not accepted:
            return None
        fitted.append(value)
    missing = signature[len(fitted) :]
    if any(not parameter.optional and not parameter.variadic for parameter in missing):
        return None
    # A function of a row of values needs at least one.
    return None if signature and signature[0].variadic and not fitted else fitted


def _by_name(signature: tuple[_Parameter, ...], arguments: Sequence[Any], names: Sequence[str]) -> list[Any] | None:
    given = dict(zip(names, arguments, strict=True))
    ordered: list[Any] = []
    for parameter in signature:
        if parameter.name in given:
            ordered.append(given.pop(parameter.name))
        elif not parameter.optional:
            return None
        elif given:
            ordered.append(None)
    return None if given else ordered


BUILTINS: Final[dict[str, Builtin]] = {}
"""All built-in functions by name."""


def builtin(name: str, *signatures: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a built-in function.

    Args:
        name: Its name.
        signatures: The ways to call it, each a list of parameters separated by commas.
    """

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        parsed = tuple(
            tuple(_parameter(part.strip()) for part in signature.split(",") if part.strip()) for signature in signatures
        )
        BUILTINS[name] = Builtin(name, parsed, function)
        return function

    return declare


def as_range(value: Any) -> FeelRange:
    """Reads a point as the range that holds nothing else.

    Args:
        value: A range or a point.
    """
    return value if isinstance(value, FeelRange) else FeelRange(value, value, True, True)
