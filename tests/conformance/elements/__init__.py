"""Conformance cases of our own: every element, and every event definition in each place where BPMN 2.0.2 lets it stand.

Rule of this package: one file per family of elements holds cases, which are data; ``runner`` runs them. A test walks
the engine's registries and fails where an element, or an event definition in one of its places, has no case.
"""

from __future__ import annotations

from typing import Final

from tests.conformance.elements import (
    activities,
    combinations,
    gateways,
    listening,
    on_any_activity,
    starting,
    tasks,
    throwing,
    tokens,
)
from tests.conformance.elements.case import Case

__all__ = ["CASES"]

CASES: Final[tuple[Case, ...]] = (
    *tasks.CASES,
    *activities.CASES,
    *on_any_activity.CASES,
    *gateways.CASES,
    *starting.CASES,
    *listening.CASES,
    *throwing.CASES,
    *tokens.CASES,
    *combinations.CASES,
)
