"""The legacy table: one row per route of the older product's process runtime. To add a route, add a row.

Paths are relative to the base. A row says where each request field comes from; what is common to all rows (the
envelope, the manners of HTTP, the order of checks) is not here but in legacy.py, once.
"""

from __future__ import annotations

from typing import Final

from bpmgrpc.v1.process_runtime_pb2 import RefreshProcessCacheRequest
from bpmgrpc_rest import legacy_answers as answers
from bpmgrpc_rest import legacy_calls as calls
from bpmgrpc_rest.legacy_route import (
    LegacyRoute,
    Member,
    MemberKind,
    MembersBody,
    NamesBody,
    ObjectBody,
    Parameter,
    Shape,
)

__all__ = ["DEPRECATED_SINCE", "LEGACY_ROUTES"]

DEPRECATED_SINCE: Final = 1795392000  # 2026-11-23, when this runtime took the call over, already deprecated
_TASK: Final = {"taskId": "user_task_id"}
_INSTANCE: Final = {"instanceId": "process_instance_id"}
_USER: Final = (Parameter("user", "user"),)
_USERS: Final = (Parameter("user", "users", many=True),)

_START_BODY: Final = MembersBody(
    (
        Member("processName", "process_name", required=True),
        Member("appName", "app_name"),
        Member("uniqueId", "process_definition_id"),
        Member("snapVersion", "version_tag"),
        Member("object", "variables", MemberKind.OBJECT),
    )
)
_CLASS_ACTION_BODY: Final = MembersBody(
    (
        Member("fileNames", "archive_names", MemberKind.TEXTS),
        Member("processName", "process_name"),
        Member("appName", "app_name"),
        Member("snapVersion", "version_tag"),
        Member(
            "event",
            "event",
            values={
                "refresh": RefreshProcessCacheRequest.EVENT_REFRESH,
                "file": RefreshProcessCacheRequest.EVENT_FILE,
                "generate": RefreshProcessCacheRequest.EVENT_GENERATE,
            },
        ),
    ),
    exactly_one=("fileNames", "processName"),
)

