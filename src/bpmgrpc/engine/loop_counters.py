"""What a loop or multi-instance activity knows about its instances, as variables.

Rule of this file: the counts are columns of the loop's row and are read from there, so that an instance that ends
writes one row, however many there are. BPMN 2.0.2 (table 10.31) names them ``numberOfInstances``,
``numberOfActiveInstances``, ``numberOfCompletedInstances`` and ``numberOfTerminatedInstances``; Camunda 7, Flowable and
Activiti ``nrOfInstances``, ``nrOfActiveInstances`` and ``nrOfCompletedInstances``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bpmgrpc.engine.state import ElementRow


def _all(row: ElementRow) -> int:
    count: int = row.data.get("of", row.data["made"])
    return count


def _completed(row: ElementRow) -> int:
    count: int = row.data["done"]
    return count


_COUNTERS: Final[Mapping[str, Callable[[ElementRow], int]]] = {
    "numberOfInstances": _all,
    "nrOfInstances": _all,
    "numberOfActiveInstances": lambda row: row.active,
    "nrOfActiveInstances": lambda row: row.active,
    "numberOfCompletedInstances": _completed,
    "nrOfCompletedInstances": _completed,
    # Instances are terminated only with the whole activity, when nobody asks any more.
    "numberOfTerminatedInstances": lambda _row: 0,
    "loopCounter": lambda row: row.data["made"],
}


def find(row: ElementRow, name: str) -> str | None:
    """Returns the JSON text of a count, or None where the name is none.

    Args:
        row: The row of the loop or multi-instance activity.
        name: A variable's name. "loopCounter" is that of the newest instance; the others have their own.
    """
    counter = _COUNTERS.get(name)
    return None if counter is None else str(counter(row))
