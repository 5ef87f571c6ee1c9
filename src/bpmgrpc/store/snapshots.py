"""Rows of variables into a snapshot, and what is then known of their scopes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from bpmgrpc.engine.state import LARGE

if TYPE_CHECKING:
    from bpmgrpc.engine.state import Snapshot

__all__ = ["put_variables"]


def put_variables(snapshot: Snapshot, scope: int, found: Iterable[Sequence[Any]], *, complete: bool) -> None:
    """Puts a scope's variables into a snapshot.

    Args:
        snapshot: Where to.
        scope: The scope.
        found: Names and values; None stands for a value that is large.
        complete: Whether these are all that the scope has.
    """
    variables = snapshot.variables
    values_known = complete
    for name, value in found:
        if value is None:
            values_known = False
            variables[scope, name] = LARGE
        else:
            variables[scope, name] = value
    if complete:
        snapshot.names_known.add(scope)
    if values_known:
        snapshot.values_known.add(scope)
