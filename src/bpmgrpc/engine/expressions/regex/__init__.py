"""Regular expressions in linear time, for patterns that anybody may write: see `machine`."""

from bpmgrpc.engine.expressions.regex.machine import Pattern, compile_pattern

__all__ = ["Pattern", "compile_pattern"]
