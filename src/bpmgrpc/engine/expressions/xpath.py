"""Reads the XPath of BPMN: conditions over data that ``getDataObject`` and its like fetch (BPMN 2.0.2, 10.4.3).

XPath is the expression language that the standard falls back to and that editors declare without anybody having chosen
it. So a text counts as XPath by its form only: where it calls one of the functions of table 10.77. They name variables:
``bpmn:getDataObject('approved')`` is the variable ``approved``; of several arguments the last one is the name. Of XPath
1.0 the operators are read, ``not()``, ``true()`` and ``false()``. A node set's truth would be whether it is empty; here
it is the value's, which is what such conditions mean.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bpmgrpc.engine.expressions.ast import Literal, Name
from bpmgrpc.engine.expressions.infix import Grammar, InfixReader
from bpmgrpc.engine.expressions.lexer import pattern, tokenize
from bpmgrpc.engine.expressions.reader import check_size

if TYPE_CHECKING:
    from bpmgrpc.engine.expressions.ast import Node

__all__ = ["is_xpath", "read_xpath"]

_FUNCTIONS: Final = frozenset(
    {
        "getActivityProperty",
        "getDataInput",
        "getDataObject",
        "getDataOutput",
        "getEventProperty",
        "getProcessProperty",
    }
)
_CALL: Final = re.compile(rf"[\w.-]+:(?:{'|'.join(sorted(_FUNCTIONS))})\s*+\(")
_CONSTANTS: Final = {"true": True, "false": False}
_TOKENS: Final = pattern(operators="!= <= >= = ( ) [ ] . , : < > + - *", quotes="\"'")
_GRAMMAR: Final = Grammar(
    operators={
        "or": "or", "and": "and", "=": "==", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">=",
        "+": "+", "-": "-", "*": "*", "div": "/", "mod": "%",
    },
    signs={"-": "-", "not": "not"},
)  # fmt: skip


def is_xpath(text: str) -> bool:
    """Tells whether a text calls one of BPMN's functions for XPath.

    Args:
        text: Any text.
    """
    return _CALL.search(text) is not None


def read_xpath(text: str) -> Node:
    """Reads an XPath expression over variables.

    Args:
        text: The expression.

    Raises:
        ExpressionSyntaxError: It is none, or uses more of XPath than is read.
    """
    check_size(text)
    reader = _XPathReader(text, tokenize(text, _TOKENS), _GRAMMAR)
    return reader.finish(reader.expression())


class _XPathReader(InfixReader):
    def _primary(self) -> Node:
        token = self.token
        if token.kind == "name" and self.ahead(1).text == ":":
            self.take()
            self.take()
            return self._data(token.offset)
        if token.text in _CONSTANTS and self.ahead(1).text == "(":
            self.take()
            self.expect("(")
            self.expect(")")
            return Literal(token.offset, _CONSTANTS[token.text])
        return super()._primary()

    def _data(self, offset: int) -> Node:
        if self.token.text not in _FUNCTIONS:
            self.fail(f"expected one of BPMN's functions such as getDataObject, found {self.found()}")
        self.take()
        *_, name = self._arguments() or (None,)
        if not isinstance(name, Literal) or not isinstance(name.value, str):
            self.fail("the function needs the name of data as a text", offset)
        return Name(offset, name.value)
