"""Reads FEEL (DMN 1.5, 10.3.1), the expression language of Camunda 8 and of decision tables.

FEEL's names may hold spaces and signs, so that ``order total`` is one name and ``a-b`` may be one. Two rules decide
without knowing the variables: words side by side are one name, since nothing else could stand there; names with signs
or reserved words are recognised where they are known, as built-in functions, as names that the text itself binds, or
because the caller gave them. Such a name may always be written between back-quotes.

::

    expression      = "if" … | "for" … | "some" … | "every" … | "function" … | disjunction
    disjunction     = conjunction { "or" conjunction }
    conjunction     = comparison { "and" comparison }
    comparison      = addition [ operator addition | "between" addition "and" addition | "in" tests ]
    addition, multiplication, power: from the left; a sign binds tighter than all of them
    postfix         = primary { "." name | "[" expression "]" | "(" arguments ")" | "instance" "of" type }
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.expressions.ast import (
    Between,
    Binary,
    Call,
    Conditional,
    Context,
    Filter,
    For,
    Function,
    In,
    InstanceOf,
    Invoke,
    Literal,
    Logical,
    Name,
    Node,
    Property,
    Quantified,
    Range,
    Sequence,
    Test,
    TypeName,
    Unary,
)
from bpmgrpc.engine.expressions.feel.functions.conversion import at_literal
from bpmgrpc.engine.expressions.feel.names import ESCAPES, TOKENS, NameReader
from bpmgrpc.engine.expressions.lexer import decode, tokenize
from bpmgrpc.engine.expressions.reader import check_size, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["read_feel"]

_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_COMPARISONS: Final = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TYPES: Final = (
    "years and months duration",
    "days and time duration",
    "date and time",
)
_MAX_ITERATORS: Final = 16
# What may follow the "[" that closes a range open at its end; anything else begins a filter.
_AFTER_RANGE: Final = frozenset(
    (")", ",", "]", "}", "and", "or", "then", "else", "return", "satisfies", "=", "!=", "in", ".")
)


def read_feel(text: str, start: int = 0, names: Iterable[str] = ()) -> Node:
    """Reads a FEEL expression.

    Args:
        text: The whole text.
        start: Where the expression begins, after a leading ``=`` for example.
        names: Known names that hold signs or reserved words.

    Raises:
        ExpressionSyntaxError: The text is no FEEL expression.
    """
    check_size(text)
    reader = _FeelReader(text, tokenize(text, TOKENS, start), names)
    return reader.finish(reader.expression())


class _FeelReader(NameReader):
    def expression(self) -> Node:
        self.deeper()
        form = self._FORMS.get(self.token.text) if self.token.kind == "name" else None
        node = self._disjunction() if form is None or self.at_given_name() else form(self)
        self.nesting -= 1
        return node

    def _if(self) -> Node:
        offset = self.take().offset
        test = self.expression()
        self.expect("then")
        then = self.expression()
        self.expect("else")
        return Conditional(offset, test, then, self.expression())

    def _for(self) -> Node:
        offset = self.take().offset
        iterators = self._iterators()
        self.expect("return")
        self.learn("partial")
        return For(offset, iterators, self.expression())

    def _quantified(self) -> Node:
        token = self.take()
        iterators = self._iterators()
        self.expect("satisfies")
        return Quantified(token.offset, token.text, iterators, self.expression())

    def _iterators(self) -> tuple[tuple[str, Node], ...]:
        iterators: list[tuple[str, Node]] = []
        while True:
            name = self.bound_name("in")
            self.expect("in")
            offset = self.token.offset
            domain = self.expression()
            if self.accept(".."):
                domain = Range(offset, domain, self.expression(), True, True, counted=True)
            iterators.append((name, domain))
            if len(iterators) > _MAX_ITERATORS:
                self.fail(f"an expression has at most {_MAX_ITERATORS} iterators in one loop")
            if not self.accept(","):
                return tuple(iterators)

    def _function(self) -> Node:
        offset = self.take().offset
        self.expect("(")
        parameters: list[tuple[str, TypeName | None]] = []
        while not self.at(")"):
            name = self.bound_name(",", ")", ":")
            parameters.append((name, self._type() if self.accept(":") else None))
            if not self.at(")"):
                self.expect(",")
        self.expect(")")
        if self.at("external"):
            self.fail("external functions are not supported: an expression has no way to the host")
        return Function(offset, tuple(parameters), self.expression())

    def _disjunction(self) -> Node:
        return self._chain("or", lambda: self._chain("and", self._comparison))

    def _chain(self, operator: str, part: Callable[[], Node]) -> Node:
        first = part()
        if not self.at(operator):
            return first
        offset, operands = self.token.offset, [first]
        while self.accept(operator):
            operands.append(part())
        return Logical(offset, operator, tuple(operands))

    def _comparison(self) -> Node:
        left = self._addition()
        links = 0
        while True:
            self.link(links)
            links += 1
            token = self.token
            if token.kind == "op" and token.text in _COMPARISONS:
                self.take()
                left = Binary(token.offset, _COMPARISONS[token.text], left, self._addition())
            elif self.accept("between"):
                low = self._addition()
                self.expect("and")
                left = Between(token.offset, left, low, self._addition())
            elif self.accept("in"):
                left = In(token.offset, left, self._tests())
            else:
                return left

    def _tests(self) -> tuple[Test, ...]:
        if not self.at("("):
            return (self._test(self._addition),)
        opening = self.take().offset
        tests = [self._test(self.expression)]
        if self.at("..") and not tests[0].operator:
            return (Test(opening, "", self._range(opening, tests[0].operand, included=False)),)
        while self.expect(",", ")").text == ",":
            tests.append(self._test(self.expression))
        return tuple(tests)

    def _test(self, operand: Callable[[], Node]) -> Test:
        token = self.token
        if token.kind == "op" and token.text in _COMPARISONS:
            self.take()
            return Test(token.offset, _COMPARISONS[token.text], self._addition())
        return Test(token.offset, "", operand())

    def _addition(self) -> Node:
        return self._left(("+", "-"), self._multiplication)

    def _multiplication(self) -> Node:
        return self._left(("*", "/"), self._power)

    def _power(self) -> Node:
        return self._left(("**",), self._signed)

    def _left(self, operators: tuple[str, ...], part: Callable[[], Node]) -> Node:
        left = part()
        links = 0
        while token := self.accept(*operators):
            links += 1
            self.link(links)
            left = Binary(token.offset, token.text, left, part())
        return left

    def _signed(self) -> Node:
        token = self.accept("-")
        if token is None:
            return self._postfix(self._primary())
        self.deeper()
        operand = self._signed()
        self.nesting -= 1
        return Unary(token.offset, "-", operand)

    def _postfix(self, node: Node) -> Node:
        links = 0
        while True:
            self.link(links)
            links += 1
            token = self.token
            if self.accept("."):
                node = Property(token.offset, node, self.member())
            elif self.at("[") and not self._closes_range():
                self.take()
                node = Filter(token.offset, node, self.expression())
                self.expect("]")
            elif self.at("("):
                node = self._invocation(token.offset, node)
            elif self.at("instance") and self.ahead(1).text == "of":
                self.index += 2
                node = InstanceOf(token.offset, node, self._type())
            else:
                return node

    def _closes_range(self) -> bool:
        token = self.ahead(1)
        return token.kind == "end" or token.text in _AFTER_RANGE

    def _invocation(self, offset: int, function: Node) -> Node:
        arguments, names = self._arguments()
        if isinstance(function, Name):
            return Call(function.offset, function.name, arguments, names)
        return Invoke(offset, function, arguments, names)

    def _arguments(self) -> tuple[tuple[Node, ...], tuple[str, ...]]:
        self.expect("(")
        arguments: list[Node] = []
        names: list[str] = []
        while not self.at(")"):
            if self._names_argument():
                if len(arguments) > len(names):
                    self.fail("an argument with a name after one without")
                words = []
                while not self.at(":"):
                    words.append(self.take().text)
                self.take()
                names.append(" ".join(words).strip("`"))
            elif names:
                self.fail("an argument without a name after one with a name")
            arguments.append(self.expression())
            if not self.at(")"):
                self.expect(",")
        self.expect(")")
        return tuple(arguments), tuple(names)

    def _names_argument(self) -> bool:
        count = 0
        while (token := self.ahead(count)).kind in ("name", "number"):
            count += 1
        return count > 0 and token.kind == "op" and token.text == ":"

    def _primary(self) -> Node:
        token = self.token
        reader = self._PRIMARIES.get(token.kind if token.kind != "op" else token.text)
        if reader is None:
            self.fail(f"expected a value, found {self.found()}")
        return reader(self)

    def _number(self) -> Node:
        token = self.take()
        return Literal(token.offset, number(self.text, token))

    def _string(self) -> Node:
        token = self.take()
        return Literal(token.offset, decode(self.text, token, ESCAPES))

    def _at_literal(self) -> Node:
        token = self.take()
        return Literal(token.offset, at_literal(decode(self.text, token, ESCAPES, quote=2)))

    def _word(self) -> Node:
        token = self.token
        if self.at_given_name():
            return Name(token.offset, self.name())
        if token.text in _CONSTANTS:
            self.take()
            return Literal(token.offset, _CONSTANTS[token.text])
        if token.text in self._FORMS:
            return self.expression()
        return Name(token.offset, self.name())

    def _parenthesis(self) -> Node:
        offset = self.take().offset
        if self.token.kind == "op" and self.token.text in _COMPARISONS:
            return self._half_range(offset)
        node = self.expression()
        if self.at(".."):
            return self._range(offset, node, included=False)
        self.expect(")")
        return node

    def _half_range(self, offset: int) -> Node:
        operator = self.take().text
        end = self._addition()
        self.expect(")")
        if operator in ("<", "<="):
            return Range(offset, None, end, False, operator == "<=")
        if operator in (">", ">="):
            return Range(offset, end, None, operator == ">=", False)
        if operator == "=":
            return Range(offset, end, end, True, True)
        return self.fail("'!=' makes no range", offset)

    def _bracket(self) -> Node:
        offset = self.take().offset
        items: list[Node] = []
        if self.accept("]"):
            return Sequence(offset, ())
        items.append(self.expression())
        if self.at(".."):
            return self._range(offset, items[0], included=True)
        while self.expect(",", "]").text == ",":
            items.append(self.expression())
        return Sequence(offset, tuple(items))

    def _open_range(self) -> Node:
        offset = self.take().offset
        return self._range(offset, self.expression(), included=False)

    def _range(self, offset: int, low: Node, *, included: bool) -> Node:
        self.expect("..")
        high = self.expression()
        closing = self.expect("]", ")", "[")
        return Range(offset, low, high, included, closing.text == "]")

    def _context(self) -> Node:
        offset = self.take().offset
        entries: list[tuple[str, Node]] = []
        while not self.at("}"):
            place = self.token.offset
            name = self.bound_name(":")
            if any(name == known for known, _ in entries):
                self.fail(f"a context with two entries {name!r}", place)
            self.expect(":")
            entries.append((name, self.expression()))
            if not self.at("}"):
                self.expect(",")
        self.expect("}")
        return Context(offset, tuple(entries))

    # Types

    def _type(self) -> TypeName:
        self.deeper()
        found = self._type_name()
        arguments: list[TypeName] = []
        members: list[str] = []
        if self.accept("<"):
            while not self.at(">"):
                if found == "context":
                    members.append(self.bound_name(":"))
                    self.expect(":")
                arguments.append(self._type())
                if not self.at(">"):
                    self.expect(",")
            self.expect(">")
            if found == "function":
                self.expect("->")
                arguments.append(self._type())
        self.nesting -= 1
        return TypeName(found, tuple(arguments), tuple(members))

    def _type_name(self) -> str:
        for name in _TYPES:
            words = tuple(name.split())
            if self.starts_with(words):
                self.index += len(words)
                return name
        if self.at("null", "function"):
            return self.take().text
        return self.name()

    _FORMS: Final[Mapping[str, Callable[[_FeelReader], Node]]] = {
        "if": _if,
        "for": _for,
        "some": _quantified,
        "every": _quantified,
        "function": _function,
    }
    _PRIMARIES: Final[Mapping[str, Callable[[_FeelReader], Node]]] = {
        "number": _number,
        "string": _string,
        "at": _at_literal,
        "name": _word,
        "(": _parenthesis,
        "[": _bracket,
        "]": _open_range,
        "{": _context,
    }
