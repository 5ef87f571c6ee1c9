"""FEEL, the Friendly Enough Expression Language of DMN 1.5: reader, values, semantics and built-in functions."""

from bpmgrpc.engine.expressions.feel.reader import read_feel
from bpmgrpc.engine.expressions.feel.semantics import FEEL

__all__ = ["FEEL", "read_feel"]
