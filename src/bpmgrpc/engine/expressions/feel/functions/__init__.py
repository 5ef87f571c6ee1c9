"""FEEL's built-in functions, one module per group; importing this package declares them all."""

from bpmgrpc.engine.expressions.feel.functions import (  # noqa: F401 - imported for their declarations
    contexts,
    conversion,
    lists,
    numeric,
    ranges,
    strings,
    times,
)
from bpmgrpc.engine.expressions.feel.functions.registry import BUILTINS

__all__ = ["BUILTINS"]