LEGACY_ROUTES: Final[tuple[LegacyRoute, ...]] = (
    LegacyRoute(
        name="start",
        verb="POST",
        path="process/start",
        rpc="ProcessRuntime.StartProcessInstance",
        body=_START_BODY,
        call=calls.start,
        answer=answers.instance_id,
        shape=Shape.INSTANCE_ID,
        summary="Start an instance",
        description="Starts an instance with the business objects in `object` and answers its id. Without `appName`, "
        "the only application that has a process of this name; without `snapVersion`, the latest version.",
    ),
    LegacyRoute(
        name="startByName",
        verb="POST",
        path="process/{processName}/start",
        rpc="ProcessRuntime.StartProcessInstance",
        path_fields={"processName": "process_name"},
        body=ObjectBody("variables"),
        call=calls.once,
        answer=answers.instance_id,
        shape=Shape.INSTANCE_ID,
        # RFC 9745: a structured date; RFC 8288: where to go instead.
        headers=(("deprecation", f"@{DEPRECATED_SINCE}"), ("link", '<{base}/process/start>; rel="successor-version"')),
        deprecated=True,
        summary="Start an instance of the latest version",
        description="Starts an instance of the latest version. The body is the business objects themselves, without a"
        " wrapper.",
    ),
    LegacyRoute(
        name="claim",
        verb="POST",
        path="tasks/{taskId}/claim",
        rpc="ProcessRuntime.ClaimUserTask",
        path_fields=_TASK,
        query=_USER,
        call=calls.once,
        answer=answers.nothing,
        shape=Shape.NOTHING,
        summary="Claim a task",
        description="Claims a task for a user. Claiming one's own claimed task again succeeds.",
    ),
    LegacyRoute(
        name="unclaim",
        verb="POST",
        path="tasks/{taskId}/unclaim",
        rpc="ProcessRuntime.UnclaimUserTask",
        path_fields=_TASK,
        query=_USER,
        call=calls.once,
        answer=answers.nothing,
        shape=Shape.NOTHING,
        summary="Give a claimed task back",
        description="Gives a task back to its candidates; by the user who claimed it.",
    ),
    LegacyRoute(
        name="complete",
        verb="POST",
        path="tasks/{taskId}/complete",
        rpc="ProcessRuntime.CompleteUserTask",
        path_fields=_TASK,
        query=_USER,
        body=ObjectBody("variables"),
        call=calls.once,
        answer=answers.nothing,
        shape=Shape.NOTHING,
        summary="Complete a task",
        description="Completes a task with the business objects in the body, which may be absent, and goes on to the "
        "next node.",
    ),
    LegacyRoute(
        name="tasksOfInstance",
        verb="GET",
        path="instance/{instanceId}/tasks",
        rpc="ProcessRuntime.ListUserTasks",
        path_fields=_INSTANCE,
        call=calls.all_tasks,
        answer=answers.task_list,
        shape=Shape.TASKS,
        summary="List an instance's active tasks",
        description="Lists the active tasks of an instance and of the processes that it called; none where it has "
        "ended.",
    ),
    LegacyRoute(
        name="tasks",
        verb="GET",
        path="tasks",
        rpc="ProcessRuntime.ListUserTasks",
        query=(Parameter("user", "user"), Parameter("role", "role"), Parameter("group", "group")),
        exactly_one=True,
        paged=True,
        call=calls.offered_tasks,
        answer=answers.task_list,
        shape=Shape.TASKS,
        summary="List tasks of a user, role or group",
        description="Lists the tasks that a user has claimed or is offered, or the unclaimed ones that a role or "
        "group is offered; a role's code counts as a group too. Exactly one of the three must be given. "
        "High priority first, then the oldest.",
    ),
    LegacyRoute(
        name="taskVariables",
        verb="POST",
        path="tasks/{taskId}/variables",
        rpc="ProcessRuntime.GetUserTaskVariables",
        path_fields=_TASK,
        body=NamesBody("names"),
        call=calls.once,
        answer=answers.variables,
        shape=Shape.VARIABLES,
        summary="Get a task's business objects",
        description="Gets the business objects that a task sees: those that the body lists by name, or all of them.",
    ),
    LegacyRoute(
        name="assign",
        verb="POST",
        path="tasks/{taskId}/assign",
        rpc="ProcessRuntime.AssignUserTask",
        path_fields=_TASK,
        query=_USERS,
        call=calls.once,
        answer=answers.nothing,
        shape=Shape.NOTHING,
        summary="Offer a task to users",
        description="Replaces the task's candidates by these users and lifts an existing claim.",
    ),
    LegacyRoute(
        name="assignInstance",
        verb="POST",
        path="instance/{instanceId}/tasks/assign",
        rpc="ProcessRuntime.AssignProcessInstanceUserTasks",
        path_fields=_INSTANCE,
        query=_USERS,
        call=calls.once,
        answer=answers.nothing,
        shape=Shape.NOTHING,
        summary="Offer all active tasks of an instance to users",
        description="Does the same as the call for one task, for all active tasks of an instance, in one transaction.",
    ),
    LegacyRoute(
        name="refreshCache",
        verb="POST",
        path="refreshCache",
        rpc="ProcessRuntime.RefreshCache",
        call=calls.once,
        answer=answers.refreshed,
        shape=Shape.REFRESHED,
        summary="Drop all cached definitions",
        description="Drops every cached definition on every server.",
    ),
    LegacyRoute(
        name="refreshCacheByGet",
        verb="GET",
        path="refreshCache",
        rpc="ProcessRuntime.RefreshCache",
        call=calls.once,
        answer=answers.refreshed,
        shape=Shape.REFRESHED,
        summary="Drop all cached definitions",
        description="The same as with POST, for callers of the older product's other interface.",
    ),
    LegacyRoute(
        name="classAction",
        verb="POST",
        path="classAction",
        rpc="ProcessRuntime.RefreshProcessCache",
        body=_CLASS_ACTION_BODY,
        call=calls.once,
        answer=answers.class_action,
        shape=Shape.CLASS_ACTION,
        summary="Refresh one process's cache, or ask about it",
        description="Refreshes the cached definitions that `fileNames`, or `processName` with `appName` and "
        "`snapVersion`, name; with `event` `file` answers their files, with `generate` the JSON Schemas "
        "of their business objects.",
    ),
)
