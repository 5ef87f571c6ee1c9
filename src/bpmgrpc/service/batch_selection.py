"""What a batch is about: ids, or what a list shows, read page by page.

Rule of this file: a list is read in the order in which its rows came to be, and without those that came after the
batch: what the batch itself makes, a restarted instance or the next incident, is none of its items.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from bpmgrpc.ids import child_id
from bpmgrpc.service import checks, filters, mapping
from bpmgrpc.service.batch_operations import prefixed
from bpmgrpc.service.incidents import incident_filter
from bpmgrpc.service.instances import instance_filter
from bpmgrpc.store.paging import MAX_PAGE_SIZE, PageRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bpmgrpc.runtime import Runtime
    from bpmgrpc.service.batch_operations import Operation
    from bpmgrpc.store.queries import Queries
    from bpmgrpc.v1.batch_pb2 import BatchSelection

__all__ = ["check_selection", "selected_page", "subjects_of"]

MOST_IDS: Final = 10_000
_IDS: Final = ("process_instance_ids", "incident_ids")
_LISTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "process_instances": instance_filter,
    "incidents": incident_filter,
    "user_tasks": filters.inbox_filter,
}
_PAGE_FIELDS: Final = ("page_size", "page_token", "skip", "order_by")
_SAYS_NOTHING: Final = frozenset({"root_only", "skip_total"})


def check_selection(message: BatchSelection, operation: Operation) -> None:
    """Looks at a selection.

    Raises:
        InvalidArgument: It selects nothing, in several ways, or what the operation is not about.
        NotFound: An instance id in a filter is none of ours.
    """
    given = [field.name for field, _ in message.ListFields()]
    if len(given) != 1:
        checks.invalid("selection", f"needs exactly one of {', '.join((*_IDS, *_LISTS))}; {len(given)} are set")
    (name,) = given
    suits = name in ("incident_ids", "incidents") if operation.of_incidents else name != "incident_ids"
    if not suits:
        checks.invalid(f"selection.{name}", "is not what the operation is about")
    if name in _IDS:
        _check_ids(getattr(message, name), f"selection.{name}")
        return
    request = getattr(message, name)
    for field in _PAGE_FIELDS:
        if getattr(request, field):
            checks.invalid(f"selection.{name}.{field}", "has to be empty: a batch is about all pages")
    if not {field.name for field, _ in request.ListFields()} - _SAYS_NOTHING:
        checks.invalid(f"selection.{name}", "says nothing, and would select all there are")
    prefixed(f"selection.{name}.", lambda: _LISTS[name](request))


def _check_ids(ids: Any, field: str) -> None:
    if len(ids) > MOST_IDS:
        checks.invalid(field, f"holds {len(ids):,}, at most {MOST_IDS:,} are allowed")
    for index, one in enumerate(ids):
        checks.name(one, f"{field}[{index}]", required=True, longest=checks.MAX_ID)


def subjects_of(message: BatchSelection) -> list[str] | None:
    """Returns the ids that a selection gives; None where it is a list."""
    return list(message.process_instance_ids) or list(message.incident_ids) or None


async def selected_page(
    runtime: Runtime,
    message: BatchSelection,
    operation: Operation,
    *,
    token: str = "",
    size: int = MAX_PAGE_SIZE,
    until_us: int | None = None,
) -> tuple[list[str], str]:
    """Reads a page of a list.

    Args:
        runtime: The runtime.
        message: The selection.
        operation: What is to be done.
        token: Where to go on; empty: at the beginning.
        size: Rows of the page.
        until_us: Only what was there before this time, microseconds since the epoch.

    Returns:
        Ids of items, some of them more than once, and the token of the next page; empty: that was the last.

    Raises:
        NotFound: A filter names an instance that there is not.
    """
    ((field, request),) = message.ListFields()
    wanted = _LISTS[field.name](request)
    if until_us is not None and (wanted.create_until_us is None or wanted.create_until_us > until_us):
        wanted = replace(wanted, create_until_us=until_us)
    page = PageRequest(size, token, order_by="create_time", skip_total=True)

    def read(queries: Queries) -> tuple[list[str], str]:
        if field.name == "process_instances":
            instances = queries.list_process_instances(wanted, page)
            root_of: Callable[[Any], str] = lambda one: one.root_id  # noqa: E731
            name = root_of if operation.of_roots else lambda one: mapping.instance_name(one.root_id, one.seq)
            return [name(one) for one in instances.items], instances.next_page_token
        if field.name == "incidents":
            incidents = queries.list_incidents(wanted, page)
            if operation.of_incidents:
                return [child_id(one.root_id, one.row.seq) for one in incidents.items], incidents.next_page_token
            return [one.root_id for one in incidents.items], incidents.next_page_token
        tasks = queries.list_user_tasks(wanted, page)
        return [one.root_id for one in tasks.items], tasks.next_page_token

    return await runtime.read(read)
