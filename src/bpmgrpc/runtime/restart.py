"""Starting an instance anew that has ended.

Rule of this file: what it was started with is read from its history, which is the only place that still knows. Of a
large value the history keeps size and hash only; where the instance has that very value still it is taken from there,
else the restart is refused rather than done with something else.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from bpmgrpc import values
from bpmgrpc.engine.state import ROOT_SCOPE, InstanceState
from bpmgrpc.errors import FailedPrecondition, PreconditionViolation
from bpmgrpc.store.paging import PageRequest

if TYPE_CHECKING:
    from collections.abc import Container

    from bpmgrpc.store.queries import Queries
    from bpmgrpc.store.views import ProcessInstanceView

_PAGE: Final = 1_000
_ENDED: Final = (InstanceState.COMPLETED, InstanceState.CANCELED, InstanceState.FAILED)


def ended_instance(queries: Queries, root_id: str) -> ProcessInstanceView:
    """Returns a root instance that has ended.

    Raises:
        NotFound: There is none of this id.
        FailedPrecondition: It has not ended.
    """
    found = queries.get_process_instance(root_id)
    if found.state not in _ENDED:
        raise FailedPrecondition(
            f"process instance {root_id!r} is {found.state.value}: only one that has ended is restarted",
            reason="PROCESS_INSTANCE_STATE",
            violations=[PreconditionViolation("STATE", f"processInstances/{root_id}", "it has to have ended")],
            metadata={"process_instance_id": root_id, "state": found.state.value},
        )
    return found


def last_variables(queries: Queries, root_id: str, _given: Container[str] = ()) -> dict[str, str]:
    """Returns the variables that an instance has, or had when it ended, as JSON texts."""
    return queries.instance_variables(root_id, ROOT_SCOPE)


def start_variables(queries: Queries, root_id: str, given: Container[str] = ()) -> dict[str, str]:
    """Returns the variables that an instance was started with, as JSON texts.

    Args:
        queries: Where to read.
        root_id: The instance.
        given: Names of variables that get other values anyway.

    Raises:
        FailedPrecondition: The history has of one only its size, and it was changed since.
    """
    found: dict[str, str] = {}
    last: dict[str, str] | None = None
    token = ""
    while True:
        page = queries.list_history(root_id, page=PageRequest(_PAGE, token))
        for event in page.items:
            if event.type == "INSTANCE_STARTED":
                continue
            if event.type != "VARIABLE_SET" or event.seq != ROOT_SCOPE:
                return found  # the start's variables stand before everything else
            said = values.split_members(event.attributes)
            name = json.loads(said["name"])
            text = said.get("value")
            if name in given:
                continue
            if text is None:
                last = last_variables(queries, root_id) if last is None else last
                text = last.get(name, "")
                if hashlib.sha256(text.encode()).hexdigest() != json.loads(said["sha256"]):
                    raise _not_kept(root_id, name)
            found[name] = text
        if not page.next_page_token:
            return found
        token = page.next_page_token


def _not_kept(root_id: str, name: str) -> FailedPrecondition:
    return FailedPrecondition(
        f"process instance {root_id!r}: variable {name!r} was changed since the start, and the history has only the "
        "size that it had: give it a value",
        reason="VARIABLE_NOT_KEPT",
        violations=[PreconditionViolation("HISTORY", f"variables/{name}", "only its size was kept")],
        metadata={"process_instance_id": root_id, "variable": name},
    )
