"""Expressions: several languages in, one syntax tree, one compiler to closures; no way to the host by construction.

Compile at deployment, evaluate as often as needed::

    condition = compile_expression("${amount > 100}")
    condition.references               # frozenset({"amount"})
    truth(condition.evaluate(scope), condition.dialect)

`dialect` says which language a text is read in; `coercion` what JUEL and bare conditions do with values; `feel` is
FEEL; `javascript` hands scripts to what a server runs them with, where it does. Nothing here knows databases, clocks,
files or networks, and no Python object is reachable from an expression:
values are JSON (None, bool, int, Decimal, str, list, dict), functions and methods are rows of tables. What an
evaluation may cost is bounded by its `Budget`.
"""

from bpmgrpc.engine.expressions.budget import Budget
from bpmgrpc.engine.expressions.dialect import Dialect
from bpmgrpc.engine.expressions.errors import (
    ExpressionBudgetExceeded,
    ExpressionError,
    ExpressionFault,
    ExpressionSyntaxError,
    Position,
)
from bpmgrpc.engine.expressions.expression import (
    Expression,
    compile_expression,
    compile_template,
    literal_expression,
    truth,
)
from bpmgrpc.engine.expressions.frame import MISSING, Missing, Scope
from bpmgrpc.engine.expressions.javascript import ABSENT, JavaScript, JavaScriptExpression, is_javascript
from bpmgrpc.engine.expressions.structure import StructureExpression

__all__ = [
    "ABSENT",
    "MISSING",
    "Budget",
    "Dialect",
    "Expression",
    "ExpressionBudgetExceeded",
    "ExpressionError",
    "ExpressionFault",
    "ExpressionSyntaxError",
    "JavaScript",
    "JavaScriptExpression",
    "Missing",
    "Position",
    "Scope",
    "StructureExpression",
    "compile_expression",
    "compile_template",
    "is_javascript",
    "literal_expression",
    "truth",
]
