"""The ways in which a legacy route calls the contract; most routes call it once.

A list is always whole, as callers of the older product expect, although the contract gives it page by page.
"""

from __future__ import annotations

import re
from typing import Any, Final

from grpc import StatusCode

from bpmgrpc.v1.process_runtime_pb2 import GetProcessDefinitionRequest
from bpmgrpc.v1.user_task_pb2 import UserTask
from bpmgrpc_rest.contract import method
from bpmgrpc_rest.errors import Problem
from bpmgrpc_rest.legacy_route import Call, Page

__all__ = ["all_tasks", "offered_tasks", "once", "start"]

_LARGEST_PAGE: Final = 1000  # the contract's limit
_OUR_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
# A caller who may start but not read definitions is answered as if the id were foreign.
_NOT_OURS: Final = frozenset({StatusCode.NOT_FOUND, StatusCode.INVALID_ARGUMENT, StatusCode.PERMISSION_DENIED})


async def once(call: Call) -> Any:
    """Calls the RPC; returns its response."""
    return await call.rpc(call.request, call.context)


async def start(call: Call) -> Any:
    """Starts an instance. A `uniqueId` of the older product names nothing here and is left out; one of ours counts.

    The contract itself refuses an id that contradicts the names, so here is only looked whether the id exists.
    """
    unique_id = call.request.process_definition_id
    if unique_id and not await _is_ours(call, unique_id):
        call.request.process_definition_id = ""
    return await once(call)


async def all_tasks(call: Call) -> list[UserTask]:
    """Lists user tasks: all of them, or the page that was asked for."""
    if call.page is not None:
        return await _part(call, call.page)
    tasks: list[UserTask] = []
    call.request.page_size = _LARGEST_PAGE
    while True:
        response = await once(call)
        tasks.extend(response.user_tasks)
        if not response.next_page_token:
            return tasks
        call.request.page_token = response.next_page_token


async def offered_tasks(call: Call) -> list[UserTask]:
    """Lists tasks by user, role or group. A group's code may be a role's: tasks offered to either are in the list,
    once.
    """
    code = call.request.group
    if not code:
        return await all_tasks(call)
    whole = Call(call.upstream, call.rpc, call.request, call.context)
    tasks = await all_tasks(whole)
    of_role = type(call.request)(role=code)
    tasks += await all_tasks(Call(call.upstream, call.rpc, of_role, call.context))
    merged = sorted({task.user_task_id: task for task in tasks}.values(), key=_usual_order)
    return merged if call.page is None else merged[call.page.skip : call.page.skip + call.page.size]


async def _part(call: Call, page: Page) -> list[UserTask]:
    """Counts items instead of following page tokens: a caller who asks for page 7 has no token."""
    tasks: list[UserTask] = []
    while len(tasks) < page.size:
        wanted = min(_LARGEST_PAGE, page.size - len(tasks))
        call.request.skip = page.skip + len(tasks)
        call.request.page_size = wanted
        found = (await once(call)).user_tasks
        tasks.extend(found)
        if len(found) < wanted:
            break
    return tasks


async def _is_ours(call: Call, unique_id: str) -> bool:
    if not _OUR_ID.fullmatch(unique_id):
        return False
    get = call.upstream.rpc(method("ProcessRuntime.GetProcessDefinition"))
    try:
        await get(GetProcessDefinitionRequest(process_definition_id=unique_id), call.context)
    except Problem as problem:
        if problem.code in _NOT_OURS:
            return False
        raise
    return True


def _usual_order(task: UserTask) -> tuple[int, int, int, str]:
    """Priority, high first, then creation time; the id settles the rest, so that the order is the same each time."""
    return -task.priority, task.create_time.seconds, task.create_time.nanos, task.user_task_id
