"""Turns a syntax tree into closures; a compiled ``amount > 100`` costs about a microsecond.

Each node becomes one function that takes a frame and gives a value, and calls the functions of its parts. Everything
that can be decided once is decided here: the operator's function, constants, which names are variables of the scope.
Nodes that only one language has are emitted by that language's rules. An error is given the offset of the node it came
from.
"""

from __future__ import annotations

import operator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NoReturn

from bpmgrpc.engine.expressions import coercion
from bpmgrpc.engine.expressions.ast import (
    Binary,
    Composite,
    Conditional,
    Literal,
    Logical,
    Name,
    Node,
    Property,
    Unary,
)
from bpmgrpc.engine.expressions.errors import ExpressionError
from bpmgrpc.engine.expressions.frame import MISSING
from bpmgrpc.engine.expressions.lexer import fail

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bpmgrpc.engine.expressions.frame import Code, Frame
    from bpmgrpc.engine.expressions.semantics import Rule, Semantics

__all__ = ["Emitter"]


class Emitter:
    """Emits the code of one expression.

    Args:
        text: The whole text, for errors.
        semantics: The language.
    """

    def __init__(self, text: str, semantics: Semantics) -> None:
        self.text = text
        self.semantics = semantics
        self.references: set[str] = set()
        self._bound: list[frozenset[str]] = []  # names bound by the nodes around, the innermost last

    def emit(self, node: Node) -> Code:
        """Gives the code of a node.

        Args:
            node: Any node that the language has.
        """
        rule = _RULES.get(type(node)) or self.semantics.rules[type(node)]
        return rule(self, node)

    def emit_all(self, nodes: Iterable[Node]) -> list[Code]:
        """Gives the codes of several nodes.

        Args:
            nodes: The nodes.
        """
        return [self.emit(node) for node in nodes]

    def emit_within(self, node: Node, names: Iterable[str]) -> Code:
        """Gives the code of a node around which names are bound.

        Args:
            node: The node.
            names: The names.
        """
        self._bound.append(frozenset(names))
        code = self.emit(node)
        self._bound.pop()
        return code

    def binds(self, name: str) -> bool:
        """Tells whether a node around binds a name.

        Args:
            name: The name.
        """
        return any(name in names for names in self._bound)

    def refer(self, name: str) -> str:
        """Notes that the expression may read a variable.

        Args:
            name: The variable's name.

        Returns:
            The name.
        """
        if not self.binds(name):
            self.references.add(name)
        return name

    @property
    def within_bindings(self) -> bool:
        """Whether any node around binds names, so that a name must be looked for in the frames."""
        return bool(self._bound)

    def fail(self, node: Node, message: str) -> NoReturn:
        """Raises the syntax error for a node that can be refused before it runs.

        Args:
            node: The node.
            message: What was expected and found.
        """
        fail(self.text, node.offset, message)

    def placed(self, code: Code, node: Node) -> Code:
        """Gives the errors of a code the place of its node, unless a part inside has given its own.

        Args:
            code: The code.
            node: The node.
        """
        offset = node.offset

        def guarded(frame: Frame) -> Any:
            try:
                return code(frame)
            except ExpressionError as error:
                _place(error, offset)
                raise

        return guarded


def _place(error: ExpressionError, offset: int) -> None:
    if error.offset is None:
        error.offset = offset


def _literal(_: Emitter, node: Literal) -> Code:
    value = node.value

    def literal(_: Frame) -> Any:
        return value

    return literal


def _name(emitter: Emitter, node: Name) -> Code:
    name, offset, unknown = emitter.refer(node.name), node.offset, emitter.semantics.unknown

    def missing() -> Any:
        try:
            return unknown(name)
        except ExpressionError as error:
            _place(error, offset)
            raise

    def variable(frame: Frame) -> Any:
        value = frame.scope.lookup(name)
        return missing() if value is MISSING else value

    def bound(frame: Frame) -> Any:
        value = frame.find(name)
        return missing() if value is MISSING else value

    return bound if emitter.within_bindings else variable


def _property(emitter: Emitter, node: Property) -> Code:
    base, name, safe = emitter.emit(node.base), node.name, node.safe
    member, offset = emitter.semantics.member, node.offset

    def read(frame: Frame) -> Any:
        value = base(frame)
        if type(value) is dict and name in value:
            return value[name]
        if safe and value is None:
            return None
        try:
            return member(value, name)
        except ExpressionError as error:
            _place(error, offset)
            raise

    return read


def _unary(emitter: Emitter, node: Unary) -> Code:
    operand, apply = emitter.emit(node.operand), emitter.semantics.signs[node.operator]
    if node.operator == "-" and isinstance(node.operand, Literal) and isinstance(node.operand.value, int | Decimal):
        return _literal(emitter, Literal(node.offset, apply(node.operand.value)))

    def unary(frame: Frame) -> Any:
        return apply(operand(frame))

    return emitter.placed(unary, node)


def _binary(emitter: Emitter, node: Binary) -> Code:
    left, right = emitter.emit(node.left), emitter.emit(node.right)
    apply, offset = emitter.semantics.operators[node.operator], node.offset

    def binary(frame: Frame) -> Any:
        a, b = left(frame), right(frame)
        try:
            return apply(a, b, frame)
        except ExpressionError as error:
            _place(error, offset)
            raise

    quick = _COMPARE.get(node.operator)
    if quick is None:
        return binary

    def compare(frame: Frame) -> Any:
        a, b = left(frame), right(frame)
        if type(a) in _NUMBERS and type(b) in _NUMBERS:
            return quick(a, b)
        try:
            return apply(a, b, frame)
        except ExpressionError as error:
            _place(error, offset)
            raise

    return compare


def _logical(emitter: Emitter, node: Logical) -> Code:
    operands, test, offset = emitter.emit_all(node.operands), emitter.semantics.test, node.offset
    decisive = node.operator == "or"

    def logical(frame: Frame) -> Any:
        result: bool | None = not decisive
        for operand in operands:
            value = operand(frame)
            if value is not True and value is not False:
                try:
                    value = test(value)
                except ExpressionError as error:
                    _place(error, offset)
                    raise
            if value is decisive:
                return decisive
            if value is None:
                result = None
        return result

    return logical


def _conditional(emitter: Emitter, node: Conditional) -> Code:
    test, then, otherwise = emitter.emit(node.test), emitter.emit(node.then), emitter.emit(node.otherwise)
    truth, offset = emitter.semantics.test, node.test.offset

    def conditional(frame: Frame) -> Any:
        value = test(frame)
        if value is not True and value is not False:
            try:
                value = truth(value)
            except ExpressionError as error:
                _place(error, offset)
                raise
        return then(frame) if value is True else otherwise(frame)

    return conditional


def _composite(emitter: Emitter, node: Composite) -> Code:
    parts = emitter.emit_all(node.parts)

    def composite(frame: Frame) -> str:
        texts: list[str] = []
        for part in parts:
            text = coercion.text(part(frame))
            frame.budget.text(len(text))
            texts.append(text)
        return "".join(texts)

    return emitter.placed(composite, node)


_NUMBERS: Final = frozenset({int, Decimal})

_COMPARE: Final[Mapping[str, Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_RULES: Final[Mapping[type, Rule]] = {
    Binary: _binary,
    Composite: _composite,
    Conditional: _conditional,
    Literal: _literal,
    Logical: _logical,
    Name: _name,
    Property: _property,
    Unary: _unary,
}
