"""Compares what a server remembers of the instances that it wrote last with what is stored.

Rule of this file: what is remembered has to be exactly what a load would find, row by row, so that a command decided on
it is the one that would have been decided on the stored rows.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bpmgrpc.engine.state import LARGE, Snapshot
from bpmgrpc.runtime import Runtime

if TYPE_CHECKING:
    from bpmgrpc.store.interface import Target


def check_recent(runtime: Runtime) -> int:
    """Compares all user tasks and jobs of all roots that are remembered in their stored version; returns how many.

    Raises:
        AssertionError: Something is remembered otherwise than it is stored.
    """
    compared = 0
    with runtime.store.writer() as session:
        for root_id, recent in list(runtime.recent._roots.items()):
            targets: list[tuple[int, Target]] = [(seq, "user_task") for seq in recent.tasks]
            for seq, kind in [*targets, *((seq, "job") for seq in recent.jobs)]:
                remembered = runtime.recent.snapshot(root_id, seq, kind, born=0)
                loaded = session.load(root_id, seq, kind, None)
                if remembered is None or loaded is None:
                    continue  # too old, or of another server's writing
                stored = loaded.snapshot
                assert remembered.root is not None
                assert stored.root is not None
                assert stored.root.version >= remembered.root.version, "a version that nobody wrote"
                same = (stored.user_task, stored.job) == (remembered.user_task, remembered.job)
                if stored.root.version == remembered.root.version and same:
                    assert _plain(remembered) == _plain(stored)
                    compared += 1
    return compared


def _plain(snapshot: Snapshot) -> dict[str, Any]:
    assert snapshot.root is not None
    target = snapshot.user_task or snapshot.job
    assert target is not None
    elements = {seq: asdict(row) for seq, row in snapshot.elements.items()}
    variables = {key: "large" if value is LARGE else value for key, value in snapshot.variables.items()}
    scopes = {0, *(seq for seq, row in snapshot.elements.items() if "local" in row.data or "definition" in row.data)}
    return {
        "root": asdict(snapshot.root),
        "target": asdict(target),
        "elements": elements,
        "variables": variables,
        # An element without variables of its own has them all known, whether or not that was noted.
        "names_known": snapshot.names_known & scopes,
        "values_known": snapshot.values_known & scopes,
    }
