"""Compares what a server remembers of the instances that it wrote last with what is stored.

Rule of this file: what is remembered has to be exactly what a load would find, row by row, so that a command decided on
it is the one that would have been decided on the stored rows.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bpmgrpc.engine.state import LARGE, Snapshot
from bpmgrpc.runtime import Runtime


def check_recent(runtime: Runtime) -> int:
    """Compares all user tasks of all roots that are remembered in their stored version; returns how many.

    Raises:
        AssertionError: Something is remembered otherwise than it is stored.
    """
    compared = 0
    with runtime.store.writer() as session:
        for root_id, recent in list(runtime.recent._roots.items()):
            for seq in recent.tasks:
                remembered = runtime.recent.snapshot(root_id, seq, born=0)
                loaded = session.load(root_id, seq, "user_task", None)
                if remembered is None or loaded is None:
                    continue  # too old, or of another server's writing
                stored = loaded.snapshot
                assert remembered.root is not None
                assert stored.root is not None
                assert stored.root.version >= remembered.root.version, "a version that nobody wrote"
                if stored.root.version == remembered.root.version and stored.user_task == remembered.user_task:
                    assert _plain(remembered) == _plain(stored)
                    compared += 1
    return compared


def _plain(snapshot: Snapshot) -> dict[str, Any]:
    assert snapshot.root is not None
    assert snapshot.user_task is not None
    elements = {seq: asdict(row) for seq, row in snapshot.elements.items()}
    variables = {key: "large" if value is LARGE else value for key, value in snapshot.variables.items()}
    scopes = {0, *(seq for seq, row in snapshot.elements.items() if "local" in row.data or "definition" in row.data)}
    return {
        "root": asdict(snapshot.root),
        "task": asdict(snapshot.user_task),
        "elements": elements,
        "variables": variables,
        # An element without variables of its own has them all known, whether or not that was noted.
        "names_known": snapshot.names_known & scopes,
        "values_known": snapshot.values_known & scopes,
    }
