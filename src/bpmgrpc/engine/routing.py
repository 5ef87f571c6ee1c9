"""Routing policies: whom a user task goes to, by conditions.

Rule of this file: routes are tried in the order of the file, and the first that fits decides alone; its people replace
all of those that the task names itself, which are left for where no route fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpmgrpc.engine.conditions import holds

if TYPE_CHECKING:
    from bpmgrpc.engine.expressions import Expression
    from bpmgrpc.engine.node_compiler import NodeCompiler
    from bpmgrpc.engine.variables import Scope
    from bpmgrpc.values import Value

__all__ = ["CompiledRoute", "choose_route", "compile_routes"]


@dataclass(frozen=True, slots=True)
class CompiledRoute:
    """A compiled route."""

    conditions: tuple[Expression, ...]
    any_of: bool
    people: Mapping[str, Expression]

    def fits(self, scope: Scope) -> bool:
        """Whether it is to be taken; conditions behind the one that decides are not evaluated."""
        if not self.conditions:
            return True
        found = (holds(condition, scope) for condition in self.conditions)
        return any(found) if self.any_of else all(found)


def compile_routes(compiler: NodeCompiler) -> tuple[CompiledRoute, ...]:
    """Compiles a user task's routes."""
    routes: list[CompiledRoute] = []
    for number, route in enumerate(compiler.node.routes, 1):
        if routes and not routes[-1].conditions:
            compiler.refuse(f"route {number} is never tried: the one before it has no condition", route.position)
        conditions = [compiler.expression(text, f"condition of route {number}") for text in route.conditions]
        people = {name: compiler.template(text, name) for name, text in route.people.items()}
        routes.append(
            CompiledRoute(
                tuple(condition for condition in conditions if condition is not None),
                route.any_of,
                {name: expression for name, expression in people.items() if expression is not None},
            )
        )
    return tuple(routes)


def choose_route(routes: Sequence[CompiledRoute], scope: Scope) -> tuple[int, Mapping[str, Value]]:
    """Chooses the first route that fits.

    Returns:
        Its number from 1, and what its people evaluate to; 0 where none fits.

    Raises:
        ExpressionError: A condition cannot be evaluated, or is neither true nor false.
    """
    for number, route in enumerate(routes, 1):
        if route.fits(scope):
            return number, {name: scope.evaluate(expression) for name, expression in route.people.items()}
    return 0, {}
