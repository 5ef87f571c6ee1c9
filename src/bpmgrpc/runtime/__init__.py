"""Commands as transactions: load, decide, save, commit, retry."""

from bpmgrpc.runtime.runtime import Options, Runtime

__all__ = ["Options", "Runtime"]
