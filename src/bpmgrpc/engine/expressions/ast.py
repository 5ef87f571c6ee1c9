"""One syntax tree for all languages; a node says what is meant, its language's semantics say how it is computed.

Nodes are frozen and carry the offset of the character that an error about them should point to. Readers build them, the
compiler turns them into closures, nothing else looks at them. ``a and b and c`` is one node, so that a long condition
is wide and not deep.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Between",
    "Binary",
    "Call",
    "Composite",
    "Conditional",
    "Context",
    "Fallback",
    "Filter",
    "For",
    "Function",
    "In",
    "Index",
    "InstanceOf",
    "Invoke",
    "Literal",
    "Logical",
    "Method",
    "Name",
    "Node",
    "Property",
    "Quantified",
    "Range",
    "Sequence",
    "Test",
    "TypeName",
    "Unary",
    "children",
    "measure",
]


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression.

    Attributes:
        offset: Characters of the text before the part (for an operator: before its sign).
    """

    offset: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value written down."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable, or whatever is bound to the name around it."""

    name: str


@dataclass(frozen=True, slots=True)
class Property(Node):
    """``base.name``; `safe` is ``base?.name``, null where the base is."""

    base: Node
    name: str
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Index(Node):
    """``base[key]`` of JUEL and bare conditions: positions from 0, or members."""

    base: Node
    key: Node


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """``base[condition]`` of FEEL: a position from 1, or a condition on each item."""

    base: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """An operator with one operand: ``-``, ``not``, ``empty``."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """An operator with two operands, by one spelling for all languages: ``+ - * / % ** == != < <= > >=``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """``and`` or ``or`` over two or more operands, from the left, as far as needed."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """``test ? then : otherwise``, or ``if test then … else …``."""

    test: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Fallback(Node):
    """``value ?? otherwise``: the second where the first is null."""

    value: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of the language by its name; arguments by position, or by name where `names` is not empty."""

    function: str
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invoke(Node):
    """A call of whatever value the function part has: a function made by the expression itself."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Method(Node):
    """``base.name(arguments)``: a method of the language's white list."""

    base: Node
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """A list written down."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Context(Node):
    """A context (an object) written down; an entry sees the entries before it."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Range(Node):
    """``[low..high]``; None for an end that is open for ever, as in ``(> 5)``.

    `counted` is the ``low..high`` without brackets of a loop, which may run downwards.
    """

    low: Node | None
    high: Node | None
    low_included: bool
    high_included: bool
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Test(Node):
    """One positive unary test: `operator` and operand, or, with an empty operator, a value, list or range to be in."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """``value in (tests)``."""

    value: Node
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``value between low and high``, both included."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type in ``instance of``: its name, the types within ``<…>``, and for a context the names of its members.

    For ``function<a, b> -> c`` the last argument is the result.
    """

    name: str
    arguments: tuple[TypeName, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """``value instance of type``."""

    value: Node
    type: TypeName


@dataclass(frozen=True, slots=True)
class For(Node):
    """``for a in x, b in y return body``: the last name turns fastest."""

    iterators: tuple[tuple[str, Node], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """``some`` or ``every`` ``a in x, b in y satisfies condition``."""

    quantifier: str
    iterators: tuple[tuple[str, Node], ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class Function(Node):
    """``function(a, b: number) body``: parameters with their types, where given."""

    parameters: tuple[tuple[str, TypeName | None], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Composite(Node):
    """Text with expressions in it; the value is text."""

    parts: tuple[Node, ...]


def children(node: Node) -> Iterator[Node]:
    """Gives the parts of a node, in the order of the text.

    Args:
        node: Any node.
    """
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            for item in value:
                # Entries of contexts and iterators are (name, node) pairs.
                part = item[1] if isinstance(item, tuple) else item
                if isinstance(part, Node):
                    yield part


def measure(node: Node) -> tuple[int, int]:
    """Counts a tree without recursion, so that its depth can be refused before anybody recurses into it.

    Args:
        node: The root.

    Returns:
        The number of nodes, and of levels.
    """
    count = levels = 0
    layer = [node]
    while layer:
        count += len(layer)
        levels += 1
        layer = [child for parent in layer for child in children(parent)]
    return count, levels
